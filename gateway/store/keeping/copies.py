"""One moment of the database as files, and back: SQLite's own file by its backup interface, PostgreSQL's tables by COPY.

Neither blocks who writes. SQLite's copy is read over a connection that cannot write and so never checkpoints (see `store.sqlite`).
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, inspect, text

from gateway.packing import packer, unpack_blocks
from gateway.store.database import version_of
from gateway.store.postgresql import Postgresql
from gateway.store.statement import driver

__all__ = ["SQLITE_FILE", "copy_from_server", "copy_sqlite", "copy_to_server", "is_empty", "named_files"]

SQLITE_FILE: Final = "gateway.db"
_TABLE: Final = ".copy.z"
_PAGES: Final = 2048  #: copied between two looks at the clock
_BLOCK: Final = 1 << 20
_SHARE: Final = 0.5  #: of the time at most is spent copying, so that the disk has room for those who wait for it


def copy_sqlite(source: Path, target: Path) -> str:
    """A copy of one moment, checked and closed. Gives its revision. Raises sqlite3.Error, OSError."""
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as reading:
        reading.isolation_level = None
        for pragma in ("query_only=ON", "wal_autocheckpoint=0"):
            reading.execute(f"PRAGMA {pragma}")
        reading.execute("BEGIN")  # held until the end: what is written meanwhile neither shows nor makes the copy begin anew
        reading.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(target)) as writing:
            began = time.perf_counter()

            def rest(_status: int, _remaining: int, _total: int) -> None:
                nonlocal began
                time.sleep((time.perf_counter() - began) * (1 / _SHARE - 1))
                began = time.perf_counter()

            reading.backup(writing, pages=_PAGES, progress=rest)
            writing.execute("PRAGMA journal_mode=DELETE")  # one file
            [verdict] = writing.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise sqlite3.DatabaseError("the copy is damaged")
            [revision] = writing.execute("SELECT version_num FROM alembic_version").fetchone()
        reading.execute("ROLLBACK")
    return str(revision)


def named_files(database: Path | None, connection: Connection | None = None) -> Iterator[tuple[str, int]]:
    """The payloads that stand in files, by a copy of the database or a connection: digest and size."""
    statement = "SELECT sha256, size FROM payload WHERE body IS NULL AND encoding <> 'gone'"
    if connection is not None:
        yield from ((str(digest), int(size)) for digest, size in connection.execute(text(statement)))
    elif database is not None:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as reading:
            yield from reading.execute(statement)


def copy_from_server(server: Postgresql, folder: Path) -> tuple[str, list[tuple[str, int]]]:
    """Every table in one moment. Gives the revision and the payloads that stand in files. Raises what the driver raises, OSError."""
    engine = server.reader()
    try:
        with engine.connect() as connection, connection.begin():
            revision = version_of(connection)
            if revision is None:
                raise ValueError("there is no schema in the database")
            for table in sorted(inspect(connection).get_table_names()):
                if table != "alembic_version":
                    _copy_out(connection, table, folder / f"{table}{_TABLE}")
            return revision, list(named_files(None, connection))
    finally:
        engine.dispose()


def _copy_out(connection: Connection, table: str, target: Path) -> None:
    columns = ", ".join(f'"{column["name"]}"' for column in inspect(connection).get_columns(table))
    packing = packer()
    with target.open("wb") as file, driver(connection).cursor() as cursor:
        file.write(packing.compress(f"{columns}\n".encode()))
        with cursor.copy(f'COPY "{table}" ({columns}) TO STDOUT') as reading:
            for block in reading:
                file.write(packing.compress(bytes(block)))
        file.write(packing.flush())


def copy_to_server(connection: Connection, folder: Path) -> None:
    """The tables of a copy, into a database that has its schema and no rows; in the transaction of the caller."""
    for path in sorted(folder.glob(f"*{_TABLE}")):
        table = path.name.removesuffix(_TABLE)
        with path.open("rb") as file, driver(connection).cursor() as cursor:
            blocks = unpack_blocks(iter(lambda file=file: file.read(_BLOCK), b""), _BLOCK)  # type: ignore[misc]
            columns, rows = _first_line(blocks)
            with cursor.copy(f'COPY "{table}" ({columns}) FROM STDIN') as writing:
                for block in rows:
                    writing.write(block)
        sequence = (
            connection.execute(text("SELECT pg_get_serial_sequence(:table, 'seq')"), {"table": table}).scalar_one()
            if _has_seq(connection, table)
            else None
        )
        if sequence:
            newest = f'SELECT setval(:sequence, GREATEST((SELECT max(seq) FROM "{table}"), 1))'  # noqa: S608 - a table of the schema
            connection.execute(text(newest), {"sequence": sequence})


def _has_seq(connection: Connection, table: str) -> bool:
    return any(column["name"] == "seq" for column in inspect(connection).get_columns(table))


def _first_line(blocks: Iterator[bytes]) -> tuple[str, Iterator[bytes]]:
    begin = b""
    while b"\n" not in begin:
        begin += next(blocks)
    line, _, rest = begin.partition(b"\n")

    def others() -> Iterator[bytes]:
        yield rest
        yield from blocks

    return line.decode(), others()


def is_empty(connection: Connection) -> bool:
    """Whether nobody has used this database yet."""
    if version_of(connection) is None:
        return True
    used = ("transmission", "document", "revision", "event")
    rows: list[Any] = [connection.execute(text(f"SELECT 1 FROM {table} LIMIT 1")).first() for table in used]  # noqa: S608 - the names above
    return not any(rows)
