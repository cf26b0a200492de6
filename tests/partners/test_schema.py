"""The published schema of partner.yaml: equal to the models, and content with the profiles that we ship."""

import json
import sys
from importlib.resources import files
from pathlib import Path
from subprocess import run

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from partners.schema import partner_schema

QUICKSTART = Path(__file__).resolve().parents[2] / "samples" / "quickstart"
VALIDATOR = Draft202012Validator(partner_schema())

FULL = """
partner: acme-retail
name: Acme Retail
status: live
inherits: retailer-x12
identities: {x12: [{qualifier: ZZ, id: ACMERETAIL, gs: [ACME]}], edifact: [], as2: ACME_AS2, gln: "0614141000012"}
contacts: [{role: edi, email: edi@acme.example}]
transports:
  as2: {url: https://as2.acme.example, sign: sha256, encrypt: aes256_cbc, mdn: {mode: sync, signed: true},
        certs: {current: acme-2025.pem, next: {file: acme-2027.pem, from: "2026-12-01"}}}
  sftp: {host: sftp.acme.example, user: us, key: "file:secrets/acme", host_keys: {current: "ssh-ed25519 AAAA"}, pickup: {folder: out}}
agreements:
  - id: acme-850-in
    direction: inbound
    standard: {x12: "004010", set: "850", guide: guides/850.yaml}
    map: partners/acme-retail/maps/850@3
    ack: {functional: "997", ak2_for_accepted: true, ta1: auto}
    duplicates: {interchange: {days: 30, same_bytes: reack, other_bytes: hold}, business_key: hold}
    on_error: suspend_transaction
    deliver_to: hub.orders
    sla: {respond_with: "855", within: {from: "DTM[ACK]", else: 24h}, warn_at: [50, 80]}
"""


def test_the_file_is_what_the_models_say() -> None:
    """After a change: python -m partners.schema > partners/schemas/partner.json."""
    text = (files("partners") / "schemas" / "partner.json").read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(json.dumps(partner_schema()))
    Draft202012Validator.check_schema(partner_schema())


def test_a_profile_with_everything_fits() -> None:
    assert [error.message for error in VALIDATOR.iter_errors(YAML(typ="safe").load(FULL))] == []


@pytest.mark.parametrize("path", sorted(QUICKSTART.glob("partners/*/partner.yaml")), ids=lambda path: path.parent.name)
def test_the_quickstart_fits(path) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(YAML(typ="safe").load(path.read_text()))] == []


@pytest.mark.parametrize("change", ["status: alive", "colour: red", "api: {keys: [hunter2]}", "identities: {gln: 7}"])
def test_what_the_loader_refuses_the_schema_refuses(change) -> None:
    key = change.split(":", 1)[0]
    lines = [line for line in FULL.strip().splitlines() if not line.startswith(f"{key}:")]
    assert not VALIDATOR.is_valid(YAML(typ="safe").load("\n".join([*lines, change])))


def test_partners_load_no_network_library() -> None:
    """They import the settings of as2 and sftp, whose packages must stay light."""
    code = "import sys, partners.load, partners.draft, partners.identify; print(sorted({m.split('.')[0] for m in sys.modules} & {'aiohttp', 'paramiko', 'asyncio', 'sqlite3', 'canonical'}))"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=QUICKSTART.parents[1]).stdout.strip() == "[]"
