"""The operations about who may use the API."""

from collections.abc import Mapping
from typing import Final

from gateway.operations.key_uses import uses_of_keys
from gateway.service.operation import Operation

__all__ = ["ACCESS"]

ACCESS: Final[Mapping[str, Operation]] = {
    "key-uses": Operation("GET", "/keys/uses", "On which day each API key was used last", lambda c, _, __: uses_of_keys(c)),
}
