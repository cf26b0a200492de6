"""What agreements can say of what comes in, one test per switch; other forms than X12; searching and reading in order."""

import json
from pathlib import Path

import pytest

from gateway import operations
from gateway.demo.papers import shop_order
from gateway.errors import Cause, Refusal
from gateway.states import Thing
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, an_order, interchange, purchase_order, ship_notice

ORDERS_AGREED = '{id: orders, direction: inbound, standard: {x12: "004010", set: "850"}'


async def _world(tmp_path, agreed: str = "", *, partner: str = PARTNER_YAML, gateway: str = GATEWAY_YAML, **files: str) -> World:
    return await World.open(tmp_path, gateway=gateway, partner=partner.replace(ORDERS_AGREED, ORDERS_AGREED + agreed), **files)


async def test_accept_with_errors_takes_the_set_and_says_so(tmp_path):
    world = await _world(tmp_path, ", accept_with_errors: true")
    text = purchase_order("1").replace("CTT*1", "CTT*1*10*5")  # a weight without its unit breaks a condition
    await world.receive(interchange(text))
    assert world.hub.orders == ["1"]
    assert b"AK5*E" in world.partner.received[0]
    await world.close()


async def test_strict_by_default_the_same_set_is_rejected(world: World):
    text = purchase_order("1").replace("CTT*1", "CTT*1*10*5")
    await world.receive(interchange(text))
    assert world.hub.orders == []
    assert b"AK5*R" in world.partner.received[0]


async def test_on_error_suspend_interchange_stops_the_good_with_the_bad(tmp_path):
    world = await _world(tmp_path, ", on_error: suspend_interchange")
    await world.receive(interchange(purchase_order("1"), purchase_order("2", control="0002", broken=True)))
    assert world.hub.orders == []
    assert await world.held() == [("transaction_set", "suspended-with-others")]
    [held] = await world.rows(Thing.TRANSACTION_SET, state="HELD")
    await operations.release(world.context, held["id"], "take the good one")
    await world.work()
    assert world.hub.orders == ["1"]
    assert await world.held() == []
    assert len(world.partner.received) == 1
    await world.close()


async def test_traffic_for_information_is_kept_and_not_worked_on(world: World):
    await world.receive(interchange(purchase_order("1"), usage="I"))
    assert await world.states(Thing.TRANSMISSION) == ["OPENED"]
    assert await world.rows(Thing.DOCUMENT) == []
    assert world.partner.received == []
    assert await world.held() == []


async def test_no_acknowledgment_where_none_is_agreed(tmp_path):
    world = await _world(tmp_path, ", ack: {functional: none, ta1: never}")
    await world.receive(an_order())
    assert world.hub.orders == ["4500000001"]
    assert world.partner.received == []
    await world.close()


@pytest.mark.parametrize(
    ("policy", "same", "other"),
    [
        ("{same_bytes: ignore}", ("DUPLICATE", 1, []), ("HELD", 1, [("transmission", "duplicate-other-bytes")])),
        ("{same_bytes: hold}", ("HELD", 1, [("transmission", "duplicate-other-bytes")]), ("HELD", 1, None)),
        ("{other_bytes: process}", ("DUPLICATE", 2, []), ("OPENED", 3, [])),
    ],
)
async def test_the_duplicate_policy_of_the_agreement(tmp_path, policy, same, other):
    world = await _world(tmp_path, f", duplicates: {{interchange: {policy}}}")
    await world.receive(an_order("1"))
    for payload, (state, answers, held) in ((an_order("1"), same), (an_order("2"), other)):
        received = await world.receive(payload)
        assert (await world.one(Thing.TRANSMISSION, id=received.transmission_id))["state"] == state
        assert len(world.partner.received) == answers
        if held is not None:
            assert await world.held() == held
    await world.close()


async def test_numbers_are_forgotten_after_the_days_agreed(tmp_path):
    world = await _world(tmp_path, ", duplicates: {interchange: {days: 2}}")
    await world.receive(an_order("1"))
    world.clock.pass_time(days=3)
    await world.receive(an_order("2"))
    assert world.hub.orders == ["1", "2"]
    await world.close()


async def test_duplicates_off_takes_every_interchange_anew(tmp_path):
    world = await _world(tmp_path, ", duplicates: {interchange: off}")
    await world.receive(an_order("1"))
    await world.receive(an_order("2"))
    assert sorted(world.hub.orders) == ["1", "2"]
    await world.close()


async def test_business_duplicates_are_let_through_where_agreed(tmp_path):
    world = await _world(tmp_path, ", duplicates: {business_key: off}")
    await world.receive(an_order("1", number=1))
    await world.receive(an_order("1", number=2, lines=2))
    assert world.hub.calls == 2
    await world.close()


async def test_a_sink_for_test_traffic_gets_it_beside_a_live_one(tmp_path):
    gateway = GATEWAY_YAML.replace("{kind: folder, path: hub}", "{kind: folder, path: hub, usage: test}")
    world = await _world(tmp_path, gateway=gateway)
    await world.receive(interchange(purchase_order("1"), usage="T"))
    await world.receive(an_order("2", number=2))
    assert world.hub.orders == ["1"]
    await world.close()


async def test_a_faulty_envelope_rejects_everything_in_it_and_says_so(world: World):
    await world.receive(an_order().replace(b"IEA*1*000000001", b"IEA*1*000000002"))
    assert world.hub.orders == []
    [answer] = world.partner.received
    assert b"TA1*000000001" in answer
    assert await world.states(Thing.TRANSACTION_SET) == ["REJECTED"]


async def test_checks_that_fail_hold_the_order_and_release_lets_it_go(world: World):
    await world.receive(an_order().replace(b"085234500106", b"085234500107"))
    assert world.hub.orders == []
    [(thing, cause)] = await world.held()
    assert cause in {"check-failed", "map-fault"}
    held = (await operations.held(world.context))["held"][0]
    assert held["nextAction"]
    assert thing in {"document", "transaction_set"}


EDIFACT_PARTNER = """
partner: northmart
name: Northmart
status: live
identities: {edifact: [{qualifier: "14", id: "0614141000012"}]}
transports: {folder: {drop: {folder: to-northmart}}}
agreements:
  - {id: orders, direction: inbound, standard: {edifact: D96A, set: ORDERS}}
"""
ORDERS = (
    "UNB+UNOC:3+0614141000012:14+4012345000009:14+261118:0915+77'"
    "UNH+1+ORDERS:D:96A:UN'BGM+220+4500000009+9'DTM+137:20261118:102'"
    "NAD+BY+0614141000012::9'NAD+DP+0614141001170::9'"
    "LIN+1++0085234500106:EN'QTY+21:48:CS'UNS+S'CNT+2:1'UNT+10+1'UNZ+1+77'"
)


async def test_an_orders_becomes_the_same_kind_of_order_and_gets_a_contrl(tmp_path):
    world = await World.open(tmp_path, partner=EDIFACT_PARTNER)
    await world.receive(ORDERS.encode())
    assert await world.held() == []
    assert world.hub.orders == ["4500000009"]
    [event] = world.hub.events.values()
    assert event["type"] == "com.harborline.b2b.order.received.v1"
    assert b"UNH+0001+CONTRL" in world.partner.received[0] or b"CONTRL:" in world.partner.received[0]
    await world.receive(ORDERS.encode())
    assert world.partner.received[0] == world.partner.received[1]
    await world.close()


async def test_an_order_in_the_partners_own_json_becomes_the_same_kind_of_order(tmp_path):
    quickstart = Path(__file__).parents[2] / "samples" / "quickstart" / "partners" / "shopco"
    text = (quickstart / "maps" / "order.yaml").read_text().replace("partners/shopco", "partners/northmart")
    partner = (
        (quickstart / "partner.yaml")
        .read_text()
        .replace("partner: shopco", "partner: northmart")
        .replace("partners/shopco", "partners/northmart")
    )
    gateway = GATEWAY_YAML.replace("environment: live", "environment: test")
    world = await World.open(tmp_path, gateway=gateway, partner=partner, **{"partners/northmart/maps/order.yaml": text})
    await world.receive(json.dumps(shop_order("WEB-1", world.clock())).encode())
    assert await world.held() == []
    assert world.hub.orders == ["WEB-1"]
    assert (await world.one(Thing.DOCUMENT))["state"] == "DELIVERED"
    await world.receive(json.dumps(shop_order("WEB-1", world.clock())).encode())  # a retry without a key: the same order
    assert (await world.one(Thing.DOCUMENT))["state"] == "DELIVERED"
    assert await world.states(Thing.TRANSMISSION) == ["OPENED", "DUPLICATE"]
    await world.receive(b'{"number": ')
    assert await world.held() == [("transmission", "unreadable")]
    await world.close()


async def test_search_pages_through_everything_once(world: World):
    for number in range(1, 8):
        await world.receive(an_order(str(number), number=number))
    seen, after = [], None
    while True:
        page = await operations.search(world.context, limit=3, after=after)
        seen += [document["businessKey"] for document in page["documents"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == [str(number) for number in range(1, 8)]
    assert len(seen) == 7
    found = await operations.search(world.context, po="3", partner="northmart", document_type="Order", state="DELIVERED")
    assert [document["businessKey"] for document in found["documents"]] == ["3"]
    assert (await operations.search(world.context, po="nothing"))["documents"] == []


async def test_the_feed_is_read_in_order_without_gaps(world: World):
    for number in range(1, 6):
        await world.receive(an_order(str(number), number=number))
    seen, after = [], 0
    while True:
        page = await operations.feed(world.context, after=after, limit=2)
        if not page["events"]:
            break
        seen += [event["data"]["purchaseOrderNumber"] for event in page["events"]]
        after = page["next"]
    assert seen == ["1", "2", "3", "4", "5"]
    with pytest.raises(Refusal) as refused:
        await operations.feed(world.context, after=-1)
    assert refused.value.cause is Cause.MALFORMED_REQUEST


async def test_decisions_need_a_reason_a_thing_and_a_state(world: World):
    received = await world.receive(an_order())
    [document] = await world.rows(Thing.DOCUMENT)
    for call, cause in (
        (operations.release(world.context, received.transmission_id, " "), Cause.MALFORMED_REQUEST),
        (operations.release(world.context, "trn_unknown", "why not"), Cause.NOT_FOUND),
        (operations.release(world.context, received.transmission_id, "why not"), Cause.CONFLICT),
        (operations.release(world.context, document["id"], "why not"), Cause.CONFLICT),
        (operations.reject(world.context, document["id"], "why not"), Cause.CONFLICT),
        (operations.replay(world.context, received.transmission_id, "why not", "again"), Cause.MALFORMED_REQUEST),
        (operations.replay(world.context, received.transmission_id, "why not", "duplicate"), Cause.CONFLICT),
    ):
        with pytest.raises(Refusal) as refused:
            await call
        assert refused.value.cause is cause


async def test_a_delivered_document_is_delivered_again_under_the_same_id(world: World):
    await world.receive(an_order())
    [document] = await world.rows(Thing.DOCUMENT)
    await operations.replay(world.context, document["id"], "the hub restored a backup", "retry")
    await world.work()
    assert world.hub.calls == 2
    assert len(world.hub.events) == 1
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED"]


async def test_a_duplicate_of_a_ship_notice_gets_new_numbers(world: World):
    await world.receive(an_order())
    answer = await world.submit(ship_notice())
    await operations.replay(world.context, answer["documentId"], "they lost it", "duplicate")
    await world.work()
    assert world.partner.sets() == ["997", "856", "856"]
    first, second = world.partner.received[1:]
    assert first.split(b"*")[13] != second.split(b"*")[13]
