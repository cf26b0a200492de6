"""The connection breaks after any number of bytes; the next run sets everything right. Over a real OpenSSH server."""

import os
import random

import pytest

from sftp.drop import Dropped, Leaving, drop_all
from sftp.errors import UnreachableError
from sftp.pickup import Pickup
from sftp.settings import DropSettings, PickupSettings
from tests.sftp.conftest import session_of
from tests.support.ledger import MemoryLedger
from tests.support.proxy import FaultyProxy
from tests.support.sshd import needs_sshd

pytestmark = needs_sshd

BEFORE_LOGIN = 500
CONTENT = b"ISA*00*" * 5_000
LARGE = random.Random(5).randbytes(4_200_000)  #: read by itself, through a file of ours
ARRIVED = [("a.edi", CONTENT + b"a.edi"), ("b.edi", CONTENT + b"b.edi"), ("c.edi", LARGE)]


def whole_length(sshd, work, *, upwards=False):
    with FaultyProxy(sshd.port, after=1 << 30, upwards=upwards) as proxy:
        with session_of(sshd, port=proxy.port) as session:
            work(session.files())
        return proxy.passed


def cuts(length, count):
    """Anywhere, and where it is said that all is well."""
    chance = random.Random(count)
    return [BEFORE_LOGIN, *sorted(chance.randrange(BEFORE_LOGIN, length) for _ in range(count)), length - 60, length - 1]


@pytest.mark.parametrize("upwards", [False, True], ids=["answers", "requests"])
def test_a_pickup_that_is_cut_off_anywhere_takes_each_file_once(sshd, clock, tmp_path, upwards):
    folder = sshd.folder / "out"
    settings = PickupSettings(folder="out", stable="partner_renames")

    def begin():
        for path in sorted(sshd.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.mkdir()
        for number, (name, content) in enumerate(ARRIVED):
            (folder / name).write_bytes(content)
            os.utime(folder / name, (number, number))
        ledger = MemoryLedger()
        return ledger, Pickup(settings, ledger, ledger.take, scratch=tmp_path, clock=clock)

    ledger, pickup = begin()
    length = whole_length(sshd, pickup.run, upwards=upwards)
    assert ledger.taken == ARRIVED

    broken = 0
    for cut in cuts(length, 4):
        ledger, pickup = begin()
        with FaultyProxy(sshd.port, after=cut, upwards=upwards) as proxy:
            try:
                with session_of(sshd, port=proxy.port) as session:
                    pickup.run(session.files())
            except UnreachableError:
                broken += 1
        with session_of(sshd) as session:
            pickup.run(session.files())
        assert sorted(ledger.taken) == ARRIVED
        assert [path for path in folder.rglob("*") if path.is_file() and "archive" not in path.parts] == []
        assert len(list((folder / "archive").rglob("*.edi"))) == 3
        assert ledger.states == ["finished"] * 3
        assert [path for path in tmp_path.iterdir() if path.is_file()] == [], "no rest on our disk"
    assert broken > 3


@pytest.mark.parametrize("upwards", [False, True], ids=["answers", "requests"])
def test_a_drop_that_is_cut_off_anywhere_leaves_whole_files(sshd, upwards):
    folder = sshd.folder / "in"
    settings = DropSettings(folder="in")

    def begin():
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()

    def leave(files):
        outcomes = drop_all(files, settings, [Leaving(name, content, f"dlv_{name}") for name, content in ARRIVED])
        assert all(isinstance(outcome, Dropped) for outcome in outcomes)

    begin()
    length = whole_length(sshd, leave, upwards=upwards)
    broken = 0
    for cut in cuts(length, 3):
        begin()
        with FaultyProxy(sshd.port, after=cut, upwards=upwards) as proxy:
            try:
                with session_of(sshd, port=proxy.port) as session:
                    leave(session.files())
            except UnreachableError:
                broken += 1
        assert all(path.read_bytes() == dict(ARRIVED)[path.name] for path in folder.iterdir() if not path.name.startswith("."))
        with session_of(sshd) as session:
            leave(session.files())
        assert sorted((path.name, path.read_bytes()) for path in folder.iterdir()) == ARRIVED
    assert broken > 3


def test_a_server_that_falls_silent_is_given_up(sshd):
    (sshd.folder / "a").write_bytes(CONTENT * 100)
    with FaultyProxy(sshd.port, after=50_000, stall=True) as proxy:
        session = session_of(sshd, port=proxy.port)
        files = session.files()
        files._wire._channel.settimeout(0.3)  # what comes before the silence may take its time
        with pytest.raises(UnreachableError):
            list(files.read(b"a", len(CONTENT) * 100))
        session.close()


def test_a_server_that_falls_silent_before_login_is_given_up(sshd):
    with FaultyProxy(sshd.port, after=100, stall=True) as proxy, pytest.raises(UnreachableError):
        session_of(sshd, port=proxy.port, timeouts={"connect": 0.2, "banner": 0.3, "auth": 0.3})
