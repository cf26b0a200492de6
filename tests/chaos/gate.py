"""A TCP proxy in a process of its own, in front of the database: it carries, and cuts everything when it is told to."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import Self

_BLOCK = 1 << 16


class Gate:
    """As a context manager; `cut` drops every connection that goes through."""

    def __init__(self, target: int) -> None:
        self._target = target

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([sys.executable, "-m", "tests.chaos.gate", str(self._target)], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def cut(self) -> None:
        os.kill(self._process.pid, signal.SIGUSR1)


async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(_BLOCK):
            sink.write(data)
            await sink.drain()
    sink.close()


async def stand(target: int) -> None:
    writers: set[asyncio.StreamWriter] = set()

    async def pass_through(client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        try:
            server, to_server = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            to_client.close()
            return
        both = {to_client, to_server}
        writers.update(both)
        await asyncio.gather(carry(client, to_server), carry(server, to_client))
        writers.difference_update(both)

    def cut() -> None:
        for writer in tuple(writers):
            writer.transport.abort()

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, cut)
    standing = await asyncio.start_server(pass_through, "127.0.0.1", 0)
    print(standing.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(stand(int(sys.argv[1])))
