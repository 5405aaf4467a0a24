"""The ways a letter can travel: one module each, and one line in the registry."""

from collections.abc import Callable, Mapping
from typing import Any

from workflows.notify.channels import email
from workflows.notify.channels.letter import Channel

# What opens a channel, by the settings it needs.
CHANNELS: Mapping[type, Callable[[Any], Channel]] = {email.MailSettings: email.EmailChannel}


def channel_for(settings: object) -> Channel:
    """Give the channel that these settings are for."""
    return CHANNELS[type(settings)](settings)
