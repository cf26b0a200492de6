"""Kafka as a way to the hub: an idempotent producer whose report of each message is awaited; one key is one partition, so order stays."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from gateway.brokers.kafka import client_options, fault_of, is_vague, refuses_login
from gateway.errors import Cause, PermanentError, TransientError
from gateway.sink_settings import KafkaSink as Settings
from gateway.sinks.attributes import CONTENT_TYPE, attributes, filled
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.usage import check_usage

__all__ = ["KafkaSink"]

_POLL: Final = 0.1  #: seconds
_GOODBYE: Final = 1.0  #: seconds for the reports of what is given up


class _Producing:
    """A producer, and the thread that hears its reports. One that met a fatal error is replaced."""

    def __init__(self, settings: Settings, resolve: Callable[[str], str]) -> None:
        self.last: KafkaError | None = None  #: what says most of the connections since something was delivered
        self._is_down = False  #: since then all brokers were away at once
        self.is_refused = False  #: no broker lets us in
        self.producer = Producer(
            {
                **client_options(settings, resolve, "gateway-sink"),
                "error_cb": self._told,
                "enable.idempotence": True,
                "acks": "all",
                "partitioner": "murmur2_random",  #: where Java's clients put the same key
                "linger.ms": 2,
                "delivery.timeout.ms": round(settings.timeout * 1000),
                "message.max.bytes": settings.max_bytes + 64 * 1024,
                "queue.buffering.max.kbytes": settings.queue_bytes // 1024,
            }
        )
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._hear, name="kafka-sink", daemon=True)
        self._thread.start()

    def _hear(self) -> None:
        while not self._stopping.is_set():
            self.producer.poll(_POLL)

    def _told(self, error: KafkaError) -> None:
        last = self.last if self.last is not None and is_vague(error) else error
        self.last = last
        self._is_down = self._is_down or error.code() == KafkaError._ALL_BROKERS_DOWN
        if self._is_down and refuses_login(last):  # the client would try a wrong password again and again for as long as it lives
            self.is_refused = True
            self.producer.purge()

    def delivered(self) -> None:
        """What was told of the connections is over."""
        self.last, self._is_down = None, False

    def close(self, seconds: float) -> None:
        """Let what is under way come to its report. The client would live on, and go on asking, until its memory is looked for."""
        self.producer.flush(seconds)
        self._stopping.set()
        self._thread.join(2 * _POLL + 1)
        self.producer.purge()
        self.producer.close()


class KafkaSink:
    """Produces to a topic under the event's partition key; the header `ce_id` is the event's id."""

    kind: ClassVar[str] = "kafka"

    def __init__(self, settings: Settings, *, resolve: Callable[[str], str]) -> None:
        self._settings = settings
        self._resolve = resolve
        self._producing: _Producing | None = None
        self._lock = asyncio.Lock()

    async def deliver(self, event: OutgoingEvent) -> str:
        """As `Sink.deliver`: back when all replicas in sync have it. The answer is its place."""
        settings, usage = self._settings, check_usage(self._settings.usage, event)
        if len(event.body) > settings.max_bytes:
            raise PermanentError(Cause.DELIVERY_REFUSED, f"{len(event.body)} bytes; max_bytes is {settings.max_bytes}")
        headers = {"content-type": CONTENT_TYPE, **attributes(event, "ce_", usage)}
        producing, loop = await self._ready(), asyncio.get_running_loop()
        report: asyncio.Future[str] = loop.create_future()

        def told(error: KafkaError | None, message: Message) -> None:
            with suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(_settle, report, error, f"{message.topic()}/{message.partition()}/{message.offset()}")

        try:
            producing.producer.produce(
                filled(settings.topic, event, usage),
                event.body,
                event.partition_key.encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
                on_delivery=told,
            )
        except BufferError as fault:
            raise TransientError(Cause.DESTINATION_BUSY, "as much as may wait for the brokers waits already") from fault
        except KafkaException as fault:
            await self._replace_if_dead(producing, fault.args[0])
            raise fault_of(fault.args[0]) from fault
        try:
            async with asyncio.timeout(settings.timeout + 2):
                place = await report
        except TimeoutError as fault:
            raise TransientError(Cause.DESTINATION_UNREACHABLE, "no report in time") from fault
        except KafkaException as fault:
            await self._replace_if_dead(producing, fault.args[0])
            raise fault_of(fault.args[0], producing.last) from fault
        producing.delivered()
        return place

    async def close(self) -> None:
        """Flush, within the time of an answer."""
        producing, self._producing = self._producing, None
        if producing is not None:
            await asyncio.to_thread(producing.close, self._settings.timeout)

    async def _ready(self) -> _Producing:
        async with self._lock:
            if self._producing is None:
                try:
                    self._producing = await asyncio.to_thread(_Producing, self._settings, self._resolve)
                except KafkaException as fault:  # certificates and keys are read when the client is made
                    raise PermanentError(Cause.CREDENTIALS_REFUSED, f"no client can be made ({fault.args[0].name()})") from fault
            return self._producing

    async def _replace_if_dead(self, producing: _Producing, error: KafkaError) -> None:
        if error.fatal() or producing.is_refused:
            async with self._lock:
                is_mine = self._producing is producing  # of all whose deliveries failed, one ends it
                self._producing = None if is_mine else self._producing
            if is_mine:
                await asyncio.to_thread(producing.close, _GOODBYE)


def _settle(report: "asyncio.Future[str]", error: KafkaError | None, place: str) -> None:
    if report.done():  # who waited has given up
        return
    if error is None:
        report.set_result(place)
    else:
        report.set_exception(KafkaException(error))
