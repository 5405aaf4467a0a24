"""Scenarios that fail say what came instead; coverage names what was left out; the command line says both."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.engine.diagrams import element, end, flow, line, many, start, user
from tests.rehearsal.test_rehearsal import PLAIN, WHY, late
from web.cli import rasoat
from workflows.rehearsal.scenarios.rehearsing import Report, rehearse

BOUGHT = """
scenarios:
  - scenario: bought
    given: {start with: {amount: 3}}
    steps:
      - expect: {open: approve by anybody due 2023-06-08 17:00, reminded: nobody}
      - anybody: approve
        with: {approved: yes}
      - expect: {open: nothing, state: finished, variables: {approved: yes}}
"""


def folder(place: Path, scenarios: str, xml: str = PLAIN) -> Path:
    (place / "purchase").mkdir()
    (place / "purchase" / "purchase.bpmn").write_text(xml, encoding="utf-8")
    (place / "purchase" / "one.scenario.yaml").write_text(scenarios, encoding="utf-8")
    return place


def problem(report: Report) -> str:
    (played,) = report.played
    assert played.problem is not None
    return f"{played.line}: {played.problem}"


def test_plain_diagram_with_the_plain_cast(tmp_path: Path) -> None:
    report = rehearse(folder(tmp_path, BOUGHT))

    assert report.passed
    assert report.covered["purchase"].missing("ways") == {"g -> refused": "g -> refused"}
    assert report.covered["purchase"].count("outcomes") == 1
    assert not report.covered["purchase"].whole


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "by anybody",
            "by superior",
            '6: not open: "approve by superior due 2023-06-08 17:00"; open: approve by',
        ),
        ("open: nothing", "open: approve", '9: not open: "approve"; open: nothing'),
        (
            "open: approve by anybody due 2023-06-08 17:00",
            "open: nothing",
            "6: also open: approve by anybody due",
        ),
        ("reminded: nobody", "reminded: approve to anybody", '6: not reminded: "approve to anybody"'),
        ("reminded: nobody", "not open: approve", "6: approve is open"),
        ("state: finished", "state: running", "9: it is finished, not running"),
        ("{approved: yes}}", "{approved: 7}}", "9: approved is True, not 7"),
        ("anybody: approve", "superior: approve", "7: superior may not: You have no right"),
        ("anybody: approve", "anybody: pay", "7: pay is not open; open: approve"),
        ("anybody: approve\n", "anybody: approve -> maybe\n", "7: anybody may not:"),
        (
            "{approved: yes}\n",
            "{approved: yes}\n        refused: yes\n",
            "7: anybody should have been refused",
        ),
        (
            "- expect: {open: nothing",
            "- message: paid\n      - expect: {open: nothing",
            "9: nobody waits for",
        ),
        (
            "- expect: {open: nothing",
            "- until: 2023-06-01\n      - expect: {open: nothing",
            "9: it is later than that",
        ),
        ("- expect: {open: nothing", "- end: call\n      - expect: {open: nothing", "9: No run of"),
        ("given: {start with", "about: nobody\n    given: {start with", '3: "nobody" is neither a unit'),
    ],
)
def test_what_is_not_as_written_is_said(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in BOUGHT

    report = rehearse(folder(tmp_path, BOUGHT.replace(old, new, 1)))

    assert not report.passed
    assert problem(report).startswith(told)


def test_diagrams_that_cannot_be_published_or_are_missing_fail_the_scenario(tmp_path: Path) -> None:
    report = rehearse(folder(tmp_path, BOUGHT, PLAIN.replace('targetRef="g"', 'targetRef="nowhere"')))
    assert "cannot be published" in problem(report)

    (tmp_path / "purchase" / "purchase.bpmn").unlink()
    assert "no diagram" in problem(rehearse(tmp_path))


def test_coverage_counts_alarms_and_rungs(tmp_path: Path) -> None:
    scenario = """
procedure: late
scenarios:
  - scenario: late
    steps:
      - pass: 2 days
      - expect: {open: [work by anybody, look by superior]}
      - until: 2023-06-08 18:00
      - expect: {reminded: work to anybody, escalated: nobody}
      - signal: nobody listens
"""
    covered = rehearse(folder(tmp_path, scenario, late())).covered["late"]

    assert covered.missing("alarms") == {}
    assert list(covered.missing("rungs")) == ["work 1d superior"]
    assert list(covered.missing("outcomes")) == ["work -> done", "work -> back", "look -> done"]
    assert list(covered.missing("ways")) == ["work -> e", "look -> late_end"]


def test_coverage_counts_the_way_to_the_first_step_of_children(tmp_path: Path) -> None:
    """Children of a multi-instance are stored as rows: nothing has run when their first step waits."""
    body = start("is") + user("a", rs__assignee="head()") + end("ie") + flow("is", "a", "ie")
    inside = ("inside", element("subProcess", "inside", many(cardinality="1") + body))
    xml = line(inside).decode().replace('id="p"', 'id="purchase"')
    scenarios = """
scenarios:
  - scenario: both
    steps:
      - anybody: a
      - expect: {state: finished}
"""
    assert rehearse(folder(tmp_path, scenarios, xml)).covered["purchase"].missing("ways") == {}


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(rasoat, ["rehearse", *arguments])
    return result.exit_code, result.output


def test_command_line_says_how_it_went_and_what_is_missing(tmp_path: Path) -> None:
    place = folder(tmp_path, BOUGHT)

    status, output = run(str(place), "--language", "en")
    assert status == 0
    assert "one.scenario.yaml:3: as written: bought" in output
    assert "ways 3/4, outcomes 1/1, alarms 0/0, rungs of ladders 0/0" in output
    assert "way not taken: g -> refused" in output
    assert "1 of 1 scenarios went as written." in output

    assert "đường chưa đi: g -> refused" in run(str(place), "--language", "vi")[1]


def test_command_line_says_in_the_readers_language_what_came_instead(tmp_path: Path) -> None:
    place = folder(tmp_path, BOUGHT.replace("with: {approved: yes}", "with: {}", 1))

    output = run(str(place), "--language", "vi")[1]

    assert "dòng 9: approved là None, không phải True" in output


def test_command_line_ends_with_a_status_and_speaks_json(tmp_path: Path) -> None:
    place = folder(tmp_path, BOUGHT.replace("by anybody", "by superior"))
    status, output = run(str(place / "purchase" / "one.scenario.yaml"), "--json")
    told = json.loads(output)
    assert (status, told["passed"]) == (1, False)
    assert told["scenarios"][0]["problem_line"] == 6
    assert told["coverage"]["purchase"]["ways"]["missing"]

    (place / "purchase" / "two.scenario.yaml").write_text("scenario: x", encoding="utf-8")
    status, output = run(str(place), "--json")
    assert status == 2
    assert "two.scenario.yaml:1" in json.loads(output)["unreadable"][0]["where"]


def test_scenario_fills_in_a_field_reason(tmp_path: Path) -> None:
    scenarios = """
scenarios:
  - scenario: why
    steps:
      - anybody: a -> back
        with: {reason: field}
        reason: said
      - expect: {state: finished, variables: {reason: field}}
"""
    xml = line(("a", user("a", WHY, rs__assignee="head()"))).decode().replace('id="p"', 'id="purchase"')

    assert rehearse(folder(tmp_path, scenarios, xml)).passed


def test_folder_without_scenarios_is_no_success(tmp_path: Path) -> None:
    status, said = run(str(tmp_path), "--language", "en")

    assert (status, said) == (2, f"There is no scenario (*.scenario.yaml) in {tmp_path}.\n")
    assert run(str(tmp_path), "--json")[0] == 2


def test_missing_diagram_says_once_what_to_do(tmp_path: Path) -> None:
    place = folder(tmp_path, BOUGHT + BOUGHT.split("scenarios:")[1])
    (place / "purchase" / "purchase.bpmn").unlink()

    first, second = (str(played.problem) for played in rehearse(place).played)

    assert 'the id "purchase"' in first
    assert second in first
    assert second != first
