"""Gateways that are forked from one process which has imported everything: the tests that kill start very many."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from gateway.demo.process import GatewayProcess

ROOT = Path(__file__).parents[2]


class Forked:
    """A process forked by the nursery, with as much of `subprocess.Popen` as is asked of it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Dead processes vanish at once, for the nursery does not wait for them."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            self.returncode = 0
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = time.monotonic() + (timeout if timeout is not None else 60)
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("gateway", timeout or 60)
            time.sleep(0.01)
        return 0

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)


class ArmedProcess(GatewayProcess):
    """The gateway with the hook of `armed`, forked by a nursery of its own."""

    _nursery: "subprocess.Popen[str] | None" = None

    def launch(self, output) -> Forked:
        if self._nursery is None:
            command = [sys.executable, "-m", "tests.acceptance.armed"]
            self._nursery = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, text=True, cwd=ROOT)
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        print(self.root, file=self._nursery.stdin, flush=True)
        return Forked(int(self._nursery.stdout.readline()))

    async def stop(self) -> None:
        await super().stop()
        if self._nursery is not None:
            self._nursery.communicate()
            self._nursery = None

    def arm(self, at: int | str) -> None:
        """Die at the step of this number, or at the first whose name begins with this word."""
        (self.root / "steps").write_text("")
        hidden = self.root / ".arm"
        hidden.write_text(str(at))
        hidden.rename(self.root / "arm")

    def disarm(self) -> None:
        (self.root / "arm").unlink(missing_ok=True)

    @property
    def steps(self) -> list[str]:
        return (self.root / "steps").read_text().split()
