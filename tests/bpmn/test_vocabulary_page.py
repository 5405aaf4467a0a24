"""`bpmn/README.md` lists exactly the words that the program knows: none forgotten, none made up."""

import re
from collections.abc import Collection
from typing import get_args

import pytest

from tests.bpmn.shipped import FOLDER, KEYS
from workflows.commands.running.synchronise import ROSTER_RESULTS
from workflows.commands.steering.campaigns import DEADLINE_KEYS
from workflows.engine import Outcome, Rung
from workflows.engine.diagram.rules_content import ATTRIBUTES, ELEMENTS, RUNG_TARGETS
from workflows.engine.language.operations import BUILTINS
from workflows.engine.language.vocabulary import ALWAYS_DECLARED, COUNTERS, FUNCTIONS, VALUES
from workflows.engine.specification import FIELD_TYPES, NAMED, REVIEWS, SUBJECTS
from workflows.records.minutes_content import MinutesKind

PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
WORD = re.compile(r"`(?:rs:)?'?([A-Za-z_]+)'?(?:\([^`]*\))?`")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def words(text: str) -> list[str]:
    """The words of a cell that are set as code."""
    return WORD.findall(text)


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("Elements", ELEMENTS),
        ("Reviews", REVIEWS),
        ("Minutes", get_args(MinutesKind)),
        ("Results", ROSTER_RESULTS),
        ("Variables that are always there", ALWAYS_DECLARED),
        ("Values", VALUES),
        ("Functions of the product", FUNCTIONS),
        ("Functions of the language", BUILTINS),
        ("Counters", COUNTERS),
    ],
)
def test_page_lists_exactly(heading: str, known: Collection[str]) -> None:
    listed = [word for row in rows(heading) for word in words(row[0])]

    assert sorted(listed) == sorted(known)


def test_page_lists_each_attribute_at_its_element() -> None:
    listed = [(words(row[0])[0], words(row[1])[0]) for row in rows("Attributes")]

    assert sorted(listed) == sorted((kind, name) for kind, names in ATTRIBUTES.items() for name in names)


@pytest.mark.parametrize(
    ("attribute", "known"),
    [
        ("`type` of a field", FIELD_TYPES),
        ("`reason` of an outcome", get_args(Outcome.__annotations__["reason"])),
        ("`of` of an outcome", NAMED),
        ("`style` of an outcome", get_args(Outcome.__annotations__["style"])),
        ("`to` of a rung", RUNG_TARGETS),
        ("`kind` of a rung", get_args(Rung.__annotations__["kind"])),
    ],
)
def test_page_lists_the_values_of(attribute: str, known: Collection[str]) -> None:
    (cell,) = [row[1] for row in rows("Values of these attributes") if row[0] == attribute]

    assert sorted(words(cell)) == sorted(known)


def test_page_names_subjects_deadlines_and_procedures() -> None:
    (subject,) = [row[2] for row in rows("Attributes") if row[1] == "`rs:subject`"]
    (deadline,) = [row[1] for row in rows("Functions of the product") if row[0].startswith("`deadline(")]

    assert sorted(words(subject)) == sorted(SUBJECTS)
    assert sorted(words(deadline)) == sorted(DEADLINE_KEYS)
    assert sorted(set(re.findall(r"\]\((\w+)/README\.md\)", PAGE))) == KEYS
