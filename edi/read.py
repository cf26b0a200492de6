"""Bytes to interchanges. Whatever is wrong with them is a finding in them."""

import re
from dataclasses import replace
from typing import Final

from edi.assemble import Assembler
from edi.dialect import Dialect, Opening
from edi.edifact import EDIFACT
from edi.envelope import Interchange
from edi.errors import NoInterchangeError
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.lexer import BLANKS, Limits
from edi.location import Location
from edi.source import Source
from edi.tolerance import STANDARD, Tolerance
from edi.values import Standard
from edi.x12 import X12

__all__ = ["Limits", "read", "sniff"]

_DIALECTS: Final = (X12, EDIFACT)
_BOM: Final = "\xef\xbb\xbf"  # files that were joined bring one each
_BEGIN: Final = re.compile("|".join(begin for dialect in _DIALECTS for begin in dialect.begins))

#: what the data may be instead, so that a person is told more than that it is no interchange
_OTHERS: Final = (
    (("UIB",), "This is interactive EDIFACT (UIB), which is not supported; batch interchanges begin with UNA or UNB."),
    (("STX=",), "This is TRADACOMS (STX), which is not supported."),
    (("ISA",), "The ISA header is incomplete or its separators cannot be told."),
    (("UNA", "UNB"), "The UNB header is missing or incomplete, or its separators are not those of the UNA or the standard."),
    (("ST", "GS", "UNH", "UNG"), "There is a group or transaction set without an interchange header."),
    (("<",), "This looks like XML."),
    (("{", "["), "This looks like JSON."),
    (("\xff\xfe", "\xfe\xff"), "This is UTF-16 text; an interchange is one byte per character in its separators."),
)


def sniff(data: bytes) -> Standard | None:
    """The rule family by the first bytes only; None when these are no interchange."""
    source = Source.of(data[:1024])
    begins = _begins_at(source, source.start)
    return begins[1].standard if begins else None


def read(data: bytes, *, tolerance: Tolerance = STANDARD, limits: Limits = Limits()) -> tuple[Interchange, ...]:  # noqa: B008  # immutable
    """All interchanges in the data, in order, of either rule family.

    Raises NoInterchangeError when the data does not begin with one. Any other exception is a bug.
    """
    source = Source.of(data[: limits.bytes])
    begins = _begins_at(source, source.start)
    if begins is None:
        raise NoInterchangeError(_why_not(source))
    found: list[Interchange] = []
    segments = 0
    while begins:
        start, dialect, opening = begins
        assembler = Assembler(dialect, source, start, opening, replace(limits, segments=limits.segments - segments), tolerance)
        found.append(assembler.run())
        segments += assembler.segments
        begins = _next(source, assembler.position)
        between = source.text[assembler.position : begins[0] if begins else None]
        if len(found) == limits.interchanges and begins:
            found[-1] = _with(found[-1], FindingCode.LIMIT_EXCEEDED, "more interchanges than are read; the rest was not looked at")
            break
        if between.replace(_BOM, "").strip(BLANKS):
            found[-1] = _with(found[-1], FindingCode.DATA_OUTSIDE_ENVELOPE, "after the interchange there is data that belongs to none")
    if len(data) > limits.bytes:
        found[-1] = _with(found[-1], FindingCode.LIMIT_EXCEEDED, "more bytes than are read; the rest was not looked at")
    return tuple(found)


_Beginning = tuple[int, Dialect, Opening]


def _begins_at(source: Source, start: int) -> _Beginning | None:
    for dialect in _DIALECTS:
        if source.text.startswith(dialect.begins, start) and (opening := dialect.opens(source, start)):
            return start, dialect, opening
    return None


def _next(source: Source, position: int) -> _Beginning | None:
    """The first interchange from a position on, whatever stands before it."""
    for match in _BEGIN.finditer(source.text, position):
        if begins := _begins_at(source, match.start()):
            return begins
    return None


def _with(interchange: Interchange, code: FindingCode, message: str) -> Interchange:
    """The interchange with a finding about what stands after its end."""
    place = Location(interchange.end, (interchange.trailer or interchange.header).line, 1)
    return replace(interchange, findings=(*interchange.findings, Finding(code, Scope.STANDARD, Severity.ERROR, place, message)))


def _why_not(source: Source) -> str:
    text = source.text[source.start : source.start + 8]
    if not text:
        return "There is no data."
    reasons = [reason for starts, reason in _OTHERS if text.startswith(starts)]
    return reasons[0] if reasons else "There is no ISA, UNA or UNB at the beginning: these bytes are no interchange."
