"""Urging a late unit (đôn đốc): a superior's dated word to whoever holds its open tasks (C4, P4.3)."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select

from models.campaign import Campaign
from models.database import HELD, SHARED
from models.instance import ProcessInstance
from models.journal import JournalEntry, JournalKind
from models.notification import Message
from models.organisation import OrganisationUnit
from models.person import Person, Position
from models.task import Task, TaskState
from workflows.actor import FOLLOWING, Actor
from workflows.commands.running.openings import holders
from workflows.commands.running.terms import local_date
from workflows.errors import NobodyToUrge, NothingToUrge, NotPermitted, ValueTooLong
from workflows.errors.steering import UnitHeld, UrgedAlready
from workflows.notify.outbox import announce
from workflows.queries.organisation import subtree_ids
from workflows.records.journal import record, refuse_repeated
from workflows.unit_of_work import UnitOfWork

LONGEST = 500
# The same words within an hour are a second finger on the button, not a second thought.
PAUSE = timedelta(hours=1)


def urge(
    work: UnitOfWork,
    *,
    actor: Actor,
    campaign_id: int,
    unit_id: int,
    words: str = "",
    request_key: str | None = None,
) -> int:
    """Press a unit of one's own territory: its head and everybody with an overdue task are told at once.

    Gives how many people were told. Refuses who does not follow the unit, units with no open task, with UnitHeld those
    whose open tasks an administrator holds, with UrgedAlready the same words within an hour, whoever wrote them, and
    with NobodyToUrge when nobody would be told.
    """
    # Two who urge at the same moment, or one who presses twice, come one after the other.
    unit = work.session.get(OrganisationUnit, unit_id, with_for_update=HELD)
    refuse_repeated(work, request_key)
    campaign = work.session.get_one(Campaign, campaign_id, with_for_update=SHARED)
    if unit is None or not may_urge(work, actor, unit_id):
        raise NotPermitted
    if len(words) > LONGEST:
        raise ValueTooLong(most=LONGEST)
    open_tasks = _free_tasks(work, actor, campaign.id, unit_id)
    # A report may lie with the office above: then its head is the one to press, not the school's.
    units = {task.role_unit_id or unit_id for task in open_tasks}
    answering = {unit_id} if unit_id in units else units
    heads = {head for one in answering for head in holders(work, None, Position.HEAD, one)}
    # Without a head, whoever has the work is told: late or not.
    people = heads | (_late_ones(work, open_tasks) if heads else _holders(work, open_tasks))
    people -= {actor.person_id}
    if not people:
        headless = work.session.get_one(OrganisationUnit, min(answering))
        raise NobodyToUrge(unit=headless.short_name)
    _refuse_urged(work, campaign.id, unit_id, words)
    record(
        work,
        JournalKind.URGED,
        unit_id=unit_id,
        campaign_id=campaign_id,
        actor_id=actor.person_id,
        details={"words": words.strip(), "people": sorted(people), "open": len(open_tasks)},
        request_key=request_key,
    )
    for person_id in sorted(people):
        announce(
            work,
            Message.URGED,
            person_ids=[person_id],
            # What has waited longest: their own where they have one, else the unit's.
            task_id=_oldest(work, open_tasks, person_id).id,
            campaign_id=campaign_id,
            details={"words": words.strip(), "actor": actor.person_id, "unit": unit.short_name},
        )
    return len(people)


def _free_tasks(work: UnitOfWork, actor: Actor, campaign_id: int, unit_id: int) -> list[Task]:
    """List the open tasks that somebody can do; refuses where there is none (NothingToUrge, UnitHeld)."""
    own_units = {held.unit_id for held in actor.held} - {unit_id}
    rows = work.session.execute(
        select(Task, ProcessInstance.suspended_at)
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .where(Task.campaign_id == campaign_id, Task.unit_id == unit_id, Task.state == TaskState.OPEN)
    )
    # Nobody presses a unit for what their own unit has to do about it.
    others = [(task, held_at) for task, held_at in rows if task.role_unit_id not in own_units]
    if not others:
        raise NothingToUrge
    free = [task for task, held_at in others if held_at is None]
    if not free:
        raise UnitHeld(since=min(held_at for _, held_at in others if held_at is not None))
    return free


def _refuse_urged(work: UnitOfWork, campaign_id: int, unit_id: int, words: str) -> None:
    lately = work.session.scalars(
        select(JournalEntry)
        .where(
            JournalEntry.kind == JournalKind.URGED,
            JournalEntry.campaign_id == campaign_id,
            JournalEntry.unit_id == unit_id,
            JournalEntry.at > work.now - PAUSE,
        )
        .order_by(JournalEntry.at.desc(), JournalEntry.id.desc())
    )
    for before in lately:
        if _plain(str(before.details.get("words", ""))) == _plain(words):
            raise UrgedAlready(who=work.session.get_one(Person, before.actor_id).named, when=before.at)


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()


def _oldest(work: UnitOfWork, tasks: Collection[Task], person_id: int) -> Task:
    def own(task: Task) -> bool:
        return person_id in holders(work, task.assignee_id, task.role, task.role_unit_id)

    return min(tasks, key=lambda task: (not own(task), task.due_at, task.id))


def may_urge(work: UnitOfWork, actor: Actor, unit_id: int) -> bool:
    """Tell whether the unit lies in a territory that the person follows."""
    today = local_date(work.now)
    return any(unit_id in subtree_ids(work.session, own, today) for own in actor.units_with(*FOLLOWING))


def _late_ones(work: UnitOfWork, tasks: Collection[Task]) -> set[int]:
    return _holders(work, [task for task in tasks if task.due_at <= work.now])


def _holders(work: UnitOfWork, tasks: Collection[Task]) -> set[int]:
    return {
        person for task in tasks for person in holders(work, task.assignee_id, task.role, task.role_unit_id)
    }
