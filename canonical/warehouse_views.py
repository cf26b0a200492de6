"""Lines of warehouse documents in groups under one number, and back: LX in X12 940 and 945, and in the 944 since
005010; LIN in a movement advice of EDIFACT.

A document says of each line its number and its packs; papers say them once, in front of all lines that share them: a line in several
cartons, or several lines in one carton. As in `canonical.views`, the JSON form goes in and out, with the places of what has moved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from json import dumps
from typing import Any, Final

from canonical.views import Viewed

__all__ = ["ADJUSTED", "CONFIRMED", "ORDERED", "RECEIVED", "NumberedLines"]

_LINES: Final = "lines"
_GROUPS: Final = "groups"


@dataclass(frozen=True, slots=True)
class NumberedLines:
    """`lines[]` as `groups[]` of lines side by side that say the same of `shared`."""

    shared: tuple[str, ...]

    def open(self, document: Mapping[str, Any]) -> Viewed:
        """From lines to groups."""
        groups: list[dict[str, Any]] = []
        members: list[list[str]] = []
        places: dict[str, tuple[str, ...]] = {}
        last = None
        for number, line in enumerate(document.get(_LINES, ())):
            said = {field: line[field] for field in self.shared if field in line}
            if not groups or dumps(said, sort_keys=True) != last:
                groups.append(said | {_LINES: []})
                members.append([])
                last = dumps(said, sort_keys=True)
            at = f"$.{_GROUPS}[{len(groups) - 1}]"
            members[-1].append(f"$.{_LINES}[{number}]")
            places[f"{at}.{_LINES}[{len(members[-1]) - 1}]"] = (members[-1][-1],)
            groups[-1][_LINES].append({key: value for key, value in line.items() if key not in self.shared})
        places |= {f"$.{_GROUPS}[{number}]": tuple(one) for number, one in enumerate(members)}
        view = {key: value for key, value in document.items() if key != _LINES}
        return Viewed(view | {_GROUPS: groups} if groups else view, places)

    def close(self, view: Mapping[str, Any]) -> Viewed:
        """And back. A number under which nothing stands is not said of any line."""
        lines: list[dict[str, Any]] = []
        places: dict[str, tuple[str, ...]] = {}
        for number, group in enumerate(view.get(_GROUPS, ())):
            at = f"$.{_GROUPS}[{number}]"
            said = {field: group[field] for field in self.shared if field in group}
            members = []
            for index, line in enumerate(group.get(_LINES, ())):
                members.append(f"$.{_LINES}[{len(lines)}]")
                places[f"{at}.{_LINES}[{index}]"] = (members[-1],)
                lines.append(said | line)
            if members:
                places[at] = tuple(members)
        data = {key: value for key, value in view.items() if key != _GROUPS}
        return Viewed(data | {_LINES: lines} if lines else data, places)

    def field(self, path: str) -> str:
        """A field of the groups as a field of the document: `groups[].packs[].sscc` as `lines[].packs[].sscc`."""
        head, _, rest = path.partition(".")
        if head != f"{_GROUPS}[]":
            return path
        return f"{_LINES}[].{rest.removeprefix(f'{_LINES}[]').removeprefix('.')}".removesuffix(".")


ORDERED: Final = NumberedLines(("lineNumber", "labelSsccs", "destinations"))  #: WarehouseOrder
CONFIRMED: Final = NumberedLines(("lineNumber", "packs"))  #: WarehouseShipmentConfirmation
RECEIVED: Final = NumberedLines(("lineNumber", "sscc"))  #: StockTransferReceipt
ADJUSTED: Final = NumberedLines(("lineNumber", "item", "references"))  #: InventoryAdjustment
