"""Room that removed rows leave in the SQLite file: given back to the disk in small steps. PostgreSQL's autovacuum does this by itself."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, text

from gateway.store.statement import driver, is_sqlite

__all__ = ["Space", "give_back", "measure", "write_anew"]

_INCREMENTAL: Final = 2


@dataclass(frozen=True, slots=True)
class Space:
    """How large the database is, in bytes."""

    size: int
    free: int  #: of it, not in use
    shrinks: bool  #: whether free room can be given back while it runs


def measure(connection: Connection) -> Space:
    """Of SQLite as of PostgreSQL."""
    if not is_sqlite(connection):
        return Space(int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()), 0, shrinks=True)
    page, pages, free, mode = (
        int(connection.execute(text(f"PRAGMA {name}")).scalar_one())
        for name in ("page_size", "page_count", "freelist_count", "auto_vacuum")
    )
    return Space(page * pages, page * free, shrinks=mode == _INCREMENTAL)


def give_back(connection: Connection, pages: int) -> int:
    """At most so many pages, in the transaction of the caller. Gives how many bytes went: 0 where nothing is free, or stays so."""
    before = measure(connection)
    if not is_sqlite(connection) or not before.free or not before.shrinks:
        return 0
    raw = driver(connection)
    for _ in range(pages):  # the driver takes one step of it, which is one page, since it has no columns
        raw.execute("PRAGMA incremental_vacuum(1)")
    return before.size - measure(connection).size


def write_anew(engine: Engine) -> None:
    """The whole SQLite file, smaller, and able to give room back from then on. `engine` is the writer's; nobody else may have it open."""
    with engine.connect() as connection:
        raw = driver(connection)  # VACUUM stands outside of transactions, which the engine would begin
        raw.execute("PRAGMA auto_vacuum = INCREMENTAL")
        raw.execute("PRAGMA temp_store = FILE")  # the copy may be larger than memory
        raw.execute("VACUUM")
    engine.dispose()
