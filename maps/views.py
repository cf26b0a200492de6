"""The shapes of documents that rules may be written for: `view: byPack`. What a shape is, canonical.views knows; here are their names."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from canonical.views import Viewed, by_pack, by_unit, from_packs, from_units

__all__ = ["VIEWS", "View"]

_UNITS: Final = re.compile(r"^(units\[\]\.?)+")


class View(NamedTuple):
    """One shape of one document."""

    document: str
    open: Callable[[Mapping[str, Any]], Viewed]  #: from the document to the shape
    close: Callable[[Mapping[str, Any]], Viewed]  #: and back
    field: Callable[[str], str]  #: a field of the shape, as `packs[].items[].order.orderDate`, in the document: `orders[].orderDate`


def _packed(path: str) -> str:
    head, order, field = path.partition("items[].order")
    if order:
        return f"orders[]{field}"
    if path.partition(".")[0] == "order":
        return f"orders[]{path.removeprefix('order')}"
    return f"orders[].{path}" if path.partition(".")[0] in {"packs[]", "items[]"} else head


def _in_units(path: str) -> str:
    rest = _UNITS.sub("", path)
    if path.startswith("loose[]"):
        return f"lines[]{path.removeprefix('loose[]')}"
    return rest if rest == path or rest.startswith("lines[]") else f"lines[].{rest}".removesuffix(".")


VIEWS: Final[Mapping[str, View]] = {
    "byPack": View("ShipNotice", by_pack, from_packs, _packed),
    "byUnit": View("Receipt", by_unit, from_units, _in_units),
}
