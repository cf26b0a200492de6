"""A gateway that has lived: any number of finished messages behind it, long ago, and a few things that are open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause, TransientError
from gateway.states import Thing
from gateway.store.schema import Alarm, PickupFile, ReconciliationDay, Replay, SeenInterchange, Transmission, UnknownValue, UsedSscc
from gateway.store.schema.base import Utc
from gateway.store.statement import add
from tests.benchmarks.million import fill, template_of
from tests.gateway.world import PARTNER_YAML, World, an_order, functional_ack, ship_notice

FOLDER: Final = "northmart:folder:in"
STOCK: Final = '  - {id: stock, direction: inbound, standard: {x12: "004010", set: "846"}, expect: {every: day, by: "18:00"}}\n'
_LONG_AGO: Final = timedelta(days=40)  #: the end of the history, before any look that goes back some days


def _past(connection: Connection, at: datetime, count: int) -> None:
    """What orders do not leave behind, and is over."""
    old = at - _LONG_AGO

    def day(number: int) -> str:
        return (old - timedelta(days=number // 20)).date().isoformat()

    rows: tuple[tuple[Any, Callable[[int], dict[str, Any]]], ...] = (
        (Alarm, lambda n: {"id": f"alm_{n}", "flow": "expected", "subject": f"s{n}", "resolved_at": old, "day": day(n)}),
        (PickupFile, lambda n: {"endpoint": FOLDER, "key": f"{n:064}", "path": b"x", "state": "finished", "finished": old}),
        (ReconciliationDay, lambda n: {"day": day(n), "flow": "at-the-hub", "partner_id": f"p{n}"}),
        (Replay, lambda n: {"id": f"rpl_{n:08}", "created_at": old, "finished_at": old}),
        (SeenInterchange, lambda n: {"control_number": f"9{n:08}", "seen_at": old}),
        (UnknownValue, lambda n: {"value": f"v{n}", "solved_at": old}),
        (UsedSscc, lambda n: {"sscc": f"{n:018}", "at": old}),
        (
            Transmission,
            lambda n: {
                "id": f"trn_00{n:024}",
                "direction": "inbound",
                "state": "OPENED",
                "transport": "as2",
                "partner_id": "northmart",
                "message_id": f"<{n}@x>",
                "created_at": old,
                "finished_at": old,
            },
        ),
    )
    for kind, row in rows:
        table = kind.table()
        empty = {c.name: old if isinstance(c.type, Utc) else "" if c.type.python_type is str else 0 for c in table.c if not c.nullable}
        add(connection, table, *({**empty, **row(number)} for number in range(count)))


@asynccontextmanager
async def lived(root: Path, messages: int, moved: Callable[[Path], None] = lambda _: None) -> AsyncIterator[World]:
    """A store with so many finished orders, notices and acknowledgments behind it, and the same few things that are open.

    `moved` is given the file with what is over, and may bring it elsewhere before the gateway goes on.
    """
    world = await World.open(root, partner=PARTNER_YAML + STOCK)
    at = world.clock.now
    await world.receive(an_order())
    await world.submit(ship_notice())
    [notice] = [row for row in await world.rows(Thing.TRANSACTION_SET, direction="outbound") if row["set_id"] == "856"]
    await world.receive(functional_ack(int(notice["group_control_number"]), set_number=notice["control_number"]))
    template = await world.context.store.read(template_of)
    await world.close()
    await asyncio.to_thread(fill, root / "data" / "gateway.db", template, at, messages, until=at - _LONG_AGO)
    await asyncio.to_thread(moved, root / "data" / "gateway.db")
    world = await World.open(root, partner=PARTNER_YAML + STOCK)
    try:
        await world.context.store.write(lambda connection: _past(connection, at, messages))
        world.clock.now = at + timedelta(days=2)
        await world.receive(b"ISA*no interchange")
        await world.submit(ship_notice(shipment="SHP-2"), "key-2")
        world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")] * 50
        await world.receive(an_order("4600000001", number=2))
        yield world
    finally:
        await world.close()
