"""Taking back is offered where it would be accepted; what is submitted names the unit that has it."""

from sqlalchemy import select

from models.task import Task
from tests.signing_steps import finish_school
from tests.web.work.office import Office


def done_id(office: Office, element_id: str, subject: str = "") -> int:
    query = select(Task.id).where(
        Task.element_id == element_id, Task.state == "completed", Task.subject_name.contains(subject)
    )
    return office.world.read(lambda session: session.scalars(query).one())


def test_act_that_others_went_on_from_is_not_offered(confirming: Office) -> None:
    done = done_id(confirming, "review_record", "Chủ Nhiệm")
    pages = (f"/inbox?done={done}", f"/tasks/{done}")
    for page in pages:
        assert f"/tasks/{done}/withdraw" in confirming.page("officer", page)

    confirming.post("homeroom", f"/tasks/{confirming.task_id('confirm_record')}/draft", f__x="y")

    for page in pages:
        assert f"/tasks/{done}/withdraw" not in confirming.page("officer", page)


def test_last_class_of_a_school_that_has_gone_on_is_offered_nowhere(office: Office) -> None:
    finish_school(office.world)

    done = done_id(office, "check_class", "6B")

    for page in (f"/inbox?done={done}", f"/tasks/{done}"):
        assert f"/tasks/{done}/withdraw" not in office.page("principal", page)


def test_signed_report_waits_for_the_superior_unit(office: Office) -> None:
    finish_school(office.world)

    submitted = office.page("principal", "/submitted").split("<main")[1]

    waiting = submitted.split("Tiếp nhận báo cáo")[1].split("</span>")[0]
    assert "Phòng" in waiting
    assert "THCS" not in waiting
