"""A real mock-edi process on loopback takes our AS2 message and answers, and sends us one. It speaks AS2 without S/MIME."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from mockedi.testing import Mock

from as2.algorithms import Digest
from as2.client import post
from as2.disposition import PROCESSED
from as2.headers import MdnMode
from as2.mdn import SignatureState, build_mdn, looks_like_mdn, read_mdn
from as2.message import seal_message
from as2.mic import Mic
from as2.receive import OpenedMessage, open_message
from as2.send import VerdictState, judge_mdn, judge_status
from as2.server import empty_response, mdn_response, read_body, read_head
from as2.settings import As2Settings
from gateway.demo.process import free_port
from tests.as2.parties import Party
from tests.support.certificates import NOW, certificate

pytestmark = pytest.mark.interop

ACME = Party("ACME", certificate("acme", number=1))  # one of the customers that mock-edi knows from the start
ORDER = (
    b"ISA*00*          *00*          *ZZ*ACME           *ZZ*MOCKEDI        *261102*0930*U*00401*000000001*0*T*>~\n"
    b"GS*PO*ACME*MOCKEDI*20261102*0930*1*X*004010~\n"
    b"ST*850*0001~\nBEG*00*NE*4711**20261102~\nPO1*1*10*EA*12.5**VP*WIDGET-001~\nCTT*1~\nSE*5*0001~\n"
    b"GE*1*1~\nIEA*1*000000001~\n"
)


@pytest.fixture
def mock() -> Iterator[Mock]:
    """The program, started anew on a free port."""
    port = free_port()
    program = Path(sys.executable).with_name("mock-edi")
    command = [str(program), "--port", str(port), "--quiet", "--deliver-to", "127.0.0.1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = Mock(f"http://127.0.0.1:{port}")
    try:
        while not _answers(client):
            assert process.poll() is None, "mock-edi did not start"
            time.sleep(0.05)
        yield client
    finally:
        client.close()
        process.terminate()
        process.wait(60)


def _answers(client: Mock) -> bool:
    try:
        return bool(client.partners())
    except OSError:
        return False


class Listener:
    """Our AS2 URL: opens what comes, answers with a signed MDN, and keeps both kinds."""

    def __init__(self) -> None:
        self.messages: list[OpenedMessage] = []
        self.mdns: list[tuple[tuple[tuple[str, str], ...], bytes]] = []
        self.arrived = asyncio.Event()
        self.url = ""

    async def handle(self, request: web.BaseRequest) -> web.Response:
        headers = read_head(request)
        body = await read_body(request, 1 << 20)
        try:
            if looks_like_mdn(headers, body):
                self.mdns.append((headers.raw, body))
                return empty_response()
            partner = profile("http://127.0.0.1")
            message = open_message(headers, body, own=ACME.own, partner=partner, now=NOW)
            self.messages.append(message)
            mdn = build_mdn(
                headers, disposition=PROCESSED, mic=message.mic, own=ACME.own, partner=partner, message_id="<mdn@example.com>", now=NOW
            )
            assert mdn is not None
            return mdn_response(mdn.headers, mdn.body)
        finally:
            self.arrived.set()


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    ours = Listener()
    runner = web.ServerRunner(web.Server(ours.handle))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    ours.url = f"http://127.0.0.1:{runner.addresses[0][1]}/as2"
    yield ours
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as ours:
        yield ours


def profile(url: str, **more: object) -> As2Settings:
    """How we describe mock-edi: plain, and receipts without a signature."""
    basis = {"url": url, "allow_http": True, "as2_name": "MOCKEDI", "sign": None, "encrypt": None, "mdn": {"signed": False}}
    return As2Settings.model_validate(basis | {"require_signed": False, "require_encrypted": False} | more)


async def test_mock_edi_takes_our_message_and_answers_with_an_mdn(mock, session):
    partner = profile(f"{mock.base}/as2")
    message = seal_message(ORDER, content_type="application/edi-x12", own=ACME.own, partner=partner, message_id="<1@example.com>", now=NOW)
    answer = await post(session, f"{mock.base}/as2", message.headers, message.body)
    assert judge_status(answer.status, message.mdn.mode, has_body=bool(answer.body)) is None
    mdn = read_mdn(answer.headers, answer.body, partner=partner, now=NOW)
    assert mdn.signature is SignatureState.NONE
    assert mdn.mic == Mic.of(ORDER, Digest.SHA1)  # its default, when nothing is asked for
    assert mdn.as2_from == "MOCKEDI"
    assert judge_mdn(message.message_id, message.mic, mdn, signed_wanted=False).state is VerdictState.RECEIPTED
    assert mock.order("4711")["po_number"] == "4711"


async def test_the_mic_that_mock_edi_computes_is_ours(mock, session):
    """Asked for an optional signature with SHA-256, it names that digest, and does not sign."""
    partner = profile(f"{mock.base}/as2", mdn={"signed": True})
    message = seal_message(ORDER, content_type="application/edi-x12", own=ACME.own, partner=partner, message_id="<2@example.com>", now=NOW)
    answer = await post(session, f"{mock.base}/as2", message.headers, message.body)
    mdn = read_mdn(answer.headers, answer.body, partner=partner, now=NOW)
    assert mdn.mic == message.mic
    assert judge_mdn(message.message_id, message.mic, mdn, signed_wanted=False).state is VerdictState.RECEIPTED
    assert judge_mdn(message.message_id, message.mic, mdn, signed_wanted=True).state is VerdictState.MDN_UNVERIFIED


async def test_mock_edi_refuses_what_is_signed_and_we_understand_why(mock, session):
    partner = profile(f"{mock.base}/as2", sign="sha256")
    message = seal_message(ORDER, content_type="application/edi-x12", own=ACME.own, partner=partner, message_id="<3@example.com>", now=NOW)
    answer = await post(session, f"{mock.base}/as2", message.headers, message.body)
    verdict = judge_mdn(
        message.message_id, message.mic, read_mdn(answer.headers, answer.body, partner=partner, now=NOW), signed_wanted=False
    )
    assert (verdict.state, verdict.modifier) == (VerdictState.REFUSED, "insufficient-message-security")


async def test_A44_mock_edi_posts_an_asynchronous_mdn(mock, session, listener):
    partner = profile(f"{mock.base}/as2", mdn={"mode": "async", "signed": False, "url": listener.url})
    message = seal_message(ORDER, content_type="application/edi-x12", own=ACME.own, partner=partner, message_id="<4@example.com>", now=NOW)
    answer = await post(session, f"{mock.base}/as2", message.headers, message.body)
    verdict = judge_status(answer.status, MdnMode.ASYNC, has_body=True)
    assert verdict is not None
    assert verdict.state is VerdictState.AWAITING_MDN
    await asyncio.wait_for(listener.arrived.wait(), 60)
    [(fields, body)] = listener.mdns
    mdn = read_mdn(fields, body, partner=partner, now=NOW)
    assert judge_mdn(message.message_id, message.mic, mdn, signed_wanted=False).state is VerdictState.RECEIPTED


async def test_mock_edi_sends_us_a_document_and_reads_our_mdn(mock, listener):
    await asyncio.to_thread(mock.partner, "ACME", as2_url=listener.url)
    await asyncio.to_thread(mock.send, ORDER.decode())
    await asyncio.wait_for(listener.arrived.wait(), 60)
    await asyncio.to_thread(mock.settle)
    first = listener.messages[0]
    assert (first.headers.as2_from, first.headers.as2_to) == ("MOCKEDI", "ACME")
    assert first.payloads[0].content.startswith(b"ISA*")
    assert first.payloads[0].content_type == "application/edi-x12"
    receipts = [row for row in mock.expect("GET", "/_mock/mdns") if row["direction"] == "in"]
    assert receipts[0]["disposition"] == str(PROCESSED)
    mics = {Mic.parse(row["mic"]) for row in receipts}
    assert {message.mic for message in listener.messages} == mics
