"""The digest: one mail a morning for everything that did not have to come at once.

It is a notice of its own, added once a day for each person who has unread notices, and delivered as any
other mail.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from models.notification import MailState, Message, Notification
from models.person import Appointment
from models.task import Task, TaskState
from workflows.notify.outbox import announce
from workflows.policy.calendar import LOCAL_ZONE, WorkingCalendar
from workflows.settings import lock_setting, store_setting
from workflows.unit_of_work import UnitOfWork

STATE_KEY = "morning_digest"
ZONE = ZoneInfo(LOCAL_ZONE)
MORNING = time(7)
# A worker (or a clock) that comes back later than this leaves the digest to the next morning on which people work.
MORNING_ENDS = time(11, 30)
# Schools rest when the country does; a single unit's day off does not hold up a mail.
CALENDAR = WorkingCalendar()
PEOPLE_AT_ONCE = 500
# Named in the mail; the rest stands in the inbox.
TASKS_NAMED = 5


def gather_digests(work: UnitOfWork, limit: int = PEOPLE_AT_ONCE) -> int:
    """Add the digest of this morning for the next people in turn, and give how many people were looked at.

    A worker that comes late makes up for it until half past eleven, and for missed days by one digest; whoever was told
    nothing before seven, and everybody on a day off, waits for the next morning on which people work.

    People come in the order of their ids, and the last one is remembered with the day: nobody gets two on
    one day, however many workers run and whatever else becomes visible meanwhile. Does nothing while
    another worker gathers.
    """
    local = work.now.astimezone(ZONE)
    today = local.date().isoformat()
    if not MORNING <= local.time() < MORNING_ENDS or not CALENDAR.is_working(local.date()):
        return 0
    state = lock_setting(work.session, STATE_KEY, lambda: {"day": "", "after": 0})
    # A demonstration's clock may have been set back: its past days had their digest.
    if state is None or state["day"] > today:
        return 0
    seven = datetime.combine(local.date(), MORNING, ZONE)
    people = _next_people(work, state["after"] if state["day"] == today else 0, seven, limit)
    if people:
        _gather(work, people)
        store_setting(work.session, STATE_KEY, {"day": today, "after": people[-1]})
    return len(people)


def _next_people(work: UnitOfWork, after: int, told_by: datetime, limit: int) -> list[int]:
    return list(
        work.session.scalars(
            select(Notification.person_id)
            .where(
                Notification.mail_state == MailState.DIGEST,
                Notification.person_id > after,
                Notification.created_at <= told_by,
            )
            .distinct()
            .order_by(Notification.person_id)
            .limit(limit)
        )
    )


def _gather(work: UnitOfWork, people: list[int]) -> None:
    """Add a digest for whoever has not read everything; either way these notices need no mail any more."""
    waiting = (Notification.mail_state == MailState.DIGEST, Notification.person_id.in_(people))
    unread = work.session.scalars(
        select(Notification.person_id).where(*waiting, Notification.read_at.is_(None)).distinct()
    ).all()
    work.connection.execute(update(Notification).where(*waiting).values(mail_state=MailState.GATHERED))
    announce(work, Message.MORNING_DIGEST, person_ids=unread)


def close_past(work: UnitOfWork) -> None:
    """Take the mails of everything told so far for done, this morning's digest included: for a story made up today."""
    waiting = Notification.mail_state.in_((MailState.WAITING, MailState.DIGEST))
    done = {"mail_state": MailState.GATHERED, "mail_due_at": None}
    work.connection.execute(update(Notification).where(waiting).values(**done))
    last = work.session.scalar(select(func.max(Notification.person_id))) or 0
    lock_setting(work.session, STATE_KEY, lambda: {"day": "", "after": 0})
    today = work.now.astimezone(ZONE).date().isoformat()
    store_setting(work.session, STATE_KEY, {"day": today, "after": last})


def morning_facts(session: Session, person_id: int, now: datetime) -> dict[str, int]:
    """Count what a person has to do at this moment, what of it is overdue or due today, and unread notices."""
    local = now.astimezone(ZONE)
    day_ends = datetime.combine(local.date() + timedelta(days=1), time(), ZONE)
    holds = _holds(person_id, local.date())
    counts = select(
        func.count(),
        func.count().filter(Task.due_at <= now),
        func.count().filter(Task.due_at > now, Task.due_at < day_ends),
    ).where(Task.state == TaskState.OPEN)
    # Two statements: each is answered by the index of its own kind of task.
    own = session.execute(counts.where(Task.assignee_id == person_id)).one()
    of_roles = session.execute(counts.where(Task.assignee_id.is_(None), holds.exists())).one()
    unread = session.scalar(
        select(func.count())
        .select_from(Notification)
        .where(Notification.person_id == person_id, Notification.read_at.is_(None))
    )
    tasks, overdue, today = (mine + shared for mine, shared in zip(own, of_roles, strict=True))
    return {"tasks": tasks, "overdue": overdue, "today": today, "unread": unread or 0}


def first_tasks(session: Session, person_id: int, now: datetime) -> list[Task]:
    """List what a person has to do first, the longest due before the others."""
    mine = or_(
        Task.assignee_id == person_id,
        Task.assignee_id.is_(None) & _holds(person_id, now.astimezone(ZONE).date()).exists(),
    )
    query = select(Task).where(Task.state == TaskState.OPEN, mine).options(joinedload(Task.unit))
    return list(session.scalars(query.order_by(Task.due_at, Task.id).limit(TASKS_NAMED)))


def _holds(person_id: int, on: date) -> Select[int]:
    return select(Appointment.id).where(
        Appointment.person_id == person_id,
        Appointment.unit_id == Task.role_unit_id,
        Appointment.position == Task.role,
        Appointment.from_on <= on,
        or_(Appointment.until_on.is_(None), Appointment.until_on >= on),
    )
