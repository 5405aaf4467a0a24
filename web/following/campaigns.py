"""Campaigns: which ones there are, opening and closing one, its deadlines and their extensions (C3, C6)."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as AnyResponse

from models.campaign import Campaign, CampaignState, Deadline
from models.organisation import OrganisationUnit, SchoolLevel, UnitKind
from web import typed
from web.access import access, follower
from web.following.campaign_form import CampaignForm, example_of, field_of, local_instant, read_form
from web.following.place import units_to_open
from web.following.progress_words import level_title
from web.repeated import leads_to
from web.request_work import (
    ZONE,
    count_by_calendar_of,
    current_actor,
    local_day,
    now,
    posted_key,
    read_session,
    request_work,
    today,
    working_calendar,
)
from workflows.commands.steering import campaigns as commands
from workflows.commands.steering import deadlines
from workflows.commands.steering.campaigns import DEADLINE_KEYS, dues_by_level, outside_of_reach
from workflows.errors import (
    DeadlineInThePast,
    DeadlineTooFar,
    FormRefused,
    NotPermitted,
    ProcedureMissing,
    Refusal,
    TerritoryEmpty,
    ValueNotOffered,
)
from workflows.errors.steering import DeadlineNotAhead, ExtensionReasonMissing, ValueNotAnInstant
from workflows.policy.deadline_order import USUALLY_LATER, Follower, followers, reversed_pairs
from workflows.queries.following import campaigns as queries
from workflows.queries.following.gaps import gaps_of
from workflows.queries.organisation import sees_unit, units_below

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")

# Offices have closed by then; a deadline set later is mostly a slip.
END_OF_WORK = time(18)


@bp.get("")
@access(follower)
def index() -> str:
    """List the campaigns of one's territory."""
    found = queries.visible_campaigns(read_session(), current_actor(), today())
    return render_template("campaigns/index.html", campaigns=found, may_open=bool(units_to_open()))


@bp.get("/new")
@access(follower)
def new() -> str:
    """Show the form that opens a campaign."""
    return _form(CampaignForm({}, {}), _chosen_unit())


@bp.post("/new")
@access(follower)
@leads_to(lambda entry: url_for("campaigns.show", campaign_id=entry.campaign_id))
def open_new() -> AnyResponse | tuple[str, int] | str:
    """Check the form, show what will be frozen, and open the campaign once that was seen."""
    unit = _chosen_unit()
    form = read_form(now(), queries.school_years_below(read_session(), unit.id, today()))
    if form.problems:
        return _form(form, unit), 422
    act = typed.choice("act", ("look", "edit", "open"), "look")
    if act == "edit":
        return _form(form, unit)
    if act == "look":
        return _look(form, unit)
    try:
        with request_work() as work:
            campaign = commands.open_campaign(
                work,
                actor=current_actor(work),
                unit_id=unit.id,
                title=form.value("title"),
                title_en=form.value("title_en"),
                school_year=form.value("school_year"),
                deadlines=form.rules,
                request_key=posted_key(),
            )
            campaign_id = campaign.id
    except FormRefused as refusal:
        return _form(CampaignForm(form.typed, refusal.problems), unit, refusal), 422
    except (TerritoryEmpty, ProcedureMissing) as refusal:
        return _form(form, unit, refusal), 422
    flash(gettext("The campaign is open; everybody concerned has been told."), "success")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)


@bp.get("/<int:campaign_id>")
@access(follower)
def show(campaign_id: int) -> str:
    """Show one campaign."""
    return _page(_campaign(campaign_id))


@bp.post("/<int:campaign_id>/extend")
@access(follower)
@leads_to(lambda _, campaign_id: url_for("campaigns.show", campaign_id=campaign_id, _anchor="deadlines"))
def extend(campaign_id: int) -> AnyResponse | tuple[str, int] | str:
    """Move a deadline for all, a level or one unit; what is refused comes back as it was typed.

    What would contradict later deadlines, or lies outside of working time, is shown first.
    """
    campaign = _campaign(campaign_id)
    given = {name: typed.tidy(request.form.get(name, "")) for name in ("key", "scope", "due_at", "reason")}
    problems = _extension_problems(campaign, given)
    if problems:
        return _page(campaign, given, problems), 422
    kind, _, which = given["scope"].partition(":")
    instant = local_instant(given["due_at"])
    assert instant is not None
    level, unit_id = which if kind == "level" else "", int(which) if kind == "unit" else None
    act = typed.choice("act", ("look", "one", "all", "edit"), "look")
    later = _later_ones(campaign, given["key"], level, unit_id, instant)
    if act == "edit":
        return _page(campaign, given)
    if act == "look" and _may_be_a_mistake(campaign, instant, later):
        return _look_at_extension(campaign, given, instant, later)
    moves = [(given["key"], instant)]
    moves += [(one.key, one.after) for one in later] if act == "all" else []
    try:
        with request_work() as work:
            moved = sum(
                deadlines.extend(
                    work,
                    actor=current_actor(work),
                    campaign_id=campaign_id,
                    key=key,
                    level=level,
                    unit_id=unit_id,
                    due_at=due_at,
                    reason=given["reason"],
                    # One act, however many deadlines move.
                    request_key=posted_key() if number == 0 else None,
                )
                for number, (key, due_at) in enumerate(moves)
            )
    except (DeadlineInThePast, DeadlineNotAhead, DeadlineTooFar) as refusal:
        return _page(campaign, given, {"due_at": refusal}), 422
    flash(
        ngettext(
            "The deadline is extended; %(num)d open task has a new due time.",
            "The deadline is extended; %(num)d open tasks have a new due time.",
            moved,
        ),
        "success",
    )
    return redirect(url_for("campaigns.show", campaign_id=campaign_id, _anchor="deadlines"), 303)


@bp.post("/<int:campaign_id>/close")
@access(follower)
@leads_to(lambda _, campaign_id: url_for("campaigns.show", campaign_id=campaign_id))
def close(campaign_id: int) -> AnyResponse:
    """Close a campaign; what is open ends and stays visible as not done."""
    _campaign(campaign_id)
    with request_work() as work:
        commands.close_campaign(
            work, actor=current_actor(work), campaign_id=campaign_id, request_key=posted_key()
        )
    flash(gettext("The campaign is closed."), "success")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id), 303)


def _campaign(campaign_id: int) -> Campaign:
    campaign = queries.visible_campaign(read_session(), current_actor(), campaign_id, today())
    count_by_calendar_of(campaign.unit_id)
    return campaign


def _chosen_unit() -> OrganisationUnit:
    units = units_to_open()
    if not units:
        raise NotPermitted
    asked = typed.number("unit") or typed.asked_number("unit")
    chosen = [unit for unit in units if asked is None or unit.id == asked]
    if not chosen:
        raise NotPermitted
    return chosen[0]


def _form(form: CampaignForm, unit: OrganisationUnit, refusal: Refusal | None = None) -> str:
    return render_template(
        "campaigns/new.html",
        form=form,
        unit=unit,
        units=units_to_open(),
        years=queries.school_years_below(read_session(), unit.id, today()),
        keys=DEADLINE_KEYS,
        levels=_levels_below(unit),
        field_of=field_of,
        refusal=refusal,
        example=example_of(now()),
    )


def _look(form: CampaignForm, unit: OrganisationUnit) -> str:
    scope = queries.scope_of(read_session(), unit.id, form.value("school_year"), today())
    return render_template(
        "campaigns/look.html",
        form=form,
        unit=unit,
        scope=scope,
        resting={rule: off for rule in form.rules if (off := _day_off(rule.due_at)) is not None},
        reversed=_unusual_order(form),
        others=queries.running_below(read_session(), unit.id, today()),
        gaps=gaps_of(read_session(), unit.id, form.value("school_year"), today()),
    )


def _unusual_order(form: CampaignForm) -> list[tuple[str, str, str]]:
    """List what is not wrong but mostly a slip: (level, the deadline that ends first, the one that ends later)."""
    return [
        (level, later, earlier)
        for level, dues in dues_by_level(form.rules).items()
        for later, earlier in reversed_pairs(dues, USUALLY_LATER)
    ]


def _levels_below(unit: OrganisationUnit) -> list[SchoolLevel]:
    """List the levels taught in a territory: others need no deadline."""
    taught = {level for one in units_below(read_session(), unit.id, today()) for level in one.levels}
    return [level for level in SchoolLevel if level in taught]


def _page(
    campaign: Campaign,
    given: dict[str, str] | None = None,
    problems: dict[str, Refusal] | None = None,
) -> str:
    reading = read_session()
    may_act = deadlines.may_extend(current_actor(), campaign)
    running = campaign.state is CampaignState.RUNNING
    territory: dict[str, Any] = {}
    if may_act and running:
        schools = units_below(reading, campaign.unit_id, today(), (UnitKind.SCHOOL,))
        territory = {"schools": schools, "levels": _levels_below(campaign.unit)}
    rules = [one for one in queries.deadlines_of(reading, campaign.id).rules if _concerns(one.unit_id)]
    units = {rule.unit_id for rule in rules if rule.unit_id is not None}
    return render_template(
        "campaigns/show.html",
        campaign=campaign,
        running=running,
        may_act=may_act,
        rules=rules,
        own=_own_rules(rules),
        names={unit_id: reading.get_one(OrganisationUnit, unit_id).short_name for unit_id in units},
        extensions=[one for one in queries.extensions_of(reading, campaign.id) if _concerns(one.unit_id)],
        # Sums over the whole campaign are for those whose territory it is (C8).
        instances=queries.instances_of(reading, campaign.id) if _concerns(campaign.unit_id) else [],
        keys=DEADLINE_KEYS,
        given=given or {},
        problems=problems or {},
        **territory,
    )


def _own_rules(rules: Sequence[Deadline]) -> dict[str, list[Deadline]]:
    """Give by key the deadlines of levels and single schools, which an extension for all may move too."""
    own: dict[str, list[Deadline]] = {}
    for rule in rules:
        if rule.level or rule.unit_id is not None:
            own.setdefault(rule.key, []).append(rule)
    return own


def _later_ones(
    campaign: Campaign, key: str, level: str, unit_id: int | None, due_at: datetime
) -> list[Follower]:
    """List the later deadlines of the schools concerned that would lie before the new one."""
    book = queries.deadlines_of(read_session(), campaign.id)
    schools = units_below(read_session(), campaign.unit_id, today(), (UnitKind.SCHOOL,))
    concerned = [
        school
        for school in schools
        if (unit_id is None or school.id == unit_id) and (not level or level in school.levels)
    ]

    def dues(key: str) -> list[datetime]:
        return [at for at in (book.due(key, school) for school in concerned) if at is not None]

    return followers(key, due_at, dues, working_calendar())


def _may_be_a_mistake(campaign: Campaign, due_at: datetime, later: list[Follower]) -> bool:
    # What is refused anyway is not asked about first.
    acts = deadlines.may_extend(current_actor(), campaign) and campaign.state is CampaignState.RUNNING
    if not acts or due_at <= now():
        return False
    return bool(later) or _day_off(due_at) is not None or _is_late(due_at)


def _day_off(due_at: datetime) -> str | None:
    """Name why nobody works on the day of an instant, "" at a weekend; None on a working day."""
    calendar, day = working_calendar(), local_day(due_at)
    return None if calendar.is_working(day) else calendar.day_name(day) or ""


def _is_late(due_at: datetime) -> bool:
    return due_at.astimezone(ZONE).time() > END_OF_WORK


def _look_at_extension(
    campaign: Campaign, given: dict[str, str], due_at: datetime, later: list[Follower]
) -> str:
    kind, _, which = given["scope"].partition(":")
    whom = level_title(which if kind == "level" else "")
    if kind == "unit":
        whom = read_session().get_one(OrganisationUnit, int(which)).short_name
    return render_template(
        "campaigns/extend.html",
        campaign=campaign,
        given=given,
        due_at=due_at,
        whom=whom,
        followers=later,
        day_off=_day_off(due_at),
        late_hour=_day_off(due_at) is None and _is_late(due_at),
    )


def _concerns(unit_id: int | None) -> bool:
    """Tell whether a date is for all or for a unit of the visitor's territory: others' reasons are theirs."""
    return unit_id is None or sees_unit(read_session(), current_actor(), unit_id, today())


def _extension_problems(campaign: Campaign, given: dict[str, str]) -> dict[str, Refusal]:
    problems: dict[str, Refusal] = {}
    kind, _, which = given["scope"].partition(":")
    known = kind == "all" or (kind == "level" and which in set(SchoolLevel))
    if kind == "unit":
        known = typed.read_id(which) in {
            unit.id for unit in units_below(read_session(), campaign.unit_id, today())
        }
    if not known:
        problems["scope"] = ValueNotOffered()
    if given["key"] not in DEADLINE_KEYS:
        problems["key"] = ValueNotOffered()
    due_at = local_instant(given["due_at"])
    fault = (
        outside_of_reach(due_at, now())
        if due_at is not None
        else ValueNotAnInstant(example=example_of(now()))
    )
    if fault is not None:
        problems["due_at"] = fault
    if not given["reason"]:
        problems["reason"] = ExtensionReasonMissing()
    return problems
