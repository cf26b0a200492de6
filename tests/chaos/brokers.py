"""RabbitMQ and NATS killed and brought back under load, both as sinks and as sources: nothing lost, what comes twice has the same id.

The servers are the run's own: started here from the machine's programs, on ports and folders of their own, so that nobody else's
work is touched when they are killed.
"""

import asyncio
import contextlib
import itertools
import json
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp

from gateway.demo.process import GatewayProcess, free_port
from gateway.sink_settings import NatsSink as NatsSettings
from gateway.sink_settings import RabbitMqSink as RabbitMqSettings
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.nats import NatsSink
from gateway.sinks.rabbitmq import RabbitMqSink
from tests.gateway.world import PARTNER_YAML, an_order, ship_notice
from tests.support.broker_servers import BrokerServer, are_installed, nats_server, rabbitmq_server
from tests.support.brokers import nats_stream, no_secret, rabbitmq_channel
from tests.support.waiting import eventually

__all__ = ["brokers"]

_ORDERS: Final = int(os.environ.get("ORDERS", "300"))  #: at least; and as long as there are kills
_KILLS: Final = int(os.environ.get("KILLS", "3"))  #: of each server
_AT_ONCE: Final = 4


class Server:
    """A broker of this run that is killed and started again on the same data."""

    def __init__(self, name: str, server: BrokerServer) -> None:
        self.name, self.port = name, server.port
        self._server = server
        self.kills = 0

    async def start(self) -> None:
        await asyncio.to_thread(self._server.start)
        await eventually(self._answers, 60)

    async def end(self) -> None:
        await asyncio.to_thread(self._server.end)

    async def strike(self, pause: float) -> None:
        await asyncio.to_thread(self._server.kill)
        self.kills += 1
        await asyncio.sleep(pause)
        await self.start()

    async def _answers(self) -> bool:
        try:
            if self.name == "rabbitmq":
                async with rabbitmq_channel(self.port):
                    return True
            async with nats_stream(port=self.port) as jetstream:
                await jetstream.account_info()
                return True
        except Exception:
            await asyncio.sleep(0.2)
            return False


def _workspace(root: Path, port: int, rabbitmq: Server, nats: Server) -> Path:
    workspace = root / "gateway"
    (workspace / "partners/northmart").mkdir(parents=True)
    (workspace / "partners/northmart/partner.yaml").write_text(PARTNER_YAML + "api: {keys: 'file:partner.key'}\n")
    (workspace / "partner.key").write_text("p" * 40)
    retries = [0.2] * 5 + [1.0] * 95
    amqp, stream = f"amqp://127.0.0.1:{rabbitmq.port}", [f"nats://127.0.0.1:{nats.port}"]
    settings = {
        "own": {
            "name": "Harborline Foods",
            "org": "harborline",
            "environment": "live",
            "zone": "America/New_York",
            "stations": [{"id": "main", "x12": {"qualifier": "ZZ", "id": "HARBORLINE"}}],
        },
        "listen": {"port": port},
        "timing": {"breaker_pause": 1, "jitter": 0},
        "limits": {"partner_rate": "100000/minute"},
        "sinks": {
            "bus": {
                "kind": "rabbitmq",
                "url": amqp,
                "exchange": "events",
                "declare": True,
                "queue": "hub",
                "timeout": 3,
                "retries": retries,
            },
            "stream": {
                "kind": "nats",
                "servers": stream,
                "stream": "EVENTS",
                "subject": "events",
                "declare": True,
                "timeout": 3,
                "retries": retries,
            },
        },
        "sources": {
            "erp": {"kind": "rabbitmq", "url": amqp, "queue": "requests", "declare": True, "timeout": 3},
            "wms": {
                "kind": "nats",
                "servers": stream,
                "stream": "REQUESTS",
                "subject": "requests",
                "declare": True,
                "ack_wait": 3,
                "timeout": 3,
            },
        },
    }
    (workspace / "gateway.yaml").write_text(json.dumps(settings))
    return workspace


async def _orders(base: str, sent: list[str], struck: asyncio.Event) -> None:
    """Orders of the partner over HTTP, as fast as four callers bring them."""
    numbers = itertools.count(1)
    headers = {"Authorization": f"Bearer {'p' * 40}", "Content-Type": "application/edi-x12"}
    async with aiohttp.ClientSession() as session:

        async def caller() -> None:
            while len(sent) < _ORDERS or not struck.is_set():
                number = next(numbers)
                body = an_order(f"45{number:08}", number=number)
                async with session.post(f"{base}/api/v1/partners/northmart/inbox", data=body, headers=headers) as response:
                    assert response.status == 202, await response.text()
                sent.append(f"45{number:08}")
                await asyncio.sleep(0.1)

        await asyncio.gather(*(caller() for _ in range(_AT_ONCE)))


async def _requests(rabbitmq: Server, nats: Server, sent: list[str], struck: asyncio.Event) -> None:
    """Documents of the hub, left at both brokers; what is not confirmed is left again, under the same id."""
    amqp = RabbitMqSettings(
        kind="rabbitmq", url=f"amqp://127.0.0.1:{rabbitmq.port}", exchange="to-gateway", declare=True, routing_key="x", timeout=3
    )
    stream = NatsSettings(kind="nats", servers=(f"nats://127.0.0.1:{nats.port}",), stream="REQUESTS", subject="requests", timeout=3)
    ways: list[Any] = [RabbitMqSink(amqp, resolve=no_secret), NatsSink(stream, resolve=no_secret)]
    async with rabbitmq_channel(rabbitmq.port) as channel:
        exchange = await channel.declare_exchange("to-gateway", "topic", durable=True)
        await (await channel.get_queue("requests")).bind(exchange, routing_key="#")

    async def leave(way: Any, numbers: Iterator[int]) -> None:
        while len(sent) < _ORDERS or not struck.is_set():
            number = next(numbers)
            name = f"SHP-{number}"
            event = {"specversion": "1.0", "id": name, "source": "urn:chaos", "usage": "live", "partnerid": "northmart"}
            body = json.dumps(
                {**event, "type": "com.harborline.b2b.ship-notice.requested.v1", "data": ship_notice(f"99{number:08}", shipment=name)}
            )
            outgoing = OutgoingEvent(name, "com.harborline.b2b.ship-notice.requested.v1", name, name, False, body.encode())
            while True:
                try:
                    await way.deliver(outgoing)
                    break
                except Exception:
                    await asyncio.sleep(0.3)
            sent.append(name)
            await asyncio.sleep(0.05)
        await way.close()

    await asyncio.gather(leave(ways[0], itertools.count(0, 2)), leave(ways[1], itertools.count(1, 2)))


async def _strikes(servers: tuple[Server, ...], chance: random.Random) -> None:
    for _ in range(_KILLS):
        for server in servers:
            await asyncio.sleep(chance.uniform(0.5, 2.0))
            print(f"   kill -9 {server.name}", flush=True)
            await server.strike(chance.uniform(0.2, 2.0))


async def _hub_has(rabbitmq: Server, nats: Server) -> tuple[Counter[str], Counter[str]]:
    """How often each event's id lies in the queue and in the stream."""
    async with rabbitmq_channel(rabbitmq.port) as channel:
        queue = await channel.get_queue("hub")
        in_queue: Counter[str] = Counter()
        while (message := await queue.get(fail=False, no_ack=True)) is not None:
            in_queue[str(message.message_id)] += 1
    async with nats_stream(port=nats.port) as jetstream:
        state = (await jetstream.stream_info("EVENTS")).state
        found = [await jetstream.get_msg("EVENTS", seq=number) for number in range(state.first_seq, state.last_seq + 1)]
        in_stream = Counter(message.headers["Nats-Msg-Id"] for message in found)
    return in_queue, in_stream


@contextlib.asynccontextmanager
async def _servers(root: Path) -> AsyncIterator[tuple[Server, Server]]:
    rabbitmq = Server("rabbitmq", rabbitmq_server(root / "rabbitmq"))
    nats = Server("nats", nats_server(root / "nats"))
    try:
        await asyncio.gather(rabbitmq.start(), nats.start())
        yield rabbitmq, nats
    finally:
        await asyncio.gather(rabbitmq.end(), nats.end())


def _rows(workspace: Path, statement: str) -> list[tuple[Any, ...]]:
    import sqlite3

    with contextlib.closing(sqlite3.connect(f"file:{workspace / 'data' / 'gateway.db'}?mode=ro", uri=True)) as database:
        return database.execute(statement).fetchall()


async def brokers() -> list[str]:
    """The run; gives what did not hold."""
    if not are_installed():
        print("brokers: not run, this machine has no RabbitMQ or no NATS")
        return []
    seed = int(os.environ.get("SEED", str(time.time_ns() % 10**6)))
    with tempfile.TemporaryDirectory(prefix="chaos-brokers-") as folder:
        root = Path(folder)
        async with _servers(root) as (rabbitmq, nats):
            port = free_port()
            workspace = _workspace(root, port, rabbitmq, nats)
            gateway = GatewayProcess(workspace, port)
            gateway.ready_seconds = 60
            await gateway.start()
            try:
                return await _struck(workspace, gateway, rabbitmq, nats, random.Random(seed), seed)
            finally:
                await gateway.stop()


async def _struck(workspace: Path, gateway: GatewayProcess, rabbitmq: Server, nats: Server, chance: random.Random, seed: int) -> list[str]:
    async def connected() -> bool:
        return all(one["connected"] for one in (await gateway.ask("status"))["sources"])

    await eventually(connected, 30)
    begun, orders, requests, struck = time.monotonic(), list[str](), list[str](), asyncio.Event()

    async def strikes() -> None:
        await _strikes((rabbitmq, nats), chance)
        struck.set()

    await asyncio.gather(_orders(gateway.base, orders, struck), _requests(rabbitmq, nats, requests, struck), strikes())

    async def settled() -> bool:
        await asyncio.sleep(0.5)
        waiting = _rows(workspace, "SELECT count(*) FROM delivery WHERE kind = 'sink' AND state <> 'DELIVERED'")[0][0]
        taken = _rows(workspace, "SELECT count(*) FROM document WHERE direction = 'outbound'")[0][0]
        read = _rows(workspace, "SELECT count(*) FROM document WHERE direction = 'inbound'")[0][0]
        return bool(waiting == 0 and taken >= len(requests) and read >= len(orders))

    faults: list[str] = []
    try:
        await eventually(settled, 120)
    except AssertionError:
        states = _rows(workspace, "SELECT destination, state, cause, count(*) FROM delivery GROUP BY 1, 2, 3")
        faults.append(f"not settled: {states}")
    in_queue, in_stream = await _hub_has(rabbitmq, nats)
    events = {row[0] for row in _rows(workspace, "SELECT event_id FROM document WHERE direction = 'inbound'")}
    notices = Counter(row[0] for row in _rows(workspace, "SELECT business_key FROM document WHERE direction = 'outbound'"))
    missing = {
        "orders without a document": max(0, len(orders) - len(events)),
        "events not in the queue": len(events - set(in_queue)),
        "events not in the stream": len(events - set(in_stream)),
        "requests without a document": len(set(requests) - set(notices)),
    }
    lost = sum(missing.values())
    strange = len(set(in_queue) - events) + len(set(in_stream) - events)
    doubled = sum(count - 1 for count in notices.values())
    repeated = sum(count - 1 for found in (in_queue, in_stream) for count in found.values())
    if lost or strange or doubled:
        faults.append(f"seed {seed}: {missing}, {strange} of nobody, {doubled} documents of the hub taken twice")
    print(
        f"brokers: {2 * len(orders) + len(requests)} sent, lost {lost}, duplicated {doubled}; "
        f"{repeated} came again under their own id; RabbitMQ and NATS killed {rabbitmq.kills} and {nats.kills} times, "
        f"{time.monotonic() - begun:.0f} s, seed {seed}",
        flush=True,
    )
    return faults
