"""Scenes in which the database goes away in the middle of work: the server, or the line to it."""

import signal
from random import Random
from time import sleep

from tests.faults.installation import Installation, wait_until
from tests.faults.proxy import Cut
from tests.faults.verdict import Verdict

# So long the server is away after that: one whom nobody answers asks several times meanwhile.
AWAY_SECONDS = 0.7
WAITING = "The database does not answer"


def server_restarted_at_once(place: Installation, random: Random) -> Verdict:
    """Stop the server as `pg_ctl stop -m immediate` does, and start it again, while everybody works.

    A worker and a web process that start meanwhile wait for it.
    """
    assert place.server is not None
    web, worker, *late = [
        place.processes.serve(),
        place.processes.worker(),
        place.processes.serve(),
        place.processes.worker(),
    ]
    web.start().wait_until_ready()
    with place.at_work(web) as people:
        worker.start().wait_until_ready()
        sleep(random.uniform(0.1, 0.5))
        place.server.stop(signal.SIGQUIT)
        for process in late:
            process.start()
        wait_until(lambda: all(WAITING in process.written for process in late))
        sleep(AWAY_SECONDS)
        place.server.start()
        # Our own connections are gone with the others.
        place.house.world.store.engine.dispose()
        for process in late:
            process.wait_until_ready()
        people.wait_for(3)
        place.wait_for_the_clock()
    verdict = people.verdict()
    # Each has said once what it waits for, however often it asked.
    for process in late:
        verdict.compare("waiting was said", ["once"], ["once"] * process.written.count(f"{WAITING}; asking"))
    return verdict


def line_cut_in_commit(place: Installation, random: Random) -> Verdict:
    """Cut the lines of web process and worker in the middle of their commits; each kind of cut comes twice."""
    line = place.line
    assert line is not None
    web, worker = place.processes.serve(), place.processes.worker()
    web.start().wait_until_ready()
    with place.at_work(web) as people:
        worker.start().wait_until_ready()
        for where in random.sample([*Cut, *Cut], 2 * len(Cut)):
            cuts = line.cuts
            line.cut(where)
            wait_until(lambda before=cuts: line.cuts > before)  # type: ignore[misc]
            people.wait_for(random.randint(1, 4))
        place.wait_for_the_clock()
    return people.verdict()
