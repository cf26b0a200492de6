"""One run of everything: floors, the API, AS2; each against what was measured beside it."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.process import GatewayProcess, free_port
from tests.benchmarks import as2_floor
from tests.benchmarks.as2 import least
from tests.benchmarks.engine.figures import Row, Run
from tests.benchmarks.engine.parties import Order, Parties
from tests.benchmarks.engine.processes import Child, drive

__all__ = ["rows"]

API, AS2, FLOOR = 3000, 1000, 3000
WARM = 200
STEADY = 300.0  #: messages a second at which the times are asked for
SECONDS = 5.0


@dataclass
class World:
    """A gateway, its hub and its partners, all up."""

    parties: Parties
    gateway: GatewayProcess
    hub: Child

    async def run(self, orders: Sequence[Order], *, rate: float = 0) -> Run:
        """Send orders and see them arrive."""
        return await drive(orders, self.gateway.port, self.hub, [self.gateway.pid], rate=rate)

    def kept(self) -> int:
        """Bytes in the data folder."""
        return sum(path.stat().st_size for path in (self.parties.root / "data").rglob("*") if path.is_file())


@asynccontextmanager
async def world(process: type[GatewayProcess] = GatewayProcess) -> AsyncIterator[World]:
    """Up when entered, gone when left."""
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        port, hub_port = free_port(), free_port()
        parties = Parties(Path(folder) / "workspace", port, f"http://127.0.0.1:{hub_port}/events")
        parties.make_workspace()
        hub = await Child.start("hub", "{port}", parties.secret, port=hub_port)
        gateway = process(parties.root, port)
        gateway.ready_seconds = 90.0  # the machine may have other things to do
        try:
            await gateway.start()
            yield World(parties, gateway, hub)
        finally:
            await gateway.stop()
            await hub.stop()


async def _floor(store: str) -> Run:
    with tempfile.TemporaryDirectory(prefix="engine-floor-") as folder:
        port, hub_port = free_port(), free_port()
        parties = Parties(Path(folder) / "workspace", port, "")
        hub = await Child.start("hub", "{port}", parties.secret, port=hub_port)
        arguments = (folder, "{port}", f"http://127.0.0.1:{hub_port}/events", parties.secret, store)
        floor = await Child.start("floor", *arguments, port=port)
        try:
            await drive(parties.api_orders(WARM), port, hub, [floor.pid])
            return await drive(parties.api_orders(FLOOR), port, hub, [floor.pid])
        finally:
            await floor.stop()
            await hub.stop()


async def _measure(orders: Callable[[Parties, int], list[Order]], count: int) -> tuple[Run, Run, Run, float]:
    """As fast as it goes, at half of that, at 300 a second; and the bytes that were kept of each message."""
    async with world() as up:
        await up.run(orders(up.parties, WARM))
        before = up.kept()
        full = await up.run(orders(up.parties, count))
        kept = (up.kept() - before) / count
        half_rate = full.rate / 2
        half = await up.run(orders(up.parties, int(half_rate * SECONDS)), rate=half_rate)
        rate = min(STEADY, full.rate)
        steady = await up.run(orders(up.parties, int(rate * SECONDS)), rate=rate)
    return full, half, steady, kept


def rows() -> Iterator[Row]:
    """The figures, each as soon as it is there."""
    http = asyncio.run(_floor("none"))
    yield "floor: HTTP in and out, no work", http.rate, f"msg/s; {http.shares()}"
    floor = asyncio.run(_floor("sqlite"))
    yield "floor: the same and one durable row", floor.rate, f"msg/s; {floor.shares()}"
    full, half, steady, kept = asyncio.run(_measure(Parties.api_orders, API))
    yield from _told("API, 850 to the hub, SQLite", full, half, steady, kept)
    yield "  of the combined floor, by messages/s", full.rate / floor.rate, "wanted: 0.5, or 1000 msg/s on an idle machine"
    yield "  of the combined floor, by CPU", floor.cpu / full.cpu, f"{floor.cpu:.2f} ms of {full.cpu:.2f} ms"
    full, half, steady, kept = asyncio.run(_measure(Parties.as2_orders, AS2))
    crypto = least({"floor": as2_floor.inbound(1200)})["floor"]
    yield "floor: the primitives of an AS2 message", 1 / crypto, f"a second on one core; {1000 * crypto:.2f} ms"
    yield from _told("AS2, 850 to the hub, SQLite", full, half, steady, kept)
    possible = len(os.sched_getaffinity(0)) / crypto
    yield "  of the crypto floor, by messages/s", full.rate / possible, f"of {possible:.0f} msg/s; wanted: 0.6"
    yield (
        "  of crypto and combined floor, by CPU",
        (1000 * crypto + floor.cpu) / full.cpu,
        f"{1000 * crypto + floor.cpu:.2f} ms of {full.cpu:.2f} ms",
    )


def _told(name: str, full: Run, half: Run, steady: Run, kept: float) -> Iterator[Row]:
    yield name, full.rate, f"msg/s; taken over at {full.taken:.0f}/s; {full.shares()}; {kept:.0f} bytes kept; {full.repeated} repeated"
    yield f"  at half load, {half.messages / SECONDS:.0f} msg/s", half.through(0.5), half.times()
    yield f"  at {steady.messages / SECONDS:.0f} msg/s", steady.through(0.5), steady.times()
