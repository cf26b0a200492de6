"""SFTP against OpenSSH's own `sftp` command, on one sshd of this machine: the whole of a pickup and of a drop against get and put.

Ours does more: a claim, a ledger, a digest, a synced file of its own and an archive for what is fetched; a temporary name, a look at the
size and a rename for what is left. Connecting is in both times. They are taken in turns, so that a busy machine slows both.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from gateway.store.pickups import StoreLedger
from gateway.store.store import Store
from sftp.drop import Dropped, Leaving, drop, drop_all
from sftp.files import Files
from sftp.pickup import PickedFile, Pickup
from sftp.session import Secrets, connect
from sftp.settings import DropSettings, PickupSettings, SftpSettings
from tests.benchmarks.edi_peers import environment
from tests.support.ledger import MemoryLedger
from tests.support.sshd import SSHD, Sshd, running_sshd

ROUNDS = 3
FILES, SMALL = 1_000, 10 << 10
LARGE = 500_000_000
PEER = Path(__file__).with_name("peers") / "asyncssh_file.py"
Row = tuple[str, float, str]


def run() -> Iterator[Row]:
    """Small files: our time / the command's, at most 1 is wanted. The large one: our throughput / the command's, at least 0.5."""
    if not SSHD.exists():
        yield "sftp", 0.0, "skipped: no sshd on this machine"
        return
    with tempfile.TemporaryDirectory() as folder, running_sshd(Path(folder)) as sshd:
        bench = _Bench(Path(folder), sshd)
        yield from bench.small()
        yield from bench.large()


class FileOnDisk:
    """A `sftp.files.Source`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    def blocks(self, size: int = 1 << 20) -> Iterator[bytes]:
        """All of it."""
        with self._path.open("rb") as file:
            while block := file.read(size):
                yield block


class LedgerInStore(StoreLedger):
    """With a `take` that keeps bytes and rows in one transaction, as the gateway does beside its transmissions and jobs."""

    def __init__(self, store: Store, endpoint: str) -> None:
        super().__init__(store, endpoint)
        self._kept = store

    def take(self, picked: Sequence[PickedFile]) -> list[str]:
        """The ids are the digests."""
        payloads = [self._kept.payloads.keep(file.body.read()) for file in picked]

        def work(connection: Connection) -> None:
            for file, payload in zip(picked, payloads, strict=True):
                self._kept.payloads.insert(connection, payload, datetime.now(UTC))
                self.put_within(connection, file.committed(payload.sha256))

        self._kept.write_now(work)
        return [payload.sha256 for payload in payloads]


class _Bench:
    def __init__(self, folder: Path, sshd: Sshd) -> None:
        self._folder = folder
        self._sshd = sshd
        self._endpoint = SftpSettings.model_validate(sshd.settings())  # type: ignore[no-untyped-call]
        self._secrets = Secrets.of(self._endpoint, sshd.resolve)
        self._local = folder / "local"
        self._got = folder / "got"

    # many small files

    def small(self) -> Iterator[Row]:
        self._local.mkdir()
        names = [f"{number:04}.edi" for number in range(FILES)]
        contents = [os.urandom(SMALL) for _ in names]
        for name, content in zip(names, contents, strict=True):
            (self._local / name).write_bytes(content)
        leaving = [Leaving(name, content, "dlv_1") for name, content in zip(names, contents, strict=True)]

        def left(files: Files) -> None:
            outcomes = drop_all(files, DropSettings(folder="in"), leaving)
            assert all(isinstance(outcome, Dropped) for outcome in outcomes)

        with closing(Store.open(self._folder / "store")) as store:
            ours, stored, theirs = _turns(
                self._fill,
                lambda: self._pickup(MemoryLedger(), FILES),
                lambda: self._pickup(LedgerInStore(store, str(time.monotonic_ns())), FILES),
                lambda: self._command(f"get out/* {self._got}"),
            )
        yield self._in_time(f"sftp pickup, {FILES:,} files of 10 KB", ours, theirs)
        yield self._in_time("  the same, ledger and bytes durable in the store", stored, theirs)
        ours, theirs = _turns(self._fill, lambda: self._ours(left), lambda: self._command(f"put {self._local}/*.edi in"))
        yield self._in_time(f"sftp drop, {FILES:,} files of 10 KB", ours, theirs)

    def _fill(self) -> None:
        """Whole new folders on both sides."""
        served = self._sshd.folder
        for folder in (served / "out", served / "in", self._got):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        for path in self._local.iterdir():
            os.link(path, served / "out" / path.name)
            os.utime(served / "out" / path.name)

    # one large file

    def large(self) -> Iterator[Row]:
        shutil.rmtree(self._local)
        self._local.mkdir()
        source = self._local / "large.edi"
        with source.open("wb") as file:
            for _ in range(LARGE // 1_000_000):
                file.write(os.urandom(1_000_000))
        python, missing = environment("asyncssh")
        for way, ours, command, served, local in (
            ("pickup", self._fetch_large, f"get out/large.edi {self._got}", "out/large.edi", self._got / "large.edi"),
            ("drop", lambda: self._leave_large(source), f"put {source} in/large.edi", "in/large.edi", source),
        ):
            works: list[Callable[[], object]] = [ours, lambda command=command: self._command(command)]  # type: ignore[misc]
            if not missing:
                paths = (served, str(local)) if way == "pickup" else (str(local), served)
                works.append(lambda way=way, paths=paths: self._asyncssh(python, way, paths))  # type: ignore[misc]
            times = _turns(self._fill, *works)
            yield f"sftp {way}, 500 MB", times[1] / times[0], f"x the throughput of the command ({_rate(times[0])} to {_rate(times[1])})"
            if missing:
                yield f"  asyncssh, {way}", 0.0, f"skipped: {missing['asyncssh']}"
            else:
                yield (
                    f"  asyncssh, {way} without all that",
                    times[1] / times[2],
                    f"x the command ({_rate(times[2])}): what that engine would give",
                )

    def _fetch_large(self) -> None:
        self._pickup(MemoryLedger(), 1)

    def _leave_large(self, source: Path) -> None:
        self._ours(lambda files: drop(files, DropSettings(folder="in"), "large.edi", FileOnDisk(source), drop_id="dlv_1"))

    def _asyncssh(self, python: Path, way: str, paths: Sequence[str]) -> float:
        sshd = self._sshd
        key = str(sshd.keys / "user_key")
        command = [str(python), str(PEER), "get" if way == "pickup" else "put", str(sshd.port), sshd.user, key, *paths]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return float(said.split()[0])

    # either

    def _pickup(self, ledger: "MemoryLedger | LedgerInStore", files: int) -> None:
        settings = PickupSettings(folder="out", stable="partner_renames")
        pickup = Pickup(settings, ledger, ledger.take, scratch=self._folder, clock=lambda: datetime.now(UTC))
        taken: list[str] = []
        self._ours(lambda there: taken.extend(pickup.run(there).taken))
        assert len(taken) == files

    def _ours(self, work: Callable[[Files], object]) -> None:
        with connect(self._endpoint, self._secrets) as session:
            work(session.files())

    def _command(self, batch: str) -> None:
        sshd, orders = self._sshd, self._folder / "batch"
        orders.write_text(batch + "\n")
        options = ("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR")
        command: list[str | Path] = [
            "sftp",
            "-q",
            "-b",
            orders,
            "-P",
            str(sshd.port),
            "-i",
            sshd.keys / "user_key",
            *options,
            f"{sshd.user}@127.0.0.1",
        ]
        subprocess.run(command, check=True, capture_output=True)

    @staticmethod
    def _in_time(name: str, ours: float, theirs: float) -> Row:
        return name, ours / theirs, f"x the time of the sftp command ({ours:.2f} s to {theirs:.2f} s); at most 1 is wanted"


def _turns(prepare: Callable[[], None], *works: Callable[[], object]) -> list[float]:
    """Median seconds of each."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for work, taken in zip(works, times, strict=True):
            prepare()
            begun = time.perf_counter()
            said = work()
            taken.append(said if isinstance(said, float) else time.perf_counter() - begun)
    return [statistics.median(taken) for taken in times]


def _rate(seconds: float) -> str:
    return f"{LARGE / seconds / 1e6:.0f} MB/s"
