"""Check digits put right: corpora are anonymised, and nobody who changes the digits of a key thinks of the last one.

A set whose only faults are wrong GTINs and SSCCs is tried a second time with right ones, so that the rest of it is seen too.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from canonical.gs1 import with_check_digit
from edi.tree import Tree
from edi.values import Segment
from maps.finding import MapFinding, MapFindingCode

__all__ = ["mend"]

_KEYS: Final = frozenset({MapFindingCode.GTIN_INVALID, MapFindingCode.SSCC_INVALID})
_LENGTHS: Final = frozenset({8, 12, 13, 14, 18, 20})


def mend(tree: Tree, findings: Iterable[MapFinding]) -> bool:
    """Put right the keys that these findings fault, in the tree itself; says whether there was one that could be."""
    wrong = {(f.location.segment_position, f.value) for f in findings if f.code in _KEYS and f.location is not None}
    mended = False
    for node in tree.root.walk():
        for position, value in wrong:
            if node.segment.position != position or not value or not value.strip().isdecimal() or len(value.strip()) not in _LENGTHS:
                continue
            right = _with(node.segment, value, with_check_digit(value.strip()[:-1]))
            mended = mended or right != node.segment
            node.segment = right
    return mended


def _with(segment: Segment, old: str, new: str) -> Segment:
    return replace(segment, elements=tuple(_replaced(element, old, new) for element in segment.elements))


def _replaced(element: Any, old: str, new: str) -> Any:
    if isinstance(element, str):
        return new if element == old else element
    return type(element)(_replaced(part, old, new) for part in element)
