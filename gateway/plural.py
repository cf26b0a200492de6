"""Numbers with their nouns, so that no message says `1 errors`."""

__all__ = ["counted"]


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 error`, `2 errors`; `plural` where it is not the noun with an s."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
