"""A whole gateway on loopback for tests that treat it badly: service, worker and pickups run, and its log is kept to be searched."""

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import structlog
from aiohttp import ClientSession, ClientTimeout
from sqlalchemy import Connection, select, text

from as2.keys import own_keys
from as2.message import SealedMessage, seal_message
from as2.settings import As2Settings, OwnAs2
from gateway import log
from gateway.app import App
from gateway.clock import system_clock
from gateway.demo.packaged import quickstart_source
from gateway.settings import LogSettings
from gateway.states import Thing
from gateway.store import lookup
from gateway.store.schema import Job
from tests.gateway.papers import orders_850
from tests.support.certificates import KeyAndCertificate, certificate

__all__ = ["CANARY", "KEYS", "Answer", "Gateway", "is_problem", "make_workspace", "orders", "running", "seal", "until"]

OWN = certificate("harborline", number=3)
NORTHMART = certificate("northmart", number=1)
KEYS = {name: f"the-key-of-{name}" for name in ("hub", "admin", "northmart", "southmart", "shopco")}
#: stands in what is sent; the log never repeats it
CANARY = "CANARY-7F3A"
_NUMBERS: Final = count(1000)

GATEWAY_YAML = """
own:
  name: Harborline Foods
  org: harborline
  environment: test
  zone: America/New_York
  stations:
    - id: main
      x12: {qualifier: ZZ, id: HARBORLINE}
      edifact: {qualifier: "14", id: "0852345000012"}
      as2: {as2_name: HARBORLINE, domain: harborline.example, keys: {current: {key: "file:secrets/own.key", certificate: own.pem}}}
listen: {host: 127.0.0.1, port: 0}
sinks: {hub: {kind: folder, path: hub}}
api_keys:
  - {id: erp, role: hub, secret: "file:secrets/hub.key"}
  - {id: ops, role: admin, secret: "file:secrets/admin.key"}
limits: {body_bytes: 3000000, document_bytes: 200000, stranger_rate: 2000/minute, partner_rate: 5000/minute, page: 500}
timing: {worker_poll: 0.2, folder_every: 0.2, sftp_every: 0.2, sftp_stable: 0.1, long_poll: 1, shutdown: 30}
"""
NORTHMART_YAML = """
partner: northmart
name: Northmart Stores
status: live
zone: America/Chicago
currency: USD
identities: {x12: [{qualifier: ZZ, id: NORTHMART}], as2: NORTHMART}
transports:
  as2: {url: "http://127.0.0.1:9/as2", allow_http: true, certs: {current: northmart.pem}}
  folder: {drop: {folder: to-northmart}, pickup: {folder: from-northmart, patterns: ["*.edi"], looks_apart: 0.1, every: 0.2}}
send_by: folder
api: {keys: "file:secrets/northmart.key"}
agreements:
  - {id: orders, direction: inbound, standard: {x12: "004010", set: "850"}}
  - {id: notices, direction: outbound, standard: {x12: "004010", set: "856"}}
"""
SOUTHMART_YAML = """
partner: southmart
name: Southmart
status: live
identities: {x12: [{qualifier: ZZ, id: SOUTHMART}], edifact: [{qualifier: "14", id: "0852345999990"}]}
transports: {folder: {drop: {folder: to-southmart}}}
api: {keys: "file:secrets/southmart.key"}
agreements:
  - {id: orders, direction: inbound, standard: {x12: "004010", set: "850"}}
  - {id: edifact-orders, direction: inbound, standard: {edifact: "D96A", set: ORDERS}}
"""


def orders(*numbers: str, **how: Any) -> bytes:
    """An interchange of a control number that was not used before, with an 850 per number."""
    control = how.pop("control", None) or next(_NUMBERS)
    return orders_850(*(numbers or (f"PO-{control}",)), control=control, **how).replace(b"SALTINE", CANARY.encode())


def seal(payload: bytes | None = None, *, signer: KeyAndCertificate = NORTHMART, name: str = "NORTHMART", **settings: Any) -> SealedMessage:
    """An AS2 message to us, as the retailer's own product sends it."""
    number = next(_NUMBERS)
    keys = {"current": {"key": "env:KEY", "certificate": signer.certificate}}
    own = own_keys(OwnAs2.model_validate({"as2_name": name, "keys": keys}), lambda _: signer.key)
    message_id = settings.pop("message_id", f"<{number}@northmart.example>")
    us = {"url": "https://harborline.example/as2", "as2_name": "HARBORLINE", "certs": {"current": OWN.certificate}, **settings}
    return seal_message(
        payload if payload is not None else orders(),
        content_type="application/edi-x12",
        own=own,
        partner=As2Settings.model_validate(us),
        message_id=message_id,
        now=system_clock(),
    )


def make_workspace(root: Path, **more: str) -> Path:
    """The files of the workspace; `more` are further ones, or others in their place."""
    with quickstart_source() as source:
        shop = (source / "partners/shopco/partner.yaml").read_text().replace("env:SHOPCO_API_KEY", "file:secrets/shopco.key")
        shop_map = (source / "partners/shopco/maps/order.yaml").read_text()
    files = {
        "gateway.yaml": GATEWAY_YAML,
        "certs/own.pem": OWN.certificate,
        "partners/northmart/partner.yaml": NORTHMART_YAML,
        "partners/northmart/certs/northmart.pem": NORTHMART.certificate,
        "partners/southmart/partner.yaml": SOUTHMART_YAML,
        "partners/shopco/partner.yaml": shop,
        "partners/shopco/maps/order.yaml": shop_map,
        "secrets/own.key": OWN.key,
        **{f"secrets/{name}.key": f"{key}\n" for name, key in KEYS.items()},
        **more,
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    for path in (root / "secrets").iterdir():
        path.chmod(0o600)
    return root


@dataclass
class Answer:
    """What an HTTP request got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Gateway:
    """The running gateway and the ways to it."""

    app: App
    session: ClientSession
    log: io.StringIO

    @property
    def root(self) -> Path:
        """The workspace."""
        return self.app.context.root

    async def ask(self, method: str, path: str, *, key: str | None = None, **request: Any) -> Answer:
        """A request, under one of the keys."""
        headers = dict(request.pop("headers", {}))
        if key is not None:
            headers["Authorization"] = f"Bearer {KEYS[key]}"
        async with self.session.request(method, f"http://127.0.0.1:{self.app.port}{path}", headers=headers, **request) as response:
            return Answer(response.status, dict(response.headers), await response.read())

    async def raw(self, data: bytes, *, seconds: float = 60) -> bytes:
        """Bytes on a connection, and the answer: until it is whole, the connection is closed, or so much time is over."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.app.port)
        answer = b""
        try:
            async with asyncio.timeout(seconds):
                writer.write(data)
                while not _is_whole(answer) and (chunk := await reader.read(65536)):
                    answer += chunk
        except (TimeoutError, ConnectionError):
            pass
        finally:
            writer.transport.abort()
        return answer

    async def refused(self, status: int, code: str, method: str, path: str, **request: Any) -> dict[str, Any]:
        """A request that is answered by a whole problem; gives that."""
        return is_problem(await self.ask(method, path, **request), status, code)

    async def inbox(self, body: Any, *, partner: str = "northmart", content_type: str = "application/edi-x12", **headers: str) -> Answer:
        """Something for a partner's inbox, under that partner's key."""
        return await self.ask(
            "POST",
            f"/api/v1/partners/{partner}/inbox",
            key=partner,
            data=body,
            headers={"Content-Type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}},
        )

    async def payloads(self) -> int:
        """How many payloads are stored, once the work for those that came before is done."""

        async def idle() -> bool:
            return await self.app.context.store.read(
                lambda connection: connection.execute(text("SELECT count(*) FROM job")).scalar_one() == 0
            )

        await until(idle)
        return await self.app.context.store.read(lambda connection: connection.execute(text("SELECT count(*) FROM payload")).scalar_one())

    async def rows(self, thing: Thing, **equal: Any) -> list[dict[str, Any]]:
        """Rows of the store."""
        return await self.app.context.store.read(lambda connection: lookup.where(connection, thing, limit=100_000, **equal))

    async def sets(self, transmission_id: str) -> list[str]:
        """What became of each set of a transmission: "850 MAPPED", "940 HELD no-agreement"."""
        rows = await self.rows(Thing.TRANSACTION_SET, transmission_id=transmission_id)
        return [" ".join(filter(None, (row["set_id"], row["state"], row["cause"]))) for row in rows]

    async def answers(self, transmission_id: str) -> list[str]:
        """The kinds of acknowledgment that a transmission got."""
        return [row["kind"] for row in await self.rows(Thing.ACKNOWLEDGMENT, answers_transmission_id=transmission_id, direction="outbound")]

    async def settled(self, transmission_id: str, seconds: float = 60) -> dict[str, Any]:
        """The transmission, once nothing is at work on it any more."""

        async def finished() -> dict[str, Any] | None:
            [row] = await self.rows(Thing.TRANSMISSION, id=transmission_id)
            is_over = row["finished_at"] is not None or row["state"] in {"HELD", "REJECTED"}
            return row if is_over and not await self.app.context.store.read(is_worked_on) else None

        def is_worked_on(connection: Connection) -> bool:  # again, if it had come to an end before
            return connection.execute(select(Job.table().c.seq).where(Job.table().c.thing_id == transmission_id)).first() is not None

        settled: dict[str, Any] = await until(finished, seconds)
        return settled

    async def work_on(self, body: bytes, **how: Any) -> dict[str, Any]:
        """Send bytes to an inbox and give the transmission as it ends."""
        answer = await self.inbox(body, **how)
        assert answer.status == 202, answer.body
        return await self.settled(answer.json["transmissionId"])

    async def held(self, id_: str) -> dict[str, Any] | None:
        """A thing on the work list, which says of each why, whose turn it is, and what to do."""
        answer = await self.ask("GET", "/admin/v1/held?limit=500", key="admin")
        found = next((one for one in answer.json["held"] if one["id"] == id_), None)
        assert found is None or (found["cause"] and found["why"] and found["owner"] and found["nextAction"]), found
        return found

    async def decide(self, id_: str, decision: str) -> Answer:
        """What a person decides."""
        return await self.ask("POST", f"/admin/v1/things/{id_}/{decision}", key="admin", json={"reason": "a test"})

    async def is_well(self) -> None:
        """It is ready, and the next good order goes all the way to the hub."""
        health = await self.ask("GET", "/healthz")
        assert (health.status, health.json["ready"]) == (200, True), health.body
        number = f"GOOD-{next(_NUMBERS)}"
        await self.work_on(orders(number))
        hub = self.root / "hub"

        async def arrived() -> bool:
            return any(number in path.read_text() for path in hub.glob("*.json"))

        await until(arrived)

    def complaints(self) -> list[str]:
        """Lines of the log that no bad input may cause, or that repeat what was sent or is secret."""
        lines = self.log.getvalue().splitlines()
        return [line for line in lines if "Traceback" in line or _is_error(line) or any(word in line for word in (*KEYS.values(), CANARY))]


def _is_whole(answer: bytes) -> bool:
    head, end, body = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n").partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    return bool(end) and length is not None and len(body) >= int(length[1])


def _is_error(line: str) -> bool:
    told = json.loads(line)
    return told["level"] == "error" or "frames" in told


def is_problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The whole problem that an answer is: what went wrong, why, what to do, who can, and where to look in the log."""
    assert answer.headers["Content-Type"].startswith("application/problem+json"), answer
    problem: dict[str, Any] = answer.json
    assert (answer.status, problem["status"], problem["code"]) == (status, status, code), problem
    assert problem["cause"]
    assert problem["nextAction"]
    assert problem["owner"]
    assert problem["traceId"] == answer.headers["Trace-Id"]
    assert "aiohttp" not in answer.headers["Server"]
    return problem


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    """The first true value. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):  # noqa: ASYNC110 - what is waited for is in the store
            await asyncio.sleep(0.02)
        return found


@asynccontextmanager
async def running(root: Path, **more: str) -> AsyncIterator[Gateway]:
    """A gateway over a workspace of its own. At the end of the block it must be well, and its log without complaint."""
    stream = io.StringIO()
    before = logging.getLogger().handlers[:]
    log.configure(LogSettings(), stream)
    app = await App.open(make_workspace(root, **more))
    try:
        await app.start()
        async with ClientSession(timeout=ClientTimeout(total=120)) as session:
            gateway = Gateway(app, session, stream)
            yield gateway
            await gateway.is_well()
            complaints = gateway.complaints()
            assert not complaints, complaints
    finally:
        await app.stop()
        logging.getLogger().handlers[:] = before
        structlog.reset_defaults()
