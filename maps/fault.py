"""What is wrong with a map file. All faults of a map are told together; a map with one does not load."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

__all__ = ["Fault", "Faults", "MapError", "MapFault", "closest"]


@dataclass(frozen=True, slots=True)
class MapFault:
    """One fault of a map: which map, where in it, what."""

    map: str  #: name of the map, `partners/northmart/maps/850`
    rule: str  #: address of the rule, `line/desc`; `tables.uom` or `patch[2]`; empty: the whole file
    message: str
    line: int = 0  #: of the map's file, from 1; 0: the whole file
    hint: str = ""  #: what would mend it, where that can be said

    @property
    def file(self) -> str:
        """The file of the map: `partners/northmart/maps/850.yaml`."""
        return f"{self.map}.yaml"

    def __str__(self) -> str:
        """`partners/northmart/maps/850.yaml:12: line/desc: the message (hint: …)`."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{where}: {self.rule}: {self.message}" if self.rule else f"{where}: {self.message}"
        return f"{text} (hint: {self.hint})" if self.hint else text


class MapError(Exception):
    """The map cannot be used. `faults` are all reasons that were found."""

    def __init__(self, faults: Iterable[MapFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class Fault(Protocol):
    """Tells a fault of the effective map, by the address of its rule; `key` is the key of the rule that is wrong."""

    def __call__(self, rule: str, message: str, /, key: str = "", hint: str = "") -> None: ...


class _Origin(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def line(self) -> int: ...


class Faults:
    """The faults of one map, gathered over all stages of its making, each once and with its place."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.origins: Mapping[str, Mapping[str, _Origin]] = {}  #: of the effective map, as soon as it is known
        self._found: dict[MapFault, None] = {}

    def __call__(self, rule: str, message: str, /, key: str = "", hint: str = "") -> None:
        """Tell a fault of the effective map: it is placed where the rule, or its key, was set last."""
        where = self._origin(rule, key)
        self.add(MapFault(where.name if where else self.name, rule, message, where.line if where else 0, hint))

    def at(self, origin: _Origin, rule: str, message: str, hint: str = "") -> None:
        """Tell a fault of one file."""
        self.add(MapFault(origin.name, rule, message, origin.line, hint))

    def add(self, fault: MapFault) -> None:
        """Tell a fault that knows its place."""
        self._found[fault] = None

    def _origin(self, rule: str, key: str) -> _Origin | None:
        while rule:
            keys = self.origins.get(rule)
            if keys:
                return keys.get(key) or keys.get(key.partition(".")[0]) or keys.get("") or next(iter(keys.values()))
            rule, key = rule.rpartition("/")[0], ""
        return None

    def __iter__(self) -> Iterator[MapFault]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def check(self) -> None:
        """Raise MapError when there is any."""
        if self._found:
            raise MapError(self)


def closest(word: object, known: Iterable[object], of: str = "did you mean") -> str:
    """A hint that names the nearest of the words that are known, or lists them when they are few."""
    words = [str(one) for one in known]
    near = get_close_matches(str(word), words, 1, 0.6)
    if near:
        return f"{of} {near[0]}?"
    return f"there are {', '.join(words)}" if 0 < len(words) <= 12 else ""
