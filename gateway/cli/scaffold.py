"""Makes what a person then edits: a new workspace, small or a copy of the quickstart, and the first profile of a partner."""

import json
import re
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.output import CliError

if TYPE_CHECKING:
    from partners.model import Own

__all__ = ["draft_partner", "make_workspace"]

_GATEWAY_YAML: Final = """\
# The gateway of one company. Every option: gateway/settings.py and listen.py; partners are in partners/<id>/partner.yaml.
own:
  name: {name}
  org: {org}   # in event types and ids (com.{org}.b2b…): set it now, it never changes
  environment: test           # test or live: what we write, and which traffic is ours
  zone: UTC
  stations:                   # our own addresses on the wire
    - id: main
      x12: {{qualifier: {qualifier}, id: {own_id}}}      # the address that partners write in ISA07/ISA08
      as2:
        as2_name: {own_id}
        keys: {{current: {{key: "file:secrets/as2.key", certificate: as2.pem}}}}

data: data                    # database, payloads, lock and socket
listen: {{host: 127.0.0.1, port: 8080}}   # https: add tls: {{certificate: FILE, key: "file:secrets/tls.key"}}

sinks:                        # where documents for the hub go; a webhook is {{kind: webhook, url: ..., secret: "env:HUB_SECRET"}}
  hub: {{kind: folder, path: hub}}

api_keys:                     # for the hub: POST /api/v1/ship-notices, GET /api/v1/feed
  - {{id: hub, role: hub, secret: "file:secrets/hub.key"}}
"""
_PARTNER_YAML: Final = """\
# Drafted without a sample. `gateway partner new ID --from-sample FILE` reads identities and agreements from a file of the partner.
partner: {id}
name: {id}                      # the company's name, as people know it
status: draft                   # draft: nothing goes through; testing: test traffic only; live: everything
zone: UTC                       # of the partner's times, which carry none: America/Chicago

identities: {{}}                  # x12: [{{qualifier: "ZZ", id: "..."}}]   edifact: [{{qualifier: "14", id: "..."}}]   as2: ...

transports:
  folder:
    pickup: {{folder: inbox/{id}}}
    drop: {{folder: outbox/{id}}}

agreements: []                  # - {{id: {id}-850-in, direction: inbound, standard: {{x12: "004010", set: "850"}}}}
"""
_GITIGNORE: Final = "data/\nhub/\nsecrets/\n"
_OWN_ID: Final = re.compile(r"[A-Z0-9][A-Z0-9._-]{1,14}")
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")
_QUALIFIER: Final = re.compile(r"[A-Z0-9]{2}")
_MUTUAL: Final = "ZZ"
_VALID_DAYS: Final = 2 * 365


def make_workspace(target: Path, *, quickstart: bool, name: str = "My Company", own_id: str = "MYCOMPANY") -> list[str]:
    """Fill a new or empty folder for a company of this name and address. Gives the files made, relative to it. Raises `CliError`."""
    qualifier, _, own_id = own_id.rpartition(":")
    if not _OWN_ID.fullmatch(own_id) or not _QUALIFIER.fullmatch(qualifier or _MUTUAL):
        form = "Use up to 15 capital letters, digits, dots, hyphens and underscores"
        advice = f"{form}; with the qualifier in front where it is not ZZ: 01:123456789."
        raise CliError("this cannot be our address", advice)
    org = _NO_WORD.sub("-", name.lower())[:60].strip("-")
    if not org:
        raise CliError("this cannot be the name of a company", "Use letters and digits.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CliError(f"{target} is not an empty folder", "Name a new folder; nothing was changed.")
    try:
        if quickstart:
            from gateway.demo.packaged import quickstart_source

            with quickstart_source() as source:
                shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
        else:
            _make_small(target, name, org, qualifier or _MUTUAL, own_id)
    except FileNotFoundError as fault:
        raise CliError(str(fault), "Install the package again.") from None
    except OSError as fault:
        raise CliError(f"{target}: {(fault.strerror or type(fault).__name__).lower()}", "Choose a folder that you may write.") from None
    return sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())


def draft_partner(root: Path, own: "Own", partner_id: str, sample: bytes | None) -> tuple[list[str], list[str]]:
    """Write the first profile of a partner. Gives the files made and what to tell the person. Raises `CliError`; nothing is overwritten."""
    from edi.errors import NoInterchangeError
    from partners.draft import draft
    from partners.scalars import ID

    if not ID.fullmatch(partner_id):
        raise CliError("this cannot be the id of a partner", "Use small letters, digits, dots, hyphens and underscores.")
    folder = root / "partners" / partner_id
    if folder.exists():
        raise CliError(f"{folder} is there already", "Choose another id, or edit its partner.yaml; nothing was changed.")
    files, remarks = {f"partners/{partner_id}/partner.yaml": _PARTNER_YAML.format(id=partner_id)}, list[str]()
    if sample is not None:
        try:
            drafted = draft(partner_id, sample, own)
        except NoInterchangeError as fault:
            raise CliError(f"no interchange in the sample. {fault}", "Give an X12 or EDIFACT file of the partner.") from None
        files, remarks = dict(drafted.files), list(drafted.remarks)
    try:
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
    except OSError as fault:
        raise CliError(f"{folder}: {(fault.strerror or type(fault).__name__).lower()}", "Look at the rights of the folder.") from None
    return list(files), remarks


def _make_small(target: Path, name: str, org: str, qualifier: str, own_id: str) -> None:
    from gateway.demo.certificates import make_certificate

    pair = make_certificate(own_id, now=datetime.now(tz=UTC), days=_VALID_DAYS)
    (target / "secrets").mkdir(parents=True, mode=0o700)
    (target / "partners").mkdir()
    (target / "certs").mkdir()
    said = {"name": json.dumps(name, ensure_ascii=False), "org": org, "qualifier": _scalar(qualifier), "own_id": _scalar(own_id)}
    _write(target / "gateway.yaml", _GATEWAY_YAML.format(**said))
    _write(target / ".gitignore", _GITIGNORE)
    _write(target / "certs" / "as2.pem", pair.certificate)
    _write(target / "secrets" / "as2.key", pair.key, mode=0o600)
    _write(target / "secrets" / "hub.key", secrets.token_urlsafe(32) + "\n", mode=0o600)


def _scalar(text: str) -> str:
    """For YAML, which would take digits and some words for other than text."""
    return text if text.isalpha() and text not in {"NULL", "TRUE", "FALSE"} else json.dumps(text)


def _write(path: Path, text: str, *, mode: int = 0o644) -> None:
    path.touch(mode=mode)
    path.write_text(text, encoding="utf-8")
