"""The connection breaks after any number of bytes; the next run sets everything right. Over a real OpenSSH server."""

import pytest

from sftp.drop import drop
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


def whole_length(sshd, work):
    with FaultyProxy(sshd.port, after=1 << 30) as proxy:
        with session_of(sshd, port=proxy.port) as session:
            work(session.files())
        return proxy.passed


def cuts(length, count):
    return [BEFORE_LOGIN, *range(length // count, length, length // count), length - 60, length - 1]


def test_a_pickup_that_is_cut_off_anywhere_takes_each_file_once(sshd, clock, tmp_path):
    folder = sshd.folder / "out"
    settings = PickupSettings(folder="out", stable="partner_renames")

    def begin():
        for path in sorted(sshd.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.mkdir()
        for name in ("a.edi", "b.edi"):
            (folder / name).write_bytes(CONTENT + name.encode())
        ledger = MemoryLedger()
        return ledger, Pickup(settings, ledger, ledger.take, scratch=tmp_path, clock=clock)

    ledger, pickup = begin()
    length = whole_length(sshd, pickup.run)
    assert len(ledger.taken) == 2

    broken = 0
    for cut in cuts(length, 8):
        ledger, pickup = begin()
        with FaultyProxy(sshd.port, after=cut) as proxy:
            try:
                with session_of(sshd, port=proxy.port) as session:
                    pickup.run(session.files())
            except UnreachableError:
                broken += 1
        with session_of(sshd) as session:
            pickup.run(session.files())
        assert sorted(ledger.taken) == [("a.edi", CONTENT + b"a.edi"), ("b.edi", CONTENT + b"b.edi")]
        assert [path for path in folder.rglob("*") if path.is_file() and "archive" not in path.parts] == []
        assert len(list((folder / "archive").rglob("*.edi"))) == 2
        assert ledger.states == ["finished", "finished"]
    assert broken > 5


def test_a_drop_that_is_cut_off_anywhere_leaves_one_whole_file(sshd, tmp_path):
    folder = sshd.folder / "in"
    settings = DropSettings(folder="in")

    def begin():
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            path.unlink()

    def leave(files):
        drop(files, settings, "a.edi", CONTENT * 20, drop_id="dlv_1")

    begin()
    length = whole_length(sshd, leave)
    broken = 0
    for cut in cuts(length, 5):
        begin()
        with FaultyProxy(sshd.port, after=cut) as proxy:
            try:
                with session_of(sshd, port=proxy.port) as session:
                    leave(session.files())
            except UnreachableError:
                broken += 1
        with session_of(sshd) as session:
            leave(session.files())
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a.edi": CONTENT * 20}
    assert broken > 4


def test_a_server_that_falls_silent_is_given_up(sshd):
    (sshd.folder / "a").write_bytes(CONTENT * 100)
    with FaultyProxy(sshd.port, after=50_000, stall=True) as proxy:
        session = session_of(sshd, port=proxy.port, timeouts={"read": 0.3})
        with pytest.raises(UnreachableError):
            list(session.files().read(b"a", len(CONTENT) * 100))
        session.close()


def test_a_server_that_falls_silent_before_login_is_given_up(sshd):
    with FaultyProxy(sshd.port, after=100, stall=True) as proxy, pytest.raises(UnreachableError):
        session_of(sshd, port=proxy.port, timeouts={"connect": 0.2, "banner": 0.3, "auth": 0.3})
