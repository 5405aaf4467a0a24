"""The clock of a demonstration, and that real data has none."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from models.calendar import Setting
from tests.cast import build_world
from tests.conftest import Store
from tests.web.conftest import PASSWORD, Cast, Client
from web.app import create_app
from web.composition import Composition, composition
from web.config import Config
from web.demo.clock import ahead
from web.jobs import clockwork_of
from workflows.clock import FixedClock

ACCOUNTS = {"password": PASSWORD, "groups": []}


def test_visitors_move_the_clock_ahead_for_everybody(
    config: Config, clock: FixedClock, cast: Any, work: Callable[[], Any]
) -> None:
    with work() as unit_of_work:
        unit_of_work.session.add(Setting(key="demo_accounts", value=ACCOUNTS))
    app = create_app(config, clock=clock, system_clock=clock)
    app.test_client_class = Client
    parts = composition(app)
    client: Any = app.test_client()
    client.send("/login", login="teacher", password=PASSWORD)
    assert "08:00 thứ Hai 05/06" in client.get("/notices").text

    assert client.send("/demonstration/clock", step="a year", next="/notices").status_code == 400
    for step in ("hour", "day", "week"):
        assert client.send("/demonstration/clock", step=step, next="/notices").location == "/notices"

    # 1 hour, to the next working day, 1 week, and nothing for what is no step.
    with parts.read_sessions() as session:
        assert ahead(session) == timedelta(hours=1 + 24 + 7 * 24)
    assert parts.clock.now() - clock.now() == timedelta(days=8, hours=1)
    assert "09:00 thứ Ba 13/06" in client.get("/notices").text
    parts.database.dispose()


def test_real_data_has_no_clock_to_move(client_of: Callable[[str], Client]) -> None:
    teacher = client_of("teacher")

    assert teacher.send("/demonstration/clock", step="week").status_code == 404
    assert "demonstration/clock" not in teacher.get("/notices").text


def test_moving_the_clock_leaves_slow_work_to_the_worker(parts: Composition) -> None:
    """A demonstration has hundreds of documents to print; whoever moves its clock does not wait for them."""
    assert set(clockwork_of(parts).run_once()) == {"timers", "ladder", "events"}


def test_visitors_jump_just_past_the_next_due_time(
    sqlite_store: Store, config: Config, clock: FixedClock, cast: Cast
) -> None:
    world = build_world(sqlite_store, clock)
    world.publish_shipped()
    world.open_campaign()
    world.do(lambda work: work.session.add(Setting(key="demo_accounts", value=ACCOUNTS)))
    due_at = min(task.due_at for task in world.open_tasks())
    app = create_app(config, clock=clock, system_clock=clock)
    app.test_client_class = Client
    client: Any = app.test_client()
    client.send("/login", login="teacher", password=PASSWORD)

    client.send("/demonstration/clock", step="due", next="/notices")

    assert composition(app).clock.now() - due_at == timedelta(minutes=1)
    composition(app).database.dispose()
