"""Statements that are sent without waiting: their order, their answers and their refusals."""

from contextlib import suppress

import pytest
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError

from models.calendar import Setting
from models.organisation import OrganisationUnit, UnitKind
from models.prepared import Prepared, send_for_ids
from tests.conftest import Store

_set = Prepared(insert(Setting).values(key=bindparam("key"), value=bindparam("value")))
_change = Prepared(update(Setting).where(Setting.key == bindparam("name")).values(value=bindparam("value")))
_read = Prepared(select(Setting.value).where(Setting.key == bindparam("key")))
_new = insert(OrganisationUnit).values(
    kind=UnitKind.SCHOOL,
    code=bindparam("code"),
    name="",
    short_name="",
    contact="",
    place="",
    search_text="",
    level_codes="",
)
_found = Prepared(_new.returning(OrganisationUnit.id))
_found_all = Prepared(_new.values(id=bindparam("id")))


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


def test_ids_drawn_ahead_are_those_of_nobody_else(store: Store) -> None:
    with store.engine.begin() as connection:
        before = _found.send(connection, code="a").value
        drawn = [id_ for (id_,) in send_for_ids(connection, "organisation_unit", 3).rows]
        _found_all.insert_all(connection, [{"id": id_, "code": str(id_)} for id_ in drawn])
        after = _found.send(connection, code="b").value

        assert before < min(drawn) <= max(drawn) < after
        assert len(set(drawn)) == 3
        assert send_for_ids(connection, "organisation_unit", 0).rows == []


def test_what_is_sent_before_a_refusal_leaves_the_connection_fit(store: Store) -> None:
    with store.engine.connect() as connection:
        connection.begin()
        _set.send(connection, key="a", value=1)
        with suppress(IntegrityError):  # SQLite refuses at once
            _set.send(connection, key="a", value=2)
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
        ids = [id_ for (id_,) in send_for_ids(connection, "organisation_unit", number).rows]
        rows = [{"id": id_, "code": code} for id_, code in zip(ids, codes, strict=True)]
        _found_all.insert_all(connection, rows)

    with store.engine.begin() as connection:
        assert _read.row(connection, key="a") == (1,)
        stored = connection.execute(select(OrganisationUnit.id, OrganisationUnit.code)).all()
    assert sorted(stored) == sorted(zip(ids, codes, strict=True))
    assert ids == sorted(ids)


def test_a_value_that_cannot_be_sent_among_many_leaves_the_connection_fit(store: Store) -> None:
    rows = [{"id": place, "code": f"code {place}"} for place in range(1, 16)]
    with store.engine.connect() as connection:
        connection.begin()
        with pytest.raises((DataError, ProgrammingError, UnicodeEncodeError)):
            _found_all.insert_all(connection, [*rows, {"id": 16, "code": "\ud800"}])
        connection.rollback()
        connection.begin()

        assert connection.scalar(select(func.count()).select_from(OrganisationUnit)) == 0
