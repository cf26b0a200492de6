"""Who owes whom an answer, until when, and what settles it: each level by itself, by the clock of the agreement."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edi.values import Segment
from gateway import operations
from gateway.errors import Cause, TransientError
from gateway.operations.review import review
from gateway.pipeline.clocks import named_deadline
from gateway.pipeline.expected import ExpectedDocuments
from gateway.pipeline.schedule import Overdue
from gateway.states import Thing
from gateway.store import alarms, revisions
from partners.duties import Expect
from tests.gateway.owed_world import GATEWAY, HEAD, OWED, advice, business, confirm
from tests.gateway.world import World, an_order, functional_ack, interchange, purchase_order, ship_notice

ROOT = Path(__file__).parents[2]
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
async def owed(tmp_path):
    world = await World.open(tmp_path / "owed", gateway=GATEWAY, partner=OWED)
    yield world
    await world.close()


async def test_an_order_is_to_be_answered_until_its_agreement_says_so(owed: World):
    await owed.receive(an_order())
    [due] = await business(owed)
    assert (due["direction"], due["kind"], due["state"], due["control_number"]) == ("outbound", "855", "EXPECTED", "4500000001")
    assert due["due_at"] == owed.clock() + timedelta(hours=4)
    owed.clock.pass_time(hours=1)
    await confirm(owed)
    [done] = await business(owed)
    assert (done["state"], done["finished_at"]) == ("ANSWERED", owed.clock())
    order = await owed.one(Thing.DOCUMENT, document_type="Order")
    assert (await operations.show(owed.context, order["id"]))["business"] == "answered"


async def test_an_order_that_names_its_own_time_is_answered_by_then(owed: World):
    asked = purchase_order("4500000001").replace("DTM*002*20261208~\n", "DTM*002*20261208~\nDTM*ACK*20261120~\n").replace("SE*8", "SE*9")
    await owed.receive(interchange(asked))
    [due] = await business(owed)
    assert due["due_at"] == datetime(2026, 11, 20, 23, 59, 59, tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("segment", "moment"),
    [
        (Segment("DTM", ("ACK", "20261120", "1430")), datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        (Segment("DTM", (("ACK", "202611201430", "203"),)), datetime(2026, 11, 20, 20, 30, tzinfo=UTC)),
        (Segment("DTM", ("ACK", "20261399")), None),
        (Segment("DTM", ("ACK", "soon")), None),
        (Segment("DTM", ("002", "20261120")), None),
    ],
)
def test_a_time_that_cannot_be_read_is_none(segment: Segment, moment: datetime | None):
    assert named_deadline([segment], "DTM[ACK]", CHICAGO) == moment


async def test_an_answer_that_waits_is_warned_of_then_late_and_still_settled(owed: World):
    await owed.receive(an_order())
    look = Overdue(owed.context)
    owed.clock.pass_time(hours=2)
    assert await look.look() == 0
    assert (await owed.actions("4500000001")).count("acknowledgment.due-soon") == 1
    await look.look()
    assert (await owed.actions("4500000001")).count("acknowledgment.due-soon") == 1  # the next one at 80 %
    owed.clock.pass_time(hours=2, minutes=1)
    assert await look.look() == 1
    [late] = (await operations.held(owed.context))["held"]
    assert (late["state"], late["cause"], late["owner"], late["person"]) == ("OVERDUE", "answer-owed", "hub", "orders@harborline.example")
    await confirm(owed)
    assert [row["state"] for row in await business(owed)] == ["ANSWERED"]
    assert await owed.held() == []


async def test_only_the_set_that_is_owed_settles_it(owed: World):
    await owed.receive(an_order())
    await owed.submit(ship_notice())
    assert {(row["kind"], row["state"]) for row in await business(owed)} == {("855", "EXPECTED"), ("824", "EXPECTED")}


async def test_an_824_refuses_on_its_own_level_and_leaves_the_997_alone(owed: World):
    await owed.receive(an_order())
    sent = await owed.submit(ship_notice())
    await owed.receive(functional_ack(2))
    await owed.receive(advice())
    technical = [row for row in await owed.rows(Thing.ACKNOWLEDGMENT, direction="inbound") if row["answers_document_id"] is None]
    assert [(row["kind"], row["state"]) for row in technical] == [("997", "ACCEPTED")]
    [refused] = await business(owed, kind="824")
    assert (refused["state"], refused["cause"]) == ("REJECTED", "rejected-by-application")
    shown = await operations.show(owed.context, sent["documentId"])
    assert (shown["state"], shown["acknowledgment"], shown["business"]) == ("ACKNOWLEDGED", "accepted", "rejected")
    assert [finding["sentence"] for finding in shown["findings"]] == [
        "The partner says of LIN03 at segment 34, order 4500000001: a value is incorrect, ITEM IS NOT ON THE ORDER, value 085234500106."
    ]
    [held] = (await operations.held(owed.context))["held"]
    assert (held["owner"], held["person"]) == ("hub", "kim@harborline.example")  # the agreement names its own


async def test_an_824_that_accepts_settles_and_one_about_nothing_goes_to_its_list(owed: World):
    await owed.receive(an_order())
    await owed.submit(ship_notice())
    await owed.receive(advice(verdict="TA"))
    assert [row["state"] for row in await business(owed, kind="824")] == ["ACCEPTED"]
    await owed.receive(advice("SHP-99", number=78))
    assert await owed.held() == [("acknowledgment", "acknowledgment-unmatched")]


async def test_what_was_refused_before_waits_for_no_application(owed: World):
    await owed.receive(an_order())
    await owed.submit(ship_notice())
    await owed.receive(functional_ack(2, "R"))
    [void] = await business(owed, kind="824")
    assert (void["state"], void["reviewed_by"]) == ("DISMISSED", "gateway")


async def test_what_a_person_put_aside_is_settled_by_what_comes_late(owed: World):
    await owed.receive(an_order())
    await owed.submit(ship_notice())
    owed.clock.pass_time(days=1, minutes=1)
    await Overdue(owed.context).look()
    late = await owed.one(Thing.ACKNOWLEDGMENT, kind="997", direction="inbound")
    await operations.reject(owed.context, late["id"], "the partner sends none this week")
    await owed.receive(functional_ack(2))
    assert (await owed.one(Thing.ACKNOWLEDGMENT, id=late["id"]))["state"] == "ACCEPTED"


async def test_a_rejection_that_was_looked_at_does_not_come_back(owed: World):
    await owed.receive(an_order())
    await owed.submit(ship_notice())
    await owed.receive(functional_ack(2, "R"))
    refused = await owed.one(Thing.ACKNOWLEDGMENT, kind="997", direction="inbound")
    await operations.reject(owed.context, refused["id"], "sent anew")
    await owed.receive(functional_ack(2, "R", number=901))
    assert (await owed.one(Thing.ACKNOWLEDGMENT, id=refused["id"]))["state"] == "DISMISSED"


async def test_our_own_acknowledgment_that_does_not_leave_is_an_alarm_until_it_has(owed: World):
    owed.partner.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")]
    await owed.receive(an_order())
    owed.clock.pass_time(hours=25)
    look = Overdue(owed.context)
    await look.look()
    [alarm] = await owed.context.store.read(lambda c: alarms.listed(c, limit=10))
    assert (alarm["cause"], alarm["about"]) == ("acknowledgment-not-left", "acknowledgments for northmart")
    await owed.work()
    assert len(owed.partner.received) == 1
    await look.look()
    assert await owed.context.store.read(lambda c: alarms.listed(c, limit=10)) == []


DAILY = (
    HEAD + 'agreements:\n  - {id: stock, direction: inbound, standard: {x12: "004010", set: "846"}, expect: {every: day, by: "18:00"}}\n'
)


async def test_a_daily_document_that_does_not_come_is_an_alarm_until_it_does(tmp_path):
    world = await World.open(tmp_path, partner=DAILY)
    watch = ExpectedDocuments(world.context)
    assert await watch.look() == []  # a gateway that began today owes nothing of yesterday
    await world.context.store.write(lambda c: revisions.add_revision(c, {}, by="kim", reason="first", now=world.clock()))
    world.clock.pass_time(days=2)  # the 20th, 09:00 in Chicago
    [missing] = await watch.look()
    assert missing.detail == "an 846 had to come by 2026-11-19 18:00 (America/Chicago); none so far"
    assert await watch.look() == []  # told once
    sample = (ROOT / "samples/standard/x12/846.edi").read_text(encoding="utf-8")
    body = "".join(sample[sample.index("ST*846") : sample.index("GE*")])
    await world.receive(interchange(body, functional="IB"))
    assert await watch.look() == []
    assert await world.context.store.read(lambda c: alarms.listed(c, limit=10)) == []
    world.clock.pass_time(days=2)
    [again] = await watch.look()
    assert again.day == "2026-11-21"
    await world.close()


@pytest.mark.parametrize(
    ("every", "now", "begins", "due"),
    [
        # New York's clocks go back on 2026-11-01: that day has 25 hours
        ("day", "2026-11-01T23:30:00+00:00", "2026-10-31T22:00:00+00:00", "2026-11-01T23:00:00+00:00"),
        ("day", "2026-11-01T22:30:00+00:00", "2026-10-30T22:00:00+00:00", "2026-10-31T22:00:00+00:00"),
        # and forward on 2026-03-08
        ("day", "2026-03-08T22:30:00+00:00", "2026-03-07T23:00:00+00:00", "2026-03-08T22:00:00+00:00"),
        ("workday", "2026-11-15T23:30:00+00:00", "2026-11-12T23:00:00+00:00", "2026-11-13T23:00:00+00:00"),
        ("monday", "2026-11-20T12:00:00+00:00", "2026-11-09T23:00:00+00:00", "2026-11-16T23:00:00+00:00"),
    ],
)
def test_days_are_those_of_the_partner_with_23_or_25_hours(every: str, now: str, begins: str, due: str):
    expect = Expect(every=every, by="18:00")
    found = expect.last_due(datetime.fromisoformat(now), ZoneInfo("America/New_York"))
    assert [moment.isoformat() for moment in found] == [begins, due]
    assert expect.next_due(datetime.fromisoformat(now), ZoneInfo("America/New_York")) > datetime.fromisoformat(now)


def test_a_time_that_the_clock_leaves_out_counts_as_the_one_after_it():
    expect = Expect(every="day", by="02:30")
    _, due = expect.last_due(datetime(2026, 3, 8, 12, 0, tzinfo=UTC), ZoneInfo("America/New_York"))
    assert due == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 03:30 by the clock on the wall


async def test_a_reviewed_alarm_is_off_the_list_and_back_when_it_changes(tmp_path):
    world = await World.open(tmp_path, partner=DAILY)
    watch = ExpectedDocuments(world.context)
    await world.context.store.write(lambda c: revisions.add_revision(c, {}, by="kim", reason="first", now=world.clock()))
    world.clock.pass_time(days=2)
    await watch.look()
    [held] = (await operations.held(world.context))["held"]
    seen = await review(world.context, held["id"], "their plant is closed", by="kim")
    assert (seen["reviewedBy"], seen["comment"], seen["state"]) == ("kim", "their plant is closed", "OPEN")
    await watch.look()
    assert (await operations.held(world.context))["held"] == []
    world.clock.pass_time(days=1)  # now the next one is missing too
    await watch.look()
    [again] = (await operations.held(world.context))["held"]
    assert "2026-11-20" in again["detail"]
    await world.close()
