"""The head sends back exactly what is wrong, after the superior returned the school or while a class is checked (C5)."""

import pytest

from models.campaign import RosterEntry, RosterState, SubjectKind
from tests.cast import World
from tests.commands.test_chain import entries, the_school
from tests.conftest import Store
from workflows.clock import FixedClock


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return the_school(store, clock)


def class_entry(world: World, name: str = "6A") -> RosterEntry:
    return entries(world, SubjectKind.CLASS)[name]


@pytest.mark.parametrize("step", ["review_pupils", "enter_grades"])
def test_a_head_who_refuses_support_does_not_return_the_class(world: World, step: str) -> None:
    who = "homeroom" if step == "review_pupils" else "visiting"
    world.complete(who, step, "cannot", subject="6A", reason="nghỉ ốm")

    world.complete("principal", "assign_support", "refuse", subject="6A", reason="chỉ còn hai em")

    assert world.task(step, "6A").returned_reason == "chỉ còn hai em"
    assert (class_entry(world).state, class_entry(world).round) == (RosterState.OPEN, 1)
