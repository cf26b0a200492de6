"""The rules of a Receipt: each fault alone, at its place, and a receipt in which nothing is wrong."""

from typing import Any

import pytest

from canonical.base import Severity
from canonical.registry import parse
from canonical.rules import check

LINE: dict[str, Any] = {
    "lineNumber": "1",
    "item": {"gtin": "00085234500106"},
    "quantityReceived": {"value": "48", "unit": "XCS"},
    "quantityAccepted": {"value": "46", "unit": "XCS"},
    "exceptions": [{"quantity": {"value": "2", "unit": "XCS"}, "condition": "damaged"}],
    "ssccs": ["008523450000121182"],
}
RECEIPT: dict[str, Any] = {
    "documentType": "Receipt",
    "purpose": "original",
    "receiptType": "receivingAdvice",
    "receiptNumber": "RCV-1",
    "receiptDate": "2026-12-04",
    "receivedAt": "2026-12-04T19:15:00Z",
    "purchaseOrderNumber": "4500200001",
    "parties": {"shipTo": {"idScheme": "gln", "id": "0614141001170"}},
    "lines": [LINE],
    "totals": {"lineCount": 1, "quantityHash": "48"},
}


def faults(**changes: Any) -> list[tuple[str, str, Severity]]:
    data = {key: value for key, value in (RECEIPT | changes).items() if value is not None}
    return [(fault.code, fault.path, fault.severity) for fault in check(parse(data))]


def of_line(**changes: Any) -> list[tuple[str, str, Severity]]:
    return faults(lines=[{key: value for key, value in (LINE | changes).items() if value is not None}], totals=None)


def test_a_receipt_in_which_nothing_is_wrong() -> None:
    assert faults() == []
    assert parse(RECEIPT).purchase_orders == ("4500200001",)


@pytest.mark.parametrize(
    ("changes", "code", "path", "severity"),
    [
        ({"receivedAt": "2026-12-05"}, "received-after-advice", "$.receivedAt", "warning"),
        ({"purchaseOrderNumber": None}, "nothing-to-match", "$", "warning"),
        ({"totals": {"lineCount": 2}}, "line-count-differs", "$.totals.lineCount", "error"),
        ({"totals": {"quantityHash": "47"}}, "quantity-hash-differs", "$.totals.quantityHash", "error"),
        ({"parties": {"shipTo": {"idScheme": "gln", "id": "0614141001171"}}}, "gln-check-digit", "$.parties.shipTo.id", "error"),
    ],
)
def test_the_head(changes: dict[str, Any], code: str, path: str, severity: str) -> None:
    assert faults(**changes) == [(code, path, Severity(severity))]


def of(value: str, unit: str = "XCS") -> dict[str, str]:
    return {"value": value, "unit": unit}


@pytest.mark.parametrize(
    ("changes", "code", "path", "severity"),
    [
        ({"item": {"description": "CRACKERS"}}, "item-not-identified", "item", "error"),
        ({"quantityShipped": of("-1")}, "quantity-negative", "quantityShipped.value", "error"),
        ({"quantityReceived": None, "quantityAccepted": None, "exceptions": None}, "quantity-missing", "", "error"),
        ({"quantityAccepted": of("49")}, "quantity-over-received", "quantityAccepted.value", "error"),
        ({"quantityReturned": of("50")}, "quantity-over-received", "quantityReturned.value", "error"),
        ({"exceptions": [{"quantity": of("49"), "condition": "damaged"}]}, "exceptions-over-received", "exceptions", "warning"),
        ({"ssccs": ["008523450000121183"]}, "sscc-check-digit", "ssccs[0]", "error"),
    ],
)
def test_a_line(changes: dict[str, Any], code: str, path: str, severity: str) -> None:
    assert of_line(**changes) == [(code, f"$.lines[0].{path}".removesuffix("."), Severity(severity))]


@pytest.mark.parametrize(
    "changes",
    [
        {"exceptions": [{"quantity": of("60"), "condition": "short"}]},  # what did not come is no part of what came
        {"exceptions": [{"quantity": of("600", "EA"), "condition": "damaged"}]},  # another unit decides nothing
        {"quantityAccepted": of("600", "EA")},
    ],
)
def test_what_cannot_be_compared_is_no_fault(changes: dict[str, Any]) -> None:
    assert of_line(**changes) == []
