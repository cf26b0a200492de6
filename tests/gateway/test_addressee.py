"""For whom a document of the hub is that does not say it: by its receiver's id, else refused with what is missing."""

import asyncio
import json

import pytest

from gateway import operations
from gateway.errors import Cause, Refusal
from gateway.sources.build import build_sources
from gateway.sources.run import Sources
from gateway.states import Thing
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, an_order
from tests.support.brokers import no_secret
from tests.support.waiting import eventually

MILL = """
partner: {id}
name: {id}
status: live
zone: America/Chicago
identities: {{x12: [{{qualifier: ZZ, id: {code}}}], edifact: [{{qualifier: "14", id: "{gln}"}}]}}
transports: {{folder: {{drop: {{folder: to-{id}}}}}}}
agreements:
  - {{id: orders, direction: outbound, standard: {{x12: "004010", set: "850"}}}}
"""
OURS, THEIRS, BOTH = "4098765000010", "4012345000016", "4000001000005"
FILES = {
    "partners/mill/partner.yaml": MILL.format(id="mill", code="MILL", gln=THEIRS),
    "partners/twin/partner.yaml": MILL.format(id="twin", code="TWIN", gln=BOTH),
    "partners/other/partner.yaml": MILL.format(id="other", code="OTHER", gln=BOTH),
}
SOURCE = "sources:\n  erp: {kind: folder, path: from-erp, every: 0.05}\n"


def order(**seller):
    """What we order; `seller` is whom of."""
    parties = {
        "buyer": {"id": OURS, "idScheme": "gln"},
        "shipTo": {"id": OURS, "idScheme": "gln"},
        **({"seller": seller} if seller else {}),
    }
    return {
        "documentType": "Order",
        "purpose": "original",
        "orderType": "standAlone",
        "purchaseOrderNumber": "PO-77",
        "orderDate": "2026-11-18",
        "parties": parties,
        "lines": [{"lineNumber": "1", "quantity": {"value": "4", "unit": "XCS"}, "item": {"gtin": "00085234500106"}}],
    }


@pytest.fixture
async def buying(tmp_path):
    world = await World.open(tmp_path / "buying", gateway=GATEWAY_YAML + SOURCE, partner=PARTNER_YAML, **FILES)
    yield world
    await world.close()


@pytest.mark.parametrize("seller", [{"id": THEIRS, "idScheme": "gln"}, {"id": "MILL", "idScheme": "mutual"}])
async def test_an_order_goes_to_the_partner_whose_id_the_seller_has(buying: World, seller: dict[str, str]):
    await operations.submit(buying.context, "Order", order(**seller), "key-1")
    await buying.work()
    [row] = await buying.rows(Thing.DOCUMENT, direction="outbound")
    assert (row["partner_id"], row["findings"], row["transmission_id"] is not None) == ("mill", None, True)


async def test_the_seller_counts_before_a_customer_whose_order_has_the_same_number(buying: World):
    await buying.receive(an_order("PO-77"))
    await operations.submit(buying.context, "Order", order(id=THEIRS, idScheme="gln"), "key-1")
    await buying.work()
    [row] = await buying.rows(Thing.DOCUMENT, direction="outbound")
    assert row["partner_id"] == "mill"


@pytest.mark.parametrize(
    ("seller", "words"),
    [
        ({}, "the receiver's id is missing"),
        ({"id": "4098765000027", "idScheme": "gln"}, "the id is not that of exactly one partner"),
        ({"id": BOTH, "idScheme": "gln"}, "the id is not that of exactly one partner"),
        ({"id": "MILL", "idScheme": "assignedByBuyer"}, "the id is not that of exactly one partner"),
    ],
)
async def test_an_order_for_nobody_is_refused_with_what_is_missing(buying: World, seller: dict[str, str], words: str):
    with pytest.raises(Refusal, match="the parameter `partner`") as refused:
        await operations.submit(buying.context, "Order", order(**seller), "key-1")
    assert refused.value.cause is Cause.RECEIVER_UNKNOWN
    assert [(fault["path"], fault["message"]) for fault in refused.value.faults] == [("$.parties.seller.id", words)]
    assert await buying.rows(Thing.DOCUMENT, direction="outbound") == []
    await operations.submit(buying.context, "Order", order(**seller), "key-1", partner="mill")  # it used up no key


async def test_from_a_folder_it_is_held_with_the_cause(buying: World, tmp_path):
    folder = tmp_path / "buying/from-erp"
    folder.mkdir(exist_ok=True)
    sources = Sources(buying.context, build_sources(buying.context, no_secret))
    message = order(id="4098765000027", idScheme="gln")
    (folder / ".one").write_text(json.dumps(message))
    (folder / ".one").rename(folder / "one.json")
    task = asyncio.create_task(sources.run())
    try:
        await eventually(lambda: buying.context.sources.get("erp") and buying.context.sources["erp"].held == 1)
    finally:
        sources.stop()
        await asyncio.wait_for(task, 60)
    assert await buying.held() == [("transmission", "receiver-unknown")]
    held = await buying.one(Thing.TRANSMISSION, state="HELD")
    assert [finding["path"] for finding in held["findings"]] == ["$.parties.seller.id"]
