"""A workspace of Harborline's, for the commands that look at the kept messages."""

from pathlib import Path
from typing import Final

from tests.as2.broken.made import KEYS

__all__ = ["PARTNER", "make_workspace"]

GATEWAY: Final = """
own:
  name: Harborline Foods
  org: harborline
  environment: live
  zone: UTC
  stations: [{id: main, as2: {as2_name: HARBORLINE, keys: {current: {key: "file:own.key", certificate: own.pem}}}}]
"""
PARTNER: Final = """
partner: northmart
name: Northmart
status: live
identities: {as2: NORTHMART}
transports: {as2: {url: "https://as2.northmart.example/as2", certs: {current: northmart.pem}}}
"""


def make_workspace(root: Path, *certificates: str) -> Path:
    """With the keys of the kept messages; `certificates` are further ones that lie in the partner's folder."""
    files = {
        "gateway.yaml": GATEWAY,
        "own.key": (KEYS / "own.key").read_text(),
        "certs/own.pem": (KEYS / "own.pem").read_text(),
        "certs/own-former.pem": (KEYS / "own-former.pem").read_text(),
        "partners/northmart/partner.yaml": PARTNER,
        **{f"partners/northmart/certs/{name}.pem": (KEYS / f"{name}.pem").read_text() for name in ("northmart", *certificates)},
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root
