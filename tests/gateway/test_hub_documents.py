"""What the hub can look up by its own key: documents by number and state, how one stands on each level, and the story of its exchange."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from canonical.registry import DOCUMENTS
from gateway.demo.papers import ship_notice, sscc
from gateway.states import Thing
from tests.gateway.hostile import Gateway, is_problem, orders, running, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOCUMENTS_PATH = "/api/v1/documents"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("hub")) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(gateway: Gateway) -> dict[str, Any]:
    """An order, a notice that left, and one with a fault that is held: their ids."""
    row = await gateway.work_on(orders("PO-77"))
    [order] = await gateway.rows(Thing.DOCUMENT, transmission_id=row["id"])
    ids = {"order": order["id"], "event": order["event_id"], "correlation": order["correlation_id"]}
    for serial, name in ((77, "sent"), (78, "held")):
        notice = ship_notice(json.loads(order["body"]), f"SHP-{name}", [sscc(serial)], datetime(2026, 12, 1, tzinfo=UTC))
        notice["orders"][0]["packs"][0]["items"][0]["quantityShipped"]["value"] = "1" if name == "sent" else "100000"
        headers = {"Idempotency-Key": name, "Content-Type": "application/json"}
        answer = await gateway.ask("POST", "/api/v1/ship-notices", key="hub", data=json.dumps(notice).encode(), headers=headers)
        ids[name] = answer.json["documentId"]
        assert answer.headers["Location"] == f"{DOCUMENTS_PATH}/{ids[name]}"

    async def settled() -> bool:
        found = [await gateway.rows(Thing.DOCUMENT, id=ids[name]) for name in ("sent", "held")]
        return [row["state"] for [row] in found] == ["SENT", "HELD"]

    await until(settled)
    return ids


async def found(gateway: Gateway, query: str) -> list[str]:
    answer = await gateway.ask("GET", f"{DOCUMENTS_PATH}?{query}", key="hub")
    assert answer.status == 200
    return [document["id"] for document in answer.json["documents"]]


async def test_documents_are_found_by_what_the_hub_knows_of_them(gateway: Gateway, exchange: dict[str, Any]) -> None:
    newest_first = [exchange["held"], exchange["sent"], exchange["order"]]
    assert await found(gateway, "number=PO-77") == newest_first
    assert await found(gateway, f"correlation={exchange['correlation']}") == newest_first
    assert await found(gateway, "number=SHP-sent") == [exchange["sent"]]
    assert await found(gateway, "state=HELD&documentType=ShipNotice") == [exchange["held"]]
    assert await found(gateway, "number=PO-77&partner=southmart") == []


async def test_pages_follow_each_other(gateway: Gateway, exchange: dict[str, Any]) -> None:
    first = (await gateway.ask("GET", f"{DOCUMENTS_PATH}?number=PO-77&limit=2", key="hub")).json
    assert [document["id"] for document in first["documents"]] == [exchange["held"], exchange["sent"]]
    last = (await gateway.ask("GET", f"{DOCUMENTS_PATH}?number=PO-77&limit=2&after={first['next']}", key="hub")).json
    assert ([document["id"] for document in last["documents"]], "next" in last) == ([exchange["order"]], False)


@pytest.mark.parametrize("query", ["state=LOST", "documentType=Poem", "limit=0", "after=set_1", "number=%00", "po=PO-77"])
async def test_what_is_asked_wrongly_is_said(gateway: Gateway, query: str) -> None:
    problem = await gateway.refused(400, "malformed-request", "GET", f"{DOCUMENTS_PATH}?{query}", key="hub")
    assert query.partition("=")[0] in problem["detail"] or "number" in problem["detail"]


async def test_one_document_says_how_it_stands_and_why(gateway: Gateway, exchange: dict[str, Any]) -> None:
    held = (await gateway.ask("GET", f"{DOCUMENTS_PATH}/{exchange['held']}", key="hub")).json
    assert (held["number"], held["direction"], held["usage"], held["business"]) == ("SHP-held", "outbound", "test", "none")
    assert (held["state"], held["cause"], held["owner"]) == ("HELD", "check-failed", "hub")
    assert "quantity-over-ordered" in {finding["code"] for finding in held["findings"] if finding["severity"] == "error"}
    order = (await gateway.ask("GET", f"{DOCUMENTS_PATH}/{exchange['order']}", key="hub")).json
    assert (order["eventId"], order["direction"], order["acknowledgment"]) == (exchange["event"], "inbound", "sent")


async def test_the_story_is_that_of_the_exchange(gateway: Gateway, exchange: dict[str, Any]) -> None:
    story = (await gateway.ask("GET", f"{DOCUMENTS_PATH}/{exchange['sent']}/timeline", key="hub")).json
    assert {document["id"] for document in story["documents"]} == {exchange[name] for name in ("order", "sent", "held")}
    told = [(event["action"], event["id"]) for event in story["events"]]
    for action, name in (("document.submitted", "sent"), ("document.written", "sent"), ("document.held", "held")):
        assert (action, exchange[name]) in told
    assert [event["id"] for event in story["events"] if event.get("isOpen")] == [exchange["held"]]
    assert told.index(("document.submitted", exchange["sent"])) < told.index(("document.written", exchange["sent"]))


@pytest.mark.parametrize("path", ["doc_nothing", "doc_nothing/timeline", "PO-77", "trn_1/timeline"])
async def test_what_is_no_document_is_not_there(gateway: Gateway, path: str) -> None:
    await gateway.refused(404, "not-found", "GET", f"{DOCUMENTS_PATH}/{path}", key="hub")


async def test_it_is_the_hubs_to_look(gateway: Gateway, exchange: dict[str, Any]) -> None:
    for path in ("", f"/{exchange['sent']}", f"/{exchange['sent']}/timeline"):
        is_problem(await gateway.ask("GET", DOCUMENTS_PATH + path, key="northmart"), 403, "forbidden")


async def test_the_description_takes_what_the_gateway_takes(gateway: Gateway) -> None:
    """A client made of it, that writes null where there is nothing, learns of it there and not by a 422."""
    described = (await gateway.ask("GET", "/openapi.json")).json
    notice = {"$ref": "#/components/schemas/ShipNotice", "components": described["components"]}
    faults = {error.json_path for error in Draft202012Validator(notice).iter_errors({"carrier": None})}
    assert "$.carrier" in faults
    assert [name for name in DOCUMENTS if '"null"' in json.dumps(described["components"]["schemas"][name])] == []
