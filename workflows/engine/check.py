"""Judges an uploaded diagram in a bounded child process, so that no file can hurt the server."""

import json
import subprocess
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from workflows.engine.decisions.faults import of_a_table
from workflows.engine.diagram.faults import fault
from workflows.engine.diagram.reading import MAX_BYTES, too_large
from workflows.engine.specification import Problem

SECONDS = 20
HOUSE = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Checked:
    """What publishing needs to know of a file; `mended` is the copy that runs in its place, None when it needs none."""

    problems: tuple[Problem, ...]
    mended: str | None = None


def check(
    xml: bytes, known_keys: Collection[str] = (), decisions: Mapping[str, str] | None = None
) -> list[Problem]:
    """List everything that keeps a diagram from being published; no errors among it when it may be.

    `known_keys` are the processes a call activity may call, `decisions` the texts of the procedure's decision
    tables. Never raises on hostile input.
    """
    return list(check_and_mend(xml, known_keys, decisions).problems)


def check_tables(decisions: Mapping[str, str]) -> list[Problem]:
    """List everything that is wrong with files of decision tables alone. Never raises on hostile input."""
    return list(_checked(b"", (), decisions, alone=True).problems)


def check_and_mend(
    xml: bytes, known_keys: Collection[str] = (), decisions: Mapping[str, str] | None = None
) -> Checked:
    """Check a diagram as `check` does, and give the copy that the import pass made of a file of another tool."""
    if len(xml) > MAX_BYTES:
        return Checked((too_large(),))
    return _checked(xml, known_keys, decisions or {})


def _checked(
    xml: bytes, known_keys: Collection[str], decisions: Mapping[str, str], *, alone: bool = False
) -> Checked:
    if any(len(text.encode()) > MAX_BYTES for text in decisions.values()):
        return Checked((of_a_table(too_large()),))
    request = {"keys": sorted(known_keys), "decisions": dict(decisions), "tables_alone": alone}
    header = json.dumps(request).encode() + b"\n"
    try:
        done = subprocess.run(  # never fork: the server runs threads
            [sys.executable, "-m", "workflows.engine.check_process"],
            input=header + xml,
            capture_output=True,
            timeout=SECONDS,
            cwd=HOUSE,
            check=False,
        )
        if done.returncode != 0:
            return Checked((fault(None, "check_failed"),))
        said = json.loads(done.stdout)
        return Checked(tuple(Problem(**found) for found in said["problems"]), said["mended"])
    except (subprocess.TimeoutExpired, OSError, ValueError, TypeError, LookupError):
        return Checked((fault(None, "check_failed"),))
