"""`rasoat lint`: the checks of publishing on the command line, with an exit status for scripts."""

import json
from pathlib import Path

import pytest

from tests.cast import PROCEDURES
from tests.engine.decisions.dmn import file, table
from tests.engine.diagrams import element, line, user
from tests.engine.test_check import GOOD
from tests.engine.test_foreign_files import FOLDER
from web.linting import ERRORS, FINE, UNREADABLE, lint_files

SHAPE = b"<bpmndi:BPMNDiagram><bpmndi:BPMNPlane><bpmndi:BPMNShape/></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"


def placed(xml: bytes) -> bytes:
    return xml.replace(b"</bpmn:definitions>", SHAPE + b"</bpmn:definitions>")


BROKEN = placed(line(("x", element("serviceTask", "x", name="Gửi thư"))))


def lint(*files: Path, calls: tuple[str, ...] = (), language: str | None = "en") -> tuple[int, list[str]]:
    lines: list[str] = []
    return lint_files(files, calls, language, as_json=False, write=lines.append), lines


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.bpmn"
    path.write_bytes(BROKEN)
    return path


def test_good_drawing_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "good.bpmn"
    path.write_bytes(placed(GOOD))

    assert lint(path, calls=("kid",)) == (FINE, [])


def test_each_problem_is_one_line_with_element_reason_and_remedy(broken: Path) -> None:
    status, lines = lint(broken)

    assert status == ERRORS
    assert lines == [
        f'{broken}:1: error: x "Gửi thư": An element of the kind service task cannot run here. '
        "Replace it by user tasks, gateways, sub-processes or call activities."
    ]


def test_warnings_and_notes_are_no_errors() -> None:
    status, lines = lint(FOLDER / "camunda.bpmn")

    assert status == FINE
    assert [line.split(": ")[1] for line in lines] == ["warning"] * 5 + ["note"] * 8


def test_unreadable_file_does_not_hide_the_others(broken: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    status, lines = lint(tmp_path / "nothing.bpmn", empty, broken)

    assert status == UNREADABLE
    assert len(lines) == 3
    assert lines[:2] == [
        f"{tmp_path / 'nothing.bpmn'}: error: -: There is no such file. "
        "Look at the name and the folder; a name with blanks needs quotes.",
        f"{empty}: error: -: There is no drawing (*.bpmn) and no decision table (*.dmn) in this folder. "
        "Name the files, or the folder in which they lie.",
    ]
    assert lint(tmp_path / "nothing.bpmn", language="vi")[1] == [
        f"{tmp_path / 'nothing.bpmn'}: error: -: Không có tệp này. "
        "Hãy xem lại tên tệp và thư mục; tên có dấu cách phải đặt trong dấu nháy."
    ]


def test_folder_stands_for_the_drawings_and_tables_in_it(broken: Path, tmp_path: Path) -> None:
    below = tmp_path / "below"
    below.mkdir()
    (below / "bad.DMN").write_text("<no/>", encoding="utf-8")
    (below / "notes.txt").write_text("nothing to check", encoding="utf-8")

    status, lines = lint(tmp_path)

    assert status == ERRORS
    assert [line.split(": ")[0].removesuffix(":1") for line in lines] == [str(below / "bad.DMN"), str(broken)]


def test_files_given_together_may_call_each_other(tmp_path: Path) -> None:
    caller, called = tmp_path / "caller.bpmn", tmp_path / "called.bpmn"
    caller.write_bytes(placed(line(("c", element("callActivity", "c", calledElement="kid")))))
    called.write_bytes(placed(line(("a", user("a"))).replace(b'id="p"', b'id="kid"')))

    assert lint(caller)[0] == ERRORS
    assert lint(caller, called) == (FINE, [])


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "in none of the files. Give its drawing too (lint FILE FILE…)"),
        ("vi", "không có trong các tệp đã cho. Hãy đưa thêm sơ đồ đó"),
    ],
)
def test_call_of_a_drawing_that_was_not_given_says_what_to_do(language: str, said: str) -> None:
    status, lines = lint(PROCEDURES / "school_review" / "school_review.bpmn", language=language)

    assert status == ERRORS
    assert [said in line for line in lines] == [True, True]


@pytest.mark.parametrize("content", [b"", b"<x/>", b"<x>"])
def test_no_line_is_named_where_there_is_none_and_each_reason_ends(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "whole.bpmn"
    path.write_bytes(content)
    written: list[str] = []

    _, lines = lint(path)
    lint_files([path], (), "en", as_json=True, write=written.append)

    (plain,) = json.loads(written[0])
    assert not lines[0].startswith(f"{path}:0")
    assert plain["line"] is None or plain["line"] > 0
    reason = lines[0].removesuffix(plain["remedy"]).strip()
    assert reason.endswith((".", "!", "?"))


def test_tables_beside_a_drawing_are_checked_with_it(tmp_path: Path) -> None:
    drawn, tables = tmp_path / "drawn.bpmn", tmp_path / "tables.dmn"
    drawn.write_bytes(placed(line(("r", element("businessRuleTask", "r", rs__decision="d", rs__output="y")))))
    tables.write_text(file(table([("5", "1"), ("<> 5", "2")], inputs=[("returned", "")])), encoding="utf-8")

    status, lines = lint(drawn)

    assert status == ERRORS
    (said,) = lines
    assert said.startswith(f"{tables}:1: error: d: Rule 2, column returned: the cell <> 5 cannot be read: ")
    assert lint(tables) == (status, lines)
    tables.write_text(file(table([("5", "1")], inputs=[("returned", "")])), encoding="utf-8")
    assert lint(drawn) == (FINE, [])


def test_table_that_is_not_in_utf_8_is_told(tmp_path: Path) -> None:
    drawn, tables = tmp_path / "drawn.bpmn", tmp_path / "tables.dmn"
    drawn.write_bytes(placed(line(("r", element("businessRuleTask", "r", rs__decision="d", rs__output="y")))))
    tables.write_bytes(file(table([("5", '"é"')], inputs=[("returned", "")])).encode("latin-1"))

    status, lines = lint(drawn)

    assert status == ERRORS
    assert any(one.startswith(f"{tables}: error") and "UTF-8" in one for one in lines)


def test_decision_that_two_files_have_is_told(tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.bpmn"
    drawn.write_bytes(placed(line(("r", element("businessRuleTask", "r", rs__decision="d", rs__output="y")))))
    for name, gives in (("one", "1"), ("two", "2")):
        given = file(table([("5", gives)], inputs=[("returned", "")]))
        (tmp_path / f"{name}.dmn").write_text(given, encoding="utf-8")

    status, lines = lint(drawn)

    assert status == ERRORS
    (said,) = lines
    assert said.startswith(f"{drawn}: error: d: The decision d is there more than once. ")


def test_decision_of_another_folder_is_another_one(tmp_path: Path) -> None:
    drawings = []
    for name, gives in (("one", "1"), ("two", "2")):
        folder = tmp_path / name
        folder.mkdir()
        tables = file(table([("5", gives)], inputs=[("returned", "")]))
        (folder / "tables.dmn").write_text(tables, encoding="utf-8")
        drawings.append(folder / "drawn.bpmn")
        task = element("businessRuleTask", "r", rs__decision="d", rs__output="y")
        drawings[-1].write_bytes(placed(line(("r", task))))

    assert lint(*drawings) == (FINE, [])


def test_reader_may_ask_for_vietnamese(broken: Path) -> None:
    _, lines = lint(broken, language="vi")

    assert "Hãy thay bằng công việc của người dùng" in lines[0]


def test_json_is_one_array_with_everything(broken: Path, tmp_path: Path) -> None:
    written: list[str] = []
    status = lint_files([broken, tmp_path / "nothing"], (), "en", as_json=True, write=written.append)

    found = json.loads("".join(written))
    assert status == UNREADABLE
    assert [(one["file"], one["code"], one["severity"]) for one in found] == [
        (str(broken), "unsupported", "error"),
        (str(tmp_path / "nothing"), "unreadable", "error"),
    ]
    keys = {"file", "line", "severity", "element_id", "element_name", "code", "reason", "remedy"}
    assert all(one.keys() == keys and one["remedy"] for one in found)


def test_drawing_without_positions_is_a_warning_as_in_the_studio(tmp_path: Path) -> None:
    path = tmp_path / "bare.bpmn"
    path.write_bytes(GOOD)

    status, lines = lint(path, calls=("kid",))

    assert status == FINE
    assert [said.startswith(f"{path}: warning: -: ") and "BPMNDI" in said for said in lines] == [True]
