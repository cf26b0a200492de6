"""Interchanges as lines with a depth, and lines as bytes again: nothing is made, counted or judged on the way."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from edi.charset import ENCODINGS
from edi.delimiters import EDIFACT_DEFAULT, Delimiters
from edi.edifact import EDIFACT, LEVEL_B, REPETITION, REPETITION_FROM
from edi.errors import WriteError
from edi.tree import LoopNode, SegmentNode
from edi.validate import ValidatedInterchange
from edi.values import Composite, ElementValue, Repeats, Segment, Standard

__all__ = ["Line", "Plain", "lines_of", "plain", "render"]

_BINARY: Final = frozenset({"BIN", "BDS"})  #: what they hold is bytes, not text
_INDENT: Final = "  "


class Line(NamedTuple):
    """A segment, and in how many envelopes and loops it stands."""

    depth: int
    segment: Segment


@dataclass(frozen=True, slots=True)
class Plain:
    """One interchange as its segments in order, header first."""

    standard: Standard
    delimiters: Delimiters
    lines: tuple[Line, ...]


def plain(validated: ValidatedInterchange) -> Plain:
    """The segments of an interchange as they were read. What stood in no group or set is not among them."""
    interchange = validated.interchange
    return Plain(interchange.standard, interchange.delimiters, tuple(lines_of(validated)))


def lines_of(validated: ValidatedInterchange) -> Iterator[Line]:
    """Every segment of an interchange with its depth, in the order of the data; service segments after the header."""
    interchange = validated.interchange
    yield Line(0, interchange.header)
    for segment in interchange.service_segments:
        yield Line(1, segment)
    for group in validated.groups:
        if group.group.header:
            yield Line(1, group.group.header)
        for validation in group.validations:
            depth = 2 if group.group.header else 1
            if validation.tree is None:
                yield from _flat(validation.transaction_set.segments, depth)
            else:
                yield from _placed(validation.tree.root, depth)
        if group.group.trailer:
            yield Line(1, group.group.trailer)
    if interchange.trailer:
        yield Line(0, interchange.trailer)


def _flat(segments: tuple[Segment, ...], depth: int) -> Iterator[Line]:
    """Header and trailer of the set, and what is between a step in."""
    for number, segment in enumerate(segments):
        is_end = number == 0 or (number == len(segments) - 1 and segment.tag in ("SE", "UNT"))
        yield Line(depth if is_end else depth + 1, segment)


def _placed(root: LoopNode, depth: int) -> Iterator[Line]:
    for number, child in enumerate(root.children):
        if isinstance(child, SegmentNode):
            is_end = number == 0 or child.tag in ("SE", "UNT")
            yield Line(depth if is_end else depth + 1, child.segment)
        else:
            yield from _loop(child, depth + 1)


def _loop(loop: LoopNode, depth: int) -> Iterator[Line]:
    for number, child in enumerate(loop.children):
        if isinstance(child, SegmentNode):
            yield Line(depth if number == 0 else depth + 1, child.segment)
        else:
            yield from _loop(child, depth + 1)


def render(interchange: Plain, *, pretty: bool = False) -> bytes:
    """The bytes of an interchange, `pretty` with each segment on a line of its own, indented by its depth; both read as the same.

    X12 becomes UTF-8, EDIFACT is of the character set that its header names. Raises WriteError where a separator stands in X12 data.
    """
    d = interchange.delimiters
    header = interchange.lines[0].segment
    codec = "utf-8" if interchange.standard is Standard.X12 else ENCODINGS.get(header.get(1).strip(), "iso8859-1")
    end = d.segment.encode("latin-1")
    is_spare = interchange.standard is Standard.X12 and not header.get(16)  # only line ends show that ISA16 is empty
    after = b"\n" if (pretty or is_spare) and d.segment not in ("\n", "\r") else b""
    rendered = bytearray(_advice(interchange, header) + (after if _advice(interchange, header) else b""))
    writer = _Writer(d, codec)
    for number, (depth, segment) in enumerate(interchange.lines):
        indent = _INDENT.encode() * depth if pretty and d.element != " " else b""
        is_isa = number == 0 and interchange.standard is Standard.X12
        rendered += indent + (writer.isa(segment) if is_isa else writer.segment(segment)) + end + after
    return bytes(rendered)


def _advice(interchange: Plain, header: Segment) -> bytes:
    """The UNA, where the separators are others than those that are taken without one."""
    d = interchange.delimiters
    if interchange.standard is Standard.X12:
        return b""
    repetition = REPETITION if header.get(1, 2) >= REPETITION_FROM else None
    if d in (replace(EDIFACT_DEFAULT, repetition=repetition), replace(LEVEL_B, repetition=None)):
        return b""
    return f"{EDIFACT.begins[0]}{d.component}{d.element}{d.decimal}{d.release or ' '}{d.repetition or ' '}{d.segment}".encode("latin-1")


class _Writer:
    def __init__(self, delimiters: Delimiters, codec: str) -> None:
        self._codec = codec
        self._delimiters = delimiters
        self._element, self._component = delimiters.element.encode("latin-1"), delimiters.component.encode("latin-1")
        self._repetition = delimiters.repetition.encode("latin-1") if delimiters.repetition else None
        self._special = sorted(delimiters.in_data())

    def isa(self, segment: Segment) -> bytes:
        """The ISA names separators as its data."""
        texts = [segment.tag, *map(_text, segment.elements)]
        return self._element.join((*(text.encode("utf-8", "replace") for text in texts[:-1]), self._component if texts[-1] else b""))

    def segment(self, segment: Segment) -> bytes:
        codec = "latin-1" if segment.tag in _BINARY else self._codec
        return self._element.join((segment.tag.encode(codec, "replace"), *(self._value(value, codec) for value in segment.elements)))

    def _value(self, value: ElementValue, codec: str) -> bytes:
        if isinstance(value, str):
            return self._text(value, codec)
        if isinstance(value, Repeats):
            if self._repetition is None:
                raise WriteError("An element repeats, but there is no repetition separator.")
            return self._repetition.join(self._single(one, codec) for one in value)
        return self._single(value, codec)

    def _single(self, value: str | Composite, codec: str) -> bytes:
        texts: Iterable[str] = (value,) if isinstance(value, str) else value
        return self._component.join(self._text(text, codec) for text in texts)

    def _text(self, text: str, codec: str) -> bytes:
        release = self._delimiters.release
        if any(sign in text for sign in self._special):
            if release is None and codec == self._codec:
                raise WriteError("A separator stands in data, and there is no release character.")
            if release:
                text = "".join(f"{release}{c}" if c in self._special else c for c in text)
        try:
            return text.encode(codec)
        except UnicodeEncodeError:  # bytes that were not of the character set were read as they are
            return text.encode("latin-1", "replace")


def _text(value: ElementValue) -> str:
    return value if isinstance(value, str) else ""
