"""Views of a ship notice and a receipt: each is the document again on the way back, up to the order of rows."""

from json import dumps
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.gs1 import with_check_digit
from canonical.pack_views import by_pack, by_tare, from_packs, from_tares
from canonical.receipt_views import by_unit, from_units
from canonical.registry import parse
from canonical.views import contents, nest, stacked

SSCCS = tuple(with_check_digit(f"{number:017}") for number in (8523450000012, 8523450000013, 8523450000014, 8523450000015))
GTIN = "00085234500106"


def item(line: int, quantity: str = "1") -> dict[str, Any]:
    return {"lineNumber": str(line), "item": {"gtin": GTIN}, "quantityShipped": {"value": quantity, "unit": "EA"}}


def notice(*orders: dict[str, Any]) -> dict[str, Any]:
    return {"documentType": "ShipNotice", "purpose": "original", "shipmentNumber": "S1", "orders": list(orders)}


TWO_ORDERS_IN_A_CARTON = notice(
    {"purchaseOrderNumber": "A", "packs": [{"sscc": SSCCS[0], "type": "XCT", "items": [item(1), item(2)]}]},
    {
        "purchaseOrderNumber": "B",
        "orderDate": "2026-11-18",
        "packs": [{"sscc": SSCCS[0], "type": "XCT", "items": [item(7)]}, {"sscc": SSCCS[1], "items": [item(8)]}],
    },
)


def test_rows_are_flat_and_name_their_order_and_packs() -> None:
    rows = contents(
        notice({"purchaseOrderNumber": "A", "packs": [{"sscc": SSCCS[0], "packs": [{"items": [item(1)]}]}], "items": [item(2)]})
    )
    assert [(row.order["purchaseOrderNumber"], len(row.packs), row.item and row.item["lineNumber"], row.places[-1]) for row in rows] == [
        ("A", 2, "1", "$.orders[0].packs[0].packs[0].items[0]"),
        ("A", 0, "2", "$.orders[0].items[0]"),
    ]


def test_a_carton_of_two_orders_is_there_once() -> None:
    view, places = by_pack(TWO_ORDERS_IN_A_CARTON)
    assert [(pack["sscc"], [one["order"]["purchaseOrderNumber"] for one in pack["items"]]) for pack in view["packs"]] == [
        (SSCCS[0], ["A", "A", "B"]),
        (SSCCS[1], ["B"]),
    ]
    assert places["$.packs[0]"] == ("$.orders[0].packs[0]", "$.orders[1].packs[0]")
    assert places["$.packs[0].items[2]"] == ("$.orders[1].packs[0].items[0]",)
    assert "order" not in view
    assert from_packs(view).data == TWO_ORDERS_IN_A_CARTON


def test_packs_of_one_sscc_that_contradict_each_other_stay_apart() -> None:
    one = {"sscc": SSCCS[0], "type": "XCT", "items": [item(1)]}
    other = {"sscc": SSCCS[0], "type": "XPX", "items": [item(2)]}
    document = notice({"purchaseOrderNumber": "A", "packs": [one]}, {"purchaseOrderNumber": "B", "packs": [other]})
    assert len(by_pack(document).data["packs"]) == 2
    assert from_packs(by_pack(document).data).data == document


def test_what_is_said_once_of_the_order_belongs_to_every_item_that_names_no_other() -> None:
    order = {"purchaseOrderNumber": "A", "orderDate": "2026-11-18"}
    data = from_packs({"order": order, "items": [item(1), {**item(2), "order": {"purchaseOrderNumber": "B"}}]}).data
    assert data["orders"] == [order | {"items": [item(1)]}, {"purchaseOrderNumber": "B", "items": [item(2)]}]


def test_a_number_of_ours_beside_no_order_number_is_said_of_all_orders() -> None:
    view = {
        "order": {"sellerOrderNumber": "7"},
        "items": [{**item(n), "order": {"purchaseOrderNumber": name}} for n, name in enumerate("AB")],
    }
    assert [order["sellerOrderNumber"] for order in from_packs(view).data["orders"]] == ["7", "7"]


def test_an_order_of_which_nothing_left_and_an_empty_pack_are_kept() -> None:
    document = notice({"purchaseOrderNumber": "A", "packs": [{"sscc": SSCCS[0]}]})
    assert from_packs(by_pack(document).data).data == document
    assert from_packs({"order": {"purchaseOrderNumber": "A"}}).data["orders"] == [{"purchaseOrderNumber": "A"}]


def test_packs_listed_flat_stand_on_the_pallet_that_they_name() -> None:
    flat = [{"sscc": SSCCS[1], "parentSscc": SSCCS[0], "items": [item(1)]}, {"sscc": SSCCS[0]}, {"sscc": SSCCS[2], "parentSscc": SSCCS[3]}]
    document = notice({"purchaseOrderNumber": "A", "packs": flat})
    data, places = stacked(document)
    pallet = {"sscc": SSCCS[0], "packs": [{"sscc": SSCCS[1], "items": [item(1)]}]}
    assert data["orders"] == [{"purchaseOrderNumber": "A", "packs": [pallet, flat[2]]}]
    assert places["$.orders[0].packs[0].packs[0]"] == ("$.orders[0].packs[0]",)
    assert places[""] == ("$.orders[0].packs[0].parentSscc",)
    assert from_packs(by_pack(document).data).data == data
    assert stacked(data).data == data


def test_packs_that_stand_on_each_other_in_a_ring_are_left_as_they_are_but_one() -> None:
    ring = [{"sscc": SSCCS[0], "parentSscc": SSCCS[1]}, {"sscc": SSCCS[1], "parentSscc": SSCCS[0]}]
    [pack] = stacked(notice({"purchaseOrderNumber": "A", "packs": ring})).data["orders"][0]["packs"]
    assert (pack["sscc"], [inner["sscc"] for inner in pack["packs"]]) == (SSCCS[0], [SSCCS[1]])


def test_a_tower_of_packs_listed_flat_does_not_overflow() -> None:
    tower = [{"sscc": f"{number:018}", "parentSscc": f"{number + 1:018}"} for number in range(10_000)]
    rows = contents(notice({"purchaseOrderNumber": "A", "packs": tower}))
    assert max(len(row.packs) for row in rows) <= 10


def test_a_pallet_of_two_orders_holds_both() -> None:
    pallets = [{"sscc": SSCCS[0], "packs": [{"sscc": sscc, "items": [item(1)]}]} for sscc in SSCCS[1:3]]
    document = notice(
        {"purchaseOrderNumber": "A", "packs": [pallets[0]]}, {"purchaseOrderNumber": "B", "packs": [pallets[1]], "items": [item(2)]}
    )
    view, places = by_tare(document)
    assert [(pack["sscc"], [order["purchaseOrderNumber"] for order in pack["shipped"]]) for pack in view["packs"]] == [
        (SSCCS[0], ["A", "B"])
    ]
    assert [order["purchaseOrderNumber"] for order in view["shipped"]] == ["B"]
    assert places["$.packs[0].shipped[1].packs[0]"] == ("$.orders[1].packs[0].packs[0]",)
    assert unordered(from_tares(view).data) == unordered(document)


# --- at random ----------------------------------------------------------------------------------------------------------------------------

items = st.lists(st.builds(item, st.integers(1, 5), st.sampled_from(("1", "2"))), max_size=2)
heads = st.fixed_dictionaries({}, optional={"sscc": st.sampled_from(SSCCS), "type": st.sampled_from(("XCT", "XPX"))})


def packs(deep: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    inner = packs(deep - 1) if deep else st.just([])
    return st.lists(st.builds(_pack, heads, items, inner), max_size=2)


def _pack(head: dict[str, Any], goods: list[Any], inner: list[Any]) -> dict[str, Any]:
    return {**head, **({"items": goods} if goods else {}), **({"packs": inner} if inner else {})}


def _order(number: int, head: dict[str, Any], goods: list[Any], inner: list[Any]) -> dict[str, Any]:
    return {"purchaseOrderNumber": f"PO{number}", **head, **_pack({}, goods, inner)}


dated = st.fixed_dictionaries({}, optional={"orderDate": st.just("2026-11-18"), "releaseNumber": st.just("R1")})
orders = st.builds(_order, st.integers(1, 4), dated, items, packs(1))
notices = st.lists(orders, min_size=1, max_size=3, unique_by=lambda order: (order["purchaseOrderNumber"], order.get("releaseNumber"))).map(
    lambda found: notice(*found)
)


def unordered(value: Any) -> Any:
    """Lists as bags."""
    if isinstance(value, dict):
        return {key: unordered(inner) for key, inner in sorted(value.items())}
    return sorted((unordered(inner) for inner in value), key=dumps) if isinstance(value, list) else value


@given(notices, st.randoms())
def test_rows_make_the_orders_again(document: dict[str, Any], random: Random) -> None:
    rows = list(contents(document))
    assert nest(rows) == document["orders"]
    random.shuffle(rows)
    assert unordered(nest(rows)) == unordered(document["orders"])


def filled(holder: dict[str, Any]) -> dict[str, Any]:
    """Without empty orders and packs: of which order an empty pack is, packs do not say."""
    inner = [filled(pack) for pack in holder.get("packs", ())]
    kept = {**holder, "packs": inner} if inner else {key: value for key, value in holder.items() if key != "packs"}
    return kept if inner or kept.get("items") else {**kept, "items": [item(9)]}


@given(notices.map(lambda document: notice(*map(filled, document["orders"]))))
@settings(max_examples=200)
def test_by_pack_and_back_is_the_same_up_to_order(document: dict[str, Any]) -> None:
    view, places = by_pack(document)
    back, _ = from_packs(view)
    assert unordered(_joined(back)) == unordered(_joined(document))
    again, _ = from_packs(by_pack(back).data)
    assert unordered(again) == unordered(back)
    listed = [place for found in places.values() for place in found]
    assert {row.places[-1] for row in contents(document)} <= set(listed)


@given(notices.map(lambda document: notice(*map(filled, document["orders"]))))
def test_orders_within_packs_and_back_is_the_same_up_to_order(document: dict[str, Any]) -> None:
    view, places = by_tare(document)
    back, _ = from_tares(view)
    assert unordered(_joined(back)) == unordered(_joined(document))
    assert {row.places[-1] for row in contents(document)} <= {place for found in places.values() for place in found}


def _joined(document: dict[str, Any]) -> dict[str, Any]:
    """Without what packs of one SSCC say of each other: the view brings that together."""

    def bare(pack: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in pack.items() if key != "type" or "sscc" not in pack}
        return kept | ({"packs": [bare(inner) for inner in pack["packs"]]} if "packs" in pack else {})

    return {**document, "orders": [{**order, "packs": [bare(p) for p in order.get("packs", ())]} for order in document["orders"]]}


lines = st.lists(
    st.fixed_dictionaries(
        {"item": st.just({"gtin": GTIN}), "quantityReceived": st.sampled_from(("1", "2")).map(lambda n: {"value": n, "unit": "EA"})},
        optional={"ssccs": st.lists(st.sampled_from(SSCCS), min_size=1, max_size=2, unique=True)},
    ),
    min_size=1,
    max_size=5,
)


@given(lines)
def test_a_receipt_by_its_units_and_back_is_the_same(given_lines: list[dict[str, Any]]) -> None:
    receipt = {"receiptNumber": "R1", "lines": given_lines}
    assert from_units(by_unit(receipt).data).data == receipt


def test_a_unit_in_a_unit_is_told_by_its_own_sscc_or_by_the_outer_one() -> None:
    inner = {"ssccs": [SSCCS[1]], "lines": [{"lineNumber": "2"}]}
    view = {"units": [{"ssccs": [SSCCS[0]], "lines": [{"lineNumber": "1"}], "units": [inner, {"lines": [{"lineNumber": "3"}]}]}]}
    data, places = from_units(view)
    assert [(line["lineNumber"], line["ssccs"]) for line in data["lines"]] == [("1", [SSCCS[0]]), ("2", [SSCCS[1]]), ("3", [SSCCS[0]])]
    assert places["$.units[0].units[0]"] == ("$.lines[1]",)


def test_the_states_of_what_was_received() -> None:
    line = {
        "item": {"gtin": GTIN},
        "quantityReceived": {"value": "100", "unit": "EA"},
        "exceptions": [
            {"quantity": {"value": value, "unit": unit}, "condition": condition}
            for value, unit, condition in (("4", "EA", "damaged"), ("6", "EA", "short"), ("1", "EA", "scrapped"), ("1", "XCS", "onHold"))
        ],
    }
    receipt = parse(
        {
            "documentType": "Receipt",
            "purpose": "original",
            "receiptNumber": "R1",
            "receiptType": "receivingAdvice",
            "receiptDate": "2026-12-08",
            "parties": {"shipTo": {"name": "Northmart"}},
            "lines": [line],
        }
    )
    assert {state: str(value) for state, value in receipt.lines[0].inventory_states.items()} == {"onHand": "95", "damaged": "4"}
