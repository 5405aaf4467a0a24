"""The stored state: hostile data comes back as it was, foreign bytes are refused, nothing grows."""

from datetime import UTC, date, datetime, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engine.diagrams import NOW, Run, definitions, element, end, flow, line, script, start, user
from workflows.engine import ProcessEngine, Surroundings
from workflows.errors import InstanceStuck, StateUnreadable

TWO = line(("a", user("a")), ("b", user("b")))


@pytest.mark.parametrize(
    "value",
    [
        {"typename": "x"},
        {"typename": "BpmnProcessSpec", "task_specs": {"Start": None}},
        {"$t": "t", "v": "boom"},
        {"$t": {"$t": "m", "v": {"deep": [{"$t": 1}]}}},
        datetime(2026, 1, 1, 7, tzinfo=UTC),
        date(2026, 1, 1),
        timedelta(days=1, seconds=5),
        [1, 2.5, None, True, "Nguyễn Thị Hạnh"],
        2**80,
        {"": {"nested": [[], {}]}},
    ],
)
def test_user_data_comes_back_as_it_was(value: object) -> None:
    assert Run(TWO, given=value).complete("a", answer=value).data("b")["answer"] == value


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6) | st.just("$t"), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["x", "y", "outcome", "$t", "v"]), PLAIN))
def test_any_plain_data_comes_back_as_it_was(values: dict[str, object]) -> None:
    engine, around = ProcessEngine(lambda version: TWO), Surroundings(NOW)
    first = engine.start(1, {}, around)

    second = engine.complete(1, first.state, first.steps[0].token, values, around)
    last = engine.complete(1, second.state, second.steps[0].token, {}, around)

    assert {key: last.result[key] for key in values} == values


@pytest.mark.parametrize(
    "state", [b"x", b"{}", b"[2,0,null,[],[]]", b'[1,0,null,[["a",-1,"nowhere",16,{}]],[]]', b"[1]"]
)
def test_foreign_bytes_are_refused(state: bytes) -> None:
    with pytest.raises(StateUnreadable):
        ProcessEngine(lambda version: TWO).complete(1, state, "a", {}, Surroundings(NOW))


def test_state_holds_open_work_only() -> None:
    run = Run(TWO, case=1).complete("a", outcome="ok")

    assert len(run.snapshot.state) < 150
    names = [row[2] for row in orjson.loads(run.snapshot.state)[3]]
    assert names == ["Start~", "b"]


def test_values_that_double_until_they_are_too_large_are_stopped() -> None:
    doubling = "\n".join(["x = [1, 1]"] + ["x = [x, x]"] * 40)
    run = Run(definitions(start() + user("a") + script("d", doubling) + user("b") + flow("s", "a", "d", "b")))

    with pytest.raises(InstanceStuck, match="too large"):
        run.complete("a")


@pytest.mark.parametrize("odd", [object(), "half a sign: \ud800", {"\udfff": 1}])
def test_values_that_are_not_plain_are_refused(odd: object) -> None:
    with pytest.raises(InstanceStuck, match="cannot hold"):
        Run(TWO, odd=odd)


@pytest.mark.parametrize("odd", [object(), "\ud800"])
def test_values_that_are_not_plain_are_refused_in_a_sub_process_too(odd: object) -> None:
    inside = start("is") + user("a") + user("b") + end("ie") + flow("is", "a", "b", "ie")
    run = Run(line(("inside", element("subProcess", "inside", inside))))

    with pytest.raises(InstanceStuck, match="cannot hold"):
        run.complete("a", odd=odd)


def test_reading_a_state_tells_what_waits_and_moves_nothing() -> None:
    run = Run(TWO, case=1).complete("a", outcome="ok")

    told = run.engine.read(1, run.snapshot.state, run.around)

    assert told == run.snapshot
