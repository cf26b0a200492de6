"""Control numbers that were used, to tell when one comes again. A million that follow each other take no more room than two."""

__all__ = ["Numbers"]


class Numbers:
    """Numbers as they are written: 0001 and 1 are two."""

    __slots__ = ("_first", "_last", "_others", "_width")

    def __init__(self) -> None:
        self._first, self._last, self._width = 1, 0, -1  # of a run of numbers of one width
        self._others: set[str] = set()

    def add(self, number: str) -> bool:
        """Note a number; whether it was noted before."""
        if len(number) == self._width or self._width < 0:
            value = int(number) if number.isascii() and number.isdecimal() and len(number) < 18 else -1
            if self._first <= value <= self._last:
                return True
            if value >= 0 and (self._width < 0 or value == self._last + 1) and number not in self._others:
                if self._width < 0:
                    self._first, self._width = value, len(number)
                self._last = value
                return False
        if number in self._others:
            return True
        self._others.add(number)
        return False
