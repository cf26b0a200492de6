"""The scalar types that documents are made of: strict on the way in, one spelling on the way out.

A JSON number with a fraction has already lost digits when it arrives, so decimals are strings (integers pass).
A time without its zone could mean a day more or less, so it is refused. Text that shows nothing is not text.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
    PlainValidator,
    StrictInt,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

__all__ = [
    "GLN_DIGITS",
    "GTIN",
    "SSCC",
    "AwareTime",
    "Count",
    "Country",
    "Currency",
    "Date",
    "DateOrTime",
    "Dec",
    "GlobalId",
    "OpenEnum",
    "Scalar",
    "Str8",
    "Str20",
    "Str30",
    "Str35",
    "Str48",
    "Str55",
    "Str70",
    "Str80",
    "Str512",
    "Text",
    "Unit",
]

_VISIBLE: Final = r"^[^\x00-\x1F\x7F]*[^\x00-\x20\x7F][^\x00-\x1F\x7F]*$"  #: no control characters, not blanks alone
_TEXT: Final = r"^[^\x00-\x09\x0B-\x1F\x7F]*[^\x00-\x20\x7F][^\x00-\x09\x0B-\x1F\x7F]*$"  #: the same, but for line feeds
_DECIMAL: Final = re.compile(r"-?[0-9]{1,24}(\.[0-9]{1,8})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})")
_MAX_DIGITS: Final = 24

Str8 = Annotated[str, StringConstraints(strict=True, max_length=8, pattern=_VISIBLE)]
Str20 = Annotated[str, StringConstraints(strict=True, max_length=20, pattern=_VISIBLE)]
Str30 = Annotated[str, StringConstraints(strict=True, max_length=30, pattern=_VISIBLE)]
Str35 = Annotated[str, StringConstraints(strict=True, max_length=35, pattern=_VISIBLE)]
Str48 = Annotated[str, StringConstraints(strict=True, max_length=48, pattern=_VISIBLE)]
Str55 = Annotated[str, StringConstraints(strict=True, max_length=55, pattern=_VISIBLE)]
Str70 = Annotated[str, StringConstraints(strict=True, max_length=70, pattern=_VISIBLE)]
Str80 = Annotated[str, StringConstraints(strict=True, max_length=80, pattern=_VISIBLE)]
Str512 = Annotated[str, StringConstraints(strict=True, max_length=512, pattern=_VISIBLE)]
Text = Annotated[str, StringConstraints(strict=True, max_length=10_000, pattern=_TEXT)]

#: digits and length only: the check digit is a rule, so that a document with a wrong one can still be held and shown
GTIN = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{14}$")]
SSCC = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{18}$")]
GLN_DIGITS: Final = 13

Unit = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z0-9]{2,3}$")]  #: UN/ECE Rec 20; packages as X + Rec 21
Currency = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$")]  #: ISO 4217; the list is a rule
Country = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{2}$")]  #: ISO 3166-1 alpha-2; the list is a rule
GlobalId = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z]{3}_[0-9A-Za-z]{20,32}$")]  #: typed prefix + UUIDv5 hex or ULID
Count = Annotated[StrictInt, Field(ge=0, le=999_999_999)]


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise PydanticCustomError("decimal-type", "A decimal is written as a string, so that no digit is lost.")
    if isinstance(value, Decimal) and not value.is_finite():
        raise PydanticCustomError("decimal-form", "A decimal has digits, a point and up to 8 places; no exponent.")
    if isinstance(value, int) and abs(value) >= 10**_MAX_DIGITS:
        raise PydanticCustomError("decimal-digits", "A decimal has at most 24 digits.")
    text = value if isinstance(value, str) else format(Decimal(value), "f")
    if not _DECIMAL.fullmatch(text):
        raise PydanticCustomError("decimal-form", "A decimal has digits, a point and up to 8 places; no exponent.")
    if len(text) - text.count("-") - text.count(".") > _MAX_DIGITS:
        raise PydanticCustomError("decimal-digits", "A decimal has at most 24 digits.")
    return Decimal(text)


def _date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("date-form", "There is no such day.") from None
    raise PydanticCustomError("date-form", "A date is written YYYY-MM-DD.")


def _datetime(value: object) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, str) and _DATETIME.fullmatch(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("time-form", "There is no such time.") from None
    raise PydanticCustomError("time-form", "A time is written as ISO 8601 with its zone: 2026-12-02T15:05:00-06:00.")


def _date_or_time(value: object) -> date | datetime:
    if isinstance(value, datetime) or (isinstance(value, str) and "T" in value):
        return _datetime(value)
    return _date(value)


def _scalar(value: object) -> str | int | bool:
    if isinstance(value, bool | int) or (isinstance(value, str) and value.strip()):
        return value
    raise PydanticCustomError("scalar", "An extension holds a text, an integer or true/false.")


def _iso(value: date | datetime) -> str:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value.isoformat()


_DATE_SCHEMA: Final = {"type": "string", "format": "date"}
_TIME_SCHEMA: Final = {"type": "string", "format": "date-time"}

Dec = Annotated[
    Decimal,
    PlainValidator(_decimal),
    PlainSerializer(lambda value: format(value, "f"), return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^{_DECIMAL.pattern}$", "maxLength": 26}, {"type": "integer"}]}),
]
Date = Annotated[date, PlainValidator(_date), PlainSerializer(_iso, return_type=str, when_used="json"), WithJsonSchema(_DATE_SCHEMA)]
AwareTime = Annotated[
    datetime, PlainValidator(_datetime), PlainSerializer(_iso, return_type=str, when_used="json"), WithJsonSchema(_TIME_SCHEMA)
]
DateOrTime = Annotated[
    date | datetime,  #: a date where the wire has no time
    PlainValidator(_date_or_time),
    PlainSerializer(_iso, return_type=str, when_used="json"),
    WithJsonSchema({"anyOf": [_DATE_SCHEMA, _TIME_SCHEMA]}),
]
Scalar = Annotated[
    str | int | bool,
    PlainValidator(_scalar),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "integer"}, {"type": "boolean"}]}),
]

_NAMESPACED: Final = re.compile(r"[a-z][a-z0-9]*:[^\x00-\x20\x7F][^\x00-\x1F\x7F]{0,33}")


_MOST_TOLD: Final = 30  #: known words that a fault lists


@dataclass(frozen=True)
class OpenEnum:
    """Marks a text as one of the known words, or a code that has no word yet: `x12:QK`, `edifact:ACW`, `other:7`.

    New words may come in a minor version; readers treat a word they do not know as `other:<word>`.
    """

    known: tuple[str, ...]

    def __init__(self, *known: str) -> None:
        object.__setattr__(self, "known", known)

    def _check(self, value: str) -> str:
        if value in self.known or _NAMESPACED.fullmatch(value):
            return value
        words = ", ".join(self.known[:_MOST_TOLD]) + (", …" if len(self.known) > _MOST_TOLD else "")
        raise PydanticCustomError(
            "unknown-code", "Neither a known word ({words}) nor a code with its list in front, such as x12:QK.", {"words": words}
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        """A strict text that is then looked up."""
        schema: CoreSchema = handler(Annotated[source, StringConstraints(strict=True), AfterValidator(self._check)])
        return schema

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The known words, or the pattern of a code with its list."""
        return {"type": "string", "anyOf": [{"enum": list(self.known)}, {"pattern": f"^{_NAMESPACED.pattern}$"}]}
