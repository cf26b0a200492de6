"""What follows a rejection where the agreement declares it (R37): all sinks are told, once, in the order of the key."""

import pytest

from canonical.envelope import Verb, event_type
from gateway import operations
from gateway.operations.hub_decision import decide_document
from gateway.pipeline.hub_answer import HubSaid
from gateway.states import Thing
from tests.gateway.world import PARTNER_YAML, World, an_order


@pytest.mark.parametrize("declared", [True, False])
async def test_an_order_that_the_hub_rejects_is_taken_back_everywhere(tmp_path, declared: bool):
    said = 'set: "850"}, on_rejected: cancel}' if declared else 'set: "850"}}'
    world = await World.open(tmp_path, partner=PARTNER_YAML.replace('set: "850"}}', said))
    await world.receive(an_order())
    [order] = await world.rows(Thing.DOCUMENT)
    for _ in range(2):  # the same decision again changes nothing
        await decide_document(world.context, order["id"], HubSaid(), accepts=False, client="erp")
        await world.work()
    later = [event for event in world.hub.events.values() if event["id"] != order["event_id"]]
    assert len(later) == int(declared)
    for event in later:
        assert event["type"] == event_type("harborline", "Order", Verb.CANCELLED)
        assert event["data"]["purchaseOrderNumber"] == "4500000001"
        assert event["causationid"] == order["event_id"]
        assert event["partitionkey"] == order["partition_key"]
        assert "document.compensated" in await world.actions("4500000001")
    assert (await operations.counts(world.context))["lost"] == []
    await world.close()


async def test_what_the_hub_accepts_is_not_taken_back(tmp_path):
    world = await World.open(tmp_path, partner=PARTNER_YAML.replace('set: "850"}}', 'set: "850"}, on_rejected: cancel}'))
    await world.receive(an_order())
    [order] = await world.rows(Thing.DOCUMENT)
    await decide_document(world.context, order["id"], HubSaid(), accepts=True, client="erp")
    await world.work()
    assert len(world.hub.events) == 1
    await world.close()
