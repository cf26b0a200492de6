"""Points of the checklist about HTTP, at our address over a raw connection and at our client before servers that behave oddly."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from as2.client import pinned_context, post
from tests.gateway.serving import NORTHMART_YAML, Served, serving
from tests.gateway.test_service_as2 import northmart_seals
from tests.support.certificates import private_key

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    async with serving(tmp_path_factory.mktemp("as2")) as running:
        yield running


async def raw(served: Served, *pieces: bytes, until: bytes = b"") -> bytes:
    """What the service says to these very bytes; between two pieces it is waited for `until`."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.service.port)
    said = b""
    try:
        for number, piece in enumerate(pieces):
            writer.write(piece)
            await writer.drain()
            if until and number + 1 < len(pieces):
                said += await asyncio.wait_for(reader.readuntil(until), 60)
        return said + await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()


def head(fields: dict[str, str], *more: str, path: str = "/as2") -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: harborline",
        "Connection: close",
        *(f"{name}: {value}" for name, value in fields.items()),
        *more,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def test_A02_unequal_names_are_refused_before_anything_is_read_and_equal_ones_are_taken(served):
    message = northmart_seals(message_id="<a02@northmart.example>")
    length = f"Content-Length: {len(message.body)}"
    unequal = await raw(served, head(dict(message.headers), length, "AS2-From: SOMEBODY") + message.body)
    assert unequal.startswith(b"HTTP/1.1 400 ")
    equal = await raw(served, head(dict(message.headers), length, f"AS2-From: {message.headers['AS2-From']}") + message.body)
    assert equal.startswith(b"HTTP/1.1 200 ")
    assert b"; processed\r\n" in equal


async def test_A12_chunks_are_taken_and_with_a_length_beside_them_refused(served):
    message = northmart_seals(message_id="<a12@northmart.example>")
    middle = len(message.body) // 2
    chunks = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in (message.body[:middle], message.body[middle:])) + b"0\r\n\r\n"
    both = await raw(served, head(dict(message.headers), "Transfer-Encoding: chunked", f"Content-Length: {len(chunks)}") + chunks)
    assert both.split(b" ")[1] == b"400"
    taken = await raw(served, head(dict(message.headers), "Transfer-Encoding: chunked") + chunks)
    assert taken.startswith(b"HTTP/1.1 200 ")
    assert b"; processed\r\n" in taken


async def test_A14_the_disposition_never_changes_the_status_and_the_path_does(served):
    message = northmart_seals(message_id="<a14@northmart.example>")
    length = f"Content-Length: {len(message.body)}"
    damaged = await raw(served, head(dict(message.headers), length) + message.body[:-60] + bytes(60))
    assert damaged.startswith(b"HTTP/1.1 200 ")
    assert b"processed/error: decryption-failed" in damaged
    assert (await raw(served, head(dict(message.headers), length, path="/as3") + message.body)).startswith(b"HTTP/1.1 404 ")


async def test_A14_credentials_that_nobody_asked_for_hinder_nothing(served):
    message = northmart_seals(message_id="<a14b@northmart.example>")
    answer = await raw(
        served, head(dict(message.headers), f"Content-Length: {len(message.body)}", "Authorization: Basic eDp5") + message.body
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"; processed\r\n" in answer


async def test_A17_who_waits_for_100_continue_gets_it_once_and_no_102(served):
    message = northmart_seals(message_id="<a17@northmart.example>")
    answer = await raw(
        served,
        head(dict(message.headers), f"Content-Length: {len(message.body)}", "Expect: 100-continue"),
        message.body,
        until=b"HTTP/1.1 100 Continue\r\n\r\n",
    )
    assert answer.count(b"HTTP/1.1 ") == 2
    assert b"HTTP/1.1 102" not in answer
    assert b"HTTP/1.1 200 " in answer


async def test_A14_a_message_whose_receipt_comes_later_is_answered_as_its_sender_wants(tmp_path):
    for status in (200, 204):
        yaml = NORTHMART_YAML.replace("allow_http: true,", f"allow_http: true, tolerance: {{async_status: {status}}},")
        async with serving(tmp_path / str(status), **{"partners/northmart/partner.yaml": yaml}) as later:
            message = northmart_seals(mdn={"mode": "async", "url": "http://127.0.0.1:9/as2"})
            async with later.session.post(f"{later.base}/as2", data=message.body, headers=message.headers) as answer:
                assert (answer.status, await answer.read()) == (status, b"")


async def test_A15_head_is_answered_with_length_0_and_get_is_not_allowed(served):
    answer = await raw(served, b"HEAD /as2 HTTP/1.1\r\nHost: harborline\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nContent-Length: 0\r\n" in answer
    assert (await raw(served, b"GET /as2 HTTP/1.1\r\nHost: harborline\r\nConnection: close\r\n\r\n")).startswith(b"HTTP/1.1 405 ")


# --- our client ----------------------------------------------------------------------------------------------------------------------


def answering(text: bytes, seen: list[bytes] | None = None, *, abruptly: bool = False):
    """A server that reads one request and says just this; `abruptly` without a close_notify."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        length = int(request.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        body = await reader.readexactly(length)
        if seen is not None:
            seen.append(request + body)
        writer.write(text)
        await writer.drain()
        if abruptly:
            raw_socket = writer.transport.get_extra_info("socket")
            await asyncio.sleep(0.05)  # the answer is out
            raw_socket._sock.shutdown(socket.SHUT_RDWR)  # the connection under TLS
        writer.close()

    return serve


async def test_A17_interim_answers_are_skipped():
    text = b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    server = await asyncio.start_server(answering(text), "127.0.0.1", 0)
    async with server, aiohttp.ClientSession() as session:
        answer = await post(session, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/as2", {}, b"message")
    assert (answer.status, answer.body) == (200, b"ok")


@pytest.mark.parametrize("location", ["http://localhost:{port}/as2", "http://127.0.0.1:{port}/as2", "//127.0.0.1:{port}/as2"])
async def test_A16_A19_neither_the_message_nor_credentials_go_where_a_redirect_points(location):
    seen: list[bytes] = []
    other = await asyncio.start_server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", seen), "127.0.0.1", 0)
    target = location.format(port=other.sockets[0].getsockname()[1])
    text = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
    asked: list[bytes] = []
    server = await asyncio.start_server(answering(text, asked), "127.0.0.1", 0)
    async with other, server, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/as2"
        answer = await post(session, url, {"Authorization": aiohttp.encode_basic_auth("us", "hush")}, b"message")
    assert answer.status == 307
    assert b"Authorization: Basic" in asked[0]
    assert seen == []


async def test_A18_a_missing_close_notify_after_a_whole_answer_is_no_error(tmp_path):
    context, certificate = _tls(tmp_path)
    text = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nreceipt"
    server = await asyncio.start_server(answering(text, abruptly=True), "127.0.0.1", 0, ssl=context)
    async with server, aiohttp.ClientSession() as session:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/as2"
        answer = await post(session, url, {}, b"message", context=pinned_context([certificate]))
    assert (answer.status, answer.body) == (200, b"receipt")


def _tls(folder: Path) -> tuple[ssl.SSLContext, str]:
    """A server's context with a certificate of today for 127.0.0.1."""
    key = private_key("p256", 3)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "partner")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate = made.public_bytes(Encoding.PEM).decode()
    pem = folder / "server.pem"
    pem.write_text(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode() + certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, certificate
