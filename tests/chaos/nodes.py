"""The nodes of a gateway as processes that are forked from one which has imported everything, and killed without a word."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import NoReturn

from gateway.app import App
from gateway.demo.process import GatewayProcess
from gateway.roles import Role
from tests.acceptance.nursery import ROOT, Forked

ONE = ("all",)
SEVERAL = ("web", "worker", "worker", "poller")


class JumpingClock:
    """The system's clock, moved by as many seconds as a file says: what a wrong time server does to a machine."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self) -> datetime:
        try:
            offset = float(self._file.read_text() or 0)
        except (FileNotFoundError, ValueError):
            offset = 0.0
        return datetime.now(UTC) + timedelta(seconds=offset)


@dataclass
class Node:
    """One process of the gateway."""

    role: str
    process: Forked


class Nodes(GatewayProcess):
    """As `GatewayProcess`, for one process that does all, or several that share a database."""

    roles = ONE
    ready_seconds = 60.0

    def __init__(self, root: Path, port: int) -> None:
        super().__init__(root, port)
        self._nursery: subprocess.Popen[str] | None = None
        self.nodes: list[Node] = []

    def launch(self, output) -> Forked:
        """Start every node; the one that answers over HTTP stands for them."""
        if self._nursery is None:
            command = [sys.executable, "-m", "tests.chaos.nodes"]
            self._nursery = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, cwd=ROOT)
        self.nodes = [self.begin(role) for role in self.roles]
        return self.nodes[0].process

    def begin(self, role: str) -> Node:
        """One more node."""
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        print(json.dumps({"root": str(self.root), "role": role}), file=self._nursery.stdin, flush=True)
        return Node(role, Forked(int(self._nursery.stdout.readline())))

    async def strike(self, chance: Random) -> list[str]:
        """SIGKILL to some of the nodes, at least one; the roles of those."""
        doomed = chance.sample(range(len(self.nodes)), chance.randint(1, len(self.nodes)))
        for place in doomed:
            os.kill(self.nodes[place].process.pid, signal.SIGKILL)
        for place in doomed:
            await asyncio.to_thread(self.nodes[place].process.wait)
        return sorted(self.nodes[place].role for place in doomed)

    async def revive(self) -> None:
        """Start anew every node that is dead, and wait for an answer."""
        for place, node in enumerate(self.nodes):
            if node.process.poll() is not None:
                self.nodes[place] = self.begin(node.role)
        self._process = self.nodes[0].process
        deadline = asyncio.get_running_loop().time() + self.ready_seconds
        while not await self._is_ready():
            if asyncio.get_running_loop().time() > deadline:
                raise RuntimeError(f"not ready again:\n{(self.root / 'gateway.log').read_text(errors='replace')[-3000:]}")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """SIGTERM to all, and the end of the process that they were forked from."""
        for node in self.nodes:
            if node.process.poll() is None:
                node.process.terminate()
        for node in self.nodes:
            try:
                await asyncio.to_thread(node.process.wait, 30)
            except subprocess.TimeoutExpired:
                os.kill(node.process.pid, signal.SIGKILL)
        if self._nursery is not None:
            self._nursery.communicate()
            self._nursery = None


async def serve(root: Path, role: Role) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    for _ in range(100):
        try:
            app = await App.open(root, role=role, clock=JumpingClock(root / "clock"))
            break
        except Exception:  # the database may be starting; what starts processes tries again, too
            traceback.print_exc()
            await asyncio.sleep(0.2)
    try:
        await app.start()
        await ended.wait()
    finally:
        await app.stop()


def become(root: Path, role: Role) -> NoReturn:
    log = os.open(root / "gateway.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for stream, end in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2)):
        os.dup2(stream, end)
    try:
        asyncio.run(serve(root, role))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def nurse() -> None:
    """Fork a node for each line of standard input, and print its process id."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            become(Path(asked["root"]), Role(asked["role"]))
        print(child, flush=True)


if __name__ == "__main__":
    nurse()
