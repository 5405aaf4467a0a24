"""Turns open tasks into rows of the inbox: who, what, until when, and what to know before opening one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from models.campaign import SubjectKind
from models.organisation import OrganisationUnit
from models.person import Person
from web import formats
from web.request_work import know_calendars, local_day, today
from web.work.ladder import told_of
from web.work.task_words import capitalised, outcome_label, sentence, step_of
from workflows.commands.running.runs import Run
from workflows.commands.work.answers import outcomes_of
from workflows.engine import Outcome, Step
from workflows.queries.operating.instance import held_among
from workflows.queries.work.inbox import Bounds, InboxCounts, InboxRow
from workflows.queries.work.inbox_facts import ClassFigures, Facts, facts_of, staff_about
from workflows.queries.work.inbox_list import Order


@dataclass(frozen=True, slots=True)
class Bulk:
    """The outcome that a row may have together with others."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is drawn."""

    id: int
    title: str
    opened_at: datetime
    due_at: datetime
    returned_reason: str
    campaign_id: int | None
    unit_id: int
    unit: OrganisationUnit | None
    figures: ClassFigures | None
    escalated: str
    accountable: Person | None
    claimable: bool
    bulk: Bulk | None
    # Since when an administrator holds the procedure: nothing can be done but to look.
    held_since: datetime | None = None

    @property
    def one_tap(self) -> bool:
        """Whether the row may be decided without opening it: nothing on it asks for a look."""
        return self.bulk is not None and not self.claimable and (self.figures is None or self.figures.clean)


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one urgency, with the number of all such tasks."""

    key: str
    title: str
    count: int
    rows: list[Row]


def rows_of(reading: Session, page: Sequence[InboxRow]) -> list[Row]:
    """Look up what the rows of a page show."""
    steps = {row.id: step_of(row.version_id, row.element_id) for row in page}
    class_ids = {
        row.subject_id
        for row in page
        if row.subject_kind == SubjectKind.CLASS and steps[row.id].review == "pupils"
    }
    facts = facts_of(reading, page, class_ids, today())
    know_calendars({row.unit_id for row in page})
    held = held_among(reading, {row.instance_id for row in page})
    rows = [_row(row, steps[row.id], facts, class_ids) for row in page]
    return [_held(row, held.get(shown.instance_id)) for row, shown in zip(rows, page, strict=True)]


def _row(row: InboxRow, step: Step, facts: Facts, class_ids: set[int]) -> Row:
    escalation = facts.escalations.get(row.id)
    of_unit = row.subject_kind in (SubjectKind.SCHOOL, SubjectKind.UNIT)
    about_class = row.subject_kind == SubjectKind.CLASS and row.subject_id in class_ids
    figures = facts.classes.get((row.campaign_id, row.subject_id)) if about_class else None
    return Row(
        id=row.id,
        title=capitalised(sentence(step, row, row.subject_name, facts.staff)),
        opened_at=row.opened_at,
        due_at=row.due_at,
        returned_reason=row.returned_reason,
        campaign_id=row.campaign_id,
        unit_id=row.unit_id,
        unit=None if of_unit else facts.units.get(row.unit_id),
        figures=figures,
        escalated=told_of(escalation, f"{local_day(escalation.at):%d/%m}") if escalation else "",
        accountable=_accountable(row, facts),
        claimable=facts.may_claim(row),
        # What came back carries answers: somebody has to read them first.
        bulk=None if figures and figures.came_back else _bulk(step),
    )


def _held(row: Row, since: datetime | None) -> Row:
    return replace(row, held_since=since, claimable=False, bulk=None) if since else row


def _accountable(row: InboxRow, facts: Facts) -> Person | None:
    """Give whom the assignee helps (P2.3)."""
    if row.accountable_id is None or row.accountable_id == row.assignee_id:
        return None
    return facts.people.get(row.accountable_id)


def _bulk(step: Step) -> Bulk | None:
    """Give the outcome for many at once; a signature is given for one thing at a time."""
    if step.bulk is None or step.signature:
        return None
    drawn: Outcome | None = next((one for one in outcomes_of(step) if one.key == step.bulk), None)
    return Bulk(drawn.key, outcome_label(drawn)) if drawn else None


def groups_of(rows: Sequence[Row], bounds: Bounds, counts: InboxCounts, order: Order) -> list[Group]:
    """Sort rows into overdue, today, this week, later; in any other order they stand together."""
    if order is not Order.DUE:
        return [Group("all", "", counts.total, list(rows))] if rows else []
    titles = {
        "overdue": gettext("Overdue"),
        "today": gettext("Today"),
        "week": _week(bounds),
        "later": gettext("Later"),
    }
    numbers = {key: getattr(counts, key) for key in titles}
    groups = []
    for key, title in titles.items():
        own = [row for row in rows if bounds.group(row.due_at) == key]
        if own:
            groups.append(Group(key, title, numbers[key], own))
    return groups


def _week(bounds: Bounds) -> str:
    if bounds.reaches is None:
        return gettext("This week")
    day = f"{formats.weekday(bounds.reaches)} {bounds.reaches:%d/%m}"
    return gettext("Next working day (%(day)s)", day=day)


def title_of(reading: Session, step: Step, run: Run) -> str:
    """Name one task in a sentence."""
    return capitalised(sentence(step, run, run.subject_name, staff_about(reading, [run])))
