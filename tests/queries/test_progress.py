"""Progress: exact sums, own territory only, index-only plans and a number of queries that does not grow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, event

from models.campaign import RosterEntry, RosterState, SubjectKind
from models.organisation import OrganisationUnit, ReportingLine, SchoolLevel, UnitKind
from tests.cast import LONG_AGO, World, build_world
from tests.conftest import Store
from tests.plans import plan_of
from workflows.clock import FixedClock
from workflows.commands.steering import urging
from workflows.commands.work import pupils
from workflows.policy.calendar import WorkingCalendar
from workflows.policy.forecast import pace_bounds
from workflows.queries.following import progress
from workflows.queries.following.progress import REVIEWED, Branch, fill, territory_of, tops_of, urgings_of
from workflows.queries.following.roster import proofs
from workflows.queries.following.school_progress import school_progress
from workflows.queries.following.waiting import waiting_units
from workflows.queries.work.behind import entries_behind, tasks_behind

TODAY = date(2023, 6, 5)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    built = build_world(store, clock)
    built.publish_shipped()
    built.open_campaign()
    return built


def tree(world: World, unit: str = "department", level: SchoolLevel | None = None) -> Branch:
    now = world.clock.now()
    bounds = pace_bounds(now, now - timedelta(days=30), WorkingCalendar())

    def look(session: Any) -> Branch:
        top = territory_of(session, session.get_one(OrganisationUnit, world.units[unit]), TODAY, level)
        return fill(session, top, world.campaign_id, REVIEWED, now, bounds)

    return world.read(look)


def decide(world: World, kind: SubjectKind, state: RosterState, number: int = 1, days_ago: int = 0) -> None:
    """Bring some open entries of a kind to a state, as a procedure would have."""

    def act(work: Any) -> None:
        entries = work.session.query(RosterEntry).filter_by(kind=kind, state=RosterState.OPEN).limit(number)
        for entry in entries.all():
            entry.state = state
            if state is not RosterState.RETURNED:
                entry.decided_at = work.now - timedelta(days=days_ago)

    world.do(act)


def test_a_territory_sums_its_schools(world: World) -> None:
    decide(world, SubjectKind.STAFF, RosterState.DONE, 2)
    decide(world, SubjectKind.STAFF, RosterState.EXCUSED)
    decide(world, SubjectKind.CLASS, RosterState.RETURNED)

    counts = tree(world).counts

    assert (counts.must, counts.done, counts.excused, counts.open, counts.returned) == (8, 3, 1, 4, 1)
    assert sum(counts.lately) == 3


def test_the_tree_follows_the_reporting_line(world: World) -> None:
    top = tree(world)

    (district,) = top.below
    assert district.unit.id == world.units["district"]
    assert world.units["school"] in {branch.unit.id for branch in district.below}


def test_the_line_of_the_day_decides(world: World) -> None:
    """A school that has moved straight to the department is no part of the district any more (C11)."""

    def move(work: Any) -> None:
        line = work.session.query(ReportingLine).filter_by(unit_id=world.units["school"]).one()
        line.until_on = TODAY - timedelta(days=1)
        work.session.flush()
        work.session.add(
            ReportingLine(unit_id=world.units["school"], superior_id=world.units["department"], from_on=TODAY)
        )

    world.do(move)

    assert tree(world, "district").counts.must == 0
    assert tree(world).counts.must == 8


def test_a_level_leaves_the_other_schools_out(world: World) -> None:
    assert tree(world, level=SchoolLevel.THCS).counts.must == 8
    assert tree(world, level=SchoolLevel.THPT).counts.must == 0


def test_who_left_counts_nowhere_but_in_the_proof(world: World) -> None:
    decide(world, SubjectKind.STAFF, RosterState.LEFT)

    assert tree(world).counts.must == 7
    staff = world.read(lambda s: proofs(s, world.campaign_id, world.units["school"]))[0]
    assert (staff.start, staff.joined, staff.left, staff.must, staff.open) == (6, 0, 1, 5, 5)


def test_late_tasks_are_those_past_their_due_time(world: World) -> None:
    assert tree(world).counts.late == 0

    world.clock.set(datetime(2023, 6, 30, 1, tzinfo=UTC))

    counts = tree(world).counts
    assert counts.late == counts.tasks > 0


@pytest.mark.parametrize(
    ("who", "top"),
    [
        ("administrator", "department"),
        ("inspector", "district"),
        ("district_head", "district"),
        ("principal", "school"),
        ("stranger", "other_school"),
        ("homeroom", None),
        ("officer", None),
    ],
)
def test_everybody_begins_at_the_top_of_their_own_territory(world: World, who: str, top: str | None) -> None:
    found = world.do(lambda work: [unit.id for unit in tops_of(work.session, world.actor(work, who), TODAY)])

    assert found == ([world.units[top]] if top else [])


def test_urgings_are_counted_with_the_last_day(world: World) -> None:
    for _ in range(2):
        world.do(
            lambda work: urging.urge(
                work,
                actor=world.actor(work, "inspector"),
                campaign_id=world.campaign_id,
                unit_id=world.units["school"],
            )
        )
        world.clock.advance(days=1)

    (urged,) = world.read(
        lambda s: list(urgings_of(s, world.campaign_id, list(world.units.values())).values())
    )
    assert urged.times == 2
    assert urged.last_at == world.clock.now() - timedelta(days=1)


def test_a_unit_waits_for_who_has_the_task_due_first(world: World) -> None:
    waits = world.read(lambda s: waiting_units(s, world.campaign_id, list(world.units.values()), TODAY))

    waiting = waits[world.units["school"]]
    assert waiting.task.element_id == "assign_officer"
    assert [person.full_name for person in waiting.holders] == ["Hiệu Trưởng Mẫu"]
    assert waiting.role_unit is not None
    assert waiting.role_unit.id == world.units["school"]


def test_a_school_is_told_by_class_and_by_person(world: World) -> None:
    task = world.task("review_pupils", "6A")
    world.do(
        lambda work: pupils.approve(
            work,
            task_id=task.id,
            actor=world.actor(work, "homeroom"),
            pupil_ids=[pupil.id for pupil in world.pupils()[:2]],
            reasons={pupil.id: "đúng theo hồ sơ gốc" for pupil in world.pupils()[:2]},
        )
    )
    world.clock.set(datetime(2023, 6, 17, 1, tzinfo=UTC))

    told = world.read(
        lambda s: school_progress(s, world.campaign_id, world.units["school"], world.clock.now(), TODAY)
    )

    rows = {row.entry.name: row for row in told.classes}
    assert (rows["6A"].pupils.done, rows["6A"].pupils.must) == (2, 3)
    assert rows["6A"].late > 0
    assert rows["6A"].waiting is not None
    person = next(row for row in told.people if row.person.id == world.people["homeroom"])
    assert person.late > 0
    assert person.entry is not None


def test_lists_hold_what_the_numbers_counted(world: World) -> None:
    decide(world, SubjectKind.STAFF, RosterState.RETURNED)
    counts, units = tree(world).counts, list(world.units.values())

    returned = world.read(
        lambda s: entries_behind(s, world.campaign_id, units, REVIEWED, [RosterState.RETURNED], 1)
    )
    tasks = world.read(lambda s: tasks_behind(s, world.campaign_id, units, now=world.clock.now()))

    assert (returned.total, tasks.total) == (counts.returned, counts.tasks)


def test_the_tasks_about_a_class_include_its_grades(world: World) -> None:
    page = world.read(
        lambda s: tasks_behind(
            s,
            world.campaign_id,
            [world.units["school"]],
            now=world.clock.now(),
            class_id=world.classes["6A"],
        )
    )

    assert {task.element_id for task in page.rows} == {"review_pupils", "enter_grades"}


@pytest.mark.parametrize(
    ("build", "index"),
    [
        (
            lambda now: progress.entries_query(1, [1, 2, 3], REVIEWED, [now - timedelta(days=1), now]),
            "COVERING INDEX ix_roster_entry_progress",
        ),
        (lambda now: progress.tasks_query(1, [1, 2, 3], now), "COVERING INDEX ix_task_progress"),
    ],
)
def test_numbers_come_from_the_index_alone(
    sqlite_store: Store, clock: FixedClock, build: Callable[[datetime], Select[Any]], index: str
) -> None:
    plan = plan_of(sqlite_store, build(clock.now()))

    assert index in plan
    assert "SCAN" not in plan


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    event.listen(store.engine, "before_cursor_execute", note)
    yield seen
    event.remove(store.engine, "before_cursor_execute", note)


def test_more_schools_need_no_more_queries(world: World) -> None:
    def read() -> None:
        tree(world)
        world.read(lambda s: waiting_units(s, world.campaign_id, list(world.units.values()), TODAY))

    with counted(world.store) as before:
        read()

    def add(work: Any) -> None:
        for number in range(20):
            unit = OrganisationUnit(
                kind=UnitKind.SCHOOL, code=f"extra_{number}", name="Trường", short_name="Trường"
            )
            work.session.add(unit)
            work.session.flush()
            work.session.add(
                ReportingLine(unit_id=unit.id, superior_id=world.units["district"], from_on=LONG_AGO)
            )

    world.do(add)
    with counted(world.store) as after:
        read()

    assert len(after) == len(before)
