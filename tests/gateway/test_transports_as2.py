"""The AS2 transport against a partner that opens what it gets and answers as told."""

import threading
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
import pytest
from aiohttp import web

from as2.disposition import PROCESSED, Disposition
from as2.keys import own_keys
from as2.mdn import build_mdn
from as2.mic import Mic
from as2.receive import open_message
from as2.server import mdn_response, read_body, read_head
from as2.settings import As2Settings, OwnAs2
from gateway.errors import Cause, PermanentError, TransientError
from gateway.payload import StoredPayload
from gateway.store.payloads import PayloadFiles
from gateway.tls import server_context
from gateway.transports.as2 import As2Transport
from gateway.transports.as2_calls import As2Calls
from gateway.transports.as2_receipts import As2Receipts
from gateway.transports.base import Prepared, ReceiptError
from partners.model import Own, Station
from tests.as2.parties import NORTHMART, SOUTHGATE
from tests.gateway.a_partner import OUTGOING, a_partner
from tests.gateway.shaking import server_certificate
from tests.support.certificates import NOW

SECRETS = {"env:CURRENT": NORTHMART.pair.key, "env:PASSWORD": "hush"}
STATION = Station(
    id="main",
    as2=OwnAs2.model_validate(
        {
            "as2_name": "Northmart",
            "domain": "example.com",
            "keys": {"current": {"key": "env:CURRENT", "certificate": NORTHMART.pair.certificate}},
        }
    ),
)
OWN = Own(name="Northmart", org="northmart", environment="live", zone="UTC", stations=(Station(id="plain"), STATION))


@dataclass
class As2Partner:
    """South gate's server: opens, checks, answers."""

    url: str = ""
    status: int = 200
    disposition: Disposition = PROCESSED
    sign: bool = True
    other_mic: bool = False
    body: bytes | None = None  #: instead of a receipt
    received: list = field(default_factory=list)

    async def take(self, request):
        headers, body = read_head(request), await read_body(request, 1 << 20)
        self.received.append((headers, body, dict(request.headers)))
        if self.body is not None or self.status != 200:
            return web.Response(status=self.status, body=self.body, headers={"Location": "/elsewhere"})
        profile = As2Settings.model_validate({"as2_name": "Northmart", "certs": {"current": NORTHMART.pair.certificate}, **self.policy})
        message = open_message(headers, body, own=SOUTHGATE.own, partner=profile, now=NOW)
        assert message.payloads[0].content == OUTGOING.payload.read()
        mic = Mic.of(b"other bytes", message.mic.algorithm) if self.other_mic else message.mic
        mdn = build_mdn(
            headers,
            disposition=self.disposition,
            mic=mic,
            own=SOUTHGATE.own if self.sign else None,
            partner=profile,
            message_id="<mdn@south>",
            now=NOW,
        )
        return mdn_response(mdn.headers, mdn.body) if mdn else web.Response()

    policy: dict = field(default_factory=dict)


@asynccontextmanager
async def serving(**changes):
    partner = As2Partner(**changes)
    app = web.Application()
    app.router.add_post("/as2", partner.take)
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        partner.url = f"http://127.0.0.1:{runner.addresses[0][1]}/as2"
        yield partner
    finally:
        await runner.cleanup()


def transport_of(root, own=OWN, session=None):
    (root / "scratch").mkdir(exist_ok=True)
    calls = As2Calls(own=lambda: own, resolve=SECRETS.__getitem__, session=lambda: session, clock=lambda: NOW)
    return As2Transport(
        calls=calls,
        keys=lambda station: own_keys(station.as2, SECRETS.__getitem__),
        mdn_url=lambda: "http://127.0.0.1:1/as2",
        payloads=PayloadFiles(root / "payloads", root / "scratch"),
        clock=lambda: NOW,
    )


@pytest.fixture
async def transport(tmp_path):
    async with aiohttp.ClientSession() as session:
        yield transport_of(tmp_path, session=session)


def partner_at(url, **changes):
    return a_partner(as2={"url": url, "allow_http": True, "certs": {"current": SOUTHGATE.pair.certificate}, **changes})


async def send(transport, server, **changes):
    partner = partner_at(server.url, **changes)
    return await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)


async def test_a_signed_receipt_with_our_mic_is_a_handover(transport):
    async with serving() as server:
        handover = await send(transport, server)
    assert handover.reference == f"<{OUTGOING.delivery_id}@example.com>"
    assert not handover.awaits_receipt
    assert b"Received-Content-MIC" in handover.receipt or b"multipart/report" in handover.receipt
    assert {name.lower() for name in handover.receipt_headers} >= {"content-type", "as2-from"}
    [(headers, body, _)] = server.received
    assert (headers.as2_from, headers.as2_to) == ("Northmart", "South gate")
    assert OUTGOING.payload.read() not in body, "it is encrypted"


async def test_every_attempt_sends_the_same_bytes_under_the_same_id(transport):
    async with serving() as server:
        partner = partner_at(server.url)
        prepared = transport.prepare(OUTGOING, partner, now=NOW)
        for _ in range(2):
            await transport.send(prepared, partner)
    first, second = server.received
    assert first[1] == second[1] == prepared.body.read()
    assert first[0].message_id == second[0].message_id


async def test_the_file_name_inside_is_of_set_and_number(transport):
    async with serving(policy={"require_encrypted": False}) as server:
        await send(transport, server, encrypt=None)
    assert b'filename="856_000000017.edi"' in server.received[0][1] or b"filename=856_000000017.edi" in server.received[0][1]


async def test_an_asynchronous_receipt_is_awaited(transport):
    async with serving(body=b"") as server:
        handover = await send(transport, server, mdn={"mode": "async"})
    assert handover.awaits_receipt
    assert server.received[0][0].mdn.return_url == "http://127.0.0.1:1/as2"


async def test_without_a_receipt_the_status_is_all(transport):
    async with serving(body=b"") as server:
        handover = await send(transport, server, mdn={"mode": "none"})
    assert (handover.awaits_receipt, handover.receipt) == (False, b"")


async def test_what_was_asked_for_counts_not_what_the_profile_says_by_now(transport):
    async with serving(body=b"") as server:
        prepared = transport.prepare(OUTGOING, partner_at(server.url, mdn={"mode": "async"}), now=NOW)
        assert (await transport.send(prepared, partner_at(server.url))).awaits_receipt


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"other_mic": True}, Cause.MIC_MISMATCH),
        ({"sign": False}, Cause.MDN_UNVERIFIED),
        (
            {"disposition": Disposition.parse("automatic-action/MDN-sent-automatically; processed/error: decryption-failed")},
            Cause.MDN_REFUSED,
        ),
    ],
    ids=str,
)
async def test_a_receipt_that_is_not_what_it_should_be_is_held_and_kept(transport, changes, cause):
    async with serving(**changes) as server:
        with pytest.raises(ReceiptError) as held:
            await send(transport, server)
    assert held.value.cause is cause
    assert len(held.value.receipt) > 100
    assert held.value.receipt_headers


@pytest.mark.parametrize("body", [b"", b"<html>It works!</html>"])
async def test_no_receipt_or_none_that_can_be_read_is_tried_again(transport, body):
    async with serving(body=body) as server:
        with pytest.raises(TransientError):
            await send(transport, server)


@pytest.mark.parametrize(
    ("status", "fault", "cause"),
    [
        (503, TransientError, Cause.DESTINATION_BUSY),
        (429, TransientError, Cause.DESTINATION_BUSY),
        (301, PermanentError, Cause.DELIVERY_REFUSED),
        (404, PermanentError, Cause.DELIVERY_REFUSED),
    ],
)
async def test_the_status_decides(transport, status, fault, cause):
    async with serving(status=status) as server:
        with pytest.raises(fault) as raised:
            await send(transport, server)
    assert raised.value.cause is cause


async def test_nobody_there(transport):
    partner = partner_at("http://127.0.0.1:1/as2")
    with pytest.raises(TransientError) as put_off:
        await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)
    assert put_off.value.cause is Cause.DESTINATION_UNREACHABLE


async def test_credentials_go_to_the_partner_and_not_into_the_store(transport):
    async with serving() as server:
        partner = partner_at(server.url, basic_auth={"user": "us", "password": "env:PASSWORD"})
        prepared = transport.prepare(OUTGOING, partner, now=NOW)
        await transport.send(prepared, partner)
    assert "Authorization" not in prepared.headers
    assert server.received[0][2]["Authorization"] == "Basic dXM6aHVzaA=="


async def test_secrets_are_read_beside_the_event_loop(tmp_path):
    """A keyring may ask for long, and a file may be on a share."""
    read_by = set()

    def resolve(reference):
        read_by.add(threading.current_thread())
        return SECRETS[reference]

    async with serving() as server, aiohttp.ClientSession() as session:
        calls = As2Calls(own=lambda: OWN, resolve=resolve, session=lambda: session, clock=lambda: NOW)
        partner = partner_at(server.url, basic_auth={"user": "us", "password": "env:PASSWORD"})
        await calls.post(partner, partner.transports.as2, server.url, dict(MDN_HEAD), StoredPayload.of(b"x"))
    assert read_by
    assert threading.current_thread() not in read_by


async def test_A19_credentials_go_to_the_partner_s_own_address_and_to_no_other(transport):
    async with serving(status=204) as own, serving(status=204) as other, aiohttp.ClientSession() as session:
        calls = As2Calls(own=lambda: OWN, resolve=SECRETS.__getitem__, session=lambda: session, clock=lambda: NOW)
        partner = partner_at(own.url, basic_auth={"user": "us", "password": "env:PASSWORD"}, mdn_urls=[other.url])
        for url in (own.url, other.url):
            await calls.post(partner, partner.transports.as2, url, dict(MDN_HEAD), StoredPayload.of(b"x"))
    assert ["Authorization" in one.received[0][2] for one in (own, other)] == [True, False]


def test_what_is_missing_is_held_before_anything_is_sent(transport, tmp_path):
    stations = Station(id="main", as2=OwnAs2(as2_name="N")), Station(id="main")
    without_key, without_station = (
        transport_of(tmp_path, Own(name="N", org="n", environment="live", zone="UTC", stations=(station,))) for station in stations
    )
    good = partner_at("https://partner.example/as2")
    for way, partner in (
        (without_key, good),
        (without_station, good),
        (transport, a_partner()),
        (transport, a_partner(as2={"certs": {"current": SOUTHGATE.pair.certificate}})),
        (transport, a_partner(as2={"url": "https://partner.example/as2"})),
    ):
        with pytest.raises(PermanentError) as held:
            way.prepare(OUTGOING, partner, now=NOW)
        assert held.value.cause is Cause.NO_TRANSPORT


def test_a_key_of_ours_that_does_not_fit_is_told_as_ours(tmp_path):
    pair = {"key": "env:CURRENT", "certificate": SOUTHGATE.pair.certificate}  # the key is Northmart's
    station = Station(id="main", as2=OwnAs2.model_validate({"as2_name": "N", "keys": {"current": pair}}))
    own = Own(name="N", org="n", environment="live", zone="UTC", stations=(station,))
    with pytest.raises(PermanentError) as held:
        transport_of(tmp_path, own).prepare(OUTGOING, partner_at("https://partner.example/as2"), now=NOW)
    assert held.value.cause is Cause.OWN_KEY_UNUSABLE
    assert held.value.detail.startswith("main: ")


async def test_only_a_fault_of_the_partner_itself_may_be_sent_once_more(transport):
    for text, once_more in (("unexpected-processing-error", True), ("decryption-failed", False)):
        disposition = Disposition.parse(f"automatic-action/MDN-sent-automatically; processed/error: {text}")
        async with serving(disposition=disposition) as server:
            with pytest.raises(ReceiptError) as refused:
                await send(transport, server)
        assert refused.value.once_more is once_more


async def test_A19_messages_and_receipts_trust_the_pinned_server_only_and_show_our_certificate():
    server, ours = server_certificate("localhost", 1), server_certificate("northmart", 2)
    shown = []

    async def take(request):
        shown.append(request.transport.get_extra_info("peercert")["serialNumber"])
        return web.Response()

    context = server_context(server.certificate, server.key, client_certificates="required", trusted=[ours.certificate])
    runner = web.ServerRunner(web.Server(take))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    url = f"https://localhost:{runner.addresses[0][1]}/as2"
    tls = {"current": {"key": "env:TLS", "certificate": ours.certificate}}
    station = Station(id="main", as2=STATION.as2.model_copy(update={"tls": OwnAs2.model_validate({"as2_name": "N", "tls": tls}).tls}))
    own = Own(name="Northmart", org="northmart", environment="live", zone="UTC", stations=(station,))
    unknown, receipt = server_certificate("localhost", 3), Prepared(StoredPayload.of(b"mdn"), {"Content-Type": "multipart/report"})
    try:
        async with aiohttp.ClientSession() as session:
            calls = As2Calls(
                own=lambda: own, resolve={**SECRETS, "env:TLS": ours.key}.__getitem__, session=lambda: session, clock=lambda: NOW
            )
            for pin, is_trusted in ((server, True), (unknown, False)):
                certs = {"current": SOUTHGATE.pair.certificate, "tls": {"current": pin.certificate}}
                partner = a_partner(as2={"url": url, "certs": certs, "tolerance": {"mdn_private_address": True}})
                if is_trusted:
                    assert (await calls.post(partner, partner.transports.as2, url, {}, StoredPayload.of(b"x"))).status == 200
                    assert (await As2Receipts(calls).send(receipt, url, partner)).detail == "HTTP 200"
                else:
                    with pytest.raises(TransientError, match="TLS"):
                        await As2Receipts(calls).send(receipt, url, partner)
    finally:
        await runner.cleanup()
    assert len(shown) == 2
    assert len(set(shown)) == 1


@pytest.mark.parametrize(("status", "fault"), [(503, TransientError), (307, PermanentError), (404, PermanentError)])
async def test_A44_the_status_of_the_receipts_address_decides_whether_it_is_tried_again(status, fault):
    async with serving(status=status) as server, aiohttp.ClientSession() as session:
        calls = As2Calls(own=lambda: OWN, resolve=SECRETS.__getitem__, session=lambda: session, clock=lambda: NOW)
        partner = partner_at(server.url, tolerance={"mdn_private_address": True})
        with pytest.raises(fault, match=str(status)):
            await As2Receipts(calls).send(Prepared(StoredPayload.of(b"mdn"), dict(MDN_HEAD)), server.url, partner)
        assert len(server.received) == 1


MDN_HEAD = {"AS2-From": "Northmart", "AS2-To": "South", "Message-ID": "<m@x>", "Content-Type": "multipart/report"}
