"""NATS JetStream as a way to the hub: each message acknowledged by the stream, which drops repetitions within its window by their id."""

from collections.abc import Callable
from typing import ClassVar

from nats.js import JetStreamContext

from gateway.brokers.nats import NatsConnection, ensure_stream, faults_told, subjects_of
from gateway.sink_settings import NatsSink as Settings
from gateway.sinks.attributes import CONTENT_TYPE, attributes, filled
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.usage import check_usage

__all__ = ["NatsSink"]


class NatsSink:
    """Publishes to subjects of one stream; `Nats-Msg-Id` is the event's id, of a replay with the replay's."""

    kind: ClassVar[str] = "nats"

    def __init__(self, settings: Settings, *, resolve: Callable[[str], str]) -> None:
        self._settings = settings
        self._connection = NatsConnection(settings, resolve=resolve, name="gateway sink")
        self._declared_on = 0  #: the connection on which the stream was there

    async def deliver(self, event: OutgoingEvent) -> str:
        """As `Sink.deliver`: back when the stream has it on its disks. The answer is its place there."""
        settings, usage = self._settings, check_usage(self._settings.usage, event)
        headers = {"Nats-Msg-Id": event.message_id, "Content-Type": CONTENT_TYPE, **attributes(event, "ce-", usage)}
        subject = filled(settings.subject, event, usage)
        async with faults_told(self._connection, settings.timeout):
            jetstream = await self._connection.jetstream()
            await self._connection.unless_broken(self._declare(jetstream))
            publishing = jetstream.publish(subject, event.body, timeout=settings.timeout, stream=settings.stream, headers=headers)
            stored = await self._connection.unless_broken(publishing)
        return f"{stored.stream} {stored.seq}{', was there' if stored.duplicate else ''}"

    async def close(self) -> None:
        """Give the connection back."""
        await self._connection.drop()

    async def _declare(self, jetstream: JetStreamContext) -> None:
        settings = self._settings
        if settings.declare and self._declared_on != self._connection.number:
            subjects = [subjects_of(settings.subject)]
            await ensure_stream(jetstream, settings.stream, subjects, duplicate_window=settings.duplicate_window)
            self._declared_on = self._connection.number
