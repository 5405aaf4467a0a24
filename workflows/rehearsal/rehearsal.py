"""A rehearsal: the whole product on a private database with its own clock, driven by a few calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.instance import Incident, InstanceState, ProcessInstance
from models.task import Task, TaskState
from workflows.clock import FixedClock
from workflows.commands.running import sending
from workflows.commands.running.openings import holders
from workflows.commands.running.terms import LOCAL_ZONE, calendar_of
from workflows.engine import ProcessEngine, Published
from workflows.engine.language.vocabulary import RESERVED
from workflows.engine.running.handing import SET
from workflows.policy.calendar import LONGEST_TERM
from workflows.policy.field_values import LATEST_YEAR
from workflows.rehearsal import publication, runs
from workflows.rehearsal.answering import answer_of, plain
from workflows.rehearsal.authority import Authority, build
from workflows.rehearsal.cast import ANYBODY, Cast
from workflows.rehearsal.errors import (
    FileUnreadable,
    NameTaken,
    NobodyThere,
    NoSuchRun,
    NothingStarted,
    NotOneTask,
    TimeGoesOn,
    TooFarAhead,
)
from workflows.rehearsal.stage import Stage
from workflows.rehearsal.store import PrivateStore
from workflows.unit_of_work import UnitOfWork

# 08:00 in Vietnam on a Monday with five working days ahead.
MONDAY = datetime(2023, 6, 5, 8, tzinfo=LOCAL_ZONE)


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A step that waits: who has it, who could take it while nobody has, who answers for it, until when (UTC)."""

    id: int
    element_id: str
    name: str
    assignee: str | None
    candidates: tuple[str, ...]
    accountable: str | None
    due: datetime
    subject: str
    subject_id: int
    run_id: int
    key: str


@dataclass(frozen=True, slots=True)
class RunState:
    """How a run stands: `running`, `finished`, `cancelled`, or `incident` while something in it cannot go on.

    `variables` are the data at the end; while it runs, those at its open steps. `incidents` say what went wrong.
    """

    state: str
    result: object = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    incidents: tuple[str, ...] = ()


class Rehearsal:
    """Publish a diagram, start it, let people act and time pass, and look at what follows; nothing sleeps.

        with Rehearsal() as r:
            r.publish(xml)
            r.start("key", amount=3)
            (task,) = r.open_tasks()
            r.complete(task, approved=True)
            r.advance(days=3)
            print(r.state())

    What happens is what the product does: its check, its commands, its engine, its calendar, its ladders.

    Without a `cast` there are a unit and one above it, and two people: "anybody" holds every position in the unit,
    "superior" every one above; what a diagram gives to any role, somebody can do. The clock stands at 08:00 on Monday,
    5 June 2023 in Vietnam until it is moved, and a step without a due time is due after three working days.

    A file without a single word of ours (no `rs:` attribute) is taken as publishing takes it: a step that it gives to
    nobody is the head's, here "anybody", and names that its conditions use and nothing declares are variables that a
    run may be started with. A step without a form takes any values when it is completed; one with a form takes those of
    its form only, as its page does.
    """

    def __init__(self, cast: Cast = ANYBODY, *, at: datetime = MONDAY) -> None:
        """Set the stage for a cast at an instant (aware)."""
        self._store = PrivateStore()
        self._published: dict[int, Published] = {}
        self.versions: dict[int, str] = {}
        clock, engine = FixedClock(at), self._engine()
        self.stage = Stage(self._store.sessions, self._store.reading_sessions, clock, engine, Authority(cast))
        self.stage.authority = self.stage.do(lambda work: build(work.session, cast))
        self._last: int | None = None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Forget everything."""
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._store.close()

    def fork(self, *, at: datetime | None = None) -> "Rehearsal":
        """Give another rehearsal that stands where this one stands and goes its own way."""
        other = object.__new__(Rehearsal)
        other._store = PrivateStore(self._store)
        other._published, other.versions = dict(self._published), dict(self.versions)
        other._last = self._last
        stage = self.stage
        other.stage = Stage(
            other._store.sessions,
            other._store.reading_sessions,
            FixedClock(at or self.now),
            # What is compiled is shared until one of the two publishes again.
            stage.engine,
            stage.authority,
        )
        return other

    @property
    def now(self) -> datetime:
        """The present of the rehearsal."""
        return self.stage.clock.now()

    def drawing(self, version_id: int) -> str:
        """Give the diagram of a published version."""
        return self._published[version_id].xml.decode()

    # Procedures and their runs

    def publish(self, *drawings: str | bytes | Path) -> list[str]:
        """Publish diagrams, given as XML or as files, that may call one another; give their keys.

        Decision tables (DMN) among them belong to each diagram that names one of their decisions.
        Refuses with DiagramRefused, which carries the `problems`, what the product would not publish.
        """
        texts = [_text(drawing) for drawing in drawings]
        known = self.stage.do(publication.keys_in)
        prepared = publication.prepare(texts, known)
        made = self.stage.do(lambda work: publication.publish(work, self.stage.authority, prepared))
        # Versions of a fork must not meet those that its origin compiled under the same number.
        engine = self._engine()
        for version_id, key, published in made:
            self._published[version_id], self.versions[version_id] = published, key
        stage = self.stage
        self.stage = Stage(stage.sessions, stage.reading_sessions, stage.clock, engine, stage.authority)
        return [key for _, key, _ in made]

    def start(self, key: str, /, **values: Any) -> int:
        """Start a run of the newest version with these variables, in the cast's own unit; give its number."""
        return self.begin(key, values)

    def begin(self, key: str, values: Mapping[str, Any], *, about: str | None = None) -> int:
        """Start a run about a unit, a class ("6A"), a class and subject ("6A Toán") or one of the staff, by name."""
        # A scenario says who has started a run.
        if taken := ", ".join(sorted((RESERVED & values.keys()) - {"initiator"})):
            raise NameTaken(names=taken)
        authority = self.stage.authority
        subject = runs.subject_of(authority, about or authority.cast.stage)
        self._last = self.stage.do(lambda work: runs.begin(work, key, subject, plain(values)))
        self.stage.run_due()
        return self._last

    def open_campaign(self, unit: str, deadlines: Mapping[str, datetime]) -> int:
        """Open a campaign of a unit as its officer or head does; the run of the territory is the last one started."""
        self._last = self.stage.do(
            lambda work: runs.open_campaign(work, self.stage.authority, unit, deadlines)
        )
        return self._last

    def freeze_roster(self, unit: str, deadlines: Mapping[str, datetime]) -> None:
        """Open a campaign whose procedures are started one by one with `begin`, without the run of the territory."""
        self.stage.do(lambda work: runs.freeze(work, self.stage.authority, unit, deadlines))

    def state(self, run: int | None = None) -> RunState:
        """Tell how a run stands, by its number; the one started last if none is given."""
        run_id = self._run(run)

        def look(session: Session) -> RunState:
            found = session.get(ProcessInstance, run_id)
            if found is None:
                raise NoSuchRun(run=run_id)
            below = runs.tree_of(session, run_id)
            causes = session.scalars(
                select(Incident.cause).where(Incident.instance_id.in_(below), Incident.resolved_at.is_(None))
            ).all()
            values = dict(found.result or {})
            result, _ = values.pop("result", None), values.pop(SET, None)
            state = str(found.state)
            if found.state is InstanceState.RUNNING:
                values = runs.values_of(self.stage.engine, found)
                state = "incident" if causes else state
            return RunState(state, result, values, tuple(causes))

        return self.stage.read(look)

    # People

    def open_tasks(self, run: int | None = None) -> list[OpenTask]:
        """List what waits for people, the longest waiting first; with a number, of this run and its children only."""

        def look(work: UnitOfWork) -> list[OpenTask]:
            query = select(Task).where(Task.state == TaskState.OPEN).order_by(Task.id)
            if run is not None:
                query = query.where(Task.instance_id.in_(runs.tree_of(work.session, run)))
            return [self._open_task(work, task) for task in work.session.scalars(query)]

        return self.stage.do(look)

    def complete(
        self,
        task: OpenTask | str,
        by: str | None = None,
        form: Mapping[str, Any] | None = None,
        /,
        **values: Any,
    ) -> None:
        """Let somebody complete a task, given as listed or by the id of its step if it is the only one open.

        `by` is who; else whoever has it, or the first who may take it. `outcome` is the key of the outcome (the
        primary one if left out), `reason` goes with it, `returned` maps subjects to reasons. All other values are
        those of the form, people by their short names. Where the form has a field `reason`, that fills it in, and
        goes with an outcome that asks for one; to tell them apart, give the form's values as `form`.
        Pupils under review are approved and grades entered first,
        where the outcome asks for it; a step that is signed is signed. Refuses as the page would: FormRefused names
        each field.
        """
        chosen = self.task(task) if isinstance(task, str) else task
        row = self.stage.read(lambda session: session.get_one(Task, chosen.id))
        step = self.stage.step_of(row)
        who = by or chosen.assignee or next(iter(chosen.candidates), None)
        if who is None or who not in self.stage.authority.people:
            people = ", ".join(filter(None, (chosen.assignee, *chosen.candidates)))
            raise NobodyThere(step=chosen.element_id, people=people or "-")
        answer = answer_of(self.stage.authority, step, values, form)
        self.stage.finish_review(who, row, answer.outcome)
        self.stage.answer(who, row.id, answer, signs=step.signature)
        self.stage.run_due()

    def task(self, element_id: str) -> OpenTask:
        """Give the one open task of a step; refuses with NotOneTask."""
        every = self.open_tasks()
        found = [task for task in every if task.element_id == element_id]
        if len(found) != 1:
            names = ", ".join(sorted(task.element_id for task in every))
            raise NotOneTask(step=element_id, open=names or "-")
        return found[0]

    # Events and time

    def send_message(
        self, name: str, values: Mapping[str, Any] | None = None, correlation: Mapping[str, Any] | None = None
    ) -> bool:
        """Send a message from outside to the one who waits for it longest and whom the correlation fits.

        Tells whether somebody took it at once; else it is kept for whoever comes to wait for it, as the product does.
        """
        sent, by = plain(values or {}), plain(correlation or {})
        receipt = self.stage.do(lambda work: sending.send_message(work, name, sent, correlation=by))
        self.stage.run_due()
        return receipt.instance_id is not None

    def send_signal(self, name: str, values: Mapping[str, Any] | None = None) -> int:
        """Send a signal from outside to every run that waits for it now, and give how many did."""
        sent = plain(values or {})
        receipt = self.stage.do(lambda work: sending.send_signal(work, name, sent))
        self.stage.run_due()
        return receipt.reached

    def advance(
        self,
        by: timedelta | datetime | None = None,
        /,
        *,
        workdays: int = 0,
        workhours: int = 0,
        **length: float,
    ) -> datetime:
        """Let time pass by a length, up to an instant, by `days=`, `hours=`, `minutes=` …, or by working time.

        Everything that falls due on the way happens at its instant: timers fire, ladders are climbed. Working time
        is that of the cast's own unit; a working day later is the same hour of the next working day. Gives the new
        present. Refuses with TimeGoesOn what lies behind, and with TooFarAhead what nobody's calendar reaches.
        """
        if max(workdays, workhours) > LONGEST_TERM:
            raise TooFarAhead(count=LONGEST_TERM, year=str(LATEST_YEAR))
        until = by if isinstance(by, datetime) else self.now + (by or timedelta()) + timedelta(**length)
        if workdays or workhours:
            unit_id = self.stage.authority.units[self.stage.authority.cast.stage]
            calendar = self.stage.do(lambda work: calendar_of(work, unit_id))
            until = calendar.shift(until, f"{workdays}d") if workdays else until
            until = calendar.shift(until, f"{workhours}h") if workhours else until
        if until.year > LATEST_YEAR:
            raise TooFarAhead(count=LONGEST_TERM, year=str(LATEST_YEAR))
        if until < self.now:
            raise TimeGoesOn(now=self.now)
        self.stage.advance_to(until)
        return self.now

    # Helpers of the above

    def _engine(self) -> ProcessEngine:
        return ProcessEngine(lambda version_id: self._published[version_id])

    def _run(self, run: int | None) -> int:
        if run is None and self._last is None:
            raise NothingStarted
        return run if run is not None else self._last or 0

    def _open_task(self, work: UnitOfWork, task: Task) -> OpenTask:
        authority = self.stage.authority
        able = holders(work, None, task.role, task.role_unit_id) if task.assignee_id is None else []
        return OpenTask(
            id=task.id,
            element_id=task.element_id,
            name=self.stage.step_of(task).name,
            assignee=authority.name_of(task.assignee_id),
            candidates=tuple(authority.name_of(person) or str(person) for person in able),
            accountable=authority.name_of(task.accountable_id),
            due=task.due_at,
            subject=task.subject_name,
            subject_id=task.subject_id,
            run_id=task.instance_id,
            key=self.versions[task.version_id],
        )


def _text(drawing: str | bytes | Path) -> str:
    if isinstance(drawing, Path):
        return read_drawing(drawing)
    return drawing.decode("utf-8-sig") if isinstance(drawing, bytes) else drawing


def read_drawing(file: Path) -> str:
    """Read a diagram or a decision table; refuses with FileUnreadable what is no text in UTF-8."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileUnreadable(file=file) from error
