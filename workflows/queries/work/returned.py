"""What was answered to the return of a whole class or of a member of staff: for who judges it again, and for papers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Text, and_, or_, select, type_coerce
from sqlalchemy.orm import Session

from models.campaign import SubjectKind
from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from workflows.policy.field_values import normalise
from workflows.queries.work.rounds import not_taken_back

# The marks in the details of a completed step: it sent its own subject back, or it answers to such a return.
RETURNS, ANSWERS = "returns", "answers"
_MOVES = (JournalKind.SUBJECT_JOINED, JournalKind.SUBJECT_LEFT)


@dataclass(frozen=True, slots=True)
class WholeReturn:
    """One return of a subject as a whole, and what was answered in words; "" where a correction answers for itself."""

    kind: SubjectKind
    subject_id: int
    name: str
    returned: JournalEntry
    answer: str = ""

    @property
    def reason(self) -> str:
        """Why it was sent back."""
        return str(self.returned.details.get("reason", ""))


Subject = tuple[SubjectKind, int]


def whole_returns(session: Session, campaign_id: int | None, unit_id: int) -> list[WholeReturn]:
    """List in order what was returned as a whole in a unit: the school itself, classes, members of staff."""
    rows = session.execute(
        select(JournalEntry, ProcessInstance)
        .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
        .where(
            ProcessInstance.campaign_id == campaign_id,
            ProcessInstance.unit_id == unit_id,
            or_(
                JournalEntry.kind == JournalKind.SUBJECT_RETURNED,
                and_(
                    JournalEntry.kind == JournalKind.TASK_COMPLETED,
                    or_(_marked(RETURNS), _marked(ANSWERS)),
                ),
            ),
            not_taken_back(),
        )
        .order_by(JournalEntry.id)
    )
    found: list[WholeReturn] = []
    last: dict[Subject, int] = {}
    for entry, run in rows:
        if entry.kind is JournalKind.TASK_COMPLETED and entry.details.get(ANSWERS):
            place = last.get((run.subject_kind, run.subject_id))
            if place is not None:
                found[place] = replace(found[place], answer=str(entry.details.get("reason", "")))
            continue
        one = _return(entry, run)
        if one is not None:
            last[one.kind, one.subject_id] = len(found)
            found.append(one)
    return found


def answers_to(session: Session, campaign_id: int | None, unit_id: int) -> Mapping[Subject, WholeReturn]:
    """Give by subject the last return as a whole, with the answer."""
    return {(one.kind, one.subject_id): one for one in whole_returns(session, campaign_id, unit_id)}


@dataclass(frozen=True, slots=True)
class ReportReturn:
    """The last return of a school's report from above, and what the school has sent back of itself since."""

    whole: WholeReturn
    since: Sequence[WholeReturn]


def report_return(session: Session, campaign_id: int | None, unit_id: int) -> ReportReturn | None:
    """Give why a school's report came back last, and which classes and persons were returned from it."""
    found = whole_returns(session, campaign_id, unit_id)
    places = [place for place, one in enumerate(found) if one.kind is SubjectKind.SCHOOL]
    return ReportReturn(found[places[-1]], found[places[-1] + 1 :]) if places else None


def is_corrected_since(session: Session, campaign_id: int | None, unit_id: int, entry_id: int) -> bool:
    """Tell whether records of a unit, by more than blanks, or its roster were corrected after an entry."""
    entries = session.scalars(
        select(JournalEntry).where(
            JournalEntry.campaign_id == campaign_id,
            JournalEntry.unit_id == unit_id,
            JournalEntry.kind.in_([JournalKind.RECORD_CORRECTED, *_MOVES]),
            JournalEntry.id > entry_id,
        )
    )
    return any(entry.kind in _MOVES or _says_something(entry) for entry in entries)


def is_worked_on(session: Session, task_id: int) -> bool:
    """Tell whether something was corrected in a task, more than blanks, or a pupil approved with a reason."""
    entries = session.scalars(
        select(JournalEntry).where(
            JournalEntry.task_id == task_id,
            JournalEntry.kind.in_([JournalKind.RECORD_CORRECTED, JournalKind.SUBJECT_APPROVED]),
        )
    )
    return any(_says_something(entry) for entry in entries)


def _says_something(entry: JournalEntry) -> bool:
    details = entry.details
    if entry.kind is JournalKind.SUBJECT_APPROVED:
        return bool(details.get("reason"))
    before = details["before"]
    return any(normalise(before.get(key)) != normalise(after) for key, after in details["after"].items())


def _marked(mark: str) -> ColumnElement[bool]:
    return type_coerce(JournalEntry.details, Text).contains(f'"{mark}":true', autoescape=True)


def _return(entry: JournalEntry, run: ProcessInstance) -> WholeReturn | None:
    if entry.kind is JournalKind.TASK_COMPLETED:
        return WholeReturn(run.subject_kind, run.subject_id, run.subject_name, entry)
    kind = SubjectKind(entry.details["kind"])
    if kind is SubjectKind.PUPIL:
        return None
    return WholeReturn(kind, entry.details["subject"], str(entry.details.get("name", "")), entry)
