"""Kafka topics as a source: offsets move when messages are stored; bad messages go to the topic with ".dead"."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from gateway.brokers.kafka import client_options, fault_of
from gateway.errors import Cause, PermanentError, Refusal
from gateway.log import logger
from gateway.pipeline.hub_message import HubMessage
from gateway.source_settings import KafkaSource as Settings
from gateway.sources.base import Connected

__all__ = ["KafkaSource"]

_LOOK: Final = 0.2  #: seconds that a look waits for the first message
_PREFIX: Final = "ce_"
_PASSING: Final = frozenset({KafkaError._TRANSPORT, KafkaError._PARTITION_EOF, KafkaError._RESOLVE})  # the client tries again by itself


class _Reading:
    """A consumer with a thread of its own, since its calls block."""

    def __init__(self, settings: Settings, options: dict[str, object]) -> None:
        self.settings = settings
        self.options = options
        self.last: KafkaError | None = None
        self.down: KafkaError | None = None  #: while no broker answers; the client goes on by itself, and keeps its place in the group
        self.is_assigned = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="kafka-source")
        self.consumer = Consumer(
            {
                **options,
                "group.id": settings.group,
                "auto.offset.reset": "earliest",
                "enable.auto.offset.store": False,  #: we say which are done; the client commits those
                "enable.auto.commit": True,
                "auto.commit.interval.ms": 500,
                "queued.max.messages.kbytes": 16384,
                "error_cb": self._told,
            }
        )
        self.consumer.subscribe(list(settings.topics), on_assign=self._assigned)

    def _told(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self.down = error
        elif error.code() not in _PASSING:
            self.last = error

    def _assigned(self, _consumer: Consumer, _partitions: list[TopicPartition]) -> None:
        self.is_assigned = True

    async def look(self) -> list[Message]:
        """Messages, perhaps none. Raises `TransientError` or `PermanentError`."""
        loop = asyncio.get_running_loop()
        if self.down is not None and await loop.run_in_executor(self._thread, self._answers):
            self.down = None
        found: list[Message] = await loop.run_in_executor(self._thread, self.consumer.consume, self.settings.prefetch, _LOOK)
        faults: Iterable[KafkaError | None] = (self.last, *(one.error() for one in found))
        for fault in faults:
            if fault is not None and fault.code() not in _PASSING:
                raise fault_of(fault)
        return [one for one in found if one.error() is None]

    def _answers(self) -> bool:
        with suppress(KafkaException):
            return bool(self.consumer.list_topics(timeout=_LOOK).brokers)
        return False

    def done(self, message: Message) -> None:
        """The group goes on behind this message, also after a restart."""
        behind = TopicPartition(str(message.topic()), int(message.partition() or 0), int(message.offset() or 0) + 1)
        with suppress(KafkaException):  # the partition is another's by now, who will read it again
            self.consumer.store_offsets(offsets=[behind])

    async def bury(self, topic: str, message: Message, headers: list[tuple[str, str | bytes | None]]) -> bool:
        """Leave a copy in a topic; whether it arrived. The gateway has kept the message either way."""

        def produce() -> bool:
            producer = Producer({**self.options, "enable.idempotence": True, "message.timeout.ms": round(self.settings.timeout * 1000)})
            reports: list[KafkaError | None] = []
            producer.produce(topic, message.value(), message.key(), headers=headers, on_delivery=lambda error, _: reports.append(error))
            producer.flush(self.settings.timeout)
            return reports == [None]

        return await asyncio.to_thread(produce)

    async def close(self) -> None:
        """Commit what is done, leave the group."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self.consumer.close)
        self._thread.shutdown(wait=False)


@dataclass(frozen=True, slots=True)
class _Arrival:
    message: HubMessage
    incoming: Message
    reading: _Reading

    async def taken(self, id_: str) -> None:  # noqa: ARG002 - a topic does not know our ids
        self.reading.done(self.incoming)

    async def dead(self, id_: str, refusal: Refusal) -> None:
        suffix = self.reading.settings.dead_suffix
        if suffix is not None:
            told = [("gateway-cause", refusal.cause.value.encode()), ("gateway-held", id_.encode())]
            topic = f"{self.incoming.topic()}{suffix}"
            if not await self.reading.bury(topic, self.incoming, [*_headers(self.incoming), *told]):
                logger().warning("dead-letter-not-taken", topic=topic)
        self.reading.done(self.incoming)


class KafkaSource:
    """Reads topics as a member of a consumer group."""

    kind: ClassVar[str] = "kafka"
    alone: ClassVar[bool] = False

    def __init__(self, settings: Settings, *, resolve: Callable[[str], str]) -> None:
        self._settings = settings
        self._resolve = resolve

    async def arrivals(self, connected: Connected) -> AsyncGenerator[_Arrival, None]:
        """As `Source.arrivals`."""
        settings = self._settings
        options = await asyncio.to_thread(client_options, settings, self._resolve, "gateway-source")
        try:
            reading = _Reading(settings, options)
        except KafkaException as fault:  # certificates and keys are read when the client is made
            raise PermanentError(Cause.CREDENTIALS_REFUSED, f"no client can be made ({fault.args[0].name()})") from fault
        try:
            while True:
                batch = await reading.look()
                if reading.down is not None:
                    connected(fault_of(reading.down))
                elif reading.is_assigned:
                    connected(None)
                for one in batch:
                    yield _Arrival(self._message(one), one, reading)
        finally:
            await reading.close()

    def _message(self, incoming: Message) -> HubMessage:
        settings = self._settings
        named = {name: value.decode(errors="replace") for name, value in _headers(incoming)}
        return HubMessage(
            body=incoming.value() or b"",
            place=f"{incoming.topic()}/{incoming.partition()}/{incoming.offset()}",
            attributes={name.removeprefix(_PREFIX): value for name, value in named.items() if name.startswith(_PREFIX)},
            document_type=settings.document_type,
            partner=settings.partner,
        )


def _headers(message: Message) -> list[tuple[str, bytes]]:
    found = message.headers() or []
    pairs = found.items() if isinstance(found, dict) else found
    return [(name, value) for name, value in pairs if isinstance(value, bytes)]
