"""The HTTP transport against a real server."""

import aiohttp
import pytest

from gateway.clock import system_clock
from gateway.errors import Cause, PermanentError, TransientError
from gateway.settings import SecretError
from gateway.transports.base import Outgoing
from gateway.transports.http import HttpTransport
from tests.gateway.a_partner import NOW, OUTGOING, a_partner
from tests.support.http_receiver import receiving


@pytest.fixture
async def transport():
    async with aiohttp.ClientSession() as session:
        yield HttpTransport(
            resolve={"env:TOKEN": "t0ken", "env:PASSWORD": "pässword"}.__getitem__, session=lambda: session, clock=system_clock
        )


def partner_at(receiver, **changes):
    return a_partner(http={"url": receiver.url, "allow_http": True, **changes})


async def test_the_payload_arrives_and_a_retry_has_the_same_key(transport):
    async with receiving(202) as server:
        partner = partner_at(server, bearer="env:TOKEN")
        prepared = transport.prepare(OUTGOING, partner, now=NOW)
        assert (await transport.send(prepared, partner)).detail == "HTTP 202"
        await transport.send(prepared, partner)
    for got in server.received:
        assert got.body == OUTGOING.payload.read()
        assert got.headers["Content-Type"] == "application/edi-x12"
        assert got.headers["Idempotency-Key"] == OUTGOING.delivery_id
        assert got.headers["Authorization"] == "Bearer t0ken"
        assert got.headers["Gateway-Usage"] == "live"
    assert len(server.received) == 2


async def test_what_is_stored_has_no_credentials_in_it(transport):
    partner = a_partner(http={"url": "https://partner.example/", "bearer": "env:TOKEN"})
    assert "t0ken" not in str(transport.prepare(OUTGOING, partner, now=NOW).headers)


async def test_basic_credentials(transport):
    async with receiving() as server:
        partner = partner_at(server, basic_auth={"user": "us", "password": "env:PASSWORD"})
        await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)
    assert server.received[0].headers["Authorization"] == "Basic dXM6cMOkc3N3b3Jk"


async def test_test_traffic_says_so(transport):
    outgoing = Outgoing(**{**{name: getattr(OUTGOING, name) for name in OUTGOING.__slots__}, "is_test": True})
    async with receiving() as server:
        partner = partner_at(server)
        await transport.send(transport.prepare(outgoing, partner, now=NOW), partner)
    assert server.received[0].headers["Gateway-Usage"] == "test"


@pytest.mark.parametrize(
    ("status", "fault", "cause"),
    [
        (503, TransientError, Cause.DESTINATION_BUSY),
        (429, TransientError, Cause.DESTINATION_BUSY),
        (302, PermanentError, Cause.DELIVERY_REFUSED),
        (401, PermanentError, Cause.CREDENTIALS_REFUSED),
        (404, PermanentError, Cause.DELIVERY_REFUSED),
        (409, PermanentError, Cause.DELIVERY_REFUSED),
    ],
)
async def test_the_status_decides(transport, status, fault, cause):
    async with receiving((status, {"Location": "/elsewhere"}, b"<html>")) as server:
        partner = partner_at(server)
        with pytest.raises(fault) as raised:
            await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)
    assert raised.value.cause is cause
    assert len(server.received) == 1


async def test_nobody_there_and_nothing_configured(transport):
    partner = a_partner(http={"url": "http://127.0.0.1:1/", "allow_http": True})
    with pytest.raises(TransientError):
        await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)
    with pytest.raises(PermanentError) as held:
        transport.prepare(OUTGOING, a_partner(), now=NOW)
    assert held.value.cause is Cause.NO_TRANSPORT


async def test_a_token_that_is_missing_is_named():
    def unknown(reference):
        raise SecretError(reference, "the environment variable is not set")

    transport = HttpTransport(resolve=unknown, session=lambda: None, clock=system_clock)
    partner = a_partner(http={"url": "https://partner.example/", "bearer": "env:TOKEN"})
    with pytest.raises(PermanentError) as held:
        await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)
    assert held.value.cause is Cause.CREDENTIALS_REFUSED
