"""AS2 through the whole service for somebody who means harm: every failure to decrypt looks the same, and no address but the profile's is called."""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import ClientSession, web

from as2.client import post
from as2.content import Content
from as2.message import SealedMessage
from gateway.posting import exchange
from gateway.states import Thing
from tests.gateway.hostile import NORTHMART_YAML, Answer, Gateway, orders, running, seal, until
from tests.support.certificates import certificate

pytestmark = pytest.mark.asyncio(loop_scope="module")

OTHER = certificate("another", number=9)
#: the end of what says for whom a message is encrypted: the type of what is inside (id-data)
DATA = bytes.fromhex("06092a864886f70d010701")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    async with running(tmp_path_factory.mktemp("as2")) as opened:
        yield opened


# --- one answer for every failure to decrypt -----------------------------------------------------------------------------------------


def flipped(message: SealedMessage, where: Callable[[bytes], int]) -> SealedMessage:
    body = bytearray(message.body)
    body[where(message.body)] ^= 0x55
    return replace(message, content=Content.of(bytes(body)))


def cut(message: SealedMessage, size: int) -> SealedMessage:
    return replace(message, content=Content.of(message.body[:size]))


FAULTS: dict[str, Callable[[], SealedMessage]] = {
    "wrong padding": lambda: flipped(seal(), lambda body: len(body) - 17),
    "a damaged key": lambda: flipped(seal(), lambda body: body.rindex(DATA) - 40),
    "for another": lambda: seal(certs={"current": OTHER.certificate}),
    "a wrong tag": lambda: flipped(seal(encrypt="aes256_gcm"), lambda body: len(body) - 1),
    "a damaged block under a tag": lambda: flipped(seal(encrypt="aes256_gcm"), lambda body: len(body) // 2),
    "a damaged key under a tag": lambda: flipped(seal(encrypt="aes256_gcm"), lambda body: body.rindex(DATA) - 40),
    "cut off": lambda: cut(seal(), -300),
    "cut off in a block": lambda: cut(seal(), -5),
    "garbage": lambda: replace(seal(), content=Content.of(b"\0\xff" * 500)),
    "other garbage": lambda: replace(seal(), content=Content.of(b"0\x82\x10\x00" + b"g" * 4000)),
    "a bare order": lambda: replace(seal(), content=Content.of(orders())),
    "nothing": lambda: replace(seal(), content=Content.of(b"")),
}


def masked(answer: Answer) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without what is new in every answer: ids, dates, boundaries, digests of what came, signatures."""
    text = answer.body.decode("latin-1")
    headers = dict(answer.headers)
    for boundary in re.findall(r'boundary="?([^";\s]+)', text + headers["Content-Type"]):
        text = text.replace(boundary, "BOUNDARY")
        headers["Content-Type"] = headers["Content-Type"].replace(boundary, "BOUNDARY")
    text = re.sub(r"(pkcs7-signature[^\0]*?\r\n\r\n)[A-Za-z0-9+/=\r\n]+", r"\1SIGNATURE\r\n", text)
    text = re.sub(r"Trace: trn_\w{26}", "Trace: ID", text)
    text = re.sub(r"Received-Content-MIC: [^,]+", "Received-Content-MIC: OF WHAT CAME", text)
    text = re.sub(r"<[^<>\s]+@[^<>\s]+>", "ID", text)
    return answer.status, {name: "NEW" if name in {"Message-ID", "Date", "Trace-Id"} else value for name, value in headers.items()}, text


async def test_A51_every_failure_to_decrypt_has_one_and_the_same_answer(gateway: Gateway) -> None:
    answers: dict[str, tuple[int, dict[str, str], str]] = {}
    times: dict[str, list[float]] = {name: [] for name in FAULTS}
    for turn in range(4):
        for name, make in FAULTS.items():
            message = make()
            begun = time.perf_counter()
            answer = await gateway.ask("POST", "/as2", data=message.body, headers=message.headers)
            times[name].append(time.perf_counter() - begun)
            if not turn:
                answers[name] = masked(answer)
    expected = answers["wrong padding"]
    assert expected[0] == 200
    assert "processed/error: decryption-failed" in expected[2]
    assert "SIGNATURE" in expected[2]
    assert {name: answer for name, answer in answers.items() if answer != expected} == {}
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    least = min(medians.values())
    print({name: round(median / least, 2) for name, median in medians.items()})


async def test_A51_the_answer_says_no_more_to_who_asks_for_less(gateway: Gateway) -> None:
    """Without a signature on the receipt the same holds, and the work list says what it was: that is for us."""
    told = set()
    for name in ("wrong padding", "for another", "a wrong tag", "garbage"):
        message = FAULTS[name]()
        headers = {key: value for key, value in message.headers.items() if key != "Disposition-Notification-Options"}
        status, _, text = masked(await gateway.ask("POST", "/as2", data=message.body, headers=headers))
        told.add((status, text))
        [row] = await gateway.rows(Thing.TRANSMISSION, message_id=message.message_id)
        assert await gateway.held(row["id"])
    assert len(told) == 1


# --- who is called -------------------------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """Somebody who listens on loopback, and counts who comes."""

    answer: Callable[[web.Request], web.Response] = lambda _: web.Response()
    requests: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def take(self, request: web.Request) -> web.Response:
        self.requests.append(f"{request.method} {request.path}")
        return self.answer(request)


@asynccontextmanager
async def listening(*servers: Server) -> AsyncIterator[None]:
    runners = []
    for server in servers:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", server.take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.port = runner.addresses[0][1]
        runners.append(runner)
    try:
        yield
    finally:
        for runner in runners:
            await runner.cleanup()


def profile(url: str, *mdn_urls: str, private: bool = True) -> dict[str, str]:
    """The files of a workspace whose partner has these addresses."""
    tolerance = f"tolerance: {{mdn_private_address: {str(private).lower()}}}"
    said = f'as2: {{url: "{url}", allow_http: true, mdn_urls: [{", ".join(mdn_urls)}], {tolerance}, certs: {{current: northmart.pem}}}}'
    return {"partners/northmart/partner.yaml": re.sub(r"as2: \{url.*\}\}", lambda _: said, NORTHMART_YAML)}


async def receipt_of(gateway: Gateway, url: str) -> dict[str, Any]:
    """What became of the receipt that was asked for at an address: it is not queued any more, or was tried."""
    message = seal()
    headers = {**message.headers, "Receipt-Delivery-Option": url}
    answer = await gateway.ask("POST", "/as2", data=message.body, headers=headers)
    assert (answer.status, answer.body) == (200, b"")
    [transmission] = await gateway.rows(Thing.TRANSMISSION, message_id=message.message_id)

    async def tried() -> dict[str, Any] | None:
        [delivery] = await gateway.rows(Thing.DELIVERY, transmission_id=transmission["id"], kind="mdn")
        return delivery if delivery["state"] != "QUEUED" or delivery["attempts"] else None

    found: dict[str, Any] = await until(tried)
    return found


TRICKS = [
    "http://{evil}/mdn",
    "http://{good}@{evil}/mdn",
    "http://{good}:x@{evil}/mdn",
    "http://{good}%2F@{evil}/mdn",
    "http://{good}\\@{evil}/mdn",
    "http://{evil}#@{good}/mdn",
    "http://{evil}?@{good}/mdn",
    "http://{evil}\\.{good}/mdn",
    "HTTP://{evil}/mdn",
    "https://{good}/mdn",
    "http://user:password@{good}/mdn",
    "http://localhost:{good_port}/mdn",
    "http://127.1:{good_port}/mdn",
    "http://2130706433:{evil_port}/mdn",
    "http://0x7f.0.0.1:{evil_port}/mdn",
    "http://[::ffff:127.0.0.1]:{evil_port}/mdn",
    "http://127.0.0.1:0{evil_port}/mdn",
    "http://127.0.0.1:{good_port}{evil_port}/mdn",
    "http://127.0.0.1:/mdn",
    "http://127.0.0.1.:{good_port}/mdn",
    "//{evil}/mdn",
    "http:{evil}/mdn",
    "http:///{evil}/mdn",
    "http://{good} @{evil}/mdn",
    "http://{good}\t@{evil}/mdn",
    "ftp://{good}/mdn",
    "file:///etc/passwd",
    "mailto:edi@northmart.example",
]


async def receipts_of(gateway: Gateway, urls: list[str]) -> list[tuple[str, str]]:
    """The states and causes of receipts that are asked for at once."""
    found = await asyncio.gather(*(receipt_of(gateway, url) for url in urls))
    return [(delivery["state"], delivery["cause"]) for delivery in found]


async def test_A33_no_address_that_is_written_oddly_is_called(tmp_path: Path) -> None:
    good, evil = Server(), Server()
    async with listening(good, evil):
        known = profile("http://127.0.0.1:9/as2", f'"http://{good.place}/mdn"')
        async with running(tmp_path, **known) as gateway:
            urls = [trick.format(good=good.place, evil=evil.place, good_port=good.port, evil_port=evil.port) for trick in TRICKS]
            outcomes = dict(zip(urls, await receipts_of(gateway, urls), strict=True))
            assert {url: outcome for url, outcome in outcomes.items() if outcome != ("HELD", "mdn-address-refused")} == {}
            assert (good.requests, evil.requests) == ([], [])
            fine = [f"http://{good.place}/mdn", f"HTTP://{good.place}/elsewhere?id=1"]
            assert await receipts_of(gateway, fine) == [("DELIVERED", None)] * 2
            assert sorted(good.requests) == ["POST /elsewhere", "POST /mdn"]


async def test_A33_a_receipt_follows_no_redirect(tmp_path: Path) -> None:
    evil, statuses = Server(), [301, 302, 303, 307, 308]
    good = Server(lambda request: web.Response(status=int(request.path[1:]), headers={"Location": f"http://{evil.place}/mdn"}))
    async with listening(good, evil), running(tmp_path, **profile("http://127.0.0.1:9/as2", f'"http://{good.place}/mdn"')) as gateway:
        outcomes = await receipts_of(gateway, [f"http://{good.place}/{status}" for status in statuses])
        assert {state for state, _ in outcomes} <= {"HELD", "QUEUED"}
        assert (sorted(good.requests), evil.requests) == ([f"POST /{status}" for status in statuses], [])


PRIVATE = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0", "100.64.0.1"]


async def test_A33_a_name_that_leads_into_a_private_network_is_not_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = Server()
    look_up = asyncio.BaseEventLoop.getaddrinfo

    async def looked_up(loop: Any, host: Any, port: Any, **how: Any) -> Any:
        if str(host).endswith(".northmart.example"):
            return [(2, 1, 6, "", (PRIVATE[int(str(host)[1])], evil.port))]
        return await look_up(loop, host, port, **how)

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", looked_up)
    names = [f"http://m{position}.northmart.example/mdn" for position in range(len(PRIVATE))]
    said = profile("http://127.0.0.1:9/as2", *(f'"{name}"' for name in names), private=False)
    async with listening(evil), running(tmp_path, **said) as gateway:
        assert await receipts_of(gateway, names) == [("HELD", "mdn-address-refused")] * len(PRIVATE)
        assert evil.requests == []


ELSEWHERE = ["http://{evil}/x", "//{evil}/x", "http://localhost:{port}/x", "http://{good}@{evil}/x", "\\\\{evil}\\x", "HTTP://{evil}"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_A16_what_we_post_is_sent_nowhere_else(status: int) -> None:
    """By AS2, and by the way of webhooks and partners' HTTP endpoints."""
    evil = Server()
    async with listening(evil), ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        for where in ELSEWHERE:
            good = Server()
            async with listening(good):
                location = where.format(good=good.place, evil=evil.place, port=evil.port)
                good.answer = lambda _, location=location: web.Response(status=status, headers={"Location": location})
                assert (await post(session, f"http://{good.place}/as2", {}, b"secret")).status == status
                assert (await exchange(session, f"http://{good.place}/in", b"secret", {}, timeout=60)).status == status
                assert "POST /in" in good.requests
    assert evil.requests == []
