"""The inbound walk: what a partner sends becomes documents at the hub and an acknowledgment, or is held and listed."""

from pathlib import Path

from gateway import operations
from gateway.states import Thing
from tests.gateway.conftest import BOTH
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, an_order, functional_ack, interchange, purchase_order

DATABASES = BOTH


async def test_an_850_becomes_an_order_at_the_hub_and_a_997_at_the_partner(world: World):
    received = await world.receive(an_order())
    assert world.hub.orders == ["4500000001"]
    assert world.partner.sets() == ["997"]
    assert b"AK9*A*1*1*1" in world.partner.received[0]
    assert (await world.one(Thing.TRANSMISSION, id=received.transmission_id))["state"] == "OPENED"
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED"]
    assert await world.states(Thing.DELIVERY) == ["DELIVERED", "DELIVERED"]


async def test_the_timeline_of_a_po_begins_with_the_first_byte_and_ends_at_the_hub(world: World):
    await world.receive(an_order())
    actions = await world.actions("4500000001")
    assert actions[:4] == ["transmission.received", "transaction-set.mapped", "document.mapped", "acknowledgment.written"]
    assert sorted(actions[4:]) == ["delivery.delivered", "delivery.delivered"]


async def test_the_event_at_the_hub_is_a_cloud_event_with_stable_ids(world: World):
    await world.receive(an_order())
    [event] = world.hub.events.values()
    document = await world.one(Thing.DOCUMENT)
    assert event["type"] == "com.harborline.b2b.order.received.v1"
    assert event["correlationid"] == document["correlation_id"] == event["data"]["ids"]["orderId"]
    assert event["sequence"] == "000000000000001"
    assert event["partitionkey"] == "northmart:4500000001"
    assert event["usage"] == "live"


async def test_one_bad_set_does_not_sink_the_batch(world: World):
    sets = [purchase_order("1", control="0001"), purchase_order("2", control="0002"), purchase_order("3", control="0003", broken=True)]
    await world.receive(interchange(*sets))
    assert sorted(world.hub.orders) == ["1", "2"]
    assert await world.states(Thing.TRANSMISSION, direction="inbound") == ["OPENED"]
    assert await world.states(Thing.TRANSACTION_SET) == ["MAPPED", "MAPPED", "REJECTED"]
    [ack] = world.partner.received
    assert [s.split("*")[1].strip() for s in ack.decode().split("~") if s.strip().startswith("AK5")] == ["A", "A", "R"]
    assert b"AK9*P*3*3*2" in ack
    rejected = (await world.rows(Thing.TRANSACTION_SET, state="REJECTED"))[0]
    assert rejected["findings"][0]["code"] == "required-element-missing"
    assert "BEG03" in rejected["findings"][0]["place"]
    assert rejected["findings"][0]["sentence"]


async def test_the_same_file_again_gets_the_same_997_and_makes_no_second_order(world: World):
    await world.receive(an_order())
    again = await world.receive(an_order())
    assert world.hub.calls == 1
    assert len(world.partner.received) == 2
    assert world.partner.received[0] == world.partner.received[1]
    assert (await world.one(Thing.TRANSMISSION, id=again.transmission_id))["state"] == "DUPLICATE"
    assert await world.held() == []


async def test_the_same_control_number_with_other_bytes_is_held_until_a_person_decides(world: World):
    await world.receive(an_order("1"))
    other = await world.receive(an_order("2"))
    assert await world.held() == [("transmission", "duplicate-other-bytes")]
    assert world.hub.orders == ["1"]
    assert len(world.partner.received) == 1
    await operations.release(world.context, other.transmission_id, "the partner restarted its counter")
    await world.work()
    assert sorted(world.hub.orders) == ["1", "2"]
    assert len(world.partner.received) == 2
    assert await world.held() == []


async def test_a_rejected_transmission_is_put_aside_for_good(world: World):
    await world.receive(an_order("1"))
    other = await world.receive(an_order("2"))
    await operations.reject(world.context, other.transmission_id, "the partner sent it by mistake")
    await world.work()
    assert await world.held() == []
    assert world.hub.orders == ["1"]


async def test_test_traffic_never_reaches_the_live_hub_and_counts_apart(world: World):
    await world.receive(interchange(purchase_order("1"), usage="T"))
    await world.receive(interchange(purchase_order("1"), usage="P"))
    assert world.hub.calls == 1
    assert [row["usage"] for row in await world.rows(Thing.DOCUMENT)] == ["test", "live"]
    assert len(world.partner.received) == 2
    assert await world.held() == []
    feed = await operations.feed(world.context)
    assert [event["usage"] for event in feed["events"]] == ["live"]
    assert [event["usage"] for event in (await operations.feed(world.context, usage="test"))["events"]] == ["test"]


async def test_live_traffic_at_a_test_gateway_is_held(tmp_path):
    world = await World.open(tmp_path, gateway=GATEWAY_YAML.replace("environment: live", "environment: test"))
    await world.receive(an_order())
    assert await world.held() == [("transmission", "usage-not-accepted")]
    assert world.partner.received == []
    await world.close()


async def test_somebody_unknown_is_held_and_gets_no_answer(world: World):
    await world.receive(interchange(purchase_order("1"), sender="STRANGER"), partner_id=None)
    assert await world.held() == [("transmission", "unknown-partner")]
    assert world.partner.received == []


async def test_an_envelope_that_names_another_partner_than_the_key_is_held(world: World):
    await world.receive(an_order(), partner_id="otherpartner")
    assert await world.held() == [("transmission", "unknown-partner")]


async def test_bytes_that_are_no_interchange_are_held(world: World):
    for data in (b"hello", b"\x00\xff\xfe", b"ISA*00*", b"<xml/>", b"{}"):
        await world.receive(data)
    assert [cause for _, cause in await world.held()] == ["unreadable"] * 5


async def test_a_set_without_an_agreement_is_answered_and_held(world: World):
    await world.receive(interchange("ST*810*0001~\nBIG*20261118*1~\nTDS*100~\nSE*4*0001~\n", functional="IN"))
    assert await world.held() == [("transaction_set", "no-agreement")]
    assert b"AK5*R" in world.partner.received[0]


async def test_a_suspended_partner_is_held(tmp_path):
    world = await World.open(tmp_path, partner=PARTNER_YAML.replace("status: live", "status: suspended"))
    await world.receive(an_order())
    assert await world.held() == [("transmission", "partner-suspended")]
    await world.close()


async def test_a_po_number_again_with_the_same_content_is_a_duplicate_document(world: World):
    await world.receive(an_order("1", number=1))
    await world.receive(an_order("1", number=2))
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED", "DUPLICATE"]
    assert world.hub.calls == 1
    assert len(world.partner.received) == 2


async def test_a_po_number_again_with_other_content_is_held_and_can_be_released(world: World):
    await world.receive(an_order("1", number=1))
    await world.receive(an_order("1", number=2, lines=2))
    assert await world.held() == [("document", "business-duplicate")]
    held = (await world.rows(Thing.DOCUMENT, state="HELD"))[0]
    await operations.release(world.context, held["id"], "it is a replacement")
    await world.work()
    assert world.hub.calls == 2
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED", "DELIVERED"]


async def test_an_acknowledgment_that_answers_nothing_has_a_list_of_its_own(world: World):
    await world.receive(functional_ack(77))
    assert await world.held() == [("acknowledgment", "acknowledgment-unmatched")]
    assert world.partner.received == []  # acknowledgments are not acknowledged
    [row] = await world.rows(Thing.ACKNOWLEDGMENT)
    await operations.release(world.context, row["id"], "an old one")
    assert await world.held() == []


async def test_the_partner_without_a_way_out_keeps_its_997_here(tmp_path):
    world = await World.open(
        tmp_path,
        partner=PARTNER_YAML.replace("transports: {folder: {drop: {folder: to-northmart}}}\n", "").replace(
            '  - {id: notices, direction: outbound, standard: {x12: "004010", set: "856"}}\n', ""
        ),
    )
    received = await world.receive(an_order())
    assert world.hub.orders == ["4500000001"]
    assert await world.held() == []
    [ack] = await world.rows(Thing.ACKNOWLEDGMENT, answers_transmission_id=received.transmission_id)
    data, content_type = await operations.payload(world.context, ack["transmission_id"])
    assert b"ST*997" in data.read()
    assert content_type == "application/edi-x12"
    await world.close()


async def test_two_interchanges_in_one_payload_are_both_worked_on(world: World):
    await world.receive(an_order("1", number=1) + an_order("2", number=2))
    assert sorted(world.hub.orders) == ["1", "2"]
    assert world.partner.sets() == ["997", "997"]
    assert [row["set_index"] for row in await world.rows(Thing.TRANSACTION_SET)] == [1, 2]


async def test_restart_with_the_same_map_makes_nothing_new(world: World):
    received = await world.receive(an_order())
    await operations.replay(world.context, received.transmission_id, "to see", "restart")
    await world.work()
    assert world.hub.calls == 1
    assert len(world.partner.received) == 1
    assert len(await world.rows(Thing.DOCUMENT)) == 1


async def test_a_duplicate_on_purpose_is_a_new_event(world: World):
    await world.receive(an_order())
    [document] = await world.rows(Thing.DOCUMENT)
    answer = await operations.replay(world.context, document["id"], "the hub lost it", "duplicate", by="maria")
    await world.work()
    assert world.hub.calls == 2
    assert len(world.hub.events) == 2
    copy = await world.one(Thing.DOCUMENT, id=answer["copyId"])
    assert copy["original_id"] == document["id"]
    events = (await operations.timeline(world.context, "4500000001"))["events"]
    assert [e["actor"] for e in events if e["action"] == "document.replayed"] == ["maria"]


async def test_show_says_where_each_value_came_from(world: World):
    await world.receive(an_order())
    [document] = await world.rows(Thing.DOCUMENT)
    shown = await operations.show(world.context, document["id"])
    [line] = [one for one in shown["lineage"] if one["path"] == "$.purchaseOrderNumber"]
    assert (line["tag"], line["place"], line["raw"]) == ("BEG", "03", "4500000001")
    assert shown["document"]["purchaseOrderNumber"] == "4500000001"
    assert [d["state"] for d in shown["related"]["deliveries"]] == ["DELIVERED"]


async def test_a_payload_of_too_many_sets_is_kept_and_held(tmp_path: Path):
    world = await World.open(tmp_path, gateway=GATEWAY_YAML + "limits: {sets: 3}\n")
    for number, count in enumerate((3, 4), 1):
        received = await world.receive(
            interchange(*(purchase_order(f"{number}-{n}", control=f"{n:04}") for n in range(count)), number=number)
        )
    assert world.hub.orders == ["1-0", "1-1", "1-2"]
    held = await world.one(Thing.TRANSMISSION, id=received.transmission_id)
    assert (held["state"], held["cause"], held["detail"]) == ("HELD", "too-large-to-read", "4 transaction sets; limits.sets is 3")
    await world.close()
