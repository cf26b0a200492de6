"""Opens the SQLite file: one connection that writes and checkpoints, others that only read, and the migrations.

SQLite before 3.51.3 can lose a WAL reset when two connections checkpoint, so readers are `query_only` and never do.
"""

from importlib.resources import as_file, files
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool

__all__ = ["NEWEST", "migrate", "open_reader", "open_writer"]

#: the newest migration: a schema that has it is not looked at further, and alembic, which is slow to load, stays out
NEWEST: Final = "0011"
READERS: Final = 4
BUSY_MS: Final = 5000


def open_writer(path: Path) -> Engine:
    """The engine of the writing connection; `begin` takes the write lock at once."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: SqliteConnection, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver's guess
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MS}", "cache_size=-65536"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def open_reader(path: Path) -> Engine:
    """The engine of the reading connections; a transaction sees one moment of the database."""
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: SqliteConnection, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (f"busy_timeout={BUSY_MS}", "wal_autocheckpoint=0", "query_only=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def migrate(engine: Engine) -> None:
    """Bring the schema to the newest revision of the migrations in this package, wherever it is installed."""
    with engine.connect() as connection:
        if _version(connection) == NEWEST:
            return
    from alembic import command
    from alembic.config import Config

    with as_file(files("gateway.store") / "migrations") as scripts, engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _version(connection: Connection) -> str | None:
    """The revision that the schema has; None before the first."""
    is_there = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")).first()
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none() if is_there else None
