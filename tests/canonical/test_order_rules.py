"""The sense of order changes, answers and advices: each rule has a document that breaks it alone, and good documents break none."""

import copy
from typing import Any

import pytest

from canonical.base import DocumentError
from canonical.registry import parse
from canonical.rules import check
from tests.canonical.support import at

CHANGE: dict[str, Any] = {
    "documentType": "OrderChange",
    "purpose": "change",
    "purchaseOrderNumber": "4500123987",
    "changeSequence": "1",
    "shipWindow": {"start": "2026-12-07", "end": "2026-12-09"},
    "removed": ["cancelAfterDate", "deliveryWindow.end"],
    "lines": [
        {"lineNumber": "1", "action": "quantityIncrease", "quantity": {"value": "60", "unit": "XCS"}, "removed": ["requestedShipDate"]},
        {"lineNumber": "4", "action": "add", "quantity": {"value": "5", "unit": "XCS"}, "item": {"gtin": "00085234500106"}},
        {"lineNumber": "3", "action": "delete"},
    ],
    "totals": {"lineCount": 3, "quantityHash": "65"},
}
ANSWER: dict[str, Any] = {
    "documentType": "OrderAcknowledgment",
    "purpose": "original",
    "status": "acceptedWithChanges",
    "purchaseOrderNumber": "4500123987",
    "orderDate": "2026-11-18",
    "promisedShipDate": "2026-12-02",
    "promisedDeliveryDate": "2026-12-04",
    "lines": [
        {
            "lineNumber": "1",
            "quantityOrdered": {"value": "48", "unit": "XCS"},
            "item": {"gtin": "00085234500106"},
            "responses": [
                {"status": "accepted", "quantity": {"value": "40", "unit": "XCS"}},
                {"status": "backordered", "quantity": {"value": "8", "unit": "XCS"}, "dateType": "scheduledShip", "date": "2026-12-09"},
            ],
        },
        {"lineNumber": "2", "responses": [{"status": "substituted", "item": {"gtin": "00085234500250"}}]},
    ],
}
ADVICE: dict[str, Any] = {
    "documentType": "ApplicationAdvice",
    "purpose": "original",
    "adviceNumber": "ADV-1",
    "createdAt": "2026-12-02",
    "acknowledges": {"type": "shipNotice", "businessNumber": "SHP-0098213"},
    "disposition": "reject",
    "errors": [{"code": "noMatch", "businessContext": {"purchaseOrderNumber": "4500123987", "sscc": "008523450000012015"}}],
    "further": [{"acknowledges": {"type": "purchaseOrder", "businessNumber": "4500123988"}, "disposition": "accept"}],
}


def found(data: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(fault.code, fault.severity, fault.path) for fault in check(parse(data))]


def broken(data: dict[str, Any], path: str, value: Any) -> list[tuple[str, str, str]]:
    return found(at(copy.deepcopy(data), path, value))


@pytest.mark.parametrize("data", [CHANGE, ANSWER, ADVICE], ids=lambda data: data["documentType"])
def test_good_documents_have_no_faults(data) -> None:
    assert found(data) == []


@pytest.mark.parametrize(
    ("path", "value", "code", "severity", "place"),
    [
        ("shipWindow.end", "2026-12-06", "window-reversed", "error", "$.shipWindow"),
        ("currency", "USX", "currency-unknown", "error", "$.currency"),
        ("parties", {"shipTo": {"id": "117", "idScheme": "gln"}}, "gln-check-digit", "error", "$.parties.shipTo.id"),
        ("removed.0", "cancelAfter", "removed-unknown", "error", "$.removed[0]"),
        ("removed.0", "purchaseOrderNumber", "removed-unknown", "error", "$.removed[0]"),
        ("removed.0", "deliveryWindow.middle", "removed-unknown", "error", "$.removed[0]"),
        ("removed.0", "currency.code", "removed-unknown", "error", "$.removed[0]"),
        ("removed.0", "shipWindow.end", "removed-and-said", "error", "$.removed[0]"),
        ("lines.0.removed.0", "quantity", "removed-unknown", "error", "$.lines[0].removed[0]"),
        ("lines.0.lineNumber", ..., "line-not-named", "error", "$.lines[0]"),
        ("lines.1.item", ..., "added-line-incomplete", "error", "$.lines[1]"),
        ("lines.1.item.gtin", "00085234500107", "gtin-check-digit", "error", "$.lines[1].item.gtin"),
        ("lines.0.action", "priceChange", "change-not-said", "error", "$.lines[0]"),
        ("lines.0.action", "reschedule", "change-not-said", "error", "$.lines[0]"),
        ("lines.0.schedule", [{"quantity": {"value": "4"}, "date": "2026-12-01"}], "schedule-differs", "error", "$.lines[0].schedule"),
        ("totals.lineCount", 2, "line-count-differs", "error", "$.totals.lineCount"),
        ("totals.quantityHash", "66", "quantity-hash-differs", "error", "$.totals.quantityHash"),
        ("purpose", "cancellation", "cancellation-with-lines", "warning", "$.lines"),
    ],
)
def test_each_rule_of_a_change(path, value, code, severity, place) -> None:
    assert broken(CHANGE, path, value) == [(code, severity, place)]


def test_an_added_line_is_more_than_nothing_and_a_changed_one_may_be_nothing() -> None:
    assert ("quantity-not-positive", "error", "$.lines[1].quantity.value") in broken(CHANGE, "lines.1.quantity.value", "0")
    assert "quantity-not-positive" not in {code for code, _, _ in broken(CHANGE, "lines.0.quantity.value", "0")}
    assert "quantity-not-positive" in {code for code, _, _ in broken(CHANGE, "lines.0.quantity.value", "-1")}


@pytest.mark.parametrize(
    ("path", "value", "code", "severity", "place"),
    [
        ("promisedShipDate", "2026-12-05", "delivery-before-ship", "error", "$.promisedDeliveryDate"),
        ("lines.1.lineNumber", ..., "line-not-named", "error", "$.lines[1]"),
        ("lines.1.lineNumber", "1", "line-number-duplicate", "error", "$.lines[0].lineNumber"),
        ("lines.0.item", {"description": "CRACKERS"}, "item-not-identified", "error", "$.lines[0].item"),
        ("lines.0.responses", [], "line-unanswered", "warning", "$.lines[0]"),
        ("lines.0.responses.1.quantity.value", "9", "answered-more-than-ordered", "error", "$.lines[0].responses"),
        ("lines.0.responses.1.quantity.value", "-9", "quantity-negative", "error", "$.lines[0].responses[1].quantity.value"),
        ("lines.0.responses.1.date", ..., "date-missing", "warning", "$.lines[0].responses[1]"),
        ("lines.1.responses.0.item", ..., "substitute-missing", "error", "$.lines[1].responses[0]"),
        ("totals", {"lineCount": 3}, "line-count-differs", "error", "$.totals.lineCount"),
        ("totals", {"quantityHash": "47"}, "quantity-hash-differs", "error", "$.totals.quantityHash"),
    ],
)
def test_each_rule_of_an_answer(path, value, code, severity, place) -> None:
    assert (code, severity, place) in broken(ANSWER, path, value)


def test_the_answer_to_the_whole_agrees_with_those_to_the_lines() -> None:
    assert [code for code, _, _ in broken(ANSWER, "status", "rejected")] == ["answers-differ"] * 3
    rejected = at(copy.deepcopy(ANSWER), "lines.1.responses.0.status", "rejected")
    assert found(rejected) == []
    assert found(rejected | {"status": "accepted"}) == [("answers-differ", "warning", "$.lines[1].responses[0].status")]


def test_an_answer_in_another_unit_decides_nothing_of_the_sum() -> None:
    assert broken(ANSWER, "lines.0.responses.1.quantity", {"value": "96", "unit": "EA"}) == []


@pytest.mark.parametrize(
    ("path", "value", "code", "severity", "place"),
    [
        ("errors", [], "reason-missing", "warning", "$.errors"),
        ("disposition", "accept", "accepted-with-errors", "warning", "$.disposition"),
        ("further.0.disposition", "itemReject", "reason-missing", "warning", "$.further[0].errors"),
        ("errors.0.businessContext.sscc", "008523450000012016", "sscc-check-digit", "error", "$.errors[0].businessContext.sscc"),
        ("parties", {"seller": {"id": "117", "idScheme": "gln"}}, "gln-check-digit", "error", "$.parties.seller.id"),
    ],
)
def test_each_rule_of_an_advice(path, value, code, severity, place) -> None:
    assert broken(ADVICE, path, value) == [(code, severity, place)]


def test_numbers_that_find_a_document_again() -> None:
    change, answer, advice = parse(CHANGE), parse(ANSWER), parse(ADVICE)
    assert (change.business_number, change.purchase_orders) == ("4500123987#1", ("4500123987",))
    assert parse(at(copy.deepcopy(CHANGE), "changeSequence", ...)).business_number == "4500123987"
    assert (answer.business_number, answer.purchase_orders) == ("4500123987", ("4500123987",))
    assert parse(ANSWER | {"acknowledgmentNumber": "A-1"}).business_number == "A-1"
    assert (advice.business_number, advice.purchase_orders) == ("ADV-1", ("4500123988", "4500123987"))


def test_removal_has_a_field_of_its_own_for_a_null_says_nothing() -> None:
    with pytest.raises(DocumentError, match="1 fault"):
        parse(CHANGE | {"cancelAfterDate": None})
