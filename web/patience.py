"""Waits for a database server that is away while a process starts: it comes back, and nobody has to start us again."""

import logging
from collections.abc import Callable
from math import inf
from time import monotonic, sleep
from typing import TypeVar

from sqlalchemy.exc import OperationalError

from workflows.unit_of_work import server_is_away

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
# Whoever reads the log sees that it still waits, and is not flooded.
SAID_AGAIN_SECONDS = 60.0

Given = TypeVar("Given")

_log = logging.getLogger(__name__)


def once_it_answers(act: Callable[[], Given]) -> Given:
    """Do something with the database, from the beginning again as long as its server is away.

    Whatever else is wrong with the database is raised: waiting would not help.
    """
    pause, said_at = FIRST_PAUSE_SECONDS, -inf
    while True:
        try:
            return act()
        except OperationalError as error:
            if not server_is_away(error):
                raise
            if monotonic() - said_at >= SAID_AGAIN_SECONDS:
                said_at = monotonic()
                reason = " ".join(str(error.orig).split())
                _log.error("The database does not answer; asking again until it does (%s)", reason)
        sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
