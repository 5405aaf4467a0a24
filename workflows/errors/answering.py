"""Refusals of what was sent with an answer: marks that the outcome would lose, files that were not chosen."""

from workflows.errors import Refusal


class MarkedForReturn(Refusal):
    """%(count)s are still marked for return: press Return, or take the marks away before you do something else."""


class AttachedAlready(Refusal):
    """This very file is attached already: “%(name)s”."""


class FileMissing(Refusal):
    """Choose the file first, then press “Attach the file”."""


class ReturnWithoutAnswer(Refusal):
    """Nothing has been corrected since this was returned: correct it, or write why nothing has to change."""


class HelpsThemself(Refusal):
    """This is the teacher who needs the help: choose somebody else."""
