"""The store of a demonstration: made by one process while others wait, and made anew when making it was cut off."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from models.calendar import Setting
from models.only_one import only_one
from tests.conftest import Store
from web.composition import Composition
from web.demo import loading
from web.server import MAKING, clear_half_made, is_empty
from workflows.unit_of_work import begin_work

HOLDING = """
import sys, time
from models.database import make_engine
from models.only_one import only_one
with only_one(make_engine(sys.argv[1], sys.argv[2] or None)):
    print("held", flush=True)
    time.sleep(600)
"""


def cut_off(parts: Composition) -> None:
    """Leave what a process leaves behind that ended in the middle."""
    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        work.session.add(Setting(key=MAKING, value={}))


@pytest.mark.parametrize("half_made", [True, False])
def test_only_a_half_made_demonstration_is_cleared(parts: Composition, half_made: bool) -> None:
    if half_made:
        cut_off(parts)
    before = is_empty(parts)

    cleared = clear_half_made(parts)

    assert cleared is half_made
    assert is_empty(parts) is (half_made or before)


def test_a_cleared_store_takes_the_demonstration_again(parts: Composition) -> None:
    cut_off(parts)
    clear_half_made(parts)

    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        loaded = loading.load(work.session, parts.clock, parts.passwords)

    assert len(loaded.staff) == 12


def test_a_killed_process_does_not_hold_the_store(store: Store) -> None:
    """Another one waits while it lives, and goes on when it was killed."""
    address = store.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", HOLDING, address, store.schema or ""]
    holder = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True)
    waited = []

    def kill_holder() -> None:
        waited.append(holder.poll())
        os.kill(holder.pid, signal.SIGKILL)

    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with only_one(store.engine, kill_holder):
            assert waited == [None]
    with only_one(store.open(), lambda: pytest.fail("The hold should have ended with the block")):
        pass
