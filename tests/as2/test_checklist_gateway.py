"""Points of the checklist about what becomes of messages and receipts, in a gateway whose partner is in the hands of the test."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from as2.cms.enveloped import encrypt
from as2.disposition import PROCESSED
from as2.headers import As2Headers
from as2.keys import partner_keys
from as2.mdn import build_mdn
from as2.receive import open_message
from as2.send import VerdictState
from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.payload import StoredPayload
from gateway.pipeline import as2_inbound
from gateway.states import Thing
from gateway.transports.as2_calls import As2Calls
from gateway.transports.as2_receipts import As2Receipts
from gateway.transports.base import Prepared
from partners.identify import by_as2
from tests.gateway import as2_world
from tests.gateway.as2_world import As2World
from tests.gateway.world import an_order, ship_notice


@pytest.fixture
async def as2(tmp_path: Path) -> AsyncIterator[As2World]:
    opened = await As2World.open(tmp_path)
    yield opened
    await opened.world.close()


async def test_A36_what_we_send_is_labelled_by_its_standard(as2: As2World) -> None:
    await as2.world.submit(ship_notice(), partner="northmart")
    [prepared] = as2.wire.sent
    headers = As2Headers.parse(prepared.headers.items())
    opened = open_message(headers, prepared.body.read(), own=as2_world._THEIR_KEYS, partner=as2_world._US, now=as2.world.clock())
    assert [payload.content_type for payload in opened.payloads] == ["application/edi-x12"]


async def test_A44_a_receipt_to_come_later_does_not_overtake_the_answer(as2: As2World) -> None:
    message = as2.seal(an_order(), mdn_url="https://northmart.example/mdn")
    answer = await as2.post(message)
    assert (answer.status, answer.body) == (200, b"")
    await as2.world.app.worker.drain()  # whatever is due at the very moment of the answer
    assert as2.wire.receipts == []
    assert await as2.world.states(Thing.DELIVERY, kind="mdn") == ["QUEUED"]
    as2.world.clock.pass_time(seconds=2)
    await as2.world.work()
    assert [url for url, _ in as2.wire.receipts] == ["https://northmart.example/mdn"]


async def test_A45_an_encrypted_receipt_at_the_address_for_messages_is_no_message(as2: As2World) -> None:
    as2.wire.awaits_receipt = True
    await as2.world.submit(ship_notice(), partner="northmart")
    [prepared] = as2.wire.sent
    us, theirs, now = as2_world._US, as2_world._THEIR_KEYS, as2.world.clock()
    headers = As2Headers.parse(prepared.headers.items())
    opened = open_message(headers, prepared.body.read(), own=theirs, partner=us, now=now)
    mdn = build_mdn(headers, disposition=PROCESSED, mic=opened.mic, own=theirs, partner=us, message_id="<e@northmart.example>", now=now)
    assert mdn
    entity = f"Content-Type: {mdn.headers['Content-Type']}\r\n\r\n".encode() + mdn.body
    certificate = partner_keys(us).encryption(now)
    assert certificate
    sealed = encrypt(entity, certificates=[certificate])
    head = As2Headers.parse((dict(mdn.headers) | {"Content-Type": "application/pkcs7-mime; smime-type=enveloped-data"}).items())
    found = by_as2(as2.world.context.workspace, head.as2_from, head.as2_to)
    answer = await as2.inbound.take(head, StoredPayload.of(sealed), *found)
    assert (answer.status, answer.body) == (200, b"")
    assert await as2.world.states(Thing.DELIVERY) == ["RECEIPTED"]
    assert await as2.world.states(Thing.TRANSMISSION, payload_sha256=None) != []  # kept as it came
    assert await as2.world.states(Thing.TRANSACTION_SET, direction="inbound") == []


async def test_A48_after_a_fault_of_ours_the_same_message_is_worked_on_anew(as2: As2World, monkeypatch: pytest.MonkeyPatch) -> None:
    message = as2.seal(an_order())
    with monkeypatch.context() as broken:
        broken.setattr("gateway.pipeline.as2_open.open_message", lambda *_, **__: 1 / 0)
        first = await as2.post(message)
    verdict = as2.verdict(message, dict(first.headers), first.body)
    assert (verdict.state, verdict.modifier, verdict.retryable) == (VerdictState.REFUSED, "unexpected-processing-error", True)
    second = await as2.post(message)
    assert as2.verdict(message, dict(second.headers), second.body).state is VerdictState.RECEIPTED
    await as2.world.work()
    assert as2.world.hub.calls == 1
    [accepted] = await as2.world.rows(Thing.TRANSMISSION, state="OPENED", direction="inbound")
    async with operations.evidence(as2.world.context, accepted["id"]) as (name, _):  # of the one that was taken over
        assert name == f"evidence-{accepted['id']}.zip"


async def test_A48_while_the_first_is_opened_the_second_waits_and_is_told_to_come_again(
    as2: As2World, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = as2.seal(an_order())
    monkeypatch.setattr(as2_inbound, "_WAIT_FOR_FIRST", 0.01)
    opening = as2.world.context.as2_opening
    key = as2_inbound.MessageKey("NORTHMART", "HARBORLINE", message.message_id)
    opening[key] = asyncio.Event()
    with pytest.raises(Refusal) as refused:
        await as2.post(message)
    assert refused.value.cause is Cause.STORE_UNAVAILABLE
    assert refused.value.retry_after
    opening.pop(key).set()
    assert as2.verdict(message, *_of(await as2.post(message))).state is VerdictState.RECEIPTED


def _of(answer: as2_inbound.As2Answer) -> tuple[dict[str, str], bytes]:
    return dict(answer.headers), answer.body


async def test_A33_a_receipt_follows_no_redirect(as2: As2World) -> None:
    paths: list[str] = []

    async def moved(request: web.BaseRequest) -> web.Response:
        paths.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    runner = web.ServerRunner(web.Server(moved))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/mdn"
    partner, _ = by_as2(as2.world.context.workspace, "NORTHMART", "HARBORLINE")
    settings = partner.transports.as2.model_copy(update={"mdn_urls": (url,)})
    settings = settings.model_copy(update={"tolerance": settings.tolerance.model_copy(update={"mdn_private_address": True})})
    partner = replace(partner, transports=partner.transports.model_copy(update={"as2": settings}))
    try:
        async with aiohttp.ClientSession() as session:
            receipts = As2Receipts(
                As2Calls(own=lambda: as2.world.context.workspace.own, resolve=lambda _: "", session=lambda: session, clock=as2.world.clock)
            )
            with pytest.raises(Exception, match=r"307|redirect|address"):
                await receipts.send(Prepared(StoredPayload.of(b"mdn"), {"Content-Type": "multipart/report"}), url, partner)
    finally:
        await runner.cleanup()
    assert paths == ["/mdn"]
