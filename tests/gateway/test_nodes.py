"""Several processes on one PostgreSQL database: who claims, who leads, what they tell each other, and how a new release takes over."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway import operations
from gateway.app import App, RoleError
from gateway.clock import system_clock
from gateway.errors import Cause, TransientError
from gateway.pipeline.membership import Membership
from gateway.roles import Role
from gateway.settings import parse_settings
from gateway.states import Thing
from gateway.store import jobs, keys, lookup, nodes
from gateway.store.claiming import Bounds, claim
from gateway.store.database import NEWEST, migrate, version_of
from gateway.store.ending import append_to_feed
from gateway.store.errors import SchemaError, StoreUnavailableError
from gateway.store.hearing import Hearing
from gateway.store.jobs import NewJob, enqueue
from gateway.store.postgresql import Postgresql
from gateway.store.schema import FeedEntry
from gateway.store.store import Store
from tests.gateway.command_line import gateway
from tests.gateway.rows import NOON, transmission_row
from tests.gateway.world import GATEWAY_YAML, World, an_order
from tests.support.postgresql import fresh_database, fresh_url
from tests.support.waiting import eventually

LEASE = timedelta(seconds=60)


@pytest.fixture
def database() -> Iterator[Postgresql]:
    with fresh_database() as made:
        yield made


@pytest.fixture
def stores(database: Postgresql, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    with closing(Store.open(tmp_path / "one", database)) as one, closing(Store.open(tmp_path / "two", database)) as two:
        yield one, two


@pytest.fixture
async def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[World, World]]:
    """Two processes of one machine over one workspace, as far as one process can be two."""
    with fresh_url() as url:
        monkeypatch.setenv("GATEWAY_DATABASE__URL", url)
        one, two = await World.open(tmp_path), await World.open(tmp_path)
        yield one, two
        await one.close()
        await two.close()


async def test_no_job_is_claimed_twice(stores: tuple[Store, Store]):
    await stores[0].write(lambda c: enqueue(c, NOON, *(NewJob("k", str(n), NOON) for n in range(120))))

    async def some(store: Store, owner: str) -> list[str] | None:
        found = await store.write(lambda c: claim(c, NOON, owner=owner, lease=LEASE, own=7, deliveries=0, bounds=Bounds(4)), alone=True)
        return None if found is None else [job.thing_id for job in found]

    async def rest(store: Store, owner: str) -> list[str]:
        taken: list[str] = []
        while (found := await some(store, owner)) != []:
            taken += found or []
        return taken

    first = [await some(stores[0], "one") or [], await some(stores[1], "two") or []]
    assert [len(taken) for taken in first] == [7, 7]
    one, two = await asyncio.gather(rest(stores[0], "one"), rest(stores[1], "two"))
    assert sorted(first[0] + first[1] + one + two, key=int) == [str(n) for n in range(120)]


async def test_the_feed_never_shows_a_number_before_a_smaller_one(stores: tuple[Store, Store], database: Postgresql, tmp_path: Path):
    seen: list[int] = []
    done = threading.Event()
    feed = FeedEntry.table()

    def read_on() -> None:
        with closing(Store.open(tmp_path / "reader", database)) as store:
            last_look = False
            while True:
                after = seen[-1] if seen else 0
                newer = select(feed.c.seq).where(feed.c.seq > after).order_by(feed.c.seq)
                rows = store.read_now(lambda c, newer=newer: c.execute(newer).scalars().all())
                seen.extend(rows)
                if last_look:
                    return
                last_look = done.is_set()

    reader = threading.Thread(target=read_on)
    reader.start()
    writes = [store.write(lambda c, n=n: append_to_feed(c, f"doc_{n}", NOON)) for n in range(150) for store in stores]
    await asyncio.gather(*writes)
    done.set()
    await asyncio.to_thread(reader.join)
    assert len(seen) == 300
    assert seen == sorted(set(seen))


async def test_what_fails_leaves_nothing_in_the_feed(stores: tuple[Store, Store]):
    def wrong(connection) -> None:
        append_to_feed(connection, "doc_wrong", NOON)
        raise LookupError("a fault of one function")

    results = await asyncio.gather(
        stores[0].write(wrong), stores[0].write(lambda c: append_to_feed(c, "doc_right", NOON)), return_exceptions=True
    )
    assert isinstance(results[0], LookupError)
    assert await stores[1].read(lambda c: c.execute(text("SELECT document_id FROM feed_entry")).scalars().all()) == ["doc_right"]


async def test_a_key_that_two_nodes_take_at_once_stands_for_one_thing(stores: tuple[Store, Store]):
    both_looked = threading.Barrier(2, timeout=60)
    tries: list[str] = []

    def take(connection, mine: str) -> str:
        known = keys.find(connection, "hub", "key-1")
        tries.append(mine)
        if len(tries) <= 2:
            both_looked.wait()  # neither sees the other's
        if known is not None:
            return known.document_id
        keys.remember(connection, "hub", "key-1", "sha", mine, NOON)
        return mine

    one, two = await asyncio.gather(stores[0].write(lambda c: take(c, "doc_1")), stores[1].write(lambda c: take(c, "doc_2")))
    assert one == two
    assert len(tries) == 3  # who came second ran again, and found the first


async def test_who_locks_each_other_out_both_come_through(stores: tuple[Store, Store]):
    for name in ("trn_a", "trn_b"):
        await stores[0].write(lambda c, name=name: transmission_row(c, name))
    both_hold = threading.Barrier(2, timeout=60)
    runs: list[str] = []

    def touch(connection, first: str, second: str) -> None:
        runs.append(first)
        connection.execute(text(f"UPDATE transmission SET detail = 'x' WHERE id = '{first}'"))
        if len(runs) <= 2:
            both_hold.wait()
        connection.execute(text(f"UPDATE transmission SET detail = 'y' WHERE id = '{second}'"))

    await asyncio.gather(
        stores[0].write(lambda c: touch(c, "trn_a", "trn_b")),
        stores[1].write(lambda c: touch(c, "trn_b", "trn_a")),
    )
    assert len(runs) > 2  # the one that lost ran again


async def test_a_server_that_hangs_up_is_called_again(stores: tuple[Store, Store]):
    await stores[0].write(lambda c: transmission_row(c, "trn_1"))
    await stores[0].read(lambda c: lookup.by_id(c, "trn_1"))
    hang_up = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    await stores[1].write(lambda c: c.execute(text(hang_up)))
    with pytest.raises(StoreUnavailableError):
        await stores[0].write(lambda c: transmission_row(c, "trn_2"))
    await stores[0].write(lambda c: transmission_row(c, "trn_2"))
    assert await stores[0].read(lambda c: lookup.by_id(c, "trn_2")) is not None


async def test_one_leads_and_when_it_is_gone_another_does(database: Postgresql):
    one, two, never = (Hearing(database, lambda _channel: None, may_lead=may) for may in (True, True, False))
    never.start()
    one.start()
    await eventually(lambda: one.leads)
    two.start()
    await asyncio.sleep(0.7)
    assert (two.leads, never.leads) == (False, False)
    await asyncio.to_thread(one.close)
    await eventually(lambda: two.leads)
    for hearing in (two, never):
        await asyncio.to_thread(hearing.close)


async def test_work_on_one_node_wakes_the_other(worlds: tuple[World, World]):
    one, two = worlds
    member = Membership(two.context, Role.WORKER, id_="own_two")
    two.context.signals.work.clear()
    await member.begin()
    await eventually(two.context.signals.work.is_set)  # it listens, and takes note once of what it may have missed
    two.context.signals.work.clear()
    await one.receive(an_order(), work=False)
    await eventually(two.context.signals.work.is_set)
    await two.work()
    assert two.hub.orders == ["4500000001"]
    assert [row["role"] for row in await two.context.store.read(nodes.listed)] == ["worker"]
    await member.end()
    assert await two.context.store.read(nodes.listed) == []


async def test_what_is_applied_on_one_node_is_in_force_on_the_other(worlds: tuple[World, World], tmp_path: Path):
    one, two = worlds
    member = Membership(two.context, Role.WORKER, id_="own_two")
    await member.begin()
    files = dict(one.context.workspace.files)
    files["partners/northmart/partner.yaml"] = files["partners/northmart/partner.yaml"].replace(
        b"name: Northmart", b"name: Northmart Stores"
    )
    await operations.apply(one.context, files, by="analyst", reason="its name")
    await eventually(lambda: two.context.workspace.partners["northmart"].name == "Northmart Stores")
    await member.end()


async def test_two_nodes_work_side_by_side_and_nothing_comes_twice(worlds: tuple[World, World]):
    one, two = worlds
    for number in range(12):
        await worlds[number % 2].receive(an_order(f"45{number:08}", number=number + 1), work=False)
    await asyncio.gather(one.work(), two.work())
    await asyncio.gather(one.work(), two.work())  # what the one queued while the other had ended
    assert sorted(one.hub.orders + two.hub.orders) == [f"45{number:08}" for number in range(12)]
    numbers = [row["control_number"] for row in await one.rows(Thing.TRANSMISSION, direction="outbound")]
    assert len(set(numbers)) == 12


async def test_a_node_that_stops_gives_back_what_it_had(stores: tuple[Store, Store]):
    await stores[0].write(lambda c: enqueue(c, NOON, NewJob("k", "a", NOON)))
    await stores[0].write(lambda c: claim(c, NOON, owner="one", lease=LEASE, own=1, deliveries=0, bounds=Bounds(4)))
    assert await stores[0].write(lambda c: jobs.free(c, "one")) == 1
    [job] = await stores[1].write(lambda c: claim(c, NOON, owner="two", lease=LEASE, own=1, deliveries=0, bounds=Bounds(4)))
    assert job.thing_id == "a"


async def test_a_clock_that_was_ahead_is_noticed_by_what_a_dead_node_left(world: World):
    """It died before its heart beat again: what it queued and took tells."""
    member = Membership(world.context, Role.ALL, id_="own_1")
    await member.begin()
    await world.receive(an_order("1"), work=False)
    world.clock.pass_time(minutes=10)
    await world.receive(an_order("2", number=2), work=False)
    ahead = world.clock()
    left = await world.context.store.write(lambda c: claim(c, ahead, owner="dead", lease=LEASE, own=1, deliveries=0, bounds=Bounds(4)))
    assert left
    world.clock.pass_time(minutes=-10, seconds=10)
    assert await world.work() == 0
    await member.look()
    world.clock.pass_time(seconds=LEASE.total_seconds() + 1)
    await world.work()
    assert sorted(world.hub.orders) == ["1", "2"]
    await member.end()


async def test_when_the_clock_went_back_nothing_waits_for_moments_it_has_written(world: World):
    member = Membership(world.context, Role.ALL, id_="own_1")
    world.clock.pass_time(hours=2)  # it is ahead, and nobody knows
    await member.begin()
    await world.receive(an_order(), work=False)
    world.hub.faults.append(TransientError(Cause.DESTINATION_UNREACHABLE, "down"))
    await world.work()
    left = await world.context.store.write(
        lambda c: claim(c, world.clock() + LEASE, owner="dead", lease=LEASE, own=0, deliveries=9, bounds=Bounds(4))
    )
    assert left
    world.clock.pass_time(hours=-2)
    await member.look()
    world.clock.pass_time(minutes=4)
    await world.work()
    assert world.hub.orders == ["4500000001"]


async def test_with_sqlite_one_process_does_it_all(tmp_path: Path):
    (tmp_path / "gateway.yaml").write_text(GATEWAY_YAML)
    with pytest.raises(RoleError, match="PostgreSQL"):
        await App.open(tmp_path, parse_settings(GATEWAY_YAML), role=Role.WORKER)


def test_a_database_of_an_older_release_is_migrated_by_a_person_when_no_old_node_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with fresh_database(empty=True) as database:
        monkeypatch.setenv("GATEWAY_DATABASE__URL", database.url.render_as_string(hide_password=False).replace("+psycopg", ""))
        (tmp_path / "gateway.yaml").write_text(GATEWAY_YAML)
        engine = database.writer()
        migrate(engine, "0005")
        with engine.begin() as connection:
            transmission_row(connection, "trn_old")
            row = {"id": "own_old", "role": "all", "host": "old", "pid": 1, "release": "0.0.9", "state": "running", "is_leader": True}
            nodes.beat(connection, {**row, "started_at": NOON, "seen_at": system_clock()})
        with pytest.raises(SchemaError, match=f"0005, this release needs {NEWEST}"):
            Store.open(tmp_path / "data", database)
        refused = gateway("-w", tmp_path, "migrate")
        assert refused.code == 1
        assert "nodes still run: all 1 on old (release 0.0.9)" in refused.err
        with engine.begin() as connection:
            nodes.leave(connection, "own_old")  # it was stopped
        done = gateway("-w", tmp_path, "migrate")
        assert done.code == 0, done.err
        assert f"from 0005 to revision {NEWEST}" in done.out
        assert "nothing to do" in gateway("-w", tmp_path, "migrate").out
        with engine.connect() as connection:
            assert version_of(connection) == NEWEST
        engine.dispose()
        with closing(Store.open(tmp_path / "data", database)) as store:
            assert store.read_now(lambda c: lookup.by_id(c, "trn_old")) is not None


def test_the_doctor_says_how_the_server_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    assert gateway("init", tmp_path / "w").code == 0

    def said() -> dict[str, str]:
        return next(check for check in gateway("-w", tmp_path / "w", "doctor", "--json").json["checks"] if check["name"] == "database")

    with fresh_url() as url:
        monkeypatch.setenv("GATEWAY_DATABASE__URL", url)
        assert said()["status"] == "ok"
    gone = said()  # the database is dropped
    assert gone["status"] == "fault"
    assert "nextAction" in gone
