"""What leaves against what is known around it: the order that it answers, what the warehouse confirmed, what left before."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from canonical.base import Fault
from canonical.invoice import Invoice, InvoiceLine
from canonical.order import Order, OrderLine
from canonical.order_acknowledgment import AcknowledgedLine, OrderAcknowledgment
from canonical.rules.around import Around
from canonical.rules.goods import Goods
from canonical.rules.matching import day, differ, line_of, named
from canonical.rules.report import Path, error, warning
from canonical.ship_notice import Pack, ShipNotice, ShippedItem, ShippedOrder

__all__ = ["acknowledgment_against", "invoice_against", "notice_against"]

_CENT: Final = Decimal("0.01")
_CREDITS: Final = frozenset({"creditNote"})
_NOT_ALL: Final = frozenset({"noExceptions", "exceptionsOnly"})  #: confirmations that do not list what went as ordered
_TOLD_AS_IS: Final = frozenset({"accepted", "acceptedWithDetail"})


def notice_against(notice: ShipNotice, around: Around) -> Iterator[Fault]:
    """Labels that were used before, and quantities that the warehouse did not confirm."""
    if notice.purpose == "cancellation":
        return
    told: set[str] = set()
    for index, shipped in enumerate(notice.orders):
        for path, pack in _packs(shipped.packs, ("orders", index, "packs")):
            earlier = around.ssccs.get(pack.sscc or "")
            if pack.sscc and earlier not in {None, notice.shipment_number} and pack.sscc not in told:
                told.add(pack.sscc)
                yield error("sscc-reused", (*path, "sscc"), "An earlier shipment had a pack with this SSCC.", pack.sscc)
        yield from _confirmed(notice, shipped, around, ("orders", index))


def _confirmed(notice: ShipNotice, shipped: ShippedOrder, around: Around, path: Path) -> Iterator[Fault]:
    """Compared where both count in the same unit: of this shipment when the warehouse numbers it alike, else of the order as a whole."""
    confirmations = [one for one in around.confirmations if shipped.purchase_order_number in one.purchase_orders]
    if any(one.reporting_code in _NOT_ALL for one in confirmations):
        return
    alike = [one for one in confirmations if one.shipment_number == notice.shipment_number]
    before = [] if alike else [one for one in around.notices if one.shipment_number != notice.shipment_number]
    lines = [line for one in (alike or confirmations) for line in one.lines if line.item is not None and line.quantity_shipped is not None]
    if not lines:
        return
    goods = Goods()
    for line in lines:
        assert line.item is not None
        assert line.quantity_shipped is not None
        goods.count("confirmed", line.item, line.quantity_shipped)
    for one in before:
        for order in one.orders:
            if order.purchase_order_number == shipped.purchase_order_number:
                for item in order.all_items():
                    goods.count("shipped", item.item, item.quantity_shipped)
    places: dict[int, Path] = {}
    for item_path, item in _items(shipped, path):
        number = goods.count("shipped", item.item, item.quantity_shipped)
        if number is not None:
            places[number] = item_path
    for number, item_path in places.items():
        total, confirmed = goods.sums[number]["shipped"], goods.sums[number].get("confirmed")
        if goods.mixed[number]:
            continue
        if confirmed is None or total > confirmed or (alike and total != confirmed):
            place: Path = (*item_path, "quantityShipped", "value")
            yield error("confirmed-quantity-differs", place, "The warehouse has confirmed another quantity.", total)


def invoice_against(invoice: Invoice, around: Around) -> Iterator[Fault]:
    """Lines, products, prices and quantities against the orders, and against what left."""
    known = {order.purchase_order_number: order for order in around.orders}
    if not known:
        return
    if invoice.purchase_order_number and invoice.purchase_order_number not in known:
        yield error("order-unknown", ("purchaseOrderNumber",), "No order with this number is known.", invoice.purchase_order_number)
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for index, line in enumerate(invoice.lines):
        path: Path = ("lines", index)
        reference = line.order_reference
        number = (reference.purchase_order_number if reference else None) or invoice.purchase_order_number
        order = known.get(number or "")
        if order is None:
            continue
        ordered = _charged(order, line)
        if ordered is None:
            yield error("line-unknown", path, "The order has no such line.", line.line_number)
            continue
        yield from _priced(line, ordered, path)
        if line.quantity_invoiced.unit in {None, ordered.quantity.unit} and invoice.invoice_type not in _CREDITS:
            before = sums[id(ordered)]
            sums[id(ordered)] += line.quantity_invoiced.value
            if before <= ordered.quantity.value < sums[id(ordered)]:
                place: Path = (*path, "quantityInvoiced", "value")
                yield error("quantity-over-ordered", place, "More of this line is charged than was ordered.", sums[id(ordered)])
    if invoice.invoice_type not in _CREDITS:
        yield from _left(invoice, around)


def _charged(order: Order, line: InvoiceLine) -> OrderLine | None:
    """The line that is charged: as the line refers to it, else by its number and product, for some number anew."""
    if line.order_reference is not None and line.order_reference.line_number:
        return line_of(order, line.order_reference.line_number, None)
    numbered = line_of(order, line.line_number, None) if line.line_number else None
    if numbered is not None and not differ(numbered.item, line.item):
        return numbered
    return named(line.item, order.lines) or numbered


def _priced(line: InvoiceLine, ordered: OrderLine, path: Path) -> Iterator[Fault]:
    if differ(line.item, ordered.item):
        yield error("item-differs", (*path, "item"), "The line of the order has another product.")
    if line.quantity_invoiced.unit not in {None, ordered.quantity.unit}:
        place: Path = (*path, "quantityInvoiced", "unit")
        unit = line.quantity_invoiced.unit
        yield warning("unit-differs", place, "Ordered in another unit, so quantities and prices were not compared.", unit)
        return
    if _price_differs(line, ordered):
        yield warning("price-differs", (*path, "unitPrice"), "The order has another price.", line.unit_price)


def _price_differs(line: InvoiceLine | AcknowledgedLine, ordered: OrderLine) -> bool:
    """Whether the price differs by a cent or more, as far as both mean the same by it."""
    alike = line.price_basis in {None, ordered.price_basis} and line.price_unit in {None, ordered.price_unit}
    return alike and line.unit_price is not None and ordered.unit_price is not None and abs(line.unit_price - ordered.unit_price) >= _CENT


def _left(invoice: Invoice, around: Around) -> Iterator[Fault]:
    """No more is charged than has left, as far as ship notices tell of all the orders."""
    numbers = set(invoice.purchase_orders)
    shipped = [order for notice in around.notices for order in notice.orders if order.purchase_order_number in numbers]
    if not numbers or {order.purchase_order_number for order in shipped} != numbers:
        return
    goods = Goods()
    for order in shipped:
        for item in order.all_items():
            goods.count("shipped", item.item, item.quantity_shipped)
    places: dict[int, Path] = {}
    for index, line in enumerate(invoice.lines):
        number = goods.count("charged", line.item, line.quantity_invoiced)
        if number is not None:
            places[number] = ("lines", index, "quantityInvoiced", "value")
    for number, place in places.items():
        charged = goods.sums[number]["charged"]
        if not goods.mixed[number] and charged > goods.sums[number]["shipped"]:
            yield warning("quantity-over-shipped", place, "More of it is charged than the ship notices say has left.", charged)


def acknowledgment_against(answer: OrderAcknowledgment, around: Around) -> Iterator[Fault]:
    """Lines and products against the order; what is accepted as it is must be what was ordered."""
    order = next((one for one in around.orders if one.purchase_order_number == answer.purchase_order_number), None)
    if order is None:
        return
    if not (answer.change_sequence or answer.change_request_number):  # of a change, what that says counts
        for index, line in enumerate(answer.lines):
            yield from _answered(line, order, ("lines", index))
    window = order.ship_window
    if answer.promised_ship_date is not None and window is not None and answer.status in _TOLD_AS_IS:
        promised = day(answer.promised_ship_date)
        if (window.start and promised < window.start) or (window.end and promised > window.end):
            yield error("ship-date-outside-window", ("promisedShipDate",), "The order was to be shipped on other days.", promised)


def _answered(line: AcknowledgedLine, order: Order, path: Path) -> Iterator[Fault]:
    ordered = line_of(order, line.line_number, line.item)
    if ordered is None:
        if line.action != "add":
            yield error("line-unknown", path, "The order has no such line.", line.line_number)
        return
    if line.item is not None and line.action is None and differ(line.item, ordered.item):
        yield error("item-differs", (*path, "item"), "The line of the order has another product.")
    covered = [
        one.quantity for one in line.responses if one.quantity is not None and one.status not in {"substituted", "rejected", "deleted"}
    ]
    if any(quantity.unit not in {None, ordered.quantity.unit} for quantity in covered):
        yield warning("unit-differs", (*path, "responses"), "Ordered in another unit, so the quantities were not compared.")
    elif (total := sum((quantity.value for quantity in covered), Decimal(0))) > ordered.quantity.value:
        yield error("quantity-over-ordered", (*path, "responses"), "More of this line is promised than was ordered.", total)
    if _price_differs(line, ordered):
        told = any(one.status in {"priceChanged", "acceptedChanged"} for one in line.responses)
        if not told:
            yield warning(
                "price-differs", (*path, "unitPrice"), "The order has another price, and no answer says that it changed.", line.unit_price
            )


def _packs(packs: tuple[Pack, ...], path: Path) -> Iterator[tuple[Path, Pack]]:
    for index, pack in enumerate(packs):
        yield (*path, index), pack
        yield from _packs(pack.packs, (*path, index, "packs"))


def _items(shipped: ShippedOrder, path: Path) -> Iterator[tuple[Path, ShippedItem]]:
    for pack_path, pack in _packs(shipped.packs, (*path, "packs")):
        yield from (((*pack_path, "items", index), item) for index, item in enumerate(pack.items))
    yield from (((*path, "items", index), item) for index, item in enumerate(shipped.items))
