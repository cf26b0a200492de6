"""Stock by warehouse and item: what the warehouse reported last, with its adjustments since, against what the hub posted last."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from canonical.inventory_adjustment import InventoryAdjustment
from canonical.inventory_report import InventoryReport
from canonical.inventory_states import AXIS_OF, Axis, Place
from canonical.item import Item, Quantity
from canonical.party import Parties
from canonical.registry import parse
from canonical.rules.goods import Goods
from gateway.errors import Cause
from gateway.pipeline.reconciling.flow import Day, Scene, Verdict, counts_as_there
from gateway.pipeline.reconciling.quantities import Difference, differences, in_words
from gateway.store import reconciliation
from gateway.store.alarms import Trouble

__all__ = ["STOCK", "Stock"]

_ON_HAND: Final = "onHand"


@dataclass(frozen=True, slots=True)
class Stock:
    """Compared state by state, as far as both sides tell of a state; only of warehouses of which the hub posts something."""

    name: str = "stock"

    def compare(self, scene: Scene, day: Day) -> Iterator[Verdict]:
        """The last report of each warehouse on a day, and the hub's of the same day."""
        types = ("InventoryReport", "InventoryAdjustment")
        came = reconciliation.of_day(scene.connection, types, "inbound", day.span, scene.usage, body=True)
        posted = reconciliation.of_day(scene.connection, ("InventoryReport",), "outbound", day.span, scene.usage, body=True)
        hubs = {place: row for row in posted for place in _places(_report(row).parties)}
        by_place: defaultdict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in came:
            if counts_as_there(row["state"], "inbound"):
                document = parse(json.loads(row["body"]), row["document_type"])
                assert isinstance(document, InventoryReport | InventoryAdjustment)
                place = next((one for one in _places(document.parties) if one in hubs), next(iter(_places(document.parties)), ""))
                by_place[row["partner_id"], place].append(row | {"document": document})
        for (partner, place), rows in by_place.items():
            if any(isinstance(row["document"], InventoryReport) for row in rows) and place in hubs:
                yield self._verdict(day, partner, place, rows, _report(hubs[place]))

    def _verdict(self, day: Day, partner: str, place: str, rows: list[dict[str, Any]], hub: InventoryReport) -> Verdict:
        states = _warehouse(rows, day)
        for line in hub.lines:
            for one in line.quantities:
                states[one.state].count("hub", line.item, one.quantity)
        found: list[tuple[str, Difference]] = []
        compared = 0
        for state, goods in sorted(states.items()):
            sides = {side for sums in goods.sums for side in sums}
            if sides >= {"hub", "warehouse"}:
                compared += len(goods.sums)
                found += [(state, one) for one in differences(goods, "warehouse", "hub")]
        if not found:
            return Verdict(partner, "matched", count=max(compared, 1))
        row = rows[-1]
        words = in_words([one._replace(item=f"{one.item} {state}") for state, one in found], "warehouse", "hub")
        lines = [{"item": one.item, "state": state, "wanted": f"{one.wanted:f}", "found": f"{one.found:f}"} for state, one in found]
        trouble = Trouble(
            self.name,
            Cause.STOCK_DIFFERS,
            f"{partner}/{place}/{day.text}",
            f"stock of {place}",
            words,
            correlation_id=row["correlation_id"],
            day=day.text,
            partner_id=partner,
            agreement_id=row["agreement_id"],
            document_id=row["id"],
            data={"warehouse": place, "lines": lines},
        )
        return Verdict(partner, "differs", trouble)


def _report(row: dict[str, Any]) -> InventoryReport:
    document = parse(json.loads(row["body"]), "InventoryReport")
    assert isinstance(document, InventoryReport)
    return document


def _places(parties: Parties) -> tuple[str, ...]:
    """What a warehouse is called: our number of it first, then its own id, then its name."""
    where = parties.warehouse
    names = (getattr(where, "ours", None), where.id, where.name) if where is not None else ()
    return tuple(name for name in names if name)


def _warehouse(rows: Iterable[dict[str, Any]], day: Day) -> defaultdict[str, Goods]:
    """Sums by state of what a warehouse reported: its newest complete report, the deltas and adjustments behind that."""
    states: defaultdict[str, Goods] = defaultdict(Goods)
    as_of: datetime | None = None
    for row in rows:
        document = row["document"]
        if isinstance(document, InventoryReport):
            moment = _moment(document.as_of, day)
            if document.mode != "delta":
                if as_of is not None and moment < as_of:
                    continue  # older than what is known
                if document.is_complete:
                    states.clear()
                as_of = moment
            for line in document.lines:
                for one in line.quantities:
                    if document.mode == "partialSnapshot":
                        _forget(states[one.state], line.item)
                    states[one.state].count("warehouse", line.item, one.quantity)
        elif as_of is None or _moment(document.adjustment_date, day) >= as_of:
            for moved in document.lines:
                _move(states, moved.item, moved.quantity_delta, moved.movement.origin, moved.movement.target)
    return states


def _forget(goods: Goods, item: Item) -> None:
    number = goods.count("warehouse", item, Quantity(value=Decimal(0)))
    if number is not None:
        goods.sums[number]["warehouse"] = Decimal(0)


def _move(states: defaultdict[str, Goods], item: Item | None, delta: Quantity, origin: str, target: str) -> None:
    """From one state to the other; what comes from outside or goes there changes what is on hand too."""
    if item is None:
        return
    crosses = (origin == Place.OUTSIDE) != (target == Place.OUTSIDE)
    amount = abs(delta.value)
    for state, value in ((origin, -amount), (target, amount)):
        if state == Place.OUTSIDE:
            continue
        moved = delta.model_copy(update={"value": value})
        if state != Place.UNMAPPED:
            states[state].count("warehouse", item, moved)
        if crosses and state != _ON_HAND and AXIS_OF.get(state) in (Axis.PHYSICAL, None):
            states[_ON_HAND].count("warehouse", item, moved)


def _moment(said: date | datetime, day: Day) -> datetime:
    """A day alone is its end."""
    if isinstance(said, datetime):
        return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=day.zone).astimezone(UTC)
    return datetime.combine(said, time(23, 59, 59), tzinfo=day.zone).astimezone(UTC)


STOCK: Final = Stock()
