"""Asynchronous MDNs both ways, between the gateway as a process and a retailer: the answer first, the signed receipt on a connection of its own."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from as2.disposition import PROCESSED
from as2.headers import As2Headers
from as2.mdn import Mdn, SignatureState, build_mdn, looks_like_mdn, read_mdn
from as2.message import new_message_id, seal_message
from as2.receive import open_message
from as2.send import VerdictState, judge_mdn
from as2.settings import As2Settings
from gateway.demo.documents import interchange_850, set_850
from gateway.demo.papers import ship_notice, sscc
from gateway.demo.retailer import DOMAIN, Retailer
from gateway.demo.telling import until
from gateway.demo.world import World

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]
PO = "4500777001"


@dataclass
class PatientRetailer(Retailer):
    """Takes receipts at its address, and sends its own later."""

    receipts: list[Mdn] = field(default_factory=list)
    owed: set[asyncio.Task] = field(default_factory=set)
    answered: asyncio.Event = field(default_factory=asyncio.Event)  #: we have the answer to our message
    overtaken: bool = False  #: a receipt came before it
    may_send: asyncio.Event = field(default_factory=asyncio.Event)

    async def _take(self, request: web.Request) -> web.Response:
        headers = As2Headers.parse(request.raw_headers)
        body = await request.read()
        if looks_like_mdn(headers, body):
            for _ in range(1000):  # an answer that lies there already, since this process stood still, came before the receipt
                await asyncio.sleep(0)
            self.overtaken = self.overtaken or not self.answered.is_set()
            self.receipts.append(read_mdn(headers.raw, body, partner=self._gateway, now=datetime.now(UTC), own=self.own))
            return web.Response()
        opened = open_message(headers, body, own=self.own, partner=self._gateway, now=datetime.now(UTC))
        self.received += [payload.content for payload in opened.payloads]
        mdn = build_mdn(
            headers,
            disposition=PROCESSED,
            mic=opened.mic,
            own=self.own,
            partner=self._gateway,
            message_id=new_message_id(str(uuid4()), DOMAIN),
            now=datetime.now(UTC),
        )
        if headers.mdn.return_url is None:
            return web.Response(body=mdn.body, headers=mdn.headers)

        async def send() -> None:
            await self.may_send.wait()
            async with self._session.post(headers.mdn.return_url, data=mdn.body, headers=mdn.headers) as answer:
                assert answer.status == 200

        self.owed.add(asyncio.create_task(send()))
        return web.Response()


class PatientWorld(World):
    """Northmart asks for receipts at its address, and we for ours at the public one."""

    def __init__(self) -> None:
        super().__init__()
        self.retailer = PatientRetailer(self.retailer.keys)

    def _northmart(self, profile: dict[str, Any]) -> None:
        super()._northmart(profile)
        profile["transports"]["as2"] |= {"mdn": {"mode": "async"}, "tolerance": {"mdn_private_address": True}}


async def test_receipts_that_come_later():
    async with PatientWorld() as world:
        retailer = world.retailer
        assert isinstance(retailer, PatientRetailer)
        now = datetime.now(UTC)
        settings = {"url": f"{world.gateway.base}/as2", "allow_http": True, "as2_name": "HARBORLINE", "certs": world.own_keys.certificate}
        order = seal_message(
            interchange_850([set_850("0001", PO, today=now)], 700, now),
            content_type="application/edi-x12",
            own=retailer.own,
            partner=As2Settings.model_validate({**settings, "mdn": {"mode": "async", "url": retailer.url}}),
            message_id=new_message_id(str(uuid4()), DOMAIN),
            now=now,
        )
        async with world.session.post(f"{world.gateway.base}/as2", data=order.body, headers=order.headers) as answer:
            assert (answer.status, await answer.read()) == (200, b"")
            retailer.answered.set()
        assert await until(lambda: retailer.receipts)
        assert not retailer.overtaken, "the receipt overtook the answer"
        [receipt] = retailer.receipts
        assert receipt.signature is SignatureState.VERIFIED
        assert judge_mdn(order.message_id, order.mic, receipt, signed_wanted=True).state is VerdictState.RECEIPTED

        assert await until(world.hub.documents)
        notice = json.dumps(ship_notice(world.hub.documents()[0], "SHP-7001", [sscc(7001), sscc(7002)], now)).encode()
        status, taken = await world.post("/api/v1/ship-notices", notice, world.hub_key, "application/json", **{"Idempotency-Key": "7001"})
        assert status == 202
        assert await until(lambda: retailer.sets("856"))

        async def is_in(state: str) -> bool:
            shown = await world.gateway.ask("show", taken["documentId"])
            return [delivery["state"] for delivery in shown["related"]["deliveries"]] == [state]

        assert await until(lambda: is_in("AWAITING_MDN"))
        retailer.may_send.set()
        assert await until(lambda: is_in("RECEIPTED"))
