"""Every act that was answered is done once, and nothing else has happened: each scene once, with chances of its own.

`RASOAT_FAULT_ROUNDS=20 python3 run.py test tests/faults` plays each as often.
"""

import os
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from tests.faults.installation import Houses
from tests.faults.processes import Process
from tests.faults.scenes import SCENES, Scene
from tests.small_disk import has_small_disks
from web.request_work import read_session

ROUNDS = int(os.environ.get("RASOAT_FAULT_ROUNDS", "1"))


def marks(scene: Scene, kind: str) -> list[pytest.MarkDecorator]:
    """Say what a scene needs."""
    needed = [pytest.mark.postgresql] if kind == "postgresql" else []
    if scene.small_disk:
        needed.append(
            pytest.mark.skipif(not has_small_disks(), reason="small disks need root and util-linux")
        )
    return needed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scene", "kind"),
    [
        pytest.param(scene, kind, id=f"{scene.name}-{kind}", marks=marks(scene, kind))
        for scene in SCENES
        for kind in scene.kinds
    ],
)
@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_every_act_is_done_once(
    houses: Houses, tmp_path: Path, scene: Scene, kind: str, round_number: int
) -> None:
    verdict = scene.play(houses, kind, tmp_path, Random(round_number))

    assert verdict.faults == []
    assert verdict.acknowledged + verdict.clockwork > 0


@pytest.mark.slow
def test_what_fails_in_a_scene_is_told_though_nobody_answers_any_more(houses: Houses, tmp_path: Path) -> None:
    def fail(web: Process) -> None:
        with place.at_work(web) as people:
            people.wait_for(1)
            web.kill()
            raise ZeroDivisionError

    with houses.open("sqlite", tmp_path) as place:
        web = place.processes.serve().start()
        web.wait_until_ready()

        with pytest.raises(ZeroDivisionError):
            fail(web)


@pytest.mark.postgresql
@pytest.mark.slow
def test_server_gone_after_the_last_read_of_a_page(houses: Houses, tmp_path: Path) -> None:
    with houses.open("postgresql", tmp_path) as place:
        house = place.house
        with house.app.test_request_context("/"):
            own = read_session().scalar(text("SELECT pg_backend_pid()"))

            houses.stores.server.execute(f"SELECT pg_terminate_backend({own})")

        # The context has ended without an error, and the next page finds a connection.
        assert house["principal"].open_inbox().status == 200
