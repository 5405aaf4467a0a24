"""Tables as XLSX, made to be printed and filtered. What stands in a cell is text or a number, never a formula."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import xlsxwriter

Cell = str | int | float | date | None
# Wider columns than this do not fit a sheet of paper beside others.
WIDEST = 48


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table with its title, the lines under it, and its column heads."""

    name: str
    title: str
    notes: Sequence[str]
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Write the tables into one file; heads stay in sight and repeat on each printed page."""
    target = BytesIO()
    # Names come from forms: "=1+1" and addresses must stay what somebody typed.
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, safe) as book:
        for sheet in sheets:
            _add(book, sheet)
    return target.getvalue()


def _add(book: xlsxwriter.Workbook, sheet: Sheet) -> None:
    page = book.add_worksheet(_sheet_name(sheet.name))
    bold = book.add_format({"bold": True, "font_size": 14})
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6F0F8", "border": 1}
    )
    plain = book.add_format({"border": 1, "valign": "top", "text_wrap": True})
    number = book.add_format({"border": 1, "valign": "top", "num_format": "#,##0"})
    share = book.add_format({"border": 1, "valign": "top", "num_format": "0%"})
    day = book.add_format({"border": 1, "valign": "top", "num_format": "dd/mm/yyyy", "align": "left"})
    page.write_string(0, 0, sheet.title, bold)
    for index, note in enumerate(sheet.notes, start=1):
        page.write_string(index, 0, note)
    first = len(sheet.notes) + 2
    for column, text in enumerate(sheet.heads):
        page.write_string(first, column, text, head)
    for line, row in enumerate(sheet.rows, start=first + 1):
        for column, value in enumerate(row):
            match value:
                case None:
                    page.write_blank(line, column, None, plain)
                case str():
                    page.write_string(line, column, value, plain)
                case int():
                    page.write_number(line, column, value, number)
                case float():
                    page.write_number(line, column, value, share)
                case date():
                    page.write_datetime(line, column, value, day)
    for column, text in enumerate(sheet.heads):
        longest = max([len(text) // 2, *(len(str(row[column] or "")) for row in sheet.rows)], default=8)
        page.set_column(column, column, min(max(longest + 2, 9), WIDEST))
    page.freeze_panes(first + 1, 1)
    page.autofilter(first, 0, first + len(sheet.rows), len(sheet.heads) - 1)
    page.repeat_rows(first)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.set_footer("&L&F&R&P/&N")


def _sheet_name(name: str) -> str:
    """Leave out what a sheet's name may not hold; it has at most 31 signs."""
    return "".join(sign for sign in name if sign not in "[]:*?/\\'")[:31] or "1"
