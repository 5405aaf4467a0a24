"""Builds small DMN files for tests and decides by them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from workflows.engine import Problem
from workflows.engine.decisions.deciding import Decided, decide
from workflows.engine.decisions.reading import Reading, read_file
from workflows.engine.language.expressions import Scope

SPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"
NOW = datetime(2023, 6, 5, 1, tzinfo=UTC)


def instant(text: str) -> datetime:
    """Stand for the function of the product: a time without zone is seven hours ahead of UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else (found - timedelta(hours=7)).replace(tzinfo=UTC)


def text(tag: str, content: str, **attributes: str) -> str:
    """An element with a text in it."""
    said = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{said}><text>{escape(content)}</text></{tag}>"


def table(
    rules: Sequence[Sequence[str]],
    *,
    key: str = "d",
    policy: str = "UNIQUE",
    aggregation: str = "",
    inputs: Sequence[tuple[str, str]] = (("x", ""),),
    outputs: Sequence[tuple[str, str]] = (("y", ""),),
    values: Mapping[str, str] | None = None,
    otherwise: Mapping[str, str] | None = None,
    requires: str = "",
    variable: str = "",
) -> str:
    """A decision; each rule is its input cells, then its output cells."""
    inside = "".join(
        f'<input label="{escape(asked)}">{text("inputExpression", asked, typeRef=kind)}</input>'
        for asked, kind in inputs
    )
    for name, kind in outputs:
        listed = text("outputValues", (values or {})[name]) if name in (values or {}) else ""
        default = text("defaultOutputEntry", (otherwise or {})[name]) if name in (otherwise or {}) else ""
        inside += f'<output name="{name}" typeRef="{kind}">{listed}{default}</output>'
    for cells in rules:
        width = len(inputs)
        entries = [text("inputEntry", cell) for cell in cells[:width]]
        entries += [text("outputEntry", cell) for cell in cells[width:]]
        inside += f"<rule>{''.join(entries)}</rule>"
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    required = f'<informationRequirement><requiredDecision href="#{requires}"/></informationRequirement>'
    return (
        f'<decision id="{key}" name="{key}">{f"<variable name={variable!r}/>" if variable else ""}'
        f"{required if requires else ''}"
        f'<decisionTable hitPolicy="{policy}"{aggregated}>{inside}</decisionTable></decision>'
    )


def file(*decisions: str, space: str = SPACE, **attributes: str) -> str:
    """A file with these decisions."""
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<definitions xmlns="{space}" name="f" namespace="any"{said}>{"".join(decisions)}</definitions>'


def read(*decisions: str) -> Reading:
    """Read a file with these decisions."""
    return read_file(file(*decisions).encode())


def problems(*decisions: str) -> list[Problem]:
    """What is wrong with a file."""
    return read(*decisions).problems


def scope(values: Mapping[str, object]) -> Scope:
    """What a decision may see, with the function that knows the local time."""
    return Scope(values, {"instant": instant}, NOW)


def decided(*decisions: str, **values: object) -> Decided:
    """Decide by a file that nothing is wrong with, apart from doubts."""
    reading = read(*decisions)
    assert [one for one in reading.problems if one.severity == "error"] == []
    return decide(reading.book, "d", scope(values))


def fits(cell: str, value: Any, **values: object) -> bool:
    """Whether a cell lets a value through."""
    return decided(table([(cell, "true")]), x=value, **values).value is True
