"""Plays a scenario on a rehearsal, step by step; the first thing that is not as written ends it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import select, update

from models.campaign import Campaign, SubjectKind
from models.school import StaffMember
from workflows.commands.steering import deadlines, roster
from workflows.commands.steering.campaigns import DEADLINE_KEYS, PROCEDURE
from workflows.errors import Refusal
from workflows.rehearsal import runs
from workflows.rehearsal.authority import add_days_off
from workflows.rehearsal.rehearsal import OpenTask, Rehearsal
from workflows.rehearsal.scenarios import failures
from workflows.rehearsal.scenarios import scenario as notation
from workflows.rehearsal.scenarios.expecting import Expectation, told
from workflows.rehearsal.scenarios.scenario import Scenario, Step


@dataclass(frozen=True, slots=True)
class Played:
    """How a scenario went; `problem` and `line` say where it was not as written."""

    scenario: Scenario
    problem: Refusal | None = None
    line: int = 0

    @property
    def passed(self) -> bool:
        """Whether everything was as written."""
        return self.problem is None


def play(scenario: Scenario, rehearsal: Rehearsal) -> Played:
    """Play a scenario on a rehearsal that has published the procedure and stands at its beginning."""
    line = scenario.line
    try:
        playing = _Playing(scenario, rehearsal)
        for step in scenario.steps:
            line = step.line
            playing.take(step)
    except Refusal as refusal:
        return Played(scenario, refusal, line)
    except Exception as error:  # noqa: BLE001  what nobody thought of ends one scenario, not all of them
        return Played(scenario, failures.BrokeOff(error), line)
    return Played(scenario)


class _Playing:
    """A scenario under way."""

    def __init__(self, scenario: Scenario, rehearsal: Rehearsal) -> None:
        self.scenario = scenario
        self.rehearsal = rehearsal
        self._prepare()
        self.run = self._begin()
        self.expectation = Expectation(rehearsal, self.run)

    def take(self, step: Step) -> None:
        """Take one step."""
        taker = cast(Callable[["_Playing", Step], None], _TAKERS[type(step)])
        taker(self, step)

    # The beginning

    def _prepare(self) -> None:
        given, authority = self.scenario.given, self.rehearsal.stage.authority
        stage_id = authority.units[given.cast.stage]
        if given.days_off:
            self.rehearsal.stage.do(lambda work: add_days_off(work.session, stage_id, given.days_off))
        ids = [authority.staff[who] for who in given.absent if who in authority.staff]
        if ids:
            # Who is not on the roster yet comes the day after it was frozen.
            later = given.now.date() + timedelta(days=1)
            comes = update(StaffMember).where(StaffMember.id.in_(ids)).values(joined_on=later)
            self.rehearsal.stage.do(lambda work: work.session.execute(comes) and None)

    def _begin(self) -> int:
        given, rehearsal = self.scenario.given, self.rehearsal
        if self.scenario.procedure == PROCEDURE:
            return rehearsal.open_campaign(self._issuer(), self._deadlines())
        if given.deadlines:
            rehearsal.freeze_roster(self._issuer(), self._deadlines())
        values = self._values(given.start_with)
        return rehearsal.begin(self.scenario.procedure, values, about=self.scenario.about)

    def _issuer(self) -> str:
        given = self.scenario.given
        return given.campaign or given.cast.units[given.cast.stage].under or given.cast.stage

    def _deadlines(self) -> dict[str, Any]:
        """The deadlines; one that is not given is the last of those that are."""
        given = self.scenario.given.deadlines
        if not given:
            raise failures.DeadlinesMissing
        return {key: given.get(key, max(given.values())) for key in DEADLINE_KEYS}

    # Steps

    def act(self, step: notation.Act) -> None:
        task = self._task(step)
        said = {"outcome": step.outcome, "reason": step.reason, "returned": step.returned}
        try:
            self.rehearsal.complete(task, step.who, self._values(step.values), **said)
        except Refusal as refusal:
            if step.refused:
                return
            raise failures.MayNot(step.who, refusal) from refusal
        if step.refused:
            raise failures.NotRefused(who=step.who, step=step.step)

    def lapse(self, step: notation.Pass) -> None:
        unit = step.unit.replace("working ", "work")
        self.rehearsal.advance(**{unit: step.count})

    def wait(self, step: notation.Until) -> None:
        if step.instant < self.rehearsal.now:
            raise failures.LaterAlready(now=told(self.rehearsal.now))
        self.rehearsal.advance(step.instant)

    def end(self, step: notation.End) -> None:
        (result,) = self._values({"result": step.result}).values()
        authority = self.rehearsal.stage.authority
        self.rehearsal.stage.do(
            lambda work: runs.end_children(work, authority, step.call, result, step.about)
        )

    def send(self, step: notation.Send) -> None:
        values, where = self._values(step.values), self._values(step.correlation)
        if step.kind == "signal":
            self.rehearsal.send_signal(step.name, values)
        elif not self.rehearsal.send_message(step.name, values, where):
            raise failures.NobodyWaits(name=step.name)

    def move(self, step: notation.Move) -> None:
        stage = self.rehearsal.stage
        if step.who not in stage.authority.staff:
            raise failures.NotStaff(who=step.who)
        head, campaign_id = self._head(), self._campaign()

        def change(work: Any) -> None:
            common: dict[str, Any] = {
                "actor": stage.actor(work, head),
                "campaign_id": campaign_id,
                "kind": SubjectKind.STAFF,
                "subject_id": stage.authority.staff[step.who],
            }
            if step.kind == "joins":
                roster.join(work, **common)
            else:
                roster.leave(work, **common, reason=step.reason or "chuyển công tác")

        stage.do(change)

    def extend(self, step: notation.Extend) -> None:
        stage = self.rehearsal.stage
        issuer, campaign_id = self._issuer(), self._campaign()

        def change(work: Any) -> None:
            deadlines.extend(
                work,
                actor=runs.issuer_of(work, stage.authority, issuer),
                campaign_id=campaign_id,
                key=step.key,
                level="",
                unit_id=None,
                due_at=step.to,
                reason="theo công văn gia hạn",
            )

        stage.do(change)

    def expect(self, step: notation.Expect) -> None:
        self.expectation.require(step)

    # Helpers of the above

    def _campaign(self) -> int:
        """Give the campaign under way; there is one where deadlines are given."""
        youngest = select(Campaign.id).order_by(Campaign.id.desc()).limit(1)
        found = self.rehearsal.stage.read(lambda session: session.scalar(youngest))
        if found is None:
            raise failures.DeadlinesMissing
        return found

    def _task(self, step: notation.Act) -> OpenTask:
        """Find the one open task that is meant: of the step, about the subject, else that the person can do."""
        every = self.rehearsal.open_tasks()
        found = [task for task in every if task.element_id == step.step]
        if step.about is not None:
            subject = runs.subject_of(self.rehearsal.stage.authority, step.about)
            found = [task for task in found if task.subject_id == subject.id]
        elif len(found) > 1:
            found = [task for task in found if step.who in (task.assignee, *task.candidates)]
        if len(found) == 1:
            return found[0]
        opened = ", ".join(sorted({task.element_id for task in every})) or "nothing"
        if not found:
            raise failures.StepNotThere(step=step.step, open=opened)
        subjects = ", ".join(task.subject for task in found)
        raise failures.OpenSeveralTimes(step=step.step, count=len(found), subjects=subjects)

    def _values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        people = self.rehearsal.stage.authority.people
        return {
            key: people[value.name] if isinstance(value, notation.Person) else value
            for key, value in values.items()
        }

    def _head(self) -> str:
        cast_ = self.scenario.given.cast
        for name, player in cast_.people.items():
            if ("head", cast_.stage) in player.positions:
                return name
        raise failures.NobodyIsHead(unit=cast_.stage)


_TAKERS: dict[type, Callable[..., None]] = {
    notation.Act: _Playing.act,
    notation.Pass: _Playing.lapse,
    notation.Until: _Playing.wait,
    notation.End: _Playing.end,
    notation.Send: _Playing.send,
    notation.Move: _Playing.move,
    notation.Extend: _Playing.extend,
    notation.Expect: _Playing.expect,
}
