"""What an administrator does with a running instance: each act has a page that says what follows and asks why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from models.instance import Incident
from web import formats, typed
from web.access import access, administrator
from web.administration import incident_words, variables
from web.administration import operations_words as words
from web.administration.operating_acts import ACTS, FIELD_OF, Given
from web.administration.operations import UNFINISHED, address_of, fields_of, sight_of, standing_of
from web.administration.unit_page import given_fields
from web.composition import composition
from web.errors import status_of
from web.following.cancelled import how_again
from web.i18n import pick
from web.repeated import leads_to
from web.request_work import current_actor, read_session, request_work, today
from web.wording import say
from web.work import journal_words
from workflows.engine import Specification
from workflows.errors import (
    AlreadyDone,
    InstanceGone,
    InstanceStuck,
    NotPermitted,
    Refusal,
    StepNotOpen,
    ValueMissing,
)
from workflows.errors.operating import (
    ActStuck,
    HeldFromAbove,
    IncidentGone,
    IncidentResolved,
    InstanceEnded,
    InstanceSuspended,
    NotSuspended,
    VariableUnknown,
    WhyMissing,
)
from workflows.queries.following.waiting import explained
from workflows.queries.operating.instance import InstanceSight
from workflows.queries.operating.people import people_for
from workflows.queries.work.inbox_facts import people_by_id

bp = Blueprint("operating", __name__, url_prefix="/operations/<int:instance_id>")

ADDRESS = "/<any(suspend, resume, cancel, retry, resolve, correct, move):act>"
# Answered by pages of their own: there is nothing to type once more.
GENERAL = (AlreadyDone, NotPermitted, InstanceGone, IncidentGone, VariableUnknown)
ON_INCIDENTS = ("retry", "resolve")
AT_TOKENS = ("correct", "move")


@bp.get(ADDRESS)
@access(administrator)
def ask(instance_id: int, act: str) -> AnyResponse | str:
    """Say what an act does, and ask why; where there is nothing to do any more, say so on the page of the run."""
    refusal = _out_of_place(sight_of(instance_id), act)
    if refusal is None:
        try:
            return _page(instance_id, act, {})
        except StepNotOpen as gone:
            refusal = gone
    flash(say(refusal), "info")
    return redirect(address_of(instance_id), 303)


@bp.post(ADDRESS)
@access(administrator)
@leads_to(lambda _, instance_id, act: address_of(instance_id))
def do(instance_id: int, act: str) -> AnyResponse | tuple[str, int]:
    """Carry an act out; what is refused comes back with everything that was typed."""
    given = _given()
    try:
        if act in ON_INCIDENTS:
            _incident_of(sight_of(instance_id), given.incident_id)
        if act == "cancel" and not request.form.get("sure"):
            unwritten = {} if given.reason.strip() else {"reason": WhyMissing()}
            return _page(instance_id, act, {"sure": ValueMissing(), **unwritten}), status_of(ValueMissing)
        with request_work() as work:
            ACTS[act].carry_out(work, current_actor(work), instance_id, given)
    except GENERAL:
        raise
    except InstanceStuck as refusal:
        named = in_names(refusal, instance_id)
        return _page(instance_id, act, {"": named}), status_of(type(named))
    except Refusal as refusal:
        field = FIELD_OF.get(type(refusal), "")
        return _page(instance_id, act, {field: refusal}), status_of(type(refusal))
    flash(*_done(instance_id, act, given))
    return redirect(address_of(instance_id), 303)


@dataclass(frozen=True, slots=True)
class Asked:
    """An open step whose form asks for a variable, and who has it, in words."""

    step: str
    people: str


def _asked(sight: InstanceSight, name: str) -> Asked | None:
    """Find the open step that asks for a variable: what its form holds counts, not what an operator corrects."""
    specification = composition().engine.specification(sight.row.version_id)
    asking = variables.asked_by(specification, sight.tasks, (name,))
    if not asking:
        return None
    holders = explained(read_session(), asking[:1], today())[0].holders
    people = ", ".join(map(formats.addressed, holders)) or gettext("whoever has it")
    return Asked(journal_words.Facts(specification, {}).step(asking[0].element_id), people)


def _done(instance_id: int, act: str, given: Given) -> tuple[str, str]:
    """Say what was done; a correction that an open form makes void is no success yet."""
    asked = _asked(sight_of(instance_id), given.name) if act == "correct" else None
    if asked is None:
        return str(ACTS[act].done), "success"
    said = gettext(
        "The variable is corrected. But the step “%(step)s” asks for this itself, and what is filled in there "
        "counts: ask %(people)s to fill it in.",
        step=asked.step,
        people=asked.people,
    )
    return said, "warning"


def in_names(refusal: InstanceStuck, instance_id: int) -> InstanceStuck:
    """Say where a run, or one above that would go on, is stuck as its drawing names the place; nothing was changed."""
    sight, element = sight_of(instance_id), str(refusal.params["element"])
    if not element:
        return refusal
    reason = cast(str, refusal.params["reason"])
    for row in (sight.row, *sight.above):
        drawn = composition().engine.specification(row.version_id)
        name = pick(drawn) if element == drawn.key else journal_words.Facts(drawn, {}).step(element)
        if name != element:
            return ActStuck(name, reason)
    return ActStuck(element, reason)


def _out_of_place(sight: InstanceSight, act: str) -> Refusal | None:
    """Tell why an act has nothing to do as the run stands, as its command would."""
    row = sight.row
    if act in ON_INCIDENTS:
        found = _incident_asked(sight)
        return IncidentResolved() if found.resolved_at else None
    if row.state not in UNFINISHED:
        return InstanceEnded()
    if act == "suspend" and row.suspended_at is not None:
        return InstanceSuspended(since=row.suspended_at)
    if act == "resume":
        if row.suspended_at is None:
            return NotSuspended()
        return HeldFromAbove() if sight.held_from_id != row.id else None
    return None


def _given() -> Given:
    typed_in = given_fields("reason", "token", "name", "value", "element", "incident")
    return Given(
        reason=typed_in["reason"],
        token=typed_in["token"][:80],
        name=typed_in["name"][:200],
        value=typed_in["value"],
        element=typed_in["element"][:200],
        incident_id=typed.read_id(typed_in["incident"]) or 0,
    )


def _page(instance_id: int, act: str, problems: Mapping[str, Refusal]) -> str:
    """Draw the page of an act; `problems` by field, under "" what concerns none of them."""
    sight = sight_of(instance_id)
    specification = composition().engine.specification(sight.row.version_id)
    facts = journal_words.Facts(specification, {})
    where: dict[str, Any] = {}
    # What somebody did meanwhile, or was done with the first press: there is no form for what is over.
    over = request.method == "POST" and _out_of_place(sight, act) is not None
    if act in ON_INCIDENTS:
        found = _incident_asked(sight)
        lines = incident_words.lines_of(read_session(), sight, facts, today())
        where["incident"] = next(line for line in lines if line.incident is found)
    if act == "cancel" and sight.above and sight.row.campaign_id is not None:
        where["again"] = how_again(sight.row.subject_kind, sight.above[0].version_id)
    if act in AT_TOKENS:
        where = _at_token(sight, specification, act)
    return render_template(
        "operations/act.html",
        words=words,
        sight=sight,
        row=sight.row,
        name=act,
        act=ACTS[act],
        problems=problems,
        over=over or (act == "move" and where["token"] is None),
        given=request.form,
        name_of=facts.step,
        **where,
    )


def _at_token(sight: InstanceSight, specification: Specification, act: str) -> dict[str, Any]:
    """Give what the page shows of a token; one that waits no more leaves the form with what was typed."""
    identifier, name = request.values.get("token", ""), request.values.get("name", "")
    if act == "correct" and name not in specification.variables:
        raise VariableUnknown(name=name)
    token = next((one for one in standing_of(sight) if one.token == identifier), None)
    if token is None and request.method == "GET":
        raise StepNotOpen
    where: dict[str, Any] = {"token": token, "identifier": identifier}
    if act == "move":
        engine, version_id = composition().engine, sight.row.version_id
        where["elements"] = engine.openable_beside(version_id, token.element_id) if token else ()
    else:
        present = token.values.get(name) if token else None
        field = fields_of(sight).get(name)
        where["shared"] = variables.is_shared(name, standing_of(sight))
        where |= {"variable": name, "present": words.written(present, field), "field": field}
        where["value"] = request.form.get("value", words.editable(present, field))
        where["kind"] = words.kind_of(present, field)
        where["asked"] = _asked(sight, name)
        if where["kind"] == "person":
            where["people"] = people_for(read_session(), name, sight.row.unit_id, today())
            named = people_by_id(read_session(), [present if isinstance(present, int) else None])
            where["present"] = formats.person(named[present]) if present in named else where["present"]
    return where


def _incident_asked(sight: InstanceSight) -> Incident:
    return _incident_of(sight, typed.read_id(request.values.get("incident", "")) or 0)


def _incident_of(sight: InstanceSight, incident_id: int) -> Incident:
    found = next((one for one in sight.incidents if one.id == incident_id), None)
    if found is None:
        raise IncidentGone
    return found
