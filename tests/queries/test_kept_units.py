"""The list of units for who keeps them: place, words, kinds and levels, a page at a time by the index of names."""

from datetime import date

import pytest
from sqlalchemy import insert

from models.organisation import OrganisationUnit, ReportingLine, SchoolLevel, UnitKind
from tests.bench.stores import settle
from tests.cast import LONG_AGO, World, build_world
from tests.conftest import Store
from tests.plans import plan_of
from workflows.clock import FixedClock
from workflows.policy.person_names import fold
from workflows.queries.administration import people, units
from workflows.queries.administration.units import UnitFilter

TODAY = date(2023, 6, 5)
MANY = 3_000


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def test_a_place_lists_what_reports_straight_to_it(world: World) -> None:
    page = world.read(lambda s: units.unit_page(s, UnitFilter(under=world.units["district"]), TODAY))

    assert [row.unit.code for row in page.rows] == ["other_school", "school"]
    school = page.rows[1]
    assert school.superior is not None
    assert school.superior.code == "district"
    assert [one.full_name for one in school.heads] == ["Hiệu Trưởng Mẫu"]
    assert (school.staff, school.below, page.total, page.last) == (6, 0, 2, 1)


def test_a_place_before_its_line_began_is_empty(world: World) -> None:
    before = date(2019, 1, 1)

    assert (
        world.read(lambda s: units.unit_page(s, UnitFilter(under=world.units["district"]), before)).rows == []
    )


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (UnitFilter(words="mau thcs"), ["school"]),
        (UnitFilter(words="TRƯỜNG"), ["other_school", "school"]),
        (UnitFilter(words="%"), []),
        (UnitFilter(level=SchoolLevel.TH), ["other_school"]),
        (UnitFilter(kind=UnitKind.DEPARTMENT), ["department"]),
        (UnitFilter(kind=UnitKind.SCHOOL, words="thử"), ["other_school"]),
    ],
)
def test_words_kind_and_level_narrow_the_list(world: World, wanted: UnitFilter, found: list[str]) -> None:
    page = world.read(lambda s: units.unit_page(s, wanted, TODAY))

    assert [row.unit.code for row in page.rows] == found
    assert page.total == len(found)


def test_pages_hold_every_unit_once_and_walk_the_index_of_names(world: World) -> None:
    fill(world)
    settle(world.store)
    district = UnitFilter(under=world.units["district"])

    first, second = (world.read(lambda s, n=n: units.unit_page(s, district, TODAY, n)) for n in (1, 2))
    plan = plan_of(world.store, units.page_query(UnitFilter(words="ao"), TODAY, 3))
    way_up = plan_of(world.store, "SELECT superior_id FROM reporting_line WHERE unit_id = 7")

    names = [row.unit.search_text for page in (first, second) for row in page.rows]
    assert names == sorted(names)
    assert len(set(names)) == 2 * units.PAGE
    assert first.total == MANY + 2
    assert "ix_organisation_unit_search" in plan
    assert "TEMP B-TREE" not in plan
    # Names that are the same are put in order among themselves only.
    assert plan.count("Sort  ") == plan.count("Incremental Sort  ")
    assert "ix_reporting_line_unit" in way_up


def test_somebody_is_found_by_the_index_of_names(sqlite_store: Store) -> None:
    # With no people PostgreSQL reads the table whatever the index is.
    assert "ix_person_search" in plan_of(sqlite_store, people.search_query("mau"))


def fill(world: World) -> None:
    """Put thousands of schools below the district office."""
    with world.store.make_session() as session:
        rows = [
            {
                "kind": UnitKind.SCHOOL,
                "code": f"ao-{number}",
                "name": f"Trường Ảo {number:04}",
                "short_name": f"Ảo {number:04}",
                "place": "",
                "level_codes": "TH",
                "contact": "",
                "search_text": fold(f"Ảo {number:04}"),
            }
            for number in range(MANY)
        ]
        ids = session.scalars(insert(OrganisationUnit).returning(OrganisationUnit.id), rows).all()
        session.execute(
            insert(ReportingLine),
            [{"unit_id": id_, "superior_id": world.units["district"], "from_on": LONG_AGO} for id_ in ids],
        )
        session.commit()
