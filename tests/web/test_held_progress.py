"""The pages about progress while work is held or stuck: they say so, and offer no urging in vain."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from models.instance import Incident, ProcessInstance
from tests.cast import World
from tests.conftest import Store
from tests.web.territory import Enter, entrance, running_world
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.commands.operating.holding import suspend

HELD = "đang được thầy Quản Trị Mẫu (quản trị viên) tạm giữ từ 08:00 05/06/2023"


def urge_button(world: World) -> str:
    return f'name="urged_unit" value="{world.units["school"]}"'


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


def hold(world: World, instance_id: int | None) -> None:
    def act(work: Any) -> None:
        actor = world.actor(work, "administrator")
        suspend(work, actor=actor, instance_id=instance_id or 0, reason="kiểm tra")

    world.do(act)


def run_of_school(world: World) -> int | None:
    query = (
        select(ProcessInstance.id)
        .where(ProcessInstance.unit_id == world.units["school"], ProcessInstance.subject_kind == "school")
        .order_by(ProcessInstance.id)
        .limit(1)
    )
    return world.read(lambda session: session.scalar(query))


def test_all_levels_read_who_holds_a_school_and_nobody_is_offered_to_urge_it(
    world: World, enter: Enter, clock: FixedClock
) -> None:
    assert urge_button(world) in enter("inspector").get("/progress").text
    hold(world, run_of_school(world))
    clock.advance(days=1)

    for who in ("principal", "inspector", "administrator"):
        page = enter(who).get("/progress").text

        assert HELD in page, who
        assert urge_button(world) not in page, who
        assert "việc đang mở bị quản trị viên tạm giữ" not in page, who
        assert f">{HELD}: <a" in page, who
        assert "toàn bộ việc đang mở (" in page, who
    tasks = enter("principal").get("/progress/tasks").text
    assert f"việc của cô Chủ Nhiệm Thử (GVCN 6A), {HELD}" in tasks


def test_a_class_with_an_open_incident_says_so_until_that_is_closed(
    world: World, enter: Enter, clock: FixedClock
) -> None:
    run = world.task("review_pupils", "6A").instance_id
    incident = Incident(instance_id=run, element_id="review_pupils", cause="lỗi", opened_at=clock.now())
    world.do(lambda work: work.session.add(incident))
    told = "quy trình đang gặp sự cố, quản trị viên đã được báo"

    def rows() -> list[str]:
        page = enter("principal").get("/progress").text
        ids = (world.classes["6A"], world.classes["6B"])
        return [page.partition(f'id="class-{one}"')[2].partition("</tr>")[0] for one in ids]

    stuck, other = rows()
    world.do(lambda work: setattr(work.session.get(Incident, incident.id), "resolved_at", clock.now()))

    assert told in stuck
    assert told not in other
    assert told not in rows()[0]


def test_urging_a_held_school_all_the_same_is_told_why(world: World, enter: Enter) -> None:
    hold(world, run_of_school(world))

    answer = enter("inspector").send(
        f"/progress/urge?campaign={world.campaign_id}",
        urged_unit=world.units["school"],
        words="Đề nghị xong trước 08/06",
        request_key="a" * 32,
    )

    assert answer.status_code == 422
    assert "Quản trị viên đang tạm giữ toàn bộ việc đang mở của đơn vị này từ 08:00 05/06/2023" in answer.text
    assert "Đề nghị xong trước 08/06" in answer.text


def test_a_held_class_is_told_beside_it_and_the_rest_may_be_urged(world: World, enter: Enter) -> None:
    task = world.task("review_pupils", "6A")
    hold(world, task.instance_id)

    school = enter("principal").get("/progress").text
    district = enter("inspector").get("/progress").text

    row = school.partition(f'id="class-{world.classes["6A"]}"')[2].partition("</tr>")[0]
    assert HELD in row
    assert HELD not in school.partition(f'id="class-{world.classes["6B"]}"')[2].partition("</tr>")[0]
    assert "2 trong " in district
    assert "việc đang mở bị quản trị viên tạm giữ" in district
    assert urge_button(world) in district
    person = enter("principal").get(f"/progress/people/{world.people['homeroom']}").text
    assert HELD in person
