"""The roster over HTTP: joiners, leavers, the proof that always adds up, and who is refused."""

import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select

from models.campaign import RosterEntry, SubjectKind
from models.journal import JournalEntry, JournalKind
from models.school import Pupil, StaffMember
from tests.cast import World
from tests.conftest import Store
from tests.web.territory import Enter, entrance, running_world
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.commands.steering import roster
from workflows.errors import ConcurrentChange
from workflows.queries.following.roster import Proof, proofs
from workflows.unit_of_work import UnitOfWork

NEW_STAFF = {
    "full_name": "Mới Đến Thử",
    "honorific": "Cô",
    "category": "teacher",
    "employment": "contract",
    "duty": "Giáo viên Nhạc",
    "request_key": "s" * 32,
}


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


@pytest.fixture
def at(world: World) -> str:
    return f"/campaigns/{world.campaign_id}/roster/{world.units['school']}"


def proof(world: World, kind: SubjectKind) -> Proof:
    found = world.read(lambda session: proofs(session, world.campaign_id, world.units["school"]))
    one = next(one for one in found if one.kind is kind)
    assert one.must == one.done + one.excused + one.open + one.returned
    return one


@pytest.mark.parametrize(("act", "command"), [("join", "join"), ("leave", "leave"), ("staff", "join")])
def test_who_meets_another_act_half_way_does_not_notice(
    world: World, enter: Enter, at: str, monkeypatch: pytest.MonkeyPatch, act: str, command: str
) -> None:
    client, given = enter("principal"), {**NEW_STAFF, "subject": world.staff_id("visiting"), "reason": "nghỉ"}
    real, met = getattr(roster, command), []

    def meet_once(work: UnitOfWork, **about: Any) -> Any:
        if not met:
            met.append(about)
            # What the database says to one of two that wait for each other.
            raise ConcurrentChange
        return real(work, **about)

    monkeypatch.setattr(roster, command, meet_once)

    assert client.send(f"{at}/{act}", **given).status_code == 303
    assert met


def test_a_new_staff_member_joins_school_and_roster_in_one_act(world: World, enter: Enter, at: str) -> None:
    client = enter("principal")

    client.send(f"{at}/staff", **NEW_STAFF)
    client.send(f"{at}/staff", **NEW_STAFF)

    staff = proof(world, SubjectKind.STAFF)
    assert (staff.start, staff.joined, staff.must) == (6, 1, 7)
    page = client.get(at).text
    assert "Mới Đến Thử" in page
    assert "Giáo viên Nhạc · hợp đồng" in page
    kinds = world.read(lambda session: list(session.scalars(select(JournalEntry.kind))))
    assert kinds.count(JournalKind.SUBJECT_ENROLLED) == kinds.count(JournalKind.SUBJECT_JOINED) == 1


def test_a_joiner_is_reviewed_like_the_others(world: World, enter: Enter, at: str) -> None:
    officer = str(world.people["officer"])
    world.complete("principal", "assign_officer", "assign", subject="THCS", officer=officer)
    before = world.steps()["review_record"]

    enter("principal").send(f"{at}/staff", **NEW_STAFF)

    assert world.steps()["review_record"] == before + 1


def test_a_new_pupil_joins_their_class(world: World, enter: Enter, at: str) -> None:
    enter("principal").send(
        f"{at}/pupils", full_name="Học Sinh Mới", class_id=world.classes["6B"], request_key="p" * 32
    )

    assert proof(world, SubjectKind.PUPIL).joined == 1
    (pupil,) = [one for one in world.pupils("6B") if one.full_name == "Học Sinh Mới"]
    entry = world.read(
        lambda s: s.scalars(select(RosterEntry).filter_by(subject_id=pupil.id, kind="pupil")).one()
    )
    assert entry.class_id == world.classes["6B"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"full_name": ""}, "full_name"), ({"category": "king"}, "category"), ({"duty": "x" * 121}, "duty")],
)
def test_a_refused_newcomer_keeps_what_was_typed(
    world: World, enter: Enter, at: str, changes: dict[str, str], field: str
) -> None:
    given = {**NEW_STAFF, **changes}

    answer = enter("principal").send(f"{at}/staff", **given)

    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert given["duty"] in answer.text
    assert given["full_name"] in answer.text
    assert proof(world, SubjectKind.STAFF).must == 6


def test_a_class_of_another_school_is_no_choice(world: World, enter: Enter, at: str) -> None:
    answer = enter("principal").send(f"{at}/pupils", full_name="Học Sinh Mới", class_id=999, kind="pupil")

    assert answer.status_code == 422
    assert "Học Sinh Mới" in answer.text


def test_whom_the_office_added_can_be_put_on_the_roster(world: World, enter: Enter, at: str) -> None:
    def add(work: UnitOfWork) -> int:
        pupil = Pupil(
            unit_id=world.units["school"],
            class_id=world.classes["6A"],
            full_name="Chuyển Đến Mẫu",
            sort_key="x",
            joined_on=work.now.date(),
        )
        work.session.add(pupil)
        work.session.flush()
        return pupil.id

    pupil_id = world.do(add)
    client = enter("principal")
    assert "Chuyển Đến Mẫu" in client.get(at).text

    client.send(f"{at}/join", kind="pupil", subject=pupil_id, request_key="j" * 32)

    assert proof(world, SubjectKind.PUPIL).joined == 1


def test_a_leaver_needs_a_reason_and_can_come_back(world: World, enter: Enter, at: str) -> None:
    client, staff_id = enter("principal"), world.staff_id("visiting")
    refused = client.send(f"{at}/leave", kind="staff", subject=staff_id, reason=" ", request_key="1" * 32)
    assert refused.status_code == 422
    assert "is-invalid" in refused.text

    client.send(f"{at}/leave", kind="staff", subject=staff_id, reason="Chuyển trường", request_key="2" * 32)

    staff = proof(world, SubjectKind.STAFF)
    assert (staff.start, staff.left, staff.must) == (6, 1, 5)
    assert "Chuyển trường" in client.get(at).text
    client.send(f"{at}/join", kind="staff", subject=staff_id, request_key="3" * 32)
    back = proof(world, SubjectKind.STAFF)
    assert (back.start, back.joined, back.left, back.must) == (6, 0, 0, 6)
    assert world.read(lambda session: session.get_one(StaffMember, staff_id).left_on) is None


@pytest.mark.parametrize(("who", "status"), [("inspector", 403), ("stranger", 403), ("homeroom", 403)])
@pytest.mark.parametrize("act", ["join", "leave", "staff", "pupils"])
def test_only_the_head_changes_the_roster(
    world: World, enter: Enter, at: str, who: str, status: int, act: str
) -> None:
    form = {**NEW_STAFF, "kind": "staff", "subject": world.staff_id("visiting"), "reason": "x", "class_id": 1}

    assert enter(who).send(f"{at}/{act}", **form).status_code == status
    assert proof(world, SubjectKind.STAFF).must == 6


def test_the_roster_is_seen_by_the_line_above_only(world: World, enter: Enter, at: str) -> None:
    assert enter("inspector").get(at).status_code == 200
    assert enter("stranger").get(at).status_code == 404
    assert enter("stranger").get(f"{at}/roster.xlsx").status_code == 404


def test_search_and_classes_narrow_the_list(world: World, enter: Enter, at: str) -> None:
    client = enter("principal")

    found = client.get(f"{at}?q=thinh gia").text
    of_class = client.get(f"{at}?kind=pupil&class={world.classes['6B']}").text

    assert re.findall(r'<span class="task-row-title">([^<]+)<', found) == ["Thỉnh Giảng Giả"]
    assert "Học Sinh 6A" not in of_class.split('id="filter-class"')[1]


def test_the_workbook_proves_the_roster(world: World, enter: Enter, at: str) -> None:
    client = enter("principal")
    client.send(f"{at}/staff", **NEW_STAFF)

    answer = client.get(f"{at}/roster.xlsx")

    with ZipFile(BytesIO(answer.data)) as archive:
        names = archive.read("xl/workbook.xml").decode()
        texts = archive.read("xl/sharedStrings.xml").decode()
    assert "Chứng minh" in names
    assert "Mới Đến Thử" in texts
    assert "08:00 05/06/2023" in texts


def test_the_page_of_a_unit(world: World, enter: Enter) -> None:
    client = enter("inspector")

    page = client.get(f"/units/{world.units['school']}").text

    assert "Cô Hiệu Trưởng Mẫu" in page
    assert "Phòng GD&amp;ĐT Quận Mẫu" in page
    assert enter("stranger").get(f"/units/{world.units['school']}").status_code == 404
    assert client.get(f"/units/{world.units['department']}").status_code == 404
