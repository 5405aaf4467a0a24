"""Instances through the commands: children as rows, groups that end once, cancelling, timers."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from models.instance import ChildGroup, GroupState, InstanceState, ProcessInstance, Timer, TimerState
from models.journal import JournalEntry, JournalKind
from models.task import Task, TaskState
from tests.cast import World, build_world
from tests.conftest import Store
from tests.engine.diagrams import border, definitions, element, end, flow, many, start, timer, user
from workflows.clock import FixedClock
from workflows.commands.work import taking_back, tasks
from workflows.commands.work.answers import Answer
from workflows.errors import AlreadyDone, NotPermitted, TaskFinished
from workflows.unit_of_work import UnitOfWork

OUTCOMES = (
    '<bpmn:extensionElements><rs:outcome key="done" label="Xong" style="primary"/>'
    '<rs:outcome key="again" label="Trả lại" style="return" reason="required"/></bpmn:extensionElements>'
)


# Review, then sign off; `again` leads back to the review.
REVIEW = (
    start("cs")
    + element("exclusiveGateway", "back")
    + user("review", rs__assignee="officer")
    + user("approve", OUTCOMES, rs__assignee="head()")
    + element("exclusiveGateway", "decided", default="accepted")
    + end("ce")
    + flow("cs", "review", "approve", "decided")
    + flow("decided", "back", when="outcome == 'again'")
    + flow("back", "review")
    + '<bpmn:sequenceFlow id="accepted" sourceRef="decided" targetRef="ce"/>'
)
FIELD = (
    '<bpmn:extensionElements><rs:form><rs:field key="officer" type="person" label="Ai"/></rs:form>'
    "</bpmn:extensionElements>"
)


# Draws a parent by loop marker and boundary event: choose an officer, review each person, then report.
Parent = Callable[..., str]


def _around(each: str, boundary: str) -> str:
    body = start() + user("choose", FIELD, rs__assignee="head()") + each + boundary
    body += user("report", rs__assignee="head()") + end() + flow("s", "choose", "each", "report", "e")
    return definitions(body, key="parent").decode()


def calling(loop: str = "", boundary: str = "") -> str:
    """Each person's review is a process of its own."""
    marker = loop or many("people()")
    return _around(
        element("callActivity", "each", marker, calledElement="child", rs__pass="officer"), boundary
    )


def holding(loop: str = "", boundary: str = "") -> str:
    """Each person's review is a sub-process of the same drawing."""
    return _around(element("subProcess", "each", (loop or many("people()")) + REVIEW), boundary)


@pytest.fixture(params=[calling, holding])
def parent(request: pytest.FixtureRequest) -> Parent:
    drawing: Parent = request.param
    return drawing


PEOPLE = str([{"kind": "staff", "id": i, "name": name} for i, name in enumerate(("An", "Bình", "Chi"), 1)])


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def begin(world: World, xml: str, child_xml: str | None = None) -> int:
    """Publish and start the parent for the school."""
    world.publish("child", child_xml or definitions(REVIEW, key="child").decode())
    world.publish("parent", xml)

    return world.begin("parent")


def state_of(world: World, instance_id: int) -> InstanceState:
    return world.read(lambda session: session.get_one(ProcessInstance, instance_id).state)


def children(world: World, *states: InstanceState) -> int:
    query = select(func.count()).where(
        ProcessInstance.group_id.is_not(None), ProcessInstance.state.in_(states)
    )
    return world.read(lambda session: session.scalar(query)) or 0


def choose(world: World) -> None:
    world.complete("principal", "choose", officer=str(world.people["officer"]))


def work_through(world: World, subject: str) -> None:
    world.complete("officer", "review", subject=subject)
    world.complete("principal", "approve", subject=subject)


def test_children_are_rows_until_somebody_touches_them(world: World, parent: Parent) -> None:
    begin(world, parent(many(PEOPLE)))

    choose(world)

    assert world.steps() == {"review": 3}
    untouched = select(func.count()).where(
        ProcessInstance.group_id.is_not(None), ProcessInstance.engine_state.is_(None)
    )
    assert world.read(lambda session: session.scalar(untouched)) == 3


def test_the_last_child_resumes_the_parent_once(world: World, parent: Parent) -> None:
    instance_id = begin(world, parent(many(PEOPLE)))
    choose(world)

    for name in ("An", "Bình", "Chi"):
        assert "report" not in world.steps()
        work_through(world, name)

    assert world.steps() == {"report": 1}
    world.complete("principal", "report")
    assert state_of(world, instance_id) is InstanceState.FINISHED


def test_a_finished_child_keeps_little(world: World, parent: Parent) -> None:
    begin(world, parent(many(PEOPLE)))
    choose(world)

    work_through(world, "An")

    finished = world.read(
        lambda session: session.scalars(
            select(ProcessInstance).where(ProcessInstance.state == InstanceState.FINISHED)
        ).one()
    )
    assert finished.engine_state is None
    assert len(finished.undo_state or b"") + len(str(finished.result)) <= 1500


def test_a_returned_step_shows_the_reason_again_and_again(world: World, parent: Parent) -> None:
    begin(world, parent(many(PEOPLE)))
    choose(world)

    for turn in range(3):
        world.complete("officer", "review", subject="An")
        world.complete("principal", "approve", "again", subject="An", reason=f"lần {turn}")

    assert world.task("review", "An").returned_reason == "lần 2"
    work_through(world, "An")
    assert children(world, InstanceState.FINISHED) == 1


def test_a_sequential_group_opens_one_after_the_other(world: World, parent: Parent) -> None:
    begin(world, parent(many(PEOPLE, sequential=True)))
    choose(world)

    for name in ("An", "Bình", "Chi"):
        assert world.steps() == {"review": 1}
        work_through(world, name)

    assert world.steps() == {"report": 1}


def test_a_completion_condition_ends_the_rest(world: World, parent: Parent) -> None:
    begin(world, parent(many(PEOPLE, condition="nrOfCompletedInstances >= 2")))
    choose(world)

    work_through(world, "An")
    work_through(world, "Bình")

    assert world.steps() == {"report": 1}
    assert children(world, InstanceState.CANCELLED) == 1


def test_an_interrupting_timer_cancels_children_and_their_tasks(world: World, parent: Parent) -> None:
    boundary = border("late", "each", timer("timeDuration", "P2D"))
    instance_id = begin(
        world,
        parent(many(PEOPLE), boundary).replace(
            "</bpmn:process>",
            user("explain", rs__assignee="head()")
            + end("e2")
            + flow("late", "explain", "e2")
            + "</bpmn:process>",
        ),
    )
    choose(world)
    world.complete("officer", "review", subject="An")

    world.clock.advance(days=2)
    world.run_worker()

    assert world.steps() == {"explain": 1}
    assert children(world, InstanceState.RUNNING, InstanceState.PENDING) == 0
    group = world.read(lambda session: session.scalars(select(ChildGroup)).one())
    assert group.state is GroupState.CANCELLED
    world.complete("principal", "explain")
    assert state_of(world, instance_id) is InstanceState.FINISHED


def test_a_timer_fires_once_for_two_workers(world: World) -> None:
    from workflows.commands.due import timers

    boundary = border("late", "each", timer("timeDuration", "P2D"), interrupts=False)
    begin(
        world,
        calling(many(PEOPLE), boundary).replace(
            "</bpmn:process>",
            user("explain", rs__assignee="head()")
            + end("e2")
            + flow("late", "explain", "e2")
            + "</bpmn:process>",
        ),
    )
    choose(world)
    world.clock.advance(days=2)
    (timer_id,) = world.do(lambda work: timers.due_timers(work, 10))

    fired = [world.do(lambda work: timers.fire_one(work, timer_id)) for _ in range(2)]

    assert fired == [True, False]
    assert world.steps() == {"review": 3, "explain": 1}
    assert world.read(lambda session: session.scalars(select(Timer.state)).all()) == [TimerState.FIRED]


def test_the_same_request_has_one_effect(world: World) -> None:
    begin(world, calling(many(PEOPLE)))
    choose(world)
    task_id = world.task("review", "An").id
    answer = Answer()

    def send(work: UnitOfWork) -> None:
        actor = world.actor(work, "officer")
        tasks.complete(work, task_id=task_id, actor=actor, answer=answer, request_key="k" * 32)

    world.do(send)
    with pytest.raises(AlreadyDone):
        world.do(send)

    entries = select(func.count()).where(
        JournalEntry.kind == JournalKind.TASK_COMPLETED, JournalEntry.task_id == task_id
    )
    assert world.read(lambda session: session.scalar(entries)) == 1


def test_who_comes_second_learns_who_was_first(world: World) -> None:
    begin(world, calling(many(PEOPLE)))
    choose(world)
    task_id = world.complete("officer", "review", subject="An")

    with pytest.raises(TaskFinished, match="Cán Bộ Ví Dụ"):
        world.do(
            lambda work: tasks.complete(
                work,
                task_id=task_id,
                actor=world.actor(work, "officer"),
                answer=Answer(),
                request_key="other",
            )
        )


def test_a_stranger_can_do_nothing(world: World) -> None:
    begin(world, calling(many(PEOPLE)))
    choose(world)
    task_id = world.task("review", "An").id
    acts: list[Callable[[UnitOfWork], object]] = [
        lambda work: tasks.complete(
            work, task_id=task_id, actor=world.actor(work, "stranger"), answer=Answer()
        ),
        lambda work: tasks.claim(work, task_id=task_id, actor=world.actor(work, "stranger")),
        lambda work: tasks.hand_over(
            work,
            task_id=task_id,
            actor=world.actor(work, "stranger"),
            to_person_id=world.people["homeroom"],
            reason="x",
        ),
        lambda work: taking_back.withdraw(work, task_id=task_id, actor=world.actor(work, "stranger")),
    ]

    for act in acts:
        with pytest.raises(NotPermitted):
            world.do(act)


def test_a_handed_over_task_keeps_who_is_accountable(world: World) -> None:
    begin(world, calling(many(PEOPLE)))
    choose(world)
    task_id = world.task("review", "An").id

    world.do(
        lambda work: tasks.hand_over(
            work,
            task_id=task_id,
            actor=world.actor(work, "officer"),
            to_person_id=world.people["homeroom"],
            reason="đi công tác",
        )
    )
    world.complete("homeroom", "review", subject="An")

    entry = world.read(
        lambda session: session.scalars(
            select(JournalEntry).filter_by(task_id=task_id, kind=JournalKind.TASK_COMPLETED)
        ).one()
    )
    assert (entry.actor_id, entry.on_behalf_of_id) == (world.people["homeroom"], world.people["officer"])


def test_every_open_task_belongs_to_a_running_instance(world: World) -> None:
    begin(world, calling(many(PEOPLE)))
    choose(world)
    work_through(world, "An")

    stray = (
        select(func.count())
        .select_from(Task)
        .join(ProcessInstance, Task.instance_id == ProcessInstance.id)
        .where(Task.state == TaskState.OPEN, ProcessInstance.state != InstanceState.RUNNING)
    )
    assert world.read(lambda session: session.scalar(stray)) == 0
