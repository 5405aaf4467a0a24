"""Scenes in which a disk is full: that of a SQLite store, or that of the PostgreSQL server."""

import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from random import Random
from time import sleep

import psycopg

from tests.acceptance import chain
from tests.faults.child import Faults
from tests.faults.installation import Installation
from tests.faults.load import Act
from tests.faults.processes import Process
from tests.faults.together import form_of
from tests.faults.verdict import Verdict, judge
from tests.faults.visitor import Visitor
from tests.small_disk import SmallDisk

# Three bytes each, in an order that nothing makes shorter: more than a few pages of a store have left.
LETTERS = "ấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữự"
LONG = 3900
FULL = "Máy chủ hết chỗ chứa"
# Less than any file has.
LITTLE = 4096
Way = Callable[[], AbstractContextManager[None]]
# So long people go on pressing while there is no room.
FULL_SECONDS = 0.5


def disk_full(place: Installation, random: Random) -> Verdict:
    """Let the disk be full, both ways: who writes is told so, what they typed is kept, and goes through later.

    Either no page can be added to the file, or nothing at all can be written.
    """
    full = place.processes.folder / "full"
    web = place.processes.serve(Faults(full=full)).start()
    web.wait_until_ready()
    ways: list[Way] = [lambda: _no_page(full), lambda: no_byte_more(web.pid, LITTLE)]
    acts = _refused_then_done(place, web, random.sample(ways, len(ways)), random)
    with place.at_work(web) as people:
        people.wait_for(5)
    return judge(place.house, [*acts, *people.acts])


def disk_of_server_full(place: Installation, random: Random) -> Verdict:
    """Let the server find no room for rows first; then, while people work, none for its log, at which it stops."""
    server = place.server
    assert server is not None
    disk = server.disk
    assert disk is not None
    web, worker = place.processes.serve().start(), place.processes.worker()
    web.wait_until_ready()
    acts = _refused_then_done(place, web, [lambda: _no_room(disk)], random)
    with place.at_work(web) as people:
        worker.start().wait_until_ready()
        people.wait_for(random.randint(1, 5))
        with _no_room(disk):
            # It needs the next file of its log now, and not when that one is full.
            with suppress(psycopg.Error):
                server.execute("SELECT pg_switch_wal()")
            sleep(FULL_SECONDS)
        server.go_on()
        place.house.world.store.engine.dispose()
        people.wait_for(5)
        place.wait_for_the_clock()
    return judge(place.house, [*acts, *people.acts])


def _refused_then_done(place: Installation, web: Process, ways: list[Way], random: Random) -> list[Act]:
    """Send one comment after another while there is no room, and again once there is; give what was done."""
    task = place.house.world.task("review_record", chain.full_name("visiting"))
    visitor, acts = Visitor("principal", web.address), []
    visitor.log_in()
    for way in ways:
        page = visitor.visit(f"/tasks/{task.id}")
        comment = "".join(random.choices(LETTERS, k=LONG))
        act = Act("comment", task.id, f"/tasks/{task.id}/comment", {"comment": comment})
        with way():
            refused = visitor.post(act.address, form_of(page, act.key, act.fields), page.address)
        assert refused.status == 503, (refused.status, web.written)
        assert FULL in refused.text, refused.text
        assert comment in refused.text, refused.text
        assert refused.press("Gửi").status == 200
        act.answer = 303
        acts.append(act)
    return acts


@contextmanager
def _no_page(full: Path) -> Iterator[None]:
    full.touch()
    try:
        yield
    finally:
        full.unlink()


@contextmanager
def no_byte_more(pid: int, most: int) -> Iterator[None]:
    """Let a process write nothing behind so many bytes of any file; its log does not grow either."""
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, limits[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


@contextmanager
def _no_room(disk: SmallDisk) -> Iterator[None]:
    disk.fill()
    try:
        yield
    finally:
        disk.make_room()
