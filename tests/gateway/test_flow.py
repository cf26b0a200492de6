"""What goes first, who takes turns with whom, how fast a destination is called: claims, rates, pauses, and the look at unread bytes."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from gateway import operations
from gateway.errors import Cause, TransientError
from gateway.payload import StoredPayload
from gateway.pipeline.gate import Gate
from gateway.pipeline.peek import LOOK, urgency_of_bytes, urgency_of_payload
from gateway.pipeline.rules import bounds_of
from gateway.pipeline.urgency import ACKNOWLEDGMENT, INBOUND, priority_of
from gateway.states import Thing
from gateway.store.claiming import Bounds, claim
from gateway.store.jobs import NewJob, enqueue, finish
from gateway.store.store import Store
from tests.gateway.rows import NOON
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, an_order, functional_ack, interchange, purchase_order

LEASE = timedelta(seconds=60)
GOODS, DATA = priority_of("Order"), priority_of("InventoryReport")
HUB = "sink:hub"


async def _claim(store: Store, now=NOON, *, own: int = 10, deliveries: int = 10, background: int | None = None, **bounds):
    limits = Bounds(**{"cap": 100, **bounds})
    return await store.write(
        lambda c: claim(c, now, owner="w", lease=LEASE, own=own, deliveries=deliveries, background=background, bounds=limits)
    )


async def _enqueue(store: Store, *new: NewJob) -> None:
    for begin in range(0, len(new), 500):
        await store.write(lambda c, begin=begin: enqueue(c, NOON, *new[begin : begin + 500]))


async def test_partners_take_turns_within_one_urgency(store: Store):
    flood = [NewJob("inbound", f"a{n:03}", NOON, DATA, affinity="a") for n in range(300)]
    await _enqueue(store, *flood, *(NewJob("inbound", f"b{n}", NOON, DATA, affinity="b") for n in range(3)))
    first = await _claim(store, own=8)
    assert sorted(job.thing_id for job in first) == ["a000", "a001", "a002", "a003", "a004", "b0", "b1", "b2"]
    assert [job.thing_id for job in first if job.thing_id[0] == "a"] == [f"a{n:03}" for n in range(5)]  # in order, of each
    await _enqueue(store, NewJob("inbound", "c0", NOON, DATA, affinity="c"))  # comes late, and not behind the flood
    assert "c0" in {job.thing_id for job in await _claim(store, own=4)}


async def test_partners_take_turns_towards_the_hub_too(store: Store):
    flood = [NewJob("deliver", f"a{n:03}", NOON, DATA, destination=HUB, partner_id="a") for n in range(200)]
    await _enqueue(store, *flood, NewJob("deliver", "b", NOON, DATA, destination=HUB, partner_id="b"))
    assert "b" in {job.thing_id for job in await _claim(store, deliveries=4)}


async def test_what_is_urgent_goes_first_and_has_places_of_its_own(store: Store):
    await _enqueue(store, *(NewJob("inbound", f"d{n}", NOON, DATA) for n in range(20)))
    assert len(await _claim(store, own=16, background=12)) == 12
    await _enqueue(store, NewJob("inbound", "order", NOON, GOODS))
    assert [job.thing_id for job in await _claim(store, own=4, background=0)] == ["order"]
    deliveries = [NewJob("deliver", f"x{n}", NOON, DATA, destination=HUB) for n in range(20)]
    await _enqueue(store, *deliveries)
    assert len(await _claim(store, own=0, deliveries=50, cap=8)) == 8
    await _enqueue(store, NewJob("deliver", "urgent", NOON, GOODS, destination=HUB))
    assert [job.thing_id for job in await _claim(store, own=0, deliveries=50, cap=8)] == ["urgent"]


async def test_repetitions_are_a_share_of_what_is_under_way(store: Store):
    again = [NewJob("deliver", f"r{n}", NOON, DATA, destination=HUB, attempts=1) for n in range(50)]
    await _enqueue(store, *again, *(NewJob("deliver", f"f{n}", NOON, DATA, destination=HUB) for n in range(50)))
    taken = [job.thing_id[0] for job in await _claim(store, deliveries=50, cap=20, retry_share=0.2, spare=0)]
    assert (taken.count("r"), taken.count("f")) == (4, 16)
    assert await _claim(store, deliveries=50, cap=20, retry_share=0.2, spare=0) == []


async def test_a_full_destination_hides_nobody(store: Store):
    await _enqueue(store, *(NewJob("deliver", f"x{n}", NOON, GOODS, destination=HUB) for n in range(300)))
    await _enqueue(store, *(NewJob("deliver", f"y{n}", NOON, DATA, destination=f"partner:p{n}:http") for n in range(250)))
    taken = await _claim(store, deliveries=300, cap=2)
    assert len({job.destination for job in taken}) == 251


async def test_a_rate_holds_over_workers_and_claims(store: Store):
    await _enqueue(store, *(NewJob("deliver", f"x{n}", NOON, DATA, destination=HUB) for n in range(40)))
    begins = []
    for tenth in range(51):  # five seconds, looked at every 100 ms by one worker or another
        taken = await _claim(store, NOON + timedelta(seconds=tenth / 10), deliveries=50, rates={HUB: 4.0}, ahead=1.5)
        begins += [(job.begin - NOON).total_seconds() for job in taken]
    assert len(begins) in range(25, 28)  # 6.5 s at four a second
    assert begins == sorted(begins)
    assert min(later - earlier for earlier, later in pairwise(begins)) >= 0.249


async def test_without_looking_ahead_one_goes_when_its_moment_has_come(store: Store):
    await _enqueue(store, *(NewJob("deliver", f"x{n}", NOON, DATA, destination=HUB) for n in range(4)))
    counts = [len(await _claim(store, NOON + timedelta(seconds=second), rates={HUB: 0.5})) for second in range(5)]
    assert counts == [1, 0, 1, 0, 1]


async def test_a_job_counts_how_often_it_was_taken(store: Store):
    await _enqueue(store, NewJob("inbound", "a", NOON))
    taken = [(await _claim(store, NOON + timedelta(minutes=2 * n)))[0].taken for n in range(3)]
    assert taken == [1, 2, 3]


async def test_what_ends_the_process_each_time_is_held(world: World):
    await world.receive(an_order(), work=False)
    await world.context.store.write(lambda c: c.exec_driver_sql("UPDATE job SET taken = 25").rowcount)
    await world.work()
    [held] = await world.rows(Thing.TRANSMISSION, state="HELD")
    assert (held["cause"], held["detail"]) == ("internal-error", "taken up 26 times and never brought to an end")


async def test_who_asks_to_wait_is_left_alone_by_all_that_goes_there(world: World):
    """429 with Retry-After: nobody calls again before that, no attempt is used up, and it counts as no outage."""
    world.hub.faults = [TransientError(Cause.DESTINATION_BUSY, "HTTP 429", after=120)]
    await world.receive(an_order("1", number=1))
    for number in range(2, 7):
        await world.receive(an_order(str(number), number=number))
    assert world.hub.calls == 1
    assert (await operations.status(world.context))["degraded"] == []
    world.clock.pass_time(seconds=119)
    assert await world.work() == 0
    world.clock.pass_time(seconds=1)
    await world.work()
    assert sorted(world.hub.orders) == ["1", "2", "3", "4", "5", "6"]
    assert {row["attempts"] for row in await world.rows(Thing.DELIVERY, kind="sink")} == {1}


async def test_rates_stand_at_sinks_and_in_profiles(tmp_path):
    gateway = GATEWAY_YAML.replace("path: hub}", "path: hub, rate: 1/second}")
    agreed = "delivery: {folder: {rate: 120/minute, concurrency: 1}}"
    partner = PARTNER_YAML.replace("{drop: {folder: to-northmart}}}", f"{{drop: {{folder: to-northmart}}}}, {agreed}}}")
    world = await World.open(tmp_path, gateway=gateway, partner=partner)
    bounds = bounds_of(world.context)
    assert bounds.rates == {HUB: 1.0, "partner:northmart:folder": 2.0}
    assert bounds.caps == {"partner:northmart:folder": 6}
    for number in range(1, 4):
        await world.receive(an_order(str(number), number=number))
    assert world.hub.calls == 1
    for _ in range(2):
        world.clock.pass_time(seconds=1)
        await world.work()
    assert world.hub.orders == ["1", "2", "3"]
    await world.close()


async def test_of_those_who_wait_at_a_gate_the_most_urgent_goes_first():
    gate, went = Gate(1), []

    async def go(priority: int) -> None:
        async with gate.at(priority):
            went.append(priority)
            await asyncio.sleep(0.001)

    tasks = [asyncio.create_task(go(priority)) for priority in (50, 50, 30, 10)]
    await asyncio.sleep(0)
    tasks[2].cancel()  # who gives up takes no place
    await asyncio.gather(*tasks, return_exceptions=True)
    assert went == [50, 10, 50]
    await asyncio.wait_for(go(50), 60)


UNB = b"UNB+UNOC:3+4012345000009:14+4099999000003:14+261118:0915+1'"


@pytest.mark.parametrize(
    ("head", "priority"),
    [
        (an_order(), GOODS),
        (b"\xef\xbb\xbf\r\n" + an_order(), GOODS),
        (interchange(purchase_order("1"), functional="PC"), GOODS),  # an 860 never overtakes its 850
        (interchange(purchase_order("1"), functional="IB"), DATA),
        (interchange(purchase_order("1"), functional="QM"), DATA),
        (interchange(purchase_order("1"), functional="ZZ"), INBOUND),
        (functional_ack(1), ACKNOWLEDGMENT),
        (interchange(purchase_order("1"), functional="IB").replace(b"IEA*", b"GS*PO*A*B*20261118*0915*2*X*004010~GE*0*2~IEA*"), GOODS),
        (an_order().replace(b"~\n", b"\n"), GOODS),
        (an_order().replace(b"*", b"|").replace(b"~\n", b"^"), GOODS),
        (interchange().split(b"GS*")[0] + b"TA1*000000001*261118*0915*A*000~IEA*0*000000001~", ACKNOWLEDGMENT),
        (UNB + b"UNH+1+ORDERS:D:96A:UN'", GOODS),
        (UNB + b"\r\nUNH+1+INVRPT:D:96A:UN'", DATA),
        (UNB + b"UNH+1+CONTRL:D:3:UN'", ACKNOWLEDGMENT),
        (b"UNA;*.? |" + UNB.replace(b"'", b"|") + b"UNH*1*ORDCHG;D;96A;UN|", GOODS),
        (b"UNA:+", INBOUND),
        (b"ISA*00*", INBOUND),
        (b"{}", INBOUND),
        (b"", INBOUND),
        (b"\x00" * 200, INBOUND),
        (b"ISA" + b"(" * 200, INBOUND),
    ],
)
def test_a_look_at_the_first_bytes_says_how_urgent_they_are(head: bytes, priority: int):
    assert urgency_of_bytes(head) == priority


def test_of_a_payload_in_a_file_only_the_beginning_is_read(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(an_order() + b" " * LOOK + b"GS*")
    assert urgency_of_payload(StoredPayload("x", path.stat().st_size, path), None) == GOODS
    assert urgency_of_payload(StoredPayload("x", 1, tmp_path / "gone"), None) == INBOUND


async def test_a_form_of_its_own_is_as_urgent_as_what_the_partner_sends_in_one(world: World):
    partner = world.context.workspace.partners["northmart"]
    assert urgency_of_bytes(b"{}", partner) == INBOUND
    [orders] = [agreement for agreement in partner.agreements if agreement.id == "orders"]
    stock = replace(orders, standard="json", document="InventoryReport")
    assert urgency_of_bytes(b"{}", replace(partner, agreements=(stock,))) == DATA
    assert urgency_of_bytes(b"{}", replace(partner, agreements=(stock, replace(orders, standard="json")))) == GOODS


async def test_an_order_is_read_before_what_came_first_and_only_informs(world: World):
    for number in range(20, 60):
        await world.receive(interchange(purchase_order(str(number)), number=number, functional="IB"), work=False)
    received = await world.receive(an_order("1", number=1), work=False)
    [first, *_] = await world.app.worker._claim(1, 0)
    assert first.thing_id == received.transmission_id
    await world.context.store.write(lambda c: finish(c, first))
