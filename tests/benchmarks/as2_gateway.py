"""`POST /as2` of a gateway process on all cores, against the primitives that each message cannot do without, in one run.

1 KB, signed and encrypted, with a signed receipt in the answer: taken over means stored, opened, accepted and answered. What is inside is
an interchange of a partner without an agreement, so the worker reads it and holds it in the same time. The client shares the cores.
"""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from as2.keys import own_keys
from as2.message import SealedMessage, seal_message
from as2.settings import As2Settings, OwnAs2
from gateway.demo.process import GatewayProcess, free_port
from tests.benchmarks import as2_floor
from tests.benchmarks.as2 import least
from tests.support.pair import HARBORLINE, NORTHMART, make_workspaces

MESSAGES, WARM, AT_ONCE = 400, 50, 32
Row = tuple[str, float, str]


def run() -> Iterator[Row]:
    """The figures of one run; what is wanted of them stands with `as2`."""
    messages = _sealed(MESSAGES + WARM)
    with tempfile.TemporaryDirectory() as folder:
        seconds, in_gateway, in_client = asyncio.run(_measure(Path(folder), messages))
    floor = least({"floor": as2_floor.inbound(messages[0].covered.size)})["floor"]
    cores = len(os.sched_getaffinity(0))
    rate, possible = MESSAGES / seconds, cores / floor
    note = f"{rate:.0f} msg/s of {possible:.0f} that the primitives alone would allow on {cores} cores"
    yield "as2 POST, of what the primitives allow", rate / possible, note
    note = (
        f"x the primitives ({1000 * in_gateway / MESSAGES:.2f} ms each in the gateway, {1000 * in_client / MESSAGES:.2f} ms in the client)"
    )
    yield "as2 POST, CPU of the gateway for one message", in_gateway / MESSAGES / floor, note


def _sealed(count: int) -> list[SealedMessage]:
    keys = {"current": {"key": "env:K", "certificate": NORTHMART.certificate}}
    own = own_keys(OwnAs2.model_validate({"as2_name": "NORTHMART", "keys": keys}), lambda _: NORTHMART.key)
    settings = {"url": "https://harborline.example/as2", "as2_name": "HARBORLINE", "certs": HARBORLINE.certificate}
    partner, now = As2Settings.model_validate(settings), datetime.now(UTC)
    return [
        seal_message(
            _interchange(number),
            content_type="application/edi-x12",
            own=own,
            partner=partner,
            message_id=f"<{number}@northmart.example>",
            now=now,
        )
        for number in range(count)
    ]


def _interchange(number: int) -> bytes:
    head = f"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*U*00401*{number:09}*0*P*>~"
    lines = "".join(f"PO1*{line}*10*CA*2.5*PE*UP*085234500106*IN*0044100{line:02}~" for line in range(1, 16))
    body = f"ST*850*0001~BEG*00*SA*45{number:08}**20261118~{lines}CTT*15~SE*19*0001~"
    return f"{head}GS*PO*NORTHMART*HARBORLINE*20261118*0915*1*X*004010~{body}GE*1*1~IEA*1*{number:09}~".encode()


async def _measure(root: Path, messages: list[SealedMessage]) -> tuple[float, float, float]:
    """Seconds by the clock, and of CPU in the gateway and here."""
    port = free_port()
    _, receiver = make_workspaces(root, (free_port(), port))
    gateway = GatewayProcess(receiver, port)
    await gateway.start()
    try:
        async with aiohttp.ClientSession() as session:
            await _post_all(session, gateway, messages[:WARM])
            before = time.perf_counter(), _cpu(gateway.pid), time.process_time()
            await _post_all(session, gateway, messages[WARM:])
            return time.perf_counter() - before[0], _cpu(gateway.pid) - before[1], time.process_time() - before[2]
    finally:
        await gateway.stop()


async def _post_all(session: aiohttp.ClientSession, gateway: GatewayProcess, messages: list[SealedMessage]) -> None:
    queue = [(message.headers, message.body) for message in messages]

    async def client() -> None:
        while queue:
            headers, body = queue.pop()
            async with session.post(f"{gateway.base}/as2", data=body, headers=headers) as answer:
                receipt = await answer.read()
                assert answer.status == 200, receipt
                assert b"; processed\r\n" in receipt, receipt

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))


def _cpu(pid: int) -> float:
    """Seconds of all threads of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
