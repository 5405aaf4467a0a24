"""A comment typed when an outcome is pressed goes with it."""

from uuid import uuid4

from models.notification import Message, Notification
from models.task import Comment, Draft, Task, TaskState
from tests.web.work.office import Office
from workflows.commands.work.notes import LONGEST_COMMENT

WORDS = "Đã gọi điện, cô sẽ bổ sung <b>địa chỉ</b>"


def comments(office: Office) -> list[tuple[int, str]]:
    return office.world.read(lambda session: [(one.task_id, one.body) for one in session.query(Comment)])


def test_it_is_stored_once_with_the_act_and_told_as_any_other(reviewing: Office) -> None:
    task_id, key = reviewing.task_id("review_record", "Chủ Nhiệm"), uuid4().hex
    deputy = str(reviewing.world.people["deputy"])
    reviewing.post("officer", f"/tasks/{task_id}/hand-over", to_person=deputy, hand_over_reason="tập huấn")
    reviewing.post("deputy", f"/tasks/{task_id}/draft", comment=WORDS)

    for _ in range(2):
        done = reviewing.post("deputy", f"/tasks/{task_id}/complete", key, outcome="ready", comment=WORDS)
        assert done.status_code == 303

    assert comments(reviewing) == [(task_id, WORDS)]
    told = reviewing.world.read(
        lambda session: [
            one.person_id for one in session.query(Notification).filter_by(message=Message.COMMENTED)
        ]
    )
    assert told == [reviewing.world.people["officer"]]
    page = reviewing.page("deputy", f"/tasks/{task_id}")
    assert "sẽ bổ sung &lt;b&gt;địa chỉ" in page
    assert reviewing.world.read(lambda session: session.query(Draft).count()) == 0


def test_refused_act_stores_nothing_and_keeps_it_in_its_box(reviewing: Office) -> None:
    task_id = reviewing.task_id("review_record", "Chủ Nhiệm")

    refused = reviewing.post("officer", f"/tasks/{task_id}/complete", outcome="nonsense", comment="Hỏi thêm")

    assert refused.status_code == 422
    assert comments(reviewing) == []
    assert "Hỏi thêm</textarea>" in refused.text
    assert "Hỏi thêm</textarea>" in reviewing.page("officer", f"/tasks/{task_id}")


def test_too_long_a_comment_stops_the_act_and_is_named(reviewing: Office) -> None:
    task_id, long = reviewing.task_id("review_record", "Chủ Nhiệm"), "d" * (LONGEST_COMMENT + 1)

    refused = reviewing.post("officer", f"/tasks/{task_id}/complete", outcome="ready", comment=long)

    assert refused.status_code == 422
    assert 'id="comment-error"' in refused.text
    assert f"{long}</textarea>" in refused.text
    state = reviewing.world.read(lambda session: session.get_one(Task, task_id).state)
    assert state is TaskState.OPEN
