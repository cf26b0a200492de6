"""A gateway as a process over the quickstart workspace, its hub by HTTP, its partners by folders; partners join by files alone."""

import asyncio
import json
import shutil
import sqlite3
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any, Self

import aiohttp
from ruamel.yaml import YAML

from gateway.demo.hub import Hub
from gateway.demo.process import GatewayProcess, free_port
from gateway.demo.telling import until
from tests.gateway.command_line import gateway

__all__ = ["PARTNERS", "Trade", "segments"]

ROOT = Path(__file__).resolve().parents[2]
PARTNERS = Path(__file__).resolve().parent / "partners"  #: profiles, overlays, guides and golden pairs of partners that join
KEY = "the-hub's-own-key"
_WATCHED = ("Order", "OrderAcknowledgment", "ShipNotice", "WarehouseOrder", "WarehouseShipmentConfirmation", "Invoice")
_TIMING = {"worker_poll": 0.2, "folder_every": 0.3, "retries": [0, 0.5, 1, 1], "partner_retries": [0.5, 1, 1]}


def segments(interchange: bytes) -> list[str]:
    """All segments, of X12 or EDIFACT with the usual separators."""
    text = interchange.decode()
    return [one.strip() for one in text.split("~" if text.startswith("ISA") else "'") if one.strip()]


class Trade:
    """An async context manager: the gateway runs and knows the partners of the quickstart."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.hub = Hub(secret="whsec_" + b64encode(b"a secret of this test, and of it alone").decode())
        self.gateway = GatewayProcess(root, free_port())
        self.session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        shutil.copytree(ROOT / "samples" / "quickstart", self.root, dirs_exist_ok=True)
        await self.hub.start()
        self._configure()
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=120))
        await self.run("apply", "--reason", "the beginning")
        await self.gateway.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()
        await self.gateway.stop()
        await self.hub.stop()

    def _configure(self) -> None:
        yaml, path = YAML(), self.root / "gateway.yaml"
        config = yaml.load(path)
        config["listen"] = {"host": "127.0.0.1", "port": self.gateway.port}
        config["sinks"] = {"hub": {"kind": "webhook", "url": self.hub.url, "secret": "file:secrets/webhook"}}
        config["api_keys"] = [{"id": "erp", "role": "hub", "secret": "file:secrets/hub"}]
        config["timing"] = _TIMING
        config["slo"] = dict.fromkeys(_WATCHED, "off")  # how soon they are through is up to the machine
        yaml.dump(config, path)
        for name, value in {"webhook": self.hub.secret, "hub": KEY}.items():
            secret = self.root / "secrets" / name
            secret.parent.mkdir(exist_ok=True)
            secret.touch(mode=0o600)
            secret.write_text(value)

    # what an analyst does

    async def run(self, *arguments: str) -> str:
        """A command that must succeed; what it printed. It reaches the gateway's process from this one, which has imported all it needs."""
        done = await asyncio.to_thread(gateway, "--workspace", self.root, *arguments)
        assert done.code == 0, done.out + done.err
        return done.out

    async def join(self, *partners: str) -> list[str]:
        """Copy the files of partners, try them, look at the plan and put them in force; the files that the plan named."""
        for partner in partners:
            shutil.copytree(PARTNERS / partner, self.root / "partners" / partner)
            await self.run("map", "test", partner)
        await self.run("partner", "validate")
        await self.run("map", "lint")
        plan = json.loads(await self.run("plan", "--json"))
        assert plan["valid"]
        applied = json.loads(await self.run("apply", "--reason", f"{' and '.join(partners)} join", "--json"))
        assert applied["revision"] == plan["revision"] + 1
        assert applied["changes"] == plan["changes"]
        assert {change["change"] for change in plan["changes"]} == {"added"}
        return [change["file"] for change in plan["changes"]]

    # what partners do

    def leave(self, partner: str, name: str, interchange: bytes) -> None:
        """A file in the folder that we pick up from."""
        inbox = self.root / "inbox" / partner
        inbox.mkdir(parents=True, exist_ok=True)
        hidden = inbox / f".{name}.tmp"
        hidden.write_bytes(interchange)
        hidden.rename(inbox / name)

    def got(self, partner: str, set_id: str) -> list[bytes]:
        """The interchanges with such a set that lie in the partner's folder."""
        marks = (f"\nST*{set_id}*".encode(), f"~ST*{set_id}*".encode(), f"+{set_id}:".encode())
        files = sorted(path for path in (self.root / "outbox" / partner).glob("*") if path.is_file())
        return [data for path in files if any(mark in (data := path.read_bytes()) for mark in marks)]

    async def written(self, partner: str, set_id: str) -> bytes:
        """The only interchange with such a set, once it is there."""
        assert await until(lambda: bool(self.got(partner, set_id))), await self.why()
        [interchange] = self.got(partner, set_id)
        return interchange

    # what the hub does

    async def submit(self, address: str, document: dict[str, Any], **query: str) -> dict[str, Any]:
        """POST a document, twice, as a hub does that did not hear the first answer; both answers are the same."""
        head = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": sha256(json.dumps(document).encode()).hexdigest()}
        answers = []
        for _ in range(2):
            url = f"{self.gateway.base}/api/v1/{address}"
            async with self.session.post(url, json=document, headers=head, params=query) as answer:
                answers.append(await answer.json())
                assert answer.status == 202, answers
        assert answers[0] == answers[1]
        return dict(answers[0])

    async def arrived(self, document_type: str, count: int = 1) -> list[dict[str, Any]]:
        """The documents of a kind at the hub, once there are so many."""
        assert await until(lambda: len(self.hub.documents(document_type)) >= count), await self.why()
        return self.hub.documents(document_type)

    # how it stands

    async def why(self) -> str:
        """What a person would look at when something does not come."""
        held = json.dumps(await self.gateway.ask("held"), indent=1)
        return f"{held}\n{(self.root / 'gateway.log').read_text(errors='replace')[-3000:]}"

    async def exchange(self, correlation: str) -> dict[str, str]:
        """The documents of an exchange and their states; none of a kind is there twice."""
        found = (await self.gateway.ask("search", correlation=correlation))["documents"]
        by_kind = {row["about"].split()[0]: row["state"] for row in found}
        assert len(by_kind) == len(found), found
        return by_kind

    def tables(self) -> list[str]:
        """What the database is made of."""
        [database] = (self.root / "data").glob("*.db")
        with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
            return sorted(row[0] or "" for row in connection.execute("select sql from sqlite_master"))
