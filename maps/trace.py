"""Where one value comes from and where it goes: the lineage of a real document, asked by field or by place on the wire."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from maps.lint.rules import all_rules
from maps.model import MapSpec
from maps.run.values import Lineage
from maps.source import Origin

__all__ = ["Traced", "trace", "value_at"]

_WIRE: Final = re.compile(r"([A-Z][A-Z0-9]{1,2}?)?([0-9]{2}(?:\.[0-9]{1,2})?)?(?:@([0-9]+))?")
_SEGMENT: Final = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Traced:
    """One value on both sides."""

    path: str
    value: Any
    place: str  #: `PO107 at segment 28`; empty: the wire does not say it
    raw: str
    kind: str  #: direct, table, defaulted, ...
    codec: str
    rule: str
    origin: Origin | None  #: the line of the map that did it


def trace(spec: MapSpec, lineage: Iterable[Lineage], document: Any, what: str) -> list[Traced]:
    """The values that a field (`$.lines[0].item`), a place (`PO107`, `PO107@28`, `Qty`), a segment or line (`28`) speaks of."""
    tags = {rule.address: rule.tag for rule in all_rules(spec.rules)}
    named = (one if one.tag else one._replace(tag=tags.get(one.rule, "")) for one in lineage)  # what is written has no segment yet
    return [_traced(spec, one, document) for one in named if _meant(one, what)]


def _meant(one: Lineage, what: str) -> bool:
    if not one.tag and one.place == what:
        return True  # a key, path or column of a partner's own form
    if what.startswith("$") or (what[:1].islower() and not what[:1].isdigit()):
        path = what if what.startswith("$") else f"$.{what}"
        return one.path == path or one.path.startswith((f"{path}.", f"{path}["))
    if _SEGMENT.fullmatch(what):
        return one.position == int(what)
    match = _WIRE.fullmatch(what)
    if match is None or not any(match.groups()):
        return False
    tag, place, position = match.groups()
    return (
        (tag is None or one.tag == tag)
        and (place is None or place in one.place.split("+") or one.place == place)
        and (position is None or one.position == int(position))
    )


def _traced(spec: MapSpec, one: Lineage, document: Any) -> Traced:
    keys = spec.origins.get(one.rule, {})
    origin = keys.get(f"els.{one.place}") or next((keys[key] for key in keys if key.startswith("els.") and one.place in key), None)
    place = f"{one.tag}{one.place}" if one.tag else one.place
    where = f"{place} at {'segment' if one.tag else 'line'} {one.position}" if one.position else place
    return Traced(one.path, value_at(document, one.path), where, one.raw, one.kind, one.codec, one.rule, origin or keys.get(""))


def value_at(document: Any, path: str) -> Any:
    """What stands at a JSON path of a document; None when nothing does."""
    value = document
    for key in re.findall(r"\[([0-9]+)\]|\.([^.\[]+)", path):
        index, name = key
        if index:
            value = value[int(index)] if isinstance(value, list) and int(index) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value
