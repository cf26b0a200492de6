"""Checks against what is known around a document: each one found, and not found where nothing is wrong."""

from typing import Any

import pytest

from canonical.registry import parse
from canonical.rules import check
from canonical.rules.around import Around
from tests.canonical.support import at, order, ship_notice


def codes(document: Any, around: Around) -> list[tuple[str, str]]:
    return [(fault.code, fault.path) for fault in check(document, around=around)]


def confirmation(*lines: tuple[str, str, str], **more: Any) -> Any:
    return parse(
        {
            "documentType": "WarehouseShipmentConfirmation",
            "reportingCode": "full",
            "warehouseOrderNumber": "WO-1",
            "purchaseOrderNumber": "4500123987",
            "shipDate": "2026-12-02",
            "parties": {},
            "lines": [
                {"status": "complete", "item": {"gtin": gtin}, "quantityShipped": {"value": value, "unit": unit}}
                for gtin, value, unit in lines
            ],
            **more,
        }
    )


ORDER = parse(order())
NOTICE = parse(ship_notice())
FIRST, SECOND = "00085234500106", "00085234500250"
LABEL = "008523450000012015"


def test_a_notice_that_fits_all_that_is_known() -> None:
    confirmed = confirmation((FIRST, "48", "XCS"), (SECOND, "30", "XCS"))
    assert codes(NOTICE, Around(orders=(ORDER,), confirmations=(confirmed,))) == []


def test_a_label_that_an_earlier_shipment_had() -> None:
    assert codes(NOTICE, Around(ssccs={LABEL: "SHP-0091000"})) == [("sscc-reused", "$.orders[0].packs[0].sscc")]
    assert codes(NOTICE, Around(ssccs={LABEL: NOTICE.shipment_number})) == []  # the same shipment, told again
    assert codes(parse(ship_notice(purpose="cancellation")), Around(ssccs={LABEL: "SHP-0091000"})) == []


@pytest.mark.parametrize(
    ("lines", "more", "wrong"),
    [
        ([(FIRST, "47", "XCS"), (SECOND, "30", "XCS")], {}, [0]),
        ([(FIRST, "48", "XCS")], {}, [1]),
        ([(FIRST, "60", "XCS"), (SECOND, "30", "XCS")], {}, []),  # the rest may come in another notice
        ([(FIRST, "60", "XCS"), (SECOND, "30", "XCS")], {"shipmentNumber": "SHP-0098213"}, [0]),  # of this very shipment it may not
        ([(FIRST, "1", "EA"), (SECOND, "30", "XCS")], {}, []),  # counted in another unit
        ([(FIRST, "1", "XCS")], {"reportingCode": "exceptionsOnly"}, []),
        ([(FIRST, "1", "XCS")], {"purchaseOrderNumber": "another"}, []),
    ],
)
def test_what_the_warehouse_confirmed(lines, more, wrong) -> None:
    paths = [f"$.orders[0].packs[{pack}].items[0].quantityShipped.value" for pack in wrong]
    around = Around(orders=(ORDER,), confirmations=(confirmation(*lines, **more),))
    assert codes(NOTICE, around) == [("confirmed-quantity-differs", path) for path in paths]


def test_what_left_before_counts_too() -> None:
    earlier = parse(at(ship_notice(shipmentNumber="SHP-1", orders=[{"purchaseOrderNumber": "4500123987", "items": [{"item": {"gtin": FIRST}, "quantityShipped": {"value": "1", "unit": "XCS"}}]}]), "packageCount", ...))  # fmt: skip
    confirmed = confirmation((FIRST, "48", "XCS"), (SECOND, "30", "XCS"))
    assert [code for code, _ in codes(NOTICE, Around(confirmations=(confirmed,), notices=(earlier,)))] == ["confirmed-quantity-differs"]


def test_units_of_ours_are_compared_where_cross_references_gave_them() -> None:
    notice = parse(at(ship_notice(), "orders.0.packs.0.items.0.quantityShipped", {"value": "48", "unit": "XCS", "ours": {"value": "576", "unit": "EA"}}))  # fmt: skip
    assert codes(notice, Around(confirmations=(confirmation((FIRST, "576", "EA"), (SECOND, "30", "XCS")),))) == []
    assert codes(notice, Around(confirmations=(confirmation((FIRST, "575", "EA"), (SECOND, "30", "XCS")),)))


def invoice(*lines: dict[str, Any], **more: Any) -> Any:
    listed = [{"lineNumber": "1", "quantityInvoiced": {"value": "48", "unit": "XCS"}, "unitPrice": "31.20", "item": {"gtin": FIRST}}]
    total = sum(float(line["quantityInvoiced"]["value"]) * float(line.get("unitPrice", 0)) for line in lines or listed)
    head = {"documentType": "Invoice", "invoiceNumber": "I-1", "invoiceDate": "2026-12-03", "invoiceType": "commercial", "purchaseOrderNumber": "4500123987"}  # fmt: skip
    return parse(head | {"lines": list(lines) or listed, "totals": {"amountDue": f"{total:.2f}"}} | more)


def charged(value: str, price: str = "31.20", gtin: str = FIRST, unit: str = "XCS", **more: Any) -> dict[str, Any]:
    return {"lineNumber": "1", "quantityInvoiced": {"value": value, "unit": unit}, "unitPrice": price, "item": {"gtin": gtin}} | more


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (invoice(), []),
        (invoice(charged("49")), ["quantity-over-ordered"]),
        (invoice(charged("30"), charged("30")), ["quantity-over-ordered"]),
        (invoice(charged("49"), invoiceType="creditNote"), []),
        (invoice(charged("48", "31.21")), ["price-differs"]),
        (invoice(charged("48", "31.21", priceUnit="EA")), []),
        (invoice(charged("576", "2.60", unit="EA")), ["unit-differs"]),
        (invoice(charged("48", gtin=SECOND)), ["price-differs", "quantity-over-ordered"]),  # numbered anew: the product says which line
        (invoice(charged("48", gtin=SECOND, orderReference={"lineNumber": "1"})), ["item-differs"]),
        (invoice(charged("48", gtin="00085234500991")), ["item-differs"]),
        (invoice(charged("48", lineNumber="7", gtin="00085234500991")), ["line-unknown"]),
        (invoice(charged("36", "22.5", gtin=SECOND, lineNumber="77")), []),  # the line is numbered by the seller, the product is there
        (invoice(purchaseOrderNumber="9"), ["order-unknown"]),
    ],
)
def test_an_invoice_against_its_order(document, found) -> None:
    named = {"order-unknown", "line-unknown", "item-differs", "quantity-over-ordered", "price-differs", "unit-differs"}
    assert [code for code, _ in codes(document, Around(orders=(ORDER,))) if code in named] == found
    assert not {code for code, _ in codes(document, Around())} & named


def test_an_invoice_charges_what_left() -> None:
    around = Around(orders=(ORDER,), notices=(NOTICE,))
    assert codes(invoice(charged("48")), around) == []
    assert ("quantity-over-shipped", "$.lines[0].quantityInvoiced.value") in codes(
        invoice(charged("36", "22.5", gtin=SECOND, lineNumber="2")), around
    )


def answer(*lines: dict[str, Any], **more: Any) -> Any:
    return parse(
        {
            "documentType": "OrderAcknowledgment",
            "purpose": "original",
            "status": "acceptedWithDetail",
            "purchaseOrderNumber": "4500123987",
            "orderDate": "2026-11-18",
            "parties": {},
            "lines": list(lines),
            **more,
        }
    )


def answered(number: str = "1", value: str = "48", unit: str = "XCS", status: str = "accepted", **more: Any) -> dict[str, Any]:
    response = {"status": status, "quantity": {"value": value, "unit": unit}}
    return {"lineNumber": number, "item": {"gtin": FIRST}, "responses": [response]} | more


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (answer(answered()), []),
        (answer(answered("9")), ["line-unknown"]),
        (answer(answered(item={"gtin": SECOND})), ["item-differs"]),
        (answer(answered(value="49")), ["quantity-over-ordered"]),
        (answer(answered(value="576", unit="EA")), ["unit-differs"]),
        (answer(answered(unitPrice="33")), ["price-differs"]),
        (answer(answered(unitPrice="33", status="priceChanged"), status="acceptedWithChanges"), []),
        (answer(answered(), promisedShipDate="2026-12-09"), ["ship-date-outside-window"]),
        (answer(answered(), promisedShipDate="2026-12-09", status="acceptedWithChanges"), []),
    ],
)
def test_an_answer_against_its_order(document, found) -> None:
    assert [code for code, _ in codes(document, Around(orders=(ORDER,)))] == found
    assert codes(document, Around()) == []
