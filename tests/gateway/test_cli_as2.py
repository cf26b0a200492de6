"""`gateway as2 ping` and `send` from one company to the real endpoint of another, and to servers that are not as they should be."""

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.states import Thing
from gateway.store import jobs, lookup
from gateway.tls import fingerprint_of, server_context
from gateway.transports.base import TRIAL_PAYLOAD
from tests.gateway.command_line import Result, gateway
from tests.gateway.rows import by_state
from tests.gateway.serving import NORTHMART, OWN, Served, serving
from tests.gateway.shaking import server_certificate
from tests.support.certificates import NOW, certificate
from tests.support.http_receiver import receiving

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


async def run(root: Path, *arguments: str | Path) -> Result:
    """In a thread, for the endpoint lives on this event loop."""
    return await asyncio.to_thread(gateway, "-w", root, "as2", *arguments)


async def test_ping_looks_at_the_endpoint_and_sends_no_message(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    done = await run(root, "ping", "harborline", "--json")
    assert done.code == 0, done.out
    assert [(step["name"], step["outcome"]) for step in done.json["steps"]] == [("name", "done"), ("connect", "done"), ("http", "done")]
    assert not any((await harborline.context.store.read(by_state))[Thing.TRANSMISSION].values())


async def test_ping_sends_a_harmless_message_on_demand_and_judges_its_receipt(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    done = await run(root, "ping", "harborline", "--send")
    assert done.code == 0, done.out
    assert "done     MDN      the receipt fits what we sent" in done.out
    rows = await harborline.context.store.read(lambda connection: lookup.where(connection, Thing.TRANSMISSION, partner_id="northmart"))
    assert [row["content_type"] for row in rows] == ["text/plain"]
    assert await harborline.context.store.load(rows[0]["payload_sha256"]) == TRIAL_PAYLOAD
    assert rows[0]["finished_at"] is not None  # there is nothing to do with it, and nobody has to look at it
    assert await harborline.context.store.read(jobs.waiting) == {}
    assert not (root / "data").exists()  # nothing of it is stored here


async def test_a_refusal_is_explained_with_what_to_do(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    other = certificate("someone-else", number=8)
    (root / "own.key").write_text(other.key)
    (root / "certs" / "own.pem").write_text(other.certificate)
    done = await run(root, "ping", "harborline", "--send", "--json")
    assert done.code == 1
    assert done.json["verdict"] == "REFUSED"
    assert (done.json["explanation"]["cause"], done.json["explanation"]["detail"]) == ("refused-signer", "authentication-failed")
    assert "our signing certificate" in done.json["nextAction"]


async def test_a_receipt_of_a_stranger_is_explained(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    profile = root / "partners" / "harborline" / "partner.yaml"
    profile.write_text(
        profile.read_text().replace(
            "certs: {current: harborline.pem}", "certs: {verify: {current: other.pem}, encrypt: {current: harborline.pem}}"
        )
    )
    (profile.parent / "certs" / "other.pem").write_text(certificate("someone-else", number=8).certificate)
    done = await run(root, "ping", "harborline", "--send")
    assert done.code == 1
    assert "It is signed with a newer certificate of the partner" in done.out
    assert "below transports.as2: certs: {verify: {current: other.pem, next: harborline.pem}" in done.out


async def test_an_endpoint_that_is_not_there_is_said_step_by_step(harborline: Served, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        root = northmart(tmp_path / "closed", f"http://127.0.0.1:{closed.getsockname()[1]}/as2")
        done = await run(root, "ping", "harborline", "--send", "--json")
        assert done.code == 1
        assert [(step["name"], step["outcome"]) for step in done.json["steps"]] == [("name", "done"), ("connect", "failed")]
        assert "firewall" in done.json["nextAction"]
    elsewhere = northmart(tmp_path / "elsewhere", f"{harborline.base}/not-as2")
    assert "status 404" in (await run(elsewhere, "ping", "harborline")).out
    nowhere = northmart(tmp_path / "nowhere", "http://no-such-host.invalid/as2")
    assert "failed   name     no-such-host.invalid" in (await run(nowhere, "ping", "harborline")).out


@pytest.mark.parametrize(
    ("answers", "outcome", "words"),
    [
        ([(200, {"Server": "Mendelson", "AS2-Version": "1.2"}, b"")], "done", "Server: Mendelson, AS2-Version: 1.2"),
        ([(405, {}, b""), (200, {}, b"It works")], "done", "status 200"),
        ([(401, {}, b"")], "failed", "basic_auth"),
        ([(302, {"Location": "http://elsewhere.example"}, b"")], "failed", "points elsewhere"),
        ([(503, {}, b"")], "failed", "server is up"),
    ],
)
async def test_what_http_answers_is_told(
    tmp_path: Path, answers: list[tuple[int, dict[str, str], bytes]], outcome: str, words: str
) -> None:
    async with receiving(*answers) as receiver:
        done = await run(northmart(tmp_path, receiver.url), "ping", "harborline")
    assert f"{outcome:8} http" in done.out
    assert words in done.out
    assert done.code == (0 if outcome == "done" else 1)


# asyncio's server, here the partner's, leaves the transport of a handshake that was broken off to the collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_server_certificate_is_shown_before_it_is_trusted(tmp_path: Path) -> None:
    """Not from an authority: refused, and shown with its fingerprint. Pinned: taken, and its end foretold."""
    pair = server_certificate(days=(datetime.now(UTC) - NOW).days + 10)
    async with receiving(200, tls=server_context(pair.certificate, pair.key)) as receiver:
        root = northmart(tmp_path, receiver.url)
        done = await run(root, "ping", "harborline")
        assert done.code == 1
        assert "failed   tls" in done.out
        assert fingerprint_of(pair.certificate) in done.out
        assert "pin it as certs.tls" in done.out
        assert not receiver.received
        profile = root / "partners" / "harborline" / "partner.yaml"
        pinned = profile.read_text().replace(
            "certs: {current: harborline.pem}", "certs: {current: harborline.pem, tls: {current: server.pem}}"
        )
        profile.write_text(pinned)
        (profile.parent / "certs" / "server.pem").write_text(pair.certificate)
        done = await run(root, "ping", "harborline")
        assert done.code == 0, done.out
        assert "certificate pinned: CN=localhost, issued by itself" in done.out
        assert "warning  expiry" in done.out
        (profile.parent / "certs" / "server.pem").write_text(server_certificate(number=2).certificate)
        done = await run(root, "ping", "harborline")
        assert done.code == 1
        assert "then import it as certs.tls" in done.out


async def test_a_port_without_tls_is_told(harborline: Served, tmp_path: Path) -> None:
    done = await run(northmart(tmp_path / "plain", f"{harborline.base.replace('http:', 'https:')}/as2"), "ping", "harborline")
    assert done.code == 1
    assert "failed   tls" in done.out


async def test_a_file_is_stored_first_and_then_sent(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    file = root / "order.edi"
    file.write_bytes(INTERCHANGE)
    done = await run(root, "send", "harborline", file, "--json")
    assert done.code == 0, done.err
    assert (done.json["transport"], done.json["bytes"]) == ("as2", len(INTERCHANGE))
    shown = await asyncio.to_thread(gateway, "-w", root, "docs", "show", done.json["transmissionId"], "--json")
    assert shown.json["contentType"] == "application/edi-x12"
    assert "explain dlv_" in (await run(root, "send", "harborline", file)).out


async def test_what_cannot_be_sent_is_said(harborline: Served, tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", f"{harborline.base}/as2")
    (root / "empty.edi").touch()
    assert (await run(root, "send", "harborline", root / "empty.edi")).code != 0
    assert (await run(root, "ping", "nobody")).code == 3
    (root / "own.key").unlink()
    done = await run(root, "ping", "harborline", "--send")
    assert done.code == 2
    assert "file:own.key" in done.err
