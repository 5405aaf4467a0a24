"""A review of several steps drawn as a multi-instance sub-process: each person is a run of its own all the same."""

import re

import pytest

from models.campaign import RosterState, SubjectKind
from models.instance import ChildGroup, ProcessInstance
from tests.cast import PROCEDURES, STAFF, World, build_world
from tests.commands.chain import assign, confirm, entries, report_staff
from tests.commands.test_campaign_chain import _hire
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.commands.steering import roster

LANES = re.compile(r"<bpmn:laneSet.*?</bpmn:laneSet>", re.DOTALL)


def drawing(key: str) -> str:
    return (PROCEDURES / key / f"{key}.bpmn").read_text(encoding="utf-8")


def in_one_drawing() -> str:
    """The shipped staff review with the shipped review of one person drawn into it."""
    person = re.search(r"<bpmn:process [^>]*>(.*)</bpmn:process>", drawing("person_review"), re.DOTALL)
    assert person is not None
    steps = LANES.sub("", person[1]).replace("flow_", "person_flow_")

    def held(call: re.Match[str]) -> str:
        inside = call[0].replace("bpmn:callActivity", "bpmn:subProcess")
        inside = re.sub(r' calledElement="\w+" rs:pass="\w+"', "", inside)
        inside = inside.replace(
            '<bpmn:multiInstanceLoopCharacteristics rs:collection="staff()" />',
            '<bpmn:multiInstanceLoopCharacteristics rs:collection="staff()"><bpmn:inputDataItem name="member"/>'
            "</bpmn:multiInstanceLoopCharacteristics>",
        )
        return inside.replace("</bpmn:subProcess>", steps + "</bpmn:subProcess>")

    return re.sub(
        r"<bpmn:callActivity.*?</bpmn:callActivity>", held, drawing("staff_review"), flags=re.DOTALL
    )


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    world = build_world(store, clock)
    world.publish_shipped()
    world.publish("staff_review", in_one_drawing())
    world.open_campaign()
    assign(world)
    return world


def test_each_person_is_a_run_in_one_group(world: World) -> None:
    group = world.read(lambda session: session.query(ChildGroup).filter_by(element_id="person_reviews").one())
    runs = world.read(lambda session: session.query(ProcessInstance).filter_by(group_id=group.id).all())

    assert group.area == "person_reviews"
    assert [run.area for run in runs] == ["person_reviews"] * len(STAFF)
    assert all(run.engine_state is None for run in runs)
    assert {"review_record": len(STAFF)}.items() <= world.steps().items()


def test_joining_and_leaving_keep_the_total_exact(world: World) -> None:
    for name in STAFF[:-1]:
        confirm(world, name)
    joiner = world.do(lambda work: _hire(work, world))

    def join_and_leave(work: object) -> None:
        common = {"actor": world.actor(work, "principal"), "campaign_id": world.campaign_id}  # type: ignore[arg-type]
        roster.join(work, kind=SubjectKind.STAFF, subject_id=joiner, **common)  # type: ignore[arg-type]
        leaver = world.staff_id("visiting")
        roster.leave(work, kind=SubjectKind.STAFF, subject_id=leaver, reason="hết hợp đồng", **common)  # type: ignore[arg-type]

    world.do(join_and_leave)
    values = world.read(
        lambda session: (
            session.query(ProcessInstance.start_values)
            .filter_by(subject_kind=SubjectKind.STAFF, subject_id=joiner)
            .scalar()
        )
    )
    assert world.steps()["review_record"] == 1
    assert values.get("member", {"id": joiner})["id"] == joiner, "not the item of somebody else"
    world.complete("officer", "review_record", "except", subject="Người Mới", reason="chưa nhận việc")
    world.complete("principal", "accept_exception", "accept", subject="Người Mới")

    states = [entry.state for entry in entries(world, SubjectKind.STAFF).values()]
    assert (states.count(RosterState.DONE), states.count(RosterState.EXCUSED)) == (len(STAFF) - 1, 1)
    assert "synchronise" in world.steps()


def test_one_is_returned_alone_and_only_that_one_runs_again(world: World) -> None:
    for name in STAFF:
        confirm(world, name)
    report_staff(world)

    world.complete("principal", "head_check", "return", returned={world.staff_id("visiting"): "sai địa chỉ"})

    assert world.steps()["review_record"] == 1
    assert world.task("review_record").returned_reason == "sai địa chỉ"
    confirm(world, "visiting", "đã đối chiếu")
    report_staff(world)
    world.complete("principal", "head_check", "accept")
    assert {entry.state for entry in entries(world, SubjectKind.STAFF).values()} == {RosterState.DONE}
