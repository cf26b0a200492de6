"""The API over real HTTP: who may, what is taken over, what is refused and how."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from gateway.service.hub import SUBMISSIONS
from gateway.service.local import SOCKET_NAME
from gateway.states import Thing
from gateway.store import lookup
from tests.gateway.rows import by_state
from tests.gateway.serving import Served, serving

INTERCHANGE = (
    b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*U*00401*000004711*0*T*>~"
    b"GS*PO*NORTHMART*HARBORLINE*20261118*0915*4711*X*004010~ST*850*0001~BEG*00*SA*4500123987**20261118~SE*3*0001~GE*1*4711~IEA*1*000004711~"
)
INBOX = "/api/v1/partners/northmart/inbox"
NOTICES = "/api/v1/ship-notices"


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path) as running:
        yield running


def ship_notice(**changes: Any) -> dict[str, Any]:
    item = {
        "lineNumber": "1",
        "item": {"gtin": "00085234500106"},
        "quantityShipped": {"value": "48", "unit": "XCS"},
    }
    party = {"name": "HARBORLINE SAVANNAH DC", "id": "0852345000012", "idScheme": "gln"}
    return {
        "documentType": "ShipNotice",
        "purpose": "original",
        "shipmentNumber": "SHP-1",
        "createdAt": "2026-12-02T15:05:00-06:00",
        "structure": "SOPI",
        "parties": {"shipFrom": party, "shipTo": {**party, "id": "0614141001170"}},
        "orders": [{"purchaseOrderNumber": "4500123987", "packs": [{"sscc": "008523450000012015", "items": [item]}]}],
        **changes,
    }


async def problem(response: aiohttp.ClientResponse, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(await response.text())
    assert (response.status, body.get("code"), response.content_type) == (status, code, "application/problem+json")
    assert body["nextAction"]
    assert body["traceId"] == response.headers["Trace-Id"]
    return body


# -- the partners' inbox


async def test_an_interchange_is_stored_before_it_is_answered(served: Served) -> None:
    async with served.session.post(
        served.base + INBOX, data=INTERCHANGE, headers={"Content-Type": "application/edi-x12", **served.key("northmart")}
    ) as response:
        assert response.status == 202
        answer = await response.json()
    row = await served.context.store.read(lambda connection: lookup.by_id(connection, answer["transmissionId"]))
    assert row is not None
    assert (row["partner_id"], row["transport"], row["content_type"]) == ("northmart", "http", "application/edi-x12")
    assert answer["correlationId"] == row["correlation_id"]
    assert await served.context.store.load(answer["sha256"]) == INTERCHANGE


async def test_json_is_taken_over_too(served: Served) -> None:
    body = b'{"poNumber": "A-1", "items": []}'
    async with served.session.post(
        served.base + INBOX, data=body, headers={"Content-Type": "application/json", **served.key("northmart")}
    ) as response:
        assert response.status == 202


@pytest.mark.parametrize(
    ("key", "status", "code"),
    [(None, 401, "unauthenticated"), ("wrong", 401, "unauthenticated"), ("outdoor", 403, "forbidden"), ("hub", 403, "forbidden")],
)
async def test_only_the_partner_itself_may_use_its_inbox(served: Served, key: str | None, status: int, code: str) -> None:
    headers = {"Authorization": "Bearer nobody"} if key == "wrong" else served.key(key) if key else {}
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=headers) as response:
        await problem(response, status, code)
        assert ("WWW-Authenticate" in response.headers) == (status == 401)
    found = await served.context.store.read(by_state)
    assert not any(found[Thing.TRANSMISSION].values())


@pytest.mark.parametrize("key", ["outdoor", "outdoor-next"])
async def test_the_next_key_opens_as_well_while_both_are_valid(served: Served, key: str) -> None:
    async with served.session.post(
        f"{served.base}/api/v1/partners/outdoor/inbox", data=b"{}", headers={"Content-Type": "application/json", **served.key(key)}
    ) as response:
        assert response.status == 202


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"x" * 100_001, "application/edi-x12", 413, "body-too-large"),
        (b"", "application/edi-x12", 400, "body-empty"),
        (b'{"poNumber": ', "application/json", 415, "unsupported-media-type"),  # it has no agreement for JSON
        (b"%PDF-1.7", "application/pdf", 415, "unsupported-media-type"),
    ],
)
async def test_what_cannot_be_taken_over_is_said_at_once(served: Served, body: bytes, content_type: str, status: int, code: str) -> None:
    headers = {"Content-Type": content_type, **served.key("northmart")}
    async with served.session.post(served.base + INBOX, data=body, headers=headers) as response:
        await problem(response, status, code)


async def test_a_key_makes_a_repetition_have_one_effect(served: Served) -> None:
    headers = {"Content-Type": "application/edi-x12", "Idempotency-Key": "k-1", **served.key("northmart")}
    answers = []
    for body in (INTERCHANGE, INTERCHANGE, INTERCHANGE + b"\n"):
        async with served.session.post(served.base + INBOX, data=body, headers=headers) as response:
            answers.append((response.status, json.loads(await response.text()), response.headers.get("Idempotent-Replay")))
    assert answers[0][1] == answers[1][1]
    assert (answers[0][2], answers[1][2]) == (None, "true")
    assert (answers[2][0], answers[2][1]["code"]) == (422, "idempotency-key-reused")


# -- the hub


async def test_a_ship_notice_is_taken_over_once_per_key(served: Served) -> None:
    headers = {"Idempotency-Key": "n-1", **served.key("hub")}
    answers = []
    for _ in range(2):
        async with served.session.post(
            served.base + NOTICES, params={"partner": "northmart"}, json=ship_notice(), headers=headers
        ) as response:
            assert response.status == 202
            answers.append(await response.json())
    assert answers[0] == answers[1]
    assert answers[0]["documentType"] == "ShipNotice"
    async with served.session.post(
        served.base + NOTICES, params={"partner": "northmart"}, json=ship_notice(shipmentNumber="SHP-2"), headers=headers
    ) as response:
        await problem(response, 422, "idempotency-key-reused")


async def test_the_hub_can_ask_what_became_of_a_document(served: Served) -> None:
    headers = {"Idempotency-Key": "n-3", **served.key("hub")}
    async with served.session.post(served.base + NOTICES, json=ship_notice(), headers=headers) as response:
        id_ = (await response.json())["documentId"]  # its order is not known here, so nobody can say for whom it is
    async with served.session.get(f"{served.base}/api/v1/documents/{id_}", headers=served.key("hub")) as response:
        status = await response.json()
    assert (status["state"], status["cause"]) == ("HELD", "receiver-unknown")
    assert status["nextAction"]
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=served.key("northmart")) as response:
        transmission = (await response.json())["transmissionId"]
    for other in ("doc_nothing", transmission):
        async with served.session.get(f"{served.base}/api/v1/documents/{other}", headers=served.key("hub")) as response:
            await problem(response, 404, "not-found")


async def test_schema_faults_are_listed_with_their_paths(served: Served) -> None:
    broken = ship_notice(createdAt="yesterday")
    broken["orders"][0]["packs"][0]["sscc"] = "12AB"
    broken["orders"][0]["packs"][0]["color"] = "red"
    async with served.session.post(served.base + NOTICES, json=broken, headers={"Idempotency-Key": "n-2", **served.key("hub")}) as response:
        body = await problem(response, 422, "document-invalid")
    paths = {fault["path"] for fault in body["faults"]}
    assert {"$.createdAt", "$.orders[0].packs[0].sscc", "$.orders[0].packs[0].color"} <= paths


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"{}", {}, 400, "idempotency-key-missing"),
        (b"{}", {"Idempotency-Key": "x" * 300}, 400, "malformed-request"),
        (b"{", {"Idempotency-Key": "a"}, 400, "malformed-json"),
        (b"[]", {"Idempotency-Key": "a"}, 422, "document-invalid"),
        (b"{}", {"Idempotency-Key": "a", "Content-Type": "text/xml"}, 415, "unsupported-media-type"),
        (b" " * 50_001, {"Idempotency-Key": "a"}, 413, "body-too-large"),
    ],
)
async def test_a_bad_submission_gets_a_clear_answer(served: Served, body: bytes, headers: dict[str, str], status: int, code: str) -> None:
    sent = {"Content-Type": "application/json", **headers, **served.key("hub")}
    async with served.session.post(served.base + NOTICES, data=body, headers=sent) as response:
        await problem(response, status, code)


async def test_only_the_hub_submits_and_reads_the_feed(served: Served) -> None:
    for key in ("northmart", "admin"):
        async with served.session.post(served.base + NOTICES, json=ship_notice(), headers=served.key(key)) as response:
            await problem(response, 403, "forbidden")
        async with served.session.get(f"{served.base}/api/v1/feed", headers=served.key(key)) as response:
            await problem(response, 403, "forbidden")
    async with served.session.get(f"{served.base}/api/v1/feed") as response:
        await problem(response, 401, "unauthenticated")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v1/feed?since=3"), ("POST", f"{NOTICES}?environment=test"), ("GET", "/asyncapi.json?x=1")]
)
async def test_a_parameter_that_means_nothing_is_no_parameter_for_the_hub(served: Served, method: str, path: str) -> None:
    """Passed over, `?environment=test` would send live what was meant as a test, and `?since=3` would read all from the beginning."""
    headers = served.key("hub") | {"Idempotency-Key": "k"}
    async with served.session.request(method, served.base + path, json=ship_notice(), headers=headers) as response:
        assert "the parameters of this address are: " in (await problem(response, 400, "malformed-request"))["detail"]
    assert await served.context.store.read(lambda connection: lookup.where(connection, Thing.DOCUMENT)) == []


async def test_a_test_gateway_sends_nothing_live(served: Served) -> None:
    async with served.session.post(
        f"{served.base}{NOTICES}?usage=live", json=ship_notice(), headers=served.key("hub") | {"Idempotency-Key": "k"}
    ) as response:
        await problem(response, 422, "usage-not-accepted")
    async with served.session.post(
        f"{served.base}{NOTICES}?usage=prod", json=ship_notice(), headers=served.key("hub") | {"Idempotency-Key": "k"}
    ) as response:
        await problem(response, 400, "malformed-request")


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=51", "wait=soon", "usage=prod", f"after={'9' * 30}"])
async def test_the_feed_says_which_parameter_is_wrong(served: Served, query: str) -> None:
    async with served.session.get(f"{served.base}/api/v1/feed?{query}", headers=served.key("hub")) as response:
        body = await problem(response, 400, "malformed-request")
    assert query.partition("=")[0] in body["detail"]


async def test_an_empty_feed_answers_at_once_or_waits_as_asked(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    feed = served.context.signals.feed

    async def noted(seconds: float) -> None:
        waits.append(seconds)
        await feed(seconds)

    monkeypatch.setattr(served.context.signals, "feed", noted)
    for wait in (0, 0.6):
        started, before = asyncio.get_running_loop().time(), len(waits)
        async with served.session.get(f"{served.base}/api/v1/feed", params={"wait": str(wait)}, headers=served.key("hub")) as response:
            assert await response.json() == {"events": [], "next": 0}
        assert asyncio.get_running_loop().time() - started >= wait
        assert all(0 < seconds <= wait for seconds in waits[before:])
        assert bool(waits[before:]) == bool(wait)


async def test_one_who_waits_for_the_feed_does_not_keep_the_gateway_from_stopping(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    waits = asyncio.Event()

    async def without_end(_seconds: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(served.context.signals, "feed", without_end)
    waiting = asyncio.ensure_future(served.session.get(f"{served.base}/api/v1/feed", params={"wait": "5"}, headers=served.key("hub")))
    await waits.wait()
    await served.service.stop()
    async with await waiting as response:
        await problem(response, 503, "shutting-down")


# -- administration, health, description


async def test_the_operations_need_an_admin_key_over_tcp_and_none_on_the_socket(served: Served) -> None:
    async with served.session.get(f"{served.base}/admin/v1/status") as response:
        await problem(response, 401, "unauthenticated")
    async with served.session.get(f"{served.base}/admin/v1/status", headers=served.key("hub")) as response:
        await problem(response, 403, "forbidden")
    async with served.session.get(f"{served.base}/admin/v1/status", headers=served.key("admin")) as response:
        assert (await response.json())["environment"] == "test"
    path = served.context.store.folder / SOCKET_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(path))) as session,
        session.get("http://gateway/admin/v1/status") as response,
    ):
        assert response.status == 200


async def test_an_operation_refuses_what_it_does_not_know(served: Served) -> None:
    admin = served.key("admin")
    async with served.session.get(f"{served.base}/admin/v1/documents?limit=many&colour=red", headers=admin) as response:
        body = await problem(response, 400, "malformed-request")
        assert {fault["path"] for fault in body["faults"]} == {"limit", "colour"}
    async with served.session.get(f"{served.base}/admin/v1/things/doc_nothing", headers=admin) as response:
        await problem(response, 404, "not-found")
    async with served.session.post(f"{served.base}/admin/v1/things/doc_nothing/release", json={"reason": " "}, headers=admin) as response:
        await problem(response, 400, "malformed-request")
    async with served.session.post(f"{served.base}/admin/v1/things/doc_nothing/release", json={"reason": "ok"}, headers=admin) as response:
        await problem(response, 404, "not-found")


async def test_the_payload_of_a_transmission_can_be_fetched(served: Served) -> None:
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=served.key("northmart")) as response:
        id_ = (await response.json())["transmissionId"]
    async with served.session.get(f"{served.base}/admin/v1/things/{id_}/payload", headers=served.key("admin")) as response:
        assert await response.read() == INTERCHANGE
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_health_says_live_and_ready_and_why_not(served: Served) -> None:
    async with served.session.get(f"{served.base}/healthz") as response:
        health = await response.json()
    assert (response.status, health["live"], health["ready"]) == (200, True, True)
    assert {check["name"] for check in health["checks"]} == {"store", "disk", "intake", "running"}
    served.context.store.close()
    async with served.session.get(f"{served.base}/healthz") as response:
        health = await response.json()
    assert (response.status, health["live"], health["ready"]) == (503, True, False)
    async with served.session.get(f"{served.base}/healthz?probe=live") as response:
        assert response.status == 200


async def test_without_a_store_nothing_is_taken_over(served: Served) -> None:
    payloads = served.context.store.folder / "payloads"
    payloads.rmdir()
    payloads.write_text("where the folder should be: nothing can be stored, as on a disk that is gone")
    async with served.session.post(served.base + INBOX, data=INTERCHANGE * 400, headers=served.key("northmart")) as response:
        await problem(response, 503, "store-unavailable")
        assert int(response.headers["Retry-After"]) > 0


async def test_metrics_count_by_route_and_cause(served: Served) -> None:
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=served.key("northmart")) as response:
        assert response.status == 202
    async with served.session.post(served.base + INBOX, data=INTERCHANGE):
        pass
    async with served.session.get(f"{served.base}/metrics", headers=served.key("admin")) as response:
        text = await response.text()
    assert 'gateway_received_total{transport="http"} 1.0' in text
    assert 'gateway_refused_total{cause="unauthenticated"} 1.0' in text
    assert 'gateway_http_requests_total{method="POST",route="/api/v1/partners/{partner_id}/inbox",status="202"} 1.0' in text
    assert 'gateway_open{state="OPENED",thing="transmission"} 1.0' in text
    assert "northmart" not in text


async def test_a_stranger_who_asks_too_often_is_slowed_down_and_partners_are_not(served: Served) -> None:
    statuses = []
    for _ in range(42):
        async with served.session.post(served.base + INBOX, data=b"x") as response:
            statuses.append(response.status)
    assert statuses == [401] * 40 + [429] * 2
    async with served.session.post(served.base + INBOX, data=INTERCHANGE, headers=served.key("northmart")) as response:
        assert response.status == 202


async def test_the_openapi_document_is_valid_and_lists_every_route(served: Served) -> None:
    async with served.session.get(f"{served.base}/openapi.json") as response:
        document = await response.json()
    OpenAPIV31SpecValidator(document).validate()
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    routed = {
        (route.method, route.resource.canonical) for route in served.service.application().router.routes() if route.resource is not None
    }
    assert described | {("HEAD", path) for method, path in described if method == "GET"} == routed


async def test_the_openapi_document_describes_the_models_that_are_used(served: Served) -> None:
    document = served.service.document
    for address, model in SUBMISSIONS.items():
        schema = document["paths"][f"/api/v1/{address}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        name = schema["$ref"].rpartition("/")[2]
        assert name.startswith(model.__name__)
        assert set(document["components"]["schemas"][name]["properties"]) == {
            field.alias or name for name, field in model.model_fields.items()
        }
    refused = document["paths"][NOTICES]["post"]["responses"]
    assert {"400", "401", "403", "413", "422", "429", "503"} <= set(refused)
    assert "idempotency-key-reused" in refused["422"]["description"]


async def test_what_is_not_http_is_refused_without_a_traceback(served: Served) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.service.port)
    writer.write(b"ISA*00*          \r\n\r\n")
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    assert answer.startswith(b"HTTP/1.")
    assert b" 400 " in answer.split(b"\r\n")[0]
    assert b"Traceback" not in answer
