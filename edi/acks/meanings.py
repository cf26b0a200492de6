"""What the codes in a partner's acknowledgment say of what we sent: tables by data element, in words.

X12: I18 (TA105), 716 (AK905), 718 and 618 (AK502, IK502), 720 and 620 (AK304, IK304), 723 and 621 (AK403, IK403), as of 004010 and 005010.
EDIFACT: 0085 (UCI, UCF, UCM, UCS, UCD). A code that a table does not have is told as it came.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from edi.finding import FindingCode, Scope

__all__ = ["MEANINGS", "Meaning"]


class Meaning(NamedTuple):
    """What a code in a partner's acknowledgment says of what we sent."""

    code: FindingCode
    words: str
    scope: Scope = Scope.STANDARD  #: the guide, where a 999 speaks of the implementation


_M = Meaning
_F = FindingCode
_G = Scope.GUIDE

#: 0085 in UCI, UCS and UCD
_REPORTED: Final[Mapping[str, Meaning]] = {
    "2": _M(_F.INTERCHANGE_VERSION_UNSUPPORTED, "the syntax version or level is not supported"),
    "7": _M(_F.RECEIVER_UNKNOWN, "the recipient is not the actual recipient"),
    "12": _M(_F.CODE_UNKNOWN, "the value is invalid"),
    "13": _M(_F.REQUIRED_ELEMENT_MISSING, "something that is required is missing"),
    "14": _M(_F.CODE_UNKNOWN, "the value is not supported in this position"),
    "15": _M(_F.SEGMENT_UNEXPECTED, "it is not supported in this position"),
    "16": _M(_F.TOO_MANY_COMPONENTS, "there are too many constituents"),
    "17": _M(_F.SET_NOT_AGREED, "there is no agreement"),
    "18": _M(_F.REPORTED_BY_PARTNER, "there is an error that is not specified"),
    "19": _M(_F.NUMBER_INVALID, "the decimal notation is invalid"),
    "20": _M(_F.DELIMITERS_INVALID, "a character is invalid as service character"),
    "21": _M(_F.CHARACTER_INVALID, "a character is invalid"),
    "22": _M(_F.DELIMITERS_INVALID, "a service character is invalid"),
    "23": _M(_F.SENDER_UNKNOWN, "the sender is unknown"),
    "24": _M(_F.REPORTED_BY_PARTNER, "it is too old"),
    "25": _M(_F.INTERCHANGE_HEADER_INVALID, "the test indicator is not supported"),
    "26": _M(_F.INTERCHANGE_DUPLICATE, "it was received before"),
    "27": _M(_F.REPORTED_BY_PARTNER, "the security function is not supported"),
    "28": _M(_F.INTERCHANGE_CONTROL_NUMBER_MISMATCH, "the references of header and trailer differ"),
    "29": _M(_F.INTERCHANGE_COUNT_MISMATCH, "the control count is wrong"),
    "30": _M(_F.GROUP_HEADER_MISSING, "groups and messages are mixed"),
    "31": _M(_F.SET_NOT_IN_GROUP, "the group has more than one message type"),
    "32": _M(_F.INTERCHANGE_EMPTY, "the lower level is empty"),
    "33": _M(_F.DATA_OUTSIDE_ENVELOPE, "something stands outside of message or group"),
    "34": _M(_F.REPORTED_BY_PARTNER, "explicit nesting is not allowed"),
    "35": _M(_F.SEGMENT_REPEATS_TOO_OFTEN, "there are too many repetitions"),
    "36": _M(_F.LOOP_REPEATS_TOO_OFTEN, "the segment group repeats too often"),
    "37": _M(_F.CHARACTER_INVALID, "the type of characters is invalid"),
    "38": _M(_F.NUMBER_INVALID, "a digit is missing before the decimal mark"),
    "39": _M(_F.ELEMENT_TOO_LONG, "the element is too long"),
    "40": _M(_F.ELEMENT_TOO_SHORT, "the element is too short"),
    "41": _M(_F.REPORTED_BY_PARTNER, "the network failed, and will go on failing"),
    "42": _M(_F.REPORTED_BY_PARTNER, "the network failed for the time being"),
    "43": _M(_F.RECEIVER_UNKNOWN, "the recipient is not known"),
    "45": _M(_F.TRAILING_SEPARATOR, "a separator stands where nothing follows it"),
    "46": _M(_F.CHARACTER_SET_UNSUPPORTED, "the character set is not supported"),
    "47": _M(_F.REPORTED_BY_PARTNER, "a function of the envelope is not supported"),
    "48": _M(_F.CONDITIONAL_ELEMENT_MISSING, "a condition between elements or segments is not met"),
}  # fmt: skip

#: 0085 in UCM, where it is said of the envelope of a message
_REPORTED_OF_MESSAGES: Final[Mapping[str, Meaning]] = {
    "12": _M(_F.SET_HEADER_INVALID, "a value in the message's envelope is invalid"),
    "13": _M(_F.SET_TRAILER_MISSING, "a part of the message's envelope is missing"),
    "14": _M(_F.SET_UNSUPPORTED, "the message type or its version is not supported"),
    "26": _M(_F.SET_CONTROL_NUMBER_DUPLICATE, "the message reference occurs twice"),
    "28": _M(_F.SET_CONTROL_NUMBER_MISMATCH, "the references of message header and trailer differ"),
    "29": _M(_F.SET_COUNT_MISMATCH, "the count of segments is wrong"),
    "31": _M(_F.SET_NOT_IN_GROUP, "the message is of another type than those of its group"),
    "32": _M(_F.REPORTED_BY_PARTNER, "the message is empty"),
}

#: the same of a group (UCF) where words or fault differ
_REPORTED_OF_GROUPS: Final[Mapping[str, Meaning]] = {
    "12": _M(_F.GROUP_HEADER_INVALID, "a value in the group's envelope is invalid"),
    "13": _M(_F.GROUP_TRAILER_MISSING, "a part of the group's envelope is missing"),
    "14": _M(_F.GROUP_RELEASE_UNSUPPORTED, "the kind or version of the group is not supported"),
    "17": _M(_F.GROUP_NOT_AGREED, "there is no agreement for the group"),
    "26": _M(_F.GROUP_CONTROL_NUMBER_DUPLICATE, "the group reference occurs twice"),
    "28": _M(_F.GROUP_CONTROL_NUMBER_MISMATCH, "the references of group header and trailer differ"),
    "29": _M(_F.GROUP_COUNT_MISMATCH, "the count of messages in the group is wrong"),
}

_SECURITY_OF_GROUPS: Final = (
    "the name of the authentication key is not known",
    "the name of the encryption key is not known",
    "the security service that is asked for is not available",
    "the security recipient is not known",
    "the security originator is not known",
    "the decrypted text has errors of syntax",
    "security is not supported",
    "the length of the encrypted text is wrong",
    "the authentication code of the text is wrong",
)
_OLD_SECURITY_SEGMENTS: Final = (
    "the security header S1S is missing for the trailer S1E",
    "the security trailer S2E is missing for the header S2S",
    "the security header S2S is missing for the trailer S2E",
)
_SECURITY_SEGMENTS: Final = (
    "the security trailer S3E is missing for the header S3S",
    "the security header S3S is missing for the trailer S3E",
    "the security trailer S4E is missing for the header S4S",
    "the security header S4S is missing for the trailer S4E",
)

#: 718 in AK502, and what 618 has of it; 19 is of 005010, before it was of security segments that nobody used
_SET: Final[Mapping[str, Meaning]] = {
    "1": _M(_F.SET_UNSUPPORTED, "the transaction set is not supported"),
    "2": _M(_F.SET_TRAILER_MISSING, "the transaction set trailer is missing"),
    "3": _M(_F.SET_CONTROL_NUMBER_MISMATCH, "the control numbers of the set's header and trailer differ"),
    "4": _M(_F.SET_COUNT_MISMATCH, "the count of segments is wrong"),
    "6": _M(_F.SET_HEADER_INVALID, "the transaction set identifier is missing or invalid"),
    "7": _M(_F.SET_CONTROL_NUMBER_INVALID, "the control number of the set is missing or invalid"),
    "23": _M(_F.SET_CONTROL_NUMBER_DUPLICATE, "the control number of the set occurs twice in the group"),
    "5": _M(_F.REPORTED_BY_PARTNER, "segments of the set have errors"),
    "8": _M(_F.REPORTED_BY_PARTNER, _SECURITY_OF_GROUPS[0]),
    "9": _M(_F.REPORTED_BY_PARTNER, _SECURITY_OF_GROUPS[1]),
    "10": _M(_F.REPORTED_BY_PARTNER, _SECURITY_OF_GROUPS[2]),
    "11": _M(_F.REPORTED_BY_PARTNER, _SECURITY_OF_GROUPS[3]),
    "12": _M(_F.REPORTED_BY_PARTNER, _SECURITY_OF_GROUPS[7]),
    "13": _M(_F.REPORTED_BY_PARTNER, _SECURITY_OF_GROUPS[8]),
    "15": _M(_F.REPORTED_BY_PARTNER, _SECURITY_OF_GROUPS[4]),
    "16": _M(_F.REPORTED_BY_PARTNER, _SECURITY_OF_GROUPS[5]),
    "17": _M(_F.REPORTED_BY_PARTNER, _SECURITY_OF_GROUPS[6]),
    "18": _M(_F.SET_NOT_IN_GROUP, "the transaction set does not belong in its group"),
    "19": _M(_F.SET_UNSUPPORTED, "the implementation guide that the set names is not valid", _G),
    **{str(20 + i): _M(_F.REPORTED_BY_PARTNER, words) for i, words in enumerate(_OLD_SECURITY_SEGMENTS)},
    **{str(24 + i): _M(_F.REPORTED_BY_PARTNER, words) for i, words in enumerate(_SECURITY_SEGMENTS)},
}
_SET_BY_GUIDE: Final[Mapping[str, Meaning]] = {
    "I5": _M(_F.REPORTED_BY_PARTNER, "segments of the set are not as the guide asks", _G),
    "I6": _M(_F.SET_UNSUPPORTED, "the implementation guide is not supported", _G),
}

#: 720 in AK304, and what 620 has of it
_SEGMENT: Final[Mapping[str, Meaning]] = {
    "1": _M(_F.SEGMENT_UNKNOWN, "the segment is not known"),
    "2": _M(_F.SEGMENT_UNEXPECTED, "the segment is not expected here"),
    "3": _M(_F.REQUIRED_SEGMENT_MISSING, "a mandatory segment is missing"),
    "4": _M(_F.LOOP_REPEATS_TOO_OFTEN, "the loop occurs too often"),
    "5": _M(_F.SEGMENT_REPEATS_TOO_OFTEN, "the segment occurs too often"),
    "6": _M(_F.SEGMENT_NOT_IN_SET, "the segment is not part of the transaction set"),
    "7": _M(_F.SEGMENT_OUT_OF_SEQUENCE, "the segment is out of sequence"),
    "8": _M(_F.REPORTED_BY_PARTNER, "the segment has faults in its elements"),
}
_SEGMENT_BY_GUIDE: Final[Mapping[str, Meaning]] = {
    "I4": _M(_F.SEGMENT_FORBIDDEN, "the guide does not use the segment", _G),
    "I6": _M(_F.REQUIRED_SEGMENT_MISSING, "a segment is missing that the guide requires because of other data", _G),
    "I7": _M(_F.REQUIRED_LOOP_MISSING, "the loop occurs less often than the guide requires", _G),
    "I8": _M(_F.REQUIRED_SEGMENT_MISSING, "the segment occurs less often than the guide requires", _G),
    "I9": _M(_F.SEGMENT_FORBIDDEN, "the guide does not use the segment because of other data", _G),
}

#: 723 in AK403, and what 621 has of it
_ELEMENT: Final[Mapping[str, Meaning]] = {
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
}
_ELEMENT_BY_GUIDE: Final[Mapping[str, Meaning]] = {
    "I6": _M(_F.CODE_UNKNOWN, "the guide does not use the code", _G),
    "I9": _M(_F.CONDITIONAL_ELEMENT_MISSING, "an element is missing that the guide requires because of other data", _G),
    "I10": _M(_F.ELEMENT_FORBIDDEN, "the guide does not use the element", _G),
    "I11": _M(_F.REQUIRED_ELEMENT_MISSING, "the element repeats less often than the guide requires", _G),
    "I12": _M(_F.PATTERN_MISMATCH, "the value has not the form that the guide asks for", _G),
    "I13": _M(_F.CONDITIONAL_ELEMENT_EXCLUDED, "the guide does not use the element because of other data", _G),
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
        "028": _M(_F.REPORTED_BY_PARTNER, "the date of a deferred delivery is invalid"),
        "029": _M(_F.REPORTED_BY_PARTNER, "the time of a deferred delivery is invalid"),
        "030": _M(_F.REPORTED_BY_PARTNER, "the time code of a deferred delivery is invalid"),
        "031": _M(_F.REPORTED_BY_PARTNER, "the grade of service is invalid"),
    },
    "716": {
        "1": _M(_F.GROUP_NOT_AGREED, "the group is not supported"),
        "2": _M(_F.GROUP_RELEASE_UNSUPPORTED, "the release of the group is not supported"),
        "3": _M(_F.GROUP_TRAILER_MISSING, "the group trailer is missing"),
        "4": _M(_F.GROUP_CONTROL_NUMBER_MISMATCH, "the control numbers of group header and trailer differ"),
        "5": _M(_F.GROUP_COUNT_MISMATCH, "the count of transaction sets is wrong"),
        "6": _M(_F.GROUP_CONTROL_NUMBER_INVALID, "the group control number is invalid"),
        **{str(10 + i): _M(_F.REPORTED_BY_PARTNER, words) for i, words in enumerate(_SECURITY_OF_GROUPS)},
        "19": _M(_F.GROUP_CONTROL_NUMBER_DUPLICATE, "the group control number occurs twice in the interchange"),
        **{str(20 + i): _M(_F.REPORTED_BY_PARTNER, words) for i, words in enumerate(_OLD_SECURITY_SEGMENTS)},
        **{str(23 + i): _M(_F.REPORTED_BY_PARTNER, words) for i, words in enumerate(_SECURITY_SEGMENTS)},
    },
    "718": _SET,
    "720": _SEGMENT,
    "723": _ELEMENT,
    "618": {**_SET, **_SET_BY_GUIDE},
    "620": {**_SEGMENT, "3": _M(_F.REQUIRED_SEGMENT_MISSING, "a required segment is missing"), **_SEGMENT_BY_GUIDE},
    "621": {**_ELEMENT, "1": _M(_F.REQUIRED_ELEMENT_MISSING, "a required element is missing"), **_ELEMENT_BY_GUIDE},
    "0085": _REPORTED,
    "UCM": {**_REPORTED, **_REPORTED_OF_MESSAGES},
    "UCF": {**_REPORTED, **_REPORTED_OF_GROUPS},
})  # fmt: skip
