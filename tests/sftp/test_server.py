"""Our own small server, with our client."""

import errno
import os
import threading
from pathlib import Path

import paramiko
import pytest

from sftp.accounts import Account
from sftp.drop import drop
from sftp.errors import LoginError, NoSpaceError, NotPermittedError, VanishedError
from sftp.jail import Admitted, Jail, Usage
from sftp.server import SftpServer
from sftp.session import Secrets, connect
from sftp.settings import DropSettings, SftpSettings
from tests.support.sshd import make_key
from tests.support.waiting import until


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "root"
    (path / "in").mkdir(parents=True)
    return path


@pytest.fixture
def server(folder):
    with SftpServer.of_one(folder, user="threepl", password="secret", max_file_bytes=1 << 20) as running:
        yield running


def session_of(server, *, user="threepl", secrets=None, **login):
    login = login or {"password": "env:PASSWORD"}
    settings = SftpSettings.model_validate(
        {"host": "127.0.0.1", "port": server.port, "user": user, "host_keys": {"current": server.host_key}, **login}
    )
    return connect(settings, secrets or Secrets(password="secret"))


def test_it_keeps_and_gives_back_a_file(server, folder):
    with session_of(server) as session:
        files = session.files()
        files.write(b"in/a.edi", b"x" * 100_000, exclusive=True)
        assert b"".join(files.read(b"in/a.edi", 100_000)) == b"x" * 100_000
        assert [file.path for file in files.names(b"/in")] == [b"a.edi"]
    assert (folder / "in" / "a.edi").stat().st_size == 100_000


def test_a_dropped_file_is_there_and_nothing_else(server, folder):
    with session_of(server) as session:
        drop(session.files(), DropSettings(folder="/in"), "a.edi", b"ISA", drop_id="dlv_1")
    assert {path.name: path.read_bytes() for path in (folder / "in").iterdir()} == {"a.edi": b"ISA"}


def test_a_wrong_password_and_an_unknown_user_are_refused(server):
    with pytest.raises(LoginError):
        session_of(server, secrets=Secrets(password="wrong"))
    with pytest.raises(LoginError):
        session_of(server, user="nobody")


def test_a_key_logs_in(folder, tmp_path):
    public = make_key(tmp_path / "key")
    secrets = Secrets(key=(tmp_path / "key").read_text())
    with (
        SftpServer.of_one(folder, user="threepl", public_keys=[public]) as server,
        session_of(server, secrets=secrets, key="file:key") as session,
    ):
        assert session.files().stat(b"in") is not None


def test_the_host_key_stays_when_it_is_given(folder, tmp_path):
    public = make_key(tmp_path / "host")
    assert SftpServer.of_one(folder, user="u", password="p", host_key=(tmp_path / "host").read_text()).host_key == public


def test_nobody_gets_out_of_the_folder(server, folder, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "in" / "link").symlink_to(tmp_path / "secret.txt")
    (folder / "out").symlink_to(tmp_path)
    with session_of(server) as session:
        files = session.files()
        assert files.stat(b"../secret.txt") is None  # ".." ends at the root
        assert files.stat(b"in/link") is None
        assert list(files.names(b"in")) == []
        with pytest.raises(VanishedError):
            list(files.read(b"in/link", None))
        with pytest.raises(NotPermittedError):
            files.stat(b"out/secret.txt")
        with pytest.raises(NotPermittedError):
            files.write(b"out/new", b"x", exclusive=True)
    assert not (tmp_path / "new").exists()


def test_an_upload_that_is_cut_off_never_shows(server, folder):
    transport = paramiko.Transport(("127.0.0.1", server.port))
    transport.connect(username="threepl", password="secret")
    upload = paramiko.SFTPClient.from_transport(transport).open("in/a.edi", "wbx")
    upload.write(b"half")
    upload.flush()
    with session_of(server) as other:
        assert list(other.files().names(b"in")) == []
    assert [path.name[:8] for path in (folder / "in").iterdir()] == [".upload-"]
    transport.close()
    assert until(lambda: not list((folder / "in").iterdir()))


def test_a_file_over_the_limit_is_refused(server, folder):
    with session_of(server) as session, pytest.raises(NoSpaceError):
        drop(session.files(), DropSettings(folder="in"), "a.edi", b"x" * (1 << 20) + b"x", drop_id="d")
    assert not (folder / "in" / "a.edi").exists()


def test_what_our_disk_did_not_take_never_shows(folder):
    account = Account("threepl", folder)
    upload = Jail(None, lambda _: Admitted(account, Usage(folder, None), lambda: None)).open(
        "in/a.edi", os.O_WRONLY | os.O_CREAT | os.O_EXCL, paramiko.SFTPAttributes()
    )
    upload.write(0, b"half")
    kept = upload.writefile
    with Path("/dev/full").open("wb", buffering=0) as upload.writefile:
        assert upload.write(4, b"and") != paramiko.sftp.SFTP_OK
    upload.writefile = kept  # there is room again
    upload.write(7, b"the rest")
    upload.close()
    assert list((folder / "in").iterdir()) == []


def test_it_goes_on_when_a_connection_could_not_be_accepted(server):
    class OutOfDescriptors:
        def __init__(self):
            self.calls = 0

        def accept(self):
            self.calls += 1
            raise OSError(errno.EMFILE, "too many open files")

    listener = OutOfDescriptors()
    accepting = threading.Thread(target=server._accept, args=(listener,))
    accepting.start()
    assert until(lambda: listener.calls > 1)
    server.stop()
    accepting.join(60)
    assert not accepting.is_alive()


def test_a_file_that_is_no_file_is_not_read(server, folder):
    os.mkfifo(folder / "in" / "pipe")
    with session_of(server) as session:
        [pipe] = session.files().names(b"in")
        assert not pipe.is_regular


def test_sessions_over_the_limit_are_turned_away(server):
    from sftp.errors import UnreachableError

    sessions = [session_of(server) for _ in range(10)]
    with pytest.raises(UnreachableError):
        session_of(server)
    for session in sessions:
        session.close()


def test_starting_and_stopping_twice(folder):
    server = SftpServer.of_one(folder, user="u", password="p")
    for _ in range(2):
        server.start()
        server.stop()
        server.stop()
