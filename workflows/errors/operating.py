"""Refusals of what operators do with running instances; one base with `workflows.errors`."""

from workflows.errors import InstanceStuck, ReasonMissing, Refusal, ValueTooLong, WorkUnfinished


class TaskSuspended(Refusal):
    """An administrator holds this procedure since %(since)s. Nothing you typed is lost; go on when it is released."""


class InstanceSuspended(Refusal):
    """This process is held since %(since)s: release it first."""


class NotSuspended(Refusal):
    """This process is not held: there is nothing to release."""


class ReviewCancelled(WorkUnfinished, Refusal):
    """%(count)s are not finished. The review of %(name)s was cancelled: return it here, then it is done again."""


class HeldFromAbove(Refusal):
    """This process is held together with the one above it: release that one."""


class InstanceEnded(Refusal):
    """This process has ended: nothing in it can be changed any more."""


class TokenNotMovable(Refusal):
    """What waits at "%(element)s" cannot be taken back alone: it is a part of something that goes on around it."""


class WhyMissing(ReasonMissing, Refusal):
    """Write why: it stands in the history for whoever reads it later."""


class ElementNotChosen(Refusal):
    """Choose the element at which the run goes on."""


class ElementWaits(Refusal):
    """It waits at "%(element)s" already: choose another element."""


class ElementNotOpenable(Refusal):
    """An operator cannot open "%(element)s" by itself: choose a step, an event or a call of the same process."""


class VariableUnknown(Refusal):
    """This procedure has no variable named "%(name)s"."""


class ValueOfAnotherKind(Refusal):
    """The variable "%(name)s" holds another kind of value: write it like the present one."""


class NamedNobody(InstanceStuck):
    """This cannot be done: it names somebody or something that does not exist."""

    def __init__(self) -> None:
        super().__init__("", "it names somebody or something that does not exist")


class ActStuck(InstanceStuck):
    """Nothing was changed, because the process cannot go on at "%(element)s": %(reason)s"""


class StepStuck(Refusal):
    """This cannot go on: the procedure has a fault at “%(element)s”. What you typed is kept; administrators know."""


class StepUnfilled(StepStuck):
    """This cannot go on while “%(fields)s” is blank: fill it in and complete the step again. What you typed is kept."""


class ValueUnchanged(Refusal):
    """The variable "%(name)s" has this value already: there is nothing to correct."""


class VariableTooLong(ValueTooLong):
    """This is too long: at most %(most)s characters."""


class NoSuchPerson(Refusal):
    """There is no person with this number: choose one of the list."""


class IncidentGone(Refusal):
    """This incident does not exist."""


class IncidentResolved(Refusal):
    """This incident is resolved already."""


class NothingToRetry(Refusal):
    """There is nothing here that could be tried again: correct the data, move the token, or resolve the incident."""


class TriedByPerson(Refusal):
    """Nobody can try this in the person's place: they complete the step again, and that closes the incident."""


class StillWrong(Refusal):
    """What was found still stands: nothing could be put right by trying again."""


class MigrationGone(Refusal):
    """This migration does not exist."""


class MoveFailed(Refusal):
    """It could not be moved: %(cause)s"""


class MigrationUnderWay(Refusal):
    """A migration of this version is under way already: wait until it has ended, or stop it."""


class VersionOfAnother(Refusal):
    """Choose another version of the same procedure."""


class MappingUnfit(Refusal):
    """The element "%(old)s" cannot be replaced by "%(new)s": one of them is not in its drawing."""


class MappingOfAnotherKind(Refusal):
    """The element "%(old)s" cannot be replaced by "%(new)s": choose one of the same kind, that waits for the same."""


class NothingToMigrate(Refusal):
    """Nothing runs on this version."""


class ChosenRunNoMore(NothingToMigrate):
    """None of the chosen runs is on this version any more: they have ended or were moved already."""
