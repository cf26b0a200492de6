"""The values that a binding can carry: right for the field, its codec and table, and the elements that they stand in.

A value belongs to a pool only if its codec reads back what it wrote: what a whole map makes of it is what the laws try.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from random import Random
from typing import Any

from edi.datatypes import edifact_check, x12_check
from edi.grammar.model import CompositeDef, ElementDef, SegmentDef
from edi.values import Standard
from maps.codecs import Codec, CodecError, Inexact, make
from maps.model import CodecUse, MapSpec, Slot
from maps.run import EncodeContext
from maps.tables import OnMissing
from tests.maps.generate.shapes import Field
from tests.maps.generate.values import candidates, numbers, text

__all__ = ["Option", "Pools", "element_at", "fits"]

_SETTING = EncodeContext(UTC)
_MOST = 36  #: values of a pool
_FINE = ("price", "percent", "rate", "factor")  #: fields that no map adds up


@dataclass(frozen=True)
class Option:
    """A value and how it stands on the wire."""

    value: Any
    texts: tuple[str, ...]


def element_at(definition: SegmentDef, slot: Slot) -> ElementDef | None:
    """The element at a place of a segment; of a composite without a component, its first."""
    if slot.element > len(definition.elements):
        return None
    found: ElementDef | CompositeDef | None = definition.elements[slot.element - 1].definition
    if isinstance(found, CompositeDef):
        component = slot.component or 1
        found = found.components[component - 1].definition if component <= len(found.components) else None
    return found if isinstance(found, ElementDef) else None


@cache
def fits(standard: Standard, element: ElementDef, value: str) -> bool:
    """Whether a text is right in an element."""
    if element.codes is not None and value not in element.codes:
        return False
    kind, least, most = element.type, element.min_length, element.max_length
    check = x12_check(kind, least, most) if standard is Standard.X12 else edifact_check(kind, least, most, ".")
    return check(value) is None


class Pools:
    """The pools of one map. Those of equal bindings are made once for all maps."""

    _shared: Mapping[Any, tuple[Option, ...]] = {}

    def __init__(self, spec: MapSpec, standard: Standard) -> None:
        self.spec, self.standard = spec, standard

    def codec(self, use: CodecUse, places: int) -> Codec:
        """The codec of a binding."""
        return make(use.name, use.arg, places, self.spec.tables, self.spec.syntax)

    def options(self, use: CodecUse, elements: tuple[ElementDef | None, ...], field: Field) -> tuple[Option, ...]:
        """What a field can hold that these elements can carry, the simplest first."""
        table = self.spec.tables.get(use.arg or "uom") if use.name in {"code", "uom"} else None
        shape = tuple(None if e is None else (e.id, e.type, e.min_length, e.max_length, e.codes) for e in elements)
        key = (
            use,
            None if table is None else (table.rows, table.on_missing),
            shape,
            repr(field.annotation),
            field.name.lower().endswith(_FINE),
            self.standard,
        )
        found = self._shared.get(key)
        if found is None:
            found = self._made(use, elements, field)
            self._shared[key] = found  # type: ignore[index]  # one mapping for all
        return found

    def _made(self, use: CodecUse, elements: tuple[ElementDef | None, ...], field: Field) -> tuple[Option, ...]:
        if None in elements:
            return ()
        codec = self.codec(use, len(elements))
        kept: dict[Any, Option] = {}
        for value in self._candidates(use, elements, field):
            if (type(value), value) not in kept and field.takes(value):
                option = self._option(codec, elements, value)
                if option is not None:
                    kept[type(value), value] = option
        return _thinned(tuple(kept.values()))

    def _candidates(self, use: CodecUse, elements: tuple[ElementDef | None, ...], field: Field) -> list[Any]:
        first = elements[0]
        assert first is not None
        listed = sorted(first.codes or ())
        if use.name in {"code", "uom"}:
            table = self.spec.tables[use.arg or "uom"]
            words: list[Any] = list(table.codes)
            if table.on_missing is OnMissing.PASSTHROUGH:
                strangers = [code for code in listed if code not in table.words] if listed else ["QK", "ZQ", "Q", "QKX", "7", "QQQQ"]
                words += [f"{self.spec.syntax}:{code}" for code in strangers[:: max(1, len(strangers) // 5)]]
            return words
        if use.name in {"num", "int", "n", "n2"}:
            return list(numbers(fine=field.name.lower().endswith(_FINE)))
        random = Random(first.max_length)
        most = sum(e.max_length for e in elements if e) if use.name == "text" else first.max_length
        lengths = {first.min_length, min(most, 512), min(most, 512) // 2 or 1}
        sized = [text(random, length, " ") for length in sorted(lengths) if length]
        codes = listed[:: max(1, len(listed) // 8)] if use.name == "str" else []
        return [*codes, *(field.words or ()), *candidates(), *sized]

    def _option(self, codec: Codec, elements: tuple[ElementDef | None, ...], value: Any) -> Option | None:
        if isinstance(value, bool):
            return None
        try:
            texts = codec.encode(value, _SETTING)
            if type(texts) is Inexact or codec.decode(tuple(texts) + ("",) * (len(elements) - len(texts)), _SETTING) != value:
                return None
        except CodecError:
            return None
        if not texts[0] or any(t != t.strip() or (t and (e is None or not fits(self.standard, e, t))) for t, e in zip(texts, elements)):  # noqa: B905
            return None
        return Option(value, tuple(texts))


def _thinned(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """Of many, some of each pattern of places, the longest and shortest among them."""
    patterns: dict[tuple[bool, ...], list[Option]] = {}
    for option in options:
        patterns.setdefault(tuple(map(bool, option.texts)), []).append(option)
    kept: list[Option] = []
    most = max(1, _MOST // max(1, len(patterns)))
    for found in patterns.values():
        if len(found) > most:
            by_length = sorted(found, key=lambda option: len(option.texts[0]))
            step = len(found) / (most - 3)
            found = list(dict.fromkeys((found[0], *(found[int(n * step)] for n in range(most - 3)), by_length[0], by_length[-1])))
        kept += found
    return tuple(kept)


def without(options: Collection[Option], banned: Collection[str], allowed: Collection[str] | None) -> tuple[Option, ...]:
    """Those whose first text may stand at its place."""
    return tuple(o for o in options if o.texts[0] not in banned and (allowed is None or o.texts[0] in allowed))
