"""Reads every source: store first, acknowledge second. A message has the effect of a submission at the API, once, whatever breaks."""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import aclosing
from typing import Final

from gateway.errors import Cause, PermanentError, Refusal, TransientError
from gateway.log import logger
from gateway.pipeline.context import Context, SourceHealth
from gateway.pipeline.held_message import hold_message
from gateway.pipeline.hub_message import HubMessage, read_message
from gateway.pipeline.submission import take_submission
from gateway.pipeline.turns import Turns
from gateway.sources.base import Arrival, Source
from gateway.store.errors import StoreUnavailableError

__all__ = ["Sources"]

_PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)  #: seconds until a source that broke is begun anew; jittered
_LOOK: Final = 0.2
#: refusals that are ours, and pass: the message stays where it is
_PASSING: Final = frozenset({Cause.STORE_UNAVAILABLE, Cause.SHUTTING_DOWN, Cause.OVERLOADED})

_Stored = tuple[str, Refusal | None]  #: the id, and why it is only kept


class Sources:
    """`run` until `stop`. Sources are read side by side; one that breaks does not touch the others."""

    def __init__(self, context: Context, sources: Mapping[str, Source]) -> None:
        self._context = context
        self._sources = sources
        self._turns = Turns()
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Until `stop`; messages under way come to their end."""
        if self._sources:
            await asyncio.gather(*(self._read_on(name, source) for name, source in self._sources.items()))

    def stop(self) -> None:
        """Take no message more."""
        self._stopping.set()

    async def _read_on(self, name: str, source: Source) -> None:
        """One source, begun anew whenever it breaks."""
        context, broken = self._context, 0
        health = context.sources[name] = SourceHealth(source.kind, context.now())
        while not self._stopping.is_set():
            if source.alone and not context.leads():
                await self._pause(_LOOK)
                continue
            taken_before = health.taken + health.held
            try:
                await self._read(name, source, health)
            except (TransientError, PermanentError) as fault:
                self._tell(name, health, fault.cause, fault.detail)
            except StoreUnavailableError as fault:
                self._tell(name, health, Cause.STORE_UNAVAILABLE, fault.detail)
            except Exception as fault:
                logger().exception("source-failed", source=name)
                self._tell(name, health, Cause.INTERNAL_ERROR, type(fault).__name__)
            broken = 0 if health.taken + health.held > taken_before else broken + 1
            pause = _PAUSES[min(broken, len(_PAUSES) - 1)]
            await self._pause(pause * (0.5 + context.random.random() / 2))
        health.is_connected = False

    async def _read(self, name: str, source: Source, health: SourceHealth) -> None:
        """Until the source breaks, or all stops. Messages are checked side by side, stored and acknowledged in their order."""
        context = self._context
        under_way: asyncio.Queue[tuple[Arrival, asyncio.Task[_Stored]] | None] = asyncio.Queue(context.settings.sources[name].prefetch)

        def connected(fault: TransientError | PermanentError | None) -> None:
            if fault is not None:
                self._tell(name, health, fault.cause, fault.detail)
            elif not health.is_connected:
                health.is_connected, health.since, health.cause, health.detail = True, context.now(), None, ""
                context.metrics.source_up(name, is_up=True)
                logger().info("source-connected", source=name)

        async def bring() -> None:
            async with aclosing(source.arrivals(connected)) as arrivals:
                while (arrival := await self._next(arrivals.__anext__())) is not None:
                    await self._room()
                    task = asyncio.create_task(self._store(name, arrival.message))
                    await under_way.put((arrival, task))
                await under_way.put(None)
                await settling  # before the connection goes: what is stored is acknowledged on it

        async def settle() -> None:
            while (one := await under_way.get()) is not None:
                arrival, task = one
                id_, refusal = await task
                if refusal is None:
                    await arrival.taken(id_)
                    health.taken += 1
                else:
                    await arrival.dead(id_, refusal)
                    health.held += 1
                health.last = context.now()
                context.metrics.source_message(name, "taken" if refusal is None else "held")

        settling = asyncio.create_task(settle())
        bringing = asyncio.create_task(bring())
        try:
            await asyncio.wait({bringing, settling}, return_when=asyncio.FIRST_EXCEPTION)
            for task in (settling, bringing):
                if task.done() and not task.cancelled() and (fault := task.exception()) is not None:
                    raise fault
        finally:
            for ended in (bringing, settling):
                ended.cancel()
            await asyncio.gather(bringing, settling, return_exceptions=True)
            while not under_way.empty():
                if (left := under_way.get_nowait()) is not None:
                    left[1].cancel()
                    await asyncio.gather(left[1], return_exceptions=True)

    async def _next(self, coming: Awaitable[Arrival]) -> Arrival | None:
        """The next message; None when all stops."""
        getting = asyncio.ensure_future(coming)
        stopping = asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait({getting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not getting.done():
                return None
            arrival: Arrival = getting.result()
            return arrival
        finally:
            stopping.cancel()
            if not getting.done():
                getting.cancel()
                await asyncio.gather(getting, return_exceptions=True)

    async def _room(self) -> None:
        """While the gateway takes nothing new on, messages stay at their broker."""
        while self._context.overload and not self._stopping.is_set():
            await self._pause(_LOOK)

    async def _store(self, name: str, message: HubMessage) -> _Stored:
        """Durable when it returns: as a document, or held for a person. Raises what passes: the broker will bring it again."""
        context = self._context
        async with self._turns.taken(name) as turn:
            try:
                submission = read_message(
                    message,
                    client=f"source:{name}",
                    limit=context.settings.limits.document_bytes,
                )
                answer = await take_submission(context, submission, turn=turn)
                return str(answer["documentId"]), None
            except StoreUnavailableError:
                raise
            except Refusal as fault:
                if fault.cause in _PASSING:
                    raise TransientError(fault.cause, fault.detail) from fault
                refusal = fault
            except Exception as fault:
                logger().exception("message-not-taken", source=name)
                refusal = Refusal(Cause.INTERNAL_ERROR, type(fault).__name__)
        logger().warning("message-held", source=name, cause=refusal.cause.value)
        return await hold_message(context, name, message, refusal), refusal

    def _tell(self, name: str, health: SourceHealth, cause: Cause, detail: str) -> None:
        """For `gateway status` and the metric; the log is told what is new."""
        context = self._context
        if health.is_connected or (health.cause, health.detail) != (cause, detail):
            logger().warning("source-broken", source=name, cause=cause.value, detail=detail)
        if health.is_connected:
            health.since = context.now()
        health.is_connected, health.cause, health.detail = False, cause, detail
        context.metrics.source_up(name, is_up=False)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
