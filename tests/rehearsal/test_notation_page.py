"""`docs/drawing.md` lists exactly the words of scenarios that the program knows: none forgotten, none made up."""

import re
import shutil
from collections.abc import Collection
from pathlib import Path

import pytest

from tests.bpmn.shipped import FOLDER
from workflows.rehearsal.scenarios import reading
from workflows.rehearsal.scenarios.rehearsing import rehearse

PAGE = (FOLDER.parent / "docs" / "drawing.md").read_text(encoding="utf-8")
WORD = re.compile(r"`([a-z ]+?):?`")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = PAGE.split(f"\n### {heading}\n", 1)[1].split("\n### ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("The file", reading.FILE_KEYS),
        ("Given", reading.GIVEN_KEYS),
        ("Expect", reading.EXPECT_KEYS),
    ],
)
def test_page_lists_exactly(heading: str, known: Collection[str]) -> None:
    assert sorted(word for row in rows(heading) for word in WORD.findall(row[0])) == sorted(known)


def test_page_lists_each_step_with_what_may_stand_beside_it() -> None:
    listed = {row[0].strip("`").split(":")[0]: sorted(WORD.findall(row[1])) for row in rows("Steps")}

    act = listed.pop("officer")
    assert act == sorted(reading.ACT_KEYS)
    assert listed == {name: sorted(further) for name, further in reading.FURTHER.items()}
    assert set(listed) == set(reading.READERS)


def test_the_example_of_the_page_goes_as_written(tmp_path: Path) -> None:
    for name in ("cast.yaml", "person_review/person_review.bpmn"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(FOLDER / name, tmp_path / name)
    example = PAGE.split("```yaml\n", 1)[1].split("```", 1)[0]
    (tmp_path / "person_review" / "example.scenario.yaml").write_text(example, encoding="utf-8")

    (played,) = rehearse(tmp_path).played

    assert (played.problem, played.line) == (None, 0)
