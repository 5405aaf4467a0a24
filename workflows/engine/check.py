"""Judges an uploaded diagram in a bounded child process, so that no file can hurt the server."""

import json
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

from workflows.engine.diagram.faults import fault
from workflows.engine.diagram.reading import MAX_BYTES, too_large
from workflows.engine.specification import Problem

SECONDS = 20
HOUSE = Path(__file__).resolve().parents[2]


def check(xml: bytes, known_keys: Collection[str] = ()) -> list[Problem]:
    """List everything that keeps a diagram from being published; empty or only warnings when it may be.

    `known_keys` are the processes a call activity may call. Never raises on hostile input.
    """
    if len(xml) > MAX_BYTES:
        return [too_large()]
    header = json.dumps(sorted(known_keys)).encode() + b"\n"
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
            return [fault(None, "check_failed")]
        return [Problem(**found) for found in json.loads(done.stdout)]
    except (subprocess.TimeoutExpired, OSError, ValueError, TypeError):
        return [fault(None, "check_failed")]
