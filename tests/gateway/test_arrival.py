"""What came too late, too early, or back to us: stale states are marked, changes wait for their order, echoes go nowhere (R24, R27)."""

from pathlib import Path
from typing import Any

import pytest

from gateway import operations
from gateway.operations.replay import Asked, replay_many
from gateway.operations.replay_actions import Action
from gateway.states import Thing
from gateway.store.selection import Filter
from tests.gateway.conftest import BOTH
from tests.gateway.world import PARTNER_YAML, World, an_order, interchange, purchase_order, ship_notice

DATABASES = BOTH
CHANGES = '  - {{id: changes, direction: inbound, standard: {{x12: "004010", set: "860"}}{more}}}\n'
STATUSES = '  - {{id: statuses, direction: inbound, standard: {{x12: "004010", set: "214"}}{more}}}\n'
NOTICES_IN = '  - {id: their-notices, direction: inbound, standard: {x12: "004010", set: "856"}}\n'


def change(sequence: int, po: str = "4500000001", *, quantity: int = 12) -> str:
    return f"ST*860*0001~BCH*04*SA*{po}**{sequence}*20261118*****20261119~POC*1*QI*{quantity}*2*CA*2.5*PE*UP*085234500106~CTT*1~SE*5*0001~"


def status(number: str, code: str, day: str, time: str = "0800") -> str:
    return f"ST*214*0001~B10*PRO-1*LOAD-9*SCAC~L11*{number}*2I~LX*1~AT7*{code}*NS***{day}*{time}*UT~SE*6*0001~"


async def opened(root: Path, *agreements: str) -> World:
    return await World.open(root, partner=PARTNER_YAML + "".join(agreements))


def told(world: World) -> list[dict[str, Any]]:
    return list(world.hub.events.values())


async def test_an_older_status_is_delivered_and_marked_as_stale(world_database: str, tmp_path: Path):
    world = await opened(tmp_path, STATUSES.format(more=""))
    await world.receive(interchange(status("1", "X6", "20261119"), number=1, functional="QM"))
    await world.receive(interchange(status("3", "D1", "20261121"), number=2, functional="QM"))
    await world.receive(interchange(status("2", "AJ", "20261120"), number=3, functional="QM"))
    await world.receive(interchange(status("4", "D1", "20261121", "0900"), number=4, functional="QM"))
    events = told(world)
    assert [event.get("stale") for event in events] == [None, None, True, None]
    assert events[2]["newerid"] == events[1]["id"]
    row = await world.one(Thing.DOCUMENT, event_id=events[2]["id"])
    noted = await operations.timeline(world.context, row["id"])
    assert [event["data"]["newer"] for event in noted["events"] if event["action"] == "document.mapped" and "newer" in event["data"]] == [
        events[1]["id"]
    ]
    await world.close()


async def test_what_lies_ahead_makes_nothing_stale(tmp_path: Path):
    world = await opened(tmp_path, STATUSES.format(more=""))
    await world.receive(interchange(status("1", "AG", "20261225"), number=1, functional="QM"))  # estimated delivery
    await world.receive(interchange(status("2", "X6", "20261119"), number=2, functional="QM"))
    assert [event.get("stale") for event in told(world)] == [None, None]
    await world.close()


@pytest.mark.parametrize(("policy", "state"), [("hold", "HELD"), ("drop", "SUPERSEDED")])
async def test_where_it_is_agreed_what_is_older_is_held_or_dropped(tmp_path: Path, policy: str, state: str):
    world = await opened(tmp_path, STATUSES.format(more=f", arrival: {{stale: {policy}}}"))
    await world.receive(interchange(status("2", "D1", "20261121"), number=1, functional="QM"))
    await world.receive(interchange(status("1", "X6", "20261119"), number=2, functional="QM"))
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED", state]
    assert len(told(world)) == 1
    if policy == "hold":
        [held] = (await operations.held(world.context))["held"]
        assert (held["cause"], held["decisions"][0]["operation"]) == ("out-of-order", "release")
        await operations.release(world.context, held["id"], "the hub wants it")
        await world.work()
        assert [event.get("stale") for event in told(world)] == [None, True]
    await world.close()


async def test_what_is_sent_again_after_a_newer_state_came_is_stale_by_then(tmp_path: Path):
    world = await opened(tmp_path, STATUSES.format(more=""))
    await world.receive(interchange(status("1", "X6", "20261119"), number=1, functional="QM"))
    await world.receive(interchange(status("2", "D1", "20261121"), number=2, functional="QM"))
    world.hub.events.clear()
    await replay_many(world.context, Asked(Action.DELIVERY, wanted=Filter(document_type="ShipmentStatus")), "again", confirm=True)
    await world.work()
    assert [(event["replay"], event.get("stale")) for event in told(world)] == [(True, True), (True, None)]
    await world.close()


async def test_changes_wait_for_their_order_and_follow_it_in_their_own_order(world_database: str, tmp_path: Path):
    world = await opened(tmp_path, CHANGES.format(more=""))
    await world.receive(interchange(change(2), number=1, functional="PC"))
    await world.receive(interchange(change(1), number=2, functional="PC"))
    await world.receive(interchange(change(1, "4500000002"), number=3, functional="PC"))
    assert await world.states(Thing.DOCUMENT) == ["WAITING"] * 3
    assert (told(world), await world.held()) == ([], [])
    await world.receive(an_order(number=4))
    assert [event["data"].get("changeSequence", "order") for event in told(world)] == ["order", "1", "2"]
    assert len({event["correlationid"] for event in told(world)}) == 1
    assert sorted(await world.states(Thing.DOCUMENT)) == ["DELIVERED"] * 3 + ["WAITING"]
    assert world.partner.sets() == ["997"] * 4
    await world.receive(interchange(change(3), number=5, functional="PC"))  # the order is here: nothing waits
    assert told(world)[-1]["data"]["changeSequence"] == "3"
    assert not [event for event in told(world) if "stale" in event]
    await world.close()


async def test_order_and_change_in_one_file_go_in_order(tmp_path: Path):
    world = await opened(tmp_path, CHANGES.format(more=""))
    head, tail = an_order(number=1).decode().rsplit("IEA", 1)[0], "IEA*2*000000001~"
    group = f"GS*PC*NORTHMART*HARBORLINE*20261118*0915*2*X*004010~{change(1)}GE*1*2~"
    await world.receive((head + group + tail).encode())
    assert [event["data"]["documentType"] for event in told(world)] == ["Order", "OrderChange"]
    await world.close()


async def test_a_change_whose_order_never_comes_is_shown_to_a_person_and_still_follows_it(tmp_path: Path):
    world = await opened(tmp_path, CHANGES.format(more=", arrival: {order_wait: 2h}"))
    await world.receive(interchange(change(1), number=1, functional="PC"))
    world.clock.pass_time(hours=1, minutes=59)
    await world.work()
    assert await world.held() == []
    world.clock.pass_time(minutes=2)
    await world.work()
    assert await world.held() == [("document", "order-missing")]
    await world.receive(an_order(number=2))
    assert (await world.held(), [event["data"]["documentType"] for event in told(world)]) == ([], ["Order", "OrderChange"])
    await world.close()


async def test_a_change_waits_for_an_order_that_is_held_and_goes_when_a_person_releases_that(tmp_path: Path):
    world = await opened(tmp_path, CHANGES.format(more=""))
    no_place = interchange(
        purchase_order("4500000001").replace("N1*ST*NORTHMART DC*UL*0614141001170~\n", "").replace("SE*8*", "SE*7*"), number=1
    )
    await world.receive(no_place)
    assert await world.held() == [("document", "check-failed")]
    await world.receive(interchange(change(1), number=2, functional="PC"))
    order, waiting = await world.rows(Thing.DOCUMENT)
    assert waiting["state"] == "WAITING"
    await operations.release(world.context, order["id"], "we know where it goes")
    await world.work()
    assert [event["data"]["documentType"] for event in told(world)] == ["Order", "OrderChange"]
    await world.close()


async def test_where_it_is_agreed_a_change_goes_at_once(tmp_path: Path):
    world = await opened(tmp_path, CHANGES.format(more=', arrival: {order_wait: "off"}'))
    await world.receive(interchange(change(1), number=1, functional="PC"))
    assert len(told(world)) == 1
    await world.close()


async def test_a_person_may_let_a_change_go_before_its_order(tmp_path: Path):
    world = await opened(tmp_path, CHANGES.format(more=""))
    await world.receive(interchange(change(1), number=1, functional="PC"))
    [waiting] = await world.rows(Thing.DOCUMENT)
    await operations.release(world.context, waiting["id"], "the hub has the order from elsewhere")
    await world.work()
    assert len(told(world)) == 1
    await world.close()


async def test_what_we_sent_and_comes_back_is_an_echo_and_what_only_has_the_number_is_not(tmp_path: Path):
    world = await opened(tmp_path, NOTICES_IN)
    await world.receive(an_order())
    sent = await world.submit(ship_notice())
    ours = world.partner.received[-1].decode()
    back = ours[ours.index("ST*856") : ours.index("GE*1*")]
    await world.receive(interchange(back, number=2, functional="SH"))
    echo = await world.one(Thing.DOCUMENT, direction="inbound", document_type="ShipNotice")
    assert (echo["state"], echo["original_id"]) == ("DUPLICATE", sent["documentId"])
    assert [event["data"]["documentType"] for event in told(world)] == ["Order"]
    assert "document.echo" in await world.actions("4500000001")
    other = back.replace("*10*CA", "*9*CA")
    assert other != back
    await world.receive(interchange(other, number=3, functional="SH"))
    assert [event["data"]["documentType"] for event in told(world)] == ["Order", "ShipNotice"]
    await world.close()
