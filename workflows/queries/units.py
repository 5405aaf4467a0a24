"""What the page of one unit tells of the reporting line: past, present and what lies below (C11)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.organisation import OrganisationUnit, ReportingLine
from workflows.queries.organisation import in_force


def lines_of(session: Session, unit_id: int) -> Sequence[ReportingLine]:
    """List to whom a unit reports and reported, the present line first."""
    return session.scalars(
        select(ReportingLine)
        .where(ReportingLine.unit_id == unit_id)
        .options(joinedload(ReportingLine.superior))
        .order_by(ReportingLine.from_on.desc(), ReportingLine.id.desc())
    ).all()


def units_reporting_to(session: Session, unit_id: int, on: date) -> Sequence[OrganisationUnit]:
    """List the units that report straight to one on a day, by name."""
    return session.scalars(
        select(OrganisationUnit)
        .join(ReportingLine, ReportingLine.unit_id == OrganisationUnit.id)
        .where(ReportingLine.superior_id == unit_id, in_force(ReportingLine, on))
        .order_by(OrganisationUnit.search_text, OrganisationUnit.id)
    ).all()
