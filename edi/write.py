"""Interchanges to bytes. The writer is strict: what the reader of this package would fault is refused with WriteError."""

import re
from collections.abc import Hashable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, Final, NamedTuple

from edi.charset import ENCODINGS, outside
from edi.delimiters import EDIFACT_DEFAULT, X12_DEFAULT, Delimiters
from edi.dialect import Dialect
from edi.edifact import EDIFACT, REPETITION
from edi.edifact import REPETITION_FROM as EDIFACT_REPETITION_FROM
from edi.errors import WriteError
from edi.outgoing import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions
from edi.render import Renderer
from edi.values import ElementValue, Segment, Standard
from edi.x12 import ISA_WIDTHS, X12
from edi.x12 import REPETITION_FROM as X12_REPETITION_FROM

__all__ = ["OutgoingGroup", "OutgoingInterchange", "OutgoingSet", "WriteOptions", "pieces", "write"]

_AT_ONCE: Final = 1_000  #: segments in a piece
_X12_CODECS: Final = ("utf-8", "ascii", "iso8859-1")
_X12_USAGE: Final = {"live": "P", "test": "T", "information": "I"}
_X12_VERSION: Final = re.compile(r"00[2-8]\d\d")
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
        segments, codec = _x12(out, options)
    else:
        segments, codec = _edifact(out, options)
    while some := "".join(f"{segment}{options.newline}" for segment in islice(segments, _AT_ONCE)):
        yield some.encode(codec)


class _Renderers(NamedTuple):
    """Replacements are for data: an address with another character in it is another address."""

    envelope: Renderer
    body: Renderer


def _renderers(delimiters: Delimiters, codec: str, level: re.Pattern[str] | None, options: WriteOptions) -> _Renderers:
    body = Renderer(delimiters, codec, level, for_separators=options.for_separators, for_characters=options.for_characters)
    return _Renderers(Renderer(delimiters, codec, level), body)


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
    return _x12_segments(out, _renderers(delimiters, codec, None, options)), codec


def _x12_segments(out: OutgoingInterchange, renderers: _Renderers) -> Iterator[str]:
    control_number = _digits(out.control_number, 9, "interchange control number").zfill(9)
    yield _isa(out, renderers.envelope, control_number)
    for segment in out.service_segments:
        if segment.tag not in X12.service:
            raise WriteError("Only service segments stand between groups.")
        yield renderers.body.segment(segment)
    seen: set[tuple[str, str]] = set()
    for group in out.groups:
        number = str(int(_digits(group.control_number, 9, "group control number")))
        _once((group.functional_id, number), seen, "group control number")
        yield renderers.envelope.segment(Segment("GS", _gs(out, group, number)))
        yield from _sets(group, renderers, X12)
        yield renderers.envelope.segment(Segment("GE", (str(len(group.sets)), number)))
    yield renderers.envelope.segment(Segment("IEA", (str(len(out.groups)), control_number)))


def _isa(out: OutgoingInterchange, renderer: Renderer, control_number: str) -> str:
    """The ISA: every element of its fixed length (X12.5)."""
    delimiters = renderer.delimiters
    if not _X12_VERSION.fullmatch(out.version):
        raise WriteError("The interchange version is none of X12's.")
    if out.usage not in _X12_USAGE:
        raise WriteError("The usage is one of live, test and information.")
    if not out.sender.id.strip() or not out.receiver.id.strip():
        raise WriteError("The interchange names a sender and a receiver.")
    texts = (
        *(*out.authorization, *out.security, *out.sender, *out.receiver),
        *(f"{out.prepared:%y%m%d}", f"{out.prepared:%H%M}"),
        *(delimiters.repetition or "U", out.version, control_number, "1" if out.ack_requested else "0", _X12_USAGE[out.usage]),
    )
    elements = []
    for position, (text, width) in enumerate(zip(texts, ISA_WIDTHS[:15], strict=True), 1):
        if position != 11:
            renderer.text(text, "ISA", position)
        if not text.isascii() or len(text) > width or (width == 2 and len(text) != width):
            raise WriteError(f"ISA{position:02} is not of its length.")
        elements.append(text.ljust(width))
    return delimiters.element.join(("ISA", *elements, delimiters.component)) + delimiters.segment


def _gs(out: OutgoingInterchange, group: OutgoingGroup, number: str) -> tuple[str, ...]:
    _length(group.functional_id, 2, 2, "functional identifier")
    _length(group.sender, 1, 15, "group sender")
    _length(group.receiver, 1, 15, "group receiver")
    _length(group.release, 1, 12, "group release")
    date = f"{out.prepared:%Y%m%d}" if group.release >= "004" else f"{out.prepared:%y%m%d}"
    agency = group.agency or "X"
    return group.functional_id, group.sender, group.receiver, date, f"{out.prepared:%H%M}", number, agency, group.release


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
    return _edifact_segments(out, renderers, syntax, advice=advice), codec


def _edifact_segments(out: OutgoingInterchange, renderers: _Renderers, syntax: str, *, advice: bool) -> Iterator[str]:
    if advice:
        d = renderers.envelope.delimiters
        yield f"UNA{d.component}{d.element}{d.decimal}{d.release or ' '}{d.repetition or ' '}{d.segment}"
    _length(out.control_number, 1, 14, "interchange control reference")
    yield renderers.envelope.segment(Segment("UNB", _unb(out, syntax)))
    seen: set[tuple[str, str]] = set()
    grouped = {bool(group.functional_id) for group in out.groups}
    if len(grouped) > 1:
        raise WriteError("Either all messages stand in groups with a UNG, or none does.")
    references: set[str] = set()
    for group in out.groups:
        if group.functional_id:
            _length(group.control_number, 1, 14, "group reference number")
            _once((group.functional_id, group.control_number), seen, "group reference number")
            references = set()
            yield renderers.envelope.segment(Segment("UNG", _ung(out, group)))
        yield from _sets(group, renderers, EDIFACT, references)
        if group.functional_id:
            yield renderers.envelope.segment(Segment("UNE", (str(len(group.sets)), group.control_number)))
    count = len(out.groups) if True in grouped else sum(len(group.sets) for group in out.groups)
    yield renderers.envelope.segment(Segment("UNZ", (str(count), out.control_number)))


def _unb(out: OutgoingInterchange, syntax: str) -> tuple[ElementValue, ...]:
    """S001 to 0035 of ISO 9735; what is not used is empty."""
    if out.usage not in ("live", "test"):
        raise WriteError("The usage is live or test.")
    for identity in (out.sender, out.receiver):
        _length(identity.id, 1, 35, "interchange sender or recipient")
        _length(identity.qualifier, 0, 4, "interchange qualifier")
    return (
        (syntax, out.version),
        (out.sender.id, out.sender.qualifier),
        (out.receiver.id, out.receiver.qualifier),
        _prepared(out),
        out.control_number,
        *("", "", ""),
        "1" if out.ack_requested else "",
        "",
        "1" if out.usage == "test" else "",
    )


def _prepared(out: OutgoingInterchange) -> tuple[str, str]:
    date = f"{out.prepared:%Y%m%d}" if out.version >= "4" else f"{out.prepared:%y%m%d}"
    return date, f"{out.prepared:%H%M}"


def _ung(out: OutgoingInterchange, group: OutgoingGroup) -> tuple[ElementValue, ...]:
    version, release = _directory(group.release)
    kind = (version, release, group.association)
    return group.functional_id, group.sender, group.receiver, _prepared(out), group.control_number, group.agency or "UN", kind


def _directory(release: str) -> tuple[str, str]:
    """Version 0052 and release 0054 of a directory's name: D96A is D and 96A, 911 is 91 and 1, 41 is 4 and 1."""
    match = re.fullmatch(r"([A-Z]|\d(?=\d(?:\d\d)?$)|\d\d(?=\d$))(\w{1,3})", release)
    if not match:
        raise WriteError("The release of the message names no directory.")
    return match[1], match[2]


# -- both


def _sets(group: OutgoingGroup, renderers: _Renderers, dialect: Dialect, seen: set[str] | None = None) -> Iterator[str]:
    if not group.sets:
        raise WriteError("A group without a transaction set is not written.")
    seen = set() if seen is None else seen
    envelope = {tag for level in (dialect.interchange, dialect.group, dialect.set) for tag in (level.header, level.trailer)}
    for outgoing in group.sets:
        x12 = dialect is X12
        number = outgoing.control_number.zfill(4) if x12 else outgoing.control_number
        _length(number, 1, 9 if x12 else 14, "control number of the set")
        _once(number, seen, "control number of the set")
        if not re.fullmatch(r"[A-Z0-9]{3,6}", outgoing.set_id) or not dialect.belongs(outgoing.set_id, group.functional_id):
            raise WriteError("The transaction set does not belong in its group.")
        header: tuple[ElementValue, ...] = (outgoing.set_id, number, outgoing.implementation)
        if not x12:
            kind = (outgoing.set_id, *_directory(group.release), group.agency or "UN", group.association)
            header = (number, kind)
        yield renderers.envelope.segment(Segment(dialect.set.header, header))
        for segment in outgoing.segments:
            if segment.tag in envelope:
                raise WriteError("An envelope segment stands within a transaction set.")
            yield renderers.body.segment(segment)
        yield renderers.envelope.segment(Segment(dialect.set.trailer, (str(len(outgoing.segments) + 2), number)))


def _check_delimiters(delimiters: Delimiters) -> None:
    if not delimiters.are_distinct() or not all(_SEPARATOR.fullmatch(c) for c in delimiters.in_data()):
        raise WriteError("The separators are not different single signs.")
    if delimiters.in_data() & {"\r", "\n"} - {delimiters.segment}:
        raise WriteError("A line break can only end a segment.")


def _digits(text: str, most: int, name: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) <= most):
        raise WriteError(f"The {name} is not a number of one to {most} digits.")
    return text


def _length(text: str, least: int, most: int, name: str) -> None:
    if not least <= len(text) <= most or text != text.strip():
        raise WriteError(f"The {name} is not of {least} to {most} characters, without blanks around.")


def _once(item: Hashable, seen: set[Any], name: str) -> None:
    if item in seen:
        raise WriteError(f"A {name} occurs twice.")
    seen.add(item)
