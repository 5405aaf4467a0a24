"""Scenes in which processes die or stand still at certain points of an act."""

import signal
from datetime import UTC, datetime
from random import Random
from time import sleep

from tests.faults.child import POINTS, Faults
from tests.faults.installation import Installation
from tests.faults.verdict import Verdict, judge

# So many acts at most until the fault.
ACTS = 4
# So long the others are alone.
STILL_SECONDS = 1
# Enough acts between two kills to be in the middle of one.
SHORTEST, LONGEST = 0.2, 0.7
KILLS = 2


def killed_at_each_point(place: Installation, random: Random) -> Verdict:
    """Kill a web process and a worker at each point of an act while people work."""
    web, worker = place.processes.serve(), place.processes.worker()
    web.start()
    web.wait_until_ready()
    with place.at_work(web) as people:
        web.kill()
        # What is due runs out: a worker dies at the first of it, and where it has done all of it, last.
        *others, last = POINTS
        for point in (*random.sample(others, len(others)), last):
            web.faults = Faults(point, random.randint(1, ACTS))
            worker.faults = Faults(point)
            web.start()
            worker.start()
            web.wait_until_killed()
            worker.wait_until_killed()
        for process in (web, worker):
            process.faults = Faults()
            process.start()
        web.wait_until_ready()
        people.wait_for(3)
        place.wait_for_the_clock()
    return people.verdict()


def one_worker_stands_still(place: Installation, random: Random) -> Verdict:
    """Let one of several workers stand still in the middle of an act, and wake it when others have gone on."""
    on_sqlite = place.kind == "sqlite"
    point = random.choice(POINTS)
    still, *others = [place.processes.worker() for _ in range(2 if on_sqlite else 3)]
    still.faults = Faults(point, random.randint(1, ACTS) if point != "answer" else 1, signal.SIGSTOP)
    still.start()
    still.wait_until_stopped()
    for other in others:
        other.start()
    # Whatever its threads hold at that instant the others wait for; the rest they do.
    sleep(STILL_SECONDS)
    still.send(signal.SIGCONT)
    place.wait_for_the_clock()
    # What it listed before it stood still has been done by others meanwhile.
    still.stop()
    return judge(place.house, [], datetime.now(UTC))


def killed_at_random(place: Installation, random: Random) -> Verdict:
    """Kill web processes and workers at instants that nobody foresees, and start them again, while people work.

    On SQLite one process does everything, beside a worker; on PostgreSQL there are two of each, one behind gunicorn.
    """
    run = place.processes
    if place.kind == "sqlite":
        web, working = [run.serve(with_worker=True)], [run.worker()]
    else:
        web, working = [run.gunicorn(), run.serve()], [run.worker(), run.worker()]
    for process in (*web, *working):
        process.start()
    for process in web:
        process.wait_until_ready()
    with place.at_work(*web) as people:
        for number in range(KILLS):
            for kind in (web, working):
                sleep(random.uniform(SHORTEST, LONGEST))
                process = kind[number % len(kind)]
                process.kill()
                process.start()
            web[number % len(web)].wait_until_ready()
        people.wait_for(3)
        place.wait_for_the_clock()
    return people.verdict()
