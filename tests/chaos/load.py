"""Senders that insist, as real ones do: by API, by AS2, by SFTP, and the hub with its ship notices. All that was taken over is counted."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

import aiohttp

from gateway.demo.documents import interchange_850, orders_d96a, set_850
from gateway.demo.papers import ship_notice, shop_order, sscc
from gateway.demo.world import World

API, AS2, SFTP, NOTICES = 16, 8, 4, 3
_AT_ONCE = 8
_TRIES = 900  #: a tenth of a second apart


@dataclass
class Load:
    """The messages of one run. `taken` are those that got a 202, an MDN or left the partner's folder."""

    world: World
    run: int
    chance: Random
    shipped: set[str]  #: orders that have their notice from earlier runs
    orders: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        retailer = self.world.retailer
        self._as2 = {
            name: retailer.seal(interchange_850([set_850("0001", name, today=now)], self.run * 100 + n, now))
            for n, name in enumerate(f"AS2-{self.run:05}-{n}" for n in range(AS2))
        }
        self._files = {
            name: orders_d96a(name, self.run * 100 + n, now) for n, name in enumerate(f"FTP-{self.run:05}-{n}" for n in range(SFTP))
        }
        api = [f"WEB-{self.run:05}-{n}" for n in range(API)]
        self.orders = [*api, *self._as2, *self._files]
        open_orders = [
            order
            for order in self.world.hub.documents()
            if order["purchaseOrderNumber"].startswith("AS2-") and order["purchaseOrderNumber"] not in self.shipped
        ]
        chosen = self.chance.sample(open_orders, min(NOTICES, len(open_orders)))
        self.shipped |= {order["purchaseOrderNumber"] for order in chosen}
        self._notices = {f"SHP{self.run:05}{n}": order for n, order in enumerate(chosen)}
        self.notices = list(self._notices)
        self._bodies: dict[str, bytes] = {}  # the same again has to be the same
        self._at_threepl: set[str] = set()
        self._left = [*self.orders, *self.notices]
        self.chance.shuffle(self._left)

    async def send(self) -> None:
        """Until all is taken over."""
        await asyncio.gather(*(self._client() for _ in range(_AT_ONCE)))

    async def _client(self) -> None:
        while self._left:
            await self._insist(self._left.pop())

    async def _insist(self, name: str) -> None:
        for _ in range(_TRIES):
            if await self._is_taken(name):
                self.taken.add(name)
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"{name} was not taken over")

    async def _is_taken(self, name: str) -> bool:
        try:
            if name in self._as2:
                return (await self.world.retailer.post(self._as2[name])).mdn.disposition.accepted
            if name in self._files:
                return await self._file(name)
            if name in self._notices:
                return await self._notice(name)
            body = json.dumps(shop_order(name, datetime.now(UTC).date())).encode()
            key = {"Idempotency-Key": name}
            status, _ = await self.world.post("/api/v1/partners/shopco/inbox", body, self.world.shop_key, "application/json", **key)
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        return status == 202

    async def _file(self, name: str) -> bool:
        """Left once; taken when the gateway has it in its archive, which says so to the partner."""
        if name not in self._at_threepl:
            self.world.leave_at_threepl(f"{name}.edi", self._files[name])
            self._at_threepl.add(name)
        archived = (self.world.mailbox / "out" / "archive").rglob(f"*{name}.edi")
        return next(archived, None) is not None

    async def _notice(self, name: str) -> bool:
        order = self._notices[name]
        codes = [sscc(int(name[3:]) * 10 + n) for n in range(len(order["lines"]))]
        body = self._bodies.setdefault(name, json.dumps(ship_notice(order, name, codes, datetime.now(UTC))).encode())
        status, _ = await self.world.post("/api/v1/ship-notices", body, self.world.hub_key, "application/json", **{"Idempotency-Key": name})
        return status == 202
