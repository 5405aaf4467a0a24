"""What a helper did is listed with the name of who answers for it (P2.3)."""

import pytest

from tests.web.work.office import Office


@pytest.mark.parametrize("page", ["/done", "/submitted"])
def test_lists_say_on_whose_behalf(office: Office, page: str) -> None:
    world = office.world
    world.complete("homeroom", "review_pupils", "cannot", subject="6A", reason="nghỉ thai sản")
    helper = str(world.people["deputy"])
    world.complete("principal", "assign_support", "assign", subject="6A", supporter=helper)
    world.approve_pupils("deputy", world.task("review_pupils", "6A"))
    world.complete("deputy", "review_pupils", "done", subject="6A")

    listed = office.page("deputy", page)

    assert "thay mặt cô Chủ Nhiệm Thử" in listed
    assert "thay mặt" not in office.page("homeroom", page)
