"""The sense of tenders, their answers, statuses and freight bills: the samples break no rule, and each rule has a document that breaks it."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from canonical.registry import parse
from canonical.rules import check
from tests.canonical.support import at

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "standard" / "x12"
TENDER, ANSWER, STATUS, BILL = (json.loads((SAMPLES / f"{number}.json").read_text()) for number in (204, 990, 214, 210))
EVENT = STATUS["consignments"][0]["events"][0]


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    result: dict[str, Any] = at(copy.deepcopy(data), path, value)
    return result


def found(data: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(fault.code, fault.severity, fault.path) for fault in check(parse(data))]


@pytest.mark.parametrize("data", [TENDER, ANSWER, STATUS, BILL], ids=lambda data: data["documentType"])
def test_the_samples_have_no_faults(data: dict[str, Any]) -> None:
    assert found(data) == []


@pytest.mark.parametrize(
    ("data", "path", "value", "code", "severity", "place"),
    [
        (TENDER, "carrier.id", "N1", "scac-form", "error", "$.carrier.id"),
        (TENDER, "currency", "USX", "currency-unknown", "error", "$.currency"),
        (TENDER, "parties.shipper.id", "0614141000006", "gln-check-digit", "error", "$.parties.shipper.id"),
        (TENDER, "stops.1.location.id", "0614141002314", "gln-check-digit", "error", "$.stops[1].location.id"),
        (TENDER, "stops.2.sequence", 2, "stop-sequence-duplicate", "error", "$.stops[2].sequence"),
        (TENDER, "stops.1.sequence", 9, "stop-sequence-order", "error", "$.stops[2].sequence"),
        (TENDER, "stops.0.window.end", "2026-12-03T06:59:00-06:00", "window-reversed", "error", "$.stops[0].window"),
        (TENDER, "stops.0.quantity.value", "-1", "quantity-negative", "error", "$.stops[0].quantity.value"),
        (TENDER, "stops.1.orders.0.weight.value", "12251", "weight-differs", "warning", "$.stops[1].weight.value"),
        (TENDER, "stops.2.weight.value", "26001", "load-not-unloaded", "warning", "$.stops"),
        (TENDER, "totals.weight.value", "38000", "weight-differs", "warning", "$.totals.weight.value"),
        (TENDER, "respondBy", "2026-12-04", "answer-after-pickup", "warning", "$.respondBy"),
        (ANSWER, "carrier.id", "nmtl", "scac-form", "error", "$.carrier.id"),
        (ANSWER, "stops.1.sequence", 1, "stop-sequence-duplicate", "error", "$.stops[1].sequence"),
        (STATUS, "carrier.id", "NMTLX", "scac-form", "error", "$.carrier.id"),
        (STATUS, "consignments.0.events.0.status", "x12:K1", "status-unmapped", "warning", "$.consignments[0].events[0].status"),
        (STATUS, "consignments.0.events.0", EVENT | {"status": ...}, "status-missing", "error", "$.consignments[0].events[0].status"),
        (STATUS, "consignments.0.events.0.occurredAt", ..., "time-missing", "warning", "$.consignments[0].events[0].occurredAt"),
        (STATUS, "consignments.1.sscc.0", "006141410000000013", "sscc-check-digit", "error", "$.consignments[1].sscc[0]"),
        (BILL, "currency", "USX", "currency-unknown", "error", "$.currency"),
        (BILL, "deliveryDate", "2026-12-02", "delivered-before-pickup", "error", "$.deliveryDate"),
        (BILL, "totals.charge", "1937.40", "charges-differ", "error", "$.totals.charge"),
        (BILL, "netAmountDue", "1937.60", "amount-due-differs", "warning", "$.netAmountDue"),
        (BILL, "stops.1.sequence", 1, "stop-sequence-duplicate", "error", "$.stops[1].sequence"),
    ],
)
def test_each_rule_alone(data: dict[str, Any], path: str, value: object, code: str, severity: str, place: str) -> None:
    if isinstance(value, dict):
        value = {key: inner for key, inner in value.items() if inner is not ...}
    assert found(changed(data, path, value)) == [(code, severity, place)]


def test_a_load_goes_from_somewhere_to_somewhere_else() -> None:
    first, *_, last = TENDER["stops"]
    codes = {code for code, *_ in found(TENDER | {"stops": [first]})}
    assert "stops-too-few" in codes
    assert "stops-too-few" not in {code for code, *_ in found(TENDER | {"stops": [first], "purpose": "cancellation"})}
    assert found({key: value for key, value in TENDER.items() if key not in {"stops", "totals"}}) == []  # from the shipper to the consignee
    assert ("stops-not-a-way", "warning", "$.stops") in found(TENDER | {"stops": [last | {"sequence": 1}, first | {"sequence": 2}]})


def test_an_event_tells_of_the_goods_or_of_an_appointment() -> None:
    """Note E0103 of AT7."""
    both = changed(STATUS, "consignments.0.events.0", EVENT | {"appointmentStatus": "pickupAppointment"})
    assert found(both) == [("status-and-appointment", "error", "$.consignments[0].events[0]")]


def test_a_status_says_of_which_load() -> None:
    unnamed = {key: value for key, value in STATUS.items() if key not in {"loadNumber", "carrierReference", "references"}}
    assert found(unnamed) == [("load-unknown", "error", "$.loadNumber")]


def test_a_refusal_says_why() -> None:
    mute = {key: value for key, value in ANSWER.items() if key not in {"explanation", "notes"}}
    assert found(mute) == []
    assert found(mute | {"decision": "declined"}) == [("reason-missing", "warning", "$.explanation")]


def test_a_bill_can_be_audited() -> None:
    unnamed = {key: value for key, value in BILL.items() if key not in {"loadNumber", "proNumber", "billOfLadingNumber"}}
    assert found(unnamed) == [("nothing-to-match", "error", "$")]
    credit = changed(changed(BILL, "lines.0.charges.0.amount", "-3000.00"), "totals", {"charge": "-2743.50"})
    assert found(credit | {"netAmountDue": "-2743.50"}) == [("amount-negative", "warning", "$.netAmountDue")]
    assert found(credit | {"netAmountDue": "-2743.50", "correction": "corrected"}) == []


def test_what_documents_are_about() -> None:
    assert parse(TENDER).business_number == "LD-88120"
    assert parse(TENDER).purchase_orders == ("4500123987", "4500124001")
    assert parse(ANSWER).business_number == "LD-88120"
    assert parse(ANSWER).purchase_orders == ()
    assert parse(BILL).business_number == "FB-2290771"
    assert parse(BILL).purchase_orders == ("4500123987",)
    assert parse(STATUS).purchase_orders == ("4500123987",)


def test_statuses_of_one_load_are_no_duplicates_of_each_other() -> None:
    later = changed(STATUS, "consignments.1.events.1.status", "delayed")
    numbered = STATUS | {"statusNumber": "ST-1"}
    assert len({parse(one).business_number for one in (STATUS, later, numbered)}) == 3
    assert parse(STATUS).business_number == parse(dict(STATUS)).business_number
    assert {parse(one).ordering_number for one in (STATUS, later, numbered)} == {"LD-88120"}  # but stay in order
    assert parse(TENDER).ordering_number == parse(TENDER).business_number
