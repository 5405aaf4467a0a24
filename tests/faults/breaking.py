"""Scenes in which the database goes away in the middle of work: the server, or the line to it."""

import signal
from random import Random
from time import sleep

from tests.faults.installation import Installation
from tests.faults.proxy import Cut, Proxy
from tests.faults.verdict import Verdict
from tests.postgres import Server

RESTARTS = 1


def server_restarted_at_once(place: Installation, server: Server, random: Random) -> Verdict:
    """Stop the server as `pg_ctl stop -m immediate` does, and start it again, while everybody works."""
    web, worker = place.processes.faulty_serve(), place.processes.faulty_worker()
    web.start().wait_until_ready()
    with place.at_work(web) as people:
        worker.start().wait_until_ready()
        for _ in range(RESTARTS):
            sleep(random.uniform(0.1, 0.5))
            server.stop(signal.SIGQUIT)
            server.start()
            # Our own connections are gone with the others.
            place.house.world.store.engine.dispose()
            people.wait_for(3)
        place.wait_for_the_clock()
    return people.verdict()


def line_cut_in_commit(place: Installation, proxy: Proxy, random: Random) -> Verdict:
    """Cut the lines of web process and worker in the middle of their commits; each kind of cut comes twice."""
    web, worker = place.processes.faulty_serve(), place.processes.faulty_worker()
    web.start().wait_until_ready()
    with place.at_work(web) as people:
        worker.start().wait_until_ready()
        for where in random.sample([*Cut, *Cut], 2 * len(Cut)):
            cuts = proxy.cuts
            proxy.cut(where)
            people.wait_for(random.randint(1, 4))
            assert proxy.cuts > cuts
        place.wait_for_the_clock()
    return people.verdict()
