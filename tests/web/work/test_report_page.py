"""What the superior unit sees when a school's report comes to be accepted."""

from sqlalchemy import select, update

from models.document import Document
from models.school import Pupil, StaffMember
from tests.signing_steps import finish_school, sign_report
from tests.web.work.office import Office


def test_who_receives_a_report_sees_the_signed_one_and_what_is_still_found(office: Office) -> None:
    visiting = office.world.staff_id("visiting")
    spoil = update(StaffMember).where(StaffMember.id == visiting).values(record={"personal_id": "12345"})
    office.world.do(lambda work: work.session.execute(spoil))
    pupil = office.world.pupils("6A")[0]
    wrong = (
        update(Pupil).where(Pupil.id == pupil.id).values(record={**pupil.record, "birth_date": "31/02/2011"})
    )
    office.world.do(lambda work: work.session.execute(wrong))
    finish_school(office.world, report=False)
    signing = office.page("principal", f"/tasks/{office.task_id('confirm_school')}")
    own = signing.split('id="classes-title"')[1].split('id="staff-title"')[0]
    assert "Chưa xong hoặc còn điểm cần xem" in own.split("<table")[0]
    assert '<span class="figure-odd">1</span>' in own.split("roster-rest")[0]
    deputy = office.page("deputy", f"/tasks/{office.task_id('confirm_school')}")
    assert (
        "Đã xong, không có gì cần xem"
        not in deputy.split('id="classes-title"')[1].split('id="staff-title"')[0]
    )
    sign_report(office.world)
    document_id, number = office.world.read(
        lambda session: session.execute(
            select(Document.id, Document.number).where(Document.kind == "school_report")
        ).one()
    )

    page = office.page("inspector", f"/tasks/{office.task_id('accept_report')}")

    assert f"Báo cáo số {number}" in page
    assert f"/documents/{document_id}" in page
    assert "kiểm tra tự động còn điểm cần xem: đúng 2, đủ 1, sạch 0" in page
    # Both tables of staff say what they hold, and findings look the same at staff and at classes.
    staff = page.split('id="staff-title"')[1]
    assert "Chưa xong hoặc còn điểm cần xem" in staff.split("<table")[0]
    assert "Đã xong, không có gì cần xem" in staff.split("</table>")[1].split("</summary>")[1]
    classes = page.split('id="classes-title"')[1].split('id="staff-title"')[0]
    assert '<span class="figure-odd">1</span>' in classes


def test_why_the_report_came_back_and_what_was_done_stay_until_it_is_accepted(office: Office) -> None:
    finish_school(office.world)
    office.world.complete("inspector", "accept_report", "return", reason="6A còn điểm cần xem")
    classes = office.world.classes
    office.world.complete(
        "principal", "confirm_school", "return_classes", returned={classes["6A"]: "thiếu mã định danh"}
    )
    office.world.complete("homeroom", "review_returned", "done", subject="6A", reason="đã bổ sung mã")
    office.world.complete("homeroom", "sign_minutes", "report", subject="6A")
    office.world.complete("principal", "check_class", "confirm", subject="6A")

    pages = [office.page("principal", f"/tasks/{office.task_id('confirm_school')}")]
    sign_report(office.world, remarks="đã rà lại toàn bộ 6A")
    pages.append(office.page("inspector", f"/tasks/{office.task_id('accept_report')}"))

    for page in pages:
        note = page.split("Lần trước bị trả lại:</strong>")[1].split("</section>")[0]
        assert "6A còn điểm cần xem" in note
        assert "thiếu mã định danh" in note
        assert "đã bổ sung mã" in note
    assert "đã rà lại toàn bộ 6A" in pages[1]


def test_who_joins_a_finished_class_is_named_to_who_signs_the_report(office: Office) -> None:
    world, name = office.world, "Học Sinh Vào Sau"
    finish_school(world, report=False)
    task_id = office.task_id("confirm_school")
    at = f"/campaigns/{world.campaign_id}/roster/{world.units['school']}"

    office.post("principal", f"{at}/pupils", full_name=name, class_id=str(world.classes["6A"]))

    assert f'href="/tasks/{task_id}">Mở công việc</a>' in office.page("principal", f"{at}?kind=pupil")
    page = office.page("principal", f"/tasks/{task_id}")
    waiting = page.split('id="classes-title"')[1].split("roster-rest")[0]
    assert f"{name} vào sau, chưa được duyệt: hãy trả lại lớp." in waiting
