"""Compares what a scenario expects with what is: open tasks, who was told, how the run stands."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.journal import JournalEntry, JournalKind
from models.task import Task
from workflows.commands.running.terms import LOCAL_ZONE
from workflows.rehearsal import runs
from workflows.rehearsal.rehearsal import OpenTask, Rehearsal
from workflows.rehearsal.scenarios import failures
from workflows.rehearsal.scenarios.scenario import Expect, OpenPhrase, Person, TellPhrase


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody was reminded, or told that another is late."""

    step: str
    subject_id: int
    people: frozenset[str]


def told(instant: datetime) -> str:
    """Write an instant as scenarios do."""
    return instant.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M")


class Expectation:
    """Looks at one run of a rehearsal; what people were told counts from one look to the next."""

    def __init__(self, rehearsal: Rehearsal, run: int) -> None:
        self._rehearsal = rehearsal
        self._run = run
        self._seen = 0

    def require(self, expect: Expect) -> None:
        """Refuse with NotAsWritten the first thing that is not as expected."""
        tasks = self._rehearsal.open_tasks()
        if expect.open is not None:
            left = self._without(tasks, expect.open)
            if left:
                raise failures.AlsoOpen(tasks=_listed(left))
        self._without(tasks, expect.among)
        for step in expect.closed:
            if any(task.element_id == step for task in tasks):
                raise failures.StepOpen(step=step)
        self._require_told(expect)
        self._require_state(expect)

    def _without(self, tasks: Sequence[OpenTask], phrases: Iterable[OpenPhrase]) -> list[OpenTask]:
        """Take out what the phrases name, the most exact phrase first."""
        left = list(tasks)
        for phrase in sorted(phrases, key=_exactness, reverse=True):
            fitting = [task for task in left if self._fits(task, phrase)]
            if len(fitting) < phrase.count:
                found = _listed(left) or "nothing"
                raise failures.NotOpen(wanted=_said(phrase), open=found)
            for task in fitting[: phrase.count]:
                left.remove(task)
        return left

    def _fits(self, task: OpenTask, phrase: OpenPhrase) -> bool:
        able = {task.assignee} if task.assignee else set(task.candidates)
        return (
            task.element_id == phrase.step
            and (phrase.about is None or task.subject_id == self._subject(phrase.about))
            and (not phrase.who or able == set(phrase.who))
            and (phrase.accountable is None or task.accountable == phrase.accountable)
            and (phrase.due is None or task.due == phrase.due)
        )

    def _require_told(self, expect: Expect) -> None:
        if expect.reminded is None and expect.escalated is None:
            return
        last = self._seen
        reminded, last = self._told(JournalKind.REMINDED, last)
        escalated, last = self._told(JournalKind.ESCALATED, last)
        self._seen = last
        for phrases, found, told_all, missed in (
            (expect.reminded, reminded, failures.Reminded, failures.NotReminded),
            (expect.escalated, escalated, failures.Escalated, failures.NotEscalated),
        ):
            if phrases == () and found:
                raise told_all(heard=_told(found))
            for phrase in phrases or ():
                if not any(self._is_told(one, phrase) for one in found):
                    to = f" to {' and '.join(phrase.who)}" if phrase.who else ""
                    heard = _told(found) or "nobody"
                    raise missed(wanted=f"{phrase.step}{to}", heard=heard)

    def _told(self, kind: JournalKind, last: int) -> tuple[list[Told], int]:
        authority = self._rehearsal.stage.authority

        def look(session: Session) -> tuple[list[Told], int]:
            query = (
                select(JournalEntry.details, Task.subject_id)
                .join(Task, Task.id == JournalEntry.task_id)
                .where(JournalEntry.kind == kind, JournalEntry.id > self._seen)
                .order_by(JournalEntry.id)
            )
            found = [
                Told(
                    details["step"],
                    subject,
                    frozenset(authority.name_of(one) or str(one) for one in details["people"]),
                )
                for details, subject in session.execute(query)
            ]
            return found, session.scalar(select(func.max(JournalEntry.id))) or last

        return self._rehearsal.stage.read(look)

    def _is_told(self, one: Told, phrase: TellPhrase) -> bool:
        return (
            one.step == phrase.step
            and (phrase.about is None or one.subject_id == self._subject(phrase.about))
            and (not phrase.who or one.people == set(phrase.who))
        )

    def _require_state(self, expect: Expect) -> None:
        state = self._rehearsal.state(self._run)
        if expect.state is not None and state.state != expect.state:
            if state.incidents:
                causes = "; ".join(state.incidents)
                raise failures.StuckInstead(state=state.state, causes=causes, wanted=expect.state)
            raise failures.InAnotherState(state=state.state, wanted=expect.state)
        if expect.asks_result and state.result != self._plain(expect.result):
            wanted = self._plain(expect.result)
            raise failures.AnotherResult(found=repr(state.result), wanted=repr(wanted))
        for name, value in expect.variables.items():
            found, wanted = state.variables.get(name), self._plain(value)
            if found != wanted:
                raise failures.AnotherValue(name=name, found=repr(found), wanted=repr(wanted))

    def _plain(self, value: Any) -> Any:
        return self._rehearsal.stage.authority.people[value.name] if isinstance(value, Person) else value

    def _subject(self, about: str) -> int:
        return runs.subject_of(self._rehearsal.stage.authority, about).id


def _exactness(phrase: OpenPhrase) -> int:
    return sum(map(bool, (phrase.about, phrase.who, phrase.accountable, phrase.due)))


def _said(phrase: OpenPhrase) -> str:
    parts = [f"{phrase.count} x" if phrase.count != 1 else "", phrase.step]
    for word, value in (
        ("of", phrase.about),
        ("by", " or ".join(phrase.who)),
        ("for", phrase.accountable),
        ("due", phrase.due and told(phrase.due)),
    ):
        parts += [word, value] if value else []
    return " ".join(filter(None, parts))


def _listed(tasks: Sequence[OpenTask]) -> str:
    """Write tasks as a scenario would, equal ones counted."""
    counts = Counter(
        f"{task.element_id} by {' or '.join([task.assignee] if task.assignee else task.candidates)}"
        f"{f' for {task.accountable}' if task.accountable else ''} due {told(task.due)}"
        for task in tasks
    )
    return ", ".join(f"{count} x {text}" if count > 1 else text for text, count in counts.items())


def _told(found: Sequence[Told]) -> str:
    counts = Counter(f"{one.step} to {' and '.join(sorted(one.people)) or 'nobody'}" for one in found)
    return ", ".join(f"{count} x {text}" if count > 1 else text for text, count in counts.items())
