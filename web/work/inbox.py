"""The inbox: what a person can act on now, one row for one decision, and approving several at once."""

from dataclasses import dataclass, field
from hashlib import sha256

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from web import typed
from web.access import access, signed_in
from web.composition import composition
from web.i18n import pick
from web.request_work import (
    bounds,
    close_read_session,
    current_actor,
    days,
    posted_key,
    read_session,
    waiting,
)
from web.wording import say
from web.work import inbox_address
from web.work.coming import outlook
from web.work.done_line import done_lines
from web.work.inbox_rows import Row, groups_of, rows_of, title_of
from web.work.stuck import reported
from web.work.task_acts import take_back
from web.work.task_words import step_name, step_of
from workflows.commands.work import held_tasks, tasks
from workflows.commands.work.answers import Answer
from workflows.errors import AlreadyDone, InstanceStuck, Refusal
from workflows.queries.work import task_page
from workflows.queries.work.inbox import inbox_of
from workflows.queries.work.inbox_choices import choices_of
from workflows.queries.work.inbox_list import Cursor, InboxFilter, Order
from workflows.queries.work.inbox_place import next_in
from workflows.unit_of_work import UnitOfWork, do_work

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

MOST_AT_ONCE = 200

bp.add_app_template_global(inbox_address.to, "list_to")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one task of a bulk act: done, or why not."""

    task_id: int
    title: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the filters and the menu of orders offer; each as (value, text)."""

    campaigns: list[tuple[int, str]] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    classes: list[tuple[str, str]] = field(default_factory=list)
    units: list[tuple[str, str]] = field(default_factory=list)
    # The class or unit that is asked for.
    place: str = ""
    orders: list[tuple[str, str]] = field(default_factory=list)


@bp.get("")
@access(signed_in)
def show() -> str:
    """Show a page of the inbox; filter and cursor stand in the address."""
    return _page()


@bp.post("/complete")
@access(signed_in)
def complete() -> AnyResponse | tuple[str, int]:
    """Complete the tasks that were picked with their bulk outcome, each in a unit of work of its own."""
    only, outcome = typed.number("only"), typed.text("outcome", 40) or typed.asked("outcome", 40)
    picked = [only] if only else _picked()
    results = [_complete_one(task_id, outcome) for task_id in picked[:MOST_AT_ONCE]]
    if results and not any(result.refusal for result in results):
        return redirect(_on_with([result.task_id for result in results]), 303)
    return _page(results), 422 if all(result.refusal for result in results) else 200


@bp.post("/withdraw")
@access(signed_in)
def withdraw() -> AnyResponse:
    """Take back what was done together, each in a unit of work of its own; what has gone on says so."""
    results = [_take_back_one(task_id) for task_id in _picked()[:MOST_AT_ONCE]]
    back = [result for result in results if not result.refusal]
    for result in results:
        if result.refusal:
            flash(f"{result.title}: {result.refusal}" if result.title else result.refusal, "danger")
    if back:
        counted = ngettext("%(num)d task is taken back.", "%(num)d tasks are taken back.", len(back))
        flash(counted, "success")
    anchor = f"task-{back[0].task_id}" if back else None
    return redirect(inbox_address.to("inbox.show", _anchor=anchor), 303)


def _take_back_one(task_id: int) -> Outcome:
    """Take one act back; a refusal is its own and stops nobody else's."""
    parts = composition()
    close_read_session()
    refusal = ""
    try:
        do_work(parts.sessions, parts.engine, parts.clock, lambda work: take_back(work, task_id))
    except AlreadyDone:
        pass  # The same form again: it is answered as the first was.
    except Refusal as refused:
        refusal = say(refused)
    lines = done_lines([task_id])
    return Outcome(task_id, lines[0].title if lines else "", refusal)


def _on_with(done: list[int]) -> str:
    """Give the address of the same page, at the row that follows what was done."""
    close_read_session()
    reading, actor, asked = read_session(), current_actor(), inbox_address.wanted()
    last = task_page.task_of(reading, done[-1])
    following = next_in(reading, actor, asked, days(), Cursor.of(last, asked.order))
    anchor = f"task-{following}" if following else None
    return inbox_address.to("inbox.show", done=done, after=typed.asked("after") or None, _anchor=anchor)


def _picked() -> list[int]:
    given = request.form.getlist("task")
    return list(
        dict.fromkeys(int(one) for one in given if one.isascii() and one.isdecimal() and len(one) < 19)
    )


def _complete_one(task_id: int, outcome: str) -> Outcome:
    """Complete one task; a refusal is its own and stops nobody else's."""
    parts = composition()
    key = f"{posted_key() or ''}:{task_id}"
    title = ""

    def act(work: UnitOfWork) -> None:
        nonlocal title
        task = held_tasks.hold_task(work, task_id)
        actor = current_actor(work)
        step = held_tasks.step_of(work, task)
        if held_tasks.may_act(actor, task) or task.completed_by_id == actor.person_id:
            title = title_of(work.session, step, task.run)
        # Only what the diagram allows for many at once: this form has neither fields nor a signature.
        chosen = outcome if step.bulk == outcome and not step.signature else ""
        tasks.complete(
            work, task_id=task_id, actor=actor, answer=Answer(outcome=chosen), request_key=_digest(key)
        )

    close_read_session()
    try:
        do_work(parts.sessions, parts.engine, parts.clock, act)
    except AlreadyDone:
        return Outcome(task_id, title)
    except InstanceStuck as refusal:
        return Outcome(task_id, title, say(reported(task_id, refusal)))
    except Refusal as refusal:
        return Outcome(task_id, title, say(refusal))
    return Outcome(task_id, title)


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _page(results: list[Outcome] | None = None) -> str:
    reading, actor, asked = read_session(), current_actor(), inbox_address.wanted()
    after = Cursor.read(typed.asked("after"), asked.order)
    page = inbox_of(reading, actor, asked, days(), after)
    rows: list[Row] = rows_of(reading, page.rows)
    return render_template(
        "inbox/show.html",
        groups=groups_of(rows, bounds(), waiting(asked), asked.order),
        bulk=list(dict.fromkeys((row.bulk.key, row.bulk.label) for row in rows if row.bulk)),
        choices=_choices(reading, asked) if rows or asked.narrows else Choices(),
        asked=asked,
        following=inbox_address.to("inbox.show", after=str(page.next)) if page.next else None,
        after=str(after) if after else None,
        first=inbox_address.to("inbox.show") if after else None,
        done=done_lines(inbox_address.done_before()),
        results=results,
        outlook=None if rows else outlook(),
    )


def _choices(reading: Session, asked: InboxFilter) -> Choices:
    offered = choices_of(reading, current_actor())
    names = {element: step_name(step_of(version, element)) for version, element in offered.steps}
    schools = {unit.id: unit.short_name for unit in offered.units}
    classes = [
        (
            f"{inbox_address.CLASS}-{one.id}",
            f"{one.name} · {schools.get(one.unit_id, '')}" if len(schools) > 1 else one.name,
        )
        for one in offered.classes
    ]
    units = [(f"{inbox_address.UNIT}-{unit_id}", name) for unit_id, name in schools.items()]
    return Choices(
        campaigns=[(one.id, pick(one, "title")) for one in offered.campaigns],
        steps=sorted(names.items(), key=lambda pair: pair[1]),
        classes=classes,
        units=units if len(units) > 1 or asked.unit_id else [],
        place=inbox_address.place_of(asked),
        orders=[
            ("", gettext("by due time")),
            (str(Order.RECEIVED), gettext("by arrival, newest first")),
            (str(Order.NAME), gettext("by class, name")),
        ],
    )
