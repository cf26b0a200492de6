"""The brokers that tests speak with: RabbitMQ and NATS of this machine where they run, Kafka as its client library's mock cluster.

Names are new for each test, and what was made is removed again: several people's tests may use the same servers.
"""

import secrets
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import pytest

from gateway.broker_settings import NatsServers, RabbitMqServer
from tests.support.switch import Rewrite
from tests.support.waiting import PATIENCE

RABBITMQ_PORT, NATS_PORT = 5672, 4222


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


needs_rabbitmq = pytest.mark.skipif(not _answers(RABBITMQ_PORT), reason="no RabbitMQ runs on 127.0.0.1:5672")
needs_nats = pytest.mark.skipif(not _answers(NATS_PORT), reason="no NATS runs on 127.0.0.1:4222")


def new_name(of: str) -> str:
    """A name that no other test has."""
    return f"test-{of}-{secrets.token_hex(5)}"


def no_secret(reference: str) -> str:
    raise AssertionError(f"nothing should read {reference}")


@asynccontextmanager
async def rabbitmq_channel(port: int = RABBITMQ_PORT) -> AsyncIterator[Any]:
    """A channel of the test's own, and what it removes at the end: `queues` and `exchanges`."""
    from gateway.brokers.rabbitmq import RabbitMqConnection

    connection = RabbitMqConnection(RabbitMqServer(url=f"amqp://127.0.0.1:{port}", timeout=PATIENCE), resolve=no_secret, name="test")
    try:
        yield await connection.channel()
    finally:
        await connection.drop()


@asynccontextmanager
async def rabbitmq_names(*names: str) -> AsyncIterator[Any]:
    """As `rabbitmq_channel`; queues and exchanges of these names are gone at the end."""
    async with rabbitmq_channel() as channel:
        yield channel
    async with rabbitmq_channel() as channel:
        for name in names:
            await channel.queue_delete(name)
            await channel.exchange_delete(name)


@asynccontextmanager
async def nats_stream(*names: str, port: int = NATS_PORT) -> AsyncIterator[Any]:
    """A JetStream of the test's own; streams of these names are gone at the end."""
    from gateway.brokers.nats import NatsConnection

    connection = NatsConnection(NatsServers(servers=(f"nats://127.0.0.1:{port}",), timeout=PATIENCE), resolve=no_secret, name="test")
    try:
        jetstream = await connection.jetstream()
        yield jetstream
        for name in names:
            with suppress(Exception):
                await jetstream.delete_stream(name)
    finally:
        await connection.drop()


@contextmanager
def kafka_cluster(brokers: int = 1) -> Iterator[int]:
    """A mock cluster of librdkafka; gives the port of its first broker. It makes topics when they are first named."""
    from confluent_kafka import Producer

    holder = Producer({"test.mock.num.brokers": brokers, "bootstrap.servers": "unused", "log_level": 0})
    found = holder.list_topics(timeout=PATIENCE).brokers
    yield min(found.values(), key=lambda broker: broker.id).port
    holder.flush(0)


def kafka_behind(target: int) -> Callable[[int], Rewrite]:
    """For a `Switch`: where a Kafka broker names its own address, clients read that of the switch."""

    def make(port: int) -> Rewrite:
        there, here = (b"127.0.0.1" + number.to_bytes(4, "big") for number in (target, port))
        return lambda data: data.replace(there, here)

    return make
