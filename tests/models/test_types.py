"""Instants, JSON and states come back from both databases as they went in."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import CheckConstraint, Column, MetaData, Table, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from models.base import NAMES
from models.types import Id, Instant, Json, Variables, choice
from tests.conftest import Store
from tests.engine.diagrams import Run, line, user

HANOI = timezone(timedelta(hours=7))


class ProbeState(StrEnum):
    OPEN = "open"
    RETURNED = "returned"


metadata = MetaData(naming_convention=NAMES)
probe = Table(
    "probe",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant),
    Column("value", Json),
    Column("variables", Variables),
    Column("state", choice(ProbeState)),
)


@pytest.fixture
def probed(store: Store) -> Store:
    metadata.create_all(store.engine)
    return store


def _round_trip(store: Store, **values: Any) -> Any:
    with store.engine.begin() as connection:
        connection.execute(insert(probe).values(**values))
        return connection.execute(select(probe)).one()


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2023, 6, 8, 17, tzinfo=HANOI),
        datetime(2023, 6, 8, 10, 0, 0, 1, tzinfo=UTC),
        datetime(1900, 1, 1, tzinfo=UTC),
        None,
    ],
)
def test_instant_comes_back_in_utc(probed: Store, instant: datetime | None) -> None:
    row = _round_trip(probed, at=instant)

    assert row.at == instant
    assert row.at is None or row.at.tzinfo is UTC


def test_naive_instant_is_refused(probed: Store) -> None:
    with pytest.raises(StatementError, match="needs a time zone"):
        _round_trip(probed, at=datetime(2023, 6, 8))


def test_instants_sort_and_compare_in_time_not_in_text(probed: Store) -> None:
    times = [datetime(2023, 6, 8, 17, tzinfo=HANOI), datetime(2023, 6, 8, 10, 0, 1, tzinfo=UTC)]
    with probed.engine.begin() as connection:
        connection.execute(insert(probe), [{"at": at} for at in reversed(times)])

        assert connection.scalars(select(probe.c.at).order_by(probe.c.at)).all() == times
        assert connection.scalars(select(probe.c.at).where(probe.c.at <= times[0])).all() == times[:1]


@pytest.mark.parametrize("value", [{"tên": "Hoà", "b": [1, None], "a": 'nháy "'}, [], "x", 0, None])
def test_json_comes_back_with_its_order(probed: Store, value: Any) -> None:
    row = _round_trip(probed, value=value)

    assert row.value == value
    assert not isinstance(value, dict) or list(row.value) == list(value)


def test_json_is_kept_readable(probed: Store) -> None:
    _round_trip(probed, value={"tên": "Đỗ Thị Hoà"})

    with probed.engine.connect() as connection:
        assert connection.scalar(text("SELECT value FROM probe")) == '{"tên":"Đỗ Thị Hoà"}'


def test_literals_are_quoted(probed: Store) -> None:
    value = {"a": "it's"}
    at = datetime(2023, 6, 8, tzinfo=UTC)
    _round_trip(probed, value=value, at=at)
    query = select(probe.c.id).where(probe.c.value == value, probe.c.at == at)

    with probed.engine.connect() as connection:
        literal = str(query.compile(probed.engine, compile_kwargs={"literal_binds": True}))
        assert len(connection.exec_driver_sql(literal.replace("%", "%%")).all()) == 1


def test_state_comes_back_as_its_member(probed: Store) -> None:
    assert _round_trip(probed, state=ProbeState.RETURNED).state is ProbeState.RETURNED


def test_database_itself_refuses_an_unknown_state(probed: Store) -> None:
    with pytest.raises(IntegrityError, match="ck_probe_probe_state"), probed.engine.begin() as connection:
        connection.execute(text("INSERT INTO probe (id, state) VALUES (1, 'lost')"))


def test_checks_are_named_after_table_and_state() -> None:
    checks = [c.name for c in probe.constraints if isinstance(c, CheckConstraint)]

    assert checks == ["ck_probe_probe_state"]


VARIABLES = [
    {"limit": datetime(2023, 6, 8, 17, tzinfo=HANOI), "on": date(2023, 6, 8), "for": [timedelta(days=1.5)]},
    {"large": 2**80, "small": -(2**63), "text": "2023-06-08", "none": None, "half": 0.5, "yes": True},
    {"$t": "t", "v": "boom", "deep": [{"$t": {"$t": "m", "v": {}}}, {"$t": 1}]},
    {"tên": "Hoà", "b": [1, None], "a": '"$t"'},
    {},
    None,
]


@pytest.mark.parametrize("values", VARIABLES)
def test_variables_come_back_as_what_they_were(probed: Store, values: Any) -> None:
    row = _round_trip(probed, variables=values)

    assert row.variables == values
    with probed.engine.connect() as connection:
        query = select(probe.c.id).where(probe.c.variables == values)
        literal = str(query.compile(probed.engine, compile_kwargs={"literal_binds": True}))
        assert values is None or len(connection.exec_driver_sql(literal.replace("%", "%%")).all()) == 1


@pytest.mark.parametrize("values", VARIABLES[:-1])
def test_variables_are_marked_as_in_the_state_of_the_engine(probed: Store, values: Any) -> None:
    _round_trip(probed, variables=values)

    with probed.engine.connect() as connection:
        written = connection.scalar(text("SELECT variables FROM probe"))

    state = json.loads(Run(line(("a", user("a"))), given=values).snapshot.state)
    assert json.loads(written) == next(row[4]["given"] for row in state[3] if "given" in row[4])


def test_variables_of_earlier_releases_are_read_as_they_stand(probed: Store) -> None:
    old = '{"limit":"2023-06-08T17:00:00+07:00","odd":{"$t":"x","v":1},"other":{"$t":"t"}}'
    with probed.engine.begin() as connection:
        connection.execute(text("INSERT INTO probe (id, variables) VALUES (1, :old)"), {"old": old})

        assert connection.scalar(select(probe.c.variables)) == json.loads(old)


def test_json_tells_a_length_of_time_in_words_and_refuses_what_is_no_value(probed: Store) -> None:
    assert _round_trip(probed, value={"gap": timedelta(days=4)}).value == {"gap": "4 days, 0:00:00"}

    for column in ("value", "variables"):
        with pytest.raises(StatementError, match="object"):
            _round_trip(probed, **{column: {"odd": object()}})
