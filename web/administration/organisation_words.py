"""What kinds of units, levels, positions and ways of employment are called on the pages of the organisation."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from models.organisation import OrganisationUnit, UnitKind
from web.following.progress_words import CATEGORIES, EMPLOYMENTS, LEVELS, POSITION_TITLES

__all__ = ["CATEGORIES", "EMPLOYMENTS", "KINDS", "LEVELS", "POSITION_TITLES", "kind_and_levels", "levels"]

KINDS: Mapping[str, Any] = {
    UnitKind.DEPARTMENT: _l("Department of education"),
    UnitKind.DIVISION: _l("Division of the department"),
    UnitKind.DISTRICT_OFFICE: _l("District office"),
    UnitKind.COMMUNE: _l("Commune"),
    UnitKind.SCHOOL: _l("School"),
}


def levels(unit: OrganisationUnit) -> str:
    """Tiểu học, trung học cơ sở: the levels of a school in their order."""
    return ", ".join(str(LEVELS[level]) for level in LEVELS if level in unit.levels)


def kind_and_levels(unit: OrganisationUnit) -> str:
    """Trường học · Tiểu học"""
    return " · ".join(one for one in (str(KINDS[unit.kind]), levels(unit)) if one)
