"""Invented people: names, numbers that nobody has, addresses that nobody lives at."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar

from models.school import Employment
from web.demo.province.words import (
    BIRTH_PLACES,
    GIVEN_FEMALE,
    GIVEN_MALE,
    INVENTED,
    MIDDLE_FEMALE,
    MIDDLE_MALE,
    STREETS,
    SURNAMES,
    WARDS,
)
from web.record_choices import ETHNIC_GROUPS

# No province has these codes: the numbers cannot belong to anybody.
STAFF_PREFIX, PUPIL_PREFIX = "000", "999"
# Coprime to a million: consecutive serials look scattered and never meet.
SCATTER = 736_963
CONFIRMED_AT = time(2)

Kind = TypeVar("Kind")


class Inventor:
    """Invents people of one unit from a seed of its own, so that units do not shift one another."""

    def __init__(self, seed: str, today: date, first_serial: int) -> None:
        """Number people from `first_serial` on; the caller keeps the ranges of units apart."""
        # Not for secrets: the same province must come out each time.
        self.random = Random(seed)  # noqa: S311
        self.today = today
        self._serial = first_serial
        self._names: set[str] = set()

    def one_of(self, choices: Sequence[Kind]) -> Kind:
        """Choose one."""
        return self.random.choice(choices)

    def chance(self, share: float) -> bool:
        """Say yes in this share of cases."""
        return self.random.random() < share

    def day_between(self, first: date, last: date) -> date:
        """Choose a day, both ends included."""
        return first + timedelta(days=self.random.randint(0, (last - first).days))

    def number(self) -> int:
        """Give the next number below a million that this province has not given yet."""
        self._serial += 1
        return self._serial * SCATTER % 1_000_000

    def name(self, male: bool, surname: str | None = None) -> str:
        """Invent a name that this unit does not have yet and that shows that it is invented."""
        while True:
            family = surname or self.one_of(SURNAMES)
            invented = self.one_of(INVENTED)
            if self.chance(0.3):
                name = f"{family} {self.one_of(MIDDLE_MALE if male else MIDDLE_FEMALE)} {invented}"
            else:
                name = f"{family} {invented} {self.one_of(GIVEN_MALE if male else GIVEN_FEMALE)}"
            if name not in self._names:
                self._names.add(name)
                return name

    def personal_id(self, prefix: str, male: bool, born: int) -> str:
        """Build a personal identifier: province code, sex and century, year of birth, serial."""
        sex_and_century = (0 if male else 1) + (2 if born >= 2000 else 0)
        return f"{prefix}{sex_and_century}{born % 100:02d}{self.number():06d}"

    def phone(self) -> str:
        """Give a telephone number that no network has."""
        return f"0000{self.random.randrange(1_000_000):06d}"

    def address(self) -> str:
        """Invent an address."""
        return f"Số {self.random.randint(1, 299)} đường {self.one_of(STREETS)}, {self.one_of(WARDS)}"

    def ethnicity(self) -> str:
        """Choose an ethnic group, most often the largest."""
        return "01" if self.chance(0.85) else self.one_of(list(ETHNIC_GROUPS)[1:12])

    def times(self, record: dict[str, Any]) -> dict[str, Any]:
        """Say when the values were last confirmed: within the last eight months."""
        day = self.today - timedelta(days=self.random.randint(45, 240))
        at = datetime.combine(day, CONFIRMED_AT, UTC).isoformat()
        return dict.fromkeys(record, at)


def staff_record(
    inventor: Inventor, name: str, male: bool, login: str, employment: Employment, training: Sequence[str]
) -> dict[str, Any]:
    """Invent a faultless record of a staff member."""
    born = inventor.day_between(date(1966, 1, 1), date(inventor.today.year - 24, 12, 31))
    began = inventor.day_between(
        date(born.year + 22, 8, 1), max(date(born.year + 22, 8, 15), _years_before(inventor.today, 1))
    )
    mailbox, _, unit = login.partition(".")
    return {
        "full_name": name,
        "birth_date": born.isoformat(),
        "gender": "male" if male else "female",
        "personal_id": inventor.personal_id(STAFF_PREFIX, male, born.year),
        "id_issued_on": inventor.day_between(date(2021, 3, 1), date(2022, 6, 30)).isoformat(),
        "ethnicity": inventor.ethnicity(),
        "joined_sector_on": began.isoformat(),
        "contract": str(employment),
        "insurance_number": f"0000{inventor.number():06d}",
        "rating": inventor.one_of(("excellent", "good", "good", "fulfilled")),
        "qualification": inventor.one_of(("college", "bachelor", "bachelor", "bachelor", "master")),
        "training": inventor.one_of(training),
        "title": inventor.one_of(("grade_1", "grade_2", "grade_2", "grade_3", "none")),
        "foreign_language": inventor.one_of(("A2", "B1", "B1", "B2")),
        "phone": inventor.phone(),
        "email": f"{mailbox}@{unit}.example",
        "residence": inventor.address(),
        "home_place": inventor.one_of(BIRTH_PLACES),
    }


def pupil_record(inventor: Inventor, name: str, male: bool, born_in: int) -> dict[str, Any]:
    """Invent a faultless record of a pupil."""
    born = inventor.day_between(date(born_in, 1, 1), date(born_in, 12, 31))
    record = {
        "full_name": name,
        "birth_date": born.isoformat(),
        "gender": "male" if male else "female",
        "personal_id": inventor.personal_id(PUPIL_PREFIX, male, born.year),
        "ethnicity": inventor.ethnicity(),
        "birth_place": inventor.one_of(BIRTH_PLACES),
        "residence": inventor.address(),
        "mother_name": inventor.name(male=False),
        "parent_phone": inventor.phone(),
        "health_card": f"HS4000000{inventor.number():06d}",
        "disability": "none" if inventor.chance(0.99) else inventor.one_of(("mobility", "hearing", "sight")),
        "policy_group": "none" if inventor.chance(0.94) else inventor.one_of(("poor", "near_poor", "merit")),
        "swims": inventor.one_of(("yes", "no")),
    }
    if inventor.chance(0.96):
        record["father_name"] = inventor.name(male=True, surname=name.split()[0])
    return record


def _years_before(day: date, years: int) -> date:
    return date(day.year - years, 1, 1)
