"""The character sets that an envelope can name, and how bytes become text and back (ISO 9735 data element 0001; X12.6)."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

__all__ = ["ENCODINGS", "Decode", "decoder", "outside", "utf_8_or_iso_8859_1"]

#: syntax identifier 0001 -> codec. UNOX (code extension by escape sequences) is missing: its bytes can look like separators.
ENCODINGS: Final[Mapping[str, str]] = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
    "KECA": "euc_kr",
    "IATA": "ascii",  # the airlines' own level, as in PNRGOV
}

#: the repertoires of level A and B as the inside of a character class; separators are added
_LEVELS: Final[Mapping[str, str]] = {
    "UNOA": r"""A-Z0-9 .,\-()/='+:?!"%&*;<>\r\n""",
    "UNOB": r"""A-Za-z0-9 .,\-()/='+:?!"%&*;<>\r\n""",
}

Decode = Callable[[str], str | None]
"""Takes text that was read byte by byte as ISO 8859-1; gives the real text, or None when its bytes are not of the set."""


def outside(syntax_id: str, separators: Iterable[str]) -> re.Pattern[str] | None:
    """Finds an ASCII character that the named level does not have; None for levels that have all of their code."""
    level = _LEVELS.get(syntax_id)
    return re.compile(f"[^{level}{re.escape(''.join(separators))}\x80-\U0010ffff]") if level else None


def decoder(encoding: str) -> Decode:
    """How text read as ISO 8859-1 becomes what it is in `encoding`."""
    if encoding == "iso8859-1":
        return lambda text: text

    def decode(text: str) -> str | None:
        try:
            return text.encode("iso8859-1").decode(encoding)
        except UnicodeDecodeError:
            return None

    return decode


def utf_8_or_iso_8859_1(text: str) -> str:
    """For X12, which names no character set: UTF-8, and what is none is what it was read as."""
    return _UTF_8(text) or text


_UTF_8: Final = decoder("utf-8")
