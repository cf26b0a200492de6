"""Checks that documents of transport share: carriers, stops in order, weights that add up."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from canonical.base import Fault
from canonical.item import Quantity
from canonical.rules.report import Path, error, party_faults, warning
from canonical.terms import Carrier
from canonical.transport import Stop

__all__ = ["LOADS", "UNLOADS", "carrier_faults", "day_of", "sequence_faults", "stop_faults", "total_of"]

LOADS: Final = frozenset({"load", "partLoad", "completeLoad"})
UNLOADS: Final = frozenset({"unload", "partUnload", "completeUnload"})
_SCAC: Final = re.compile(r"[A-Z]{2,4}")


def carrier_faults(carrier: Carrier | None, path: Path) -> Iterator[Fault]:
    """A SCAC has two to four letters."""
    if carrier and carrier.id_scheme == "scac" and carrier.id and not _SCAC.fullmatch(carrier.id):
        yield error("scac-form", (*path, "id"), "A SCAC has two to four letters.", carrier.id)


def sequence_faults(numbers: Sequence[int | None], path: Path) -> Iterator[Fault]:
    """The numbers of stops occur once, and they increase."""
    seen: set[int] = set()
    last = -1
    for index, number in enumerate(numbers):
        if number is None:
            continue
        place: Path = (*path, index, "sequence")
        if number in seen:
            yield error("stop-sequence-duplicate", place, "Another stop has the same number.", number)
        elif number < last:
            yield error("stop-sequence-order", place, "The numbers of the stops do not increase.", number)
        seen.add(number)
        last = max(last, number)


def stop_faults(stops: Sequence[Stop], path: Path = ("stops",)) -> Iterator[Fault]:
    """Numbers, places, windows and weights of stops."""
    yield from sequence_faults([stop.sequence for stop in stops], path)
    for index, stop in enumerate(stops):
        place: Path = (*path, index)
        if stop.location:
            yield from party_faults(stop.location, (*place, "location"))
        window = stop.window
        if window and window.start and window.end and _is_after(window.start, window.end):
            yield error("window-reversed", (*place, "window"), "The window ends before it starts.")
        for name in ("weight", "quantity", "volume"):
            yield from _negative(getattr(stop, name), (*place, name))
        of_orders = total_of(order.weight for order in stop.orders)
        if of_orders and stop.weight and of_orders.unit == stop.weight.unit and of_orders.value > stop.weight.value:
            where: Path = (*place, "weight", "value")
            yield warning("weight-differs", where, "The orders of this stop weigh more than the stop.", stop.weight.value)


def total_of(parts: Iterable[Quantity | None]) -> Quantity | None:
    """The sum of quantities; None when one is not said or the units differ, for then nothing can be compared."""
    found = tuple(parts)
    known = [part for part in found if part is not None]
    if not known or len(known) < len(found) or len({part.unit for part in known}) > 1:
        return None
    return Quantity(value=sum((part.value for part in known), Decimal(0)), unit=known[0].unit)


def day_of(moment: date | datetime) -> date:
    """The day, as the partner wrote it."""
    return moment.date() if isinstance(moment, datetime) else moment


def _is_after(one: date | datetime, other: date | datetime) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one > other
    return day_of(one) > day_of(other)


def _negative(quantity: Quantity | None, path: Path) -> Iterator[Fault]:
    if quantity is not None and quantity.value < 0:
        yield error("quantity-negative", (*path, "value"), "Nothing weighs or counts less than nothing.", quantity.value)
