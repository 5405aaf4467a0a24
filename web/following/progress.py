"""Following a campaign: numbers of a territory or a school, the lists behind them, and urging."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from models.campaign import RosterState
from models.person import Person
from web import typed
from web.access import access, follower
from web.following import progress_words
from web.following.burn_down import burn_down
from web.following.cancelled import notes_of, notes_on
from web.following.dues import dues_of
from web.following.place import (
    SHOWN_AT_ONCE,
    Place,
    chosen_place,
    ids_of,
    is_report,
    lines_of,
    own_line,
    read_tree,
    units_to_open,
)
from web.following.progress_sheet import progress_pdf
from web.following.workbooks import progress_workbook
from web.repeated import leads_to
from web.request_work import current_actor, posted_key, read_session, request_work, today
from workflows.commands.steering import urging
from workflows.errors import CampaignGone, NobodyToUrge, NothingToUrge, PersonUnknown, ValueTooLong
from workflows.errors.steering import UnitHeld, UrgedAlready
from workflows.queries.administration.people import people_without_account
from workflows.queries.administration.territory import keeps_accounts
from workflows.queries.following.progress import Branch, report_steps
from workflows.queries.following.school_progress import PersonRow, SchoolProgress, school_progress
from workflows.queries.following.waiting import explained
from workflows.queries.work.behind import (
    Reports,
    done_tasks_of,
    entries_behind,
    open_tasks_of,
    rungs_of,
    tasks_about,
    tasks_behind,
)
from workflows.queries.work.inbox_facts import people_by_id

bp = Blueprint("progress", __name__, url_prefix="/progress")

# The figures of the head of the page, and the states of the entries behind each.
BEHIND: dict[str, tuple[RosterState, ...]] = {
    "must": (RosterState.OPEN, RosterState.RETURNED, RosterState.DONE, RosterState.EXCUSED),
    "done": (RosterState.DONE, RosterState.EXCUSED),
    "open": (RosterState.OPEN,),
    "returned": (RosterState.RETURNED,),
    "rest": (RosterState.OPEN, RosterState.RETURNED),
    "excused": (RosterState.EXCUSED,),
    "left": (RosterState.LEFT,),
}

# Of the reports of whole units: those that wait for the unit above, and those that it sent back.
REPORTS = ("waiting", "returned")


@bp.app_context_processor
def _words() -> dict[str, Any]:
    return {"words": progress_words, "cancelled_notes": notes_of}


@bp.get("")
@access(follower)
def show() -> str:
    """Show how far the campaign is, live."""
    place = chosen_place()
    if place is None:
        return render_template(
            "progress/none.html", may_open=url_for("campaigns.new") if units_to_open() else None
        )
    return _page(place)


@bp.get("/figures")
@access(follower)
def figures() -> str:
    """Give the numbers alone, for the page that asks again by itself."""
    return render_template("progress/_figures.html", **_numbers(_required_place()))


@bp.post("/urge")
@access(follower)
@leads_to(lambda _: _required_place().url())
def urge() -> AnyResponse | tuple[str, int]:
    """Press a unit; words that are too long, or a unit with nothing open, come back with what was typed."""
    place = _required_place()
    unit_id = typed.number("urged_unit") or 0
    words = typed.tidy(request.form.get("words", ""))
    try:
        with request_work() as work:
            told = urging.urge(
                work,
                actor=current_actor(work),
                campaign_id=place.campaign.id,
                unit_id=unit_id,
                words=words,
                request_key=posted_key(),
            )
    except (ValueTooLong, NobodyToUrge, NothingToUrge, UnitHeld, UrgedAlready) as refusal:
        return _page(place, urged={"unit_id": unit_id, "words": words, "refusal": refusal}), 422
    flash(ngettext("%(num)d person was urged.", "%(num)d people were urged.", told), "success")
    return redirect(place.url(), 303)


@bp.get("/entries")
@access(follower)
def entries() -> str:
    """List the entries behind a number."""
    place = _required_place()
    shown = typed.choice("state", BEHIND, "must")
    units = ids_of(read_tree(place))
    class_id = typed.asked_number("class")
    page = entries_behind(
        read_session(), place.campaign.id, units, place.kinds, BEHIND[shown], _page_number(), class_id
    )
    return render_template(
        "progress/entries.html",
        place=place,
        page=page,
        shown=shown,
        class_id=class_id,
        many=len(units) > 1,
        cancelled=notes_on([row.entry for row in page.rows]) if place.is_running else {},
    )


@bp.get("/tasks")
@access(follower)
def tasks() -> str:
    """List the open tasks behind a number."""
    place = _required_place()
    late, returned = request.args.get("late") == "1", request.args.get("returned") == "1"
    kept = typed.choice("reports", REPORTS, "")
    top = read_tree(place)
    units = _reporting(top, kept) if kept else ids_of(top)
    steps = report_steps(read_session(), place.campaign.id, units, is_report) if kept else []
    class_id = typed.asked_number("class")
    page = tasks_behind(
        read_session(),
        place.campaign.id,
        units,
        now=place.present,
        late=late,
        returned=returned or kept == "returned",
        class_id=class_id,
        reports=Reports(steps, elsewhere=kept == "waiting") if kept else None,
        number=_page_number(),
    )
    waits = explained(read_session(), page.rows, today())
    return render_template(
        "progress/tasks.html",
        place=place,
        page=page,
        waits=waits,
        late=late,
        returned=returned,
        reports=kept,
        class_id=class_id,
        many=bool(top.below),
    )


@bp.get("/people/<int:person_id>")
@access(follower)
def person(person_id: int) -> str:
    """Show one person of the territory: their own review, their tasks, and why they wait."""
    place = _required_place()
    reading = read_session()
    person = reading.get(Person, person_id)
    units = ids_of(read_tree(place))
    mine = open_tasks_of(reading, place.campaign.id, units, person_id)
    done = done_tasks_of(reading, place.campaign.id, units, person_id)
    row = _row_of(place, person_id)
    if person is None or not (mine or done or row):
        raise PersonUnknown
    entry = row.entry if row else None
    about = tasks_about(reading, place.campaign.id, entry.subject_id, entry.unit_id) if entry else ()
    rungs = rungs_of(reading, [task.id for task in (*mine, *about)])
    told = people_by_id(reading, {one for some in rungs.values() for rung in some for one in rung.people})
    return render_template(
        "progress/person.html",
        place=place,
        person=person,
        row=row,
        mine=explained(reading, mine, today()),
        about=explained(reading, about, today()),
        done=done,
        rungs=rungs,
        told=told,
        without_account=bool(
            entry and entry.state in BEHIND["rest"] and people_without_account(reading, [person_id])
        ),
        keeps=entry is not None and keeps_accounts(reading, current_actor(), entry.unit_id, today()),
    )


@bp.get("/progress.xlsx")
@access(follower)
def export() -> Response:
    """Give the table as a workbook."""
    place = _required_place()
    top = read_tree(place)
    school = _school(place)
    content = progress_workbook(place, own_line(place, top), lines_of(place, top, None), school)
    return workbook_answer(content, f"tien-do-{place.unit.code}-{today():%Y%m%d}.xlsx")


@bp.get("/progress.pdf")
@access(follower)
def paper() -> Response:
    """Give the table as a sheet of paper, with the official header."""
    place = _required_place()
    top = read_tree(place)
    content = progress_pdf(place, own_line(place, top), lines_of(place, top, None), _school(place))
    name = f"tien-do-{place.unit.code}-{today():%Y%m%d}.pdf"
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def workbook_answer(content: bytes, name: str) -> Response:
    """Answer with a workbook to keep."""
    return Response(
        content,
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _page(place: Place, urged: dict[str, Any] | None = None) -> str:
    numbers = _numbers(place, urged)
    top: Branch = numbers["top"]
    drawings = burn_down(place, ids_of(top), numbers["own"].counts.must, numbers["own"].due_at)
    return render_template("progress/show.html", drawings=drawings, **numbers)


def _numbers(place: Place, urged: dict[str, Any] | None = None) -> dict[str, Any]:
    top = read_tree(place)
    opened = _opened(top)
    return {
        "place": place,
        "dues": dues_of(place, top),
        "top": top,
        "own": own_line(place, top),
        "lines": [] if place.is_school else lines_of(place, top, opened),
        "toggles": _toggles(top, opened),
        "school": _school(place),
        "urged": urged,
    }


def _school(place: Place) -> SchoolProgress | None:
    if not place.is_school:
        return None
    return school_progress(read_session(), place.campaign.id, place.unit.id, place.present, today())


def _row_of(place: Place, person_id: int) -> PersonRow | None:
    school = _school(place)
    rows = school.people if school else ()
    return next((row for row in rows if row.person.id == person_id), None)


def _reporting(branch: Branch, kept: str) -> list[int]:
    """List the units whose report waits elsewhere, or was returned, as the figures count them."""
    own = branch.own.reports_waiting if kept == "waiting" else branch.own.reports_returned
    mine = [branch.unit.id] if own else []
    return mine + [unit_id for below in branch.below for unit_id in _reporting(below, kept)]


def _opened(top: Branch) -> set[int] | None:
    """Give the offices that are open in the table; None for all of them."""
    asked = request.args.get("open")
    if asked is None:
        return None if len(ids_of(top)) <= SHOWN_AT_ONCE else set()
    return {int(one) for one in asked.split(".") if one.isascii() and one.isdecimal() and len(one) < 19}


def _toggles(top: Branch, opened: set[int] | None) -> dict[int, str]:
    """Give for each office what the address says when it is opened or closed."""
    offices = {below.unit.id for below in _offices(top)}
    present = offices if opened is None else opened & offices
    return {unit_id: ".".join(map(str, sorted(present ^ {unit_id}))) for unit_id in offices}


def _offices(branch: Branch) -> list[Branch]:
    return [one for below in branch.below if below.below for one in (below, *_offices(below))]


def _required_place() -> Place:
    place = chosen_place()
    if place is None:
        raise CampaignGone
    return place


def _page_number() -> int:
    return min(max(typed.asked_number("page") or 1, 1), 1_000_000)
