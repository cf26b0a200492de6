"""A gateway whose partner and hub are HTTP servers on loopback, so that what they are told of a trace can be seen."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import aiohttp

from gateway.app import App
from gateway.settings import Settings, parse_settings
from tests.gateway.quick import checked_once
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, an_order, ship_notice
from tests.support.http_receiver import Receiver, receiving

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
SECRET = "whsec_" + "c2VjcmV0IG9mIHRoaXMgdGVzdCBhbmQgb2YgaXQgYWxvbmU="


class Way:
    """A gateway with its service and no worker of its own, a partner and a hub by HTTP on loopback."""

    def __init__(self, app: App, hub: Receiver, partner: Receiver) -> None:
        self.app, self.hub, self.partner = app, hub, partner
        self.base = f"http://127.0.0.1:{app.service.port}/api/v1"

    async def post(self, path: str, body: bytes, key: str, media: str, **headers: str) -> tuple[int, dict[str, str]]:
        head = {"Authorization": f"Bearer {key}", "Content-Type": media, "Idempotency-Key": sha256(body).hexdigest(), **headers}
        async with aiohttp.ClientSession() as session, session.post(f"{self.base}/{path}", data=body, headers=head) as response:
            return response.status, await response.json(content_type=None)

    async def order(self, number: int = 1, **headers: str) -> None:
        status, answer = await self.post(
            "partners/northmart/inbox", an_order(f"450000000{number}", number=number), "northmart-key", "application/edi-x12", **headers
        )
        assert status == 202, answer
        await self.app.worker.drain()

    async def notice(self, **headers: str) -> dict[str, str]:
        body = json.dumps(ship_notice()).encode()
        status, answer = await self.post("ship-notices", body, "hub-key", "application/json", **headers)
        assert status == 202, answer
        await self.app.worker.drain()
        return answer


def _workspace(root: Path, hub: str, partner: str, more: str = "") -> Settings:
    gateway = GATEWAY_YAML.replace("{kind: folder, path: hub}", f'{{kind: webhook, url: "{hub}", secret: "file:webhook.key"}}')
    gateway += f'api_keys: [{{id: erp, role: hub, secret: "file:hub.key"}}]\nlisten: {{host: 127.0.0.1, port: 0}}\n{more}'
    profile = PARTNER_YAML.replace("{folder: {drop: {folder: to-northmart}}}", f'{{http: {{url: "{partner}", allow_http: true}}}}')
    files = {
        "gateway.yaml": gateway,
        "partners/northmart/partner.yaml": profile + 'api: {keys: "file:northmart.key"}\n',
        "webhook.key": SECRET,
        "hub.key": "hub-key",
        "northmart.key": "northmart-key",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o600)
    checked = checked_once({name: text.encode() for name, text in files.items() if name.endswith(".yaml")})
    assert not checked.faults
    return parse_settings(gateway)


@asynccontextmanager
async def way(root: Path, more: str = "") -> AsyncIterator[Way]:
    async with receiving() as hub, receiving() as partner:
        app = await App.open(root, _workspace(root, hub.url, partner.url, more))
        try:
            await app.service.start()
            yield Way(app, hub, partner)
        finally:
            await app.service.stop()
            await app.close()
