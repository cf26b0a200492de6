"""Circuits of destinations: when they open, how they come back, who sees it, what a person decides, and that nobody else is held up."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from gateway import operations
from gateway.errors import Cause, PermanentError, Refusal, TransientError
from gateway.operations.timeline import timeline
from gateway.service.health import HealthSurface
from gateway.states import Thing
from gateway.store import breakers
from gateway.store.breakers import Limits, Phase, answered, at_once, failed, find, phase_of
from gateway.store.jobs import NewJob, are_due, enqueue
from gateway.store.store import Store
from tests.chaos.outage import faults_of, run_outage
from tests.gateway.rows import NOON
from tests.gateway.world import GATEWAY_YAML, HubSink, World, an_order
from tests.support.waiting import eventually

DOWN = TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")
HUB = "sink:hub"
LIMITS = Limits()


async def _call(store: Store, outcome: str, now=NOON, limits: Limits = LIMITS) -> breakers.Change:
    """One character a call: 1 failed, 0 went."""
    change = breakers.Change()
    for one in outcome:
        call = partial(failed, cause=Cause.DESTINATION_UNREACHABLE) if one == "1" else answered
        change = await store.write(lambda c, call=call: call(c, HUB, now=now, limits=limits))
    return change


@pytest.mark.parametrize(
    ("calls", "opens"),
    [
        ("1111", False),
        ("11111", True),
        ("11110" * 2, False),  # 8 of the last 20, before which all went
        ("110" * 4 + "11", True),  # 10 of 20, never more than two in a row
        ("01" * 10, True),
        ("100" * 20, False),
        ("1" + "0" * 19, False),
    ],
)
async def test_a_circuit_opens_after_failures_in_a_row_or_half_of_the_last_calls(store: Store, calls: str, opens: bool):
    await _call(store, calls[:-1])
    row = await store.read(lambda c: find(c, HUB))
    assert row is None or row["open_until"] is None
    await _call(store, calls[-1])
    row = await store.read(lambda c: find(c, HUB))
    assert (row is not None and row["open_until"] is not None) is opens


async def test_who_is_healthy_has_no_row(store: Store):
    await _call(store, "0" * 5)
    assert await store.read(lambda c: find(c, HUB)) is None
    await _call(store, "1" + "0" * 20)
    assert await store.read(lambda c: find(c, HUB)) is None


async def test_it_is_tried_then_comes_back_with_more_and_more_at_once(store: Store):
    limits = Limits(ramp=2)
    await store.write(lambda c: enqueue(c, NOON, *(NewJob("deliver", str(n), NOON, destination=HUB) for n in range(3))))
    await _call(store, "11111", limits=limits)
    row = await store.read(lambda c: find(c, HUB))
    assert row
    assert (phase_of(row, NOON), at_once(row, 2)) == (Phase.OPEN, 1)
    later = NOON + timedelta(seconds=61)
    assert phase_of(row, later) is Phase.TRYING
    widths = []
    for _ in range(9):
        await _call(store, "0", later, limits)
        row = await store.read(lambda c: find(c, HUB))
        assert row
        assert phase_of(row, later) is Phase.CATCHING_UP
        widths.append(at_once(row, 2))
    assert widths == [1, 2, 2, 4, 4, 8, 8, 16, 16]
    await _call(store, "1", later, limits)
    row = await store.read(lambda c: find(c, HUB))
    assert row
    assert (phase_of(row, later), at_once(row, 2)) == (Phase.CATCHING_UP, 4)  # fewer again; four more would open it


async def test_who_fails_on_the_way_back_is_left_alone_again(store: Store):
    await store.write(lambda c: enqueue(c, NOON, NewJob("deliver", "1", NOON, destination=HUB)))
    await _call(store, "11111")
    later = NOON + timedelta(seconds=61)
    assert (await _call(store, "0", later)).closed
    assert (await _call(store, "1", later)).opened
    row = await store.read(lambda c: find(c, HUB))
    assert row
    assert phase_of(row, later) is Phase.OPEN


async def _hub_down(world: World, orders: int = 6, faults: int = 5) -> None:
    world.hub.faults = [DOWN for _ in range(faults)]
    for number in range(1, orders + 1):
        await world.receive(an_order(str(number), number=number))


async def test_while_the_hub_is_down_everybody_sees_it_and_the_rest_goes_on(world: World):
    """R42: intake, validation and acknowledgments go on; R34: visible and alarmed, once."""
    await _hub_down(world)
    status = await operations.status(world.context)
    [circuit], [told] = status["breakers"], (await operations.held(world.context))["held"]
    assert status["degraded"] == ["hub"]
    assert (circuit["state"], circuit["waiting"], circuit["recent"]) == ("open", 6, "11111")
    assert (told["thing"], told["cause"], told["owner"]) == ("alarm", "circuit-open", "operator")
    assert (told["about"], told["detail"]) == ("Deliveries to hub", "Destination unreachable: no connection")
    assert "gateway breaker" in told["nextAction"]
    assert len(world.partner.received) == 6  # every 997 went
    surface = HealthSurface(world.context, asyncio.Event())
    assert await surface._degraded() == ["sink"]  # nobody is named: it is for everybody
    await surface._measure()
    text = world.context.metrics.render()[0].decode()
    assert 'gateway_circuit{destination="sink:hub",state="open"} 1.0' in text
    assert not await world.context.store.read(lambda c: are_due(c, now=world.clock(), more_than=0))  # no reason to take nothing on

    world.clock.pass_time(seconds=61)
    await world.work()
    status = await operations.status(world.context)
    assert status["degraded"] == await world.held() == []
    assert world.hub.orders == [str(number) for number in range(1, 7)]
    actions = [event["action"] for event in (await timeline(world.context, HUB))["events"]]
    assert actions == ["destination.opened", "alarm.raised", "destination.closed", "alarm.resolved"]
    await surface._measure()
    assert "gateway_circuit{" not in world.context.metrics.render()[0].decode()


async def test_a_person_keeps_everything_away_and_lets_it_go_again(world: World):
    await operations.circuit_open(world.context, HUB, "the hub is being moved", by="ann")
    await world.receive(an_order())
    world.clock.pass_time(days=3)
    assert await world.work() == 0
    [circuit] = (await operations.circuits(world.context))["breakers"]
    assert (circuit["state"], circuit["reason"], circuit["waiting"]) == ("open", "the hub is being moved", 1)
    assert "triedAt" not in circuit
    assert (await operations.circuit_close(world.context, HUB, "moved", by="ann"))["state"] == "catching-up"
    await world.work()
    assert world.hub.orders == ["4500000001"]
    assert await world.held() == []
    opened, _, closed, _ = (await timeline(world.context, HUB))["events"]
    assert (opened["actor"], opened["data"]["reason"], closed["data"]["reason"]) == ("ann", "the hub is being moved", "moved")


async def test_what_cannot_be_decided_is_refused(world: World):
    for destination in ("sink:none", "hub", "partner:northmart:as2", "partner:nobody:folder", ""):
        with pytest.raises(Refusal) as refusal:
            await operations.circuit_open(world.context, destination, "why")
        assert refusal.value.cause is Cause.NOT_FOUND
    with pytest.raises(Refusal) as refusal:
        await operations.circuit_close(world.context, "partner:northmart:folder", "why")
    assert refusal.value.cause is Cause.CONFLICT


async def test_one_dead_subscriber_of_three_holds_nobody_up(tmp_path):
    """R36."""
    gateway = GATEWAY_YAML.replace("sinks:", "sinks:\n  crm: {kind: folder, path: crm}\n  store: {kind: folder, path: store}")
    world = await World.open(tmp_path, gateway=gateway)
    crm, store = HubSink(faults=[DOWN for _ in range(10_000)]), HubSink()
    world.context.sinks = {"hub": world.hub, "crm": crm, "store": store}
    wanted = [str(number) for number in range(1, 41)]
    for number in range(1, 41):
        await world.receive(an_order(str(number), number=number), work=number % 4 == 0)
    assert sorted(world.hub.orders, key=int) == sorted(store.orders, key=int) == wanted
    assert crm.calls <= 8  # its circuit opened; those under way just then failed too
    assert (await operations.status(world.context))["degraded"] == ["crm"]
    assert (await operations.counts(world.context))["lost"] == []
    crm.faults.clear()
    world.clock.pass_time(hours=1)
    await world.work()
    assert crm.orders[:8] == wanted[:8]  # one by one at first, then side by side
    assert sorted(crm.orders, key=int) == wanted
    await world.close()


async def test_a_subscriber_that_never_answers_holds_nobody_up(tmp_path):
    gateway = GATEWAY_YAML.replace("sinks:", "sinks:\n  slow: {kind: folder, path: slow}")
    world = await World.open(tmp_path, gateway=gateway)

    class Never(HubSink):
        async def deliver(self, event):
            await asyncio.Event().wait()

    world.context.sinks = {"hub": world.hub, "slow": Never()}
    running = asyncio.create_task(world.app.worker.run())
    for number in range(1, 61):
        await world.receive(an_order(str(number), number=number), work=False)
    await eventually(lambda: len(world.hub.events) == 60)
    world.app.worker.stop()
    await asyncio.wait([running], timeout=0.2)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await world.close()


async def test_wrong_credentials_hold_what_met_them_and_not_the_whole_queue(world: World):
    world.hub.faults = [PermanentError(Cause.CREDENTIALS_REFUSED, "HTTP 401") for _ in range(1000)]
    for number in range(1, 21):
        await world.receive(an_order(str(number), number=number))
    states = await world.states(Thing.DELIVERY, kind="sink")
    assert (states.count("HELD"), states.count("QUEUED")) == (5, 15)
    assert (await operations.status(world.context))["degraded"] == ["hub"]


async def test_half_an_hour_without_a_hub_in_small(tmp_path):
    """The chaos run `outage`, with few documents: intake goes on, catch-up by keys, urgent first, no stampede."""
    told = await run_outage(tmp_path, 100)
    assert faults_of(told) == []
    assert (told.waiting, told.keys) == (100, 40)  # 20 orders with their changes, and the stock of 20 warehouses
