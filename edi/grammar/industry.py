"""Codes that an industry adds to those of the standard, known by what follows the release: EAN008 of UNH 0057, VICS of 004010VICS."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from edi.grammar.model import ElementDef
from edi.values import Standard

__all__ = ["CodeLayer", "code_layer"]


@dataclass(frozen=True, slots=True, eq=False)
class CodeLayer:
    """The codes of one industry, beside those of the standard."""

    form: re.Pattern[str] | None  #: what all its own codes look like, where they have a form of their own
    codes: Mapping[str, frozenset[str]]  #: data element -> codes
    is_complete: bool  #: False: the industry has more codes than are listed here, so an unknown one may be right

    def has(self, element: ElementDef, code: str) -> bool:
        """Whether this industry has the code in the list of this element."""
        return code in self.codes.get(element.id, ()) or (self.form is not None and self.form.fullmatch(code) is not None)


@lru_cache(maxsize=256)
def code_layer(standard: Standard, industry: str) -> CodeLayer | None:
    """The layer of an industry, None when it adds nothing that is known here."""
    return next((layer for named, layer in _layers(standard) if named.fullmatch(industry)), None)


@cache
def _layers(standard: Standard) -> tuple[tuple[re.Pattern[str], CodeLayer], ...]:
    raw = json.loads((files("edi.grammar") / "data" / standard.value / "industries.json").read_text(encoding="utf-8"))
    return tuple(
        (
            re.compile(entry["named"]),
            CodeLayer(
                re.compile(entry["form"]) if "form" in entry else None,
                {element: frozenset(codes.split()) for element, codes in entry["codes"].items()},
                entry["complete"],
            ),
        )
        for entry in raw.values()
    )
