"""What `edi.read` and the reference reader say of the same bytes, as the same plain lines."""

from collections.abc import Iterator

from edi.envelope import Interchange
from edi.errors import NoInterchangeError
from edi.read import read
from edi.values import ElementValue, Repeats, Segment
from tests.support.reference import BLANKS, Token, Value, Whole, reference_read

Line = tuple[object, ...]


def ours(data: bytes) -> list[Line]:
    """By `edi.read`; nothing where it is no interchange."""
    try:
        return [line for one in read(data) for line in _ours(one, data)]
    except NoInterchangeError:
        return []


def theirs(data: bytes) -> list[Line]:
    """By the reference."""
    return [line for whole in reference_read(data) for line in _theirs(whole, data)]


def _ours(one: Interchange, data: bytes) -> Iterator[Line]:
    d = one.delimiters
    yield (
        "interchange",
        str(one.standard),
        one.start,
        _end(data, one.end),
        d.element,
        d.component,
        d.segment,
        d.repetition or "",
        d.release or "",
    )
    if not d.are_distinct():
        return  # what is read by such separators means nothing
    yield _segment(one.header)
    for group in one.groups:
        yield "group", _segment(group.header)
        for each in group.transaction_sets:
            yield "set", each.start, len(each.segments)
            yield from map(_segment, each.segments)
        yield "end", _segment(group.trailer)
    yield from (("service", s.tag) for s in one.service_segments)
    yield "end of interchange", _segment(one.trailer)


def _theirs(whole: Whole, data: bytes) -> Iterator[Line]:
    s = whole.signs
    yield "interchange", whole.family, whole.start, _end(data, whole.end), s.element, s.component, s.segment, s.repetition, s.release
    if len(set(used := [c for c in (s.element, s.component, s.segment, s.repetition, s.release) if c])) < len(used):
        return
    yield _token(whole.header)
    for group in whole.groups:
        yield "group", _token(group.header)
        for each in group.sets:
            yield "set", each[0].offset, len(each)
            yield from map(_token, each)
        yield "end", _token(group.trailer)
    yield from (("service", tag) for tag in whole.service)
    yield "end of interchange", _token(whole.trailer)


def _end(data: bytes, end: int) -> int:
    """Blanks and breaks of wrapped lines after the end belong to nobody: both readers may count them or not."""
    return len(data[:end].rstrip(BLANKS.encode()))


def _segment(segment: Segment | None) -> Line:
    if segment is None:
        return ("none",)
    return segment.tag, [_value(v) for v in segment.elements], segment.offset, segment.line, segment.column


def _token(token: Token | None) -> Line:
    return ("none",) if token is None else (token.tag, token.elements, token.offset, token.line, token.column)


def _value(value: ElementValue) -> Value:
    if isinstance(value, Repeats):
        return [[part] if isinstance(part, str) else list(part) for part in value]
    return value if isinstance(value, str) else list(value)
