"""One turn with a PostgreSQL server: statements go out together, and their answers come back together.

psycopg's own pipeline asks the network after each statement, which costs a step of ten small statements more than the
server takes for them (`docs/decisions/0008`). This speaks to libpq through `psycopg.pq` and `psycopg.generators`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from psycopg import Connection, OperationalError
from psycopg.abc import Transformer
from psycopg.adapt import PyFormat
from psycopg.errors import error_from_result
from psycopg.generators import fetch_many, send
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

MANY_VALUES = 200
_FAILED = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)


class Statement:
    """A text with a sign for each value (`$1` or `?`), and the name under which a server keeps it prepared."""

    __slots__ = ("name", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.name = b"rasoat_" + blake2b(text.encode(), digest_size=12).hexdigest().encode()


@dataclass(frozen=True, slots=True)
class Order:
    """A statement with its values as the server takes them."""

    statement: Statement
    values: Sequence[Any]
    formats: Sequence[Any]


class Answer:
    """What came back for one statement; reads as the cursor of a driver does."""

    __slots__ = ("_adapting", "_result")

    def __init__(self, adapting: Transformer, result: PGresult) -> None:
        self._adapting = adapting
        self._result = result

    @property
    def rowcount(self) -> int:
        """The number of rows it touched."""
        return self._result.command_tuples or 0

    def fetchone(self) -> Any:
        """Give the first row, or None."""
        rows = self.fetchall()
        return rows[0] if rows else None

    def fetchall(self) -> Sequence[Any]:
        """Give all rows."""
        self._adapting.set_pgresult(self._result)
        return self._adapting.load_rows(0, self._result.ntuples, tuple)

    def close(self) -> None:
        """Do nothing: everything is here already."""


def order(adapting: Transformer, statement: Statement, values: Sequence[Any]) -> Order:
    """Convert the values of a statement; refuses what cannot be sent with the driver's DataError."""
    formats = [PyFormat.BINARY if isinstance(value, bytes) else PyFormat.TEXT for value in values]
    return Order(statement, adapting.dump_sequence(values, formats), list(adapting.formats or ()))


def take_turn(
    driver: Connection[Any],
    adapting: Transformer,
    known: set[bytes],
    orders: Iterable[Order],
    *,
    commit: bool = False,
) -> list[Answer]:
    """Run statements one after another, in a transaction that begins with the first; give an answer for each.

    `known` are the names that this connection's server has prepared; it grows. Raises the driver's exception for the
    first statement that fails; those after it, and the commit, did not happen. What making an order raises comes
    after the answers to those before it.
    """
    refused: Exception | None = None
    begins = driver.pgconn.transaction_status == TransactionStatus.IDLE and not driver.autocommit
    try:
        driver.pgconn.enter_pipeline_mode()
        sent: list[Statement | bytes] = []
        if begins:
            sent.append(_send_text(driver.pgconn, _begin(driver)))
        parsing: set[bytes] = set()
        try:
            for one in orders:
                sent += _send_order(driver.pgconn, one, known, parsing)
                if len(one.values) > MANY_VALUES:
                    # The server begins while the next one is made; small ones go out together.
                    driver.pgconn.flush()
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, what went before must be taken off the line
            refused = error
        if commit and refused is None:
            sent.append(_send_text(driver.pgconn, b"COMMIT"))
        driver.pgconn.pipeline_sync()
        results = driver.wait(_fetch(driver.pgconn, len(sent)))
        driver.pgconn.exit_pipeline_mode()
    except BaseException:
        # Nobody can say what is still on its way.
        driver.close()
        raise
    answers = list(_answers(adapting, known, sent, results))
    if refused is not None:
        raise refused
    return answers


def _send_order(
    connection: PGconn, one: Order, known: set[bytes], parsing: set[bytes]
) -> list[Statement | bytes]:
    """Put a statement on its way, prepared first where the server does not know it; give what will be answered."""
    statement, sent = one.statement, list[Statement | bytes]()
    if statement.name not in known and statement.name not in parsing:
        parsing.add(statement.name)
        connection.send_prepare(statement.name, statement.text.encode())
        sent.append(statement.name)
    connection.send_query_prepared(statement.name, one.values, one.formats)
    return [*sent, statement]


def _send_text(connection: PGconn, text: bytes) -> bytes:
    connection.send_query_params(text, None)
    return b""


def _begin(driver: Connection[Any]) -> bytes:
    words = ["BEGIN"]
    if driver.isolation_level is not None:
        words += ["ISOLATION LEVEL", driver.isolation_level.name.replace("_", " ")]
    if driver.read_only is not None:
        words.append("READ ONLY" if driver.read_only else "READ WRITE")
    return " ".join(words).encode()


def _fetch(connection: PGconn, number: int) -> Any:
    yield from send(connection)
    results = []
    for _ in range(number):
        (result,) = yield from fetch_many(connection)
        results.append(result)
    # The end of the pipeline has an answer of its own.
    yield from fetch_many(connection)
    return results


def _answers(
    adapting: Transformer, known: set[bytes], sent: Sequence[Statement | bytes], results: Sequence[PGresult]
) -> Iterator[Answer]:
    failure = next((result for result in results if result.status in _FAILED), None)
    for what, result in zip(sent, results, strict=True):
        if isinstance(what, bytes):
            if what and result.status not in _FAILED:
                known.add(what)
        elif failure is None:
            yield Answer(adapting, result)
    if failure is not None:
        raise error_from_result(failure, encoding="utf-8")
