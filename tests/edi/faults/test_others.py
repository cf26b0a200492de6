"""Faults that no single place of a grammar has: the levels of a hierarchy, what only a guide forbids, and what is no more than a warning."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from edi.acks import AckNumbers, AckOptions, answer
from edi.finding import FindingCode, Scope, Severity
from edi.guide import Guide
from edi.read import read
from edi.validate import validate_interchange
from tests.edi.faults.cases import Case, Expected, interchange, place_of, run
from tests.edi.faults.documents import MESSAGES, Line, around, message_of, places
from tests.edi.faults.envelopes import x12

F = FindingCode
NOW = datetime(2026, 11, 18, 9, 15)  # noqa: DTZ001  # as it is written
_HL = ("1||S", "2|1|O", "3|2|P", "4|3|I", "5|1|O", "6|5|I")  # shipment, two orders, a pack and items


def _notice(name: str, *levels: str) -> list[Line]:
    message = message_of(name)
    place = next(place for place in places(message.root) if place.use.tag == "HL")
    lines, at = around(message, place)
    return [*lines[:at], *(Line("HL", tuple(level.split("|")), ("HL",), place.use) for level in levels), *lines[at + 1 :]]


def _hierarchies(name: str) -> Iterator[Case]:
    yield Case("right", "", _notice(name, *_HL), ())
    for at, level in enumerate(_HL):
        number, parent, kind = level.split("|")

        def with_level(new: str, at: int = at) -> list[Line]:
            return _notice(name, *_HL[:at], new, *_HL[at + 1 :])

        def fault(element: int, severity: Severity = Severity.ERROR, at: int = at) -> Expected:
            return Expected(F.HIERARCHY_INVALID, at + 3, "HL", ("HL",), element, severity=severity)

        yield Case("its own parent", level, with_level(f"{number}|{number}|{kind}"), (fault(2),))
        yield Case("a parent that is none", level, with_level(f"{number}|99|{kind}"), (fault(2),))
        yield Case("a parent that comes later", level, with_level(f"{number}|{len(_HL) + 1}|{kind}"), (fault(2),))
        if at > 1:
            yield Case(
                "a number twice", level, with_level(f"{_HL[at - 1][0]}|{parent}|{kind}"), (fault(1),)
            )  # those below it follow from that


@pytest.mark.parametrize("name", [name for name in MESSAGES if name.startswith("856")])
def test_levels(name: str) -> None:
    outcome = run(message_of(name), _hierarchies(name))
    assert outcome.injected.total() > 20
    assert not outcome.deviations


@pytest.mark.parametrize("name", MESSAGES)
def test_a_separator_behind_the_last_element_is_a_warning_everywhere(name: str) -> None:
    message = message_of(name)
    sign = b"*" if name[:3].isdecimal() else b"+"
    end = b"~" if name[:3].isdecimal() else b"'"
    for place in places(message.root):
        if place.use in (message.root.children[0], message.root.children[-1]):
            continue
        lines, at = around(message, place)
        segments = interchange(message, [lines]).split(end)
        first = next(i for i, segment in enumerate(segments) if segment.startswith((b"ST", b"UNH")))
        segments[first + at] += sign
        [received] = read(end.join(segments))
        [found] = validate_interchange(received).findings
        assert (found.code, found.severity) == (F.TRAILING_SEPARATOR, Severity.WARNING)
        assert place_of(found)[1:4] == (at + 1, place.use.tag, place.path)


@pytest.mark.parametrize(("version", "sign"), [("00401", "^"), ("00501", "U"), ("00501", " "), ("00501", ">"), ("00403", "1")])
def test_a_repetition_separator_that_is_none_of_its_version_is_a_warning(version: str, sign: str) -> None:
    data = x12("004010").replace("*U*00401*", f"*{sign}*{version}*")
    [received] = read(data.encode())
    found = validate_interchange(received).findings
    assert [(f.code, f.location.element, f.severity) for f in found] == [(F.INTERCHANGE_HEADER_INVALID, 11, Severity.WARNING)]


#: what a guide asks, the fault of a right order by it, and how a 999 says so: IK304 or IK403
_BY_GUIDE: list[tuple[dict[str, Any], FindingCode, str]] = [
    ({"PO1": {"usage": "not used"}}, F.SEGMENT_FORBIDDEN, "IK3 I4"),
    ({"CUR": {"required": True}}, F.REQUIRED_SEGMENT_MISSING, "IK3 I8"),
    ({"PO1": {"max": 1}}, F.LOOP_REPEATS_TOO_OFTEN, "IK3 4"),
    ({"BEG": {"elements": {"04": {"required": True}}}}, F.REQUIRED_ELEMENT_MISSING, "IK4 1"),
    ({"BEG": {"elements": {"05": {"usage": "not used"}}}}, F.ELEMENT_FORBIDDEN, "IK4 I10"),
    ({"BEG": {"elements": {"02": {"codes": ["SA"]}}}}, F.CODE_UNKNOWN, "IK4 I6"),
    ({"BEG": {"elements": {"03": {"pattern": "[0-9]{10}"}}}}, F.PATTERN_MISMATCH, "IK4 I12"),
    ({"BEG": {"elements": {"03": {"length": [5, 10]}}}}, F.ELEMENT_TOO_SHORT, "IK4 4"),
]


@pytest.mark.parametrize(("segments", "code", "said"), _BY_GUIDE, ids=[f"{code}" for _, code, _ in _BY_GUIDE])
def test_what_only_a_guide_asks_is_answered_as_such_by_a_999(segments: dict[str, Any], code: FindingCode, said: str) -> None:
    guide = Guide.parse({"guide": "test", "segments": segments})
    order = "ST*850*0001~BEG*00*NE*A1**20261118~PO1*1*1*EA*1~PO1*2*1*EA*1~SE*5*0001~"
    isa = "ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*^*00501*000004711*0*P*>~"
    data = f"{isa}GS*PO*NORTHMART*HARBORLINE*20261118*0915*1*X*005010~{order}GE*1*1~IEA*1*000004711~"
    [received] = read(data.encode())
    assert not validate_interchange(received).findings
    validated = validate_interchange(received, guide_of=lambda _: guide)
    first = [finding for finding in validated.findings if finding.caused_by is None]
    assert {(finding.code, finding.scope) for finding in first} == {(code, Scope.GUIDE)}
    sent = answer(validated, numbers=AckNumbers("7", "7"), now=NOW, options=AckOptions(version="999"))
    assert sent is not None
    tag, wanted = said.split()
    notes = [line.split("*") for line in sent.decode().split("~") if line.startswith(tag)]
    assert {note[4 if tag == "IK3" else 3] for note in notes} == {wanted}
