"""Interchanges to bytes. The writer is strict: what the reader of this package would fault is refused with WriteError."""

import re
from collections.abc import Generator, Hashable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final, NamedTuple

from edi.charset import ENCODINGS, outside
from edi.delimiters import EDIFACT_DEFAULT, X12_DEFAULT, Delimiters
from edi.dialect import Dialect
from edi.edifact import EDIFACT, REPETITION
from edi.edifact import REPETITION_FROM as EDIFACT_REPETITION_FROM
from edi.errors import WriteError
from edi.headers import digits, gs, isa, kind, length, unb, ung
from edi.outgoing import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions
from edi.render import Renderer
from edi.values import Segment, Standard
from edi.x12 import REPETITION_FROM as X12_REPETITION_FROM
from edi.x12 import X12

__all__ = ["OutgoingGroup", "OutgoingInterchange", "OutgoingSet", "WriteOptions", "pieces", "write"]

_AT_ONCE: Final = 1_000  #: segments of one set that are made into text together
_PIECE: Final = 1 << 16  #: characters of a piece, or more
_NARROWEST: Final = 40  #: shorter lines are not read as wraps
_X12_CODECS: Final = ("utf-8", "ascii", "iso8859-1")
_SET_ID: Final = re.compile(r"[A-Z0-9]{3,6}")
#: separators are printable signs, or control characters that no reader takes for a blank
_SEPARATOR: Final = re.compile(r"[!-/:-@\[-`{-~\r\n\x07\x1c-\x1f\x15]")


def write(out: OutgoingInterchange, options: WriteOptions = WriteOptions()) -> bytes:  # noqa: B008  # immutable
    """The bytes of an interchange: headers, counts and trailers made, everything checked. Raises WriteError."""
    return b"".join(pieces(out, options))


def pieces(out: OutgoingInterchange, options: WriteOptions = WriteOptions()) -> Iterator[bytes]:  # noqa: B008  # immutable
    """The same piece by piece, so that what is made while it is written need not be held. Raises WriteError when it comes to it."""
    if not out.groups and not out.service_segments:
        raise WriteError("An interchange without a transaction set is not written.")
    if out.standard is Standard.X12:
        texts, codec = _x12(out, options)
    else:
        texts, codec = _edifact(out, options)
    encoded = (text.encode(codec) for text in _gathered(texts))
    return _wrapped(encoded, options.width, (options.newline or "\n").encode()) if options.width else encoded


class _Renderers(NamedTuple):
    """Replacements are for data: an address with another character in it is another address."""

    envelope: Renderer
    body: Renderer


def _renderers(delimiters: Delimiters, codec: str, level: re.Pattern[str] | None, options: WriteOptions) -> _Renderers:
    if options.width and (options.width < _NARROWEST or {"\r", "\n"} & delimiters.in_data()):
        raise WriteError(f"Lines of one length have at least {_NARROWEST} characters, and no line break ends a segment.")
    newline = "" if options.width else options.newline
    replacements = {"for_separators": options.for_separators, "for_characters": options.for_characters}
    body = Renderer(delimiters, codec, level, newline=newline, **replacements)
    return _Renderers(Renderer(delimiters, codec, level, newline=newline), body)


def _gathered(texts: Iterator[str]) -> Iterator[str]:
    """Short texts together."""
    some: list[str] = []
    size = 0
    for text in texts:
        some.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(some)
            some, size = [], 0
    if some:
        yield "".join(some)


def _wrapped(encoded: Iterator[bytes], width: int, newline: bytes) -> Iterator[bytes]:
    """Lines of one length, wherever that falls."""
    rest = b""
    for piece in encoded:
        rest += piece
        whole = len(rest) // width * width
        yield b"".join(rest[at : at + width] + newline for at in range(0, whole, width))
        rest = rest[whole:]
    if rest:
        yield rest + newline


# -- X12


def _x12(out: OutgoingInterchange, options: WriteOptions) -> tuple[Iterator[str], str]:
    codec = options.charset or _X12_CODECS[0]
    if codec not in _X12_CODECS:
        raise WriteError("The character set of X12 is one of utf-8, ascii and iso8859-1.")
    repeats = out.version >= X12_REPETITION_FROM
    delimiters = options.delimiters or replace(X12_DEFAULT, repetition="^" if repeats else None)
    if delimiters.release or delimiters.decimal != ".":
        raise WriteError("X12 has no release character, and no decimal mark but the point.")
    if delimiters.repetition and not repeats:
        raise WriteError("Before version 00402 there is no repetition separator.")
    _check_delimiters(delimiters)
    return _x12_texts(out, _renderers(delimiters, codec, None, options), options), codec


def _x12_texts(out: OutgoingInterchange, renderers: _Renderers, options: WriteOptions) -> Iterator[str]:
    envelope = renderers.envelope
    control_number = digits(out.control_number, 9, "interchange control number").zfill(9)
    yield isa(out, envelope, control_number)
    for segment in out.service_segments:
        if segment.tag not in X12.service:
            raise WriteError("Only service segments stand between groups.")
        yield renderers.body.segment(segment)
    seen: set[tuple[str, str]] = set()
    groups = 0
    for group in out.groups:
        groups += 1
        number = str(int(digits(group.control_number, 9, "group control number")))
        _once((group.functional_id, number), seen, "group control number")
        yield envelope.segment(Segment("GS", gs(out, group, number, options.group_time)))
        count = yield from _sets(group, renderers, X12, _Numbers(4))
        yield envelope.segment(Segment("GE", (str(count), number)))
    yield envelope.segment(Segment("IEA", (str(groups), control_number)))


# -- EDIFACT


def _edifact(out: OutgoingInterchange, options: WriteOptions) -> tuple[Iterator[str], str]:
    syntax = options.charset or "UNOC"
    codec = ENCODINGS.get(syntax)
    if codec is None:
        raise WriteError("The syntax identifier names no character set that is written here.")
    if out.version not in ("1", "2", "3", "4"):
        raise WriteError("The syntax version is one of 1 to 4.")
    repeats = out.version >= EDIFACT_REPETITION_FROM
    standard = replace(EDIFACT_DEFAULT, repetition=REPETITION if repeats else None)
    delimiters = options.delimiters or standard
    if delimiters.repetition and not repeats:
        raise WriteError("Before syntax version 4 there is no repetition separator.")
    if delimiters.decimal not in (".", ","):
        raise WriteError("The decimal mark is a point or a comma.")
    _check_delimiters(delimiters)
    renderers = _renderers(delimiters, codec, outside(syntax, delimiters.in_data()), options)
    advice = options.una == "always" or delimiters != standard
    return _edifact_texts(out, renderers, syntax, advice=advice), codec


def _edifact_texts(out: OutgoingInterchange, renderers: _Renderers, syntax: str, *, advice: bool) -> Iterator[str]:
    envelope = renderers.envelope
    if advice:
        d = envelope.delimiters
        yield f"UNA{d.component}{d.element}{d.decimal}{d.release or ' '}{d.repetition or ' '}{envelope.end}"
    length(out.control_number, 1, 14, "interchange control reference")
    yield envelope.segment(Segment("UNB", unb(out, syntax)))
    seen: set[tuple[str, str]] = set()
    grouped = {bool(group.functional_id) for group in out.groups}
    if len(grouped) > 1:
        raise WriteError("Either all messages stand in groups with a UNG, or none does.")
    references = _Numbers(1)
    count = 0
    for group in out.groups:
        if not group.functional_id:
            count += yield from _sets(group, renderers, EDIFACT, references)
            continue
        count += 1
        length(group.control_number, 1, 14, "group reference number")
        _once((group.functional_id, group.control_number), seen, "group reference number")
        yield envelope.segment(Segment("UNG", ung(out, group)))
        messages = yield from _sets(group, renderers, EDIFACT, _Numbers(1))
        yield envelope.segment(Segment("UNE", (str(messages), group.control_number)))
    yield envelope.segment(Segment("UNZ", (str(count), out.control_number)))


# -- both


def _sets(group: OutgoingGroup, renderers: _Renderers, dialect: Dialect, numbers: "_Numbers") -> Generator[str, None, int]:
    """The sets of a group, and how many there were."""
    x12 = dialect is X12
    most = 9 if x12 else 14
    count = 0
    frames: dict[tuple[str, str], _Frame] = {}
    for count, outgoing in enumerate(group.sets, 1):  # noqa: B007  # it is wanted after the loop
        number = outgoing.control_number.zfill(4) if x12 else outgoing.control_number
        length(number, 1, most, "control number of the set")
        if not numbers.add(number):
            raise WriteError("A control number of the set occurs twice.")
        key = outgoing.set_id, outgoing.implementation
        frame = frames.get(key) or frames.setdefault(key, _Frame(group, outgoing, renderers, dialect))
        yield from frame.texts(number, outgoing)
    if not count:
        raise WriteError("A group without a transaction set is not written.")
    return count


class _Frame:
    """What the sets of one kind in a group have in common: header and trailer, but for numbers and counts."""

    def __init__(self, group: OutgoingGroup, outgoing: OutgoingSet, renderers: _Renderers, dialect: Dialect) -> None:
        if not _SET_ID.fullmatch(outgoing.set_id) or not dialect.belongs(outgoing.set_id, group.functional_id):
            raise WriteError("The transaction set does not belong in its group.")
        self._envelope, self._body = renderers
        self._reserved = {tag for level in (dialect.interchange, dialect.group, dialect.set) for tag in (level.header, level.trailer)}
        self._header, self._trailer = dialect.set
        element, end = self._envelope.delimiters.element, self._envelope.end
        if dialect is X12:
            implementation = self._envelope.text(outgoing.implementation, "ST", 3)
            self._before, self._after = outgoing.set_id + element, (element + implementation if implementation else "") + end
        else:
            self._before, self._after = "", element + self._envelope.element(kind(outgoing.set_id, group), "UNH", 2) + end

    def texts(self, number: str, outgoing: OutgoingSet) -> Iterator[str]:
        """One set, header and trailer included; a long one in several texts."""
        element, end = self._envelope.delimiters.element, self._envelope.end
        if not number.isdecimal() or not number.isascii():
            number = self._envelope.text(number, self._header, 1)
        text = f"{self._header}{element}{self._before}{number}{self._after}"
        count = len(outgoing.segments)
        if count <= _AT_ONCE:
            text += self._segments(tuple(outgoing.segments))
        else:
            yield text
            segments = iter(outgoing.segments)
            while some := tuple(islice(segments, _AT_ONCE)):
                yield self._segments(some)
            text = ""
        yield f"{text}{self._trailer}{element}{count + 2}{element}{number}{end}"

    def _segments(self, segments: tuple[Segment, ...]) -> str:
        if not self._reserved.isdisjoint([segment.tag for segment in segments]):
            raise WriteError("An envelope segment stands within a transaction set.")
        return self._body.segments(segments)


class _Numbers:
    """The control numbers that were given, each of them once. Those that count on from one to the next take no room."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._first, self._last = 0, -1
        self._others: set[str] = set()

    def add(self, number: str) -> bool:
        """Whether it is new."""
        if number.isascii() and number.isdecimal() and str(ordinal := int(number)).zfill(self._width) == number:
            if self._last < self._first:
                self._first, self._last = ordinal, ordinal - 1
            if ordinal == self._last + 1 and number not in self._others:
                self._last = ordinal
                return True
            if self._first <= ordinal <= self._last:
                return False
        if number in self._others:
            return False
        self._others.add(number)
        return True


def _check_delimiters(delimiters: Delimiters) -> None:
    if not delimiters.are_distinct() or not all(_SEPARATOR.fullmatch(c) for c in delimiters.in_data()):
        raise WriteError("The separators are not different single signs.")
    if delimiters.in_data() & {"\r", "\n"} - {delimiters.segment}:
        raise WriteError("A line break can only end a segment.")


def _once(item: Hashable, seen: set[Any], name: str) -> None:
    if item in seen:
        raise WriteError(f"A {name} occurs twice.")
    seen.add(item)
