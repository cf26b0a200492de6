"""Whatever somebody has to see is a line of the log as soon as it is durable, and so is its end; what was undone is none."""

import json
from io import StringIO
from typing import Any

import pytest

from gateway.errors import Cause, TransientError
from gateway.pipeline.schedule import Overdue
from gateway.store.events import EventNote, note
from gateway.store.store import Store
from tests.gateway.rows import NOON
from tests.gateway.world import World, an_order, functional_ack, interchange, purchase_order, ship_notice

SEEN = EventNote("destination.opened", "destination", "sink:hub", "sink:hub", "It does not answer.", cause=Cause.DESTINATION_BUSY)


def new(lines: StringIO) -> list[dict[str, Any]]:
    """What the log said since it was asked last."""
    said = [json.loads(line) for line in lines.getvalue().splitlines()]
    lines.seek(0)
    lines.truncate()
    return said


async def test_a_hub_that_does_not_answer_and_answers_again(world: World, lines: StringIO):
    world.hub.faults = [TransientError(Cause.DESTINATION_BUSY, "HTTP 500") for _ in range(5)]
    for number in range(1, 7):
        await world.receive(an_order(str(number), number=number))
    told = [line for line in new(lines) if line["action"] != "put-off"]
    assert [(line["action"], line["cause"], line["owner"], line["level"]) for line in told] == [
        ("destination-opened", "destination-busy", "operator", "warning"),
        ("alarm-raised", "circuit-open", "operator", "warning"),
    ]
    assert told[0]["thing_id"] == "sink:hub"
    world.clock.pass_time(seconds=61)
    await world.work()
    assert [(line["action"], line["level"]) for line in new(lines)] == [("destination-closed", "info"), ("alarm-resolved", "info")]


async def test_what_is_refused_to_a_partner_is_one_line_a_file(world: World, lines: StringIO):
    await world.receive(interchange(*(purchase_order(str(n), broken=True, control=f"000{n}") for n in (1, 2, 3))))
    [line] = new(lines)
    assert (line["action"], line["count"], line["partner_id"]) == ("transaction-set-rejected", 3, "northmart")
    assert (await world.actions(line["transmission_id"])).count("transaction-set.rejected") == 3


async def test_what_a_partner_refuses_or_does_not_answer_is_told(world: World, lines: StringIO):
    await world.receive(an_order())
    world.agree("northmart-856-out", ack={"expect": True, "overdue_after": "1h"})
    await world.submit(ship_notice())
    await world.submit(ship_notice(shipment="SHP-2"), "key-2")
    new(lines)
    await world.receive(functional_ack(2, "R"))
    refused, of_document = new(lines)
    assert of_document["action"] == "document-rejected"
    assert (refused["action"], refused["cause"], refused["level"]) == ("acknowledgment-rejected", "rejected-by-partner", "warning")
    world.clock.pass_time(hours=25)
    await Overdue(world.context).look()
    [late] = [line for line in new(lines) if line["action"] == "acknowledgment-overdue"]
    assert (late["cause"], late["owner"]) == ("acknowledgment-overdue", "partner")


async def test_what_was_undone_is_not_told(store: Store, lines: StringIO):
    def fails(connection: Any) -> None:
        note(connection, NOON, SEEN)
        raise KeyError("something of ours")

    with pytest.raises(KeyError):
        await store.write(fails)
    going = [store.submit(fails), store.submit(lambda connection: note(connection, NOON, SEEN)), store.submit(fails)]
    for one in going:  # however they are grouped
        try:
            await one
        except KeyError:
            continue
    assert [line["action"] for line in new(lines)] == ["destination-opened"]
