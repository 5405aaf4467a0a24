"""The morning digest: one mail a day, only to whom it tells something, counted when it is sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from models.notification import MailState, Message, Notification
from models.person import Appointment, Person
from models.task import Task, TaskState
from tests.notify.conftest import (
    BASE_URL,
    HELPER,
    PRINCIPAL,
    SCHOOL,
    TEACHER,
    UNREACHABLE,
    House,
    MailServer,
    body_of,
)
from workflows.notify.delivery import deliver_due
from workflows.notify.digest import close_past, gather_digests, morning_facts

pytestmark = pytest.mark.smtp


def gather(house: House, limit: int = 500) -> int:
    with house.begin() as work:
        return gather_digests(work, limit)


def digests(house: House) -> list[Notification]:
    return [notice for notice in house.notices() if notice.message is Message.MORNING_DIGEST]


def next_morning(house: House) -> None:
    """Move to 07:00 of the next day; the clock of the tests begins at 08:00."""
    house.clock.advance(hours=23)


def tell(house: House, *person_ids: int) -> None:
    house.tell(Message.TASK_OPENED, *person_ids, details={"count": 2})


def test_the_digest_comes_at_seven_and_counts_when_it_is_sent(house: House, mail_server: MailServer) -> None:
    first = house.open_task(timedelta(days=2))
    house.open_task(timedelta(hours=25))
    house.open_task(timedelta(hours=1), subject_name="6B")
    house.open_task(assignee_id=None, role="head", role_unit_id=SCHOOL)
    house.open_task(assignee_id=None, role="officer", role_unit_id=SCHOOL)
    house.open_task(assignee_id=TEACHER)
    tell(house, PRINCIPAL)

    house.clock.advance(hours=22, minutes=59)
    assert gather(house) == 0
    house.clock.advance(minutes=1)
    assert gather(house) == 1
    house.change(Task, first, state=TaskState.COMPLETED)
    deliver_due(house.begin, mail_server.channel, BASE_URL)

    ((to, mail),) = mail_server.received
    assert to == "mau@truong.example"
    assert mail["Subject"] == "3 việc, 1 quá hạn"
    assert body_of(mail) == (
        "Cô có 3 việc cần làm, 1 việc quá hạn.\n"
        "Đến hạn hôm nay: 2 việc.\n"
        "- Duyệt lớp 6B, THCS Mẫu: hạn 09:00 thứ Hai 05/06/2023\n"
        "- Duyệt lớp 6A, THCS Mẫu: hạn 08:00 thứ Ba 06/06/2023\n"
        "- Duyệt lớp 6A, THCS Mẫu: hạn 09:00 thứ Ba 06/06/2023\n"
        "Thông báo mới chưa đọc: 1.\n"
        "\n"
        f"{BASE_URL}/\n"
        "\n"
        "Cô nhận thư này vì cô có thông báo mới từ thư trước.\n"
        "Muốn ít thư hơn: đọc thông báo trong phần mềm trước 7 giờ sáng, đã đọc thì không gửi nữa:"
        f" {BASE_URL}/notices#mails\n"
    )
    assert [notice.mail_state for notice in house.notices()] == [MailState.GATHERED, MailState.SENT]


def test_nobody_gets_two_on_one_day(house: House) -> None:
    next_morning(house)
    tell(house, PRINCIPAL, TEACHER)
    assert gather(house) == 2

    # Told before seven, but visible only now.
    tell(house, PRINCIPAL, TEACHER)
    for _ in range(3):
        house.clock.advance(minutes=30)
        assert gather(house) == 0
    assert len(digests(house)) == 2

    house.clock.advance(days=1)
    assert gather(house) == 2
    assert len(digests(house)) == 4


def test_several_workers_gather_one_digest_each(house: House) -> None:
    next_morning(house)
    people = range(100, 140)
    with house.begin() as work:
        work.session.add_all(
            Person(id=person_id, full_name="Mẫu", email=f"p{person_id}@truong.example")
            for person_id in people
        )
    for _ in range(2):
        tell(house, *people)
    begins = [house.beginner() for _ in range(4)]

    def gather_a_while(place: int) -> None:
        for _ in range(20):
            with begins[place]() as work:
                gather_digests(work, limit=3)

    with ThreadPoolExecutor(len(begins)) as workers:
        list(workers.map(gather_a_while, range(len(begins))))
    # Who finds another one at it goes away; nobody is forgotten, because somebody comes again.
    while gather(house):
        pass

    assert sorted(notice.person_id for notice in digests(house)) == list(people)


def test_a_morning_goes_on_where_its_limit_stopped_it(sqlite_house: House) -> None:
    next_morning(sqlite_house)
    tell(sqlite_house, PRINCIPAL, TEACHER, HELPER)

    assert [gather(sqlite_house, limit=2) for _ in range(3)] == [2, 1, 0]
    assert len(digests(sqlite_house)) == 3


def test_without_anything_new_there_is_no_digest(sqlite_house: House) -> None:
    sqlite_house.open_task()
    tell(sqlite_house, TEACHER)
    sqlite_house.change(Notification, sqlite_house.notices()[0].id, read_at=sqlite_house.clock.now())
    next_morning(sqlite_house)

    gather(sqlite_house)

    assert digests(sqlite_house) == []
    assert [notice.mail_state for notice in sqlite_house.notices()] == [MailState.GATHERED]


def test_a_digest_without_an_address_is_not_mailed(sqlite_house: House) -> None:
    tell(sqlite_house, HELPER, UNREACHABLE)
    sqlite_house.change(Person, HELPER, email="")
    next_morning(sqlite_house)

    gather(sqlite_house)

    assert [notice.mail_state for notice in digests(sqlite_house)] == [MailState.NONE]


def test_a_digest_with_nothing_left_to_tell_is_not_sent(sqlite_house: House, mail_server: MailServer) -> None:
    tell(sqlite_house, PRINCIPAL)
    next_morning(sqlite_house)
    gather(sqlite_house)
    with sqlite_house.begin() as work:
        work.session.execute(update(Notification).values(read_at=work.now))

    deliver_due(sqlite_house.begin, mail_server.channel, BASE_URL)

    assert mail_server.received == []
    assert digests(sqlite_house)[0].mail_state is MailState.NONE


def test_without_tasks_the_subject_counts_the_notices(sqlite_house: House, mail_server: MailServer) -> None:
    tell(sqlite_house, PRINCIPAL)
    tell(sqlite_house, PRINCIPAL)
    next_morning(sqlite_house)
    gather(sqlite_house)

    deliver_due(sqlite_house.begin, mail_server.channel, BASE_URL)

    assert [mail["Subject"] for _, mail in mail_server.received] == ["2 thông báo mới"]


def test_the_digest_itself_waits_for_nobody_to_read_it(sqlite_house: House) -> None:
    tell(sqlite_house, PRINCIPAL)
    next_morning(sqlite_house)
    gather(sqlite_house)

    assert digests(sqlite_house)[0].read_at is not None


@pytest.mark.parametrize(("hours", "gathered"), [(26, 1), (27, 1), (28, 0), (36, 0), (46, 0), (47, 1)])
def test_a_worker_that_comes_late_makes_up_for_it_in_the_morning_only(
    house: House, hours: int, gathered: int
) -> None:
    tell(house, PRINCIPAL)
    house.clock.advance(hours=hours)

    assert gather(house) == gathered
    assert len(digests(house)) == gathered


def test_a_weekend_brings_no_digest(house: House) -> None:
    # Friday.
    house.clock.advance(days=4)
    tell(house, PRINCIPAL)

    house.clock.advance(days=1)
    assert gather(house) == 0
    house.clock.advance(days=1)
    assert gather(house) == 0
    house.clock.advance(days=1)
    assert gather(house) == 1


def test_the_past_of_a_made_up_story_is_not_mailed(house: House) -> None:
    tell(house, PRINCIPAL, TEACHER)
    house.tell(Message.TASK_RETURNED, PRINCIPAL, task_id=house.open_task())
    house.clock.advance(days=1)

    with house.begin() as work:
        close_past(work)

    assert gather(house) == 0
    assert {notice.mail_state for notice in house.notices()} == {MailState.GATHERED}


def test_missed_days_are_one_digest(house: House) -> None:
    for _ in range(3):
        tell(house, PRINCIPAL)
        house.clock.advance(days=1)
    house.clock.advance(hours=1)

    assert [gather(house) for _ in range(3)] == [1, 0, 0]
    assert len(digests(house)) == 1


def test_who_was_told_nothing_before_seven_waits_for_the_next_morning(house: House) -> None:
    tell(house, PRINCIPAL)
    house.clock.advance(days=1)
    assert gather(house) == 1

    tell(house, TEACHER)
    house.clock.advance(hours=5)
    assert gather(house) == 0

    house.clock.advance(hours=18)
    assert gather(house) == 1


def test_a_clock_that_is_set_back_brings_no_second_digest(sqlite_house: House) -> None:
    tell(sqlite_house, PRINCIPAL)
    sqlite_house.clock.advance(hours=23 + 48)
    assert gather(sqlite_house) == 1

    tell(sqlite_house, PRINCIPAL)
    sqlite_house.clock.advance(hours=-24)

    assert gather(sqlite_house) == 0


def test_tasks_of_a_position_count_only_while_it_is_held(sqlite_house: House) -> None:
    sqlite_house.open_task(assignee_id=None, role="head", role_unit_id=SCHOOL)
    now = sqlite_house.clock.now()
    with sqlite_house.begin() as work:
        assert morning_facts(work.session, PRINCIPAL, now)["tasks"] == 1
    sqlite_house.change(Appointment, 1, until_on=date(2023, 6, 4))

    with sqlite_house.begin() as work:
        assert morning_facts(work.session, PRINCIPAL, now)["tasks"] == 0
