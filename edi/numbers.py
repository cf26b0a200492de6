"""Control numbers that were used, to tell when one comes again. A million that follow each other take no more room than two."""

__all__ = ["Numbers"]


class Numbers:
    """Numbers as they are written: 0001 and 1 are two."""

    __slots__ = ("_others", "_runs")

    def __init__(self) -> None:
        self._runs: dict[int, list[int]] = {}  # of each width the first and the last of a run
        self._others: set[str] = set()

    def add(self, number: str) -> bool:
        """Note a number; whether it was noted before."""
        width = len(number)
        if number.isascii() and number.isdecimal() and width < 18:
            value, run = int(number), self._runs.get(width)
            if run is None:
                self._runs[width] = [value, value]
                return False
            if run[0] <= value <= run[1]:
                return True
            if value == run[1] + 1 and number not in self._others:
                run[1] = value
                return False
        if number in self._others:
            return True
        self._others.add(number)
        return False
