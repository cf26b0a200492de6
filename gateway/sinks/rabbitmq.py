"""RabbitMQ as a way to the hub: persistent messages, each confirmed by the broker before it counts as delivered."""

from collections.abc import Callable
from typing import ClassVar

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractChannel, AbstractExchange

from gateway.brokers.rabbitmq import RabbitMqConnection, faults_told
from gateway.errors import Cause, PermanentError
from gateway.sink_settings import RabbitMqSink as Settings
from gateway.sinks.attributes import CONTENT_TYPE, attributes, filled
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.usage import check_usage

__all__ = ["RabbitMqSink"]


class RabbitMqSink:
    """Publishes to one exchange. The message's id is the event's: a consumer drops what it has seen."""

    kind: ClassVar[str] = "rabbitmq"

    def __init__(self, settings: Settings, *, resolve: Callable[[str], str]) -> None:
        self._settings = settings
        self._connection = RabbitMqConnection(settings, resolve=resolve, name="gateway sink")
        self._exchange: tuple[AbstractChannel, AbstractExchange] | None = None  #: with the channel that it was looked up on

    async def deliver(self, event: OutgoingEvent) -> str:
        """As `Sink.deliver`: back when the queues have it on their disks. One that no queue takes is held."""
        settings, usage = self._settings, check_usage(self._settings.usage, event)
        if len(event.body) > settings.max_bytes:
            raise PermanentError(Cause.DELIVERY_REFUSED, f"{len(event.body)} bytes; max_bytes is {settings.max_bytes}")
        message = Message(
            event.body,
            content_type=CONTENT_TYPE,
            delivery_mode=DeliveryMode.PERSISTENT,
            message_id=event.event_id,
            correlation_id=event.correlation_id,
            type=event.type,
            app_id="gateway",
            headers=dict(attributes(event, "cloudEvents:", usage)),
        )
        async with faults_told(self._connection, settings.timeout):
            exchange = await self._ready()
            await exchange.publish(message, filled(settings.routing_key, event, usage), mandatory=True)
        return "confirmed"

    async def close(self) -> None:
        """Give the connection back."""
        await self._connection.drop()

    async def _ready(self) -> AbstractExchange:
        channel = await self._connection.channel()
        if self._exchange is None or self._exchange[0] is not channel:
            self._exchange = channel, await self._declared(channel)
        return self._exchange[1]

    async def _declared(self, channel: AbstractChannel) -> AbstractExchange:
        """The exchange; with `declare` it is made, and the queue behind it, with the place for what that one's consumers reject."""
        settings = self._settings
        if not settings.declare:
            return await channel.get_exchange(settings.exchange, ensure=True)
        exchange = await channel.declare_exchange(settings.exchange, settings.exchange_kind, durable=True)
        if settings.queue is not None:
            dead = settings.dead_letter_exchange
            if dead is not None:
                await (await channel.declare_queue(dead, durable=True)).bind(
                    await channel.declare_exchange(dead, "fanout", durable=True), routing_key=""
                )
            arguments = {"x-dead-letter-exchange": dead} if dead is not None else {}
            queue = await channel.declare_queue(settings.queue, durable=True, arguments=dict(arguments))
            await queue.bind(exchange, routing_key="#" if settings.exchange_kind == "topic" else settings.routing_key)
        return exchange
