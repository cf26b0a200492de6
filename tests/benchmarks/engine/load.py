"""The load generator, a process of its own: sends what a file says over kept connections, as fast as it is taken or at a rate.

At a rate, an answer's time counts from when its request was due, so that a gateway that stalls cannot hide what waits.
"""

import asyncio
import json
import pickle
import sys
from collections import deque
from pathlib import Path
from time import CLOCK_MONOTONIC, clock_gettime, process_time

from tests.benchmarks.engine.wire import Framer


def now() -> float:
    """Seconds of a clock that all processes of the machine share."""
    return clock_gettime(CLOCK_MONOTONIC)


class _Connection(asyncio.Protocol):
    """Sends one request at a time."""

    def __init__(self, load: "_Load") -> None:
        self._load = load
        self._framer = Framer()
        self._transport: asyncio.Transport
        self._number, self._expected = "", b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self, number: str, request: bytes, expected: bytes) -> None:
        self._number, self._expected = number, expected
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        for head, body in self._framer.feed(data):
            if not head.startswith(b"HTTP/1.1 20") or self._expected not in body:
                self._load.faults.append((head + body)[:500].decode(errors="replace"))
            self._load.answered(self, self._number)

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost()

    def close(self) -> None:
        self._transport.close()


class _Load:
    def __init__(self, orders: list[tuple[str, bytes, bytes]]) -> None:
        self.orders = deque(orders)
        self.left = len(orders)
        self.due: dict[str, float] = {}
        self.answers: dict[str, float] = {}
        self.faults: list[str] = []
        self.done = asyncio.Event()
        self._idle: deque[_Connection] = deque()
        self._waiting: deque[tuple[str, bytes, bytes]] = deque()

    def lost(self) -> None:
        if self.left:
            self.faults.append("a connection was closed")
            self.done.set()

    def answered(self, connection: _Connection, number: str) -> None:
        self.answers[number] = now()
        self.left -= 1
        if self._waiting:
            connection.send(*self._waiting.popleft())
        elif not self._paced and self.orders:
            self._send(connection, now())
        else:
            self._idle.append(connection)
        if not self.left:
            self.done.set()

    def _send(self, connection: _Connection, due: float) -> None:
        order = self.orders.popleft()
        self.due[order[0]] = due
        connection.send(*order)

    async def run(self, port: int, connections: int, rate: float) -> None:
        self._paced = rate > 0
        loop = asyncio.get_running_loop()
        opened = [(await loop.create_connection(lambda: _Connection(self), "127.0.0.1", port))[1] for _ in range(connections)]
        self._idle.extend(opened)
        if self._paced:
            await self._pace(rate)
        else:
            while self._idle and self.orders:
                self._send(self._idle.popleft(), now())
        await asyncio.wait_for(self.done.wait(), 120)
        self.left = 0
        for connection in opened:
            connection.close()

    async def _pace(self, rate: float) -> None:
        due = now()
        while self.orders and not self.done.is_set():
            due += 1 / rate
            wait = due - now()
            if wait > 0:
                await asyncio.sleep(wait)
            if self._idle:
                self._send(self._idle.popleft(), due)
            else:
                order = self.orders.popleft()
                self.due[order[0]] = due
                self._waiting.append(order)


def main(plan: str, result: str, port: str, connections: str, rate: str) -> None:
    """Send every order of the plan; the result says when each was due and answered."""
    load = _Load(pickle.loads(Path(plan).read_bytes()))
    before = process_time()
    asyncio.run(load.run(int(port), int(connections), float(rate)))
    told = {"due": load.due, "answers": load.answers, "faults": load.faults[:5], "cpu": process_time() - before}
    Path(result).write_text(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
