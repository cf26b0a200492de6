"""The HTTP transport towards partners that ask for more: tokens, signatures, client certificates, pinned servers, large bodies."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import aiohttp
import pytest
import standardwebhooks

from gateway.broker_settings import ClientTls
from gateway.clock import system_clock
from gateway.errors import Cause, PermanentError, TransientError
from gateway.payload import StoredPayload
from gateway.settings import SecretError
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.webhook import WebhookSink
from gateway.tls import server_context
from gateway.transports.base import Outgoing
from gateway.transports.http import HttpTransport
from partners.http_options import HttpSettings, OAuth2Settings
from tests.gateway.a_partner import NOW, OUTGOING, a_partner
from tests.gateway.shaking import server_certificate
from tests.support.certificates import certificate
from tests.support.http_receiver import Receiver, receiving

SERVER, NEXT_SERVER, OURS, OUR_NEXT = (
    server_certificate(number=1),
    server_certificate(number=2),
    certificate("us", "p256", 3),
    certificate("us", "p256", 4),
)
NOW_SECRET, NEXT_SECRET = ("whsec_" + base64.b64encode(letter * 24).decode() for letter in (b"n", b"x"))
SECRETS = {
    "env:CLIENT": "s3cret+/ä",
    "env:KEY": "api-key-1",
    "env:NOW": NOW_SECRET,
    "env:NEXT": NEXT_SECRET,
    "env:WORD": "no base64!",
    "env:LINES": "a\r\nb: c",
    "env:OURS": OURS.key,
    "env:OUR_NEXT": OUR_NEXT.key,
}


class Clock:
    """Stands still, and is as far ahead as it is told."""

    def __init__(self) -> None:
        self.begun, self.ahead = system_clock(), timedelta()

    def __call__(self):
        return self.begun + self.ahead


def resolve(reference: str) -> str:
    if reference not in SECRETS:
        raise SecretError(reference, "the environment variable is not set")
    return SECRETS[reference]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def transport(clock: Clock) -> AsyncIterator[HttpTransport]:
    async with aiohttp.ClientSession() as session:
        yield HttpTransport(resolve=resolve, session=lambda: session, clock=clock)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def outgoing(payload: StoredPayload) -> Outgoing:
    return Outgoing(**{**{name: getattr(OUTGOING, name) for name in OUTGOING.__slots__}, "payload": payload})


async def send(transport: HttpTransport, receiver: Receiver, *, what: Outgoing = OUTGOING, **http) -> str:
    partner = a_partner(http={"url": receiver.url, "allow_http": True, **http})
    return (await transport.send(transport.prepare(what, partner, now=NOW), partner)).detail


def a_token(text: str = "t-1", **changes) -> tuple[int, dict[str, str], bytes]:
    return (
        200,
        {"Content-Type": "application/json"},
        json.dumps({"access_token": text, "token_type": "Bearer", "expires_in": 3600, **changes}).encode(),
    )


def oauth2(endpoint: Receiver, **changes) -> dict[str, str]:
    return {"token_url": endpoint.url, "client_id": "us & co", "client_secret": "env:CLIENT", **changes}


# -- tokens


async def test_a_token_is_asked_for_once_and_used_until_shortly_before_its_end(transport: HttpTransport, clock: Clock) -> None:
    async with receiving(a_token("t-1"), a_token("t-2")) as endpoint, receiving(202) as partner:
        await asyncio.gather(*(send(transport, partner, oauth2=oauth2(endpoint, scope="orders write", audience="api")) for _ in range(5)))
        assert len(endpoint.received) == 1
        clock.ahead = timedelta(seconds=3600 - 61)
        await send(transport, partner, oauth2=oauth2(endpoint, scope="orders write", audience="api"))
        assert len(endpoint.received) == 1
        clock.ahead = timedelta(seconds=3600 - 59)
        await send(transport, partner, oauth2=oauth2(endpoint, scope="orders write", audience="api"))
    assert [got.headers["Authorization"] for got in partner.received] == ["Bearer t-1"] * 6 + ["Bearer t-2"]
    asked = endpoint.received[0]
    assert parse_qs(asked.body.decode()) == {"grant_type": ["client_credentials"], "scope": ["orders write"], "audience": ["api"]}
    assert base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")) == b"us+%26+co:s3cret%2B%2F%C3%A4"


async def test_the_client_may_be_named_in_the_form(transport: HttpTransport) -> None:
    async with receiving(a_token()) as endpoint, receiving(202) as partner:
        await send(transport, partner, oauth2=oauth2(endpoint, client_auth="post"))
    form = parse_qs(endpoint.received[0].body.decode())
    assert (form["client_id"], form["client_secret"]) == (["us & co"], ["s3cret+/ä"])
    assert "Authorization" not in endpoint.received[0].headers


async def test_after_a_401_a_new_token_is_tried_once(transport: HttpTransport) -> None:
    async with receiving(a_token("old"), a_token("new")) as endpoint, receiving(401, 202) as partner:
        assert await send(transport, partner, oauth2=oauth2(endpoint)) == "HTTP 202"
    assert [got.headers["Authorization"] for got in partner.received] == ["Bearer old", "Bearer new"]
    async with receiving(a_token("a"), a_token("b"), a_token("c")) as endpoint, receiving(401) as partner:
        with pytest.raises(PermanentError) as held:
            await send(transport, partner, oauth2=oauth2(endpoint))
    assert held.value.cause is Cause.CREDENTIALS_REFUSED
    assert (len(endpoint.received), len(partner.received)) == (2, 2)


@pytest.mark.parametrize(
    ("answer", "fault", "cause", "says"),
    [
        (
            (401, {}, b'{"error": "invalid_client", "error_description": "of CANARY"}'),
            PermanentError,
            Cause.CREDENTIALS_REFUSED,
            "invalid_client",
        ),
        ((400, {}, b'{"error": "CANARY"}'), PermanentError, Cause.CREDENTIALS_REFUSED, "HTTP 400"),
        ((404, {}, b"<html>CANARY"), PermanentError, Cause.CREDENTIALS_REFUSED, "HTTP 404"),
        ((302, {"Location": "/elsewhere"}, b""), PermanentError, Cause.DELIVERY_REFUSED, "HTTP 302"),
        ((503, {"Retry-After": "7"}, b""), TransientError, Cause.DESTINATION_BUSY, "HTTP 503"),
        ((429, {"Retry-After": "7"}, b""), TransientError, Cause.DESTINATION_BUSY, "HTTP 429"),
        ((200, {}, b"no json CANARY"), PermanentError, Cause.CREDENTIALS_REFUSED, "no bearer token"),
        ((200, {}, b"[]"), PermanentError, Cause.CREDENTIALS_REFUSED, "no bearer token"),
        (a_token("two words"), PermanentError, Cause.CREDENTIALS_REFUSED, "no bearer token"),
        (a_token("x\r\nInjected: 1"), PermanentError, Cause.CREDENTIALS_REFUSED, "no bearer token"),
        (a_token(token_type="mac"), PermanentError, Cause.CREDENTIALS_REFUSED, "no bearer token"),
        (a_token("x" * 100_000), PermanentError, Cause.CREDENTIALS_REFUSED, "no bearer token"),
    ],
)
async def test_without_a_token_nothing_is_sent_and_the_reason_is_told(transport: HttpTransport, answer, fault, cause, says) -> None:
    async with receiving(answer) as endpoint, receiving(202) as partner:
        with pytest.raises(fault) as raised:
            await send(transport, partner, oauth2=oauth2(endpoint))
    assert (raised.value.cause, len(partner.received), len(endpoint.received)) == (cause, 0, 1)
    assert says in raised.value.detail
    assert "CANARY" not in raised.value.detail
    if fault is TransientError:
        assert raised.value.after == 7


async def test_a_token_endpoint_that_is_not_there_is_tried_again(transport: HttpTransport) -> None:
    async with receiving(202) as partner:
        with pytest.raises(TransientError) as raised:
            await send(transport, partner, oauth2={**oauth2(partner), "token_url": "http://127.0.0.1:1/token"})
    assert raised.value.cause is Cause.DESTINATION_UNREACHABLE


async def test_the_webhook_of_the_hub_may_want_tokens_too() -> None:
    async with aiohttp.ClientSession() as session, receiving(a_token("hub")) as endpoint, receiving(401, 200) as hub:
        settings = OAuth2Settings.model_validate(oauth2(endpoint))
        sink = WebhookSink(hub.url, ("env:NOW",), resolve=resolve, session=lambda: session, clock=system_clock, oauth2=settings)
        assert await sink.deliver(OutgoingEvent("e-1", "t", "p", "c", is_test=False, body=b"{}")) == "HTTP 200"
    assert {got.headers["Authorization"] for got in hub.received} == {"Bearer hub"}
    assert {got.headers["webhook-id"] for got in hub.received} == {"e-1"}


# -- signatures and headers


async def test_a_signed_request_passes_the_library_that_receivers_use(transport: HttpTransport) -> None:
    async with receiving(200) as partner:
        await send(transport, partner, sign={"secrets": ["env:NOW", "env:NEXT"]}, oauth2=None)
    got = partner.received[0]
    assert got.headers["webhook-id"] == got.headers["Idempotency-Key"] == OUTGOING.delivery_id
    stamp = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), UTC)
    for secret in (NOW_SECRET, NEXT_SECRET):
        signed = standardwebhooks.Webhook(secret).sign(got.headers["webhook-id"], stamp, got.body.decode())
        assert signed in got.headers["webhook-signature"].split(" ")


async def test_headers_as_agreed_and_secret_ones_only_on_the_wire(transport: HttpTransport) -> None:
    http = {"headers": {"X-Our-Name": "Harborline Foods"}, "secret_headers": {"X-API-Key": "env:KEY"}, "method": "PUT"}
    async with receiving(200) as receiver:
        partner = a_partner(http={"url": receiver.url, "allow_http": True, **http})
        prepared = transport.prepare(OUTGOING, partner, now=NOW)
        await transport.send(prepared, partner)
    got = receiver.received[0]
    assert (got.headers["X-Our-Name"], got.headers["X-API-Key"]) == ("Harborline Foods", "api-key-1")
    assert "api-key-1" not in str(prepared.headers)


@pytest.mark.parametrize(
    "http",
    [
        {"secret_headers": {"X-API-Key": "env:LINES"}},
        {"secret_headers": {"X-API-Key": "env:NOWHERE"}},
        {"sign": {"secrets": "env:WORD"}},
        {"sign": {"secrets": "env:NOWHERE"}},
        {"client_certificate": {"current": {"key": "env:NOW", "certificate": OURS.certificate}}},
        {"client_certificate": {"current": {"key": "env:OUR_NEXT", "certificate": OURS.certificate}}},
    ],
)
async def test_what_cannot_be_signed_or_shown_is_not_sent(transport: HttpTransport, http) -> None:
    async with receiving(200) as receiver:
        with pytest.raises(PermanentError) as held:
            await send(transport, receiver, **http)
    assert (held.value.cause, receiver.received) == (Cause.CREDENTIALS_REFUSED, [])
    assert not any(secret in held.value.detail for secret in SECRETS.values())


@pytest.mark.parametrize(
    "http",
    [
        {"headers": {"Host": "elsewhere.example"}},
        {"headers": {"authorization": "Bearer x"}},
        {"headers": {"Content-Length": "1"}},
        {"headers": {"X-A": "a\r\nX-B: b"}},
        {"headers": {"X A": "a"}},
        {"headers": {"X-Ä": "a"}},
        {"headers": {"X-A": ""}},
        {"headers": {"X-A": "1", "x-a": "2"}},
        {"headers": {"X-A": "1"}, "secret_headers": {"x-a": "env:KEY"}},
        {"secret_headers": {"X-A": "plain"}},
        {"bearer": "env:KEY", "oauth2": {"token_url": "https://x.example", "client_id": "a", "client_secret": "env:KEY"}},
        {"oauth2": {"token_url": "http://x.example", "client_id": "a", "client_secret": "env:KEY"}},
        {"oauth2": {"token_url": "https://u:p@x.example", "client_id": "a", "client_secret": "env:KEY"}},
        {"method": "DELETE"},
    ],
)
def test_a_profile_cannot_say_what_would_break_a_request(http) -> None:
    with pytest.raises(ValueError, match=r"."):
        HttpSettings.model_validate({"url": "https://partner.example/in", **http})


# -- TLS


async def test_a_server_that_asks_for_our_certificate_gets_the_one_of_the_day(transport: HttpTransport, clock: Clock) -> None:
    following = (system_clock() + timedelta(days=10)).date().isoformat()
    pair = {
        "current": {"key": "env:OURS", "certificate": OURS.certificate},
        "next": {"key": "env:OUR_NEXT", "certificate": OUR_NEXT.certificate, "from": following},
    }
    for ahead, accepted in ((timedelta(), OURS), (timedelta(days=11), OUR_NEXT)):
        clock.ahead = ahead
        tls = server_context(SERVER.certificate, SERVER.key, client_certificates="required", trusted=[accepted.certificate])
        async with receiving(202, tls=tls) as receiver:
            assert await send(transport, receiver, pinned={"current": SERVER.certificate}, client_certificate=pair) == "HTTP 202"
            with pytest.raises(TransientError):
                await send(transport, receiver, pinned={"current": SERVER.certificate})
            assert len(receiver.received) == 1


async def test_only_the_pinned_server_is_trusted_and_while_it_changes_the_next_one_too(transport: HttpTransport) -> None:
    async with receiving(202, tls=server_context(NEXT_SERVER.certificate, NEXT_SERVER.key)) as receiver:
        for http in ({"pinned": {"current": SERVER.certificate}}, {}):
            with pytest.raises(TransientError) as raised:
                await send(transport, receiver, **http)
            assert raised.value.cause is Cause.DESTINATION_UNREACHABLE
        assert receiver.received == []
        pinned = {"current": SERVER.certificate, "next": NEXT_SERVER.certificate}
        assert await send(transport, receiver, pinned=pinned) == "HTTP 202"


# -- bodies


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_a_large_body_is_read_from_its_file_with_its_length_said(transport: HttpTransport, tmp_path, method: str) -> None:
    file = tmp_path / "large"
    content = bytes(range(256)) * 20_000
    file.write_bytes(content)
    async with receiving(202) as receiver:
        large = outgoing(StoredPayload("0" * 64, len(content), file))
        await send(transport, receiver, what=large, method=method, sign={"secrets": "env:NOW"})
    got = receiver.received[0]
    assert (got.body, got.headers["Content-Length"]) == (content, str(len(content)))
    assert "Transfer-Encoding" not in got.headers


async def test_an_endless_answer_is_not_read(transport: HttpTransport) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        receiver = Receiver(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        assert await send(transport, receiver) == "HTTP 200"


async def test_the_hub_that_asks_for_our_certificate_gets_it_and_is_known_by_its_own(session: aiohttp.ClientSession) -> None:
    files = {
        "file:ca.pem": SERVER.certificate,
        "file:ours.pem": OURS.certificate,
        "env:OURS": OURS.key,
        "env:HUB": "whsec_" + base64.b64encode(b"h" * 24).decode(),
    }
    event = OutgoingEvent("evt_1", "com.harborline.b2b.order.received.v1", "key", "trn_1", False, b"{}")
    tls = server_context(SERVER.certificate, SERVER.key, client_certificates="required", trusted=[OURS.certificate])

    def hub(url: str, **said: object) -> WebhookSink:
        settings = ClientTls.model_validate(said)
        return WebhookSink(url, ("env:HUB",), resolve=files.__getitem__, session=lambda: session, clock=system_clock, tls=settings)

    async with receiving(200, tls=tls) as receiver:
        shown = {"certificate": "ours.pem", "key": "env:OURS"}
        assert await hub(receiver.url, ca="ca.pem", **shown).deliver(event) == "HTTP 200"
        for said in ({"ca": "ca.pem"}, shown):  # without ours, and without trust in theirs
            with pytest.raises(TransientError):
                await hub(receiver.url, **said).deliver(event)
        with pytest.raises(PermanentError) as held:
            await hub(receiver.url, ca="ca.pem", certificate="ca.pem", key="env:OURS").deliver(event)
        assert held.value.cause is Cause.CREDENTIALS_REFUSED
        assert len(receiver.received) == 1
