"""The retailer of the demo: a whole AS2 partner with its own certificate, that orders, answers MDNs and reads what it gets."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
from aiohttp import web

from as2.disposition import PROCESSED
from as2.headers import As2Headers
from as2.keys import OwnKeys, own_keys
from as2.mdn import Mdn, build_mdn, read_mdn
from as2.message import SealedMessage, new_message_id, seal_message
from as2.receive import open_message
from as2.send import Verdict, judge_mdn
from as2.settings import As2Settings, OwnAs2
from gateway.demo.certificates import KeyAndCertificate

__all__ = ["AS2_NAME", "DOMAIN", "Receipt", "Retailer"]

AS2_NAME = "NORTHMART"
DOMAIN = "northmart.example"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the gateway's MDN says of a message of the retailer's, and what the retailer makes of it."""

    mdn: Mdn
    verdict: Verdict


@dataclass
class Retailer:
    """Speaks AS2 at `url`; `received` holds the EDI that the gateway sent, each message once."""

    keys: KeyAndCertificate
    own: OwnKeys = field(init=False)
    received: list[bytes] = field(default_factory=list)
    repeated: int = 0  #: messages that came again under the same Message-ID
    port: int = 0
    _gateway: As2Settings | None = None
    _seen: dict[str, bytes] = field(default_factory=dict)
    _runner: web.AppRunner | None = None
    _session: aiohttp.ClientSession | None = None

    def __post_init__(self) -> None:
        pair = {"current": {"key": "env:NOT_READ", "certificate": self.keys.certificate}}
        settings = OwnAs2.model_validate({"as2_name": AS2_NAME, "keys": pair, "domain": DOMAIN})
        self.own = own_keys(settings, lambda _: self.keys.key)

    @property
    def url(self) -> str:
        """Where the gateway posts to."""
        return f"http://127.0.0.1:{self.port}/as2"

    def trade_with(self, url: str, certificate: str, as2_name: str) -> None:
        """Load the gateway's address and certificate, as one does when a partner is set up."""
        self._gateway = As2Settings.model_validate({"url": url, "allow_http": True, "as2_name": as2_name, "certs": certificate})

    async def start(self) -> None:
        """Listen on a free local port."""
        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/as2", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))

    async def stop(self) -> None:
        """Stop listening and close connections."""
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def seal(self, edi: bytes) -> SealedMessage:
        """Sign and encrypt; the result may be posted more than once."""
        assert self._gateway is not None, "trade_with comes first"
        return seal_message(
            edi,
            content_type="application/edi-x12",
            own=self.own,
            partner=self._gateway,
            message_id=new_message_id(str(uuid4()), DOMAIN),
            now=datetime.now(UTC),
            filename="orders.edi",
        )

    async def post(self, message: SealedMessage) -> Receipt:
        """Post a sealed message and judge the MDN. Raises `aiohttp.ClientError` when there is no answer."""
        assert self._gateway is not None
        assert self._gateway.url is not None
        assert self._session is not None
        async with self._session.post(self._gateway.url, data=message.body, headers=message.headers) as answer:
            answer.raise_for_status()
            body = await answer.read()
            mdn = read_mdn(answer.headers.items(), body, partner=self._gateway, now=datetime.now(UTC), own=self.own)
        return Receipt(mdn, judge_mdn(message.message_id, message.mic, mdn, signed_wanted=True))

    async def order(self, edi: bytes) -> Receipt:
        """Seal and post."""
        return await self.post(self.seal(edi))

    async def _take(self, request: web.Request) -> web.Response:
        """A message of the gateway's: open it, keep it, answer with a signed MDN."""
        assert self._gateway is not None
        headers = As2Headers.parse(request.raw_headers)
        body = await request.read()
        now = datetime.now(UTC)
        opened = open_message(headers, body, own=self.own, partner=self._gateway, now=now)
        if headers.message_id in self._seen:
            self.repeated += 1
        else:
            self._seen[headers.message_id] = body
            self.received += [payload.content for payload in opened.payloads]
        mdn = build_mdn(
            headers,
            disposition=PROCESSED,
            mic=opened.mic,
            own=self.own,
            partner=self._gateway,
            message_id=new_message_id(str(uuid4()), DOMAIN),
            now=now,
        )
        if mdn is None:
            return web.Response()
        return web.Response(body=mdn.body, headers=mdn.headers)

    def sets(self, set_id: str) -> list[bytes]:
        """The interchanges received that hold a set of this kind."""
        return [edi for edi in self.received if b"ST*" + set_id.encode() + b"*" in edi]
