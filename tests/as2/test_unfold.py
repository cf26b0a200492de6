"""Folded header lines in front of aiohttp's real parser."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from as2 import unfold as module
from as2.unfold import FoldError, Unfold, unfold

HEAD = b"POST /as2 HTTP/1.1\r\nHost: x\r\nAS2-From: Northmart\r\n"

Send = Callable[..., Awaitable[bytes]]


@pytest.fixture
async def send() -> AsyncIterator[Send]:
    """Sends pieces over one connection to an echo of Subject and body, and gives all that comes back."""

    async def echo(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        return web.Response(text=f"{request.headers.get('Subject')}|{body.decode()}")

    runner = web.ServerRunner(web.Server(echo))
    await runner.setup()
    inner = runner.server
    assert inner is not None
    server = await asyncio.get_running_loop().create_server(lambda: Unfold(inner()), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def exchange(*pieces: bytes, wait_for: int = 1) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        got = b""
        async with asyncio.timeout(60):
            while got.count(b"HTTP/1.1 ") < wait_for or not _complete(got):
                piece = await reader.read(65536)
                if not piece:
                    break
                got += piece
        writer.close()
        await writer.wait_closed()
        return got

    yield exchange
    server.close()
    await runner.cleanup()


def _complete(answer: bytes) -> bool:
    head, separator, body = answer.rpartition(b"\r\n\r\n")
    length = head.lower().rpartition(b"content-length: ")[2].split(b"\r\n")[0]
    return bool(separator) and len(body) >= int(length)


def request(subject: bytes, body: bytes = b"x") -> bytes:
    return HEAD + b"Subject: " + subject + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize("subject", [b"a b", b"a\r\n b", b"a\r\n\t b", b"a\r\n \t\r\n b".replace(b"\r\n \t\r\n", b"\r\n ")])
async def test_A11_a_folded_field_arrives_in_one_line(send, subject):
    answer = await send(request(subject))
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"a b|x")


async def test_A11_byte_by_byte(send):
    whole = request(b"a\r\n b", b"body")
    answer = await send(*[whole[position : position + 1] for position in range(len(whole))])
    assert answer.endswith(b"a b|body")


async def test_A11_several_requests_on_one_connection(send):
    answer = await send(request(b"1\r\n 1", b"\r\n\r\n a") + b"\r\n" + request(b"2\r\n 2", b""), wait_for=2)
    assert answer.count(b"HTTP/1.1 200") == 2
    assert b"1 1|" in answer
    assert answer.endswith(b"2 2|")


async def test_A11_a_chunked_body_is_passed_on_and_ends_the_connection(send):
    head = HEAD + b"Subject: a\r\n b\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await send(head, b"3\r\nx\r\n\r\n", b"2\r\n y\r\n0\r\n\r\n")
    assert answer.endswith(b"a b|x\r\n y")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"Content-Length:\r\n 1\r\n\r\nx",
        HEAD + b"Content-Length: 1\r\n 0\r\n\r\nx",
        HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n",
        b"POST /as2 HTTP/1.1\r\nHost:\r\n x\r\n\r\n",
        HEAD + b"AS2-To: a\r\n b\r\n\r\n",
        HEAD + b"as2-from : a\r\n\tb\r\n\r\n",
        b"POST /as2 HTTP/1.1\r\n Host: x\r\n\r\n",
        HEAD + b"Subject: a\n b\r\n\r\n",
        HEAD + b"Subject: a\0\r\n\r\n",
        HEAD + b"Subject: a\rb\r\n\r\n",
    ],
)
async def test_A11_where_a_fold_would_be_dangerous_it_is_refused(send, head):
    assert (await send(head)).startswith(b"HTTP/1.1 400")
    with pytest.raises(FoldError):
        unfold(head.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")


async def test_a_head_without_end_is_refused(send, monkeypatch):
    assert (await send(HEAD + b"X: " + b"x" * 70_000)).startswith(b"HTTP/1.1 400")
    monkeypatch.setattr(module, "HEAD_TIMEOUT", 0.05)
    assert (await send(HEAD)).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "begin", [b"GET / HTTP/1.1\nHost: x\n\n", b"\x16\x03\x01\x02\0\x01", HEAD + b"X: \0"], ids=["line feeds", "TLS", "NUL"]
)
async def test_what_cannot_become_a_head_is_refused_at_once(send, begin):
    assert (await send(begin)).startswith(b"HTTP/1.1 400")


async def test_who_says_nothing_is_closed_without_an_answer(send, monkeypatch):
    monkeypatch.setattr(module, "HEAD_TIMEOUT", 0.05)
    assert await send(b"") == b""


async def test_nothing_reaches_the_server_after_a_refusal(send):
    answer = await send(HEAD + b"AS2-To: a\r\n b\r\n\r\n", request(b"smuggled"))
    assert answer.count(b"HTTP/1.1") == 1


def test_what_is_not_folded_is_not_changed():
    head = HEAD + b"Subject:  a  b\r\nX: \r\n\r\n"
    assert unfold(head) == head
