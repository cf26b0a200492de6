"""Residue: what a document does not hold of the wire it came from, so that the wire can be made again.

It is the difference between the segments that were read and those that the map would write for the same document, thus
empty when nothing is unmapped, spelled otherwise or ordered otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edi.values import ElementValue, Repeats

__all__ = ["Elements", "Residue"]

Elements = tuple[ElementValue, ...]


@dataclass(frozen=True, slots=True)
class Residue:
    """One segment that differs. In JSON maps, one value: `at` is its place in the payload, `tag` is empty."""

    loop: str  #: address of the rule of the loop in which it stood; empty: the set itself
    loop_at: str  #: path of the object that this repetition of the loop became
    rule: str  #: address of the rule that read it; empty: none did
    at: str  #: path of the object that it filled
    occurrence: int  #: which segment of this rule and object, from 0
    tag: str
    position: int  #: where it stood, from 1; 0 when nothing did
    moved: bool  #: whether its loop had another order than the map writes, so that positions count
    sequence: int  #: its place in the grammar; 0 when it has none
    wire: Any  #: the elements that stood there; None: nothing stood where the map writes something
    normal: Any  #: the elements that the map writes; None: it writes nothing
    within: tuple["Residue", ...] | None = None  #: of a whole loop that no rule read, the rest of it; None: a segment

    def to_json(self) -> dict[str, Any]:
        """The JSON form; `parse` is its inverse."""
        data: dict[str, Any] = {
            "loop": self.loop,
            "loopAt": self.loop_at,
            "rule": self.rule,
            "at": self.at,
            "occurrence": self.occurrence,
            "tag": self.tag,
            "position": self.position,
            "moved": self.moved,
            "sequence": self.sequence,
            "wire": _plain(self.wire) if self.tag else self.wire,
            "normal": _plain(self.normal) if self.tag else self.normal,
        }
        return data if self.within is None else {**data, "within": [inner.to_json() for inner in self.within]}

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> "Residue":
        """From the JSON form. Raises ValueError when it is none."""
        try:
            edi = bool(data["tag"])
            return cls(
                str(data["loop"]),
                str(data["loopAt"]),
                str(data["rule"]),
                str(data["at"]),
                int(data["occurrence"]),
                str(data["tag"]),
                int(data["position"]),
                bool(data["moved"]),
                int(data["sequence"]),
                _elements(data["wire"]) if edi else data["wire"],
                _elements(data["normal"]) if edi else data["normal"],
                None if data.get("within") is None else tuple(cls.parse(inner) for inner in data["within"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            raise ValueError("this is no residue") from None


def _plain(elements: Elements | None) -> list[Any] | None:
    return None if elements is None else [{"repeats": list(e)} if isinstance(e, Repeats) else e for e in elements]


def _elements(data: list[Any] | None) -> Elements | None:
    return None if data is None else tuple(_element(e) for e in data)


def _element(data: Any) -> ElementValue:
    if isinstance(data, str):
        return data
    if isinstance(data, Mapping):
        return Repeats(e if isinstance(e, str) else tuple(map(str, e)) for e in data["repeats"])
    return tuple(map(str, data))
