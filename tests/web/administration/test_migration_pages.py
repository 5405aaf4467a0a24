"""What the dry run and the pages of a migration say: what is missing, what stays, what happened meanwhile."""
# ruff: noqa: F811  (fixtures of another module)

import pytest
from sqlalchemy import select

from models.instance import ProcessInstance
from models.migration import Migration
from tests.commands.operating.runs import operate
from tests.engine.diagrams import definitions, element, end, flow, start, user
from tests.web.administration.test_called_runs import begin_items, items_drawing
from tests.web.administration.test_operations import (  # noqa: F401  (fixtures)
    ADMIN,
    WHY,
    office,
    opened_world,
    sqlite_store,
)
from tests.web.work.office import Office
from workflows.commands.operating import cancelling, migration


def beside(*names: str) -> str:
    """Two steps that are open together, the first and the second by another identifier where `names` say so."""
    steps = "".join(
        user(one, rs__assignee="head()", name=name) for one, name in zip(names, "IK", strict=True)
    )
    fork = element("parallelGateway", "fork") + element("parallelGateway", "join")
    flows = flow("s", "fork", names[0], "join", "e") + flow("fork", names[1], "join")
    return definitions(start() + fork + steps + end() + flows, key="beside").decode()


def test_dry_run_names_all_that_is_missing_by_its_identifier_above_the_table(office: Office) -> None:
    office.world.publish("beside", beside("enter", "check"))
    office.world.begin("beside")
    office.world.publish("beside", beside("write", "look"))

    page = office.page(ADMIN, "/procedures/beside/versions/1/migrate?to=2")

    for name in ("enter", "check"):
        assert f"không có phần tử cùng loại mang mã “{name}”" in page
        assert f'name="replaces.{name}"' in page
    assert page.count("Hãy chọn phần tử thay thế ở bên dưới.") == 2
    assert page.index("Phần tử thay thế</h2>") < page.index("<table")
    again = office.page(
        ADMIN, "/procedures/beside/versions/1/migrate?to=2&replaces.enter=write&replaces.check=look"
    )
    assert "không có phần tử" not in again


def test_moving_one_run_says_what_stays_below_it(office: Office) -> None:
    top = begin_items(office)
    office.world.publish("items", items_drawing())
    address = "/procedures/items/versions/1/migrate"
    form = {"to": "2", "scope": "chosen", "chosen": str(top)}
    said = "3 lượt bên dưới ở lại phiên bản 1"

    tried = office.page(ADMIN, f"{address}?to=2&scope=chosen&chosen={top}")
    whole = office.page(ADMIN, f"{address}?to=2")
    begun = office.post(ADMIN, address, reason=WHY, **form)
    after = office.page(ADMIN, begun.headers["Location"])

    assert said in tried
    assert said not in whole
    assert said in after
    versions = office.world.read(lambda session: list(session.scalars(select(ProcessInstance.version_id))))
    assert len(set(versions[-4:])) == 2


def test_second_order_of_the_same_run_says_that_it_is_gone_from_the_version(office: Office) -> None:
    top = begin_items(office)
    office.world.publish("items", items_drawing())
    form = {"to": "2", "scope": "chosen", "chosen": str(top)}

    first = office.post(ADMIN, "/procedures/items/versions/1/migrate", reason=WHY, **form)
    second = office.post(ADMIN, "/procedures/items/versions/1/migrate", reason=WHY, **form)

    assert (first.status_code, second.status_code) == (303, 422)
    assert "Không lượt nào đã chọn còn chạy trên phiên bản này" in second.text
    assert "Không có lượt nào chạy trên phiên bản này." not in second.text


def test_finished_migration_counts_who_ended_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.world.publish("beside", beside("enter", "check"))
    *_, last = (office.world.begin("beside") for _ in range(3))
    office.world.publish("beside", beside("enter", "check"))
    monkeypatch.setattr(migration, "BATCH", 1)

    begun = office.post(ADMIN, "/procedures/beside/versions/1/migrate", reason=WHY, to="2")
    address = str(begun.headers["Location"])
    under_way = office.page(ADMIN, address)
    operate(office.world, cancelling.cancel, instance_id=last, reason=WHY)
    made = office.world.read(lambda session: session.scalars(select(Migration.id)).one())
    office.world.do(lambda work: migration.migrate_batch(work, made))
    finished = office.page(ADMIN, address)

    assert "kết thúc giữa chừng" not in under_way
    assert "<strong>1</strong> đã kết thúc giữa chừng" in finished
