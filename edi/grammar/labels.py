"""What sets, segments, elements and codes are called, in our own short words. "" for what has no label; nothing is raised.

The words are data beside the grammars: `labels.json` and `labels_codes.json` of each standard, which all its releases share. They are read
when the first label of their kind is asked for, so whoever only validates never reads the codes.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from edi.values import Standard

__all__ = ["code_label", "element_label", "place_label", "segment_label", "set_label"]

_DATA: Final = files("edi.grammar") / "data"

#: elements whose codes are made of two, the first of this length: a packaging code is a form and a material, "CTN25"
_FIRST_PART: Final = {(Standard.X12, "103"): 3}


def set_label(standard: Standard, set_id: str) -> str:
    """The name of a set: 850 is "order"."""
    return _label(standard, "sets", set_id)


def segment_label(standard: Standard, tag: str) -> str:
    """The name of a segment: N1 is "party"."""
    return _label(standard, "segments", tag)


def element_label(standard: Standard, element_id: str) -> str:
    """The name of a data element or composite: 353 is "purpose", C507 is "date"."""
    return _label(standard, "elements", element_id)


def place_label(standard: Standard, tag: str, position: int) -> str:
    """The name of one element of one segment, where the element's own name says too little: BIG01 is "invoice date"."""
    return _label(standard, "places", f"{tag}{position:02}")


def code_label(standard: Standard, element_id: str, code: str) -> str:
    """What a code of an element stands for: "SA" of X12's 92 is "stand-alone order"."""
    known = _read(standard, "labels_codes.json").get(element_id, {})
    return str(known.get(code) or known.get(code[: _FIRST_PART.get((standard, element_id), 0)], ""))


def _label(standard: Standard, kind: str, name: str) -> str:
    return str(_read(standard, "labels.json").get(kind, {}).get(name, ""))


@cache
def _read(standard: Standard, name: str) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads((_DATA / standard.value / name).read_text(encoding="utf-8"))
    return read
