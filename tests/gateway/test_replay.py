"""Doing things over on purpose: shown first, limited, marked for the hub, written down, and the books looked at behind it."""

import json
from pathlib import Path

import pytest

from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.operations import replay_many, replays_listed
from gateway.operations.replay import Asked
from gateway.operations.replay_actions import Action, Step
from gateway.operations.replay_diff import changes_of
from gateway.settings import parse_settings
from gateway.states import Thing
from gateway.store.selection import Filter
from partners.load import read_files
from tests.gateway.conftest import BOTH
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, an_order, functional_ack, interchange, purchase_order, ship_notice

DATABASES = BOTH


@pytest.fixture
async def world(tmp_path: Path):
    world = await World.open(tmp_path)
    yield world
    await world.close()


async def restart_many(world: World, *, confirm: bool, step: Step = Step.VALIDATE, limit: int | None = None, **wanted):
    asked = Asked(Action.RESTART, wanted=Filter(**wanted), step=step, limit=limit)
    return await replay_many(world.context, asked, "the map was mended", by="ana", confirm=confirm)


async def deliver_many(world: World, *, confirm: bool = True, **wanted):
    return await replay_many(
        world.context, Asked(Action.DELIVERY, wanted=Filter(**wanted)), "the hub restored a backup", by="ana", confirm=confirm
    )


async def test_a_look_changes_nothing(world: World):
    for number in (1, 2, 3):
        await world.receive(an_order(f"45000{number}", number=number))
    before = {thing: await world.rows(thing) for thing in Thing}
    looked = await deliver_many(world, confirm=False, document_type="Order")
    assert (looked["dryRun"], looked["found"], looked["done"], looked["refused"]) == (True, 3, 3, [])
    assert [one["businessNumber"] for one in looked["sample"]] == ["450001", "450002", "450003"]
    assert {thing: await world.rows(thing) for thing in Thing} == before
    assert await world.work() == 0
    assert (await replays_listed(world.context))["replays"] == []


async def test_deliveries_by_filter_come_again_marked_in_order_and_counted(world_database: str, world: World):
    for number in (1, 2, 3):
        await world.receive(an_order(f"45000{number}", number=number))
        world.clock.pass_time(minutes=10)
    seen = dict(world.hub.events)
    world.hub.events.clear()
    since = world.clock.now.replace(hour=15, minute=5)
    answer = await deliver_many(world, document_type="Order", since=since)
    await world.work()
    assert answer["found"] == answer["done"] == 2
    assert sorted(world.hub.orders) == ["450002", "450003"]  # order is kept per key
    for event in world.hub.events.values():
        assert event["id"] in seen  # the same event ...
        assert (event["replay"], event["replayid"], event["replayaction"]) == (True, answer["replayId"], "delivery")
        assert event["replayof"] == event["id"]
        assert event["data"] == seen[event["id"]]["data"]
        assert "replay" not in seen[event["id"]]
    told = (await operations.timeline(world.context, "450003"))["events"]
    [resent] = [event for event in told if event["action"] == "delivery.resent"]
    assert resent["actor"] == "ana"
    assert resent["data"] == {"reason": "the hub restored a backup", "mode": "delivery", "replay": answer["replayId"]}
    assert world.context.metrics.registry.get_sample_value("gateway_replayed_total", {"action": "delivery"}) == 2


async def test_the_books_are_looked_at_behind_a_replay(world: World):
    await world.receive(an_order())
    world.hub.faults = [RuntimeError("broken")]
    answer = await deliver_many(world, partner="northmart", document_type="Order")
    await world.work()
    assert (await replays_listed(world.context))["replays"][0].get("books") is None
    world.clock.pass_time(seconds=61)
    await world.work()
    [row] = (await replays_listed(world.context))["replays"]
    assert (row["id"], row["reason"], row["actor"], row["done"]) == (answer["replayId"], "the hub restored a backup", "ana", 1)
    assert (row["books"]["held"], row["books"]["reconciliation"]["lost"]) == (1, [])
    assert await world.actions(row["id"]) == ["replay.queued", "replay.reconciled"]

    [delivery] = await world.rows(Thing.DELIVERY, kind="sink")
    await operations.resend(world.context, delivery["id"], "mended")
    await world.work()
    world.clock.pass_time(seconds=61)
    await world.work()
    first = (await replays_listed(world.context))["replays"][0]
    assert (first["books"]["held"], first["books"]["deliveries"]) == (0, {"DELIVERED": 1})


async def test_the_limit_takes_the_oldest_and_leaves_the_rest(world: World):
    for number in (1, 2, 3):
        await world.receive(an_order(f"45000{number}", number=number))
    world.hub.events.clear()
    asked = Asked(Action.DELIVERY, wanted=Filter(document_type="Order"), limit=2)
    answer = await replay_many(world.context, asked, "again", confirm=True)
    await world.work()
    assert (answer["found"], answer["left"], answer["done"]) == (3, 1, 2)
    assert sorted(world.hub.orders) == ["450001", "450002"]


async def test_what_names_nothing_means_nothing_and_no_reason_does_nothing(world: World):
    await world.receive(an_order())
    assert (await replay_many(world.context, Asked(Action.DELIVERY), "again", confirm=True))["found"] == 0
    with pytest.raises(Refusal) as refused:
        await replay_many(world.context, Asked(Action.DELIVERY, wanted=Filter(document_type="Order")), " ", confirm=True)
    assert refused.value.cause is Cause.CONFLICT
    assert await world.work() == 0


async def test_what_is_not_possible_for_one_does_not_stop_the_others(world_database: str, world: World):
    received = await world.receive(an_order())
    [document] = await world.rows(Thing.DOCUMENT)
    asked = Asked(Action.DUPLICATE, (received.transmission_id, document["id"], "doc_unknown"))
    answer = await replay_many(world.context, asked, "twice on purpose", confirm=True)
    await world.work()
    assert answer["done"] == 1
    assert [one["id"] for one in answer["refused"]] == [received.transmission_id, "doc_unknown"]
    [copy] = [event for event in world.hub.events.values() if event["id"] != document["event_id"]]
    assert (copy["replayaction"], copy["replayof"], copy["id"]) == ("duplicate", document["event_id"], answer["copies"][0])


async def test_held_sets_are_found_by_their_cause_and_go_on_when_the_map_is_mended(tmp_path: Path):
    world = await World.open(tmp_path)
    held = interchange(purchase_order("4500000001").replace("*CA*", "*IP*"), purchase_order("4500000002", control="0002"))
    await world.receive(held)
    assert world.hub.orders == ["4500000002"]
    looked = await restart_many(world, confirm=False, cause="map-fault", document_type="850")
    assert looked["found"] == 1
    [still] = await changes_of(world.context, looked["which"])
    assert (still["outcome"], still["cause"]) == ("held", "map-fault")

    await _apply(world, uom="IP: XIN")
    [mended] = await changes_of(world.context, looked["which"])
    assert mended["outcome"] == "mapped"
    await restart_many(world, confirm=True, cause="map-fault", document_type="850")
    await world.work()
    assert world.hub.orders == ["4500000002", "4500000001"]
    assert await world.held() == []
    await world.close()


async def _apply(world: World, *, uom: str, **files: str) -> None:
    """Put a map in force that reads a unit otherwise."""
    overlay = f"map: partners/northmart/maps/850\nversion: 1\nextends: x12/004010/850@3\ntables: {{uom: {{extend: true, {uom}}}}}\n"
    told = read_files(world.context.root) | {"partners/northmart/maps/850.yaml": overlay.encode()}
    told |= {path: text.encode() for path, text in files.items()}
    await operations.apply(world.context, told, by="ana", reason="a better map")


async def test_a_restart_shows_each_value_that_changes_and_marks_what_takes_the_place(tmp_path: Path):
    world = await World.open(tmp_path)
    await world.receive(interchange(purchase_order("4500000001"), purchase_order("4500000002", control="0002")))
    first, second = await world.rows(Thing.DOCUMENT)
    assert [one["outcome"] for one in await changes_of(world.context, [first["id"]])] == ["same"]
    await _apply(world, uom="CA: XBX")
    [changed] = await changes_of(world.context, [first["id"]])
    assert (changed["outcome"], changed["businessNumber"]) == ("different", "4500000001")
    places = {one["where"]: (one["old"], one["new"]) for one in changed["changes"]}
    assert places["$.lines[0].quantity.unit"] == ("XCS", "XBX")
    assert not [where for where in places if where.startswith("$.sourceRef")]

    asked = Asked(Action.RESTART, (first["id"],))
    answer = await replay_many(world.context, asked, "boxes, not cases", by="ana", confirm=True)
    await world.work()
    [anew] = [one for one in await world.rows(Thing.DOCUMENT) if one["id"] not in {first["id"], second["id"]}]  # its neighbour stays
    assert json.loads(anew["body"])["lines"][0]["quantity"]["unit"] == "XBX"
    event = world.hub.events[anew["event_id"]]
    assert (event["replayaction"], event["replayid"], event["replayof"]) == ("restart", answer["replayId"], first["event_id"])
    assert world.partner.sets() == ["997"]
    await world.close()


async def test_from_map_on_a_stricter_guide_does_not_reject_what_was_accepted(tmp_path: Path):
    world = await World.open(tmp_path)
    await world.receive(an_order())
    [document] = await world.rows(Thing.DOCUMENT)
    guide = 'guide: northmart/850\nsegments:\n  "REF[01=DP]": {required: true}\n'
    profile = PARTNER_YAML.replace('set: "850"}}', 'set: "850", guide: guides/850.yaml}}')
    files = {"partners/northmart/guides/850.yaml": guide, "partners/northmart/partner.yaml": profile}
    await _apply(world, uom="CA: XBX", **files)
    [strict] = await changes_of(world.context, [document["id"]])
    assert strict["outcome"] == "rejected"
    [mapped] = await changes_of(world.context, [document["id"]], accepted=True)
    assert mapped["outcome"] == "different"
    await replay_many(world.context, Asked(Action.RESTART, (document["id"],), step=Step.MAP), "boxes", confirm=True)
    await world.work()
    assert [json.loads(row["body"])["lines"][0]["quantity"]["unit"] for row in await world.rows(Thing.DOCUMENT)] == ["XCS", "XBX"]
    await world.close()


async def test_from_delivery_on_a_document_goes_where_the_settings_of_today_say(tmp_path: Path):
    world = await World.open(tmp_path)
    await world.receive(an_order())
    other = type(world.hub)()
    with_second = GATEWAY_YAML.replace("sinks:", "sinks:\n  second: {kind: folder, path: second}")
    world.context.settings = parse_settings(with_second)
    files = read_files(world.context.root) | {"gateway.yaml": with_second.encode()}
    await operations.apply(world.context, files, by="ana", reason="a second sink")
    world.context.sinks = {"hub": world.hub, "second": other}
    world.hub.events.clear()
    await restart_many(world, confirm=True, step=Step.DELIVER, number="4500000001")
    await world.work()
    assert world.hub.orders == other.orders == ["4500000001"]
    [event] = other.events.values()
    assert (event["replayaction"], event["replayof"]) == ("restart", event["id"])
    await world.close()


async def test_bytes_of_ours_are_compared_segment_by_segment(world: World):
    await world.receive(an_order())
    answer = await world.submit(ship_notice())
    group = 2
    await world.receive(functional_ack(group), work=True)
    assert [one["outcome"] for one in await changes_of(world.context, [answer["documentId"]])] == ["same"]
