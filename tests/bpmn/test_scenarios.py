"""Rehearses the scenarios beside the shipped diagrams, and asks that they leave nothing of a diagram out."""

import pytest

from tests.bpmn.shipped import FOLDER, KEYS
from workflows.rehearsal.scenarios.reading import read_scenarios
from workflows.rehearsal.scenarios.rehearsing import files_in, rehearse


@pytest.mark.parametrize("key", KEYS)
def test_scenarios_go_as_written_and_cover_each_way_outcome_alarm_and_rung(key: str) -> None:
    report = rehearse(FOLDER / key)

    assert [wrong.message for wrong in report.wrong] == []
    assert {one.scenario.name: (one.line, one.problem) for one in report.played if not one.passed} == {}
    covered = report.covered[key]
    assert {kind: covered.missing(kind) for kind in covered.there if covered.missing(kind)} == {}


def test_scenarios_show_each_rule_of_the_two_procedures() -> None:
    scenarios = [one for file in files_in(FOLDER) for one in read_scenarios(file)]
    shown = {rule for scenario in scenarios for rule in scenario.rules}

    assert {scenario.procedure for scenario in scenarios} == set(KEYS)
    assert {f"P1.{n}" for n in range(1, 7)} | {f"P2.{n}" for n in range(1, 7)} <= shown
