"""A school of every level goes through P1 and P2, by people before pages: from the directive to the accepted report."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance import chain
from tests.acceptance.chain import done, full_name, said
from tests.acceptance.house import House, found_house
from tests.conftest import Store
from workflows.clock import FixedClock

LEVELS = [
    ("MN", "district", "inspector"),
    ("TH", "district", "second_inspector"),
    ("THCS", "district", "inspector"),
    ("THPT", "department", "department_officer"),
    ("GDTX", "department", "department_officer"),
    ("TH,THCS", "district", "inspector"),
]


@pytest.fixture
def found(clock: FixedClock, tmp_path: Path) -> Iterator[Any]:
    """Give a function that founds a house in a store."""
    houses: list[House] = []

    def found_one(store: Store, **options: str) -> House:
        houses.append(found_house(store, clock, tmp_path, **options))  # type: ignore[arg-type]
        return houses[-1]

    yield found_one
    for house in houses:
        house.close()


def walk_the_chain(house: House, acceptor: str, school: str) -> None:
    chain.open_campaign(house)
    chain.staff_reported(house)
    done(house["principal"].task("Kiểm tra kết quả").press("Chấp nhận"))
    for class_name in ("6A", "6B"):
        chain.class_reported(house, class_name)
        done(house["principal"].task("Duyệt lớp", class_name).press("Duyệt"))
    chain.confirm_school(house)
    done(house[acceptor].task("Tiếp nhận báo cáo", school).press("Chấp nhận báo cáo"))


@pytest.mark.parametrize(("levels", "superior", "acceptor"), LEVELS)
def test_a_school_of_every_level_reaches_the_accepted_report(
    sqlite_store: Store, found: Any, levels: str, superior: str, acceptor: str
) -> None:
    house = found(sqlite_store, levels=levels, superior=superior)

    walk_the_chain(house, acceptor, f"Trường {levels} Mẫu")

    check_the_proof(house)


@pytest.mark.postgresql
def test_the_chain_runs_on_postgresql(make_postgresql_store: Any, found: Any) -> None:
    house = found(make_postgresql_store())

    walk_the_chain(house, "second_inspector", "Trường THCS Mẫu")

    check_the_proof(house)


def check_the_proof(house: House) -> None:
    """Everybody has an outcome, nobody of the school has anything left, and every signature can be found."""
    school = house.world.units["school"]
    roster = house["principal"].visit(f"/campaigns/{house.world.campaign_id}/roster/{school}")
    proof = roster.root.xpath('//*[@id="proof"]//tbody/tr')
    lines = {row.xpath("./th")[0].text: [one.text_content() for one in row.xpath("./td")] for row in proof}
    assert {numbers[3] for numbers in lines.values()} >= {"6", "2"}
    for numbers in lines.values():
        assert numbers[3] == numbers[4], lines
        assert numbers[5:] == ["0", "0", "0"], lines
    for name in ("principal", "officer", "homeroom", "colleague", "visiting", "deputy"):
        said(house[name].open_inbox(), "Không còn việc nào")
    documents = said(house["principal"].visit("/documents"), full_name("officer"))
    assert len(documents.root.xpath("//main//tbody/tr")) == 6 + 1 + 2 + 1
    said(documents.follow("Biên bản"), "nguyên vẹn")
