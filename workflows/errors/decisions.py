"""Refusals about files of decision tables; one base with `workflows.errors`."""

from workflows.errors import DiagramUnreadable, Refusal


class TablesUnreadable(DiagramUnreadable):
    """This file cannot be taken as decision tables, so nothing was saved."""


class TablesGone(Refusal):
    """The procedure has no such file of decision tables."""


class TooManyTables(Refusal):
    """A procedure has at most %(most)s files of decision tables, of %(megabytes)s MB together."""
