"""A workspace with two partners, and the real service over it on loopback; no worker runs, so what is taken over stays as it was taken."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from aiohttp import ClientSession

from gateway.clock import system_clock
from gateway.ids import new_id
from gateway.metrics import Metrics
from gateway.pipeline.active import Active, check_files
from gateway.pipeline.context import Context
from gateway.service.web import Service
from gateway.settings import load_settings
from gateway.store.configured import open_store
from maps.registry import MapRegistry
from partners.load import read_files
from partners.model import Workspace
from tests.support.certificates import certificate

OWN = certificate("harborline", number=3)
NORTHMART = certificate("northmart", number=1)

GATEWAY_YAML = """
own:
  name: Harborline Foods
  org: harborline
  environment: test
  zone: America/New_York
  stations:
    - id: main
      x12: {qualifier: ZZ, id: HARBORLINE}
      as2: {as2_name: HARBORLINE, domain: harborline.example, keys: {current: {key: "file:secrets/own.key", certificate: own.pem}}}
data: data
listen: {host: 127.0.0.1, port: 0}
api_keys:
  - {id: erp, role: hub, secret: "file:secrets/hub.key"}
  - {id: ops, role: admin, secret: "file:secrets/admin.key"}
  - {id: lost, role: hub, secret: "file:secrets/not-there.key"}
limits: {body_bytes: 100000, document_bytes: 50000, stranger_rate: 40/hour, partner_rate: 500/minute, page: 50}
timing: {long_poll: 5, shutdown: 30}
"""
NORTHMART_YAML = """
partner: northmart
name: Northmart Stores
status: testing
zone: America/Chicago
currency: USD
identities: {x12: [{qualifier: ZZ, id: NORTHMART}], as2: NORTHMART}
transports:
  as2: {url: "http://127.0.0.1:9/as2", allow_http: true, certs: {current: northmart.pem}}
api: {keys: "file:secrets/northmart.key"}
agreements:
  - {id: orders, direction: inbound, standard: {x12: "004010", set: "850"}}
  - {id: notices, direction: outbound, standard: {x12: "004010", set: "856"}, transport: as2}
"""
OUTDOOR_YAML = """
partner: outdoor
name: Outdoor Direct
status: testing
identities: {gln: "0614141000012"}
api: {keys: ["file:secrets/outdoor.key", "file:secrets/outdoor-next.key"]}
"""
KEYS = {
    "hub": "hub-key-1",
    "admin": "admin-key-1",
    "northmart": "northmart-key-1",
    "outdoor": "outdoor-key-1",
    "outdoor-next": "outdoor-key-2",
}


def make_workspace(root: Path, **more: str) -> Path:
    """The files of the workspace; `more` are further ones, or others in their place."""
    files = {
        "gateway.yaml": GATEWAY_YAML,
        "certs/own.pem": OWN.certificate,
        "partners/northmart/partner.yaml": NORTHMART_YAML,
        "partners/northmart/certs/northmart.pem": NORTHMART.certificate,
        "partners/outdoor/partner.yaml": OUTDOOR_YAML,
        "secrets/own.key": OWN.key,
        **{f"secrets/{name}.key": f"{key}\n" for name, key in KEYS.items()},
        **more,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for path in (root / "secrets").iterdir():
        path.chmod(0o600)
    return root


@cache
def _compiled(files: tuple[tuple[str, bytes], ...]) -> tuple[Workspace, MapRegistry]:
    """Maps are compiled once for all tests of a run."""
    checked = check_files(dict(files))
    assert checked.workspace is not None, checked.faults
    assert checked.maps is not None
    return checked.workspace, checked.maps


@dataclass
class Served:
    """The service, where it is, and a client."""

    context: Context
    service: Service
    session: ClientSession

    @property
    def base(self) -> str:
        """The address."""
        return f"http://127.0.0.1:{self.service.port}"

    def key(self, name: str) -> dict[str, str]:
        """The header with one of the keys."""
        return {"Authorization": f"Bearer {KEYS[name]}"}


def make_context(root: Path) -> Context:
    """Everything but a worker."""
    settings = load_settings(root)
    workspace, maps = _compiled(tuple(sorted(read_files(root).items())))
    return Context(
        root=root,
        settings=settings,
        store=open_store(settings, root),
        active=Active(1, workspace, maps),
        clock=system_clock,
        new_id=new_id,
        random=Random(1),
        metrics=Metrics(),
        transports={},
        sinks={},
    )


@asynccontextmanager
async def serving(root: Path, **more: str) -> AsyncIterator[Served]:
    """The service of a workspace on a free port; `more` as in `make_workspace`."""
    context = make_context(make_workspace(root, **more))
    service = Service(context)
    try:
        await service.start()
        async with ClientSession() as session:
            yield Served(context, service, session)
    finally:
        await service.stop()
        context.store.close()
