"""Qualified pairs in a segment: PO106/PO107 and on, PER03/PER04, or composites as PIA C212. Compiled for both directions."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from edi.values import Segment
from maps.codecs import Codec, CodecError
from maps.finding import MapFindingCode, Severity
from maps.formats.edi import Cells, Use, reader, width, writer
from maps.model import Pairs
from maps.paths import dotted, get, put
from maps.qualifiers import Qualified, Qualifiers
from maps.run.fields import encoded, repeated
from maps.run.state import DecodeState, EncodeState, Frame, Object
from maps.run.values import Lineage
from maps.tables import CodeTable, OnMissing

__all__ = ["PairsPart"]


class PairsPart:
    """Qualifier and value: PO106/PO107 and on, PER03/PER04, or composites as PIA C212 (value first)."""

    def __init__(self, pairs: Pairs, table: CodeTable, codec_of: Callable[[str, str], Codec], use: Use, rule: str) -> None:
        self._pairs, self._rule = pairs, rule
        self._into = pairs.into.path
        self._missing = table.on_missing
        qualifiers = Qualifiers(pairs, table, codec_of)
        self._inbound, self._outbound, self._places = qualifiers.inbound, qualifiers.outbound, qualifiers.places
        self._readers = [(reader(qualifier), reader(value)) for qualifier, value in self._places]
        self._writers = [(writer(qualifier), writer(value)) for qualifier, value in self._places]
        self._width = width(use, self._places[0][1])

    def read(self, state: DecodeState, segment: Segment, scope: Object, at: str, frame: Frame) -> None:
        """Each pair into the field of its qualifier."""
        filled: Object = scope if not self._into else get(scope, self._into) or {}
        at += dotted(self._into)
        for index, (read_qualifier, read_value) in enumerate(self._readers):
            text = read_value(segment)
            if not text or text.isspace():
                continue
            qualifier, place = read_qualifier(segment), self._places[index][1]
            target = self._inbound.get(qualifier)
            if target is None:
                if not self._other(state, filled, qualifier, text, at, segment, index) and self._missing is OnMissing.ERROR:
                    state.fault(
                        MapFindingCode.CODE_UNKNOWN,
                        at,
                        self._rule,
                        record=segment,
                        frame=frame,
                        place=self._places[index][0],
                        value=qualifier,
                    )
                continue
            path = at + dotted(target.path)
            try:
                value = target.codec.decode((text,), state.context)
            except CodecError as error:
                state.fault(error.code, path, self._rule, record=segment, frame=frame, place=place, value=text, hint=error.hint)
                continue
            if value is None:
                continue
            if not put(filled, target.path, value):
                if not self._other(state, filled, qualifier, text, at, segment, index):
                    repeated(state, path, self._rule, segment, frame, place, text)
            elif state.lineage is not None:
                state.lineage.append(
                    Lineage(path, "direct", segment.tag, segment.position, str(place), text, target.codec.name, self._rule)
                )
        if filled and filled is not scope:
            put(scope, self._into, filled)

    def _other(self, state: DecodeState, filled: Object, qualifier: str, text: str, at: str, segment: Segment, index: int) -> bool:
        """Put a pair that has no field of its own into the list for such; says whether there is one."""
        rest = self._pairs.rest
        if rest is None or not qualifier:
            return False
        others: list[Any] = get(filled, rest.into) or []
        put(filled, rest.into, others)
        others.append({rest.qualifier: qualifier, rest.value: text})
        if state.lineage is not None:
            path = f"{at}{dotted(rest.into)}[{len(others) - 1}].{rest.value}"
            state.lineage.append(
                Lineage(path, "direct", segment.tag, segment.position, str(self._places[index][1]), text, "str", self._rule)
            )
        return True

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str, cells: Cells) -> bool:
        """The fields that have a value, side by side in the order of the map."""
        source = get(scope, self._into) if self._into else scope
        if not isinstance(source, dict):
            return False
        at += dotted(self._into)
        found = list(self._found(state, source, at))
        for index, (qualifier, text, path) in enumerate(found):
            if index >= len(self._writers):
                state.fault(
                    MapFindingCode.NOT_CARRIED, path, self._rule, value=text, severity=Severity.INFO, hint="no room for another number"
                )
                continue
            write_qualifier, write_value = self._writers[index]
            write_qualifier(cells, qualifier)
            write_value(cells, text)
            if state.lineage is not None:
                state.lineage.append(Lineage(path, "direct", "", 0, str(self._places[index][1]), text, "", self._rule))
        return bool(found)

    def _found(self, state: EncodeState, source: Mapping[str, Any], at: str) -> Iterator[tuple[str, str, str]]:
        for choices in self._outbound:
            path = choices[0].path
            value = get(source, path)
            if value is None:
                continue
            for choice in choices:
                last = choice is choices[-1]
                text = self._text(state, choice, value, at + dotted(path), last=last)
                if text is not None:
                    yield choice.qualifier, text, at + dotted(path)
                    break
        rest = self._pairs.rest
        others = get(source, rest.into) if rest and rest.writes else None
        for number, other in enumerate(others if isinstance(others, list) else ()):
            assert rest is not None
            qualifier, value = other.get(rest.qualifier), other.get(rest.value)
            if isinstance(qualifier, str) and isinstance(value, str):
                path_of = f"{at}{dotted(rest.into)}[{number}]"
                if state.lineage is not None:
                    state.lineage.append(Lineage(f"{path_of}.{rest.qualifier}", "direct", "", 0, "", qualifier, "", self._rule))
                yield qualifier, value, f"{path_of}.{rest.value}"

    def _text(self, state: EncodeState, choice: Qualified, value: Any, at: str, *, last: bool) -> str | None:
        """The text of a value under one qualifier. A key too wide for it goes under the next; only the last one complains."""
        if not last:
            try:
                return choice.codec.encode(value, state.context)[0]
            except CodecError:
                return None
        texts = encoded(state, choice.codec, value, at, self._rule, (self._width,))
        return texts[0] if texts else None
