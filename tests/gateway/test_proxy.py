"""Where a request came from: what a trusted proxy says counts, what anybody else says does not."""

import asyncio
import socket
import struct
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from aiohttp.test_utils import make_mocked_request
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from multidict import CIMultiDict

from gateway.listen import Proxy
from gateway.service.proxy import Origin, find_origin
from tests.gateway.serving import GATEWAY_YAML, OUTDOOR_YAML, Served, serving
from tests.gateway.shaking import server_certificate

THEIRS = server_certificate("outdoor", 21)
PLAIN = "listen: {host: 127.0.0.1, port: 0}"
TRUSTED = ("10.0.0.0/8", "127.0.0.1", "2001:db8::/64")


class Wire:
    """A connection from an address, without TLS."""

    def __init__(self, peer: str) -> None:
        self._peer = peer

    def get_extra_info(self, name: str, default: object = None) -> object:
        return (self._peer, 50000) if name == "peername" else default


def found(peer: str, *fields: tuple[str, str], **settings: object) -> Origin:
    request = make_mocked_request("GET", "/", headers=CIMultiDict(fields), transport=Wire(peer))
    return find_origin(request, Proxy.model_validate({"trusted": TRUSTED, **settings}))


FOR = "X-Forwarded-For"


@pytest.mark.parametrize(
    ("peer", "fields", "source"),
    [
        ("192.0.2.7", [], "192.0.2.7"),
        ("192.0.2.7", [(FOR, "198.51.100.1")], "192.0.2.7"),  # no proxy of ours says so
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", [(FOR, "198.51.100.1")], "198.51.100.1"),
        ("10.0.0.1", [(FOR, "203.0.113.9, 198.51.100.1")], "198.51.100.1"),  # what the caller wrote itself stands to the left
        ("10.0.0.1", [(FOR, "203.0.113.9, 198.51.100.1, 10.0.0.2")], "198.51.100.1"),  # two proxies of ours
        ("10.0.0.1", [(FOR, "203.0.113.9"), (FOR, "198.51.100.1")], "198.51.100.1"),  # the proxy added a line of its own
        ("10.0.0.1", [(FOR, "10.9.9.9")], "10.9.9.9"),
        ("10.0.0.1", [(FOR, "198.51.100.1:4711")], "198.51.100.1"),
        ("10.0.0.1", [(FOR, "[2001:db8:1::7]:4711")], "2001:db8:1::"),
        ("10.0.0.1", [(FOR, "2001:db8:1::7")], "2001:db8:1::"),
        ("10.0.0.1", [(FOR, "unknown")], "10.0.0.1"),
        ("10.0.0.1", [(FOR, "198.51.100.1, <script>")], "10.0.0.1"),
        ("10.0.0.1", [(FOR, " , ,")], "10.0.0.1"),
        ("10.0.0.1", [(FOR, "9" * 5000)], "10.0.0.1"),
        ("::ffff:10.0.0.1", [(FOR, "198.51.100.1")], "198.51.100.1"),
        ("2001:db8::5", [(FOR, "198.51.100.1")], "198.51.100.1"),
    ],
)
def test_the_right_most_hop_that_is_not_ours_is_the_source(peer: str, fields: list[tuple[str, str]], source: str) -> None:
    assert found(peer, *fields).source == source


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("for=198.51.100.1;proto=https", Origin("198.51.100.1", is_secure=True)),
        ("for=198.51.100.1;proto=http", Origin("198.51.100.1")),
        ('for=203.0.113.9;proto=https, for="198.51.100.1:80"', Origin("198.51.100.1")),
        ('FOR="[2001:db8:1::7]:4711" ; Proto=HTTPS', Origin("2001:db8:1::", is_secure=True)),
        ("for=_hidden", Origin("10.0.0.1")),
        ("by=10.0.0.1", Origin("10.0.0.1")),
    ],
)
def test_forwarded_is_read_as_rfc_7239_has_it(said: str, origin: Origin) -> None:
    assert found("10.0.0.1", ("Forwarded", said), client_ip_header="Forwarded") == origin
    assert found("192.0.2.7", ("Forwarded", said), client_ip_header="Forwarded") == Origin("192.0.2.7")


async def test_who_is_gone_before_it_is_accepted_is_no_fault_of_ours(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with serving(tmp_path) as served:
        caller = socket.create_connection(("127.0.0.1", served.service.port))
        caller.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        caller.close()  # with a reset: the bytes are read, and the peer has no name any more
        await asyncio.sleep(0.1)
        async with served.session.get(f"{served.base}/healthz") as answer:
            assert answer.status == 200
    assert "request-failed" not in capsys.readouterr().err


def test_https_at_the_proxy_is_believed_of_a_trusted_one_only() -> None:
    proto = ("X-Forwarded-Proto", "https")
    assert found("10.0.0.1", proto).is_secure
    assert not found("192.0.2.7", proto).is_secure
    assert not found("10.0.0.1", proto, ("X-Forwarded-Proto", "http")).is_secure, "the last line is the proxy's"


def test_a_client_certificate_in_a_field_counts_of_a_trusted_proxy_only() -> None:
    certificate = x509.load_pem_x509_certificate(THEIRS.certificate.encode())
    shown = b64encode(certificate.public_bytes(Encoding.DER)).decode()
    for value, is_read in (
        (quote(THEIRS.certificate), True),
        (f":{shown}:", True),
        ("x", False),
        (":x:", False),
        (":é:", False),
        ("%00" * 20, False),
    ):
        field = ("Client-Cert", value)
        assert bool(found("10.0.0.1", field, client_cert_header="Client-Cert").fingerprint) is is_read
        assert not found("192.0.2.7", field, client_cert_header="Client-Cert").fingerprint
        assert not found("10.0.0.1", field).fingerprint, "no such field is configured"


@asynccontextmanager
async def behind(root: Path, trusted: str, more: str = "") -> AsyncIterator[Served]:
    """The service behind a proxy at 127.0.0.1, or with another one trusted."""
    proxy = f"proxy: {{trusted: [{trusted}], client_cert_header: Client-Cert}}{more}"
    files = {
        "gateway.yaml": GATEWAY_YAML.replace(PLAIN, f"listen: {{host: 127.0.0.1, port: 0, {proxy}}}").replace("40/hour", "3/hour"),
        "partners/outdoor/partner.yaml": OUTDOOR_YAML + "client_certs: {current: theirs.pem}\n",
        "partners/outdoor/certs/theirs.pem": THEIRS.certificate,
    }
    async with serving(root, **files) as served:
        yield served


async def inbox(served: Served, **headers: str) -> int:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    async with served.session.post(f"{served.base}/api/v1/partners/outdoor/inbox", data=b"ISA*00*", headers=fields) as answer:
        return answer.status


@pytest.mark.usefixtures("log_as_delivered")
async def test_strangers_behind_our_proxy_are_counted_each_for_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with behind(tmp_path, "127.0.0.1/32") as served:
        flood = [await inbox(served, X_Forwarded_For="198.51.100.1") for _ in range(4)]
        assert flood == [401, 401, 401, 429]
        assert await inbox(served, X_Forwarded_For="198.51.100.2") == 401
    assert '"source": "198.51.100.2"' in capsys.readouterr().err, "the log has the true source"


async def test_a_stranger_cannot_make_himself_many_by_what_he_says(tmp_path: Path) -> None:
    async with behind(tmp_path, "10.0.0.0/8") as served:
        assert [await inbox(served, X_Forwarded_For=f"198.51.100.{n}") for n in range(4)] == [401, 401, 401, 429]


async def test_a_stranger_cannot_make_himself_many_in_front_of_our_proxy(tmp_path: Path) -> None:
    async with behind(tmp_path, "127.0.0.1/32") as served:
        assert [await inbox(served, X_Forwarded_For=f"203.0.113.{n}, 198.51.100.1") for n in range(4)] == [401, 401, 401, 429]


@pytest.mark.parametrize(("trusted", "status"), [("127.0.0.1/32", 202), ("10.0.0.0/8", 401)])
async def test_a_certificate_that_the_proxy_saw_stands_for_a_key(tmp_path: Path, trusted: str, status: int) -> None:
    async with behind(tmp_path, trusted) as served:
        assert await inbox(served, Client_Cert=quote(THEIRS.certificate)) == status


@pytest.mark.parametrize(("trusted", "status"), [("127.0.0.1/32", 202), ("10.0.0.0/8", 403)])
async def test_where_https_is_wanted_the_proxy_must_have_seen_it(tmp_path: Path, trusted: str, status: int) -> None:
    async with behind(tmp_path, trusted, ", https_only: true") as served:
        key = {**served.key("outdoor")}
        assert await inbox(served, X_Forwarded_Proto="https", **key) == status
        assert await inbox(served, X_Forwarded_Proto="http", **key) == 403
        async with served.session.get(f"{served.base}/healthz") as answer:
            assert answer.status == 200
