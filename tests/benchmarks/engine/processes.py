"""Processes of a run, each with the CPU time that it took: that is what stays the same on a machine that others use too."""

import asyncio
import json
import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from gateway.demo.process import free_port
from tests.benchmarks.engine.figures import Run
from tests.benchmarks.engine.parties import Order
from tests.support.children import children_of

__all__ = ["Child", "cpu_of", "drive"]

_ROOT = Path(__file__).parents[3]
_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """Seconds of all threads of a process, of its children, and of those that it waited for."""
    return sum(_ticks_of(one) for one in (pid, *children_of(pid))) / _TICKS


def _ticks_of(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15])


@dataclass
class Child:
    """`python -m tests.benchmarks.engine.<name>` with these arguments, stopped by SIGTERM."""

    name: str
    arguments: tuple[str, ...]
    port: int
    _process: "asyncio.subprocess.Process | None" = None

    @classmethod
    async def start(cls, name: str, *arguments: str, port: int | None = None) -> "Child":
        """Start it, and wait until its port answers. `{port}` among the arguments is replaced."""
        port = port or free_port()
        child = cls(name, tuple(argument.replace("{port}", str(port)) for argument in arguments), port)
        child._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", f"tests.benchmarks.engine.{name}", *child.arguments, cwd=_ROOT
        )
        for _ in range(400):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return child
        raise TimeoutError(f"{name} did not start")

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._process is not None
        return self._process.pid

    async def stop(self) -> None:
        """End it."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        await self._process.wait()


async def ask(hub: Child, path: str) -> dict[str, Any]:
    """What the hub's book says."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{hub.port}{path}") as answer:
        told: dict[str, Any] = json.loads(await answer.read())
        return told


async def drive(
    orders: Sequence[Order], port: int, hub: Child, pids: Sequence[int], *, connections: int = 32, rate: float = 0, seconds: float = 60
) -> Run:
    """Send the orders, wait until the hub has each; `rate` is a second, 0 for as fast as they are taken.

    Raises AssertionError when one was refused or none came through in time.
    """
    await ask(hub, "/all")
    before = [cpu_of(pid) for pid in pids], cpu_of(hub.pid)
    with tempfile.TemporaryDirectory() as folder:
        plan, result = Path(folder) / "plan", Path(folder) / "result"
        plan.write_bytes(pickle.dumps([(order.number, order.request, order.expected) for order in orders]))
        command = (str(plan), str(result), str(port), str(connections), str(rate))
        load = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.benchmarks.engine.load", *command, cwd=_ROOT)
        assert await load.wait() == 0, "the load generator failed"
        told = json.loads(result.read_text())
    assert not told["faults"], told["faults"]
    waited = 0.0
    while (stands := await ask(hub, "/count"))["count"] < len(orders):
        assert not stands["forged"], "a webhook had no good signature"
        assert waited < seconds, f"{stands['count']} of {len(orders)} came to the hub"
        await asyncio.sleep(0.02)
        waited += 0.02
    after = [cpu_of(pid) for pid in pids], cpu_of(hub.pid)
    arrivals = (await ask(hub, "/all"))["arrivals"]
    assert set(arrivals) == set(told["due"]), "other orders came than were sent"
    return Run(
        due=told["due"],
        answers=told["answers"],
        arrivals=arrivals,
        gateway_cpu=sum(b - a for a, b in zip(before[0], after[0], strict=True)),
        hub_cpu=after[1] - before[1],
        load_cpu=told["cpu"],
        repeated=stands["repeated"],
    )
