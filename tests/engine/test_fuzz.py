"""Damaged diagrams: the check names faults and never breaks, and what it accepts the engine runs to an end."""

import contextlib
import random
import time
from pathlib import Path

import pytest

from tests.engine.damage import battered, damaged
from tests.engine.diagrams import (
    ERROR,
    MESSAGE,
    NOW,
    SIGNAL,
    border,
    definitions,
    element,
    end,
    event,
    flow,
    many,
    script,
    start,
    timer,
    user,
)
from workflows.engine import ProcessEngine, Snapshot, Surroundings
from workflows.engine.check_process import judged, problems_of
from workflows.errors import InstanceStuck

AROUND = Surroundings(NOW, {"staff": lambda: [{"kind": "staff", "id": 1}, {"kind": "staff", "id": 2}]})


def rich() -> bytes:
    """Give a diagram with every kind of element that runs."""
    inside = start("ss") + user("x") + element("exclusiveGateway", "g", default="ok") + end("se")
    inside += end("bad", event("error", "er")) + flow("ss", "x", "g") + flow("g", "se", name="ok")
    inside += flow("g", "bad", when="outcome == 'refused'")
    body = start() + element("parallelGateway", "fork") + user("a") + script("calc", "n = 1") + user("late")
    body += border("b3", "a", timer("timeCycle", "R3/P1D"), interrupts=False)
    body += element("subProcess", "sub", many("[1, 2]", "one") + inside)
    body += border("b1", "sub", event("error", "er")) + element("exclusiveGateway", "m1")
    body += element("callActivity", "call", many("staff()", "member", output="found"), calledElement="p")
    body += border("b2", "call", timer("timeDuration", "P1D")) + element("exclusiveGateway", "m2")
    body += element("parallelGateway", "join") + element("eventBasedGateway", "wait")
    body += element("intermediateCatchEvent", "t", timer("timeDuration", "PT1H"))
    body += element("intermediateCatchEvent", "m", event("message", "msg"))
    body += element("inclusiveGateway", "pick", default="pd") + element("inclusiveGateway", "met")
    body += user("v", many("[1, 2, 3]", sequential=True, condition="nrOfCompletedInstances > 1"))
    body += user("w", '<bpmn:standardLoopCharacteristics loopMaximum="2"/>')
    body += element("intermediateThrowEvent", "leap", '<bpmn:linkEventDefinition name="on"/>')
    body += element("intermediateCatchEvent", "land", '<bpmn:linkEventDefinition name="on"/>')
    asked = (
        element("startEvent", "as", event("message", "msg"), isInterrupting="false")
        + user("asked")
        + end("ae")
    )
    body += element("subProcess", "more", asked + flow("as", "asked", "ae"), triggeredByEvent="true")
    body += element("intermediateThrowEvent", "tell", event("signal", "sig")) + end(rs__result="n")
    flows = flow("s", "fork", "a", "calc", "join") + flow("fork", "sub", "m1", "join") + flow("b1", "m1")
    flows += flow("fork", "call", "m2", "join") + flow("b2", "m2") + flow("b3", "late", "leap")
    flows += flow("land", "tell")
    flows += flow("join", "wait", "t", "pick") + flow("wait", "m", "pick") + flow("met", "e")
    flows += (
        flow("pick", "v", when="n == 1")
        + flow("v", "met")
        + flow("pick", "w", when="n > 0")
        + flow("w", "met")
    )
    flows += flow("pick", "met", name="pd")
    return definitions(body + flows, ERROR + MESSAGE + SIGNAL)


RICH = rich()
FOREIGN = sorted((Path(__file__).parent / "foreign").glob("*.bpmn"))
LONGEST = 5  # seconds; the long form is `run.py bench lint`


def walk(xml: bytes, chance: random.Random) -> None:
    engine = ProcessEngine(lambda version: xml)
    groups: set[str] = set()
    snapshot = engine.start(1, {}, AROUND)
    for _ in range(60):
        groups = (groups | {group.token for group in snapshot.groups}) - set(snapshot.cancelled_groups)
        if snapshot.finished:
            return
        assert len(snapshot.state) < 5000
        snapshot = move(engine, snapshot, groups, chance)


def move(engine: ProcessEngine, snapshot: Snapshot, groups: set[str], chance: random.Random) -> Snapshot:
    choices = [("step", s.token) for s in snapshot.steps] + [("timer", t.token) for t in snapshot.timers]
    choices += [("group", token) for token in sorted(groups)] + [
        ("message", one.token) for one in snapshot.awaited
    ]
    kind, token = chance.choice(choices)
    if kind == "step":
        values = {"outcome": chance.choice(["done", "refused"])}
        return engine.complete(1, snapshot.state, token, values, AROUND)
    if kind == "timer":
        return engine.fire(1, snapshot.state, token, AROUND)
    if kind == "group":
        groups.discard(token)
        return engine.resume(1, snapshot.state, token, [{"result": 1}, {"result": 2}], AROUND)
    return engine.deliver(1, snapshot.state, token, {}, AROUND)


def test_undamaged_diagram_passes_and_runs_in_any_order() -> None:
    assert problems_of(RICH, ["p"]) == []
    for seed in range(150):
        walk(RICH, random.Random(seed))


@pytest.mark.parametrize("block", range(6))
def test_damaged_diagrams_are_refused_by_name_or_run(block: int) -> None:
    accepted = 0
    for seed in range(block * 100, block * 100 + 100):
        chance = random.Random(seed)
        xml = damaged(RICH, chance)
        problems, mended = judged(xml, ["p"])
        if any(problem["severity"] == "error" for problem in problems):
            continue
        accepted += 1
        with contextlib.suppress(
            InstanceStuck
        ):  # a diagram may still draw a dead end; it is named, never silent
            walk(mended or xml, chance)
    assert accepted


@pytest.mark.parametrize("path", FOREIGN, ids=lambda path: path.stem)
def test_damaged_files_of_other_tools_are_refused_by_name_or_run(path: Path) -> None:
    source, accepted = path.read_bytes(), 0
    for seed in range(120):
        chance = random.Random(seed)
        xml = (damaged if seed % 3 else battered)(source, chance)
        began = time.monotonic()
        problems, mended = judged(xml, ["p", "book_order", "bus_order"])
        assert time.monotonic() - began < LONGEST
        assert all(problem["code"] and problem["reason"] and problem["remedy"] for problem in problems)
        if any(problem["severity"] == "error" for problem in problems):
            continue
        accepted += 1
        assert judged(mended or xml, ["p", "book_order", "bus_order"])[1] is None
        with contextlib.suppress(InstanceStuck):
            walk(mended or xml, chance)
    assert accepted
