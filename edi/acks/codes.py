"""What is answered to each fault: a table, total over `FindingCode`. What the codes of others mean is in `meanings`.

X12 data elements: I18 (TA105), 716 (AK905), 718 (AK502), 720 (AK304) and 723 (AK403) of a 997; 618 (IK502), 620 (IK304) and 621 (IK403)
of a 999, which knows the guide. EDIFACT: 0085 (UCI, UCF, UCM, UCS, UCD).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.finding import Finding, FindingCode, Scope

__all__ = ["ANSWERS", "HEADER_NOTES", "Answer", "Codes", "Level", "interchange_note", "x12_code"]


class Level(StrEnum):
    """What a fault is a fault of, and so where it is answered."""

    INTERCHANGE = "interchange"  #: TA1, UCI
    GROUP = "group"  #: AK9, UCF
    SET = "set"  #: AK5, UCM
    SEGMENT = "segment"  #: AK3, UCS
    ELEMENT = "element"  #: AK4, UCD


class Codes(StrEnum):
    """Which code lists of X12 an acknowledgment is written with."""

    EARLY = "004010"  #: of a 997 before 005010
    LATE = "005010"  #: of a 997 of 005010 and later
    IMPLEMENTATION = "999"


class Answer(NamedTuple):
    """How one fault is answered."""

    level: Level
    x12: str  #: TA105, AK905, AK502, AK304 or AK403, by the level
    contrl: str  #: 0085
    late: str = ""  #: the same from 005010 on and in a 999, where it is another
    guide: str = ""  #: in a 999, where the guide says so and not the standard
    dependent: str = ""  #: in a 999, where the guide says so because of something else in the data


_I, _G, _T, _S, _E = Level.INTERCHANGE, Level.GROUP, Level.SET, Level.SEGMENT, Level.ELEMENT

ANSWERS: Final[Mapping[FindingCode, Answer]] = MappingProxyType({
    FindingCode.INTERCHANGE_HEADER_INVALID: Answer(_I, "022", "12"),  # X12: by element, HEADER_NOTES
    FindingCode.DELIMITERS_INVALID: Answer(_I, "027", "22"),
    FindingCode.CHARACTER_SET_UNSUPPORTED: Answer(_I, "022", "2"),
    FindingCode.INTERCHANGE_VERSION_UNSUPPORTED: Answer(_I, "017", "2"),
    FindingCode.INTERCHANGE_TRAILER_MISSING: Answer(_I, "023", "13"),
    FindingCode.INTERCHANGE_CONTROL_NUMBER_MISMATCH: Answer(_I, "001", "28"),
    FindingCode.INTERCHANGE_CONTROL_NUMBER_INVALID: Answer(_I, "018", "12"),
    FindingCode.INTERCHANGE_COUNT_MISMATCH: Answer(_I, "021", "29"),
    FindingCode.INTERCHANGE_DUPLICATE: Answer(_I, "025", "26"),
    FindingCode.INTERCHANGE_EMPTY: Answer(_I, "024", "32"),
    FindingCode.SENDER_UNKNOWN: Answer(_I, "006", "23"),
    FindingCode.RECEIVER_UNKNOWN: Answer(_I, "009", "7"),
    FindingCode.SEGMENT_TERMINATOR_MISSING: Answer(_I, "023", "13"),
    FindingCode.DATA_OUTSIDE_ENVELOPE: Answer(_I, "022", "33"),
    FindingCode.LIMIT_EXCEEDED: Answer(_I, "022", "18"),
    FindingCode.GROUP_HEADER_MISSING: Answer(_I, "024", "30"),
    FindingCode.GROUP_HEADER_INVALID: Answer(_I, "024", "12"),  # what cannot be named in an AK1
    FindingCode.GROUP_TRAILER_MISSING: Answer(_G, "3", "13"),
    FindingCode.GROUP_CONTROL_NUMBER_MISMATCH: Answer(_G, "4", "28"),
    FindingCode.GROUP_CONTROL_NUMBER_INVALID: Answer(_G, "6", "12"),
    FindingCode.GROUP_CONTROL_NUMBER_DUPLICATE: Answer(_G, "6", "26", late="19"),
    FindingCode.GROUP_COUNT_MISMATCH: Answer(_G, "5", "29"),
    FindingCode.GROUP_RELEASE_UNSUPPORTED: Answer(_G, "2", "14"),
    FindingCode.GROUP_NOT_AGREED: Answer(_G, "1", "17"),
    FindingCode.SET_TRAILER_MISSING: Answer(_T, "2", "13"),
    FindingCode.SET_CONTROL_NUMBER_MISMATCH: Answer(_T, "3", "28"),
    FindingCode.SET_CONTROL_NUMBER_INVALID: Answer(_T, "7", "12"),
    FindingCode.SET_CONTROL_NUMBER_DUPLICATE: Answer(_T, "23", "26"),
    FindingCode.SET_COUNT_MISMATCH: Answer(_T, "4", "29"),
    FindingCode.SET_UNSUPPORTED: Answer(_T, "1", "14", guide="I6"),
    FindingCode.SET_NOT_AGREED: Answer(_T, "1", "17"),
    FindingCode.SET_NOT_IN_GROUP: Answer(_T, "6", "31", late="18"),
    FindingCode.SET_HEADER_INVALID: Answer(_T, "6", "12"),
    FindingCode.RELEASE_SUBSTITUTED: Answer(_T, "1", "14"),  # never an error, so never answered
    FindingCode.SEGMENT_UNKNOWN: Answer(_S, "1", "15"),
    FindingCode.SEGMENT_NOT_IN_SET: Answer(_S, "6", "15", guide="I4", dependent="I9"),
    FindingCode.SEGMENT_UNEXPECTED: Answer(_S, "2", "15", guide="I4", dependent="I9"),
    FindingCode.SEGMENT_OUT_OF_SEQUENCE: Answer(_S, "7", "15"),
    FindingCode.SEGMENT_EMPTY: Answer(_S, "8", "13"),
    FindingCode.SEGMENT_FORBIDDEN: Answer(_S, "2", "15", guide="I4", dependent="I9"),
    FindingCode.REQUIRED_SEGMENT_MISSING: Answer(_S, "3", "13", guide="I8", dependent="I6"),
    FindingCode.REQUIRED_LOOP_MISSING: Answer(_S, "3", "13", guide="I7", dependent="I6"),
    FindingCode.SEGMENT_REPEATS_TOO_OFTEN: Answer(_S, "5", "35"),
    FindingCode.LOOP_REPEATS_TOO_OFTEN: Answer(_S, "4", "36"),
    FindingCode.HIERARCHY_INVALID: Answer(_E, "7", "12"),
    FindingCode.REQUIRED_ELEMENT_MISSING: Answer(_E, "1", "13", dependent="I9"),
    FindingCode.REQUIRED_COMPONENT_MISSING: Answer(_E, "1", "13", dependent="I9"),
    FindingCode.CONDITIONAL_ELEMENT_MISSING: Answer(_E, "2", "13", guide="I9"),
    FindingCode.CONDITIONAL_ELEMENT_EXCLUDED: Answer(_E, "10", "15", guide="I13"),
    FindingCode.ELEMENT_FORBIDDEN: Answer(_E, "10", "15", guide="I10", dependent="I13"),
    FindingCode.TOO_MANY_ELEMENTS: Answer(_E, "3", "16"),
    FindingCode.TOO_MANY_COMPONENTS: Answer(_E, "3", "16", late="13"),
    FindingCode.ELEMENT_REPEATS_TOO_OFTEN: Answer(_E, "3", "35", late="12"),
    FindingCode.ELEMENT_TOO_SHORT: Answer(_E, "4", "40"),
    FindingCode.ELEMENT_TOO_LONG: Answer(_E, "5", "39"),
    FindingCode.CHARACTER_INVALID: Answer(_E, "6", "21"),
    FindingCode.NUMBER_INVALID: Answer(_E, "6", "37"),
    FindingCode.DATE_INVALID: Answer(_E, "8", "12"),
    FindingCode.TIME_INVALID: Answer(_E, "9", "12"),
    FindingCode.CODE_UNKNOWN: Answer(_E, "7", "12", guide="I6"),
    FindingCode.PATTERN_MISMATCH: Answer(_E, "7", "12", guide="I12"),
    FindingCode.BINARY_LENGTH_INVALID: Answer(_E, "7", "12"),
    FindingCode.TRAILING_SEPARATOR: Answer(_E, "3", "16"),
    FindingCode.REPORTED_BY_PARTNER: Answer(_T, "5", "18"),
})  # fmt: skip

_TOO_FEW_REPETITIONS: Final = "I11"

#: ISA element -> TA105, for INTERCHANGE_HEADER_INVALID
HEADER_NOTES: Final[Mapping[int, str]] = MappingProxyType({
    1: "010", 2: "011", 3: "012", 4: "013", 5: "005", 6: "006", 7: "007", 8: "008", 9: "014", 10: "015", 11: "016", 12: "017",
    13: "018", 14: "019", 15: "020", 16: "027",
})  # fmt: skip


def interchange_note(finding: Finding) -> str:
    """TA105 for a fault of an interchange: of a header, by its element."""
    note = ANSWERS[finding.code].x12
    if finding.code is FindingCode.INTERCHANGE_HEADER_INVALID:
        return HEADER_NOTES.get(finding.location.element or 0, note)
    return note


def x12_code(finding: Finding, codes: Codes) -> str:
    """What a 997 or 999 answers; only a 999 tells what the guide says from what the standard says."""
    answer = ANSWERS[finding.code]
    if codes is Codes.EARLY:
        return answer.x12
    usual = answer.late or answer.x12
    if codes is Codes.LATE or finding.scope is Scope.STANDARD:
        return usual
    if finding.code is FindingCode.REQUIRED_ELEMENT_MISSING and (finding.location.repetition or 1) > 1:
        return _TOO_FEW_REPETITIONS
    return (finding.trigger and answer.dependent) or answer.guide or usual
