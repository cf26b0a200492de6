"""The way to PostgreSQL: statements are sent together, and waited for when something that one of them gives is asked for.

A statement that the writer waits for costs it the way to the server and back, and its turn at the interpreter: far more than the
statement itself. The driver's cursors cost as much again, so this speaks to libpq. Statements that come again are prepared.
"""

from collections.abc import Iterable, Iterator, Sequence
from select import POLLIN, POLLOUT, poll
from typing import Any, Final

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

__all__ = ["ServerLink"]

_ISOLATION: Final = {
    None: "",
    psycopg.IsolationLevel.READ_COMMITTED: " ISOLATION LEVEL READ COMMITTED",
    psycopg.IsolationLevel.REPEATABLE_READ: " ISOLATION LEVEL REPEATABLE READ",
    psycopg.IsolationLevel.SERIALIZABLE: " ISOLATION LEVEL SERIALIZABLE",
}
_WITHOUT: Final = (TransactionStatus.IDLE, TransactionStatus.UNKNOWN)
_DONE: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY)
_TOGETHER: Final = 500  #: statements that wait, at most
_REMEMBERED: Final = 1000  #: texts
_Encoded = tuple[list[bytes | None], list[int] | None]


class _Answer:
    """What a statement gives, once it is asked for."""

    __slots__ = ("_link", "_rows", "result")

    def __init__(self, link: "ServerLink") -> None:
        self._link = link
        self._rows: Iterator[Any] | None = None
        self.result: PGresult | None = None

    @property
    def rowcount(self) -> int:
        return self._settled().command_tuples or 0

    def fetchone(self) -> Any:
        return next(self, None)

    def fetchall(self) -> list[Any]:
        return list(self)

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        if self._rows is None:
            self._rows = iter(self._link.rows_of(self._settled()))
        return next(self._rows)

    def _settled(self) -> PGresult:
        if self.result is None:
            self._link.flush()
        if self.result is None:
            raise psycopg.OperationalError("the statement was not run: one before it failed")
        return self.result


class ServerLink:
    """`Link` of one connection. Only what is said by the link is sent together: before anyone else uses the connection, `flush`."""

    database = "postgresql"

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self.raw = raw
        self._pg = raw.pgconn
        raw.prepare_threshold = None  # beside ours, for it drops all that are prepared whenever anything is rolled back
        self._encoding = raw.info.encoding
        self._begin = f"BEGIN{_ISOLATION[raw.isolation_level]}{' READ ONLY' if raw.read_only else ''}".encode()
        self._transformer = Transformer(raw)
        self._poll = poll()
        self._poll.register(self._pg.socket, POLLIN)
        self._names: dict[str, bytes] = {}  #: of prepared statements, by their text; empty: seen once
        self._number = 0
        self._queue: list[tuple[str, _Encoded, _Answer]] = []
        self._mark: int | None = None  #: where in the queue the savepoint stands; None: the server has it
        self._is_left = False  #: the last transaction was ended, and the answer to that is not read yet

    def begin(self) -> None:
        """As `Link.begin`: it goes with the first statement."""

    def commit(self) -> None:
        """As `Link.commit`; what still waits goes with it."""
        if not self._queue and self._is_without():
            return
        answer = self.execute("COMMIT")
        self.flush()
        if answer.result is None or answer.result.command_status != b"COMMIT":  # what had failed before is rolled back without a fault
            raise psycopg.OperationalError("the transaction had failed before its end")

    def rollback(self) -> None:
        """As `Link.rollback`; what still waits is not sent."""
        self._queue.clear()
        self._mark = None
        if not self._is_without():
            self.execute("ROLLBACK")
        self.flush()

    def leave(self) -> None:
        """As `Link.leave`: whoever uses the connection next reads what the server says to it."""
        self.flush()
        if not self._is_without():
            self._pg.enter_pipeline_mode()
            self._pg.send_query_params(b"ROLLBACK", None)
            self._pg.pipeline_sync()
            self._is_left = True

    def _is_without(self) -> bool:
        """Whether no transaction is open."""
        return self._is_left or self._pg.transaction_status in _WITHOUT

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> _Answer:
        """As `Link.execute`; parameters are `$1`, `$2` ..."""
        if len(self._queue) >= _TOGETHER:
            self.flush()
        answer = _Answer(self)
        self._queue.append((sql, self._encoded(parameters), answer))
        return answer

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """As `Link.executemany`."""
        for row in rows:
            self.execute(sql, row)

    def mark(self) -> None:
        """As `Link.mark`."""
        self._mark = len(self._queue)
        self.execute("SAVEPOINT one")

    def keep(self) -> None:
        """As `Link.keep`: here, so that a fault is that of whoever said what is at fault."""
        self.flush()
        self.execute("RELEASE one")

    def undo(self) -> None:
        """As `Link.undo`; what was not sent yet need not be undone."""
        if self._mark is None:
            self._queue.clear()
            self.execute("ROLLBACK TO one")
            self.execute("RELEASE one")
        else:
            del self._queue[self._mark :]
            self._mark = None

    def rows_of(self, result: PGresult) -> list[Any]:
        """As tuples, with values of Python."""
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def flush(self) -> None:
        """As `Link.flush`: one way to the server and back, however many wait."""
        if not self._queue and not self._is_left:
            return
        queue, self._queue, self._mark = self._queue, [], None
        try:
            failed = self._talk(queue)
        except BaseException:
            self.raw.close()  # halfway: nobody knows what it would answer next
            raise
        if failed is not None:
            raise error_from_result(failed, self._encoding)

    def _talk(self, queue: list[tuple[str, _Encoded, _Answer]]) -> PGresult | None:
        """Send and wait. Gives the result that says what failed; what follows it was not run."""
        pg, is_left = self._pg, self._is_left
        begins = self._is_without() and not self.raw.autocommit
        if is_left:
            self._is_left = False
        else:
            pg.enter_pipeline_mode()
        expected: list[_Answer | str | None] = []  #: of whom: a statement, the preparing of one, our own
        if begins and queue:
            pg.send_query_params(self._begin, None)
            expected.append(None)
        if len(self._names) > _REMEMBERED:
            self._forget(expected)
        for sql, (values, formats), answer in queue:
            name = self._names.get(sql)
            if name is None:
                self._names[sql] = b""
                pg.send_query_params(sql.encode(), values, None, formats)
            else:
                if not name:
                    self._number += 1
                    name = self._names[sql] = b"g%d" % self._number
                    pg.send_prepare(name, sql.encode())
                    expected.append(sql)
                pg.send_query_prepared(name, values, formats)
            expected.append(answer)
        if queue:
            pg.pipeline_sync()
        failed = self._results([None]) if is_left else None
        if queue:
            failed = self._results(expected) or failed
        pg.exit_pipeline_mode()
        return failed

    def _results(self, expected: list["_Answer | str | None"]) -> PGresult | None:
        """Of what was sent up to a synchronisation. Gives the first that says what failed."""
        failed = None
        for whose in expected:
            result = self._next()
            if result.status in _DONE:
                if isinstance(whose, _Answer):
                    whose.result = result
            else:
                failed = failed or result
                if isinstance(whose, str):
                    self._names.pop(whose, None)
            if (rest := self._received()) is not None:
                raise psycopg.InternalError(f"a statement gave more than one result: {rest.status}")
        self._next()  # that of the synchronisation
        return failed

    def _forget(self, expected: list["_Answer | str | None"]) -> None:
        """Texts that came once are forgotten; where too many came again, all are."""
        self._names = {sql: name for sql, name in self._names.items() if name}
        if len(self._names) > _REMEMBERED // 2:
            self._names.clear()
            self._pg.send_query_params(b"DEALLOCATE ALL", None)
            expected.append(None)

    def _next(self) -> PGresult:
        """The next result. Raises OperationalError when there is none: the server is gone."""
        result = self._received()
        if result is None or self._pg.status != ConnStatus.OK:
            said = result.get_error_message(self._encoding) if result is not None else self._pg.get_error_message(self._encoding)
            raise psycopg.OperationalError(said or "the server closed the connection")
        return result

    def _received(self) -> PGresult | None:
        pg = self._pg
        while pg.is_busy():
            self._poll.modify(pg.socket, POLLIN | POLLOUT if pg.flush() else POLLIN)
            self._poll.poll()
            pg.consume_input()
        return pg.get_result()

    def _encoded(self, parameters: Sequence[Any]) -> _Encoded:
        """As text, but bytes as they are; types are found by where they stand. Raises psycopg.DataError."""
        values: list[bytes | None] = []
        formats = None
        for value in parameters:
            if value is None:
                values.append(None)
            elif isinstance(value, str):
                given = value.encode(self._encoding)
                if b"\0" in given:
                    raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
                values.append(given)
            elif isinstance(value, (bytes, bytearray, memoryview)):
                formats = formats or [0] * len(parameters)
                formats[len(values)] = 1
                values.append(bytes(value))
            elif isinstance(value, (bool, int, float)):
                values.append(str(value).encode())
            else:
                raise psycopg.ProgrammingError(f"cannot adapt type {type(value).__name__!r}")
        return values, formats
