"""A file that may be shown to others: nothing of the partner is in it, and its faults are the same.

Names, addresses, ids, references, prices and free text are replaced where they stand (`edi.disguise`), byte for byte of the same
length. Tags, separators, codes, qualifiers, dates, quantities and counts stay as they are, so that whatever is wrong stays wrong.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from edi.charset import ENCODINGS
from edi.delimiters import Delimiters
from edi.disguise import Disguise
from edi.edifact import UNA_LENGTH
from edi.finding import FindingCode
from edi.grammar.industry import CodeLayer, code_layer
from edi.grammar.load import load, service_segments
from edi.grammar.model import CompositeDef, ElementDef, SegmentDef
from edi.source import Source
from edi.tree import LoopNode, SegmentNode
from edi.validate import ValidatedInterchange
from edi.values import Standard

__all__ = ["obfuscate"]

#: numbers that are hidden: prices, amounts, rates, percentages, control numbers; others are quantities, counts, measures and positions
_HIDDEN: Final = frozenset({
    *("212", "418", "419", "420", "421", "58", "60", "74", "117", "118", "191", "193", "280", "332", "338", "342", "359", "360", "362"),
    *("389", "610", "655", "782", "881", "954", "1051", "1687", "71", "28", "I12"),
    *("5004", "5116", "5118", "5152", "5402", "5420", "5482", "1490"),
})  # fmt: skip
#: texts that stay: versions, releases, line numbers, levels
_SHOWN: Final = frozenset({
    *("350", "628", "734", "480", "1705", "I10", "I11", "I15", "143", "0038"),
    *("1082", "7164", "7166", "0001", "0002", "0080", "0133", "0065", "0052", "0054", "0051", "0057", "0110", "0113", "0115", "0116"),
})  # fmt: skip
_PERIODS: Final = frozenset({"1251", "2380"})  #: texts that are dates
_PLACES: Final = frozenset({"116"})  #: codes by type that are none: postal codes
_CODE: Final = 3  #: a code of so many characters tells nothing, whether a list has it or not
_LETTERS: Final = re.compile(r"[^\W\d_]{3}")
_WORDS: Final = re.compile(r"[A-Za-z0-9]+")
_BINARY: Final = {"BIN": 2, "BDS": 3}  #: the element that holds bytes
_TAGS: Final = frozenset({"GS", "ST", "SE", "GE", "IEA", "TA1", "BIN", "BDS", "UNG", "UNH", "UNT", "UNE", "UNZ"})
_FALLBACK: Final = {Standard.X12: ("004010", "850"), Standard.EDIFACT: ("D96A", "ORDERS")}


def obfuscate(data: bytes, interchanges: tuple[ValidatedInterchange, ...], key: bytes) -> bytes:
    """The bytes with what is the partner's replaced. The interchanges are those that were read from these bytes; the key decides all."""
    made = bytearray(data)
    disguise = Disguise(key)
    source = Source.of(data)
    done = source.start
    for validated in interchanges:
        interchange = validated.interchange
        start, end = (_position(source, offset) for offset in (interchange.start, interchange.end))
        _hide_words(made, source, done, start, disguise)
        hider = _Hider(made, source, validated, disguise)
        hider.hide(start, end)
        done = end
    _hide_words(made, source, done, len(source.text), disguise)
    return bytes(made)


def _position(source: Source, offset: int) -> int:
    """Where in the source's text a byte stands: wraps are not in it."""
    if not source.wrap or offset < source.start:
        return offset
    return offset - (offset - source.start) // (source.wrap + source.gap) * source.gap


def _hide_words(made: bytearray, source: Source, start: int, end: int, disguise: Disguise, signs: frozenset[str] = frozenset()) -> None:
    """What is not read as segments. `signs` stay where they are and come nowhere else: they may be letters and digits."""
    for match in _WORDS.finditer(source.text, start, end):
        position = match.start()
        for part in re.split(f"([{re.escape(''.join(signs))}])" if signs else "(?!)", match[0]):
            if part not in signs:
                _put(made, source, position, disguise.value(part, refused=lambda new: _begins(new) or not signs.isdisjoint(new)))
            position += len(part)


def _begins(text: str) -> bool:
    """Whether a reader would take this for a part of an envelope."""
    return text in _TAGS or any(begin in text for begin in ("ISA", "UNA", "UNB"))


def _put(made: bytearray, source: Source, position: int, text: str) -> None:
    for at, character in enumerate(text, position):
        made[source.offset(at)] = ord(character)


class _Place(NamedTuple):
    """A text between separators."""

    start: int
    text: str
    element: int
    component: int


class _Hider:
    """Replaces what is in one interchange."""

    def __init__(self, made: bytearray, source: Source, validated: ValidatedInterchange, disguise: Disguise) -> None:
        self._interchange = interchange = validated.interchange
        self._made, self._source, self._disguise = made, source, disguise
        self._delimiters = interchange.delimiters
        self._codec = "" if interchange.standard is Standard.X12 else ENCODINGS.get(interchange.syntax_id, "iso8859-1")
        release, set_id = _FALLBACK[interchange.standard]
        fallback = load(interchange.standard, release, set_id)
        self._segments: Mapping[str, SegmentDef] = {**(fallback.segments if fallback else {}), **service_segments(interchange.standard)}
        self._placed: dict[int, tuple[SegmentDef, CodeLayer | None]] = {}
        for validation in validated.validations:
            if validation.tree and validation.message:
                layer = code_layer(validation.message.standard, validation.transaction_set.industry)
                for node in _nodes(validation.tree.root):
                    definition = node.use.definition if node.use else validation.message.segments.get(node.tag)
                    if definition:
                        self._placed[node.segment.offset] = (definition, layer)

    def hide(self, start: int, end: int) -> None:
        text, d = self._source.text, self._delimiters
        if text.startswith("UNA", start):
            start += UNA_LENGTH
        if self._interchange.standard is Standard.X12:  # the ISA names the separators as its data, and ends by their number
            fields = text[start:end].split(d.element, 16)
            stop = start + sum(map(len, fields[:16])) + 16 * len(d.element) + (len(d.component) if self._interchange.header.get(16) else 0)
            self._segment(start, min(stop, end))
            start = min(stop + len(d.segment), end)
        pieces = _pieces(text, start, end, d)
        if any(finding.code is FindingCode.DELIMITERS_INVALID for finding in self._interchange.findings):
            if self._interchange.standard is Standard.EDIFACT and (header := next(pieces, None)):
                self._segment(*header)
                start = header[1]
            _hide_words(self._made, self._source, start, end, self._disguise, d.in_data())
            return
        for begin, stop in pieces:
            self._segment(begin, stop)

    def _segment(self, start: int, end: int) -> None:
        text = self._source.text[start:end]
        places = list(_places(text, start, self._delimiters))
        tag = places[0].text
        codec = self._codec_of(text)
        definition, layer = self._placed.get(self._source.offset(start), (self._segments.get(tag), None))
        if len(tag) > 3 and not _begins(tag):  # no tag at all, but what stood behind a terminator within data
            self._hide(places[0], codec, None, None)
        for place in places[1:]:
            known = _definition(definition, place)
            if not _is_shown(place, known, is_described=definition is not None):
                self._hide(place, codec, known, layer)

    def _codec_of(self, text: str) -> str:
        """X12 is UTF-8 segment by segment, as it is read; bytes that are not of their character set are taken one by one."""
        codec = self._codec or "utf-8"
        try:
            text.encode("latin-1").decode(codec)
        except UnicodeDecodeError:
            return "iso8859-1"
        return codec

    def _hide(self, place: _Place, codec: str, known: ElementDef | None, layer: CodeLayer | None) -> None:
        breaks = [at for at, character in enumerate(place.text) if character in "\r\n"]
        plain = place.text.replace("\r", "").replace("\n", "")
        text = plain.encode("latin-1").decode(codec, "replace")
        if "\ufffd" in text:
            codec, text = "iso8859-1", plain
        signs = self._delimiters.in_data()

        def refused(new: str) -> bool:
            if known is not None and known.codes is not None and (new in known.codes or (layer is not None and layer.has(known, new))):
                return True
            return _begins(new) or (
                not new.isascii() and any(sign in new.encode(codec).decode("latin-1") for sign in signs if sign not in text)
            )

        replaced = self._disguise.value(text, codec=codec, refused=refused).encode(codec).decode("latin-1")
        for at in breaks:
            replaced = replaced[:at] + place.text[at] + replaced[at:]
        _put(self._made, self._source, place.start, replaced)


def _nodes(loop: LoopNode) -> Iterator[SegmentNode]:
    return loop.walk()


def _definition(segment: SegmentDef | None, place: _Place) -> ElementDef | None:
    if segment is None or place.element > len(segment.elements):
        return None
    definition = segment.elements[place.element - 1].definition
    if isinstance(definition, CompositeDef):
        parts = definition.components
        found = parts[place.component - 1].definition if place.component <= len(parts) else None
        return found if isinstance(found, ElementDef) else None
    return definition if place.component == 1 else None


def _is_shown(place: _Place, known: ElementDef | None, *, is_described: bool) -> bool:
    """Whether a text stays as it is."""
    text = place.text.strip()
    if not text or (known is None and not is_described and len(text) <= _CODE):
        return True
    if known is None or known.id in _HIDDEN or known.id in _PLACES:
        return False
    if known.codes is not None or known.type == "ID" or (known.max_length <= _CODE and known.type[0] == "a"):
        return len(text) <= _CODE or (known.codes is not None and text in known.codes) or known.id in _SHOWN
    if known.id in _SHOWN:
        return known.id not in ("350", "628", "734", "1082", "7164", "7166") or text.isdecimal()
    is_number = known.type in ("R", "n", "DT", "TM") or (known.type[0] == "N" and known.type[1:].isdecimal())
    return (is_number or known.id in _PERIODS) and not _LETTERS.search(text)


# -- segments and elements where they stand


def _pieces(text: str, start: int, end: int, delimiters: Delimiters) -> Iterator[tuple[int, int]]:
    """Where segments begin and end, without blanks before them and the terminator behind."""
    position = start
    while position < end:
        stop = _next(text, position, end, delimiters.segment, delimiters.release)
        begin = position
        while begin < stop and text[begin] in " \t\r\n\x00\x1a" and text[begin] not in delimiters.in_data():
            begin += 1
        stop = _binary_end(text, begin, stop, end, delimiters)
        if begin < stop:
            yield begin, stop
        position = stop + len(delimiters.segment)


def _binary_end(text: str, begin: int, stop: int, end: int, delimiters: Delimiters) -> int:
    """The end of a segment that says how long the bytes in it are: separators among them are none."""
    element = _BINARY.get(text[begin : begin + 3])
    if element is None:
        return stop
    fields = text[begin : begin + 64].split(delimiters.element, element)
    if len(fields) <= element or not fields[element - 1].isdecimal():
        return stop
    named = begin + sum(len(field) + len(delimiters.element) for field in fields[:element]) + int(fields[element - 1][:9])
    return named if named <= end and text.startswith(delimiters.segment, named) else stop


def _next(text: str, start: int, end: int, separator: str, release: str | None) -> int:
    """Where the next separator stands that is not released."""
    position = start
    while True:
        found = text.find(separator, position, end)
        if found < 0:
            return end
        if not release:
            return found
        before = found
        while before > start and text[before - 1] == release:
            before -= 1
        if (found - before) % 2 == 0:
            return found
        position = found + 1


def _places(text: str, start: int, delimiters: Delimiters) -> Iterator[_Place]:
    """The tag as element 0, then each text with its element and component."""
    d = delimiters
    binary = _BINARY.get(text[:3], 0)
    for element, (begin, end) in enumerate(_split(text, 0, len(text), d.element, d.release, binary)):
        if element in {0, binary} or text.startswith("ISA"):
            yield _Place(start + begin, text[begin:end], element, 1)
            continue
        repetitions = _split(text, begin, end, d.repetition, d.release) if d.repetition else [(begin, end)]
        for first, last in repetitions:
            for component, (left, right) in enumerate(_split(text, first, last, d.component, d.release), 1):
                yield _Place(start + left, text[left:right], element, component)


def _split(text: str, start: int, end: int, separator: str, release: str | None, most: int = 0) -> Iterator[tuple[int, int]]:
    position, count = start, 0
    while True:
        stop = end if most and count == most else _next(text, position, end, separator, release)
        yield position, stop
        if stop >= end:
            return
        position, count = stop + len(separator), count + 1
