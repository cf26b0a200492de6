"""The folder transport: what is left, and what is picked up, on a real file system."""

import os

import pytest

from gateway.clock import system_clock
from gateway.errors import Cause, PermanentError, TransientError
from gateway.transports.folder import FolderTransport
from gateway.transports.local_files import LocalFiles
from sftp.errors import FileChangedError, NameTakenError, NoSuchFolderError, SftpError, VanishedError
from tests.gateway.a_partner import NOW, OUTGOING, a_partner
from tests.support.ledger import MemoryLedger


@pytest.fixture
def transport(tmp_path):
    (tmp_path / "scratch").mkdir()
    (tmp_path / "workspace").mkdir()
    return FolderTransport(tmp_path / "workspace", scratch=tmp_path / "scratch", clock=system_clock)


@pytest.fixture
def workspace(tmp_path, transport):
    return tmp_path / "workspace"


async def test_a_file_is_left_once_however_often_it_is_sent(transport, workspace):
    partner = a_partner(folder={"drop": {"folder": "to/northmart"}})
    prepared = transport.prepare(OUTGOING, partner, now=NOW)
    assert prepared.name == "856_northmart_000000017_20250304_120509_1V2W3X4Y.edi"
    first, again = await transport.send(prepared, partner), await transport.send(prepared, partner)
    assert first.reference == f"to/northmart/{prepared.name}"
    assert again.detail == "was there"
    [left] = (workspace / "to" / "northmart").iterdir()
    assert left.read_bytes() == OUTGOING.payload.read()


async def test_an_absolute_folder_that_is_missing_is_not_made(transport, tmp_path):
    partner = a_partner(folder={"drop": {"folder": str(tmp_path / "share")}, "pickup": {"folder": str(tmp_path / "share")}})
    with pytest.raises(PermanentError) as held:
        await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)
    assert held.value.cause is Cause.DELIVERY_REFUSED
    with pytest.raises(PermanentError):
        await transport.poll(partner, transport.folders(partner)[0], ledger=MemoryLedger(), take=None)
    assert not (tmp_path / "share").exists()


async def test_a_name_that_another_file_has_is_held(transport, workspace):
    partner = a_partner(folder={"drop": {"folder": "to", "name": "fixed.edi"}})
    (workspace / "to").mkdir()
    (workspace / "to" / "fixed.edi").write_bytes(b"theirs")
    with pytest.raises(PermanentError):
        await transport.send(transport.prepare(OUTGOING, partner, now=NOW), partner)


async def test_without_a_drop_there_is_no_transport(transport):
    for partner in (a_partner(), a_partner(folder={})):
        with pytest.raises(PermanentError) as held:
            transport.prepare(OUTGOING, partner, now=NOW)
        assert held.value.cause is Cause.NO_TRANSPORT
    assert transport.folders(a_partner()) == ()


async def test_a_file_is_picked_up_after_two_looks_and_archived(transport, workspace):
    partner = a_partner(folder={"pickup": {"folder": "from", "looks_apart": 0}})
    [folder] = transport.folders(partner)
    ledger = MemoryLedger()
    assert (await transport.poll(partner, folder, ledger=ledger, take=ledger.take)).taken == []
    (workspace / "from" / "order.edi").write_bytes(b"ISA")
    (workspace / "from" / "order.edi.tmp").write_bytes(b"half")
    assert (await transport.poll(partner, folder, ledger=ledger, take=ledger.take)).waiting == 1
    assert (await transport.poll(partner, folder, ledger=ledger, take=ledger.take)).taken == ["trn_1"]
    assert ledger.taken == [("order.edi", b"ISA")]
    assert [path.name for path in (workspace / "from").iterdir() if path.is_file()] == ["order.edi.tmp"]
    [archived] = (workspace / "from" / "archive").rglob("*-order.edi")
    assert archived.read_bytes() == b"ISA"


async def test_a_full_disk_of_ours_is_put_off(transport, workspace, monkeypatch):
    partner = a_partner(folder={"pickup": {"folder": "from", "stable": "partner_renames"}})
    (workspace / "from").mkdir()
    (workspace / "from" / "order.edi").write_bytes(b"ISA")
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(TransientError) as put_off:
        await transport.poll(partner, transport.folders(partner)[0], ledger=MemoryLedger(), take=None)
    assert put_off.value.cause is Cause.STORE_UNAVAILABLE


# the file system itself, where it could differ from a server


@pytest.fixture
def files(tmp_path):
    return LocalFiles(tmp_path)


def test_links_are_not_followed(files, tmp_path):
    (tmp_path / "real").write_bytes(b"secret")
    (tmp_path / "link").symlink_to("real")
    assert {file.path: file.is_regular for file in files.names(b"")} == {b"real": True, b"link": False}
    with pytest.raises(SftpError):
        list(files.read(b"link", None))
    with pytest.raises(SftpError):
        files.write(b"link", b"", exclusive=False)
    assert (tmp_path / "real").read_bytes() == b"secret"


def test_a_pipe_does_not_make_us_wait(files, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert [file.is_regular for file in files.names(b"")] == [False]
    assert list(files.read(b"pipe", None)) == []


def test_a_file_of_another_size_than_promised(files, tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    for size in (0, 4, 6):
        with pytest.raises(FileChangedError):
            list(files.read(b"a", size))
    assert b"".join(files.read(b"a", 5)) == b"12345"


def test_renaming(files, tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    with pytest.raises(NameTakenError):
        files.rename(b"a", b"b", replace=False)
    files.rename(b"a", b"b", replace=True)
    assert (tmp_path / "b").read_bytes() == b"a"
    for replace in (False, True):
        with pytest.raises(VanishedError):
            files.rename(b"a", b"c", replace=replace)


def test_names_need_not_be_utf8(files, tmp_path):
    files.write(b"\xff.edi", b"x", exclusive=True)
    with pytest.raises(NameTakenError):
        files.write(b"\xff.edi", b"x", exclusive=True)
    assert [file.path for file in files.names(b"")] == [b"\xff.edi"]
    files.remove(b"\xff.edi")
    with pytest.raises(VanishedError):
        files.remove(b"\xff.edi")
    with pytest.raises(NoSuchFolderError):
        list(files.names(b"nowhere"))
    assert files.stat(b"nowhere/a") is None
