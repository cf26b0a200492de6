"""Two processes on one PostgreSQL: a control number is given out once, an interchange is taken once, a batch leaves once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.pipeline.receive import Incoming, receive
from gateway.states import Thing
from gateway.store import control_numbers, seen
from gateway.store.control_numbers import Rules
from gateway.store.seen import Envelope
from gateway.store.store import Store
from tests.gateway.rows import NOON
from tests.gateway.world import World, an_order, ship_notice
from tests.support.postgresql import fresh_database, fresh_url


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    with (
        fresh_database() as database,
        closing(Store.open(tmp_path / "one", database)) as one,
        closing(Store.open(tmp_path / "two", database)) as two,
    ):
        yield one, two


@pytest.fixture
async def worlds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[World, World]]:
    with fresh_url() as url:
        monkeypatch.setenv("GATEWAY_DATABASE__URL", url)
        one, two = await World.open(tmp_path), await World.open(tmp_path)
        two.clock = one.clock
        two.context.clock = one.clock
        yield one, two
        await one.close()
        await two.close()


async def test_a_control_number_is_given_out_once_and_none_is_left_out(stores: tuple[Store, Store]):
    def work(connection):
        return control_numbers.take(connection, "A>B", "interchange", "live", Rules())

    taken = await asyncio.gather(*(store.write(work) for _ in range(150) for store in stores))
    assert sorted(taken) == list(range(1, 301))


async def test_a_rollover_that_two_meet_happens_once(stores: tuple[Store, Store]):
    def work(connection):
        return control_numbers.take(connection, "A>B", "interchange", "live", Rules(highest=40))

    taken = await asyncio.gather(*(store.write(work) for _ in range(50) for store in stores))
    assert Counter(taken) == Counter([*range(1, 41), *range(1, 41), *range(1, 21)])


async def test_of_two_that_take_the_same_interchange_one_is_first(stores: tuple[Store, Store]):
    envelope = Envelope("x12", "ZZ:THEM", "ZZ:US", "live", "000000001")

    def look(name: str):
        def work(connection):
            first = seen.first(connection, envelope, "sha", name, NOON)
            return first.transmission_id if first else name

        return work

    found = await asyncio.gather(*(store.write(look(f"trn_{number}")) for number, store in enumerate(stores * 10)))
    assert len(set(found)) == 1


async def test_the_same_file_by_two_doors_of_two_processes_has_one_effect(worlds: tuple[World, World]):
    for world, door in zip(worlds, ("as2", "sftp"), strict=True):
        await receive(world.context, Incoming(door, "northmart", an_order()))
    await asyncio.gather(*(world.work() for world in worlds))
    for world in worlds:
        await world.work()
    assert sorted(await worlds[0].states(Thing.TRANSMISSION, direction="inbound")) == ["DUPLICATE", "OPENED"]
    assert sum(world.hub.calls for world in worlds) == 1


async def test_a_batch_whose_moment_two_see_leaves_once(worlds: tuple[World, World]):
    one, two = worlds
    for world in worlds:
        world.agree("notices", batch={"schedule": {"every": "1h"}, "max_sets": 2, "when_full": "wait"})
    for number in range(1, 6):
        world = worlds[number % 2]
        await world.submit(ship_notice(f"45{number}", shipment=f"SHP-{number}"), f"key-{number}", partner="northmart")
    one.clock.now += timedelta(hours=1)
    await asyncio.gather(one.work(), two.work())
    for world in (*worlds, *worlds):
        await world.work()
    sent = [data for world in worlds for data in world.partner.received]
    assert sum(data.count(b"ST*856") for data in sent) == 5
    assert len(sent) == 3
    assert len({data.split(b"*")[13] for data in sent}) == 3
    assert await one.states(Thing.DOCUMENT) == ["SENT"] * 5


async def test_sequences_taken_in_any_order_by_two_processes_block_nobody_for_ever(stores: tuple[Store, Store]):
    """Several transactions share a commit, so two nodes may each wait for a row of the other: one of them is run again."""

    def take(scope: str):
        return lambda connection: control_numbers.take(connection, scope, "interchange", "live", Rules())

    scopes = [f"S{number}" for number in range(6)]
    orders = (scopes, scopes[::-1])
    taken = await asyncio.gather(
        *(store.write(take(scope)) for _ in range(15) for store, order in zip(stores, orders, strict=True) for scope in order)
    )
    assert Counter(taken) == Counter({number: len(scopes) for number in range(1, 31)})
