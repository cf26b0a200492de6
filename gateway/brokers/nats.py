"""NATS by nats-py: a JetStream that is reached when it is needed, and what goes wrong there as our outcomes."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

from gateway.broker_settings import ClientTls, NatsServers
from gateway.client_tls import client_tls
from gateway.errors import Cause, PermanentError, TransientError
from gateway.settings import SecretError

__all__ = ["NatsConnection", "ensure_stream", "faults_told", "subjects_of"]

T = TypeVar("T")
_GOODBYE: Final = 1.0  #: seconds to end a connection in order
_TOO_LARGE: Final = 10054  #: JSStreamMessageExceedsMaximumErr
_REFUSED_WORDS: Final = ("authorization", "authentication", "permissions")


class NatsConnection:
    """One connection. What broke is dropped, and made anew by whoever needs it next: nothing is buffered while the server is away."""

    def __init__(self, servers: NatsServers, *, resolve: Callable[[str], str], name: str) -> None:
        self._servers = servers
        self._resolve = resolve
        self._name = name
        self._client: Client | None = None
        self._broken = asyncio.Event()
        self.number = 0  #: how many connections there have been
        self._lock = asyncio.Lock()

    async def jetstream(self) -> JetStreamContext:
        """The JetStream of an open connection. Raises what the library raises."""
        async with self._lock:
            if self._client is None or not self._client.is_connected:
                await self._drop()
                self._broken = asyncio.Event()
                self._client = await self._connect(self._broken)
                self.number += 1
            return self._client.jetstream(timeout=self._servers.timeout)

    async def unless_broken(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives; the library would wait for its whole time when the connection breaks. Raises what it raises, or that."""
        task, broken = asyncio.ensure_future(work), asyncio.ensure_future(self._broken.wait())
        try:
            await asyncio.wait({task, broken}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise nats.errors.ConnectionClosedError
            return task.result()
        finally:
            task.cancel()
            broken.cancel()

    async def drop(self) -> None:
        """Give up the connection; the next one who asks gets another."""
        async with self._lock:
            await self._drop()

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):  # it is gone either way
                await asyncio.wait_for(client.close(), _GOODBYE)

    async def _connect(self, broken: asyncio.Event) -> Client:
        servers, client = self._servers, Client()
        secure = servers.tls is not None or any(urlsplit(one).scheme == "tls" for one in servers.servers)
        try:
            password = await asyncio.to_thread(self._resolve, servers.password) if servers.password else None
            token = await asyncio.to_thread(self._resolve, servers.token) if servers.token else None
        except SecretError as fault:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
        context = await asyncio.to_thread(client_tls, servers.tls or ClientTls(), self._resolve) if secure else None

        async def closed() -> None:
            broken.set()

        last: Exception = nats.errors.NoServersError()
        for server in servers.servers:  # the library gives up after the first where it may not connect again by itself
            try:
                await client.connect(
                    server,
                    name=self._name,
                    error_cb=_unheard,
                    closed_cb=closed,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=max(1, round(servers.timeout)),
                    user=servers.user,
                    password=password,
                    token=token,
                    tls=context,
                )
                return client
            except (OSError, nats.errors.Error) as fault:
                last = fault
                with suppress(Exception):  # what stands of it
                    await asyncio.wait_for(client.close(), _GOODBYE)
                client = Client()
        raise last


async def _unheard(_fault: Exception) -> None:
    """What breaks is told to whoever uses the connection."""


def subjects_of(template: str) -> str:
    """The subjects that a template can become, as a stream names them: "b2b.{document}.{verb}" as "b2b.>"."""
    fixed: list[str] = []
    for token in template.split("."):
        if "{" in token:
            return ".".join([*fixed, ">"])
        fixed.append(token)
    return template


async def ensure_stream(jetstream: JetStreamContext, name: str, subjects: list[str], **options: Any) -> None:
    """Make a stream where there is none of this name; one that is there stays as it is."""
    try:
        await jetstream.stream_info(name)
    except nats.js.errors.NotFoundError:
        await jetstream.add_stream(StreamConfig(name=name, subjects=subjects, **options))


@asynccontextmanager
async def faults_told(connection: NatsConnection, seconds: float) -> AsyncIterator[None]:
    """What is done in the block has so many seconds. Raises `TransientError` or `PermanentError`, and drops what broke."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except (TransientError, PermanentError):
        raise
    except nats.js.errors.NoStreamResponseError as fault:
        raise PermanentError(Cause.UNROUTABLE, "no stream takes this subject") from fault
    except nats.js.errors.NotFoundError as fault:
        raise PermanentError(Cause.UNROUTABLE, "there is no such stream or consumer") from fault
    except nats.js.errors.APIError as fault:
        if fault.err_code == _TOO_LARGE:
            raise PermanentError(Cause.DELIVERY_REFUSED, "the message is larger than the stream takes") from fault
        if fault.code == 400:
            raise PermanentError(Cause.DELIVERY_REFUSED, f"JetStream refused it (error {fault.err_code})") from fault
        raise TransientError(Cause.DESTINATION_BUSY, f"JetStream cannot take it now (error {fault.err_code})") from fault
    except nats.errors.MaxPayloadError as fault:
        raise PermanentError(Cause.DELIVERY_REFUSED, "the message is larger than the server takes") from fault
    except TimeoutError as fault:
        await connection.drop()
        raise TransientError(Cause.DESTINATION_UNREACHABLE, "no answer in time") from fault
    except nats.errors.Error as fault:
        await connection.drop()
        if any(word in str(fault).lower() for word in _REFUSED_WORDS):  # the protocol has no codes, only these words
            raise PermanentError(Cause.CREDENTIALS_REFUSED, "the server refused user, password or token") from fault
        raise TransientError(Cause.DESTINATION_UNREACHABLE, f"no connection, or it broke off ({type(fault).__name__})") from fault
    except OSError as fault:
        await connection.drop()
        raise TransientError(Cause.DESTINATION_UNREACHABLE, f"no connection, or it broke off ({type(fault).__name__})") from fault
