"""The rules of an OrderChange: that it can be applied to the order as it is written."""

from collections.abc import Iterator
from typing import Any, Final, get_args

from canonical.base import Fault, Model
from canonical.order import Order, OrderLine
from canonical.order_change import ChangeLine, OrderChange
from canonical.rules.order_terms import line_faults, number_faults, terms_faults, total_faults
from canonical.rules.report import Path, error, warning

__all__ = ["check_order_change"]

#: what an action changes; one of the fields must say it
_SAYS: Final = {
    "quantityIncrease": ("quantity",),
    "quantityDecrease": ("quantity",),
    "priceChange": ("unit_price",),
    "priceQuantityChange": ("unit_price", "quantity"),
    "reschedule": ("requested_ship_date", "requested_delivery_date", "schedule"),
    "replaceItem": ("item",),
}


def check_order_change(change: OrderChange) -> Iterator[Fault]:
    """Every fault of a change."""
    yield from terms_faults(change)
    yield from _removed(change, change.removed, Order, ())
    if change.purpose == "cancellation" and any(line.action != "delete" for line in change.lines):
        yield warning("cancellation-with-lines", ("lines",), "The whole order is cancelled, and yet lines say something else.")
    for index, line in enumerate(change.lines):
        yield from _line(line, ("lines", index))
    yield from number_faults(change.lines)
    yield from total_faults(change.totals, change.lines, (line.quantity for line in change.lines))


def _line(line: ChangeLine, path: Path) -> Iterator[Fault]:
    yield from line_faults(line, path)
    if not line.line_number and not line.item:
        yield error("line-not-named", path, "Neither a line number nor a product says which line is meant.")
    if line.quantity and (line.quantity.value < 0 or (line.quantity.value == 0 and line.action == "add")):
        yield error("quantity-not-positive", (*path, "quantity", "value"), "An ordered quantity is more than nothing.", line.quantity.value)
    if line.action == "add" and not (line.quantity and line.item):
        yield error("added-line-incomplete", path, "A line that is added says its product and its quantity.")
    needed = _SAYS.get(line.action, ())
    if needed and not any(getattr(line, name) for name in needed):
        yield error("change-not-said", path, "The line says what kind of change it is, and not the new value.", line.action)
    yield from _removed(line, line.removed, OrderLine, path)


def _removed(source: Model, names: tuple[str, ...], of: type[Model], path: Path) -> Iterator[Fault]:
    """What is taken away must be a field that the order can be without, and must not be said at the same time."""
    for index, name in enumerate(names):
        where: Path = (*path, "removed", index)
        keys = name.split(".")
        if not _is_optional(of, keys):
            yield error("removed-unknown", where, "The order has no such field, or cannot be without it.", name)
        elif _said(source, keys):
            yield error("removed-and-said", where, "The same field has a new value here.", name)


def _is_optional(model: type[Model], keys: list[str]) -> bool:
    for depth, key in enumerate(keys, 1):
        field = next((one for one in model.model_fields.values() if one.alias == key), None)
        if field is None:
            return False
        if depth == len(keys):
            return not field.is_required()
        inner = [one for one in (field.annotation, *get_args(field.annotation)) if isinstance(one, type) and issubclass(one, Model)]
        if not inner:
            return False
        model = inner[0]
    return False


def _said(source: Model, keys: list[str]) -> bool:
    value: Any = source.to_json()
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value is not None
