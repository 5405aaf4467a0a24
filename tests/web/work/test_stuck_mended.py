"""What a run that could not go on says once an operator has done something about it, and what whoever waits is told."""
# ruff: noqa: F811  (fixtures of another module)

from uuid import uuid4

from sqlalchemy import select

from models.journal import JournalKind
from models.notification import Message, Notification
from tests.commands.operating.runs import WHY, entries, operate, run_of
from tests.web.work.office import Office
from tests.web.work.test_stuck_step import ADMIN, STEP, asked, asking, opened  # noqa: F401  (fixture)
from workflows.commands.operating.holding import resume, suspend
from workflows.commands.operating.migration import begin_migration

NOT_SET = "n chưa có giá trị"
MEND_IT = "ban hành rồi chuyển lượt này sang"


def stuck(office: Office, asked: int) -> str:
    """Press in vain; give the address of the run."""
    assert office.post("principal", STEP.format(asked), outcome="done").status_code == 409
    return f"/operations/{opened(office)[0].instance_id}"


def corrected(office: Office, run: str, name: str = "m") -> str:
    """Let the operator correct a variable, of a later step or `n` of the open one; give what the page says after it."""
    token = office.world.task("ask").token
    answer = office.post(ADMIN, f"{run}/correct", token=token, name=name, value="9", reason=WHY)
    assert answer.status_code == 303
    return office.page(ADMIN, run)


def of_head(page: str) -> str:
    return page.split('id="incidents"')[0].split("page-head")[1]


def test_correcting_what_an_open_step_asks_for_promises_nothing(office: Office, asked: int) -> None:
    run = stuck(office, asked)
    token = office.world.task("ask").token

    form = office.page(ADMIN, f"{run}/correct?token={token}&name=n")
    page = corrected(office, run, "n")
    task = office.page("principal", f"/tasks/{asked}")

    assert "đi tiếp với giá trị mới" not in form
    assert "nội dung người làm điền ở đó mới được tính" in form
    assert "Hãy nhờ cô Hiệu Trưởng Mẫu điền" in form
    assert "Đã sửa biến. Nhưng bước “ask” tự hỏi mục này" in page
    assert "hãy nhờ cô Hiệu Trưởng Mẫu điền" in page
    assert "từ đó quản trị viên" not in of_head(page)
    assert "Hãy thử hoàn thành lại" not in task
    assert mended_notices(office) == []


def test_person_is_told_which_field_of_theirs_is_blank(office: Office, asked: int) -> None:
    answer = office.post("principal", STEP.format(asked), outcome="done")
    later = office.page("principal", f"/tasks/{asked}")

    assert answer.status_code == 409
    assert "Chưa thể đi tiếp khi “N” còn để trống" in answer.text
    assert "vì “N” còn để trống" in later


def test_correcting_what_no_open_step_asks_for_says_that_it_counts(office: Office, asked: int) -> None:
    run = stuck(office, asked)
    token = office.world.task("ask").token

    form = office.page(ADMIN, f"{run}/correct?token={token}&name=outcome")

    assert "đi tiếp với giá trị mới" in form


def test_corrected_run_says_what_was_done_since(office: Office, asked: int) -> None:
    run = stuck(office, asked)
    before = office.page(ADMIN, run)

    after = corrected(office, run)
    listed = office.page(ADMIN, "/operations?view=incident")

    assert NOT_SET in of_head(before)
    assert NOT_SET not in of_head(after)
    assert "từ đó quản trị viên đã sửa dữ liệu" in of_head(after)
    assert "từ đó quản trị viên đã sửa dữ liệu" in listed
    assert f"Khi đó: Biểu thức “n &gt; 2” không tính được: {NOT_SET}" in after.replace("&#34;", '"')
    assert "Từ đó: " in after
    assert MEND_IT not in after


def test_run_moved_to_a_mended_version_does_not_advise_to_mend_it(office: Office, asked: int) -> None:
    run = stuck(office, asked)
    first = run_of(office.world, int(run.rsplit("/", 1)[1]))
    office.world.publish("asking", asking().replace("Đủ người?", "Có đủ người?"))
    second = first.version_id + 1
    operate(
        office.world,
        begin_migration,
        from_version_id=first.version_id,
        to_version_id=second,
        instance_ids=[first.id],
        reason=WHY,
    )

    page, task = office.page(ADMIN, run), office.page("principal", f"/tasks/{asked}")

    assert "từ đó lượt này đã được chuyển sang phiên bản khác" in of_head(page)
    assert MEND_IT not in page
    assert "Hiệu Trưởng Mẫu có thể thử hoàn thành lại bước “ask”" in page
    assert "Hãy thử hoàn thành lại" in task


def test_person_learns_on_the_task_what_became_of_it(office: Office, asked: int) -> None:
    before = office.page("principal", f"/tasks/{asked}")
    run = stuck(office, asked)
    reported = office.page("principal", f"/tasks/{asked}")
    corrected(office, run)
    mended = office.page("principal", f"/tasks/{asked}")
    stuck(office, asked)
    again = office.page("principal", f"/tasks/{asked}")

    looked_at, try_again = "vì “N” còn để trống", "Hãy thử hoàn thành lại"
    assert [looked_at in page for page in (before, reported, mended, again)] == [False, True, False, True]
    assert [try_again in page for page in (before, reported, mended, again)] == [False, False, True, False]
    assert len(opened(office)) == 1
    assert NOT_SET in of_head(office.page(ADMIN, run))


def test_nobody_is_asked_to_try_again_while_the_run_is_held(office: Office, asked: int) -> None:
    run = stuck(office, asked)
    office.post(ADMIN, f"{run}/suspend", reason=WHY)
    corrected(office, run)

    held = office.page("principal", f"/tasks/{asked}")
    office.post(ADMIN, f"{run}/resume", reason=WHY)
    free = office.page("principal", f"/tasks/{asked}")

    assert ["Hãy thử hoàn thành lại" in page for page in (held, free)] == [False, True]
    assert "đang tạm giữ quy trình này" in held


def mended_notices(office: Office) -> list[tuple[int, int | None]]:
    query = select(Notification).where(Notification.message == Message.TASK_MENDED).order_by(Notification.id)
    return office.world.read(lambda session: [(one.person_id, one.task_id) for one in session.scalars(query)])


def test_whoever_tried_is_told_once_that_it_can_be_tried_again(office: Office, asked: int) -> None:
    principal = office.world.people["principal"]
    run = stuck(office, asked)
    corrected(office, run)
    token = office.world.task("ask").token

    office.post(ADMIN, f"{run}/correct", token=token, name="m", value="8", reason=WHY)
    once = mended_notices(office)
    said = office.page("principal", "/notices")
    office.post("principal", "/notices/read", up_to=str(2**31))
    stuck(office, asked)
    office.world.clock.advance(minutes=1)  # type: ignore[attr-defined]
    office.post(ADMIN, f"{run}/correct", token=token, name="m", value="7", reason=WHY)

    assert once == [(principal, asked)]
    assert f"Quản trị viên đã xử lý sự cố ở bước này: {WHY}." in said
    assert f"/tasks/{asked}" in said
    assert mended_notices(office) == [(principal, asked)] * 2


def test_nobody_is_told_to_try_again_while_the_run_is_held(office: Office, asked: int) -> None:
    run = stuck(office, asked)
    number = int(run.rsplit("/", 1)[1])
    operate(office.world, suspend, instance_id=number, reason=WHY)

    corrected(office, run)
    meanwhile = mended_notices(office)
    operate(office.world, resume, instance_id=number, reason=WHY)

    assert meanwhile == []
    assert len(mended_notices(office)) == 1


def test_correcting_a_run_that_nothing_stopped_tells_nobody(office: Office, asked: int) -> None:
    corrected(office, f"/operations/{office.world.task('ask').instance_id}")

    assert mended_notices(office) == []


def test_others_are_not_told_to_try_again(office: Office, asked: int) -> None:
    stuck(office, asked)

    assert "đang được xem xét" not in office.page(ADMIN, f"/tasks/{asked}")


def test_history_says_that_the_incident_closed_with_the_step(office: Office, asked: int) -> None:
    stuck(office, asked)
    office.post("principal", STEP.format(asked), uuid4().hex, outcome="done", f__n="3")

    page = office.page("principal", f"/tasks/{asked}")

    assert "gỡ vướng mắc" not in page
    assert "hoàn thành bước nên sự cố ở “Đủ người?” tự đóng" in page
    assert len(entries(office.world, JournalKind.INCIDENT_RESOLVED)) == 1
