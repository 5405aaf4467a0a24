"""Every refusal the product knows: one class each, its docstring is the message a person reads."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workflows.engine.specification import Problem
    from workflows.policy.quality import Finding


class Refusal(Exception):
    """The request was refused."""

    def __init__(self, **params: object) -> None:
        """Keep the parameters that the message names as `%(name)s`."""
        self.params = params
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The untranslated message with its parameters filled in."""
        template = (type(self).__doc__ or "").strip()
        return template % self.params if self.params else template


# Engine


class StepNotOpen(Refusal):
    """This step is not open any more."""


class ExpressionRefused(Refusal):
    """The expression "%(expression)s" was refused: %(reason)s"""

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(expression=expression[:200], reason=reason)


class DiagramRefused(Refusal):
    """The diagram cannot be published: %(count)s problems were found."""

    def __init__(self, problems: Sequence["Problem"]) -> None:
        self.problems = tuple(problems)
        super().__init__(count=sum(problem.stands_for for problem in self.problems))
        self.args = ("\n".join(["The diagram cannot be published. First of all:", *map(str, problems[:3])]),)


class InstanceStuck(Refusal):
    """The process cannot go on at "%(element)s": %(reason)s"""

    def __init__(self, element: str, reason: str) -> None:
        super().__init__(element=element, reason=reason)


class VersionUnfit(Refusal):
    """At "%(element)s" the other version has no element of the same kind with the identifier “%(identifier)s”."""

    def __init__(self, *elements: str) -> None:
        self.elements = elements
        super().__init__(element=elements[0], identifier=elements[0])


class StateUnreadable(Refusal):
    """The stored state of this process cannot be read: %(reason)s"""

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)


# Work in progress


class NotPermitted(Refusal):
    """You have no right to see or to do this."""


class ConcurrentChange(Refusal):
    """Somebody else changed this at the same moment. Look at it again and repeat your act."""


class InstanceGone(Refusal):
    """This process does not exist."""


class TaskGone(Refusal):
    """This task does not exist."""


class TaskTaken(Refusal):
    """%(who)s already has this task. Nothing you typed is lost: it stays in your draft."""


class TaskFinished(Refusal):
    """%(who)s already finished this task at %(when)s. Nothing you typed is lost: it stays in your draft."""


class TaskNotNeeded(Refusal):
    """This task is not needed any more: the procedure went another way. Your draft is kept."""


class AlreadyDone(Refusal):
    """You already did this; it has one effect only."""

    def __init__(self, entry_id: int, task_id: int | None) -> None:
        self.entry_id = entry_id
        self.task_id = task_id
        super().__init__()


class FormRefused(Refusal):
    """Some of what you typed needs another look. Everything is kept."""

    def __init__(self, problems: Mapping[str, Refusal]) -> None:
        self.problems = dict(problems)
        super().__init__()
        self.args = ("; ".join(f"{key}: {problem}" for key, problem in self.problems.items()),)


class ValueMissing(Refusal):
    """This must be filled in."""


class ValueNotOffered(Refusal):
    """Choose one of the values offered."""


class ValueNotANumber(Refusal):
    """Write a number, such as 12 or 7.5."""


class ValueNotADate(Refusal):
    """Write a date as day/month/year, such as 15/06/2023."""


class DayOutOfReach(Refusal):
    """Write a day from %(first)s to %(last)s."""


class ValueTooLong(Refusal):
    """This is too long: at most %(most)s characters."""


class OutcomeUnknown(Refusal):
    """Choose one of the outcomes this step offers."""


class ReasonMissing(Refusal):
    """Write the reason, so that the other person knows what to do."""


class SubjectsMissing(Refusal):
    """Name at least one person or pupil that you return, each with a reason."""


class FindingsUnexplained(Refusal):
    """Something found here still stands: put it right, or write in a few words why it is right as it is."""

    def __init__(self, pupil_ids: Sequence[int]) -> None:
        self.pupil_ids = tuple(pupil_ids)
        super().__init__()


class ReturnUnanswered(FindingsUnexplained):
    """Nothing has changed since this was returned: put it right, or answer in a few words why nothing has to change."""


class SubjectUnknown(Refusal):
    """One of the persons or pupils named is not part of this task."""


class SignatureMissing(Refusal):
    """This step needs your signature: type your password to sign."""


class PasswordWrong(Refusal):
    """The password is not right. Nothing was signed."""


class ShownChanged(Refusal):
    """What you were about to sign has changed since you opened the page. Read it again, then sign."""


class CorrectedBeforeSigning(Refusal):
    """Your corrections are saved. Read what you sign once more, then sign."""


class DocumentGone(Refusal):
    """This document does not exist."""


class DocumentAltered(Refusal):
    """This document is not what was signed any more, so it cannot be printed. Tell your administrator."""


class DocumentVoid(Refusal):
    """All signatures under this document were taken back: there is nothing to print."""


class NotTakenBack(Refusal):
    """This cannot be taken back any more: somebody has acted on it."""


class WorkUnfinished(Refusal):
    """%(count)s are not finished yet. Finish or return each of them first."""


class PupilsUndecided(WorkUnfinished):
    """%(count)s pupils are not approved yet. Approve each of them first."""


class GradesMissing(WorkUnfinished):
    """%(count)s pupils have no final mark yet. Enter it, or say in the remark why there is none:"""


class DeadlineUnknown(Refusal):
    """The campaign has no deadline named "%(key)s" for this unit."""


class DeadlineInThePast(Refusal):
    """The new deadline must lie after the present one and in the future."""


class DeadlineTooFar(Refusal):
    """A deadline lies at most two years ahead: on %(last)s at the latest."""


class DeadlineTooEarly(Refusal):
    """This lies before the deadline “%(other)s” (%(due_at)s), which has to end first."""


class DeadlineTooLate(Refusal):
    """This lies after the deadline “%(other)s” (%(due_at)s), which has to end last."""


class SchoolYearEmpty(Refusal):
    """These schools have no class in the school year %(year)s: there is nothing to review."""


class SuperiorMissing(Refusal):
    """%(unit)s has no superior unit: complete the reporting line first."""


class ProcedureMissing(Refusal):
    """The procedure "%(key)s" has not been published."""


class CampaignClosed(Refusal):
    """This campaign is closed."""


class CampaignGone(Refusal):
    """This campaign does not exist, or it does not touch your units."""


# Logging in


class NotSignedIn(Refusal):
    """Please log in to go on."""


class LoginWrong(Refusal):
    """The name or the password is not right."""


class AccountLocked(Refusal):
    """Too many wrong passwords. You can try again from %(until)s on."""


class AlreadySetUp(Refusal):
    """There are people in this store already: its administrators make further accounts."""


# Procedures


class ProcedureGone(Refusal):
    """This procedure does not exist."""


class DraftGone(Refusal):
    """There is no draft of this procedure: nothing waits to be published."""


class DraftChanged(Refusal):
    """%(who)s saved this draft at %(when)s while you were drawing. What you drew is still on this page."""


class DraftThere(Refusal):
    """%(who)s has a draft of this procedure, saved at %(when)s. It is still there: choose below."""


class KeyTaken(Refusal):
    """There already is a procedure with the key "%(key)s"."""


class KeyBad(Refusal):
    """The key "%(key)s" will not do: a letter, then up to 79 letters without marks, digits and signs _ - ."""


class DraftUnchanged(Refusal):
    """The draft is the same as the published version: there is nothing to publish."""


class DiagramUnreadable(Refusal):
    """This file cannot be taken as a drawing, so nothing was saved."""

    def __init__(self, problems: Sequence["Problem"]) -> None:
        self.problems = tuple(problems)
        super().__init__()


class DiagramOfAnother(Refusal):
    """This drawing has the identifier "%(found)s", but the procedure is "%(expected)s"."""


# Records and organisation


class RecordChanged(Refusal):
    """%(who)s changed this record at %(when)s. What you typed is kept: compare and save again."""


class FieldUnknown(Refusal):
    """The record has no field named "%(key)s"."""


class FieldErrors(Refusal):
    """Some values do not fit their fields. Nothing was changed, and all you typed is kept."""

    def __init__(self, errors: Mapping[str, "Finding"], typed: Mapping[str, str]) -> None:
        """Keep what is wrong by field key, and everything that was typed."""
        self.errors = dict(errors)
        self.typed = dict(typed)
        super().__init__()


class UnitUnknown(Refusal):
    """This unit does not exist."""


class PersonUnknown(Refusal):
    """This person does not exist."""


class AlreadyAppointed(Refusal):
    """%(who)s already holds this position in %(unit)s at that time."""


class AppointmentGone(Refusal):
    """This appointment has ended already."""


class DatesReversed(Refusal):
    """The last day must not lie before the first day, %(first)s."""


class LineRunsInCircle(Refusal):
    """%(unit)s cannot report to a unit that reports to it."""


class LineMovedLater(Refusal):
    """The reporting line of %(unit)s changes on %(on)s already: choose a later day."""


class TerritoryEmpty(Refusal):
    """No school reports to this unit: there is nothing to review."""


class NothingToUrge(Refusal):
    """This unit has no open task in the campaign."""


class NobodyToUrge(Refusal):
    """Nobody can be urged: %(unit)s has no head, and what is open there waits for nobody. Appoint a head first."""


class GradeOutOfRange(Refusal):
    """Write a mark from 0 to 10 with at most one decimal, such as 8 or 7.5."""


class AttachmentTooLarge(Refusal):
    """The file is too large: at most %(most)s MB."""


class AttachmentsTooMany(Refusal):
    """This task already has %(most)s files. Combine some of them."""


class AttachmentEmpty(Refusal):
    """This file is empty: there is nothing in it. Choose another one."""


class AttachmentTypeRefused(Refusal):
    """Only PDF, JPEG, PNG and office files can be attached."""


class AttachmentGone(Refusal):
    """This file does not lie on this task."""
