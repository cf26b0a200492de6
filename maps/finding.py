"""What mapping finds in data: the closed list of faults and the value that says one was found at a place.

These are application faults or ours: no syntax acknowledgment ever speaks of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from edi.finding import Severity
from edi.location import Location

__all__ = ["MESSAGES", "OURS", "MapFinding", "MapFindingCode", "Severity"]


class MapFindingCode(StrEnum):
    """Every fault that decoding and encoding can find, named by the fault."""

    # in what a partner sent, or what the hub wants sent
    REQUIRED_VALUE_MISSING = "required-value-missing"
    NUMBER_INVALID = "number-invalid"
    DATE_INVALID = "date-invalid"
    TIME_INVALID = "time-invalid"
    GTIN_INVALID = "gtin-invalid"
    SSCC_INVALID = "sscc-invalid"
    CODE_UNKNOWN = "code-unknown"
    CHECK_FAILED = "check-failed"
    VALUE_REPEATED = "value-repeated"
    TYPE_UNEXPECTED = "type-unexpected"
    HIERARCHY_INVALID = "hierarchy-invalid"
    DOCUMENT_INVALID = "document-invalid"
    JSON_INVALID = "json-invalid"
    XML_INVALID = "xml-invalid"
    CSV_INVALID = "csv-invalid"
    FIXED_INVALID = "fixed-invalid"
    LIMIT_EXCEEDED = "limit-exceeded"
    # in what the map can write
    VALUE_TOO_LONG = "value-too-long"
    VALUE_NOT_WRITABLE = "value-not-writable"
    VALUE_AMBIGUOUS = "value-ambiguous"
    PRECISION_LOST = "precision-lost"
    NOT_CARRIED = "not-carried"
    RESIDUE_NOT_PLACED = "residue-not-placed"


MESSAGES: Final[Mapping[MapFindingCode, str]] = {
    MapFindingCode.REQUIRED_VALUE_MISSING: "A value that the document needs is missing.",
    MapFindingCode.NUMBER_INVALID: "This is not a number in the form agreed.",
    MapFindingCode.DATE_INVALID: "This is not a date in the form agreed.",
    MapFindingCode.TIME_INVALID: "This is not a time in the form agreed.",
    MapFindingCode.GTIN_INVALID: "This is not a GTIN: digits, length or check digit are wrong.",
    MapFindingCode.SSCC_INVALID: "This is not an SSCC: digits, length or check digit are wrong.",
    MapFindingCode.CODE_UNKNOWN: "The code table of the map does not know this code.",
    MapFindingCode.CHECK_FAILED: "The total does not agree with what it counts.",
    MapFindingCode.VALUE_REPEATED: "A second value came for a field that holds one; the first was taken.",
    MapFindingCode.TYPE_UNEXPECTED: "The value is of another type than the map reads here.",
    MapFindingCode.HIERARCHY_INVALID: "The levels do not form a tree that the map knows.",
    MapFindingCode.DOCUMENT_INVALID: "The document made from the data breaks its schema.",
    MapFindingCode.JSON_INVALID: "This is no JSON text.",
    MapFindingCode.XML_INVALID: "This is no XML document of the form agreed.",
    MapFindingCode.CSV_INVALID: "These are no rows of the form agreed.",
    MapFindingCode.FIXED_INVALID: "These are no records of the form agreed.",
    MapFindingCode.LIMIT_EXCEEDED: "The data are beyond a limit.",
    MapFindingCode.VALUE_TOO_LONG: "The value is longer than its place allows.",
    MapFindingCode.VALUE_NOT_WRITABLE: "The value cannot be written in the form that the map asks for.",
    MapFindingCode.VALUE_AMBIGUOUS: "The value would be read back as another field.",
    MapFindingCode.PRECISION_LOST: "A part of the value has no place and is not written.",
    MapFindingCode.NOT_CARRIED: "The map has no place for this value.",
    MapFindingCode.RESIDUE_NOT_PLACED: "A part kept from the original has no place in what is written.",
}

OURS: Final = frozenset(
    {MapFindingCode.VALUE_AMBIGUOUS, MapFindingCode.PRECISION_LOST, MapFindingCode.NOT_CARRIED, MapFindingCode.RESIDUE_NOT_PLACED}
)  #: faults of our map or of the way it is set up; all others are about the data


@dataclass(frozen=True, slots=True)
class MapFinding:
    """One fault. Not an exception: mapping goes on, so that all faults are told."""

    code: MapFindingCode
    severity: Severity
    path: str  #: where in the document: `$.lines[1].item.gtin`
    rule: str  #: which rule: `x12/004010/850@3#line`
    location: Location | None  #: where in the transaction set; None in JSON and for what is not on the wire
    message: str  #: fixed words only; never the partner's data
    value: str | None = field(default=None, repr=False)  #: the offending text, at most 99 characters; never logged
    hint: str = ""  #: what to look at, fixed words
    wire: str = ""  #: where on the wire as text: `PO107 at segment 28, in loop PO1`, `$.items[1].qty`
    caused_by: MapFindingCode | None = None  #: set on a cascade: the fault that brought this one along

    @property
    def fault_class(self) -> str:
        """`application`: the data are wrong (824, business answer); `ours`: the map, nothing for the partner."""
        return "ours" if self.code in OURS else "application"
