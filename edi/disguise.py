"""Values replaced by others of the same form: the same value by the same one, different values by different ones.

Letters become letters of the same case, digits become digits, all else stays; so do leading zeros, which makes `4711` and `000004711`
still the same number. GTIN, GLN and SSCC whose check digit was right have a right one again, and no other gets one by chance.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import shake_256
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final

__all__ = ["Disguise"]

_LEADING: Final = re.compile(r"([-+ ]*0*)(.*?)( *)", re.DOTALL)
_CHECKED: Final = frozenset({8, 12, 13, 14, 18, 20})  #: GTIN, GLN and SSCC, an SSCC with its application identifier
_WORD: Final = re.compile(r"\w{3,}")
_MOST: Final = 100_000
_LONG: Final = 512  #: characters that are replaced at once
_TRIES: Final = 64  #: other beginnings, before the next free value is taken
_BLOCK: Final = 256  #: letters of one alphabet stand near each other

Refused = Callable[[str], bool]


class Disguise:
    """Replaces values; what it has replaced once it replaces in the same way again. The same key gives the same replacements."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._made: dict[tuple[str, bool], list[str]] = {}  #: several where the first was refused in another place
        self._taken: set[str] = set()

    def value(self, text: str, *, codec: str = "utf-8", refused: Refused | None = None) -> str:
        """Another text of the same form and of the same length in bytes. `refused` says which it may not be."""
        if len(text) > _LONG:  # numbers of any length would take their time
            return "".join(self.value(text[at : at + _LONG], codec=codec, refused=refused) for at in range(0, len(text), _LONG))
        match = _LEADING.fullmatch(text)
        assert match  # everything matches
        before, core, after = match.groups()
        if not core:
            return text
        checked = len(text) in _CHECKED and text.isascii() and text.isdecimal() and _is_checked(text)
        known = self._made.setdefault((core, checked), [])
        made = next((one for one in known if refused is None or not refused(before + one + after)), None)
        if made is None:
            made = self._new(core, checked, codec, lambda new: refused is not None and refused(before + new + after))
            known.append(made)
        return before + made + after

    def _new(self, core: str, checked: bool, codec: str, refused: Refused) -> str:  # noqa: FBT001  # one half of the key
        """One that is not taken: hashed, and when all that is tried is taken or refused, the next free one in order."""
        pools = [_pool(character, codec) for character in core]
        if core[0] in digits and pools[0]:
            pools[0] = digits[1:]
        if checked:
            pools[-1] = ""
        size = 1
        for pool in pools:
            size *= len(pool) or 1
        if size == 1 and not checked:
            return core
        number = 0
        tries = _TRIES if size <= _MOST * _MOST else 4 * _TRIES
        # of more than can ever be taken the next ones in order are no better: what is refused in one is in them, too
        for attempt in range(tries + (min(size, _MOST) if tries == _TRIES else 0)):
            number = self._number(core, attempt, size) if attempt < tries else (number + 1) % size
            made = _spelled(core, pools, number)
            if checked:
                made = made[:-1] + _check_digit(made[:-1])
            is_same = attempt < tries and _shares_a_word(core, made)
            by_chance = not checked and core.isdecimal() and core.isascii() and len(core) > 6 and _is_checked(made)
            if not is_same and not by_chance and made not in self._taken and not refused(made):
                break
        self._taken.add(made)
        return made

    def _number(self, core: str, attempt: int, size: int) -> int:
        length = size.bit_length() // 8 + 16  # so many more that no remainder is likelier than others
        seed = b"%d:%s:%d:%s" % (len(self._key), self._key, attempt, core.encode("utf-8", "surrogatepass"))
        return int.from_bytes(shake_256(seed).digest(length)) % size


def _spelled(core: str, pools: Sequence[str], number: int) -> str:
    made = []
    for character, pool in zip(reversed(core), reversed(pools), strict=True):
        if pool:
            number, at = divmod(number, len(pool))
            character = pool[at]
        made.append(character)
    return "".join(reversed(made))


def _shares_a_word(old: str, new: str) -> bool:
    """Whether a word or number of three or more characters stands where it stood."""
    return any(new[match.start() : match.end()] == match[0] for match in _WORD.finditer(old))


def _pool(character: str, codec: str) -> str:
    """What may stand for a character; empty when it stays."""
    for pool in (digits, ascii_uppercase, ascii_lowercase):
        if character in pool:
            return pool
    if character.isascii() or not character.isalpha():
        return ""
    try:
        width = len(character.encode(codec))
    except UnicodeEncodeError:
        return ""
    return _alphabet(codec, ord(character) // _BLOCK, width, character.isupper())


@cache
def _alphabet(codec: str, block: int, width: int, is_upper: bool) -> str:  # noqa: FBT001  # the key of a cache
    """The letters of a block that are not ASCII, of so many bytes in a character set."""
    letters = map(chr, range(max(block * _BLOCK, 0x80), (block + 1) * _BLOCK))
    return "".join(c for c in letters if c.isalpha() and c.isupper() is is_upper and _width(c, codec) == width)


def _width(character: str, codec: str) -> int:
    try:
        return len(character.encode(codec))
    except UnicodeEncodeError:
        return 0


def _check_digit(number: str) -> str:
    """The last digit of a GTIN, GLN or SSCC: threes and ones from the right (GS1 General Specifications 7.9)."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(number)))
    return str(-total % 10)


def _is_checked(number: str) -> bool:
    return _check_digit(number[:-1]) == number[-1]
