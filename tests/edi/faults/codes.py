"""What the standards' own code lists say of each fault, written here by hand a second time: the tables of `edi.acks` are held against it.

X12 data elements 720 (AK304, IK304) and 723 (AK403, IK403), as of 004010 and as of 005010; EDIFACT data element 0085.
"""

from typing import Final, NamedTuple

from edi.finding import FindingCode

__all__ = ["BY_THE_LISTS", "Codes"]

F = FindingCode


class Codes(NamedTuple):
    """The codes of one fault; an element's fault makes its segment's code 8."""

    early: str  #: AK304 or AK403 of 004010
    late: str  #: of 005010, and of the 999
    contrl: str  #: 0085, in UCS or UCD
    is_element: bool = True


def _segment(code: str, contrl: str) -> Codes:
    return Codes(code, code, contrl, is_element=False)


BY_THE_LISTS: Final = {
    # 720: 1 unrecognized id, 2 unexpected, 3 mandatory missing, 4 loop over its maximum, 5 segment over its maximum,
    # 6 not in the set, 7 not in sequence, 8 has errors in its elements
    F.SEGMENT_UNKNOWN: _segment("1", "15"),
    F.SEGMENT_UNEXPECTED: _segment("2", "15"),
    F.REQUIRED_SEGMENT_MISSING: _segment("3", "13"),
    F.REQUIRED_LOOP_MISSING: _segment("3", "13"),
    F.LOOP_REPEATS_TOO_OFTEN: _segment("4", "36"),
    F.SEGMENT_REPEATS_TOO_OFTEN: _segment("5", "35"),
    F.SEGMENT_NOT_IN_SET: _segment("6", "15"),
    F.SEGMENT_OUT_OF_SEQUENCE: _segment("7", "15"),
    F.SEGMENT_EMPTY: _segment("8", "13"),
    # 723: 1 mandatory missing, 2 conditional missing, 3 too many, 4 too short, 5 too long, 6 invalid character, 7 invalid code,
    # 8 date, 9 time, 10 exclusion violated, and from 005010 on 12 too many repetitions, 13 too many components
    F.REQUIRED_ELEMENT_MISSING: Codes("1", "1", "13"),
    F.REQUIRED_COMPONENT_MISSING: Codes("1", "1", "13"),
    F.CONDITIONAL_ELEMENT_MISSING: Codes("2", "2", "13"),
    F.TOO_MANY_ELEMENTS: Codes("3", "3", "16"),
    F.ELEMENT_TOO_SHORT: Codes("4", "4", "40"),
    F.ELEMENT_TOO_LONG: Codes("5", "5", "39"),
    F.CHARACTER_INVALID: Codes("6", "6", "21"),
    F.NUMBER_INVALID: Codes("6", "6", "37"),
    F.CODE_UNKNOWN: Codes("7", "7", "12"),
    F.HIERARCHY_INVALID: Codes("7", "7", "12"),
    F.DATE_INVALID: Codes("8", "8", "12"),
    F.TIME_INVALID: Codes("9", "9", "12"),
    F.CONDITIONAL_ELEMENT_EXCLUDED: Codes("10", "10", "15"),
    F.ELEMENT_REPEATS_TOO_OFTEN: Codes("3", "12", "35"),
    F.TOO_MANY_COMPONENTS: Codes("3", "13", "16"),
}
