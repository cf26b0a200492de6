"""What `gateway doctor` says of the database: the file of the data folder, or the PostgreSQL that gateway.yaml names."""

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.check import Check
from gateway.cli.output import GONE

if TYPE_CHECKING:
    from gateway.settings import Settings

__all__ = ["database_check"]

_PATIENCE: Final = 3.0
_MB: Final = 1024 * 1024
_WHOLE: Final = 64 * _MB  #: a larger file is read as a whole by `--deep` alone: its pages would take minutes


def database_check(root: Path, settings: "Settings") -> Check:
    """Whether it can be used as it is."""
    return _server(root, settings) if settings.database is not None else _file(settings.data_folder(root))


def _file(folder: Path) -> Check:
    path = folder / "gateway.db"
    if not path.exists():
        lock = folder / "lock"
        if lock.exists() and lock.read_text(errors="replace").strip() == path.name:
            return Check("database", "fault", f"{path} was made here before and is gone", GONE)
        return Check("database", "ok", "not made yet; the first start makes it")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # its first pages, whatever its size
            is_small = path.stat().st_size <= _WHOLE
            [verdict] = connection.execute("PRAGMA quick_check(1)").fetchone() if is_small else ["ok"]
            [shrinks] = connection.execute("PRAGMA auto_vacuum").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as fault:
        return Check("database", "fault", f"{path} cannot be read ({type(fault).__name__})", "Look at the disk; restore the newest backup.")
    seen = f"{path} is sound" if is_small else f"{path} can be read; `--deep` looks at all of its {path.stat().st_size // _MB:,} MB"
    if verdict != "ok":
        return Check("database", "fault", f"{path} is damaged", "Stop the gateway; restore the newest backup.")
    if not shrinks:
        detail = f"{seen}; of an older release, it does not become smaller when retention removes something"
        return Check("database", "warning", detail, "Once, with the gateway stopped: `gateway retention vacuum`.")
    return Check("database", "ok", seen)


def _server(root: Path, settings: "Settings") -> Check:
    from sqlalchemy.exc import SQLAlchemyError

    from gateway.settings import SecretError
    from gateway.store.configured import database_of
    from gateway.store.database import require_newest
    from gateway.store.errors import SchemaError, StoreUnavailableError

    try:
        database = database_of(settings, root)
        assert database is not None
        engine = database.reader()
        try:
            is_made = require_newest(engine)
        finally:
            engine.dispose()
    except SecretError as fault:
        return Check("database", "fault", f"its password: {fault}", "Set the variable, or write the file with mode 0600.")
    except SchemaError as fault:
        return Check("database", "fault", fault.detail, "Stop every node of the other release, then `gateway migrate`.")
    except (StoreUnavailableError, SQLAlchemyError) as fault:
        reason = getattr(fault, "detail", "") or type(fault).__name__
        return Check("database", "fault", f"PostgreSQL cannot be used ({reason})", "Look at its server, at `database:` and at pg_hba.conf.")
    where = f"PostgreSQL at {database.url.host}:{database.url.port or 5432}, database {database.url.database}"
    return Check("database", "ok", where if is_made else f"{where}: empty; the first start sets it up")
