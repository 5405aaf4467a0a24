"""Files of scenarios that are not as they should be: refused with file, line and what to write instead."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bpmn.shipped import FOLDER
from workflows.rehearsal.cast import ANYBODY
from workflows.rehearsal.errors import ScenarioWrong
from workflows.rehearsal.scenarios import phrases
from workflows.rehearsal.scenarios.casting import cast_beside
from workflows.rehearsal.scenarios.reading import read_scenarios
from workflows.rehearsal.scenarios.scenario import Act, Expect, OpenPhrase, Person, TellPhrase

GOOD = """
procedure: purchase
about: school
given:
  now: 2023-06-05 08:00
  stage: school
  units:
    top: {kind: department}
    school: {kind: school, levels: [TH, THCS], name: Trường Mẫu, under: top}
  people:
    admin: {name: Quản Trị, is: administrator of top}
    head: {name: Hiệu Trưởng, title: Cô, is: [head of school, officer of school]}
  staff:
    school: [head (contract)]
  start with: {who: person head, amount: 3, code: "007", free: no}
scenarios:
  - scenario: bought
    shows: P1.1
    steps:
      - head: approve of head -> yes
        with: {note: 17:00}
      - expect: {open: 2 x pay by head or admin for head due 2023-06-08 17:00, escalated: nobody}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "purchase" / "bought.scenario.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(ScenarioWrong) as caught:
        read_scenarios(written(folder, text))
    return caught.value.message


def test_a_file_is_read_as_it_is_written(tmp_path: Path) -> None:
    (scenario,) = read_scenarios(written(tmp_path, GOOD))

    assert (scenario.procedure, scenario.about, scenario.name) == ("purchase", "school", "bought")
    assert scenario.rules == ("P1.1",)
    assert scenario.given.start_with == {"who": Person("head"), "amount": 3, "code": "007", "free": False}
    assert scenario.given.cast.units["school"].levels == "TH,THCS"
    act, expect = scenario.steps
    assert isinstance(act, Act)
    assert (act.who, act.step, act.about, act.outcome) == ("head", "approve", "head", "yes")
    assert act.values == {"note": "17:00"}
    due = datetime(2023, 6, 8, 10, tzinfo=UTC)
    assert isinstance(expect, Expect)
    assert expect.open == (OpenPhrase(2, "pay", None, ("head", "admin"), "head", due),)
    assert (expect.escalated, expect.reminded) == ((), None)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("  - scenario: bought", "  - name: bought", 17, '"name" is unknown'),
        ("    shows: P1.1", "    show: P1.1", 18, 'did you mean "shows"?'),
        ("      - head: approve", "      - haed: approve", 20, 'did you mean "head"?'),
        ("approve of head -> yes", "approve of head => yes or no ->", 20, '"step of subject -> outcome"'),
        ("due 2023-06-08 17:00", "due 2023-13-08 17:00", 22, 'write an instant as "2023-06-08 17:00"'),
        ("by head or admin", "by head or adnim", 22, 'did you mean "admin"?'),
        ("kind: department", "kind: ministry", 8, '"ministry" is unknown'),
        ("is: administrator of top", "is: administrator", 11, 'write a position as "head of school"'),
        ("under: top", "under: somewhere", 5, '"somewhere" is unknown'),
        ("with: {note: 17:00}", "because: {note: 17:00}", 21, '"because" is unknown'),
        ("    steps:", "    steps: nothing here\n    more:", 20, '"more" is unknown'),
        ("  now: 2023-06-05 08:00", "  now: 2023-06-05 08:00\n  now: 2023-06-06", 6, "twice"),
        ("procedure: purchase", "procedure: *purchase", 2, "quotes"),
        ("procedure: purchase", "procedure: [purchase", 2, "no YAML"),
        ("procedure: purchase", "procedure: !!python/object:os.system {}", 2, "quotes"),
        ("levels: [TH, THCS]", "levels: [TH, UNI]", 9, '"UNI" is unknown'),
        ("  stage: school", "  stage: shool", 6, 'did you mean "school"?'),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, told: str
) -> None:
    assert old in GOOD

    message = refusal(tmp_path, GOOD.replace(old, new, 1))

    assert told in message
    assert f"bought.scenario.yaml:{line}:" in message


@pytest.mark.parametrize("text", ["", "scenarios:", "- a", "[" * 5000, "a: &x [*x, *x]", "about: school"])
def test_what_is_no_file_of_scenarios_is_refused(tmp_path: Path, text: str) -> None:
    if text == "scenarios:":
        assert read_scenarios(written(tmp_path, text)) == []
    else:
        assert refusal(tmp_path, text)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioWrong):
        read_scenarios(tmp_path / "none.scenario.yaml")
    (tmp_path / "bad.scenario.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioWrong):
        read_scenarios(tmp_path / "bad.scenario.yaml")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("3 working days", (3, "working days")),
        ("1 week", (1, "weeks")),
        ("4 working hours", (4, "working hours")),
    ],
)
def test_lengths_of_time(text: str, length: tuple[int, str]) -> None:
    assert phrases.length_of(text) == length


@pytest.mark.parametrize("text", ["three days", "3", "-1 days", "3 months"])
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(phrases.NotAPhrase):
        phrases.length_of(text)


def test_who_was_told() -> None:
    assert phrases.tell_of("pay of 6A Toán to head and admin") == TellPhrase(
        "pay", "6A Toán", ("head", "admin")
    )
    assert phrases.tell_of("pay") == TellPhrase("pay")
    with pytest.raises(phrases.NotAPhrase):
        phrases.tell_of("to head")


def test_cast_comes_from_the_nearest_file(tmp_path: Path) -> None:
    assert cast_beside(tmp_path / "any" / "x.scenario.yaml") == ANYBODY
    assert "principal" in cast_beside(FOLDER / "staff_review" / "x.scenario.yaml").people
