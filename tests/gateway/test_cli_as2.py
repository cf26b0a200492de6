"""`gateway as2` from one company to the real endpoint of another."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.states import Thing
from gateway.store import lookup
from tests.gateway.command_line import Result, gateway
from tests.gateway.serving import NORTHMART, OWN, Served, serving
from tests.support.certificates import certificate

GATEWAY_YAML = """
own:
  name: Northmart Stores
  org: northmart
  environment: test
  stations: [{id: main, as2: {as2_name: NORTHMART, keys: {current: {key: "file:own.key", certificate: own.pem}}}}]
"""
PARTNER_YAML = """
partner: harborline
name: Harborline Foods
status: testing
identities: {as2: HARBORLINE}
transports: {as2: {url: "URL", allow_http: true, certs: {current: harborline.pem}}}
"""
INTERCHANGE = (
    b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*U*00401*000004711*0*T*>~"
    b"GS*PO*NORTHMART*HARBORLINE*20261118*0915*4711*X*004010~ST*850*0001~BEG*00*SA*4500123987**20261118~SE*3*0001~GE*1*4711~IEA*1*000004711~"
)


@pytest.fixture
async def harborline(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path / "harborline") as running:
        yield running


def northmart(root: Path, url: str) -> Path:
    files = {
        "gateway.yaml": GATEWAY_YAML,
        "own.key": NORTHMART.key,
        "certs/own.pem": NORTHMART.certificate,
        "partners/harborline/partner.yaml": PARTNER_YAML.replace("URL", url),
        "partners/harborline/certs/harborline.pem": OWN.certificate,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


async def run(root: Path, *arguments: str | Path, stdin: bytes = b"") -> Result:
    """In a thread, for the endpoint lives on this event loop."""
    return await asyncio.to_thread(gateway, "-w", root, "as2", *arguments, stdin=stdin)


async def test_ping_looks_at_the_endpoint_and_sends_no_message(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    done = await run(root, "ping", "harborline", "--json")
    assert done.code == 0, done.out
    assert [step["name"] for step in done.json["steps"]] == ["connect", "http"]
    assert not any((await harborline.context.store.read(lookup.counts_by_state))[Thing.TRANSMISSION].values())


async def test_a_file_is_sent_and_its_receipt_judged(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    done = await run(root, "send", "harborline", "-", stdin=INTERCHANGE)
    assert done.code == 0, done.out
    assert "received: " in done.out
    assert "MDN" in done.out
    rows = await harborline.context.store.read(lambda connection: lookup.where(connection, Thing.TRANSMISSION, partner_id="northmart"))
    assert [row["content_type"] for row in rows] == ["application/edi-x12"]
    assert await harborline.context.store.load(rows[0]["payload_sha256"]) == INTERCHANGE


async def test_a_refusal_is_told_with_the_partner_s_word(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    other = certificate("someone-else", number=8)
    (root / "own.key").write_text(other.key)
    (root / "certs" / "own.pem").write_text(other.certificate)
    done = await run(root, "send", "harborline", "-", "--json", stdin=INTERCHANGE)
    assert done.code == 1
    assert "authentication-failed" in done.json["verdict"]
    assert done.json["nextAction"]


async def test_an_endpoint_that_is_not_there_is_said_step_by_step(harborline: Served, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        root = northmart(tmp_path / "closed", f"http://127.0.0.1:{closed.getsockname()[1]}/as2")
        for arguments in (("ping", "harborline"), ("send", "harborline", "-")):
            done = await run(root, *arguments, stdin=INTERCHANGE)
            assert done.code == 1
            assert "next:" in done.out
    elsewhere = northmart(tmp_path / "elsewhere", f"{harborline.base}/not-as2")
    assert "status 404" in (await run(elsewhere, "ping", "harborline")).out


async def test_what_cannot_be_sent_is_said(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    assert (await run(root, "send", "harborline", "-", stdin=b"")).code == 2
    assert (await run(root, "ping", "nobody")).code == 3
    (root / "own.key").unlink()
    done = await run(root, "send", "harborline", "-", stdin=INTERCHANGE)
    assert done.code == 2
    assert "file:own.key" in done.err
