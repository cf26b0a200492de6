"""The closed list of faults in data, and the value that says one of them was found at a place."""

from dataclasses import dataclass, field
from enum import StrEnum

from edi.location import Location

__all__ = ["Finding", "FindingCode", "Scope", "Severity"]


class Severity(StrEnum):
    """`error` rejects the set; `warning` and `info` are shown and stored, and never stand in an acknowledgment."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Scope(StrEnum):
    """Who says so: the standard, or the partner's implementation guide."""

    STANDARD = "standard"
    GUIDE = "guide"


class FindingCode(StrEnum):
    """Every fault that reading or validation can find, named by the fault; standard-neutral.

    `edi.acks.codes` answers each of them; a test asserts that none is without an answer.
    """

    # the interchange as a whole
    INTERCHANGE_HEADER_INVALID = "interchange-header-invalid"
    DELIMITERS_INVALID = "delimiters-invalid"
    CHARACTER_SET_UNSUPPORTED = "character-set-unsupported"
    INTERCHANGE_VERSION_UNSUPPORTED = "interchange-version-unsupported"
    INTERCHANGE_TRAILER_MISSING = "interchange-trailer-missing"
    INTERCHANGE_CONTROL_NUMBER_MISMATCH = "interchange-control-number-mismatch"
    INTERCHANGE_CONTROL_NUMBER_INVALID = "interchange-control-number-invalid"
    INTERCHANGE_COUNT_MISMATCH = "interchange-count-mismatch"
    INTERCHANGE_DUPLICATE = "interchange-duplicate"
    INTERCHANGE_EMPTY = "interchange-empty"
    SENDER_UNKNOWN = "sender-unknown"
    RECEIVER_UNKNOWN = "receiver-unknown"
    SEGMENT_TERMINATOR_MISSING = "segment-terminator-missing"
    DATA_OUTSIDE_ENVELOPE = "data-outside-envelope"
    LIMIT_EXCEEDED = "limit-exceeded"
    # the functional group
    GROUP_HEADER_MISSING = "group-header-missing"
    GROUP_HEADER_INVALID = "group-header-invalid"
    GROUP_TRAILER_MISSING = "group-trailer-missing"
    GROUP_CONTROL_NUMBER_MISMATCH = "group-control-number-mismatch"
    GROUP_CONTROL_NUMBER_INVALID = "group-control-number-invalid"
    GROUP_CONTROL_NUMBER_DUPLICATE = "group-control-number-duplicate"
    GROUP_COUNT_MISMATCH = "group-count-mismatch"
    GROUP_RELEASE_UNSUPPORTED = "group-release-unsupported"
    GROUP_NOT_AGREED = "group-not-agreed"
    # the transaction set
    SET_TRAILER_MISSING = "set-trailer-missing"
    SET_CONTROL_NUMBER_MISMATCH = "set-control-number-mismatch"
    SET_CONTROL_NUMBER_INVALID = "set-control-number-invalid"
    SET_CONTROL_NUMBER_DUPLICATE = "set-control-number-duplicate"
    SET_COUNT_MISMATCH = "set-count-mismatch"
    SET_UNSUPPORTED = "set-unsupported"
    SET_NOT_AGREED = "set-not-agreed"
    SET_NOT_IN_GROUP = "set-not-in-group"
    SET_HEADER_INVALID = "set-header-invalid"
    RELEASE_SUBSTITUTED = "release-substituted"
    # structure
    SEGMENT_UNKNOWN = "segment-unknown"
    SEGMENT_NOT_IN_SET = "segment-not-in-set"
    SEGMENT_UNEXPECTED = "segment-unexpected"
    SEGMENT_OUT_OF_SEQUENCE = "segment-out-of-sequence"
    SEGMENT_EMPTY = "segment-empty"
    SEGMENT_FORBIDDEN = "segment-forbidden"
    REQUIRED_SEGMENT_MISSING = "required-segment-missing"
    REQUIRED_LOOP_MISSING = "required-loop-missing"
    SEGMENT_REPEATS_TOO_OFTEN = "segment-repeats-too-often"
    LOOP_REPEATS_TOO_OFTEN = "loop-repeats-too-often"
    HIERARCHY_INVALID = "hierarchy-invalid"
    # elements
    REQUIRED_ELEMENT_MISSING = "required-element-missing"
    REQUIRED_COMPONENT_MISSING = "required-component-missing"
    CONDITIONAL_ELEMENT_MISSING = "conditional-element-missing"
    CONDITIONAL_ELEMENT_EXCLUDED = "conditional-element-excluded"
    ELEMENT_FORBIDDEN = "element-forbidden"
    TOO_MANY_ELEMENTS = "too-many-elements"
    TOO_MANY_COMPONENTS = "too-many-components"
    ELEMENT_REPEATS_TOO_OFTEN = "element-repeats-too-often"
    ELEMENT_TOO_SHORT = "element-too-short"
    ELEMENT_TOO_LONG = "element-too-long"
    CHARACTER_INVALID = "character-invalid"
    NUMBER_INVALID = "number-invalid"
    DATE_INVALID = "date-invalid"
    TIME_INVALID = "time-invalid"
    CODE_UNKNOWN = "code-unknown"
    PATTERN_MISMATCH = "pattern-mismatch"
    BINARY_LENGTH_INVALID = "binary-length-invalid"
    TRAILING_SEPARATOR = "trailing-separator"
    # what a partner's acknowledgment said of ours, where its code has no narrower twin here
    REPORTED_BY_PARTNER = "reported-by-partner"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault in received or written data. Not an exception: reading goes on."""

    code: FindingCode
    scope: Scope  #: the standard, or the partner's guide
    severity: Severity
    location: Location
    message: str  #: fixed words only; never the partner's data
    value: str | None = field(default=None, repr=False)  #: the offending text, for people; never logged
    element_id: str | None = None  #: data element reference number (AK402), when an element is meant
    caused_by: "FindingCode | None" = None  #: set on a cascade: the fault that brought this one along
    trigger: Location | None = None  #: where a condition of the guide looked, when the fault is that of a condition
