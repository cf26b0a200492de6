"""Many at once, and the process dies at moments that nobody chose: within a group of commits, between claim and effect, while answering."""

import asyncio
import json
from datetime import UTC, datetime
from random import Random

import aiohttp
import pytest

from gateway.demo.documents import interchange_850, set_850
from gateway.demo.papers import shop_order
from gateway.demo.telling import until
from gateway.demo.world import World

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1500)]

ORDERS, MESSAGES, KILLS, AT_ONCE = 120, 30, 4, 12


class Load:
    """Orders by the API and by AS2, each insisted on until it is taken over, as real senders do."""

    def __init__(self, world: World) -> None:
        self.world = world
        now = datetime.now(UTC)
        self.api = [f"WEB-{number:04}" for number in range(ORDERS)]
        self.as2 = {
            f"AS2-{n:04}": world.retailer.seal(interchange_850([set_850("0001", f"AS2-{n:04}", today=now)], 70_000 + n, now))
            for n in range(MESSAGES)
        }
        self.left = [*self.api, *self.as2]
        Random(3).shuffle(self.left)

    async def run(self) -> None:
        await asyncio.gather(*(self._client() for _ in range(AT_ONCE)))

    async def _client(self) -> None:
        while self.left:
            await self._insist(self.left.pop())

    async def _insist(self, name: str) -> None:
        while not await self._taken_over(name):  # noqa: ASYNC110 - it is asked anew
            await asyncio.sleep(0.1)

    async def _taken_over(self, name: str) -> bool:
        try:
            if name in self.as2:
                return (await self.world.retailer.post(self.as2[name])).mdn.disposition.accepted
            body = json.dumps(shop_order(name, datetime.now(UTC).date())).encode()
            key = {"Idempotency-Key": name}
            status, _ = await self.world.post("/api/v1/partners/shopco/inbox", body, self.world.shop_key, "application/json", **key)
        except (aiohttp.ClientError, TimeoutError):
            return False
        return status == 202


async def test_what_was_taken_over_arrives_once_whenever_the_process_dies():
    chance = Random(11)
    async with World() as world:
        load = Load(world)
        running = asyncio.create_task(load.run())
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.2, 1.0))
            await world.gateway.kill()
            await world.gateway.start()
        await asyncio.wait_for(running, 600)

        async def quiet() -> bool:
            return not any((await world.gateway.ask("counts"))["waiting"].values())

        assert await until(quiet)
        arrived = sorted(order["purchaseOrderNumber"] for order in world.hub.documents())
        assert arrived == sorted([*load.api, *load.as2])
        answered = sorted(line for edi in world.retailer.sets("997") for line in edi.decode().split("~") if line.strip().startswith("AK1*"))
        assert len(answered) == len(set(answered)) == MESSAGES
        numbers = [edi.split(b"*")[13] for edi in world.retailer.sets("997")]
        assert len(numbers) == len(set(numbers))
        counts = await world.gateway.ask("counts")
        assert counts["lost"] == []
        held = (await world.gateway.ask("held"))["held"]
        assert [one for one in held if one.get("flow") != "objectives"] == []  # how soon it was is up to the machine
