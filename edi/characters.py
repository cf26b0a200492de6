"""What is wrong with the bytes of a transaction set themselves: not of the character set, not of the repertoire, too many at once."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from edi.finding import Finding, FindingCode, Scope, Severity
from edi.lines import Lines
from edi.location import Location
from edi.tolerance import Tolerance
from edi.values import Segment

__all__ = ["check_characters"]


def check_characters(lines: Lines, outside: re.Pattern[str] | None, tolerance: Tolerance) -> list[Finding]:
    """The faults of one set; its segments are looked at only where the text as a whole says that there is one.

    `outside` finds characters that the interchange's level does not have (ISO 9735 levels A and B).
    """
    found: list[Finding] = []
    text = lines.source.text
    if _may_be_overlong(lines) or (not text.isascii() and lines.signs.decode(text) is None):
        lexer = lines.lexer()
        segments = [segment for segment in lexer if segment.offset in lexer.overlong or segment.offset in lexer.undecodable]
        if lexer.overlong:
            words = "more elements than are read; none of the segment was"
            places = (s.location() for s in segments if s.offset in lexer.overlong)
            found += _found(FindingCode.LIMIT_EXCEEDED, Severity.ERROR, places, words, tolerance)
        if lexer.undecodable and tolerance.character_set:
            words = "the bytes are not of the character set that the interchange names"
            places = (s.location() for s in segments if s.offset in lexer.undecodable)
            found += _found(FindingCode.CHARACTER_INVALID, tolerance.character_set, places, words, tolerance)
    if outside and tolerance.lower_case and outside.search(text):
        words = "a character is not of the repertoire of the level that the interchange names; said once for the set"
        for value, place in islice(_outside(lines.segments(), outside), 1):
            found.append(Finding(FindingCode.CHARACTER_INVALID, Scope.STANDARD, tolerance.lower_case, place, words, value))
    return found


def _may_be_overlong(lines: Lines) -> bool:
    text, delimiters, most = lines.source.text, lines.signs.delimiters, lines.signs.most
    if len(text) <= most:
        return False
    separators = (delimiters.element, delimiters.component, delimiters.repetition)
    return sum(text.count(one) for one in separators if one) > most and max(map(len, text.split(delimiters.segment))) > most


def _found(code: FindingCode, severity: Severity, places: Iterator[Location], text: str, tolerance: Tolerance) -> Iterator[Finding]:
    return (Finding(code, Scope.STANDARD, severity, place, text) for place in islice(places, tolerance.max_findings))


def _outside(segments: Sequence[Segment], outside: re.Pattern[str]) -> Iterator[tuple[str, Location]]:
    for segment in segments:
        for element in range(1, len(segment.elements) + 1):
            for value in segment.repetitions(element):
                parts = [(None, value)] if isinstance(value, str) else enumerate(value, 1)
                for component, text in parts:
                    if outside.search(text):
                        yield text, segment.location(element=element, component=component)
