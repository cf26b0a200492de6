"""What a partner may have left in a folder that is looked at by a schedule is not missing before somebody has looked."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from gateway.pipeline.expected import ExpectedDocuments
from gateway.pipeline.looks import timed_looks
from gateway.pipeline.receive import Incoming, receive
from gateway.pipeline.schedule import Overdue
from gateway.pipeline.unseen import seen_until
from gateway.store import alarms, looks, revisions
from gateway.store.looks import Looked
from tests.gateway.owed_world import OWED
from tests.gateway.test_reconciling import TRADING, invoice, kept, notice, shipped, stands, warehouse_order
from tests.gateway.world import PARTNER_YAML, World, an_order, functional_ack, interchange, ship_notice

CHICAGO = ZoneInfo("America/Chicago")
ROOT = Path(__file__).resolve().parents[2]
TWICE = '{at: ["06:15", "18:15"]}'
OPEN = '{every: 15m, from: "06:00", to: "22:00"}'
DAILY = (
    PARTNER_YAML[: PARTNER_YAML.index("agreements:")]
    + 'agreements:\n  - {id: stock, direction: inbound, standard: {x12: "004010", set: "846"}, expect: {every: day, by: "BY"}}\n'
)


def at(day: int, clock: str) -> datetime:
    """A moment of November 2026 in Chicago."""
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock), CHICAGO).astimezone(UTC)


def timed(profile: str, schedule: str, more: str = "") -> str:
    return profile.replace(
        "transports: {folder: {drop: {folder: to-northmart}}}",
        f"transports: {{folder: {{drop: {{folder: to-northmart}}, pickup: {{folder: from, schedule: {schedule}}}}}{more}}}",
    )


async def open_world(root: Path, profile: str) -> World:
    world = await World.open(root, partner=profile)
    await world.context.store.write(lambda c: revisions.add_revision(c, {}, by="kim", reason="first", now=world.clock()))
    await looked(world, world.clock())
    return world


async def looked(world: World, moment: datetime) -> None:
    """As if the folder had been looked at: what `Timetable` writes."""
    schedules = {look.endpoint: look.schedule for look in timed_looks(world.context.workspace.partners["northmart"])}

    def write(connection) -> None:
        for one in looks.follow(connection, schedules, moment).values():
            looks.ended(connection, Looked(one.endpoint, one.schedule, moment, moment))

    await world.context.store.write(write)


async def listed_alarms(world: World) -> list[dict[str, Any]]:
    """All that are open."""
    return await world.context.store.read(lambda c: alarms.listed(c, limit=10))


async def stock(world: World, number: int) -> None:
    """A daily document, fetched from the folder."""
    sample = (ROOT / "samples/standard/x12/846.edi").read_text(encoding="utf-8")
    body = "".join(sample[sample.index("ST*846") : sample.index("GE*")])
    await receive(world.context, Incoming("folder", "northmart", interchange(body, number=number, functional="IB")))
    await world.work()


async def test_a_daily_document_is_missing_only_after_the_look_that_would_have_found_it(tmp_path):
    world = await open_world(tmp_path, timed(DAILY.replace("BY", "18:00"), TWICE))
    watch = ExpectedDocuments(world.context)
    world.clock.now = at(20, "18:14")
    await looked(world, at(20, "06:15"))
    assert [one.detail for one in await watch.look()] == ["an 846 had to come by 2026-11-19 18:00 (America/Chicago); none so far"]
    world.clock.now = at(20, "18:16")  # it is just being fetched
    assert await watch.look() == []
    [listed] = await listed_alarms(world)
    assert listed["day"] == "2026-11-19"  # nobody says that it has come
    await looked(world, at(20, "18:15"))
    world.clock.now = at(20, "18:20")
    await watch.look()
    [listed] = await listed_alarms(world)
    assert "by 2026-11-20 18:00" in listed["detail"]
    await stock(world, 1)
    assert await watch.look() == []
    assert await listed_alarms(world) == []
    await world.close()


async def test_what_comes_with_the_next_look_was_never_missing(tmp_path):
    world = await open_world(tmp_path, timed(DAILY.replace("BY", "23:00"), OPEN))
    watch = ExpectedDocuments(world.context)
    world.clock.now = at(19, "12:00")
    await looked(world, at(19, "12:00"))
    await stock(world, 1)
    await looked(world, at(20, "12:00"))
    world.clock.now = at(20, "12:00")
    await stock(world, 2)
    await looked(world, at(20, "22:00"))
    for moment in (at(20, "23:01"), at(21, "05:59"), at(21, "06:04")):  # the window is closed, and has just opened
        world.clock.now = moment
        assert await watch.look() == []
    await looked(world, at(21, "06:00"))
    await stock(world, 3)
    world.clock.now = at(21, "06:30")
    assert await watch.look() == []
    world.clock.now = at(22, "06:10")
    await looked(world, at(22, "06:00"))
    assert len(await watch.look()) == 1  # of the next day none has come
    await world.close()


async def test_of_moments_between_two_looks_the_one_before_the_look_counts(tmp_path):
    world = await open_world(tmp_path, timed(DAILY.replace("BY", "18:00"), '{at: "06:15", on: monday}'))
    watch = ExpectedDocuments(world.context)
    await looked(world, at(23, "06:15"))
    world.clock.now = at(23, "06:16")
    await stock(world, 1)
    for moment in (at(23, "06:30"), at(25, "18:30"), at(30, "06:19")):  # Sunday's is there, and who knows of the days after it
        world.clock.now = moment
        assert await watch.look() == []
    await looked(world, at(30, "06:15"))
    world.clock.now = at(30, "06:20")
    [missing] = await watch.look()
    assert "by 2026-11-29 18:00" in missing.detail
    await world.close()


async def test_what_comes_by_another_way_waits_for_no_window(tmp_path):
    world = await open_world(tmp_path, timed(DAILY.replace("BY", "18:00"), TWICE))
    watch = ExpectedDocuments(world.context)
    sample = (ROOT / "samples/standard/x12/846.edi").read_text(encoding="utf-8")
    await world.receive(interchange("".join(sample[sample.index("ST*846") : sample.index("GE*")]), functional="IB"))  # to our API
    world.clock.now = at(20, "18:01")
    [missing] = await watch.look()
    assert "by 2026-11-20 18:00" in missing.detail
    await world.close()


@pytest.mark.parametrize("left_by", ["folder", "http"])
async def test_an_acknowledgment_that_may_lie_in_the_folder_is_not_overdue(tmp_path, left_by):
    world = await open_world(tmp_path, timed(PARTNER_YAML, TWICE))
    await world.submit(ship_notice(), partner="northmart")  # on the 18th, at 09:00; the 997 is due a day later
    await world.context.store.write(lambda c: c.execute(text(f"UPDATE transmission SET transport = '{left_by}'")))
    overdue = Overdue(world.context)
    world.clock.now = at(19, "09:05")
    await looked(world, at(19, "06:15"))
    assert await overdue.look() == 0
    world.clock.now = at(19, "18:19")
    assert await overdue.look() == 0
    await looked(world, at(19, "18:15"))
    world.clock.now = at(19, "18:20")
    assert await overdue.look() == 1
    assert await world.held() == [("acknowledgment", "acknowledgment-overdue")]
    await world.receive(functional_ack(1))
    assert await world.held() == []
    await world.close()


async def test_our_own_answers_are_late_at_any_time(tmp_path):
    world = await open_world(tmp_path, timed(OWED, TWICE))
    await world.receive(an_order())
    world.clock.pass_time(hours=4, minutes=1)
    assert await Overdue(world.context).look() == 1
    assert [cause for _, cause in await world.held()] == ["answer-owed"]
    await world.close()


@pytest.mark.parametrize(
    ("flow", "papers"),
    [
        ("deliveries-received", [("ShipNotice", "outbound", notice(10))]),
        ("warehouse-shipped", [("WarehouseOrder", "outbound", warehouse_order())]),
        (
            "warehouse-shipped",
            [("WarehouseOrder", "outbound", warehouse_order()), ("WarehouseShipmentConfirmation", "inbound", shipped(6))],
        ),
        ("shipments-invoiced", [("ShipNotice", "inbound", notice(10))]),
        ("shipments-invoiced", [("ShipNotice", "inbound", notice(10)), ("Invoice", "inbound", invoice(6))]),
    ],
)
async def test_an_exchange_differs_only_once_the_folder_was_looked_at(tmp_path, flow, papers):
    world = await open_world(tmp_path, timed(TRADING, '{at: "06:15", on: monday}'))
    for kind, direction, body in papers:  # on Wednesday the 18th; what has to follow does so within a week
        await kept(world, kind, direction, body, "exchange")
    days = {"deliveries-received": (27, 23), "warehouse-shipped": (22, 18), "shipments-invoiced": (22, 18)}
    today, last = days[flow]  # it is late, and the folder was looked at before that
    world.clock.now = at(today, "12:00")
    await looked(world, at(last, "09:00"))
    assert await stands(world, flow) == ("waiting", [])
    await looked(world, at(30, "06:15"))
    world.clock.now = at(30, "06:30")
    status, raised = await stands(world, flow)
    assert (status, len(raised)) == ("differs", 1)
    await world.close()


async def test_what_leaves_is_compared_at_any_time(tmp_path):
    world = await open_world(tmp_path, timed(TRADING, '{at: "06:15", on: monday}'))
    await kept(world, "ShipNotice", "outbound", notice(10), "exchange")
    world.clock.pass_time(days=4)
    assert (await stands(world, "shipments-invoiced"))[0] == "differs"
    await world.close()


@pytest.mark.parametrize(
    ("schedule", "up_to", "now", "seen"),
    [
        (TWICE, at(20, "06:15"), at(20, "12:00"), at(20, "06:15")),
        (TWICE, at(20, "18:15"), at(20, "18:19"), at(20, "06:15")),  # what was fetched is being read
        (TWICE, at(20, "18:15"), at(20, "18:20"), at(20, "18:15")),
        (TWICE, at(20, "06:15"), at(20, "18:40"), at(20, "06:15")),  # the server does not answer
        (TWICE, at(20, "06:15"), at(20, "19:15"), at(20, "18:15")),  # nobody looks, though it is time: not to be silent for that
        (OPEN, at(20, "12:00"), at(20, "12:03"), at(20, "11:45")),
        (OPEN, at(20, "22:00"), at(21, "05:59"), at(20, "22:00")),
        (OPEN, at(20, "20:00"), at(21, "05:59"), at(20, "20:00")),  # it stood still, and the window is closed
        (OPEN, at(20, "20:00"), at(21, "06:02"), at(20, "20:00")),
    ],
)
async def test_up_to_when_we_know_what_is_there(tmp_path, schedule, up_to, now, seen):
    world = await open_world(tmp_path, timed(PARTNER_YAML, schedule))
    world.clock.now = now
    await looked(world, up_to)
    rows = await world.context.store.read(looks.listed)
    partner = world.context.workspace.partners["northmart"]
    assert seen_until(world.context, partner, None, rows) == seen
    assert seen_until(world.context, partner, "folder", rows) == seen
    assert seen_until(world.context, partner, "http", rows) == now
    await world.close()


async def test_a_gateway_that_has_just_started_is_given_the_time_to_look(tmp_path):
    world = await open_world(tmp_path, timed(PARTNER_YAML, TWICE))
    await looked(world, at(20, "06:15"))
    world.clock.now = at(20, "23:00")
    world.context.opened_at = at(20, "22:50")
    rows = await world.context.store.read(looks.listed)
    assert seen_until(world.context, world.context.workspace.partners["northmart"], None, rows) == at(20, "06:15")
    world.clock.pass_time(hours=1)
    assert seen_until(world.context, world.context.workspace.partners["northmart"], None, rows) == at(20, "18:15")
    await world.close()


async def test_without_a_schedule_now_is_now(tmp_path):
    world = await World.open(tmp_path)
    assert seen_until(world.context, world.context.workspace.partners["northmart"], None, {}) == world.clock()
    world.clock.pass_time(hours=1)
    await world.submit(ship_notice(), partner="northmart")
    world.clock.now += timedelta(hours=25)
    assert await Overdue(world.context).look() == 1
    await world.close()
