"""ASC X12 as a dialect: the fixed places of the ISA, the fields of ISA, GS and ST, and which set travels in which group."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from edi.charset import Decode, utf_8_or_iso_8859_1
from edi.delimiters import Delimiters
from edi.dialect import Dialect, GroupFields, InterchangeFields, Level, Opening, SetFields
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.source import Source
from edi.values import Identity, Segment, Standard

__all__ = ["FUNCTIONAL_IDS", "ISA_WIDTHS", "REPETITION_FROM", "X12", "split_release"]

#: lengths of ISA01 to ISA16 (X12.5): the ISA is the one segment of fixed length
ISA_WIDTHS: Final = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)
_LONGEST: Final = 256  # an ISA that is not of its fixed length is looked for in so many characters
REPETITION_FROM: Final = "00402"  #: from this version ISA11 is the repetition separator; before it named the standards body, U

#: set -> functional identifier code of the group it travels in (X12 data element 479)
FUNCTIONAL_IDS: Final[Mapping[str, str]] = MappingProxyType({
    "104": "SA", "110": "IA", "180": "AN", "204": "SM", "210": "IM", "211": "BL", "212": "TM", "214": "QM", "215": "PU",
    "270": "HS", "271": "HB", "276": "HR", "277": "HN", "278": "HI", "300": "RO", "301": "RO", "304": "SO", "309": "SO",
    "310": "IO", "315": "QO", "322": "SO", "404": "SR", "417": "WB", "753": "RF", "754": "RG", "810": "IN", "812": "CD",
    "816": "OR", "820": "RA", "823": "LB", "824": "AG", "830": "PS", "832": "SC", "834": "BE", "835": "HP", "837": "HC",
    "840": "RQ", "843": "RR", "844": "CF", "845": "PA", "846": "IB", "849": "CF", "850": "PO", "852": "PD", "855": "PR",
    "856": "SH", "857": "BS", "860": "PC", "861": "RC", "862": "SS", "864": "TX", "865": "CA", "866": "SQ", "867": "PT",
    "869": "RS", "870": "RS", "875": "OG", "876": "OG", "879": "QG", "880": "GP", "888": "QG", "889": "QG", "894": "DX",
    "940": "OW", "943": "AR", "944": "RE", "945": "SW", "947": "AW", "990": "GF", "997": "FA", "999": "FA",
})  # fmt: skip

_USAGE: Final = {"P": "live", "T": "test", "I": "information"}
_VERSION: Final = re.compile(r"00[2-8]\d\d")
_DATE: Final = re.compile(r"(\d{2})?\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_TIME: Final = re.compile(r"([01]\d|2[0-3])[0-5]\d([0-5]\d\d{0,2})?")


def _opens(source: Source, start: int) -> Opening | None:
    """The separators stand at fixed places; where the ISA is not of its fixed length, after the sixteenth element separator."""
    text = source.text
    element = text[start + 3 : start + 4]
    if not text.startswith("ISA", start) or not element or element.isalnum():
        return None
    fields = text[start : start + _LONGEST].split(element, 16)
    if len(fields) < 17:
        return None
    at = start + sum(map(len, fields[:16])) + 16
    component = _symbol(text, at)
    terminator = _symbol(text, at + len(component))
    rest = at + len(component) + len(terminator)
    elements = (*fields[1:16], component)
    if not terminator:
        return None
    line = text.find(terminator, rest)
    if terminator in "\r\n" and text.endswith(component, rest, line if line >= 0 else len(text)):
        # ISA16 is empty: what stands there ends every line, so it is the segment terminator
        component, terminator, rest, elements = _spare(element, component), component, at + 1, (*fields[1:16], "")
    version, repetition = elements[11].strip(), elements[10]
    repeats = version >= REPETITION_FROM and len(repetition) == 1 and not repetition.isalnum() and repetition not in (" ", component)
    delimiters = Delimiters(element, component, terminator, repetition if repeats else None)
    header = Segment("ISA", elements, *source.place(start))
    findings = [_header_fault(header, i, "the ISA element is not of its fixed length") for i in _wrong_lengths(elements)]
    readable = delimiters.are_distinct() and not any(c.isalnum() or c == " " for c in delimiters.in_data() if c.isascii())
    if not readable:
        message = "two separators of the ISA are the same character, or one is a letter, a digit or a blank"
        findings.append(_fault(FindingCode.DELIMITERS_INVALID, header, 16, message))
    return Opening(delimiters, header, rest, tuple(findings), readable=readable)


def _symbol(text: str, at: int) -> str:
    """The separator at a place: one byte, or the bytes of one character where a file was made UTF-8 after it was written."""
    first = text[at : at + 1]
    length = 1 if first < "\xc2" else 2 if first < "\xe0" else 3 if first < "\xf0" else 4
    symbol = text[at : at + length]
    return symbol if length > 1 and all("\x80" <= c < "\xc0" for c in symbol[1:]) else first


def _spare(*used: str) -> str:
    return next(c for c in ">:^" if c not in used)


def _wrong_lengths(elements: tuple[str, ...]) -> list[int]:
    return [i for i, (element, width) in enumerate(zip(elements, ISA_WIDTHS, strict=True), 1) if len(element) != width]


def _fault(code: FindingCode, segment: Segment, element: int, message: str, severity: Severity = Severity.ERROR) -> Finding:
    value = segment.get(element) or None
    return Finding(code, Scope.STANDARD, severity, segment.location(element=element), message, value)


def _header_fault(segment: Segment, element: int, message: str, severity: Severity = Severity.ERROR) -> Finding:
    return _fault(FindingCode.INTERCHANGE_HEADER_INVALID, segment, element, message, severity)


def _interchange_fields(isa: Segment) -> InterchangeFields:
    text = [isa.get(i).strip() for i in range(1, 17)]
    return InterchangeFields(
        syntax_id="",
        version=text[11],
        sender=Identity(text[4], text[5]),
        receiver=Identity(text[6], text[7]),
        date=text[8],
        time=text[9],
        control_number=text[12],
        ack_requested=text[13] == "1",
        usage=_USAGE.get(text[14], ""),
    )


def _check_interchange(isa: Segment) -> list[Finding]:
    """Faults of the ISA's own fields that a TA1 can name (X12.56 note codes 005 to 020)."""
    found = []
    fields = _interchange_fields(isa)
    if not fields.sender.id:
        found.append(_header_fault(isa, 6, "the interchange sender id is empty"))
    if not fields.receiver.id:
        found.append(_header_fault(isa, 8, "the interchange receiver id is empty"))
    if not _DATE.fullmatch(fields.date):
        found.append(_header_fault(isa, 9, "the interchange date is no date"))
    if not _TIME.fullmatch(fields.time):
        found.append(_header_fault(isa, 10, "the interchange time is no time of day"))
    if fields.version < REPETITION_FROM and len(isa.get(11)) == 1 and isa.get(11) != "U":
        text = "before version 00402 this element is the letter U; it is not used as a repetition separator"
        found.append(_header_fault(isa, 11, text, Severity.WARNING))
    repetition = isa.get(11)
    repeats = fields.version >= REPETITION_FROM and _VERSION.fullmatch(fields.version) is not None
    if repeats and len(repetition) == 1 and (repetition.isalnum() or repetition in (" ", isa.get(16))):
        text = "from version 00402 on this element is the repetition separator, which this cannot be; nothing is read as repeated"
        found.append(_header_fault(isa, 11, text, Severity.WARNING))
    if not _VERSION.fullmatch(fields.version):
        text = "the interchange version is none of X12's"
        found.append(_fault(FindingCode.INTERCHANGE_VERSION_UNSUPPORTED, isa, 12, text))
    if not (fields.control_number.isdecimal() and fields.control_number.isascii()):
        text = "the interchange control number is not a number of nine digits"
        found.append(_fault(FindingCode.INTERCHANGE_CONTROL_NUMBER_INVALID, isa, 13, text))
    if isa.get(14).strip() not in ("0", "1"):
        found.append(_header_fault(isa, 14, "the acknowledgment indicator is neither 0 nor 1"))
    if not fields.usage:
        found.append(_header_fault(isa, 15, "the usage indicator is none of P, T and I"))
    return found


def _group_fields(gs: Segment) -> GroupFields:
    return GroupFields(gs.get(1).strip(), gs.get(2).strip(), gs.get(3).strip(), gs.get(6).strip(), gs.get(8).strip())


def _check_group(gs: Segment) -> list[Finding]:
    found = []
    fields = _group_fields(gs)
    number = fields.control_number
    if len(fields.functional_id) != 2:
        found.append(_fault(FindingCode.GROUP_HEADER_INVALID, gs, 1, "the functional identifier is not of two characters"))
    for element, name, text in ((2, "sender", fields.sender), (3, "receiver", fields.receiver)):
        if not 1 <= len(text) <= 15:
            found.append(_fault(FindingCode.GROUP_HEADER_INVALID, gs, element, f"the {name} of the group is empty or too long"))
    if not (number.isdecimal() and number.isascii() and len(number) <= 9):
        text = "the group control number is not a number of one to nine digits"
        found.append(_fault(FindingCode.GROUP_CONTROL_NUMBER_INVALID, gs, 6, text))
    # what no acknowledgment has a code for, and nothing depends on
    for element, is_right, text in (
        (4, _DATE.fullmatch(gs.get(4).strip()), "the date of the group is no date"),
        (5, _TIME.fullmatch(gs.get(5).strip()), "the time of the group is no time of day"),
        (7, gs.get(7).strip() in ("X", "T"), "the agency that is responsible for the standard is neither X nor T"),
    ):
        if not is_right:
            found.append(_fault(FindingCode.GROUP_HEADER_INVALID, gs, element, text, Severity.WARNING))
    if not fields.release:
        found.append(_fault(FindingCode.GROUP_RELEASE_UNSUPPORTED, gs, 8, "the group does not name its release"))
    return found


def split_release(text: str) -> tuple[str, str]:
    """The release and the industry's suffix: 004010VICS is ("004010", "VICS")."""
    digits = re.match(r"\d{6}", text)
    return (text[:6], text[6:].strip()) if digits else (text, "")


def _set_fields(st: Segment, group: GroupFields) -> SetFields:
    return SetFields(st.get(1).strip(), st.get(2).strip(), *_release(group.release, st.get(3)))


@lru_cache(maxsize=256)
def _release(of_group: str, of_set: str) -> tuple[str, str]:
    """Release and industry. ST03 names the guide from 005010 on."""
    release, industry = split_release(of_group)
    return release, industry or split_release(of_set.strip())[1]


def _check_set(st: Segment) -> list[Finding]:
    found = []
    set_id, number = st.get(1).strip(), st.get(2).strip()
    if not set_id:
        found.append(_fault(FindingCode.SET_HEADER_INVALID, st, 1, "the transaction set identifier is empty"))
    if not 4 <= len(number) <= 9:
        text = "the transaction set control number is not of four to nine characters"
        found.append(_fault(FindingCode.SET_CONTROL_NUMBER_INVALID, st, 2, text))
    return found


def _usual_header(delimiters: Delimiters) -> str:
    element, text = re.escape(delimiters.element), delimiters.printable()
    return f"ST{element}([A-Z0-9]{{3}}){element}([A-Z0-9]{{4,9}})(?:{element}({text}+)|)"


def _usual_fields(found: Sequence[str | None], group: GroupFields) -> SetFields:
    return SetFields(found[0] or "", found[1] or "", *_release(group.release, found[2] or ""))


def _belongs(set_id: str, functional_id: str) -> bool:
    return FUNCTIONAL_IDS.get(set_id, functional_id) == functional_id


def _decode(_: InterchangeFields) -> Decode:
    return utf_8_or_iso_8859_1


X12: Final = Dialect(
    standard=Standard.X12,
    interchange=Level("ISA", "IEA"),
    group=Level("GS", "GE"),
    set=Level("ST", "SE"),
    begins=("ISA",),
    service=frozenset({"TA1", "TA3", "ISB", "ISE"}),
    opens=_opens,
    interchange_fields=_interchange_fields,
    group_fields=_group_fields,
    set_fields=_set_fields,
    check_interchange=_check_interchange,
    check_group=_check_group,
    check_set=_check_set,
    belongs=_belongs,
    usual_header=_usual_header,
    usual_fields=_usual_fields,
    decode=_decode,
)
