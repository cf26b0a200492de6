"""What opening a gateway repeats in every test is done once in a process: the schema of a new file, and the check of the same workspace.

The first file of a process is migrated as in the field, its pages are the later ones'; `test_store.py` migrates for itself, and so
does every gateway that runs as a process of its own.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from threading import Lock
from unittest.mock import patch

from sqlalchemy import Engine

from gateway.pipeline.active import Checked, check_files
from gateway.store.database import migrate

__all__ = ["checked_once", "quick_openings"]

_CHECKERS = ("gateway.pipeline.active", "gateway.app", "gateway.operations.revisions", "gateway.operations.show")


class Template:
    """The pages of a file with the newest schema and nothing in it."""

    def __init__(self) -> None:
        self._pages: sqlite3.Connection | None = None
        self._one_at_a_time = Lock()

    def migrate(self, engine: Engine, to: str = "head") -> None:
        """As `gateway.store.database.migrate`; a new file gets the pages of the first one."""
        with self._one_at_a_time:
            with engine.connect() as connection:
                raw = connection.connection.driver_connection
                assert isinstance(raw, sqlite3.Connection)
                is_new = to == "head" and raw.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
                if is_new and self._pages is not None:
                    connection.rollback()
                    self._pages.backup(raw)
                    return
            migrate(engine, to)
            if is_new:
                with engine.connect() as connection:
                    raw = connection.connection.driver_connection
                    assert isinstance(raw, sqlite3.Connection)
                    self._pages = sqlite3.connect(":memory:", check_same_thread=False)
                    raw.backup(self._pages)


@lru_cache(maxsize=64)
def _checked(files: tuple[tuple[str, bytes], ...]) -> Checked:
    return check_files(dict(files))


def checked_once(files: Mapping[str, bytes]) -> Checked:
    """As `check_files`; compiling maps is the slow part, and what comes out is never changed."""
    return _checked(tuple(sorted(files.items())))


@contextmanager
def quick_openings() -> Iterator[None]:
    """While this is open, gateways of this process open quickly."""
    with ExitStack() as patches:
        patches.enter_context(patch("gateway.store.sqlite.migrate", Template().migrate))
        for module in _CHECKERS:
            patches.enter_context(patch(f"{module}.check_files", checked_once))
        yield
