"""Lines for a terminal: coloured only there, folded only there, and never a control character of a partner's in them.

Colours are few and such that a dark and a light background both show them; nothing is said by colour alone.
"""

import sys
import textwrap
from typing import Final

from rich.console import Console
from rich.text import Text

__all__ = ["STYLES", "Painter", "Piece", "visible"]

#: by severity and verdict; what is not here is printed as it is
STYLES: Final = {"error": "bold red", "warning": "bold magenta", "info": "bold", "accepted": "bold green", "rejected": "bold red"}

Piece = str | tuple[str, str]  #: text, or text with a style of rich
_LONGEST: Final = 200  #: characters of one value


class Painter:
    """Prints lines made of pieces. In a pipe a line is never folded, so that it can be searched for."""

    def __init__(self) -> None:
        self._console = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self.width = max(60, self._console.width) if self._console.is_terminal else None

    def line(self, *pieces: Piece) -> None:
        """One line; only what is too long for the terminal goes on in the next one, as terminals do."""
        self._console.print(Text.assemble(*pieces), soft_wrap=True, end="\n")

    def paragraph(self, first: str, text: str, *, style: str = "", hanging: int | None = None) -> None:
        """`first`, in a style, and then text that is folded to the terminal below itself."""
        indent = " " * (len(first) if hanging is None else hanging)
        width = self.width or sys.maxsize
        if width - len(indent) < 20:  # deep within: fold from the left instead
            indent = "  "
        folded = textwrap.wrap(first + text, width, subsequent_indent=indent, break_on_hyphens=False, drop_whitespace=True)
        head, *rest = folded or [first]
        self.line((head[: len(first)], style), head[len(first) :])
        for line in rest:
            self.line(line)


def visible(text: str, longest: int = _LONGEST) -> str:
    """Without control characters, which could steer a terminal; a long text is cut, and its length told."""
    cut = text[:longest]
    shown = "".join(character if character.isprintable() else repr(character)[1:-1] for character in cut)
    return shown if len(cut) == len(text) else f"{shown}… ({len(text):,} characters)"
