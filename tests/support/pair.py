"""Two companies whose gateways exchange files as they are: Northmart sends, Harborline receives, by AS2 and over an exchange by SFTP."""

import json
from pathlib import Path
from typing import Any

from tests.support.certificates import certificate

__all__ = ["HARBORLINE", "NORTHMART", "make_workspaces"]

NORTHMART, HARBORLINE = certificate("northmart", number=1), certificate("harborline", number=3)
MiB = 1024 * 1024
_QUICK = {
    "worker_poll": 0.1,
    "partner_retries": [0.2] * 40,
    "jitter": 0,
    "breaker_failures": 1000,
    "sftp_every": 0.3,
    "sftp_stable": 0.2,
    "shutdown": 3,
}


def make_workspaces(
    root: Path,
    ports: tuple[int, int],
    *,
    as2_port: int | None = None,
    sftp: dict[str, Any] | None = None,
    sftp_ports: tuple[int, int] | None = None,
    async_mdn: bool = False,
    read_bytes: int = 64 * MiB,
    body_bytes: int = 2048 * MiB,
) -> tuple[Path, Path]:
    """The folders of both, with all that they need.

    `as2_port` is where Northmart finds Harborline, when not at its own port; `sftp` is the exchange, `sftp_ports` where each finds it.
    Large messages ask for an asynchronous receipt when `async_mdn` is so. Nobody looks into what is larger than `read_bytes`,
    or takes what is larger than `body_bytes`.
    """
    limits = {"body_bytes": body_bytes, "read_bytes": read_bytes}
    sender = _workspace(root / "northmart", "northmart", ports[0], NORTHMART, limits, public=async_mdn)
    receiver = _workspace(root / "harborline", "harborline", ports[1], HARBORLINE, limits, public=False)
    drop = {"drop": {"folder": "exchange"}}
    pickup = {"pickup": [{"folder": "exchange", "after": "delete"}]}
    ways = [{**sftp, **own, **({"port": sftp_ports[n]} if sftp_ports else {})} if sftp else None for n, own in enumerate((drop, pickup))]
    _profile(sender, "harborline", HARBORLINE.certificate, as2_port or ports[1], ways[0])
    _profile(receiver, "northmart", NORTHMART.certificate, ports[0], ways[1])
    return sender, receiver


def _workspace(root: Path, name: str, port: int, pair: Any, limits: dict[str, int], *, public: bool) -> Path:
    as2 = {"as2_name": name.upper(), "domain": f"{name}.example", "keys": {"current": {"key": "file:own.key", "certificate": "own.pem"}}}
    settings = {
        "own": {"name": name.title(), "org": name, "environment": "live", "zone": "UTC", "stations": [{"id": "main", "as2": as2}]},
        "listen": {"host": "127.0.0.1", "port": port},
        "limits": limits,
        "timing": _QUICK,
        "log": {"level": "warning"},
        **({"public_url": f"http://127.0.0.1:{port}"} if public else {}),
    }
    _write(root / "gateway.yaml", json.dumps(settings))
    _write(root / "own.key", pair.key).chmod(0o600)
    _write(root / "certs" / "own.pem", pair.certificate)
    return root


def _profile(root: Path, partner: str, certificate: str, port: int, sftp: dict[str, Any] | None) -> None:
    as2 = {
        "url": f"http://127.0.0.1:{port}/as2",
        "allow_http": True,
        "certs": {"current": f"{partner}.pem"},
        "max_bytes": 2048 * MiB,
        "tolerance": {"mdn_private_address": True},
    }
    profile = {
        "partner": partner,
        "name": partner.title(),
        "status": "live",
        "identities": {"as2": partner.upper()},
        "transports": {"as2": as2, **({"sftp": sftp} if sftp else {})},
    }
    _write(root / "partners" / partner / "partner.yaml", json.dumps(profile))
    _write(root / "partners" / partner / "certs" / f"{partner}.pem", certificate)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
