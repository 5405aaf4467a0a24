"""What was done before a migration is told in the words of the version in which it was done."""

from collections.abc import Mapping

import pytest

from models.task import Task, TaskState
from tests.cast import PROCEDURES
from tests.commands.operating.runs import WHY, operate
from tests.web.work.office import Office
from workflows.commands.operating.migration import begin_migration

ADMIN = "administrator"
OLD, NEW = "Rà soát từng học sinh", "Xem từng em một"


def migrate(office: Office, first: int, second: int, mapping: Mapping[str, str]) -> None:
    operate(
        office.world,
        begin_migration,
        from_version_id=first,
        to_version_id=second,
        reason=WHY,
        mapping=mapping,
    )


def tasks_of(office: Office, run: int) -> list[Task]:
    return office.world.read(
        lambda session: session.query(Task).filter_by(instance_id=run).order_by(Task.id).all()
    )


@pytest.fixture
def migrated(office: Office) -> list[Task]:
    """6A waits for the head; its first step, done long ago, has another identifier and name since."""
    office.bring_to_check("6A", "homeroom")
    return rename(office, "review_pupils", "look_at_pupils", {f'name="{OLD}"': f'name="{NEW}"'})


def rename(office: Office, before: str, after: str, words: Mapping[str, str]) -> list[Task]:
    """Migrate the review of 6A to a version in which a step that is done reads otherwise; give its tasks."""
    drawing = (PROCEDURES / "class_review" / "class_review.bpmn").read_text(encoding="utf-8")
    for old, new in {before: after, **words}.items():
        assert old in drawing
        drawing = drawing.replace(old, new)
    waiting = next(one for one in office.world.open_tasks() if one.subject_name.endswith("6A"))
    second = office.world.publish("class_review", drawing)
    migrate(office, waiting.version_id, second, {before: after})
    return tasks_of(office, waiting.instance_id)


def test_every_page_of_a_migrated_run_opens_and_keeps_the_words(office: Office, migrated: list[Task]) -> None:
    first, waiting = migrated[0], migrated[-1]
    assert first.version_id != waiting.version_id
    run = waiting.instance_id

    old = [
        office.page("principal", f"/tasks/{waiting.id}"),
        office.page("homeroom", f"/tasks/{first.id}"),
        office.page("homeroom", f"/tasks/{waiting.id}"),
        office.page(ADMIN, f"/operations/{run}"),
    ]
    for task in migrated:
        office.page("principal", f"/tasks/{task.id}")
    for address in ("/inbox", "/submitted", "/done", "/notices"):
        for who in ("homeroom", "visiting", "principal"):
            office.page(who, address)
    for address in ("/progress", "/operations"):
        assert office.client(ADMIN).get(address).status_code == 200, address
    office.page("principal", "/progress")

    for page in old:
        assert f"hoàn thành “{OLD}”" in page
        assert f"hoàn thành “{NEW}”" not in page
        assert "review_pupils”" not in page
    assert OLD in office.page("homeroom", "/done")


def test_drawing_marks_what_was_done_under_its_identifier_of_now(
    office: Office, migrated: list[Task]
) -> None:
    page = office.page("principal", f"/tasks/{migrated[-1].id}")

    marks = page.split("data-marks='")[1].split("'")[0]

    assert '"look_at_pupils": "done"' in marks
    assert "review_pupils" not in marks
    run = office.page(ADMIN, f"/operations/{migrated[-1].instance_id}")
    assert '"look_at_pupils": "done"' in run.split("data-marks='")[1].split("'")[0]


def test_task_done_before_a_migration_keeps_its_history(office: Office, migrated: list[Task]) -> None:
    page = office.page("homeroom", f"/tasks/{migrated[0].id}")

    assert "chuyển quy trình sang phiên bản khác" in page or WHY in page
    assert migrated[0].state is TaskState.COMPLETED


def test_stale_list_refuses_what_was_done_before_a_migration(office: Office, migrated: list[Task]) -> None:
    answer = office.post("homeroom", "/inbox/complete", task=str(migrated[0].id), outcome="done")

    assert answer.status_code != 500


def test_minutes_keep_the_words_of_the_step_that_was_done(office: Office) -> None:
    label = "Họp phụ huynh"
    office.bring_to_check("6A", "homeroom")
    signed = tasks_of(office, office.world.task("check_class", "6A").instance_id)[-2]
    office.post("homeroom", f"/tasks/{signed.id}/withdraw")
    rename(office, "inform_parents", "tell_parents", {f'label="{label}"': 'label="Gặp mặt"'})

    page = office.page("homeroom", f"/tasks/{office.task_id('sign_minutes', '6A')}")

    assert label in page
