"""The rules of stock and of warehouse documents: each fault is found where it is, and a good document has none."""

import pytest

from canonical.base import Severity
from canonical.registry import parse
from canonical.rules import check

ITEM = {"gtin": "00085234500106"}
PARTIES = {"warehouse": {"name": "Shoreline 3PL"}, "depositor": {"name": "Harborline"}, "shipTo": {"name": "Northmart DC 0117"}}


def of(value, unit="XCS"):
    return {"value": str(value), "unit": unit}


def found(document):
    """Code, path and severity's first letter of every fault."""
    return [(fault.code, fault.path, fault.severity.value[0]) for fault in check(parse(document))]


class TestWarehouseOrder:
    def order(self, *lines, **more):
        head = {"documentType": "WarehouseOrder", "purpose": "original", "warehouseOrderNumber": "W1", "parties": PARTIES}
        return head | {"lines": list(lines) or [self.line()]} | more

    def line(self, **more):
        return {"lineNumber": "1", "item": ITEM, "quantity": of(4)} | more

    def test_a_good_one(self):
        assert found(self.order(totals={"units": "4"})) == []

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"parties": {}}, ("ship-to-missing", "$.parties.shipTo", "e")),
            ({"totals": {"units": "5"}}, ("units-differ", "$.totals.units", "e")),
            ({"shipWindow": {"start": "2026-11-21", "end": "2026-11-20"}}, ("window-reversed", "$.shipWindow", "e")),
            ({"lines": []}, ("lines-missing", "$.lines", "e")),
        ],
    )
    def test_the_head(self, change, fault):
        document = self.order() | change
        if not document["lines"]:
            del document["lines"]
        assert found(document) == [fault]

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"quantity": of(0)}, ("quantity-not-positive", "$.lines[0].quantity.value", "e")),
            ({"item": {"description": "beans"}}, ("item-not-identified", "$.lines[0].item", "e")),
            ({"labelSsccs": ["000852345000000129"]}, ("sscc-check-digit", "$.lines[0].labelSsccs[0]", "e")),
            ({"destinations": [{"locationId": "17", "quantity": of(3)}]}, ("destinations-differs", "$.lines[0].destinations", "e")),
        ],
    )
    def test_a_line(self, change, fault):
        assert found(self.order(self.line(**change))) == [fault]

    def test_a_cancellation_needs_neither_lines_nor_a_place(self):
        document = self.order(purpose="cancellation", parties={})
        del document["lines"]
        assert found(document) == []

    def test_weights_of_the_lines_make_the_whole(self):
        line = self.line(weight=of(40, "LBR"))
        assert found(self.order(line, totals={"weight": of(41, "LBR")})) == [("weight-differs", "$.totals.weight.value", "w")]
        assert found(self.order(line, totals={"weight": of(41, "KGM")})) == []


class TestConfirmation:
    def confirmation(self, *lines, **more):
        head = {"documentType": "WarehouseShipmentConfirmation", "reportingCode": "full", "warehouseOrderNumber": "W1"}
        return head | {"shipDate": "2026-11-20", "parties": PARTIES} | ({"lines": list(lines)} if lines else {}) | more

    def line(self, status="complete", ordered=4, shipped=4, **more):
        return {"item": ITEM, "status": status, "quantityOrdered": of(ordered), "quantityShipped": of(shipped)} | more

    def test_a_good_one(self):
        assert found(self.confirmation(self.line(quantityDifference=of(0)), totals={"units": "4"})) == []

    def test_the_difference_is_what_was_ordered_less_what_was_shipped(self):
        short = self.line("partial", 4, 3, quantityDifference=of(1), differenceReason="outOfStock")
        assert found(self.confirmation(short)) == []
        wrong = self.line("partial", 4, 3, quantityDifference=of(-1), differenceReason="outOfStock")
        assert found(self.confirmation(wrong)) == [("difference-differs", "$.lines[0].quantityDifference.value", "e")]
        more = self.line("completeWithExtra", 4, 5, quantityDifference=of(-1))
        assert found(self.confirmation(more)) == []

    def test_other_units_decide_nothing(self):
        line = self.line("complete", 4, 3) | {"quantityOrdered": of(48, "EA"), "quantityDifference": of(0)}
        assert found(self.confirmation(line)) == []

    def test_a_status_that_the_quantities_deny(self):
        assert found(self.confirmation(self.line("complete", 4, 3))) == [
            ("status-differs", "$.lines[0].status", "w"),
            ("reason-missing", "$.lines[0].differenceReason", "w"),
        ]
        assert found(self.confirmation(self.line("complete", 4, 0)))[0] == (
            "quantity-not-positive",
            "$.lines[0].quantityShipped.value",
            "e",
        )

    def test_nothing_shipped_needs_a_status_that_says_so(self):
        line = self.line("backordered")
        del line["quantityShipped"]
        assert found(self.confirmation(line)) == []
        assert found(self.confirmation(line | {"status": "complete"})) == [("quantity-missing", "$.lines[0].quantityShipped", "e")]

    def test_packs(self):
        packs = [{"sscc": "000852345000000120", "palletSscc": "000852345000000129"}]
        assert found(self.confirmation(self.line(packs=packs))) == [("sscc-check-digit", "$.lines[0].packs[0].palletSscc", "e")]

    def test_no_lines_only_without_exceptions(self):
        assert found(self.confirmation()) == [("lines-missing", "$.lines", "e")]
        assert found(self.confirmation(reportingCode="noExceptions")) == []

    def test_the_sum(self):
        assert found(self.confirmation(self.line(), self.line(), totals={"units": "7"})) == [("units-differ", "$.totals.units", "e")]

    def test_one_order_may_take_several_shipments(self):
        confirmation = parse(self.confirmation(self.line(), shipmentNumber="S7"))
        assert (confirmation.business_number, confirmation.ordering_number) == ("W1/S7", "W1")


class TestTransfer:
    def test_a_notice(self):
        head = {"documentType": "StockTransferNotice", "reportingCode": "full", "transferNumber": "T1", "parties": PARTIES}
        line = {"item": ITEM, "quantity": of(4)}
        assert found(head | {"lines": [line], "totals": {"units": "4"}}) == []
        assert found(head | {"lines": [line | {"quantity": of(-1)}], "totals": {"units": "4"}}) == [
            ("quantity-not-positive", "$.lines[0].quantity.value", "e"),
            ("units-differ", "$.totals.units", "e"),
        ]

    def receipt(self, *exceptions, **more):
        head = {"documentType": "StockTransferReceipt", "reportingCode": "full", "receiptNumber": "R1", "receiptDate": "2026-11-20"}
        line = {"item": ITEM, "quantityReceived": of(10)} | ({"exceptions": list(exceptions)} if exceptions else {})
        return head | {"transferNumber": "T1", "parties": PARTIES, "lines": [line]} | more

    def test_a_receipt(self):
        damaged = {"quantity": of(2), "condition": "damaged"}
        assert found(self.receipt(damaged, totals={"received": "10", "damaged": "2"})) == []
        assert found(self.receipt(damaged, totals={"received": "9", "damaged": "1"})) == [
            ("units-differ", "$.totals.received", "e"),
            ("damaged-differs", "$.totals.damaged", "w"),
        ]

    def test_more_in_question_than_came(self):
        assert found(self.receipt({"quantity": of(12), "condition": "onHold"})) == [
            ("exceptions-over-received", "$.lines[0].exceptions", "w")
        ]
        assert found(self.receipt({"quantity": of(12), "condition": "short"})) == []

    def test_a_receipt_of_nothing_known(self):
        document = self.receipt()
        del document["transferNumber"]
        assert found(document) == [("nothing-to-match", "$", "w")]


class TestInventoryReport:
    def report(self, *quantities, mode="snapshot", **more):
        head = {"documentType": "InventoryReport", "mode": mode, "reportNumber": "I1", "reportAt": "2026-11-20", "asOf": "2026-11-20"}
        line = {"item": ITEM, "quantities": [{"state": state, "quantity": of(value)} for state, value in quantities]}
        return head | {"parties": PARTIES, "lines": [line]} | more

    def test_states_that_make_the_stock_on_hand(self):
        parts = [("available", 70), ("allocated", 10), ("picked", 5), ("packed", 5), ("quarantined", 4), ("damaged", 3), ("onHold", 3)]
        assert found(self.report(("onHand", 100), *parts, ("availableToPromise", 70))) == []
        assert found(self.report(("onHand", 101), *parts)) == [("on-hand-differs", "$.lines[0].quantities[0].quantity.value", "w")]

    def test_without_what_is_available_the_rest_is_not_known(self):
        assert found(self.report(("onHand", 100), ("damaged", 3))) == []
        assert found(self.report(("onHand", 100), ("damaged", 101))) == [
            ("on-hand-exceeded", "$.lines[0].quantities[0].quantity.value", "w")
        ]

    def test_what_may_be_promised(self):
        assert found(self.report(("onHand", 100), ("allocated", 40), ("availableToPromise", 60))) == []
        over = ("promise-exceeds-stock", "$.lines[0].quantities[2].quantity.value", "w")
        assert found(self.report(("onHand", 100), ("allocated", 40), ("availableToPromise", 61))) == [over]
        assert found(self.report(("onHand", 100), ("allocated", 40), ("availableToPromise", 61), ("onOrder", 10))) == []

    def test_an_invariant_is_a_warning_and_an_unmapped_state_is_not(self):
        [fault] = check(parse(self.report(("x12:QH", 4))))
        assert (fault.code, fault.severity, fault.value) == ("state-unmapped", Severity.ERROR, "x12:QH")

    def test_one_state_twice(self):
        document = self.report(("onHand", 100), ("onHand", 90))
        assert found(document) == [("stock-repeated", "$.lines[0].quantities[1].state", "e")]
        document["lines"][0]["quantities"][1]["lotNumber"] = "L2"
        assert found(document) == []
        assert found(self.report(("onHand", 100), ("onHand", 90), mode="delta")) == []

    def test_several_places_are_several_stocks(self):
        document = self.report(("onHand", 100))
        document["lines"] = [document["lines"][0] | {"location": {"id": place}} for place in ("WH01", "WH02")]
        assert found(document) == []
        document["lines"][1]["location"] = {"id": "WH01"}
        assert [code for code, _, _ in found(document)] == ["stock-repeated"]

    def test_a_delta_has_signs_and_reasons_and_a_snapshot_has_none(self):
        assert found(self.report(("onHand", -4), mode="delta")) == []
        assert found(self.report(("onOrder", -4))) == [("quantity-negative", "$.lines[0].quantities[0].quantity.value", "w")]
        document = self.report(("onHand", 4))
        document["lines"][0]["quantities"][0]["reason"] = "shipment"
        assert [code for code, _, _ in found(document)] == ["reason-in-snapshot"]

    def test_times_and_places(self):
        assert found(self.report(("onHand", 4), asOf="2026-11-21")) == [("as-of-after-report", "$.asOf", "w")]
        document = self.report(("onHand", 4), purpose="cancellation")
        document["lines"][0]["location"] = {"idScheme": "gln", "id": "0614141000006"}
        assert [code for code, _, _ in found(document)] == ["purpose-unfit", "gln-check-digit"]

    def test_only_a_whole_snapshot_says_that_the_rest_is_gone(self):
        assert parse(self.report(("onHand", 4))).is_complete
        assert not parse(self.report(("onHand", 4), mode="partialSnapshot")).is_complete
        assert not parse(self.report(("onHand", 4), mode="delta")).is_complete


def test_what_tells_of_one_stock_stays_in_order():
    report = TestInventoryReport().report(("onHand", 4))
    adjustment = {"documentType": "InventoryAdjustment", "adjustmentDate": "2026-11-20", "adjustmentNumber": "A1", "parties": PARTIES}
    line = {"item": ITEM, "reason": "recall", "quantityDelta": of(-4)}
    assert parse(report).ordering_number == parse(adjustment | {"lines": [line]}).ordering_number == "stock/Shoreline 3PL"
    assert parse(adjustment | {"parties": {}, "lines": [line]}).ordering_number == "A1"


class TestAdjustment:
    def adjusted(self, reason, delta, **more):
        head = {"documentType": "InventoryAdjustment", "adjustmentDate": "2026-11-20", "adjustmentNumber": "A1", "parties": PARTIES}
        return found(head | {"lines": [{"item": ITEM, "reason": reason, "quantityDelta": of(delta)} | more]})

    def test_a_good_one(self):
        assert self.adjusted("recall", -4) == []
        assert self.adjusted("countVariance", 4) == []

    def test_a_reason_without_a_word_blocks_and_one_that_says_little_warns(self):
        assert self.adjusted("x12:TC", -4) == [("reason-unmapped", "$.lines[0].reason", "e")]
        assert self.adjusted("transfer", -4) == [
            ("movement-unmapped", "$.lines[0].fromState", "w"),
            ("movement-unmapped", "$.lines[0].toState", "w"),
        ]
        assert self.adjusted("transfer", -4, fromState="available", toState="outside") == []

    def test_states_that_the_reason_denies(self):
        assert self.adjusted("recall", -4, toState="damaged") == [("movement-differs", "$.lines[0].toState", "e")]

    def test_signs_that_the_reason_denies(self):
        assert self.adjusted("bookDecrease", 4) == [("sign-differs", "$.lines[0].quantityDelta.value", "e")]
        assert self.adjusted("recall", 0) == [("quantity-zero", "$.lines[0].quantityDelta.value", "w")]
