"""How throughput grows with worker processes on one PostgreSQL, each held to a fifth of a core."""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO

from gateway.demo.process import GatewayProcess, free_port
from tests.benchmarks.engine.figures import Row, Run
from tests.benchmarks.engine.parties import Parties
from tests.benchmarks.engine.processes import Child, drive
from tests.benchmarks.engine.share import held_to
from tests.support.postgresql import fresh_url

__all__ = ["rows"]

SHARE = 0.2
PARTNERS = 24
WARM, MESSAGES = 240, 150  #: messages before, and for each worker
WORKERS = (1, 2, 4)


class Web(GatewayProcess):
    """`gateway serve --role web`."""

    ready_seconds = 300.0
    role = "web"

    def launch(self, output: IO[bytes]) -> "subprocess.Popen[bytes]":
        """Start the process; what it prints goes to `output`."""
        command = [sys.executable, "-m", "gateway", "--workspace", str(self.root), "serve", "--role", self.role]
        return subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)


class Worker(Web):
    """`gateway serve --role worker`: it has no port, and says when it works."""

    role = "worker"

    def __init__(self, root: Path, number: int) -> None:
        super().__init__(root, 0)
        self.log = root / f"worker-{number}.log"

    async def start(self) -> None:
        """Start it and wait until it works. Raises TimeoutError."""
        with self.log.open("ab") as output:
            self._process = self.launch(output)
        for _ in range(int(self.ready_seconds * 10)):
            if "working as" in self.log.read_text(errors="replace"):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(self.log.read_text(errors="replace")[-2000:])


def rows() -> Iterator[Row]:
    """Messages per second of one, two and four workers, against one."""
    alone = 0.0
    for count in WORKERS:
        run = asyncio.run(_measure(count))
        rate = _middle(run)
        alone = alone or rate
        wanted = {2: "; wanted: 1.6", 4: "; wanted: 3"}.get(count, "")
        said = f"x one worker; {rate:.0f} msg/s; {run.cpu:.2f} ms of CPU a message in the workers; {run.repeated} repeated{wanted}"
        yield f"PostgreSQL, {count} worker{'s' if count > 1 else ''} of a fifth of a core", rate / alone, said


async def _measure(count: int) -> Run:
    async with AsyncExitStack() as stack:
        url = stack.enter_context(fresh_url())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="engine-scaling-", ignore_cleanup_errors=True))
        port, hub_port = free_port(), free_port()
        parties = Parties(Path(folder) / "workspace", port, f"http://127.0.0.1:{hub_port}/events", database=url, partners=PARTNERS)
        parties.one_map = True
        parties.reading = {"processes": 0}  # each worker is the one process that is held to its share
        parties.make_workspace()
        hub = await Child.start("hub", "{port}", parties.secret, port=hub_port)
        stack.push_async_callback(hub.stop)
        web = Web(parties.root, port)
        stack.push_async_callback(web.stop)
        workers = [Worker(parties.root, number) for number in range(count)]
        for worker in workers:
            stack.push_async_callback(worker.stop)
        await asyncio.gather(web.start(), *(worker.start() for worker in workers))
        pids = [worker.pid for worker in workers]
        await drive(parties.api_orders(WARM), port, hub, pids, seconds=120)
        with held_to(SHARE, pids):
            return await drive(parties.api_orders(MESSAGES * count), port, hub, pids, seconds=240)


def _middle(run: Run) -> float:
    """Messages a second between the first tenth and the last: neither the beginning nor the end is work for all."""
    arrivals = sorted(run.arrivals.values())
    first, last = len(arrivals) // 10, len(arrivals) * 9 // 10
    return (last - first) / (arrivals[last] - arrivals[first])
