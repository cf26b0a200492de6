"""A partner is taken on by files alone, while the gateway runs: profile, overlays, guides and golden pairs, `plan` and `apply`. No code, no
restart, no hand in the database; then everything that belongs to an order goes its way, both ways, once, in one exchange.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.demo.documents import functional_ack
from gateway.demo.papers import ship_notice, sscc
from gateway.demo.telling import until
from tests.acceptance.hub_papers import acknowledgment, invoice, warehouse_order
from tests.acceptance.trade import PARTNERS, Trade, segments

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)


def _accept(interchange: bytes, control: int) -> bytes:
    """Brightway's 997 for one set of ours."""
    by_tag = {one.split("*")[0]: one.split("*") for one in segments(interchange)}
    sets = [(by_tag["ST"][1], by_tag["ST"][2])]
    ack = functional_ack(by_tag["GS"][1], by_tag["GS"][6], sets, control, NOW, sender="BRIGHTWAY")
    return ack.replace(b"*ZZ*BRIGHTWAY      *", b"*01*078941230      *", 1)


async def test_a_retailer_joins_and_the_whole_exchange_passes(tmp_path: Path):
    async with Trade(tmp_path) as trade:
        process, tables = trade.gateway.pid, trade.tables()
        files = await trade.join("brightway")
        assert files
        assert all(file.startswith("partners/brightway/") for file in files)

        # the order comes in and is acknowledged
        trade.leave("brightway", "order.edi", (PARTNERS / "brightway/cases/850/two-lines.edi").read_bytes())
        [order] = await trade.arrived("Order")
        assert (order["purchaseOrderNumber"], order["extensions"]) == ("BW-7700031", {"brightway.banner": "BW"})
        assert [line["quantity"]["unit"] for line in order["lines"]] == ["XCS", "XDP"]
        accepted = segments(await trade.written("brightway", "997"))
        assert {"AK1*PO*5501", "AK2*850*0001", "AK5*A", "AK9*A*1*1*1"} <= set(accepted)

        # the hub answers, ships and invoices, and says nowhere for whom
        notice = ship_notice(order, "SHP-0031", [sscc(31), sscc(32)], NOW + timedelta(days=1))
        papers = {
            "855": ("order-acknowledgments", acknowledgment(order, "ACK-0031", NOW)),
            "856": ("ship-notices", notice),
            "810": ("invoices", invoice(order, "INV-0031", "SHP-0031", NOW + timedelta(days=2))),
        }
        correlations, written = set(), {}
        for control, (set_id, (address, document)) in enumerate(papers.items(), 7001):
            submitted = await trade.submit(address, document)
            correlations.add(submitted["correlationId"])
            written[set_id] = await trade.written("brightway", set_id)
            trade.leave("brightway", f"{set_id}.997.edi", _accept(written[set_id], control))
        [correlation] = correlations

        # by the standard, by the guide, and as the overlays have it
        for set_id, interchange in written.items():
            file = tmp_path / f"{set_id}.edi"
            file.write_bytes(interchange)
            await trade.run("edi", "validate", str(file), "--partner", "brightway")
        assert segments(written["855"])[0].split("*")[5:9] == ["ZZ", "HARBORLINE     ", "01", "078941230      "]
        assert {"BAK*00*AD*BW-7700031*20261118****ACK-0031*20261201", "ACK*IA*6*DP*068*20261202"} <= set(segments(written["855"]))
        assert {"PRF*BW-7700031***20261118", f"MAN*GM*00{sscc(32)}"} <= set(segments(written["856"]))
        assert {"BIG*20261203*INV-0031*20261118*BW-7700031***DI*00", "REF*VR*402217", "TDS*181800"} <= set(segments(written["810"]))

        # Brightway accepts all of it
        wanted = {"Order": "DELIVERED", "OrderAcknowledgment": "ACKNOWLEDGED", "ShipNotice": "ACKNOWLEDGED", "Invoice": "ACKNOWLEDGED"}

        async def done() -> bool:
            return await trade.exchange(correlation) == wanted

        assert await until(done), await trade.why()
        assert trade.hub.deliveries == len(trade.hub.documents("Order")) == 1
        assert [len(trade.got("brightway", set_id)) for set_id in ("997", "855", "856", "810")] == [1, 1, 1, 1]
        assert (await trade.gateway.ask("held"))["held"] == []
        assert (trade.gateway.pid, trade.tables()) == (process, tables)
        assert trade.gateway.is_running

        # and none of it passed for want of anybody who looked: what the guide forbids is held
        unpaid = {name: value for name, value in papers["810"][1].items() if name != "vendorNumber"} | {"invoiceNumber": "INV-0032"}
        await trade.submit("invoices", unpaid)

        async def held() -> bool:
            return bool((await trade.gateway.ask("held"))["held"])

        assert await until(held), await trade.why()
        [one] = (await trade.gateway.ask("held"))["held"]
        assert (one["about"], one["cause"]) == ("Invoice INV-0032", "own-output-invalid")
        assert "REF" in str(one["sentences"])
        assert len(trade.got("brightway", "810")) == 1


async def test_a_warehouse_joins_and_ships_what_a_retailer_ordered(tmp_path: Path):
    async with Trade(tmp_path) as trade:
        await trade.join("brightway", "cedarpoint")
        trade.leave("brightway", "order.edi", (PARTNERS / "brightway/cases/850/two-lines.edi").read_bytes())
        [order] = await trade.arrived("Order")
        asked = await trade.submit("warehouse-orders", warehouse_order(order, "WO-0031", "Cedar Point", NOW), partner="cedarpoint")
        written = await trade.written("cedarpoint", "940")
        assert segments(written)[3] == "W05*N*WO-0031*BW-7700031"
        (tmp_path / "940.edi").write_bytes(written)
        await trade.run("edi", "validate", str(tmp_path / "940.edi"), "--partner", "cedarpoint")

        trade.leave("cedarpoint", "shipped.edi", (PARTNERS / "cedarpoint/cases/945/shipped.edi").read_bytes())
        [confirmed] = await trade.arrived("WarehouseShipmentConfirmation")
        assert {"AK1*SW*945", "AK9*A*1*1*1"} <= set(segments(await trade.written("cedarpoint", "997")))
        await trade.submit("ship-notices", ship_notice(order, confirmed["shipmentNumber"], [sscc(31), sscc(32)], NOW + timedelta(days=1)))
        assert f"MAN*GM*00{sscc(31)}" in segments(await trade.written("brightway", "856"))
        wanted = {"Order": "DELIVERED", "WarehouseOrder": "SENT", "WarehouseShipmentConfirmation": "DELIVERED", "ShipNotice": "SENT"}

        async def done() -> bool:
            return await trade.exchange(asked["correlationId"]) == wanted

        assert await until(done), await trade.why()
        assert len(trade.got("cedarpoint", "940")) == len(trade.got("cedarpoint", "997")) == len(trade.got("brightway", "856")) == 1


async def test_a_supplier_joins_and_what_we_order_comes(tmp_path: Path):
    cases = PARTNERS / "millbrook" / "cases"
    order = {
        "documentType": "Order",
        "purpose": "original",
        "orderType": "standAlone",
        "purchaseOrderNumber": "PO-9001",
        "orderDate": "2026-11-18",
        "currency": "EUR",
        "parties": {
            "buyer": {"name": "HARBORLINE FOODS", "idScheme": "gln", "id": "0852345000012"},
            "shipTo": {"name": "HARBORLINE PLANT", "idScheme": "gln", "id": "0852345000012"},
        },
        "lines": [
            {"lineNumber": "1", "quantity": {"value": "500", "unit": "KGM"}, "unitPrice": "1.85", "item": {"gtin": "04098765012341"}}
        ],
    }
    async with Trade(tmp_path) as trade:
        await trade.join("millbrook")
        asked = await trade.submit("orders", order, partner="millbrook")
        written = await trade.written("millbrook", "ORDERS")
        assert {"BGM+220+PO-9001+9", "LIN+1++4098765012341:EN", "QTY+21:500:KGM"} <= set(segments(written))
        (tmp_path / "orders.edi").write_bytes(written)
        await trade.run("edi", "validate", str(tmp_path / "orders.edi"), "--partner", "millbrook")

        for case in ("ORDRSP/accepted", "DESADV/one-pallet", "INVOIC/one-line"):
            trade.leave("millbrook", f"{case.replace('/', '-')}.edi", (cases / f"{case}.edi").read_bytes())
        wanted = {"Order": "SENT", "OrderAcknowledgment": "DELIVERED", "ShipNotice": "DELIVERED", "Invoice": "DELIVERED"}

        async def done() -> bool:
            return await trade.exchange(asked["correlationId"]) == wanted

        assert await until(done), f"{await trade.exchange(asked['correlationId'])}\n{await trade.why()}"
        assert trade.hub.deliveries == 3
        assert await until(lambda: len(trade.got("millbrook", "CONTRL")) == 3)
