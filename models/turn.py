"""One turn with a PostgreSQL server: statements go out together, and their answers come back together.

psycopg's own pipeline asks the network after each statement, which costs a step of ten small statements more than the
server takes for them (`docs/decisions/0008`). This speaks to libpq through `psycopg.pq` and `psycopg.generators`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import blake2b
from typing import Any

from psycopg import Connection, Error
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


class Turn:
    """Statements for a server, in a transaction that begins with the first; all are answered at the end.

    They go out together, or as soon as one has many values: the server works on it while the next are made. Once
    they do, the connection serves nothing else until the end.
    """

    __slots__ = ("_adapting", "_driver", "_going", "_known", "_ready", "_sent", "statements")

    def __init__(self, driver: Connection[Any], adapting: Transformer, known: set[bytes]) -> None:
        """`known` are the names that this connection's server has prepared; it grows."""
        self.statements: list[Statement] = []
        self._driver = driver
        self._adapting = adapting
        self._known = known
        # Values with their formats, for each statement that has not gone out.
        self._ready: list[tuple[Statement, Sequence[Any], Sequence[Any]]] = []
        self._going = False
        # Statements, names of what is prepared, and texts without an answer of interest, in the order of the answers.
        self._sent: list[Statement | bytes] = []

    def add(self, statement: Statement, values: Sequence[Any]) -> None:
        """Add a statement; values that cannot be sent are refused with the driver's DataError."""
        formats = [PyFormat.BINARY if isinstance(value, bytes) else PyFormat.TEXT for value in values]
        dumped = self._adapting.dump_sequence(values, formats)
        self.statements.append(statement)
        self._ready.append((statement, dumped, list(self._adapting.formats or ())))
        if len(values) > MANY_VALUES:
            with _closing_if_broken(self._driver):
                self._go()
                self._driver.pgconn.flush()

    def end(self, *, commit: bool = False) -> list[Answer]:
        """Wait for the answer to each statement, and to the commit if that is asked.

        Raises the driver's exception for the first statement that failed; those after it, and the commit, did not
        happen.
        """
        with _closing_if_broken(self._driver):
            self._go()
            if commit:
                self._send_text(b"COMMIT")
            self._driver.pgconn.pipeline_sync()
            results = self._driver.wait(_fetch(self._driver.pgconn, len(self._sent)))
            self._driver.pgconn.exit_pipeline_mode()
        return list(self._answers(results))

    def drop(self) -> None:
        """Forget what has not gone out, and take off the line the answers to what has, whatever they are."""
        self._ready.clear()
        if self._going:
            with suppress(Error):
                self.end()

    def _go(self) -> None:
        line = self._driver.pgconn
        if not self._going:
            self._going = True
            begins = line.transaction_status == TransactionStatus.IDLE and not self._driver.autocommit
            line.enter_pipeline_mode()
            if begins:
                self._send_text(_begin(self._driver))
        for statement, values, formats in self._ready:
            if statement.name not in self._known and statement.name not in self._sent:
                line.send_prepare(statement.name, statement.text.encode())
                self._sent.append(statement.name)
            line.send_query_prepared(statement.name, values, formats)
            self._sent.append(statement)
        self._ready.clear()

    def _send_text(self, text: bytes) -> None:
        self._driver.pgconn.send_query_params(text, None)
        self._sent.append(b"")

    def _answers(self, results: Sequence[PGresult]) -> Iterator[Answer]:
        failure = next((result for result in results if result.status in _FAILED), None)
        for what, result in zip(self._sent, results, strict=True):
            if isinstance(what, bytes):
                if what and result.status not in _FAILED:
                    self._known.add(what)
            elif failure is None:
                yield Answer(self._adapting, result)
        if failure is not None:
            raise error_from_result(failure, encoding="utf-8")


@contextmanager
def _closing_if_broken(driver: Connection[Any]) -> Iterator[None]:
    """Close a line that was left in the middle: nobody can say what is still on its way."""
    try:
        yield
    except BaseException:
        driver.close()
        raise


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
