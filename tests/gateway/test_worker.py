"""The engine: order, caps, circuits, leases, recovery, and what happens when the store itself fails."""

import asyncio
import time
from datetime import timedelta

import pytest

from gateway import operations
from gateway.errors import Cause, PermanentError, TransientError
from gateway.pipeline.outcome import Hold, Retry, classify
from gateway.pipeline.retry import wait_before
from gateway.states import Thing
from gateway.store import jobs, lookup
from gateway.store.claiming import Bounds, claim
from gateway.store.errors import LeaseLostError, StoreUnavailableError
from gateway.store.jobs import NewJob, enqueue, finish, free_all, put_off
from gateway.store.store import Store
from tests.gateway.conftest import BOTH
from tests.gateway.rows import NOON, transmission_row
from tests.gateway.world import World, an_order
from tests.support.waiting import eventually

DATABASES = BOTH

LEASE = timedelta(seconds=60)


async def _claimed(store: Store, now=NOON, *, cap: int = 4) -> list[str]:
    return [
        job.thing_id
        for job in await store.write(lambda c: claim(c, now, owner="w", lease=LEASE, own=10, deliveries=10, bounds=Bounds(cap, spare=0)))
    ]


async def _enqueue(store: Store, *new: NewJob) -> None:
    await store.write(lambda c: enqueue(c, NOON, *new))


async def test_the_urgent_goes_first_then_the_older(store: Store):
    await _enqueue(store, NewJob("k", "a", NOON, 50), NewJob("k", "b", NOON, 10), NewJob("k", "c", NOON, 50))
    assert await _claimed(store) == ["b", "a", "c"]


async def test_a_lane_runs_one_by_one_in_order(store: Store):
    await _enqueue(store, *(NewJob("k", name, NOON, lane="x") for name in "abc"), NewJob("k", "other", NOON, lane="y"))
    assert await _claimed(store) == ["a", "other"]
    assert await _claimed(store) == []
    await store.write(lambda c: finish(c, jobs.ClaimedJob(1, "k", "a", None, 0, {}, owner="w")))
    assert await _claimed(store) == ["b"]


async def test_a_job_that_waits_keeps_its_lane_behind_it(store: Store):
    await _enqueue(store, NewJob("k", "a", NOON, lane="x"), NewJob("k", "b", NOON, lane="x"))
    [a] = await store.write(lambda c: claim(c, NOON, owner="w", lease=LEASE, own=1, deliveries=0, bounds=Bounds(4)))
    await store.write(lambda c: put_off(c, a, NOON + timedelta(minutes=5)))
    assert await _claimed(store) == []
    assert await _claimed(store, NOON + timedelta(minutes=5)) == ["a"]


async def test_a_destination_gets_no_more_than_its_cap_at_once(store: Store):
    await _enqueue(store, *(NewJob("k", str(n), NOON, destination="hub") for n in range(6)), NewJob("k", "free", NOON))
    assert await _claimed(store, cap=2) == ["free", "0", "1"]
    assert await _claimed(store, cap=3) == ["2"]


async def test_the_same_work_is_queued_once(store: Store):
    await _enqueue(store, NewJob("k", "a", NOON), NewJob("k", "a", NOON), NewJob("other", "a", NOON))
    assert len(await _claimed(store)) == 2


async def test_what_is_not_ours_any_more_is_neither_finished_nor_put_off(store: Store):
    await _enqueue(store, NewJob("k", "a", NOON))
    [first] = await store.write(lambda c: claim(c, NOON, owner="slow", lease=LEASE, own=1, deliveries=0, bounds=Bounds(4)))
    later = NOON + timedelta(seconds=61)
    [second] = await store.write(lambda c: claim(c, later, owner="quick", lease=LEASE, own=1, deliveries=0, bounds=Bounds(4)))

    def half(connection):
        transmission_row(connection, "trn_twice")
        finish(connection, first)

    with pytest.raises(LeaseLostError):
        await store.write(half)
    with pytest.raises(LeaseLostError):
        await store.write(lambda c: put_off(c, first, later))
    assert await store.read(lambda c: lookup.by_id(c, "trn_twice")) is None
    await store.write(lambda c: finish(c, second))


async def test_a_worker_never_takes_what_it_has_whatever_the_clock_says(store: Store):
    await _enqueue(store, NewJob("k", "a", NOON))
    [job] = await store.write(lambda c: claim(c, NOON, owner="w", lease=LEASE, own=1, deliveries=0, bounds=Bounds(4)))
    jumped = NOON + timedelta(days=1)
    assert (
        await store.write(lambda c: claim(c, jumped, owner="w", lease=LEASE, own=1, deliveries=0, bounds=Bounds(4), running={job.seq}))
        == []
    )


async def test_what_one_partner_sent_is_worked_on_by_one_node_at_a_time(store: Store):
    await _enqueue(store, *(NewJob("inbound", f"{who}{n}", NOON, affinity=who) for who in ("north", "south") for n in (1, 2)))

    async def take(owner: str, own: int) -> list[str]:
        return [
            job.thing_id
            for job in await store.write(lambda c: claim(c, NOON, owner=owner, lease=LEASE, own=own, deliveries=0, bounds=Bounds(4)))
        ]

    assert await take("one", 1) == ["north1"]
    assert await take("two", 4) == ["south1", "south2"]
    assert await take("two", 4) == []
    assert await take("one", 4) == ["north2"]


async def test_a_lease_that_ran_out_is_claimed_again(store: Store):
    await _enqueue(store, NewJob("k", "a", NOON))
    assert await _claimed(store) == ["a"]
    assert await _claimed(store, NOON + timedelta(seconds=59)) == []
    assert await _claimed(store, NOON + timedelta(seconds=61)) == ["a"]


async def test_a_new_process_takes_up_what_the_old_one_had(store: Store):
    await _enqueue(store, NewJob("k", "a", NOON))
    await _claimed(store)
    assert await store.write(free_all) == 1
    assert await _claimed(store) == ["a"]


def test_the_schedule_counts_from_its_first_wait():
    from random import Random

    def waits(schedule):
        return [wait_before(schedule, n, jitter=0, random=Random(1)) for n in range(1, len(schedule) + 2)]

    assert waits((0, 30, 120)) == [30, 120, None, None]
    assert waits((60, 300)) == [60, 300, None]
    assert wait_before((), 1, jitter=0, random=Random(1)) is None


def test_jitter_only_makes_waits_longer_and_what_is_asked_for_is_kept():
    from random import Random

    random = Random(7)
    spread = [wait_before((100,), 1, jitter=0.2, random=random) for _ in range(50)]
    assert all(100 <= wait <= 120 for wait in spread)
    assert len(set(spread)) > 40
    assert wait_before((30,), 1, jitter=0, random=random, asked=90) == 90
    assert wait_before((30,), 1, jitter=0, random=random, asked=1) == 30
    assert wait_before((30,), 1, jitter=0, random=random, asked=1e9) == 86400


def test_exceptions_are_classified_by_their_type():
    assert classify(TransientError(Cause.DESTINATION_BUSY, "HTTP 503", after=7)) == Retry(Cause.DESTINATION_BUSY, "HTTP 503", 7)
    assert classify(PermanentError(Cause.DELIVERY_REFUSED, "HTTP 410")) == Hold(Cause.DELIVERY_REFUSED, "HTTP 410")
    assert classify(StoreUnavailableError("full")).cause is Cause.STORE_UNAVAILABLE
    assert classify(ConnectionError("text that looks like a broken pipe")) == Hold(Cause.INTERNAL_ERROR, "ConnectionError")


async def test_the_hub_down_and_back_everything_drains_in_order(world: World):
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection") for _ in range(5)]
    for number in range(1, 9):
        await world.receive(an_order(str(number), number=number))
    assert world.hub.calls == 5  # then the circuit is open and nobody knocks any more
    status = await operations.status(world.context)
    assert status["resting"] == ["sink:hub"]
    assert await world.work() == 0
    world.clock.pass_time(seconds=60)
    await world.work()
    assert world.hub.orders == [str(number) for number in range(1, 9)]
    assert world.hub.calls == 13
    assert (await operations.status(world.context))["resting"] == []
    assert (await operations.counts(world.context))["lost"] == []


async def test_a_destination_that_failed_is_told_before_its_circuit_opens(world: World):
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")]
    await world.receive(an_order("1", number=1))
    status = await operations.status(world.context)
    [told] = status["retrying"]
    assert (told["destination"], told["deliveries"], told["attempts"], told["detail"]) == ("sink:hub", 1, 1, "no connection")
    assert (status["resting"], told["owner"], told["nextAction"][:17]) == ([], "operator", "Retried by itself")
    world.clock.pass_time(hours=1)
    await world.work()
    assert (await operations.status(world.context))["retrying"] == []


async def test_while_the_circuit_is_tried_only_one_goes(world: World):
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection") for _ in range(6)]
    for number in range(1, 9):
        await world.receive(an_order(str(number), number=number))
    world.clock.pass_time(seconds=60)
    await world.work()
    assert world.hub.calls == 6
    assert (await operations.status(world.context))["resting"] == ["sink:hub"]


async def test_a_busy_hub_is_asked_again_when_it_says(world: World):
    world.hub.faults = [TransientError(Cause.DESTINATION_BUSY, "HTTP 429", after=300)]
    await world.receive(an_order())
    world.clock.pass_time(seconds=299)
    assert await world.work() == 0
    world.clock.pass_time(seconds=1)
    await world.work()
    assert world.hub.orders == ["4500000001"]


async def test_the_hub_drops_what_it_saw_when_an_answer_was_lost(world: World):
    taken = world.hub.deliver

    async def lost_answer(event):
        world.hub.deliver = taken
        await taken(event)
        raise TransientError(Cause.DESTINATION_UNREACHABLE, "broke off")

    world.hub.deliver = lost_answer
    await world.receive(an_order())
    world.clock.pass_time(seconds=60)
    await world.work()
    assert world.hub.calls == 2
    assert len(world.hub.events) == 1
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED"]


async def test_a_process_that_died_in_the_middle_is_taken_up(tmp_path):
    """What one worker claimed and never finished, the next one does, once."""
    first = await World.open(tmp_path)
    await first.receive(an_order(), work=False)
    claimed = await first.app.worker._claim(10, 10)
    assert [job.kind for job in claimed] == ["inbound"]
    await first.close()
    second = await World.open(tmp_path)
    assert await second.work() == 0  # its lease still runs
    await second.context.store.write(free_all)
    await second.work()
    assert second.hub.orders == ["4500000001"]
    await second.close()


async def test_a_store_that_fails_for_a_while_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch):
    await world.receive(an_order(), work=False)
    write, failures = world.context.store.write, [2]

    async def failing(work, **options):
        if getattr(work, "__qualname__", "").startswith("Inbound.run") and failures[0]:
            failures[0] -= 1
            raise StoreUnavailableError("disk full")
        return await write(work, **options)

    monkeypatch.setattr(world.context.store, "write", failing)
    for _ in range(3):
        await world.work()
        world.clock.pass_time(seconds=2)
    assert world.hub.orders == ["4500000001"]
    assert len(world.partner.received) == 1


async def test_the_running_worker_wakes_for_work_and_stops_in_order(world: World):
    running = asyncio.create_task(world.app.worker.run())
    await world.receive(an_order(), work=False)
    await eventually(lambda: world.hub.calls and world.partner.received)
    world.app.worker.stop()
    await asyncio.wait_for(running, 60)
    assert world.hub.orders == ["4500000001"]
    assert (await operations.status(world.context))["jobs"] == {}


async def test_a_stop_does_not_wait_for_ever_and_loses_nothing(world: World):
    async def never(_event):
        await asyncio.Event().wait()

    world.hub.deliver = never
    await world.receive(an_order(), work=False)
    running = asyncio.create_task(world.app.worker.run())

    async def only_that_is_left() -> bool:
        return (await operations.status(world.context))["jobs"] == {"deliver": 1}

    await eventually(only_that_is_left)
    world.app.worker.stop()
    done, _ = await asyncio.wait([running], timeout=0.2)
    assert not done
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await operations.status(world.context))["jobs"] == {"deliver": 1}
    assert (await operations.counts(world.context))["lost"] == []


async def test_what_a_partner_sends_is_committed_in_the_order_in_which_it_came(world: World, monkeypatch: pytest.MonkeyPatch):
    from gateway.pipeline import inbound

    read, order = inbound.read_payload, list(range(1, 13))

    def the_first_is_the_slowest(active, payload, about, **more):
        time.sleep(0.02 if b"4500000000" in payload else 0)
        return read(active, payload, about, **more)

    monkeypatch.setattr(inbound, "read_payload", the_first_is_the_slowest)
    await world.receive(an_order("4500000000", number=1000), work=False)
    await world.receive(b"no interchange", work=False)
    for number in order:
        await world.receive(an_order(str(number), number=number), work=False)
    await world.work()
    feed = await operations.feed(world.context)
    assert [event["data"]["purchaseOrderNumber"] for event in feed["events"]] == ["4500000000", *map(str, order)]


async def test_one_that_fails_lets_the_next_go_on(world: World):
    await world.receive(b"no interchange", work=False)
    await world.receive(an_order("1"), work=False)
    await world.work()
    assert world.hub.orders == ["1"]
    assert await world.held() == [("transmission", "unreadable")]


async def test_the_books_balance_and_a_lost_thing_is_named(world: World):
    from sqlalchemy import text

    await world.receive(an_order("1", number=1))
    received = await world.receive(an_order("2", number=2), work=False)
    counted = await operations.counts(world.context)
    assert counted["lately"] == {"transmission": 2, "document": 0, "delivery": 2}
    assert counted["waiting"]["transmission"] == 1
    assert counted["lost"] == []
    await world.context.store.write(lambda c: c.execute(text("DELETE FROM job")).rowcount)
    assert (await operations.counts(world.context))["lost"] == [received.transmission_id]


async def test_a_clock_that_goes_back_after_a_claim_keeps_no_delivery_waiting(world: World):
    await world.receive(an_order(), work=False)
    worker = world.app.worker
    for job in await worker._claim(16, 0) or ():
        await worker._work(job)
    going = await worker._claim(0, 96) or []
    assert len(going) == 2  # the order to the hub, the 997 to the partner
    world.clock.pass_time(hours=-2)
    async with asyncio.timeout(60):
        await asyncio.gather(*(worker._work(job) for job in going))
    assert world.hub.orders == ["4500000001"]
    assert world.partner.sets() == ["997"]
