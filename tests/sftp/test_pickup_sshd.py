"""Pickup from a real OpenSSH server."""

from sftp.pickup import Pickup
from sftp.settings import PickupSettings
from tests.support.ledger import MemoryLedger
from tests.support.sshd import needs_sshd

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
