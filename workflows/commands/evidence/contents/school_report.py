"""The school's report to its superior unit: counts by class and by group of staff, exceptions, criteria (P2.6, C9)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypedDict, cast

from sqlalchemy import select

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.document import Document
from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.person import Position
from models.school import SchoolClass, StaffCategory
from workflows.commands.evidence.contents.class_history import by_teacher
from workflows.commands.evidence.contents.frame import frame
from workflows.commands.evidence.contents.ground import Ground, iso_day
from workflows.commands.evidence.contents.parties import head_of, name_of
from workflows.commands.evidence.contents.words import CATEGORIES, levels_of, position_in
from workflows.policy.quality import Criterion
from workflows.queries.records.records import SUBJECTS, Record, Subject, records_of
from workflows.queries.work.returned import whole_returns
from workflows.queries.work.rounds import not_taken_back
from workflows.records.minutes_content import (
    ClassRow,
    Criteria,
    OddRecords,
    ReturnedWhole,
    SchoolReport,
    StaffGroup,
)

HEAD, RECEIVER = "head", "receiver"
# The form field for what the school wants its superior to know.
DIFFICULTIES = "difficulties"
SENT_AGAIN = "Đã gửi lại"
CONFIRMS_ALL = "Thủ trưởng đơn vị xác nhận dữ liệu của đơn vị đúng, đủ, sạch, sống."


def build(ground: Ground) -> SchoolReport:
    """Build what the head confirms and the superior unit receives."""
    staff = ground.roster(SubjectKind.STAFF)
    pupils = ground.roster(SubjectKind.PUPIL)
    records = _reviewed_records(ground, staff, pupils)
    confirmed = _confirmed_by_name(ground)
    superior = ground.superior
    receiver = superior.name if superior else ""
    blocks = ((HEAD, position_in(ground.unit, Position.HEAD)), (RECEIVER, "Đơn vị tiếp nhận"))
    framed = frame(ground, "school_report", blocks, (receiver,) if receiver else ())
    if len(confirmed) == len(Criterion):
        framed["statements"].append(CONFIRMS_ALL)
    return {
        **framed,
        "school_year": ground.campaign.school_year if ground.campaign else "",
        "levels": levels_of(ground.unit),
        "head": head_of(ground, ground.unit),
        "receiver": receiver,
        "classes": _classes(ground, pupils, records),
        "staff": _staff(staff),
        "exceptions": [
            {"name": entry.name, "reason": entry.reason}
            for entry in (*staff, *pupils)
            if entry.state is RosterState.EXCUSED
        ],
        "criteria": _criteria(records, confirmed),
        "records": len(records),
        "odd": _odd(records),
        "difficulties": _difficulties(ground),
        "returns": _returns(ground),
    }


def block_of(ground: Ground) -> str:
    """Say where the signer signs: the head of the school, or whoever receives the report above it."""
    above = ground.task.role_unit_id not in (None, ground.task.unit_id)
    return RECEIVER if above else HEAD


def _classes(ground: Ground, pupils: Sequence[RosterEntry], records: Sequence[Record]) -> list[ClassRow]:
    entries = ground.roster(SubjectKind.CLASS)
    classes = {
        one.id: one
        for one in ground.session.scalars(
            select(SchoolClass).where(SchoolClass.id.in_([entry.subject_id for entry in entries]))
        )
    }
    by_class: dict[int | None, list[RosterEntry]] = defaultdict(list)
    for pupil in pupils:
        by_class[pupil.class_id].append(pupil)
    minutes, returned = _minutes_numbers(ground), _returned_pupils(ground, classes)
    odd = Counter(record.class_id for record in records if not all(record.criteria.values()))
    return [
        {
            **_counts(entry, classes[entry.subject_id], by_class[entry.subject_id]),
            "returned": len(returned[entry.subject_id]),
            "odd": odd[entry.subject_id],
            "minutes": minutes.get(entry.subject_id, ""),
        }
        for entry in entries
    ]


class _Counts(TypedDict):
    name: str
    homeroom_teacher: str
    pupils: int
    confirmed: int
    confirmed_on: str


def _counts(entry: RosterEntry, school_class: SchoolClass, pupils: Sequence[RosterEntry]) -> _Counts:
    present = [pupil for pupil in pupils if pupil.state is not RosterState.LEFT]
    return {
        "name": entry.name,
        "homeroom_teacher": school_class.homeroom_teacher.full_name,
        "pupils": len(present),
        "confirmed": sum(pupil.state is RosterState.DONE for pupil in present),
        "confirmed_on": iso_day(entry.decided_at),
    }


def _returned_pupils(ground: Ground, classes: Mapping[int, SchoolClass]) -> dict[int, set[object]]:
    """Give the pupils of each class that were sent back; what a teacher reopens is an objection, not a return."""
    returned = ground.session.execute(
        select(ProcessInstance.subject_id, JournalEntry)
        .join(ProcessInstance, ProcessInstance.id == JournalEntry.instance_id)
        .where(
            ProcessInstance.campaign_id == ground.task.campaign_id,
            ProcessInstance.unit_id == ground.task.unit_id,
            ProcessInstance.subject_kind == SubjectKind.CLASS,
            JournalEntry.kind == JournalKind.SUBJECT_RETURNED,
            not_taken_back(),
        )
    )
    found: dict[int, set[object]] = defaultdict(set)
    for class_id, entry in returned:
        school_class = classes.get(class_id)
        if school_class is not None and not by_teacher(entry, school_class):
            found[class_id].add(entry.details.get("subject"))
    return found


def _minutes_numbers(ground: Ground) -> dict[int, str]:
    """Give the number of the newest minutes of each class."""
    numbered = (
        select(ProcessInstance.subject_id, Document.number)
        .join(Document, Document.instance_id == ProcessInstance.id)
        .where(
            Document.unit_id == ground.task.unit_id,
            Document.campaign_id == ground.task.campaign_id,
            Document.kind == "class_minutes",
        )
        .order_by(Document.id)
    )
    return dict(ground.session.execute(numbered).all())


def _staff(roster: Sequence[RosterEntry]) -> list[StaffGroup]:
    counted: dict[str, Counter[RosterState]] = {category: Counter() for category in StaffCategory}
    for entry in roster:
        if entry.state is not RosterState.LEFT:
            counted.setdefault(str(entry.frozen.get("category")), Counter())[entry.state] += 1
    return [
        {
            "group": CATEGORIES.get(category, category),
            "total": states.total(),
            "confirmed": states[RosterState.DONE],
            "excepted": states[RosterState.EXCUSED],
        }
        for category, states in counted.items()
        if states
    ]


def _confirmed_by_name(ground: Ground) -> frozenset[Criterion]:
    """Give the criteria that nobody can sign this report without confirming: a required checkbox asks for each.

    It goes by the procedure, not by what was typed: the report reads the same before and after signing.
    """
    asked = {field.key for field in ground.fields_signed_with if field.type == "checkbox" and field.required}
    return frozenset(criterion for criterion in Criterion if criterion in asked)


def _criteria(records: Sequence[Record], confirmed: frozenset[Criterion]) -> Criteria:
    """Say what the head confirms; a criterion that the procedure does not ask about is computed over all records."""
    met = {one: one in confirmed or all(record.criteria[one] for record in records) for one in Criterion}
    return {
        "correct": met[Criterion.CORRECT],
        "complete": met[Criterion.COMPLETE],
        "clean": met[Criterion.CLEAN],
        "live": met[Criterion.LIVE],
    }


def _odd(records: Sequence[Record]) -> OddRecords:
    """Count the records reviewed in which the product still sees something, whatever the head confirms."""
    broken = Counter(one for record in records for one, holds in record.criteria.items() if not holds)
    return {
        "correct": broken[Criterion.CORRECT],
        "complete": broken[Criterion.COMPLETE],
        "clean": broken[Criterion.CLEAN],
        "live": broken[Criterion.LIVE],
    }


def _reviewed_records(
    ground: Ground, staff: Sequence[RosterEntry], pupils: Sequence[RosterEntry]
) -> list[Record]:
    return [
        record
        for kind, roster in ((SubjectKind.STAFF, staff), (SubjectKind.PUPIL, pupils))
        for record in records_of(ground.session, kind, _reviewed(ground, kind, roster), today=ground.on)
    ]


def _reviewed(ground: Ground, kind: SubjectKind, roster: Sequence[RosterEntry]) -> Sequence[Subject]:
    subject = SUBJECTS[kind]
    ids = [entry.subject_id for entry in roster if entry.state is RosterState.DONE]
    query = select(subject).where(subject.id.in_(ids)).order_by(subject.id)
    return cast(Sequence[Subject], ground.session.scalars(query).all())


def _returns(ground: Ground) -> list[ReturnedWhole]:
    """Say what came back as a whole, from the head or from above, and what was answered to it (C5)."""
    found = whole_returns(ground.session, ground.task.campaign_id, ground.task.unit_id)
    return [
        {
            "name": one.name,
            "reason": one.reason,
            "returned_by": name_of(ground, one.returned.actor_id),
            "returned_on": iso_day(one.returned.at),
            "answer": one.answer or SENT_AGAIN,
        }
        for one in found
    ]


def _difficulties(ground: Ground) -> list[str]:
    lines = [
        line.strip()
        for done in ground.answered(DIFFICULTIES)
        for line in str(done.answer[DIFFICULTIES]).splitlines()
    ]
    return [line for line in lines if line]
