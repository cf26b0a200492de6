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
EDIFACT = sorted(f"{path.parent.name}/{path.stem}" for family in ("edifact", "eancom") for path in (SAMPLES / family).glob("*.edi"))
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
        if family not in {"x12", "edifact"}:
            continue
        found = maps.get(f"{family}/{release}/{name}")
        if found.set_id.lower() == name:
            assert CARRIED[family, found.set_id] == found.document_type, path
        else:  # another document of the same set, which an agreement names by its map
            assert (family, found.set_id) in CARRIED, path


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


def message_of(sample: str) -> tuple[str, dict, str, str]:
    """A message as northmart would send it, its document, and northmart's agreements to take and to send such: its subset by name in the
    second alone, as most agreements have it.
    """
    document = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"))
    _, *lines, _ = (SAMPLES / f"{sample}.edi").read_text(encoding="utf-8").splitlines()
    _, _, name, *_ = lines[0].replace(":", "+").rstrip("'").split("+")
    subset = lines[0].rstrip("'").split(":")[4] if sample.startswith("eancom") else ""
    interchange = "\n".join(["UNB+UNOC:3+0614141000012:14+4012345000009:14+261118:0915+4821'", *lines, "UNZ+1+4821'"])
    stem = sample.partition("/")[2]
    named = "" if stem == name.lower() else f", document: {document['documentType']}, map: edifact/d96a/{stem}"
    head = PARTNER_YAML[: PARTNER_YAML.index("agreements:")].replace(
        "identities: {", 'identities: {edifact: [{qualifier: "14", id: "0614141000012"}], '
    )
    agreements = "".join(
        f'  - {{id: {direction}, direction: {direction}, standard: {{edifact: "{release}", set: {name}}}{named}}}\n'
        for direction, release in (("inbound", "D96A"), ("outbound", f"D96A{subset}"))
    )
    return interchange, document, f"{head}agreements:\n{agreements}", name


@pytest.mark.parametrize("sample", EDIFACT)
async def test_a_message_comes_in_by_the_map_of_its_subset(tmp_path, sample):
    interchange, document, partner, _ = message_of(sample)
    world = await World.open(tmp_path, partner=partner)
    await world.receive(interchange.encode())
    [event] = world.hub.events.values()
    assert event["data"]["map"]["id"] == sample.replace("/", "/d96a/")
    assert event["data"]["documentType"] == document["documentType"]
    assert event["subject"] == f"northmart/{parse(document).business_number}"
    await world.close()


@pytest.mark.parametrize("sample", EDIFACT)
async def test_a_message_goes_out_by_the_map_of_its_subset(tmp_path, sample):
    interchange, document, partner, name = message_of(sample)
    world = await World.open(tmp_path, partner=partner)
    await operations.submit(world.context, document["documentType"], document, "key", partner="northmart")
    await world.work()
    row = await world.one(Thing.DOCUMENT, direction="outbound")
    assert (row["state"], row["detail"]) == ("SENT", None), row["findings"]
    [written] = world.partner.received
    assert read(written)[0].transaction_sets[0].industry == read(interchange.encode())[0].transaction_sets[0].industry
    assert name == read(written)[0].transaction_sets[0].set_id
    await world.close()


@pytest.mark.parametrize("set_id", ["855", "865"])
async def test_an_answer_to_a_change_is_another_set_than_that_to_an_order(tmp_path, set_id):
    changes = '  - {id: changes, direction: outbound, standard: {x12: "004010", set: "865"}, when: {changeSequence: true}}\n'
    document = document_of(set_id)
    world = await World.open(tmp_path, partner=partner_of("855", "outbound") + changes)
    await operations.submit(world.context, document["documentType"], document, "key", partner="northmart")
    await world.work()
    row = await world.one(Thing.DOCUMENT, direction="outbound")
    assert (row["state"], row["detail"]) == ("SENT", None), row["findings"]
    assert world.partner.sets() == [set_id]
    await world.close()


async def test_a_partner_that_buys_and_sells_may_use_our_numbers(tmp_path):
    """Its invoice has the number of ours: neither is a duplicate of the other, but each of its like."""
    incoming = '  - {id: theirs, direction: inbound, standard: {x12: "004010", set: "810"}}\n'
    world = await World.open(tmp_path, partner=partner_of("810", "outbound") + incoming)
    document = document_of("810")
    lines = [line for line in (SAMPLES / "x12" / "810.edi").read_text().replace("\n", "").split("~") if line][2:-2]
    theirs = "~\n".join(lines) + "~\n"
    await operations.submit(world.context, "Invoice", document, "first", partner="northmart")
    await world.work()
    await world.receive(interchange(theirs.replace("PLEASE PAY", "KINDLY PAY"), functional="IN"))  # the same would be an echo of ours
    await world.receive(interchange(theirs.replace("PLEASE PAY", "DO PAY"), functional="IN", number=2))
    await operations.submit(world.context, "Invoice", document, "second", partner="northmart")
    await world.work()
    assert sorted(await world.states(Thing.DOCUMENT, direction="outbound")) == ["HELD", "SENT"]
    assert sorted(await world.states(Thing.DOCUMENT, direction="inbound")) == ["DELIVERED", "HELD"]
    assert sorted(cause for _, cause in await world.held()) == ["already-sent", "business-duplicate"]
    await world.close()


@pytest.mark.parametrize("document_type", ANSWERS)
def test_what_an_answer_belongs_to_is_a_field_that_it_has(document_type):
    samples = [parse(document_of(set_id)) for set_id in X12 if document_of(set_id)["documentType"] == document_type]
    assert samples
    for earlier, number_of in ANSWERS[document_type]:
        assert earlier in DOCUMENTS
        assert all(number is None or number.strip() for number in map(number_of, samples))


def test_every_document_has_a_sample():
    assert {document_of(set_id)["documentType"] for set_id in X12} == set(DOCUMENTS)


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
