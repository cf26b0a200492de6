"""The small types of settings files: ids, names, durations, secret references. What YAML misreads is refused, not repaired."""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function

__all__ = ["DURATION_SCHEMA", "ID", "Duration", "Name", "OneOrMany", "Quoted", "SecretRef", "ShortForm", "Text"]

_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([smhd])")
DURATION_SCHEMA: Final = {"type": "string", "pattern": f"^{_DURATION.pattern}$"}
_REFERENCE: Final = r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|keyring:.+)$"


def _quoted(value: Any) -> Any:
    """`004010` without quotes is the number 4010 to YAML, and a GLN loses its leading zero: only text is taken."""
    if isinstance(value, int | float):
        raise PydanticCustomError("unquoted", "put it in quotes: YAML reads it as a number, and leading zeros are lost")
    return value


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("duration", "a duration is written 90s, 30m, 24h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
Name = Annotated[str, StringConstraints(strict=True, pattern=f"^{ID.pattern}$")]  #: of partners, agreements, stations, sinks
Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1F\x7F]+$")]
Quoted = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x20\x7F]([^\x00-\x1F\x7F]*[^\x00-\x20\x7F])?$"),
    BeforeValidator(_quoted),
]
Duration = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema(DURATION_SCHEMA)]
#: where a secret is, never the secret itself
SecretRef = Annotated[str, StringConstraints(strict=True, pattern=_REFERENCE)]


class ShortForm:
    """Marks a value that may be written shorter: how the short form looks, and what it stands for."""

    def __init__(self, schema: Mapping[str, Any], expand: Callable[[Any], Any]) -> None:
        self._schema = schema
        self._expand = expand

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The full form, made before it is validated, so that faults name places in one form only."""
        return no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Either form."""
        return {"anyOf": [dict(self._schema), handler(schema)]}


class OneOrMany:
    """Marks a list that may be written as its only item."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """One value is a list of one."""
        return no_info_before_validator_function(lambda value: value if isinstance(value, list | tuple) else (value,), handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The item, or the list."""
        many = handler(schema)
        return {"anyOf": [many["items"], many]}
