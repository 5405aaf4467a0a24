"""Progress on paper: the official header, the numbers of the page, by whom and when, bounded in size."""

import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.cast import World
from tests.conftest import Store
from tests.web.territory import Enter, entrance, running_world
from web.composition import Composition
from workflows.clock import FixedClock
from workflows.commands.steering.deadlines import extend
from workflows.records import progress_sheet
from workflows.records.progress_sheet import Column, Part, ProgressSheet, render_progress

pytestmark = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils not installed")


@pytest.fixture
def world(sqlite_store: Store, clock: FixedClock, parts: Composition) -> World:
    return running_world(sqlite_store, clock, parts)


@pytest.fixture
def enter(app: Flask, world: World) -> Enter:
    return entrance(app)


def text_of(pdf: bytes) -> str:
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(done.stdout.decode().replace("\u200b", "").split())


def test_a_superior_prints_the_units_of_the_territory(world: World, enter: Enter) -> None:
    answer = enter("inspector").get("/progress/progress.pdf")

    assert answer.mimetype == "application/pdf"
    assert "attachment" in answer.headers["Content-Disposition"]
    printed = text_of(answer.data)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in printed
    assert "Quận Mẫu, ngày 05 tháng 6 năm 2023" in printed
    assert "Phải rà soát: 8; đã xong: 0 (0 %)" in printed
    assert "Trường THCS Mẫu" in printed
    assert "Thầy Chuyên Viên Một lập từ phần mềm Rà soát lúc 08:00 05/06/2023" in printed
    assert "NGƯỜI LẬP" in printed
    assert "Trưởng Phòng Mẫu" in printed


def test_paper_names_the_deadlines_of_the_page_and_what_was_granted_to_one_school(
    world: World, enter: Enter
) -> None:
    world.do(
        lambda work: extend(
            work,
            actor=world.actor(work, "department_officer"),
            campaign_id=world.campaign_id,
            key="staff",
            level="",
            unit_id=world.units["school"],
            due_at=datetime(2023, 6, 29, 10, tzinfo=UTC),
            reason="Trường bị ngập",
        )
    )

    printed = text_of(enter("inspector").get("/progress/progress.pdf").data)
    own = text_of(enter("principal").get("/progress/progress.pdf").data)

    assert "Rà soát nhân sự 17:00 thứ Năm 15/06 (gia hạn cho 1 trường đến 29/06); Rà soát lớp" in printed
    assert "Rà soát nhân sự 17:00 thứ Năm 29/06; Rà soát lớp" in own


def test_a_head_prints_classes_and_people_and_signs_once(world: World, enter: Enter) -> None:
    printed = text_of(enter("principal").get("/progress/progress.pdf").data)

    assert "Tiến độ của từng lớp" in printed
    assert "6A" in printed
    assert "Thỉnh Giảng Giả" in printed
    assert "NGƯỜI LẬP" not in printed


def test_the_filter_of_the_page_holds_on_paper(world: World, enter: Enter) -> None:
    printed = text_of(enter("inspector").get("/progress/progress.pdf?kind=class&level=TH").data)

    assert "Tính theo: các lớp, cấp Tiểu học." in printed
    assert "Trường THCS Mẫu" not in printed


def test_paper_is_vietnamese_whatever_language_the_reader_has(world: World, enter: Enter) -> None:
    client = enter("inspector")
    client.send("/language", language="en")

    assert "Tính theo: nhân sự và lớp." in text_of(client.get("/progress/progress.pdf").data)


def test_what_is_no_paper_any_more_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_sheet, "MOST_ROWS", 2)
    heading = {"superior": "", "unit": "Sở Mẫu", "number": "", "place": "Mẫu", "dated_on": "2023-06-05"}
    part = Part(
        "Đơn vị", [Column("TT", "9"), Column("Tên", "*")], [[one, f"Trường {one}"] for one in range(5)]
    )
    now = datetime(2023, 6, 5, tzinfo=UTC)

    printed = text_of(
        render_progress(ProgressSheet(heading, "Báo cáo", "Thử", [], [part], [("A", "B")], "", "", now))  # type: ignore[arg-type]
    )

    assert "Trường 1" in printed
    assert "Trường 2" not in printed
    assert "… và 3 dòng nữa" in printed
