"""A RabbitMQ queue as a source: acknowledged by hand when stored; bad messages are rejected into the queue's dead-letter exchange."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from gateway.brokers.rabbitmq import RabbitMqConnection, faults_told
from gateway.errors import Cause, Refusal, TransientError
from gateway.pipeline.hub_message import HubMessage
from gateway.source_settings import RabbitMqSource as Settings
from gateway.sources.base import Connected

__all__ = ["RabbitMqSource"]

_PREFIXES = ("cloudEvents:", "cloudEvents_")


@dataclass(frozen=True, slots=True)
class _Arrival:
    message: HubMessage
    incoming: AbstractIncomingMessage
    connection: RabbitMqConnection
    seconds: float

    async def taken(self, id_: str) -> None:  # noqa: ARG002 - a queue does not know our ids
        async with faults_told(self.connection, self.seconds):
            await self.incoming.ack()

    async def dead(self, id_: str, refusal: Refusal) -> None:  # noqa: ARG002 - as above
        async with faults_told(self.connection, self.seconds):
            await self.incoming.reject(requeue=False)


class RabbitMqSource:
    """Reads one queue."""

    kind: ClassVar[str] = "rabbitmq"
    alone: ClassVar[bool] = False

    def __init__(self, settings: Settings, *, resolve: Callable[[str], str]) -> None:
        self._settings = settings
        self._connection = RabbitMqConnection(settings, resolve=resolve, name="gateway source")

    async def arrivals(self, connected: Connected) -> AsyncGenerator[_Arrival, None]:
        """As `Source.arrivals`."""
        settings = self._settings
        incoming: asyncio.Queue[AbstractIncomingMessage | None] = asyncio.Queue()
        try:
            async with faults_told(self._connection, settings.timeout):
                channel = await self._connection.channel()
                channel.close_callbacks.add(lambda *_: incoming.put_nowait(None))
                await channel.set_qos(settings.prefetch)
                queue = await self._queue(channel)
                await queue.consume(incoming.put)
            connected(None)
            while (one := await incoming.get()) is not None:
                yield _Arrival(self._message(one), one, self._connection, settings.timeout)
            raise TransientError(Cause.DESTINATION_UNREACHABLE, "the connection broke off")
        finally:
            await self._connection.drop()  # what was not acknowledged goes back to its place in the queue

    async def _queue(self, channel: AbstractChannel) -> AbstractQueue:
        settings = self._settings
        if not settings.declare:
            return await channel.get_queue(settings.queue, ensure=True)
        dead = settings.dead_letter_exchange or f"{settings.queue}.dead"
        letters = await channel.declare_queue(dead, durable=True)
        await letters.bind(await channel.declare_exchange(dead, "fanout", durable=True), routing_key="")
        return await channel.declare_queue(settings.queue, durable=True, arguments={"x-dead-letter-exchange": dead})

    def _message(self, incoming: AbstractIncomingMessage) -> HubMessage:
        settings = self._settings
        digest = "" if incoming.message_id else f"/{hashlib.sha256(incoming.body).hexdigest()}"  # a queue has no place numbers
        return HubMessage(
            body=incoming.body,
            place=f"{settings.queue}{digest}",
            key=incoming.message_id or "",
            attributes=_attributes(incoming.headers),
            document_type=settings.document_type,
            partner=settings.partner,
        )


def _attributes(headers: Any) -> dict[str, str]:
    return {
        name[len(prefix) :]: value
        for name, value in headers.items()
        for prefix in _PREFIXES
        if name.startswith(prefix) and isinstance(value, str)
    }
