"""The hub of the demo: a small HTTP server that verifies each webhook's signature and keeps what it gets."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

__all__ = ["Hub", "verify"]


def verify(secret: str, headers: "web.BaseRequest | dict[str, str]", body: bytes) -> bool:
    """Whether a webhook carries a good Standard Webhooks signature (`v1` HMAC-SHA256 over id.timestamp.body).

    This is all that the developer of a real hub has to write.
    """
    values = headers if isinstance(headers, dict) else dict(headers.headers)
    lower = {name.lower(): value for name, value in values.items()}
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{lower.get('webhook-id', '')}.{lower.get('webhook-timestamp', '')}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    given = [part.removeprefix("v1,") for part in lower.get("webhook-signature", "").split() if part.startswith("v1,")]
    return any(hmac.compare_digest(wanted, signature) for signature in given)


@dataclass
class Hub:
    """Takes events at `/events`. `down` makes it answer 503; it drops ids it has seen, as every receiver should."""

    secret: str
    down: bool = False
    events: dict[str, dict[str, Any]] = field(default_factory=dict)  #: by event id, in the order of arrival
    deliveries: int = 0  #: how often an event was delivered, repeats included
    refused: int = 0  #: while down
    forged: int = 0  #: signature not good
    port: int = 0
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free local port."""
        app = web.Application()
        app.router.add_post("/events", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def url(self) -> str:
        """Where events are posted to."""
        return f"http://127.0.0.1:{self.port}/events"

    async def _take(self, request: web.Request) -> web.Response:
        if self.down:
            self.refused += 1
            return web.Response(status=503)
        body = await request.read()
        if not verify(self.secret, request, body):
            self.forged += 1
            return web.Response(status=401)
        event = json.loads(body)
        self.deliveries += 1
        self.events.setdefault(event["id"], event)
        return web.Response(status=204)

    def documents(self, document_type: str = "Order") -> list[dict[str, Any]]:
        """The canonical documents of one type, in the order of their arrival."""
        found = [event["data"] for event in self.events.values()]
        return [data for data in found if data.get("documentType") == document_type]
