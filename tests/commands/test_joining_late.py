"""Who joins when the reviews of the staff have ended is reviewed all the same, by the same officer (P1.3, C1, C6)."""

import pytest

from models.campaign import RosterState, SubjectKind
from models.school import Pupil
from tests.cast import PEOPLE, PROCEDURES, STAFF, World, build_world
from tests.commands.chain import (
    CONFIRMED,
    assign,
    classes_done,
    confirm,
    entries,
    report_staff,
    staff_done,
    the_school,
)
from tests.commands.test_campaign_chain import _hire
from tests.conftest import Store
from tests.engine.diagrams import definitions, element, end, flow, many, start, user
from workflows.clock import FixedClock
from workflows.commands.steering import roster
from workflows.commands.work import taking_back
from workflows.errors import NotTakenBack, WorkUnfinished
from workflows.errors.steering import ReportAccepted, ReportSentUp, ReviewUnderWay
from workflows.unit_of_work import UnitOfWork

JOINER = "Người Mới Đến"


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return the_school(store, clock)


def join(world: World, kind: SubjectKind = SubjectKind.STAFF, subject_id: int | None = None) -> int:
    subject = subject_id or world.do(lambda work: _hire(work, world))

    def act(work: UnitOfWork) -> None:
        actor = world.actor(work, "principal")
        roster.join(work, actor=actor, campaign_id=world.campaign_id, kind=kind, subject_id=subject)

    world.do(act)
    return subject


def leave(world: World, subject: int) -> None:
    def act(work: UnitOfWork) -> None:
        roster.leave(
            work,
            actor=world.actor(work, "principal"),
            campaign_id=world.campaign_id,
            kind=SubjectKind.STAFF,
            subject_id=subject,
            reason="không nhận việc",
        )

    world.do(act)


def excuse(world: World) -> None:
    world.complete("officer", "review_record", "except", subject=JOINER, reason="chưa nhận việc")
    world.complete("principal", "accept_exception", "accept", subject=JOINER)


def sign_report(world: World) -> None:
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)  # type: ignore[arg-type]


def all_confirmed(world: World) -> None:
    assign(world)
    for name in STAFF:
        confirm(world, name)


def test_the_officer_reviews_who_joins_while_the_head_checks(world: World) -> None:
    all_confirmed(world)
    report_staff(world)

    join(world)

    assert world.task("review_record", JOINER).assignee_id == world.people["officer"]
    with pytest.raises(WorkUnfinished):
        world.complete("principal", "head_check", "accept")
    excuse(world)
    world.complete("principal", "head_check", "accept")
    assert entries(world, SubjectKind.STAFF)[JOINER].state is RosterState.EXCUSED


def test_the_school_confirms_when_who_joined_after_the_staff_review_is_done(world: World) -> None:
    staff_done(world)
    join(world)
    classes_done(world)

    with pytest.raises(WorkUnfinished):
        sign_report(world)

    excuse(world)
    sign_report(world)
    assert world.steps()["accept_report"] == 1


def test_who_is_returned_later_does_not_bring_the_joiner_a_second_review(world: World) -> None:
    all_confirmed(world)
    report_staff(world)
    join(world)

    world.complete("principal", "head_check", "return", returned={world.staff_id("deputy"): "thiếu bằng"})

    assert len([one for one in world.open_tasks() if JOINER in one.subject_name]) == 1
    assert world.steps()["review_record"] == 2
    excuse(world)
    confirm(world, "deputy", "đã đối chiếu")
    report_staff(world)
    world.complete("principal", "head_check", "accept")


def test_whose_review_is_under_way_cannot_be_returned(world: World) -> None:
    all_confirmed(world)
    report_staff(world)
    joiner = join(world)

    with pytest.raises(ReviewUnderWay):
        world.complete("principal", "head_check", "return", returned={joiner: "thiếu bằng"})


def test_a_joiner_who_leaves_again_holds_nothing_up(world: World) -> None:
    all_confirmed(world)
    report_staff(world)
    joiner = join(world)

    leave(world, joiner)

    assert "review_record" not in world.steps()
    world.complete("principal", "head_check", "accept")


def test_before_an_officer_is_named_the_joiner_waits_like_all_others(world: World) -> None:
    join(world)

    assert "review_record" not in world.steps()
    assign(world)
    assert world.steps()["review_record"] == len(STAFF) + 1


def test_a_return_that_a_joiner_came_into_is_not_taken_back(world: World) -> None:
    all_confirmed(world)
    report_staff(world)
    task_id = world.complete(
        "principal", "head_check", "return", returned={world.staff_id("deputy"): "thiếu bằng"}
    )
    world.clock.advance(minutes=1)
    join(world)

    with pytest.raises(NotTakenBack):
        world.do(
            lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "principal"))
        )


def test_nobody_joins_a_report_that_was_sent_up(world: World) -> None:
    staff_done(world)
    classes_done(world)
    sign_report(world)

    with pytest.raises(ReportSentUp, match="Quận Mẫu"):
        join(world)

    world.complete("inspector", "accept_report", "return", reason="thiếu người mới")
    join(world)
    excuse(world)
    sign_report(world)
    world.complete("inspector", "accept_report", "accept")
    with pytest.raises(ReportAccepted):
        join(world)


def test_a_school_is_not_confirmed_while_a_new_pupil_of_a_finished_class_is_open(world: World) -> None:
    staff_done(world)
    classes_done(world)
    class_id = world.classes["6A"]

    def enrol(work: UnitOfWork) -> int:
        pupil = Pupil(
            unit_id=world.units["school"],
            class_id=class_id,
            full_name="Em Mới",
            sort_key="moi",
            joined_on=world.clock.now().date(),
        )
        work.session.add(pupil)
        work.session.flush()
        return pupil.id

    join(world, SubjectKind.PUPIL, world.do(enrol))

    with pytest.raises(WorkUnfinished):
        sign_report(world)


def test_who_joins_where_one_comes_after_the_other_waits_their_turn(store: Store, clock: FixedClock) -> None:
    world = build_world(store, clock)
    world.publish_shipped()
    drawn = (PROCEDURES / "staff_review" / "staff_review.bpmn").read_text(encoding="utf-8")
    each = '<bpmn:multiInstanceLoopCharacteristics rs:collection="staff()"'
    world.publish("staff_review", drawn.replace(each, f'{each} isSequential="true"'))
    world.open_campaign()
    assign(world)

    join(world)

    named = {PEOPLE[who][0]: who for who in STAFF}
    for _ in STAFF:
        confirm(world, named[world.task("review_record").subject_name])
    assert world.task("review_record").subject_name == JOINER
    excuse(world)
    report_staff(world)


def test_nothing_below_the_review_of_who_leaves_goes_on(store: Store, clock: FixedClock) -> None:
    world = build_world(store, clock)
    world.publish_shipped()
    leaf = start() + user("look", rs__assignee="head()") + end() + flow("s", "look", "e")
    world.publish("leaf", definitions(leaf, key="leaf").decode())
    items = str([{"kind": "class", "id": number, "name": str(number)} for number in (1, 2)])
    call = element("callActivity", "call", many(items), calledElement="leaf")
    person = start() + call + end() + flow("s", "call", "e")
    world.publish("person_review", definitions(person, key="person_review", rs__takes="officer").decode())
    world.open_campaign()
    assign(world)

    leave(world, world.staff_id("visiting"))

    assert world.steps()["look"] == 2 * (len(STAFF) - 1)
