"""RabbitMQ by aio-pika: a channel that is made when it is needed, and what goes wrong there as our outcomes."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from traceback import walk_tb
from typing import Final
from urllib.parse import urlsplit

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq import exceptions as amqp
from aiormq import spec

from gateway.broker_settings import RabbitMqServer
from gateway.client_tls import broken_off, client_tls
from gateway.errors import Cause, PermanentError, TransientError
from gateway.settings import SecretError

__all__ = ["RabbitMqConnection", "faults_told"]

for _name in ("aio_pika", "aiormq"):  # what breaks is told to whoever uses the connection; they would add tracebacks
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False
_GOODBYE: Final = 1.0  #: seconds to end a connection in order
_REFUSED: Final = {
    "password": "the broker refused user or password",
    "certificate": "the broker refused the login by certificate, or does not offer it (EXTERNAL)",
}
#: reply codes of a virtual host that is not there, or not for this user (AMQP 0-9-1: access-refused, not-allowed)
_NOT_OPENED: Final = frozenset({403, 530})
_FULL: Final = "limit"  #: under the same code it says that it takes no more connections, which passes; nothing else tells the two apart
_PORTS: Final = {"amqp": 5672, "amqps": 5671}


class _Connection(aio_pika.Connection):
    """We close what we opened; the library's own would begin to close one that never stood whenever it is collected."""

    def __del__(self) -> None:
        """Nothing is left to do."""


class RabbitMqConnection:
    """One connection with one channel. What broke is dropped, and made anew by whoever needs it next: no one waits for a dead one."""

    def __init__(self, server: RabbitMqServer, *, resolve: Callable[[str], str], name: str) -> None:
        self._server = server
        self._resolve = resolve
        self._name = name
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._lock = asyncio.Lock()
        #: what is said when the broker refuses the login
        self.refused = _REFUSED[server.login]

    async def channel(self) -> AbstractChannel:
        """An open channel with publisher confirms; what it sends and no queue takes comes back. Raises what the library raises."""
        async with self._lock:
            if self._channel is None or self._channel.is_closed:
                await self._drop()
                self._connection = await self._connect()
                self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            return self._channel

    async def drop(self) -> None:
        """Give up the connection; the next one who asks for a channel gets another."""
        async with self._lock:
            await self._drop()

    async def _drop(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            with suppress(Exception):  # it is gone either way
                await asyncio.wait_for(connection.close(), _GOODBYE)
            await asyncio.sleep(0)  # the library's own callbacks come to their end

    async def _connect(self) -> AbstractConnection:
        server, parts = self._server, urlsplit(self._server.url)
        try:
            password = await asyncio.to_thread(self._resolve, server.password) if server.password else "guest"
        except SecretError as fault:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
        secure = parts.scheme == "amqps"
        return await aio_pika.connect(
            host=parts.hostname or "",
            port=parts.port or _PORTS[parts.scheme],
            login=server.user,
            password=password,
            virtualhost=server.virtual_host,
            ssl=secure,
            ssl_context=await asyncio.to_thread(client_tls, server.tls, self._resolve) if secure else None,
            timeout=server.timeout,
            client_properties={"connection_name": self._name},
            auth="external" if server.login == "certificate" else "plain",
            connection_class=_Connection,
        )


def _closed_with(fault: amqp.InvalidFrameError) -> spec.Connection.Close | None:
    """What the broker said in place of opening the virtual host. The library raises without it, so it is read where it was raised."""
    for frame, _ in walk_tb(fault.__traceback__):
        found = frame.f_locals.get("frame")
        if isinstance(found, spec.Connection.Close):
            return found
    return None


@asynccontextmanager
async def faults_told(connection: RabbitMqConnection, seconds: float) -> AsyncIterator[None]:
    """What is done in the block has so many seconds. Raises `TransientError` or `PermanentError`, and drops what broke."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except amqp.PublishError as fault:
        raise PermanentError(Cause.UNROUTABLE, "no queue takes this routing key") from fault
    except amqp.DeliveryError as fault:
        raise TransientError(Cause.DESTINATION_BUSY, "the broker did not take it: a queue is full") from fault
    except (amqp.AuthenticationError, amqp.ProbableAuthenticationError) as fault:
        raise PermanentError(Cause.CREDENTIALS_REFUSED, connection.refused) from fault
    except (amqp.ConnectionNotAllowed, amqp.ChannelAccessRefused) as fault:
        await connection.drop()
        raise PermanentError(Cause.CREDENTIALS_REFUSED, "the broker does not allow this user that") from fault
    except amqp.ChannelNotFoundEntity as fault:
        await connection.drop()
        raise PermanentError(Cause.UNROUTABLE, "the broker has no such exchange or queue") from fault
    except amqp.ChannelPreconditionFailed as fault:
        await connection.drop()
        raise PermanentError(Cause.DELIVERY_REFUSED, "the exchange or queue exists otherwise, or the message is too large") from fault
    except amqp.InvalidFrameError as fault:
        await connection.drop()
        if "Connection.Close" not in str(fault):
            raise broken_off(fault) from fault
        said = _closed_with(fault)
        if said is not None and said.reply_code in _NOT_OPENED and _FULL not in said.reply_text:
            words = "the broker does not open the virtual host: there is none, or this user may not use it"
            raise PermanentError(Cause.VIRTUAL_HOST_REFUSED, words) from fault
        raise TransientError(Cause.DESTINATION_UNREACHABLE, "the broker does not open the virtual host now") from fault
    except (TransientError, PermanentError):
        raise
    except TimeoutError as fault:
        await connection.drop()
        raise TransientError(Cause.DESTINATION_UNREACHABLE, "no answer in time") from fault
    except (amqp.AMQPError, OSError, RuntimeError) as fault:  # a channel that closed while it was used is a RuntimeError to the library
        await connection.drop()
        raise broken_off(fault) from fault
