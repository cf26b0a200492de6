"""Secrets as they are used again and again: a file is read anew when it has changed, and only then."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gateway.settings import resolve

__all__ = ["Secrets"]

_State = tuple[int, int, int]


@dataclass
class Secrets:
    """Called with a reference, gives what `settings.resolve` gives; raises `SecretError` as it does. `root` is the workspace."""

    root: Path
    _files: dict[str, tuple[_State, str]] = field(default_factory=dict, repr=False)
    _resolve: Callable[[str, Path], str] = field(default=resolve, repr=False)

    def __call__(self, reference: str) -> str:
        """The secret. What replaces a file has another moment of change, size or number, and is seen at once."""
        kind, _, name = reference.partition(":")
        if kind != "file":
            return self._resolve(reference, self.root)
        try:
            found = (self.root / name).stat()
        except OSError:
            return self._resolve(reference, self.root)  # says what is wrong
        state = (found.st_mtime_ns, found.st_size, found.st_ino)
        known = self._files.get(name)
        if known is None or known[0] != state:
            known = self._files[name] = (state, self._resolve(reference, self.root))
        return known[1]
