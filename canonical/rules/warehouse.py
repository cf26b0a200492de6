"""The rules of what warehouses and depositors send each other: orders, confirmations, transfers, receipts."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from canonical.base import Fault
from canonical.gs1 import is_valid
from canonical.item import Quantity
from canonical.rules.report import Path, error, gln_faults, item_faults, parties_faults, warning
from canonical.stock_transfer_notice import StockTransferNotice
from canonical.stock_transfer_receipt import ReceivedLine, StockTransferReceipt
from canonical.warehouse import StockLine, WarehouseTotals
from canonical.warehouse_order import WarehouseOrder, WarehouseOrderLine
from canonical.warehouse_shipment_confirmation import ConfirmedLine, WarehouseShipmentConfirmation

__all__ = ["check_stock_transfer_notice", "check_stock_transfer_receipt", "check_warehouse_order", "check_warehouse_shipment_confirmation"]

_NOT_SHIPPED: Final = frozenset({"backordered", "cancelled", "outOfStock"})
_WITHHELD: Final = frozenset({"damaged", "onHold", "qualityProblem"})
_HERE: Final = frozenset({"damaged", "onHold", "qualityProblem", "incorrectProduct", "nonStandardContainer", "over", "good"})


def check_warehouse_order(order: WarehouseOrder) -> Iterator[Fault]:
    """Every fault of an order to a warehouse."""
    yield from parties_faults(order.parties, ("parties",))
    cancelled = order.purpose == "cancellation"
    if not order.lines and not cancelled:
        yield error("lines-missing", ("lines",), "Nothing says what to ship.")
    if order.parties.ship_to is None and not cancelled and not all(line.destinations for line in order.lines):
        yield error("ship-to-missing", ("parties", "shipTo"), "Nothing says where the goods go.")
    for name, window in (("shipWindow", order.ship_window), ("deliveryWindow", order.delivery_window)):
        if window and window.start and window.end and _day(window.start) > _day(window.end):
            yield error("window-reversed", (name,), "The window ends before it starts.")
    yield from _lines(order.lines)
    for index, line in enumerate(order.lines):
        yield from _ordered(line, ("lines", index), cancelled=cancelled)
    yield from _totals(order.totals, [line.quantity for line in order.lines], order.lines)


def _ordered(line: WarehouseOrderLine, path: Path, *, cancelled: bool) -> Iterator[Fault]:
    if line.quantity.value < 0 or (line.quantity.value == 0 and not cancelled):
        yield error(
            "quantity-not-positive", (*path, "quantity", "value"), "What is to be shipped is more than nothing.", line.quantity.value
        )
    if line.parties is not None:
        yield from parties_faults(line.parties, (*path, "parties"))
    yield from _ssccs(line.label_ssccs, (*path, "labelSsccs"))
    parts = [destination.quantity for destination in line.destinations]
    if parts and _alike([line.quantity, *parts]) and sum(part.value for part in parts) != line.quantity.value:
        yield error("destinations-differs", (*path, "destinations"), "The parts do not add up to the quantity of the line.")
    for index, destination in enumerate(line.destinations):
        yield from gln_faults(destination.location_scheme, destination.location_id, (*path, "destinations", index, "locationId"))


def check_warehouse_shipment_confirmation(confirmation: WarehouseShipmentConfirmation) -> Iterator[Fault]:
    """Every fault of a warehouse's confirmation."""
    yield from parties_faults(confirmation.parties, ("parties",))
    if not confirmation.lines and confirmation.reporting_code != "noExceptions":
        yield error("lines-missing", ("lines",), "Nothing says what was shipped.")
    yield from _lines(confirmation.lines)
    for index, line in enumerate(confirmation.lines):
        yield from _confirmed(line, ("lines", index))
    shipped = [line.quantity_shipped for line in confirmation.lines if line.quantity_shipped is not None]
    yield from _totals(confirmation.totals, shipped, confirmation.lines)


def _confirmed(line: ConfirmedLine, path: Path) -> Iterator[Fault]:
    for index, pack in enumerate(line.packs):
        for name, sscc in (("sscc", pack.sscc), ("palletSscc", pack.pallet_sscc)):
            if sscc and not is_valid(sscc):
                place = (*path, "packs", index, name)
                yield error("sscc-check-digit", place, "The last digit is not the check digit of this SSCC.", sscc)
    if line.ordered_item is not None:
        yield from item_faults(line.ordered_item, (*path, "orderedItem"))
    ordered, shipped, difference = line.quantity_ordered, line.quantity_shipped, line.quantity_difference
    if shipped is None:
        if line.status not in _NOT_SHIPPED:
            yield error("quantity-missing", (*path, "quantityShipped"), "Nothing says how much was shipped.")
        return
    place = (*path, "quantityShipped", "value")
    if shipped.value < 0 or (shipped.value == 0 and line.status in {"complete", "completeWithExtra"}):
        yield error("quantity-not-positive", place, "A shipped quantity is more than nothing.", shipped.value)
    if ordered is None or not _alike([ordered, shipped]):
        return
    left = ordered.value - shipped.value
    if difference is not None and _alike([ordered, difference]) and difference.value != left:
        what = "What was ordered less what was shipped is something else."
        yield error("difference-differs", (*path, "quantityDifference", "value"), what, difference.value)
    if left > 0 and line.status in {"complete", "completeWithExtra"}:
        yield warning(
            "status-differs", (*path, "status"), "The line is told to be complete, and less was shipped than ordered.", line.status
        )
    if left > 0 and line.difference_reason is None:
        yield warning("reason-missing", (*path, "differenceReason"), "Less was shipped than ordered, and nothing says why.")


def check_stock_transfer_notice(notice: StockTransferNotice) -> Iterator[Fault]:
    """Every fault of a notice of stock on its way."""
    yield from parties_faults(notice.parties, ("parties",))
    yield from _lines(notice.lines)
    for index, line in enumerate(notice.lines):
        if line.quantity.value <= 0:
            place = ("lines", index, "quantity", "value")
            yield error("quantity-not-positive", place, "What was shipped is more than nothing.", line.quantity.value)
    yield from _totals(notice.totals, [line.quantity for line in notice.lines], notice.lines)


def check_stock_transfer_receipt(receipt: StockTransferReceipt) -> Iterator[Fault]:
    """Every fault of a warehouse's receipt of stock."""
    yield from parties_faults(receipt.parties, ("parties",))
    if receipt.transfer_number is None and receipt.shipment_number is None:
        yield warning("nothing-to-match", (), "Neither a transfer nor a shipment is named, so nothing can be matched.")
    yield from _lines(receipt.lines)
    for index, line in enumerate(receipt.lines):
        yield from _received(line, ("lines", index))
    totals = receipt.totals
    if totals is None:
        return
    arrived = sum((line.quantity_received.value for line in receipt.lines), Decimal(0))
    if totals.received is not None and totals.received != arrived:
        yield error("units-differ", ("totals", "received"), "The received quantities add up to something else.", totals.received)
    parts = [part.quantity.value for line in receipt.lines for part in line.exceptions if part.condition in _WITHHELD]
    if totals.damaged is not None and totals.damaged != sum(parts, Decimal(0)):
        yield warning("damaged-differs", ("totals", "damaged"), "The exceptions of the lines add up to something else.", totals.damaged)


def _received(line: ReceivedLine, path: Path) -> Iterator[Fault]:
    if line.sscc and not is_valid(line.sscc):
        yield error("sscc-check-digit", (*path, "sscc"), "The last digit is not the check digit of this SSCC.", line.sscc)
    if line.quantity_received.value < 0:
        place = (*path, "quantityReceived", "value")
        yield error("quantity-negative", place, "A received quantity is not less than nothing.", line.quantity_received.value)
    here = [part.quantity for part in line.exceptions if part.condition in _HERE]
    if _alike([line.quantity_received, *here]) and sum(part.value for part in here) > line.quantity_received.value:
        yield warning("exceptions-over-received", (*path, "exceptions"), "More is in question than was received.")


# --- what all of them share ---------------------------------------------------------------------------------------------------------------


def _lines(lines: Sequence[StockLine]) -> Iterator[Fault]:
    for index, line in enumerate(lines):
        yield from item_faults(line.item, ("lines", index, "item"))


def _ssccs(ssccs: Sequence[str], path: Path) -> Iterator[Fault]:
    for index, sscc in enumerate(ssccs):
        if not is_valid(sscc):
            yield error("sscc-check-digit", (*path, index), "The last digit is not the check digit of this SSCC.", sscc)


def _totals(totals: WarehouseTotals | None, quantities: Sequence[Quantity], lines: Sequence[StockLine]) -> Iterator[Fault]:
    if totals is None:
        return
    if totals.units is not None and totals.units != sum((one.value for one in quantities), Decimal(0)):
        yield error("units-differ", ("totals", "units"), "The quantities add up to something else.", totals.units)
    for name, whole, parts in (
        ("weight", totals.weight, [line.weight for line in lines]),
        ("volume", totals.volume, [getattr(line, "volume", None) for line in lines]),
    ):
        given = [part for part in parts if part is not None]
        if whole is None or not given or len(given) < len(parts) or not _alike([whole, *given]):
            continue
        if sum(part.value for part in given) != whole.value:
            yield warning(f"{name}-differs", ("totals", name, "value"), "The lines add up to something else.", whole.value)


def _alike(quantities: Sequence[Quantity]) -> bool:
    """Whether quantities can be compared: none has another unit."""
    return len({one.unit for one in quantities if one.unit is not None}) <= 1


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment
