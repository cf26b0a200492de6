"""The client and the server helpers, over real connections on loopback."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from as2.client import MdnUrlRefusedError, PostError, PostFault, PublicResolver, check_mdn_url, pinned_context, post
from as2.disposition import PROCESSED
from as2.errors import MalformedRequest, TooLarge, Unavailable
from as2.mdn import build_mdn, read_mdn
from as2.receive import open_message
from as2.send import VerdictState, judge_mdn
from as2.server import empty_response, fault_response, mdn_response, read_body, read_head
from as2.settings import As2Settings
from tests.as2.parties import NORTHMART, SOUTHGATE, seal
from tests.support.certificates import NOW, private_key

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Serve = Callable[..., Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers on free ports and gives their address."""
    runners = []

    async def start(handler: Handler, context: ssl.SSLContext | None = None) -> str:
        runner = web.ServerRunner(web.Server(handler, auto_decompress=False))
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        return f"http{'s' if context else ''}://127.0.0.1:{runner.addresses[0][1]}/as2"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as ours:
        yield ours


async def southgate(request: web.BaseRequest) -> web.StreamResponse:
    """Receives as the gateway does, without its store."""
    headers = read_head(request)
    body = await read_body(request, 1 << 20)
    message = open_message(headers, body, own=SOUTHGATE.own, partner=NORTHMART.profile, now=NOW)
    values = {"own": SOUTHGATE.own, "partner": NORTHMART.profile, "message_id": "<m@example.com>", "now": NOW}
    mdn = build_mdn(headers, disposition=PROCESSED, mic=message.mic, **values)
    return mdn_response(mdn.headers, mdn.body) if mdn else empty_response()


async def test_a_message_and_its_mdn_over_a_real_connection(serve, session):
    message = seal()
    for _ in range(2):  # the very same bytes again
        answer = await post(session, await serve(southgate), message.headers, message.body)
        assert answer.status == 200
        mdn = read_mdn(answer.headers, answer.body, partner=SOUTHGATE.profile, now=NOW)
        assert judge_mdn(message.message_id, message.mic, mdn, signed_wanted=True).state is VerdictState.RECEIPTED


async def test_A12_our_head_has_a_length_and_no_folds(serve, session):
    seen: list[tuple[tuple[bytes, bytes], ...]] = []

    async def look(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.raw_headers)
        return empty_response()

    message = seal()
    await post(session, await serve(look), message.headers, message.body)
    names = {name.lower(): value for name, value in seen[0]}
    assert names[b"content-length"] == str(len(message.body)).encode()
    assert b"transfer-encoding" not in names
    assert b"accept-encoding" not in names
    assert names[b"as2-to"] == b'"South gate"'


async def test_A17_expect_is_sent_when_agreed_and_answered(session):
    application = web.Application()
    application.router.add_post("/as2", southgate)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    message = seal(receiver=SOUTHGATE.having(tolerance={"expect_continue": True}))
    answer = await post(session, f"http://127.0.0.1:{runner.addresses[0][1]}/as2", message.headers, message.body)
    assert answer.status == 200
    await runner.cleanup()


async def test_a_body_that_breaks_off_or_has_bad_chunks_is_malformed(serve):
    faults: list[str] = []
    begun = asyncio.Event()

    async def note(request: web.BaseRequest) -> web.StreamResponse:
        begun.set()
        try:
            await read_body(request, 1000)
        except MalformedRequest as fault:
            faults.append(fault.detail)
        return empty_response()

    url = await serve(note)
    for number, rest in enumerate((b"Content-Length: 100\r\n\r\nhalf", b"Transfer-Encoding: chunked\r\n\r\nno chunk\r\n")):
        begun.clear()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.split(":")[2].split("/")[0]))
        writer.write(b"POST /as2 HTTP/1.1\r\nHost: x\r\n")
        await writer.drain()
        writer.write(rest)
        async with asyncio.timeout(60):
            if number == 0:
                await begun.wait()
            else:
                assert b" 400 " in (await reader.readline())
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(60):
        while not faults:  # noqa: ASYNC110 - what is waited for is a number
            await asyncio.sleep(0.01)
    assert faults[0].startswith("the body broke off")


# --- the body --------------------------------------------------------------------------------------------------------------------------


async def limited(request: web.BaseRequest, idle: float = 60) -> web.StreamResponse:
    try:
        await read_body(request, 1000, idle=idle)
    except (TooLarge, MalformedRequest) as fault:
        return fault_response(fault)
    return empty_response()


async def test_A50_a_body_over_the_limit_is_413_whether_announced_or_not(serve, session):
    url = await serve(limited)
    assert (await post(session, url, {}, bytes(1000))).status == 200
    assert (await post(session, url, {}, bytes(1001))).status == 413

    async def chunks():
        for _ in range(20):
            yield bytes(100)

    async with session.post(url, data=chunks()) as response:
        assert response.status == 413


async def test_a_body_that_stops_coming_is_400(serve):
    url = await serve(partial(limited, idle=0.3))
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.split(":")[2].split("/")[0]))
    writer.write(b"POST /as2 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert (await reader.readline()).startswith(b"HTTP/1.1 400")
    writer.close()
    await writer.wait_closed()


def test_answers_without_an_mdn():
    assert empty_response(204).status == 204
    unavailable = fault_response(Unavailable("no"))
    assert (unavailable.status, unavailable.headers["Retry-After"]) == (503, "60")


# --- failures of the client ----------------------------------------------------------------------------------------------------------


async def failure(session: aiohttp.ClientSession, url: str, **more: object) -> PostError:
    with pytest.raises(PostError) as fault:
        await post(session, url, {}, b"x", **more)  # type: ignore[arg-type]  # keyword arguments of `post`
    return fault.value


async def test_no_server_is_retryable_and_no_address_is_not(session):
    gone = await failure(session, "http://127.0.0.1:9/as2")
    assert (gone.fault, gone.retryable) == (PostFault.CONNECT, True)
    wrong = await failure(session, "ftp://127.0.0.1/as2")
    assert (wrong.fault, wrong.retryable) == (PostFault.ADDRESS, False)


async def test_A18_a_server_that_never_answers_times_out(serve, session):
    over = asyncio.Event()

    async def silent(request: web.BaseRequest) -> web.StreamResponse:
        await over.wait()
        return empty_response()

    slow = await failure(session, await serve(silent), read_timeout=0.2)
    over.set()
    assert (slow.fault, slow.retryable) == (PostFault.TIME_OUT, True)


async def test_a_connection_cut_before_or_within_the_answer_is_retryable(session):
    for answer in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"):

        async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: bytes = answer) -> None:
            await reader.read(1000)
            writer.write(answer)
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(cut, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            broken = await failure(session, f"http://127.0.0.1:{port}/as2")
        assert (broken.fault, broken.retryable) == (PostFault.BROKEN_OFF, True)


async def test_an_answer_larger_than_any_receipt_is_not_read(serve, session):
    async def large(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=bytes(100_000))

    assert (await failure(session, await serve(large), max_answer=50_000)).fault is PostFault.ANSWER_TOO_LARGE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_A16_only_307_and_308_on_the_same_host_are_followed_and_once(serve, session, status):
    visits: list[str] = []

    async def moving(request: web.BaseRequest) -> web.StreamResponse:
        visits.append(f"{request.method} {request.path}")
        body = await request.read()
        if request.path == "/new":
            return web.Response(body=body)
        return web.Response(status=status, headers={"Location": "/new" if request.path == "/as2" else "/loop"})

    answer = await post(session, await serve(moving), {}, b"x")
    if status in {307, 308}:
        assert (answer.status, answer.body, visits) == (200, b"x", ["POST /as2", "POST /new"])
    else:
        assert (answer.status, visits) == (status, ["POST /as2"])


async def test_A16_other_hosts_and_second_redirects_are_answers(serve, session):
    elsewhere = await serve(southgate)

    async def away(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=308, headers={"Location": elsewhere if request.path == "/as2" else "/loop"})

    url = await serve(away)
    assert (await post(session, url, {}, b"x")).status == 308
    assert (await post(session, url.replace("/as2", "/loop"), {}, b"x")).status == 308


# --- TLS -----------------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory) -> tuple[ssl.SSLContext, str]:
    """A server's context with a self-signed certificate for 127.0.0.1, and its PEM text."""
    key = private_key("p256", 9)
    name, now = x509.Name([]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(Encoding.PEM).decode()
    path: Path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + pem.encode())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context, pem


async def test_A19_a_certificate_is_trusted_only_when_it_is_pinned(serve, session, tls):
    context, pem = tls
    url = await serve(southgate, context)
    message = seal()
    assert (await failure(session, url)).fault is PostFault.TLS
    answer = await post(session, url, message.headers, message.body, context=pinned_context([pem]))
    assert answer.status == 200
    other = await failure(session, url, context=pinned_context([NORTHMART.pair.certificate]))
    assert (other.fault, other.retryable) == (PostFault.TLS, True)
    wrong_name = url.replace("127.0.0.1", "localhost")
    assert (await failure(session, wrong_name, context=pinned_context([pem]))).fault is PostFault.TLS


# --- where an asynchronous MDN may go ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://203.0.113.7/mdn", False),  # documentation addresses are not global
        ("https://8.8.8.8/mdn?id=1", True),
        ("https://8.8.8.8:443/mdn", True),
        ("https://8.8.8.8:8443/mdn", False),
        ("http://8.8.8.8/mdn", False),
        ("https://user:pw@8.8.8.8/mdn", False),
        ("https://8.8.4.4/mdn", True),
        ("https://127.0.0.1/mdn", False),
        ("https://[::1]/mdn", False),
        ("https://other.example.com/mdn", False),
        ("no address", False),
        ("https://8.8.8.8/" + "x" * 2048, False),
    ],
)
async def test_A33_an_mdn_goes_only_where_the_profile_says(url, allowed):
    urls = ["https://8.8.4.4", "https://127.0.0.1", "https://[::1]", "https://203.0.113.7"]
    partner = As2Settings.model_validate({"url": "https://8.8.8.8/as2", "mdn_urls": urls})
    if allowed:
        await check_mdn_url(url, partner)
    else:
        with pytest.raises(MdnUrlRefusedError):
            await check_mdn_url(url, partner)


async def test_A33_a_private_network_is_allowed_by_name():
    settings = {"url": "http://127.0.0.1:8080/as2", "allow_http": True, "tolerance": {"mdn_private_address": True}}
    await check_mdn_url("http://127.0.0.1:8080/mdn", As2Settings.model_validate(settings))


class Rebound(AbstractResolver):
    """A name that means this machine by now, whatever it meant when it was checked."""

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}]

    async def close(self):
        """Nothing is open."""


@pytest.mark.parametrize(("resolver", "arrives"), [(PublicResolver(Rebound()), False), (Rebound(), True)])
async def test_A33_a_name_that_means_another_host_than_when_it_was_checked_is_not_called(serve: Serve, resolver, arrives):
    called = []

    async def take(request: web.BaseRequest) -> web.StreamResponse:
        called.append(request.path)
        return web.Response()

    address = (await serve(take)).replace("127.0.0.1", "partner.example")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=resolver)) as session:
        if arrives:
            assert (await post(session, f"{address}/mdn", {}, b"receipt")).status == 200
        else:
            with pytest.raises(PostError) as refused:
                await post(session, f"{address}/mdn", {}, b"receipt")
            assert refused.value.fault is PostFault.CONNECT
    assert called == (["/as2/mdn"] if arrives else [])
