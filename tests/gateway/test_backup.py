"""Backup and restore: one moment of everything while it runs, verified before it is used, and safe for control numbers and the feed."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text

from gateway import operations
from gateway.errors import Cause, TransientError
from gateway.operations.control import control_show
from gateway.states import Thing
from gateway.store import control_numbers
from gateway.store.schema import FeedEntry
from tests.gateway.command_line import Result, gateway
from tests.gateway.conftest import BOTH
from tests.gateway.world import World, an_order, interchange, purchase_order, ship_notice
from tests.support.postgresql import fresh_url

DATABASES = BOTH
LARGE = interchange(*[purchase_order(f"46{n:08}", control=f"{n:04}", lines=3) for n in range(1, 300)], number=77)


def written(world: World) -> list[int]:
    """The interchange numbers that left."""
    return [int(data[data.index(b"*00401*") + 7 :][:9]) for data in world.partner.received]


@pytest.fixture
def elsewhere(world_database: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes gateway.yaml name another, empty database."""
    if world_database == "sqlite":
        yield lambda: None
        return
    with fresh_url() as url:
        yield lambda: monkeypatch.setenv("GATEWAY_DATABASE__URL", url)


def restore(source: Path, to: Path, *options: str) -> Result:
    done = gateway("restore", source, "--to", to, *options)
    assert done.code == 0, done.err
    return done


@pytest.mark.parametrize("form", ["folder", "tar"])
async def test_what_a_running_gateway_knows_comes_back(world: World, tmp_path: Path, elsewhere: Callable[[], None], form: str):
    await world.receive(an_order())
    await world.submit(ship_notice())
    await world.context.store.write(lambda c: world.context.store.payloads.insert(c, kept, world.clock.now)) if (
        kept := await world.context.store.keep(LARGE + os.urandom(70_000))
    ) else None
    before = {thing: await world.rows(thing) for thing in Thing}
    target = tmp_path / ("copy.tar" if form == "tar" else "copy")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "hub.key").write_text("never")
    made = gateway("-w", tmp_path, "backup", target, "--json")
    assert (made.code, made.json["payloads"]) == (0, 1), made.err
    await world.receive(an_order("4500000002", number=2))  # goes on meanwhile
    elsewhere()
    restore(target, tmp_path / "again")
    assert not (tmp_path / "again" / "secrets").exists()
    back = await World.open(tmp_path / "again")
    try:
        assert {thing: await back.rows(thing) for thing in Thing} == before
        assert (await back.context.store.find(kept.sha256)).read()[: len(LARGE)] == LARGE
        assert await back.actions("store") == ["store.restored"]
    finally:
        await back.close()


async def test_no_control_number_is_given_out_twice(world: World, tmp_path: Path, elsewhere: Callable[[], None]):
    for n, po in enumerate(("4500000001", "4500000002")):
        await world.receive(an_order(po, number=n + 1))
    await world.submit(ship_notice())
    assert gateway("-w", tmp_path, "backup", tmp_path / "copy").code == 0
    await world.submit(ship_notice("4500000002", shipment="SHP-2"), "key-2")  # after the backup: lost, but the partner has it
    given = written(world)
    elsewhere()
    restore(tmp_path / "copy", tmp_path / "again", "--numbers-ahead", "50")
    back = await World.open(tmp_path / "again")
    try:
        await back.submit(ship_notice("4500000002", shipment="SHP-3"), "key-3")
        [number] = written(back)
        assert number not in given
        assert number > max(given)
        shown = (await control_show(back.context, partner="northmart"))["ours"]
        assert all("restored from the backup of" in str(one) for one in shown if one["kind"] == "interchange")
        rules = control_numbers.Rules()  # a pair that traded for the first time after the backup
        first = await back.context.store.write(lambda c: control_numbers.take(c, "ZZ:US>ZZ:NEW", "interchange", "live", rules))
        assert first == 51
    finally:
        await back.close()


async def test_what_was_about_to_leave_waits_for_a_person_and_goes_under_the_same_ids(
    world: World, tmp_path: Path, elsewhere: Callable[[], None]
):
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")] * 3
    await world.receive(an_order())
    await world.receive(an_order("4500000002", number=2))
    await world.submit(ship_notice(), work=False)
    assert gateway("-w", tmp_path, "backup", tmp_path / "copy").code == 0
    for _ in range(9):
        world.clock.pass_time(hours=1)
        await world.work()
    assert len(world.hub.events) == 2
    elsewhere()
    assert "held" in restore(tmp_path / "copy", tmp_path / "again").out
    back = await World.open(tmp_path / "again")
    try:
        back.clock.now = world.clock.now
        assert await back.work() >= 0
        assert (back.partner.received, {cause for _, cause in await back.held()}) == ([], {"restored"})
        [notice] = await back.rows(Thing.DOCUMENT, state="HELD")
        for delivery in await back.rows(Thing.DELIVERY, state="HELD"):
            await operations.resend(back.context, delivery["id"], "the hub does not have it")
        await operations.release(back.context, notice["id"], "it did not leave")
        await back.work()
        assert set(back.hub.events) <= set(world.hub.events)  # the hub drops what it has
        assert len(back.partner.received) == 1
        assert await back.held() == []
    finally:
        await back.close()


async def test_a_person_may_let_it_go_on(world: World, tmp_path: Path, elsewhere: Callable[[], None]):
    await world.receive(an_order())
    await world.submit(ship_notice(), work=False)
    assert gateway("-w", tmp_path, "backup", tmp_path / "copy").code == 0
    elsewhere()
    restore(tmp_path / "copy", tmp_path / "again", "--send")
    back = await World.open(tmp_path / "again")
    try:
        await back.work()
        assert len(back.partner.received) == 1
    finally:
        await back.close()


async def test_a_hub_that_had_read_further_in_the_feed_misses_nothing(world: World, tmp_path: Path, elsewhere: Callable[[], None]):
    def newest(connection: Connection) -> int:
        return int(connection.execute(select(func.max(FeedEntry.table().c.seq))).scalar_one())

    await world.receive(an_order())
    assert gateway("-w", tmp_path, "backup", tmp_path / "copy").code == 0
    for n in range(2, 5):
        await world.receive(an_order(f"450000000{n}", number=n))
    read_to = await world.context.store.read(newest)
    elsewhere()
    restore(tmp_path / "copy", tmp_path / "again")
    back = await World.open(tmp_path / "again")
    try:
        await back.receive(an_order("4500000009", number=9))
        fed = await operations.feed(back.context, after=read_to, limit=10, wait=0)
        assert len(fed["events"]) == 1
    finally:
        await back.close()


# What is refused


@pytest.fixture
async def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    world = await World.open(tmp_path / "w")
    kept = await world.context.store.keep(LARGE)
    await world.context.store.write(lambda c: world.context.store.payloads.insert(c, kept, world.clock.now))
    await world.close()
    assert gateway("-w", tmp_path / "w", "backup", tmp_path / "copy").code == 0
    return tmp_path / "copy"


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda copy: (copy / "manifest.json").unlink(), "no manifest.json"),
        (lambda copy: (copy / "database" / "gateway.db").write_bytes(b"x"), "gateway.db is missing or not as it was"),
        (lambda copy: (copy / "workspace" / "gateway.yaml").unlink(), "gateway.yaml is missing"),
        (lambda copy: [path.unlink() for path in (copy / "payloads").glob("??/*")], "1 payload files are missing"),
        (lambda copy: [path.write_bytes(b"x" * 90) for path in (copy / "payloads").glob("??/*")], "is damaged"),
    ],
)
async def test_a_backup_that_is_not_whole_is_refused_and_nothing_is_made(
    copy: Path, tmp_path: Path, harm: Callable[[Path], Any], told: str
):
    for path in (copy / "payloads").glob("??/*"):  # it is a second name of the live file, which a real damage would not touch
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data)
    harm(copy)
    done = gateway("restore", copy, "--to", tmp_path / "again")
    assert (done.code, told in done.err) == (1, True), done.err
    assert not (tmp_path / "again" / "data").exists()


async def test_nothing_that_is_there_is_overwritten(copy: Path, tmp_path: Path):
    assert "is there already" in gateway("restore", copy, "--to", tmp_path / "w").err
    assert "is there already" in gateway("-w", tmp_path / "w", "backup", copy).err
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "gateway.yaml").write_text((copy / "workspace" / "gateway.yaml").read_text() + "\n# ours\n")
    assert gateway("restore", copy, "--to", tmp_path / "again", "--json").json["filesThatDiffer"] == ["gateway.yaml"]
    assert (tmp_path / "again" / "gateway.yaml").read_text().endswith("# ours\n")


async def test_a_copy_is_of_one_moment_although_others_write(tmp_path: Path):
    """Two rows that are always written together are both there or not, in a copy that takes many steps."""
    from gateway.store.keeping.copies import copy_sqlite
    from gateway.store.store import Store

    store = Store.open(tmp_path / "data")
    with closing(store):
        await store.write(lambda c: c.execute(text("CREATE TABLE one (n INTEGER, pad BLOB)")).rowcount)
        await store.write(lambda c: c.execute(text("CREATE TABLE two (n INTEGER, pad BLOB)")).rowcount)

        def both(connection: Connection, n: int) -> None:
            for table in ("one", "two"):
                connection.execute(text(f"INSERT INTO {table} VALUES (:n, randomblob(20000))"), {"n": n})

        for n in range(200):
            await store.write(lambda c, n=n: both(c, n))
        import asyncio

        copying = asyncio.create_task(asyncio.to_thread(copy_sqlite, tmp_path / "data" / "gateway.db", tmp_path / "copy.db"))
        n = 200
        while not copying.done():
            await store.write(lambda c, n=n: both(c, n))
            n += 1
        await copying
        assert n > 200
    with closing(sqlite3.connect(tmp_path / "copy.db")) as found:
        counts = [found.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("one", "two")]
    assert 200 <= counts[0] == counts[1] <= n
