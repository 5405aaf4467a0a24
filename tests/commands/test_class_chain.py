"""P2 through the commands: pupils, helpers, objections, returns."""

import pytest
from sqlalchemy import select

from models.campaign import RosterState, SubjectKind
from models.journal import JournalEntry, JournalKind
from tests.cast import World, build_world
from tests.commands.chain import (
    approve_all,
    class_reported,
    enter_grades,
    entries,
    the_school,
)
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.work import taking_back
from workflows.errors import FormRefused, NotTakenBack, WorkUnfinished
from workflows.queries.work.rounds import said_about_pupils


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return the_school(store, clock)


def test_a_helper_acts_under_their_own_name_and_the_teacher_stays_accountable(world: World) -> None:
    world.complete("homeroom", "review_pupils", "cannot", subject="6A", reason="nghỉ thai sản")
    world.complete(
        "principal", "assign_support", "assign", subject="6A", supporter=str(world.people["deputy"])
    )

    task = world.task("review_pupils", "6A")
    assert (task.assignee_id, task.accountable_id) == (world.people["deputy"], world.people["homeroom"])
    approve_all(world, "review_pupils", "6A")
    world.complete("deputy", "review_pupils", "done", subject="6A")

    query = select(JournalEntry).where(JournalEntry.kind == JournalKind.SUBJECT_APPROVED)
    approved = world.read(lambda session: session.scalars(query).all())
    assert {(entry.actor_id, entry.on_behalf_of_id) for entry in approved} == {
        (world.people["deputy"], world.people["homeroom"])
    }


@pytest.mark.parametrize(
    ("step", "who", "subject"), [("review_pupils", "homeroom", "6A"), ("enter_grades", "visiting", "6B")]
)
def test_nobody_is_their_own_helper(world: World, step: str, who: str, subject: str) -> None:
    world.complete(who, step, "cannot", subject=subject, reason="nghỉ thai sản")

    with pytest.raises(FormRefused) as refused:
        world.complete(
            "principal", "assign_support", "assign", subject=subject, supporter=str(world.people[who])
        )

    assert list(refused.value.problems) == ["supporter"]
    helper = str(world.people["deputy"])
    world.complete("principal", "assign_support", "assign", subject=subject, supporter=helper)


def test_approving_the_rest_is_one_decision_for_each_pupil(store: Store, clock: FixedClock) -> None:
    world = build_world(store, clock, pupils=45)
    world.publish_shipped()
    world.open_campaign()

    approve_all(world, "review_pupils", "6A")

    query = select(JournalEntry).where(JournalEntry.kind == JournalKind.SUBJECT_APPROVED)
    decided = world.read(lambda session: session.scalars(query).all())
    assert len({entry.details["subject"] for entry in decided}) == len(decided) == 45


def test_a_class_with_an_open_pupil_cannot_be_reported(world: World) -> None:
    with pytest.raises(WorkUnfinished, match="3"):
        world.complete("homeroom", "review_pupils", "done", subject="6A")


def test_grades_missing_cannot_be_reported(world: World) -> None:
    with pytest.raises(WorkUnfinished):
        world.complete("visiting", "enter_grades", "done", subject="6A")


def test_an_objection_reopens_that_pupil_only(world: World) -> None:
    approve_all(world, "review_pupils", "6A")
    world.complete("homeroom", "review_pupils", "done", subject="6A")
    enter_grades(world, "6A")
    world.complete(
        "homeroom", "inform_parents", "informed", subject="6A", channel="zalo", informed_on="05/06/2023"
    )
    first = world.pupils("6A")[0]

    world.complete(
        "homeroom", "hear_objections", "objection", subject="6A", returned={first.id: "sai ngày sinh"}
    )

    states = [
        entry.state
        for entry in entries(world, SubjectKind.PUPIL).values()
        if entry.class_id == first.class_id
    ]
    assert sorted(states) == sorted([RosterState.RETURNED, RosterState.DONE, RosterState.DONE])
    approve_all(world, "review_reopened", "6A")
    world.complete("homeroom", "review_reopened", "done", subject="6A")
    assert "hear_objections" in world.steps()


def test_the_head_returns_single_pupils_and_the_rest_stays_accepted(world: World) -> None:
    class_reported(world, "6A", "homeroom")
    first = world.pupils("6A")[0]

    world.complete("principal", "check_class", "return_pupils", subject="6A", returned={first.id: "trùng mã"})

    assert "trùng mã" in world.task("review_returned", "6A").returned_reason
    approve_all(world, "review_returned", "6A")
    world.complete("homeroom", "review_returned", "done", subject="6A")
    world.complete("homeroom", "sign_minutes", "report", subject="6A")
    world.complete("principal", "check_class", "confirm", subject="6A")
    assert entries(world, SubjectKind.CLASS)["6A"].state is RosterState.DONE


def test_pupils_returned_by_name_are_taken_back_while_nobody_has_acted(world: World) -> None:
    class_reported(world, "6A", "homeroom")
    first = world.pupils("6A")[0]
    before = entries(world, SubjectKind.PUPIL)[first.full_name]

    def return_and_withdraw() -> int:
        task_id = world.complete(
            "principal", "check_class", "return_pupils", subject="6A", returned={first.id: "trùng mã"}
        )
        world.do(
            lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "principal"))
        )
        return task_id

    task_id = return_and_withdraw()
    assert return_and_withdraw() == task_id

    after = entries(world, SubjectKind.PUPIL)[first.full_name]
    assert (after.state, after.round, after.reason) == (RosterState.DONE, 1, "")
    assert (after.decided_at, after.decided_by_id) == (before.decided_at, before.decided_by_id)
    assert world.task("check_class", "6A").id == task_id
    assert "review_returned" not in world.steps()
    assert (
        world.read(lambda session: said_about_pupils(session, world.campaign_id, first.class_id))[
            first.id
        ].returned
        is None
    )


def test_pupils_returned_by_name_stay_returned_once_somebody_has_acted(world: World) -> None:
    class_reported(world, "6A", "homeroom")
    first = world.pupils("6A")[0]
    task_id = world.complete(
        "principal", "check_class", "return_pupils", subject="6A", returned={first.id: "trùng mã"}
    )
    approve_all(world, "review_returned", "6A")

    with pytest.raises(NotTakenBack):
        world.do(
            lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "principal"))
        )


def test_a_class_returned_as_a_whole_is_not_returned_any_more_when_taken_back(world: World) -> None:
    class_reported(world, "6A", "homeroom")
    task_id = world.complete("principal", "check_class", "return_class", subject="6A", reason="thiếu họp")

    world.do(lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "principal")))

    entry = entries(world, SubjectKind.CLASS)["6A"]
    assert (entry.state, entry.round, entry.reason) == (RosterState.OPEN, 1, "")


def test_taking_back_at_a_standing_clock_leaves_what_another_act_of_this_instant_opened(world: World) -> None:
    grades = [task.id for task in world.open_tasks(element_id="enter_grades")]
    approve_all(world, "review_pupils", "6A")
    task_id = world.complete("homeroom", "review_pupils", "done", subject="6A")

    world.do(lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "homeroom")))

    assert world.task("review_pupils", "6A").id == task_id
    assert [task.id for task in world.open_tasks(element_id="enter_grades")] == grades
    class_reported(world, "6A", "homeroom")
