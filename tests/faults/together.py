"""Scenes in which several hands press at the same instant: one form many times, approval against return."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random
from threading import Barrier
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from models.journal import JournalEntry, JournalKind
from models.person import Appointment, Position
from tests.acceptance import chain
from tests.acceptance.page import Fields, Page
from tests.faults.installation import Installation
from tests.faults.load import Act
from tests.faults.verdict import Verdict, judge
from tests.faults.visitor import Answer, Visitor

COPIES = 20

Given = TypeVar("Given")


def one_form_twenty_times(place: Installation, random: Random) -> Verdict:
    """Send twenty copies of one form at once: each is answered as the first one, and it is done once."""
    web = place.processes.serve()
    web.start().wait_until_ready()
    task = place.house.world.task("review_record", chain.full_name("visiting"))
    act = Act("comment", task.id, f"/tasks/{task.id}/comment", {"comment": f"Ý kiến {uuid4().hex}"})
    visitor = Visitor("principal", web.address)
    visitor.log_in()
    page = visitor.visit(f"/tasks/{task.id}")
    form = form_of(page, act.key, act.fields)
    answers = at_once([lambda: visitor.send(act.address, form, page.address)] * COPIES)
    act.answer = answers[0].status_code
    verdict = judge(place.house, [act])
    verdict.unexplained += [f"answer: {one.status_code}" for one in answers if one.status_code != 303]
    return verdict


def approval_against_return(place: Installation, random: Random) -> Verdict:
    """Let two heads decide on one check at the same instant, one this way and one the other."""
    house = place.house
    with house.world.store.make_session() as session:
        session.add(
            Appointment(
                person_id=house.world.people["deputy"],
                unit_id=house.world.units["school"],
                position=Position.HEAD,
                from_on=date(2023, 6, 1),
            )
        )
        session.commit()
    chain.review_staff(house, *chain.STAFF)
    chain.report_staff(house)
    task = house.world.task("head_check")
    web = place.processes.serve()
    web.start().wait_until_ready()
    one = house.world.staff_id("homeroom")
    sends: list[Callable[[], Answer]] = []
    for login, fields in (
        ("principal", {"outcome": "accept"}),
        ("deputy", {"outcome": "return", "pick.return": str(one), f"why.return.{one}": "chưa đối chiếu"}),
    ):
        visitor = Visitor(login, web.address)
        visitor.log_in()
        page = visitor.visit(f"/tasks/{task.id}")
        form = form_of(page, uuid4().hex, fields)
        sends.append(
            lambda visitor=visitor, form=form: visitor.send(  # type: ignore[misc]
                f"/tasks/{task.id}/complete", form, f"/tasks/{task.id}"
            )
        )
    answers = at_once(sends)
    verdict = Verdict(acknowledged=sum(one.status_code == 303 for one in answers))
    verdict.compare("answer", [303, 409], (one.status_code for one in answers))
    done = select(func.count()).where(
        JournalEntry.kind == JournalKind.TASK_COMPLETED, JournalEntry.task_id == task.id
    )
    verdict.compare(
        "decision", ["one"], ["one"] * (house.world.read(lambda session: session.scalar(done)) or 0)
    )
    return verdict


def at_once(acts: Sequence[Callable[[], Given]]) -> list[Given]:
    """Begin all acts at the same instant, each in a thread, and give what each gives."""
    barrier = Barrier(len(acts))

    def one(act: Callable[[], Given]) -> Given:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def form_of(page: Page, key: str, fields: dict[str, str]) -> Fields:
    """Fill in a form of a page."""
    token = page.root.xpath('//meta[@name="csrf-token"]/@content')[0]
    return MultiDict({"csrf_token": token, "request_key": key, **fields})
