"""The webhook sink against a real HTTP server, verified by the library that receivers use."""

import base64
import json
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
import standardwebhooks

from gateway.clock import system_clock
from gateway.errors import Cause, PermanentError, TransientError
from gateway.settings import SecretError
from gateway.signatures import signature
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.webhook import WebhookSink
from tests.support.http_receiver import receiving

SECRETS = {"env:NOW": "whsec_" + base64.b64encode(b"n" * 24).decode(), "env:NEXT": "whsec_" + base64.b64encode(b"x" * 24).decode()}
EVENT = OutgoingEvent(
    event_id="evt_1",
    type="com.harborline.b2b.order.received.v1",
    partition_key="northmart",
    correlation_id="trn_1",
    is_test=False,
    body=json.dumps({"id": "evt_1", "data": {"name": "Bäckerei"}}, ensure_ascii=False).encode(),
)


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as opened:
        yield opened


def sink(session, url, **changes):
    options = {"secrets": ("env:NOW",), "resolve": SECRETS.__getitem__, "session": lambda: session, "clock": system_clock, **changes}
    return WebhookSink(url, options.pop("secrets"), **options)


async def test_the_receivers_library_verifies_it(session):
    async with receiving(204) as hub:
        assert await sink(session, hub.url).deliver(EVENT) == "HTTP 204"
    [got] = hub.received
    assert got.body == EVENT.body
    assert standardwebhooks.Webhook(SECRETS["env:NOW"]).verify(got.body, got.headers) == json.loads(EVENT.body)
    assert got.headers["webhook-id"] == "evt_1"
    assert got.headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert got.headers["Gateway-Usage"] == "live"
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRETS["env:NEXT"]).verify(got.body, got.headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(SECRETS["env:NOW"]).verify(got.body + b" ", got.headers)


async def test_a_replay_and_a_stale_state_are_told_in_headers_too(session):
    marks = {"replay": "true", "replayid": "rpl_1", "replayaction": "delivery", "replayof": "evt_1", "stale": "true", "newerid": "evt_2"}
    async with receiving() as hub:
        await sink(session, hub.url).deliver(replace(EVENT, marks=marks))
        await sink(session, hub.url).deliver(EVENT)
    first, second = hub.received
    assert [first.headers[name] for name in ("Gateway-Replay", "Gateway-Replay-Id", "Gateway-Replay-Of")] == ["true", "rpl_1", "evt_1"]
    assert (first.headers["Gateway-Stale"], first.headers["Gateway-Newer-Id"]) == ("true", "evt_2")
    assert not [name for name in second.headers if name.startswith(("Gateway-Replay", "Gateway-Stale"))]


async def test_while_the_secret_changes_a_receiver_may_have_either(session):
    async with receiving() as hub:
        await sink(session, hub.url, secrets=("env:NOW", "env:NEXT")).deliver(EVENT)
    for secret in SECRETS.values():
        standardwebhooks.Webhook(secret).verify(hub.received[0].body, hub.received[0].headers)


async def test_a_retry_has_the_same_id_and_body_and_a_new_time(session):
    moments = [datetime(2025, 3, 4, tzinfo=UTC), datetime(2025, 3, 4, 1, tzinfo=UTC)]
    async with receiving(200) as hub:
        webhook = sink(session, hub.url, clock=lambda: moments.pop(0))
        await webhook.deliver(EVENT)
        await webhook.deliver(EVENT)
    first, second = hub.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 3600
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_answers_that_are_worth_another_try(session, status):
    async with receiving((status, {"Retry-After": "17"}, b"secret words")) as hub:
        with pytest.raises(TransientError) as put_off:
            await sink(session, hub.url).deliver(EVENT)
    assert (put_off.value.cause, put_off.value.after, put_off.value.detail) == (Cause.DESTINATION_BUSY, 17, f"HTTP {status}")


async def test_retry_after_as_a_date(session):
    now = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)
    date = (now + timedelta(seconds=90)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    for text, seconds in {date: 90, "soon": None, "-5": None, "99999999": 86400}.items():
        async with receiving((503, {"Retry-After": text}, b"")) as hub:
            with pytest.raises(TransientError) as put_off:
                await sink(session, hub.url, clock=lambda: now).deliver(EVENT)
        assert put_off.value.after == seconds


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        (301, Cause.DELIVERY_REFUSED),
        (307, Cause.DELIVERY_REFUSED),
        (400, Cause.DELIVERY_REFUSED),
        (401, Cause.CREDENTIALS_REFUSED),
        (403, Cause.CREDENTIALS_REFUSED),
        (404, Cause.DELIVERY_REFUSED),
        (410, Cause.DELIVERY_REFUSED),
        (422, Cause.DELIVERY_REFUSED),
    ],
)
async def test_answers_that_a_person_must_look_at(session, status, cause):
    async with receiving((status, {"Location": "http://127.0.0.1:1/elsewhere"}, b"")) as hub:
        with pytest.raises(PermanentError) as held:
            await sink(session, hub.url).deliver(EVENT)
    assert held.value.cause is cause
    assert len(hub.received) == 1


async def test_nobody_answers(session):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
    with pytest.raises(TransientError) as put_off:
        await sink(session, url).deliver(EVENT)
    assert put_off.value.cause is Cause.DESTINATION_UNREACHABLE


async def test_a_hub_that_takes_too_long(session):
    async with receiving() as hub:
        hub.gate.clear()
        with pytest.raises(TransientError):
            await sink(session, hub.url, timeout=0.1).deliver(EVENT)


async def test_an_address_that_is_none(session):
    with pytest.raises(PermanentError):
        await sink(session, "http://[nonsense/").deliver(EVENT)


@pytest.mark.parametrize(("usage", "is_test"), [("live", True), ("test", False)])
async def test_traffic_that_the_sink_is_not_for_never_leaves(session, usage, is_test):
    event = OutgoingEvent(**{**{name: getattr(EVENT, name) for name in EVENT.__slots__}, "is_test": is_test})
    async with receiving() as hub:
        with pytest.raises(PermanentError) as held:
            await sink(session, hub.url, usage=usage).deliver(event)
        assert held.value.cause is Cause.USAGE_NOT_ACCEPTED
        assert hub.received == []
        await sink(session, hub.url, usage="any").deliver(event)
    assert hub.received[0].headers["Gateway-Usage"] == ("test" if is_test else "live")


async def test_a_secret_that_is_none_is_held_and_not_told(session):
    for resolve in (lambda _: "whsec_not base64!", lambda _: "whsec_"):
        with pytest.raises(PermanentError) as held:
            await sink(session, "http://127.0.0.1:1/", resolve=resolve).deliver(EVENT)
        assert "not base64!" not in held.value.detail

    def unknown(reference):
        raise SecretError(reference, "the environment variable is not set")

    with pytest.raises(PermanentError) as held:
        await sink(session, "http://127.0.0.1:1/", resolve=unknown).deliver(EVENT)
    assert held.value.detail == "env:NOW: the environment variable is not set"


def test_secrets_with_and_without_prefix_and_padding_are_the_same():
    bare = base64.b64encode(b"n" * 25).decode()
    assert len({signature(text, "evt", 1, b"") for text in (bare, "whsec_" + bare, bare.rstrip("="))}) == 1
