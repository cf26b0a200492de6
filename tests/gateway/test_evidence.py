"""Evidence of an AS2 message: two gateways exchange one, each exports its side, and openssl alone verifies it."""

import asyncio
import json
import shutil
import subprocess
import zipfile
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway import operations
from gateway.app import App
from gateway.demo.telling import until
from gateway.errors import Refusal
from gateway.states import Thing
from gateway.store import lookup
from tests.gateway.command_line import gateway
from tests.support.certificates import certificate

NORTH, SOUTH = certificate("north", number=1), certificate("south", number=2)
ORDER = b"ISA*00*          *00*          *ZZ*NORTH          *ZZ*SOUTH          *250304*1200*U*00401*000000001*0*P*>~IEA*0*000000001~" * 9
GATEWAY_YAML = """
own:
  name: NAME
  org: NAME
  environment: live
  stations: [{id: main, as2: {as2_name: NAME, domain: NAME.example, keys: {current: {key: "file:own.key", certificate: own.pem}}}}]
listen: {host: 127.0.0.1, port: 0}
"""
PARTNER_YAML = """
partner: OTHER
name: OTHER
status: live
identities: {as2: OTHER}
transports: {as2: {url: "URL", allow_http: true, certs: {current: other.pem}, MORE}}
"""

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on this machine")


@asynccontextmanager
async def running(root: Path, name: str, other: str, pair, others, *, url: str = "http://127.0.0.1:9/as2", more: str = "compress: false"):
    files = {
        "gateway.yaml": GATEWAY_YAML.replace("NAME", name),
        "own.key": pair.key,
        "certs/own.pem": pair.certificate,
        f"partners/{other}/partner.yaml": PARTNER_YAML.replace("OTHER", other).replace("URL", url).replace("MORE", more),
        f"partners/{other}/certs/other.pem": others.certificate,
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    app = await App.open(root)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


def rows(app: App, thing: Thing, **where: str) -> list[lookup.Found]:
    return app.context.store.read_now(lambda connection: lookup.where(connection, thing, **where))


async def blocks_of(data: bytes):
    yield data


def unpacked(archive: Path, folder: Path) -> Path:
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(folder)
    [bundle] = folder.iterdir()
    return bundle


def verified(bundle: Path) -> tuple[int, str]:
    done = subprocess.run(["sh", bundle / "verify.sh"], capture_output=True, text=True, check=False, timeout=200)
    return done.returncode, done.stdout


@pytest.mark.parametrize("more", ["compress: false", "compress: true", "encrypt: null, sign: sha512"])
async def test_both_sides_have_evidence_that_openssl_verifies(tmp_path: Path, more: str):
    accepting = "require_encrypted: false" if "encrypt" in more else more
    async with running(tmp_path / "south", "south", "north", SOUTH, NORTH, more=accepting) as south:
        address = f"http://127.0.0.1:{south.port}/as2"
        async with running(tmp_path / "north", "north", "south", NORTH, SOUTH, url=address, more=more) as north:
            sent = await operations.send_file(
                north.context, "south", blocks_of(ORDER), transport="as2", name="order.edi", content_type="application/edi-x12"
            )
            assert await until(lambda: rows(north, Thing.DELIVERY, id=sent["deliveryId"])[0]["state"] == "RECEIPTED")
            [received] = rows(south, Thing.TRANSMISSION, transport="as2")
            out = await exported(north, sent["deliveryId"], tmp_path / "out")
            came = await exported(south, received["id"], tmp_path / "in")
            by_command = await asyncio.to_thread(
                gateway, "-w", tmp_path / "south", "as2", "evidence", received["id"], "-o", str(tmp_path / "command.zip")
            )
            nothing = await asyncio.to_thread(gateway, "-w", tmp_path / "south", "as2", "evidence", "trn_1", "-o", str(tmp_path / "x.zip"))
            with pytest.raises(Refusal, match="nothing has this id"):
                await exported(south, "trn_nothing", tmp_path / "none")
    assert verified(out) == (
        0,
        "ok      the MIC that was noted is the DIGEST digest of the content\nok      the MDN is signed by the partner with certificates/mdn.pem\n"
        "ok      the MDN repeats the MIC\nall verified\n".replace("DIGEST", "sha-512" if "sha512" in more else "sha-256"),
    )
    assert verified(came) == (
        0,
        "ok      the message is signed with certificates/message.pem\n"
        "ok      the MIC that was noted is the DIGEST digest of the content\nok      the MDN is signed by us with certificates/mdn.pem\n"
        "ok      the MDN repeats the MIC\nall verified\n".replace("DIGEST", "sha-512" if "sha512" in more else "sha-256"),
    )
    facts = json.loads((out / "facts.json").read_text())
    assert (facts["as2From"], facts["as2To"], facts["direction"]) == ("north", "south", "outbound")
    assert (came / "certificates/message.pem").read_text().split() == NORTH.certificate.split()
    assert by_command.code == 0
    assert verified(unpacked(tmp_path / "command.zip", tmp_path / "command"))[0] == 0
    assert nothing.code == 3
    assert not (tmp_path / "x.zip").exists()
    falsified(came, out)


async def exported(app: App, id_: str, folder: Path) -> Path:
    async with operations.evidence(app.context, id_) as (name, packed):
        (folder.parent / name).write_bytes(b"".join(packed.blocks()))
    return unpacked(folder.parent / name, folder)


def falsified(came: Path, out: Path) -> None:
    """Whatever is changed in a bundle, the script says so."""
    message, covered = came / "message/content.bin", out / "covered.bin"
    message.write_bytes(message.read_bytes().replace(b"Content", b"content", 1))
    assert "FAILED  the message is signed" in verified(came)[1]
    covered.write_bytes(covered.read_bytes() + b" ")
    assert verified(out)[0] == 1
    assert "FAILED  the MIC" in verified(out)[1]
