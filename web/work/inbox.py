"""The inbox: what a person can act on now, one row for one decision, and approving several at once."""

from dataclasses import dataclass, field
from hashlib import sha256

from flask import Blueprint, redirect, render_template, request
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from web import typed
from web.access import access, signed_in
from web.composition import composition
from web.i18n import pick
from web.request_work import ZONE, close_read_session, current_actor, now, posted_key, read_session
from web.wording import say
from web.work import inbox_address
from web.work.done_line import done_lines
from web.work.inbox_rows import Row, groups_of, rows_of, title_of
from web.work.task_words import step_name, step_of
from workflows.commands.work import held_tasks, tasks
from workflows.commands.work.answers import Answer
from workflows.errors import AlreadyDone, Refusal
from workflows.queries.work.inbox import Bounds, Cursor, InboxFilter, choices_of, counts_of, inbox_of
from workflows.queries.work.inbox_facts import campaigns_by_id, units_by_id
from workflows.queries.work.submitted import submitted_by
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
    """What the filters offer; each as (value, text)."""

    campaigns: list[tuple[int, str]] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    units: list[tuple[int, str]] = field(default_factory=list)


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
        done = [result.task_id for result in results]
        return redirect(inbox_address.to("inbox.show", done=done), 303)
    return _page(results), 422 if all(result.refusal for result in results) else 200


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
    except Refusal as refusal:
        return Outcome(task_id, title, say(refusal))
    return Outcome(task_id, title)


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _page(results: list[Outcome] | None = None) -> str:
    reading, actor, asked = read_session(), current_actor(), inbox_address.wanted()
    bounds = Bounds.of(now(), ZONE)
    after = Cursor.read(typed.asked("after"))
    page = inbox_of(reading, actor, asked, after)
    rows: list[Row] = rows_of(reading, page.rows)
    filtered = asked != InboxFilter()
    return render_template(
        "inbox/show.html",
        groups=groups_of(rows, bounds, counts_of(reading, actor, asked, bounds)),
        bulk=list(dict.fromkeys((row.bulk.key, row.bulk.label) for row in rows if row.bulk)),
        choices=_choices(reading) if rows or filtered else Choices(),
        asked=asked,
        filtered=filtered,
        following=inbox_address.to("inbox.show", after=str(page.next)) if page.next else None,
        first=inbox_address.to("inbox.show") if after else None,
        done=done_lines(inbox_address.done_before()),
        results=results,
        coming=_coming(reading, rows),
    )


def _coming(reading: Session, rows: list[Row]) -> str:
    """Say on an empty page what is under way elsewhere."""
    if rows:
        return ""
    count = len(submitted_by(reading, current_actor().person_id).rows)
    if not count:
        return gettext("New tasks appear here by themselves, and you are told.")
    return ngettext(
        "%(num)d task you submitted is with others: see “Submitted by me”.",
        "%(num)d tasks you submitted are with others: see “Submitted by me”.",
        count,
    )


def _choices(reading: Session) -> Choices:
    campaigns, steps, units = choices_of(reading, current_actor())
    names = {element: step_name(step_of(version, element)) for version, element in steps}
    return Choices(
        campaigns=[(one.id, pick(one, "title")) for one in campaigns_by_id(reading, campaigns)],
        steps=sorted(names.items(), key=lambda pair: pair[1]),
        units=[(one.id, one.short_name) for one in units_by_id(reading, units)],
    )
