"""Makes the peers' environments under `.peers` where they are not there yet, with pinned versions; says of each why it is missing."""

import shutil
import subprocess
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.interop.as2.openssl import Openssl
from tests.interop.as2.party import Peer
from tests.interop.as2.processes import FlatProcess, PeerProcess

__all__ = ["PEERS", "MissingPeerError", "pyas2lib_python", "started"]

_HERE: Final = Path(__file__).with_name("peers")
_FOLDER: Final = Path(__file__).parents[3] / ".peers"
#: node refuses RSA v1.5 decryption since a timing attack was found; libas2 knows no other way, and its messages here are no secrets
_NODE: Final = ("node", "--security-revert=CVE-2023-46809")
_JAVA: Final = ("bcprov", "bcutil", "bcpkix", "bcmail", "javax.mail", "javax.activation")
_JARS: Final = Path("/usr/share/java")


class MissingPeerError(Exception):
    """This peer cannot be had here; the message says why."""


def _run(command: list[str], cwd: Path | None = None) -> bool:
    return subprocess.run(command, cwd=cwd, check=False, capture_output=True).returncode == 0


def _openssl(side: str, install: bool) -> Peer:
    if shutil.which("openssl") is None:
        raise MissingPeerError("there is no `openssl` command")
    return Openssl(side)


def pyas2lib_python(*, install: bool) -> Path:
    """The Python that has pyas2lib. Raises `MissingPeerError`."""
    folder = _FOLDER / "as2"
    python = folder / "bin" / "python"
    if not (folder / ".installed").exists():
        if not install:
            raise MissingPeerError("`make interop` installs it")
        venv.create(folder, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if not _run([*pip, "-c", str(_HERE / "constraints.txt"), "pyas2lib"]):
            raise MissingPeerError("pip cannot install pyas2lib here")
        (folder / ".installed").touch()
    return python


def _pyas2lib(side: str, install: bool) -> Peer:
    return PeerProcess([str(pyas2lib_python(install=install)), str(_HERE / "pyas2lib_peer.py")], side=side)


def _libas2(side: str, install: bool) -> Peer:
    folder = _FOLDER / "as2-node"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise MissingPeerError("there is no node with npm")
    if not (folder / ".installed").exists():
        if not install:
            raise MissingPeerError("`make interop` installs it")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(_HERE / "libas2.json", folder / "package.json")
        if not _run(["npm", "install", "--no-audit", "--no-fund"], cwd=folder):
            raise MissingPeerError("npm cannot install libas2 here")
        (folder / ".installed").touch()
    return PeerProcess([*_NODE, str(_HERE / "libas2_peer.js")], cwd=str(folder), side=side)


def _bouncycastle(side: str, install: bool) -> Peer:
    if shutil.which("java") is None or shutil.which("javac") is None:
        raise MissingPeerError("there is no java with javac")
    jars = [_JARS / f"{name}.jar" for name in _JAVA]
    if not all(jar.exists() for jar in jars):
        raise MissingPeerError("Bouncy Castle for mail is not installed; Debian's package is libbcmail-java")
    source, folder = _HERE / "BouncyCastlePeer.java", _FOLDER / "as2-java"
    classes, made = ":".join(map(str, jars)), folder / "BouncyCastlePeer.class"
    if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
        if not install:
            raise MissingPeerError("`make interop` compiles it")
        if not _run(["javac", "-d", str(folder), "-cp", classes, str(source)]):
            raise MissingPeerError("its driver cannot be compiled here")
    return FlatProcess(["java", "-XX:TieredStopAtLevel=1", "-cp", f"{folder}:{classes}", "BouncyCastlePeer"], side=side)


PEERS: Final[dict[str, Callable[[str, bool], Peer]]] = {
    "openssl": _openssl,
    "pyas2lib": _pyas2lib,
    "libas2": _libas2,
    "bouncycastle": _bouncycastle,
}


def started(name: str, *, install: bool, side: str = "peer") -> Peer:
    """The peer, ready, with the keys of this side. Raises `MissingPeerError`."""
    return PEERS[name](side, install)
