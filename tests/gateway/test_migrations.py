"""The schema comes up from nothing and from the release before with rows in every table: all is there afterwards, and the gateway works."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Engine, Integer, LargeBinary, MetaData, Table, insert, select, text

from gateway.states import LIVES, Thing
from gateway.store.database import NEWEST, migrate, version_of
from gateway.store.postgresql import Postgresql
from gateway.store.schema import metadata
from gateway.store.sqlite import Sqlite
from gateway.store.store import DATABASE, Store
from tests.gateway.conftest import BOTH
from tests.gateway.world import World, an_order, ship_notice
from tests.support.postgresql import fresh_url

BEFORE = "0004"  #: the newest of the release before
_MOMENT = "2026-11-18T12:00:00.000000Z"
_JSON = {
    "report",
    "findings",
    "map",
    "data",
    "params",
    "headers",
    "mdn_headers",
    "prepared_headers",
    "receipt_headers",
    "keys",
    "also",
    "examples",
}
_THINGS = {"transmission": "trn", "transaction_set": "set", "document": "doc", "delivery": "dlv", "acknowledgment": "ack"}


@contextmanager
def _at(database: str, root: Path, monkeypatch: pytest.MonkeyPatch, revision: str) -> Iterator[Engine]:
    """A writer of a database that has just this revision."""
    if database == "sqlite":
        (root / "data").mkdir()
        engine = Sqlite(root / "data" / DATABASE).writer()
        migrate(engine, revision)
        yield engine
        engine.dispose()
        return
    with fresh_url(empty=True) as url:
        monkeypatch.setenv("GATEWAY_DATABASE__URL", url)
        server = Postgresql(url)
        engine = server.writer()
        server.migrate(engine, revision)
        yield engine
        engine.dispose()


def _value(table: Table, column: Column[Any], row: int) -> Any:
    """Something that the column may hold, different in each row where it has to be."""
    if isinstance(column.type, LargeBinary):
        return b"bytes"
    if isinstance(column.type, Integer) or column.type.python_type is int:
        return row
    if column.type.python_type is bool:
        return True
    if column.name.endswith("_at") or column.name in {"at", "first_seen", "last_seen", "second_seen", "finished", "run_at"}:
        return None if column.nullable else _MOMENT
    if column.name in _JSON:
        return '{"a":1}' if column.name != "findings" else "[]"
    if column.name == "state" and table.name in _THINGS:
        return min(map(str, LIVES[Thing(table.name)].sentences))
    if column.name == "id" and table.name in _THINGS:
        return f"{_THINGS[table.name]}_{row}"
    if column.name in {"open_until", "leased_until"}:
        return _MOMENT
    if column.name == "body":
        return '{"documentType":"Order"}'
    return f"{column.name}-{row}"


def _fill(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Two rows in every table. Gives them."""
    there = MetaData()
    there.reflect(connection)
    made = {}
    for table in there.sorted_tables:
        if table.name != "alembic_version":
            made[table.name] = [{column.name: _value(table, column, row) for column in table.c} for row in (1, 2)]
            connection.execute(insert(table), made[table.name])
            if "seq" in table.c and connection.dialect.name == "postgresql":  # as if the server had given the numbers
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'seq'), 2)"))
    return made


def _rows(connection: Connection, names: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The same columns of the same tables, as the database has them now."""
    there = MetaData()
    there.reflect(connection)
    found = {}
    for name, rows in names.items():
        table = there.tables[name]
        columns = [table.c[column] for column in rows[0]]
        found[name] = [dict(row) for row in connection.execute(select(*columns)).mappings()]
    return found


def _sorted(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[str]]:
    def plain(value: Any) -> Any:
        return base64.b64encode(bytes(value)).decode() if isinstance(value, bytes | memoryview) else value

    return {name: sorted(str({key: plain(value) for key, value in row.items()}) for row in some) for name, some in rows.items()}


@pytest.mark.parametrize("database", BOTH)
def test_it_comes_up_from_nothing(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with _at(database, tmp_path, monkeypatch, "head") as engine, engine.connect() as connection:
        assert version_of(connection) == NEWEST
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False}), metadata) == []


@pytest.mark.parametrize("database", BOTH)
async def test_the_release_before_comes_up_with_rows_in_every_table(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with _at(database, tmp_path, monkeypatch, BEFORE) as engine:
        with engine.begin() as connection:
            before = _fill(connection)
            assert {"transmission", "job", "event", "payload", "control_number", "cross_reference", "key_use"} <= before.keys()
        migrate(engine)
        with engine.connect() as connection:
            assert version_of(connection) == NEWEST
            assert _sorted(_rows(connection, before)) == _sorted(before)
            assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False}), metadata) == []
            for table in metadata.sorted_tables:  # each row can be read by its class
                connection.execute(select(table)).mappings().all()
            for name in ("job", "revision", "revision_file"):  # work that is none, and a workspace that is none
                connection.execute(text(f"DELETE FROM {name}"))
            connection.commit()
        world = await World.open(tmp_path)
        try:
            await world.receive(an_order())
            await world.submit(ship_notice())
            assert (world.hub.orders, world.partner.sets()) == (["4500000001"], ["997", "856"])
        finally:
            await world.close()


def test_a_small_release_before_keeps_its_file_and_its_folder(tmp_path: Path):
    """Payload files are not touched by a migration."""
    engine = Sqlite(tmp_path / DATABASE).writer()
    migrate(engine, BEFORE)
    digest = "ab" + "0" * 62
    with engine.begin() as connection:
        row = {"sha256": digest, "size": 3, "created_at": _MOMENT}
        connection.execute(text("INSERT INTO payload (sha256, size, created_at) VALUES (:sha256, :size, :created_at)"), row)
    engine.dispose()
    (tmp_path / "payloads" / "ab").mkdir(parents=True)
    (tmp_path / "payloads" / "ab" / digest[2:]).write_bytes(b"ISA")
    store = Store.open(tmp_path)
    assert store.read_now(lambda c: store.payloads.load(c, digest)) == b"ISA"
    store.close()
