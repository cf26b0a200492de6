"""The rules of stock: what its states say of each other, and what a movement did to them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from canonical.base import Fault
from canonical.inventory_adjustment import AdjustedLine, InventoryAdjustment
from canonical.inventory_report import InventoryReport, InventoryReportLine, StockLocation, StockQuantity
from canonical.inventory_states import Axis, Place, axis_of
from canonical.item import Item
from canonical.rules.report import Path, currency_faults, error, gln_faults, item_faults, parties_faults, warning

__all__ = ["check_inventory_adjustment", "check_inventory_report"]

#: what stock on hand is made of, beside what is `available`
_PARTS: Final = ("allocated", "picked", "packed", "quarantined", "damaged", "onHold")
_WITHHELD: Final = ("allocated", "quarantined", "damaged", "onHold")
_INBOUND: Final = ("inTransit", "onOrder")
_SIGNS: Final = {"bookDecrease": -1, "bookIncrease": 1, "destroyed": -1, "shipment": -1, "receipt": 1}


class _Key(NamedTuple):
    """Whose numbers belong together."""

    item: tuple[str | None, ...]
    location: StockLocation | None
    lot: str | None
    stock_type: str | None
    unit: str | None


def check_inventory_report(report: InventoryReport) -> Iterator[Fault]:
    """Every fault of a report, line by line; then what the states of each stock say of each other."""
    yield from parties_faults(report.parties, ("parties",))
    yield from currency_faults(report.currency, ("currency",))
    if report.purpose == "cancellation":
        yield error("purpose-unfit", ("purpose",), "What stock there was cannot be cancelled; a newer report replaces it.", report.purpose)
    if _day(report.as_of) > _day(report.report_at):
        yield warning("as-of-after-report", ("asOf",), "The report tells of a time after it was written.", report.as_of)
    stocks: dict[_Key, dict[str, tuple[Decimal, Path]]] = defaultdict(dict)
    for index, line in enumerate(report.lines):
        yield from _line(line, ("lines", index))
        for number, one in enumerate(line.quantities):
            place: Path = ("lines", index, "quantities", number)
            yield from _quantity(one, place, delta=report.mode == "delta")
            stock = stocks[_key(line, one)]
            if one.state in stock and one.as_of is None and report.mode != "delta":
                what = "Another quantity of the report is for the same product, place, lot and state."
                yield error("stock-repeated", (*place, "state"), what, one.state)
            stock.setdefault(one.state, (one.quantity.value, place))
    if report.mode != "delta":
        for stock in stocks.values():
            yield from _invariants({state: value for state, (value, _) in stock.items()}, {state: at for state, (_, at) in stock.items()})


def _line(line: InventoryReportLine, path: Path) -> Iterator[Fault]:
    yield from item_faults(line.item, (*path, "item"))
    if not line.quantities:
        yield warning("quantities-missing", (*path, "quantities"), "Nothing says how much there is.")
    if line.location is not None:
        yield from gln_faults(line.location.id_scheme, line.location.id, (*path, "location", "id"))


def _quantity(one: StockQuantity, path: Path, *, delta: bool) -> Iterator[Fault]:
    if axis_of(one.state) is Axis.UNMAPPED:
        yield error("state-unmapped", (*path, "state"), "Nobody has said which state of stock this code means.", one.state)
    if one.location is not None:
        yield from gln_faults(one.location.id_scheme, one.location.id, (*path, "location", "id"))
    if one.quantity.value < 0 and not delta:
        yield warning("quantity-negative", (*path, "quantity", "value"), "There cannot be less than nothing.", one.quantity.value)
    if one.reason is not None and not delta:
        yield warning("reason-in-snapshot", (*path, "reason"), "A reason belongs to a change, and this is no delta.", one.reason)


def _invariants(stock: Mapping[str, Decimal], places: Mapping[str, Path]) -> Iterator[Fault]:
    """A snapshot replaces all states, so a state that it does not name is none; without `available` the rest is not known."""
    on_hand = stock.get("onHand")
    if on_hand is None:
        return
    parts = sum((stock.get(state, Decimal(0)) for state in _PARTS), Decimal(0))
    if "available" in stock and stock["available"] + parts != on_hand:
        yield warning(
            "on-hand-differs", (*places["onHand"], "quantity", "value"), "The states of this stock add up to something else.", on_hand
        )
    elif parts > on_hand:
        yield warning("on-hand-exceeded", (*places["onHand"], "quantity", "value"), "More is in other states than is on hand.", on_hand)
    promised = stock.get("availableToPromise")
    withheld = sum((stock.get(state, Decimal(0)) for state in _WITHHELD), Decimal(0))
    inbound = sum((stock.get(state, Decimal(0)) for state in _INBOUND), Decimal(0))
    if promised is not None and promised > on_hand - withheld + inbound:
        place = (*places["availableToPromise"], "quantity", "value")
        yield warning("promise-exceeds-stock", place, "More may be promised than is free or on its way.", promised)


def _key(line: InventoryReportLine, one: StockQuantity) -> _Key:
    return _Key(_item_key(line.item), one.location or line.location, one.lot_number or line.lot_number, one.stock_type, one.quantity.unit)


def _item_key(item: Item) -> tuple[str | None, ...]:
    return (item.gtin, item.buyer_item_id, item.seller_item_id, item.manufacturer_item_id, item.sku, item.upc_case_code)


def check_inventory_adjustment(adjustment: InventoryAdjustment) -> Iterator[Fault]:
    """Every fault of an adjustment: what is not known of a movement is told, never supplied."""
    yield from parties_faults(adjustment.parties, ("parties",))
    for index, line in enumerate(adjustment.lines):
        yield from _adjusted(line, ("lines", index))


def _adjusted(line: AdjustedLine, path: Path) -> Iterator[Fault]:
    yield from item_faults(line.item, (*path, "item"))
    delta = line.quantity_delta.value
    place = (*path, "quantityDelta", "value")
    if delta == 0:
        yield warning("quantity-zero", place, "Nothing changed.")
    if delta * _SIGNS.get(line.reason, 0) < 0:
        yield error("sign-differs", place, "The reason takes stock away and the quantity adds it, or the other way round.", delta)
    if ":" in line.reason:
        yield error("reason-unmapped", (*path, "reason"), "Nobody has said what this reason does to stock.", line.reason)
        return
    for name, given, derived in (
        ("fromState", line.from_state, line.movement.origin),
        ("toState", line.to_state, line.movement.target),
    ):
        if given == Place.UNMAPPED:
            yield warning("movement-unmapped", (*path, name), "The reason does not say which state of stock changed.", line.reason)
        elif derived not in {Place.UNMAPPED, given}:
            yield error("movement-differs", (*path, name), "The reason changes another state of stock.", given)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
