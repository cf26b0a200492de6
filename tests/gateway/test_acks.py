"""The list of what is owed, how one thing was answered level by level, and how long answers take."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import Cause, Refusal, TransientError
from gateway.operations.ack_show import ack_show
from gateway.operations.acks import acks
from gateway.operations.latency import latency, quantile
from gateway.operations.review import review
from gateway.pipeline.schedule import Overdue
from gateway.states import Thing
from tests.gateway.command_line import gateway
from tests.gateway.owed_world import GATEWAY, OWED, advice, confirm
from tests.gateway.world import World, an_order, functional_ack, ship_notice


@pytest.fixture
async def owed(tmp_path):
    world = await World.open(tmp_path / "owed", gateway=GATEWAY, partner=OWED)
    yield world
    await world.close()


async def listed(world: World, **wanted: Any) -> list[tuple[str, str, str]]:
    return [(one["side"], one["kind"], one["status"]) for one in (await acks(world.context, **wanted))["acknowledgments"]]


async def test_what_both_sides_owe_is_one_list_by_urgency(owed: World):
    await owed.receive(an_order())
    await owed.submit(ship_notice())
    assert await listed(owed) == [("ours", "855", "waiting"), ("theirs", "997", "waiting"), ("theirs", "824", "waiting")]
    owed.clock.pass_time(hours=3)
    assert (await listed(owed))[0] == ("ours", "855", "due-soon")
    owed.clock.pass_time(hours=2)
    await Overdue(owed.context).look()
    assert await listed(owed, side="ours") == [("ours", "855", "overdue")]
    assert await listed(owed, level="syntax") == [("theirs", "997", "waiting")]
    [late] = (await acks(owed.context, status="overdue"))["acknowledgments"]
    assert (late["about"], late["owner"], late["person"], late["ageSeconds"]) == (
        "855 for Order 4500000001",
        "hub",
        "orders@harborline.example",
        5 * 3600,
    )
    assert await listed(owed, partner="somebody") == []


async def test_nobody_is_late_with_an_answer_to_what_has_not_left(owed: World):
    await owed.receive(an_order())
    owed.partner.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection") for _ in range(3)]
    await owed.submit(ship_notice())
    begun = owed.clock()
    before = await owed.one(Thing.ACKNOWLEDGMENT, direction="inbound", kind="997")
    owed.clock.pass_time(seconds=(before["due_at"] - begun).total_seconds() + 60)
    await Overdue(owed.context).look()
    assert "overdue" not in {status for side, _, status in await listed(owed) if side == "theirs"}
    owed.partner.faults = []
    await owed.work()
    after = await owed.one(Thing.ACKNOWLEDGMENT, id=before["id"])
    assert (after["state"], after["due_at"]) == ("EXPECTED", before["due_at"] + (owed.clock() - begun))  # its whole time, from now on
    owed.clock.pass_time(seconds=(before["due_at"] - begun).total_seconds() + 60)
    await Overdue(owed.context).look()
    assert (await owed.one(Thing.ACKNOWLEDGMENT, id=before["id"]))["state"] == "OVERDUE"


async def test_what_was_refused_stands_there_with_its_sentences(owed: World):
    await owed.receive(an_order())
    await owed.submit(ship_notice())
    await owed.receive(functional_ack(2, "R"))
    [refused] = (await acks(owed.context, status="rejected"))["acknowledgments"]
    [told] = refused["sentences"]
    assert told["sentence"] == "The partner says of BSN02 at segment 2: a mandatory element is missing (data element 396)."
    assert told["text"].startswith("BSN*00*SHP-1*")
    assert refused["decisions"] == [{"operation": "review", "id": refused["id"]}]
    await review(owed.context, refused["id"], "corrected as SHP-2", by="kim")
    assert await listed(owed, status="rejected") == []
    shown = await ack_show(owed.context, refused["id"])
    technical = next(one for one in shown["levels"] if one["kind"] == "997")
    assert (technical["reviewedBy"], technical["comment"], technical["verdict"]) == ("kim", "corrected as SHP-2", "rejected")


async def test_our_own_that_cannot_leave_is_ours_to_mend(owed: World):
    owed.partner.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")] * 9
    await owed.receive(an_order())
    assert ("ours", "997", "waiting") in await listed(owed)
    owed.clock.pass_time(hours=25)
    [late] = [one for one in (await acks(owed.context, side="ours", status="overdue"))["acknowledgments"] if one["kind"] == "997"]
    assert (late["title"], late["owner"], late["person"]) == ("Our acknowledgment has not left", "operator", "night@harborline.example")


async def test_one_document_is_told_level_by_level(owed: World):
    await owed.receive(an_order())
    sent = await owed.submit(ship_notice())
    await owed.receive(functional_ack(2))
    await owed.receive(advice())
    shown = await ack_show(owed.context, sent["documentId"])
    assert [(one["level"], one["kind"], one["verdict"]) for one in shown["levels"]] == [
        ("syntax", "997", "accepted"),
        ("business", "824", "rejected"),
    ]
    assert shown["levels"][0]["sets"] == [{"set": "856", "controlNumber": "0001", "verdict": "accepted"}]
    assert "ITEM IS NOT ON THE ORDER" in shown["levels"][1]["sentences"][0]["sentence"]


async def test_ours_is_told_with_the_partners_segment(owed: World):
    await owed.receive(an_order(broken=True))
    ours = await owed.one(Thing.ACKNOWLEDGMENT, direction="outbound")
    [level] = (await ack_show(owed.context, ours["id"]))["levels"]
    assert (level["side"], level["kind"], level["verdict"]) == ("ours", "997", "rejected")
    assert level["sentences"][0]["sentence"].startswith("We said of BEG03 at segment 2:")
    assert level["sentences"][0]["lead"] == "It sent"
    with pytest.raises(Refusal):
        await ack_show(owed.context, "ack_nothing")


async def test_latency_is_told_by_partner_kind_and_set(owed: World):
    await owed.receive(an_order())
    await owed.submit(ship_notice())
    owed.clock.pass_time(seconds=90)
    await owed.receive(functional_ack(2))
    owed.clock.pass_time(hours=1)
    await confirm(owed)
    await owed.receive(advice(verdict="TA"))
    times = {(one["side"], one["kind"], one["set"]): one for one in (await latency(owed.context))["latency"]}
    assert times["theirs", "997", "856"] == {
        "partnerId": "northmart",
        "side": "theirs",
        "kind": "997",
        "level": "syntax",
        "set": "856",
        "count": 1,
        "p50": 90.0,
        "p95": 90.0,
        "p99": 90.0,
        "max": 90.0,
    }
    assert times["theirs", "824", "856"]["max"] == times["ours", "855", None]["max"] == 3690.0
    owed.clock.pass_time(days=31)
    assert (await latency(owed.context))["latency"] == []
    text = owed.context.metrics.render()[0].decode()
    assert 'gateway_answer_seconds_sum{level="syntax"} 90.0' in text
    assert 'gateway_answer_seconds_sum{level="business"} 3690.0' in text
    assert 'gateway_through_seconds_count{direction="inbound",tier="seconds"}' in text


def test_quantiles_are_values_that_were_seen():
    assert [quantile([1.0, 2.0, 3.0, 4.0], share) for share in (0.25, 0.5, 0.95, 1.0)] == [1.0, 2.0, 4.0, 4.0]
    assert quantile([7.0], 0.5) == 7.0


def test_the_commands_tell_it_to_people(tmp_path: Path):
    async def happen() -> None:
        world = await World.open(tmp_path, gateway=GATEWAY, partner=OWED)
        await world.receive(an_order())
        await world.submit(ship_notice())
        await world.receive(functional_ack(2, "R"))
        world.clock.pass_time(hours=5)
        await Overdue(world.context).look()
        await world.close()

    def said(*words: str) -> str:
        done = gateway("-w", tmp_path, *words)
        assert done.code == 0, done.err
        return done.out

    asyncio.run(happen())
    told = said("acks", "list")
    assert "overdue   855 for Order 4500000001 · northmart · we owe · due " in told
    assert "next (hub, orders@harborline.example): Submit it at the hub" in told
    assert "      We sent: BSN*00*SHP-1*" in told
    assert told.splitlines()[-1].startswith("1 overdue, 1 rejected.")
    told = said("acks", "show", "SHP-1")
    assert "  syntax      997 2: rejected" in told
    assert "              856 0001: rejected" in told
    assert "northmart  theirs  997     856  1" in said("acks", "latency", "--days", "400")
