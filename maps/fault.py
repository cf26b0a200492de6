"""What is wrong with a map file. All faults of a map are told together; a map with one does not load."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["MapError", "MapFault"]


@dataclass(frozen=True, slots=True)
class MapFault:
    """One fault of a map: which map, where in it, what."""

    map: str  #: name of the map, `partners/northmart/maps/850`
    rule: str  #: address of the rule, `line/desc`; `tables.uom` or `patch[2]`; empty: the whole file
    message: str

    def __str__(self) -> str:
        """`partners/northmart/maps/850: line/desc: the message`."""
        return f"{self.map}: {self.rule}: {self.message}" if self.rule else f"{self.map}: {self.message}"


class MapError(Exception):
    """The map cannot be used. `faults` are all reasons that were found."""

    def __init__(self, faults: Iterable[MapFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))
