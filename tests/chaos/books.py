"""What must hold when a run has come to rest: all that was taken over arrived, once; no number twice; every state legal."""

import sqlite3
from collections import Counter
from collections.abc import Iterable
from typing import Any

from gateway.demo.world import World
from gateway.states import LIVES
from gateway.store.postgresql import Postgresql

NUMBERS = """
    SELECT sender, receiver, control_number, usage, count(*) FROM transmission
    WHERE direction = 'outbound' AND control_number IS NOT NULL GROUP BY 1, 2, 3, 4 HAVING count(*) > 1
"""


class Books:
    """Over all runs of one world; `faults` of a look are (lost, duplicated, other)."""

    def __init__(self, world: World, database: Postgresql | None) -> None:
        self.world = world
        self._database = database
        self.orders: set[str] = set()
        self.notices: set[str] = set()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Beside the gateway, straight from its database."""
        if self._database is None:
            path = f"file:{self.world.root / 'data' / 'gateway.db'}?mode=ro"
            with sqlite3.connect(path, uri=True, timeout=20) as connection:
                return connection.execute(statement).fetchall()
        connection = self._database.listener()
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def check(self) -> tuple[list[str], list[str], list[str]]:
        """What is lost, what came twice, and what else is wrong."""
        at_hub = Counter(order["purchaseOrderNumber"] for order in self.world.hub.documents())
        at_retailer = Counter(_shipment(edi) for edi in self.world.retailer.sets("856"))
        acknowledged = Counter(_ak1(edi) for edi in self.world.retailer.sets("997"))
        lost = sorted(self.orders - at_hub.keys()) + sorted(self.notices - at_retailer.keys())
        twice = [name for counted in (at_hub, at_retailer, acknowledged) for name, count in counted.items() if count > 1]
        as2 = sum(name.startswith("AS2-") for name in self.orders)
        other = [f"{as2} messages by AS2, {len(acknowledged)} acknowledged"] if len(acknowledged) != as2 else []
        other += [f"{name} that nobody sent" for name in sorted(at_hub.keys() - self.orders)]
        other += [f"control number {row} used twice" for row in self.rows(NUMBERS)]
        used = Counter(edi.split(b"*")[13] for edi in self.world.retailer.received)
        other += [f"control number {number.decode()} arrived twice" for number, count in used.items() if count > 1]
        other += list(self._illegal())
        return lost, twice, other

    def _illegal(self) -> Iterable[str]:
        """States that are none, and things that wait although nothing is to be done."""
        for thing, life in LIVES.items():
            known = {str(state) for state in life.sentences}
            for state, count in self.rows(f"SELECT state, count(*) FROM {thing.value} GROUP BY 1"):
                if state not in known:
                    yield f"{count} of {thing.value} in {state}"
        for kind, count in self.rows("SELECT kind, count(*) FROM job WHERE leased_by IS NOT NULL GROUP BY 1"):
            yield f"{count} jobs {kind} taken by nobody who lives"


def _shipment(edi: bytes) -> str:
    [line] = [one for one in edi.decode().split("~") if one.strip().startswith("BSN*")]
    return line.split("*")[2]


def _ak1(edi: bytes) -> str:
    [line] = [one for one in edi.decode().split("~") if one.strip().startswith("AK1*")]
    return line.strip()
