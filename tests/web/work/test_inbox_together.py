"""Several classes approved in one act from the inbox, and taken back: together, or one by one."""

from models.journal import JournalEntry, JournalKind
from models.task import Task, TaskState
from tests.web.work.office import Office
from workflows.clock import FixedClock


def state_of(office: Office, task_id: int) -> TaskState:
    return office.world.read(lambda session: session.get_one(Task, task_id).state)


def test_several_classes_are_approved_in_one_act_each_on_its_own(checking: Office) -> None:
    ids = [checking.task_id("check_class", name) for name in ("6A", "6B")]

    answer = checking.post("principal", "/inbox/complete", task=ids, outcome="confirm")

    assert answer.status_code == 303
    assert [state_of(checking, one) for one in ids] == [TaskState.COMPLETED] * 2
    entries = checking.world.read(
        lambda session: (
            session.query(JournalEntry)
            .filter(JournalEntry.task_id.in_(ids), JournalEntry.kind == JournalKind.TASK_COMPLETED)
            .count()
        )
    )
    assert entries == 2
    shown = checking.page("principal", answer.location)
    assert "Đã xong 2 việc" in shown
    # They were the last ones: the school has gone on, so nothing that would be refused is offered.
    assert "/withdraw" not in shown


def test_class_approved_from_the_list_is_found_and_taken_back_while_others_are_open(
    checking: Office, clock: FixedClock
) -> None:
    approved = checking.task_id("check_class", "6A")
    clock.advance(minutes=5)
    checking.post("principal", "/inbox/complete", task=[approved], outcome="confirm")

    submitted = checking.page("principal", "/submitted")
    taken_back = checking.post("principal", f"/tasks/{approved}/withdraw")

    assert "Duyệt lớp 6A" in submitted
    assert "còn 1 chưa xong" in submitted
    assert f"/tasks/{approved}/withdraw" in submitted
    assert taken_back.status_code == 303
    assert state_of(checking, approved) is TaskState.OPEN


def test_class_approved_last_has_gone_on_and_is_not_offered(checking: Office) -> None:
    ids = [checking.task_id("check_class", name) for name in ("6A", "6B")]

    checking.post("principal", "/inbox/complete", task=ids, outcome="confirm")

    assert "Duyệt lớp 6A" not in checking.page("principal", "/submitted")
