"""Notices of one occasion to one person leave the house as one mail, and only once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from models.notification import MailState, Message, Notification
from models.task import Task
from tests.notify.conftest import (
    BASE_URL,
    PRINCIPAL,
    TEACHER,
    House,
    MailServer,
    body_of,
)
from tests.notify.test_delivery import send, states, tell_overdue
from workflows.notify.delivery import BACK_OFF, SENDER_DIED, claim, deliver_due

pytestmark = pytest.mark.smtp


def test_what_is_overdue_at_one_instant_is_one_mail(house: House, mail_server: MailServer) -> None:
    for _ in range(27):
        tell_overdue(house)
    tell_overdue(house, TEACHER)
    house.tell(Message.TASK_RETURNED, PRINCIPAL, task_id=house.open_task())

    assert send(house, mail_server) == 3

    subjects = [(to, mail["Subject"]) for to, mail in mail_server.received]
    assert subjects == [
        ("mau@truong.example", "27 việc quá hạn, THCS Mẫu"),
        ("ao@truong.example", "Quá hạn: duyệt lớp 6A, THCS Mẫu"),
        ("mau@truong.example", "Trả lại: duyệt lớp 6A, THCS Mẫu"),
    ]
    assert body_of(mail_server.received[0][1]) == (
        "27 việc quá hạn, THCS Mẫu:\n"
        + "".join(
            "- Quá hạn: duyệt lớp 6A, THCS Mẫu. Hạn là 07:00 thứ Hai 05/06/2023.\n"
            f"  {BASE_URL}/tasks/{notice.task_id}\n"
            for notice in house.notices()[:10]
        )
        + "… và 17 mục khác, xem trong phần mềm.\n"
        "\n"
        f"{BASE_URL}/\n"
        "\n"
        "Cô nhận thư này vì những việc này liên quan đến cô, gom vào một thư.\n"
        "Chỉ việc gấp được báo ngay, xử lý xong thì không còn thư nhắc."
        f" Cách nhận thư: {BASE_URL}/notices#mails\n"
    )
    assert set(states(house)) == {MailState.SENT}
    assert {notice.mail_tries for notice in house.notices()} == {1}
    assert send(house, mail_server) == 0


def test_what_was_tried_together_is_tried_again_together(house: House, mail_server: MailServer) -> None:
    for _ in range(3):
        tell_overdue(house)
    mail_server.answers = ["450 try later"]

    assert send(house, mail_server) == 1
    assert {(row.mail_state, row.mail_tries, row.mail_due_at) for row in house.notices()} == {
        (MailState.WAITING, 1, house.clock.now() + BACK_OFF[0])
    }

    house.clock.advance(minutes=1)
    assert send(house, mail_server) == 1
    assert set(states(house)) == {MailState.SENT}
    assert len(mail_server.received) == 1


def test_each_notice_of_a_mail_has_its_own_number_of_tries(
    sqlite_house: House, mail_server: MailServer
) -> None:
    tell_overdue(sqlite_house)
    sqlite_house.change(Notification, 1, mail_tries=5)
    tell_overdue(sqlite_house)
    mail_server.answers = ["450 try later"]

    send(sqlite_house, mail_server)

    first, second = sqlite_house.notices()
    assert (first.mail_state, first.mail_tries) == (MailState.FAILED, 6)
    assert (second.mail_state, second.mail_tries) == (MailState.WAITING, 1)
    assert second.mail_due_at == sqlite_house.clock.now() + BACK_OFF[0]


def test_a_mail_of_many_whose_sender_died_is_not_repeated(house: House, mail_server: MailServer) -> None:
    for _ in range(3):
        tell_overdue(house)
    with house.begin() as work:
        assert claim(work, BASE_URL) is not None
    house.clock.advance(minutes=10)

    assert send(house, mail_server) == 0
    assert {(row.mail_state, row.mail_note) for row in house.notices()} == {(MailState.FAILED, SENDER_DIED)}
    assert mail_server.received == []


def test_one_notice_that_cannot_be_written_is_left_out_of_the_mail(
    house: House, mail_server: MailServer
) -> None:
    for _ in range(3):
        tell_overdue(house)
    house.change(Task, 2, element_id="a_step_nobody_drew")

    assert send(house, mail_server) == 1

    assert states(house) == [MailState.SENT, MailState.FAILED, MailState.SENT]
    assert [mail["Subject"] for _, mail in mail_server.received] == ["2 việc quá hạn, THCS Mẫu"]


def test_several_workers_make_one_mail_for_one_person(house: House, mail_server: MailServer) -> None:
    for _ in range(40):
        tell_overdue(house)
    begins = [house.beginner() for _ in range(4)]

    with ThreadPoolExecutor(len(begins)) as workers:
        list(workers.map(lambda begin: deliver_due(begin, mail_server.channel, BASE_URL), begins))

    assert [mail["Subject"] for _, mail in mail_server.received] == ["40 việc quá hạn, THCS Mẫu"]
    assert set(states(house)) == {MailState.SENT}
