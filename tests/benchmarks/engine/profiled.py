"""`gateway` with every thread under a profiler that counts CPU time, so that what waits costs nothing. Told at the end, by part.

`python -m tests.benchmarks.engine.profiled RESULT ARGUMENTS…`; a SIGUSR1 begins, what came before is forgotten.
"""

import cProfile
import json
import os
import pstats
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from gateway.demo.process import GatewayProcess
from tests.benchmarks.engine.parties import Order, Parties
from tests.benchmarks.engine.parts import part_of
from tests.benchmarks.engine.worlds import world

_profiles: list[cProfile.Profile] = []


def _profile() -> cProfile.Profile:
    made = cProfile.Profile(time.thread_time)
    _profiles.append(made)
    return made


def _run(self: threading.Thread, run: Any = threading.Thread.run) -> None:
    _profile().runcall(run, self)


def _tell(path: Path) -> None:
    """Milliseconds by part. A function of C counts for whoever called it; one that nobody called was waiting when the profile began."""
    parts: dict[str, float] = {}
    for profile in _profiles:
        if not profile.getstats():
            continue
        for (file, _, _), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
            shares = {caller[0]: entry[2] for caller, entry in callers.items()} if file == "~" else {file: own}
            for where, seconds in shares.items():
                parts[part_of(where)] = parts.get(part_of(where), 0.0) + 1000 * seconds
    path.write_text(json.dumps(parts))


class _Profiled(GatewayProcess):
    """`gateway serve` under the profiler."""

    @property
    def result(self) -> Path:
        """Where it tells, once it has ended."""
        return self.root / "profile.json"

    def launch(self, output: IO[bytes]) -> "subprocess.Popen[bytes]":
        """Start the process; what it prints goes to `output`."""
        command = [sys.executable, "-m", "tests.benchmarks.engine.profiled", str(self.result), "--workspace", str(self.root), "serve"]
        return subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd=Path(__file__).parents[3])


async def shares_of(orders: Callable[[Parties, int], list[Order]], warm: int, count: int) -> tuple[dict[str, float], float]:
    """The share of each part, the largest first; and milliseconds of CPU of a message without the profiler. All in one process."""
    async with world(apart=False) as up:
        await up.run(orders(up.parties, warm))
        cpu = (await up.run(orders(up.parties, count))).cpu
    async with world(_Profiled, apart=False) as up:
        await up.run(orders(up.parties, warm))
        os.kill(up.gateway.pid, signal.SIGUSR1)
        await up.run(orders(up.parties, count))
        await up.gateway.stop()
        assert isinstance(up.gateway, _Profiled)
        parts: dict[str, float] = json.loads(up.gateway.result.read_text())
    whole = sum(parts.values())
    return {part: spent / whole for part, spent in sorted(parts.items(), key=lambda one: -one[1])}, cpu


def main(result: str, *arguments: str) -> None:
    """Run the gateway until it ends."""
    from gateway.cli.main import main as gateway

    main_thread = _profile()

    def begin(*_: object) -> None:
        for profile in _profiles:
            profile.clear()
        main_thread.enable()

    threading.Thread.run = _run  # type: ignore[method-assign]
    signal.signal(signal.SIGUSR1, begin)
    sys.argv = ["gateway", *arguments]
    try:
        gateway()
    finally:
        main_thread.disable()
        _tell(Path(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
