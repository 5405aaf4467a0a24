"""The outbox: who gets which notice, and whether a mail goes out at once, in the morning or not at all."""

import pytest

from models.notification import MailState, Message
from models.person import Account
from tests.notify.conftest import CAMPAIGN, HELPER, PRINCIPAL, TEACHER, UNREACHABLE, House
from workflows.notify.outbox import announce


@pytest.mark.parametrize(
    ("message", "state"),
    [
        (Message.TASK_OPENED, MailState.DIGEST),
        (Message.TASK_COMPLETED, MailState.DIGEST),
        (Message.TASK_WITHDRAWN, MailState.DIGEST),
        (Message.TASK_DUE_SOON, MailState.DIGEST),
        (Message.DEADLINE_EXTENDED, MailState.DIGEST),
        (Message.COMMENTED, MailState.DIGEST),
        (Message.TASK_RETURNED, MailState.WAITING),
        (Message.TASK_HANDED_OVER, MailState.WAITING),
        (Message.TASK_OVERDUE, MailState.WAITING),
        (Message.TASK_ESCALATED, MailState.WAITING),
        (Message.URGED, MailState.WAITING),
        (Message.ACCESS_CHANGED, MailState.WAITING),
    ],
)
def test_urgent_messages_are_mailed_at_once(sqlite_house: House, message: Message, state: MailState) -> None:
    sqlite_house.tell(message, PRINCIPAL)

    (notice,) = sqlite_house.notices()
    assert notice.mail_state is state
    assert notice.mail_due_at == (sqlite_house.clock.now() if state is MailState.WAITING else None)


def test_a_notice_keeps_what_it_is_about(house: House) -> None:
    task_id = house.open_task()

    house.tell(
        Message.TASK_RETURNED,
        TEACHER,
        PRINCIPAL,
        TEACHER,
        task_id=task_id,
        campaign_id=CAMPAIGN,
        details={"reason": "thiếu mã định danh"},
    )

    first, second = house.notices()
    assert (first.person_id, second.person_id) == (TEACHER, PRINCIPAL)
    assert (first.task_id, first.campaign_id) == (task_id, CAMPAIGN)
    assert first.details == {"reason": "thiếu mã định danh"}
    assert (first.created_at, first.read_at) == (house.clock.now(), None)


def test_who_asked_for_it_gets_each_mail_at_once(sqlite_house: House) -> None:
    sqlite_house.change(Account, TEACHER, mail_at_once=True)

    sqlite_house.tell(Message.TASK_OPENED, TEACHER, PRINCIPAL)

    assert [notice.mail_state for notice in sqlite_house.notices()] == [MailState.WAITING, MailState.DIGEST]


def test_nobody_is_mailed_without_address_or_with_a_closed_account(sqlite_house: House) -> None:
    sqlite_house.change(Account, TEACHER, is_active=False)

    sqlite_house.tell(Message.TASK_OVERDUE, UNREACHABLE, TEACHER, HELPER)

    states = {notice.person_id: notice.mail_state for notice in sqlite_house.notices()}
    assert states == {
        UNREACHABLE: MailState.NONE,
        TEACHER: MailState.NONE,
        # Not every officer has an account from the first day.
        HELPER: MailState.WAITING,
    }


def test_telling_nobody_leaves_nothing(sqlite_house: House) -> None:
    sqlite_house.tell(Message.TASK_OPENED)

    assert sqlite_house.notices() == []


def test_a_notice_is_gone_with_the_transaction_that_failed(house: House) -> None:
    def tell_and_fail() -> None:
        with house.begin() as work:
            announce(work, Message.TASK_OPENED, person_ids=[PRINCIPAL])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        tell_and_fail()

    assert house.notices() == []
