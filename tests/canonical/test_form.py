"""The form of a document: what is taken, what is refused and where, and that nothing is lost or invented on the way through."""

import copy
import json
from datetime import date, datetime
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from canonical.base import DocumentError, Fault, Ids, MapRef, Severity, SourceRef
from canonical.item import Quantity
from canonical.order import Order
from canonical.registry import DOCUMENTS, parse
from canonical.ship_notice import ShipNotice
from tests.canonical.support import ORDER, SHIP_NOTICE, at, order, ship_notice

NOTICE_WITH_ALL = ship_notice(
    equipment={"type": "TL", "trailerNumber": "7781", "sealNumbers": ["S448812"]},
    freightTerms={"payment": "collect", "transferPoint": "OR", "transferPointName": "HARBORLINE SAVANNAH DC"},
    notes=[{"type": "mutual", "reference": "ROUTING", "text": "PALLETS ONLY\nAPPOINTMENT REQUIRED"}],
    extensions={"northmart.division": "07", "northmart.rank": 3, "division": True},
)


def faults_of(data: object, document_type: str | None = None) -> list[tuple[str, str]]:
    with pytest.raises(DocumentError) as caught:
        parse(data, document_type)
    assert all(fault.severity is Severity.ERROR for fault in caught.value.faults)
    return [(fault.code, fault.path) for fault in caught.value.faults]


@pytest.mark.parametrize("data", [ORDER, SHIP_NOTICE, NOTICE_WITH_ALL], ids=["order", "ship notice", "ship notice with all"])
def test_what_is_said_comes_out_as_it_went_in(data) -> None:
    document = parse(data)
    assert document.to_json() == {"schemaVersion": "1.0"} | data
    assert parse(document.to_json()) == document
    assert parse(json.loads(json.dumps(document.to_json()))) == document


def test_order_of_fields_does_not_depend_on_the_sender() -> None:
    turned = dict(reversed(list(ORDER.items())))
    assert list(parse(turned).to_json()) == list(parse(ORDER).to_json())


def test_values_are_python_values_with_snake_case_names() -> None:
    document = Order.model_validate(ORDER)
    assert document.order_date == date(2026, 11, 18)
    assert document.lines[0].unit_price == Decimal("31.20")
    assert document.lines[1].destinations[1].quantity == Quantity(value=Decimal(12), unit="XCS")
    notice = ShipNotice.model_validate(SHIP_NOTICE)
    assert notice.created_at == datetime.fromisoformat("2026-12-02T15:05:00-06:00")
    assert [pack.sscc for pack in notice.orders[0].all_packs()] == ["008523450000012015", "008523450000012022"]


def test_documents_are_frozen() -> None:
    document = parse(ORDER)
    with pytest.raises(ValidationError, match="frozen"):
        document.supersedes = "x"
    changed = document.replaced(ids=Ids(order_id="ord_" + "0" * 32))
    assert (document.ids.order_id, changed.ids.order_id) == (None, "ord_" + "0" * 32)
    assert changed.replaced(ids=Ids()) == document


def test_the_address_may_say_which_document_it_is() -> None:
    data = copy.deepcopy(ORDER)
    del data["documentType"]
    assert isinstance(parse(data, "Order"), Order)
    assert faults_of(data) == [("unknown-document", "$.documentType")]
    assert faults_of(ORDER, "ShipNotice") == [("unknown-document", "$.documentType")]
    assert faults_of(order(documentType="Letter")) == [("unknown-document", "$.documentType")]
    assert faults_of(order(documentType=["Order"])) == [("unknown-document", "$.documentType")]


@pytest.mark.parametrize("data", [None, [], "Order", 3, [ORDER]])
def test_what_is_no_object_is_no_document(data) -> None:
    assert faults_of(data) == [("object-expected", "$")]


@pytest.mark.parametrize(
    ("path", "value", "code", "place"),
    [
        ("purchaseOrderNumber", ..., "required", "$.purchaseOrderNumber"),
        ("purchaseOrderNumber", "", "string-pattern-mismatch", "$.purchaseOrderNumber"),
        ("purchaseOrderNumber", "   ", "string-pattern-mismatch", "$.purchaseOrderNumber"),
        ("purchaseOrderNumber", "4500\n", "string-pattern-mismatch", "$.purchaseOrderNumber"),
        ("purchaseOrderNumber", "4" * 36, "string-too-long", "$.purchaseOrderNumber"),
        ("purchaseOrderNumber", 4500123987, "string-type", "$.purchaseOrderNumber"),
        ("purchaseOrderNumber", None, "null", "$.purchaseOrderNumber"),
        ("releaseNumber", None, "null", "$.releaseNumber"),
        ("orderdate", "2026-11-18", "unknown-field", "$.orderdate"),
        ("order_type", "new", "unknown-field", "$.order_type"),
        ("bad key\n", 1, "unknown-field", '$["bad key\\n"]'),
        ("purpose", "orginal", "unknown-code", "$.purpose"),
        ("orderType", "standalone", "unknown-code", "$.orderType"),
        ("orderDate", "2026-02-30", "date-form", "$.orderDate"),
        ("orderDate", "18.11.2026", "date-form", "$.orderDate"),
        ("orderDate", 20261118, "date-form", "$.orderDate"),
        ("orderDate", "2026-11-18T09:15:00", "time-form", "$.orderDate"),
        ("orderDate", "2026-11-18T25:15:00Z", "time-form", "$.orderDate"),
        ("lines", [], "too-short", "$.lines"),
        ("lines", {}, "list-expected", "$.lines"),
        ("lines.0", "x", "object-expected", "$.lines[0]"),
        ("lines.0.quantity", "48", "object-expected", "$.lines[0].quantity"),
        ("lines.0.quantity.value", 48.0, "decimal-type", "$.lines[0].quantity.value"),
        ("lines.0.quantity.value", True, "decimal-type", "$.lines[0].quantity.value"),
        ("lines.0.quantity.value", "4e1", "decimal-form", "$.lines[0].quantity.value"),
        ("lines.0.quantity.value", " 48", "decimal-form", "$.lines[0].quantity.value"),
        ("lines.0.quantity.value", "٤٨", "decimal-form", "$.lines[0].quantity.value"),
        ("lines.0.quantity.value", "NaN", "decimal-form", "$.lines[0].quantity.value"),
        ("lines.0.quantity.value", "1.123456789", "decimal-form", "$.lines[0].quantity.value"),
        ("lines.0.quantity.value", "1" * 20 + ".12345", "decimal-digits", "$.lines[0].quantity.value"),
        ("lines.0.quantity.value", 10**24, "decimal-digits", "$.lines[0].quantity.value"),
        ("lines.0.quantity.unit", "xcs", "string-pattern-mismatch", "$.lines[0].quantity.unit"),
        ("lines.0.item.gtin", "085234500106", "string-pattern-mismatch", "$.lines[0].item.gtin"),
        ("lines.0.item", ..., "required", "$.lines[0].item"),
        ("parties.shipTo.address.country", "USA", "string-pattern-mismatch", "$.parties.shipTo.address.country"),
        ("parties.shipTo.idScheme", "GLN", "unknown-code", "$.parties.shipTo.idScheme"),
        ("totals.lineCount", "2", "int-type", "$.totals.lineCount"),
        ("totals.lineCount", 2.5, "int-type", "$.totals.lineCount"),
        ("schemaVersion", "2.0", "string-pattern-mismatch", "$.schemaVersion"),
        ("extensions", {"northmart.division": {"a": 1}}, "scalar", '$.extensions["northmart.division"]'),
        ("extensions", {"northmart.division": 0.5}, "scalar", '$.extensions["northmart.division"]'),
    ],
)
def test_a_fault_of_form_says_what_and_where(path, value, code, place) -> None:
    assert faults_of(at(order(), path, value)) == [(code, place)]


def test_a_word_that_is_unknown_is_told_with_those_that_are_known() -> None:
    with pytest.raises(DocumentError) as caught:
        parse(at(order(), "purpose", "orginal"))
    [fault] = caught.value.faults
    assert "original" in fault.message
    assert "orginal" not in fault.message


@pytest.mark.parametrize("sscc", ["00852345000001201", "0008523450000012015", "00852345000001201X", 8523450000012015])
def test_an_sscc_has_eighteen_digits(sscc) -> None:
    [(code, place)] = faults_of(at(ship_notice(), "orders.0.packs.0.sscc", sscc))
    assert (code.split("-")[0], place) == ("string", "$.orders[0].packs[0].sscc")


def test_a_wrong_check_digit_can_be_held() -> None:
    """It is a rule, not a form: what cannot be stored cannot be shown to the person who must mend it."""
    wrong = at(ship_notice(), "orders.0.packs.0.sscc", "008523450000012016")
    assert parse(wrong).to_json()["orders"][0]["packs"][0]["sscc"] == "008523450000012016"


def test_all_faults_are_reported_and_none_shows_the_value_in_its_message() -> None:
    data = at(at(order(purpose="secret-one"), "lines.0.quantity.value", 1.5), "lines.1.item.gtin", "secret-two")
    with pytest.raises(DocumentError) as caught:
        parse(data)
    assert [fault.path for fault in caught.value.faults] == ["$.purpose", "$.lines[0].quantity.value", "$.lines[1].item.gtin"]
    assert [fault.value for fault in caught.value.faults] == ["secret-one", "1.5", "secret-two"]
    assert not [fault for fault in caught.value.faults if "secret" in fault.message or "secret" in repr(fault)]
    assert "secret" not in str(caught.value)


def test_faults_are_capped() -> None:
    data = order(lines=[{"lineNumber": str(number)} for number in range(1000)])
    assert len(faults_of(data)) == 100
    assert len(faults_of(order(lines=[None] * 1000))) == 100


def test_hostile_nesting_is_a_fault() -> None:
    data = order()
    for _ in range(500):
        data = order(lines=[data["lines"][0] | {"subLines": data["lines"]}])
    [(code, _)] = faults_of(data)
    assert code == "too-deep"


def test_open_words_take_codes_that_have_no_word_yet() -> None:
    for code in ("rush", "x12:QK", "edifact:ACW", "other:7"):
        assert parse(order(orderType=code)).to_json()["orderType"] == code
    for wrong in ("x12:", "QK", "X12:QK", "x12: "):
        assert faults_of(order(orderType=wrong)) == [("unknown-code", "$.orderType")]


@given(st.decimals(min_value=-(10**15), max_value=10**15, places=8, allow_nan=False))
@settings(max_examples=100)
def test_decimals_keep_every_digit_and_have_no_exponent(value) -> None:
    text = format(value, "f")
    out = parse(at(order(), "lines.0.unitPrice", text)).to_json()["lines"][0]["unitPrice"]
    assert out == text
    assert "E" not in Quantity(value=value.normalize()).to_json()["value"]
    assert Decimal(Quantity(value=value.normalize()).to_json()["value"]) == value


def test_whole_numbers_may_be_json_numbers() -> None:
    assert parse(at(order(), "lines.0.quantity.value", 48)).to_json()["lines"][0]["quantity"]["value"] == "48"


def test_times_keep_their_zone() -> None:
    for text in ("2026-12-02T15:05:00-06:00", "2026-12-02T21:05:00Z", "2026-12-02T21:05:00.120000+05:30"):
        assert parse(ship_notice(createdAt=text)).to_json()["createdAt"] == text


def test_the_base_block_goes_through() -> None:
    source = SourceRef(syntax="x12", standard_version="004010VICS", document_code="850", interchange_control="000004711", set_index=1)
    map_ref = MapRef(id="x12/004010/850", version=3, hash="abc", chain=("x12/004010/850@3",))
    warning = Fault(code="amount-differs", severity=Severity.WARNING, path="$.totals.amount", message="Differs.", value="1")
    document = parse(ORDER).replaced(source_ref=source, map=map_ref, ids=Ids(order_id="ord_" + "a" * 32), warnings=(warning,))
    out = document.to_json()
    assert out["sourceRef"] == {
        "syntax": "x12",
        "standardVersion": "004010VICS",
        "documentCode": "850",
        "interchangeControl": "000004711",
        "setIndex": 1,
    }
    assert out["map"]["chain"] == ["x12/004010/850@3"]
    assert out["warnings"][0]["severity"] == "warning"
    assert parse(out) == document
    assert (source.release, source.industry) == ("004010", "VICS")
    assert (SourceRef(syntax="edifact", standard_version="D96AEAN008").release) == "D96A"
    assert SourceRef(syntax="json").release == ""


def test_business_keys() -> None:
    assert (parse(ORDER).business_number, parse(ORDER).purchase_orders) == ("4500123987", ("4500123987",))
    assert parse(order(releaseNumber="7")).business_number == "4500123987/7"
    notice = parse(ship_notice(orders=SHIP_NOTICE["orders"] + [{"purchaseOrderNumber": "2"}, {"purchaseOrderNumber": "4500123987"}]))
    assert (notice.business_number, notice.purchase_orders) == ("SHP-0098213", ("4500123987", "2"))


def test_every_field_is_described() -> None:
    """The published schemas are the reference that hub developers read."""
    seen: set[type] = set()

    def walk(model) -> None:
        if model in seen:
            return
        seen.add(model)
        for name, field in model.model_fields.items():
            assert (field.description or "").endswith("."), f"{model.__name__}.{name}"
            for inner in _models(field.annotation):
                walk(inner)

    for document in DOCUMENTS.values():
        walk(document)
    assert len(seen) > 25


def _models(annotation) -> list[type]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models(argument)]
