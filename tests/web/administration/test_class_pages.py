"""The pages of a school's classes: adding one, homeroom teachers, subjects; who is refused, and what is kept."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from models.journal import JournalEntry, JournalKind
from models.school import SchoolClass, TeachingAssignment
from tests.web.conftest import Cast, Client
from web.composition import Composition

ClientOf = Callable[[str], Client]


@pytest.fixture
def admin(client_of: ClientOf) -> Client:
    return client_of("admin")


@pytest.fixture
def at(cast: Cast) -> str:
    return f"/organisation/{cast.school}/classes"


@pytest.fixture
def room(admin: Client, at: str, cast: Cast) -> str:
    """Add class 6A; gives its address."""
    added = admin.send(at, **new_class(cast))
    assert added.status_code == 303
    return str(added.location)


def new_class(cast: Cast, **changes: str) -> dict[str, str]:
    teacher = str(cast.persons["teacher"])
    given = {"name": "6A", "grade": "6", "school_year": "2022-2023", "teacher": teacher}
    return {**given, "request_key": "c" * 32, **changes}


def kinds(parts: Composition) -> list[JournalKind]:
    with parts.read_sessions() as session:
        return list(session.scalars(select(JournalEntry.kind).order_by(JournalEntry.id)))


def test_a_class_is_added_once(admin: Client, at: str, cast: Cast, room: str, parts: Composition) -> None:
    again = admin.send(at, **new_class(cast), next=at)

    assert again.status_code == 303
    page = admin.get(f"{at}?year=2022-2023").text
    assert "6A" in page
    assert "Thầy Nguyễn Văn Ví Dụ" in page
    assert kinds(parts) == [JournalKind.CLASS_ADDED]
    assert admin.get(f"{at}?year=1").status_code == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"name": ""}, "name"), ({"grade": "x"}, "grade"), ({"school_year": "năm nay"}, "school_year")],
)
def test_a_refused_class_keeps_what_was_typed(
    admin: Client, at: str, cast: Cast, changes: dict[str, str], field: str
) -> None:
    answer = admin.send(at, **new_class(cast, **changes))

    assert answer.status_code == 422
    assert f'id="field-{field}-error"' in answer.text
    assert f'<option value="{cast.persons["teacher"]}" selected>' in answer.text


def test_homeroom_and_subjects_of_a_class(admin: Client, room: str, cast: Cast, parts: Composition) -> None:
    head, teacher = cast.persons["head"], cast.persons["teacher"]

    admin.send(f"{room}/homeroom", homeroom_teacher=head, request_key="h" * 32)
    for key in ("a" * 32, "a" * 32):
        assert (
            admin.send(f"{room}/assignments", subject="Toán", teacher=teacher, request_key=key).status_code
            == 303
        )
    taken = admin.send(f"{room}/assignments", subject="Toán", teacher=head)

    assert taken.status_code == 422
    assert 'value="Toán"' in taken.text
    with parts.read_sessions() as session:
        assert session.scalars(select(SchoolClass.homeroom_teacher_id)).one() == head
        (assignment,) = session.scalars(select(TeachingAssignment.id))
    ended = admin.send(f"{room}/assignments/{assignment}/end", request_key="e" * 32)
    assert ended.status_code == 303
    again = admin.send(f"{room}/assignments/{assignment}/end")
    assert again.status_code == 422
    assert "đã kết thúc" in again.text
    assert kinds(parts) == [
        JournalKind.CLASS_ADDED,
        JournalKind.HOMEROOM_TEACHER_CHANGED,
        JournalKind.TEACHING_ASSIGNED,
        JournalKind.TEACHING_ENDED,
    ]


@pytest.mark.parametrize("login", ["teacher", "head", "office", "school_admin"])
def test_nobody_else_comes_here(client_of: ClientOf, at: str, room: str, cast: Cast, login: str) -> None:
    client = client_of(login)

    assert client.get(at).status_code == 403
    assert client.get(room).status_code == 403
    for act in (at, f"{room}/homeroom", f"{room}/assignments", f"{room}/assignments/1/end"):
        assert client.send(act, **new_class(cast)).status_code == 403


def test_what_is_not_there_is_said(admin: Client, at: str, cast: Cast) -> None:
    assert admin.get(f"{at}/999").status_code == 404
    assert admin.send(f"{at}/999/homeroom", homeroom_teacher=cast.persons["head"]).status_code == 404
    assert admin.get(f"/organisation/{cast.district}/classes").status_code == 422
    assert admin.get("/organisation/999/classes").status_code == 404
