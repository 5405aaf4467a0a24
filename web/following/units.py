"""One unit: who is who, whom to ask (C12), and to whom it reports (C11); for those whose territory it lies in."""

from flask import Blueprint, render_template

from models.organisation import OrganisationUnit
from models.person import Person, Position
from web.access import access, follower
from web.request_work import current_actor, read_session, today
from workflows.errors import UnitUnknown
from workflows.queries.administration.territory import keeps_accounts
from workflows.queries.organisation import appointments_of, sees_unit, superiors_of
from workflows.queries.units import lines_of, units_reporting_to

bp = Blueprint("units", __name__, url_prefix="/units")


@bp.get("/<int:unit_id>")
@access(follower)
def show(unit_id: int) -> str:
    """Show the people, contacts and the reporting line of a unit."""
    reading, actor, on = read_session(), current_actor(), today()
    unit = reading.get(OrganisationUnit, unit_id)
    if unit is None or not sees_unit(reading, actor, unit_id, on):
        raise UnitUnknown
    holders: dict[Position, list[Person]] = {position: [] for position in Position}
    for appointment in appointments_of(reading, unit_id, on):
        if appointment.from_on <= on:
            holders[appointment.position].append(appointment.person)
    return render_template(
        "units/show.html",
        unit=unit,
        holders={position: people for position, people in holders.items() if people},
        above=superiors_of(reading, unit_id, on),
        below=units_reporting_to(reading, unit_id, on),
        lines=lines_of(reading, unit_id),
        keeps_accounts=keeps_accounts(reading, actor, unit_id, on),
    )
