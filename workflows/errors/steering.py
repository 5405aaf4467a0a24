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


class ReportSentUp(Refusal):
    """The report has gone up to %(unit)s. Ask them to return it; then put the new one on the roster and sign again."""


class ReportAccepted(Refusal):
    """The report of the school has been accepted. Who comes now is reviewed in the next campaign."""


class ReviewUnderWay(Refusal):
    """The review of %(name)s is still under way: they can be returned when it has ended."""


class NameThere(Refusal):
    """%(name)s is on the school's list already. If this is another person, tick that and add them."""


class NameThereAs(NameThere):
    """%(name)s (%(what)s) is on the school's list already. If this is another person, tick that and add them."""


class NameLeft(Refusal):
    """%(name)s left this roster on %(on)s: bring them back there. If this is another person, tick that and add them."""


class NotAMistake(Refusal):
    """Somebody has worked on this already: take them off the roster with the reason instead."""


class TakenOffAlready(Refusal):
    """%(name)s was taken off the roster already, by %(who)s at %(when)s."""


class UnitHeld(Refusal):
    """An administrator holds all that is open in this unit since %(since)s. It can be urged once it is released."""


class UrgedAlready(Refusal):
    """This unit was urged by %(who)s at %(when)s. Wait an hour, or write words of your own."""
