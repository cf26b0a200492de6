"""The ledger of picked-up files, one per endpoint and folder, in the store: what makes each file be read once."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, literal_column, or_, select

from gateway.store.schema import PickupFile
from gateway.store.statement import insert
from gateway.store.store import Store
from sftp.ledger import LedgerRow, PickupState

__all__ = ["StoreLedger"]

_file = PickupFile.table()
_KEY = ("endpoint", "key")
_OPEN: Final = or_(_file.c.finished.is_(None), _file.c.failures > literal_column("0"))  #: in the words of its index
_CHUNK: Final = 400
_insert = insert(_file)
_put = _insert.on_conflict_do_update(
    index_elements=list(_KEY), set_={c.name: getattr(_insert.excluded, c.name) for c in _file.c if c.name not in _KEY}
)


class StoreLedger:
    """`sftp.ledger.Ledger` over the store. Called from the thread that picks up, which may block."""

    def __init__(self, store: Store, endpoint: str) -> None:
        self._store = store
        self._endpoint = endpoint

    def rows(self) -> Sequence[LedgerRow]:
        """As `Ledger.rows`."""
        return self._found([select(_file).where(_file.c.endpoint == self._endpoint)])

    def open(self) -> Sequence[LedgerRow]:
        """As `Ledger.open`, by an index of these alone."""
        return self._found([select(_file).where(_file.c.endpoint == self._endpoint, _OPEN)])

    def finished(self, keys: Collection[str], names: Collection[bytes]) -> Sequence[LedgerRow]:
        """As `Ledger.finished`. Names are claims that are not open: hardly ever any, and then all rows of the endpoint are looked at."""
        ordered = sorted(keys)
        which = [_file.c.key.in_(ordered[start : start + _CHUNK]) for start in range(0, len(ordered), _CHUNK)]
        which += [_file.c.claimed_as.in_(sorted(names))] if names else []
        done = (_file.c.endpoint == self._endpoint, _file.c.finished.is_not(None), _file.c.failures == 0)
        return self._found([select(_file).where(*done, one) for one in which])

    def _found(self, statements: Iterable[Select[Any]]) -> list[LedgerRow]:
        def read(connection: Connection) -> list[LedgerRow]:
            rows = (_row(found) for statement in statements for found in connection.execute(statement).mappings())
            return list({row.key: row for row in rows}.values())

        return self._store.read_now(read)

    def put(self, *rows: LedgerRow) -> None:
        """Insert or replace by key; durable on return."""
        self._store.write_now(lambda connection: self.put_within(connection, *rows))

    def put_within(self, connection: Connection, *rows: LedgerRow) -> None:
        """As `put`, in the transaction that stores the bytes."""
        if rows:
            connection.execute(_put, [self._values(row) for row in rows])

    def forget(self, *rows: LedgerRow) -> None:
        """Remove rows."""
        statement = delete(_file).where(_file.c.endpoint == self._endpoint, _file.c.key.in_([row.key for row in rows]))
        self._store.write_now(lambda connection: connection.execute(statement).rowcount)

    def _values(self, row: LedgerRow) -> dict[str, Any]:
        return {
            "endpoint": self._endpoint,
            "key": row.key,
            "path": row.path,
            "size": row.size,
            "mtime": row.mtime,
            "state": row.state.value,
            "first_seen": row.first_seen,
            "second_seen": row.second_seen,
            "claimed_as": row.claimed_as,
            "sha256": row.sha256,
            "transmission_id": row.transmission_id,
            "finished": row.finished,
            "failures": row.failures,
        }


def _row(found: Any) -> LedgerRow:
    return LedgerRow(
        path=found["path"],
        size=found["size"],
        mtime=found["mtime"],
        state=PickupState(found["state"]),
        first_seen=found["first_seen"],
        second_seen=found["second_seen"],
        claimed_as=found["claimed_as"],
        sha256=found["sha256"],
        transmission_id=found["transmission_id"],
        finished=found["finished"],
        failures=found["failures"],
    )
