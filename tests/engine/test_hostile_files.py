"""Hostile files are refused in time, and a check that dies is reported as one."""

import sys
import time

import pytest

from tests.engine.diagrams import definitions, flow, start
from tests.engine.foreign_files import foreign, task
from tests.engine.test_check import GOOD
from workflows.engine import check
from workflows.engine.diagram.reading import read
from workflows.engine.importing.taking import take

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 9))
HOSTILE = {
    "external entity": b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><d>&x;</d>',
    "billion laughs": f'<!DOCTYPE d [<!ENTITY l0 "ha">{LAUGHS}]><d>&l8;</d>'.encode(),
    "doctype alone": b"<!DOCTYPE d><d/>",
    "doctype before a good diagram": b"<!DOCTYPE d []>" + GOOD,
    "deep nesting": b"<a>" * 200 + b"</a>" * 200,
    "very deep nesting": b"<a>" * 100_000 + b"</a>" * 100_000,
    "many elements": b"<a>" + b"<b/>" * 60_000 + b"</a>",
    "many elements deep down": b"<a><c>" + b"<b/>" * 60_000 + b"</c></a>",
    "huge": b"<a>" + b" " * 5_000_001 + b"</a>",
    "nothing": b"",
    "zero bytes": b"\0" * 100,
    "wrong encoding": b'<?xml version="1.0" encoding="utf-16"?><a/>',
    "undeclared prefix": b"<x:a/>",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_quickly(case: str) -> None:
    began = time.monotonic()
    problems = check(HOSTILE[case])

    assert {problem.code for problem in problems} <= {
        "doctype",
        "xml",
        "too_big",
        "file_large",
        "empty",
        "not_bpmn",
    }
    assert problems
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "condition",
    [
        "${x > 1}",
        *("${" + part * 240 + "a}" for part in ("!", "(", "-", "a?b:", "empty ", "x.y+", "a&&", "'s'==a||")),
    ],
)
def test_import_of_a_large_file_takes_no_longer_than_its_size(condition: str) -> None:
    steps = "".join(task(f"t{n}", camunda__assignee=f"${{v{n}}}", camunda__dueDate="P1D") for n in range(600))
    ways = "".join(flow(f"t{n}", f"t{n + 1}", when=f"{condition}{' ' * (n % 3)}") for n in range(599))
    root = read(foreign(definitions(start() + steps + ways + flow("s", "t0"))))
    began = time.monotonic()

    taken = take(root)

    assert len(taken.notes) > 600
    assert time.monotonic() - began < 30


def test_child_process_that_dies_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["workflows.engine.check"], "SECONDS", 0.001)

    assert [problem.code for problem in check(GOOD)] == ["check_failed"]
