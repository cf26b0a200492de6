"""A world in which answers are owed both ways: an 855 to each 850, an 824 to each 856."""

from typing import Any

from gateway import operations
from gateway.states import Thing
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, interchange

HEAD = PARTNER_YAML[: PARTNER_YAML.index("agreements:")]
OWED = (
    HEAD
    + """owners: {partner: edi@northmart.example, hub: orders@harborline.example}
agreements:
  - {id: orders, direction: inbound, standard: {x12: "004010", set: "850"}, sla: {respond_with: "855", within: {from: "DTM[ACK]", else: 4h}}}
  - {id: notices, direction: outbound, standard: {x12: "004010", set: "856"}, sla: {respond_with: "824", within: 2d}, owners: kim@harborline.example}
  - {id: answers, direction: outbound, standard: {x12: "004010", set: "855"}}
  - {id: advice, direction: inbound, standard: {x12: "004010", set: "824"}}
"""
)
GATEWAY = GATEWAY_YAML.replace("  zone: America/New_York\n", "  zone: America/New_York\n  owners: {operator: night@harborline.example}\n")


def confirmation(po: str = "4500000001") -> dict[str, Any]:
    """An 855 that accepts `an_order`."""
    return {
        "documentType": "OrderAcknowledgment",
        "purpose": "original",
        "purchaseOrderNumber": po,
        "orderDate": "2026-11-18",
        "acknowledgmentDate": "2026-11-18",
        "status": "accepted",
        "currency": "USD",
        "parties": {"buyer": {"name": "NORTHMART STORES", "id": "0614141000012", "idScheme": "gln"}},
        "lines": [
            {
                "lineNumber": "1",
                "quantityOrdered": {"value": "10", "unit": "XCS"},
                "unitPrice": "2.5",
                "priceBasis": "PE",
                "item": {"gtin": "00085234500106", "buyerItemId": "004410001"},
                "responses": [{"status": "accepted", "quantity": {"value": "10", "unit": "XCS"}}],
            }
        ],
    }


def advice(shipment: str = "SHP-1", *, verdict: str = "TR", number: int = 77) -> bytes:
    """An 824 about one ship notice; TR rejects it and says why, TA accepts it."""
    segments = ["ST*824*0001", f"BGN*00*ADV-{number}*20261203*0215*UT", f"OTI*{verdict}*SI*{shipment}", "REF*PO*4500000001"]
    if verdict == "TR":
        segments += ["TED*848*ITEM IS NOT ON THE ORDER*LIN*34*3*234*085234500106"]
    text = "~\n".join([*segments, f"SE*{len(segments) + 1}*0001"]) + "~\n"
    return interchange(text, number=number, functional="AG")


async def confirm(world: World, po: str = "4500000001", key: str = "confirm", *, work: bool = True) -> dict[str, Any]:
    answer = await operations.submit(world.context, "OrderAcknowledgment", confirmation(po), key)
    if work:
        await world.work()
    return answer


async def business(world: World, **equal: Any) -> list[dict[str, Any]]:
    """The rows of answers on the business level."""
    return [row for row in await world.rows(Thing.ACKNOWLEDGMENT, **equal) if row["answers_document_id"] is not None]
