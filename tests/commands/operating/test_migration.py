"""Running instances go on in another version: planned first, then batch by batch, each with all that hangs on it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, update

from models.event import AwaitedEvent
from models.instance import ChildGroup, InstanceState, ProcessInstance, Timer, TimerState
from models.journal import JournalKind
from models.migration import Migration, MigrationRefusal, MigrationState
from models.task import Draft, Task
from tests.cast import World, build_world
from tests.commands.operating.runs import (
    PEOPLE,
    WHY,
    begin_tree,
    child,
    children_of,
    entries,
    incidents,
    operate,
    parent,
    run_of,
    simple,
    waiting_for_message,
)
from tests.conftest import Store
from tests.engine.diagrams import border, definitions, element, end, flow, many, start, timer, user
from workflows.clock import FixedClock
from workflows.commands.operating import migration
from workflows.commands.operating.migration import begin_migration, plan, stop_migration
from workflows.commands.running import sending, spawning
from workflows.commands.work import notes
from workflows.commands.work.answers import Answer
from workflows.errors import AlreadyDone, NotPermitted, VersionUnfit
from workflows.errors.operating import (
    MappingOfAnotherKind,
    MappingUnfit,
    MigrationGone,
    MigrationUnderWay,
    NothingToMigrate,
    VersionOfAnother,
)
from workflows.scheduler import row_by_row
from workflows.unit_of_work import begin_work


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def renamed(*names: str, key: str = "simple") -> str:
    """The same steps with other names and one field more."""
    field = '<bpmn:extensionElements><rs:form><rs:field key="n" type="text" label="N"/></rs:form>'
    steps = (
        user(one, f"{field}</bpmn:extensionElements>", rs__assignee="head()", name=f"Mới {one}")
        for one in names
    )
    return definitions(start() + "".join(steps) + end() + flow("s", *names, "e"), key=key).decode()


def go_on(world: World) -> int:
    """Let the worker go on until no migration is under way; give the number of batches."""
    begin = partial(begin_work, world.sessions, world.engine, world.clock)
    run = row_by_row(begin, migration.due_migrations, migration.migrate_batch, migration.postpone)
    batches = 0
    while run(1):
        batches += 1
    return batches


def migrated(world: World, old: int, new: int, **given: Any) -> Migration:
    made = operate(world, begin_migration, from_version_id=old, to_version_id=new, reason=WHY, **given)
    go_on(world)
    return world.read(lambda session: session.get_one(Migration, made.id))


def test_open_task_keeps_its_id_draft_and_due_time_and_takes_the_new_name_and_form(world: World) -> None:
    old = world.publish("simple", simple("a", "b"))
    one = world.begin("simple")
    before = world.task("a")
    world.do(
        lambda work: notes.save_draft(
            work, task_id=before.id, actor=world.actor(work, "principal"), typed={"reason": "đang viết"}
        )
    )
    new = world.publish("simple", renamed("a", "b"))

    made = migrated(world, old, new)

    after = world.task("a")
    assert (after.id, after.token, after.due_at) == (before.id, before.token, before.due_at)
    assert (after.version_id, after.search_text) == (new, "truong mau moi a")
    assert world.read(lambda session: session.scalar(select(Draft.task_id))) == before.id
    assert (made.moved, made.refused, made.state) == (1, 0, MigrationState.FINISHED)
    assert run_of(world, one).version_id == new
    details = [entry.details for entry in entries(world, JournalKind.INSTANCE_MIGRATED) if entry.instance_id]
    assert [(d["from"], d["to"], d["reason"]) for d in details] == [(old, new, WHY)]
    world.complete("principal", "a", n="x")
    assert world.steps() == {"b": 1}


def test_plan_says_who_moves_and_why_not_and_touches_nothing(world: World) -> None:
    old = world.publish("simple", simple("a", "b"))
    first, second = world.begin("simple"), world.begin("simple")
    task = world.read(lambda session: session.scalar(select(Task).where(Task.instance_id == second)))
    world.answer("principal", task.id, Answer("done", {}, "", {}))
    new = world.publish("simple", renamed("a"))

    seen = operate(world, plan, from_version_id=old, to_version_id=new, limit=1)
    rest = operate(world, plan, from_version_id=old, to_version_id=new, limit=1, after=seen.next)

    assert (seen.total, [v.instance_id for v in seen.verdicts], seen.verdicts[0].moves) == (2, [first], True)
    (refused,) = rest.verdicts
    assert (refused.instance_id, refused.element_id, rest.next) == (second, "b", None)
    assert isinstance(refused.refusal, VersionUnfit)
    assert {run_of(world, one).version_id for one in (first, second)} == {old}

    made = migrated(world, old, new)

    assert (made.moved, made.refused) == (1, 1)
    (kept,) = world.read(lambda session: session.scalars(select(MigrationRefusal)).all())
    assert (kept.instance_id, kept.element_id) == (second, "b")
    assert run_of(world, second).version_id == old


def test_step_that_was_replaced_moves_with_a_mapping(world: World) -> None:
    old = world.publish("simple", simple("a", "b"))
    world.begin("simple")
    new = world.publish("simple", renamed("x", "b"))

    for other, refusal in (("nowhere", MappingUnfit), ("e", MappingOfAnotherKind)):
        with pytest.raises(refusal):
            migrated(world, old, new, mapping={"a": other})
    made = migrated(world, old, new, mapping={"a": "x"})

    assert (made.moved, world.steps()) == (1, {"x": 1})
    world.complete("principal", "x")
    assert world.steps() == {"b": 1}


def test_timers_keep_their_instants_and_new_ones_begin_to_wait(world: World, clock: FixedClock) -> None:
    old = world.publish("simple", simple("a", alarm=True))
    one = world.begin("simple")
    clock.advance(hours=1)
    body = start() + user("a", rs__assignee="head()") + user("late", rs__assignee="head()") + end()
    body += border("alarm", "a", timer("timeDuration", "P5D"), interrupts=False)
    body += border("second", "a", timer("timeDuration", "P2D"), interrupts=False)
    flows = flow("s", "a", "e") + flow("alarm", "late") + flow("second", "late")
    new = world.publish("simple", definitions(body + flows, key="simple").decode())

    migrated(world, old, new)

    timers = world.read(lambda session: session.scalars(select(Timer).order_by(Timer.id)).all())
    began = clock.now() - timedelta(hours=1)
    assert [(t.element_id, t.due_at - began) for t in timers] == [
        ("alarm", timedelta(days=1)),
        ("second", timedelta(days=2, hours=1)),
    ]
    assert "P5D" in timers[0].expression
    (entry,) = [entry for entry in entries(world, JournalKind.INSTANCE_MIGRATED) if entry.instance_id]
    assert entry.details["appeared"] == ["second"]
    assert run_of(world, one).version_id == new
    clock.advance(days=1)
    world.run_worker()
    assert world.steps() == {"a": 1, "late": 1}


def test_children_of_an_open_group_move_on_their_own_rows(world: World) -> None:
    top = begin_tree(world)
    old = children_of(world)[0].version_id
    world.complete("principal", "review", subject="An")
    inserted = simple("first", "review", "approve", key="child")
    new = world.publish("child", inserted)

    made = migrated(world, old, new)

    # Of An the engine has a state; the others were rows only, whose first step is another one now.
    assert (made.moved, made.refused) == (3, 0)
    assert {one.version_id for one in children_of(world)} == {new}
    assert world.read(lambda session: session.scalar(select(ChildGroup.version_id))) == new
    for name in ("Bình", "Chi"):
        world.complete("principal", "review", subject=name)
    for name in ("An", "Bình", "Chi"):
        world.complete("principal", "approve", subject=name)
    assert world.steps() == {"report": 1}
    assert run_of(world, top).state is InstanceState.RUNNING


def test_parent_moves_while_its_children_run(world: World) -> None:
    top = begin_tree(world)
    old = run_of(world, top).version_id
    new = world.publish("parent", parent(border("alarm", "each", timer("timeDuration", "P9D"))))

    made = migrated(world, old, new)

    assert made.moved == 1
    assert world.read(lambda session: session.scalars(select(Timer.element_id)).all()) == ["alarm"]
    for name in ("An", "Bình", "Chi"):
        world.complete("principal", "review", subject=name)
        world.complete("principal", "approve", subject=name)
    assert world.steps() == {"report": 1}


def of_several(name: str, *steps: str) -> str:
    """A sub-process for each of three people, then a report."""
    inside = "".join(user(one, rs__assignee="head()") for one in steps)
    marker = many(PEOPLE)
    part = element("subProcess", name, marker + start("ss") + inside + end("se") + flow("ss", *steps, "se"))
    body = start() + part + user("report", rs__assignee="head()") + end() + flow("s", name, "report", "e")
    return definitions(body, key="several").decode()


def test_sub_process_of_several_moves_with_each_of_its_children(world: World) -> None:
    old = world.publish("several", of_several("each", "review", "approve"))
    top = world.begin("several")
    world.complete("principal", "review", subject="An")
    new = world.publish("several", of_several("person", "look", "approve"))

    made = migrated(world, old, new, mapping={"each": "person", "review": "look"})

    assert (made.moved, made.refused) == (4, 0)
    assert world.steps() == {"look": 2, "approve": 1}
    assert {one.area for one in children_of(world)} == {"person"}
    (group,) = world.read(lambda session: session.scalars(select(ChildGroup)).all())
    assert (group.version_id, group.element_id, group.area) == (new, "person", "person")
    for name in ("Bình", "Chi"):
        world.complete("principal", "look", subject=name)
    for name in ("An", "Bình", "Chi"):
        world.complete("principal", "approve", subject=name)
    assert (world.steps(), run_of(world, top).version_id) == ({"report": 1}, new)


def test_parent_moves_while_children_of_a_large_group_are_still_to_come(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawning, "CHUNK", 1)
    top = begin_tree(world)
    new = world.publish("parent", parent(border("alarm", "each", timer("timeDuration", "P9D"))))

    migrated(world, run_of(world, top).version_id, new)
    world.run_worker()

    assert world.steps() == {"review": 3}


def test_call_of_another_procedure_is_refused(world: World) -> None:
    top = begin_tree(world)
    new = world.publish("parent", parent(called="other"))

    made = migrated(world, run_of(world, top).version_id, new)

    assert (made.moved, made.refused) == (0, 1)


def test_message_of_the_new_drawing_is_awaited(world: World) -> None:
    old = world.publish("waiting", waiting_for_message())
    world.begin("waiting")
    new = world.publish("waiting", waiting_for_message().replace('name="answer"', 'name="reply"'))

    migrated(world, old, new)

    assert world.read(lambda session: session.scalars(select(AwaitedEvent.name)).all()) == ["reply"]
    world.do(lambda work: sending.send_message(work, "reply", {}))
    assert world.steps() == {"after": 1}


def test_many_go_in_batches_which_any_worker_goes_on_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration, "BATCH", 2)
    old = world.publish("simple", simple("a"))
    ids = [world.begin("simple") for _ in range(5)]
    new = world.publish("simple", renamed("a"))

    made = operate(
        world, begin_migration, from_version_id=old, to_version_id=new, reason=WHY, request_key="k"
    )

    assert (made.moved, made.planned, made.last_id, made.state) == (2, 5, ids[1], MigrationState.RUNNING)
    with pytest.raises(AlreadyDone):
        operate(world, begin_migration, from_version_id=old, to_version_id=new, reason=WHY, request_key="k")
    with pytest.raises(MigrationUnderWay):
        operate(world, begin_migration, from_version_id=old, to_version_id=new, reason=WHY)
    assert world.do(lambda work: migration.migrate_batch(work, made.id, 2))
    assert world.do(lambda work: migration.migrate_batch(work, made.id, 2))
    assert not world.do(lambda work: migration.migrate_batch(work, made.id, 2))
    assert {run_of(world, one).version_id for one in ids} == {new}
    assert len(entries(world, JournalKind.INSTANCE_MIGRATED)) == 6


def test_stopped_migration_leaves_what_has_moved(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "BATCH", 1)
    old = world.publish("simple", simple("a"))
    for _ in range(3):
        world.begin("simple")
    new = world.publish("simple", renamed("a"))
    given = {"from_version_id": old, "to_version_id": new, "reason": WHY}
    stop = {"migration_id": operate(world, begin_migration, **given).id, "reason": WHY}

    operate(world, stop_migration, **stop)
    with pytest.raises(MigrationGone):
        operate(world, stop_migration, **stop)
    assert entries(world, JournalKind.INSTANCE_MIGRATED)[-1].details["stopped"]
    assert operate(world, begin_migration, **given).moved == 1


def test_one_that_fails_again_and_again_is_passed_over(world: World) -> None:
    old = world.publish("simple", simple("a"))
    ids = [world.begin("simple") for _ in range(4)]
    new = world.publish("simple", renamed("a"))
    made = operate(
        world, begin_migration, from_version_id=old, to_version_id=new, reason=WHY, instance_ids=ids[:1]
    )
    again = {"state": MigrationState.RUNNING, "chosen": None, "ended_at": None}
    world.do(lambda work: work.session.execute(update(Migration).values(again)))

    for _ in range(3):
        world.do(lambda work: migration.postpone(work, made.id, "the disk is full"))
    go_on(world)

    (kept,) = world.read(lambda session: session.scalars(select(MigrationRefusal)).all())
    assert (kept.instance_id, kept.params) == (ids[1], {"cause": "the disk is full"})
    assert [run_of(world, one).version_id for one in ids] == [new, old, new, new]
    ended = world.read(lambda session: session.get_one(Migration, made.id))
    assert (ended.state, ended.moved, ended.refused) == (MigrationState.FINISHED, 3, 1)


def test_chosen_ones_move_and_the_others_stay(world: World) -> None:
    old = world.publish("simple", simple("a"))
    ids = [world.begin("simple") for _ in range(3)]
    new = world.publish("simple", renamed("a"))

    migrated(world, old, new, instance_ids=[ids[1]])

    assert [run_of(world, one).version_id for one in ids] == [old, new, old]


def test_failed_timer_is_tried_again_in_the_new_version(world: World, clock: FixedClock) -> None:
    def failing(condition: str) -> str:
        catch = element("intermediateCatchEvent", "wait", timer("timeDuration", "PT1H"))
        body = (
            start() + catch + element("exclusiveGateway", "g") + user("done", rs__assignee="head()") + end()
        )
        flows = flow("s", "wait", "g") + flow("g", "done", when=condition) + flow("done", "e")
        return definitions(body + flows, key="failing").decode()

    old = world.publish("failing", failing("1 == 2"))
    world.begin("failing")
    for _ in range(4):
        clock.advance(hours=2)
        world.run_worker()
    assert len(incidents(world)) == 1
    new = world.publish("failing", failing("1 == 1"))

    migrated(world, old, new)
    world.run_worker()

    assert (world.steps(), incidents(world)) == ({"done": 1}, [])
    states = world.read(lambda session: session.scalars(select(Timer.state).order_by(Timer.id)).all())
    assert states == [TimerState.FAILED, TimerState.FIRED]


def test_who_may_not_and_what_does_not_belong_together_is_refused(world: World) -> None:
    old = world.publish("simple", simple("a"))
    other = world.publish("child", child())
    new = world.publish("simple", renamed("a"))
    given = {"from_version_id": old, "to_version_id": new, "reason": WHY}

    with pytest.raises(NotPermitted):
        operate(world, begin_migration, "principal", **given)
    with pytest.raises(NotPermitted):
        operate(world, plan, "stranger", from_version_id=old, to_version_id=new)
    with pytest.raises(VersionOfAnother):
        operate(world, begin_migration, **{**given, "to_version_id": other})
    with pytest.raises(VersionOfAnother):
        operate(world, begin_migration, **{**given, "to_version_id": old})
    with pytest.raises(NothingToMigrate):
        operate(world, begin_migration, **given)


def test_run_that_has_ended_meanwhile_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migration, "BATCH", 1)
    old = world.publish("simple", simple("a"))
    ids = [world.begin("simple") for _ in range(2)]
    new = world.publish("simple", renamed("a"))
    operate(world, begin_migration, from_version_id=old, to_version_id=new, reason=WHY)
    world.do(
        lambda work: work.session.execute(
            update(ProcessInstance).where(ProcessInstance.id == ids[1]).values(state=InstanceState.CANCELLED)
        )
    )

    go_on(world)

    assert run_of(world, ids[1]).version_id == old
