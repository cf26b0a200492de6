"""UN/EDIFACT as a dialect: the service string advice UNA, and the fields of UNB, UNG and UNH (ISO 9735)."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from edi.charset import ENCODINGS, Decode, decoder
from edi.delimiters import EDIFACT_DEFAULT, Delimiters
from edi.dialect import Dialect, GroupFields, InterchangeFields, Level, Opening, SetFields
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.source import Source
from edi.values import Composite, Identity, Segment, Standard

__all__ = ["EDIFACT", "LEVEL_B", "REPETITION", "REPETITION_FROM", "UNA_LENGTH"]

UNA_LENGTH: Final = 9
REPETITION: Final = "*"  #: the repetition separator of syntax version 4 where no UNA names another
REPETITION_FROM: Final = "4"
#: the separators of ISO 9735:1988 level B, control characters that need no release
LEVEL_B: Final = Delimiters(element="\x1d", component="\x1f", segment="\x1c")

_DATE: Final = re.compile(r"(\d{2})?\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_TIME: Final = re.compile(r"([01]\d|2[0-3])[0-5]\d")


def _opens(source: Source, start: int) -> Opening | None:
    """The separators are those of the UNA; without one those of the standard."""
    text = source.text
    unb = start
    advice = text.startswith("UNA", start)
    if advice:
        unb += UNA_LENGTH
        while text[unb : unb + 1] in ("\r", "\n", " ") and text[unb : unb + 1] != "":
            unb += 1
    if not text.startswith("UNB", unb):
        return None
    after = text[unb + 3 : unb + 4]
    if advice:
        component, element, decimal, release, repetition, terminator = tuple(text[start + 3 : start + UNA_LENGTH])
        delimiters = Delimiters(element, component, terminator, repetition, release if release != " " else None, decimal)
    elif after == LEVEL_B.element:
        delimiters, repetition = LEVEL_B, ""
    else:
        delimiters, repetition = EDIFACT_DEFAULT, REPETITION
    if after != delimiters.element:
        return None
    syntax = text[unb + 4 : unb + 24].split(delimiters.element)[0].split(delimiters.component)
    repeats = len(syntax) > 1 and syntax[1] >= REPETITION_FROM and repetition not in ("", " ")
    delimiters = Delimiters(
        delimiters.element,
        delimiters.component,
        delimiters.segment,
        repetition if repeats else None,
        delimiters.release,
        delimiters.decimal,
    )
    readable = delimiters.are_distinct() and not any(c.isalnum() or c == " " for c in delimiters.in_data() if c.isascii())
    findings = []
    if not readable:
        message = "two separators of the UNA are the same character, or one is a letter, a digit or a blank"
        place = Segment("UNA", (), *source.place(start)).location()
        findings = [Finding(FindingCode.DELIMITERS_INVALID, Scope.STANDARD, Severity.ERROR, place, message)]
    return Opening(delimiters, None, unb, tuple(findings), readable=readable)


def _fault(code: FindingCode, segment: Segment, element: int, component: int | None, message: str) -> Finding:
    value = segment.get(element, component or 1) or None
    return Finding(code, Scope.STANDARD, Severity.ERROR, segment.location(element=element, component=component), message, value)


def _interchange_fields(unb: Segment) -> InterchangeFields:
    def text(element: int, component: int = 1) -> str:
        return unb.get(element, component).strip()

    return InterchangeFields(
        syntax_id=text(1),
        version=text(1, 2),
        sender=Identity(text(2, 2), text(2)),
        receiver=Identity(text(3, 2), text(3)),
        date=text(4),
        time=text(4, 2),
        control_number=text(5),
        ack_requested=text(9) == "1",
        usage="test" if text(11) == "1" else "live",
    )


def _check_interchange(unb: Segment) -> list[Finding]:
    """Faults of the UNB's own fields; what they mean to a partner is for others to judge."""
    found = []
    fields = _interchange_fields(unb)
    if fields.syntax_id not in ENCODINGS:
        code = FindingCode.CHARACTER_SET_UNSUPPORTED
        found.append(_fault(code, unb, 1, 1, "the syntax identifier names no character set that is read here"))
    if fields.version not in ("1", "2", "3", "4"):
        code = FindingCode.INTERCHANGE_VERSION_UNSUPPORTED
        found.append(_fault(code, unb, 1, 2, "the syntax version is none of 1 to 4"))
    code = FindingCode.INTERCHANGE_HEADER_INVALID
    if not fields.sender.id:
        found.append(_fault(code, unb, 2, 1, "the interchange sender is empty"))
    if not fields.receiver.id:
        found.append(_fault(code, unb, 3, 1, "the interchange recipient is empty"))
    if not _DATE.fullmatch(fields.date):
        found.append(_fault(code, unb, 4, 1, "the date of preparation is no date"))
    if not _TIME.fullmatch(fields.time):
        found.append(_fault(code, unb, 4, 2, "the time of preparation is no time of day"))
    if not 1 <= len(fields.control_number) <= 14:
        code = FindingCode.INTERCHANGE_CONTROL_NUMBER_INVALID
        found.append(_fault(code, unb, 5, None, "the interchange control reference is not of one to fourteen characters"))
    return found


def _group_fields(ung: Segment) -> GroupFields:
    return GroupFields(ung.get(1).strip(), ung.get(2).strip(), ung.get(3).strip(), ung.get(5).strip(), "")


def _check_group(ung: Segment) -> list[Finding]:
    if _group_fields(ung).control_number:
        return []
    return [_fault(FindingCode.GROUP_CONTROL_NUMBER_INVALID, ung, 5, None, "the group reference number is empty")]


def _set_fields(unh: Segment, _: GroupFields) -> SetFields:
    set_id, release, association = _kind(unh.components(2))
    return SetFields(set_id, unh.get(1).strip(), release, association)


@lru_cache(maxsize=256)
def _kind(named: Composite) -> tuple[str, str, str]:
    """Message type, release and association code of S009."""
    parts = [part.strip() for part in named] + [""] * 5
    return parts[0], parts[1] + parts[2], parts[4]


def _check_set(unh: Segment) -> list[Finding]:
    found = []
    if not 1 <= len(unh.get(1).strip()) <= 14:
        code = FindingCode.SET_CONTROL_NUMBER_INVALID
        found.append(_fault(code, unh, 1, None, "the message reference number is not of one to fourteen characters"))
    if all(part.strip() for part in unh.components(2)[:4]) and len(unh.components(2)) > 3:
        return found
    for component, name in ((1, "type"), (2, "version number"), (3, "release number"), (4, "controlling agency")):
        if not unh.get(2, component).strip():
            found.append(_fault(FindingCode.SET_HEADER_INVALID, unh, 2, component, f"the message {name} is empty"))
    return found


def _usual_header(delimiters: Delimiters) -> str:
    element, text = re.escape(delimiters.element), delimiters.printable()
    component = re.escape(delimiters.component)
    parts = component.join(f"({text}+)" for _ in range(4))
    return f"UNH{element}({text}{{1,14}}){element}{parts}(?:{component}({text}*)|)(?:{element}{text}*|)"


def _usual_fields(found: Sequence[str | None], _: GroupFields) -> SetFields:
    number, set_id, version, release, _agency, association = (one or "" for one in found)
    return SetFields(set_id, number, version + release, association)


def _belongs(set_id: str, functional_id: str) -> bool:
    """UNG 0038 names the one message type of its group."""
    return functional_id in {"", set_id}


def _decode(fields: InterchangeFields) -> Decode:
    """By the syntax identifier; what is not supported is read as ISO 8859-1, and has its finding."""
    return decoder(ENCODINGS.get(fields.syntax_id, "iso8859-1"))


EDIFACT: Final = Dialect(
    standard=Standard.EDIFACT,
    interchange=Level("UNB", "UNZ"),
    group=Level("UNG", "UNE"),
    set=Level("UNH", "UNT"),
    begins=("UNA", "UNB"),
    service=frozenset(),
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
