"""A gateway whose partner speaks AS2: the partner's end of every transport is in the hands of the test."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from as2.disposition import PROCESSED, Disposition
from as2.headers import As2Headers
from as2.keys import own_keys
from as2.mdn import build_mdn, read_mdn
from as2.message import SealedMessage, seal_message
from as2.receive import open_message
from as2.send import Verdict, judge_mdn
from as2.settings import As2Settings, OwnAs2
from gateway.payload import StoredPayload
from gateway.pipeline.as2_inbound import As2Answer, As2Inbound
from gateway.transports.base import Handover, Outgoing, Prepared
from partners.identify import by_as2
from partners.model import Partner
from tests.gateway.world import World
from tests.support.certificates import certificate

OURS, THEIRS = certificate("harborline", number=3), certificate("northmart", number=1)

GATEWAY_YAML = """
own:
  name: Harborline Foods
  org: harborline
  environment: live
  zone: UTC
  stations:
    - id: main
      x12: {qualifier: ZZ, id: HARBORLINE}
      as2: {as2_name: HARBORLINE, domain: harborline.example, keys: {current: {key: "file:own.key", certificate: own.pem}}}
sinks: {hub: {kind: folder, path: hub}}
timing: {jitter: 0}
"""
PARTNER_YAML = """
partner: northmart
name: Northmart
status: live
identities: {x12: [{qualifier: ZZ, id: NORTHMART}], as2: NORTHMART}
transports:
  as2: {url: "http://127.0.0.1:9/as2", allow_http: true, certs: {current: northmart.pem}}
agreements:
  - {id: orders, direction: inbound, standard: {x12: "004010", set: "850"}}
  - {id: notices, direction: outbound, standard: {x12: "004010", set: "856"}}
"""
_THEIR_KEYS = own_keys(
    OwnAs2.model_validate({"as2_name": "NORTHMART", "keys": {"current": {"key": "env:K", "certificate": THEIRS.certificate}}}),
    lambda _: THEIRS.key,
)
_US = As2Settings.model_validate({"url": "https://harborline.example/as2", "as2_name": "HARBORLINE", "certs": OURS.certificate})


@dataclass
class As2Wire:
    """In the place of `transports.as2` and of the sender of receipts: takes messages, and answers as the test says."""

    kind: ClassVar[str] = "as2"
    awaits_receipt: bool = False
    sent: list[Prepared] = field(default_factory=list)
    receipts: list[tuple[str, Prepared]] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    _seal: object = None

    def prepare(self, outgoing: Outgoing, partner: Partner, *, now: datetime) -> Prepared:
        keys = {"current": {"key": "env:K", "certificate": OURS.certificate}}
        own = own_keys(OwnAs2.model_validate({"as2_name": "HARBORLINE", "keys": keys}), lambda _: OURS.key)
        settings = partner.transports.as2.model_copy(update={"as2_name": "NORTHMART"})
        sealed = seal_message(
            outgoing.payload.read(),
            content_type=outgoing.content_type,
            own=own,
            partner=settings,
            message_id=f"<{outgoing.delivery_id}@harborline.example>",
            now=now,
        )
        return Prepared(StoredPayload.of(sealed.body), sealed.headers, reference=sealed.message_id, mic=str(sealed.mic))

    async def send(self, prepared: Prepared, *where: object) -> Handover:
        if self.faults:
            raise self.faults.pop(0)
        if len(where) == 2:  # an asynchronous MDN goes to the address that its message named
            self.receipts.append((str(where[0]), prepared))
            return Handover("HTTP 200")
        self.sent.append(prepared)
        return Handover("taken over", prepared.reference, awaits_receipt=self.awaits_receipt)


@dataclass
class As2World:
    """`world` with the AS2 address before it and a partner behind it."""

    world: World
    wire: As2Wire
    inbound: As2Inbound

    @classmethod
    async def open(cls, root: Path) -> "As2World":
        (root / "own.key").parent.mkdir(parents=True, exist_ok=True)
        (root / "own.key").write_text(OURS.key)
        (root / "own.key").chmod(0o600)
        files = {"certs/own.pem": OURS.certificate, "partners/northmart/certs/northmart.pem": THEIRS.certificate}
        world = await World.open(root, gateway=GATEWAY_YAML, partner=PARTNER_YAML, **files)
        wire = As2Wire()
        world.context.transports = {"as2": wire}
        world.context.receipts = wire
        return cls(world, wire, As2Inbound(world.context))

    def seal(self, payload: bytes, message_id: str = "<1@northmart.example>", *, mdn_url: str | None = None) -> SealedMessage:
        """What the partner sends; `mdn_url` asks for an asynchronous MDN."""
        settings = _US.model_copy(update={"mdn": _US.mdn.model_copy(update={"mode": "async", "url": mdn_url})}) if mdn_url else _US
        return seal_message(
            payload,
            content_type="application/edi-x12",
            own=_THEIR_KEYS,
            partner=settings,
            message_id=message_id,
            now=self.world.clock(),
            mdn_url=mdn_url,
        )

    async def post(self, message: SealedMessage) -> As2Answer:
        headers = As2Headers.parse(message.headers.items())
        found = by_as2(self.world.context.workspace, headers.as2_from, headers.as2_to)
        return await self.inbound.take(headers, StoredPayload.of(message.body), *found)

    def verdict(self, message: SealedMessage, headers: dict[str, str], body: bytes) -> Verdict:
        """What the partner makes of our MDN."""
        mdn = read_mdn(headers.items(), body, partner=_US, now=self.world.clock(), own=_THEIR_KEYS)
        return judge_mdn(message.message_id, message.mic, mdn, signed_wanted=True)

    async def answer(
        self, prepared: Prepared, disposition: Disposition = PROCESSED, *, payload: bytes | None = None, signed: bool = True
    ) -> As2Answer:
        """The partner's asynchronous MDN for a message of ours; with `payload` it is about other bytes."""
        headers = As2Headers.parse(prepared.headers.items())
        us = _US
        opened = open_message(headers, prepared.body.read(), own=_THEIR_KEYS, partner=us, now=self.world.clock())
        mic = opened.mic if payload is None else type(opened.mic).of(payload, opened.mic.algorithm)
        mdn = build_mdn(
            headers,
            disposition=disposition,
            mic=mic,
            own=_THEIR_KEYS if signed else None,
            partner=us,
            message_id=f"<mdn-{headers.message_id.strip('<>')}>",
            now=self.world.clock(),
        )
        assert mdn is not None
        received = As2Headers.parse(mdn.headers.items())
        found = by_as2(self.world.context.workspace, received.as2_from, received.as2_to)
        return await self.inbound.take(received, StoredPayload.of(mdn.body), *found)
