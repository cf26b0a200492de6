"""Where the choices of a generator come from, and what it says when they lead nowhere."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

__all__ = ["Chance", "ImpossibleError", "pick"]

_T = TypeVar("_T")


class ImpossibleError(Exception):
    """These choices make no document that the map can write; others will."""


class Chance(Protocol):
    """Where the choices come from."""

    def below(self, most: int) -> int:
        """A number from 0; the smaller is the simpler."""

    def flip(self) -> bool:
        """Whether something that may be left out is there."""


def pick(chance: Chance, choices: Sequence[_T]) -> _T:
    """One of them; the first is the simplest."""
    return choices[chance.below(len(choices))]
