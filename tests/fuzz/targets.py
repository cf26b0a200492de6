"""What is done with any bytes: each target ends, or raises EdiError, or has found a bug. Laws that always hold are asserted with it.

Standard library and `edi` only: the fuzzer runs in an environment of its own.
"""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final
from xml.etree import ElementTree as ET

from edi.acks import AckNumbers, AckOptions, StreamedAnswer, answer, judge_interchange, read_acks
from edi.compare import compare
from edi.convert import from_json, to_edi, to_json, to_pretty, to_xml
from edi.describe import outline, sentence
from edi.errors import EdiError
from edi.events import Event, InterchangeEnded, SetRead
from edi.feed import Feed
from edi.finding import FindingCode
from edi.grammar.nearest import resolve
from edi.guide import Guide
from edi.obfuscate import obfuscate
from edi.read import Limits, collect, read, sniff
from edi.tolerance import Tolerance
from edi.validate import ValidatedInterchange, validate, validate_interchange
from tests.support.interchanges import EDIFACT_ORDERS, X12_850
from tests.support.snapshot import interchange_lines

_NUMBERS: Final = AckNumbers("7", "7", "0001")
_NOW: Final = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
_OPTIONS: Final = (AckOptions(), AckOptions(accept_with_errors=True, ta1="always", ak2_for_accepted=False), AckOptions(version="999"))
_FORGIVING: Final = Tolerance(
    code_lists=None, syntax_notes=None, unknown_segments=None, trailing_separators=None, padding=None, character_set=None,
    lower_case=None, group_kind=None, max_findings=1,
)  # fmt: skip


def _judged(data: bytes) -> list[ValidatedInterchange]:
    try:
        return [validate_interchange(one) for one in read(data)]
    except EdiError:
        return []


def judge(data: bytes) -> None:
    """Read, validate, answer, describe, read as an acknowledgment."""
    sniff(data)
    for validated in _judged(data):
        one = validated.interchange
        assert 0 <= one.start <= one.end <= len(data)
        for finding in validated.findings:
            assert 0 <= finding.location.offset <= len(data)
            assert str(finding.location)
            assert sentence(finding)
        for each in one.transaction_sets:
            assert one.start <= each.start < each.end <= one.end
            assert [s.position for s in each.segments] == list(range(1, len(each.segments) + 1))
        judge_interchange(validated)
        outline(validated)
        read_acks(one)
        for options in _OPTIONS:
            _answered(validated, options)


def _answered(validated: ValidatedInterchange, options: AckOptions) -> None:
    """An answer can be read and is not answered itself."""
    try:
        sent = answer(validated, numbers=_NUMBERS, now=_NOW, options=options)
    except EdiError:
        return
    if sent is not None:
        [ours] = read(sent)
        assert read_acks(ours)
        assert answer(validate_interchange(ours), numbers=_NUMBERS, now=_NOW, options=options) is None


def lenient(data: bytes) -> None:
    """With everything forgiven, and with limits."""
    try:
        for one in read(data, tolerance=_FORGIVING):
            outline(validate_interchange(one, tolerance=_FORGIVING))
        for limits in (Limits(bytes=400), Limits(segments=7), Limits(elements=3), Limits(interchanges=1), Limits(set_bytes=50)):
            for one in read(data, limits=limits):
                validate_interchange(one)
    except EdiError:
        return


def feed(data: bytes) -> None:
    """In pieces: the same events, and the same answer while it streams."""
    reader, events = Feed(), list[Event]()
    try:
        for piece in _pieces(data, random.Random(len(data))):
            events += reader.feed(piece)
        events += reader.close()
    except EdiError:
        assert not _judged(data)
        return
    whole = _judged(data)
    collected = collect(events)
    assert [line for one in collected for line in interchange_lines(one)] == [
        li for one in whole for li in interchange_lines(one.interchange)
    ]
    validations = (validation for one in whole for validation in one.validations)
    interchanges = iter(whole)
    streamed = StreamedAnswer()
    for event in events:
        streamed.take(event)
        if isinstance(event, SetRead):
            streamed.take_set(next(validations))
        elif isinstance(event, InterchangeEnded):
            assert streamed.answer(numbers=_NUMBERS, now=_NOW) == answer(next(interchanges), numbers=_NUMBERS, now=_NOW)


def _pieces(data: bytes, pick: random.Random) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        end = at + pick.choice((0, 1, 1, 2, 7, 40, 300))
        yield data[at:end]
        at = end


def convert(data: bytes) -> None:
    """As JSON and back, as XML, pretty, compared with itself."""
    judged = _judged(data)
    if not judged:
        return
    try:
        text = json.dumps(to_json(judged))
        assert to_edi(from_json(text)) == to_edi(judged)
    except EdiError:
        return
    ET.fromstring("".join(to_xml(judged)))
    to_pretty(judged)
    assert compare(judged, judged) == ()
    compare(judged, _judged(X12_850))


def hide(data: bytes) -> None:
    """Obfuscated it has the same faults."""
    judged = _judged(data)
    hidden = obfuscate(data, tuple(judged), b"key")
    codes = [[f.code for f in one.findings] for one in judged]
    assert len(hidden) == len(data)
    if not any(FindingCode.DATA_OUTSIDE_ENVELOPE in found for found in codes):  # what is no segment is hidden as words
        assert [[f.code for f in one.findings] for one in _judged(hidden)] == codes


def from_text(data: bytes) -> None:
    """JSON from anywhere."""
    try:
        to_edi(from_json(data))
    except EdiError:
        return


# -- guides: out of the bytes, one choice a byte

_PATHS: Final = (
    "BEG", "REF", "REF[01=DP]", "REF[01!=DP]", "N1", "N1[01=ST]/N4", "PO1/PO4", "PO1", "PO1[02.1=1]", "SAC/SAC", "XX", "", "/", "N1/", "[01=ST]",
    "N1[", "N1[01", "N1[01=]", "N1[99=A]", "LIN", "SG25/LIN", "SG1", "NAD[01=BY]", "DTM[01.01=137]", "HEAD/ST", "ST", "SE", "UNH",
)  # fmt: skip
_KEYS: Final = (
    "usage", "required", "forbidden", "min", "max", "elements", "conditions", "codes", "not", "length", "pattern", "when", "require",
    "forbid", "01", "02", "02.1", "99", "00", "1", "guide", "segments", "REF", "N4/02", "x", "",
)  # fmt: skip
_VALUES: Final[tuple[Any, ...]] = (
    True, False, None, 0, 1, 2, -1, 10**30, 1.5, "required", "not used", "optional", "SA", "01", "", "(", "[0-9]+", "(a+)+$", "\\", [], {}, [1, 2],
    [2, 1], ["SA"], ["SA", "SA"], [None], [[]], {"not": ["SA"]}, {"not": []}, "DP|IA", float("nan"), float("inf"),
)  # fmt: skip


def guide(data: bytes) -> None:
    """A guide of any shape is refused or can be used."""
    choices = iter(data)
    segments = {_one(choices, _PATHS): _mapping(choices, 3) for _ in range(next(choices, 0) % 5)}
    made: Any = {"guide": "fuzzed/850", "segments": segments} if next(choices, 0) % 16 else _mapping(choices, 3)
    try:
        parsed = Guide.parse(made)
    except EdiError:
        return
    for base in (X12_850, EDIFACT_ORDERS):
        for one in read(base):
            for each in one.transaction_sets:
                resolved = resolve(each.standard, each.release, each.set_id)
                assert resolved
                if not any(fault.fatal for fault in parsed.check(resolved.message)):
                    validate(each, resolved.message, guide=parsed)


def _one(choices: Iterator[int], of: tuple[Any, ...]) -> Any:
    return of[next(choices, 0) % len(of)]


def _mapping(choices: Iterator[int], depth: int) -> dict[Any, Any]:
    return {_one(choices, _KEYS): _any(choices, depth - 1) for _ in range(next(choices, 0) % 4)}


def _any(choices: Iterator[int], depth: int) -> Any:
    kind = next(choices, 0) % 4
    if kind == 0 and depth > 0:
        return _mapping(choices, depth)
    if kind == 1 and depth > 0:
        return [_any(choices, depth - 1) for _ in range(next(choices, 0) % 3)]
    return _one(choices, _VALUES)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "judge": judge,
    "lenient": lenient,
    "feed": feed,
    "convert": convert,
    "hide": hide,
    "json": from_text,
    "guide": guide,
}
