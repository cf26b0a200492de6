"""What a codec is: the two functions between the text of some places and one value of a document's JSON form."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Protocol

from maps.finding import MapFindingCode

__all__ = ["Codec", "CodecError", "Inexact", "Setting", "Texts", "Value"]

Value = str | int  #: as in a document's JSON form: decimals, dates and times are texts
Texts = tuple[str, ...]  #: one text per place, empty where nothing stands


class Setting(Protocol):
    """What a codec may know of the partner."""

    @property
    def zone(self) -> tzinfo:
        """The zone of local times."""

    @property
    def decimal(self) -> str:
        """Every mark that may stand for the decimal point; the first is written."""


class CodecError(Exception):
    """The text is no value, or the value has no text, in this form."""

    def __init__(self, code: MapFindingCode, hint: str = "", part: int = 0) -> None:
        super().__init__(code.value)
        self.code = code
        self.hint = hint
        self.part = part  #: which of the places is at fault, from 0


class Inexact(tuple[str, ...]):
    """Texts that say less than the value did: they are written, with a warning."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec by name. `decode` gives None where the places hold nothing that has a field."""

    name: str
    decode: Callable[[Texts, Setting], Value | None]
    encode: Callable[[Value, Setting], Texts]
    places: int = 1  #: how many it reads and writes
