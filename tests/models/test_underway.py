"""Statements that are sent without waiting: their order, their answers and their refusals."""

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from models.calendar import Setting
from models.organisation import OrganisationUnit, UnitKind
from models.prepared import Prepared
from tests.conftest import Store

_set = Prepared(insert(Setting).values(key=bindparam("key"), value=bindparam("value")))
_change = Prepared(update(Setting).where(Setting.key == bindparam("name")).values(value=bindparam("value")))
_read = Prepared(select(Setting.value).where(Setting.key == bindparam("key")))
_found = Prepared(
    insert(OrganisationUnit)
    .values(
        kind=UnitKind.SCHOOL,
        code=bindparam("code"),
        name="",
        short_name="",
        contact="",
        place="",
        search_text="",
        level_codes="",
    )
    .returning(OrganisationUnit.id)
)


class Untouched(Exception):
    """Nothing was changed."""


def test_what_is_sent_arrives_before_what_is_waited_for(store: Store) -> None:
    with store.engine.begin() as connection:
        _set.send(connection, key="a", value=1)
        _change.send(connection, Untouched, name="a", value=2)

        assert _read.row(connection, key="a") == (2,)


def test_what_is_sent_arrives_before_statements_of_sqlalchemy(store: Store) -> None:
    with store.make_session.begin() as session:
        _set.send(session.connection(), key="a", value=1)

        assert session.scalar(select(func.count()).select_from(Setting)) == 1


def test_what_is_sent_is_committed(store: Store) -> None:
    with store.engine.begin() as connection:
        _set.send(connection, key="a", value=1)

    with store.engine.begin() as connection:
        assert _read.row(connection, key="a") == (1,)


def test_what_is_sent_is_rolled_back(store: Store) -> None:
    with store.engine.connect() as connection:
        connection.begin()
        _set.send(connection, key="a", value=1)
        connection.rollback()
        connection.begin()

        assert _read.row(connection, key="a") is None


def test_the_new_id_is_there_when_asked_for(store: Store) -> None:
    with store.engine.begin() as connection:
        first, second = (_found.send(connection, code=code) for code in "ab")

        assert 0 < first.value < second.value


def test_who_touches_nothing_is_refused_before_the_commit(store: Store) -> None:
    with pytest.raises(Untouched), store.engine.begin() as connection:  # noqa: PT012
        _set.send(connection, key="a", value=1)
        _change.send(connection, Untouched, name="b", value=2)

    with store.engine.begin() as connection:
        assert _read.row(connection, key="a") is None


def test_a_refusal_of_the_last_statement_reaches_the_commit(store: Store) -> None:
    with store.engine.begin() as connection:
        _set.send(connection, key="a", value=1)

    with pytest.raises(IntegrityError), store.engine.begin() as connection:  # noqa: PT012
        _set.send(connection, key="b", value=1)
        _set.send(connection, key="a", value=2)

    with store.engine.begin() as connection:
        assert _read.row(connection, key="a") == (1,)
        assert _read.row(connection, key="b") is None


def test_what_a_server_prepared_outlives_a_rollback(store: Store) -> None:
    with store.engine.connect() as connection:
        for _ in range(3):
            connection.begin()
            _set.send(connection, key="a", value=1)
            assert _read.row(connection, key="a") == (1,)
            assert connection.scalar(select(func.count()).select_from(Setting)) == 1
            connection.rollback()


def test_a_value_that_cannot_be_sent_is_refused_where_it_stands(store: Store) -> None:
    with store.engine.begin() as connection:
        _set.send(connection, key="a", value=1)
        with pytest.raises((DataError, ProgrammingError)):
            _read.row(connection, key=object())

        assert _read.row(connection, key="a") == (1,)


def test_errors_are_those_of_sqlalchemy_and_the_connection_stays_fit(store: Store) -> None:
    with pytest.raises(IntegrityError), store.engine.begin() as connection:  # noqa: PT012
        _set.send(connection, key="a", value=1)
        _set.send(connection, key="a", value=2)
        _read.row(connection, key="a")

    with store.engine.begin() as connection:
        assert _read.row(connection, key="a") is None


@pytest.mark.parametrize("number", [1, 9, 10, 123])
def test_many_rows_are_inserted_once_each(store: Store, number: int) -> None:
    codes = [f"code {place}" for place in range(number)]
    with store.engine.begin() as connection:
        _set.send(connection, key="a", value=1)
        ids = _found.insert_all(connection, [{"code": code} for code in codes])

    with store.engine.begin() as connection:
        assert _read.row(connection, key="a") == (1,)
        stored = connection.execute(select(OrganisationUnit.id, OrganisationUnit.code)).all()
    assert sorted(code for _, code in stored) == sorted(codes)
    assert {id_ for (id_,) in ids} == {row.id for row in stored}
    assert len(ids) == number


def test_a_value_that_cannot_be_sent_among_many_leaves_the_connection_fit(store: Store) -> None:
    rows = [{"code": f"code {place}"} for place in range(15)]
    with store.engine.connect() as connection:
        connection.begin()
        with pytest.raises((DataError, ProgrammingError, UnicodeEncodeError)):
            _found.insert_all(connection, [*rows, {"code": "\ud800"}])
        connection.rollback()
        connection.begin()

        assert connection.scalar(select(func.count()).select_from(OrganisationUnit)) == 0
