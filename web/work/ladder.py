"""The escalation ladder of a task in words: what the clock has said to whom, and what it will say next (C4).

What was said stands in the journal, on every page with the same instant; what is to come is computed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from models.journal import JournalKind
from models.person import Person
from models.task import Task
from web import formats
from web.composition import composition
from web.request_work import current_actor, current_person, now, read_session
from web.work.task_words import rung_target, told_target
from workflows.commands.due.told import distinct, people_of
from workflows.commands.running.terms import calendar_of
from workflows.engine import Step
from workflows.policy.escalation import RungInstant, rung_instants
from workflows.queries.work.behind import Rung, rungs_of
from workflows.queries.work.inbox_facts import people_by_id
from workflows.unit_of_work import UnitOfWork

# Rungs that speak to whoever leads a unit: the page says who that is; who has the task stands beside it.
LED = frozenset({"head", "superior", "office"})
KINDS = {"remind": JournalKind.REMINDED, "escalate": JournalKind.ESCALATED}


@dataclass(frozen=True, slots=True)
class RungView:
    """A rung of the ladder: when it speaks or spoke, and what it does, in a sentence."""

    at: datetime
    text: str
    climbed: bool
    # When people were told, where that was long after the rung was due.
    told_at: datetime | None = None


def ladder_of(task: Task, step: Step) -> list[RungView]:
    """Tell the ladder of a task; rungs that were left behind because it opened late did nothing and are left out."""
    reading = UnitOfWork(read_session, read_session().connection(), composition().engine, now())
    drawn = rung_instants(step.escalation, task.due_at, calendar_of(reading, task.unit_id))
    climbed = rungs_of(read_session(), [task.id]).get(task.id, []) if task.rungs_climbed else []
    spoken = {(rung.kind, rung.drawn, rung.after): rung for rung in climbed}
    reached = {one.number: to for one, to in distinct(reading, task, drawn, climbed)}
    shown: list[tuple[RungInstant, Rung | None, str]] = []
    for one in drawn:
        said = spoken.get((KINDS[one.rung.kind], one.rung.to, one.rung.after))
        if said is not None and one.number <= task.rungs_climbed:
            shown.append((one, said, said.to))
        elif one.number > task.rungs_climbed and one.number in reached:
            shown.append((one, None, reached[one.number]))
    told = [_told(reading, task, to, said) for _, said, to in shown]
    known = people_by_id(read_session(), {person for people in told for person in people})
    return [
        RungView(
            said.due_at if said else one.at,
            _sentence(one, to, people, known, _is_late_one(task)),
            said is not None,
            said.at if said and said.late_by_far else None,
        )
        for (one, said, to), people in zip(shown, told, strict=True)
    ]


def told_of(escalated: Rung, on: str) -> str:
    """Say on a row to whom the lateness of one's own task was told, and on which day."""
    if current_actor().person_id in escalated.people:
        # Nobody is told on about themselves.
        return gettext("%(you)s was reminded on %(on)s", you=formats.you(current_person()), on=on)
    return gettext("%(to)s was told on %(on)s", to=rung_target(escalated.to), on=on)


def _told(reading: UnitOfWork, task: Task, to: str, said: Rung | None) -> Sequence[int]:
    if to not in LED:
        return ()
    return said.people if said else people_of(reading, task, to)


def _is_late_one(task: Task) -> bool:
    """Whether the reader is who has the task."""
    actor = current_actor()
    if task.assignee_id is not None:
        return task.assignee_id == actor.person_id
    return task.role is not None and actor.holds(task.role, task.role_unit_id or 0)


def _sentence(
    one: RungInstant, to: str, people: Collection[int], known: Mapping[int, Person], is_late_one: bool
) -> str:
    reader = current_actor().person_id
    if list(people) == [reader]:
        you = formats.you(current_person())
        return gettext("remind %(to)s", to=you) if is_late_one else gettext("tell %(to)s", to=you)
    to = told_target(to, [known[person] for person in people if person in known])
    return gettext("remind %(to)s", to=to) if one.rung.kind == "remind" else gettext("tell %(to)s", to=to)
