"""The sense of invoices, payments, catalogs, returns and sales: each rule has a document that breaks it alone; the samples break none."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from canonical.registry import parse
from canonical.rules import check
from tests.canonical.support import at

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "standard"


def sample(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return data


INVOICE, PAYMENT, CATALOG = sample("x12/810"), sample("x12/820"), sample("x12/832")
GOODS_BACK, SALES, PACKS = sample("x12/180"), sample("x12/852"), sample("edifact/pricat")

Found = list[tuple[str, str, str]]


def found(data: dict[str, Any]) -> Found:
    return [(fault.code, fault.severity, fault.path) for fault in check(parse(data))]


def broken(data: dict[str, Any], path: str, value: Any) -> Found:
    return found(at(copy.deepcopy(data), path, value))


@pytest.mark.parametrize("data", [INVOICE, PAYMENT, CATALOG, GOODS_BACK, SALES, PACKS], ids=lambda data: data["documentType"])
def test_good_documents_have_no_faults(data) -> None:
    assert found(data) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("currency", "USX", ("currency-unknown", "error", "$.currency")),
        ("parties.seller.id", "0852345000006", ("gln-check-digit", "error", "$.parties.seller.id")),
        ("lines.0.item.gtin", "00085234500107", ("gtin-check-digit", "error", "$.lines[0].item.gtin")),
        ("paymentTerms.0.netDueDate", "2026-12-01", ("due-before-invoice", "warning", "$.paymentTerms[0].netDueDate")),
        ("lines.0.lineAmount", "1498", ("line-amount-differs", "warning", "$.lines[0].lineAmount")),
        ("lines.0.destinations.0.quantity.value", "29", ("destinations-differs", "error", "$.lines[0].destinations")),
        (
            "lines.0.destinations.0",
            {"locationId": "0614141002208", "locationScheme": "gln", "quantity": {"value": "30", "unit": "XCS"}},
            ("gln-check-digit", "error", "$.lines[0].destinations[0].locationId"),
        ),
        ("totals.lineAmount", "2155.3", ("line-total-differs", "error", "$.totals.lineAmount")),
        ("totals.lineCount", 3, ("line-count-differs", "error", "$.totals.lineCount")),
        ("totals.discountedAmount", "2134.8", ("discount-differs", "warning", "$.totals.discountedAmount")),
        ("taxes.0.amount", "6.95", ("tax-differs", "warning", "$.taxes[0].amount")),
        ("allowancesCharges.1.amount", ..., ("amount-missing", "warning", "$.allowancesCharges[1]")),
        ("allowancesCharges.1.amount", "-85", ("amount-negative", "warning", "$.allowancesCharges[1].amount")),
        ("lines.1.allowancesCharges", [{"kind": "charge"}], ("amount-missing", "warning", "$.lines[1].allowancesCharges[0]")),
    ],
)
def test_each_rule_of_an_invoice(path: str, value: Any, fault: tuple[str, str, str]) -> None:
    assert fault in broken(INVOICE, path, value)


class TestTotalsOfAnInvoice:
    """What is due: lines, allowances and charges, taxes; a cent for each line is rounding."""

    @pytest.mark.parametrize("amount", ["2176.6", "2176.64", "2176.56"])
    def test_which_fit(self, amount: str) -> None:
        assert "amount-differs" not in {code for code, _, _ in broken(INVOICE, "totals.amountDue", amount)}

    @pytest.mark.parametrize("amount", ["2176.71", "217.66", "0"])
    def test_which_do_not(self, amount: str) -> None:
        assert ("amount-differs", "error", "$.totals.amountDue") in broken(INVOICE, "totals.amountDue", amount)

    def test_what_is_billed_back_is_not_taken_off(self) -> None:
        data = at(copy.deepcopy(INVOICE), "allowancesCharges.0.handling", "billBack")
        assert ("amount-differs", "error", "$.totals.amountDue") in found(data)
        data["totals"] |= {"amountDue": "2198.15", "discountedAmount": "2156.44"}
        assert found(data) == []

    def test_with_a_prepaid_part_the_invoice_is_what_adds_up(self) -> None:
        data = copy.deepcopy(INVOICE)
        data["totals"] |= {"invoiceAmount": "2176.6", "amountDue": "1176.6", "discountedAmount": "1134.89"}
        assert found(data) == []
        data["totals"]["invoiceAmount"] = "2177.6"
        assert found(data) == [("amount-differs", "error", "$.totals.invoiceAmount")]

    def test_a_price_for_another_unit_decides_nothing(self) -> None:
        data = at(copy.deepcopy(INVOICE), "lines.0.lineAmount", ...)
        data["lines"][0]["priceUnit"] = "EA"
        assert found(data) == []

    def test_credits_are_positive(self) -> None:
        data = copy.deepcopy(INVOICE)
        data["totals"] = {"amountDue": "-2176.6"}
        assert ("amount-negative", "warning", "$.totals.amountDue") in found(data)

    def test_an_invoice_of_nothing(self) -> None:
        data = {key: value for key, value in INVOICE.items() if key not in {"lines", "allowancesCharges", "taxes", "totals"}}
        assert found(data | {"totals": {"amountDue": "10"}}) == [("invoice-empty", "warning", "$.lines")]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("currency", "USX", ("currency-unknown", "error", "$.currency")),
        ("parties.payer.id", "0614141000006", ("gln-check-digit", "error", "$.parties.payer.id")),
        ("payment.amount", "2844.8", ("payment-differs", "error", "$.payment.amount")),
        ("payment.amount", "-1", ("amount-negative", "error", "$.payment.amount")),
        ("payment.payerAccount.bank.id", "123456781", ("routing-check-digit", "warning", "$.payment.payerAccount.bank.id")),
        ("payment.payerAccount.bank.id", "12345678", ("routing-check-digit", "warning", "$.payment.payerAccount.bank.id")),
        ("items.0.discountTaken", "41", ("paid-differs", "warning", "$.items[0].amountPaid")),
        ("items.0.section.party.id", "0614141001171", ("gln-check-digit", "error", "$.items[0].section.party.id")),
    ],
)
def test_each_rule_of_a_payment(path: str, value: Any, fault: tuple[str, str, str]) -> None:
    assert fault in broken(PAYMENT, path, value)


def test_a_number_of_another_kind_of_bank_has_no_such_check_digit() -> None:
    assert broken(PAYMENT, "payment.payerAccount.bank", {"idScheme": "swift", "id": "NMBKNL2A"}) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("currency", "USX", ("currency-unknown", "error", "$.currency")),
        ("expirationDate", "2026-12-31", ("window-reversed", "warning", "$.expirationDate")),
        ("lines.1.lineNumber", "1", ("line-number-duplicate", "error", "$.lines[1].lineNumber")),
        ("lines.0.parentLineNumber", "9", ("parent-line-unknown", "error", "$.lines[0].parentLineNumber")),
        ("lines.0.prices.0.amount", "-1", ("amount-negative", "error", "$.lines[0].prices[0].amount")),
        ("lines.0.prices.0.currency", "USX", ("currency-unknown", "error", "$.lines[0].prices[0].currency")),
        ("lines.0.prices.1.expirationDate", "2026-01-01", ("window-reversed", "warning", "$.lines[0].prices[1].expirationDate")),
        ("lines.0.packaging.0.gtin", "10085234500104", ("gtin-check-digit", "error", "$.lines[0].packaging[0].gtin")),
        ("lines.0.lifecycle.orderableTo", "2026-01-01", ("window-reversed", "warning", "$.lines[0].lifecycle.orderableTo")),
        ("lines.1.item", {"description": "CRACKERS"}, ("item-not-identified", "error", "$.lines[1].item")),
    ],
)
def test_each_rule_of_a_catalog(path: str, value: Any, fault: tuple[str, str, str]) -> None:
    assert fault in broken(CATALOG, path, value)


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("parties.buyer.id", "0614141000006", ("gln-check-digit", "error", "$.parties.buyer.id")),
        ("lines.0.quantity.value", "0", ("quantity-not-positive", "error", "$.lines[0].quantity.value")),
        ("lines.1.quantityAuthorized.value", "3", ("quantity-over-request", "warning", "$.lines[1].quantityAuthorized.value")),
        ("lines.0.decision.disposition", "authorized", ("rma-missing", "warning", "$.lines[0].decision")),
        ("decision.responseReason", "tooLate", ("reason-doubled", "error", "$.decision")),
        ("returnByDate", "2026-12-06", ("window-reversed", "warning", "$.returnByDate")),
    ],
)
def test_each_rule_of_a_return(path: str, value: Any, fault: tuple[str, str, str]) -> None:
    assert broken(GOODS_BACK, path, value) == [fault]


def test_a_number_for_all_is_enough() -> None:
    data = at(copy.deepcopy(GOODS_BACK), "lines.0.decision.disposition", "authorized")
    assert found(data | {"rmaNumber": "RMA-1"}) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("period.end", "2026-11-28", ("window-reversed", "error", "$.period")),
        ("parties.buyer.id", "0614141000006", ("gln-check-digit", "error", "$.parties.buyer.id")),
        ("lines.0.prices.0.amount", "-1", ("amount-negative", "error", "$.lines[0].prices[0].amount")),
        ("lines.0.activities.1.quantity", ..., ("quantity-missing", "error", "$.lines[0].activities[1]")),
        ("lines.0.activities.0.quantity", {"value": "116", "unit": "EA"}, ("destinations-differ", "warning", "$.lines[0].activities[0].destinations")),
        ("lines.0.activities.0.destinations.0.locationId", "0614141002208", ("gln-check-digit", "error", "$.lines[0].activities[0].destinations[0].locationId")),
        ("lines.0.location", {"id": "0614141002208", "idScheme": "gln"}, ("gln-check-digit", "error", "$.lines[0].location.id")),
    ],
)  # fmt: skip
def test_each_rule_of_a_sales_report(path: str, value: Any, fault: tuple[str, str, str]) -> None:
    assert broken(SALES, path, value) == [fault]


def test_figures_as_rows_are_the_same_by_items_and_by_places() -> None:
    """What an 852 says of stores in SDQ, a SLSRPT says of places: as rows it is one thing."""
    by_items = parse(sample("x12/852"))
    by_places = parse(sample("edifact/slsrpt"))

    def sold(report: Any) -> set[tuple[str | None, str | None, str]]:
        rows = (row for row in report.rows() if row.activity == "sold" and row.location_id)
        return {(row.location_id, row.item.gtin, str(row.quantity.value)) for row in rows}

    assert sold(by_items) == {("0614141002207", "00085234500106", "64"), ("0614141002214", "00085234500106", "51")}
    assert sold(by_items) < sold(by_places)


@pytest.mark.parametrize(
    ("data", "number", "orders"),
    [
        (INVOICE, "HB-INV-70031", ("4500123987",)),
        (sample("edifact/invoic"), "HB-INV-70031", ("4500123987",)),
        (PAYMENT, "NM-PAY-550812", ("4500123987", "4500123990")),
        (CATALOG, "HB-2027-SPRING/3", ()),
        (GOODS_BACK, "NM-RET-4471", ("4500123987",)),
        (SALES, "WK-2026-49", ()),
    ],
)
def test_what_a_document_goes_by(data: dict[str, Any], number: str, orders: tuple[str, ...]) -> None:
    document = parse(data)
    assert (document.business_number, document.purchase_orders) == (number, orders)
