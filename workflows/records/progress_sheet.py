"""How far a campaign is, as PDF: the numbers of the page with the official header, to take along or to sign."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from workflows.records.minutes_content import Heading
from workflows.records.typesetting import shown, typeset

# What is still paper, and printed within two seconds; a whole city is for the workbook.
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, its width in millimetres ("*" takes what is left), and how its cells stand."""

    head: str
    width: str
    centred: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One table; what does not fit is cut and `cut_note` says so, with the number of rows left out."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str | int]]
    cut_note: str = "… và {} dòng nữa, xem ở tệp XLSX."


@dataclass(frozen=True, slots=True)
class ProgressSheet:
    """All that is printed; `made` says by whom and when, `at_instant` only when, `signers` are heading and name."""

    heading: Heading
    title: str
    subject: str
    summary: Sequence[str]
    parts: Sequence[Part]
    signers: Sequence[tuple[str, str]]
    made: str
    at_instant: str
    made_at: datetime


def render_progress(sheet: ProgressSheet) -> bytes:
    """Print the sheet."""
    values = {
        "heading": dict(sheet.heading),
        "title": sheet.title,
        "subject": sheet.subject,
        "summary": list(sheet.summary),
        "tables": [_table(part) for part in sheet.parts],
        "signers": [{"heading": heading, "name": name} for heading, name in sheet.signers],
        "made": sheet.made,
        "at_instant": sheet.at_instant,
    }
    printed = shown(values)
    assert isinstance(printed, dict)
    return typeset("progress", printed, sheet.made_at)


def _table(part: Part) -> dict[str, object]:
    left_out = len(part.rows) - MOST_ROWS
    columns = [asdict(column) for column in part.columns]
    return {
        "title": part.title,
        "heads": [column["head"] for column in columns],
        "widths": [column["width"] for column in columns],
        "centred": [number for number, column in enumerate(columns) if column["centred"]],
        "rows": [list(row) for row in part.rows[:MOST_ROWS]],
        "note": part.cut_note.format(left_out) if left_out > 0 else "",
    }
