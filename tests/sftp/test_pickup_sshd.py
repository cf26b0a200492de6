"""Pickup from a real OpenSSH server."""

import pytest

from sftp.pickup import Pickup
from sftp.settings import PickupSettings
from tests.sftp.conftest import session_of
from tests.support.ledger import MemoryLedger
from tests.support.sshd import needs_sshd, running_sshd

pytestmark = needs_sshd


def test_a_file_is_taken_after_two_looks_and_archived(sshd, files, clock, tmp_path):
    (sshd.folder / "out").mkdir()
    (sshd.folder / "out" / "a.edi").write_bytes(b"ISA*" * 100_000)
    ledger = MemoryLedger()
    pickup = Pickup(PickupSettings(folder="out"), ledger, ledger.take, scratch=tmp_path, clock=clock)

    assert pickup.run(files).waiting == 1
    assert ledger.taken == []
    clock.wait(10)
    assert pickup.run(files).taken == ["trn_1"]

    assert ledger.taken == [("a.edi", b"ISA*" * 100_000)]
    assert ledger.states == ["finished"]
    [archived] = (sshd.folder / "out" / "archive" / "2025" / "03").iterdir()
    assert archived.name.endswith("-a.edi")
    assert not (sshd.folder / "out" / "a.edi").exists()
    assert list((sshd.folder / "out" / ".work").iterdir()) == []


def test_a_server_that_lets_us_only_read(clock, tmp_path):
    with running_sshd(tmp_path, sftp_options="-R") as sshd, session_of(sshd) as session:
        (sshd.folder / "out").mkdir()
        (sshd.folder / "out" / "a.edi").write_bytes(b"ISA")
        ledger = MemoryLedger()
        settings = PickupSettings(folder="out", claim="none", after="keep", stable="partner_renames")
        pickup = Pickup(settings, ledger, ledger.take, scratch=tmp_path, clock=clock)
        files = session.files()
        assert pickup.run(files).taken == ["trn_1"]
        assert pickup.run(files).taken == []


@pytest.mark.parametrize("window", [1, 8, 64])
def test_many_small_files_and_a_done_marker_for_each(sshd, clock, tmp_path, window):
    for number in range(40):
        folder = sshd.folder / "850"
        folder.mkdir(exist_ok=True)
        (folder / f"{number:02}.edi").write_bytes(b"%d" % number)
        (folder / f"{number:02}.edi.done").touch()
    (folder / "99.edi").write_bytes(b"not yet")
    ledger = MemoryLedger()
    settings = PickupSettings(folder="850", stable="done_marker", after="delete", claim="suffix")
    with session_of(sshd, window=window) as session:
        report = Pickup(settings, ledger, ledger.take, scratch=tmp_path, clock=clock).run(session.files())
    assert len(report.taken) == 40
    assert sorted(path.name for path in folder.iterdir()) == ["99.edi"]
