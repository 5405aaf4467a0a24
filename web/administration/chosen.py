"""What an administrator does with several running instances that were picked in a list: hold, release, migrate them."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from web import addresses, typed
from web.access import access, administrator
from web.administration import operations_words as words
from web.administration.operating import in_names
from web.administration.operating_acts import ACTS
from web.administration.operations import UNFINISHED
from web.administration.unit_page import given_fields
from web.composition import composition
from web.errors import status_of
from web.request_work import close_read_session, current_actor, posted_key, read_session, today
from web.wording import say
from workflows.commands.operating import holding
from workflows.commands.operating.acts import require_reason
from workflows.errors import AlreadyDone, InstanceStuck, NotPermitted, Refusal
from workflows.queries.operating.instances import InstanceRow, chosen_rows
from workflows.unit_of_work import UnitOfWork, do_work

bp = Blueprint("chosen", __name__, url_prefix="/operations/chosen")

# More than a list shows at once.
MOST_AT_ONCE = 100
COMMANDS = {"suspend": holding.suspend, "resume": holding.resume}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one run: done, or why not."""

    row: InstanceRow
    refusal: str = ""


@bp.get("")
@access(administrator)
def ask() -> AnyResponse | tuple[str, int] | str:
    """Say what an act does with the runs that were picked, and ask why; a migration has pages of its own."""
    ids, act = _picked(), typed.choice("act", ("suspend", "resume", "migrate"), "migrate")
    rows = chosen_rows(read_session(), current_actor(), ids, today())
    if not rows:
        flash(gettext("No run is chosen."), "info")
        return redirect(_back(), 303)
    if act != "migrate":
        return _page(act, rows)
    by_version = _by_version(rows)
    if len(by_version) == 1:
        return redirect(by_version[0][1], 303)
    return render_template("operations/several.html", words=words, versions=by_version, back=_back())


@bp.post("/<any(suspend, resume):act>")
@access(administrator)
def do(act: str) -> AnyResponse | tuple[str, int]:
    """Do the same with each of the runs, in a unit of work of its own; what is refused stops nobody else's."""
    rows = chosen_rows(read_session(), current_actor(), _picked(), today())
    if not rows:
        flash(gettext("No run is chosen."), "info")
        return redirect(_back(), 303)
    reason = given_fields("reason")["reason"]
    try:
        require_reason(reason)
    except Refusal as refusal:
        return _page(act, rows, problem=refusal), status_of(type(refusal))
    close_read_session()
    results = [Result(row, _do_one(act, row.id, reason)) for row in rows]
    done = sum(not one.refusal for one in results)
    if done == len(results):
        flash(_said(act, done), "success")
        return redirect(_back(), 303)
    return _page(act, rows, results=results), 200 if done else 422


def _do_one(act: str, instance_id: int, reason: str) -> str:
    """Do it with one run; gives why it was refused, if it was."""
    parts = composition()
    key = sha256(f"{posted_key() or ''}:{instance_id}".encode()).hexdigest()

    def carry_out(work: UnitOfWork) -> None:
        COMMANDS[act](
            work, actor=current_actor(work), instance_id=instance_id, reason=reason, request_key=key
        )

    try:
        do_work(parts.sessions, parts.engine, parts.clock, carry_out)
    except AlreadyDone:
        return ""
    except NotPermitted:
        raise
    except InstanceStuck as refusal:
        said = say(in_names(refusal, instance_id))
        close_read_session()
        return said
    except Refusal as refusal:
        return say(refusal)
    return ""


def _page(
    act: str,
    rows: Sequence[InstanceRow],
    *,
    results: Sequence[Result] = (),
    problem: Refusal | None = None,
) -> str:
    return render_template(
        "operations/chosen.html",
        words=words,
        name=act,
        act=ACTS[act],
        rows=rows,
        results=results,
        problem=problem,
        given=request.form,
        back=_back(),
    )


def _picked() -> list[int]:
    found = (typed.read_id(one) for one in request.values.getlist("run")[:MOST_AT_ONCE])
    return list(dict.fromkeys(one for one in found if one))


def _back() -> str:
    """Give the list in which they were picked."""
    return addresses.safe(request.values.get("back")) or url_for("operations.index")


def _said(act: str, number: int) -> str:
    if act == "suspend":
        return ngettext("%(num)d run is held.", "%(num)d runs are held.", number)
    return ngettext("%(num)d run goes on.", "%(num)d runs go on.", number)


def _by_version(rows: Sequence[InstanceRow]) -> list[tuple[list[InstanceRow], str]]:
    """Sort runs by what they run on, each with the address of the page that moves them."""

    def version(row: InstanceRow) -> tuple[str, int]:
        return row.key, row.number

    found = []
    for (key, number), some in groupby(sorted(rows, key=version), key=version):
        alike = list(some)
        chosen = ", ".join(str(row.id) for row in alike if row.state in UNFINISHED)
        found.append((alike, url_for("migrations.plan", key=key, number=number, chosen=chosen)))
    return found
