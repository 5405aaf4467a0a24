"""What the superior unit sees when a school's report comes to be accepted."""

from sqlalchemy import select, update

from models.document import Document
from models.school import Pupil, StaffMember
from tests.signing_steps import finish_school
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
    finish_school(office.world)
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
