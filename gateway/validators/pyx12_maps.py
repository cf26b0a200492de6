"""Which of pyx12's maps is for a transaction set, and the map itself, read once.

pyx12 chooses a map by the group alone (GS01, GS08) and never looks at ST01, so a set that is no such set is not given to it.
"""

import logging
from functools import lru_cache
from threading import Lock
from typing import Any, Final

from edi.values import Segment

__all__ = ["QUIET", "load_map", "map_name"]

QUIET: Final = logging.getLogger("pyx12")
QUIET.addHandler(logging.NullHandler())
QUIET.propagate = False  # it logs faults together with the partner's data

_PURPOSE: Final = "BHT"  #: BHT02 tells the two maps of a 278 apart
_PARSING: Final = Lock()


def map_name(set_id: str, functional_id: str, release: str, segments: tuple[Segment, ...]) -> str | None:
    """The file of the map for a set, by ST01, GS01 and GS08; None when pyx12 has none. `segments` begin with ST."""
    named = [file for purpose, file in _index().get((functional_id, release), ()) if purpose in {"", _purpose(segments)}]
    return named[0] if named and named[0][: len(set_id)] == set_id else None


@lru_cache(maxsize=32)
def load_map(name: str) -> Any:
    """The map, as pyx12 builds it: its nodes only remember their own paths, so threads may share it."""
    from pyx12.map_if import load_map_file
    from pyx12.params import ParamsBase

    with _PARSING:
        return load_map_file(name, ParamsBase())


@lru_cache(maxsize=1)
def _index() -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    """GS01 and GS08 to the files there are, each with the BHT02 that it is for. What pyx12 ships and does not list, it cannot walk."""
    from pyx12.map_index import map_index

    found: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
    for entry in map_index().maps:
        key = entry["fic"] or "", entry["vriic"] or ""
        found[key] = (*found.get(key, ()), (entry["tspc"] or "", entry["map_file"] or ""))
    return found


def _purpose(segments: tuple[Segment, ...]) -> str:
    return next((segment.get(2) for segment in segments[:3] if segment.tag == _PURPOSE), "")
