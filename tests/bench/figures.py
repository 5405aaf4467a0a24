"""What a bench measured, and how it is shown: one JSON object per figure and line, or a table; a bar meanwhile."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `aim` says what was hoped for and is not part of the JSON."""

    bench: str
    store: str
    figure: str
    value: float
    unit: str
    aim: str = ""

    def as_json(self) -> str:
        """Give the line for `--json`."""
        fields = asdict(self)
        del fields["aim"]
        return json.dumps(fields)


def table(figures: Iterable[Figure]) -> str:
    """Lay figures out for a person."""
    rows = [("bench", "store", "figure", "value", "aim")]
    for one in figures:
        unit = "" if one.unit == "1" else f" {one.unit}"
        rows.append((one.bench, one.store, one.figure, f"{one.value:,.5g}{unit}", one.aim))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


class Progress:
    """A bar on the terminal's standard error; silent where nobody looks."""

    WIDTH = 30

    def __init__(self, shown: bool | None = None) -> None:
        self._shown = sys.stderr.isatty() if shown is None else shown

    def show(self, what: str, done: int, total: int) -> None:
        """Draw how far one part of a bench has come."""
        if self._shown:
            filled = self.WIDTH * done // max(total, 1)
            bar = "#" * filled + "." * (self.WIDTH - filled)
            print(f"\r\033[K[{bar}] {what} {done}/{total}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the bar away before figures are printed."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
