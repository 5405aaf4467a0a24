"""No expression, however it is made, exceeds its budget of steps and size, or reaches what is not on the list."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from workflows.engine.language.expressions import MAX_NODES, Scope, compiled
from workflows.engine.language.operations import BUILTINS, MAX_BITS, MAX_LENGTH, MAX_SIZE
from workflows.errors import ExpressionRefused

NOW = datetime(2023, 6, 5, tzinfo=UTC)
WORK = 5_000
SECONDS = 2.0  # for what takes milliseconds; a busy machine must not fail here
PLAIN = (str, int, float, bool, list, tuple, dict, datetime, date, timedelta, type(None))
REACHED: list[str] = []
LISTENING = False


def listen(event: str, arguments: tuple[object, ...]) -> None:
    if LISTENING and (
        event in ("import", "open", "exec", "compile") or event.startswith(("os.", "subprocess."))
    ):
        REACHED.append(event)


sys.addaudithook(listen)


@contextmanager
def listening() -> Iterator[list[str]]:
    """Note everything that Python would do outside of computing."""
    global LISTENING
    REACHED.clear()
    LISTENING = True
    try:
        yield REACHED
    finally:
        LISTENING = False


class Values(Mapping[str, object]):
    """The data at a token, which counts how often it is asked and how many characters it gave."""

    def __init__(self, content: dict[str, object]) -> None:
        self.content = content
        self.asked = 0
        self.characters = 0

    def __getitem__(self, name: str) -> object:
        self.asked += 1
        found = self.content[name]
        self.characters += characters_in(found)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.content

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)


def characters_in(value: object) -> int:
    if isinstance(value, list):
        return sum(map(characters_in, value))
    return len(value) if isinstance(value, str) else 0


class Guarded:
    """A thing of the program that came into the data: nothing may look inside or call it."""

    touched = 0

    def __getattr__(self, name: str) -> object:
        Guarded.touched += 1
        return self

    def __call__(self, *arguments: object) -> object:
        Guarded.touched += 1
        return self


DATA: dict[str, object] = {
    "n": 3,
    "big": 10**60,
    "text": "Hạnh" * 20,
    "people": [{"id": number, "ok": "yes"} for number in range(60)],
    "unit": {"id": 9, "parent": {"id": 4}},
    "thing": Guarded(),
}
leaves = st.sampled_from(
    [*DATA, "1", "'a'", "'ab' * 900", "None", "x", "[1, 2]", "(0,) * 900", "9 * big", "{}"]
)


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/%"), inner).map(lambda parts: "({} {} {})".format(*parts)),
        st.tuples(inner, st.sampled_from(["and", "or", "==", "<", "in", "is"]), inner).map(
            lambda parts: "({} {} {})".format(*parts)
        ),
        st.tuples(inner, inner).map("[{0[0]} for x in {0[1]}]".format),
        st.tuples(inner, inner, inner).map("[{0[0]} for x in {0[1]} if {0[2]}]".format),
        two.map("[{0[0]}, {0[1]}, {0[0]}]".format),
        two.map("{{'a': {0[0]}, 'b': {0[1]}}}".format),
        two.map("{0[0]}[{0[1]}]".format),
        st.tuples(st.sampled_from([*BUILTINS, "role", "open", "eval", "__import__", "thing"]), inner).map(
            "{0[0]}({0[1]})".format
        ),
        st.tuples(inner, st.sampled_from(["id", "ok", "__class__", "parent", "append", "format", "mro"])).map(
            "{0[0]}.{0[1]}".format
        ),
        st.tuples(inner, st.sampled_from(["strip", "__init__", "update"])).map("{0[0]}.{0[1]}()".format),
        inner.map("not {}".format),
        st.tuples(inner, inner, inner).map("({0[0]} if {0[1]} else {0[2]})".format),
    )


expressions = st.recursive(leaves, larger, max_leaves=14)


@given(expressions)
def test_expression_stays_within_its_budget_and_the_list(source: str) -> None:
    called: list[str] = []
    values = Values(DATA)
    names = {"role": lambda position: called.append("role") or {"role": position}}
    Guarded.touched = 0
    scope = Scope(values, names, NOW, frozenset(), work=WORK)
    try:
        expression = compiled(source)
    except ExpressionRefused:
        return
    result: object = None
    began = time.perf_counter()
    with listening() as reached:
        try:
            result = expression.within(scope)
        except ExpressionRefused:
            result = None
    assert time.perf_counter() - began < SECONDS
    assert reached == []
    assert Guarded.touched == 0
    # Each round of a loop pays for what its body may ask.
    assert values.asked <= WORK + MAX_NODES
    assert largest(result) <= MAX_LENGTH


def largest(value: object) -> int:
    """Give the length of the longest text, list or record in a value; refuses what is not plain, or huge."""
    longest, count, pending = 0, 0, [value]
    while pending:
        one = pending.pop()
        count += 1
        assert count <= MAX_SIZE
        assert isinstance(one, (*PLAIN, Guarded))
        if isinstance(one, (str, list, tuple, dict)):
            longest = max(longest, len(one))
        if isinstance(one, int):
            assert one.bit_length() <= MAX_BITS
        if isinstance(one, (list, tuple, dict)):
            pending.extend(one.values() if isinstance(one, dict) else one)
    return longest


# Everything that may go through a text, whatever comes of it: `s` and `t` are long, `l` has both.
READING = [
    *(f"{name}({given})" for name in BUILTINS for given in ("s", "s, True", "s, t")),
    *(f"{name}({given})" for name in ("sorted", "distinct", "min", "max") for given in ("l", "[s, t]")),
    *(f"s {sign} t" for sign in ("==", "!=", "<", "<=", ">", ">=", "in", "not in", "+")),
    *(
        "s in l",
        "s not in l",
        "[s] == [t]",
        "{'a': s} == {'a': t}",
        "s * 2",
        "role(s)",
        "role(position=s)",
        "[s, t]",
    ),
]
# At least this much is paid by the hundred characters, of which one side is compared with the other.
A_HUNDRED = 2 * 100


@given(st.sampled_from(READING), st.integers(100, 60_000), st.integers(1, 300), st.sampled_from("aẾΣ"))
def test_going_through_texts_is_paid_by_their_length(part: str, length: int, rounds: int, sign: str) -> None:
    s, t = sign * length + "b", sign * length + "c"
    values = Values({"s": s, "t": t, "l": [s, t], "rounds": list(range(rounds))})
    scope = Scope(values, {"role": lambda position: None}, NOW)
    before = scope.work

    with suppress(ExpressionRefused):
        compiled(f"[{part} for x in rounds]").within(scope)

    # What one step asked for it may find that it cannot pay.
    assert values.characters <= A_HUNDRED * (before - scope.work) + 4 * (length + 1)


@given(
    st.integers(1, 400), st.sampled_from(["(", "[", "not ", "-", "x if x else ", "x and ", "x + ", "{'a': "])
)
def test_deep_expressions_are_refused_or_computed(depth: int, opening: str) -> None:
    closing = {"(": ")", "[": "]", "{'a': ": "}"}.get(opening, "")
    try:
        compiled(opening * depth + "x" + closing * depth).value({"x": 1}, {}, NOW)
    except ExpressionRefused:
        assert depth > 5
