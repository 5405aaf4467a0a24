"""Delivery to a real mail server: each mail once, whatever the server, the line or the process does."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from models.notification import MailState, Message, Notification
from models.person import Account, Person
from models.task import Task
from tests.conftest import MONDAY
from tests.notify.conftest import (
    BASE_URL,
    HELPER,
    PRINCIPAL,
    TEACHER,
    House,
    MailServer,
    body_of,
    free_port,
)
from workflows.notify.channels import channel_for
from workflows.notify.channels.email import EmailChannel, MailSettings, message_of
from workflows.notify.channels.letter import Deliver, Letter
from workflows.notify.delivery import BACK_OFF, SENDER_DIED, claim, deliver_due

pytestmark = pytest.mark.smtp


def tell_overdue(house: House, person_id: int = PRINCIPAL) -> None:
    task_id = house.open_task(-timedelta(hours=1))
    house.tell(Message.TASK_OVERDUE, person_id, task_id=task_id)


def send(house: House, mail_server: MailServer) -> int:
    return deliver_due(house.begin, mail_server.channel, BASE_URL)


def states(house: House) -> list[MailState]:
    return [notice.mail_state for notice in house.notices()]


def test_a_mail_arrives_as_it_was_written(house: House, mail_server: MailServer) -> None:
    tell_overdue(house)

    assert send(house, mail_server) == 1

    ((to, mail),) = mail_server.received
    assert to == "mau@truong.example"
    assert mail["Subject"] == "Quá hạn: duyệt lớp 6A, THCS Mẫu"
    assert mail["From"] == "Rà soát <rasoat@phong.example>"
    assert mail["To"] == "mau@truong.example"
    assert mail["Date"].datetime == house.clock.now()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"
    assert body_of(mail).startswith("Quá hạn: duyệt lớp 6A, THCS Mẫu.\nHạn là 07:00 thứ Hai 05/06/2023.\n")
    assert states(house) == [MailState.SENT]
    assert send(house, mail_server) == 0
    assert len(mail_server.received) == 1


def test_a_mail_that_waits_for_the_morning_is_left_alone(
    sqlite_house: House, mail_server: MailServer
) -> None:
    sqlite_house.tell(Message.TASK_DUE_SOON, PRINCIPAL, task_id=sqlite_house.open_task())

    assert send(sqlite_house, mail_server) == 0
    assert mail_server.received == []


@pytest.mark.parametrize("answer", ["450 try later", "452 full", "refuse 451 greylisted", "hang up early"])
def test_a_mail_is_tried_again_after_a_while(house: House, mail_server: MailServer, answer: str) -> None:
    tell_overdue(house)
    mail_server.answers = [answer]

    send(house, mail_server)
    (notice,) = house.notices()
    assert (notice.mail_state, notice.mail_tries) == (MailState.WAITING, 1)
    assert notice.mail_due_at == house.clock.now() + BACK_OFF[0]
    assert notice.mail_note
    assert send(house, mail_server) == 0

    house.clock.advance(minutes=1)
    assert send(house, mail_server) == 1
    (notice,) = house.notices()
    assert (notice.mail_state, notice.mail_tries, notice.mail_note) == (MailState.SENT, 2, "")
    assert len(mail_server.received) == 1


def test_a_mail_has_failed_after_six_tries(sqlite_house: House, mail_server: MailServer) -> None:
    tell_overdue(sqlite_house)
    mail_server.answers = ["451 never"] * 10
    waited = []

    for _ in range(8):
        send(sqlite_house, mail_server)
        (notice,) = sqlite_house.notices()
        if notice.mail_due_at:
            waited.append(notice.mail_due_at - sqlite_house.clock.now())
            sqlite_house.clock.set(notice.mail_due_at)

    assert waited == list(BACK_OFF)
    assert (notice.mail_state, notice.mail_tries, notice.mail_note) == (MailState.FAILED, 6, "451 never")
    assert len(mail_server.tried) == 6


@pytest.mark.parametrize("answer", ["550 no such mailbox", "refuse 554 looks like spam"])
def test_a_final_refusal_is_final(sqlite_house: House, mail_server: MailServer, answer: str) -> None:
    tell_overdue(sqlite_house)
    tell_overdue(sqlite_house, TEACHER)
    mail_server.answers = [answer]

    assert send(sqlite_house, mail_server) == 2

    first, second = sqlite_house.notices()
    assert (first.mail_state, first.mail_note) == (MailState.FAILED, answer.removeprefix("refuse "))
    assert second.mail_state is MailState.SENT


def test_every_try_carries_the_same_message_id(sqlite_house: House, mail_server: MailServer) -> None:
    tell_overdue(sqlite_house)
    tell_overdue(sqlite_house, TEACHER)
    ids = []
    for _ in range(2):
        with sqlite_house.begin() as work:
            claimed = claim(work, BASE_URL)
            assert claimed is not None
            assert claimed.letter is not None
            ids.append(claimed.letter.key)
        sqlite_house.change(
            Notification, claimed.ids[0], mail_state=MailState.WAITING, mail_due_at=sqlite_house.clock.now()
        )
    assert len(set(ids)) == 1

    send(sqlite_house, mail_server)

    sent = [mail["Message-ID"] for _, mail in mail_server.received]
    assert sent[0] == f"<{ids[0]}@phong.example>"
    assert len(set(sent)) == 2


def test_a_line_that_breaks_after_the_text_is_not_repeated(house: House, mail_server: MailServer) -> None:
    tell_overdue(house)
    mail_server.answers = ["hang up late"]

    send(house, mail_server)
    house.clock.advance(days=1)
    send(house, mail_server)

    (notice,) = house.notices()
    assert notice.mail_state is MailState.FAILED
    assert "may have arrived" in notice.mail_note
    assert len(mail_server.received) == 1


def test_a_mail_whose_sender_died_is_not_repeated(house: House, mail_server: MailServer) -> None:
    tell_overdue(house)
    with house.begin() as work:
        assert claim(work, BASE_URL) is not None

    house.clock.advance(minutes=9)
    send(house, mail_server)
    assert states(house) == [MailState.SENDING]
    house.clock.advance(minutes=1)
    send(house, mail_server)

    (notice,) = house.notices()
    assert (notice.mail_state, notice.mail_note) == (MailState.FAILED, SENDER_DIED)
    assert mail_server.received == []


def test_an_unreachable_server_is_tried_with_one_mail_only(sqlite_house: House) -> None:
    tell_overdue(sqlite_house)
    tell_overdue(sqlite_house, TEACHER)
    channel = EmailChannel(
        MailSettings(host="127.0.0.1", port=free_port(), security="none", sender="a@b.example")
    )

    assert deliver_due(sqlite_house.begin, channel, BASE_URL) == 1

    first, second = sqlite_house.notices()
    assert (first.mail_state, first.mail_tries) == (MailState.WAITING, 1)
    assert "ConnectionRefusedError" in first.mail_note
    assert (second.mail_state, second.mail_tries) == (MailState.WAITING, 0)


def test_no_mail_goes_in_clear_where_encryption_is_asked_for(
    sqlite_house: House, mail_server: MailServer
) -> None:
    tell_overdue(sqlite_house)
    channel = EmailChannel(
        MailSettings(host="127.0.0.1", port=mail_server.port, security="starttls", sender="a@b.example")
    )

    deliver_due(sqlite_house.begin, channel, BASE_URL)

    assert states(sqlite_house) == [MailState.WAITING]
    assert "STARTTLS" in sqlite_house.notices()[0].mail_note
    assert mail_server.tried == []


def test_a_refused_login_is_tried_again(sqlite_house: House, mail_server: MailServer) -> None:
    tell_overdue(sqlite_house)
    settings = MailSettings(
        host="127.0.0.1",
        port=mail_server.port,
        security="none",
        user="rasoat",
        password="secret",
        sender="a@b.example",
    )

    deliver_due(sqlite_house.begin, channel_for(settings), BASE_URL)

    assert states(sqlite_house) == [MailState.WAITING]
    assert mail_server.tried == []
    assert "secret" not in repr(settings)


def test_several_workers_send_each_mail_once(house: House, mail_server: MailServer) -> None:
    people = range(100, 130)
    with house.begin() as work:
        work.session.add_all(
            Person(id=person_id, full_name="Mẫu", email=f"p{person_id}@truong.example")
            for person_id in people
        )
    for _ in range(2):
        for person_id in people:
            tell_overdue(house, person_id)
    begins = [house.beginner() for _ in range(3)]

    with ThreadPoolExecutor(len(begins)) as workers:
        dealt_with = list(
            workers.map(lambda begin: deliver_due(begin, mail_server.channel, BASE_URL, limit=40), begins)
        )

    assert sum(dealt_with) == 30
    assert set(states(house)) == {MailState.SENT}
    ids = Counter(mail["Message-ID"] for _, mail in mail_server.received)
    assert len(ids) == 30
    assert set(ids.values()) == {1}
    assert Counter(to for to, _ in mail_server.received) == {f"p{id_}@truong.example": 1 for id_ in people}


def test_a_batch_ends_at_its_limit(sqlite_house: House, mail_server: MailServer) -> None:
    for person_id in (PRINCIPAL, TEACHER, HELPER):
        tell_overdue(sqlite_house, person_id)

    assert deliver_due(sqlite_house.begin, mail_server.channel, BASE_URL, limit=2) == 2
    assert len(mail_server.received) == 2


def test_one_notice_that_cannot_be_written_does_not_stop_the_others(
    house: House, mail_server: MailServer
) -> None:
    task_id = house.open_task()
    house.tell(Message.TASK_OVERDUE, PRINCIPAL, task_id=task_id)
    house.change(Task, task_id, element_id="a_step_nobody_drew")
    tell_overdue(house, TEACHER)

    assert send(house, mail_server) == 2

    first, second = house.notices()
    assert (first.mail_state, second.mail_state) == (MailState.FAILED, MailState.SENT)
    assert "a_step_nobody_drew" in first.mail_note


def test_a_fault_of_the_channel_ends_its_mail_and_not_the_batch(sqlite_house: House) -> None:
    tell_overdue(sqlite_house)
    tell_overdue(sqlite_house, TEACHER)
    said = []

    class Faulty:
        @contextmanager
        def open(self) -> Iterator[Deliver]:
            def deliver(letter: Letter) -> None:
                said.append(letter.to)
                raise RuntimeError("no idea")

            yield deliver

    assert deliver_due(sqlite_house.begin, Faulty(), BASE_URL) == 2

    assert said == ["mau@truong.example", "ao@truong.example"]
    assert {(row.mail_state, row.mail_note) for row in sqlite_house.notices()} == {
        (MailState.FAILED, "RuntimeError: no idea")
    }


def test_old_mails_do_not_pour_out_when_mail_is_switched_on(
    sqlite_house: House, mail_server: MailServer
) -> None:
    tell_overdue(sqlite_house)
    sqlite_house.clock.advance(days=3)
    tell_overdue(sqlite_house, TEACHER)

    send(sqlite_house, mail_server)

    assert states(sqlite_house) == [MailState.FAILED, MailState.SENT]
    assert [to for to, _ in mail_server.received] == ["ao@truong.example"]


@pytest.mark.parametrize(
    "address", ["nobody", "a@b.example\nBcc: x@y.example", "thầy@trường.vn", "a b@c.example"]
)
def test_what_is_no_address_gets_no_mail(sqlite_house: House, mail_server: MailServer, address: str) -> None:
    sqlite_house.change(Person, PRINCIPAL, email=address)
    tell_overdue(sqlite_house)

    send(sqlite_house, mail_server)

    assert states(sqlite_house) == [MailState.FAILED]
    assert mail_server.tried == []


def test_an_account_closed_meanwhile_gets_no_mail(sqlite_house: House, mail_server: MailServer) -> None:
    tell_overdue(sqlite_house)
    sqlite_house.change(Account, PRINCIPAL, is_active=False)

    send(sqlite_house, mail_server)

    assert states(sqlite_house) == [MailState.NONE]
    assert mail_server.tried == []


def test_a_line_of_a_mail_may_begin_with_a_dot(sqlite_house: House, mail_server: MailServer) -> None:
    body = ".\n..\n.dots\n" + "Đủ dài để xuống dòng. " * 40 + "\n.\n"
    written = Letter("key", "mau@truong.example", "Chủ đề", body, "vi", sqlite_house.clock.now())

    with mail_server.channel.open() as deliver:
        deliver(written)
        deliver(written)

    assert [body_of(mail) for _, mail in mail_server.received] == [body, body]


def test_a_long_subject_keeps_every_space() -> None:
    sentence = "Quá hạn: báo cáo cấp trên, MN Ví Dụ · trường Thử Nghiệm lớp 6A soát từng a b"
    words = sentence.split()
    subjects = [" ".join((words[place:] + words) * 3)[:200].strip() for place in range(len(words))]
    for subject in [*subjects, "plain", "Plain words " * 12 + "end"]:
        letter = Letter(key="a", to="a@b.example", locale="vi", subject=subject, body="x", written_at=MONDAY)

        written = message_of(letter, "Rà soát <a@b.example>").as_bytes()

        assert message_from_bytes(written, policy=default)["Subject"] == subject
        assert max(map(len, written.splitlines())) <= 78
