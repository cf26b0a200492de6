"""One set of a partner's sample: its tree, and what the standard map made of it."""

from dataclasses import dataclass

from edi.tree import Tree
from maps.run import Decoded

__all__ = ["Sample"]


@dataclass(frozen=True, slots=True)
class Sample:
    """A set that breaks no rule of the standard."""

    name: str  #: file and control number
    tree: Tree
    decoded: Decoded
