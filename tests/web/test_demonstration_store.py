"""The store of a demonstration: made once, and made anew when making it was cut off."""

import os
from socket import gethostname

import pytest

from models.calendar import Setting
from web.composition import Composition
from web.demo import loading
from web.server import MAKING, clear_half_made, is_empty
from workflows.unit_of_work import begin_work

# No process has this number any more: it is the test's own, which is not making anything.
CUT_OFF = {"host": gethostname(), "process": os.getpid()}


@pytest.mark.parametrize("cut_off", [True, False])
def test_only_a_half_made_demonstration_is_cleared(parts: Composition, cut_off: bool) -> None:
    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        if cut_off:
            work.session.add(Setting(key=MAKING, value=CUT_OFF))
    before = is_empty(parts)

    cleared = clear_half_made(parts)

    assert cleared is cut_off
    assert is_empty(parts) is (cut_off or before)


def test_a_cleared_store_takes_the_demonstration_again(parts: Composition) -> None:
    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        work.session.add(Setting(key=MAKING, value=CUT_OFF))
    clear_half_made(parts)

    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        loaded = loading.load(work.session, parts.clock, parts.passwords)

    assert len(loaded.staff) == 12


def test_a_demonstration_being_made_by_another_process_is_left_alone(parts: Composition) -> None:
    with begin_work(parts.sessions, parts.engine, parts.clock) as work:
        work.session.add(Setting(key=MAKING, value={"host": gethostname(), "process": os.getppid()}))

    assert not clear_half_made(parts)
