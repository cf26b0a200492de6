"""`make chaos RUNS=200`: the gateway under load, and something dies; then the books must balance.

One run: senders begin, at a random moment something is struck (a node, the database's server, its connections, the disk, the clock),
it comes back, the senders insist until all is taken over, the gateway comes to rest, and everything is counted. Each run has a seed
of its own, printed and kept in build/chaos/seeds.txt; `SEED=n` begins there again.
"""

import asyncio
import os
import subprocess
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random
from typing import Any, Self

from gateway.demo.telling import until
from gateway.demo.world import World
from tests.acceptance.nursery import ROOT
from tests.chaos.books import Books
from tests.chaos.gate import Gate
from tests.chaos.load import Load
from tests.chaos.nodes import SEVERAL, Nodes
from tests.chaos.server import Server, programs

_REST = 90.0  #: seconds in which everything has to come to rest
_DISK = 1500  #: MB of the small disk; the gateway takes no large payload when less than 1 GB is left
_HOUR = 3600
Strike = Callable[[Random], Awaitable[str]]


class SeveralNodes(Nodes):
    roles = SEVERAL


class Ground:
    """A world whose gateway is struck in the ways that its database allows."""

    def __init__(self, name: str, process: type[Nodes], server: Server | None = None) -> None:
        self.name = name
        self._process = process
        self._server = server
        self._stack = AsyncExitStack()
        self.shipped: set[str] = set()
        self.disk: Path | None = None
        self.gate: Gate | None = None

    async def __aenter__(self) -> Self:
        os.environ["GATEWAY_TIMING__LEASE"] = "3"
        os.environ.pop("GATEWAY_DATABASE__URL", None)
        if self._server is not None:
            self.gate = self._stack.enter_context(Gate(self._server.port))
            os.environ["GATEWAY_DATABASE__URL"] = f"postgresql://gateway@127.0.0.1:{self.gate.port}/postgres"
        self.world = World(self._process)
        if self._server is None:
            self._mount_small_disk(self.world.root / "data")
        await self._stack.enter_async_context(self.world)
        self.books = Books(self.world, self._server.database() if self._server is not None else None)
        return self

    async def __aexit__(self, *_: object) -> None:
        # leaving the folder before the disk below it goes
        await self.world.gateway.stop()
        if self.disk is not None:
            await asyncio.to_thread(subprocess.run, ["umount", "-l", str(self.disk)], check=False)
        await self._stack.aclose()

    @property
    def nodes(self) -> Nodes:
        nodes = self.world.gateway
        assert isinstance(nodes, Nodes)
        return nodes

    def _mount_small_disk(self, folder: Path) -> None:
        """So that it can be filled; only root may, and elsewhere nothing is filled."""
        folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}m,mode=700", "tmpfs", str(folder)]
        if os.geteuid() == 0 and subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0:
            self.disk = folder

    # -- what is struck

    @property
    def strikes(self) -> dict[str, Strike]:
        """By name."""
        found: dict[str, Strike] = {"kill": self.kill, "kill twice": self.kill_twice, "clock": self.clock}
        if self.disk is not None:
            found["full disk"] = self.full_disk
        if self._server is not None:
            found |= {"server": self.server, "connections": self.connections}
        return found

    async def kill(self, chance: Random) -> str:
        """Nodes end, and come back."""
        dead = await self.nodes.strike(chance)
        await asyncio.sleep(chance.uniform(0, 0.5))
        await self.nodes.revive()
        return f"killed {', '.join(dead)}"

    async def kill_twice(self, chance: Random) -> str:
        """Again while they take up what was left."""
        first = await self.kill(chance)
        await asyncio.sleep(chance.uniform(0, 0.3))
        return f"{first}; {await self.kill(chance)}"

    async def clock(self, chance: Random) -> str:
        """The time jumps, and a node ends."""
        offset = chance.choice((-3000, -600, 600, 2 * _HOUR))  # further back our certificates would not be valid yet
        file = self.world.root / "clock"
        file.write_text(str(offset))
        await asyncio.sleep(chance.uniform(0.1, 0.6))
        said = await self.kill(chance)
        file.write_text("0")
        return f"clock {offset:+} s, {said}"

    async def full_disk(self, chance: Random) -> str:
        """Nothing can be written for a while."""
        assert self.disk is not None
        ballast = self.disk / "ballast"
        await asyncio.to_thread(_fill, ballast)
        await asyncio.sleep(chance.uniform(0.3, 1.2))
        killed = await self.nodes.strike(chance) if chance.random() < 0.5 else []
        ballast.unlink()
        await self.nodes.revive()
        return "full disk" + (f", killed {', '.join(killed)}" if killed else "")

    async def server(self, chance: Random) -> str:
        """The database's server ends without a word."""
        assert self._server is not None
        await asyncio.to_thread(self._server.crash)
        await asyncio.sleep(chance.uniform(0, 1))
        await asyncio.to_thread(self._server.start)
        await self.nodes.revive()
        return "crashed the database's server"

    async def connections(self, chance: Random) -> str:
        """Every connection to the database is cut, for a moment."""
        assert self.gate is not None
        for _ in range(chance.randint(1, 3)):
            self.gate.cut()
            await asyncio.sleep(chance.uniform(0.05, 0.3))
        await self.nodes.revive()
        return "cut the database's connections"


def _fill(ballast: Path) -> None:
    """Take all that is left, in ever smaller pieces."""
    with ballast.open("wb", buffering=0) as file:
        for piece in (1 << 26, 1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    file.write(bytes(piece))


async def one_run(ground: Ground, number: int, seed: int) -> tuple[list[str], list[str], list[str]]:
    """Load, strike, rest, count."""
    chance = Random(seed)
    load = Load(ground.world, number, chance, ground.shipped)
    name = chance.choice(sorted(ground.strikes))
    begun = time.monotonic()
    sending = asyncio.create_task(load.send())
    moment = chance.uniform(0.05, 1.2)
    await asyncio.sleep(moment)
    said = await ground.strikes[name](chance)
    with suppress(TimeoutError):
        await asyncio.wait_for(sending, _REST)
    ground.books.orders |= load.taken & set(load.orders)
    ground.books.notices |= load.taken & set(load.notices)

    async def rests() -> bool:
        with suppress(Exception):
            counts: dict[str, Any] = await ground.world.gateway.ask("counts")
            return not any(counts["waiting"].values()) and not counts["lost"]
        return False

    rested = await until(rests, _REST)
    lost, twice, other = await asyncio.to_thread(ground.books.check)
    other += [f"{name} was never taken over" for name in sorted({*load.orders, *load.notices} - load.taken)]
    if not rested:
        other.append("it did not come to rest")
    held = (await ground.world.gateway.ask("held"))["held"]
    other += [f"held: {one['thing']} {one['cause']}" for one in held if one["thing"] != "alarm"]  # a clock that jumps is late
    if lost or twice or other:
        log = ROOT / "build" / "chaos" / f"{ground.name}-{seed}.log"
        log.write_bytes((ground.world.root / "gateway.log").read_bytes())
    verdict = "ok" if not (lost or twice or other) else f"lost {lost}, twice {twice}, {other}"
    taken = len(load.taken)
    print(
        f"run {number} seed {seed} {ground.name}: {said} after {moment:.2f} s; {taken} taken over; {verdict} ({time.monotonic() - begun:.1f} s)",
        flush=True,
    )
    return lost, twice, other


async def kills() -> list[str]:
    """`RUNS` runs, half of them on each database. Gives the faults."""
    runs, first = int(os.environ.get("RUNS", "200")), int(os.environ.get("SEED", str(time.time_ns() % 1_000_000)))
    seeds = ROOT / "build" / "chaos" / "seeds.txt"
    seeds.parent.mkdir(parents=True, exist_ok=True)
    lost: list[str] = []
    twice: list[str] = []
    other: list[str] = []
    on_server = runs * 2 // 3 if programs() is not None else 0
    if programs() is None:
        print("PostgreSQL is not installed: every run is on SQLite")
    number = 0
    for name, process, share in (("sqlite", Nodes, runs - on_server), ("postgresql", SeveralNodes, on_server)):
        if not share:
            continue
        server = await asyncio.to_thread(Server) if process is SeveralNodes else None
        try:
            async with Ground(name, process, server) as ground:
                for _ in range(share):
                    number += 1
                    with seeds.open("a") as file:
                        file.write(f"{name} {number} {first + number}\n")
                    for found, kept in zip(await one_run(ground, number, first + number), (lost, twice, other), strict=True):
                        kept += [f"run {number}: {one}" for one in found if not any(one in known for known in kept)]
        finally:
            if server is not None:
                await asyncio.to_thread(server.close)
    print(f"chaos: {number} runs, lost {len(lost)}, duplicated {len(twice)}")
    return [*(f"lost: {one}" for one in lost), *(f"twice: {one}" for one in twice), *other]
