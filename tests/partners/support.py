"""A small workspace as files, for tests to change."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from io import StringIO
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from ruamel.yaml import YAML

from partners.load import ConfigFault, load
from partners.model import Workspace

GATEWAY: Mapping[str, Any] = {
    "own": {
        "name": "Harborline Foods",
        "org": "harborline",
        "environment": "live",
        "zone": "America/New_York",
        "stations": [
            {
                "id": "main",
                "x12": {"qualifier": "ZZ", "id": "HARBORLINE"},
                "edifact": {"qualifier": "14", "id": "0852345000012"},
                "as2": "HARBORLINE",
            }
        ],
    },
    "sinks": {"hub": {"kind": "folder", "path": "hub"}, "archive": {"kind": "folder", "path": "archive"}},
}

NORTHMART: Mapping[str, Any] = {
    "partner": "northmart",
    "name": "Northmart Stores",
    "status": "live",
    "zone": "America/Chicago",
    "identities": {"x12": [{"qualifier": "ZZ", "id": "NORTHMART"}], "as2": "NORTHMART"},
    "transports": {"folder": {"pickup": {"folder": "in"}, "drop": {"folder": "out"}}},
    "agreements": [
        {"id": "850-in", "direction": "inbound", "standard": {"x12": "004010", "set": "850"}},
        {"id": "856-out", "direction": "outbound", "standard": {"x12": "004010VICS", "set": "856"}},
    ],
}


def yaml(data: Mapping[str, Any]) -> bytes:
    """Data as YAML."""
    out = StringIO()
    YAML(typ="safe", pure=True).dump(data, out)
    return out.getvalue().encode()


def gateway(**own: Any) -> dict[str, Any]:
    """gateway.yaml with some of `own:` changed."""
    return {**GATEWAY, "own": {**GATEWAY["own"], **own}}


def partner(**changes: Any) -> dict[str, Any]:
    """Northmart with some fields changed."""
    return {**NORTHMART, **changes}


def agreement(index: int = 0, **changes: Any) -> dict[str, Any]:
    """One of Northmart's agreements with some fields changed."""
    return {**NORTHMART["agreements"][index], **changes}


def files(*partners: Mapping[str, Any], own: Mapping[str, Any] = GATEWAY, more: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The files of a workspace with these partners."""
    profiles = {f"partners/{p['partner']}/partner.yaml": yaml(p) for p in partners}
    return {"gateway.yaml": yaml(own), **profiles, **(more or {})}


def workspace(*partners: Mapping[str, Any], **given: Any) -> Workspace:
    """The workspace of these partners, which has no faults."""
    loaded = load(files(*partners, **given))
    assert loaded.faults == ()
    assert loaded.workspace is not None
    return loaded.workspace


def faults(*partners: Mapping[str, Any], **given: Any) -> list[tuple[str, str]]:
    """File (its last part) and place of each fault."""
    return [(fault.file.rsplit("/", 1)[-1], fault.path) for fault in all_faults(files(*partners, **given))]


def all_faults(given: Mapping[str, bytes]) -> tuple[ConfigFault, ...]:
    """The faults of these files; with any there is no workspace."""
    loaded = load(given)
    assert (loaded.workspace is None) == bool(loaded.faults)
    return loaded.faults


@cache
def certificate() -> tuple[bytes, bytes]:
    """A self-signed certificate and its private key, as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "northmart")])
    now = datetime.now(tz=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return made.public_bytes(serialization.Encoding.PEM), private
