"""What is answered to each fault, and what the codes of others mean: tables, total over `FindingCode`.

X12 data elements: I18 (TA105), 716 (AK905), 718 (AK502), 720 (AK304), 723 (AK403), as of 004010. EDIFACT: 0085 (UCI, UCF, UCM, UCS, UCD).
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.finding import FindingCode

__all__ = ["ANSWERS", "HEADER_NOTES", "MEANINGS", "Answer", "Level", "Meaning"]


class Level(StrEnum):
    """What a fault is a fault of, and so where it is answered."""

    INTERCHANGE = "interchange"  #: TA1, UCI
    GROUP = "group"  #: AK9, UCF
    SET = "set"  #: AK5, UCM
    SEGMENT = "segment"  #: AK3, UCS
    ELEMENT = "element"  #: AK4, UCD


class Answer(NamedTuple):
    """How one fault is answered."""

    level: Level
    x12: str  #: TA105, AK905, AK502, AK304 or AK403, by the level
    contrl: str  #: 0085


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
    FindingCode.GROUP_CONTROL_NUMBER_DUPLICATE: Answer(_G, "6", "26"),
    FindingCode.GROUP_COUNT_MISMATCH: Answer(_G, "5", "29"),
    FindingCode.GROUP_RELEASE_UNSUPPORTED: Answer(_G, "2", "14"),
    FindingCode.GROUP_NOT_AGREED: Answer(_G, "1", "17"),
    FindingCode.SET_TRAILER_MISSING: Answer(_T, "2", "13"),
    FindingCode.SET_CONTROL_NUMBER_MISMATCH: Answer(_T, "3", "28"),
    FindingCode.SET_CONTROL_NUMBER_INVALID: Answer(_T, "7", "12"),
    FindingCode.SET_CONTROL_NUMBER_DUPLICATE: Answer(_T, "23", "26"),
    FindingCode.SET_COUNT_MISMATCH: Answer(_T, "4", "29"),
    FindingCode.SET_UNSUPPORTED: Answer(_T, "1", "14"),
    FindingCode.SET_NOT_AGREED: Answer(_T, "1", "17"),
    FindingCode.SET_NOT_IN_GROUP: Answer(_T, "6", "31"),
    FindingCode.SET_HEADER_INVALID: Answer(_T, "6", "12"),
    FindingCode.RELEASE_SUBSTITUTED: Answer(_T, "1", "14"),  # never an error, so never answered
    FindingCode.SEGMENT_UNKNOWN: Answer(_S, "1", "15"),
    FindingCode.SEGMENT_NOT_IN_SET: Answer(_S, "6", "15"),
    FindingCode.SEGMENT_UNEXPECTED: Answer(_S, "2", "15"),
    FindingCode.SEGMENT_OUT_OF_SEQUENCE: Answer(_S, "7", "15"),
    FindingCode.SEGMENT_EMPTY: Answer(_S, "8", "13"),
    FindingCode.SEGMENT_FORBIDDEN: Answer(_S, "2", "15"),
    FindingCode.REQUIRED_SEGMENT_MISSING: Answer(_S, "3", "13"),
    FindingCode.REQUIRED_LOOP_MISSING: Answer(_S, "3", "13"),
    FindingCode.SEGMENT_REPEATS_TOO_OFTEN: Answer(_S, "5", "35"),
    FindingCode.LOOP_REPEATS_TOO_OFTEN: Answer(_S, "4", "36"),
    FindingCode.HIERARCHY_INVALID: Answer(_E, "7", "12"),
    FindingCode.REQUIRED_ELEMENT_MISSING: Answer(_E, "1", "13"),
    FindingCode.REQUIRED_COMPONENT_MISSING: Answer(_E, "1", "13"),
    FindingCode.CONDITIONAL_ELEMENT_MISSING: Answer(_E, "2", "13"),
    FindingCode.CONDITIONAL_ELEMENT_EXCLUDED: Answer(_E, "10", "15"),
    FindingCode.ELEMENT_FORBIDDEN: Answer(_E, "10", "15"),
    FindingCode.TOO_MANY_ELEMENTS: Answer(_E, "3", "16"),
    FindingCode.TOO_MANY_COMPONENTS: Answer(_E, "3", "16"),
    FindingCode.ELEMENT_REPEATS_TOO_OFTEN: Answer(_E, "3", "35"),
    FindingCode.ELEMENT_TOO_SHORT: Answer(_E, "4", "40"),
    FindingCode.ELEMENT_TOO_LONG: Answer(_E, "5", "39"),
    FindingCode.CHARACTER_INVALID: Answer(_E, "6", "21"),
    FindingCode.NUMBER_INVALID: Answer(_E, "6", "37"),
    FindingCode.DATE_INVALID: Answer(_E, "8", "12"),
    FindingCode.TIME_INVALID: Answer(_E, "9", "12"),
    FindingCode.CODE_UNKNOWN: Answer(_E, "7", "12"),
    FindingCode.PATTERN_MISMATCH: Answer(_E, "7", "12"),
    FindingCode.BINARY_LENGTH_INVALID: Answer(_E, "7", "12"),
    FindingCode.TRAILING_SEPARATOR: Answer(_E, "3", "16"),
    FindingCode.REPORTED_BY_PARTNER: Answer(_T, "5", "18"),
})  # fmt: skip

#: ISA element -> TA105, for INTERCHANGE_HEADER_INVALID
HEADER_NOTES: Final[Mapping[int, str]] = MappingProxyType({
    1: "010", 2: "011", 3: "012", 4: "013", 5: "005", 6: "006", 7: "007", 8: "008", 9: "014", 10: "015", 11: "016", 12: "017",
    13: "018", 14: "019", 15: "020", 16: "027",
})  # fmt: skip


class Meaning(NamedTuple):
    """What a code in a partner's acknowledgment says of what we sent."""

    code: FindingCode
    words: str


_M = Meaning
_F = FindingCode

#: 0085 in UCI, UCF, UCS and UCD
_REPORTED: Final[Mapping[str, Meaning]] = {
    "2": _M(_F.INTERCHANGE_VERSION_UNSUPPORTED, "the syntax version or level is not supported"),
    "7": _M(_F.RECEIVER_UNKNOWN, "the recipient is not the actual recipient"),
    "12": _M(_F.CODE_UNKNOWN, "the value is invalid"),
    "13": _M(_F.REQUIRED_ELEMENT_MISSING, "something that is required is missing"),
    "14": _M(_F.CODE_UNKNOWN, "the value is not supported in this position"),
    "15": _M(_F.SEGMENT_UNEXPECTED, "it is not supported in this position"),
    "16": _M(_F.TOO_MANY_COMPONENTS, "there are too many constituents"),
    "17": _M(_F.SET_NOT_AGREED, "there is no agreement"),
    "19": _M(_F.NUMBER_INVALID, "the decimal notation is invalid"),
    "20": _M(_F.DELIMITERS_INVALID, "a character is invalid as service character"),
    "21": _M(_F.CHARACTER_INVALID, "a character is invalid"),
    "22": _M(_F.DELIMITERS_INVALID, "a service character is invalid"),
    "23": _M(_F.SENDER_UNKNOWN, "the sender is unknown"),
    "26": _M(_F.INTERCHANGE_DUPLICATE, "it was received before"),
    "28": _M(_F.INTERCHANGE_CONTROL_NUMBER_MISMATCH, "the references of header and trailer differ"),
    "29": _M(_F.INTERCHANGE_COUNT_MISMATCH, "the control count is wrong"),
    "30": _M(_F.GROUP_HEADER_MISSING, "groups and messages are mixed"),
    "31": _M(_F.SET_NOT_IN_GROUP, "the group has more than one message type"),
    "32": _M(_F.INTERCHANGE_EMPTY, "the lower level is empty"),
    "33": _M(_F.DATA_OUTSIDE_ENVELOPE, "something stands outside of message or group"),
    "35": _M(_F.SEGMENT_REPEATS_TOO_OFTEN, "there are too many repetitions"),
    "36": _M(_F.LOOP_REPEATS_TOO_OFTEN, "the segment group repeats too often"),
    "37": _M(_F.CHARACTER_INVALID, "the type of characters is invalid"),
    "38": _M(_F.NUMBER_INVALID, "a digit is missing before the decimal mark"),
    "39": _M(_F.ELEMENT_TOO_LONG, "the element is too long"),
    "40": _M(_F.ELEMENT_TOO_SHORT, "the element is too short"),
}  # fmt: skip

#: 0085 in UCM, where it is said of the envelope of a message
_REPORTED_OF_MESSAGES: Final[Mapping[str, Meaning]] = {
    "12": _M(_F.SET_HEADER_INVALID, "a value in the message's envelope is invalid"),
    "13": _M(_F.SET_TRAILER_MISSING, "a part of the message's envelope is missing"),
    "14": _M(_F.SET_UNSUPPORTED, "the message type or its version is not supported"),
    "26": _M(_F.SET_CONTROL_NUMBER_DUPLICATE, "the message reference occurs twice"),
    "28": _M(_F.SET_CONTROL_NUMBER_MISMATCH, "the references of message header and trailer differ"),
    "29": _M(_F.SET_COUNT_MISMATCH, "the count of segments is wrong"),
}

#: data element, or segment where it differs -> code -> meaning; a code that is not here is REPORTED_BY_PARTNER
MEANINGS: Final[Mapping[str, Mapping[str, Meaning]]] = MappingProxyType({
    "I18": {
        "001": _M(_F.INTERCHANGE_CONTROL_NUMBER_MISMATCH, "the control numbers of interchange header and trailer differ"),
        "002": _M(_F.INTERCHANGE_HEADER_INVALID, "the control standard is not supported"),
        "003": _M(_F.INTERCHANGE_VERSION_UNSUPPORTED, "the interchange version is not supported"),
        "004": _M(_F.DELIMITERS_INVALID, "the segment terminator is invalid"),
        "005": _M(_F.INTERCHANGE_HEADER_INVALID, "the qualifier of the sender is invalid"),
        "006": _M(_F.SENDER_UNKNOWN, "the sender id is invalid"),
        "007": _M(_F.INTERCHANGE_HEADER_INVALID, "the qualifier of the receiver is invalid"),
        "008": _M(_F.RECEIVER_UNKNOWN, "the receiver id is invalid"),
        "009": _M(_F.RECEIVER_UNKNOWN, "the receiver id is unknown"),
        "010": _M(_F.INTERCHANGE_HEADER_INVALID, "the authorization qualifier is invalid"),
        "011": _M(_F.INTERCHANGE_HEADER_INVALID, "the authorization information is invalid"),
        "012": _M(_F.INTERCHANGE_HEADER_INVALID, "the security qualifier is invalid"),
        "013": _M(_F.INTERCHANGE_HEADER_INVALID, "the security information is invalid"),
        "014": _M(_F.INTERCHANGE_HEADER_INVALID, "the interchange date is invalid"),
        "015": _M(_F.INTERCHANGE_HEADER_INVALID, "the interchange time is invalid"),
        "016": _M(_F.INTERCHANGE_HEADER_INVALID, "the repetition separator or standards identifier is invalid"),
        "017": _M(_F.INTERCHANGE_VERSION_UNSUPPORTED, "the interchange version is invalid"),
        "018": _M(_F.INTERCHANGE_CONTROL_NUMBER_INVALID, "the interchange control number is invalid"),
        "019": _M(_F.INTERCHANGE_HEADER_INVALID, "the acknowledgment indicator is invalid"),
        "020": _M(_F.INTERCHANGE_HEADER_INVALID, "the usage indicator is invalid"),
        "021": _M(_F.INTERCHANGE_COUNT_MISMATCH, "the count of groups is wrong"),
        "022": _M(_F.DATA_OUTSIDE_ENVELOPE, "the control structure is invalid"),
        "023": _M(_F.INTERCHANGE_TRAILER_MISSING, "the data ended too early"),
        "024": _M(_F.GROUP_HEADER_INVALID, "the content is invalid, for instance a group header"),
        "025": _M(_F.INTERCHANGE_DUPLICATE, "the control number was used before"),
        "026": _M(_F.DELIMITERS_INVALID, "the element separator is invalid"),
        "027": _M(_F.DELIMITERS_INVALID, "the component separator is invalid"),
    },
    "716": {
        "1": _M(_F.GROUP_NOT_AGREED, "the group is not supported"),
        "2": _M(_F.GROUP_RELEASE_UNSUPPORTED, "the release of the group is not supported"),
        "3": _M(_F.GROUP_TRAILER_MISSING, "the group trailer is missing"),
        "4": _M(_F.GROUP_CONTROL_NUMBER_MISMATCH, "the control numbers of group header and trailer differ"),
        "5": _M(_F.GROUP_COUNT_MISMATCH, "the count of transaction sets is wrong"),
        "6": _M(_F.GROUP_CONTROL_NUMBER_INVALID, "the group control number is invalid"),
    },
    "718": {
        "1": _M(_F.SET_UNSUPPORTED, "the transaction set is not supported"),
        "2": _M(_F.SET_TRAILER_MISSING, "the transaction set trailer is missing"),
        "3": _M(_F.SET_CONTROL_NUMBER_MISMATCH, "the control numbers of the set's header and trailer differ"),
        "4": _M(_F.SET_COUNT_MISMATCH, "the count of segments is wrong"),
        "6": _M(_F.SET_HEADER_INVALID, "the transaction set identifier is missing or invalid"),
        "7": _M(_F.SET_CONTROL_NUMBER_INVALID, "the control number of the set is missing or invalid"),
        "23": _M(_F.SET_CONTROL_NUMBER_DUPLICATE, "the control number of the set occurs twice in the group"),
    },
    "720": {
        "1": _M(_F.SEGMENT_UNKNOWN, "the segment is not known"),
        "2": _M(_F.SEGMENT_UNEXPECTED, "the segment is not expected here"),
        "3": _M(_F.REQUIRED_SEGMENT_MISSING, "a mandatory segment is missing"),
        "4": _M(_F.LOOP_REPEATS_TOO_OFTEN, "the loop occurs too often"),
        "5": _M(_F.SEGMENT_REPEATS_TOO_OFTEN, "the segment occurs too often"),
        "6": _M(_F.SEGMENT_NOT_IN_SET, "the segment is not part of the transaction set"),
        "7": _M(_F.SEGMENT_OUT_OF_SEQUENCE, "the segment is out of sequence"),
        "8": _M(_F.REPORTED_BY_PARTNER, "the segment has faults in its elements"),
    },
    "723": {
        "1": _M(_F.REQUIRED_ELEMENT_MISSING, "a mandatory element is missing"),
        "2": _M(_F.CONDITIONAL_ELEMENT_MISSING, "an element that others require is missing"),
        "3": _M(_F.TOO_MANY_ELEMENTS, "there are too many elements"),
        "4": _M(_F.ELEMENT_TOO_SHORT, "the element is too short"),
        "5": _M(_F.ELEMENT_TOO_LONG, "the element is too long"),
        "6": _M(_F.CHARACTER_INVALID, "the element has an invalid character"),
        "7": _M(_F.CODE_UNKNOWN, "the code is not valid"),
        "8": _M(_F.DATE_INVALID, "the date is invalid"),
        "9": _M(_F.TIME_INVALID, "the time is invalid"),
        "10": _M(_F.CONDITIONAL_ELEMENT_EXCLUDED, "the element excludes another one that is there"),
        "12": _M(_F.ELEMENT_REPEATS_TOO_OFTEN, "the element repeats too often"),
        "13": _M(_F.TOO_MANY_COMPONENTS, "there are too many components"),
    },
    "0085": _REPORTED,
    "UCM": {**_REPORTED, **_REPORTED_OF_MESSAGES},
})  # fmt: skip
