"""Messages per second end to end, as a ratio to the floor: a POST each, until the hub has every order.

The client, the partners and the hub run in this process, the gateway (or the floor) in its own, all on this machine.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

import aiohttp

from as2.message import SealedMessage
from gateway.demo.documents import interchange_850, set_850
from gateway.demo.papers import shop_order
from gateway.demo.process import free_port
from gateway.demo.world import World

API_MESSAGES, AS2_MESSAGES, FLOOR_MESSAGES = 800, 300, 2000
AT_ONCE = 32
Row = tuple[str, float, str]


@dataclass
class Load:
    """What a run took: seconds until the last message was through, and each message's own seconds until it was taken over."""

    messages: int
    seconds: float
    waits: list[float]

    @property
    def rate(self) -> float:
        """Messages per second."""
        return self.messages / self.seconds

    def __str__(self) -> str:
        cuts = quantiles(self.waits, n=100)
        return f"{self.rate:.0f} msg/s; taken over after p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms"


async def _drive(posts: Sequence[Callable[[], Awaitable[None]]], done: Callable[[], bool]) -> Load:
    waits: list[float] = []
    queue = list(posts)
    began = time.perf_counter()

    async def client() -> None:
        while queue:
            post = queue.pop()
            started = time.perf_counter()
            await post()
            waits.append(time.perf_counter() - started)

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))
    while not done():
        if time.perf_counter() - began > 120:
            raise TimeoutError("the hub did not get everything within 120 s")
        await asyncio.sleep(0.005)
    return Load(len(posts), time.perf_counter() - began, waits)


async def _floor() -> Load:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.benchmarks.floor", folder, str(port)]
        process = await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
        try:
            async with aiohttp.ClientSession() as session:
                await _ready(session, port)
                body = json.dumps(shop_order("WEB-0", datetime.now(UTC))).encode()

                async def post() -> None:
                    async with session.post(f"http://127.0.0.1:{port}/", data=body) as answer:
                        answer.raise_for_status()

                return await _drive([post] * FLOOR_MESSAGES, lambda: True)
        finally:
            os.kill(process.pid, signal.SIGTERM)
            await process.wait()


async def _ready(session: aiohttp.ClientSession, port: int) -> None:
    for _ in range(200):
        try:
            async with session.get(f"http://127.0.0.1:{port}/healthz"):
                return
        except aiohttp.ClientError:
            await asyncio.sleep(0.05)
    raise TimeoutError("the floor did not start")


async def _api(world: World) -> Load:
    bodies = [json.dumps(shop_order(f"API-{number}", datetime.now(UTC))).encode() for number in range(API_MESSAGES)]

    def post(body: bytes) -> Callable[[], Awaitable[None]]:
        async def one() -> None:
            status, answer = await world.post("/api/v1/partners/shopco/inbox", body, world.shop_key, "application/json")
            assert status == 202, answer

        return one

    before = len(world.hub.events)
    return await _drive([post(body) for body in bodies], lambda: len(world.hub.events) >= before + API_MESSAGES)


async def _as2(world: World) -> Load:
    now = datetime.now(UTC)
    sealed = [
        world.retailer.seal(interchange_850([set_850("0001", f"AS2-{number}", today=datetime.now(UTC))], 100_000 + number, now))
        for number in range(AS2_MESSAGES)
    ]

    def post(message: SealedMessage) -> Callable[[], Awaitable[None]]:
        async def one() -> None:
            receipt = await world.retailer.post(message)
            assert receipt.mdn.disposition.accepted

        return one

    before = len(world.hub.events)
    return await _drive([post(message) for message in sealed], lambda: len(world.hub.events) >= before + AS2_MESSAGES)


async def _run() -> list[Row]:
    floor = await _floor()
    async with World() as world:
        api = await _api(world)
    async with World() as world:
        as2 = await _as2(world)
    return [
        ("API, JSON order to the hub, to the floor", api.rate / floor.rate, str(api)),
        ("AS2, signed and encrypted 850 to the hub, to the floor", as2.rate / floor.rate, str(as2)),
        ("the floor: one row per POST", 1.0, str(floor)),
    ]


def run() -> list[Row]:
    """The figures of one run."""
    return asyncio.run(_run())
