"""An interchange written ahead under trial numbers, which gets its real ones in the transaction that takes them.

Rendering is the slow part and needs no store; putting two numbers in is quick. What was validated under trial numbers is, byte for byte,
what leaves under the real ones.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["TRIAL", "Numbers", "numbered"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """The control numbers of one interchange with one group."""

    interchange: int  #: ISA13, UNB 0020
    group: int  #: GS06
    set: str = ""  #: ST02, UNH 0062, where sets are counted on; else each group begins anew


TRIAL: Final = Numbers(999_999_999, 999_999_998)
_INTERCHANGE, _GROUP = (str(number).encode() for number in (TRIAL.interchange, TRIAL.group))


def numbered(trial: bytes, numbers: Numbers, *, digits: int, groups: int) -> bytes | None:
    """The bytes under their own numbers, that of the interchange with so many digits at least: nine in ISA13.

    None when a trial number also stands elsewhere in the data, or a group more than is expected: then it has to be written anew.
    """
    if trial.count(_INTERCHANGE) != 2 or trial.count(_GROUP) != 2 * groups or groups > 1:
        return None
    interchange = str(numbers.interchange).zfill(digits).encode()
    return trial.replace(_INTERCHANGE, interchange).replace(_GROUP, str(numbers.group).encode())
