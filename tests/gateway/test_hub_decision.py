"""The hub accepts or rejects what a partner sent: kept, shown, and told to the partner as it was agreed."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.operations.hub_decision import decide_document
from gateway.pipeline.hub_answer import HubSaid
from gateway.pipeline.receive import Incoming, receive
from gateway.states import Thing
from tests.gateway.conftest import BOTH
from tests.gateway.serving import NORTHMART_YAML, Served, serving
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, an_order, interchange

DATABASES = BOTH
ANSWERS = '  - {id: answers, direction: outbound, standard: {x12: "004010", set: "855"}}\n'
CHANGES = '  - {id: changes, direction: inbound, standard: {x12: "004010", set: "860"}}\n'
CHANGE_ANSWERS = '  - {id: change-answers, direction: outbound, standard: {x12: "004010", set: "865"}, when: {changeSequence: true}}\n'
ADVICE = '  - {id: advice, direction: outbound, standard: {x12: "004010", set: "824"}}\n'
INVOICES = '  - {id: invoices, direction: inbound, standard: {x12: "004010", set: "810"}}\n'
INVOICE = """ST*810*0001~
BIG*20261118*INV-7*20261110*4500000001***DI~
N1*RI*NORTHMART STORES*UL*0614141000012~
IT1*1*10*CA*2.5**UP*085234500106~
TDS*2500~
CTT*1~
SE*7*0001~
"""


AGREED = PARTNER_YAML + ANSWERS + CHANGES + CHANGE_ANSWERS + ADVICE + INVOICES


async def opened(root: Path, gateway: str = GATEWAY_YAML, partner: str = AGREED) -> World:
    return await World.open(root, partner=partner, gateway=gateway)


async def decide(world: World, document_id: str, *, accepts: bool, **said: Any) -> dict[str, Any]:
    return await decide_document(world.context, document_id, HubSaid.model_validate(said), accepts=accepts, client="erp")


def segments(payload: bytes, *tags: str) -> list[str]:
    return [line.strip() for line in payload.decode().split("~") if line.strip().split("*")[0] in tags]


async def test_an_accepted_order_is_answered_line_by_line(tmp_path: Path):
    world = await opened(tmp_path)
    await world.receive(an_order(lines=2))
    [order] = await world.rows(Thing.DOCUMENT)
    answer = await decide(world, order["id"], accepts=True, promisedShipDate="2026-12-01")
    assert (answer["decision"], answer["answer"], answer["answerState"], answer["repeated"]) == (
        "accepted",
        "OrderAcknowledgment",
        "SUBMITTED",
        False,
    )
    await world.work()
    assert world.partner.sets() == ["997", "855"]
    assert segments(world.partner.received[-1], "BAK", "ACK") == [
        "BAK*00*AD*4500000001*20261118*****20261118",
        "ACK*IA*10*CA",
        "ACK*IA*20*CA",
    ]
    sent = await world.one(Thing.DOCUMENT, direction="outbound")
    assert (sent["state"], sent["correlation_id"], sent["causation_id"]) == ("SENT", order["correlation_id"], order["event_id"])

    shown = await operations.show(world.context, order["id"])
    assert (shown["hubDecision"]["decision"], shown["hubDecision"]["by"], shown["hubDecision"]["answerState"]) == (
        "accepted",
        "erp",
        "SENT",
    )
    told = await operations.timeline(world.context, "4500000001")
    assert [event["action"] for event in told["events"] if event["actor"] == "erp"] == ["document.hub-accepted", "document.submitted"]
    assert next(one for one in told["documents"] if one["id"] == order["id"])["hubDecision"] == "accepted"
    await world.close()


async def test_single_lines_may_fare_otherwise_and_reasons_become_the_codes_of_the_wire(tmp_path: Path):
    world = await opened(tmp_path)
    await world.receive(an_order(lines=3))
    [order] = await world.rows(Thing.DOCUMENT)
    lines = [
        {"lineNumber": "1", "status": "accepted", "quantity": "6", "date": "2026-12-01", "dateType": "scheduledShip"},
        {"lineNumber": "1", "status": "backordered", "quantity": "4"},
        {"lineNumber": "2", "status": "rejected", "reason": {"code": "invalidItem", "text": "never heard of it"}},
    ]
    await decide(world, order["id"], accepts=True, lines=lines)
    await world.work()
    got = segments(world.partner.received[-1], "BAK", "ACK")
    assert got[0].startswith("BAK*00*AC*4500000001")
    assert [line.split("*")[1:3] for line in got[1:]] == [["IA", "6"], ["IB", "4"], ["R2", "20"], ["IA", "30"]]
    assert got[1] == "ACK*IA*6*CA*068*20261201"
    await world.close()


async def test_a_rejected_order_is_rejected_in_every_line(tmp_path: Path):
    world = await opened(tmp_path)
    await world.receive(an_order())
    [order] = await world.rows(Thing.DOCUMENT)
    await decide(world, order["id"], accepts=False, reasons=[{"code": "outOfStock", "text": "sold out"}])
    await world.work()
    assert segments(world.partner.received[-1], "BAK")[0].startswith("BAK*00*RD*4500000001")
    answer = await world.one(Thing.DOCUMENT, direction="outbound")
    [line] = json.loads(answer["body"])["lines"]
    assert line["responses"] == [
        {"status": "rejected", "quantity": {"value": "10", "unit": "XCS"}, "reason": "outOfStock", "text": "sold out"}
    ]
    await world.close()


async def test_what_has_no_answer_of_its_own_gets_an_advice(tmp_path: Path):
    world = await opened(tmp_path)
    await world.receive(an_order())
    await world.receive(interchange(INVOICE, number=2, functional="IN"))
    invoice = await world.one(Thing.DOCUMENT, document_type="Invoice")
    reasons = [{"code": "duplicate", "text": "charged before"}]
    lines = [{"lineNumber": "1", "reason": {"code": "outOfRange", "text": "price"}}]
    await decide(world, invoice["id"], accepts=False, reasons=reasons, lines=lines)
    await world.work()
    payload = world.partner.received[-1]
    [oti] = segments(payload, "OTI")
    assert oti.startswith("OTI*TR*IV*INV-7")
    assert oti.endswith("*2*0001*810*004010")
    assert [ted.split("*")[1:3] for ted in segments(payload, "TED")] == [["006", "charged before"], ["008", "price"]]
    advice = await world.one(Thing.DOCUMENT, document_type="ApplicationAdvice")
    assert advice["correlation_id"] == invoice["correlation_id"]
    await world.close()


async def test_a_changed_order_is_answered_by_865(tmp_path: Path):
    world = await opened(tmp_path)
    await world.receive(an_order())
    change = "ST*860*0001~BCH*04*SA*4500000001**2*20261118*****20261119~POC*1*QI*12*2*CA*2.5*PE*UP*085234500106~CTT*1~SE*5*0001~"
    await world.receive(interchange(change, number=2, functional="PC"))
    document = await world.one(Thing.DOCUMENT, document_type="OrderChange")
    await decide(world, document["id"], accepts=True)
    await world.work()
    assert (await world.held(), world.partner.sets()[-1]) == ([], "865")
    assert segments(world.partner.received[-1], "BCA", "ACK") == ["BCA*00*AD*4500000001**2*20261118****20261118*20261119", "ACK*IA*12*CA"]
    await world.close()


async def test_edifact_is_answered_by_ordrsp_under_a_number(tmp_path: Path):
    partner = (
        "partner: northmart\nname: Northmart\nstatus: live\nzone: Europe/Berlin\n"
        'identities: {edifact: [{qualifier: "14", id: "4012345000108"}]}\n'
        "transports: {folder: {drop: {folder: to-northmart}}}\n"
        "agreements:\n"
        "  - {id: orders, direction: inbound, standard: {edifact: D96A, set: ORDERS}}\n"
        "  - {id: answers, direction: outbound, standard: {edifact: D96A, set: ORDRSP}}\n"
    )
    world = await World.open(tmp_path, partner=partner)
    text = (
        "UNB+UNOC:3+4012345000108:14+4012345000009:14+261118:0915+77'UNH+1+ORDERS:D:96A:UN'BGM+220+PO-9+9'DTM+137:20261118:102'"
        "NAD+BY+4012345000108::9'NAD+SU+4012345000009::9'NAD+DP+4012345000108::9'LIN+1++4012345000115:EN'QTY+21:5:PCE'UNS+S'CNT+2:1'UNT+11+1'UNZ+1+77'"
    )
    await world.receive(text.encode())
    order = await world.one(Thing.DOCUMENT, direction="inbound")
    await decide(world, order["id"], accepts=True)
    await world.work()
    sent = await world.one(Thing.DOCUMENT, direction="outbound")
    assert sent["state"] == "SENT", sent["findings"]
    assert b"BGM+231+" in world.partner.received[-1]
    await world.close()


async def test_where_no_answer_is_agreed_it_is_only_recorded(tmp_path: Path):
    world = await opened(tmp_path, partner=PARTNER_YAML)
    await world.receive(an_order())
    [order] = await world.rows(Thing.DOCUMENT)
    answer = await decide(world, order["id"], accepts=False)
    assert (answer["decision"], answer["answer"]) == ("rejected", "none")
    assert "not" in answer["told"] or "only" in answer["told"]
    assert await world.work() == 0
    await world.close()


async def test_the_same_again_is_the_same_answer_and_the_contrary_is_refused(world_database: str, tmp_path: Path):
    world = await opened(tmp_path)
    await world.receive(an_order())
    [order] = await world.rows(Thing.DOCUMENT)
    first = await decide(world, order["id"], accepts=True)
    again = await decide(world, order["id"], accepts=True)
    assert again == {**first, "repeated": True}
    for accepts, said in ((False, {}), (True, {"promisedShipDate": "2026-12-01"})):
        with pytest.raises(Refusal) as refused:
            await decide(world, order["id"], accepts=accepts, **said)
        assert refused.value.cause is Cause.CONFLICT
    await world.work()
    assert world.partner.sets() == ["997", "855"]
    await world.close()


async def test_where_it_is_allowed_a_contrary_decision_takes_the_place_of_the_first(tmp_path: Path):
    world = await opened(tmp_path, gateway=GATEWAY_YAML + "decisions: {contrary: replace}\n")
    await world.receive(an_order())
    [order] = await world.rows(Thing.DOCUMENT)
    await decide(world, order["id"], accepts=True)
    await world.work()
    second = await decide(world, order["id"], accepts=False)
    await world.work()
    assert second["decision"] == "rejected"
    assert [segments(sent, "BAK")[0][:9] for sent in world.partner.received[1:]] == ["BAK*00*AD", "BAK*05*RD"]
    await world.close()


async def test_an_answer_that_the_hub_sent_by_itself_is_not_sent_twice(tmp_path: Path):
    world = await opened(tmp_path)
    await world.receive(an_order())
    [order] = await world.rows(Thing.DOCUMENT)
    own = {"documentType": "OrderAcknowledgment", "purpose": "original", "status": "accepted", "purchaseOrderNumber": "4500000001"}
    sent = await operations.submit(world.context, "OrderAcknowledgment", own | {"orderDate": "2026-11-18"}, "key-1")
    await world.work()
    answer = await decide(world, order["id"], accepts=True)
    assert answer["answerDocumentId"] == sent["documentId"]
    await world.work()
    assert world.partner.sets() == ["997", "855"]
    await world.close()


async def test_what_cannot_be_decided_on_is_refused(tmp_path: Path):
    world = await opened(tmp_path)
    await world.receive(an_order())
    await world.receive(an_order(number=2))  # the same order again: a duplicate
    first, second = await world.rows(Thing.DOCUMENT)
    for id_, said, cause in (
        ("doc_unknown", {}, Cause.NOT_FOUND),
        (second["id"], {}, Cause.CONFLICT),
        (first["id"], {"lines": [{"lineNumber": "77"}]}, Cause.DOCUMENT_INVALID),
    ):
        with pytest.raises(Refusal) as refused:
            await decide(world, id_, accepts=True, **said)
        assert refused.value.cause is cause
    await world.close()


async def _stored(served: Served) -> str:
    """An order that a worker would have mapped; its document's id."""
    from gateway.app import steps_of
    from gateway.pipeline.worker import Worker

    usage = an_order().replace(b"*0*P*>", b"*0*T*>")
    await receive(served.context, Incoming("http", "northmart", usage))
    await Worker(served.context, steps_of(served.context), owner="own_1").drain()
    async with served.session.get(f"{served.base}/api/v1/feed", headers=served.key("hub")) as answer:
        [event] = (await answer.json())["events"]
    return str(event["documentid"])


async def test_over_http(tmp_path: Path):
    async with serving(
        tmp_path, **{"partners/northmart/partner.yaml": NORTHMART_YAML + ANSWERS.rstrip()[:-1] + ", transport: as2}\n"}
    ) as served:
        id_ = await _stored(served)

        async def post(
            verb: str, body: Any, key: str | None = "k1", of: str = id_, who: str = "hub"
        ) -> tuple[int, dict[str, Any], str | None]:
            headers = served.key(who) | ({"Idempotency-Key": key} if key else {})
            async with served.session.post(f"{served.base}/api/v1/documents/{of}/{verb}", json=body, headers=headers) as answer:
                return answer.status, await answer.json(), answer.headers.get("Idempotent-Replay")

        assert (await post("accept", {}, None))[1]["code"] == "idempotency-key-missing"
        assert (await post("accept", {}, who="northmart"))[0] == 403
        assert (await post("accept", {"lines": [{"status": "accepted"}]}))[1]["faults"][0]["path"] == "$.lines[0].lineNumber"
        status, told, repeated = await post("accept", {})
        assert (status, told["decision"], told["answer"], repeated) == (200, "accepted", "OrderAcknowledgment", None)
        assert await post("accept", {}) == (200, told, "true")
        assert await post("accept", {}, "k2") == (200, told, "true")  # the decision itself is the key
        assert (await post("reject", {}, "k3"))[1]["code"] == "conflict"
        assert (await post("reject", {}))[1]["code"] == "idempotency-key-reused"
        assert (await post("accept", {}, "k4", of="doc_unknown"))[0] == 404
        async with served.session.get(f"{served.base}/api/v1/documents/{id_}", headers=served.key("hub")) as answer:
            shown = await answer.json()
        assert (shown["hubDecision"]["decision"], shown["hubDecision"]["answerDocumentId"]) == ("accepted", told["answerDocumentId"])
        async with served.session.get(f"{served.base}/api/v1/documents/{told['answerDocumentId']}", headers=served.key("hub")) as answer:
            assert (await answer.json())["documentType"] == "OrderAcknowledgment"
