"""Checks before sending, with the store: labels of earlier shipments, what the warehouse confirmed, the order; and who has to act."""

import json

import pytest

from gateway import operations
from gateway.pipeline.known import around, labels_of
from gateway.states import Thing
from gateway.store import ssccs
from tests.gateway.world import PARTNER_YAML, World, an_order, label, ship_notice

SHORELINE = """
partner: shoreline
name: Shoreline 3PL
status: live
identities: {x12: [{qualifier: ZZ, id: SHORELINE}]}
agreements:
  - {id: confirmations, direction: inbound, standard: {x12: "004010", set: "945"}}
"""


def confirmation(quantity: str, *, number: int = 1) -> bytes:
    """A 945 of the warehouse for line 1 of the order, in the depositor's words."""
    segments = [
        "ST*945*0001",
        "W06*F*WO-1*20261202*SHP-3PL**4500000001",
        "N1*ST*NORTHMART DC*9*0614141001170",
        "LX*1",
        f"W12*CC*10*{quantity}*{10 - int(quantity)}*CA**UP*085234500106",
    ]
    body = "~\n".join([*segments, f"SE*{len(segments) + 1}*0001"]) + "~\n"
    head = f"ISA*00*          *00*          *ZZ*{'SHORELINE':15}*ZZ*HARBORLINE     *261202*0915*U*00401*{number:09}*0*P*>~\n"
    return (head + f"GS*SW*SHORELINE*HARBORLINE*20261202*0915*{number}*X*004010~\n{body}GE*1*{number}~\nIEA*1*{number:09}~\n").encode()


async def findings(world: World, document_id: str) -> list[tuple[str, str, str]]:
    row = await world.one(Thing.DOCUMENT, id=document_id)
    return [(f["code"], f["severity"], f["owner"]) for f in row["findings"] or [] if f["source"] == "check"]


async def test_a_label_of_an_earlier_shipment_is_held_whoever_gets_it(world: World):
    await world.receive(an_order())
    await world.submit(ship_notice(shipment="SHP-1"), "one")
    answer = await world.submit(ship_notice(shipment="SHP-2", sscc=label("SHP-1")), "two")
    assert await world.held() == [("document", "check-failed")]
    assert await findings(world, answer["documentId"]) == [("sscc-reused", "error", "warehouse")]
    [held] = (await operations.held(world.context))["held"]
    assert held["owner"] == "warehouse"


async def test_after_a_year_a_label_is_free_again(world: World):
    await world.receive(an_order())
    await world.submit(ship_notice(shipment="SHP-1"), "one")
    world.clock.pass_time(days=366)
    await world.submit(ship_notice(shipment="SHP-2", sscc=label("SHP-1")), "two")
    assert [held for held in await world.held() if held[0] == "document"] == []


async def test_a_notice_that_was_held_uses_no_label(world: World):
    await world.receive(an_order())
    wrong = ship_notice(shipment="SHP-1")
    wrong["orders"][0]["packs"][0]["items"][0]["quantityShipped"]["value"] = "11"
    answer = await world.submit(wrong, "one")
    await operations.reject(world.context, answer["documentId"], "counted wrongly")
    await world.submit(ship_notice(shipment="SHP-2", sscc=label("SHP-1")), "two")
    assert await world.held() == []


async def test_two_notices_at_once_cannot_both_take_a_label(world: World):
    """The second is checked before the first is committed, and looks again when it is to be committed itself."""
    await world.receive(an_order())
    steps = []

    def watch(step: str) -> None:
        steps.append(step)
        if step == "outbound.encode" and steps.count("outbound.encode") == 1:
            now = world.clock()
            world.context.store.write_now(
                lambda connection: ssccs.use(connection, "live", ssccs.OURS, [label("SHP-2")], "SHP-1", "doc_other", now)
            )

    world.context.on_step = watch
    await world.submit(ship_notice(shipment="SHP-2"), "two")
    assert steps.count("outbound.encode") == 2
    assert await world.held() == [("document", "check-failed")]
    assert world.partner.sets() == ["997"]


async def test_a_switch_lets_it_go_with_a_remark(tmp_path):
    world = await World.open(tmp_path, partner=PARTNER_YAML + "checks: {sscc-reused: warn, quantity-over-ordered: off}\n")
    await world.receive(an_order())
    await world.submit(ship_notice(shipment="SHP-1"), "one")
    twice = ship_notice(shipment="SHP-2", sscc=label("SHP-1"))
    twice["orders"][0]["packs"][0]["items"][0]["quantityShipped"]["value"] = "11"
    answer = await world.submit(twice, "two")
    assert await findings(world, answer["documentId"]) == [("sscc-reused", "warning", "warehouse")]
    assert world.partner.sets() == ["997", "856", "856"]
    await world.close()


@pytest.mark.parametrize(("confirmed", "held"), [("10", []), ("9", [("document", "check-failed")])])
async def test_what_the_warehouse_confirmed_is_what_may_be_told(tmp_path, confirmed, held):
    world = await World.open(tmp_path, **{"partners/shoreline/partner.yaml": SHORELINE})
    await world.receive(an_order())
    await world.receive(confirmation(confirmed), partner_id="shoreline")
    assert world.hub.calls == 2
    answer = await world.submit(ship_notice())
    assert await world.held() == held
    assert [code for code, *_ in await findings(world, answer["documentId"])] == (["confirmed-quantity-differs"] if held else [])
    order = await world.one(Thing.DOCUMENT, document_type="Order")
    confirmed_by = await world.one(Thing.DOCUMENT, document_type="WarehouseShipmentConfirmation")
    assert confirmed_by["correlation_id"] == order["correlation_id"]  # one story: order, confirmation, notice
    await world.close()


async def test_an_invoice_is_compared_with_order_and_notices(tmp_path):
    partner = PARTNER_YAML + '  - {id: invoices, direction: outbound, standard: {x12: "004010", set: "810"}}\n'
    world = await World.open(tmp_path, partner=partner)
    await world.receive(an_order())
    await world.submit(ship_notice(), "notice")
    invoice = {
        "documentType": "Invoice",
        "invoiceNumber": "INV-1",
        "invoiceDate": "2026-12-03",
        "invoiceType": "commercial",
        "purchaseOrderNumber": "4500000001",
        "lines": [{"quantityInvoiced": {"value": "11", "unit": "XCS"}, "unitPrice": "2.75", "item": {"gtin": "00085234500106"}}],
        "totals": {"amountDue": "30.25"},
    }
    answer = await operations.submit(world.context, "Invoice", invoice, "invoice")
    assert answer["partnerId"] == "northmart"  # the order says for whom it is
    await world.work()
    assert await world.held() == [("document", "check-failed")]
    found = await findings(world, answer["documentId"])
    assert [(code, severity) for code, severity, _ in found] == [
        ("price-differs", "warning"),
        ("quantity-over-ordered", "error"),
        ("quantity-over-shipped", "warning"),
    ]
    await world.close()


async def test_what_is_known_is_looked_up_in_the_same_usage_only(world: World):
    await world.receive(an_order())
    answer = await world.submit(ship_notice())
    row = await world.one(Thing.DOCUMENT, id=answer["documentId"])
    from canonical.registry import parse

    other = parse(json.loads(row["body"]) | {"shipmentNumber": "SHP-9"})
    now = world.clock()

    def look(connection) -> list[int]:
        live, test = (around(connection, row | {"id": "doc_9", "usage": usage}, other, (), now) for usage in ("live", "test"))
        return [len(live.notices), len(live.ssccs), len(test.notices), len(test.ssccs)]

    assert await world.context.store.read(look) == [1, 1, 0, 0]
    assert labels_of(other) == {label("SHP-1")}
