"""A JetStream as a source: a durable pull consumer, acknowledged when stored; bad messages go to the dead subject and come no more."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import ClassVar, Final

import nats.errors
import nats.js.errors
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from gateway.brokers.nats import NatsConnection, ensure_stream, faults_told
from gateway.errors import Refusal
from gateway.log import logger
from gateway.pipeline.hub_message import HubMessage
from gateway.source_settings import NatsSource as Settings
from gateway.sources.base import Connected

__all__ = ["NatsSource"]

_LOOK: Final = 1.0  #: seconds that a fetch waits for the first message
_PREFIX: Final = "ce-"


@dataclass(frozen=True, slots=True)
class _Arrival:
    message: HubMessage
    incoming: Msg
    jetstream: JetStreamContext
    connection: NatsConnection
    settings: Settings

    async def taken(self, id_: str) -> None:  # noqa: ARG002 - a stream does not know our ids
        async with faults_told(self.connection, self.settings.timeout):
            await self.incoming.ack()

    async def dead(self, id_: str, refusal: Refusal) -> None:
        subject = self.settings.dead
        async with faults_told(self.connection, self.settings.timeout):
            if subject is not None:
                told = {"Gateway-Cause": refusal.cause.value, "Gateway-Held": id_, "Nats-Msg-Id": f"dead-{id_}"}
                try:
                    await self.jetstream.publish(subject, self.incoming.data, headers={**(self.incoming.headers or {}), **told})
                except (nats.js.errors.Error, nats.errors.MaxPayloadError) as fault:  # the gateway has kept it: nothing is lost
                    logger().warning("dead-letter-not-taken", subject=subject, fault=type(fault).__name__)
            await self.incoming.term()


class NatsSource:
    """Reads one subject of one stream."""

    kind: ClassVar[str] = "nats"
    alone: ClassVar[bool] = False

    def __init__(self, settings: Settings, *, resolve: Callable[[str], str]) -> None:
        self._settings = settings
        self._connection = NatsConnection(settings, resolve=resolve, name="gateway source")

    async def arrivals(self, connected: Connected) -> AsyncGenerator[_Arrival, None]:
        """As `Source.arrivals`."""
        settings = self._settings
        try:
            async with faults_told(self._connection, settings.timeout):
                jetstream = await self._connection.jetstream()
                consumer = await self._connection.unless_broken(self._consumer(jetstream))
            connected(None)
            while True:
                async with faults_told(self._connection, settings.timeout + _LOOK):
                    try:
                        batch = await self._connection.unless_broken(consumer.fetch(settings.prefetch, _LOOK))
                    except TimeoutError:  # nothing there; the library has two of them
                        continue
                for one in batch:
                    yield _Arrival(self._message(one), one, jetstream, self._connection, settings)
        finally:
            await self._connection.drop()

    async def _consumer(self, jetstream: JetStreamContext) -> JetStreamContext.PullSubscription:
        settings = self._settings
        if settings.declare:
            await ensure_stream(jetstream, settings.stream, [settings.subject, *([settings.dead] if settings.dead else [])])
        config = ConsumerConfig(
            durable_name=settings.durable,
            filter_subject=settings.subject,
            ack_policy=AckPolicy.EXPLICIT,
            deliver_policy=DeliverPolicy.ALL,
            ack_wait=settings.ack_wait,
            max_deliver=-1,
            max_ack_pending=2 * settings.prefetch,
        )
        return await jetstream.pull_subscribe(settings.subject, settings.durable, settings.stream, config)

    def _message(self, incoming: Msg) -> HubMessage:
        settings, headers = self._settings, incoming.headers or {}
        return HubMessage(
            body=incoming.data,
            place=f"{settings.stream}/{incoming.metadata.sequence.stream}",
            key=headers.get("Nats-Msg-Id", ""),
            attributes={name.removeprefix(_PREFIX): value for name, value in headers.items() if name.startswith(_PREFIX)},
            document_type=settings.document_type,
            partner=settings.partner,
        )
