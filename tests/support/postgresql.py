"""Databases of a test's own on the PostgreSQL server of the machine: copied from one that has the newest schema."""

import fcntl
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.store.database import NEWEST
from gateway.store.postgresql import Postgresql

SERVER = os.environ.get("GATEWAY_TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")


@cache
def is_running() -> bool:
    """Whether the server can be used."""
    try:
        Postgresql(f"{SERVER}/postgres").listener().close()
    except Exception:
        return False
    return True


def require_server() -> None:
    """Skip, with a clear word, where there is none."""
    if not is_running():
        pytest.skip("no PostgreSQL server on this machine (GATEWAY_TEST_POSTGRESQL names another)")


def _administer(*statements: str) -> None:
    with closing(Postgresql(f"{SERVER}/postgres").listener()) as connection:
        for statement in statements:
            connection.execute(statement)


@cache
def _template() -> str:
    """A database with the newest schema and nothing in it, made once per schema; other test processes wait for it."""
    from importlib.resources import files
    from zlib import crc32

    scripts = sorted(Path(str(files("gateway.store") / "migrations")).rglob("*.py"))
    name = f"gateway_test_{NEWEST}_{crc32(b''.join(path.read_bytes() for path in scripts)):08x}"
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with closing(Postgresql(f"{SERVER}/postgres").listener()) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %(name)s", {"name": name}).fetchone()
        if found is None:
            unfinished = f"{name}_{os.getpid()}"
            _administer(f"CREATE DATABASE {unfinished}")
            database = Postgresql(f"{SERVER}/{unfinished}")
            engine = database.writer()
            database.migrate(engine)
            engine.dispose()
            _administer(f"ALTER DATABASE {unfinished} RENAME TO {name}")
    return name


@contextmanager
def fresh_url(*, empty: bool = False) -> Iterator[str]:
    """The address of a database that is gone afterwards; `empty`: without a schema."""
    require_server()
    name = f"gateway_test_{uuid.uuid4().hex}"
    _administer(f"CREATE DATABASE {name}" + ("" if empty else f" TEMPLATE {_template()}"))
    try:
        yield f"{SERVER}/{name}"
    finally:
        _administer(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def fresh_database(*, empty: bool = False) -> Iterator[Postgresql]:
    """As `fresh_url`, ready for `Store.open`."""
    with fresh_url(empty=empty) as url:
        yield Postgresql(url)


def scalar(database: Postgresql, statement: str) -> object:
    """One value, beside the store."""
    engine = database.reader()
    try:
        with engine.connect() as connection:
            return connection.execute(text(statement)).scalar()
    finally:
        engine.dispose()
