"""Every kind of document crosses the gateway in both directions: read, told by its name, found by its number, submitted, written."""

import json
from pathlib import Path

import pytest

from canonical.envelope import Verb, event_type
from canonical.registry import DOCUMENTS, parse
from edi.grammar.nearest import resolve
from edi.read import read
from edi.values import Standard
from gateway import operations
from gateway.pipeline.business_number import business_number
from gateway.pipeline.correlation import ANSWERS, correlation_of
from gateway.service.hub import SUBMISSIONS, plural
from gateway.states import Thing
from gateway.store import keys
from gateway.store.keys import Business
from maps.registry import MapRegistry
from partners.agree import DOCUMENTS as CARRIED
from tests.gateway.world import PARTNER_YAML, World, interchange

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples" / "standard"
X12 = sorted(path.stem for path in (SAMPLES / "x12").glob("*.edi"))
STANDARD_MAPS = sorted(ROOT.glob("maps/standard/*/*/*.yaml"))


def document_of(set_id: str) -> dict:
    return json.loads((SAMPLES / "x12" / f"{set_id}.json").read_text(encoding="utf-8"))


def partner_of(set_id: str, direction: str) -> str:
    head = PARTNER_YAML[: PARTNER_YAML.index("agreements:")]
    return f'{head}agreements:\n  - {{id: it, direction: {direction}, standard: {{x12: "004010", set: "{set_id}"}}}}\n'


@pytest.mark.parametrize("document_type", DOCUMENTS)
def test_every_document_has_an_address_and_events(document_type):
    assert SUBMISSIONS[plural(document_type)] is DOCUMENTS[document_type]
    assert event_type("harborline", document_type, Verb.RECEIVED).startswith("com.harborline.b2b.")


def test_addresses_are_words():
    assert {"orders", "ship-notices", "invoices", "shipment-statuses", "order-acknowledgments", "remittance-advices"} <= set(SUBMISSIONS)


def test_every_map_of_the_standard_is_of_the_document_that_agreements_take():
    maps = MapRegistry()
    for path in STANDARD_MAPS:
        family, release, name = path.relative_to(ROOT / "maps" / "standard").with_suffix("").parts
        if family in {"x12", "edifact"}:
            assert CARRIED[family, name.upper()] == maps.get(f"{family}/{release}/{name}").document_type, path


@pytest.mark.parametrize("set_id", X12)
async def test_it_comes_in(tmp_path, set_id):
    sample = (SAMPLES / "x12" / f"{set_id}.edi").read_bytes()
    [transaction_set] = read(sample)[0].transaction_sets
    lines = [line for line in sample.decode().replace("\n", "").split("~") if line][2:-2]
    grammar = resolve(Standard.X12, "004010", set_id)
    assert grammar is not None
    world = await World.open(tmp_path, partner=partner_of(set_id, "inbound"))
    await world.receive(interchange("~\n".join(lines) + "~\n", functional=grammar.message.functional_id))
    [event] = world.hub.events.values()
    document = parse(document_of(set_id))
    assert event["type"] == event_type("harborline", document.document_type, Verb.RECEIVED)
    assert event["data"]["documentType"] == document.document_type
    assert event["subject"] == f"northmart/{document.business_number}"
    number = business_number(transaction_set)
    assert not number or any(number in one for one in (document.business_number, *document.purchase_orders))
    found = await operations.search(world.context, po=document.business_number)
    assert [row["about"] for row in found["documents"]] == [f"{document.document_type} {document.business_number}"]
    await world.close()


@pytest.mark.parametrize("set_id", X12)
async def test_it_goes_out(tmp_path, set_id):
    document = document_of(set_id)
    world = await World.open(tmp_path, partner=partner_of(set_id, "outbound"))
    await operations.submit(world.context, document["documentType"], document, "key", partner="northmart")
    await world.work()
    row = await world.one(Thing.DOCUMENT, direction="outbound")
    assert (row["state"], row["detail"]) == ("SENT", None), row["findings"]
    assert world.partner.sets() == [set_id]
    assert row["event_type"] == event_type("harborline", document["documentType"], Verb.REQUESTED)
    await world.close()


@pytest.mark.parametrize("document_type", ANSWERS)
async def test_what_an_answer_belongs_to_is_a_field_that_it_has(world: World, document_type):
    for earlier, number_of in ANSWERS[document_type]:
        assert earlier in DOCUMENTS
        sample = next((document_of(s) for s in X12 if document_of(s)["documentType"] == document_type), None)
        if sample is not None:
            assert number_of(parse(sample)) is None or isinstance(number_of(parse(sample)), str)


async def test_a_carriers_answer_belongs_to_the_load_and_a_warehouses_to_the_order(world: World):
    answer = parse(document_of("990"))

    def work(connection) -> list[str | None]:
        own = world.context.workspace.own.org
        known = Business("carrier", 0, "id", "doc_1", "", "the-load")
        keys.take_business(connection, own, "LoadTender", answer.business_number, "live", known)
        return [
            correlation_of(connection, own, answer, usage, partner)
            for usage, partner in (("live", "carrier"), ("live", "else"), ("test", "carrier"))
        ]

    assert await world.context.store.write(work) == ["the-load", "the-load", None]
