"""Plays every scenario beside a shipped diagram, and asks that no way through a diagram is left unplayed."""

import pytest

from tests.bpmn.shipped import KEYS, Played, Scenario, scenarios_of, specification_of

SCENARIOS = [scenario for key in KEYS for scenario in scenarios_of(key)]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s.key}: {s.name}")
def test_scenario_goes_as_written(scenario: Scenario) -> None:
    played = Played(scenario.key, scenario.given, **scenario.changed)

    for move, waits in scenario.moves():
        assert played.move(move).waits == waits, f"after {move}"


@pytest.mark.parametrize("key", KEYS)
def test_scenarios_choose_each_outcome_of_each_step(key: str) -> None:
    drawn = {
        (step.element_id, outcome.key)
        for step in specification_of(key).steps.values()
        for outcome in step.outcomes
    }
    chosen = set()
    for scenario in scenarios_of(key):
        chosen |= {tuple(move.split()[:2]) for move, _ in scenario.moves()}

    assert drawn - chosen == set()


def test_scenarios_show_each_rule_of_the_two_procedures() -> None:
    shown = {rule for scenario in SCENARIOS for rule in scenario.rules}

    assert {f"P1.{n}" for n in range(1, 7)} | {f"P2.{n}" for n in range(1, 7)} <= shown
