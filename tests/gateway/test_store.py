"""The store: groups of commits, faults that stay with their cause, durability, the lock, migrations."""

import asyncio
import hashlib
import io
import json
import os
from contextlib import closing
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DatabaseError

from gateway.errors import Cause
from gateway.states import Thing
from gateway.store import writer
from gateway.store.database import NEWEST, migrate
from gateway.store.errors import DatabaseDamagedError, DatabaseGoneError, DataFolderLockedError, StoreUnavailableError
from gateway.store.events import EventNote, note, timeline
from gateway.store.payloads import IN_DATABASE
from gateway.store.schema import Payload, Transmission, metadata
from gateway.store.sqlite import Sqlite
from gateway.store.store import DATABASE, Store
from tests.gateway.rows import NOON, transmission_row

_transmission = Transmission.table()


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(_transmission)).scalar_one()


async def test_the_migration_makes_the_schema_of_the_classes(store: Store):
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": False}), metadata)

    assert await store.read(differences) == []


def test_the_newest_migration_is_the_one_that_is_named():
    with as_file(files("gateway.store") / "migrations") as scripts:
        assert ScriptDirectory(str(scripts)).get_current_head() == NEWEST


async def test_opening_again_finds_everything(tmp_path: Path):
    first = Store.open(tmp_path)
    await first.write(lambda c: transmission_row(c, "trn_1"))
    first.close()
    second = Store.open(tmp_path)
    assert await second.read(_count) == 1
    second.close()


def test_a_folder_that_is_open_elsewhere_is_refused(sqlite_store: Store):
    with pytest.raises(DataFolderLockedError):
        Store.open(sqlite_store.folder)


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailableError):
        Store.open(tmp_path / "file" / "data")


async def test_what_waits_together_is_committed_together(store: Store, monkeypatch: pytest.MonkeyPatch):
    commits, commit = [], writer.commit
    monkeypatch.setattr(writer, "commit", lambda *what: (commits.append(what), commit(*what)))
    await asyncio.gather(*(store.write(lambda c, i=i: transmission_row(c, f"trn_{i}")) for i in range(200)))
    assert await store.read(_count) == 200
    assert 0 < len(commits) < 50


async def test_one_that_fails_never_fails_its_neighbours(store: Store):
    def wrong(connection: Connection) -> None:
        transmission_row(connection, "trn_half")
        raise LookupError("a fault of one function")

    results = await asyncio.gather(
        *(store.write(lambda c, i=i: transmission_row(c, f"trn_{i}")) for i in range(20)),
        store.write(wrong),
        store.write(lambda c: transmission_row(c, "trn_0")),  # a key that is taken
        *(store.write(lambda c, i=i: transmission_row(c, f"trn_{i}")) for i in range(20, 40)),
        return_exceptions=True,
    )
    faults = [r for r in results if isinstance(r, BaseException)]
    assert [type(f).__name__ for f in faults] == ["LookupError", "UniqueViolation" if store.database.is_shared else "IntegrityError"]
    assert await store.read(_count) == 40


async def test_a_full_disk_takes_nothing_and_recovers(sqlite_store: Store):
    store = sqlite_store
    pages = await store.write(lambda c: c.execute(text("PRAGMA page_count")).scalar_one())
    await store.write(lambda c: c.execute(text(f"PRAGMA max_page_count={pages + 4}")))

    def large(connection: Connection, name: str) -> None:
        body = os.urandom(60_000)
        connection.execute(insert(Payload.table()), {"sha256": name, "size": len(body), "body": body, "created_at": NOON})

    results = await asyncio.gather(*(store.write(lambda c, i=i: large(c, str(i))) for i in range(8)), return_exceptions=True)
    assert all(isinstance(r, StoreUnavailableError) for r in results)
    assert results[0].cause is Cause.STORE_UNAVAILABLE
    assert await store.read(lambda c: c.execute(select(func.count()).select_from(Payload.table())).scalar_one()) == 0
    await store.write(lambda c: c.execute(text("PRAGMA max_page_count=1000000")))
    await store.write(lambda c: large(c, "later"))


async def test_a_file_that_was_moved_away_is_written_to_no_more_and_goes_on_when_it_is_back(tmp_path: Path):
    with closing(Store.open(tmp_path)) as store:
        await store.write(lambda c: transmission_row(c, "trn_1"))
        file = tmp_path / DATABASE
        for another in (False, True):  # nothing in its place, or an empty one that somebody's reading made
            file.rename(tmp_path / "away")
            if another:
                file.touch()
            with pytest.raises(DatabaseGoneError):
                await store.write(lambda c: transmission_row(c, "trn_2"))
            assert not store.is_in_place
            (tmp_path / "away").rename(file)
        await store.write(lambda c: transmission_row(c, "trn_2"))
        assert await store.read(_count) == 2


async def test_a_file_that_is_gone_is_not_begun_anew(tmp_path: Path):
    with closing(Store.open(tmp_path)) as store:
        await store.write(lambda c: transmission_row(c, "trn_1"))
    file = tmp_path / DATABASE
    kept = file.rename(tmp_path / "away")
    for another in (False, True):
        if another:
            file.touch()
        with pytest.raises(DatabaseGoneError, match="made here before and is gone"):
            Store.open(tmp_path)
    kept.rename(file)
    with closing(Store.open(tmp_path)) as store:
        assert await store.read(_count) == 1


async def test_a_damaged_file_has_words_of_its_own_and_the_log_is_told_once(tmp_path: Path, lines: io.StringIO):
    with closing(Store.open(tmp_path)) as store:
        await store.write(lambda c: transmission_row(c, "trn_1"))
        root = await store.read(lambda c: c.execute(text("SELECT rootpage FROM sqlite_master WHERE name = 'transmission'")).scalar_one())
        size = await store.read(lambda c: c.execute(text("PRAGMA page_size")).scalar_one())
    file = tmp_path / DATABASE
    with file.open("r+b") as pages:
        pages.seek((root - 1) * size)
        pages.write(b"\xff" * size)
    with closing(Store.open(tmp_path)) as store:
        for _ in range(2):
            with pytest.raises(DatabaseDamagedError):
                await store.read(lambda c: c.execute(text("SELECT * FROM transmission")).all())
            with pytest.raises(DatabaseDamagedError) as caught:
                await store.write(lambda c: transmission_row(c, "trn_2"))
    assert caught.value.cause is Cause.STORE_DAMAGED
    [line] = [json.loads(line) for line in lines.getvalue().splitlines() if '"level": "info"' not in line]
    assert (line["action"], line["level"], "doctor --deep" in line["next"]) == ("store-damaged", "warning", True)
    file.write_bytes(b"no database at all " * 1000)
    with pytest.raises(DatabaseDamagedError):
        Store.open(tmp_path)


async def test_a_cancelled_wait_does_not_stop_the_writer(store: Store):
    waiting = asyncio.ensure_future(store.write(lambda c: transmission_row(c, "trn_1")))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await store.write(lambda c: transmission_row(c, "trn_2"))


async def test_a_closed_store_refuses(tmp_path: Path):
    closed = Store.open(tmp_path)
    closed.close()
    with pytest.raises(StoreUnavailableError):
        await closed.write(lambda c: transmission_row(c, "trn_1"))


async def test_readers_cannot_write(store: Store):
    with pytest.raises(Exception, match=r"readonly|read-only"):
        await store.read(lambda c: transmission_row(c, "trn_1"))


async def test_readers_see_one_moment(store: Store):
    def look(connection: Connection) -> tuple[int, int]:
        before = _count(connection)
        store.write_now(lambda c: transmission_row(c, "trn_1"))
        return before, _count(connection)

    assert await store.read(look) == (0, 0)


async def test_large_payloads_are_files_and_small_ones_rows(store: Store):
    for data in (b"ISA*small~", os.urandom(IN_DATABASE + 1)):
        kept = await store.keep(data)
        await store.write(lambda c, kept=kept: store.payloads.insert(c, kept, NOON))
        await store.write(lambda c, kept=kept: store.payloads.insert(c, kept, NOON))  # once more is the same
        assert kept.sha256 == hashlib.sha256(data).hexdigest()
        assert await store.load(kept.sha256) == data
    files = [path for path in (store.folder / "payloads").rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in files] == [IN_DATABASE + 1]
    with pytest.raises(KeyError):
        await store.load("0" * 64)


async def test_a_payload_file_that_cannot_be_written_is_said_so(store: Store, monkeypatch: pytest.MonkeyPatch):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreUnavailableError):
        await store.keep(os.urandom(IN_DATABASE + 1))
    assert [path for path in (store.folder / "payloads").rglob("*") if path.is_file()] == []


async def test_events_are_append_only(store: Store):
    happened = EventNote("transmission.received", Thing.TRANSMISSION, "trn_1", "cor_1", "It arrived.", data={"bytes": 3})
    await store.write(lambda c: note(c, NOON, happened))
    [row] = await store.read(lambda c: timeline(c, {"cor_1"}, set(), 10))
    assert (row["at"], row["data"], row["actor"]) == (NOON, {"bytes": 3}, "gateway")
    for verb in ("UPDATE event SET message = 'x'", "DELETE FROM event"):
        with pytest.raises((DatabaseError, StoreUnavailableError), match=r"append only|not stored"):
            await store.write(lambda c, verb=verb: c.execute(text(verb)))


async def test_moments_without_a_zone_are_refused(store: Store):
    with pytest.raises(Exception, match="without a zone"):
        await store.write(lambda c: c.execute(insert(Payload.table()), {"sha256": "a", "size": 0, "created_at": NOON.replace(tzinfo=None)}))


async def test_a_store_of_the_first_schema_is_brought_up_to_date_and_keeps_what_it_has(tmp_path: Path):
    engine = Sqlite(tmp_path / "gateway.db").writer()
    migrate(engine, "0001")
    with engine.begin() as connection:
        transmission_row(connection, "trn_old")
        assert not connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'cross_reference'")).first()
    engine.dispose()
    store = Store.open(tmp_path)
    assert await store.read(_count) == 1
    assert await store.read(lambda c: c.execute(text("SELECT count(*) FROM cross_reference")).scalar_one()) == 0
    store.close()
