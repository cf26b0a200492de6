"""What a piece of work asks of PostgreSQL: the plan of every statement as the server has run it, with the rows that each part of it read.

The server tells them itself (its module auto_explain, as warnings of the connection), so nothing is missed, whether it goes by the engine or
past it, and a statement that is prepared is explained as it was run.
"""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine, event

from gateway.store.postgresql import Postgresql

__all__ = ["Plans", "explained", "planned"]

_SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_timing": "off",
    "auto_explain.log_format": "json",
    "auto_explain.log_level": "warning",
    "jit": "off",
}


@dataclass
class Plans:
    """What was asked since `begin`."""

    told: list[str] = field(default_factory=list)
    is_on: bool = False

    def begin(self) -> None:
        """Forget, and look on."""
        self.told, self.is_on = [], True

    def end(self) -> None:
        """What follows is not looked at."""
        self.is_on = False

    def parts(self) -> Iterator[dict[str, Any]]:
        """Every part of every plan that reads a table."""
        for words in self.told:
            plan = json.loads(words[words.index("{") :])["Plan"]
            yield from _parts(plan)

    @property
    def statements(self) -> int:
        """How many statements were explained."""
        return len(self.told)

    @property
    def rows(self) -> int:
        """Rows that were read, what was looked at and left out too."""
        return sum(_read(part) for part in self.parts())

    @property
    def scans(self) -> set[str]:
        """The tables that were gone through as they lie."""
        return {str(part["Relation Name"]) for part in self.parts() if part["Node Type"] == "Seq Scan"}


def _parts(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in plan and "Actual Loops" in plan and plan["Node Type"] != "ModifyTable":
        yield plan
    for inner in plan.get("Plans", ()):
        yield from _parts(inner)


def _read(part: dict[str, Any]) -> float:
    left_out = sum(part.get(f"Rows Removed by {why}", 0) for why in ("Filter", "Index Recheck"))
    return float((part["Actual Rows"] + left_out) * part["Actual Loops"])


def explained(url: str) -> None:
    """Have the server explain what is asked of a database from now on. Skips where it has no auto_explain."""
    database = Postgresql(url)
    with closing(database.listener()) as connection:
        try:
            connection.execute("LOAD 'auto_explain'")
        except Exception as fault:
            pytest.skip(f"the PostgreSQL server has no auto_explain, or we may not load it ({type(fault).__name__})")
        for name, value in _SETTINGS.items():
            connection.execute(f"ALTER DATABASE {database.url.database} SET {name} = '{value}'")


@contextmanager
def planned() -> Iterator[Plans]:
    """Watch every PostgreSQL connection that an engine of this process opens from now on."""
    seen = Plans()

    def hear(diagnostic: Any) -> None:
        words = str(diagnostic.message_primary or "")
        if seen.is_on and words.startswith("duration:"):
            seen.told.append(words)

    def connected(raw: Any, _record: Any) -> None:
        if hasattr(raw, "add_notice_handler"):
            raw.add_notice_handler(hear)

    event.listen(Engine, "connect", connected)
    try:
        yield seen
    finally:
        event.remove(Engine, "connect", connected)
