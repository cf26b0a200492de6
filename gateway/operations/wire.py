"""The segments that findings are about, as they travelled, so that a person sees the place and not only its number."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any, Final

from edi.envelope import Interchange, TransactionSet
from edi.errors import NoInterchangeError
from edi.read import read

__all__ = ["position_in", "segment_texts", "transaction_set_of"]

_POSITION: Final = re.compile(r"\bat segment (\d{1,7})\b")
_LONGEST: Final = 400

Place = tuple[Interchange, TransactionSet]


def position_in(finding: Mapping[str, Any]) -> int | None:
    """The number of the segment that a stored finding or one of our own sentences names."""
    if isinstance(finding.get("segment"), int):
        return int(finding["segment"])
    found = _POSITION.search(f"{finding.get('place', '')} {finding.get('sentence', '')}")
    return int(found[1]) if found else None


def transaction_set_of(data: bytes, index: int) -> Place | None:
    """One set of a payload, by its place from 1."""
    try:
        places = [(interchange, one) for interchange in read(data) for one in interchange.transaction_sets]
    except NoInterchangeError:
        return None
    return places[index - 1] if 1 <= index <= len(places) else None


def segment_texts(data: bytes, place: Place, positions: Iterable[int]) -> dict[int, str]:
    """The text of each segment, by its number in the set; without its terminator."""
    interchange, one = place
    segments = one.segments
    ends = {segment.position: after.offset for segment, after in pairwise(segments)}
    wanted = set(positions)
    texts = {}
    for segment in segments:
        if segment.position in wanted:
            end = ends.get(segment.position, one.end)
            text = data[segment.offset : end].decode("latin-1").strip().removesuffix(interchange.delimiters.segment)
            texts[segment.position] = "".join(c if c.isprintable() else " " for c in text[:_LONGEST])
    return texts
