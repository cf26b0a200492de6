"""One run of everything: floors, the API, AS2, on each database; each against what was measured beside it."""

import asyncio
import os
from collections.abc import Callable, Iterator

from tests.benchmarks import as2_floor
from tests.benchmarks.as2 import least
from tests.benchmarks.engine import scaling
from tests.benchmarks.engine.figures import Row, Run, table
from tests.benchmarks.engine.parties import Order, Parties
from tests.benchmarks.engine.profiled import shares_of
from tests.benchmarks.engine.worlds import Measured, database, measure_floor, world
from tests.support.postgresql import is_running

__all__ = ["rows"]

API, AS2, FLOOR = 2000, 800, 2000
PROFILED = 300
WARM = 200
START = 3.0  #: seconds
STEADY = 300.0  #: messages a second at which the times are asked for
SECONDS = 5.0
EDI_BYTES = 1200  #: of the signed entity
Orders = Callable[[Parties, int], list[Order]]


def rows() -> Iterator[Row]:
    """The figures, each as soon as it is there."""
    http = asyncio.run(measure_floor("none", WARM, FLOOR))
    yield "floor: HTTP in and out, no work", http.rate, f"msg/s; {http.shares()}"
    yield from _on("sqlite")
    if is_running():
        yield from _on("postgresql")
        yield from scaling.rows()
    else:
        yield "PostgreSQL", 0.0, "not measured: no server on this machine (GATEWAY_TEST_POSTGRESQL names another)"
    for kind, orders in (("API", Parties.api_orders), ("AS2", Parties.as2_orders)):
        parts, cpu = asyncio.run(shares_of(orders, WARM, PROFILED))
        lines = [(part, f"{100 * share:.1f} %", f"{share * cpu:.2f}") for part, share in parts.items()]
        print(table(f"where the time goes: {kind}, SQLite, one at a time of 32", ("part", "share", "CPU ms a message"), lines))


def _on(name: str) -> Iterator[Row]:
    floor = asyncio.run(measure_floor(name, WARM, FLOOR))
    yield f"floor: the same and one durable row, {name}", floor.rate, f"msg/s; {floor.shares()}"
    api = asyncio.run(_measure(name, Parties.api_orders, API))
    yield from _told(f"API, 850 to the hub, {name}", api)
    yield "  of the combined floor, by messages/s", api.full.rate / floor.rate, "wanted: 0.5, or 1000 msg/s on an idle machine"
    yield "  of the combined floor, by CPU", floor.cpu / api.full.cpu, f"{floor.cpu:.2f} ms of {api.full.cpu:.2f} ms"
    as2 = asyncio.run(_measure(name, Parties.as2_orders, AS2))
    crypto = least({"floor": as2_floor.inbound(EDI_BYTES)})["floor"]
    both = 1000 * crypto + floor.cpu
    yield "floor: the primitives of an AS2 message", 1 / crypto, f"a second on one core; {1000 * crypto:.2f} ms"
    yield from _told(f"AS2, 850 to the hub, {name}", as2)
    possible = len(os.sched_getaffinity(0)) / crypto
    yield "  of the crypto floor, by messages/s", as2.full.rate / possible, f"of {possible:.0f} msg/s; wanted: 0.6"
    yield "  of crypto and combined floor, by CPU", both / as2.full.cpu, f"{both:.2f} ms of {as2.full.cpu:.2f} ms"


async def _measure(name: str, orders: Orders, count: int) -> Measured:
    """As fast as it goes, at half of that, at 300 a second; and the bytes that were kept of each message."""
    with database(name) as url:
        async with world(url=url) as up:
            await up.run(orders(up.parties, WARM))
            await asyncio.sleep(START)  # reading processes are started when much comes
            await up.run(orders(up.parties, WARM))
            before = up.kept()
            full = await up.run(orders(up.parties, count))
            kept = (up.kept() - before) / count
            half = await up.run(orders(up.parties, int(full.rate / 2 * SECONDS)), rate=full.rate / 2)
            rate = min(STEADY, full.rate)
            steady = await up.run(orders(up.parties, int(rate * SECONDS)), rate=rate)
    return Measured(full, half, steady, kept)


def _told(name: str, measured: Measured) -> Iterator[Row]:
    full = measured.full
    said = f"msg/s; taken over at {full.taken:.0f}/s; {full.shares()}; {measured.kept:.0f} bytes kept; {full.repeated} repeated"
    yield name, full.rate, said
    yield from (_paced("half load", measured.half), _paced("a steady load", measured.steady))


def _paced(what: str, run: Run) -> Row:
    return f"  at {what}, {run.messages / SECONDS:.0f} msg/s: p50 in ms", run.through(0.5), run.times()
