"""The roster of a school in a campaign: who joined, who left and why, and the proof of the sum (C6)."""

from collections.abc import Collection, Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from models.campaign import Campaign, CampaignState, RosterState, SubjectKind
from models.organisation import OrganisationUnit
from models.person import Position
from models.school import Employment, StaffCategory, StaffMember
from web import typed
from web.access import access, follower
from web.composition import composition
from web.following.progress import workbook_answer
from web.following.workbooks import roster_workbook
from web.repeated import leads_to
from web.request_work import current_actor, do_in_request, posted_key, read_session, today
from workflows.commands.steering import enrolment, mistakes, roster
from workflows.commands.steering.enrolment import HONORIFICS, NewStaff
from workflows.commands.steering.joining import judged_at, why_nobody_joins
from workflows.errors import FormRefused, ReasonMissing, Refusal, UnitUnknown
from workflows.errors.steering import ReportAccepted, ReportSentUp
from workflows.queries.administration.people import people_without_account
from workflows.queries.administration.territory import administers, keeps_accounts
from workflows.queries.following import roster as queries
from workflows.queries.following.campaigns import visible_campaign
from workflows.queries.following.left_behind import left_behind
from workflows.queries.organisation import classes_of, sees_unit
from workflows.queries.work.classroom import last_tasks
from workflows.unit_of_work import UnitOfWork

bp = Blueprint("roster", __name__, url_prefix="/campaigns/<int:campaign_id>/roster/<int:unit_id>")

KINDS = {"staff": SubjectKind.STAFF, "class": SubjectKind.CLASS, "pupil": SubjectKind.PUPIL}
# Kinds that people come to and leave.
MOVING = ("staff", "pupil")
LONGEST_REASON = 1000


@bp.get("")
@access(follower)
def show(campaign_id: int, unit_id: int) -> str:
    """Show the roster of a school with its proof."""
    return _page(*_place(campaign_id, unit_id))


@bp.get("/roster.xlsx")
@access(follower)
def export(campaign_id: int, unit_id: int) -> Response:
    """Give the proof with every name as a workbook."""
    campaign, unit = _place(campaign_id, unit_id)
    proofs = queries.proofs(read_session(), campaign.id, unit.id)
    rows = queries.whole_roster(read_session(), campaign.id, unit.id)
    content = roster_workbook(campaign, unit, proofs, rows)
    return workbook_answer(content, f"danh-sach-{unit.code}-{today():%Y%m%d}.xlsx")


@bp.post("/join")
@access(follower)
@leads_to(lambda entry, **at: url_for("roster.show", **at, kind=entry.details["kind"]))
def join(campaign_id: int, unit_id: int) -> AnyResponse | tuple[str, int]:
    """Put somebody who belongs to the school on the roster, or back on it."""
    kind = KINDS[typed.choice("kind", MOVING, "staff")]

    def act(work: UnitOfWork) -> tuple[str, int | None]:
        entry = roster.join(
            work,
            actor=current_actor(work),
            campaign_id=campaign_id,
            kind=kind,
            subject_id=typed.number("subject") or 0,
            request_key=posted_key(),
        )
        return entry.name, entry.class_id

    try:
        name, class_id = do_in_request(act)
    except (ReportSentUp, ReportAccepted):
        # The page itself says why.
        return _page(*_place(campaign_id, unit_id)), 422
    _tell_joined(name, campaign_id, class_id)
    return _back(campaign_id, unit_id, kind)


@bp.post("/leave")
@access(follower)
@leads_to(lambda entry, **at: url_for("roster.show", **at, kind=entry.details["kind"]))
def leave(campaign_id: int, unit_id: int) -> AnyResponse | tuple[str, int]:
    """Take somebody off the roster with the reason; without one the page comes back."""
    kind = KINDS[typed.choice("kind", MOVING, "staff")]
    subject = typed.number("subject") or 0

    def act(work: UnitOfWork) -> None:
        roster.leave(
            work,
            actor=current_actor(work),
            campaign_id=campaign_id,
            kind=kind,
            subject_id=subject,
            reason=typed.text("reason", LONGEST_REASON),
            request_key=posted_key(),
        )

    try:
        do_in_request(act)
    except ReasonMissing as refusal:
        return _page(*_place(campaign_id, unit_id), leaving=subject, leave_refusal=refusal), 422
    flash(gettext("Taken off the roster. The reason stands in the proof."), "success")
    if kind is SubjectKind.STAFF and _hangs_on(campaign_id, unit_id, subject):
        # The page says what, and who names a successor.
        return redirect(_address(campaign_id, unit_id, kind, q=_staff_name(subject), _anchor="list"), 303)
    return _back(campaign_id, unit_id, kind)


@bp.post("/mistakes")
@access(follower)
@leads_to(lambda entry, **at: url_for("roster.show", **at, kind=entry.details["kind"]))
def take_out(campaign_id: int, unit_id: int) -> AnyResponse:
    """Take out who was entered by mistake, while nobody has done anything about them."""
    kind = KINDS[typed.choice("kind", MOVING, "staff")]

    def act(work: UnitOfWork) -> str:
        return mistakes.take_out(
            work,
            actor=current_actor(work),
            campaign_id=campaign_id,
            kind=kind,
            subject_id=typed.number("subject") or 0,
            request_key=posted_key(),
        )

    name = do_in_request(act)
    flash(gettext("%(name)s has been taken out as entered by mistake.", name=name), "success")
    return _back(campaign_id, unit_id, kind)


@bp.post("/staff")
@access(follower)
@leads_to(lambda entry, **at: url_for("roster.show", **at, kind=entry.details["kind"]))
def enrol_staff(campaign_id: int, unit_id: int) -> AnyResponse | tuple[str, int]:
    """Add a new staff member to the school and to the roster in one act."""
    given = _given("full_name", "honorific", "employment", "category", "duty")

    def act(work: UnitOfWork) -> None:
        actor = current_actor(work)
        member = enrolment.enrol_staff(
            work,
            actor=actor,
            campaign_id=campaign_id,
            unit_id=unit_id,
            new=NewStaff(**given),
            same_name=_is_another(),
            request_key=posted_key(),
        )
        roster.join(work, actor=actor, campaign_id=campaign_id, kind=SubjectKind.STAFF, subject_id=member.id)

    try:
        do_in_request(act)
    except (FormRefused, ReportSentUp, ReportAccepted) as refusal:
        return _page(*_place(campaign_id, unit_id), given, _problems(refusal)), 422
    _tell_joined(given["full_name"], campaign_id)
    note = gettext("%(name)s has no account yet and cannot confirm: make one.", name=given["full_name"])
    flash(note, "warning")
    return _back(campaign_id, unit_id, SubjectKind.STAFF)


@bp.post("/pupils")
@access(follower)
@leads_to(lambda entry, **at: url_for("roster.show", **at, kind=entry.details["kind"]))
def enrol_pupil(campaign_id: int, unit_id: int) -> AnyResponse | tuple[str, int]:
    """Add a new pupil to a class of the school and to the roster in one act."""
    given = _given("full_name", "class_id")

    def act(work: UnitOfWork) -> int:
        actor = current_actor(work)
        pupil = enrolment.enrol_pupil(
            work,
            actor=actor,
            campaign_id=campaign_id,
            unit_id=unit_id,
            class_id=typed.number("class_id") or 0,
            full_name=given["full_name"],
            same_name=_is_another(),
            request_key=posted_key(),
        )
        roster.join(work, actor=actor, campaign_id=campaign_id, kind=SubjectKind.PUPIL, subject_id=pupil.id)
        return pupil.class_id

    try:
        class_id = do_in_request(act)
    except (FormRefused, ReportSentUp, ReportAccepted) as refusal:
        return _page(*_place(campaign_id, unit_id), given, _problems(refusal)), 422
    _tell_joined(given["full_name"], campaign_id, class_id)
    return _back(campaign_id, unit_id, SubjectKind.PUPIL)


def _is_another() -> bool:
    return request.form.get("same_name") == "1"


def _problems(refusal: Refusal) -> Mapping[str, Refusal]:
    return refusal.problems if isinstance(refusal, FormRefused) else {}


def _tell_joined(name: str, campaign_id: int, class_id: int | None = None) -> None:
    """Say that somebody has joined; of a class that is past its review, how they come to be reviewed."""
    flash(gettext("%(name)s has been added to the roster.", name=name), "success")
    reading = read_session()
    entry = queries.entry_of(reading, campaign_id, SubjectKind.CLASS, class_id) if class_id else None
    if entry is None:
        return
    task = judged_at(reading, composition().engine, campaign_id, entry.unit_id, entry.subject_id)
    if entry.state is RosterState.DONE:
        text = gettext(
            "Class %(name)s is finished already: return it when you confirm the school, so that this pupil "
            "is reviewed.",
            name=entry.name,
        )
    elif task is not None and task.subject_kind is SubjectKind.CLASS:
        text = gettext(
            "Class %(name)s is past its review: return %(pupil)s when you check the class, so that they are "
            "reviewed.",
            name=entry.name,
            pupil=name,
        )
    else:
        return
    task_id = (
        task.id if task else last_tasks(reading, campaign_id, entry.unit_id, entry.kind).get(entry.subject_id)
    )
    flash(_with_link(text, task_id), "warning")


def _with_link(text: str, task_id: int | None) -> str:
    """Lead from a notice to the task where something is to be done about it."""
    if task_id is None:
        return text
    address = url_for("tasks.show", task_id=task_id)
    return Markup('{} <a class="tap" href="{}">{}</a>').format(text, address, gettext("Open the task"))


def _hangs_on(campaign_id: int, unit_id: int, staff_id: int) -> bool:
    reading = read_session()
    campaign, member = reading.get(Campaign, campaign_id), reading.get(StaffMember, staff_id)
    return bool(campaign and member and left_behind(reading, campaign, unit_id, [member.person_id]))


def _staff_name(staff_id: int) -> str:
    return read_session().get_one(StaffMember, staff_id).person.full_name


def _place(campaign_id: int, unit_id: int) -> tuple[Campaign, OrganisationUnit]:
    """Give campaign and school; refuses what lies outside of the visitor's territory (C8)."""
    reading, actor = read_session(), current_actor()
    campaign = visible_campaign(reading, actor, campaign_id, today())
    unit = reading.get(OrganisationUnit, unit_id)
    if unit is None or not sees_unit(reading, actor, unit_id, today()):
        raise UnitUnknown
    return campaign, unit


def _page(
    campaign: Campaign,
    unit: OrganisationUnit,
    given: Mapping[str, str] | None = None,
    problems: Mapping[str, Refusal] | None = None,
    **more: Any,
) -> str:
    reading, actor = read_session(), current_actor()
    kind = typed.choice("kind", KINDS, "staff")
    leads = actor.holds(Position.HEAD, unit.id) or actor.holds(Position.DEPUTY_HEAD, unit.id)
    may_act = leads and campaign.state is CampaignState.RUNNING
    too_late = why_nobody_joins(reading, composition().engine, campaign.id, unit.id) if may_act else None
    words = typed.asked("q")
    class_id = typed.asked_number("class") if kind == "pupil" else None
    page = queries.roster_page(
        reading,
        campaign.id,
        unit.id,
        KINDS[kind],
        words=words,
        class_id=class_id,
        number=min(max(typed.asked_number("page") or 1, 1), 100_000),
    )
    return render_template(
        "roster/show.html",
        campaign=campaign,
        unit=unit,
        kind=kind,
        kinds=KINDS,
        page=page,
        q=words,
        class_id=class_id,
        classes=classes_of(reading, unit.id, campaign.school_year),
        proofs=queries.proofs(reading, campaign.id, unit.id),
        new=queries.newcomers(reading, campaign, unit.id, today()) if may_act else None,
        may_act=may_act,
        too_late=too_late,
        **(_about_staff(campaign, unit, page) if kind == "staff" else {}),
        mistaken=_mistaken(campaign, unit, kind, page) if may_act else (),
        honorifics=HONORIFICS,
        employments=tuple(Employment),
        categories=tuple(StaffCategory),
        given=given or {},
        problems=problems or {},
        **more,
    )


def _about_staff(campaign: Campaign, unit: OrganisationUnit, page: queries.RosterPage) -> dict[str, Any]:
    """Give what hangs on those who left, and who of the others cannot log in, by person; and who may change it."""
    reading, actor, on = read_session(), current_actor(), today()
    rows = [row.entry for row in page.rows]
    gone = [entry.frozen["person"] for entry in rows if entry.state is RosterState.LEFT]
    open_ = [
        entry.frozen["person"] for entry in rows if entry.state in (RosterState.OPEN, RosterState.RETURNED)
    ]
    running = campaign.state is CampaignState.RUNNING
    return {
        "hanging": left_behind(reading, campaign, unit.id, gone) if running else {},
        "without": people_without_account(reading, open_) if running else (),
        "keeps": keeps_accounts(reading, actor, unit.id, on),
        "administers": administers(reading, actor, unit.id, on),
    }


def _mistaken(
    campaign: Campaign, unit: OrganisationUnit, kind: str, page: queries.RosterPage
) -> Collection[int]:
    joined = [row.entry.subject_id for row in page.rows if row.entry.joined_at]
    return mistakes.untouched(read_session(), campaign.id, unit.id, KINDS[kind], joined) if joined else ()


def _given(*names: str) -> dict[str, str]:
    return {name: typed.tidy(request.form.get(name, "")) for name in names}


def _back(campaign_id: int, unit_id: int, kind: SubjectKind) -> AnyResponse:
    return redirect(_address(campaign_id, unit_id, kind), 303)


def _address(campaign_id: int, unit_id: int, kind: SubjectKind, **more: Any) -> str:
    return url_for("roster.show", campaign_id=campaign_id, unit_id=unit_id, kind=str(kind), **more)
