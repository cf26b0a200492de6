"""Signed webhooks: Shopify's and Standard Webhooks', genuine ones to the pipeline with one effect each, all others with one answer."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import standardwebhooks

from gateway.states import Thing
from tests.gateway.hostile import Answer, Gateway, is_problem, running
from tests.gateway.serving import serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOP = Path(__file__).resolve().parents[2] / "samples/forms/partners/shoplane"
ORDER = (SHOP / "cases/order/webhook.request.json").read_bytes()
APP_SECRET, NEXT_APP_SECRET = "shpss_5d1f0c", "shpss_77aa01"
SECRET, NEXT_SECRET = ("whsec_" + base64.b64encode(letter * 24).decode() for letter in (b"n", b"x"))
WEBHOOKS = """\
api:
  webhooks:
    - {name: orders, scheme: shopify, secrets: ["file:secrets/app.key", "file:secrets/app-next.key"], topics: [orders/create], shop: shoplane.myshopify.example}
    - {name: events, scheme: standard, secrets: ["file:secrets/std.key", "file:secrets/std-next.key"]}
    - {name: unreadable, scheme: shopify, secrets: "file:secrets/nowhere.key"}
    - {name: unusable, scheme: standard, secrets: "file:secrets/app.key"}
"""
FILES = {
    "partners/shoplane/partner.yaml": (SHOP / "partner.yaml").read_text().replace('api:\n  keys: ["env:SHOPLANE_API_KEY"]\n', WEBHOOKS),
    "partners/shoplane/maps/order.yaml": (SHOP / "maps/order.yaml").read_text(),
    "secrets/app.key": APP_SECRET,
    "secrets/app-next.key": NEXT_APP_SECRET,
    "secrets/std.key": SECRET,
    "secrets/std-next.key": NEXT_SECRET,
}
JSON = {"Content-Type": "application/json"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("webhooks"), **FILES) as opened:
        yield opened


def order(number: int, **changes: Any) -> bytes:
    """An order of the shop under another number."""
    return json.dumps({**json.loads(ORDER), "name": f"#SL-{number}", "order_number": number, **changes}).encode()


def shopify(body: bytes, event_id: str, *, secret: str = APP_SECRET, **changes: str | None) -> dict[str, str]:
    """The headers that Shopify sends."""
    headers = {
        **JSON,
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": "shoplane.myshopify.example",
        "X-Shopify-Webhook-Id": event_id,
        "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode(),
        **{f"X-Shopify-{name}": value for name, value in changes.items()},
    }
    return {name: value for name, value in headers.items() if value is not None}


def standard(body: bytes, event_id: str, *, secret: str = SECRET, seconds_ago: int = 0) -> dict[str, str]:
    """The headers that the library for senders makes."""
    stamp = int(time.time()) - seconds_ago
    signature = standardwebhooks.Webhook(secret).sign(event_id, datetime.fromtimestamp(stamp, UTC), body.decode())
    return {**JSON, "webhook-id": event_id, "webhook-timestamp": str(stamp), "webhook-signature": signature}


async def call(gateway: Gateway, name: str, body: bytes, headers: dict[str, str], partner: str = "shoplane") -> Answer:
    return await gateway.ask("POST", f"/api/v1/partners/{partner}/webhooks/{name}", data=body, headers=headers)


async def test_an_order_of_the_shop_becomes_the_hubs_order(gateway: Gateway) -> None:
    body = order(30001)
    answer = await call(gateway, "orders", body, shopify(body, "b1"))
    assert answer.status == 200, answer.body
    row = await gateway.settled(answer.json["transmissionId"])
    assert (row["partner_id"], row["file_name"], await gateway.sets(row["id"])) == ("shoplane", "orders", ["order MAPPED"])
    assert await gateway.app.context.store.load(row["payload_sha256"]) == body
    [document] = await gateway.rows(Thing.DOCUMENT, transmission_id=row["id"])
    assert (document["document_type"], document["business_key"]) == ("Order", "#SL-30001")


async def test_the_same_webhook_again_gets_the_same_answer_and_has_one_effect(gateway: Gateway) -> None:
    body = order(30002)
    answers = [await call(gateway, "orders", body, shopify(body, "b2")) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len({answer.body for answer in answers}) == 1
    assert [answer.headers.get("Idempotent-Replay") for answer in answers] == [None, "true", "true"]
    await gateway.settled(answers[0].json["transmissionId"])
    assert len(await gateway.rows(Thing.DOCUMENT, business_key="#SL-30002")) == 1
    other = order(30003)
    is_problem(await call(gateway, "orders", other, shopify(other, "b2")), 422, "idempotency-key-reused")


@pytest.mark.parametrize("secret", [APP_SECRET, NEXT_APP_SECRET])
async def test_while_a_secret_is_changed_both_count_shopify(gateway: Gateway, secret: str) -> None:
    body = order(30010 + len(secret) + (secret == APP_SECRET))
    assert (await call(gateway, "orders", body, shopify(body, f"c-{secret[-2:]}", secret=secret))).status == 200


@pytest.mark.parametrize("secret", [SECRET, NEXT_SECRET])
async def test_while_a_secret_is_changed_both_count_standard(gateway: Gateway, secret: str) -> None:
    body = order(30020 + (secret == SECRET))
    headers = standard(body, f"msg_{secret[6:9]}", secret=secret)
    headers["webhook-signature"] = f"v1a,abc v1,AAAA {headers['webhook-signature']}"
    answer = await call(gateway, "events", body, headers)
    assert answer.status == 200, answer.body
    assert await gateway.sets((await gateway.settled(answer.json["transmissionId"]))["id"]) == ["order MAPPED"]


async def test_a_topic_that_is_not_taken_is_answered_and_dropped(gateway: Gateway) -> None:
    before = await gateway.payloads()
    answer = await call(gateway, "orders", b'{"id": 1}', shopify(b'{"id": 1}', "d1", Topic="customers/update"))
    assert (answer.status, answer.body) == (204, b"")
    assert await gateway.payloads() == before


GOOD = order(30999)


def false() -> dict[str, tuple[str, str, bytes, dict[str, str]]]:
    """Made when it is called for: what is five minutes old is refused for that alone."""
    return {
        "no signature": ("shoplane", "orders", GOOD, shopify(GOOD, "f1", **{"Hmac-Sha256": None})),
        "another secret": ("shoplane", "orders", GOOD, shopify(GOOD, "f2", secret="shpss_guess")),
        "another body": ("shoplane", "orders", GOOD + b" ", shopify(GOOD, "f3")),
        "in hex": (
            "shoplane",
            "orders",
            GOOD,
            shopify(GOOD, "f4", **{"Hmac-Sha256": hmac.new(APP_SECRET.encode(), GOOD, "sha256").hexdigest()}),
        ),
        "not ASCII": ("shoplane", "orders", GOOD, shopify(GOOD, "f5", **{"Hmac-Sha256": "ä"})),
        "no id": ("shoplane", "orders", GOOD, shopify(GOOD, "")),
        "another shop": ("shoplane", "orders", GOOD, shopify(GOOD, "f6", **{"Shop-Domain": "evil.myshopify.example"})),
        "no body": ("shoplane", "events", b"{}", {**standard(GOOD, "f7")}),
        "too old": ("shoplane", "events", GOOD, standard(GOOD, "f8", seconds_ago=302)),
        "of tomorrow": ("shoplane", "events", GOOD, standard(GOOD, "f9", seconds_ago=-400)),
        "no time": ("shoplane", "events", GOOD, {**standard(GOOD, "f10"), "webhook-timestamp": "now"}),
        "another id": ("shoplane", "events", GOOD, {**standard(GOOD, "f11"), "webhook-id": "f12"}),
        "another version": (
            "shoplane",
            "events",
            GOOD,
            {**standard(GOOD, "f13"), "webhook-signature": standard(GOOD, "f13")["webhook-signature"][3:]},
        ),
        "another scheme": ("shoplane", "events", GOOD, shopify(GOOD, "f14")),
        "a webhook that is none": ("shoplane", "nothing", GOOD, shopify(GOOD, "f15")),
        "a partner that has none": ("northmart", "orders", GOOD, shopify(GOOD, "f16")),
        "a partner that is none": ("nobody", "orders", GOOD, shopify(GOOD, "f17")),
        "a secret that cannot be read": ("shoplane", "unreadable", GOOD, shopify(GOOD, "f18", secret="")),
        "a secret of the wrong form": ("shoplane", "unusable", GOOD, standard(GOOD, "f19")),
    }


@pytest.mark.parametrize("name", false())
async def test_what_is_not_genuine_gets_one_and_the_same_answer(gateway: Gateway, name: str) -> None:
    partner, webhook, body, headers = false()[name]
    before = await gateway.payloads()
    told = is_problem(await call(gateway, webhook, body, headers, partner), 401, "unauthenticated")
    expected = is_problem(await call(gateway, "nothing", b"x", {}), 401, "unauthenticated")
    assert told["correlationId"] == told["traceId"], "what nobody knows is about nothing but itself"
    own = {"traceId": "", "correlationId": ""}
    assert {**told, **own} == {**expected, **own}
    assert await gateway.payloads() == before


async def test_a_genuine_one_that_is_no_json_is_told_so(gateway: Gateway) -> None:
    is_problem(await call(gateway, "orders", b'{"a":', shopify(b'{"a":', "j1")), 400, "malformed-json")


async def test_the_same_webhook_twice_at_once_has_one_effect(gateway: Gateway) -> None:
    body = order(30050)
    answers = await asyncio.gather(*(call(gateway, "orders", body, shopify(body, "p1")) for _ in range(6)))
    assert {answer.status for answer in answers} <= {200, 409}
    taken = {answer.body for answer in answers if answer.status == 200}
    assert len(taken) == 1
    await gateway.settled(json.loads(taken.pop())["transmissionId"])
    assert len(await gateway.rows(Thing.DOCUMENT, business_key="#SL-30050")) == 1


async def test_who_guesses_signatures_is_slowed_down_before_any_body_is_read(tmp_path: Path) -> None:
    async with serving(tmp_path, **FILES) as served:
        url = f"{served.base}/api/v1/partners/shoplane/webhooks/orders"
        statuses = []
        for number in range(42):
            async with served.session.post(url, data=GOOD, headers=shopify(GOOD, f"g{number}", secret="guess")) as response:
                statuses.append(response.status)
        assert statuses == [401] * 40 + [429] * 2
        async with served.session.post(url, data=GOOD, headers=shopify(GOOD, "g")) as response:
            assert (response.status, int(response.headers["Retry-After"]) >= 1) == (429, True)
