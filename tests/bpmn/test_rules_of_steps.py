"""Who has a step and who answers for it, whom a call is for, what it hands on: rules that no scenario shows."""

from datetime import timedelta

import pytest

from tests.bpmn.shipped import (
    BEFORE,
    DEADLINE,
    DISTRICT,
    HOMEROOM,
    MEMBER,
    SCHOOL,
    SUBJECT_TEACHER,
    Played,
    item,
    specification_of,
)
from workflows.engine import Surroundings

HEAD = {"role": "head", "unit": SCHOOL["id"]}
DISTRICT_OFFICER = {"role": "officer", "unit": DISTRICT["id"]}


def play(key: str, *moves: str, **changed: object) -> Played:
    played = Played(key, {"officer": 7} if key == "person_review" else {}, **changed).move("start")
    for move in moves:
        played.move(move)
    return played


TO_REPORT = ("staff_part ends", "class_reviews ends", "confirm_school confirm")
ASSIGNED = "assign_officer assign officer=7"
STAFF_HANDED_OVER = ("person_reviews ends", "synchronise done", "report_and_hand_over report")
TO_PARENTS = ("review_pupils done", "grade_entries ends")
HELPED = ("review_pupils cannot", "assign_support assign supporter=9")
TO_MINUTES = ("inform_parents informed", "hear_objections none")
PLACES = [
    ("district_review", ("school_reviews ends",), "close_campaign", {"role": "officer", "unit": 3}, None),
    ("school_review", TO_REPORT[:2], "confirm_school", HEAD, None),
    ("school_review", TO_REPORT, "accept_report", DISTRICT_OFFICER, None),
    ("staff_review", (), "assign_officer", HEAD, None),
    ("staff_review", (ASSIGNED, "person_reviews ends"), "synchronise", 7, None),
    ("person_review", (), "review_record", 7, None),
    ("person_review", ("review_record ready",), "confirm_record", MEMBER, MEMBER),
    ("person_review", ("review_record except",), "accept_exception", HEAD, None),
    ("class_review", (), "review_pupils", HOMEROOM, HOMEROOM),
    ("class_review", HELPED, "review_pupils", 9, HOMEROOM),
    ("class_review", (*HELPED, *TO_PARENTS), "inform_parents", 9, HOMEROOM),
    ("class_review", (*HELPED, *TO_PARENTS, *TO_MINUTES), "sign_minutes", 9, HOMEROOM),
    ("class_review", (*TO_PARENTS, *TO_MINUTES), "sign_minutes", HOMEROOM, HOMEROOM),
    ("class_review", (*TO_PARENTS, *TO_MINUTES, "sign_minutes report"), "check_class", HEAD, None),
    ("grade_entry", (), "enter_grades", SUBJECT_TEACHER, SUBJECT_TEACHER),
    (
        "grade_entry",
        ("enter_grades cannot", "assign_support assign supporter=9"),
        "enter_grades",
        9,
        SUBJECT_TEACHER,
    ),
]


@pytest.mark.parametrize(("key", "moves", "step", "assignee", "accountable"), PLACES)
def test_step_is_given_to_the_right_person(
    key: str, moves: tuple[str, ...], step: str, assignee: object, accountable: object
) -> None:
    played = play(key, *moves)

    assert played.rule(step, "assignee") == assignee
    if accountable is not None:
        assert played.rule(step, "accountable") == accountable


def test_head_who_assigns_nobody_gives_the_work_back_to_the_teacher() -> None:
    played = play("class_review", *HELPED, "review_pupils cannot", "assign_support refuse supporter=null")

    assert played.rule("review_pupils", "assignee") == HOMEROOM


@pytest.mark.parametrize(
    ("key", "moves", "call", "called", "subjects"),
    [
        ("district_review", (), "school_reviews", "school_review", [("school", 3), ("school", 4)]),
        ("school_review", (), "class_reviews", "class_review", [("class", 61), ("class", 62)]),
        (
            "staff_review",
            (ASSIGNED,),
            "person_reviews",
            "person_review",
            [("staff", n) for n in (11, 12, 13)],
        ),
        ("class_review", (), "grade_entries", "grade_entry", [("assignment", 71), ("assignment", 72)]),
    ],
)
def test_call_runs_one_child_per_subject(
    key: str, moves: tuple[str, ...], call: str, called: str, subjects: list[tuple[str, int]]
) -> None:
    group = play(key, *moves).groups[call]

    assert (group.called, group.sequential, group.condition) == (called, False, None)
    assert [(child.item["kind"], child.item["id"]) for child in group.items] == subjects  # type: ignore[index]


def test_staff_review_is_one_run_on_the_school_itself() -> None:
    group = play("school_review").groups["staff_part"]

    assert (group.called, [child.item for child in group.items]) == ("staff_review", [None])


def test_officer_is_assigned_once_and_reviews_again_who_comes_back_later() -> None:
    played = play("school_review", classes=[])
    assert played.groups["staff_part"].items[0].values == {"officer": None}

    ended = play("staff_review", ASSIGNED, *STAFF_HANDED_OVER, "head_check accept").snapshot
    assert ended.result["result"] == 7

    again = Played("staff_review", {"officer": 7}).move("start")
    assert again.waits == "person_reviews staff_deadline"
    assert [child.values["officer"] for child in again.groups["person_reviews"].items] == [7, 7, 7]


def test_only_the_part_that_comes_back_runs_again() -> None:
    played = play("school_review", *TO_REPORT, "accept_report return")

    played.move("confirm_school return_classes returned=[61]")

    assert set(played.groups) == {"class_reviews"}
    assert [child.values["entry"]["id"] for child in played.groups["class_reviews"].items] == [61, 62]  # type: ignore[index]
    (alarm,) = played.snapshot.timers
    assert alarm.due_at == max(DEADLINE, BEFORE + timedelta(days=1))


def test_each_person_is_reviewed_by_the_assigned_officer() -> None:
    group = play("staff_review", ASSIGNED).groups["person_reviews"]

    assert [child.values["officer"] for child in group.items] == [7, 7, 7]
    assert specification_of("person_review").opening == "review_record"


def test_second_round_reviews_only_who_has_no_outcome() -> None:
    rounds = [[item("staff", 11), item("staff", 12)], [item("staff", 12)]]
    played = Played("staff_review")
    asked = {"staff": lambda only=None: rounds.pop(0)}
    played.around = Surroundings(played.around.now, {**played.around.names, **asked})
    for move in ("start", ASSIGNED, *STAFF_HANDED_OVER):
        played.move(move)

    played.move("head_check return returned=[12]")

    assert [child.item["id"] for child in played.groups["person_reviews"].items] == [12]  # type: ignore[index]


def test_school_without_classes_reports_its_staff_only() -> None:
    assert play("school_review", classes=[]).waits == "staff_part"
    assert play("school_review", "staff_part ends", classes=[]).waits == "confirm_school"


@pytest.mark.parametrize(
    ("key", "moves", "timer"),
    [("school_review", (), "class_deadline"), ("staff_review", (ASSIGNED,), "staff_deadline")],
)
def test_alarm_rings_at_the_deadline_and_moves_with_it(key: str, moves: tuple[str, ...], timer: str) -> None:
    (waiting,) = play(key, *moves).snapshot.timers

    assert (waiting.element_id, waiting.due_at) == (timer, DEADLINE)
    assert "deadline(" in waiting.expression


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
    assert specification_of(key).opening == opening
