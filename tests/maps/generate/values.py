"""Plain values of every kind that documents hold, for a field to choose those that it takes. Made from a seed, so that runs agree."""

from functools import cache
from random import Random

from canonical.gs1 import with_check_digit

__all__ = ["candidates", "numbers", "text"]

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_INSIDE = " -./,&()+'?:"  #: what may stand within a text, separators of EDIFACT among them
_NUMBERS = ("1", "12", "0", "7.5", "48", "0.25", "120.5", "-3", "999", "250.1", "1.00", "25.50", "0.00", "480.00")
_FINE = ("1.0625", "12345.67", "0.0001", "99999.9999")  #: where no sum is made
_WHOLE: tuple[str | int | bool, ...] = (0, 1, 2, 3, 30, 48, 365, 999, True, False)
_DAYS = ("2026-11-18", "2027-02-28", "2028-02-29", "1999-12-31", "2000-01-01", "2079-12-31", "1980-01-01", "2026-01-02")
_CLOCKS = ("09:15:00", "00:00:00", "23:59:59", "15:05:30", "12:00:00.500000", "06:45:09.120000")
_COUNTRIES = ("US", "DE", "CA", "MX", "FR", "GB")
_CURRENCIES = ("USD", "EUR", "CAD", "GBP")


def text(random: Random, length: int, inside: str = _INSIDE) -> str:
    """A text of a length that begins and ends with a letter or digit and has no two blanks side by side."""
    made = ""
    while len(made) < length:
        edge = not made or len(made) == length - 1 or made[-1] in inside
        made += random.choice(_ALPHABET) if edge or random.random() < 0.8 else random.choice(inside)
    return made


@cache
def _texts() -> tuple[str, ...]:
    random = Random(4711)
    plain = [text(random, length, " ") for length in (*range(1, 36), 40, 55, 60, 70, 80, 100, 200, 350, 512) for _ in range(2)]
    odd = [text(random, length) for length in (3, 5, 8, 11, 14, 17, 20, 25, 30, 35)]
    digits = [str(random.randrange(10 ** (n - 1), 10**n)) for n in range(1, 21)]
    return (*plain, *odd, *digits, "0042", "00", "000117")


@cache
def _keys() -> tuple[str, ...]:
    random = Random(42)
    gtins = [with_check_digit(f"{random.randrange(10**size):013}") for size in (7, 11, 11, 11, 12, 12, 13, 13, 13)]
    return (*gtins, *(with_check_digit(f"{random.randrange(10**17):017}") for _ in range(12)))


@cache
def candidates() -> tuple[str | int | bool, ...]:
    """Everything that a field or its codec may choose from, the simplest of each kind first."""
    times = [f"{day}T{clock}Z" for day in _DAYS for clock in _CLOCKS]
    clocks = ["0915", "2359", "091530"]
    return (*_NUMBERS, *_WHOLE, *_DAYS, *times, *clocks, *_keys(), *_COUNTRIES, *_CURRENCIES, *_texts())


def numbers(*, fine: bool) -> tuple[str | int | bool, ...]:
    """Numbers of few digits, so that their sums find room as well; and finer ones."""
    return (*_NUMBERS, *_WHOLE, *(_FINE if fine else ()))
