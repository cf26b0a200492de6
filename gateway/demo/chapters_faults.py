"""The chapters in which things break: the hub is down, and the gateway is killed in the middle of its work."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp

from gateway.demo.documents import interchange_850, set_850
from gateway.demo.papers import shop_order
from gateway.demo.telling import Teller, until
from gateway.demo.world import World

__all__ = ["hub_down", "kill"]

_ORDERS_WHILE_DOWN = 6
_BY_AS2, _BY_API = 10, 14
_KILL_AFTER = 8  #: messages accepted


async def hub_down(world: World, teller: Teller) -> None:
    """Orders come while the hub refuses; they wait, and drain in order."""
    teller.say(f"The hub is switched off. {_ORDERS_WHILE_DOWN} orders come in meanwhile.")
    before, acks = len(world.hub.documents()), len(world.retailer.sets("997"))
    refused = world.hub.refused
    world.hub.down = True
    wanted = [f"45002000{number:02}" for number in range(_ORDERS_WHILE_DOWN)]
    for number, po in enumerate(wanted):
        await world.retailer.order(interchange_850([set_850("0001", po, today=datetime.now(UTC))], 4800 + number, datetime.now(UTC)))
    acknowledged = await until(lambda: len(world.retailer.sets("997")) == acks + _ORDERS_WHILE_DOWN)
    teller.check(
        "the retailer gets its MDNs and 997s all the same", held=acknowledged, seen=f"{len(world.retailer.sets('997')) - acks} 997s"
    )
    tried = await until(lambda: world.hub.refused >= refused + 3)
    teller.check("deliveries are tried again, with growing pauses", held=tried, seen=f"the hub refused {world.hub.refused - refused} times")

    async def rests() -> bool:
        return "sink:hub" in (await world.gateway.ask("status"))["resting"]

    teller.check("the circuit opens: the hub is left in peace, but for a try now and then", held=await until(rests))
    status = await world.gateway.ask("search", state="MAPPED", limit=50)
    waiting = [row for row in status["documents"] if row["delivery"] in {"waiting", "retrying"}]
    teller.check("the operator sees what waits", held=len(waiting) == _ORDERS_WHILE_DOWN, seen=f"{len(waiting)} orders waiting for the hub")
    world.hub.down = False
    await until(lambda: len(world.hub.documents()) >= before + _ORDERS_WHILE_DOWN)
    got = [order["purchaseOrderNumber"] for order in world.hub.documents()[before:]]
    teller.check("the hub is back: all arrive, once, in the order of their coming", held=got == wanted, seen=" ".join(got))


async def kill(world: World, teller: Teller) -> None:
    """SIGKILL while two partners send; what was accepted arrives, once."""
    teller.say(f"{_BY_AS2} orders by AS2 and {_BY_API} by API are on their way when the process is killed with SIGKILL.")
    before = {order["purchaseOrderNumber"] for order in world.hub.documents()}
    accepted: set[str] = set()
    killed = asyncio.Event()

    async def insist(po: str, attempt: Callable[[], Awaitable[bool]]) -> None:
        """As a partner's system does: the same bytes again until they are taken over."""
        for _ in range(200):
            try:
                if await attempt():
                    accepted.add(po)
                    return
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.1)

    async def by_as2(number: int) -> None:
        po = f"45003000{number:02}"
        sealed = world.retailer.seal(interchange_850([set_850("0001", po, today=datetime.now(UTC))], 4900 + number, datetime.now(UTC)))

        async def attempt() -> bool:
            return (await world.retailer.post(sealed)).mdn.disposition.accepted

        await insist(po, attempt)

    async def by_api(number: int) -> None:
        po = f"WEB-20{number:02}"
        body = json.dumps(shop_order(po, datetime.now(UTC))).encode()

        async def attempt() -> bool:
            return (await world.post("/api/v1/partners/shopco/inbox", body, world.shop_key, "application/json"))[0] == 202

        await insist(po, attempt)

    async def shoot() -> None:
        await until(lambda: len(accepted) >= _KILL_AFTER)
        await world.gateway.kill()
        killed.set()
        await asyncio.sleep(0.3)
        await world.gateway.start()

    sending = [by_as2(number) for number in range(_BY_AS2)] + [by_api(number) for number in range(_BY_API)]
    pid = world.gateway.pid
    await asyncio.gather(shoot(), *sending)
    teller.check(
        "the process was killed, and started again",
        held=killed.is_set() and world.gateway.pid != pid,
        seen=f"pid {pid}, then {world.gateway.pid}",
    )
    teller.check(
        "every message was accepted in the end", held=len(accepted) == _BY_AS2 + _BY_API, seen=f"{len(accepted)} of {_BY_AS2 + _BY_API}"
    )

    def arrived() -> list[str]:
        return [po for order in world.hub.documents() if (po := order["purchaseOrderNumber"]) not in before]

    await until(lambda: len(set(arrived())) >= len(accepted))
    await asyncio.sleep(0.5)  # what would come twice has time to come
    teller.check("nothing is lost", held=set(arrived()) == accepted, seen=f"{len(set(arrived()))} orders at the hub")
    twice = len(arrived()) - len(set(arrived()))
    teller.check(
        "nothing is there twice",
        held=twice == 0,
        seen=f"{twice} twice; {world.hub.deliveries - len(world.hub.events)} deliveries repeated and dropped by their id",
    )

    async def reconciled() -> bool:
        counts = await world.gateway.ask("counts")
        books.update(counts)
        return not counts["lost"] and not any(counts["waiting"].values())

    books: dict[str, Any] = {}
    held = await until(reconciled)
    seen = ", ".join(f"{name} {sum(books[name].values())}" for name in ("lately", "waiting", "held"))
    teller.check("the gateway's own books reconcile", held=held, seen=f"{seen}, lost {len(books['lost'])}")
