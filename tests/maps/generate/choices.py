"""Choices by hypothesis, so that a failure shrinks to a small document: the smaller a choice, the less there is."""

from hypothesis import strategies as st

__all__ = ["Drawn"]

_DENSE = 4  #: everything


class Drawn:
    """Choices out of hypothesis. How full a document is, is a choice of its own: from the least to everything, or to `most` quarters."""

    def __init__(self, draw: st.DrawFn, most: int = _DENSE) -> None:
        self._draw = draw
        self._density = draw(st.integers(0, most))

    def below(self, most: int) -> int:
        """A number from 0 that is less than `most`."""
        return self._draw(st.integers(0, most - 1)) if most > 1 else 0

    def flip(self) -> bool:
        """Whether something that may be left out is there."""
        if self._density in {0, _DENSE}:
            return self._density == _DENSE
        return self._draw(st.integers(0, _DENSE - 1)) >= _DENSE - self._density
