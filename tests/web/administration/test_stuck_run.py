"""The page of a run that cannot go on: its drawing, its sentences, the timer that failed, and what came too late."""

import pytest

from tests.web.administration.test_operations import ADMIN, open_incident, run_of
from tests.web.work.conftest import office, opened_world, sqlite_store  # noqa: F401  (fixtures)
from tests.web.work.office import Office


@pytest.fixture
def at_work(office: Office) -> Office:  # noqa: F811
    """The officer reviews the staff."""
    office.assign_officer()
    return office


def test_drawing_marks_where_it_cannot_go_on_and_calls_nothing_late_that_is_not(at_work: Office) -> None:
    run = run_of(at_work, "review_pupils", "6A")
    address = f"/operations/{run.id}"
    assert '"review_pupils": "open"' in at_work.page(ADMIN, address)

    open_incident(at_work, run.id, "review_pupils")

    page = at_work.page(ADMIN, address)
    assert '"review_pupils": "stuck"' in page
    assert '"late"' not in page
