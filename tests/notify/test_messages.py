"""Texts: what people read in the list and in a mail, in both languages, and what a mail must not say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.campaign import SubjectKind
from models.notification import Message, Notification
from models.person import Account
from models.task import Task
from tests.notify.conftest import BASE_URL, CAMPAIGN, HELPER, PRINCIPAL, TEACHER, House
from workflows.notify.channels.letter import Letter
from workflows.notify.delivery import letter_of
from workflows.notify.messages import LOCALES, text_of

# Thursday, 8 June 2023, 17:00 in Vietnam.
THURSDAY = datetime(2023, 6, 8, 10, tzinfo=UTC)
SECRETS = ("Mẫu Học Sinh", "thiếu mã định danh")
DETAILS: dict[Message, dict[str, Any]] = {
    Message.TASK_RETURNED: {"reason": "thiếu mã định danh"},
    Message.TASK_HANDED_OVER: {"reason": "thiếu mã định danh", "actor": HELPER},
    Message.TASK_WITHDRAWN: {"actor": HELPER},
    Message.TASK_MENDED: {"reason": "thiếu mã định danh"},
    Message.TASK_OVERDUE: {"escalated_to": "head"},
    Message.URGED: {"words": "thiếu mã định danh", "actor": HELPER, "unit": "THCS Mẫu"},
    Message.DEADLINE_EXTENDED: {"due_at": "2023-06-15T17:00:00+07:00", "reason": "thiếu mã định danh"},
    Message.COMMENTED: {"actor": HELPER},
    Message.INCIDENT_OPENED: {
        "instance": 7,
        "version": 1,
        "element": "approve_class",
        "unit": "THCS Mẫu",
        "actor": HELPER,
    },
    Message.RUN_CANCELLED: {
        "version": 1,
        "about": [["staff", "Mẫu Học Sinh", "THCS Mẫu"]],
        "at_unit": 3,
        "actor": HELPER,
        "reason": "thiếu mã định danh",
    },
    Message.ACCESS_CHANGED: {"position": "Cán bộ phụ trách", "unit": "THCS Mẫu", "actor": HELPER},
}
WITHOUT_TASK = {
    Message.URGED,
    Message.ACCESS_CHANGED,
    Message.INCIDENT_OPENED,
    Message.RUN_CANCELLED,
    Message.MORNING_DIGEST,
}


def told(house: House, message: Message, person_id: int = PRINCIPAL, **columns: Any) -> int:
    """Tell one person of a task that is due on Thursday; give the notice's id."""
    task_id = None
    if message not in WITHOUT_TASK:
        task_id = house.open_task(due_in=THURSDAY - house.clock.now(), **columns)
    house.tell(message, person_id, task_id=task_id, campaign_id=CAMPAIGN, details=DETAILS.get(message))
    return house.notices()[-1].id


def text(house: House, notice_id: int, locale: str = "vi") -> str:
    with house.store.make_reading_session() as session:
        return text_of(session.get_one(Notification, notice_id), locale, house.engine)


def letter(house: House, notice_id: int) -> Letter:
    with house.begin() as work:
        written = letter_of(work, work.session.get_one(Notification, notice_id), base_url=BASE_URL)
        assert written is not None
        return written


@pytest.mark.parametrize(
    ("message", "vietnamese", "english"),
    [
        (
            Message.TASK_OPENED,
            "Việc mới: duyệt lớp 6A, THCS Mẫu. Hạn 17:00 thứ Năm 08/06/2023.",
            "New task: approve class 6A, THCS Mẫu. Due 17:00 Thursday 08/06/2023.",
        ),
        (
            Message.TASK_RETURNED,
            "Trả lại: duyệt lớp 6A, THCS Mẫu. Lý do: thiếu mã định danh",
            "Returned: approve class 6A, THCS Mẫu. Reason: thiếu mã định danh",
        ),
        (
            Message.TASK_HANDED_OVER,
            "Thầy Trần Văn Ví Dụ chuyển cho cô: duyệt lớp 6A, THCS Mẫu. Hạn 17:00 thứ Năm 08/06/2023."
            " Lý do: thiếu mã định danh",
            "Trần Văn Ví Dụ handed over to you: approve class 6A, THCS Mẫu. Due 17:00 Thursday 08/06/2023."
            " Reason: thiếu mã định danh",
        ),
        (
            Message.TASK_WITHDRAWN,
            "Không còn phải làm: duyệt lớp 6A, THCS Mẫu. Thầy Trần Văn Ví Dụ đã thu hồi việc mình trình.",
            "Not needed any more: approve class 6A, THCS Mẫu. Trần Văn Ví Dụ took back what led to it.",
        ),
        (
            Message.TASK_MENDED,
            "Có thể hoàn thành lại: duyệt lớp 6A, THCS Mẫu."
            " Quản trị viên đã xử lý sự cố ở bước này: thiếu mã định danh.",
            "Can be tried again: approve class 6A, THCS Mẫu."
            " An administrator did something about what stopped it: thiếu mã định danh.",
        ),
        (
            Message.TASK_OVERDUE,
            "Quá hạn: duyệt lớp 6A, THCS Mẫu. Hạn là 17:00 thứ Năm 08/06/2023. Đã báo thủ trưởng đơn vị.",
            "Overdue: approve class 6A, THCS Mẫu. It was due 17:00 Thursday 08/06/2023."
            " Reported to the head of the unit.",
        ),
        (
            Message.TASK_ESCALATED,
            "Báo việc quá hạn: duyệt lớp 6A, THCS Mẫu. Hạn là 17:00 thứ Năm 08/06/2023."
            " Người xử lý: cô Lê Thị Mẫu.",
            "Reported as overdue: approve class 6A, THCS Mẫu. It was due 17:00 Thursday 08/06/2023."
            " Assignee: Lê Thị Mẫu.",
        ),
        (
            Message.URGED,
            "Thầy Trần Văn Ví Dụ đôn đốc: Rà soát 2023, THCS Mẫu. Lời nhắn: “thiếu mã định danh”",
            "Trần Văn Ví Dụ urges: Review 2023, THCS Mẫu. Message: “thiếu mã định danh”",
        ),
        (
            Message.DEADLINE_EXTENDED,
            "Gia hạn: duyệt lớp 6A, THCS Mẫu. Hạn mới 17:00 thứ Năm 15/06/2023. Lý do: thiếu mã định danh",
            "Deadline extended: approve class 6A, THCS Mẫu. Now due 17:00 Thursday 15/06/2023."
            " Reason: thiếu mã định danh",
        ),
    ],
)
def test_a_notice_says_who_what_and_when(
    sqlite_house: House, message: Message, vietnamese: str, english: str
) -> None:
    notice_id = told(sqlite_house, message)

    assert text(sqlite_house, notice_id) == vietnamese
    assert text(sqlite_house, notice_id, "en") == english
    assert text(sqlite_house, notice_id, "fr") == vietnamese


@pytest.mark.parametrize(
    ("moved", "done"), [(True, "đã chuyển quy trình này sang bước khác"), (False, "đã hủy quy trình này")]
)
def test_work_that_an_administrator_took_away_says_who_did_what(
    sqlite_house: House, moved: bool, done: str
) -> None:
    details = {"stopped": True, "moved": moved, "actor": HELPER, "reason": "nhầm lớp"}
    sqlite_house.tell(
        Message.TASK_WITHDRAWN, PRINCIPAL, campaign_id=CAMPAIGN, details={**details, "count": 2}
    )

    (notice,) = sqlite_house.notices()
    assert text(sqlite_house, notice.id) == (
        f"Không còn phải làm: 2 việc. Quản trị viên, thầy Trần Văn Ví Dụ, {done}: nhầm lớp."
    )
    assert f"Quản trị viên, thầy Trần Văn Ví Dụ, {done}." in letter(sqlite_house, notice.id).body


def test_an_incident_is_told_with_its_place_and_a_link_to_the_run(sqlite_house: House) -> None:
    notice_id = told(sqlite_house, Message.INCIDENT_OPENED)
    name = sqlite_house.engine.specification(1).name or sqlite_house.engine.specification(1).key
    mail = letter(sqlite_house, notice_id)

    assert text(sqlite_house, notice_id) == (
        f"Có sự cố: quy trình “{name}” không đi tiếp được ở “Duyệt lớp”, THCS Mẫu."
        " Thầy Trần Văn Ví Dụ đang chờ để hoàn thành bước này."
    )
    assert mail.subject == f"Có sự cố: {name}, THCS Mẫu"
    assert f"{BASE_URL}/operations/7\n" in mail.body


def test_tasks_opened_together_are_one_notice(sqlite_house: House) -> None:
    sqlite_house.tell(Message.TASK_OPENED, PRINCIPAL, campaign_id=CAMPAIGN, details={"count": 12})

    (notice,) = sqlite_house.notices()
    assert text(sqlite_house, notice.id) == "12 việc mới, Rà soát 2023."
    assert letter(sqlite_house, notice.id).subject == "12 việc mới, Rà soát 2023"


def test_tasks_opened_together_are_named_by_their_steps(sqlite_house: House) -> None:
    steps = [[1, "approve_class"], [1, "review_record"]]
    sqlite_house.tell(
        Message.TASK_OPENED, PRINCIPAL, campaign_id=CAMPAIGN, details={"count": 4, "steps": steps}
    )

    (notice,) = sqlite_house.notices()
    assert text(sqlite_house, notice.id) == "4 việc mới: duyệt lớp, rà soát hồ sơ, Rà soát 2023."


def test_deadlines_extended_together_are_one_notice(sqlite_house: House) -> None:
    due = {"count": 7, "due_at": "2023-06-15T17:00:00+07:00"}
    sqlite_house.tell(Message.DEADLINE_EXTENDED, PRINCIPAL, campaign_id=CAMPAIGN, details=due)
    until = {**due, "until_at": "2023-06-16T17:00:00+07:00"}
    sqlite_house.tell(Message.DEADLINE_EXTENDED, PRINCIPAL, campaign_id=CAMPAIGN, details=until)

    first, second = sqlite_house.notices()
    assert text(sqlite_house, first.id) == (
        "Gia hạn: 7 việc, Rà soát 2023. Hạn mới 17:00 thứ Năm 15/06/2023."
    )
    assert text(sqlite_house, second.id, "en") == (
        "Deadline extended: 7 tasks, Review 2023."
        " Now due from 17:00 Thursday 15/06/2023 to 17:00 Friday 16/06/2023."
    )
    assert letter(sqlite_house, first.id).subject == "Gia hạn: 7 việc, Rà soát 2023"


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("message", [one for one in Message if one is not Message.MORNING_DIGEST])
def test_every_message_can_be_told_together_without_personal_data(
    sqlite_house: House, message: Message, locale: str
) -> None:
    sqlite_house.change(Account, TEACHER, locale=locale)
    for _ in range(12):
        told(
            sqlite_house,
            message,
            TEACHER,
            completed_by_id=HELPER,
            subject_kind=SubjectKind.PUPIL,
            subject_name="Mẫu Học Sinh",
        )

    with sqlite_house.begin() as work:
        notices = work.session.scalars(select(Notification).order_by(Notification.id)).all()
        written = letter_of(work, *notices, base_url=BASE_URL)

    assert written is not None
    assert "12" in written.subject
    said = written.subject + written.body
    assert not [secret for secret in SECRETS if secret in said]
    assert said.count(f"{BASE_URL}/tasks/") == (0 if message in WITHOUT_TASK else 10)
    assert f"{BASE_URL}/notices#mails" in said
    assert ".." not in said
    assert said.count("\n- ") == 10
    assert f"{BASE_URL}/\n" in said


def test_the_accountable_person_reads_who_acted_for_them(sqlite_house: House) -> None:
    notice_id = told(sqlite_house, Message.TASK_COMPLETED, TEACHER, completed_by_id=HELPER)

    assert text(sqlite_house, notice_id) == "Thầy Trần Văn Ví Dụ đã xử lý thay thầy: duyệt lớp 6A, THCS Mẫu."


@pytest.mark.parametrize(
    ("columns", "what"),
    [
        ({"subject_name": "Lớp 6A"}, "duyệt lớp, Lớp 6A"),
        ({"element_id": "review_record"}, "rà soát hồ sơ, lớp 6A"),
        (
            {
                "element_id": "review_record",
                "subject_kind": SubjectKind.STAFF,
                "subject_name": "Phạm Văn Ảo",
            },
            "rà soát hồ sơ, Phạm Văn Ảo",
        ),
        ({"subject_kind": SubjectKind.ASSIGNMENT, "subject_name": "6A · Toán"}, "duyệt lớp, 6A · Toán"),
        ({"subject_kind": SubjectKind.SCHOOL, "subject_name": "THCS Mẫu"}, "duyệt lớp"),
        ({"subject_name": ""}, "duyệt lớp"),
    ],
)
def test_a_task_is_named_by_its_step_and_subject(
    sqlite_house: House, columns: dict[str, Any], what: str
) -> None:
    notice_id = told(sqlite_house, Message.TASK_DUE_SOON, **columns)

    assert text(sqlite_house, notice_id).startswith(f"Sắp đến hạn: {what}, THCS Mẫu.")


def test_a_mail_has_three_lines_one_link_and_two_reasons(sqlite_house: House) -> None:
    notice_id = told(sqlite_house, Message.TASK_OVERDUE)

    written = letter(sqlite_house, notice_id)

    task_id = sqlite_house.notices()[0].task_id
    assert written.subject == "Quá hạn: duyệt lớp 6A, THCS Mẫu"
    assert written.to == "mau@truong.example"
    assert written.body == (
        "Quá hạn: duyệt lớp 6A, THCS Mẫu.\n"
        "Hạn là 17:00 thứ Năm 08/06/2023.\n"
        "Đã báo thủ trưởng đơn vị.\n"
        "\n"
        f"{BASE_URL}/tasks/{task_id}\n"
        "\n"
        "Cô nhận thư này vì việc này chưa xong và liên quan đến cô.\n"
        "Chỉ việc gấp được báo ngay, xử lý xong thì không còn thư nhắc."
        f" Cách nhận thư: {BASE_URL}/notices#mails\n"
    )


def test_a_mail_that_urges_names_the_task_and_leads_to_it(sqlite_house: House) -> None:
    task_id = sqlite_house.open_task(due_in=THURSDAY - sqlite_house.clock.now())
    sqlite_house.tell(
        Message.URGED, PRINCIPAL, task_id=task_id, campaign_id=CAMPAIGN, details=DETAILS[Message.URGED]
    )

    written = letter(sqlite_house, sqlite_house.notices()[0].id)

    assert written.body.startswith(
        "Đôn đốc: duyệt lớp 6A, THCS Mẫu.\n"
        "Hạn: 17:00 thứ Năm 08/06/2023.\n"
        "Người đôn đốc: thầy Trần Văn Ví Dụ. Lời nhắn xem trong phần mềm.\n"
        "\n"
        f"{BASE_URL}/tasks/{task_id}\n"
    )


def test_only_the_person_under_review_stays_initials(sqlite_house: House) -> None:
    columns = {
        "element_id": "review_record",
        "subject_kind": SubjectKind.STAFF,
        "subject_name": "Phạm Văn Ảo",
    }
    told(sqlite_house, Message.TASK_ESCALATED, assignee_id=TEACHER, **columns)
    told(sqlite_house, Message.TASK_ESCALATED, assignee_id=HELPER, **columns)
    told(sqlite_house, Message.TASK_ESCALATED, assignee_id=PRINCIPAL, **columns)

    bodies = [letter(sqlite_house, one.id).body for one in sqlite_house.notices()]

    assert "Người xử lý: thầy P.V.A." in bodies[0].replace("Ả", "A")
    assert "Người xử lý: thầy Trần Văn Ví Dụ." in bodies[1]
    assert "Người xử lý: cô." in bodies[2]


def test_a_task_stands_once_in_a_mail(sqlite_house: House) -> None:
    task_id = sqlite_house.open_task(due_in=timedelta(hours=-1))
    for to in ("head", "superior"):
        sqlite_house.tell(Message.TASK_OVERDUE, PRINCIPAL, task_id=task_id, details={"escalated_to": to})

    with sqlite_house.begin() as work:
        notices = work.session.scalars(select(Notification).order_by(Notification.id)).all()
        written = letter_of(work, *notices, base_url=BASE_URL)

    assert written is not None
    assert written.subject == "Quá hạn: duyệt lớp 6A, THCS Mẫu"
    assert "Đã báo đơn vị cấp trên." in written.body


def test_who_gets_each_mail_at_once_reads_how_to_get_fewer(sqlite_house: House) -> None:
    sqlite_house.change(Account, TEACHER, mail_at_once=True, locale="en")
    notice_id = told(sqlite_house, Message.TASK_OPENED, TEACHER)

    written = letter(sqlite_house, notice_id)

    assert written.locale == "en"
    assert written.subject == "New task: approve class 6A, THCS Mẫu"
    assert f"To get fewer: choose one mail a morning: {BASE_URL}/notices#mails" in written.body


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("message", Message)
def test_every_message_can_be_written_without_personal_data(
    sqlite_house: House, message: Message, locale: str
) -> None:
    sqlite_house.change(Account, TEACHER, locale=locale)
    # Of something to do, and with everybody named in full where a name may stand.
    sqlite_house.open_task(timedelta(hours=1), assignee_id=TEACHER)
    notice_id = told(
        sqlite_house,
        message,
        TEACHER,
        assignee_id=TEACHER,
        completed_by_id=HELPER,
        element_id="review_record",
        subject_kind=SubjectKind.PUPIL,
        subject_name="Mẫu Học Sinh",
    )

    written = letter(sqlite_house, notice_id)

    assert text(sqlite_house, notice_id, locale)
    assert written.subject
    assert "\n" not in written.subject
    said = written.subject + written.body
    assert not [secret for secret in SECRETS if secret in said]
    assert said.count(BASE_URL) == 2
    assert f"{BASE_URL}/notices#mails" in said
    assert ".." not in said
    if message not in WITHOUT_TASK:
        assert "M.H.S." in said
    lines, link, reasons = written.body.strip().split("\n\n")
    assert 1 <= len(lines.splitlines()) <= (4 if message is Message.MORNING_DIGEST else 3)
    assert link.startswith(BASE_URL)
    assert len(reasons.splitlines()) == 2


def test_a_task_that_a_position_has_names_the_position(sqlite_house: House) -> None:
    notice_id = told(sqlite_house, Message.TASK_ESCALATED)
    task_id = sqlite_house.notices()[0].task_id
    assert task_id is not None
    sqlite_house.change(Task, task_id, assignee_id=None, role="officer", role_unit_id=1)

    assert text(sqlite_house, notice_id).endswith("Người xử lý: cán bộ phụ trách THCS Mẫu.")
    assert "Người xử lý: cán bộ phụ trách THCS Mẫu." in letter(sqlite_house, notice_id).body
