"""Which signed document took the place of which, over the whole chain of a school, on both stores."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.document import Document
from tests.cast import World
from tests.commands.chain import CONFIRMED, classes_done, staff_done, the_school
from tests.conftest import Store
from workflows.clock import FixedClock
from workflows.queries.successions import successions_of


@pytest.fixture
def world(store: Store, clock: FixedClock) -> World:
    return the_school(store, clock)


def replaced(world: World) -> dict[str, list[str]]:
    """Give of each replaced document the number by its title, the oldest first, with the number that replaces it."""

    def read_all(session: Session) -> dict[str, list[str]]:
        documents = {one.id: one for one in session.scalars(select(Document).order_by(Document.id))}
        found = successions_of(session, list(documents))
        pairs: dict[str, list[str]] = {}
        for document_id, succession in found.items():
            if succession.replaced_by is not None:
                assert document_id in {one.id for one in found[succession.replaced_by.id].replaces}
                kind = documents[document_id].kind
                pairs.setdefault(kind, []).append(
                    f"{documents[document_id].number} {succession.replaced_by.number}"
                )
        return pairs

    return world.read(read_all)


def test_what_is_signed_anew_after_a_return_replaces_what_was_signed_before(world: World) -> None:
    staff_done(world)
    classes_done(world)
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    assert replaced(world) == {}

    world.complete("inspector", "accept_report", "return", reason="lớp 6A chưa đạt")
    world.complete(
        "principal", "confirm_school", "return_classes", returned={world.classes["6A"]: "thiếu mã định danh"}
    )
    world.complete("homeroom", "review_returned", "done", subject="6A", reason="đã rà lại")
    world.complete("homeroom", "sign_minutes", "report", subject="6A")
    world.complete("principal", "check_class", "confirm", subject="6A")
    world.complete("principal", "confirm_school", "confirm", **CONFIRMED)
    world.complete("inspector", "accept_report", "accept")

    pairs = replaced(world)
    assert {kind: len(found) for kind, found in pairs.items()} == {"class_minutes": 1, "school_report": 1}
