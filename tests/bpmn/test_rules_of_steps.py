"""What the diagrams say of calls and of their first step: rules that no scenario shows."""

import pytest

from tests.bpmn.shipped import specification_of


@pytest.mark.parametrize(
    ("key", "call", "called", "passed", "collection"),
    [
        ("district_review", "school_reviews", "school_review", (), "schools()"),
        ("school_review", "class_reviews", "class_review", (), "classes()"),
        ("school_review", "staff_part", "staff_review", ("officer",), None),
        ("staff_review", "person_reviews", "person_review", ("officer",), "staff()"),
        ("class_review", "grade_entries", "grade_entry", (), "assignments()"),
        ("class_review", "grades_again", "grade_entry", (), "assignments()"),
    ],
)
def test_call_runs_all_its_children_at_once_and_waits_for_each(
    key: str, call: str, called: str, passed: tuple[str, ...], collection: str | None
) -> None:
    drawn = specification_of(key).calls[call]

    assert (drawn.called, drawn.passed, drawn.collection) == (called, passed, collection)
    assert (drawn.sequential, drawn.condition) == (False, None)


@pytest.mark.parametrize(
    ("key", "opening"),
    [
        ("person_review", "review_record"),
        ("grade_entry", "enter_grades"),
        ("staff_review", None),
        ("class_review", None),
        ("school_review", None),
        ("district_review", None),
    ],
)
def test_children_with_a_plain_first_step_can_wait_as_rows(key: str, opening: str | None) -> None:
    assert specification_of(key).opening_of() == opening
