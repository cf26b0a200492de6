"""The sense of documents: each rule has a document that breaks it alone, and good documents break none."""

import pytest

from canonical.base import Severity
from canonical.registry import parse
from canonical.rules import check
from tests.canonical.support import ORDER, SHIP_NOTICE, at, order, ship_notice

LINE = ORDER["lines"][0]
PACK = SHIP_NOTICE["orders"][0]["packs"][0]
ITEM = PACK["items"][0]


def found(data, **context) -> list[tuple[str, str, str]]:
    return [(fault.code, fault.severity, fault.path) for fault in check(parse(data), **context)]


def test_good_documents_have_no_faults() -> None:
    assert found(ORDER) == []
    assert found(SHIP_NOTICE) == []
    assert found(SHIP_NOTICE, order=parse(ORDER)) == []
    assert found(SHIP_NOTICE, order=[parse(order(purchaseOrderNumber="other")), parse(ORDER)]) == []


@pytest.mark.parametrize(
    ("path", "value", "code", "severity", "place"),
    [
        ("lines.0.item.gtin", "00085234500107", "gtin-check-digit", "error", "$.lines[0].item.gtin"),
        ("parties.shipTo.id", "0614141001171", "gln-check-digit", "error", "$.parties.shipTo.id"),
        ("parties.shipTo.id", "117", "gln-check-digit", "error", "$.parties.shipTo.id"),
        ("parties.other.0", {"qualifier": "RL", "id": "1", "idScheme": "gln"}, "gln-check-digit", "error", "$.parties.other[0].id"),
        ("lines.1.destinations.0.locationId", "0614141001003", "gln-check-digit", "error", "$.lines[1].destinations[0].locationId"),
        ("lines.0.item", {"description": "CRACKERS"}, "item-not-identified", "error", "$.lines[0].item"),
        ("lines.0.subLines", [{"quantity": {"value": "2"}, "item": {}}], "item-not-identified", "error", "$.lines[0].subLines[0].item"),
        ("currency", "USX", "currency-unknown", "error", "$.currency"),
        ("parties.shipTo.address.country", "UK", "country-unknown", "warning", "$.parties.shipTo.address.country"),
        ("parties.shipTo", ..., "ship-to-missing", "error", "$.parties.shipTo"),
        ("shipWindow", {"start": "2026-12-03", "end": "2026-11-30"}, "window-reversed", "error", "$.shipWindow"),
        ("deliveryWindow.start", "2026-12-09T08:00:00-06:00", "window-reversed", "error", "$.deliveryWindow"),
        ("cancelAfterDate", "2026-11-29", "cancelled-before-window", "warning", "$.cancelAfterDate"),
        ("lines.1.destinations.0.quantity.value", "23", "destinations-differs", "error", "$.lines[1].destinations"),
        ("lines.0.schedule", [{"quantity": {"value": "4"}, "date": "2026-12-01"}], "schedule-differs", "error", "$.lines[0].schedule"),
        ("totals.lineCount", 3, "line-count-differs", "error", "$.totals.lineCount"),
        ("totals.quantityHash", "85", "quantity-hash-differs", "error", "$.totals.quantityHash"),
        ("totals.amount", "2308", "amount-differs", "warning", "$.totals.amount"),
    ],
)
def test_each_rule_of_an_order(path, value, code, severity, place) -> None:
    assert found(at(order(), path, value)) == [(code, severity, place)]


def test_nothing_cannot_be_ordered() -> None:
    data = at(order(), "lines.0.quantity.value", "0")
    assert ("quantity-not-positive", "error", "$.lines[0].quantity.value") in found(data)


def test_line_numbers_are_unique_where_they_are_given() -> None:
    data = order(lines=[LINE, LINE], totals={"lineCount": 2})
    assert [code for code, _, _ in found(data)] == ["line-number-duplicate"] * 2
    unnumbered = {key: value for key, value in LINE.items() if key != "lineNumber"}
    assert found(order(lines=[unnumbered, unnumbered], totals={"lineCount": 2})) == []


def test_a_ship_to_is_not_needed_when_every_line_says_its_destinations() -> None:
    data = at(order(lines=[ORDER["lines"][1]], totals={"lineCount": 1}), "parties.shipTo", ...)
    assert found(data) == []


@pytest.mark.parametrize(
    "change",
    [
        {"totals": {"amount": "2307.65"}},
        {"totals": {"amount": "2282.6"}, "allowancesCharges": [{"kind": "allowance", "amount": "25.00"}]},
        {"totals": {"amount": "2332.6"}, "allowancesCharges": [{"kind": "charge", "amount": "25.00"}]},
        {"totals": {"amount": "1"}, "lines": [LINE | {"priceUnit": "EA"}]},
        {"totals": {"amount": "1"}, "lines": [{key: LINE[key] for key in ("quantity", "item")}]},
    ],
    ids=["a rounded cent", "less allowance", "plus charge", "price of another unit", "no price"],
)
def test_amounts_that_fit_or_cannot_be_judged(change) -> None:
    assert found(order(**change)) == []


def test_parts_in_another_unit_decide_nothing() -> None:
    parts = [{"quantity": {"value": "576", "unit": "EA"}, "date": "2026-12-01"}]
    assert found(at(order(), "lines.0.schedule", parts)) == []


@pytest.mark.parametrize(
    ("path", "value", "code", "severity", "place"),
    [
        ("orders.0.packs.0.sscc", "008523450000012016", "sscc-check-digit", "error", "$.orders[0].packs[0].sscc"),
        ("orders.0.packs.1.sscc", "008523450000012015", "sscc-duplicate", "error", "$.orders[0].packs[1].sscc"),
        ("orders.0.packs.1.parentSscc", "008523450000012039", "sscc-parent-unknown", "error", "$.orders[0].packs[1].parentSscc"),
        ("orders.0.packs.1.items.0.item.gtin", "00085234500251", "gtin-check-digit", "error", "$.orders[0].packs[1].items[0].item.gtin"),
        ("orders.0.packs.1.items.0.item", {"description": "X"}, "item-not-identified", "error", "$.orders[0].packs[1].items[0].item"),
        ("orders.0.packs.1.items.0.item.countryOfOrigin", "ZZ", "country-unknown", "warning", None),
        ("orders.0.markFor", {"idScheme": "gln", "id": "1"}, "gln-check-digit", "error", "$.orders[0].markFor.id"),
        ("parties.shipFrom.id", "0852345000013", "gln-check-digit", "error", "$.parties.shipFrom.id"),
        ("totals.quantityHash", "79", "quantity-hash-differs", "error", "$.totals.quantityHash"),
        ("packageCount", 3, "package-count-differs", "warning", "$.packageCount"),
    ],
)
def test_each_rule_of_a_ship_notice_by_itself(path, value, code, severity, place) -> None:
    expected = (code, severity, place or "$.orders[0].packs[1].items[0].item.countryOfOrigin")
    notice = at(ship_notice(), path, value)
    assert [fault for fault in found(notice) if fault[0] != "package-count-differs" or code == fault[0]] == [expected]


@pytest.mark.parametrize(
    ("path", "value", "code", "severity", "place"),
    [
        ("orders.0.purchaseOrderNumber", "99", "order-unknown", "error", "$.orders[0].purchaseOrderNumber"),
        ("orders.0.packs.0.items.0.lineNumber", "7", "line-unknown", "error", "$.orders[0].packs[0].items[0].lineNumber"),
        ("orders.0.packs.0.items.0.item.gtin", "00085234500335", "item-differs", "error", "$.orders[0].packs[0].items[0].item"),
        (
            "orders.0.packs.0.items.0.quantityShipped.unit",
            "EA",
            "unit-differs",
            "warning",
            "$.orders[0].packs[0].items[0].quantityShipped.unit",
        ),
        ("shippedAt", "2026-11-29T23:00:00-06:00", "ship-date-outside-window", "error", "$.shippedAt"),
        ("shippedAt", "2026-12-04", "ship-date-outside-window", "error", "$.shippedAt"),
        ("shippedAt", "2026-12-06", "ship-date-outside-window", "error", "$.shippedAt"),
        ("estimatedDeliveryDate", "2026-12-09", "delivery-late", "warning", "$.estimatedDeliveryDate"),
    ],
)
def test_each_rule_of_a_ship_notice_against_its_order(path, value, code, severity, place) -> None:
    assert found(at(ship_notice(), path, value), order=parse(ORDER)) == [(code, severity, place)]


def test_the_day_of_shipping_is_that_of_the_dock() -> None:
    """22:30 in the Central zone is the next day in UTC; the window is meant at the dock."""
    assert found(at(ship_notice(), "shippedAt", "2026-12-03T22:30:00-06:00"), order=parse(ORDER)) == []


def test_no_more_is_shipped_than_was_ordered_over_all_packs() -> None:
    more = at(ship_notice(), "orders.0.packs.1.items", [SHIP_NOTICE["orders"][0]["packs"][1]["items"][0], ITEM])
    more["totals"] = {"quantityHash": "126"}
    place = "$.orders[0].packs[1].items[1].quantityShipped.value"
    assert found(more, order=parse(ORDER)) == [("quantity-over-ordered", "error", place)]
    assert found(more) == [("quantity-over-ordered", "error", place)]


def test_a_line_may_be_named_by_its_product() -> None:
    item = {key: value for key, value in ITEM.items() if key != "lineNumber"}
    assert found(at(ship_notice(), "orders.0.packs.0.items.0", item), order=parse(ORDER)) == []
    stranger = item | {"item": {"gtin": "00085234500335"}}
    place = "$.orders[0].packs[0].items[0].item"
    assert found(at(ship_notice(), "orders.0.packs.0.items.0", stranger), order=parse(ORDER)) == [("line-unknown", "error", place)]


def test_a_substitute_is_another_product_on_purpose() -> None:
    item = ITEM | {"status": "substituted", "item": {"gtin": "00085234500335"}}
    assert found(at(ship_notice(), "orders.0.packs.0.items.0", item), order=parse(ORDER)) == []


def test_nothing_is_shipped_only_when_it_is_on_backorder() -> None:
    nothing = ITEM | {"quantityShipped": {"value": "0", "unit": "XCS"}}
    data = at(ship_notice(totals={}), "orders.0.packs.0.items.0", nothing)
    assert found(data) == [("quantity-not-positive", "error", "$.orders[0].packs[0].items[0].quantityShipped.value")]
    assert found(at(data, "orders.0.packs.0.items.0.status", "backordered")) == []


def test_one_pack_may_hold_goods_of_two_orders() -> None:
    """Uniqueness is per order; the pack is counted once."""
    second = {"purchaseOrderNumber": "2", "packs": [PACK]}
    assert found(ship_notice(orders=[*SHIP_NOTICE["orders"], second], totals={})) == []


def test_pallets_hold_cartons_by_nesting_or_by_reference() -> None:
    first, second = SHIP_NOTICE["orders"][0]["packs"]
    pallet = {"sscc": "008523450000012039", "type": "XPX"}
    nested = [{"purchaseOrderNumber": "4500123987", "packs": [pallet | {"packs": [first, second]}]}]
    flat = [{"purchaseOrderNumber": "4500123987", "packs": [pallet, *(pack | {"parentSscc": pallet["sscc"]} for pack in (first, second))]}]
    for orders in (nested, flat):
        for count in (1, 2, 3):
            assert found(ship_notice(orders=orders, packageCount=count), order=parse(ORDER)) == []
        assert [code for code, _, _ in found(ship_notice(orders=orders, packageCount=4))] == ["package-count-differs"]


def test_pallets_are_counted_whether_their_cartons_are_listed_or_not() -> None:
    first, second = SHIP_NOTICE["orders"][0]["packs"]
    orders = [{"purchaseOrderNumber": "4500123987", "packs": [{"sscc": "008523450000012039", "packs": [first]}, second]}]
    assert found(ship_notice(orders=orders, packageCount=2), order=parse(ORDER)) == []


def test_a_ship_notice_says_where_the_goods_go() -> None:
    data = ship_notice(parties={"shipFrom": SHIP_NOTICE["parties"]["shipFrom"]})
    assert found(data) == [("ship-to-missing", "error", "$.parties.shipTo")]


def test_what_is_empty_is_said() -> None:
    empty = {"purchaseOrderNumber": "4500123987", "packs": [{"sscc": "008523450000012015"}]}
    assert [(code, path) for code, _, path in found(ship_notice(orders=[empty], totals={}, packageCount=1))] == [
        ("pack-empty", "$.orders[0].packs[0]"),
        ("order-empty", "$.orders[0]"),
    ]


def test_goods_without_packs_are_checked_too() -> None:
    loose = {"purchaseOrderNumber": "4500123987", "items": [ITEM | {"lineNumber": "7"}]}
    data = ship_notice(orders=[loose], structure="SOI", totals={"quantityHash": "48"})
    assert found(data, order=parse(ORDER)) == [("line-unknown", "error", "$.orders[0].items[0].lineNumber")]


def test_messages_are_fixed_words() -> None:
    wrong = at(at(order(), "lines.0.item.gtin", "00085234500107"), "currency", "QQQ")
    for fault in check(parse(wrong)):
        assert fault.value
        assert fault.value not in fault.message
        assert fault.severity is Severity.ERROR
