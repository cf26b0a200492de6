"""What a clumsy hub submits and asks: every fault with its place, and nothing wrong leaves. Administrators' mistakes too."""

import copy
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from gateway.demo.papers import ship_notice, sscc
from gateway.states import Thing
from tests.gateway.hostile import CANARY, Answer, Gateway, is_problem, orders, running, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOTICES = "/api/v1/ship-notices"
_SERIALS = count(1)
Notice = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("hub")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def order(gateway: Gateway) -> Notice:
    """An order that notices can be about."""
    row = await gateway.work_on(orders("PO-1"))
    [document] = await gateway.rows(Thing.DOCUMENT, transmission_id=row["id"])
    found: Notice = json.loads(document["body"])
    return found


def notice(order: Notice) -> Notice:
    """A good one, of a single piece, so that many may come."""
    serial = next(_SERIALS)
    made = ship_notice(order, f"SHP-{serial:06}", [sscc(serial)], datetime(2026, 12, 1, tzinfo=UTC))
    made["orders"][0]["packs"][0]["items"][0]["quantityShipped"]["value"] = "1"
    return made


async def submit(gateway: Gateway, body: Any, *, path: str = NOTICES, key: str = "", **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"Idempotency-Key": key or f"k-{next(_SERIALS)}", "Content-Type": "application/json", **headers}
    return await gateway.ask("POST", path, key="hub", data=data, headers=head)


async def test_the_good_one_leaves(gateway: Gateway, order: Notice) -> None:
    answer = await submit(gateway, notice(order))
    assert answer.status == 202

    async def sent() -> bool:
        [row] = await gateway.rows(Thing.DOCUMENT, id=answer.json["documentId"])
        return bool(row["state"] == "SENT")

    await until(sent)


async def test_an_idempotency_key_is_needed_and_is_for_one_document(gateway: Gateway, order: Notice) -> None:
    first = notice(order)
    for name in ({}, {"Idempotency-Key": "  "}):
        await gateway.refused(400, "idempotency-key-missing", "POST", NOTICES, key="hub", json=first, headers=name)
    answers = [await submit(gateway, first, key="same") for _ in range(2)]
    assert (answers[0].status, answers[0].body) == (202, answers[1].body)
    is_problem(await submit(gateway, notice(order), key="same"), 422, "idempotency-key-reused")


NO_DOCUMENTS: dict[str, tuple[int, str, bytes]] = {
    "nothing": (400, "body-empty", b""),
    "cut off": (400, "malformed-json", b"{"),
    "deep": (400, "malformed-json", b"[" * 100_000),
    "NaN": (400, "malformed-json", b'{"a": NaN}'),
    "the same name twice": (400, "malformed-json", b'{"a": 1, "a": 2}'),
    "no UTF-8": (400, "malformed-json", b'{"a": "\xff"}'),
    "half a surrogate pair": (400, "malformed-json", b'{"shipmentNumber": "\\ud800"}'),
    "5 000 digits": (400, "malformed-json", b'{"a": ' + b"9" * 5000 + b"}"),
    "too much": (413, "body-too-large", b"x" * 200_001),
    "a list": (422, "document-invalid", b"[]"),
    "null": (422, "document-invalid", b"null"),
    "an empty object": (422, "document-invalid", b"{}"),
    "another document": (422, "document-invalid", b'{"documentType": "Order"}'),
}


@pytest.mark.parametrize("name", NO_DOCUMENTS)
async def test_what_is_no_document_is_refused(gateway: Gateway, name: str) -> None:
    status, code, body = NO_DOCUMENTS[name]
    before = len(await gateway.rows(Thing.DOCUMENT))
    problem = is_problem(await submit(gateway, body), status, code)
    assert problem.get("faults") or status != 422
    assert len(await gateway.rows(Thing.DOCUMENT)) == before


@pytest.mark.parametrize("label", ["application/xml", "text/plain", "application/x-www-form-urlencoded"])
async def test_another_label_is_refused(gateway: Gateway, order: Notice, label: str) -> None:
    is_problem(await submit(gateway, notice(order), **{"Content-Type": label}), 415, "unsupported-media-type")
    is_problem(await submit(gateway, notice(order), **{"Content-Encoding": "gzip"}), 415, "unsupported-media-type")


def at(*place: Any) -> Callable[[Notice, Any], None]:
    def put(document: Notice, value: Any) -> None:
        target: Any = document
        for step in place[:-1]:
            target = target[step]
        target[place[-1]] = value

    return put


PACK = ("orders", 0, "packs", 0)
SSCC = at(*PACK, "sscc")
QUANTITY = at(*PACK, "items", 0, "quantityShipped", "value")
NO_QUANTITIES: tuple[Any, ...] = ("1e400", "NaN", "9" * 5000, 1.5, True, None, [])
NO_CODES: tuple[Any, ...] = ("0852345", "x" * 18, "", "٠" * 18, 123)
FAULTS: list[tuple[Callable[[Notice, Any], None], Any, str]] = [
    (at("foo"), 1, "$.foo"),
    (at("shipmentNumber"), "S\0X", "$.shipmentNumber"),
    (at("shipmentNumber"), "S\nX", "$.shipmentNumber"),
    (at("shipmentNumber"), "S" * 5000, "$.shipmentNumber"),
    (at("shipmentNumber"), None, "$.shipmentNumber"),
    (at("shippedAt"), "yesterday", "$.shippedAt"),
    (at("shippedAt"), "2026-12-01T10:00:00", "$.shippedAt"),
    (at("orders"), [], "$.orders"),
    (at("ids"), {"shipmentId": "mine"}, "$.ids.shipmentId"),
    (at("sourceRef"), {}, "$.sourceRef.syntax"),
    (at("extensions"), {"a": {"b": 1}}, "$.extensions.a"),
    *((QUANTITY, value, "$.orders[0].packs[0].items[0].quantityShipped.value") for value in NO_QUANTITIES),
    *((SSCC, value, "$.orders[0].packs[0].sscc") for value in NO_CODES),
]


@pytest.mark.parametrize("index", range(len(FAULTS)))
async def test_faults_of_the_schema_are_told_with_their_paths(gateway: Gateway, order: Notice, index: int) -> None:
    put, value, path = FAULTS[index]
    document = notice(order)
    put(document, value)
    problem = is_problem(await submit(gateway, document), 422, "document-invalid")
    assert path in [fault["path"] for fault in problem["faults"]]


def twice(document: Notice) -> None:
    document["orders"][0]["packs"].append(copy.deepcopy(document["orders"][0]["packs"][0]))


HELD: dict[str, tuple[Callable[[Notice], None], str, str]] = {
    "a wrong check digit": (lambda d: SSCC(d, "085234500000000009"), "", "check-failed"),
    "the same SSCC twice": (twice, "", "check-failed"),
    "a quantity of nothing": (lambda d: QUANTITY(d, "0"), "", "check-failed"),
    "more than was ordered": (lambda d: QUANTITY(d, "99999"), "", "check-failed"),
    "a line that was not ordered": (lambda d: at(*PACK, "items", 0, "lineNumber")(d, "99"), "", "check-failed"),
    "no packs": (lambda d: at("orders", 0, "packs")(d, []), "", "check-failed"),
    "an order that nobody sent": (lambda d: at("orders", 0, "purchaseOrderNumber")(d, "NOPE"), "", "receiver-unknown"),
    "separators as its number": (lambda d: at("shipmentNumber")(d, "S*~>:'+?"), "", "own-output-invalid"),
    "characters that X12 has not": (lambda d: at("shipmentNumber")(d, "S\u2028\U0001f600"), "", "own-output-invalid"),
    "a partner who takes no notices": (lambda _: None, "?partner=southmart", "no-agreement"),
}


@pytest.mark.parametrize("name", HELD)
async def test_what_breaks_a_check_is_held_and_nothing_leaves(gateway: Gateway, order: Notice, name: str) -> None:
    change, query, cause = HELD[name]
    document = notice(order)
    change(document)
    answer = await submit(gateway, document, path=NOTICES + query)
    assert answer.status == 202

    async def decided() -> dict[str, Any] | None:
        [row] = await gateway.rows(Thing.DOCUMENT, id=answer.json["documentId"])
        return row if row["state"] != "SUBMITTED" else None

    row = await until(decided)
    assert (row["state"], row["cause"], row["transmission_id"]) == ("HELD", cause, None)
    assert await gateway.held(row["id"])
    status = await gateway.ask("GET", f"/api/v1/documents/{row['id']}", key="hub")
    assert (status.json["cause"], bool(status.json["nextAction"])) == (cause, True)


@pytest.mark.parametrize("query", ["?partner=nobody", "?partner=%00%ff", "?partner="])
async def test_a_partner_that_is_none_is_not_found(gateway: Gateway, order: Notice, query: str) -> None:
    is_problem(await submit(gateway, notice(order), path=NOTICES + query), 404, "not-found")


@pytest.mark.parametrize(
    "query",
    [
        *("after=-1", "after=x", "after=" + "9" * 40, "after=1e5", "after=%00", "after=١"),
        *("limit=0", "limit=501", "limit=x", "wait=-1", "wait=1e9", "wait=nan", "wait=inf", "usage=both"),
    ],
)
async def test_a_feed_is_not_asked_for_like_this(gateway: Gateway, query: str) -> None:
    problem = await gateway.refused(400, "malformed-request", "GET", f"/api/v1/feed?{query}", key="hub")
    assert problem["detail"].startswith(query.partition("=")[0])


async def test_nobody_waits_for_the_feed_longer_than_the_gateway_says(gateway: Gateway) -> None:
    last = (await gateway.ask("GET", "/api/v1/feed?limit=500", key="hub")).json["next"]
    answer = await gateway.ask("GET", f"/api/v1/feed?after={last}&wait=86400", key="hub")
    assert (answer.status, answer.json["events"]) == (200, [])


ADMIN: list[tuple[int, str, str, str, Any]] = [
    (400, "malformed-request", "GET", "documents?limit=0", None),
    (400, "malformed-request", "GET", "documents?limit=x", None),
    (400, "malformed-request", "GET", "documents?state=NOPE", None),
    (400, "malformed-request", "GET", "documents?foo=1", None),
    (400, "malformed-request", "GET", "held?limit=-1", None),
    (404, "not-found", "GET", "things/%00", None),
    (404, "not-found", "GET", "things/..%2f..", None),
    (404, "not-found", "GET", "things/doc_%ff/payload", None),
    (404, "not-found", "GET", "timelines/%00", None),
    (400, "body-empty", "POST", "things/x/release", b""),
    (400, "malformed-json", "POST", "things/x/release", b"{"),
    (400, "malformed-json", "POST", "things/x/release", b'{"reason": "\\ud800"}'),
    (400, "malformed-request", "POST", "things/x/release", b"[]"),
    (400, "malformed-request", "POST", "things/x/release", b"{}"),
    (400, "malformed-request", "POST", "things/x/release", b'{"reason": " "}'),
    (400, "malformed-request", "POST", "things/x/replay", b'{"reason": "x", "mode": "x"}'),
    (404, "not-found", "POST", "things/x/release", b'{"reason": "x"}'),
    (413, "body-too-large", "POST", "things/x/release", b'{"reason": "' + b"x" * 70_000 + b'"}'),
    (400, "malformed-request", "POST", "rollback", b'{"reason": "x", "to": -5}'),
    (400, "malformed-request", "POST", "rollback", b'{"reason": "x", "to": 99999999999999999999}'),
    (404, "not-found", "POST", "rollback", b'{"reason": "x", "to": 77}'),
]


@pytest.mark.parametrize("index", range(len(ADMIN)))
async def test_an_administrator_is_told_what_is_wrong(gateway: Gateway, index: int) -> None:
    status, code, method, path, body = ADMIN[index]
    await gateway.refused(status, code, method, f"/admin/v1/{path}", key="admin", data=body)
    await gateway.refused(401, "unauthenticated", method, f"/admin/v1/{path}", data=body)
    await gateway.refused(403, "forbidden", method, f"/admin/v1/{path}", key="hub", data=body)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", NOTICES, "POST"),
        ("DELETE", NOTICES, "POST"),
        ("PATCH", "/api/v1/feed", "GET,HEAD"),
        ("POST", "/healthz", "GET,HEAD"),
        ("PUT", "/api/v1/partners/northmart/inbox", "POST"),
    ],
)
async def test_another_method_is_told_which_there_are(gateway: Gateway, method: str, path: str, allowed: str) -> None:
    answer = await gateway.ask(method, path, key="hub")
    is_problem(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/", "//", "/nope", "/api/v1/letters", "/api/v1/feed/../../etc/passwd", "/%00", "/" + "a" * 3000])
async def test_another_path_is_not_found(gateway: Gateway, path: str) -> None:
    await gateway.refused(404, "not-found", "GET", path, key="hub")


async def test_what_watches_the_gateway_is_told_nothing_of_what_was_sent(gateway: Gateway) -> None:
    await gateway.work_on(orders("SECRET-PO"))
    for path in ("/healthz", "/metrics", "/openapi.json"):
        answer = await gateway.ask("GET", path, key="admin")
        assert answer.status == 200
        assert not any(word in answer.body for word in (CANARY.encode(), b"SECRET-PO", b"southmart", b"the-key-of"))
