"""What each fault means and how it is mended: one row per code, total over `FindingCode`.

`when` completes "it is said when …"; `fix` is the next action, for whoever made the data.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.finding import Finding, FindingCode, Severity

__all__ = ["ADVICE", "Advice", "fix"]


class Advice(NamedTuple):
    """When a fault is said, and what mends it. Fixed words: nothing of a partner's data."""

    when: str
    fix: str


_A = Advice
_F = FindingCode

ADVICE: Final[Mapping[FindingCode, Advice]] = MappingProxyType(
    {
        _F.INTERCHANGE_HEADER_INVALID: _A(
            "a field of ISA or UNB is empty, of the wrong length, or none of its values",
            "Correct this field of the header; ISA elements are padded with blanks to their fixed length.",
        ),
        _F.DELIMITERS_INVALID: _A(
            "two separators are the same character, or one is a letter, a digit or a blank",
            "Choose different signs as separators, none of which stands in data.",
        ),
        _F.CHARACTER_SET_UNSUPPORTED: _A(
            "UNB names a character set that is not read here", "Send UNOC, or UNOY for UTF-8, and name it in UNB 0001."
        ),
        _F.INTERCHANGE_VERSION_UNSUPPORTED: _A(
            "ISA12 or UNB 0002 names no version of the syntax",
            "Name the version that was agreed: 00401 or 00501 in ISA12, 1 to 4 in UNB 0002.",
        ),
        _F.INTERCHANGE_TRAILER_MISSING: _A(
            "the data ends, or another interchange begins, before IEA or UNZ",
            "The file was cut or the trailer never written: send it again, whole.",
        ),
        _F.INTERCHANGE_CONTROL_NUMBER_MISMATCH: _A(
            "IEA02 or UNZ 0020 differs from the header", "Write the control number of the header into the trailer."
        ),
        _F.INTERCHANGE_CONTROL_NUMBER_INVALID: _A(
            "ISA13 is not of nine digits, or UNB 0020 not of 1 to 14 characters",
            "Number the interchange: nine digits in ISA13, 1 to 14 characters in UNB 0020.",
        ),
        _F.INTERCHANGE_COUNT_MISMATCH: _A(
            "IEA01 or UNZ 0036 is not the number of groups or messages",
            "Count again: the trailer has the number of groups, without groups that of messages; else something was lost on the way.",
        ),
        _F.INTERCHANGE_DUPLICATE: _A(
            "an interchange with this control number came from this sender before",
            "If it is meant to be processed again, send it under a new control number.",
        ),
        _F.INTERCHANGE_EMPTY: _A(
            "there is no transaction set between header and trailer", "Send no envelope when there is nothing to send."
        ),
        _F.SENDER_UNKNOWN: _A(
            "no partner has the sender's id", "Check the sender's qualifier and id; if they are right, add them to the partner's profile."
        ),
        _F.RECEIVER_UNKNOWN: _A(
            "the receiver's id is none of ours", "Check the receiver's qualifier and id: it may be meant for somebody else."
        ),
        _F.SEGMENT_TERMINATOR_MISSING: _A(
            "the data ends without a segment terminator",
            "End every segment, the last one too, with the terminator; if the file was cut, send it again.",
        ),
        _F.DATA_OUTSIDE_ENVELOPE: _A(
            "a segment stands in no transaction set, or data behind the end of the interchange",
            "Take it away, or put it between header and trailer of a set.",
        ),
        _F.LIMIT_EXCEEDED: _A(
            "there is more than is read or listed", "Split it into smaller interchanges, or mend what is listed and look again."
        ),
        _F.GROUP_HEADER_MISSING: _A(
            "a set stands in no group, where the standard or the other sets have one",
            "Put the set between GS and GE, or between UNG and UNE like the others.",
        ),
        _F.GROUP_HEADER_INVALID: _A("a field of GS or UNG is empty or of the wrong length", "Correct this field of the group header."),
        _F.GROUP_TRAILER_MISSING: _A("GE or UNE is missing", "End the group with its trailer before anything else begins."),
        _F.GROUP_CONTROL_NUMBER_MISMATCH: _A(
            "GE02 or UNE 0048 differs from the group header", "Write the control number of the group header into the trailer."
        ),
        _F.GROUP_CONTROL_NUMBER_INVALID: _A("GS06 is not of one to nine digits, or UNG 0048 is empty", "Number the group."),
        _F.GROUP_CONTROL_NUMBER_DUPLICATE: _A(
            "two groups of one kind in the interchange have the same control number", "Give each group a number of its own."
        ),
        _F.GROUP_COUNT_MISMATCH: _A(
            "GE01 or UNE 0060 is not the number of sets", "Count the sets again; if the count is right, some were lost on the way."
        ),
        _F.GROUP_RELEASE_UNSUPPORTED: _A("GS08 names no release", "Name the release in GS08, for example 004010."),
        _F.GROUP_NOT_AGREED: _A("there is no agreement for this kind of group", "Send only what was agreed, or have it agreed first."),
        _F.SET_TRAILER_MISSING: _A("SE or UNT is missing", "End the set with its trailer before anything else begins."),
        _F.SET_CONTROL_NUMBER_MISMATCH: _A(
            "SE02 or UNT 0062 differs from the set header", "Write the control number of the set header into the trailer."
        ),
        _F.SET_CONTROL_NUMBER_INVALID: _A(
            "ST02 is not of 4 to 9 characters, or UNH 0062 not of 1 to 14",
            "Number the set: 4 to 9 characters in ST02, 1 to 14 in UNH 0062.",
        ),
        _F.SET_CONTROL_NUMBER_DUPLICATE: _A(
            "two sets of a group have the same control number", "Give each set of a group a number of its own."
        ),
        _F.SET_COUNT_MISMATCH: _A(
            "SE01 or UNT 0074 is not the number of segments",
            "Count the segments again, header and trailer included; if the count is right, some were lost on the way.",
        ),
        _F.SET_UNSUPPORTED: _A(
            "no grammar for this set in this release is built in",
            "Check set and release in the header; if they are right, this gateway cannot judge it yet.",
        ),
        _F.SET_NOT_AGREED: _A("there is no agreement for this set", "Send only what was agreed, or have it agreed first."),
        _F.SET_NOT_IN_GROUP: _A(
            "the set does not belong to the functional identifier of its group",
            "Send the set in a group of its own kind (GS01), for example 850 in PO.",
        ),
        _F.SET_HEADER_INVALID: _A("a field of ST or UNH is empty", "Complete the header of the set."),
        _F.RELEASE_SUBSTITUTED: _A(
            "this release is not built in, and the nearest one was taken",
            "Nothing is wrong; a fault found may be due to the difference between the two releases.",
        ),
        _F.SEGMENT_UNKNOWN: _A(
            "the standard has no segment with this tag",
            "Correct the tag, or take the segment out; a stray segment terminator in data also looks like this.",
        ),
        _F.SEGMENT_NOT_IN_SET: _A(
            "the segment has no place in this set", "Take the segment out, or send its content in a segment that the set has."
        ),
        _F.SEGMENT_UNEXPECTED: _A(
            "the segment has a place in this set, but not here",
            "Move the segment to its place, or send the segment that begins its loop before it.",
        ),
        _F.SEGMENT_OUT_OF_SEQUENCE: _A("the segment stands before or behind its place", "Write the segments in the order of the standard."),
        _F.SEGMENT_EMPTY: _A("a segment has no data, or nothing stands between two terminators", "Leave out segments without data."),
        _F.SEGMENT_FORBIDDEN: _A("the partner's guide does not use the segment", "Leave the segment out."),
        _F.REQUIRED_SEGMENT_MISSING: _A(
            "a mandatory segment did not come before the segment that follows its place", "Send the missing segment before this one."
        ),
        _F.REQUIRED_LOOP_MISSING: _A(
            "a mandatory loop did not come before the segment that follows its place",
            "Send the missing loop, at least its first segment, before this one.",
        ),
        _F.SEGMENT_REPEATS_TOO_OFTEN: _A(
            "the segment comes more often than its place allows",
            "Send it as often as allowed; if a new loop was meant, its first segment is missing.",
        ),
        _F.LOOP_REPEATS_TOO_OFTEN: _A(
            "the loop comes more often than its place allows", "Send the loop as often as allowed, the rest in another document."
        ),
        _F.HIERARCHY_INVALID: _A(
            "an HL number comes twice, or a parent does not exist", "Number the levels from 1 on, and name the parent's number in HL02."
        ),
        _F.REQUIRED_ELEMENT_MISSING: _A(
            "a mandatory element is empty", "Send the element; if there is nothing to say, leave out the whole segment."
        ),
        _F.REQUIRED_COMPONENT_MISSING: _A(
            "a mandatory component of a composite is empty",
            "Send the component; if there is nothing to say, leave out the whole composite.",
        ),
        _F.CONDITIONAL_ELEMENT_MISSING: _A(
            "a condition between elements asks for this one", "Send this element too, or leave out the other one that asks for it."
        ),
        _F.CONDITIONAL_ELEMENT_EXCLUDED: _A("a condition between elements excludes this one", "Send only one of these elements."),
        _F.ELEMENT_FORBIDDEN: _A("the partner's guide does not use the element", "Leave the element empty."),
        _F.TOO_MANY_ELEMENTS: _A(
            "the segment has more elements than the standard knows", "Take the surplus away; a separator in the data also looks like this."
        ),
        _F.TOO_MANY_COMPONENTS: _A(
            "the element has more components than the standard knows",
            "Take the surplus away; a component separator in the data also looks like this.",
        ),
        _F.ELEMENT_REPEATS_TOO_OFTEN: _A("the element comes more often than it may", "Send fewer repetitions, or repeat the segment."),
        _F.ELEMENT_TOO_SHORT: _A(
            "the value is shorter than it may be", "Send at least the shortest length; codes of fixed length keep their leading zeros."
        ),
        _F.ELEMENT_TOO_LONG: _A("the value is longer than it may be", "Shorten the value, or split it where the segment may repeat."),
        _F.CHARACTER_INVALID: _A(
            "a character is not of the character set or repertoire that was named",
            "Send only characters of the set that the envelope names, or name another one.",
        ),
        _F.NUMBER_INVALID: _A(
            "the value is no number of the kind asked for",
            "Send digits, and only where it is allowed a sign and a decimal mark; no thousands separators, no units.",
        ),
        _F.DATE_INVALID: _A(
            "the value is no date or period of the form asked for",
            "Send a real date in the form that the element or its qualifier asks for.",
        ),
        _F.TIME_INVALID: _A("the value is no time of day", "Send a time from 0000 to 2359, in two digits each."),
        _F.CODE_UNKNOWN: _A(
            "the value is not in its code list", "Choose a code of the list of this release, or have this one agreed with the partner."
        ),
        _F.PATTERN_MISMATCH: _A(
            "the value has not the form that the partner's guide asks for", "Write the value in the form that the guide asks for."
        ),
        _F.BINARY_LENGTH_INVALID: _A(
            "the length named before binary data is not that of the data",
            "Name the number of bytes that follow, without separator and terminator.",
        ),
        _F.TRAILING_SEPARATOR: _A("empty elements or components stand at the end", "End the segment after its last value."),
        _F.REPORTED_BY_PARTNER: _A(
            "the partner's acknowledgment names a fault that has no narrower name here", "Ask the partner what the code means to them."
        ),
    }
)


def fix(finding: Finding) -> str:
    """The next action; of a cascade, to mend its cause first. Empty for what is information only."""
    if finding.caused_by is not None:
        return f"Mend the {finding.caused_by.value} before it first: this may go away with it."
    if finding.severity is Severity.INFO:
        return ""
    return ADVICE[finding.code].fix
