"""Clients that mean harm, over bare sockets: slow ones, endless ones, floods, smuggled requests, and words that want to be something else."""

import asyncio
import json
import re
import tracemalloc
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio

from as2 import unfold
from gateway.service import as2_endpoint, body, limits
from gateway.states import Thing
from tests.gateway.hostile import KEYS, Gateway, orders, running, seal
from tests.gateway.test_bad_input_http import as2, inbox

pytestmark = pytest.mark.asyncio(loop_scope="module")

_STATUS = re.compile(rb"HTTP/1\.\d \d{3} ")
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("wire")) as opened:
        yield opened


async def dribble(gateway: Gateway, first: bytes, piece: bytes, *, every: float = 0.01, most: float = 60) -> bytes:
    """Send a piece again and again until the other side has had enough; what it said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.app.port)
    writer.write(first)
    answer = asyncio.create_task(reader.read(65536))
    try:
        async with asyncio.timeout(most):
            while not answer.done():
                writer.write(piece)
                await asyncio.sleep(every)
        return await answer
    finally:
        answer.cancel()
        writer.transport.abort()


# --- slow and endless ----------------------------------------------------------------------------------------------------------------


async def test_a_head_that_comes_byte_by_byte_has_its_time_and_no_more(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unfold, "HEAD_TIMEOUT", 0.3)
    answer = b""
    while not answer:  # who has not begun in time is not answered: on a machine that stalls
        answer = await dribble(gateway, b"POST /as2 HTTP/1.1\r\nX-Slow: ", b"a")
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("make", [as2, inbox])
@pytest.mark.parametrize(("rest", "piece"), [(b"Content-Length: 100000\r\n\r\n", b"x"), (CHUNKED, b"1\r\nx\r\n")])
async def test_a_body_that_comes_byte_by_byte_is_refused_and_not_kept(
    gateway: Gateway, make: Callable[[bytes], bytes], rest: bytes, piece: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "GRACE", 0.3)
    before = await gateway.payloads()
    answer = await dribble(gateway, make(rest), piece)
    assert answer.startswith(b"HTTP/1.1 408 "), answer
    assert b"too-slow" in answer
    assert await gateway.payloads() == before


@pytest.mark.parametrize("make", [as2, inbox])
async def test_chunks_that_never_end_are_refused_at_the_limit(gateway: Gateway, make: Callable[[bytes], bytes]) -> None:
    before = await gateway.payloads()
    answer = await dribble(gateway, make(CHUNKED), b"20000\r\n" + bytes(0x20000) + b"\r\n", every=0)
    assert answer.startswith(b"HTTP/1.1 413 "), answer[:200]
    assert await gateway.payloads() == before


EDGES = [b"1;" + b"e" * 70_000, b"f" * 70_000, b"zz\r\n", b"0\r\nX: " + b"t" * 70_000, b"0\r\n" + b"X: y\r\n" * 20_000]


@pytest.mark.parametrize("rest", EDGES, ids=["an extension", "a size", "no size", "a trailer", "trailers"])
async def test_the_edges_of_chunks_are_no_way_to_send_without_end(gateway: Gateway, rest: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    if rest.startswith(b"1;"):
        monkeypatch.setattr(body, "_IDLE", 0.2)  # nothing of the body comes
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.app.port)
    writer.write(as2(CHUNKED))
    await asyncio.sleep(0.05)  # the request is being answered already when its body goes wrong
    writer.write(rest)
    answer = await asyncio.wait_for(reader.read(4096), 60)
    writer.transport.abort()
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:100]


# --- floods --------------------------------------------------------------------------------------------------------------------------


async def test_a_flood_of_large_bodies_by_strangers_takes_no_memory_and_partners_are_served(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(as2_endpoint, "_PATIENCE", 0.2)
    await gateway.is_well()
    block, before = bytes(1_000_000), await gateway.payloads()
    await gateway.is_well()
    of_an_order = await gateway.payloads() - before
    request = as2(b"Content-Length: 50000000\r\n\r\n", sender=b"NOBODY")

    async def flood() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", gateway.app.port)
        writer.write(request)
        try:
            async with asyncio.timeout(5):
                for _ in range(50):
                    writer.write(block)
                    await writer.drain()
        except (ConnectionError, TimeoutError):
            pass
        try:
            return await asyncio.wait_for(reader.read(100), 2)
        except (ConnectionError, TimeoutError):
            return b""
        finally:
            writer.transport.abort()

    tracemalloc.start()
    strangers = [asyncio.create_task(flood()) for _ in range(30)]
    await gateway.is_well()
    answers = await asyncio.gather(*strangers)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(answer.startswith(b"HTTP/1.1 200") for answer in answers) + answers.count(b"") == 30
    assert most < 100_000_000, "1.5 GB were on offer; what the thirty clients of the test hold is counted, too"
    assert await gateway.payloads() == before + 2 * of_an_order, "of the good orders, and nothing else"


# --- one connection, two requests ----------------------------------------------------------------------------------------------------

HIDDEN = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
SMUGGLED: dict[str, bytes] = {
    "length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks and length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "a list of lengths": b"Content-Length: 0, 44\r\n\r\n",
    "a length with a sign": b"Content-Length: +0\r\n\r\n",
    "a length with an underscore": b"Content-Length: 4_4\r\n\r\n",
    "a length in other digits": "Content-Length: \u0664\u0664\r\n\r\n".encode(),
    "a blank before the colon": b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked in a list": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "another encoding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a folded length": b"Content-Length:\r\n 44\r\n\r\n",
    "a folded encoding": b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "a fold that hides a field": b"X: a\r\n\tContent-Length: 44\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "a bare line feed": b"X: a\nContent-Length: 44\r\n\r\n",
    "a bare carriage return": b"X: a\rContent-Length: 44\r\n\r\n",
    "a chunk size with a sign": b"Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
    "a chunk size of hex": b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "chunks that end with line feeds": b"Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
async def test_no_request_can_be_hidden_in_another(gateway: Gateway, name: str) -> None:
    """What two readers could see differently is refused, and nothing that follows on the connection is read."""
    request = as2(SMUGGLED[name]).replace(b"Connection: close\r\n", b"")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.app.port)
    writer.write(request + HIDDEN)
    try:
        answer = await asyncio.wait_for(reader.read(), 60)
    finally:
        writer.close()
    assert b" 400 " in answer.partition(b"\r\n")[0], answer[:200]
    assert (len(_STATUS.findall(answer)), b"gateway_http" in answer) == (1, False)


async def test_behind_a_body_in_chunks_nothing_more_is_read(gateway: Gateway) -> None:
    """A head could not be told from data there, so the connection ends with the answer."""
    request = as2(CHUNKED + b"4\r\nhell\r\n0\r\n\r\n").replace(b"Connection: close\r\n", b"Connection: keep-alive\r\n")
    reader, writer = await asyncio.open_connection("127.0.0.1", gateway.app.port)
    writer.write(request + HIDDEN)
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    assert len(_STATUS.findall(answer)) == 1
    assert b"Connection: close" in answer


# --- words that want to be something else --------------------------------------------------------------------------------------------

EVIL = "X-Evil: 1"
NAMES: dict[str, str] = {
    "a path": 'attachment; filename="../../../../tmp/evil.edi"',
    "a path of Windows": 'attachment; filename="..\\\\..\\\\evil.edi"',
    "an absolute path": "attachment; filename=/etc/cron.d/evil",
    "line ends in percent": f"attachment; filename*=UTF-8''a%0D%0A{EVIL.replace(': ', '%3A%20')}%2F..%2Fb",
    "an encoded word": "attachment; filename==?utf-8?B?YQ0KWC1FdmlsOiAxCi8uLi9i?=",
    "NUL in percent": "attachment; filename*=UTF-8''evil.edi%00.txt",
    "an escape of terminals": "attachment; filename*=UTF-8''%1B%5B2Jevil",
    "right to left": "attachment; filename*=UTF-8''%E2%80%AEide.exe",
    "a name of 4 KB": f'attachment; filename="{"n" * 4000}"',
    "dots": 'attachment; filename=".."',
    "a device": 'attachment; filename="CON"',
}


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_of_a_file_is_neither_a_path_nor_a_line(gateway: Gateway, name: str) -> None:
    told = len(gateway.log.getvalue())
    message = seal(orders(), sign="sha256", encrypt=None, send_file_name=False)
    headers = {**message.headers, "Content-Disposition": NAMES[name]}
    answer = await gateway.ask("POST", "/as2", data=message.body, headers=headers)
    assert answer.status == 200
    assert EVIL not in str(answer.headers)
    assert EVIL.encode() not in answer.body
    for row in await gateway.rows(Thing.TRANSMISSION, message_id=message.message_id):
        label = row["file_name"] or ""
        assert len(label) <= 255
        assert label.isprintable()
        assert not set('/\\:"') & set(label)
        assert label not in {".", ".."}
    for line in gateway.log.getvalue()[told:].splitlines():
        assert isinstance(json.loads(line), dict)
    assert not list(gateway.root.rglob("*evil*"))


FIELDS: dict[str, dict[str, str]] = {
    "an id with fields in it": {"Message-ID": "<a@b>\x0b" + EVIL},
    "an id in percent": {"Message-ID": "<a%0d%0aX-Evil:%201@b>"},
    "an id in encoded words": {"Message-ID": "=?utf-8?Q?=0D=0AX-Evil:_1?="},
    "an id with quotes": {"Message-ID": '<"a\\"\\r\\n' + EVIL + '"@b>'},
    "a subject": {"Subject": "=?utf-8?Q?=0D=0AX-Evil:_1?="},
    "an address for the receipt": {"Disposition-Notification-To": "a@b, =?utf-8?Q?=0D=0AX-Evil:_1?="},
    "a user agent": {"User-Agent": "\x1b[2J\x1b]0;" + EVIL},
    "a boundary": {"Content-Type": 'multipart/signed; boundary="a\\r\\n' + EVIL + '"'},
    "a key": {"Idempotency-Key": "\x1b[2J"},
    "an origin": {"X-Forwarded-For": "\x1b[2J" + EVIL},
}


@pytest.mark.parametrize("name", FIELDS)
async def test_a_field_of_a_request_stays_a_word_in_receipts_answers_and_logs(gateway: Gateway, name: str) -> None:
    told = len(gateway.log.getvalue())
    message = seal()
    for path, more in (("/as2", message.headers), ("/api/v1/partners/northmart/inbox", {"Authorization": f"Bearer {KEYS['northmart']}"})):
        answer = await _send(gateway, path, {**more, **FIELDS[name]}, message.body)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert _STATUS.match(head), answer
        assert not [line for line in (head + b"\r\n" + body).splitlines() if line.lower().startswith(b"x-evil")]
        assert b"\x1b" not in answer
    for line in gateway.log.getvalue()[told:].splitlines():
        assert isinstance(json.loads(line), dict)
        assert "\x1b" not in line


async def _send(gateway: Gateway, path: str, headers: dict[str, Any], body: bytes) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name.lower() not in {"content-length", "host"})
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
    return await gateway.raw(head.encode("latin-1") + body)


async def test_what_a_log_is_sent_never_breaks_its_lines(gateway: Gateway) -> None:
    """A path, a method and a query that try."""
    told = len(gateway.log.getvalue())
    for first in (b'GET /x%0d%0a{"level":"error"} HTTP/1.1', b"GET /healthz?probe=%1b[2J%0a HTTP/1.1", b"EVIL\x1b[2J / HTTP/1.1"):
        await gateway.raw(first + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
    for line in gateway.log.getvalue()[told:].splitlines():
        assert json.loads(line)["level"] == "info"
        assert "\x1b" not in line
