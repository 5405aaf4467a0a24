"""Refusals about what is asked of campaigns and procedures."""

from workflows.errors import Refusal


class VersionGone(Refusal):
    """This procedure has no version %(number)s."""


class ValueNotAnInstant(Refusal):
    """Write day, month, year and time, such as 15/06/2023 17:00."""
