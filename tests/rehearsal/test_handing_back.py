"""What is set within a call or a multi-instance decides the way behind it, however it is drawn."""

from collections.abc import Iterator

import pytest

from tests.engine.diagrams import border, definitions, element, end, event, flow, many, start, timer, user
from workflows.rehearsal import Rehearsal

HEAD = {"rs__assignee": "head()"}
KINDS = pytest.mark.parametrize("kind", ["step", "call", "sub-process"])
ORDERS = pytest.mark.parametrize("sequential", [False, True])
FORM = (
    '<bpmn:extensionElements><rs:form><rs:field key="bad" type="checkbox" label="bad"/>'
    "</rs:form></bpmn:extensionElements>"
)


ROOTS = '<bpmn:error id="r1" errorCode="r1"/><bpmn:message id="m1" name="news"/>'


def drawing(
    kind: str, marker: str = "", *, around: str = "", when: str = "bad", field: str = FORM, how: str = ""
) -> list[str]:
    """Ask once, then each of many, who end as `how` says, then a gateway; `around` belongs to what stands there."""
    inside = start("is") + user("think", **HEAD) + user("each", field, **HEAD) + end("ie", how)
    inside += flow("is", "think", "each", "ie")
    asked = {
        "step": user("all", field + marker, **HEAD),
        "call": element("callActivity", "all", marker, calledElement="kid", rs__pass="bad", rs__returns="*"),
        "sub-process": element("subProcess", "all", marker + inside),
    }
    body = start() + user("ask", FORM, **HEAD) + asked[kind] + element("exclusiveGateway", "q", default="no")
    body += user("bad_way", **HEAD) + user("good_way", **HEAD) + flow("s", "ask", "all", "q")
    body += flow("q", "good_way", name="no") + flow("q", "bad_way", when=when) + around
    called = [definitions(inside, ROOTS, key="kid").decode()] if kind == "call" else []
    return [definitions(body, ROOTS).decode(), *called]


@pytest.fixture(scope="module")
def stage() -> Iterator[Rehearsal]:
    with Rehearsal() as r:
        yield r


class Asked:
    """A run of such a drawing, whose children are asked one after the other in any order."""

    def __init__(self, stage: Rehearsal, kind: str, marker: str, *, first: bool, **drawn: str) -> None:
        self.r = stage.fork()
        self.r.publish(*drawing(kind, marker, **drawn))
        self.r.start("p")
        self.r.complete(self.open[0], bad=first)

    @property
    def open(self) -> list:  # type: ignore[type-arg]
        return self.r.open_tasks()

    def answer(self, number: int, **values: bool) -> None:
        """Let one of those that still wait end, a minute after the one before."""
        waiting = [task for task in self.open if task.element_id in ("all", "think")]
        self.r.advance(minutes=1)
        task = waiting[number]
        if task.element_id == "think":
            self.r.complete(task)
            task = next(one for one in self.open if one.element_id == "each")
        self.r.complete(task, **values)

    @property
    def way(self) -> list[str]:
        return [task.element_id for task in self.open]


@KINDS
@ORDERS
@pytest.mark.parametrize("said", [(False, True), (True, False)])
def test_who_ended_last_decides(
    stage: Rehearsal, kind: str, sequential: bool, said: tuple[bool, bool]
) -> None:
    asked = Asked(stage, kind, many("[1, 2]", "number", sequential=sequential), first=not said[1])

    asked.answer(0, bad=said[0])
    asked.answer(0, bad=said[1])

    assert asked.way == ["bad_way" if said[1] else "good_way"]


@KINDS
@pytest.mark.parametrize("last", [True, False])
def test_order_of_ending_counts_before_the_order_of_the_items(
    stage: Rehearsal, kind: str, last: bool
) -> None:
    asked = Asked(stage, kind, many("[1, 2]", "number"), first=False)

    asked.answer(1, bad=not last)
    asked.answer(0, bad=last)

    assert asked.way == ["bad_way" if last else "good_way"]


@KINDS
@ORDERS
def test_who_is_not_waited_for_any_more_hands_back_nothing(
    stage: Rehearsal, kind: str, sequential: bool
) -> None:
    marker = many("[1, 2, 3]", "number", sequential=sequential, condition="bad")
    asked = Asked(stage, kind, marker, first=False)

    asked.answer(0, bad=False)
    assert "bad_way" not in asked.way
    asked.answer(0, bad=True)

    assert asked.way == ["bad_way"]


@pytest.mark.parametrize("kind", ["call", "sub-process"])
@pytest.mark.parametrize("said", [True, False])
def test_one_alone_hands_back_too(stage: Rehearsal, kind: str, said: bool) -> None:
    asked = Asked(stage, kind, "", first=not said)

    asked.answer(0, bad=said)

    assert asked.way == ["bad_way" if said else "good_way"]


LATE = border("late", "all", timer("timeDuration", "P2D")) + flow("late", "q")


@KINDS
@pytest.mark.parametrize("ended", [0, 1])
def test_who_has_ended_before_a_deadline_has_handed_back(stage: Rehearsal, kind: str, ended: int) -> None:
    asked = Asked(stage, kind, many("[1, 2]", "number"), first=False, around=LATE)

    for _ in range(ended):
        asked.answer(0, bad=True)
    asked.r.advance(days=3)

    assert asked.way == ["bad_way" if ended else "good_way"]


@KINDS
@pytest.mark.parametrize("ended", [0, 1])
def test_outputs_so_far_are_there_behind_a_deadline(stage: Rehearsal, kind: str, ended: int) -> None:
    marker = many("[1, 2]", "number", output="answers", output_item="bad")
    asked = Asked(stage, kind, marker, first=False, around=LATE, when="answers == [True]")

    for _ in range(ended):
        asked.answer(0, bad=True)
    asked.r.advance(days=3)

    assert asked.way == ["bad_way" if ended else "good_way"]


@pytest.mark.parametrize("kind", ["call", "sub-process"])
def test_who_ends_in_an_error_hands_back(stage: Rehearsal, kind: str) -> None:
    wrong = border("wrong", "all", event("error", "r1")) + flow("wrong", "q")
    marker = many("[1, 2]", "number")
    asked = Asked(stage, kind, marker, first=False, around=wrong, how=event("error", "r1"))

    asked.answer(0, bad=True)

    assert asked.way == ["bad_way"]


@KINDS
def test_what_goes_into_an_output_may_be_called_result(stage: Rehearsal, kind: str) -> None:
    marker = many("[1, 2]", "number", output="answers", output_item="result")
    named = FORM.replace('key="bad"', 'key="result"')
    asked = Asked(stage, kind, marker, first=False, field=named, when="answers == [True, False]")

    asked.answer(0, result=True)
    asked.answer(0, result=False)

    assert asked.way == ["bad_way"]


@KINDS
def test_what_the_event_brings_counts_after_what_was_handed_back(stage: Rehearsal, kind: str) -> None:
    news = border("news", "all", event("message", "m1")).replace(
        "<bpmn:boundaryEvent", '<bpmn:boundaryEvent rs:takes="bad"'
    )
    asked = Asked(stage, kind, many("[1, 2]", "number"), first=False, around=news + flow("news", "q"))

    asked.answer(0, bad=True)
    asked.r.send_message("news", {"bad": False})

    assert asked.way == ["good_way"]
