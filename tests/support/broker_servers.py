"""Brokers of a test's own: RabbitMQ and NATS started from the machine's programs, on free ports of 127.0.0.1 and folders of their own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from gateway.demo.process import free_port

__all__ = ["BrokerServer", "are_installed", "nats_server", "needs_nats_server", "needs_rabbitmq_server", "rabbitmq_server", "running"]

_RABBITMQ: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  #: the one on the PATH changes the user
_NATS: Final = Path(shutil.which("nats-server") or "/usr/sbin/nats-server")

needs_rabbitmq_server = pytest.mark.skipif(not _RABBITMQ.exists(), reason=f"RabbitMQ is not installed: no {_RABBITMQ}")
needs_nats_server = pytest.mark.skipif(not _NATS.exists(), reason="NATS is not installed: no nats-server")


def are_installed() -> bool:
    """Whether both programs are there."""
    return _RABBITMQ.exists() and _NATS.exists()


class BrokerServer:
    """A process group that can be killed and started again on the same data."""

    def __init__(self, port: int, command: list[str], environment: dict[str, str], log: Path) -> None:
        self.port = port
        self._command, self._environment, self._log = command, environment, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 120) -> None:
        """Back when its port answers. Raises `AssertionError`."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env={**os.environ, **self._environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + seconds
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"{self._command[0]} does not run: {self._log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL to the server and what it started."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def end(self) -> None:
        """As `kill`, for good."""
        self.kill()
        epmd = shutil.which("epmd") if "ERL_EPMD_PORT" in self._environment else None
        environment, deadline = {**os.environ, **self._environment}, time.monotonic() + 60
        while (
            epmd and time.monotonic() < deadline
        ):  # Erlang's list of nodes outlives them, and refuses to end until it knows that they are gone
            said = subprocess.run([epmd, "-kill"], env=environment, capture_output=True, timeout=60, check=False).stdout
            if b"not allowed" not in said:
                return
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=60).close()
        except OSError:
            return False
        return True


@contextlib.contextmanager
def running(server: BrokerServer) -> Iterator[BrokerServer]:
    """It runs, as long as the block lasts."""
    try:
        server.start()
        yield server
    finally:
        server.end()


def rabbitmq_server(folder: Path, conf: str = "", *, plugins: str = "", tls: bool = False) -> BrokerServer:
    """RabbitMQ; `conf` says more than its port, `plugins` are named with commas; with `tls` it listens in no other way."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    (folder / "enabled_plugins").write_text(f"[{plugins}].")
    listeners = f"listeners.ssl.default = 127.0.0.1:{port}\nlisteners.tcp = none" if tls else f"listeners.tcp.default = 127.0.0.1:{port}"
    (folder / "rabbitmq.conf").write_text(f"{listeners}\nlog.console = false\n{conf}")
    environment = {
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": f"test-{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
    }
    return BrokerServer(port, [str(_RABBITMQ)], environment, folder / "output")


def nats_server(folder: Path, conf: str = "") -> BrokerServer:
    """NATS with JetStream; `conf` says more than its port and folder."""
    port = free_port()
    folder.mkdir(exist_ok=True)
    (folder / "nats.conf").write_text(f'listen: "127.0.0.1:{port}"\njetstream: {{ store_dir: "{folder / "store"}" }}\n{conf}')
    return BrokerServer(port, [str(_NATS), "-c", str(folder / "nats.conf")], {}, folder / "output")
