"""One instance: its tokens, what is known at them, children, journal; why it waits; how long steps take."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from models.instance import ChildGroup, GroupState, ProcessInstance
from models.journal import JournalKind
from models.person import Account
from models.task import Task
from tests.cast import World, build_world
from tests.commands.operating.runs import (
    IN_A_DAY,
    WHY,
    begin_tree,
    child,
    children_of,
    operate,
    parent,
    run_of,
    simple,
    waiting_for_message,
)
from tests.commands.operating.test_migration import migrated
from tests.conftest import Store
from tests.engine.diagrams import border, definitions, element, end, flow, start, user
from workflows.clock import FixedClock
from workflows.commands.operating.cancelling import cancel
from workflows.commands.operating.holding import suspend
from workflows.errors import InstanceGone, NotPermitted, StateUnreadable
from workflows.queries.operating import why
from workflows.queries.operating.instance import (
    PAGE,
    InstanceSight,
    entries_of,
    held_among,
    instance_of,
)
from workflows.queries.operating.instance import (
    children_of as page_of_children,
)
from workflows.queries.operating.times import times_of

TODAY = date(2023, 6, 5)


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return build_world(store, clock)


def sight_of(world: World, instance_id: int, who: str = "administrator") -> InstanceSight:
    return world.do(  # type: ignore[no-any-return]
        lambda work: instance_of(
            work.session,
            world.actor(work, who),
            instance_id,
            today=TODAY,
            now=work.now,
            look=world.engine.open_tokens,
        )
    )


def said(world: World, instance_id: int) -> why.Sentence:
    def act(work: Any) -> why.Sentence:
        given = {"today": TODAY, "now": work.now}
        actor = world.actor(work, "administrator")
        sight = instance_of(work.session, actor, instance_id, look=world.engine.open_tokens, **given)
        return why.why_of(work.session, sight, **given)

    return world.do(act)


def test_tokens_tasks_timers_and_values_of_one_instance(world: World) -> None:
    world.publish("simple", simple("a", alarm=True))
    one = world.begin("simple")

    sight = sight_of(world, one)

    assert {(token.element_id, token.kind) for token in sight.tokens} == {("a", "step"), ("alarm", "timer")}
    assert sight.open_elements == {"a", "alarm"}
    assert ([t.element_id for t in sight.tasks], [t.element_id for t in sight.timers]) == (["a"], ["alarm"])
    assert (sight.row.key, sight.department_id) == ("simple", world.units["department"])


def test_children_are_counted_and_listed_page_by_page(world: World) -> None:
    top = begin_tree(world)
    operate(world, cancel, instance_id=children_of(world)[1].id, reason=WHY)

    (group,) = sight_of(world, top).groups

    assert (group.total, group.unfinished, group.key) == (3, 2, "child")
    first, following = world.read(lambda session: page_of_children(session, group.id, limit=2))
    rest, end = world.read(lambda session: page_of_children(session, group.id, limit=2, after=following or 0))
    assert [row.subject_name for row in (*first, *rest)] == ["An", "Bình", "Chi"]
    assert end is None
    assert [row.id for row in sight_of(world, first[0].id).above] == [top]


def test_journal_comes_in_pages_the_youngest_first(world: World) -> None:
    world.publish("simple", simple("a", "b"))
    one = world.begin("simple")
    world.complete("principal", "a")
    operate(world, suspend, instance_id=one, reason=WHY)

    first, before = world.read(lambda session: entries_of(session, one, limit=1))
    rest, end = world.read(lambda session: entries_of(session, one, limit=9, before=before))

    kinds = [entry.kind for entry in (*first, *rest)]
    assert kinds == [JournalKind.INSTANCE_SUSPENDED, JournalKind.TASK_COMPLETED]
    assert end is None
    assert list(world.read(lambda session: held_among(session, [one, 99]))) == [one]


def test_state_that_cannot_be_read_is_shown_as_such(world: World) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")
    world.do(lambda work: work.session.execute(update(ProcessInstance).values(engine_state=b"[]")))

    sight = sight_of(world, one)

    assert isinstance(sight.unreadable, StateUnreadable)
    assert sight.open_elements == {"a"}


@pytest.mark.parametrize("who", ["principal", "district_head", "department_officer", "stranger"])
def test_who_does_not_administer_the_department_is_refused(world: World, who: str) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")

    with pytest.raises(NotPermitted):
        sight_of(world, one, who)
    with pytest.raises(InstanceGone):
        sight_of(world, one + 99)


def test_sentence_says_the_runs_before_a_task_beside_them(world: World) -> None:
    late = border("late", "each", IN_A_DAY, interrupts=False)
    late += user("delay", rs__assignee="head()") + flow("late", "delay")
    top = begin_tree(world, late)
    world.clock.advance(days=2)
    world.run_worker()

    sentence = said(world, top)

    assert (sentence.msgid, sentence.params["open"]) == (why.CHILDREN, 3)
    assert [one.msgid for one in sentence.more] == [why.BESIDE]
    assert sentence.more[0].params["element"] == "delay"


def test_an_open_call_is_seen_behind_however_many_that_ended(world: World) -> None:
    top = begin_tree(world)
    ended = {
        "element_id": "weekly",
        "version_id": run_of(world, top).version_id,
        "state": GroupState.FINISHED,
    }

    def add(work: Any) -> None:
        for number in range(PAGE):
            work.session.add(ChildGroup(parent_id=top, token=f"x{number}", opened_at=work.now, **ended))

    world.do(add)

    groups = sight_of(world, top).groups
    assert [group.element_id for group in groups] == ["each", *["weekly"] * (PAGE - 1)]
    assert [one.id for one in groups[1:]] == sorted((one.id for one in groups[1:]), reverse=True)
    assert said(world, top).msgid == why.CHILDREN


def test_sentence_says_all_groups_that_are_waited_for(world: World) -> None:
    world.publish("child", child())
    one = element("callActivity", "one", calledElement="child")
    two = element("callActivity", "two", calledElement="child")
    body = start() + element("parallelGateway", "p") + one + two + element("parallelGateway", "j") + end()
    flows = flow("s", "p", "one", "j", "e") + flow("p", "two", "j")
    world.publish("both", definitions(body + flows, key="both").decode())

    sentence = said(world, world.begin("both"))

    assert [sentence.msgid, *(other.msgid for other in sentence.more)] == [why.CHILDREN, why.CHILDREN]


def test_sentence_says_today_of_what_opened_today(world: World) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")

    sentence = said(world, one)

    assert sentence.msgid == why.PERSON
    assert sentence.params["waited"] == why.Waited(world.clock.now(), 0)


def give_account(world: World, name: str) -> None:
    who = world.people[name]
    world.do(lambda work: work.session.add(Account(person_id=who, login=name, password_hash="-")))


def test_sentence_names_who_is_waited_for_and_how_long(world: World, clock: FixedClock) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")
    clock.advance(days=3, hours=12)

    without = said(world, one)
    give_account(world, "principal")
    sentence = said(world, one)

    assert sentence.msgid == why.PERSON
    assert sentence.params["waited"] == why.Waited(clock.now() - timedelta(days=3, hours=12), 3)
    assert [person.full_name for person in sentence.params["who"]] == ["Hiệu Trưởng Mẫu"]  # type: ignore[attr-defined]
    # The school has a deputy head.
    assert [more.msgid for more in sentence.more] == [why.OVERDUE]
    assert [more.msgid for more in without.more] == [why.OVERDUE, why.NO_ACCOUNT]


def test_sentence_for_a_teacher_says_that_nobody_stands_in(world: World, clock: FixedClock) -> None:
    world.publish("simple", simple("a"))
    one = world.begin("simple")
    given = {
        "assignee_id": world.people["homeroom"],
        "role": None,
        "subject_kind": "class",
        "subject_id": world.classes["6A"],
    }
    world.do(lambda work: work.session.execute(update(Task).values(given)))
    give_account(world, "homeroom")

    sentence = said(world, one)

    assert (sentence.msgid, sentence.params["class_name"]) == (why.HOMEROOM, "6A")
    assert sentence.params["waited"] == why.Waited(clock.now(), 0)
    assert [more.msgid for more in sentence.more] == [why.NO_DEPUTY]


def test_sentences_for_children_messages_timers_and_ends(world: World) -> None:
    world.publish("waiting", waiting_for_message())
    top, waiting = begin_tree(world, border("alarm", "each", IN_A_DAY)), world.begin("waiting")

    assert said(world, top).params == {"open": 3, "total": 3, "name": "child", "name_en": "child"}
    assert said(world, waiting).msgid == why.MESSAGE
    operate(world, suspend, instance_id=waiting, reason=WHY)
    assert [said(world, waiting).msgid, *(one.msgid for one in said(world, waiting).more)] == [
        why.HELD,
        why.MESSAGE,
    ]
    operate(world, suspend, instance_id=top, reason=WHY)
    assert said(world, children_of(world)[0].id).msgid == why.HELD_ABOVE
    operate(world, cancel, instance_id=top, reason=WHY)
    assert said(world, top).msgid == why.CANCELLED


def test_times_of_steps_are_nearest_ranks_over_completed_tasks(world: World, clock: FixedClock) -> None:
    version_id = world.publish("simple", simple("a"))
    for hours in (1, 2, 3, 4, 10):
        world.begin("simple")
        clock.advance(hours=hours)
        world.complete("principal", "a")
    world.begin("simple")

    times = world.read(lambda session: times_of(session, version_id))

    found = times["a"]
    assert (found.number, found.median_seconds / 3600, found.slow_seconds / 3600) == (5, 3, 10)
    assert world.read(lambda session: times_of(session, version_id, window=2))["a"].number == 1
    assert run_of(world, 1).version_id == version_id


def test_time_of_a_call_is_that_of_its_group(world: World, clock: FixedClock) -> None:
    top = begin_tree(world)
    version_id = run_of(world, top).version_id
    clock.advance(hours=2)
    for step in ("review", "approve"):
        for name in ("An", "Bình", "Chi"):
            world.complete("principal", step, subject=name)
    clock.advance(hours=1)
    world.complete("principal", "report")

    times = world.read(lambda session: times_of(session, version_id))

    took = {one: (found.number, found.median_seconds / 3600) for one, found in times.items()}
    assert took == {"each": (1, 2), "report": (1, 1)}


def test_a_call_that_ended_before_its_run_moved_stays_with_the_version_it_ran_in(
    world: World, clock: FixedClock
) -> None:
    top = begin_tree(world)
    old = run_of(world, top).version_id
    clock.advance(hours=2)
    for one in children_of(world):
        operate(world, cancel, instance_id=one.id, reason=WHY)
    clock.advance(hours=1)
    new = world.publish("parent", parent().replace('"each"', '"other"'))

    migrated(world, old, new)
    clock.advance(hours=1)

    assert run_of(world, top).version_id == new
    assert {one: time.number for one, time in world.read(lambda s: times_of(s, old)).items()} == {"each": 1}
    assert world.read(lambda s: times_of(s, new)) == {}
    # What ends after that belongs to the new one, also where it has moved on since.
    world.begin("parent")
    for one in children_of(world)[3:]:
        operate(world, cancel, instance_id=one.id, reason=WHY)
    migrated(world, new, world.publish("parent", parent().replace('"each"', '"third"')))
    assert list(world.read(lambda s: times_of(s, old))) == ["each"]
    assert list(world.read(lambda s: times_of(s, new))) == ["other"]
