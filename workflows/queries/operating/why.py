"""Why an instance waits, in one sentence: for whom or what, since when, and who could stand in.

A sentence is a message in English with parameters; the pages translate it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from models.instance import Incident, InstanceState
from models.journal import JournalEntry, JournalKind
from models.person import Position
from models.task import Task
from workflows.queries.administration.people import people_without_account
from workflows.queries.calendars import calendars_of
from workflows.queries.following.cancelled import cancelling_of
from workflows.queries.following.waiting import Waiting, explained
from workflows.queries.operating.incidents import cause_of, place_of
from workflows.queries.operating.instance import GroupRow, InstanceSight
from workflows.queries.operating.mended import mended_since
from workflows.queries.organisation import holders_of


def N_(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message and its parameters, people among them as such; `more` are further sentences that belong behind it.

    A parameter `x_en` is what stands for `x` in English; `element` is one of the drawing, by its id.
    """

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)
    more: tuple["Sentence", ...] = ()


@dataclass(frozen=True, slots=True)
class Waited:
    """How long a task waits: since when, and how many whole working days of its unit that makes."""

    since: datetime
    days: int


# What `waited` stands for begins with "since" or "for".
HOMEROOM = N_("Waits for %(who)s, homeroom teacher of %(class_name)s, %(waited)s.")
PERSON = N_("Waits for %(who)s %(waited)s.")
ONE_OF = N_("Waits %(waited)s for one of %(number)s people in %(unit)s to take it: %(who)s.")
NOBODY = N_("Waits %(waited)s, and nobody in %(unit)s holds the position that has the task.")
NO_DEPUTY = N_("No deputy named.")
NO_ACCOUNT = N_("Nobody it waits for has an account to log in with.")
OVERDUE = N_("Was due at %(due_at)s.")
ALSO = N_("%(number)s more tasks are open.")
ALSO_ONE = N_("One more task is open.")
BESIDE = N_("Beside that the step “%(element)s” is open: %(who)s.")
CHILDREN = N_("Waits for %(open)s of %(total)s runs of “%(name)s”.")
ITEMS = N_("Waits for %(open)s of %(total)s items of “%(element)s”.")
TIMER = N_("Waits for an instant: %(due_at)s.")
FAILING = N_("The timer “%(element)s” failed and is tried again at %(again_at)s: %(cause)s")
MESSAGE = N_("Waits for the message “%(name)s”.")
SIGNAL = N_("Waits for the signal “%(name)s”.")
TURN = N_("Waits for its turn: its group runs one after another.")
HELD = N_("Held by an operator since %(since)s.")
HELD_ABOVE = N_("Held since %(since)s together with the run above it.")
INCIDENT = N_("Cannot go on: %(cause)s")
INCIDENT_AT = N_("Cannot go on at “%(element)s”: %(cause)s")
MENDED = N_("Could not go on at %(at)s; since then %(done)s. It can be tried again.")
MENDED_AT = N_("Could not go on at “%(element)s” at %(at)s; since then %(done)s. It can be tried again.")
DONE = {
    JournalKind.INSTANCE_MIGRATED: N_("this run was brought to another version"),
    JournalKind.DATA_CORRECTED: N_("an administrator has corrected data"),
    JournalKind.TOKEN_MOVED: N_("an administrator has moved it to another element"),
}
FINISHED = N_("Ended at %(at)s.")
CANCELLED = N_("Was cancelled at %(at)s.")
CANCELLED_BY = N_("%(who)s cancelled it: %(reason)s")
STUCK = N_("Waits for nothing: the watchdog will open an incident.")


def why_of(session: Session, sight: InstanceSight, *, today: date, now: datetime) -> Sentence:
    """Say why an instance waits: what holds it back first, then for whom or what it waits."""
    row = sight.row
    if row.state is InstanceState.FINISHED:
        return Sentence(FINISHED, {"at": row.ended_at})
    if row.state is InstanceState.CANCELLED:
        return Sentence(CANCELLED, {"at": row.ended_at}, _cancelled_by(session, row.id))
    stuck, waits = _incident(session, sight), _with_timers(sight, _waits(session, sight, today, now))
    if row.suspended_at is not None:
        held = HELD if sight.held_from_id == row.id else HELD_ABOVE
        return Sentence(held, {"since": row.suspended_at}, (*stuck, waits) if waits.msgid != STUCK else stuck)
    if stuck:
        return replace(stuck[0], more=(waits,) if waits.msgid != STUCK else ())
    return waits


def _cancelled_by(session: Session, instance_id: int) -> tuple[Sentence, ...]:
    """Say who cancelled a run or one above it, and why; nothing where it was given up as its procedure went on."""
    act = cancelling_of(session, instance_id)
    if act is None or act.actor is None:
        return ()
    return (Sentence(CANCELLED_BY, {"who": (act.actor,), "reason": act.details.get("reason", "")}),)


def _incident(session: Session, sight: InstanceSight) -> tuple[Sentence, ...]:
    """Say of the youngest open incident why it cannot go on, if there is one."""
    opened = [incident for incident in sight.incidents if incident.resolved_at is None]
    if not opened:
        return ()
    mended = mended_since(session, sight.row.id, opened[:1])
    return (_stuck(opened[0], mended.get(opened[0].id)),)


def _stuck(incident: Incident, mended: JournalEntry | None) -> Sentence:
    """Say why it cannot go on, or that it could not, and what an operator has done about it since."""
    place = place_of(incident)
    params: dict[str, object] = {"element": place} if place else {}
    if mended is None:
        return Sentence(INCIDENT_AT if place else INCIDENT, {**params, "cause": cause_of(incident)})
    done = {"msgid": DONE[mended.kind], "params": {}}
    return Sentence(MENDED_AT if place else MENDED, {**params, "at": incident.opened_at, "done": done})


def _with_timers(sight: InstanceSight, waits: Sentence) -> Sentence:
    """Add the timers that failed, beside what else is waited for."""
    failing = tuple(
        Sentence(FAILING, {"element": one.element_id, "again_at": one.due_at, "cause": one.failure})
        for one in sight.timers
        if one.is_failing
    )
    if failing and waits.msgid == TIMER:
        return replace(failing[0], more=failing[1:])
    return replace(waits, more=(*waits.more, *failing))


def _waits(session: Session, sight: InstanceSight, today: date, now: datetime) -> Sentence:
    called = [_for_runs(group) for group in sight.groups if group.unfinished]
    if called:
        # A task beside them may block nothing, as one about their delay: it is said last, by the name of its step.
        beside = (_beside(session, sight, today, now),) if sight.tasks else ()
        return replace(called[0], more=(*called[1:], *beside))
    if sight.tasks:
        return _for_somebody(session, sight, today, now)
    if sight.awaited:
        awaited = sight.awaited[0]
        return Sentence(MESSAGE if awaited.kind.value == "message" else SIGNAL, {"name": awaited.name})
    if sight.timers:
        return Sentence(TIMER, {"due_at": sight.timers[0].due_at})
    return Sentence(TURN if sight.row.state is InstanceState.PENDING else STUCK)


def _for_runs(group: GroupRow) -> Sentence:
    counted = {"open": group.unfinished, "total": group.total}
    if group.area:
        return Sentence(ITEMS, {**counted, "element": group.element_id})
    return Sentence(CHILDREN, {**counted, "name": group.name, "name_en": group.name_en})


def _beside(session: Session, sight: InstanceSight, today: date, now: datetime) -> Sentence:
    said = _for_somebody(session, sight, today, now)
    if not said.params.get("who"):
        return said
    more = tuple(one for one in said.more if one.msgid != NO_DEPUTY)
    return Sentence(BESIDE, {**said.params, "element": sight.tasks[0].element_id}, more)


def _for_somebody(session: Session, sight: InstanceSight, today: date, now: datetime) -> Sentence:
    task = sight.tasks[0]
    waiting = explained(session, [task], today)[0]
    holder_ids = [person.id for person in waiting.holders]
    calendar = calendars_of(session, [task.unit_id], today)[task.unit_id]
    waited = Waited(task.opened_at, calendar.workdays_between(task.opened_at, now))
    more = [] if task.due_at > now else [Sentence(OVERDUE, {"due_at": task.due_at})]
    if waiting.holders and len(people_without_account(session, holder_ids)) == len(set(holder_ids)):
        more.append(Sentence(NO_ACCOUNT))
    if not _somebody_stands_in(session, task, waiting, today):
        more.append(Sentence(NO_DEPUTY))
    if len(sight.tasks) > 1:
        others = len(sight.tasks) - 1
        more.append(Sentence(ALSO, {"number": others}) if others > 1 else Sentence(ALSO_ONE))
    params: dict[str, object] = {"waited": waited, "who": waiting.holders}
    unit = waiting.role_unit.short_name if waiting.role_unit is not None else sight.row.unit_name
    if not waiting.holders:
        return Sentence(NOBODY, {"waited": waited, "unit": unit}, tuple(more))
    if len(waiting.holders) > 1:
        number = len(waiting.holders)
        return Sentence(ONE_OF, {**params, "number": number, "unit": unit}, tuple(more))
    if waiting.homeroom_of:
        return Sentence(HOMEROOM, {**params, "class_name": waiting.homeroom_of}, tuple(more))
    return Sentence(PERSON, params, tuple(more))


def _somebody_stands_in(session: Session, task: Task, waiting: Waiting, today: date) -> bool:
    """Whether a second person knows of the task: who answers for it, others of the role, a deputy head for the head."""
    if len(waiting.holders) > 1 or task.accountable_id not in (None, task.assignee_id):
        return True
    if task.role == Position.HEAD and task.role_unit_id is not None:
        return bool(holders_of(session, Position.DEPUTY_HEAD, task.role_unit_id, today))
    return False
