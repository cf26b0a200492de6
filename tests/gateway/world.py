"""A gateway without its service, over a folder workspace: its partner, its hub and its clock are in the hands of the test."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar
from unittest.mock import patch
from zlib import crc32

from canonical.gs1 import with_check_digit
from gateway import operations
from gateway.app import App
from gateway.pipeline.active import Checked, check_files
from gateway.pipeline.context import Context
from gateway.pipeline.receive import Incoming, Received, receive
from gateway.settings import parse_settings
from gateway.sinks.base import OutgoingEvent
from gateway.states import Thing
from gateway.store import lookup
from gateway.transports.base import Handover, Outgoing, Prepared
from partners.model import Partner
from partners.profile import AgreementOptions

GATEWAY_YAML = """
own:
  name: Harborline Foods
  org: harborline
  environment: live
  zone: America/New_York
  stations:
    - {id: main, x12: {qualifier: ZZ, id: HARBORLINE}, edifact: {qualifier: "14", id: "4012345000009"}}
sinks:
  hub: {kind: folder, path: hub}
timing: {jitter: 0}
"""
PARTNER_YAML = """
partner: northmart
name: Northmart
status: live
zone: America/Chicago
identities: {x12: [{qualifier: ZZ, id: NORTHMART}]}
transports: {folder: {drop: {folder: to-northmart}}}
agreements:
  - {id: orders, direction: inbound, standard: {x12: "004010", set: "850"}}
  - {id: notices, direction: outbound, standard: {x12: "004010", set: "856"}}
"""


@cache
def _checked(files: tuple[tuple[str, bytes], ...]) -> Checked:
    """Compiling maps is the slow part of opening: done once for all tests with the same files."""
    return check_files(dict(files))


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class HubSink:
    """Takes events, drops ids that it has seen, and fails as it is told: one exception per call, then none."""

    kind: ClassVar[str] = "folder"
    events: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: int = 0
    faults: list[BaseException] = field(default_factory=list)

    async def deliver(self, event: OutgoingEvent) -> str:
        self.calls += 1
        if self.faults:
            raise self.faults.pop(0)
        self.events.setdefault(event.event_id, json.loads(event.body))
        return "taken"

    async def close(self) -> None:
        pass

    @property
    def orders(self) -> list[str]:
        return [event["data"]["purchaseOrderNumber"] for event in self.events.values()]


@dataclass
class PartnerSide:
    """The partner's end of a transport: keeps what it is sent, and fails as it is told."""

    kind: ClassVar[str] = "folder"
    received: list[bytes] = field(default_factory=list)
    prepared: int = 0
    faults: list[BaseException] = field(default_factory=list)

    def prepare(self, outgoing: Outgoing, partner: Partner, *, now: datetime) -> Prepared:
        self.prepared += 1
        return Prepared(outgoing.payload, {"made": now.isoformat()}, f"{outgoing.set_id}.edi", outgoing.delivery_id)

    async def send(self, prepared: Prepared, partner: Partner) -> Handover:
        if self.faults:
            raise self.faults.pop(0)
        self.received.append(prepared.body.read())
        return Handover("left", prepared.name)

    def sets(self) -> list[str]:
        """The ids of all sets received, in order."""
        return [line.split("*")[1] for data in self.received for line in data.decode().split("~") if line.strip().startswith("ST*")]


class World:
    """`receive` and `submit` put something in; `work` runs what is due until nothing is."""

    def __init__(self, app: App, clock: Clock, hub: HubSink, partner: PartnerSide, steps: list[str]) -> None:
        self.app, self.clock, self.hub, self.partner, self.steps = app, clock, hub, partner, steps

    @classmethod
    async def open(cls, root: Path, *, gateway: str = GATEWAY_YAML, partner: str = PARTNER_YAML, **files: str) -> "World":
        for path, text in {"gateway.yaml": gateway, "partners/northmart/partner.yaml": partner, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        clock, hub, side, steps = Clock(), HubSink(), PartnerSide(), []
        with patch("gateway.app.check_files", lambda files: _checked(tuple(sorted(files.items())))):
            app = await App.open(
                root,
                parse_settings(gateway),
                clock=clock,
                random=Random(1),
                sinks={"hub": hub},
                transports={"folder": side},
                on_step=steps.append,
            )
        return cls(app, clock, hub, side, steps)

    async def close(self) -> None:
        await self.app.close()

    @property
    def context(self) -> Context:
        return self.app.context

    def agree(self, agreement: str, **settings: Any) -> None:
        """Settings of an agreement as the file would say them, without the time that compiling its maps takes."""
        active = self.context.active
        partner = active.workspace.partners["northmart"]
        said = AgreementOptions.model_validate(settings)
        changed = {name: getattr(said, name) for name in settings}
        agreements = tuple(replace(one, **changed) if one.id == agreement else one for one in partner.agreements)
        partners = {**active.workspace.partners, "northmart": replace(partner, agreements=agreements)}
        self.context.active = replace(active, workspace=replace(active.workspace, partners=partners))

    async def work(self) -> int:
        return await self.app.worker.drain()

    async def receive(self, payload: bytes, *, partner_id: str | None = "northmart", work: bool = True) -> Received:
        received = await receive(self.context, Incoming("http", partner_id, payload))
        if work:
            await self.work()
        return received

    async def submit(self, body: dict[str, Any], key: str = "key-1", *, partner: str | None = None, work: bool = True) -> dict[str, Any]:
        answer = await operations.submit(self.context, "ShipNotice", body, key, partner=partner)
        if work:
            await self.work()
        return answer

    async def rows(self, thing: Thing, **equal: Any) -> list[dict[str, Any]]:
        return await self.context.store.read(lambda connection: lookup.where(connection, thing, **equal))

    async def one(self, thing: Thing, **equal: Any) -> dict[str, Any]:
        [row] = await self.rows(thing, **equal)
        return row

    async def states(self, thing: Thing, **equal: Any) -> list[str]:
        return [row["state"] for row in await self.rows(thing, **equal)]

    async def held(self) -> list[tuple[str, str]]:
        return [(row["thing"], row["cause"]) for row in (await operations.held(self.context))["held"]]

    async def actions(self, key: str) -> list[str]:
        return [event["action"] for event in (await operations.timeline(self.context, key))["events"]]


def purchase_order(po: str, *, lines: int = 1, broken: bool = False, control: str = "0001") -> str:
    """ST to SE of an 850 of our own writing; `broken` leaves out the purchase order number."""
    segments = [
        f"ST*850*{control}",
        f"BEG*00*SA*{'' if broken else po}**20261118",
        "DTM*002*20261208",
        "N1*BY*NORTHMART STORES*UL*0614141000012",
        "N1*ST*NORTHMART DC*UL*0614141001170",
        *(f"PO1*{n}*{10 * n}*CA*2.5*PE*UP*085234500106*IN*00441{n:04}" for n in range(1, lines + 1)),
        f"CTT*{lines}",
    ]
    return "~\n".join([*segments, f"SE*{len(segments) + 1}*{control}"]) + "~\n"


def interchange(*sets: str, number: int = 1, usage: str = "P", sender: str = "NORTHMART", functional: str = "PO") -> bytes:
    """An X12 interchange of one group."""
    head = f"ISA*00*          *00*          *ZZ*{sender:15}*ZZ*HARBORLINE     *261118*0915*U*00401*{number:09}*0*{usage}*>~\n"
    group = f"GS*{functional}*{sender}*HARBORLINE*20261118*0915*{number}*X*004010~\n"
    return (head + group + "".join(sets) + f"GE*{len(sets)}*{number}~\nIEA*1*{number:09}~\n").encode()


def an_order(po: str = "4500000001", *, number: int = 1, **options: Any) -> bytes:
    return interchange(purchase_order(po, **options), number=number)


def functional_ack(group: int, status: str = "A", *, number: int = 900, functional: str = "SH", set_number: str = "0001") -> bytes:
    """A partner's 997 for one group of ours with one set."""
    segments = ["ST*997*0001", f"AK1*{functional}*{group}", f"AK2*856*{set_number}"]
    if status == "R":
        segments += ["AK3*BSN*2**8", "AK4*2*396*1", "AK5*R*5"]
    else:
        segments += ["AK5*A"]
    segments += [f"AK9*{status}*1*1*{int(status == 'A')}"]
    text = "~\n".join([*segments, f"SE*{len(segments) + 1}*0001"]) + "~\n"
    return interchange(text, number=number, functional="FA")


def label(shipment: str) -> str:
    """An SSCC that no other shipment has."""
    return with_check_digit(f"00852345{1201 if shipment == 'SHP-1' else crc32(shipment.encode()) % 10**9:09}")


def ship_notice(po: str = "4500000001", *, shipment: str = "SHP-1", sscc: str | None = None) -> dict[str, Any]:
    """A notice that ships line 1 of `purchase_order`."""
    return {
        "documentType": "ShipNotice",
        "purpose": "original",
        "shipmentNumber": shipment,
        "createdAt": "2026-12-02T15:05:00-06:00",
        "structure": "SOPI",
        "shippedAt": "2026-12-02T14:30:00-06:00",
        "parties": {
            "shipTo": {"name": "NORTHMART DC", "id": "0614141001170", "idScheme": "gln"},
            "shipFrom": {"name": "HARBORLINE DC", "id": "0852345000012", "idScheme": "gln"},
        },
        "orders": [
            {
                "purchaseOrderNumber": po,
                "packs": [
                    {
                        "sscc": sscc or label(shipment),
                        "items": [
                            {
                                "lineNumber": "1",
                                "item": {"gtin": "00085234500106", "buyerItemId": "004410001"},
                                "quantityShipped": {"value": "10", "unit": "XCS"},
                            }
                        ],
                    }
                ],
            }
        ],
    }
