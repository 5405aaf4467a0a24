"""What follows when an administrator cancels a run of a campaign: who is told, and how the campaign still ends."""

import pytest
from sqlalchemy import select

from models.campaign import RosterState, SubjectKind
from models.instance import ProcessInstance
from models.notification import Message, Notification
from tests.cast import STAFF, World
from tests.commands.chain import (
    CONFIRMED,
    SCHOOL,
    approve_all,
    assign,
    class_reported,
    classes_done,
    confirm,
    entries,
    staff_done,
    the_school,
)
from tests.commands.operating.runs import WHY, operate
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.operating.cancelling import cancel
from workflows.errors import WorkUnfinished
from workflows.errors.operating import ReviewCancelled
from workflows.notify.messages import text_of
from workflows.queries.following.cancelled import Cancelled, cancelled_reviews, cancelling_of


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return the_school(store, clock)


def cancelled(world: World) -> list[Cancelled]:
    return world.read(lambda session: cancelled_reviews(session, world.campaign_id, world.units["school"]))


def told(world: World) -> dict[int, Notification]:
    query = select(Notification).where(Notification.message == Message.RUN_CANCELLED)
    return world.read(lambda session: {one.person_id: one for one in session.scalars(query)})


def class_6b_done(world: World) -> None:
    class_reported(world, "6B", "colleague")
    world.complete("principal", "check_class", "confirm", subject="6B")


def run_about(world: World, element_id: str, subject: str) -> int:
    return world.task(element_id, subject).instance_id


def test_head_is_told_who_cancelled_what_and_why(world: World) -> None:
    run = run_about(world, "review_pupils", "6A")

    operate(world, cancel, instance_id=run, reason=WHY)

    (notice,) = [one for person, one in told(world).items() if person == world.people["principal"]]
    assert notice.details["reason"] == WHY
    assert notice.details["actor"] == world.people["administrator"]
    text = world.read(lambda session: text_of(session.merge(notice), "vi", world.engine))
    assert "“Rà soát dữ liệu một lớp”, lớp 6A, Trường THCS Mẫu" in text
    assert WHY in text
    assert notice.campaign_id == world.campaign_id


def test_officer_is_told_of_a_person_of_theirs(world: World) -> None:
    assign(world)
    run = run_about(world, "review_record", "Chủ Nhiệm")

    operate(world, cancel, instance_id=run, reason=WHY)

    assert set(told(world)) == {world.people["principal"], world.people["officer"]}


def test_a_class_whose_review_was_cancelled_is_named_and_returned(world: World) -> None:
    run = run_about(world, "review_pupils", "6A")
    operate(world, cancel, instance_id=run, reason=WHY)
    (one,) = cancelled(world)
    assert (one.name, one.reason, one.by and one.by.id) == ("6A", WHY, world.people["administrator"])

    staff_done(world)
    class_6b_done(world)
    with pytest.raises(ReviewCancelled) as refused:
        world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    assert isinstance(refused.value, WorkUnfinished)
    assert (refused.value.params["count"], refused.value.params["name"]) == (1, "6A")

    returned = {world.classes["6A"]: "rà soát lại từ đầu"}
    world.complete("principal", "confirm_school", "return_classes", returned=returned)
    assert cancelled(world) == []
    assert world.task("review_returned", "6A").assignee_id == world.people["homeroom"]


def test_a_campaign_ends_after_the_cancelled_class_was_reviewed_again(world: World) -> None:
    operate(world, cancel, instance_id=run_about(world, "review_pupils", "6A"), reason=WHY)
    staff_done(world)
    class_6b_done(world)
    returned = {world.classes["6A"]: "rà soát lại từ đầu"}
    world.complete("principal", "confirm_school", "return_classes", returned=returned)

    approve_all(world, "review_returned", "6A")
    world.complete("homeroom", "review_returned", "done", subject="6A")
    world.complete("homeroom", "sign_minutes", "report", subject="6A")
    world.complete("principal", "check_class", "confirm", subject="6A")
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete("inspector", "accept_report", "accept")

    assert entries(world, SubjectKind.CLASS)["6A"].state is RosterState.DONE


def test_a_person_whose_review_was_cancelled_is_reviewed_before_the_report(world: World) -> None:
    assign(world)
    operate(world, cancel, instance_id=run_about(world, "review_record", "Chủ Nhiệm"), reason=WHY)
    for name in STAFF:
        if name != "homeroom":
            confirm(world, name)
    world.complete("officer", "synchronise", sync_result="Đã đồng bộ", synchronised_on="05/06/2023")

    with pytest.raises(WorkUnfinished):
        world.complete("officer", "report_and_hand_over", "report")
    world.complete("officer", "report_and_hand_over", "review_more")

    assert world.task("review_record", "Chủ Nhiệm").assignee_id == world.people["officer"]
    assert cancelled(world) == []


def test_the_staff_review_cancelled_as_a_whole_begins_again_with_those_returned(world: World) -> None:
    run = run_about(world, "assign_officer", SCHOOL)
    operate(world, cancel, instance_id=run, reason=WHY)
    classes_done(world)

    world.complete(
        "principal", "confirm_school", "return_persons", returned={world.staff_id("homeroom"): "làm lại"}
    )

    assert world.task("assign_officer", SCHOOL).assignee_id is None
    assert cancelled(world) == []


def test_an_ended_run_tells_by_whom_it_was_cancelled(world: World) -> None:
    run = run_about(world, "review_pupils", "6A")
    grades = world.read(
        lambda session: session.scalars(
            select(ProcessInstance.id).where(ProcessInstance.subject_kind == SubjectKind.ASSIGNMENT)
        ).first()
    )

    operate(world, cancel, instance_id=run, reason=WHY)

    entry = world.read(lambda session: cancelling_of(session, run))
    assert entry is not None
    assert entry.details["reason"] == WHY
    assert world.read(lambda session: cancelling_of(session, grades)) is not None
