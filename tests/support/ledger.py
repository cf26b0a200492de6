"""A ledger in memory, and a store that commits as the gateway's does: bytes and row together."""

from collections.abc import Sequence

from sftp.ledger import LedgerRow
from sftp.pickup import PickedFile


class MemoryLedger:
    """See `sftp.ledger.Ledger`; also a `take` that remembers what it was given."""

    def __init__(self) -> None:
        self.by_key: dict[str, LedgerRow] = {}
        self.taken: list[tuple[str, bytes]] = []

    def rows(self):
        return list(self.by_key.values())

    def open(self):
        return [row for row in self.rows() if row.finished is None or row.failures]

    def finished(self, keys, names):
        return [row for row in self.rows() if row not in self.open() and (row.key in keys or row.claimed_as in names)]

    def put(self, *rows: LedgerRow) -> None:
        self.by_key.update((row.key, row) for row in rows)

    def forget(self, *rows: LedgerRow) -> None:
        for row in rows:
            self.by_key.pop(row.key, None)

    def take(self, picked: Sequence[PickedFile]) -> list[str]:
        return [self.take_one(file) for file in picked]

    def take_one(self, picked: PickedFile) -> str:
        transmission_id = f"trn_{len(self.taken) + 1}"
        self.taken.append((picked.name, picked.body.read()))
        self.put(picked.committed(transmission_id))
        return transmission_id

    @property
    def states(self) -> list[str]:
        return sorted(row.state.value for row in self.by_key.values())
