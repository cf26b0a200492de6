"""A receipt by the handling units that its lines came in, as a RECADV lists them, and back."""

from collections.abc import Mapping
from typing import Any

from canonical.views import Viewed

__all__ = ["by_unit", "from_units"]

Object = dict[str, Any]


def by_unit(receipt: Mapping[str, Any]) -> Viewed:
    """A receipt with its lines in `units[]` of handling units, those side by side that came in the same; `loose[]` where none is named."""
    view: Object = dict(receipt)
    lines: list[Object] = receipt.get("lines", [])
    places: dict[str, list[str]] = {}
    if not any(line.get("ssccs") for line in lines):
        return Viewed({**view, "loose": lines}, {f"$.loose[{number}]": (f"$.lines[{number}]",) for number in range(len(lines))})
    units: list[Object] = []
    for number, line in enumerate(lines):
        ssccs = line.get("ssccs", [])
        if not units or units[-1].get("ssccs", []) != ssccs:
            units.append({"ssccs": ssccs, "lines": []} if ssccs else {"lines": []})
        unit, at = units[-1], f"$.units[{len(units) - 1}]"
        places.setdefault(at, []).append(f"$.lines[{number}]")
        places[f"{at}.lines[{len(unit['lines'])}]"] = [f"$.lines[{number}]"]
        unit["lines"].append({key: value for key, value in line.items() if key != "ssccs"})
    return Viewed({**view, "units": units}, {path: tuple(found) for path, found in places.items()})


def from_units(view: Mapping[str, Any]) -> Viewed:
    """A receipt from its handling units; the inverse of `by_unit`. A unit in a unit is told by its own SSCC, or by the outer one's."""
    data: Object = {key: value for key, value in view.items() if key not in {"units", "loose", "lines"}}
    lines: list[Object] = []
    places: dict[str, list[str]] = {}

    def walk(holder: Mapping[str, Any], held: str, at: str, ssccs: list[str]) -> None:
        found = holder.get("ssccs") or ssccs
        for number, line in enumerate(holder.get(held, ())):
            place = f"$.lines[{len(lines)}]"
            places[f"{at}.{held}[{number}]"] = [place]
            if at != "$":
                places.setdefault(at, []).append(place)
            lines.append({**line, "ssccs": found} if found else dict(line))
        for number, unit in enumerate(holder.get("units", ())):
            walk(unit, "lines", f"{at}.units[{number}]", found)

    walk(view, "loose", "$", [])
    return Viewed({**data, "lines": lines} if lines else data, {path: tuple(found) for path, found in places.items()})
