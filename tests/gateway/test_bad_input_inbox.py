"""What strangers, other partners and broken clients send to a partner's inbox."""

import json
from collections.abc import AsyncIterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
import pytest_asyncio

from gateway.demo.papers import shop_order
from gateway.states import Thing
from tests.gateway.hostile import CANARY, KEYS, Gateway, is_problem, orders, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

INBOX = "/api/v1/partners/northmart/inbox"
JSON = "application/json"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("inbox")) as opened:
        yield opened


async def chunks(count: int, size: int = 100_000) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b"x" * size


BEARER = {"Authorization": f"Bearer {KEYS['northmart']}"}
REFUSED: dict[str, tuple[int, str, dict[str, Any]]] = {
    "no key": (401, "unauthenticated", {"data": b"x"}),
    "a wrong key": (401, "unauthenticated", {"data": b"x", "headers": {"Authorization": "Bearer guess"}}),
    "an empty key": (401, "unauthenticated", {"data": b"x", "headers": {"Authorization": "Bearer "}}),
    "another scheme": (401, "unauthenticated", {"data": b"x", "headers": {"Authorization": "Basic eDp5"}}),
    "another partner's key": (403, "forbidden", {"data": b"x", "key": "southmart"}),
    "the hub's key": (403, "forbidden", {"data": b"x", "key": "hub"}),
    "nothing": (400, "body-empty", {"data": b"", "headers": BEARER}),
    "no chunk": (400, "body-empty", {"data": chunks(0), "headers": BEARER}),
    "too much": (413, "body-too-large", {"data": BytesIO(b"x" * 3_000_001), "headers": BEARER}),
    "too many chunks": (413, "body-too-large", {"data": chunks(31), "headers": BEARER}),
    "compressed": (415, "unsupported-media-type", {"data": b"x", "headers": {**BEARER, "Content-Encoding": "gzip"}}),
    "a form": (415, "unsupported-media-type", {"data": b"a=b", "headers": {**BEARER, "Content-Type": "application/x-www-form-urlencoded"}}),
    "a key that cannot be printed": (400, "malformed-request", {"data": b"x", "headers": {**BEARER, "Idempotency-Key": "a\u009fb"}}),
    "a key of 256 characters": (400, "malformed-request", {"data": b"x", "headers": {**BEARER, "Idempotency-Key": "k" * 256}}),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_refused_leaves_nothing_behind(gateway: Gateway, name: str) -> None:
    status, code, request = REFUSED[name]
    before = await gateway.payloads()
    await gateway.refused(status, code, "POST", INBOX, **request)
    assert await gateway.payloads() == before


@pytest.mark.parametrize("partner", ["nobody", "..%2f..%2fetc", "a%00b", "%ff", "x" * 3000])
async def test_partners_that_are_none_cannot_be_told_from_others(gateway: Gateway, partner: str) -> None:
    await gateway.refused(403, "forbidden", "POST", f"/api/v1/partners/{partner}/inbox", data=b"x", key="northmart")
    await gateway.refused(401, "unauthenticated", "POST", f"/api/v1/partners/{partner}/inbox", data=b"x")


async def test_a_used_key_is_for_the_same_bytes_only(gateway: Gateway) -> None:
    order = orders()
    first, again = [await gateway.inbox(order, Idempotency_Key="once") for _ in range(2)]
    assert (first.status, again.status, first.body) == (202, 202, again.body)
    is_problem(await gateway.inbox(orders(), Idempotency_Key="once"), 422, "idempotency-key-reused")


MALFORMED: dict[str, bytes] = {
    "cut off": b'{"a":',
    "two": b"{} {}",
    "blanks": b"   ",
    "deep": b"[" * 100_000 + b"]" * 100_000,
    "deep and cut off": b'{"a":' * 100_000,
    "a little too deep": b"[" * 65 + b"]" * 65,
    "NaN": b'{"a": NaN}',
    "infinite": b'{"a": -Infinity}',
    "an integer of 5 000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "the same name twice": b'{"a": 1, "a": 2}',
    "no UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "with a byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "half a surrogate pair": b'{"orderNo": "\\ud800"}',
    "half a pair as a name": b'{"\\uDfff": 1}',
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_no_json_is_told_while_the_sender_listens(gateway: Gateway, name: str) -> None:
    before = await gateway.payloads()
    answer = await gateway.inbox(MALFORMED[name], partner="shopco", content_type=JSON)
    assert is_problem(answer, 400, "malformed-json")["detail"]
    assert await gateway.payloads() == before


@pytest.mark.parametrize("name", [name for name in MALFORMED if name != "blanks"])
async def test_the_same_under_another_label_is_kept_and_held(gateway: Gateway, name: str) -> None:
    row = await gateway.work_on(MALFORMED[name], partner="shopco", content_type="application/octet-stream")
    if name != "with a byte order mark":
        assert (row["state"], row["cause"]) == ("HELD", "unreadable")
    assert row["state"] == "HELD" or await gateway.sets(row["id"]) == ["order HELD map-fault"]
    assert await gateway.app.context.store.load(row["payload_sha256"]) == MALFORMED[name]


def order(**changes: Any) -> bytes:
    return json.dumps({**shop_order("S-1", date(2026, 11, 20)), **changes}).encode()


def with_item(**changes: Any) -> bytes:
    items = shop_order("S-1", date(2026, 11, 20))["items"]
    return order(items=[{**items[0], "title": CANARY, **changes}, *items[1:]])


NO_ORDERS: dict[str, bytes] = {
    "empty": b"{}",
    "a list": b"[]",
    "NUL in its number": order(orderNo="S\0"),
    "a number of 100 KB": order(orderNo="S" * 100_000),
    "a list as its number": order(orderNo=[1]),
    "an object as its lines": order(items={"a": 1}),
    "no lines": order(items=None),
    "a title of 1 MB": with_item(title="x" * 1_000_000),
    "NUL in a title": with_item(title="x\0y"),
    "a quantity as words": with_item(qty="many"),
    "a quantity beyond all numbers": with_item(qty="1e999999"),
    "a quantity of 5 000 digits": with_item(qty="9" * 5000),
    "a quantity that is none": with_item(qty="NaN"),
    "a quantity in other digits": with_item(qty="١٢"),
    "a quantity that is true": with_item(qty=True),
    "a quantity that is a list": with_item(qty=[]),
    "no quantity": with_item(qty=None),
    "a date that is none": order(placedOn="2026-13-45"),
    "the year 0": order(placedOn="0000-00-00"),
    "the year 99999": order(placedOn="99999-01-01"),
}


@pytest.mark.parametrize("name", NO_ORDERS)
async def test_json_that_is_no_order_is_held_with_its_findings(gateway: Gateway, name: str) -> None:
    row = await gateway.work_on(NO_ORDERS[name], partner="shopco", content_type=JSON)
    [found] = await gateway.rows(Thing.TRANSACTION_SET, transmission_id=row["id"])
    assert (found["state"], found["cause"]) == ("HELD", "map-fault")
    assert [finding for finding in found["findings"] if finding["severity"] == "error"]
    assert await gateway.held(found["id"])
    assert not await gateway.rows(Thing.DOCUMENT, transmission_id=row["id"])


@pytest.mark.parametrize("body", [b"1", b'"x"', b"null", b'{"qty": 1e999999}', b'{"qty": ' + b"1" * 4000 + b"}"])
async def test_json_that_is_no_document_at_all_is_held(gateway: Gateway, body: bytes) -> None:
    row = await gateway.work_on(body, partner="shopco", content_type=JSON)
    assert (row["state"], row["cause"]) == ("HELD", "unreadable")
    assert await gateway.held(row["id"])


@pytest.mark.parametrize("quantity", ["-1", -1, 0])
async def test_an_order_of_nothing_is_held(gateway: Gateway, quantity: Any) -> None:
    row = await gateway.work_on(with_item(qty=quantity).replace(b"S-1", f"S{quantity!r}".encode()), partner="shopco", content_type=JSON)
    [document] = await gateway.rows(Thing.DOCUMENT, transmission_id=row["id"])
    assert (document["state"], document["cause"]) == ("HELD", "check-failed")


@pytest.mark.parametrize("label", ["application/xml", "text/xml", "text/csv", "application/vnd.orders+xml"])
async def test_the_labels_of_other_forms_are_taken_and_the_content_decides(gateway: Gateway, label: str) -> None:
    row = await gateway.work_on(b"<order/>", partner="northmart", content_type=label)
    assert (row["state"], row["cause"]) == ("HELD", "unreadable")


async def test_a_partner_sees_what_became_of_what_it_sent_and_nobody_elses(gateway: Gateway) -> None:
    row = await gateway.work_on(order(orderNo=None), partner="shopco", content_type=JSON)
    path = f"/api/v1/partners/shopco/transmissions/{row['id']}"
    answer = await gateway.ask("GET", path, key="shopco")
    assert answer.status == 200, answer.body
    [one] = answer.json["sets"]
    assert (answer.json["id"], one["setId"], one["state"], one["cause"]) == (row["id"], "order", "HELD", "map-fault")
    assert one["nextAction"]
    assert "findings" not in answer.json
    for other in ("trn_nothing", one["id"]):
        await gateway.refused(404, "not-found", "GET", f"/api/v1/partners/shopco/transmissions/{other}", key="shopco")
    await gateway.refused(404, "not-found", "GET", path.replace("shopco", "southmart"), key="southmart")
    await gateway.refused(403, "forbidden", "GET", path, key="southmart")
