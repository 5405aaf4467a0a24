"""What a rehearsal cannot read or do ends in one line that says what to do, and with a status; never in a traceback."""

from pathlib import Path

import pytest

from tests.rehearsal.test_rehearsal import PLAIN
from tests.rehearsal.test_scenarios import BOUGHT, folder, run
from workflows.rehearsal.rehearsal import Rehearsal
from workflows.rehearsal.scenarios.rehearsing import rehearse

NO_UTF_8 = "<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16")


def told(place: Path) -> tuple[int, list[str]]:
    """Give the status and what is said of the scenario that fails: its line and the problem."""
    status, output = run(str(place), "--language", "en")
    return status, [line.strip() for line in output.splitlines() if line.startswith("    line")]


@pytest.mark.parametrize("where", ["sibling", "purchase"])
def test_files_of_others_that_cannot_be_read_do_not_matter(tmp_path: Path, where: str) -> None:
    place = folder(tmp_path, BOUGHT)
    (place / where).mkdir(exist_ok=True)
    (place / where / "other.bpmn").write_bytes(NO_UTF_8)
    (place / where / "folder.bpmn").mkdir()
    (place / where / "folder.dmn").mkdir()

    assert rehearse(place).passed


def test_a_diagram_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path, BOUGHT)
    (place / "purchase" / "purchase.bpmn").write_bytes(PLAIN.encode("utf-16"))

    status, (said,) = told(place)

    assert status == 1
    assert "purchase.bpmn cannot be read: save it as XML in UTF-8" in said


def test_a_decision_table_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path, BOUGHT)
    table = place / "purchase" / "rates.dmn"
    table.write_bytes(NO_UTF_8)

    status, (said,) = told(place)

    assert status == 1
    assert "rates.dmn cannot be read: save it as XML in UTF-8" in said
    for text in ("<a", "<a/>"):
        table.write_text(text, encoding="utf-8")
        assert "rates.dmn is no decision table" in told(place)[1][0]


def test_a_cast_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    place = folder(tmp_path, BOUGHT)
    (place / "purchase" / "cast.yaml").write_bytes(NO_UTF_8)

    status, output = run(str(place), "--language", "en")

    assert status == 2
    assert "cast.yaml: the file cannot be read" in output


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("extend: class\n        to: 2023-06-09", 'line 5: "deadlines" are missing under "given"'),
        ("pass: 20000 working hours", "line 5: Let less time pass at once: at most 10,000"),
        ("pass: 20000 working days", "line 5: Let less time pass at once: at most 10,000"),
        ("pass: 9999 weeks", "line 5: Let less time pass at once"),
    ],
)
def test_steps_that_cannot_be_taken_say_what_to_write(tmp_path: Path, step: str, said: str) -> None:
    scenarios = f"\nscenarios:\n  - scenario: odd\n    steps:\n      - {step}\n"

    status, (line,) = told(folder(tmp_path, scenarios))

    assert (status, line[: len(said)]) == (1, said)


@pytest.mark.parametrize(
    ("given", "step", "said"),
    [
        ("{now: 9999-12-31}", "expect: {}", "a day from 1900 to 2100"),
        ("{}", "until: 9999-12-31", "a day from 1900 to 2100"),
        ('{start with: {amount: "\\uD800"}}', "expect: {}", "half a sign"),
        ("{}", 'anybody: approve\n        with: {"\\uD800": 1}', "half a sign"),
        ("{}", 'message: "\\uD800"', "half a sign"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, given: str, step: str, said: str
) -> None:
    scenarios = f"\nscenarios:\n  - scenario: odd\n    given: {given}\n    steps:\n      - {step}\n"

    status, output = run(str(folder(tmp_path, scenarios)), "--language", "en")

    assert status == 2
    assert "one.scenario.yaml:" in output
    assert said in output


def test_what_nobody_thought_of_is_told_at_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder(tmp_path, BOUGHT)

    def breaks(*given: object, **more: object) -> None:
        raise LookupError("no such\n  thing")

    monkeypatch.setattr(Rehearsal, "complete", breaks)
    assert told(place) == (
        1,
        ["line 7: This broke off (LookupError: no such thing): report it with the scenario and the diagram."],
    )
    monkeypatch.setattr(Rehearsal, "publish", breaks)
    assert told(place)[1][0].startswith("line 3: This broke off (LookupError: no such thing)")
