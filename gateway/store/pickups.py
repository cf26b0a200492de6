"""The ledger of picked-up files, one per endpoint and folder, in the store: what makes each file be read once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from gateway.store.schema import PickupFile
from gateway.store.statement import insert
from gateway.store.store import Store
from sftp.ledger import LedgerRow, PickupState

__all__ = ["StoreLedger"]

_file = PickupFile.table()
_KEY = ("endpoint", "key")
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
        """All of this endpoint."""
        statement = select(_file).where(_file.c.endpoint == self._endpoint)
        return self._store.read_now(lambda connection: [_row(found) for found in connection.execute(statement).mappings()])

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
