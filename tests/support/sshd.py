"""A real OpenSSH server on a free loopback port, with its own configuration, keys and folder, as the current user."""

import getpass
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.demo.process import free_port

SSHD = Path("/usr/sbin/sshd")
SFTP_SERVERS = (Path("/usr/lib/openssh/sftp-server"), Path("/usr/libexec/openssh/sftp-server"), Path("/usr/lib/ssh/sftp-server"))

needs_sshd = pytest.mark.skipif(not SSHD.exists(), reason="no /usr/sbin/sshd on this machine: install openssh-server")


@dataclass(frozen=True)
class Sshd:
    """Where it listens, its keys, and the folder that it serves."""

    port: int
    user: str
    folder: Path  #: what clients see first
    host_key: str  #: public, "kind base64"
    user_key: str  #: private, text
    keys: Path  #: folder of the key files

    def settings(self, **changes):
        """As a profile would have it; the key is `file:user_key`, to be resolved by `resolve`."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": self.user,
            "key": "file:user_key",
            "host_keys": {"current": self.host_key},
            **changes,
        }

    def resolve(self, reference: str) -> str:
        """The secrets of `settings`."""
        return (self.keys / reference.removeprefix("file:")).read_text()


def make_key(path: Path, kind: str = "ed25519") -> str:
    """A new key pair at `path` and `path.pub`; the public line without its comment."""
    subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(path)], check=True, stdin=subprocess.DEVNULL)
    return " ".join(path.with_name(path.name + ".pub").read_text().split()[:2])


@contextmanager
def running_sshd(
    tmp_path: Path, *, sftp_options: str = "", config: str = "", after: str = "", host_kind: str = "ed25519"
) -> Iterator[Sshd]:
    """Start it, and stop it at the end. `sftp_options` go to sftp-server(8): "-R" read only, "-P posix-rename".

    `config` goes before ours, and the first word counts in sshd_config(5); `after` is for Match blocks, which go last.
    """
    home = tmp_path / "sshd"
    folder = home / "files"
    folder.mkdir(parents=True)
    host_key = make_key(home / "host_key", host_kind)
    (home / "authorized_keys").write_text(make_key(home / "user_key") + "\n")
    server = next((path for path in SFTP_SERVERS if path.exists()), None)
    subsystem = f"{server or 'internal-sftp'} -d {folder} {sftp_options}"
    port = free_port()
    (home / "config").write_text(
        f"{config}\nListenAddress 127.0.0.1:{port}\nHostKey {home}/host_key\nPidFile none\nAuthorizedKeysFile {home}/authorized_keys\n"
        f"StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n"
        f"MaxStartups 100\nLoginGraceTime 0\nSubsystem sftp {subsystem}\n{after}\n"
    )
    _make_privilege_separation_folder()
    with (home / "log").open("wb") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", home / "config"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_for(port, process, home / "log")
        yield Sshd(port, getpass.getuser(), folder, host_key, (home / "user_key").read_text(), home)
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(home, ignore_errors=True)


def _make_privilege_separation_folder() -> None:
    """Debian makes it when its service starts; without the service nobody has."""
    folder = Path("/run/sshd")
    if not folder.exists() and folder.parent.exists():
        try:
            folder.mkdir(mode=0o755)
        except PermissionError:
            pytest.skip("no /run/sshd, and no right to make it: sshd does not start")


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, f"sshd did not start: {log.read_text()[-2000:]}"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=60).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("sshd does not listen")
