"""One story from the order through its answer and shipment to the invoice, each step with what brought it about (R22)."""

from pathlib import Path

from gateway import operations
from gateway.operations.hub_decision import decide_document
from gateway.pipeline.hub_answer import HubSaid
from gateway.states import Thing
from tests.gateway.test_hub_decision import AGREED
from tests.gateway.world import World, an_order, ship_notice

INVOICES_OUT = '  - {id: our-invoices, direction: outbound, standard: {x12: "004010", set: "810"}}\n'


def invoice(po: str) -> dict[str, object]:
    return {
        "documentType": "Invoice",
        "purpose": "original",
        "invoiceType": "commercial",
        "invoiceNumber": "OUR-1",
        "invoiceDate": "2026-12-03",
        "purchaseOrderNumber": po,
        "orderDate": "2026-11-18",
        "shipmentNumber": "SHP-1",
        "lines": [
            {
                "lineNumber": "1",
                "item": {"gtin": "00085234500106", "buyerItemId": "004410001"},
                "quantityInvoiced": {"value": "10", "unit": "XCS"},
                "unitPrice": "2.5",
                "lineAmount": "25",
            }
        ],
        "totals": {"amountDue": "25.00"},
    }


async def test_from_the_order_to_the_invoice(tmp_path: Path):
    world = await World.open(tmp_path, partner=AGREED + INVOICES_OUT)
    received = await world.receive(an_order())
    order = await world.one(Thing.DOCUMENT, document_type="Order")
    await decide_document(world.context, order["id"], HubSaid(), accepts=True, client="erp")
    await world.work()
    await world.submit(ship_notice())
    await operations.submit(world.context, "Invoice", invoice("4500000001"), "key-2")
    await world.work()
    assert await world.held() == []
    story = await operations.timeline(world.context, "4500000001")
    assert [(one["documentType"], one["state"]) for one in story["documents"]] == [
        ("Order", "DELIVERED"),
        ("OrderAcknowledgment", "SENT"),
        ("ShipNotice", "SENT"),
        ("Invoice", "SENT"),
    ]
    assert {one["correlationId"] for one in story["documents"]} == {order["correlation_id"]}
    told = [(event["action"], event.get("about", "").split(" ")[0]) for event in story["events"]]
    steps = [("transmission.received", "interchange"), ("document.mapped", "Order"), ("delivery.delivered", "Order")]
    steps += [
        ("document.hub-accepted", "Order"),
        ("document.submitted", "OrderAcknowledgment"),
        ("document.written", "OrderAcknowledgment"),
    ]
    steps += [("document.submitted", "ShipNotice"), ("document.written", "ShipNotice")]
    steps += [("document.submitted", "Invoice"), ("document.written", "Invoice")]
    assert [step for step in told if step in steps] == steps
    answer = await world.one(Thing.DOCUMENT, document_type="OrderAcknowledgment")
    assert (order["transmission_id"], answer["causation_id"]) == (received.transmission_id, order["event_id"])
    await world.close()
