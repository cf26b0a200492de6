"""API keys as this gateway makes them: `pgw_`, 32 random letters and digits, and 6 more that are their checksum.

The prefix and the checksum let scanners of repositories and mails recognise a leaked key for certain. 190 bits of chance cannot be guessed,
so what is kept is a plain SHA-256: a slow digest would protect passwords that people choose, and cost time at every request.
"""

import hashlib
import re
import secrets
import string
import zlib
from typing import Final

__all__ = ["digest_of", "is_mistyped", "new_key"]

_LETTERS: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PREFIX: Final = "pgw_"
_RANDOM: Final = 32
_KEY: Final = re.compile(rf"{_PREFIX}([0-9A-Za-z]{{{_RANDOM}}})([0-9A-Za-z]{{6}})")


def new_key() -> str:
    """A key that nobody has."""
    chance = "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM))
    return f"{_PREFIX}{chance}{_checksum(chance)}"


def is_mistyped(text: str) -> bool:
    """Whether a text begins as a key that was made here, and is none: cut off, or a character is another."""
    match = _KEY.fullmatch(text)
    return text.startswith(_PREFIX) and (match is None or _checksum(match[1]) != match[2])


def digest_of(key: str) -> str:
    """What is kept of a key: `sha256:` and the hex digits. Header bytes that are no UTF-8 arrive as surrogates."""
    return "sha256:" + hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()


def _checksum(text: str) -> str:
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, len(_LETTERS))
        digits = _LETTERS[digit] + digits
    return digits
