"""Refusals about what is asked of campaigns and procedures."""

from workflows.errors import Refusal


class VersionGone(Refusal):
    """This procedure has no version %(number)s."""


class ValueNotAnInstant(Refusal):
    """Write day, month, year and time, such as %(example)s."""


class DeadlineNotAhead(Refusal):
    """A deadline must lie in the future."""


class ExtensionReasonMissing(Refusal):
    """Write why the deadline moves: everybody concerned reads it."""
