"""The rows of a class page: who was looked at stays in place, and what is typed in a row is kept."""

from models.campaign import RosterState
from models.catalogue import FieldDefinition
from models.school import Pupil
from tests.web.work.office import Office
from tests.web.work.test_class_page import entries, pupil
from workflows.unit_of_work import UnitOfWork


def test_who_was_looked_at_stays_in_place_when_approving_settles_what_was_found(
    office: Office, class_task: int
) -> None:
    first, second = pupil(office, 0), pupil(office, 1)
    address = f"/tasks/{class_task}/pupils/{second.id}"

    def age(work: UnitOfWork) -> None:
        work.session.query(FieldDefinition).filter_by(key="birth_date").update({"fresh_for_days": 30})
        old = dict.fromkeys(("birth_date",), "2022-01-01T00:00:00+00:00")
        work.session.get_one(Pupil, second.id).record_times = old
        for other in office.world.pupils("6A")[2:]:
            work.session.get_one(Pupil, other.id).record_times = {"birth_date": work.now.isoformat()}

    def row(page: str) -> str:
        return page.split('class="panel pupil-rest"')[0].split(f'id="pupil-{second.id}"')[1]

    office.world.do(age)
    assert "đã xem 0/2" in office.page("homeroom", f"/tasks/{class_task}")

    office.post("homeroom", address, act="approve")

    page = office.page("homeroom", f"/tasks/{class_task}")
    assert "đã xem 1/2" in page
    assert 'value="reopen"' in row(page).split("</form>")[0]
    office.post("homeroom", address, act="reopen")
    again = office.page("homeroom", f"/tasks/{class_task}")
    assert "đã xem 0/2" in again
    assert "Duyệt 3 em còn lại" in again
    assert f'id="pupil-{first.id}"' in again


def test_who_is_approved_after_loose_letters_are_joined_stays_in_place(
    office: Office, class_task: int
) -> None:
    second = pupil(office, 1)
    prefix = f"p{second.id}"

    def loosen(work: UnitOfWork) -> None:
        stored = work.session.get_one(Pupil, second.id)
        stored.record = {**stored.record, "personal_id": f"{stored.record['personal_id']} "}

    office.world.do(loosen)
    form = {f"{prefix}.personal_id": second.record["personal_id"], f"{prefix}.revision": second.revision + 1}

    office.post("homeroom", f"/tasks/{class_task}/pupils/{second.id}", act="approve", **form)

    assert entries(office)[second.id].state is RosterState.DONE
    assert "đã xem 1/2" in office.page("homeroom", f"/tasks/{class_task}")
