"""What children hand back when they have ended: what they have set themselves, or what the call names."""

from datetime import timedelta

import pytest

from tests.engine.diagrams import NOW, Run, definitions, element, end, flow, line, many, script, start, user
from workflows.engine import ProcessEngine, Surroundings
from workflows.engine.check_process import judged


def several(marker: str, inside: str = "") -> bytes:
    """A multi-instance sub-process of two steps, then a gateway that asks for `no`."""
    body = start("is") + user("t") + user("u") + inside + end("ie") + flow("is", "t", "u", "ie")
    body = start() + element("subProcess", "all", marker + body) + script("ask", "found = no") + user("z")
    return definitions(body + flow("s", "all", "ask", "z"))


def ended(run: Run, number: int, **values: object) -> dict[str, object]:
    """Let a child end, a minute later than the one before, and give its result."""
    child = run.child(number)
    child.around = Surroundings(run.around.now, {})
    run.around = Surroundings(run.around.now + timedelta(minutes=1), {})
    return dict(child.complete("t").complete("u", **values).snapshot.result)


@pytest.mark.parametrize("sequential", [False, True])
def test_subprocess_without_output_hands_back_what_its_children_have_set(sequential: bool) -> None:
    run = Run(several(many("people", sequential=sequential)), people=[1, 2], no=None, other="first")
    token = run.snapshot.groups[0].token
    results = [ended(run, 0, no=True, outcome="bad"), ended(run, 1, mark=4)]

    data = run.resume(token, *results).data("z")

    assert (data["no"], data["mark"], data["found"], data["other"]) == (True, 4, True, "first")
    assert (data.get("person"), data.get("outcome")) == (None, None)


def test_child_that_ended_last_wins_and_whoever_set_nothing_does_not() -> None:
    run = Run(several(many("people")), people=[1, 2, 3], no="old")
    token = run.snapshot.groups[0].token
    second, first, third = ended(run, 1, no="early"), ended(run, 0, no="old"), ended(run, 2)

    assert run.resume(token, first, second, third).data("z")["no"] == "old"


def test_subprocess_with_an_output_hands_back_nothing_else() -> None:
    run = Run(several(many("people", output="said", output_item="no")), people=[1], no="old")
    token = run.snapshot.groups[0].token

    data = run.resume(token, ended(run, 0, no="new")).data("z")

    assert (data["said"], data["no"]) == (["new"], "old")


def test_what_would_go_into_an_output_is_handed_back_where_there_is_none() -> None:
    run = Run(several(many("people", output_item="no")), people=[1], no="old")

    assert run.resume(run.snapshot.groups[0].token, ended(run, 0, no="new")).data("z")["no"] == "new"


def test_what_a_script_or_a_subprocess_inside_sets_is_handed_back_also_after_reloading() -> None:
    deeper = element("subProcess", "deep", many("[1]", "one") + start("ds") + script("d", "deep = one"))
    inside = (
        start("is")
        + user("t")
        + script("count", "no = 'counted'")
        + deeper.replace("</bpmn:subProcess>", end("de") + flow("ds", "d", "de") + "</bpmn:subProcess>")
    )
    inside += user("u") + end("ie") + flow("is", "t", "count", "deep", "u", "ie")
    body = start() + element("subProcess", "all", many("people") + inside) + user("z") + flow("s", "all", "z")
    run = Run(definitions(body), people=[1])
    child = run.child().complete("t")
    result = child.child().snapshot.result
    child.resume(child.snapshot.groups[0].token, result).complete("u")

    data = run.resume(run.snapshot.groups[0].token, child.snapshot.result).data("z")

    assert (data["no"], data["deep"], data.get("one")) == ("counted", 1, None)


def test_variable_that_is_called_result_is_not_taken_for_the_result_of_the_run() -> None:
    run = Run(several(many("people")), people=[1], no=None)

    data = run.resume(run.snapshot.groups[0].token, ended(run, 0, result="fine")).data("z")

    assert data["result"] == "fine"


# Calls


def calling(marker: str = "", **attributes: str) -> bytes:
    call = element("callActivity", "ca", marker, calledElement="kid", **attributes)
    return line(("ca", call), ("z", user("z")))


def called(*steps: dict[str, object]) -> list[dict[str, object]]:
    """The results of children that set these values."""
    engine = ProcessEngine(lambda _: line(("k", user("k"))))
    around = Surroundings(NOW, {})
    return [
        dict(engine.complete_opening(1, {"given": "there", "a": "start"}, values, around).result)
        for values in steps
    ]


@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        ("a", {"a": 1, "c": None, "b": None}),
        ("a as c, b", {"a": "here", "c": 1, "b": 2}),
        ("given, missing as c", {"a": "here", "given": "there", "c": None}),
        ("*", {"a": 1, "b": 2, "given": "here"}),
        ("*, given as c", {"a": 1, "b": 2, "given": "here", "c": "there"}),
        ("result as c", {"a": "here", "c": None}),
    ],
)
def test_call_takes_what_it_names(returns: str, expected: dict[str, object]) -> None:
    run = Run(calling(rs__returns=returns), a="here", given="here")
    (result,) = called({"a": 1, "b": 2, "outcome": "done"})

    data = run.resume(run.snapshot.groups[0].token, result).data("z")

    assert {name: data.get(name) for name in expected} == expected
    assert data.get("outcome") is None


def test_call_without_it_takes_nothing_and_output_goes_with_it() -> None:
    run = Run(calling(rs__output="said"), a="here")
    assert run.resume(run.snapshot.groups[0].token, *called({"a": 1})).data("z")["a"] == "here"

    run = Run(calling(rs__output="said", rs__returns="a"), a="here")
    data = run.resume(run.snapshot.groups[0].token, *called({"a": 1})).data("z")
    assert (data["a"], data["said"]) == (1, None)


def test_calls_for_many_hand_back_one_after_the_other_without_their_item() -> None:
    run = Run(calling(many(item="b"), rs__returns="*"), people=[1, 2], b="mine")

    data = run.resume(run.snapshot.groups[0].token, *called({"a": 1, "b": 5}, {"c": 2})).data("z")

    assert (data["a"], data["b"], data["c"]) == (1, "mine", 2)


@pytest.mark.parametrize(
    ("returns", "code"),
    [
        ("a as b, *", None),
        ("a as outcome", "name_reserved"),
        ("1a as b", "name_reserved"),
        ("a b", "name_reserved"),
    ],
)
def test_what_a_call_takes_is_declared_and_named_rightly(returns: str, code: str | None) -> None:
    body = start() + element("callActivity", "ca", calledElement="kid", rs__returns=returns)
    xml = definitions(body + script("x", "c = b") + user("z") + flow("s", "ca", "x", "z"))

    found = {one["code"] for one in judged(xml, ["kid"])[0] if one["severity"] == "error"}

    assert found - {"name_unknown"} == ({code} if code else set())
    assert ("name_unknown" in found) is ("as b" not in returns)
