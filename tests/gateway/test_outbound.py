"""The outbound walk: what the hub submits leaves as a valid, numbered set, or is held and nothing leaves."""

import pytest

from gateway import operations
from gateway.errors import Cause, PermanentError, Refusal, TransientError
from gateway.states import Thing
from tests.gateway.conftest import BOTH
from tests.gateway.world import PARTNER_YAML, World, an_order, functional_ack, interchange, purchase_order, ship_notice

DATABASES = BOTH


async def test_a_ship_notice_goes_out_as_an_856_and_the_997_closes_the_loop(world: World):
    await world.receive(an_order())
    answer = await world.submit(ship_notice())
    [ack, notice] = world.partner.received
    assert b"ST*997" in ack
    assert b"ST*856*0001" in notice
    assert b"PRF*4500000001" in notice
    document = await world.one(Thing.DOCUMENT, id=answer["documentId"])
    order = await world.one(Thing.DOCUMENT, direction="inbound")
    assert document["state"] == "SENT"
    assert document["correlation_id"] == order["correlation_id"] == answer["correlationId"]
    await world.receive(functional_ack(2))
    assert await world.states(Thing.DOCUMENT, id=answer["documentId"]) == ["ACKNOWLEDGED"]
    assert await world.states(Thing.TRANSACTION_SET, direction="outbound") == ["ACKNOWLEDGED"]
    assert await world.states(Thing.ACKNOWLEDGMENT, direction="inbound") == ["ACCEPTED"]
    found = await operations.search(world.context, po="4500000001", document_type="ShipNotice")
    assert [(d["delivery"], d["acknowledgment"]) for d in found["documents"]] == [("delivered", "accepted")]


async def test_a_rejecting_997_is_told_as_sentences(world: World):
    await world.receive(an_order())
    answer = await world.submit(ship_notice())
    await world.receive(functional_ack(2, "R"))
    document = await world.one(Thing.DOCUMENT, id=answer["documentId"])
    assert document["state"] == "REJECTED"
    assert (await operations.show(world.context, answer["documentId"]))[
        "validation"
    ] == "accepted"  # by us: the partner's word stands apart
    assert "BSN" in document["detail"]
    assert await world.held() == [("acknowledgment", "rejected-by-partner")]
    acknowledgment = await world.one(Thing.ACKNOWLEDGMENT, direction="inbound")
    assert acknowledgment["report"]["sets"][0]["status"] == "R"
    assert acknowledgment["report"]["sets"][0]["sentences"]


async def test_who_looks_at_what_was_refused_reads_our_own_segment_beside_what_the_partner_says(world: World):
    await world.receive(an_order())
    answer = await world.submit(ship_notice())
    await world.receive(functional_ack(2, "R"))
    acknowledgment = await world.one(Thing.ACKNOWLEDGMENT, direction="inbound")
    refused = await world.one(Thing.TRANSACTION_SET, direction="outbound")
    for id_ in (acknowledgment["id"], answer["documentId"], refused["id"], refused["transmission_id"]):
        [finding] = (await operations.show(world.context, id_))["findings"]
        assert finding["sentence"] == "The partner says of BSN02 at segment 2: a mandatory element is missing (data element 396)."
        assert finding["text"].startswith("BSN*00*SHP-1*")
        assert finding["lead"] == "We sent"
        assert (finding["set"], finding["controlNumber"]) == ("856", "0001")
    stored = [
        str(row) for thing in (Thing.ACKNOWLEDGMENT, Thing.DOCUMENT) for row in await world.rows(thing) if row["id"] != answer["documentId"]
    ]
    assert "BSN*00*" not in "".join(stored)
    assert "BSN*00*" not in str(await operations.timeline(world.context, answer["documentId"]))


async def test_a_code_of_the_whole_set_is_not_taken_for_a_place_in_it(world: World):
    """AK502 stands in segment 4 of the acknowledgment, which says nothing of segment 4 of ours."""
    await world.receive(an_order())
    answer = await world.submit(ship_notice())
    await world.receive(functional_ack(2, "R").replace(b"AK3*BSN*2**8~\nAK4*2*396*1~\nAK5*R*5", b"AK5*R*4").replace(b"SE*7", b"SE*5"))
    [finding] = (await operations.show(world.context, answer["documentId"]))["findings"]
    assert finding["sentence"] == "The partner says of the 856 0001: the count of segments is wrong."
    assert finding["text"].startswith("SE*")


async def test_a_wrong_sscc_is_held_and_nothing_leaves(world: World):
    await world.receive(an_order())
    answer = await world.submit(ship_notice(sscc="008523450000012016"))
    assert await world.held() == [("document", "check-failed")]
    assert world.partner.sets() == ["997"]
    shown = await operations.show(world.context, answer["documentId"])
    assert [f["code"] for f in shown["findings"]] == ["sscc-check-digit"]
    assert shown["findings"][0]["path"] == "$.orders[0].packs[0].sscc"
    assert shown["owner"] == "warehouse"
    await operations.release(world.context, answer["documentId"], "the pallet is labelled so")
    await world.work()
    assert world.partner.sets() == ["997", "856"]


async def test_what_a_person_put_aside_is_not_shown_as_accepted(world: World):
    await world.receive(an_order())
    answer = await world.submit(ship_notice(sscc="008523450000012016"))
    await operations.reject(world.context, answer["documentId"], "another label is printed")
    [found] = (await operations.search(world.context, document_type="ShipNotice"))["documents"]
    assert (found["state"], found["validation"], found["delivery"]) == ("REJECTED", "put aside", "none")
    assert (await operations.show(world.context, answer["documentId"]))["validation"] == "put aside"


async def test_more_than_was_ordered_is_held(world: World):
    await world.receive(an_order())
    notice = ship_notice()
    notice["orders"][0]["packs"][0]["items"][0]["quantityShipped"]["value"] = "11"
    await world.submit(notice)
    assert await world.held() == [("document", "check-failed")]


async def test_schema_faults_are_refused_with_their_paths(world: World):
    notice = ship_notice(sscc="ABC")
    with pytest.raises(Refusal) as refused:
        await world.submit(notice)
    assert refused.value.cause is Cause.DOCUMENT_INVALID
    assert [fault["path"] for fault in refused.value.faults] == ["$.orders[0].packs[0].sscc"]
    assert await world.rows(Thing.DOCUMENT) == []


async def test_the_same_key_has_one_effect(world: World):
    await world.receive(an_order())
    first = await world.submit(ship_notice(), "key")
    second = await world.submit(ship_notice(), "key")
    assert (first["repeated"], second["repeated"]) == (False, True)
    assert first["documentId"] == second["documentId"]
    assert world.partner.sets() == ["997", "856"]
    with pytest.raises(Refusal) as refused:
        await world.submit(ship_notice(shipment="SHP-2"), "key")
    assert refused.value.cause is Cause.IDEMPOTENCY_KEY_REUSED


async def test_a_shipment_number_twice_is_held_for_the_hub_which_reads_whether_it_is_the_same(world: World):
    await world.receive(an_order())
    first = await world.submit(ship_notice(), "one")
    await world.submit(ship_notice(), "two")
    await world.submit(ship_notice() | {"billOfLadingNumber": "BOL-2"}, "three")
    assert await world.held() == [("document", "already-sent")] * 2
    held = await world.rows(Thing.DOCUMENT, state="HELD")
    assert sorted(row["detail"] for row in held) == [
        f"other content as {first['documentId']}",
        f"the same content as {first['documentId']}",
    ]
    assert {row["owner"] for row in (await operations.held(world.context))["held"]} == {"hub"}
    assert world.partner.sets() == ["997", "856"]


async def test_a_live_gateway_answers_a_test_order_with_test_traffic(world: World):
    """A partner is taken on in tests beside the live ones: what the hub says to its test orders leaves as a test, or not at all."""
    await world.receive(interchange(purchase_order("4500000001"), usage="T"))
    live = await world.submit(ship_notice(), "live")
    assert (await world.one(Thing.DOCUMENT, id=live["documentId"]))["detail"] == "its order is test traffic, and it was submitted as live"
    answer = await operations.submit(world.context, "ShipNotice", ship_notice(), "test", usage="test")
    await world.work()
    assert (await world.one(Thing.DOCUMENT, id=answer["documentId"]))["usage"] == "test"
    [ack, notice] = world.partner.received
    assert b"ST*997" in ack
    assert notice[:106].endswith(b"*0*T*>~")
    with pytest.raises(Refusal) as refused:  # another usage is another submission
        await world.submit(ship_notice(), "test")
    assert refused.value.cause is Cause.IDEMPOTENCY_KEY_REUSED


async def test_a_document_for_nobody_is_held_and_goes_out_once_its_order_is_there(world: World):
    answer = await world.submit(ship_notice())
    assert await world.held() == [("document", "receiver-unknown")]
    await world.receive(an_order())
    await operations.release(world.context, answer["documentId"], "its order has come")
    await world.work()
    assert world.partner.sets() == ["997", "856"]


async def test_the_partner_may_be_named(world: World):
    await world.submit(ship_notice(), partner="northmart")
    assert world.partner.sets() == ["856"]
    with pytest.raises(Refusal):
        await world.submit(ship_notice(), "other", partner="nobody")


async def test_no_agreement_for_it_holds(tmp_path):
    partner = PARTNER_YAML.replace('  - {id: notices, direction: outbound, standard: {x12: "004010", set: "856"}}\n', "")
    world = await World.open(tmp_path, partner=partner)
    await world.receive(an_order())
    await world.submit(ship_notice())
    assert await world.held() == [("document", "no-agreement")]
    await world.close()


async def test_our_own_faults_against_the_guide_hold_too(tmp_path):
    partner = PARTNER_YAML.replace('set: "856"}', 'set: "856", guide: guides/856.yaml}')
    guide = 'guide: northmart/856\nsegments:\n  "HL[03=S]/REF[01=BM]": {required: true}\n'
    world = await World.open(tmp_path, partner=partner, **{"partners/northmart/guides/856.yaml": guide})
    await world.receive(an_order())
    await world.submit(ship_notice())
    assert await world.held() == [("document", "own-output-invalid")]
    assert world.partner.sets() == ["997"]
    await world.close()


@pytest.mark.parametrize(("codes", "held"), [("", True), ('{"355": [Q8]}', True), ('{"380": [Q9]}', True), ('{"355": [Q8, Q9]}', False)])
async def test_a_code_of_the_partners_own_leaves_where_it_is_agreed_by_name(tmp_path, codes: str, held: bool):
    """The map knows the partner's word for our unit, and the standard does not."""
    partner = PARTNER_YAML.replace('set: "856"}', 'set: "856"}' + (f", write: {{codes: {codes}}}" if codes else ""))
    overlay = "map: partners/northmart/maps/856\nextends: x12/004010/856@2\nversion: 1\ntables:\n  uom: {extend: true, Q9: XCS}\n"
    world = await World.open(tmp_path, partner=partner, **{"partners/northmart/maps/856.yaml": overlay})
    await world.receive(an_order())
    await world.submit(ship_notice())
    assert await world.held() == ([("document", "own-output-invalid")] if held else [])
    assert [b"SN1**10*Q9" in data for data in world.partner.received] == ([False] if held else [False, True])
    await world.close()


async def test_control_numbers_are_one_sequence_with_the_acknowledgments(world: World):
    await world.receive(an_order())
    await world.submit(ship_notice(shipment="SHP-A"), "a")
    await world.submit(ship_notice(shipment="SHP-B"), "b")
    assert [data.split(b"*")[13] for data in world.partner.received] == [b"000000001", b"000000002", b"000000003"]


async def test_a_retry_sends_the_very_same_bytes(world: World):
    await world.receive(an_order())
    world.partner.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")]
    await world.submit(ship_notice())
    delivery = (await world.rows(Thing.DELIVERY, kind="partner"))[-1]
    assert (delivery["state"], delivery["attempts"], delivery["cause"]) == ("QUEUED", 1, "destination-unreachable")
    prepared = world.partner.prepared
    assert await world.work() == 0  # not due yet
    world.clock.pass_time(seconds=60)
    assert await world.work() == 1
    assert world.partner.prepared == prepared
    assert world.partner.sets() == ["997", "856"]


async def test_retries_end_in_a_persons_hands_and_resend_begins_anew(world: World):
    await world.receive(an_order())
    world.partner.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection") for _ in range(7)]
    await world.submit(ship_notice())
    for minutes in (1, 5, 15, 60, 240, 60):
        world.clock.pass_time(minutes=minutes)
        await world.work()
    assert await world.held() == [("delivery", "retries-exhausted"), ("alarm", "circuit-open")]
    delivery = (await world.rows(Thing.DELIVERY, state="HELD"))[0]
    await operations.resend(world.context, delivery["id"], "their server is back")
    await world.work()
    assert world.partner.sets() == ["997", "856"]
    assert await world.held() == []


async def test_a_refusal_is_not_retried(world: World):
    world.partner.faults = [PermanentError(Cause.CREDENTIALS_REFUSED, "HTTP 401")]
    await world.submit(ship_notice(), partner="northmart")
    assert await world.held() == [("delivery", "credentials-refused")]


async def test_an_unknown_exception_is_held_not_lost(world: World):
    world.partner.faults = [ZeroDivisionError("surprise")]
    await world.submit(ship_notice(), partner="northmart")
    assert await world.held() == [("delivery", "internal-error")]


async def test_an_acknowledgment_that_does_not_come_is_overdue(world: World):
    from gateway.pipeline.schedule import Overdue

    await world.submit(ship_notice(), partner="northmart")
    overdue = Overdue(world.context)
    assert await overdue.look() == 0
    world.clock.pass_time(hours=25)
    assert await overdue.look() == 1
    assert await world.held() == [("acknowledgment", "acknowledgment-overdue")]
    await world.receive(functional_ack(1))
    assert await world.held() == []
