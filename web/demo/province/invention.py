"""Invents the whole province from a seed and a day: equal seeds and days give equal provinces."""

from datetime import date

from models.organisation import UnitKind
from web.demo.province.classes import rooms
from web.demo.province.oddities import plant
from web.demo.province.people import Inventor
from web.demo.province.places import PLACES
from web.demo.province.shapes import Province
from web.demo.province.staffing import employees

SEED = "rasoat"
# More than any unit uses, so that no number is given twice.
SERIALS_EACH = 10_000
FIRST_MONTH = 9


def school_year_of(day: date) -> str:
    """Name the school year that a day lies in, "2022-2023"; it begins on 1 September."""
    began = day.year if day.month >= FIRST_MONTH else day.year - 1
    return f"{began}-{began + 1}"


def invent(today: date, seed: str = SEED) -> Province:
    """Invent units' people, classes and pupils as they stand on a day, oddities included."""
    province = Province(today, school_year_of(today))
    first_day = date(int(province.school_year[:4]), FIRST_MONTH, 1)
    for number, place in enumerate(PLACES):
        inventor = Inventor(f"{seed}/{place.code}", today, number * SERIALS_EACH)
        province.employees += employees(place, inventor)
        if place.kind is UnitKind.SCHOOL:
            province.rooms += rooms(place, inventor, province.staff_of(place.code), first_day)
            plant(province, place.code, inventor)
    return province
