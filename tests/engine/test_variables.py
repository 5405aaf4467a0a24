"""A variable has one value for the whole run (`docs/decisions/0011`), but for what belongs to a path or an instance."""

from tests.engine.diagrams import Run, definitions, element, end, flow, line, many, start, user


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
