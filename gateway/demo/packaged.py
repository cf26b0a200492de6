"""Where the quickstart workspace lies: in the wheel beside this module, in a checkout under samples."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

__all__ = ["quickstart_source"]


@contextmanager
def quickstart_source() -> Iterator[Path]:
    """The folder, to copy from. Raises FileNotFoundError in an installation that lacks it."""
    packaged = files("gateway") / "demo" / "quickstart"
    if packaged.is_dir():
        with as_file(packaged) as path:
            yield path
        return
    checkout = Path(__file__).resolve().parents[2] / "samples" / "quickstart"
    if not checkout.is_dir():
        raise FileNotFoundError("the quickstart workspace is not in this installation")
    yield checkout
