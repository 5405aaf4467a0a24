"""What Enter in a field of a task does: sign with the password that was typed, and nothing else by surprise."""

from lxml import html

from models.task import Task
from tests.web.conftest import PASSWORD
from tests.web.work.office import Office, form_of


def outcome_of(office: Office, task_id: int) -> str | None:
    return office.world.read(lambda session: session.get_one(Task, task_id).outcome)


def test_enter_in_the_password_signs_and_elsewhere_keeps_a_draft(confirming: Office) -> None:
    task_id = confirming.task_id("confirm_record")
    document = html.fromstring(confirming.page("homeroom", f"/tasks/{task_id}"))
    # What a browser presses for Enter: the first button of the form.
    first = document.xpath("//form[@id='task-form']//button | //button[@form='task-form']")[0]
    pressed = {first.get("name"): first.get("value")}
    form = form_of(confirming.page("homeroom", f"/tasks/{task_id}"))

    elsewhere = confirming.post("homeroom", first.get("formaction"), **form, **pressed)
    assert elsewhere.headers["Location"] == f"/tasks/{task_id}"
    assert outcome_of(confirming, task_id) is None
    wrong = confirming.post("homeroom", first.get("formaction"), **form, **pressed, password="nein")
    assert 'id="sign-password-error"' in wrong.text
    confirming.post("homeroom", first.get("formaction"), **form, **pressed, password=PASSWORD)

    assert outcome_of(confirming, task_id) == "confirm"
