"""A completion condition comes to the same end for a step, a call and a sub-process of several steps."""

from collections.abc import Iterator

import pytest

from tests.engine.diagrams import definitions, element, end, flow, many, start, user
from workflows.errors import InstanceStuck
from workflows.rehearsal import OpenTask, Rehearsal

HEAD = {"rs__assignee": "head()"}
KINDS = pytest.mark.parametrize("kind", ["step", "call", "sub-process"])
ORDERS = pytest.mark.parametrize("sequential", [False, True])


def form(*fields: tuple[str, str]) -> str:
    """A form with some fields."""
    drawn = "".join(f'<rs:field key="{key}" type="{kind}" label="{key}"/>' for key, kind in fields)
    return f"<bpmn:extensionElements><rs:form>{drawn}</rs:form></bpmn:extensionElements>"


NEEDED, GOOD = ("needed", "number"), ("good", "checkbox")


def drawing(kind: str, marker: str, asked: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Ask how many are needed, then four people for an answer, while the number can be changed; report at last."""
    needed, good = form(NEEDED), form(*asked)
    inside = start("is") + user("think", **HEAD) + user("each", good, **HEAD) + end("ie")
    inside += flow("is", "think", "each", "ie")
    many_of = {
        "step": user("all", good + marker, **HEAD),
        "call": element("callActivity", "all", marker, calledElement="asking", rs__pass="needed"),
        "sub-process": element("subProcess", "all", marker + inside),
    }
    body = start() + user("ask", needed, **HEAD) + element("parallelGateway", "both") + many_of[kind]
    body += user("change", needed, **HEAD) + user("report", **HEAD) + end() + end("changed")
    body += flow("s", "ask", "both", "all", "report", "e") + flow("both", "change", "changed")
    return (
        definitions(body, key="asked").decode(),
        *([definitions(inside, key="asking", rs__takes="needed").decode()] if kind == "call" else []),
    )


@pytest.fixture(scope="module")
def stage() -> Iterator[Rehearsal]:
    with Rehearsal() as r:
        yield r


class Asked:
    """Four people who are asked for an answer, of whom so many are needed."""

    def __init__(
        self,
        stage: Rehearsal,
        kind: str,
        condition: str,
        *,
        sequential: bool = False,
        needed: int | None = 2,
        asked: tuple[tuple[str, str], ...] = (GOOD,),
    ) -> None:
        self.r = stage.fork()
        marker = many(
            "[1, 2, 3, 4]",
            "number",
            sequential=sequential,
            condition=condition,
            output="answers",
            output_item="good",
        )
        self.r.publish(*drawing(kind, marker, asked))
        self.r.start("asked")
        self.r.complete("ask", needed=needed)

    def answer(self, good: bool = True, **more: int) -> bool:
        """Let the next person answer, and tell whether that was enough."""
        if thinking := self.next("think"):
            self.r.complete(thinking[0])
        self.r.complete(self.next("all", "each")[0], good=good, **more)
        return bool(self.next("report"))

    def next(self, *steps: str) -> list[OpenTask]:
        return [task for task in self.r.open_tasks() if task.element_id in steps]


@KINDS
@ORDERS
@pytest.mark.parametrize(
    ("condition", "needed", "answers", "enough_after"),
    [
        ("nrOfCompletedInstances >= needed", 2, [True, True], 2),
        ("needed is None or nrOfCompletedInstances >= 3", None, [True], 1),
        ("len([1 for one in answers if one]) >= 2", None, [True, False, True], 3),
        ("len(answers) >= needed", 3, [True, False, False], 3),
        ("good", None, [False, True], 2),
        ("number == needed", 2, [True, True], 2),
        ("unit.id == 0", None, [True] * 4, 4),
    ],
)
def test_enough_of_them(
    stage: Rehearsal,
    kind: str,
    sequential: bool,
    condition: str,
    needed: int | None,
    answers: list[bool],
    enough_after: int,
) -> None:
    asked = Asked(stage, kind, condition, sequential=sequential, needed=needed)

    said = [asked.answer(good) for good in answers]

    assert said == [number == enough_after for number in range(1, len(answers) + 1)]


@KINDS
@ORDERS
def test_a_condition_reads_what_was_decided_meanwhile(stage: Rehearsal, kind: str, sequential: bool) -> None:
    asked = Asked(stage, kind, "nrOfCompletedInstances >= needed", sequential=sequential, needed=4)
    asked.answer()

    asked.r.complete("change", needed=2)

    assert asked.answer()


@KINDS
@pytest.mark.parametrize(("said", "condition"), [({}, "needed is None"), ({"needed": 2}, "needed == 2")])
def test_what_one_sets_themselves_counts_even_if_nothing_or_as_it_was(
    stage: Rehearsal, kind: str, said: dict[str, int], condition: str
) -> None:
    asked = Asked(stage, kind, condition, asked=(GOOD, NEEDED))
    asked.r.complete("change", needed=5)

    assert asked.answer(**said)


@KINDS
def test_one_after_the_other_at_most_one_is_active(stage: Rehearsal, kind: str) -> None:
    condition = "nrOfActiveInstances == 1 and nrOfCompletedInstances == 2 and nrOfInstances == 4"
    beside = Asked(stage, kind, condition)
    one_by_one = Asked(stage, kind, condition, sequential=True)

    assert [beside.answer(), beside.answer(), beside.answer()] == [False, False, False]
    assert [one_by_one.answer(), one_by_one.answer()] == [False, True]


@KINDS
def test_a_condition_that_cannot_be_computed_names_its_place(stage: Rehearsal, kind: str) -> None:
    asked = Asked(stage, kind, "len(needed) > 1")

    with pytest.raises(InstanceStuck) as refused:
        asked.answer()

    assert refused.value.params["element"] == "all"
    assert asked.next("all", "each")


def test_a_condition_knows_what_a_call_hands_back_by_its_name_here(stage: Rehearsal) -> None:
    r = stage.fork()
    each, asking = drawing("call", many("[1, 2]", "number", condition="fine"), (GOOD,))
    r.publish(each.replace('rs:pass="needed"', 'rs:pass="needed" rs:returns="good as fine"'), asking)
    r.start("asked")
    r.complete("ask", needed=1)
    r.complete(next(task for task in r.open_tasks() if task.element_id == "think"))

    r.complete("each", good=True)

    assert sorted(task.element_id for task in r.open_tasks()) == ["change", "report"]
