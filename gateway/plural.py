"""Numbers and articles with their nouns, so that no message says `1 errors` or `a Order`."""

from typing import Final

__all__ = ["counted", "with_article"]

_VOWELS: Final = frozenset("AEIOaeio8")  #: what a noun sounds like in front; an 850 too


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 error`, `2 errors`; `plural` where it is not the noun with an s."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def with_article(noun: str) -> str:
    """`a ShipNotice`, `an Order`, `an 824`, `a 997`."""
    return f"{'an' if noun[:1] in _VOWELS else 'a'} {noun}"
