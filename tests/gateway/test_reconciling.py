"""Partners, gateway and hub compared by flow and day: what matches, what still has time, what differs until it no longer does."""

import asyncio
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway import operations
from gateway.errors import Cause, Refusal, TransientError
from gateway.operations import consumers
from gateway.operations.reconciling import reconcile_run, reconcile_status
from gateway.operations.review import review
from gateway.pipeline.reconciling.run import Reconciling
from gateway.pipeline.schedule import Overdue
from gateway.store.schema import Document
from gateway.store.statement import add
from tests.gateway.command_line import gateway
from tests.gateway.owed_world import GATEWAY, HEAD, OWED, confirm
from tests.gateway.world import World, an_order

BOTH_WAYS = "\n".join(
    f'  - {{id: {way}-{set_id}, direction: {way}, standard: {{x12: "004010", set: "{set_id}"}}}}'
    for set_id in ("810", "846", "856", "861", "940", "943", "944", "945", "947")
    for way in ("inbound", "outbound")
)
TRADING = f"{HEAD}owners: {{partner: dock@northmart.example}}\nagreements:\n{BOTH_WAYS}\n"
ITEM = {"gtin": "00085234500106", "buyerItemId": "004410001"}
OTHER = {"buyerItemId": "004410002"}
WAREHOUSE = {"warehouse": {"name": "SHORELINE", "id": "SL02", "idScheme": "assignedByBuyer"}}


@pytest.fixture
async def trading(tmp_path):
    world = await World.open(tmp_path / "trading", gateway=GATEWAY, partner=TRADING)
    yield world
    await world.close()


async def kept(world: World, kind: str, direction: str, body: dict[str, Any], correlation: str, *, state: str | None = None) -> str:
    """A document of our store, as if it had come or left by now."""
    id_ = world.context.new_id("doc")
    number = next(
        str(body[name])
        for name in ("warehouseOrderNumber", "shipmentNumber", "invoiceNumber", "reportNumber", "adjustmentNumber", "number")
        if name in body
    )
    row = {
        "id": id_,
        "direction": direction,
        "state": state or ("DELIVERED" if direction == "inbound" else "SENT"),
        "document_type": kind,
        "partner_id": "northmart",
        "agreement_id": f"{direction}-x",
        "usage": "live",
        "business_key": number,
        "correlation_id": correlation,
        "event_id": id_,
        "event_type": "x",
        "partition_key": "x",
        "body": json.dumps({"documentType": kind, **body}),
        "created_at": world.clock(),
    }
    await world.context.store.write(lambda connection: add(connection, Document.table(), row))
    return id_


def quantity(value: int, unit: str = "XCS") -> dict[str, str]:
    return {"value": str(value), "unit": unit}


def warehouse_order(value: int = 10, **more: Any) -> dict[str, Any]:
    line = {"lineNumber": "1", "item": ITEM, "quantity": quantity(value)}
    return {"purpose": "original", "warehouseOrderNumber": "WO-1", "parties": WAREHOUSE, "lines": [line], **more}


def shipped(value: int, status: str = "partialBackordered", *, item: dict[str, str] | None = None, code: str = "full") -> dict[str, Any]:
    line = {"lineNumber": "1", "item": item or ITEM, "status": status, "quantityShipped": quantity(value)}
    return {"reportingCode": code, "warehouseOrderNumber": "WO-1", "shipDate": "2026-11-18", "parties": WAREHOUSE, "lines": [line]}


def notice(value: int, shipment: str = "SHP-1", **more: Any) -> dict[str, Any]:
    items = [{"lineNumber": "1", "item": ITEM, "quantityShipped": quantity(value)}]
    head = {"purpose": "original", "shipmentNumber": shipment, "createdAt": "2026-11-18T10:00:00-05:00", "structure": "SOI"}
    return {**head, "orders": [{"purchaseOrderNumber": "45", "items": items}], **more}


def invoice(value: int, number: str = "INV-1", kind: str = "commercial") -> dict[str, Any]:
    line = {"lineNumber": "1", "item": ITEM, "quantityInvoiced": quantity(value), "unitPrice": "2.5"}
    head = {"purpose": "original", "invoiceNumber": number, "invoiceDate": "2026-11-18", "invoiceType": kind, "currency": "USD"}
    return {**head, "purchaseOrderNumber": "45", "lines": [line], "totals": {"amountDue": "25"}}


async def stands(world: World, flow: str) -> tuple[str, list[tuple[str, str]]]:
    """How a flow of today came out, and its alarms: cause and detail."""
    await Reconciling(world.context).look()
    found = await reconcile_status(world.context, flow=flow)
    [day] = [one for one in found["days"] if one["day"] == "2026-11-18"]
    return day["status"], [(one["cause"], one["detail"]) for one in found["alarms"]]


async def test_an_order_without_its_confirmation_is_an_alarm_until_it_left(tmp_path):
    without_clock = OWED.replace(', sla: {respond_with: "855", within: {from: "DTM[ACK]", else: 4h}}', "")
    world = await World.open(tmp_path, gateway=GATEWAY, partner=without_clock)
    await world.receive(an_order())
    assert await stands(world, "orders-confirmed") == ("waiting", [])
    world.clock.pass_time(hours=25)
    status, [(cause, detail)] = await stands(world, "orders-confirmed")
    assert (status, cause, detail) == ("differs", "document-missing", "no OrderAcknowledgment left by 2026-11-19 10:00")
    [held] = (await operations.held(world.context))["held"]
    assert (held["about"], held["owner"], held["person"]) == ("Order 4500000001", "hub", "orders@harborline.example")
    assert held["decisions"] == [{"operation": "review", "id": held["id"]}]
    await confirm(world)
    assert await stands(world, "orders-confirmed") == ("matches", [])
    assert {"alarm.raised", "alarm.resolved"} <= set(await world.actions("4500000001"))
    await world.close()


async def test_what_the_list_of_answers_has_is_no_second_alarm(tmp_path):
    world = await World.open(tmp_path, gateway=GATEWAY, partner=OWED)
    await world.receive(an_order())
    world.clock.pass_time(hours=5)
    assert await stands(world, "orders-confirmed") == ("differs", [])
    await Overdue(world.context).look()
    assert [one["cause"] for one in (await operations.held(world.context))["held"]] == ["answer-owed"]
    await world.close()


async def test_several_confirmations_of_one_warehouse_order_fill_its_ledger(trading: World):
    await kept(trading, "WarehouseOrder", "outbound", warehouse_order(), "wo")
    assert await stands(trading, "warehouse-shipped") == ("waiting", [])
    trading.clock.pass_time(hours=1)
    await kept(trading, "WarehouseShipmentConfirmation", "inbound", shipped(6), "wo")
    assert await stands(trading, "warehouse-shipped") == ("waiting", [])  # the rest is to come
    trading.clock.pass_time(days=2)
    assert await stands(trading, "warehouse-shipped") == ("differs", [("quantity-differs", "00085234500106: ordered 10, shipped 6")])
    await kept(trading, "WarehouseShipmentConfirmation", "inbound", shipped(4), "wo")
    assert await stands(trading, "warehouse-shipped") == ("matches", [])


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        (shipped(8, "outOfStock"), ("differs", "ordered 10, shipped 8")),  # nothing more is to come: at once
        (shipped(12, "completeWithExtra"), ("differs", "ordered 10, shipped 12")),
        (shipped(3, "complete", item=OTHER, code="exceptionsOnly"), ("differs", "ordered 0, shipped 3")),
        ({**shipped(0), "reportingCode": "noExceptions", "lines": []}, ("matches", "")),
    ],
)
async def test_what_a_warehouse_closes_or_overdoes_differs_at_once(trading: World, told: dict[str, Any], outcome: tuple[str, str]):
    await kept(trading, "WarehouseOrder", "outbound", warehouse_order(), "wo")
    await kept(trading, "WarehouseShipmentConfirmation", "inbound", told, "wo")
    status, found = await stands(trading, "warehouse-shipped")
    assert status == outcome[0]
    assert all(outcome[1] in detail for _, detail in found)
    assert bool(found) is (status == "differs")


async def test_a_warehouse_order_counts_as_it_was_changed_last_and_waits_for_its_day(trading: World):
    await kept(trading, "WarehouseOrder", "outbound", warehouse_order(requestedShipDate="2026-11-25"), "wo")
    trading.clock.pass_time(days=3)
    assert await stands(trading, "warehouse-shipped") == ("waiting", [])
    trading.clock.pass_time(days=7)
    status, [(cause, detail)] = await stands(trading, "warehouse-shipped")
    assert (status, cause, detail) == ("differs", "document-missing", "no WarehouseShipmentConfirmation came by 2026-11-27 23:59")
    await kept(trading, "WarehouseOrder", "outbound", warehouse_order(purpose="cancellation", lines=[]), "wo")
    found = await reconcile_run(trading.context, date(2026, 11, 18))
    assert found["resolved"] == 1


async def test_what_was_shipped_is_invoiced_neither_less_nor_more(trading: World):
    await kept(trading, "ShipNotice", "outbound", notice(10), "po")
    assert await stands(trading, "shipments-invoiced") == ("waiting", [])
    trading.clock.pass_time(days=4)
    assert await stands(trading, "shipments-invoiced") == ("differs", [("document-missing", "no Invoice left by 2026-11-21 10:00")])
    await kept(trading, "Invoice", "outbound", invoice(7), "po")
    assert await stands(trading, "shipments-invoiced") == ("differs", [("quantity-differs", "00085234500106: shipped 10, invoiced 7")])
    await kept(trading, "Invoice", "outbound", invoice(3, "INV-2"), "po")
    await kept(trading, "Invoice", "outbound", invoice(5, "CR-1", "creditNote"), "po")
    assert await stands(trading, "shipments-invoiced") == ("matches", [])
    await kept(trading, "Invoice", "outbound", invoice(1, "INV-3"), "po")
    found = await reconcile_run(trading.context, date(2026, 11, 18))
    assert [one["detail"] for one in found["alarms"]] == ["00085234500106: shipped 10, invoiced 11"]


async def test_a_suppliers_shipment_and_a_transfer_are_followed_too(trading: World):
    await kept(trading, "ShipNotice", "inbound", notice(10), "supplied")
    await kept(trading, "Invoice", "inbound", invoice(12), "supplied")
    assert await stands(trading, "shipments-invoiced") == ("differs", [("quantity-differs", "00085234500106: shipped 10, invoiced 12")])
    transfer = {"number": "T-1"}
    await kept(trading, "StockTransferNotice", "outbound", transfer, "transfer")
    assert (await stands(trading, "transfers-received"))[0] == "waiting"
    trading.clock.pass_time(days=8)
    status, [(cause, _)] = await stands(trading, "transfers-received")
    assert (status, cause) == ("differs", "document-missing")
    await kept(trading, "StockTransferReceipt", "inbound", transfer, "transfer")
    assert await stands(trading, "transfers-received") == ("matches", [])
    assert (await stands(trading, "deliveries-received"))[0] == "differs"  # no receipt of ours went to the supplier


def report(number: str, *counted: tuple[dict[str, str], int], mode: str = "snapshot") -> dict[str, Any]:
    lines = [{"item": item, "quantities": [{"state": "onHand", "quantity": quantity(value)}]} for item, value in counted]
    moments = {"reportAt": "2026-11-18T06:00:00-06:00", "asOf": "2026-11-18T05:00:00-06:00"}
    return {"mode": mode, "reportNumber": number, **moments, "parties": WAREHOUSE, "lines": lines}


async def test_stock_is_compared_by_warehouse_and_item_with_what_was_adjusted_since(trading: World):
    await kept(trading, "InventoryReport", "inbound", report("R-1", (ITEM, 100), (OTHER, 20)), "stock")
    await Reconciling(trading.context).look()
    assert (await reconcile_status(trading.context, flow="stock"))["days"] == []  # the hub posts nothing
    await kept(trading, "InventoryReport", "outbound", report("H-1", (ITEM, 96), (OTHER, 20)), "hub")
    status, [(cause, detail)] = await stands(trading, "stock")
    assert (status, cause, detail) == ("differs", "stock-differs", "00085234500106 onHand: warehouse 100, hub 96")
    moved = {"lineNumber": "1", "item": ITEM, "reason": "destroyed", "quantityDelta": quantity(-4)}
    body = {"adjustmentDate": "2026-11-18T08:00:00-06:00", "adjustmentNumber": "A-1", "parties": WAREHOUSE, "lines": [moved]}
    await kept(trading, "InventoryAdjustment", "inbound", body, "stock")
    assert await stands(trading, "stock") == ("matches", [])


async def test_what_came_and_is_not_at_the_hub_is_one_alarm_a_partner_and_day(tmp_path):
    world = await World.open(tmp_path, gateway=GATEWAY, partner=OWED)
    world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "down")] * 4
    await world.receive(an_order())
    await world.receive(an_order("4500000002", number=2))
    assert await stands(world, "at-the-hub") == ("waiting", [])
    world.clock.pass_time(minutes=16)
    assert await stands(world, "at-the-hub") == ("differs", [("not-at-the-hub", "not at the hub since 2026-11-18 10:00")])
    world.hub.faults = []
    world.clock.pass_time(hours=12)
    await world.work()
    assert await stands(world, "at-the-hub") == ("matches", [])
    await world.close()


async def test_a_consumer_of_the_feed_that_stands_still_is_an_alarm_until_it_reads_on(tmp_path):
    world = await World.open(tmp_path, gateway=GATEWAY, partner=OWED)
    await world.receive(an_order())
    await consumers.set_position(world.context, "erp", 0, "first", by="kim")
    watch = Reconciling(world.context)
    assert await watch.look() == ([], 0)
    world.clock.pass_time(minutes=61)
    [raised] = (await watch.look())[0]
    assert (raised.about, raised.detail) == ("consumer erp of the feed", "has read nothing behind number 0 of the feed")
    await consumers.advance(world.context, "erp", 1, by="erp")
    assert await watch.look() == ([], 1)
    await world.close()


async def test_a_reviewed_difference_stays_off_the_list_until_it_changes(trading: World):
    await kept(trading, "WarehouseOrder", "outbound", warehouse_order(), "wo")
    await kept(trading, "WarehouseShipmentConfirmation", "inbound", shipped(8, "outOfStock"), "wo")
    await Reconciling(trading.context).look()
    [held] = (await operations.held(trading.context))["held"]
    assert (held["owner"], held["person"]) == ("partner", "dock@northmart.example")
    await review(trading.context, held["id"], "known, the rest is on WO-2", by="kim")
    await Reconciling(trading.context).look()
    assert (await operations.held(trading.context))["held"] == []
    await kept(trading, "WarehouseShipmentConfirmation", "inbound", shipped(1, "complete"), "wo")
    await reconcile_run(trading.context, date(2026, 11, 18))
    [held] = (await operations.held(trading.context))["held"]
    assert held["detail"] == "00085234500106: ordered 10, shipped 9"


async def test_days_that_are_settled_are_not_compared_again_and_old_alarms_are(trading: World):
    await kept(trading, "WarehouseOrder", "outbound", warehouse_order(), "wo")
    trading.clock.pass_time(days=30)  # far outside of the days that are looked at
    await reconcile_run(trading.context, date(2026, 11, 18))
    await kept(trading, "WarehouseShipmentConfirmation", "inbound", shipped(10, "complete"), "wo")
    assert await Reconciling(trading.context).look() == ([], 1)
    at = [one["at"] for one in (await reconcile_status(trading.context, flow="warehouse-shipped"))["days"]]
    trading.clock.pass_time(hours=1)
    await Reconciling(trading.context).look()
    assert [one["at"] for one in (await reconcile_status(trading.context, flow="warehouse-shipped"))["days"]] == at


async def test_of_days_that_never_were_nothing_is_known(trading: World):
    with pytest.raises(Refusal):
        await reconcile_status(trading.context, day=date(9999, 12, 31))


def test_the_command_tells_it_by_flow_and_day(tmp_path: Path):
    async def happen() -> None:
        world = await World.open(tmp_path, gateway=GATEWAY, partner=TRADING)
        await kept(world, "WarehouseOrder", "outbound", warehouse_order(), "wo")
        await kept(world, "WarehouseShipmentConfirmation", "inbound", shipped(8, "outOfStock"), "wo")
        await world.close()

    asyncio.run(happen())
    told = gateway("-w", tmp_path, "reconcile", "run", "--day", "2026-11-18")
    assert told.code == 1
    assert "2026-11-18  warehouse-shipped  northmart  1         0        0        1          differs" in told.out
    assert "next (partner, dock@northmart.example): Compare the lines named" in told.out
