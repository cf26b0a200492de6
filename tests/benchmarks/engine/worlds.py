"""What stands up for a run: a gateway or its floor, the hub, the partners, on one of the databases."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.demo.process import GatewayProcess, free_port
from gateway.store.postgresql import Postgresql
from tests.benchmarks.engine.figures import Run
from tests.benchmarks.engine.parties import Order, Parties
from tests.benchmarks.engine.processes import Child, drive
from tests.support.postgresql import fresh_url, scalar

__all__ = ["Measured", "Up", "database", "measure_floor", "world"]


@dataclass(frozen=True)
class Measured:
    """As fast as it goes, at half of that, at a steady rate; and bytes kept of a message."""

    full: Run
    half: Run
    steady: Run
    kept: float


@dataclass
class Up:
    """A gateway, its hub and its partners."""

    parties: Parties
    gateway: GatewayProcess
    hub: Child

    async def run(self, orders: Sequence[Order], *, rate: float = 0) -> Run:
        """Send orders and see them arrive."""
        return await drive(orders, self.gateway.port, self.hub, [self.gateway.pid], rate=rate)

    def kept(self) -> int:
        """Bytes in the data folder, and in the database where it is elsewhere."""
        files = sum(path.stat().st_size for path in (self.parties.root / "data").rglob("*") if path.is_file())
        url = self.parties.database
        return files + (int(str(scalar(Postgresql(url), "SELECT pg_database_size(current_database())"))) if url else 0)


@contextmanager
def database(name: str) -> Iterator[str | None]:
    """The URL of a PostgreSQL database that is gone afterwards; None for "sqlite", which needs none."""
    if name != "postgresql":
        yield None
        return
    with fresh_url() as url:
        yield url


@asynccontextmanager
async def world(process: type[GatewayProcess] = GatewayProcess, *, url: str | None = None, apart: bool = True) -> AsyncIterator[Up]:
    """Up when entered, gone when left. Without `apart` everything is read in the gateway's own process."""
    with tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True) as folder:
        port, hub_port = free_port(), free_port()
        parties = Parties(Path(folder) / "workspace", port, f"http://127.0.0.1:{hub_port}/events", database=url)
        if not apart:
            parties.reading = {"processes": 0}
        parties.make_workspace()
        hub = await Child.start("hub", "{port}", parties.secret, port=hub_port)
        gateway = process(parties.root, port)
        gateway.ready_seconds = 300.0  # the machine may have other things to do
        try:
            await gateway.start()
            yield Up(parties, gateway, hub)
        finally:
            await gateway.stop()
            await hub.stop()


async def measure_floor(store: str, warm: int, count: int) -> Run:
    """What `floor` does of these orders; `store` is "none", "sqlite" or "postgresql"."""
    with tempfile.TemporaryDirectory(prefix="engine-floor-") as folder, database(store) as url:
        port, hub_port = free_port(), free_port()
        parties = Parties(Path(folder) / "workspace", port, "")
        hub = await Child.start("hub", "{port}", parties.secret, port=hub_port)
        arguments = (folder, "{port}", f"http://127.0.0.1:{hub_port}/events", parties.secret, url or store)
        floor = await Child.start("floor", *arguments, port=port)
        try:
            await drive(parties.api_orders(warm), port, hub, [floor.pid])
            return await drive(parties.api_orders(count), port, hub, [floor.pid])
        finally:
            await floor.stop()
            await hub.stop()
