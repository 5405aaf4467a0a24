"""A file that finds no room: who sends it is told so, keeps what was typed, and nothing of it stays behind."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.task import Attachment
from tests.acceptance import chain
from tests.acceptance.page import Page
from tests.bench.stores import settle
from tests.faults.filling import FULL, no_byte_more
from tests.faults.installation import Houses, Installation
from tests.faults.visitor import Visitor
from tests.small_disk import SmallDisk, has_small_disks

# More than there is room for, and little enough to be received without the disk.
CONTENT = b"%PDF-1.7 " + b"x" * 400_000
# More than is received without the disk.
LARGE = b"%PDF-1.7 " + b"x" * 900_000
ROOM_BYTES = 300_000
TYPED = "Đang soạn dở"
FILE = "PDF, ảnh hoặc tệp văn phòng"
COMMENT = "Ý kiến của thầy/cô"


@pytest.fixture
def place(houses: Houses, tmp_path: Path) -> Iterator[Installation]:
    """Give a house on SQLite, whose own log has much room."""
    with houses.open("sqlite", tmp_path / "house") as opened:
        yield opened


@pytest.fixture
def limited(place: Installation) -> Callable[[], AbstractContextManager[None]]:
    """Give what refuses to write more than so much into one file (EFBIG)."""

    def limit() -> AbstractContextManager[None]:
        settle(place.house.world.store)
        return no_byte_more(os.getpid(), ROOM_BYTES)

    return limit


@pytest.fixture
def crowded(place: Installation, tmp_path: Path) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Give what leaves no room in the folder of the attachments, which lies on a disk of its own (ENOSPC)."""
    if not has_small_disks():
        pytest.skip("small disks need root and util-linux")
    disk = SmallDisk(tmp_path / "disk", 2)
    attachments = place.house.config.attachments_folder
    attachments.parent.mkdir(parents=True, exist_ok=True)
    attachments.symlink_to(disk.folder, target_is_directory=True)

    @contextmanager
    def fill() -> Iterator[None]:
        disk.fill()
        yield
        disk.make_room()

    yield fill
    disk.close()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["limited", "crowded"])
def test_upload_without_room_is_refused(
    place: Installation, way: str, request: pytest.FixtureRequest
) -> None:
    no_room = request.getfixturevalue(way)
    page = task_page(place)

    with no_room():
        refused = page.choose_file(FILE, "Quyết định.pdf", CONTENT).press("Đính kèm")

    assert refused.status == 503, refused
    assert refused.has(FULL, "chọn lại"), refused
    assert stored(place) == (0, [])
    back = refused.press("Gửi")
    assert back.value(COMMENT) == TYPED, back
    done = back.choose_file(FILE, "Quyết định.pdf", CONTENT).press("Đính kèm")
    assert done.status == 200, done
    number, files = stored(place)
    assert (number, [len(one.read_bytes()) for one in files]) == (1, [len(CONTENT)])


@pytest.mark.slow
def test_upload_that_cannot_be_received_is_refused(place: Installation) -> None:
    web = place.processes.gunicorn().start()
    web.wait_until_ready()
    visitor = Visitor("officer", web.address)
    visitor.log_in()
    task = place.house.world.task("review_record", chain.full_name("visiting"))
    page = visitor.visit(f"/tasks/{task.id}")

    with no_byte_more(web.children[0], ROOM_BYTES):
        refused = page.choose_file(FILE, "Quyết định.pdf", LARGE).press("Đính kèm")

    assert refused.status == 503, (refused, web.written)
    assert refused.has(FULL), refused
    assert place.processes.traces == []
    assert stored(place) == (0, [])


def task_page(place: Installation) -> Page:
    """Open a task and begin a comment."""
    page = place.house["officer"].task("Rà soát hồ sơ", chain.full_name("visiting"))
    return page.fill(COMMENT, TYPED)


def stored(place: Installation) -> tuple[int, list[Path]]:
    """Give how many attachments there are, and all files in their folder."""
    rows = place.house.world.read(lambda session: session.scalar(select(func.count(Attachment.id))) or 0)
    found = place.house.config.attachments_folder.rglob("*")
    return rows, [one for one in found if one.is_file() and one.name != "filling"]
