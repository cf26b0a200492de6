"""`Disposition`: the outcome that an MDN reports, with `parse` and `str` as inverses (RFC 4130 7.4.3, 7.5)."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

__all__ = ["AUTOMATIC", "PROCESSED", "Disposition"]

AUTOMATIC: Final = "automatic-action/MDN-sent-automatically"

_PRINTABLE: Final = re.compile(r"[\x20-\x7e]*\Z")
_TOKEN: Final = re.compile(r"[a-z0-9.-]*\Z")
#: how the modifiers are written; RFC 4130 7.5 prints the last one with a capital, and so do its readers
_WRITTEN: Final = {"failure": "Failure"}
_MODIFIERS: Final = frozenset({"error", "warning", "failure"})


_USUAL: Final = 256  #: characters


@dataclass(frozen=True, slots=True)
class Disposition:
    """Mode, type, and what qualifies it: `automatic-action/MDN-sent-automatically; processed/error: decryption-failed`.

    `type` and `modifier` are lower case. The constructor raises ValueError for what `str` could not write unambiguously.
    """

    mode: str
    type: str  #: "processed", "failed"; what else a partner writes is kept
    modifier: str = ""  #: "", "error", "warning", "failure"; what else a partner writes counts as an error
    description: str = ""  #: "decryption-failed", kept verbatim

    def __post_init__(self) -> None:
        text = (self.mode, self.description)
        if not all(_PRINTABLE.match(part) and part == part.strip() for part in text) or ";" in self.mode:
            raise ValueError("a disposition has printable ASCII characters only, and no blanks at its ends")
        if not (self.type and _TOKEN.match(self.type) and _TOKEN.match(self.modifier)) or self.type in _MODIFIERS:
            raise ValueError("type and modifier of a disposition are tokens in lower case")
        if (not self.modifier and self.description) or _doubled(self.modifier, self.description):
            raise ValueError("a description goes with one modifier")

    @property
    def accepted(self) -> bool:
        """True when the partner took the message over, with or without a warning."""
        return self.type == "processed" and self.modifier in {"", "warning"}

    def __str__(self) -> str:
        """As it stands in the Disposition field."""
        modifier = f"/{_WRITTEN.get(self.modifier, self.modifier)}" if self.modifier else ""
        return f"{self.mode}; {self.type}{modifier}" + (f": {self.description}" if self.description else "")

    @staticmethod
    def parse(text: str) -> "Disposition":
        """Reads what products write: any blanks around `;` `/` `:`, no type, a modifier twice, `=` for `:` (A41).

        Raises ValueError for the rest.
        """
        return (_usual if len(text) <= _USUAL else _parsed)(text)


def _parsed(text: str) -> Disposition:
    mode, separator, rest = text.strip().partition(";")
    if not separator:
        mode, rest = "", mode
    outcome, *described = re.split("[:=]", rest, maxsplit=1)
    description = "".join(described)
    kind, _, modifier = (part.strip().lower() for part in outcome.partition("/"))
    modifier = modifier.partition("/")[0].strip()
    description = description.strip()
    if kind in _MODIFIERS:
        kind, modifier = "", kind
    if not kind and modifier:
        kind = "failed" if modifier == "failure" else "processed"
    while modifier and _doubled(modifier, description):
        description = description.partition(":")[2].strip()
    return Disposition(mode.strip(), kind, modifier or ("error" if description else ""), description)


def _doubled(modifier: str, description: str) -> bool:
    """True for "error: error: decryption-failed" (Drummond 3Q07.8)."""
    return bool(modifier) and description.partition(":")[0].strip().lower() == modifier and ":" in description


_usual: Final = lru_cache(maxsize=64)(_parsed)  # nearly all receipts have the same


PROCESSED: Final = Disposition(AUTOMATIC, "processed")
