"""Text: as it is, and one text in several places of a fixed width (EDIFACT 7008, 3036, 3042)."""

from typing import Final

from maps.codecs.base import Codec, CodecError, Setting, Texts, Value
from maps.finding import MapFindingCode

__all__ = ["STR", "pieces"]

STR: Final = Codec("str", lambda texts, _: texts[0] if texts[0].strip() else None, lambda value, _: (str(value),))


def pieces(width: int, places: int) -> Codec:
    """One text in pieces. A piece that is not full ends with a word, so a blank belongs behind it."""

    def decode(texts: Texts, _: Setting) -> Value | None:
        text, glue = "", ""
        for piece in texts:
            if piece.strip():
                text += glue + piece
                glue = "" if len(piece) == width else " "
        return text or None

    def encode(value: Value, _: Setting) -> Texts:
        text = str(value)
        if len(text) > width * places:
            raise CodecError(MapFindingCode.VALUE_TOO_LONG, f"at most {width * places} characters")
        return tuple(text[at : at + width] for at in range(0, width * places, width))

    return Codec(f"text {width}", decode, encode, places)
