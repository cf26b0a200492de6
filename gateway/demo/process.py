"""The gateway of the demo as a process of its own, so that it can be killed in earnest, and its local socket."""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import aiohttp

from gateway.service.admin import PREFIX
from gateway.service.local import reachable_path
from gateway.service.operations_table import OPERATIONS

__all__ = ["GatewayProcess", "free_port"]


def free_port() -> int:
    """A local port that nobody listens on just now, below those that systems give to connections: none of them takes it meanwhile."""
    while True:
        port = 20_000 + secrets.randbelow(10_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class GatewayProcess:
    """`gateway serve` on a workspace; its log goes to gateway.log there."""

    ready_seconds = 120.0  #: it is given up when it does not answer by then

    def __init__(self, root: Path, port: int) -> None:
        self.root = root
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        """The address of its service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None, "the gateway is not running"
        return self._process.pid

    def launch(self, output: IO[bytes]) -> "subprocess.Popen[bytes]":
        """Start the process; what it prints goes to `output`."""
        command = [sys.executable, "-m", "gateway", "--workspace", str(self.root), "serve"]
        return subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises RuntimeError with the end of its log."""
        log = self.root / "gateway.log"
        with log.open("ab") as output:
            self._process = self.launch(output)
        deadline = asyncio.get_running_loop().time() + self.ready_seconds
        while not await self._is_ready():
            if self._process.poll() is not None or asyncio.get_running_loop().time() > deadline:
                raise RuntimeError(f"the gateway did not start:\n{log.read_text(errors='replace')[-2000:]}")
            await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGKILL)
        await self.reap()

    async def reap(self) -> None:
        """Wait for the end of a process that was killed."""
        assert self._process is not None
        await asyncio.to_thread(self._process.wait)

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL when it does not end in time."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            await asyncio.to_thread(self._process.wait, 10)
        except subprocess.TimeoutExpired:
            await self.kill()

    async def _is_ready(self) -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.base}/healthz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    async def ask(self, operation: str, id_: str = "", **arguments: Any) -> dict[str, Any]:
        """An operation over the socket in the data folder, as the command line asks it. Raises `aiohttp.ClientResponseError`."""
        one = OPERATIONS[operation]
        url = f"http://gateway{PREFIX}{one.path.replace('{id}', id_)}"
        sent: dict[str, Any] = {"params": arguments} if one.method == "GET" else {"json": arguments}
        with reachable_path(self.root / "data") as path:
            session = aiohttp.ClientSession(connector=aiohttp.UnixConnector(path))
            async with session, session.request(one.method, url, **sent) as answer:
                answer.raise_for_status()
                found: dict[str, Any] = await answer.json()
                return found

    async def command(self, *arguments: str) -> tuple[int, str]:
        """A `gateway` command as a person would type it; its exit code and what it printed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway",
            "--workspace",
            str(self.root),
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "COLUMNS": "150", "NO_COLOR": "1"},
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode(errors="replace")
