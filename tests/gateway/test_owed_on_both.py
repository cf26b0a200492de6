"""What is owed, judged and compared, on both databases: the statements are the same, the answers too."""

import pytest

from gateway import operations
from gateway.operations.ack_show import ack_show
from gateway.operations.acks import acks
from gateway.operations.latency import latency
from gateway.operations.reconciling import reconcile_status
from gateway.operations.review import review
from gateway.operations.slo import slo
from gateway.pipeline.attainment import ObjectivesWatch
from gateway.pipeline.expected import ExpectedDocuments
from gateway.pipeline.reconciling.run import Reconciling
from gateway.pipeline.schedule import Overdue
from gateway.store import revisions
from tests.gateway.conftest import BOTH
from tests.gateway.owed_world import GATEWAY, OWED, advice, confirm
from tests.gateway.test_reconciling import BOTH_WAYS, ITEM, invoice, kept, notice, report, shipped, stands, warehouse_order
from tests.gateway.world import World, an_order, functional_ack, ship_notice

DATABASES = BOTH
DAILY = '  - {id: daily, direction: inbound, standard: {x12: "004010", set: "852"}, expect: {every: day, by: "18:00"}}\n'


@pytest.fixture
async def owed(tmp_path, world_database):
    further = "\n".join(line for line in BOTH_WAYS.splitlines() if "outbound-856" not in line)
    world = await World.open(tmp_path / "both", gateway=GATEWAY, partner=f"{OWED}{further}\n{DAILY}")
    yield world
    await world.close()


async def test_answers_are_owed_warned_of_late_settled_and_measured(owed: World):
    await owed.context.store.write(lambda c: revisions.add_revision(c, {}, by="kim", reason="first", now=owed.clock()))
    await owed.receive(an_order())
    await owed.submit(ship_notice())
    look = Overdue(owed.context)
    owed.clock.pass_time(hours=3)
    await look.look()
    owed.clock.pass_time(hours=2)
    assert await look.look() == 1
    await owed.receive(functional_ack(2))
    await owed.receive(advice())
    listed = (await acks(owed.context))["acknowledgments"]
    assert [(one["kind"], one["status"]) for one in listed if one["level"] == "business"] == [("855", "overdue"), ("824", "rejected")]
    await confirm(owed)
    refused = next(one for one in listed if one["kind"] == "824")
    await review(owed.context, refused["id"], "seen", by="kim")
    levels = (await ack_show(owed.context, refused["documentId"]))["levels"]
    assert [(one["kind"], one["state"]) for one in levels] == [("997", "ACCEPTED"), ("824", "DISMISSED")]
    assert {one["kind"]: one["max"] for one in (await latency(owed.context))["latency"]} == {"997": 18000.0, "855": 18000.0}
    owed.clock.pass_time(days=2)
    watch = ExpectedDocuments(owed.context)
    assert [one.agreement_id for one in await watch.look()] == ["daily"]
    assert await watch.look() == []
    assert "document-missing" in {one["cause"] for one in (await operations.held(owed.context))["held"]}
    assert (await operations.status(owed.context))["alarms"] == 1


async def test_objectives_and_days_come_out_alike(owed: World):
    await owed.receive(an_order())
    assert [(one["documentType"], one["judged"], one["late"]) for one in (await slo(owed.context))["flows"]] == [("Order", 1, 0)]
    assert await ObjectivesWatch(owed.context).look() == []
    await kept(owed, "WarehouseOrder", "outbound", warehouse_order(), "wo")
    await kept(owed, "WarehouseShipmentConfirmation", "inbound", shipped(8, "outOfStock"), "wo")
    await kept(owed, "ShipNotice", "outbound", notice(10), "po")
    await kept(owed, "Invoice", "outbound", invoice(10), "po")
    await kept(owed, "InventoryReport", "inbound", report("R-1", (ITEM, 100)), "stock")
    await kept(owed, "InventoryReport", "outbound", report("H-1", (ITEM, 96)), "hub")
    assert await stands(owed, "warehouse-shipped") == ("differs", [("quantity-differs", "00085234500106: ordered 10, shipped 8")])
    await kept(owed, "WarehouseShipmentConfirmation", "inbound", shipped(2, "complete"), "wo")
    await Reconciling(owed.context).look()
    days = (await reconcile_status(owed.context))["days"]
    assert {one["flow"]: one["status"] for one in days} == {
        "orders-confirmed": "waiting",
        "deliveries-received": "waiting",
        "warehouse-shipped": "matches",
        "shipments-invoiced": "matches",
        "stock": "differs",
        "at-the-hub": "matches",
    }
