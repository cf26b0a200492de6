"""Everything the story needs, on free local ports: the workspace, the partners, the hub and the gateway process."""

import secrets
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import aiohttp
from ruamel.yaml import YAML

from gateway.demo.certificates import KeyAndCertificate, make_certificate
from gateway.demo.hub import Hub
from gateway.demo.packaged import quickstart_source
from gateway.demo.process import GatewayProcess, free_port
from gateway.demo.retailer import Retailer
from sftp.server import SftpServer

__all__ = ["World"]

#: short looks and retries, so that the story takes seconds; a real gateway keeps the defaults
_TIMING = {
    "retries": [0, 0.3, 0.5, 0.5, 1, 1, 1, 1, 1, 1],
    "partner_retries": [0.3, 0.5, 1, 1, 1, 1],
    "worker_poll": 0.2,
    "sftp_every": 0.5,
    "sftp_stable": 0.3,
    "folder_every": 0.3,
    "breaker_pause": 0.5,
    "lease": 5,
}
_PICKUP = {"patterns": ["*.edi"], "looks_apart": 0.3, "every": 0.5}


class World:
    """An async context manager: up when entered, gone when left."""

    def __init__(self, process: type[GatewayProcess] = GatewayProcess) -> None:
        self.root = Path(tempfile.mkdtemp(prefix="gateway-demo-"))
        self.hub = Hub(secret="whsec_" + b64encode(secrets.token_bytes(24)).decode())
        self.own_keys = make_certificate("Harborline Foods AS2", now=datetime.now(UTC))
        self.retailer = Retailer(make_certificate("Northmart Stores AS2", now=datetime.now(UTC)))
        self.gateway = process(self.root, free_port())
        self.hub_key = secrets.token_urlsafe(24)
        self.shop_key = secrets.token_urlsafe(24)
        self.mailbox = self.root / "shoreline-server"  #: what the 3PL's SFTP server shows
        self.threepl_password = secrets.token_urlsafe(16)
        self.threepl = SftpServer.of_one(self.mailbox, user="harborline", password=self.threepl_password)
        self.session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        for folder in ("out", "in"):
            (self.mailbox / folder).mkdir(parents=True)
        await self.hub.start()
        await self.retailer.start()
        self.threepl.start()
        self.retailer.trade_with(f"{self.gateway.base}/as2", self.own_keys.certificate, "HARBORLINE")
        self._write_workspace()
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        code, output = await self.gateway.command("apply", "--reason", "the demo begins")
        if code:
            raise RuntimeError(f"the demo's workspace does not apply:\n{output}")
        await self.gateway.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()
        await self.gateway.stop()
        self.threepl.stop()
        await self.retailer.stop()
        await self.hub.stop()
        shutil.rmtree(self.root, ignore_errors=True)

    def _write_workspace(self) -> None:
        """The quickstart, with AS2 and SFTP in the place of folders, and a webhook in the place of the folder sink."""
        with quickstart_source() as source:
            shutil.copytree(source, self.root, dirs_exist_ok=True)
        self._secret("as2.key", self.own_keys.key)
        self._secret("webhook", self.hub.secret)
        self._secret("hub-api", self.hub_key)
        self._secret("shopco-api", self.shop_key)
        self._secret("shoreline", self.threepl_password)
        self._certificate("certs/harborline.pem", self.own_keys)
        self._certificate("partners/northmart/certs/northmart.pem", self.retailer.keys)
        self._edit("gateway.yaml", self._gateway_yaml)
        self._edit("partners/northmart/partner.yaml", self._northmart)
        self._edit("partners/shoreline3pl/partner.yaml", self._shoreline)
        self._edit("partners/shopco/partner.yaml", lambda profile: profile["api"].update(keys=["file:secrets/shopco-api"]))

    def _gateway_yaml(self, config: dict[str, Any]) -> None:
        config["own"]["stations"][0]["as2"] = {
            "as2_name": "HARBORLINE",
            "domain": "harborline.example",
            "keys": {"current": {"key": "file:secrets/as2.key", "certificate": "harborline.pem"}},
        }
        config["listen"] = {"host": "127.0.0.1", "port": self.gateway.port}
        config["public_url"] = self.gateway.base
        config["sinks"] = {"hub": {"kind": "webhook", "url": self.hub.url, "secret": "file:secrets/webhook"}}
        config["api_keys"] = [{"id": "hub", "role": "hub", "secret": "file:secrets/hub-api"}]
        config["timing"] = dict(_TIMING)

    def _northmart(self, profile: dict[str, Any]) -> None:
        certificate = {"current": "northmart.pem"}
        profile["transports"] = {"as2": {"url": self.retailer.url, "allow_http": True, "certs": certificate}}

    def _shoreline(self, profile: dict[str, Any]) -> None:
        profile["transports"] = {
            "sftp": {
                "host": "127.0.0.1",
                "port": self.threepl.port,
                "user": "harborline",
                "password": "file:secrets/shoreline",
                "host_keys": {"current": self.threepl.host_key},
                "pickup": {"folder": "out", **_PICKUP},
                "drop": {"folder": "in"},
            }
        }

    def _edit(self, name: str, change: Any) -> None:
        yaml = YAML()
        path = self.root / name
        content = yaml.load(path)
        change(content)
        with path.open("w", encoding="utf-8") as target:
            yaml.dump(content, target)

    def _secret(self, name: str, text: str) -> None:
        path = self.root / "secrets" / name
        path.parent.mkdir(exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")

    def _certificate(self, name: str, keys: KeyAndCertificate) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(keys.certificate, encoding="utf-8")

    # what the partners and the hub do over HTTP

    async def post(self, path: str, body: bytes, key: str, content_type: str, **headers: str) -> tuple[int, Mapping[str, Any]]:
        """A POST to the gateway's API; status and JSON answer."""
        head = {"Authorization": f"Bearer {key}", "Content-Type": content_type, **headers}
        async with self.session.post(self.gateway.base + path, data=body, headers=head) as answer:
            return answer.status, await answer.json()

    def leave_at_threepl(self, name: str, edi: bytes) -> None:
        """The 3PL puts a file into its outbound folder, as its own system does: hidden, then renamed."""
        hidden = self.mailbox / "out" / f".{name}.tmp"
        hidden.write_bytes(edi)
        hidden.rename(self.mailbox / "out" / name)
