"""The judge: compares what people remember with what the store knows, and says what is lost, doubled, unexplained."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.instance import Incident, Timer, TimerState
from models.journal import JournalEntry, JournalKind
from models.notification import Message, Notification
from models.task import Comment, Task, TaskState
from tests.acceptance.house import House
from tests.faults.load import Act

WORKING = (JournalKind.COMMENTED, JournalKind.PUPILS_DECIDED)
SPOKEN = (JournalKind.REMINDED, JournalKind.ESCALATED)


@dataclass
class Verdict:
    """How many acts were acknowledged, and what of them, or beside them, is not as it should be."""

    acknowledged: int = 0
    # How often a timer fired or a rung spoke: the acts of the clock.
    clockwork: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Everything that is wrong."""
        return [*self.lost, *self.doubled, *self.unexplained]

    def compare(self, what: str, expected: Iterable[Any], found: Iterable[Any]) -> None:
        """Count each thing on both sides: less is lost, more is doubled, and what nobody did is unexplained."""
        wanted, there = Counter(expected), Counter(found)
        self.lost += [f"{what}: {one}" for one in (wanted - there).elements()]
        for one, number in (there - wanted).items():
            (self.doubled if one in wanted else self.unexplained).append(f"{what}: {one}, {number} too many")

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(
            self.acknowledged + other.acknowledged,
            self.clockwork + other.clockwork,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.unexplained + other.unexplained,
        )


def judge(house: House, acts: Sequence[Act], now: datetime | None = None) -> Verdict:
    """Judge the acts of people, and those of the clock up to `now`; without it the clock did nothing."""
    verdict = Verdict(acknowledged=sum(act.answer == 303 for act in acts))

    def read(session: Session) -> None:
        _judge_journal(session, verdict, acts)
        _judge_comments(session, verdict, acts)
        _judge_pupils(session, verdict, acts)
        _judge_clockwork(session, verdict, now)
        verdict.unexplained += [f"incident: {cause}" for cause in session.scalars(select(Incident.cause))]

    house.world.read(read)
    return verdict


def number_due(house: House, now: datetime) -> int:
    """Count what the clock has still to do."""
    rungs = select(func.count()).where(Task.state == TaskState.OPEN, Task.next_rung_at <= now)
    waiting = select(func.count()).where(Timer.state == TimerState.WAITING, Timer.due_at <= now)
    return house.world.read(lambda session: (session.scalar(rungs) or 0) + (session.scalar(waiting) or 0))


def _judge_journal(session: Session, verdict: Verdict, acts: Sequence[Act]) -> None:
    keys = select(JournalEntry.request_key).where(
        JournalEntry.kind.in_(WORKING), JournalEntry.request_key.is_not(None)
    )
    verdict.compare("journal", (act.journal_key for act in acts), session.scalars(keys))


def _judge_comments(session: Session, verdict: Verdict, acts: Sequence[Act]) -> None:
    comments = session.execute(select(Comment.body, Comment.task_id, Comment.written_at)).all()
    written = [act.fields["comment"] for act in acts if act.what == "comment"]
    verdict.compare("comment", written, (body for body, _, _ in comments))
    # Each comment is told once to each of the same people; both rows bear the instant of the act.
    told = session.execute(
        select(Notification.task_id, Notification.created_at, Notification.person_id).where(
            Notification.message == Message.COMMENTED
        )
    ).all()
    concerned = {(task, person) for task, _, person in told}
    if comments and not concerned:
        verdict.lost.append("no comment was told to anybody")
    due = [(task, at, who) for _, task, at in comments for known, who in concerned if known == task]
    verdict.compare("notice of a comment", due, (tuple(row) for row in told))


def _judge_pupils(session: Session, verdict: Verdict, acts: Sequence[Act]) -> None:
    approvals = select(JournalEntry.details).where(JournalEntry.kind == JournalKind.SUBJECT_APPROVED)
    approved = [act.subject for act in acts if act.what == "approve"]
    verdict.compare("approval", approved, (one["subject"] for one in session.scalars(approvals)))
    last = {act.subject: act.what for act in acts if act.what in ("approve", "reopen")}
    entries = select(RosterEntry.subject_id, RosterEntry.state).where(
        RosterEntry.kind == SubjectKind.PUPIL, RosterEntry.subject_id.in_(last)
    )
    standing = {
        pupil: RosterState.DONE if did == "approve" else RosterState.OPEN for pupil, did in last.items()
    }
    verdict.compare("pupil", standing.items(), (tuple(row) for row in session.execute(entries)))


def _judge_clockwork(session: Session, verdict: Verdict, now: datetime | None) -> None:
    fired = select(Timer.instance_id, Timer.element_id).where(Timer.state == TimerState.FIRED)
    fires = [tuple(row) for row in session.execute(fired)]
    recorded = select(JournalEntry.instance_id, JournalEntry.details).where(
        JournalEntry.kind == JournalKind.TIMER_FIRED
    )
    entries = [(run, about["element"]) for run, about in session.execute(recorded)]
    # What is listed in the table under START begins a run, and the journal knows that by another name.
    verdict.compare("timer", (one for one in fires if one in set(entries)), entries)
    spoken = select(JournalEntry.task_id, JournalEntry.details).where(JournalEntry.kind.in_(SPOKEN))
    rungs = [(task, said["step"], said["after"], said["to"]) for task, said in session.execute(spoken)]
    verdict.compare("rung", set(rungs), rungs)
    _judge_notices(session, verdict)
    verdict.clockwork = len(entries) + len(rungs)
    if now is None:
        return
    late = select(Task.id).where(Task.state == TaskState.OPEN, Task.next_rung_at <= now)
    verdict.lost += [f"rung of task {task}" for task in session.scalars(late)]
    due = select(Timer.id).where(Timer.state == TimerState.WAITING, Timer.due_at <= now)
    verdict.lost += [f"timer {timer}" for timer in session.scalars(due)]


def _judge_notices(session: Session, verdict: Verdict) -> None:
    """Who heard of a rung heard of it once, and everybody named by the journal heard."""
    notices = select(
        Notification.task_id, Notification.person_id, Notification.created_at, Notification.message
    ).where(Notification.message.in_([Message.TASK_DUE_SOON, Message.TASK_OVERDUE, Message.TASK_ESCALATED]))
    told = [(task, who, at) for task, who, at, _ in session.execute(notices)]
    # One person hears of several rungs of one task and one instant once, of the highest.
    verdict.compare("notice of a rung", set(told), told)
    spoken = select(JournalEntry.task_id, JournalEntry.at, JournalEntry.details).where(
        JournalEntry.kind.in_(SPOKEN)
    )
    named = {(task, who, at) for task, at, said in session.execute(spoken) for who in said["people"]}
    verdict.lost += [f"notice of a rung: {one}" for one in named - set(told)]
