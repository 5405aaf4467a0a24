"""Completing a task from its page: corrections, marks, password, signature and outcome, in one unit of work."""

from hashlib import sha256
from typing import Any

from flask import request
from sqlalchemy import select

from models.task import Task, TaskState
from web.composition import composition
from web.request_work import current_account, current_actor, posted_key, read_session, request_work, today
from web.work.record_view import changes_in
from web.work.task_form import Typed, answer_of, typed_for
from workflows.actor import Actor
from workflows.commands.evidence import signing
from workflows.commands.work import grades, held_tasks, notes, records, taking_back, tasks
from workflows.commands.work.answers import outcome_of
from workflows.commands.work.grades import Marks
from workflows.commands.work.held_tasks import HeldTask
from workflows.engine import Outcome, Step
from workflows.errors import (
    CorrectedBeforeSigning,
    FieldErrors,
    PasswordWrong,
    RecordChanged,
    ShownChanged,
    SignatureMissing,
)
from workflows.queries.records.records import record_of
from workflows.queries.work import task_page
from workflows.unit_of_work import UnitOfWork


def act_key(act: str, number: int = 0) -> str | None:
    """Give the key of one act of a form: a page has one key and several acts."""
    key = posted_key()
    return sha256(f"{key}:{act}:{number}".encode()).hexdigest() if key else None


def complete_task(task_id: int, sent: Typed) -> None:
    """Complete a task with what was typed.

    Refuses as `tasks.complete` does, wrong passwords with PasswordWrong, and with CorrectedBeforeSigning when
    corrections were sent along with a signature: they are saved, and what is signed is shown again. A return needs
    its reason only: what cannot be held beside it stays a draft, for whoever takes the return back.
    """
    step, is_open = _step_of(task_id)
    outcome = outcome_of(step, sent.get("outcome"))
    signed = is_open and signing.needs_signature(step, outcome)
    if signed:
        if _corrects(task_id, step, sent):
            save_record(task_id, sent)
            raise CorrectedBeforeSigning
        _require_password(sent)
    try:
        _complete(task_id, step, outcome, sent)
    except RecordChanged as refusal:
        if signed:
            raise ShownChanged from refusal  # Nothing was typed that could be saved: it has to be read again.
        raise


def _complete(task_id: int, step: Step, outcome: Outcome, sent: Typed) -> None:
    with request_work() as work:
        actor = current_actor(work)
        task = held_tasks.hold_task(work, task_id)
        returning = outcome.style == "return"
        left: dict[str, Any] = {}
        if task.state is TaskState.OPEN and held_tasks.may_act(actor, task):
            if body := sent.get("comment"):
                # A comment typed when an outcome is pressed goes with it, under the key of the outcome.
                notes.add_comment(work, task_id=task_id, actor=actor, body=body)
            left = _save_beside(work, task, step, actor, sent, returning=returning)
        tasks.complete(
            work,
            task_id=task_id,
            actor=actor,
            answer=answer_of(step, outcome, sent),
            request_key=act_key("complete"),
        )
        if returning:
            left |= _unread(work, task_id, sent)
        if outcome.of:
            left |= sent.of_other_outcomes(outcome.key)
        if left:
            notes.save_draft(work, task_id=task_id, actor=actor, typed=left)
        else:
            notes.drop_draft(work, task_id=task_id, actor=actor)


def save_record(task_id: int, sent: Typed) -> None:
    """Save the corrections of the record under review, and keep the rest of the form as a draft."""
    with request_work() as work:
        actor = current_actor(work)
        task = held_tasks.hold_task(work, task_id)
        held_tasks.require_open(work, task)
        held_tasks.require_may_act(work, actor, task)
        _correct(work, task, actor, sent)
        kept = {
            name: value
            for name, value in sent.worth_keeping.items()
            if not name.startswith("r.") and name != "revision"
        }
        notes.save_draft(work, task_id=task_id, actor=actor, typed=kept)


def take_back(work: UnitOfWork, task_id: int) -> None:
    """Take back what the present person submitted, and keep what was typed for it as a draft."""
    actor = current_actor(work)
    answer = taking_back.withdraw(
        work, task_id=task_id, actor=actor, request_key=act_key("withdraw", task_id)
    )
    step = held_tasks.step_of(work, held_tasks.hold_task(work, task_id))
    kept = task_page.draft_of(work.session, task_id, actor.person_id)
    left_out = kept.typed if kept else {}
    notes.save_draft(work, task_id=task_id, actor=actor, typed={**left_out, **typed_for(step, answer)})


def marks_of(sent: Typed) -> dict[int, Marks]:
    """Read the marks that were typed, by pupil."""
    ids = {
        int(name.partition(".")[2])
        for name in sent.values
        if name.startswith(("midterm.", "final.", "remark.")) and name.partition(".")[2].isdecimal()
    }
    return {
        one: Marks(*(_cell(sent, f"{name}.{one}") for name in ("midterm", "final", "remark"))) for one in ids
    }


def _cell(sent: Typed, name: str) -> str | None:
    return sent.get(name) if sent.has(name) else None


def _save_beside(
    work: UnitOfWork, task: HeldTask, step: Step, actor: Actor, sent: Typed, *, returning: bool
) -> dict[str, Any]:
    """Save what the page shows beside the form, before the step is completed with it; give what a return leaves out.

    Refuses with RecordChanged when the record is not the one that the page showed, corrected or not.
    """
    left: dict[str, Any] = {}
    if step.review == "record" and (sent.below("r.") or sent.has("revision")):
        try:
            _correct(work, task, actor, sent)
        except FieldErrors as refusal:
            if not returning:
                raise
            left = {f"r.{key}": sent.get(f"r.{key}") for key in refusal.errors}
            _correct(work, task, actor, sent.without(left))
    if step.review == "grades" and (marks := marks_of(sent)):
        grades.enter(work, task_id=task.id, actor=actor, marks=marks, request_key=act_key("grades"))
    return left


def _unread(work: UnitOfWork, task_id: int, sent: Typed) -> dict[str, Any]:
    """Give what was typed into the form and is not part of the answer, because no field of its kind can hold it."""
    answer = work.session.scalar(select(Task.answer).where(Task.id == task_id)) or {}
    return {
        name: value
        for name, value in sent.worth_keeping.items()
        if name.startswith("f.") and value and answer.get(name.removeprefix("f.")) is None
    }


def _correct(work: UnitOfWork, task: HeldTask, actor: Actor, sent: Typed) -> None:
    revision = sent.number("revision") or 0
    records.correct(
        work,
        kind=str(task.run.subject_kind),
        subject_id=task.run.subject_id,
        values=sent.below("r."),
        revision=revision,
        actor=actor,
        task_id=task.id,
        request_key=act_key("record", revision),
    )


def _step_of(task_id: int) -> tuple[Step, bool]:
    task = task_page.task_of(read_session(), task_id)
    steps = composition().engine.specification(task.version_id).steps
    return steps[task.element_id], task.state is TaskState.OPEN


def _corrects(task_id: int, step: Step, sent: Typed) -> bool:
    """Tell whether what was typed differs from the record, as far as somebody reading it would see."""
    typed = sent.below("r.")
    if step.review != "record" or not typed:
        return False
    task = task_page.task_of(read_session(), task_id)
    record = record_of(read_session(), task.subject_kind, task.subject_id, today=today())
    return bool(changes_in(record, typed))


def _require_password(sent: Typed) -> None:
    password = request.form.get("password", "")
    if not password:
        raise SignatureMissing
    if not composition().passwords.match(current_account().password_hash, password):
        raise PasswordWrong
