"""Partners that send and take XML, CSV, fixed width and JSON of their own: from their way in to the hub, and from the hub out to them."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from canonical.registry import parse
from gateway import operations
from gateway.app import App
from gateway.pipeline.active import check_files
from gateway.pipeline.receive import Incoming, receive
from gateway.settings import parse_settings
from gateway.states import Thing
from gateway.store import lookup
from partners.load import read_files
from tests.gateway.world import Clock, HubSink, PartnerSide

FORMS = Path(__file__).resolve().parents[2] / "samples/forms"
CASES = sorted(FORMS.glob("partners/*/cases/*/*.request.*"))
WRITTEN = {path.parts[-4]: path for path in FORMS.glob("partners/*/cases/*/*.written.*") if path.parts[-4] not in {"shoplane", "swiftline"}}


class World:
    """The workspace of samples/forms, with its hub and its partners' ends in the hands of the test."""

    def __init__(self, app: App, root: Path, clock: Clock, hub: HubSink, side: PartnerSide) -> None:
        self.app, self.root, self.clock, self.hub, self.side = app, root, clock, hub, side

    @classmethod
    async def open(cls, root: Path, *, real_folders: bool = False) -> "World":
        shutil.copytree(FORMS, root, dirs_exist_ok=True)
        clock, hub, side = Clock(), HubSink(), PartnerSide()
        transports: dict[str, Any] = {} if real_folders else {"transports": {"folder": side, "http": side}}
        settings = parse_settings((root / "gateway.yaml").read_text())
        app = await App.open(root, settings, clock=clock, random=Random(1), sinks={"hub": hub}, **transports)
        return cls(app, root, clock, hub, side)

    async def receive(self, partner: str, payload: bytes) -> dict[str, Any]:
        received = await receive(self.app.context, Incoming("http", partner, payload))
        await self.app.worker.drain()
        [row] = await self.rows(Thing.TRANSMISSION, id=received.transmission_id)
        return row

    async def submit(self, partner: str, document: dict[str, Any]) -> None:
        await operations.submit(self.app.context, document["documentType"], document, f"key-{partner}", partner=partner)
        await self.app.worker.drain()

    async def rows(self, thing: Thing, **equal: Any) -> list[dict[str, Any]]:
        return await self.app.context.store.read(lambda connection: lookup.where(connection, thing, **equal))

    async def sets(self, transmission: dict[str, Any]) -> list[tuple[str, str, str | None]]:
        rows = await self.rows(Thing.TRANSACTION_SET, transmission_id=transmission["id"])
        return [(row["set_id"], row["state"], row["cause"]) for row in rows]

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Those that the hub got, in the order of the payload; they may come in any."""
        return sorted((event["data"] for event in self.hub.events.values()), key=lambda data: data["sourceRef"]["setIndex"])


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    opened = await World.open(tmp_path)
    yield opened
    await opened.app.close()


def partner_of(case: Path) -> str:
    return case.parts[-4]


def case_of(partner: str) -> Path:
    return next(case for case in CASES if partner_of(case) == partner)


def payload_of(partner: str) -> bytes:
    return case_of(partner).read_bytes()


def goldens(case: Path) -> list[dict[str, Any]]:
    name = case.name.split(".")[0]
    found = sorted(case.parent.glob(f"{name}.[0-9].json")) or [case.parent / f"{name}.json"]
    return [json.loads(path.read_text(encoding="utf-8")) for path in found]


def said(document: dict[str, Any]) -> Any:
    """A document without what says how it came."""
    return parse({key: value for key, value in document.items() if key not in {"sourceRef", "map", "ids"}}).replaced(warnings=())


@pytest.mark.parametrize("case", CASES, ids=partner_of)
async def test_what_a_partner_sends_reaches_the_hub(world: World, case: Path) -> None:
    row = await world.receive(partner_of(case), payload_of(partner_of(case)))
    assert (row["state"], row["cause"]) == ("OPENED", None)
    wanted = goldens(case)
    assert [state for _, state, _ in await world.sets(row)] == ["MAPPED"] * len(wanted)
    assert [said(document) for document in world.documents] == [said(document) for document in wanted]
    places = [(document["sourceRef"]["setIndex"], document["sourceRef"]["setCount"]) for document in world.documents]
    assert places == [(number, len(wanted)) for number in range(1, len(wanted) + 1)]
    assert {document["sourceRef"]["syntax"] for document in world.documents} == {row["standard"]}


async def test_a_csv_that_is_left_in_the_folder_becomes_orders(tmp_path: Path) -> None:
    world = await World.open(tmp_path, real_folders=True)
    try:
        inbox = world.root / "inbox/bazaarly"
        inbox.mkdir(parents=True)
        shutil.copy(case_of("bazaarly"), inbox / "orders.csv")
        for _ in range(3):
            await world.app.pickups.look_once()
            world.clock.pass_time(seconds=10)
        await world.app.worker.drain()
        assert sorted(world.hub.orders) == ["BZ-700311", "BZ-700312", "BZ-700315"]
        assert {document["sourceRef"]["transport"]["kind"] for document in world.documents} == {"folder"}
    finally:
        await world.app.close()


@pytest.mark.parametrize("partner", sorted(WRITTEN))
async def test_what_the_hub_orders_goes_out_in_the_partners_form(world: World, partner: str) -> None:
    for document in goldens(case_of(partner)):
        ours = {key: value for key, value in document.items() if key not in {"sourceRef", "ids"}}
        await operations.submit(world.app.context, "Order", ours, ours["purchaseOrderNumber"], partner=partner)
        await world.app.worker.drain()
    written = WRITTEN[partner].read_bytes()
    form = world.app.context.active.maps.get(f"partners/{partner}/maps/{WRITTEN[partner].parts[-2]}").form
    values = [document.value for document in form.read(written).documents]
    assert [form.read(payload).documents[0].value for payload in world.side.received] == values
    rows = await world.rows(Thing.TRANSMISSION, direction="outbound")
    assert {row["content_type"] for row in rows} == {form.content_type}


async def test_a_file_with_a_header_alone_is_taken_and_says_nothing(world: World) -> None:
    row = await world.receive("bazaarly", payload_of("bazaarly").split(b"\r\n")[0] + b"\r\n")
    assert (row["state"], row["cause"]) == ("OPENED", None)
    assert await world.sets(row) == []
    assert (await operations.held(world.app.context))["held"] == []


async def test_one_order_of_a_file_may_be_wrong_alone(world: World) -> None:
    payload = payload_of("bazaarly").replace(b";1,5;case;", b";many;case;")
    row = await world.receive("bazaarly", payload)
    assert await world.sets(row) == [("order", "MAPPED", None), ("order", "MAPPED", None), ("order", "HELD", "map-fault")]
    assert sorted(world.hub.orders) == ["BZ-700311", "BZ-700312"]
    [held] = [one for one in await world.rows(Thing.TRANSACTION_SET, transmission_id=row["id"]) if one["state"] == "HELD"]
    [finding] = [one for one in held["findings"] if one["severity"] == "error"]
    assert (finding["code"], finding["place"], finding["value"]) == ("number-invalid", "line 5, column 21 (Qty)", "many")


BROKEN = {
    "a row too short": ("bazaarly", lambda data: data.replace(b";1,5;case;", b";case;"), "line 5"),
    "a quote left open": (
        "bazaarly",
        lambda data: data.replace(b'""Graham""; 12er"', b'""Graham""; 12er', 1),
        "text behind a closing quote (line 5",
    ),
    "another file": ("bazaarly", lambda _: b"a;b\r\n1;2\r\n", "the header has no column"),
    "a document type": (
        "granmart",
        lambda data: data.replace(b"<Purchase", b'<!DOCTYPE x [<!ENTITY y "z">]><Purchase', 1),
        "document type",
    ),
    "another root": ("granmart", lambda data: data.replace(b"PurchaseOrder", b"Invoice"), "the root element is not PurchaseOrder"),
    "cut off": ("alpenkauf", lambda data: data[:-30], "line"),
    "a record of no type": ("millstone", lambda data: data.replace(b"\nOX", b"\nXX", 1), "line 5"),
    "letters of no charset": ("millstone", lambda data: data.replace(b"MILL", b"M\xdcLL", 1), "line 2, column 18"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_not_as_agreed_is_kept_and_says_where(world: World, name: str) -> None:
    partner, damage, place = BROKEN[name]
    payload = damage(payload_of(partner))
    row = await world.receive(partner, payload)
    assert (row["state"], row["cause"]) == ("HELD", "unreadable")
    assert place in row["detail"]
    assert await world.app.context.store.load(row["payload_sha256"]) == payload
    assert world.documents == []


async def test_what_cannot_be_written_in_the_form_is_held(world: World) -> None:
    [order] = goldens(case_of("granmart"))
    order["lines"][0]["item"]["description"] = "Crackers, salted, sixteen ounces, twelve in a carton, of the finest wheat"
    order["parties"]["buyer"]["idScheme"] = "assignedByBuyer"
    await world.submit("millstone", {key: value for key, value in order.items() if key not in {"sourceRef", "ids"}})
    [row] = await world.rows(Thing.DOCUMENT)
    assert (row["state"], row["cause"]) == ("HELD", "map-fault")
    assert world.side.received == []


async def test_the_form_tells_which_agreement_a_payload_is_of(tmp_path: Path) -> None:
    partner = tmp_path / "partners/bazaarly/partner.yaml"
    shutil.copytree(FORMS, tmp_path, dirs_exist_ok=True)
    text = partner.read_text().replace("  - id: bazaarly-order-out", "  - {id: in-xml, direction: inbound, standard: {xml: '2', set: xorder}, document: Order, map: partners/bazaarly/maps/xorder}\n  - id: bazaarly-order-out")  # fmt: skip
    source = (tmp_path / "partners/granmart/maps/order.yaml").read_text()
    (tmp_path / "partners/bazaarly/maps/xorder.yaml").write_text(
        source.replace("partners/granmart/maps/order", "partners/bazaarly/maps/xorder")
    )
    partner.write_text(text)
    clock, hub = Clock(), HubSink()
    settings = parse_settings((tmp_path / "gateway.yaml").read_text())
    app = await App.open(tmp_path, settings, clock=clock, random=Random(1), sinks={"hub": hub}, transports={"folder": PartnerSide()})
    world = World(app, tmp_path, clock, hub, PartnerSide())
    try:
        await world.receive("bazaarly", payload_of("granmart"))
        await world.receive("bazaarly", payload_of("bazaarly"))
        assert sorted(world.hub.orders) == ["BZ-700311", "BZ-700312", "BZ-700315", "GM-88120"]
        row = await world.receive("bazaarly", b"neither nor")
        assert (row["state"], row["cause"]) == ("HELD", "unreadable")
    finally:
        await app.close()


async def test_where_a_value_of_the_second_order_came_from(world: World) -> None:
    await world.receive("bazaarly", payload_of("bazaarly"))
    [row] = [one for one in await world.rows(Thing.DOCUMENT) if one["business_key"] == "BZ-700312"]
    shown = await operations.show(world.app.context, row["id"])
    [line] = [one for one in shown["lineage"] if one["path"] == "$.lines[0].unitPrice"]
    assert (line["place"], line["position"], line["raw"]) == ("Price", 4, "31,20")
    assert [one["wire"] for one in shown["residue"]] == ['"Für Jette, alles Gute!"']


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('{csv: "3", set: order}', '{xml: "3", set: order}', "the map is for csv, the agreement for xml"),
        ("document: Order", "document: Invoice", "the map is for Order, the agreement for Invoice"),
    ],
)
def test_a_map_for_another_form_is_a_fault_of_the_workspace(old: str, new: str, message: str) -> None:
    files = read_files(FORMS)
    place = "partners/bazaarly/partner.yaml"
    files[place] = files[place].replace(old.encode(), new.encode(), 1)
    faults = check_files(files).faults
    assert (place, "agreements.bazaarly-order-in.map", message) in [(one.file, one.path, one.message) for one in faults]
