"""The hub is down for half an hour while orders, their changes and stock reports go on coming in; then it is back.

What is measured: that intake and acknowledgments go on, that memory stays flat, and how the gateway catches up: in the order of each
key, urgent things first, without a stampede. The clock is simulated, documents and store are real. `OUTAGE=300` makes it short.
"""

import asyncio
import json
import os
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import ClassVar, Final

import structlog

from gateway import operations
from gateway.errors import Cause, TransientError
from gateway.sinks.base import OutgoingEvent
from tests.chaos.memory import at_rest
from tests.gateway.world import PARTNER_YAML, World, interchange, purchase_order

__all__ = ["Told", "faults_of", "outage", "run_outage"]

MANY: Final = int(os.environ.get("OUTAGE", "20000"))
_DOWN: Final = timedelta(minutes=30)
_TAKES: Final = timedelta(milliseconds=20)  #: of simulated time, for those under way together
_URGENT: Final = 10
_CACHE: Final = 64.0  #: MB of pages that the writing connection keeps (`store.sqlite`): full after some thousand documents
_FLAT: Final = 20.0  #: MB between the middle of the outage and its end; the list of this test is in it
#: orders and changes that nothing keeps from going, and that were not taken
_LEFT: Final = f"""
    SELECT count(*) FROM job WHERE priority = {_URGENT} AND leased_until IS NULL AND attempts = 0
      AND NOT EXISTS (SELECT 1 FROM job AS before WHERE before.lane = job.lane AND before.seq < job.seq)
"""
_SAMPLES: Final = Path(__file__).parents[2] / "samples" / "standard" / "x12"
_AGREED: Final = """
  - {id: changes, direction: inbound, standard: {x12: "004010", set: "860"}}
  - {id: stock, direction: inbound, standard: {x12: "004010", set: "846"}}
"""


@dataclass
class _Hub:
    """Refuses everything while it is down. Notes what it is given, in order, and how many calls are under way at once."""

    kind: ClassVar[str] = "folder"
    is_down: bool = False
    refused: int = 0
    under_way: int = 0
    most: int = 0
    taken: list[tuple[str, str, str]] = field(default_factory=list)  #: key, place in the feed, kind of event

    async def deliver(self, event: OutgoingEvent) -> str:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0)
            if self.is_down:
                self.refused += 1
                raise TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")
            self.taken.append((event.partition_key, json.loads(event.body)["sequence"], event.type))
            return "taken"
        finally:
            self.under_way -= 1

    async def close(self) -> None:
        pass


@dataclass
class Told:
    """What one run showed."""

    sent: int
    waiting: int = 0  #: deliveries, when the half hour was over
    acknowledged: int = 0  #: 997s that left meanwhile
    refused: int = 0  #: calls that met the dead hub
    degraded: tuple[list[str], list[str]] = field(default_factory=lambda: ([], []))  #: at the end of the outage; at the end of all
    memory: list[float] = field(default_factory=list)  #: MB that the process had grown by, at each quarter of the outage and after all
    claimed: list[int] = field(default_factory=list)  #: deliveries taken together on the way back, look by look
    rates: list[float] = field(default_factory=list)  #: a second, as `gateway breaker list` tells it on the way
    most: int = 0  #: calls under way at once
    keys: int = 0
    out_of_order: int = 0  #: keys
    jumped: int = 0  #: looks at which a report was taken while an order or a change could have gone
    reports: int = 0
    before: int = 0  #: reports that filled free places before the last change, whose key let no more of them go at once
    missing: int = 0
    seconds: tuple[float, float] = (0.0, 0.0)  #: of simulated time to catch up, and of real time in all


async def run_outage(root: Path, many: int) -> Told:
    """One outage with so many documents."""
    begun = perf_counter()
    world = await World.open(root, partner=PARTNER_YAML.rstrip() + _AGREED)
    hub, told = _Hub(), Told(sent=many)
    world.context.sinks, world.context.on_step = {"hub": hub}, lambda _: None  # nothing is kept that the gateway does not keep
    for number in range(10):  # what is first needed is loaded before anything is measured
        await world.receive(_document(900_000 + number), work=number % 5 == 4)
    hub.taken.clear()
    world.partner.received.clear()
    hub.is_down, before = True, at_rest(os.getpid())
    step = _DOWN / (many // 50)
    for begin in range(0, many, 50):
        for number in range(begin, begin + 50):
            await world.receive(_document(number), work=False)
        world.clock.now += step
        await world.work()
        told.acknowledged += len(world.partner.received)
        world.partner.received.clear()
        if (begin + 50) * 4 // many > begin * 4 // many:
            told.memory.append(at_rest(os.getpid()) - before)
    status = await operations.status(world.context)
    told.waiting, told.refused = status["jobs"].get("deliver", 0), hub.refused
    hub.is_down, hub.most = False, 0
    world.clock.pass_time(seconds=61)
    await _catch_up(world, hub, told)
    told.memory.append(at_rest(os.getpid()) - before)
    told.degraded = (status["degraded"], (await operations.status(world.context))["degraded"])
    _judge(hub, told)
    told.missing = len((await operations.counts(world.context))["lost"]) + many - len(hub.taken)
    told.most = hub.most
    told.seconds = (told.seconds[0], perf_counter() - begun)
    await world.close()
    return told


async def _catch_up(world: World, hub: _Hub, told: Told) -> None:
    """Look by look, as the worker does, while simulated time passes."""
    worker, back = world.app.worker, world.clock()
    while claimed := await worker._claim(16, 96):
        told.claimed.append(len(claimed))
        if any(job.priority > _URGENT for job in claimed):
            told.jumped += await world.context.store.read(lambda c: c.exec_driver_sql(_LEFT).scalar_one()) > 0
        await asyncio.gather(*(worker._work(job) for job in claimed))
        world.clock.now += _TAKES * -(-len(claimed) // world.context.settings.timing.concurrency)
        if len(told.claimed) % 20 == 0:
            told.rates += [one["perSecond"] for one in (await operations.circuits(world.context))["breakers"] if "perSecond" in one]
    told.seconds = ((world.clock() - back).total_seconds(), 0.0)
    assert not hub.under_way


def _document(number: int) -> bytes:
    """An order, three changes of it, then a stock report; all of one partner."""
    order, nth = divmod(number, 5)
    po = f"45{order:08}"
    if nth == 0:
        return interchange(purchase_order(po), number=number + 1)
    if nth == 4:
        text = (_SAMPLES / "846.edi").read_text().replace("INV-2026-1202", f"INV-{number}").replace("SL02", f"SL{order % 40:02}")
        return interchange(_set_of(text), number=number + 1, functional="IB")
    text = (
        (_SAMPLES / "860.edi").read_text().replace("4500210001", po).replace("CR-5512", f"CR-{number}").replace("**2*2026", f"**{nth}*2026")
    )
    return interchange(_set_of(text), number=number + 1, functional="PC")


def _set_of(text: str) -> str:
    """ST to SE of a sample."""
    return text[text.index("ST*") : text.index("GE*")]


def _judge(hub: _Hub, told: Told) -> None:
    places: dict[str, list[str]] = {}
    for key, place, _ in hub.taken:
        places.setdefault(key, []).append(place)
    told.keys = len(places)
    told.out_of_order = sum(any(later < earlier for earlier, later in pairwise(one)) for one in places.values())
    is_report = ["inventory" in kind for _, _, kind in hub.taken]
    last = max((position for position, report in enumerate(is_report) if not report), default=0)
    told.before, told.reports = sum(is_report[:last]), sum(is_report)


def faults_of(told: Told) -> list[str]:
    """What was not as it should be."""
    *quarters, _ = told.memory
    expected = [
        (told.missing == 0, f"{told.missing} did not arrive or came twice"),
        (told.waiting >= told.sent, f"only {told.waiting} waited"),
        (told.acknowledged == told.sent, f"{told.acknowledged} acknowledgments of {told.sent} left while the hub was down"),
        (told.degraded == (["hub"], []), f"degraded: {told.degraded}"),
        (told.refused <= 5 + 24 + 31, f"{told.refused} calls met the dead hub"),
        (told.out_of_order == 0, f"{told.out_of_order} keys out of order"),
        (told.jumped == 0, f"{told.jumped} times a report was taken before an order that could have gone"),
        (told.claimed[0] == 1, f"{told.claimed[0]} at once were the first to try"),
        (all(later <= 2 * earlier for earlier, later in pairwise(told.claimed[:12])), f"a leap: {told.claimed[:12]}"),
        (told.most <= 4, f"{told.most} calls at once"),
        (bool(told.rates) or told.sent < 1000, "no rate was told"),  # a short one is over before
        (quarters[-1] - quarters[(len(quarters) - 1) // 2] < _FLAT, f"the process went on growing: {_told(told.memory)}"),
        (told.memory[-1] < _CACHE + 2 * _FLAT, f"the process grew by {told.memory[-1]:.0f} MB"),
    ]
    return [fault for holds, fault in expected if not holds]


def _told(memory: list[float]) -> str:
    *quarters, after = (f"{grown:.0f}" for grown in memory)
    return f"{', '.join(quarters)} MB at the quarters of the outage, {after} MB after all"


async def outage() -> list[str]:
    """The whole run, with its figures. Gives the faults."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as folder:
        told = await run_outage(Path(folder), MANY)
    print(f"hub down for 30 simulated minutes: {told.waiting} deliveries waited, {told.acknowledged} acknowledgments left, degraded: hub")
    print(f"  {told.refused} calls met the dead hub")
    print(f"  the process grew by {_told(told.memory)}; the database's page cache is {_CACHE:.0f} MB when it is full")
    print(f"  back: {' '.join(map(str, told.claimed[:16]))} … deliveries claimed together, at most {told.most} calls at once")
    rates = f"{told.rates[0]:.0f} to {max(told.rates):.0f}" if told.rates else "none"
    print(f"  caught up in {told.seconds[0]:.0f} simulated seconds; rates told on the way: {rates} a second")
    print(f"  {told.keys} keys, {told.out_of_order} out of order; {told.jumped} times a report before an order that could go")
    print(f"  {told.before} of {told.reports} reports filled places that no key with an order could take")
    print(f"  {told.missing} missing; {told.seconds[1]:.0f} s in all")
    return faults_of(told)
