"""What people are shown: the work list, one thing, the story of a number, and how documents and bare sets are found."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway import operations
from gateway.errors import Cause, PermanentError, Refusal, TransientError
from gateway.operations.decisions import decisions
from gateway.operations.folders import folders
from gateway.operations.wire import position_in, segment_texts, transaction_set_of
from gateway.pipeline.business_number import business_number
from gateway.pipeline.context import PickupHealth
from gateway.plural import counted
from gateway.states import Thing
from gateway.store.moves import table_of
from maps.registry import MapRegistry
from partners.load import read_files
from tests.gateway.world import World, an_order, functional_ack, interchange, purchase_order, ship_notice

INNER_PACK = purchase_order("4500000001").replace("*10*CA*", "*10*IP*")
OVERLAY = f"""
map: partners/northmart/maps/850
extends: x12/004010/850@{MapRegistry().get("x12/004010/850").version}
version: 1
tables:
  uom: {{extend: true, IP: XIN}}
"""


async def test_a_held_set_says_where_what_by_which_rule_and_with_which_value(world: World):
    await world.receive(interchange(INNER_PACK))
    [held] = (await operations.held(world.context))["held"]
    assert (held["about"], held["businessNumber"], held["cause"], held["errors"]) == ("850 0001", "4500000001", "map-fault", 1)
    assert held["decisions"] == [{"operation": name, "id": held["id"]} for name in ("replay", "reject")]
    assert held["detail"] == "1 error in mapping"
    shown = await operations.show(world.context, held["id"])
    [finding] = shown["findings"]
    assert (finding["code"], finding["value"], finding["hint"]) == ("code-unknown", "IP", "table uom")
    assert finding["rule"].startswith("x12/004010/850@")
    assert finding["sentence"].startswith("PO103 at segment 6, in loop PO1 ($.lines[0].quantity.unit): ")
    assert finding["text"] == "PO1*1*10*IP*2.5*PE*UP*085234500106*IN*004410001"
    assert [row["about"] for row in shown["related"]["transmissions"]] == ["interchange 000000001"]
    assert [row["about"] for row in shown["related"]["acknowledgments"]] == ["997 000000001"]


async def test_a_set_that_became_no_document_is_found_by_its_number_and_state(world: World):
    broken = purchase_order("4500000002", control="0002").replace("*10*CA*", "*TEN*CA*")
    await world.receive(interchange(purchase_order("4500000001"), broken))
    search = operations.search
    found = (await search(world.context))["documents"]
    assert {(row["thing"], row["about"], row["validation"], row["acknowledgment"]) for row in found} == {
        ("document", "Order 4500000001", "accepted", "sent"),
        ("transaction_set", "850 0002", "rejected", "sent"),
    }
    for known in ({"po": "4500000002"}, {"state": "REJECTED"}, {"document_type": "850"}, {"document_type": "Order", "state": "REJECTED"}):
        [row] = (await search(world.context, **known))["documents"]
        assert (row["about"], row["businessKey"]) == ("850 0002", "4500000002")
    assert (await search(world.context, state="DELIVERED", po="4500000002"))["documents"] == []
    story = (await operations.timeline(world.context, "4500000002"))["events"]
    rejected = next(event for event in story if event["action"] == "transaction-set.rejected")
    assert rejected["message"] == "850 rejected: 1 error."
    assert rejected["sentences"][0].startswith("PO102 at segment 6")


async def test_pages_hold_documents_and_bare_sets_in_one_order(world: World):
    broken = [purchase_order(f"B{n}", control=f"{n:04}").replace("*10*CA*", "*TEN*CA*") for n in range(1, 4)]
    good = [purchase_order(f"G{n}", control=f"{n:04}") for n in range(4, 7)]
    await world.receive(interchange(*broken, *good))
    seen, after = [], None
    while True:
        page = await operations.search(world.context, limit=2, after=after)
        seen += [row["id"] for row in page["documents"]]
        after = page["next"]
        if after is None:
            break
    moments = [id_.partition("_")[2] for id_ in seen]
    assert len(set(seen)) == 6
    assert moments == sorted(moments, reverse=True)


async def test_the_story_of_an_order_marks_what_belongs_to_others(world: World):
    await world.receive(interchange(purchase_order("1", control="0001"), purchase_order("2", control="0002")))
    told = await operations.timeline(world.context, "1")
    siblings = {event["about"] for event in told["events"] if event.get("sibling")}
    own = [event["about"] for event in told["events"] if not event.get("sibling")]
    assert siblings == {"850 0002", "Order 2"}
    assert {"interchange 000000001", "850 0001", "Order 1", "997 000000001"} == set(own)
    assert [(row["about"], row["validation"], row["delivery"]) for row in told["documents"]] == [("Order 1", "accepted", "delivered")]
    whole = await operations.timeline(world.context, told["events"][0]["id"])
    assert not any(event.get("sibling") for event in whole["events"])


async def test_what_a_person_mended_is_no_longer_open_but_still_told(tmp_path: Path):
    world = await World.open(tmp_path)
    received = await world.receive(interchange(INNER_PACK))
    [event] = [e for e in (await operations.timeline(world.context, "4500000001"))["events"] if e.get("isOpen")]
    assert event["sentences"][0].startswith("PO103")
    profile = (tmp_path / "partners/northmart/partner.yaml").read_text()
    (tmp_path / "partners/northmart/maps").mkdir()
    (tmp_path / "partners/northmart/maps/850.yaml").write_text(OVERLAY)
    (tmp_path / "partners/northmart/partner.yaml").write_text(
        profile.replace("id: orders,", "id: orders, map: partners/northmart/maps/850,")
    )
    await operations.apply(world.context, read_files(tmp_path), by="ana", reason="inner packs")
    await operations.replay(world.context, received.transmission_id, "unit IP is known now", "restart", by="ana")
    await world.work()
    assert world.hub.orders == ["4500000001"]
    told = await operations.timeline(world.context, "4500000001")
    assert not any(event.get("isOpen") for event in told["events"])
    held = next(event for event in told["events"] if event["action"] == "transaction-set.held")
    assert held["sentences"][0].startswith("PO103")  # kept by the event, though the set has no finding any more
    replayed = next(event for event in told["events"] if event["actor"] == "ana")
    assert replayed["data"]["reason"] == "unit IP is known now"
    await world.close()


async def test_a_replay_that_is_held_again_says_why_it_is_held_now(tmp_path: Path):
    world = await World.open(tmp_path)
    received = await world.receive(interchange(INNER_PACK))
    profile = tmp_path / "partners/northmart/partner.yaml"
    profile.write_text("".join(line for line in profile.read_text().splitlines(keepends=True) if "id: orders" not in line))
    await operations.apply(world.context, read_files(tmp_path), by="ana", reason="a slip")
    await operations.replay(world.context, received.transmission_id, "try", "restart", by="ana")
    await world.work()
    [held] = (await operations.held(world.context))["held"]
    assert (held["thing"], held["cause"]) == ("transaction_set", "no-agreement")
    await world.close()


async def test_a_rejection_by_the_partner_shows_our_own_segment(world: World):
    await world.receive(an_order())
    await world.submit(ship_notice())
    await world.receive(functional_ack(2, "R"))
    [held] = (await operations.held(world.context))["held"]
    assert (held["thing"], held["about"], held["businessNumber"]) == ("acknowledgment", "997 for ShipNotice SHP-1", "SHP-1")
    shown = await operations.show(world.context, held["id"])
    [finding] = shown["findings"]
    assert (finding["set"], finding["controlNumber"]) == ("856", "0001")
    assert finding["text"].startswith("BSN*00*SHP-1*")
    told = (await operations.timeline(world.context, "4500000001"))["events"]
    [refused] = [event for event in told if event["action"] == "acknowledgment.rejected"]
    assert refused["isOpen"]
    assert finding["sentence"] == "The partner says of BSN02 at segment 2: a mandatory element is missing (data element 396)."
    assert refused["sentences"] == ["BSN02 at segment 2: the partner says: a mandatory element is missing (data element 396)."]
    assert {"Order 4500000001", "ShipNotice SHP-1", "997 for ShipNotice SHP-1"} <= {event["about"] for event in told}


async def test_a_ship_notice_for_nobody_asks_the_hub_not_the_analyst(world: World):
    await world.submit(ship_notice("no-such-order"))
    [held] = (await operations.held(world.context))["held"]
    assert (held["cause"], held["owner"], held["about"]) == ("receiver-unknown", "hub", "ShipNotice SHP-1")


async def test_deliveries_are_named_by_what_they_carry_and_what_can_be_done(world: World):
    world.hub.faults = [PermanentError(Cause.DELIVERY_REFUSED, "410")]
    world.partner.faults = [PermanentError(Cause.CREDENTIALS_REFUSED, "no")]
    await world.receive(an_order())
    held = {row["about"]: row for row in (await operations.held(world.context))["held"]}
    assert set(held) == {"Order 4500000001", "997 000000001"}
    for row in held.values():
        assert [one["operation"] for one in row["decisions"]] == ["resend", "reject"]
        assert (await operations.show(world.context, row["id"]))["decisions"] == row["decisions"]


@pytest.mark.parametrize("destination", ["partner:northmart:as2", "mdn:northmart"])
def test_of_what_failed_by_as2_the_explanation_is_offered_first(destination: str):
    row = {"id": "dlv_1", "state": "REFUSED", "destination": destination}
    assert [one["operation"] for one in decisions(Thing.DELIVERY, row)] == ["as2-explain", "resend", "reject"]


@pytest.mark.parametrize(
    "row",
    [
        {"state": "REFUSED", "destination": "partner:northmart:sftp"},
        {"state": "HELD", "destination": "partner:northmart:as2", "cause": Cause.DELIVERY_REFUSED.value},  # as by HTTP 413
    ],
)
def test_no_explanation_is_offered_where_no_as2_message_was_judged(row: dict[str, str]):
    assert [one["operation"] for one in decisions(Thing.DELIVERY, row | {"id": "dlv_1"})] == ["resend", "reject"]


def test_a_folder_that_refuses_us_sends_the_operator_to_the_test_of_its_rights():
    look = PickupHealth(datetime(2026, 1, 1, tzinfo=UTC), Cause.DELIVERY_REFUSED, "could not rename: permission denied")
    [folder] = folders({"northmart:sftp:out": look})
    assert (folder["title"], folder["detail"]) == ("Not allowed there", look.detail)
    assert "gateway sftp test" in folder["nextAction"]


async def test_an_attempt_put_off_says_when_the_next_one_is(world: World):
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")]
    await world.receive(an_order())
    [event] = [e for e in (await operations.timeline(world.context, "4500000001"))["events"] if e["action"] == "delivery.put-off"]
    assert event["about"] == "Order 4500000001"
    assert event["sentences"] == ["no connection"]
    assert "isOpen" not in event


async def test_what_was_never_opened_cannot_be_let_go(world: World):
    """It has no payload: releasing it would make it neither finished nor held."""
    await world.receive(an_order())
    [row] = await world.rows(Thing.TRANSMISSION, direction="inbound")

    def unopen(connection):
        unopened = {"state": "HELD", "cause": "as2-not-opened", "transport": "as2", "payload_sha256": None}
        table = table_of(Thing.TRANSMISSION)
        connection.execute(table.update().where(table.c.id == row["id"]).values(**unopened))

    await world.context.store.write(unopen)
    [held] = (await operations.held(world.context))["held"]
    assert [one["operation"] for one in held["decisions"]] == ["as2-explain", "reject"]
    with pytest.raises(Refusal, match="never opened"):
        await operations.release(world.context, held["id"], "let it go")
    assert (await operations.counts(world.context))["lost"] == []


def test_a_business_number_is_read_off_the_beginning_segment_alone():
    data = interchange(purchase_order("4500000001"), purchase_order("", control="0002"))
    first, second = (transaction_set_of(data, index=index)[1] for index in (1, 2))
    assert (business_number(first), business_number(second)) == ("4500000001", "")


def test_segments_are_found_by_their_number_and_shown_without_terminator():
    data = interchange(purchase_order("4500000001"))
    place = transaction_set_of(data, index=1)
    assert place is not None
    assert segment_texts(data, place, [1, 2, 99]) == {1: "ST*850*0001", 2: "BEG*00*SA*4500000001**20261118"}
    assert transaction_set_of(data, index=7) is None
    assert transaction_set_of(b"Dear Sirs", index=1) is None
    assert position_in({"sentence": "PO103 at segment 34, in loop PO1: wrong."}) == 34
    assert position_in({"place": "$.items[0]"}) is None


@pytest.mark.parametrize(("number", "said"), [(0, "0 errors"), (1, "1 error"), (2, "2 errors")])
def test_numbers_with_their_nouns(number: int, said: str):
    assert counted(number, "error") == said
    assert re.fullmatch(r"\d+ (entry|entries)", counted(number, "entry", "entries"))
