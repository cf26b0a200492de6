"""A PostgreSQL server of the test's own, made with initdb, that may be killed and started again."""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from gateway.demo.process import free_port
from gateway.store.postgresql import Postgresql

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/bin")


def programs() -> Path | None:
    """Where initdb and pg_ctl are; None where PostgreSQL is not installed."""
    found = [path.parent for place in _PLACES for path in sorted(Path("/").glob(f"{place[1:]}/pg_ctl"))]
    return next((one for one in found if (one / "initdb").exists()), None)


class Server:
    """Started when made; `crash` is a power cut for it, as far as one process can have one."""

    def __init__(self) -> None:
        found = programs()
        if found is None:
            raise RuntimeError("no initdb on this machine: install postgresql")
        self._programs = found
        self._folder = Path(tempfile.mkdtemp(prefix="gateway-postgresql-"))
        self.port = free_port()
        # A server refuses to run as root: then it runs as the user that the package has made for it.
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self._folder, "postgres")
        self._run("initdb", "-D", str(self._data), "-U", "gateway", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def url(self) -> str:
        """Its one database."""
        return f"postgresql://gateway@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self._folder} -c listen_addresses=127.0.0.1 -c max_connections=200"
        self._run("pg_ctl", "-D", str(self._data), "-l", str(self._folder / "log"), "-w", "-o", options, "start")

    def crash(self) -> None:
        """Every process of it ends at once, nothing is flushed; the next start recovers from its log."""
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "-w", "stop")

    def close(self) -> None:
        with suppress(subprocess.CalledProcessError):
            self.crash()
        shutil.rmtree(self._folder, ignore_errors=True)

    def database(self) -> Postgresql:
        return Postgresql(self.url)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._programs / program), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self._folder, timeout=120)
