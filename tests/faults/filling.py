"""Scenes in which the disk of a SQLite store is full: no page can be added, or nothing can be written at all."""

import resource
from random import Random
from uuid import uuid4

from tests.acceptance import chain
from tests.faults.child import Faults
from tests.faults.installation import Installation
from tests.faults.load import Act
from tests.faults.together import form_of
from tests.faults.verdict import Verdict, judge
from tests.faults.visitor import Visitor

# Longer than what is left of any page of the store.
LONG = "Ý kiến dài. " * 300
FULL = "Máy chủ hết chỗ chứa"


def disk_full(place: Installation, random: Random) -> Verdict:
    """Let the disk be full, both ways: who writes is told so, what they typed is kept, and goes through later."""
    full = place.processes.folder / "full"
    web = place.processes.faulty_serve(Faults(full=full))
    web.start().wait_until_ready()
    assert web.copied is not None
    pid = web.copied.pid or 0
    task = place.house.world.task("review_record", chain.full_name("visiting"))
    visitor, acts = Visitor("principal", web.address), []
    visitor.log_in()
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    for way in random.sample(("pages", "bytes"), 2):
        page = visitor.visit(f"/tasks/{task.id}")
        comment = f"{LONG}{uuid4().hex}"
        act = Act("comment", task.id, f"/tasks/{task.id}/comment", {"comment": comment})
        if way == "pages":
            full.touch()
        else:
            # The log of the process does not grow either.
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, limits[1]))
        refused = visitor.post(act.address, form_of(page, act.key, act.fields), page.address)
        full.unlink(missing_ok=True)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
        assert refused.status == 503, (way, refused.status, web.written)
        assert FULL in refused.text, (way, refused.text)
        assert comment in refused.text, (way, refused.text)
        assert refused.press("Gửi").status == 200
        act.answer = 303
        acts.append(act)
    with place.at_work(web) as people:
        people.wait_for(5)
    return judge(place.house, [*acts, *people.acts])
