"""kill -9 between any two steps of both walks: what was accepted is delivered, once.

An order comes in by AS2 and becomes a document at the hub and a 997 at the retailer; the hub ships and an 856 reaches the retailer by
AS2; the retailer's 997 comes back. The process is killed at the first step of that, restarted, and everything must come to its end;
then at the second step of another order, and so on until an order passes without reaching the number of the step. Steps run beside
each other, so their numbers differ from order to order: a kind of step that no number met is met by its name.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from gateway.demo.documents import functional_ack, interchange_850, set_850
from gateway.demo.papers import ship_notice, sscc
from gateway.demo.telling import until
from gateway.demo.world import World
from tests.acceptance.nursery import ArmedProcess

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(3000)]

MOST_STEPS = 200
FEWEST_STEPS = 30  #: fewer would mean that the hook is not called any more
KINDS = ("as2", "inbound", "outbound", "deliver", "submit")


class Exchange:
    """One order and all that answers it. Every party repeats the same bytes until they are taken over, as real ones do."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.number = number
        self.po = f"KILL-{number:04}"
        now = datetime.now(UTC)
        self.order = world.retailer.seal(interchange_850([set_850("0001", self.po, today=now)], 50_000 + number, now))
        self.accepted = asyncio.Event()

    def at_hub(self) -> list[dict]:
        return [order for order in self.world.hub.documents() if order["purchaseOrderNumber"] == self.po]

    def acks(self) -> list[bytes]:
        return [edi for edi in self.world.retailer.sets("997") if f"AK1*PO*{50_000 + self.number}~".encode() in edi]

    def ship_notices(self) -> list[bytes]:
        return [edi for edi in self.world.retailer.sets("856") if f"PRF*{self.po}*".encode() in edi]

    async def insist(self, attempt: Callable[[], Awaitable[bool]]) -> None:
        async with asyncio.timeout(120):
            while True:
                try:
                    if await attempt():
                        return
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(0.05)

    async def run(self) -> None:
        retailer = self.world.retailer

        async def post_order() -> bool:
            return (await retailer.post(self.order)).mdn.disposition.accepted

        await self.insist(post_order)
        assert await until(self.at_hub), "the order did not reach the hub"
        codes = [sscc(2 * self.number), sscc(2 * self.number + 1)]
        notice = json.dumps(ship_notice(self.at_hub()[0], f"SHP-{self.po}", codes, datetime.now(UTC))).encode()

        async def post_notice() -> bool:
            key = {"Idempotency-Key": f"notice-{self.po}"}
            return (await self.world.post("/api/v1/ship-notices", notice, self.world.hub_key, "application/json", **key))[0] == 202

        await self.insist(post_notice)
        assert await until(self.ship_notices), "the 856 did not reach the retailer"
        edi = self.ship_notices()[0].decode()
        rows = [segment.strip().split("*") for segment in edi.split(edi[105])]
        group = next(row[6] for row in rows if row[0] == "GS")
        answer = retailer.seal(functional_ack("SH", group, [("856", "0001")], 80_000 + self.number, datetime.now(UTC)))

        async def post_ack() -> bool:
            return (await retailer.post(answer)).mdn.disposition.accepted

        await self.insist(post_ack)
        assert await until(self.acks), "the 997 did not reach the retailer"

        async def closed() -> bool:
            try:
                found = await self.world.gateway.ask("search", po=f"SHP-{self.po}")
            except (aiohttp.ClientError, OSError):
                return False
            return [document["state"] for document in found["documents"]] == ["ACKNOWLEDGED"]

        assert await until(closed), "the ship notice is not acknowledged"


async def exchange_with_a_kill(world: World, gateway: ArmedProcess, number: int, at: int | str) -> tuple[Exchange, bool]:
    """Run one exchange while the process is to die at a step; start it again when it did."""
    exchange = Exchange(world, number)
    gateway.arm(at)
    running = asyncio.create_task(exchange.run())
    await until(lambda: running.done() or not gateway.is_running, 120)
    died = not gateway.is_running
    gateway.disarm()
    if died:
        await gateway.reap()
        await gateway.start()
    await running
    return exchange, died


async def test_any_two_steps(tmp_path: Path):
    async with World(process=ArmedProcess) as world:
        gateway = world.gateway
        assert isinstance(gateway, ArmedProcess)
        exchanges, between = [], []
        for step in range(1, MOST_STEPS):
            exchange, died = await exchange_with_a_kill(world, gateway, step, step)
            exchanges.append(exchange)
            if not died:
                break
            between.append(gateway.steps[-1])
        assert len(between) >= FEWEST_STEPS, between
        for kind in sorted({*KINDS} - {name.split(".")[0] for name in between}):
            exchange, died = await exchange_with_a_kill(world, gateway, len(exchanges) + 1, kind)
            assert died, f"no step {kind} in an exchange"
            exchanges.append(exchange)

        async def quiet() -> bool:
            return not any((await gateway.ask("counts"))["waiting"].values())

        assert await until(quiet)
        for exchange in exchanges:
            found = (len(exchange.at_hub()), len(exchange.acks()), len(exchange.ship_notices()))
            assert found == (1, 1, 1), f"{exchange.po}: orders, 997s, 856s {found}, killed at {between[exchange.number - 1 :][:1]}"
        assert (await gateway.ask("counts"))["lost"] == []
        held = (await gateway.ask("held"))["held"]
        assert [one for one in held if one.get("flow") != "objectives"] == []  # how soon it was is up to the machine
