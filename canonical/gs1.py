"""The check digit of GS1 keys: GTIN, GLN, SSCC (GS1 General Specifications 7.9)."""

__all__ = ["check_digit", "is_valid", "with_check_digit"]


def check_digit(digits: str) -> str:
    """The digit that follows `digits`: weights 3, 1, 3, … from the right. Raises ValueError when they are no digits."""
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError("a GS1 key has digits only")
    total = 3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))
    return str((10 - total % 10) % 10)


def with_check_digit(digits: str) -> str:
    """`digits` and their check digit: 17 digits become an SSCC, 13 a GTIN-14, 12 a GLN."""
    return digits + check_digit(digits)


def is_valid(key: str) -> bool:
    """Whether the last digit is the check digit of those before it. Text that is no number is not valid."""
    return len(key) > 1 and key.isascii() and key.isdigit() and check_digit(key[:-1]) == key[-1]
