"""NATS by nats-py: a JetStream that is reached when it is needed, and what goes wrong there as our outcomes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, TypeVar

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamConfig

from gateway.broker_settings import ClientTls, NatsServers
from gateway.brokers.nats_login import login
from gateway.client_tls import broken_off, client_tls
from gateway.errors import Cause, PermanentError, TransientError

__all__ = ["NatsConnection", "ensure_stream", "faults_told", "subjects_of"]

# asyncio says it of every TLS connection that ends, for the library puts TLS under a stream that knows nothing of it
logging.getLogger("asyncio").addFilter(lambda record: "eof_received" not in str(record.msg))
T = TypeVar("T")
_GOODBYE: Final = 1.0  #: seconds to end a connection in order
_HANG_UP: Final = 0.1  #: seconds to end one that was refused
_TOO_LARGE: Final = 10054  #: JSStreamMessageExceedsMaximumErr
_REFUSED_WORDS: Final = ("authorization", "authentication", "permissions")


class _Client(Client):
    """The library speaks in the clear with a server that does not ask for TLS, whatever it was told. This one does not."""

    def __init__(self, *, is_secure: bool) -> None:
        super().__init__()
        self._is_secure = is_secure

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's
        """The server's greeting, before anything is said to it. Raises `TransientError`."""
        if initial_connection and self._is_secure and not info.get("tls_required"):
            if not info.get("tls_available"):
                raise TransientError(Cause.DESTINATION_UNREACHABLE, "the server does not speak TLS, and is told nothing in the clear")
            info["tls_required"] = True  # where both are taken, the library would choose the worse
        await super()._process_info(info, initial_connection)


class NatsConnection:
    """One connection. What broke is dropped, and made anew by whoever needs it next: nothing is buffered while the server is away."""

    def __init__(self, servers: NatsServers, *, resolve: Callable[[str], str], name: str) -> None:
        self._servers = servers
        self._resolve = resolve
        self._name = name
        self._client: Client | None = None
        self._broken = asyncio.Event()
        self.number = 0  #: how many connections there have been
        self.refused = ""  #: what is said when the server refuses the login
        self.is_denied = False  #: the server did not allow something on this connection; it says so, and leaves requests without answer
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
        servers = self._servers
        said = await asyncio.to_thread(login, servers, self._resolve)
        context = await asyncio.to_thread(client_tls, servers.tls or ClientTls(), self._resolve)
        self.refused, self.is_denied = said.refused, False

        async def closed() -> None:
            broken.set()

        last: Exception = nats.errors.NoServersError()
        for server in servers.servers:  # the library gives up after the first where it may not connect again by itself
            client = _Client(is_secure=servers.is_secure and not servers.handshake_first)  # then TLS stands before the greeting
            try:
                await client.connect(
                    server,
                    name=self._name,
                    error_cb=self._heard,
                    closed_cb=closed,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=max(1, round(servers.timeout)),
                    tls=context,
                    tls_handshake_first=servers.handshake_first,
                    inbox_prefix=servers.inbox_prefix,
                    **said.options,
                )
                return client
            except (OSError, nats.errors.Error, TransientError) as fault:
                last = fault
                with suppress(Exception):  # what stands of it; after a broken handshake the library would wait for ever
                    await asyncio.wait_for(client.close(), _HANG_UP)
        raise last

    async def _heard(self, fault: Exception) -> None:
        """What breaks is told to whoever uses the connection."""
        if "permissions" in str(fault).lower():
            self.is_denied = True


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
        is_denied = connection.is_denied  # of this connection; there may be another one in a moment
        await connection.drop()
        if is_denied:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, "the server does not allow this user that") from fault
        raise TransientError(Cause.DESTINATION_UNREACHABLE, "no answer in time") from fault
    except nats.errors.Error as fault:
        await connection.drop()
        if any(word in str(fault).lower() for word in _REFUSED_WORDS):  # the protocol has no codes, only these words
            raise PermanentError(Cause.CREDENTIALS_REFUSED, connection.refused) from fault
        raise broken_off(fault) from fault
    except OSError as fault:
        await connection.drop()
        raise broken_off(fault) from fault
