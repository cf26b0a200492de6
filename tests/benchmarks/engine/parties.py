"""Who takes part: a workspace as a user would have it, with retailers that trade 850s by API and by AS2, and what they send."""

import json
import secrets
import shutil
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from as2.keys import OwnKeys, own_keys
from as2.message import SealedMessage, new_message_id, seal_message
from as2.settings import As2Settings, OwnAs2
from gateway.demo.documents import interchange_850, set_850
from tests.support.certificates import KeyAndCertificate, certificate

__all__ = ["Order", "Parties"]

_SAMPLES = Path(__file__).parents[3] / "samples" / "quickstart" / "partners" / "northmart"
_NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Order:
    """One request to the gateway, and the number by which the hub's event of it is known."""

    number: str
    request: bytes
    expected: bytes  #: stands in a good answer


@dataclass
class Parties:
    """`root` becomes the workspace; orders are numbered on, so that no two runs send the same one."""

    root: Path
    port: int
    hub_url: str
    database: str | None = None  #: URL of a PostgreSQL database; None: SQLite in the data folder
    partners: int = 8
    timing: dict[str, Any] = field(default_factory=dict)
    reading: dict[str, Any] = field(default_factory=dict)
    one_map: bool = False  #: the first one's for all: each process compiles it once, before anything is measured
    secret: str = field(default_factory=lambda: "whsec_" + b64encode(secrets.token_bytes(24)).decode())
    _sent: int = 0

    def __post_init__(self) -> None:
        valid = {"not_before": _NOW - timedelta(days=1), "not_after": _NOW + timedelta(days=365)}
        self._own = certificate("harborline", number=3, **valid)
        self._theirs = certificate("retailer", number=1, **valid)
        self._keys = [secrets.token_urlsafe(24) for _ in range(self.partners)]
        self._as2 = As2Settings.model_validate(
            {"url": f"http://127.0.0.1:{self.port}/as2", "allow_http": True, "as2_name": "HARBORLINE", "certs": self._own.certificate}
        )
        self._signers = [_keys_of(f"RETAILER{number}", self._theirs) for number in range(self.partners)]

    def make_workspace(self) -> None:
        """Write every file of it."""
        _write(self.root / "gateway.yaml", json.dumps(self._settings()))
        _write(self.root / "secrets" / "as2.key", self._own.key).chmod(0o600)
        _write(self.root / "secrets" / "webhook", self.secret).chmod(0o600)
        _write(self.root / "certs" / "own.pem", self._own.certificate)
        for number, key in enumerate(self._keys):
            name = f"retailer{number}"
            folder = self.root / "partners" / name
            for part in ("guides/850.yaml", "maps/850.yaml"):
                _write(folder / part, (_SAMPLES / part).read_text().replace("northmart", name))
            _write(folder / "certs" / "theirs.pem", self._theirs.certificate)
            _write(folder / "partner.yaml", json.dumps(self._profile(number, name)))
            _write(self.root / "secrets" / f"{name}-api", key).chmod(0o600)

    def remove(self) -> None:
        """Leave nothing."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _settings(self) -> dict[str, Any]:
        as2 = {"as2_name": "HARBORLINE", "domain": "harborline.example"}
        as2 |= {"keys": {"current": {"key": "file:secrets/as2.key", "certificate": "own.pem"}}}
        station = {"id": "main", "x12": {"qualifier": "ZZ", "id": "HARBORLINE"}, "as2": as2}
        own = {"name": "Harborline Foods", "org": "harborline", "environment": "test", "zone": "America/New_York", "stations": [station]}
        return {
            "own": own,
            "listen": {"host": "127.0.0.1", "port": self.port},
            "sinks": {"hub": {"kind": "webhook", "url": self.hub_url, "secret": "file:secrets/webhook"}},
            "limits": {"partner_rate": "1000000/minute"},  # the marks against abuse lie below what is measured here
            **({"timing": self.timing} if self.timing else {}),
            **({"reading": self.reading} if self.reading else {}),
            **({"database": {"url": self.database}} if self.database else {}),
        }

    def _profile(self, number: int, name: str) -> dict[str, Any]:
        return {
            "partner": name,
            "name": f"Retailer {number}",
            "status": "live",
            "inherits": ["retailer-x12"],
            "zone": "America/Chicago",
            "currency": "USD",
            "identities": {"x12": [{"qualifier": "ZZ", "id": name.upper()}], "as2": name.upper()},
            "transports": {"as2": {"certs": {"current": "theirs.pem"}}},
            "api": {"keys": [f"file:secrets/{name}-api"]},
            "agreements": [
                {
                    "id": f"{name}-850-in",
                    "direction": "inbound",
                    "standard": {"x12": "004010", "set": "850", "guide": "guides/850.yaml"},
                    "map": f"partners/{'retailer0' if self.one_map else name}/maps/850",
                }
            ],
        }

    def api_orders(self, count: int) -> list[Order]:
        """One 850 each, for the inbox of its partner."""
        return [self._api_order() for _ in range(count)]

    def as2_orders(self, count: int) -> list[Order]:
        """One 850 each, signed and encrypted, with a signed MDN asked for in the answer."""
        return [self._as2_order() for _ in range(count)]

    def _next(self) -> tuple[int, str, bytes]:
        self._sent += 1
        partner, number = self._sent % self.partners, f"PO-{self._sent}"
        control = (self._sent - 1) // self.partners + 1  # each counts its own interchanges, and leaves none out
        sets = [set_850("0001", number, today=_NOW.date())]
        return partner, number, interchange_850(sets, control, _NOW, sender=f"RETAILER{partner}")

    def _api_order(self) -> Order:
        partner, number, edi = self._next()
        headers = {"Authorization": f"Bearer {self._keys[partner]}", "Content-Type": "application/edi-x12", "X-Order": number}
        return Order(number, _request(f"/api/v1/partners/retailer{partner}/inbox", headers, edi), b"transmissionId")

    def _as2_order(self) -> Order:
        partner, number, edi = self._next()
        sealed = self.sealed(edi, partner)
        return Order(number, _request("/as2", {**sealed.headers, "X-Order": number}, sealed.body), b"; processed\r\n")

    def sealed(self, edi: bytes, partner: int = 0) -> SealedMessage:
        """An interchange as one of the partners puts it into an AS2 message."""
        return seal_message(
            edi,
            content_type="application/edi-x12",
            own=self._signers[partner],
            partner=self._as2,
            message_id=new_message_id(secrets.token_hex(12), "retailers.example"),
            now=datetime.now(UTC),
            filename="orders.edi",
        )


def _keys_of(name: str, pair: KeyAndCertificate) -> OwnKeys:
    keys = {"current": {"key": "env:NOT_READ", "certificate": pair.certificate}}
    return own_keys(OwnAs2.model_validate({"as2_name": name, "keys": keys}), lambda _: pair.key)


def _request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = {"Host": "127.0.0.1", **headers, "Content-Length": str(len(body))}
    head = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items()), "", ""]
    return "\r\n".join(head).encode() + body


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
