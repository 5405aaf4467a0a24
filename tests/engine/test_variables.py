"""A variable has one value for the whole run (`docs/decisions/0011`), but for what belongs to a path or an instance."""

import pytest

from tests.engine.diagrams import Run, definitions, element, end, flow, line, many, script, start, user


def gateway(kind: str, identifier: str, default: str | None = None) -> str:
    return element(f"{kind}Gateway", identifier, **({"default": default} if default else {}))


def test_what_branches_set_is_there_after_the_join_and_the_last_writer_wins() -> None:
    body = (
        start()
        + gateway("parallel", "fork")
        + user("a")
        + user("b")
        + gateway("parallel", "join")
        + user("z")
        + end()
    )
    run = Run(definitions(body + flow("s", "fork", "a", "join", "z", "e") + flow("fork", "b", "join")))

    run.complete("b", v="first", mine="b").complete("a", v="last")

    assert (run.data("z")["v"], run.data("z")["mine"]) == ("last", "b")


def test_what_a_branch_sets_is_seen_by_the_others_at_once_but_its_outcome_is_not() -> None:
    body = (
        start()
        + gateway("parallel", "fork")
        + user("a")
        + user("b")
        + user("b2")
        + gateway("exclusive", "x", "on")
    )
    body += user("yes") + user("no") + end()
    flows = (
        flow("s", "fork", "a", "e") + flow("fork", "b", "b2", "x") + flow("x", "yes", when="outcome == 'b2'")
    )
    run = Run(definitions(body + flows + flow("x", "no", name="on") + flow("yes", "e") + flow("no", "e")))

    run.complete("b", outcome="b", count=1)
    run.complete("a", outcome="a", count=2)

    assert (run.data("b2")["count"], run.data("b2")["outcome"]) == (2, "b")


def test_instances_of_a_multi_instance_keep_what_they_set() -> None:
    run = Run(line(("a", user("a", many("people"))), ("z", user("z"))), people=["x", "y"], found="none")

    run.complete("a", found="x")

    assert run.data("a")["found"] == "none"


def beside_many(sequential: bool, **marker: str) -> bytes:
    """Two instances of one step beside a branch that sets `x` behind a step of its own."""
    body = start() + gateway("parallel", "fork") + gateway("parallel", "join") + user("z") + end()
    body += user("rev", many("[1, 2]", "who", sequential=sequential, **marker))
    body += user("a") + script("set", "x = 'new'")
    return definitions(
        body + flow("s", "fork", "rev", "join", "z", "e") + flow("fork", "a", "set", "join"),
        rs__takes="x, flag",
    )


@pytest.mark.parametrize("sequential", [False, True])
def test_an_instance_hands_back_only_what_it_has_set(sequential: bool) -> None:
    run = Run(beside_many(sequential), x="old", flag="no")

    run.complete("a")
    assert run.data("rev")["x"] == "new"

    run.complete("rev", flag="yes").complete("rev", outcome="ok")
    assert (run.data("z")["x"], run.data("z")["flag"]) == ("new", "yes")


def test_what_an_operator_sets_at_an_instance_stays_with_it_and_is_handed_back() -> None:
    run = Run(beside_many(False), x="old", flag="no")
    first = run.token("rev")

    run.snapshot = run.engine.correct(1, run.snapshot.state, {"x": "own", "who": 3}, run.around, first)
    run.complete("a")
    assert sorted(str(step.values["x"]) for step in run.snapshot.steps) == ["new", "own"]

    run.snapshot = run.engine.complete(1, run.snapshot.state, first, {}, run.around)
    assert run.complete("rev").data("z")["x"] == "own"


def test_a_branch_that_sets_the_variable_of_the_item_leaves_the_items_alone() -> None:
    body = start() + gateway("parallel", "fork") + user("z") + end() + end("e2")
    body += user("rev", many("[1, 2]", "who")) + user("a") + script("set", "who = 9")
    run = Run(definitions(body + flow("s", "fork", "rev", "z", "e") + flow("fork", "a", "set", "e2")))

    run.complete("a")

    assert sorted(str(step.values["who"]) for step in run.snapshot.steps) == ["1", "2"]


def test_a_completion_condition_reads_the_output_so_far_and_what_other_branches_set() -> None:
    two = "len([1 for one in answers if one == 'approve']) >= 2 or x == 'new'"
    marker = many("[1, 2, 3]", "who", output="answers", output_item="outcome", condition=two)
    body = start() + gateway("parallel", "fork") + user("z") + end() + end("e2")
    body += user("rev", marker) + user("a") + script("set", "x = 'new'")
    xml = definitions(
        body + flow("s", "fork", "rev", "z", "e") + flow("fork", "a", "set", "e2"), rs__takes="x"
    )

    run = Run(xml, x="old").complete("rev", outcome="approve")
    assert run.complete("rev", outcome="approve").steps == ["a", "z"]

    run = Run(xml, x="old").complete("a")
    assert run.complete("rev", outcome="return").steps == ["z"]


def test_an_instance_that_an_earlier_release_left_behind_the_rest_hands_nothing_old_back() -> None:
    kept = (
        b'[1,2,null,[["r",-1,"Start~",64,{}],["k",0,"fork",64,{"x":"old","flag":"no"},0,{"at":1}],'
        b'["h",1,"rev",32,{"x":"new"},0,{"total":2,"done":0,"got":[null,null]}],["t",1,"set",64,{"x":"new"}],'
        b'["c1",2,"rev [child]",16,{"x":"old","who":1},1,{"nr":0}],'
        b'["c2",2,"rev [child]",16,{"x":"old","who":2},1,{"nr":1}],["j",3,"join",8,{},0,{"at":2}]],[],""]'
    )
    run = Run(beside_many(False), x="old", flag="no")
    run.snapshot = run.engine.read(1, kept, run.around)

    run.complete("rev").complete("rev", flag="yes")

    assert (run.data("z")["x"], run.data("z")["flag"]) == ("new", "yes")
