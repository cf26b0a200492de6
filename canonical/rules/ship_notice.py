"""The rules of a ShipNotice: keys, packs, and what the orders that it ships allow."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from canonical.base import Fault
from canonical.gs1 import is_valid
from canonical.order import Order, OrderLine
from canonical.rules.matching import day, differ, named
from canonical.rules.report import Path, error, item_faults, parties_faults, party_faults, warning
from canonical.ship_notice import Pack, ShipNotice, ShippedItem, ShippedOrder

__all__ = ["check_ship_notice"]


def check_ship_notice(notice: ShipNotice, orders: Sequence[Order] = ()) -> Iterator[Fault]:
    """Every fault of a ship notice; with its orders, what they allow as well."""
    yield from parties_faults(notice.parties, ("parties",))
    if notice.parties.ship_to is None:
        yield error("ship-to-missing", ("parties", "shipTo"), "Nothing says where the goods go.")
    known = {order.purchase_order_number: order for order in orders}
    for index, shipped in enumerate(notice.orders):
        path: Path = ("orders", index)
        yield from _packs(shipped, path)
        order = known.get(shipped.purchase_order_number)
        if order is not None:
            yield from _against(order, shipped, path)
            yield from _dates(order, notice)
        elif known:
            yield error(
                "order-unknown", (*path, "purchaseOrderNumber"), "No order with this number is known.", shipped.purchase_order_number
            )
        else:
            yield from _within_itself(shipped, path)
    yield from _totals(notice)


def _packs(shipped: ShippedOrder, path: Path) -> Iterator[Fault]:
    if shipped.mark_for:
        yield from party_faults(shipped.mark_for, (*path, "markFor"))
    seen: set[str] = set()
    ssccs = {pack.sscc for pack in shipped.all_packs() if pack.sscc}
    parents = {pack.parent_sscc for pack in shipped.all_packs() if pack.parent_sscc}
    for pack_path, pack in _walk(shipped.packs, (*path, "packs")):
        yield from _sscc(pack, pack_path, seen)
        if pack.parent_sscc and pack.parent_sscc not in ssccs:
            yield error("sscc-parent-unknown", (*pack_path, "parentSscc"), "No pack of this order has that SSCC.", pack.parent_sscc)
        if not pack.items and not pack.packs and pack.sscc not in parents:
            yield error("pack-empty", pack_path, "Nothing is in this pack.")
    if not any(True for _ in shipped.all_items()):
        yield error("order-empty", path, "Nothing of this order was shipped.")
    for item_path, item in _items(shipped, path):
        yield from item_faults(item.item, (*item_path, "item"))
        if item.quantity_shipped.value < 0 or (item.quantity_shipped.value == 0 and item.status != "backordered"):
            place = (*item_path, "quantityShipped", "value")
            yield error("quantity-not-positive", place, "A shipped quantity is more than nothing.", item.quantity_shipped.value)


def _sscc(pack: Pack, path: Path, seen: set[str]) -> Iterator[Fault]:
    """The retailer scans it at the dock: a wrong or doubled one costs a chargeback."""
    for name, sscc in (("sscc", pack.sscc), ("parentSscc", pack.parent_sscc)):
        if sscc and not is_valid(sscc):
            yield error("sscc-check-digit", (*path, name), "The last digit is not the check digit of this SSCC.", sscc)
    if pack.sscc and pack.sscc in seen:
        yield error("sscc-duplicate", (*path, "sscc"), "Another pack of this order has the same SSCC.", pack.sscc)
    if pack.sscc:
        seen.add(pack.sscc)


def _against(order: Order, shipped: ShippedOrder, path: Path) -> Iterator[Fault]:
    """Lines must be on the order, products those ordered, and no more of them than ordered."""
    by_number = {line.line_number: line for line in order.lines if line.line_number}
    sums: dict[int, Decimal] = defaultdict(Decimal)
    lines: dict[int, tuple[OrderLine, Path]] = {}
    for item_path, item in _items(shipped, path):
        line = by_number.get(item.line_number) if item.line_number else named(item.item, order.lines)
        if line is None:
            place = (*item_path, "lineNumber") if item.line_number else (*item_path, "item")
            yield error("line-unknown", place, "The order has no such line.", item.line_number)
            continue
        if item.status != "substituted" and differ(item.item, line.item):
            yield error("item-differs", (*item_path, "item"), "The line of the order has another product.")
        if item.quantity_shipped.unit not in {None, line.quantity.unit}:
            place = (*item_path, "quantityShipped", "unit")
            yield warning(
                "unit-differs", place, "Ordered in another unit, so the quantities were not compared.", item.quantity_shipped.unit
            )
            continue
        sums[id(line)] += item.quantity_shipped.value
        lines[id(line)] = (line, item_path)
    for key, total in sums.items():
        line, last = lines[key]
        if total > line.quantity.value:
            place = (*last, "quantityShipped", "value")
            yield error("quantity-over-ordered", place, "More of this line is shipped than was ordered.", total)


def _within_itself(shipped: ShippedOrder, path: Path) -> Iterator[Fault]:
    """Without the order, the ordered quantity that the notice repeats is all there is to compare with."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for item_path, item in _items(shipped, path):
        ordered = item.quantity_ordered
        if ordered is None or item.line_number is None or ordered.unit != item.quantity_shipped.unit:
            continue
        before = sums[item.line_number]
        sums[item.line_number] += item.quantity_shipped.value
        if before <= ordered.value < before + item.quantity_shipped.value:
            place = (*item_path, "quantityShipped", "value")
            yield error(
                "quantity-over-ordered", place, "More of this line is shipped than was ordered.", before + item.quantity_shipped.value
            )


def _dates(order: Order, notice: ShipNotice) -> Iterator[Fault]:
    """Days are compared as the shipper wrote them: the window is meant at the place where the goods leave."""
    window = order.ship_window
    if notice.shipped_at is not None:
        shipped = day(notice.shipped_at)
        early = window is not None and window.start is not None and shipped < window.start
        late = window is not None and window.end is not None and shipped > window.end
        void = order.cancel_after_date is not None and shipped > day(order.cancel_after_date)
        if early or late or void:
            yield error("ship-date-outside-window", ("shippedAt",), "The order was to be shipped on other days.", shipped)
    arrival = order.delivery_window
    if notice.estimated_delivery_date is not None and arrival is not None and arrival.end is not None:
        expected = day(notice.estimated_delivery_date)
        if expected > day(arrival.end):
            yield warning("delivery-late", ("estimatedDeliveryDate",), "The goods arrive after the window of the order.", expected)


def _totals(notice: ShipNotice) -> Iterator[Fault]:
    packs = [pack for order in notice.orders for pack in order.all_packs()]
    if notice.package_count is not None and packs and all(pack.sscc for pack in packs):
        # a pallet and its cartons: partners count either, or both
        every = {pack.sscc for pack in packs}
        parents = {pack.sscc for pack in packs if pack.packs} | {pack.parent_sscc for pack in packs if pack.parent_sscc}
        outer = {pack.sscc for order in notice.orders for pack in order.packs if not pack.parent_sscc}
        if notice.package_count not in {len(every), len(every - parents), len(every & parents), len(outer)}:
            yield warning("package-count-differs", ("packageCount",), "The notice lists another number of packs.", notice.package_count)
    if notice.totals and notice.totals.quantity_hash is not None:
        total = sum(item.quantity_shipped.value for order in notice.orders for item in order.all_items())
        if total != notice.totals.quantity_hash:
            place: Path = ("totals", "quantityHash")
            yield error("quantity-hash-differs", place, "The quantities add up to something else.", notice.totals.quantity_hash)


def _walk(packs: Iterable[Pack], path: Path) -> Iterator[tuple[Path, Pack]]:
    for index, pack in enumerate(packs):
        yield (*path, index), pack
        yield from _walk(pack.packs, (*path, index, "packs"))


def _items(shipped: ShippedOrder, path: Path) -> Iterator[tuple[Path, ShippedItem]]:
    for pack_path, pack in _walk(shipped.packs, (*path, "packs")):
        yield from (((*pack_path, "items", index), item) for index, item in enumerate(pack.items))
    yield from (((*path, "items", index), item) for index, item in enumerate(shipped.items))
