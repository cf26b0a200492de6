"""How an interchange is written: separators, character set, lines; checked, so that what comes out can be read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from edi.charset import ENCODINGS, outside
from edi.delimiters import EDIFACT_DEFAULT, X12_DEFAULT, Delimiters
from edi.edifact import REPETITION
from edi.edifact import REPETITION_FROM as EDIFACT_REPETITION_FROM
from edi.errors import WriteError
from edi.outgoing import WriteOptions
from edi.render import Renderer
from edi.values import Standard
from edi.x12 import REPETITION_FROM as X12_REPETITION_FROM

__all__ = ["Form", "form_of"]

_PIECE: Final = 1 << 16  #: characters of a piece, or more
_NARROWEST: Final = 40  #: shorter lines are not read as wraps
_X12_CODECS: Final = ("utf-8", "ascii", "iso8859-1")
#: separators are printable signs, or control characters that no reader takes for a blank
_SEPARATOR: Final = re.compile(r"[!-/:-@\[-`{-~\r\n\x07\x1c-\x1f\x15]")


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing. Replacements are for data: an address with another character in it is another address."""

    envelope: Renderer
    body: Renderer
    syntax: str  #: UNB 0001; empty in X12
    advice: bool  #: whether a UNA comes first
    _codec: str
    _width: int
    _newline: bytes

    @property
    def una(self) -> str:
        """The service string advice."""
        d = self.envelope.delimiters
        return f"UNA{d.component}{d.element}{d.decimal}{d.release or ' '}{d.repetition or ' '}{self.envelope.end}"

    def encoded(self, texts: Iterator[str]) -> Iterator[bytes]:
        """Texts as bytes: short ones together, in lines of one length where these are wanted."""
        gathered = (text.encode(self._codec) for text in _gathered(texts))
        return self._wrapped(gathered) if self._width else gathered

    def _wrapped(self, encoded: Iterator[bytes]) -> Iterator[bytes]:
        rest, width = b"", self._width
        for piece in encoded:
            rest += piece
            whole = len(rest) // width * width
            yield b"".join(rest[at : at + width] + self._newline for at in range(0, whole, width))
            rest = rest[whole:]
        if rest:
            yield rest + self._newline


@lru_cache(256)
def form_of(standard: Standard, version: str, options: WriteOptions) -> Form:
    """The form that is asked for; a gateway writes in few. Raises WriteError when it could not be read back."""
    if standard is Standard.X12:
        return _x12(version, options)
    return _edifact(version, options)


def _x12(version: str, options: WriteOptions) -> Form:
    codec = options.charset or _X12_CODECS[0]
    if codec not in _X12_CODECS:
        raise WriteError("The character set of X12 is one of utf-8, ascii and iso8859-1.")
    repeats = version >= X12_REPETITION_FROM
    delimiters = options.delimiters or replace(X12_DEFAULT, repetition="^" if repeats else None)
    if delimiters.release or delimiters.decimal != ".":
        raise WriteError("X12 has no release character, and no decimal mark but the point.")
    if delimiters.repetition and not repeats:
        raise WriteError("Before version 00402 there is no repetition separator.")
    return _form(delimiters, codec, None, options, "", advice=False)


def _edifact(version: str, options: WriteOptions) -> Form:
    syntax = options.charset or "UNOC"
    codec = ENCODINGS.get(syntax)
    if codec is None:
        raise WriteError("The syntax identifier names no character set that is written here.")
    if version not in ("1", "2", "3", "4"):
        raise WriteError("The syntax version is one of 1 to 4.")
    repeats = version >= EDIFACT_REPETITION_FROM
    standard = replace(EDIFACT_DEFAULT, repetition=REPETITION if repeats else None)
    delimiters = options.delimiters or standard
    if delimiters.repetition and not repeats:
        raise WriteError("Before syntax version 4 there is no repetition separator.")
    if delimiters.decimal not in (".", ","):
        raise WriteError("The decimal mark is a point or a comma.")
    advice = options.una == "always" or delimiters != standard
    return _form(delimiters, codec, outside(syntax, delimiters.in_data()), options, syntax, advice=advice)


def _form(delimiters: Delimiters, codec: str, level: re.Pattern[str] | None, options: WriteOptions, syntax: str, *, advice: bool) -> Form:
    signs = delimiters.in_data()
    if not delimiters.are_distinct() or not all(_SEPARATOR.fullmatch(sign) for sign in signs):
        raise WriteError("The separators are not different single signs.")
    if signs & {"\r", "\n"} - {delimiters.segment}:
        raise WriteError("A line break can only end a segment.")
    if options.width and (options.width < _NARROWEST or {"\r", "\n"} & signs):
        raise WriteError(f"Lines of one length have at least {_NARROWEST} characters, and no line break ends a segment.")
    newline = "" if options.width else options.newline
    replacements = {"for_separators": options.for_separators, "for_characters": options.for_characters}
    body = Renderer(delimiters, codec, level, newline=newline, **replacements)
    envelope = Renderer(delimiters, codec, level, newline=newline)
    return Form(envelope, body, syntax, advice, codec, options.width, (options.newline or "\n").encode())


def _gathered(texts: Iterator[str]) -> Iterator[str]:
    """Short texts together."""
    some: list[str] = []
    size = 0
    for text in texts:
        some.append(text)
        size += len(text)
        if size >= _PIECE:
            yield "".join(some)
            some, size = [], 0
    if some:
        yield "".join(some)
