"""https served by the service itself: certificates that change under way, and partners that come with one of their own."""

import asyncio
import os
import signal
import ssl
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, TCPConnector

from gateway.pipeline.active import Active, check_files
from gateway.tls import TlsError, client_context, fingerprint_of
from partners.load import read_files
from tests.gateway.serving import GATEWAY_YAML, KEYS, NORTHMART_YAML, OUTDOOR_YAML, Served, make_context, make_workspace, serving
from tests.gateway.shaking import server_certificate
from tests.gateway.test_service_as2 import northmart_seals
from tests.support.certificates import KeyAndCertificate
from tests.support.waiting import eventually

FIRST, SECOND, THEIRS, OTHERS = (
    server_certificate(name, number) for number, name in enumerate(("localhost", "localhost", "outdoor", "x"), 11)
)
ROOT = Path(__file__).parents[2]
PLAIN = "listen: {host: 127.0.0.1, port: 0}"
TLS = 'listen: {host: 127.0.0.1, port: 0, tls: {certificate: tls/server.pem, key: "file:tls/server.key", look_every: 0.05%s}}'


def with_tls(more: str = "", **files: str) -> dict[str, str]:
    """The files of a workspace that speaks TLS; `more` are further settings of it."""
    return {
        "gateway.yaml": GATEWAY_YAML.replace(PLAIN, TLS % more),
        "tls/server.pem": FIRST.certificate,
        "tls/server.key": FIRST.key,
        **files,
    }


def with_clients(asked: str, outdoor: str = OUTDOOR_YAML) -> dict[str, str]:
    profile = outdoor + "client_certs: {current: theirs.pem}\n"
    return with_tls(
        f", client_certificates: {asked}",
        **{"partners/outdoor/partner.yaml": profile, "partners/outdoor/certs/theirs.pem": THEIRS.certificate},
    )


@asynccontextmanager
async def caller(pair: KeyAndCertificate | None = None) -> AsyncIterator[ClientSession]:
    """A client that trusts both of our certificates and comes with its own."""
    own = (pair.certificate, pair.key) if pair else None
    context = client_context(pinned=[FIRST.certificate, SECOND.certificate], certificate=own)
    async with ClientSession(connector=TCPConnector(ssl=context)) as session:
        yield session


async def shown(port: int) -> str:
    """The fingerprint of the certificate that a new connection gets."""
    context = client_context(pinned=[FIRST.certificate, SECOND.certificate])
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return fingerprint_of(certificate)


async def health(session: ClientSession, served: Served) -> int:
    async with session.get(f"https://localhost:{served.service.port}/healthz") as answer:
        return answer.status


async def inbox(session: ClientSession, served: Served, partner: str = "outdoor", **headers: str) -> int:
    address = f"https://localhost:{served.service.port}/api/v1/partners/{partner}/inbox"
    async with session.post(address, data=b"ISA*00*", headers=headers) as answer:
        return answer.status


async def test_https_is_served_beside_http(tmp_path: Path) -> None:
    files = with_tls()
    files["gateway.yaml"] += "listen_also: [{host: 127.0.0.1, port: 0}]\n"
    async with serving(tmp_path, **files) as served, caller() as session:
        assert await health(session, served) == 200
        async with served.session.get(f"http://127.0.0.1:{served.service.ports[1]}/healthz") as answer:
            assert answer.status == 200
        assert served.context.tls["127.0.0.1:0"].fingerprint == fingerprint_of(FIRST.certificate)


async def test_a_renewed_certificate_is_served_and_open_connections_go_on(tmp_path: Path) -> None:
    async with serving(tmp_path, **with_tls()) as served, caller() as session:
        assert await health(session, served) == 200
        (tmp_path / "tls/server.key").write_text(SECOND.key)
        (tmp_path / "tls/server.pem").write_text(SECOND.certificate)
        await eventually(lambda: _is_shown(served, SECOND))
        assert await health(session, served) == 200
        [held] = session.connector._conns.values()  # still the one connection of before
        assert len(held) == 1
        assert not served.context.tls["127.0.0.1:0"].fault


async def test_a_signal_makes_the_process_look_at_once(tmp_path: Path) -> None:
    files = with_tls()
    files["gateway.yaml"] = files["gateway.yaml"].replace("look_every: 0.05", "look_every: 3600")
    make_workspace(tmp_path, **files)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        "-w",
        str(tmp_path),
        "serve",
        stdout=PIPE,
        stderr=DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout is not None
        said = (await process.stdout.readline()).decode()
        assert said.startswith("serving https://127.0.0.1:"), said
        port = int(said.split()[1].rpartition(":")[2])
        (tmp_path / "tls/server.key").write_text(SECOND.key)
        (tmp_path / "tls/server.pem").write_text(SECOND.certificate)
        assert await shown(port) == fingerprint_of(FIRST.certificate)
        process.send_signal(signal.SIGHUP)

        async def is_new() -> bool:
            return await shown(port) == fingerprint_of(SECOND.certificate)

        await eventually(is_new)
    finally:
        process.terminate()
        await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("server.pem", SECOND.certificate, "do not belong together"),
        ("server.pem", "half a fi", "no certificate in PEM form"),
        ("server.key", "", "the file is empty"),
    ],
)
async def test_a_bad_file_keeps_the_old_certificate_and_raises_an_alarm(tmp_path: Path, file: str, text: str, said: str) -> None:
    async with serving(tmp_path, **with_tls()) as served, caller() as session:
        (tmp_path / "tls" / file).write_text(text)
        await served.service.reload_certificates()
        assert said in served.context.tls["127.0.0.1:0"].fault
        assert await shown(served.service.port) == fingerprint_of(FIRST.certificate)
        assert await health(session, served) == 200
        address = f"https://localhost:{served.service.port}/admin/v1/status"
        async with session.get(address, headers=served.key("admin")) as answer:
            [told] = (await answer.json())["https"]
            assert said in told["fault"]
        assert b'gateway_tls_fault{listener="127.0.0.1:0"} 1.0' in served.context.metrics.render()[0]


async def test_the_next_certificate_is_served_from_its_moment_on(tmp_path: Path) -> None:
    following = {"tls/next.pem": SECOND.certificate, "tls/next.key": SECOND.key}
    begins = ', next: {certificate: tls/next.pem, key: "file:tls/next.key", from: "2026-11-10T00:00:00Z"}, look_every: 3600'
    files = with_tls(begins, **following)
    files["gateway.yaml"] = files["gateway.yaml"].replace("look_every: 0.05, ", "")
    async with serving(tmp_path, **files) as served:
        moment = served.context.settings.listen.tls.next.valid_from
        for passed, expected in ((timedelta(seconds=-1), FIRST), (timedelta(0), SECOND)):
            served.context.clock = lambda passed=passed: moment + passed
            await served.service.reload_certificates()
            assert await shown(served.service.port) == fingerprint_of(expected.certificate)


async def test_without_a_certificate_that_can_be_used_it_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(TlsError, match="do not belong together"):
        async with serving(tmp_path, **with_tls(**{"tls/server.key": SECOND.key})):
            pass


@pytest.mark.parametrize("sent", [b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b"\0" * 600])
async def test_what_is_no_tls_is_closed_without_a_word_of_http(tmp_path: Path, sent: bytes) -> None:
    async with serving(tmp_path, **with_tls()) as served, caller() as session:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.service.port)
        writer.write(sent)
        assert b"HTTP/1.1" not in await asyncio.wait_for(reader.read(), 60)
        writer.close()
        assert await health(session, served) == 200


async def test_old_versions_of_tls_are_refused(tmp_path: Path) -> None:
    old = client_context(pinned=[FIRST.certificate])
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    async with serving(tmp_path, **with_tls()) as served:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await asyncio.open_connection("127.0.0.1", served.service.port, ssl=old, server_hostname="localhost")


async def test_a_client_certificate_stands_for_a_key_of_its_partner_and_of_no_other(tmp_path: Path) -> None:
    async with serving(tmp_path, **with_clients("optional")) as served:
        async with caller(THEIRS) as session:
            assert await inbox(session, served) == 202
            assert await inbox(session, served, "northmart") == 403
        async with caller() as session:
            assert await inbox(session, served) == 401
            assert await inbox(session, served, Authorization=f"Bearer {KEYS['outdoor']}") == 202


async def test_a_client_certificate_that_no_profile_names_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path, **with_clients("optional")) as served, caller(OTHERS) as session:
        with pytest.raises((ssl.SSLError, ClientError)):
            await inbox(session, served, Authorization=f"Bearer {KEYS['outdoor']}")


async def test_where_a_certificate_is_required_nobody_comes_without(tmp_path: Path) -> None:
    async with serving(tmp_path, **with_clients("required")) as served:
        async with caller() as session:
            with pytest.raises((ssl.SSLError, ClientError)):
                await health(session, served)
        async with caller(THEIRS) as session:
            assert await health(session, served) == 200


async def test_a_revision_changes_who_is_known_without_a_restart(tmp_path: Path) -> None:
    async with serving(tmp_path, **with_clients("optional")) as served:
        async with caller(OTHERS) as session:
            with pytest.raises((ssl.SSLError, ClientError)):
                await inbox(session, served)
        async with caller(THEIRS) as before:
            assert await inbox(before, served) == 202
            (tmp_path / "partners/outdoor/certs/theirs.pem").write_text(OTHERS.certificate)
            checked = check_files(read_files(tmp_path))
            served.context.active = Active(2, checked.workspace, checked.maps)
            assert await inbox(before, served) == 401, "the connection is open still, what it showed counts no more"
        async with caller(OTHERS) as session:
            assert await inbox(session, served) == 202


async def test_a_partner_that_must_show_its_certificate_is_not_let_in_by_a_key_alone(tmp_path: Path) -> None:
    profile = OUTDOOR_YAML.replace("api: {", "api: {require_client_certificate: true, ")
    async with serving(tmp_path, **with_clients("optional", profile)) as served:
        async with caller() as session:
            assert await inbox(session, served, Authorization=f"Bearer {KEYS['outdoor']}") == 403
        async with caller(THEIRS) as session:
            assert await inbox(session, served) == 202


async def test_an_as2_partner_that_must_show_its_certificate_shows_it_besides_its_signature(tmp_path: Path) -> None:
    northmart = NORTHMART_YAML.replace("as2: {url", "as2: {require_client_certificate: true, url") + "client_certs: {current: tls.pem}\n"
    files = with_clients("optional") | {
        "partners/northmart/partner.yaml": northmart,
        "partners/northmart/certs/tls.pem": OTHERS.certificate,
    }
    message = northmart_seals()
    async with serving(tmp_path, **files) as served:
        for pair, status in ((None, 403), (THEIRS, 403), (OTHERS, 200)):
            async with (
                caller(pair) as session,
                session.post(f"https://localhost:{served.service.port}/as2", data=message.body, headers=message.headers) as answer,
            ):
                assert answer.status == status


async def test_a_connection_that_ends_without_saying_so_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Many products never send close_notify: what is cut short is known by its length."""
    context = client_context(pinned=[FIRST.certificate])
    async with serving(tmp_path, **with_tls()) as served, caller() as session:
        for sent in (b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"POST /as2 HTTP/1.1\r\nHost: x\r\nContent-Len"):
            reader, writer = await asyncio.open_connection("127.0.0.1", served.service.port, ssl=context, server_hostname="localhost")
            writer.write(sent)
            if sent.endswith(b"\r\n\r\n"):
                assert (await reader.read(100)).startswith(b"HTTP/1.1 200")
            writer.transport.abort()
        assert await health(session, served) == 200
    assert '"level": "error"' not in capsys.readouterr().err


async def _is_shown(served: Served, pair: KeyAndCertificate) -> bool:
    return await shown(served.service.port) == fingerprint_of(pair.certificate)


def test_a_listener_of_https_only_needs_somebody_who_speaks_it(tmp_path: Path) -> None:
    from gateway.settings import SettingsError

    broken = GATEWAY_YAML.replace(PLAIN, "listen: {https_only: true}")
    with pytest.raises(SettingsError, match="https_only needs tls"):
        make_context(make_workspace(tmp_path, **{"gateway.yaml": broken}))
