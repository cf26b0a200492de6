"""What a piece of work asks of SQLite: every statement that it runs, how the database goes about it, and how much that is.

The driver's own connections are watched, so nothing is missed, whether it goes by the engine or past it. Work is counted in steps of SQLite's
machine, not in time: the same work is the same number on any machine.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

__all__ = ["Asked", "Watched", "watched"]

GRAIN = 10  #: steps are counted by so many
_PLANNED = ("SELECT", "WITH", "UPDATE", "DELETE")
_SCAN = re.compile(r"SCAN (\w+)")
_NAMED = re.compile(r"\b(\w+) AS (\w+)\b")


@dataclass(frozen=True)
class Asked:
    """One statement, as it was executed."""

    sql: str
    plan: tuple[str, ...]  #: of EXPLAIN QUERY PLAN, with the values that it was executed with

    @property
    def scans(self) -> set[str]:
        """The tables, or parts of the statement, that are gone through from one end."""
        named = {alias: table for table, alias in _NAMED.findall(self.sql)}
        found = {match[1] for line in self.plan if (match := _SCAN.match(line))}
        return {named.get(name, name) for name in found}


@dataclass
class Watched:
    """What was asked since `begin`."""

    asked: list[Asked] = field(default_factory=list)
    steps: int = 0
    is_on: bool = False

    def begin(self) -> None:
        """Forget, and look on."""
        self.asked, self.steps, self.is_on = [], 0, True

    def end(self) -> None:
        """What follows is not looked at."""
        self.is_on = False


@contextmanager
def watched() -> Iterator[Watched]:
    """Watch every SQLite connection that an engine of this process opens from now on."""
    seen = Watched()

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            if seen.is_on and sql.lstrip().upper().startswith(_PLANNED):
                steps = seen.steps
                plan = sqlite3.Cursor(self.connection).execute(f"EXPLAIN QUERY PLAN {sql}", parameters)
                seen.asked.append(Asked(sql, tuple(line for *_, line in plan)))
                seen.steps = steps
            return super().execute(sql, parameters)

    class Connected(sqlite3.Connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.set_progress_handler(self._step, GRAIN)

        def _step(self) -> int:
            seen.steps += GRAIN * seen.is_on
            return 0

        def cursor(self, factory: Any = Cursor) -> Any:
            return super().cursor(factory)

        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            cursor: sqlite3.Cursor = self.cursor()
            return cursor.execute(sql, parameters)

    def connects(dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            options["factory"] = Connected

    event.listen(Engine, "do_connect", connects)
    try:
        yield seen
    finally:
        event.remove(Engine, "do_connect", connects)
