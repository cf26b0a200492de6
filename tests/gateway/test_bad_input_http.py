"""What is hardly HTTP, and connections that are cut, stay silent or never end; over bare sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from itertools import count

import pytest
import pytest_asyncio

from as2 import unfold
from gateway.service import as2_endpoint, body
from tests.gateway.hostile import CANARY, KEYS, Gateway, running, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

_IDS = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("http")) as opened:
        yield opened


def as2(rest: bytes, *, sender: bytes = b"NORTHMART") -> bytes:
    return (
        b"POST /as2 HTTP/1.1\r\nHost: x\r\nAS2-From: %s\r\nAS2-To: HARBORLINE\r\nMessage-ID: <raw%d@n>\r\nDisposition-Notification-To: x\r\n"
        b"Connection: close\r\nSubject: %s\r\n" % (sender, next(_IDS), CANARY.encode())
    ) + rest


def inbox(rest: bytes) -> bytes:
    head = "POST /api/v1/partners/northmart/inbox HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    return f"{head}Authorization: Bearer {KEYS['northmart']}\r\n".encode() + rest


LENGTH = b"Content-Length: 1\r\n\r\nx"
NO_HTTP: dict[str, bytes] = {
    "an interchange": b"ISA*00*          *00*          \r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "bare line feeds": as2(LENGTH).replace(b"\r\n", b"\n"),
    "NUL in the head": as2(b"X: a\0b\r\n" + LENGTH),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version that is none": b"GET /healthz HTTP/3.7\r\nHost: a\r\n\r\n",
    "a method that is none": as2(LENGTH).replace(b"POST", b"FOO"),
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two lengths": as2(b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
    "a negative length": as2(b"Content-Length: -1\r\n\r\nx"),
    "a length beyond all numbers": as2(b"Content-Length: 99999999999999999999\r\n\r\nx"),
    "length and chunks": as2(b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
    "an encoding that is none": as2(b"Transfer-Encoding: gzip\r\n\r\nx"),
    "a field of 17 KB": as2(b"X: " + b"a" * 17_000 + b"\r\n" + LENGTH),
    "a path of 20 KB": b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "9 000 fields": as2(b"".join(b"X-%d: y\r\n" % index for index in range(9000)) + LENGTH),
    "a fold in a name": as2(LENGTH, sender=b"NORTH\r\n MART"),
    "two senders": as2(b"AS2-From: OTHER\r\n" + LENGTH),
    "a sender beyond ASCII": as2(LENGTH, sender=b"NORTH\xffMART"),
    "another expectation": as2(b"Expect: 200-ok\r\n" + LENGTH),
}


@pytest.mark.parametrize("name", NO_HTTP)
async def test_what_is_no_request_is_told_so_at_once_and_not_repeated(gateway: Gateway, name: str) -> None:
    before = await gateway.payloads()
    answer = await gateway.raw(NO_HTTP[name])
    head, _, text = answer.partition(b"\r\n\r\n")
    problem = json.loads(text)
    assert (b" 400 " in head.split(b"\r\n")[0], problem["status"], problem["code"]) == (True, 400, "malformed-request"), answer
    assert problem["nextAction"]
    assert b"Content-Type: application/problem+json" in head
    assert b"aiohttp" not in answer
    assert CANARY.encode() not in answer
    assert await gateway.payloads() == before


async def test_what_is_odd_but_means_something_is_taken(gateway: Gateway) -> None:
    for rest in (b"AS2-From: NORTHMART\r\n", b"X: a\r\n b\r\n", b"X: \xe9\xff\r\n", b"Expect: 100-continue\r\n"):
        answer = await gateway.raw(as2(rest + LENGTH))
        assert b" 200 OK\r\n" in answer
        assert b"processed/error" in answer, "the body is no message, and the receipt says so"
    answer = await gateway.raw(inbox(b"Content-Type: \xff\xff;;;\r\n" + LENGTH))
    assert answer.startswith(b"HTTP/1.1 202 ")


async def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(gateway: Gateway) -> None:
    for request in (as2(b"Content-Length: 99999999999\r\n\r\nx"), inbox(b"Content-Length: 99999999999\r\n\r\nx")):
        assert (await gateway.raw(request)).startswith(b"HTTP/1.1 413 ")


CUT = (b"Content-Length: 100\r\n\r\nhalf", b"Conte", b"Transfer-Encoding: chunked\r\n\r\n5\r\nxx")


@pytest.mark.parametrize("make", [as2, inbox])
async def test_a_connection_that_is_cut_leaves_nothing_behind(gateway: Gateway, make: Callable[[bytes], bytes]) -> None:
    before = await gateway.payloads()
    for rest in CUT:
        _, writer = await asyncio.open_connection("127.0.0.1", gateway.app.port)
        writer.write(make(rest))
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.transport.abort()
    await asyncio.sleep(0.1)
    assert await gateway.payloads() == before


@pytest.mark.parametrize("make", [as2, inbox])
@pytest.mark.parametrize("rest", [CUT[0], CUT[2], b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nx\r\n0\r\n\r\n"])
async def test_a_body_that_stops_is_not_waited_for(
    gateway: Gateway, make: Callable[[bytes], bytes], rest: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "_IDLE", 0.1)
    answer = await gateway.raw(make(rest))
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert b"malformed-request" in answer


async def test_a_stranger_is_answered_before_his_body_ends(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(as2_endpoint, "_PATIENCE", 0.1)
    before = await gateway.payloads()
    answer = await gateway.raw(as2(CUT[0], sender=b"NOBODY"))
    assert b"authentication-failed" in answer
    assert await gateway.payloads() == before


async def test_many_who_say_nothing_are_sent_away_and_keep_nobody_from_being_served(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[unfold.Unfold] = []
    connection_made = unfold.Unfold.connection_made
    monkeypatch.setattr(unfold.Unfold, "connection_made", lambda one, transport: made.append(one) or connection_made(one, transport))
    silent = [await asyncio.open_connection("127.0.0.1", gateway.app.port) for _ in range(100)]
    for _, writer in silent[::2]:
        writer.write(b"POST /as2 HTTP/1.1\r\nX: ")

    async def have_come() -> bool:
        return (len(made), sum(bool(one._head) for one in made)) == (100, 50)

    await until(have_come)
    with monkeypatch.context() as short:  # the time that they have from here on
        short.setattr(unfold, "HEAD_TIMEOUT", 0.2)
        for one in made:
            one._disarm()
            one._arm()
    await gateway.is_well()
    answers = await asyncio.gather(*(asyncio.wait_for(reader.read(), 60) for reader, _ in silent))
    assert all(answer.startswith(b"HTTP/1.1 400 ") for answer in answers[::2])
    assert not any(answers[1::2])
    for _, writer in silent:
        writer.close()
