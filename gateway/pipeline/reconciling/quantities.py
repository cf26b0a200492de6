"""Flows in which quantities have to agree: what a warehouse was asked to ship and did, and what was shipped and invoiced."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from canonical.invoice import Invoice
from canonical.registry import parse
from canonical.rules.goods import Goods
from canonical.rules.matching import day as day_of
from canonical.ship_notice import ShipNotice
from canonical.warehouse_order import WarehouseOrder
from canonical.warehouse_shipment_confirmation import WarehouseShipmentConfirmation
from gateway.errors import Cause
from gateway.pipeline.reconciling.flow import GONE, OPPOSITE, Day, Scene, Verdict, counts_as_there
from gateway.store import reconciliation
from gateway.store.alarms import Trouble

__all__ = ["SHIPMENTS_INVOICED", "WAREHOUSE_SHIPPED", "Difference", "ShipmentsInvoiced", "WarehouseShipped"]

_MOST_NAMED: Final = 5
_STILL_TO_COME: Final = frozenset({"partialBackordered", "backordered"})
_CREDITS: Final = frozenset({"creditNote"})


class Difference(NamedTuple):
    """One product of which the sides have different quantities."""

    item: str
    wanted: Decimal
    found: Decimal

    @property
    def is_less(self) -> bool:
        """Whether something is still missing; else there is too much."""
        return self.found < self.wanted


def differences(goods: Goods, wanted: str, found: str) -> list[Difference]:
    """Products of which the sums of two sides differ; those counted in different units are left out."""
    listed = []
    for number, sums in enumerate(goods.sums):
        one = Difference(goods.label(number), sums.get(wanted, Decimal(0)), sums.get(found, Decimal(0)))
        if one.wanted != one.found and not goods.mixed[number]:
            listed.append(one)
    return listed


def in_words(listed: Sequence[Difference], wanted: str, found: str) -> str:
    """`00085234500106: ordered 10, shipped 8`; the first few."""
    words = [f"{one.item}: {wanted} {one.wanted:f}, {found} {one.found:f}" for one in listed[:_MOST_NAMED]]
    return "; ".join([*words, *([f"and {len(listed) - _MOST_NAMED} more"] if len(listed) > _MOST_NAMED else [])])


@dataclass(frozen=True, slots=True)
class WarehouseShipped:
    """Warehouse orders (940) against what the warehouse confirmed of them (945, as many as it takes)."""

    name: str = "warehouse-shipped"

    def compare(self, scene: Scene, day: Day) -> Iterator[Verdict]:
        """The orders that were given on a day, as they stand by their newest change."""
        for direction in ("outbound", "inbound"):
            back = OPPOSITE[direction]
            agreed = scene.partners_with("WarehouseShipmentConfirmation", back)
            rows = reconciliation.of_day(scene.connection, ("WarehouseOrder",), direction, day.span, scene.usage, body=True)
            rows = [row for row in rows if row["partner_id"] in agreed and counts_as_there(row["state"], direction)]
            correlations = {row["correlation_id"] for row in rows}
            versions = reconciliation.in_exchanges(scene.connection, ("WarehouseOrder",), direction, correlations, body=True)
            answers = reconciliation.in_exchanges(scene.connection, ("WarehouseShipmentConfirmation",), back, correlations, body=True)
            for row in rows:
                first, newest = _versions(row, versions.get(row["correlation_id"], []), direction)
                if first["id"] != row["id"] or newest.purpose == "cancellation":
                    continue
                told = [one for one in answers.get(row["correlation_id"], []) if counts_as_there(one["state"], back)]
                yield self._verdict(scene, day, row, newest, list(_confirmations(newest, told)), back)

    def _verdict(
        self,
        scene: Scene,
        day: Day,
        row: dict[str, Any],
        order: WarehouseOrder,
        told: list[WarehouseShipmentConfirmation],
        back: str,
    ) -> Verdict:
        due, seen = self._due(scene, day, row, order), scene.seen_until(row["partner_id"], back)
        if not told:
            if seen < due:
                return Verdict(row["partner_id"], "waiting")
            local = due.astimezone(day.zone)
            words = f"no WarehouseShipmentConfirmation {'left' if back == 'outbound' else 'came'} by {local:%Y-%m-%d %H:%M}"
            return Verdict(row["partner_id"], "differs", _trouble(self.name, Cause.DOCUMENT_MISSING, day, row, words, back))
        found, pending = _ledger(order, told)
        final = [one for one in found if not one.is_less or one.item not in pending]
        if not found:
            return Verdict(row["partner_id"], "matched")
        if seen < due and all(one.is_less for one in found) and not final:
            return Verdict(row["partner_id"], "waiting")
        words = in_words(found, "ordered", "shipped")
        trouble = _trouble(self.name, Cause.QUANTITY_DIFFERS, day, row, words, back, differences=found)
        return Verdict(row["partner_id"], "differs", trouble)

    @staticmethod
    def _due(scene: Scene, day: Day, row: dict[str, Any], order: WarehouseOrder) -> datetime:
        """So long after the order, or after the day on which it is to be shipped."""
        wanted = order.requested_ship_date
        begins: datetime = row["created_at"]
        if wanted is not None:
            begins = max(begins, datetime.combine(day_of(wanted), time(23, 59, 59), tzinfo=day.zone))
        return begins + timedelta(seconds=scene.context.settings.reconcile.ship)


def _versions(row: dict[str, Any], rows: list[dict[str, Any]], direction: str) -> tuple[dict[str, Any], WarehouseOrder]:
    """The first and the newest paper of one warehouse order."""
    same = [one for one in rows if one["business_key"] == row["business_key"] and counts_as_there(one["state"], direction)] or [row]
    newest = parse(json.loads(same[-1]["body"]), "WarehouseOrder")
    assert isinstance(newest, WarehouseOrder)
    return same[0], newest


def _confirmations(order: WarehouseOrder, rows: Iterable[dict[str, Any]]) -> Iterator[WarehouseShipmentConfirmation]:
    """Those of this order; one that replaces puts all before it aside."""
    found: list[WarehouseShipmentConfirmation] = []
    for row in rows:
        document = parse(json.loads(row["body"]), "WarehouseShipmentConfirmation")
        if isinstance(document, WarehouseShipmentConfirmation) and document.warehouse_order_number == order.warehouse_order_number:
            found = [document] if document.reporting_code == "replacement" else [*found, document]
    yield from found


def _ledger(order: WarehouseOrder, told: list[WarehouseShipmentConfirmation]) -> tuple[list[Difference], set[str]]:
    """The products that are open or over, and those of which the warehouse says, or does not deny, that more is to come."""
    goods = Goods()
    numbers = {goods.count("ordered", line.item, line.quantity) for line in order.lines}
    named: set[int | None] = set()
    closed: set[int | None] = set()
    for document in told:
        for line in document.lines:
            item = line.ordered_item or line.item
            if item is None or line.quantity_shipped is None:
                continue
            number = goods.count("shipped", item, line.quantity_shipped)
            named.add(number)
            (closed.discard if line.status in _STILL_TO_COME else closed.add)(number)
    if any(document.reporting_code in {"noExceptions", "exceptionsOnly"} for document in told):
        for number in numbers - named:  # what is not named went as it was ordered
            if number is not None:
                goods.sums[number]["shipped"] = goods.sums[number]["ordered"]
    pending = {goods.label(number) for number in numbers - closed if number is not None}
    return differences(goods, "ordered", "shipped"), pending


@dataclass(frozen=True, slots=True)
class ShipmentsInvoiced:
    """Ship notices (856) against the invoices (810) of the same exchange: ours to a customer, and a supplier's to us."""

    name: str = "shipments-invoiced"

    def compare(self, scene: Scene, day: Day) -> Iterator[Verdict]:
        """The exchanges of which the first shipment was on this day."""
        for direction in ("outbound", "inbound"):
            agreed = scene.partners_with("Invoice", direction)
            rows = reconciliation.of_day(scene.connection, ("ShipNotice",), direction, day.span, scene.usage)
            rows = [row for row in rows if row["partner_id"] in agreed and counts_as_there(row["state"], direction)]
            correlations = {row["correlation_id"] for row in rows}
            notices = reconciliation.in_exchanges(scene.connection, ("ShipNotice",), direction, correlations, body=True)
            invoices = reconciliation.in_exchanges(scene.connection, ("Invoice",), direction, correlations, body=True)
            for correlation in sorted(correlations):
                shipped = [one for one in notices[correlation] if counts_as_there(one["state"], direction)]
                if shipped[0]["created_at"] < day.span[0]:
                    continue  # the day of the first one has it
                charged = [one for one in invoices.get(correlation, []) if one["state"] not in GONE]
                yield self._verdict(scene, day, shipped, charged, direction)

    def _verdict(self, scene: Scene, day: Day, shipped: list[dict[str, Any]], charged: list[dict[str, Any]], direction: str) -> Verdict:
        row = shipped[0]
        due = shipped[-1]["created_at"] + timedelta(seconds=scene.context.settings.reconcile.invoice)
        seen = scene.seen_until(row["partner_id"], direction)
        if not charged:
            if seen < due:
                return Verdict(row["partner_id"], "waiting")
            words = f"no Invoice {'left' if direction == 'outbound' else 'came'} by {due.astimezone(day.zone):%Y-%m-%d %H:%M}"
            return Verdict(row["partner_id"], "differs", _trouble(self.name, Cause.DOCUMENT_MISSING, day, row, words, direction))
        found = differences(_charged(shipped, charged), "shipped", "invoiced")
        if not found:
            return Verdict(row["partner_id"], "matched")
        if seen < due and all(one.is_less for one in found):
            return Verdict(row["partner_id"], "waiting")
        words = in_words(found, "shipped", "invoiced")
        trouble = _trouble(self.name, Cause.QUANTITY_DIFFERS, day, row, words, direction, differences=found)
        return Verdict(row["partner_id"], "differs", trouble)


def _charged(shipped: Iterable[dict[str, Any]], charged: Iterable[dict[str, Any]]) -> Goods:
    """Sums by product. A shipment that was told of again counts as it was told last; credit notes are left out."""
    goods = Goods()
    notices: defaultdict[str, list[ShipNotice]] = defaultdict(list)
    for row in shipped:
        notice = parse(json.loads(row["body"]), "ShipNotice")
        assert isinstance(notice, ShipNotice)
        notices[notice.shipment_number].append(notice)
    for versions in notices.values():
        if versions[-1].purpose != "cancellation":
            for order in versions[-1].orders:
                for item in order.all_items():
                    goods.count("shipped", item.item, item.quantity_shipped)
    for row in charged:
        invoice = parse(json.loads(row["body"]), "Invoice")
        assert isinstance(invoice, Invoice)
        if invoice.invoice_type not in _CREDITS:
            for line in invoice.lines:
                goods.count("invoiced", line.item, line.quantity_invoiced)
    return goods


def _trouble(
    flow: str,
    cause: Cause,
    day: Day,
    row: dict[str, Any],
    words: str,
    back: str,
    *,
    differences: Sequence[Difference] = (),  # noqa: A002, RUF100
) -> Trouble:
    lines = [{"item": one.item, "wanted": f"{one.wanted:f}", "found": f"{one.found:f}"} for one in differences]
    owner = {"owner": "partner"} if cause is Cause.QUANTITY_DIFFERS and back == "inbound" else {}
    return Trouble(
        flow,
        cause,
        row["id"],
        f"{row['document_type']} {row['business_key']}",
        words,
        correlation_id=row["correlation_id"],
        day=day.text,
        partner_id=row["partner_id"],
        agreement_id=row["agreement_id"],
        document_id=row["id"],
        data={"direction": back, **owner, **({"lines": lines} if lines else {})},
    )


WAREHOUSE_SHIPPED: Final = WarehouseShipped()
SHIPMENTS_INVOICED: Final = ShipmentsInvoiced()
