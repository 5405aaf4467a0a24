"""What is wrong with a file of scenarios is said in the reader's language, whatever it is."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rehearsal.test_scenarios import BOUGHT, folder, run
from web import catalogue

PACKAGE = catalogue.HOUSE / "workflows" / "rehearsal"
# Where the text of a refusal stands among what it is raised with.
RAISED = {"ScenarioWrong": "problem", "NotAPhrase": "reason", "wrong": "problem"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "given: {",
            "given: {now: 2023-13-05, ",
            ':4: “2023-13-05”: hãy viết thời điểm theo dạng "2023-06-08 17:00"',
        ),
        ("approve\n", "approve => yes\n", ':7: “approve => yes”: hãy viết theo dạng "step of subject'),
        ("anybody: approve", "anibody: approve", ":7: không nhận ra “anibody”; có phải ý là “anybody”?"),
        (
            "steps:",
            "happens:",
            ":5: không nhận ra “happens”; dùng được ở đây: scenario, shows, about, given, steps",
        ),
        ("by anybody", "by xyz", ":6: không nhận ra “xyz”; người đã khai báo: "),
        (
            "expect: {open",
            "pass: 1 day\n        after: {open",
            ":7: bên cạnh “pass” không viết gì thêm: hãy bỏ “after”",
        ),
        ("given: {", "given: {stage: [", ":4: văn bản này chưa đúng cách viết YAML: dấu ngoặc mở ở đây"),
        ("    given", "\tgiven", "thụt dòng bằng dấu cách, không dùng phím Tab"),
    ],
)
def test_what_is_wrong_is_said_in_the_readers_language(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in BOUGHT

    status, output = run(str(folder(tmp_path, BOUGHT.replace(old, new, 1))), "--language", "vi")

    assert status == 2
    assert output.startswith("Kịch bản chưa đúng: ")
    assert said in output


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: \x00", b"[" * 5000, b""])
def test_a_file_that_is_no_text_is_named_in_the_readers_language(tmp_path: Path, content: bytes) -> None:
    place = folder(tmp_path, BOUGHT)
    (place / "purchase" / "one.scenario.yaml").write_bytes(content)

    _, output = run(str(place), "--language", "vi")

    assert not {"the", "this", "is", "codec"} & set(output.split())


def test_no_tally_of_scenarios_where_none_could_be_read(tmp_path: Path) -> None:
    place = folder(tmp_path, "scenarios: {}")

    assert "0 trên 0" not in run(str(place), "--language", "vi")[1]
    assert run(str(place), "--language", "en")[1].splitlines()[1:] == ["No scenario could be read."]
    (place / "purchase" / "two.scenario.yaml").write_text(BOUGHT, encoding="utf-8")
    assert run(str(place), "--language", "en")[1].endswith("1 of 1 scenarios went as written.\n")


def test_programs_are_told_in_the_readers_language_too(tmp_path: Path) -> None:
    place = folder(tmp_path, "scenarios: {}")

    (unreadable,) = json.loads(run(str(place), "--json", "--language", "vi")[1])["unreadable"]

    assert unreadable["where"].endswith("one.scenario.yaml:1")
    assert unreadable["problem"].startswith("ở đây cần một danh sách")


def modules() -> Iterator[ast.Module]:
    for path in PACKAGE.rglob("*.py"):
        yield ast.parse(path.read_text(encoding="utf-8"), str(path))


def calls_of(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                yield name, node


def test_no_scenario_is_refused_with_a_text_outside_of_the_catalogue() -> None:
    trees = list(modules())
    defined = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    makers = {node.name for node in defined if node.returns and ast.unparse(node.returns) == "Reason"}
    raised = [
        next(
            (one.value for one in call.keywords if one.arg == RAISED[name]),
            call.args[-1] if call.args else call,
        )
        for tree in trees
        for name, call in calls_of(tree)
        if name in RAISED
    ]
    reasons = [call.args[0] for tree in trees for name, call in calls_of(tree) if name == "Reason"]

    # `Entry.wrong` and `_phrase` hand on what they are given; mypy holds that it is a reason.
    handed_on = {"problem", "error.reason"}
    outside = [
        text
        for text in raised
        if ast.unparse(text) not in handed_on
        and not (isinstance(text, ast.Call) and ast.unparse(text.func) in {"Reason", *makers})
    ]
    unmarked = [text for text in reasons if not ast.unparse(text).startswith("N_(")]

    assert len(raised) > 20
    assert [(one.lineno, ast.unparse(one)) for one in (*outside, *unmarked)] == []
