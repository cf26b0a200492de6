"""Outcome policy as data: which schedule holds, chance in it, the time for all attempts, and that the final state is always written."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import text

from gateway import operations
from gateway.errors import Cause, TransientError
from gateway.pipeline.retry import wait_before
from gateway.pipeline.rules import rules_of
from gateway.pipeline.urgency import ACKNOWLEDGMENT, priority_of
from gateway.policy import GIVE_UP, SCHEDULES, Urgency, Way
from gateway.settings import SettingsError, parse_settings
from gateway.states import Thing
from gateway.store.errors import StoreUnavailableError
from gateway.store.jobs import NewJob, enqueue
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, an_order, ship_notice

GOODS, DATA = priority_of("Order"), priority_of("InventoryReport")


def test_the_table_is_closed_and_goods_are_tried_again_sooner():
    for way in Way:
        assert SCHEDULES[way].keys() == set(Urgency)
        retries = {urgency: [wait for wait in waits if wait] for urgency, waits in SCHEDULES[way].items()}
        for urgency in Urgency:
            assert sum(retries[Urgency.GOODS][:3]) <= sum(retries[urgency][:3])
        assert sum(retries[Urgency.DATA]) < GIVE_UP[way]
    assert SCHEDULES[Way.HUB][Urgency.DATA] == (0, 30, 120, 600, 3600, 14400, 43200)  # settings 2.6
    assert SCHEDULES[Way.PARTNER][Urgency.ANSWERS] == (60, 300, 900, 3600, 14400)


def test_full_jitter_is_anything_up_to_the_wait_and_never_before_what_was_asked_for():
    random = Random(3)
    waits = [wait_before((100,), 1, jitter="full", random=random) or 0 for _ in range(400)]
    assert all(0 <= wait <= 100 for wait in waits)
    assert 40 < sum(waits) / len(waits) < 60
    assert min(waits) < 5
    assert max(waits) > 95
    assert all((wait_before((100,), 1, jitter="full", random=random, asked=90) or 0) >= 90 for _ in range(50))
    assert parse_settings("{}").timing.jitter == "full"
    with pytest.raises(SettingsError):
        parse_settings("timing: {jitter: most}")


async def test_what_is_nearer_wins(tmp_path):
    gateway = GATEWAY_YAML.replace("timing: {jitter: 0}", "timing: {jitter: 0, partner_retries: [7]}\npolicy: {hub: {data: [9, 9]}}")
    gateway = gateway.replace("path: hub}", "path: hub, give_up: 60, rate: 30/minute, concurrency: 2}")
    gateway = gateway.replace("sinks:", "sinks:\n  other: {kind: folder, path: other, retries: [1, 2]}")
    agreed = "delivery: {folder: {retries: [1m, 2h], rate: 5/second, give_up: 1d}}"
    partner = PARTNER_YAML.replace("{drop: {folder: to-northmart}}}", f"{{drop: {{folder: to-northmart}}}}, {agreed}}}")
    world = await World.open(tmp_path, gateway=gateway, partner=partner)
    hub, data = rules_of(world.context, "sink:hub", GOODS), rules_of(world.context, "sink:hub", DATA)
    assert (hub.waits, hub.give_up, hub.concurrency, hub.rate) == (SCHEDULES[Way.HUB][Urgency.GOODS], 60, 2, 0.5)
    assert data.waits == (9, 9)
    assert rules_of(world.context, "sink:other", DATA).waits == (1, 2)
    theirs = rules_of(world.context, "partner:northmart:folder", ACKNOWLEDGMENT)
    assert (theirs.waits, theirs.give_up, theirs.concurrency, theirs.rate) == ((60, 7200), 86400, 4, 5)
    assert rules_of(world.context, "partner:northmart:as2", GOODS).waits == (7,)
    assert rules_of(world.context, "mdn:northmart", ACKNOWLEDGMENT).give_up == GIVE_UP[Way.PARTNER]
    await world.close()


async def test_an_order_goes_again_before_an_invoice_would(world: World):
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")]
    await world.receive(an_order())
    world.clock.pass_time(seconds=5)
    await world.work()
    assert world.hub.orders == ["4500000001"]


async def test_the_time_for_all_attempts_ends_what_uses_up_none(tmp_path):
    """While the circuit is open no attempt counts; without this a delivery would be tried every minute for ever."""
    gateway = GATEWAY_YAML.replace("path: hub}", "path: hub, give_up: 3600}")
    world = await World.open(tmp_path, gateway=gateway)
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection") for _ in range(1000)]
    await world.receive(an_order())
    looks = 0
    while "HELD" not in await world.states(Thing.DELIVERY, kind="sink") and looks < 500:
        world.clock.pass_time(seconds=60)
        await world.work()
        looks += 1
    assert 58 <= looks <= 62
    [delivery] = await world.rows(Thing.DELIVERY, kind="sink")
    assert (delivery["state"], delivery["cause"], delivery["detail"]) == ("HELD", "retries-exhausted", "no connection; tried for 1 h")
    await world.close()


async def test_work_of_a_kind_that_nobody_knows_is_held_at_once(world: World):
    received = await world.receive(an_order(), work=False)
    await world.context.store.write(lambda c: c.execute(text("UPDATE job SET kind = 'of-an-older-release'")).rowcount)
    await world.work()
    assert (await world.one(Thing.TRANSMISSION, id=received.transmission_id))["detail"] == "no such work: of-an-older-release"
    assert await world.held() == [("transmission", "internal-error")]
    assert (await operations.status(world.context))["jobs"] == {}
    assert (await operations.counts(world.context))["lost"] == []


async def test_work_on_a_thing_that_is_gone_goes_too(world: World):
    for thing in ("dlv_gone", "trn_gone", "nothing at all"):
        await world.context.store.write(lambda c, thing=thing: enqueue(c, world.clock(), NewJob("of-old", thing, world.clock())))
    await world.work()
    assert (await operations.status(world.context))["jobs"] == {}


@pytest.mark.parametrize("fault", [RuntimeError("a fault of ours"), AssertionError()])
async def test_a_step_that_fails_while_it_holds_is_held_without_it(world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception):
    step = world.app.worker._steps["deliver"]

    def broken(*_):
        raise fault

    monkeypatch.setattr(step, "hold", broken)
    world.hub.faults = [ValueError("not known")]
    await world.receive(an_order())
    [delivery] = await world.rows(Thing.DELIVERY, kind="sink")
    assert (delivery["state"], delivery["cause"], delivery["detail"]) == ("HELD", "internal-error", type(fault).__name__)
    assert "delivery.held" in await world.actions(delivery["id"])
    assert (await operations.counts(world.context))["lost"] == []


async def test_a_step_that_fails_while_it_puts_off_is_held_too(world: World, monkeypatch: pytest.MonkeyPatch):
    def broken(*_):
        raise KeyError("a fault of ours")

    monkeypatch.setattr(world.app.worker._steps["deliver"], "put_off", broken)
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")]
    await world.receive(an_order())
    assert await world.states(Thing.DELIVERY, kind="sink") == ["HELD"]
    assert (await operations.status(world.context))["jobs"] == {}


async def test_attempts_beyond_all_bounds_end_at_once(world: World):
    await world.receive(an_order(), work=False)
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")]
    await world.app.worker._work((await world.app.worker._claim(10, 0))[0])
    await world.context.store.write(lambda c: c.execute(text("UPDATE job SET attempts = 2000000000")).rowcount)
    await world.work()
    assert await world.held() == [("delivery", "retries-exhausted")]


async def test_a_store_that_fails_while_the_end_is_written_leaves_the_work(world: World, monkeypatch: pytest.MonkeyPatch):
    """What cannot be written is not told: the row stays, and after its lease the work is done again."""
    write = world.context.store.write

    async def failing(work, **options):
        if "settle" in getattr(work, "__qualname__", ""):
            raise StoreUnavailableError("disk full")
        return await write(work, **options)

    monkeypatch.setattr(world.context.store, "write", failing)
    world.hub.faults = [ValueError("not known")]
    await world.receive(an_order())
    monkeypatch.setattr(world.context.store, "write", write)
    assert await world.states(Thing.DELIVERY, kind="sink") == ["QUEUED"]
    world.clock.now += timedelta(seconds=world.context.settings.timing.lease + 1)
    await world.work()
    assert world.hub.orders == ["4500000001"]


async def test_an_mdn_that_nobody_waits_for_any_more_is_a_persons(world: World, monkeypatch: pytest.MonkeyPatch):
    """A fault in the wait itself must not leave a delivery that waits for ever."""
    await world.receive(an_order())
    await world.submit(ship_notice())
    [sent] = [row for row in await world.rows(Thing.DELIVERY, kind="partner") if row["document_id"]]
    await world.context.store.write(
        lambda c: c.execute(text("UPDATE delivery SET state = 'AWAITING_MDN' WHERE id = :id"), {"id": sent["id"]}).rowcount
    )
    assert (await operations.counts(world.context))["lost"] == [sent["id"]]  # nothing waits for it
    await world.context.store.write(lambda c: enqueue(c, world.clock(), NewJob("mdn-due", sent["id"], world.clock())))
    assert (await operations.counts(world.context))["lost"] == []

    def broken(*_):
        raise ValueError

    monkeypatch.setattr(world.app.worker._steps["mdn-due"], "_decide", broken)
    await world.work()
    row = await world.one(Thing.DELIVERY, id=sent["id"])
    assert (row["state"], row["cause"]) == ("OVERDUE", "internal-error")
