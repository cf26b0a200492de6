"""Qualifier and value side by side, for generated code: tables made once, and a loop over what stands there."""

from collections.abc import Callable, Mapping
from typing import Any

from maps.codecs import CodecError, Inexact, Setting, make
from maps.compile.support import OddError, fill, part, simple, within
from maps.formats.edi import Use, width
from maps.model import MapSpec, Pairs
from maps.paths import put
from maps.qualifiers import Qualified, Qualifiers
from maps.tables import OnMissing

__all__ = ["reading_pairs", "writing_pairs"]

Object = dict[str, Any]


def _qualifiers(spec: MapSpec, pairs: Pairs) -> Qualifiers:
    return Qualifiers(pairs, spec.tables[pairs.table], lambda name, arg: make(name, arg, 1, spec.tables, spec.syntax))


def reading_pairs(spec: MapSpec, pairs: Pairs) -> Callable[[Any, int, Object, Setting], None]:
    """What reads the pairs of a segment: its elements, their number, the object, the setting."""
    table = spec.tables[pairs.table]
    qualifiers = _qualifiers(spec, pairs)
    ids = {
        code: (one.path[0] if len(one.path) == 1 else None, one.path, one.codec.decode, one.codec.name == "str")
        for code, one in qualifiers.inbound.items()
    }
    into, rest, composite = pairs.into.path, pairs.rest, pairs.composite
    strict = table.on_missing is OnMissing.ERROR
    places = [(qualifier.element - 1, value.element - 1) for qualifier, value in qualifiers.places]

    def aside(filled: Object, qualifier: str, text: str) -> bool:
        if rest is None or not qualifier:
            return False
        others = within(filled, rest.into)
        if others is None:
            fill(filled, rest.into, [{rest.qualifier: qualifier, rest.value: text}])
        else:
            others.append({rest.qualifier: qualifier, rest.value: text})
        return True

    def read(elements: Any, count: int, scope: Object, setting: Setting) -> None:
        filled = (within(scope, into) or {}) if into else scope
        for at_qualifier, at_value in places:
            if at_value >= count:
                continue
            if composite:
                cell = elements[at_value]
                qualifier, text = part(cell, 2), part(cell, 1)
            else:
                qualifier, text = elements[at_qualifier], elements[at_value]
                if text.__class__ is not str:
                    text = simple(text)
                if qualifier.__class__ is not str:
                    qualifier = simple(qualifier)
            if not text or text.isspace():
                continue
            found = ids.get(qualifier)
            if found is None:
                if not aside(filled, qualifier, text) and strict:
                    raise OddError
                continue
            key, path, decode, is_text = found
            if is_text:
                value: Any = text
            else:
                try:
                    value = decode((text,), setting)
                except CodecError:
                    raise OddError from None
                if value is None:
                    continue
            if key is not None:
                if filled.setdefault(key, value) != value and not aside(filled, qualifier, text):
                    raise OddError
            elif not put(filled, path, value) and not aside(filled, qualifier, text):
                raise OddError
        if filled and filled is not scope:
            fill(scope, into, filled)

    return read


def writing_pairs(spec: MapSpec, pairs: Pairs, use: Use) -> Callable[[Mapping[str, Any], list[Any], Setting], int]:
    """What writes the pairs of an object into the cells of a segment; says how many plain values it wrote."""
    qualifiers = _qualifiers(spec, pairs)
    choices = [(group[0].path, group) for group in qualifiers.outbound]
    into, rest, composite = pairs.into.path, pairs.rest, pairs.composite
    places = [(qualifier.element - 1, value.element - 1) for qualifier, value in qualifiers.places]
    widest = width(use, qualifiers.places[0][1])

    def write(scope: Mapping[str, Any], cells: list[Any], setting: Setting) -> int:
        source = within(scope, into) if into else scope
        if source is None:
            return 0
        number = count = 0
        for path, group in choices:
            value = source.get(path[0]) if len(path) == 1 else within(source, path)
            if value is None:
                continue
            qualifier, text = _text(group, value, setting)
            if (widest and len(text) > widest) or number == len(places):
                raise OddError
            _cell(cells, places[number], qualifier, text, composite=composite)
            number, count = number + 1, count + 1
        others = within(source, rest.into) if rest and rest.writes else None
        for other in others or ():
            assert rest is not None
            qualifier, text = other.get(rest.qualifier), other.get(rest.value)
            if not isinstance(qualifier, str) or not isinstance(text, str) or number == len(places):
                raise OddError
            _cell(cells, places[number], qualifier, text, composite=composite)
            number, count = number + 1, count + 2
        return count

    return write


def _cell(cells: list[Any], place: tuple[int, int], qualifier: str, text: str, *, composite: bool) -> None:
    at_qualifier, at_value = place
    if len(cells) <= at_value:
        cells.extend([""] * (at_value + 1 - len(cells)))
    if composite:
        cells[at_value] = [text, qualifier]
    else:
        cells[at_qualifier], cells[at_value] = qualifier, text


def _text(group: list[Qualified], value: Any, setting: Setting) -> tuple[str, str]:
    """The qualifier and text of a value: of several qualifiers, the first that has room."""
    for choice in group:
        try:
            texts = choice.codec.encode(value, setting)
        except CodecError:
            continue
        if type(texts) is Inexact:
            raise OddError
        return choice.qualifier, texts[0]
    raise OddError
