"""Several hands at the same instant, and a disk that is full."""

from pathlib import Path
from random import Random

import pytest

from tests.conftest import Store
from tests.faults.filling import disk_full
from tests.faults.installation import ROUNDS, open_installation
from tests.faults.together import approval_against_return, one_form_twenty_times

pytestmark = pytest.mark.slow


def test_one_form_twenty_times(store: Store, tmp_path: Path) -> None:
    with open_installation(store, tmp_path) as place:
        assert one_form_twenty_times(place).faults == []


def test_approval_against_return(store: Store, tmp_path: Path) -> None:
    with open_installation(store, tmp_path) as place:
        assert approval_against_return(place).faults == []


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_disk_full(sqlite_store: Store, tmp_path: Path, round_number: int) -> None:
    with open_installation(sqlite_store, tmp_path) as place:
        assert disk_full(place, Random(round_number)).faults == []
