"""`RemoteFiles` against a real OpenSSH server, and the window reader against servers that answer oddly."""

import hashlib
import os
import struct

import pytest

from sftp.errors import (
    FileChangedError,
    NameTakenError,
    NotPermittedError,
    ServerFailureError,
    SftpError,
    StatusError,
    VanishedError,
)
from sftp.files import source_of
from sftp.messages import Answer, attributes_of, data_of, handle_of, names_of
from sftp.reader import read_blocks, read_whole
from sftp.remote import RemoteFiles
from sftp.wire import Wire
from tests.sftp.conftest import session_of
from tests.support.sshd import needs_sshd, running_sshd


@needs_sshd
@pytest.mark.parametrize("size", [0, 1, 32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 2_500_000])
@pytest.mark.parametrize("window", [1, 64])
def test_what_is_written_is_read(sshd, size, window):
    data = os.urandom(size)
    with session_of(sshd, window=window) as session:
        files = session.files()
        files.write(b"a", data, exclusive=True)
        assert (sshd.folder / "a").read_bytes() == data
        assert files.stat(b"a").size == size
        assert b"".join(files.read(b"a", size)) == data
        assert b"".join(files.read(b"a", None)) == data


@needs_sshd
@pytest.mark.parametrize("size", [0, 99_999, 100_001, 10_000_000])
def test_a_file_of_another_size_than_promised(sshd, files, size):
    (sshd.folder / "a").write_bytes(b"x" * 100_000)
    with pytest.raises(FileChangedError):
        list(files.read(b"a", size))
    assert b"".join(files.read(b"a", 100_000)) == b"x" * 100_000, "the channel is of use after it"


@needs_sshd
def test_a_reader_that_stops_half_way_leaves_the_channel_usable(sshd, files):
    (sshd.folder / "a").write_bytes(os.urandom(3_000_000))
    blocks = files.read(b"a", 3_000_000)
    next(blocks)
    blocks.close()
    assert hashlib.sha256(b"".join(files.read(b"a", 3_000_000))).digest() == hashlib.sha256((sshd.folder / "a").read_bytes()).digest()


@needs_sshd
def test_names_are_bytes_and_links_are_seen_as_links(sshd, files):
    for name in (b"plain.edi", b"\xff\xfe.edi", "Ünicode.edi".encode(), b"new\nline.edi"):
        (sshd.folder / os.fsdecode(name)).write_bytes(b"1")
    (sshd.folder / "link").symlink_to("plain.edi")
    (sshd.folder / "folder").mkdir()
    listed = {file.path: file.is_regular for file in files.names(b"")}
    assert listed == {
        b"plain.edi": True,
        b"\xff\xfe.edi": True,
        "Ünicode.edi".encode(): True,
        b"new\nline.edi": True,
        b"link": False,
        b"folder": False,
    }
    assert b"".join(files.read(b"\xff\xfe.edi", 1)) == b"1"


@needs_sshd
def test_a_long_listing(sshd, files):
    for number in range(1_500):
        (sshd.folder / f"{number}.edi").touch()
    names = files.names(b"")
    next(names)
    names.close()  # the answers on their way are dropped, and the channel stays of use
    assert len({file.path for file in files.names(b"")}) == 1_500
    assert set(files._wire._arrived) <= {1}, "but what the server said of its limits"


@needs_sshd
def test_renaming(sshd, files):
    (sshd.folder / "a").write_bytes(b"a")
    (sshd.folder / "b").write_bytes(b"b")
    with pytest.raises(NameTakenError):
        files.rename(b"a", b"b", replace=False)
    assert (sshd.folder / "b").read_bytes() == b"b"
    files.rename(b"a", b"b", replace=True)
    assert (sshd.folder / "b").read_bytes() == b"a"
    for replace in (False, True):
        with pytest.raises(VanishedError):
            files.rename(b"a", b"c", replace=replace)


@needs_sshd
@pytest.mark.parametrize("forbidden", ["posix-rename", "rename"])
def test_renaming_where_the_server_knows_one_request_only(tmp_path, forbidden):
    with running_sshd(tmp_path, sftp_options=f"-P {forbidden}") as sshd, session_of(sshd) as session:
        test_renaming(sshd, session.files())


@needs_sshd
def test_removing_and_making_folders(sshd, files):
    files.make_folders(b"one/two/three")
    files.make_folders(b"one/two/three")
    assert (sshd.folder / "one/two/three").is_dir()
    files.write(b"one/two/a", b"", exclusive=True)
    files.remove(b"one/two/a")
    with pytest.raises(VanishedError):
        files.remove(b"one/two/a")
    with pytest.raises(VanishedError):
        list(files.read(b"one/two/a", 0))
    assert files.stat(b"one/two/a") is None


@needs_sshd
def test_writing_exclusively_refuses_a_name_that_is_there(sshd, files):
    files.write(b"a", b"first", exclusive=True)
    with pytest.raises(ServerFailureError):
        files.write(b"a", b"second", exclusive=True)
    files.write(b"a", b"3rd", exclusive=False)
    assert (sshd.folder / "a").read_bytes() == b"3rd"


@needs_sshd
def test_a_read_only_server_refuses_by_operation(tmp_path):
    with running_sshd(tmp_path, sftp_options="-R") as sshd, session_of(sshd) as session:
        (sshd.folder / "a").write_bytes(b"a")
        files = session.files()
        assert b"".join(files.read(b"a", 1)) == b"a"
        for use in (
            lambda: files.write(b"b", b"", exclusive=True),
            lambda: files.rename(b"a", b"b", replace=False),
            lambda: files.remove(b"a"),
            lambda: files.make_folders(b"folder"),
        ):
            with pytest.raises(NotPermittedError):
                use()


class OddChannel:
    """A server of one file, which answers reads as `answer(offset, length)` says; it counts what is asked of it at a time."""

    out_max_packet_size = 32 * 1024

    def __init__(self, answer):
        self._answer = answer
        self._requests = b""
        self._answers = [struct.pack(">IBI", 5, 2, 3)]
        self.under_way = 0
        self.most = 0

    def sendall(self, data):
        self._requests += data
        while len(self._requests) >= 4 and len(self._requests) >= 4 + (length := int.from_bytes(self._requests[:4])):
            request, self._requests = self._requests[4 : 4 + length], self._requests[4 + length :]
            if request[0] == 5:
                self.under_way += 1
                self.most = max(self.most, self.under_way)
                self._answers.append(self._read(request[1:5], *struct.unpack(">QI", request[-12:])))

    def _read(self, number, offset, length):
        try:
            data = self._answer(offset, length)
        except StatusError as status:
            return struct.pack(">IB4sI", 9, 101, number, status.code)
        if not data:
            return struct.pack(">IB4sI", 9, 101, number, StatusError.END_OF_FILE)
        return struct.pack(">IB4sI", 9 + len(data), 103, number, len(data)) + data

    def recv(self, _most):
        self.under_way -= self.most > 0
        return self._answers.pop(0) if self._answers else b""


def odd(answer, *, window):
    channel = OddChannel(answer)
    return channel, Wire(channel, window=window)


CONTENT = os.urandom(300_000)


def test_a_server_that_gives_short_answers():
    _, wire = odd(lambda offset, length: CONTENT[offset : offset + min(length, 1000)], window=8)
    assert b"".join(read_blocks(wire, b"h", len(CONTENT))) == CONTENT
    assert read_whole(wire, [(b"h", len(CONTENT))]) == [CONTENT]


def test_no_more_requests_under_way_than_the_window():
    for window in (1, 4):
        channel, wire = odd(lambda offset, length: CONTENT[offset : offset + length], window=window)
        assert b"".join(read_blocks(wire, b"h", None)) == CONTENT
        assert channel.most == window


def test_a_file_that_grows_while_it_is_read():
    _, wire = odd(lambda offset, length: (CONTENT * 2)[offset : offset + length], window=8)
    with pytest.raises(FileChangedError):
        list(read_blocks(wire, b"h", len(CONTENT)))
    [read] = read_whole(wire, [(b"h", len(CONTENT))])
    assert isinstance(read, FileChangedError)


def test_a_server_that_fails_in_the_middle():
    def answer(offset, length):
        if offset > 100_000:
            raise StatusError(StatusError.FAILURE)
        return CONTENT[offset : offset + length]

    _, wire = odd(answer, window=8)
    with pytest.raises(StatusError):
        list(read_blocks(wire, b"h", len(CONTENT)))
    [failed, read] = read_whole(wire, [(b"h", len(CONTENT)), (b"h", 50_000)])
    assert (failed.code, type(read)) == (StatusError.FAILURE, FileChangedError)


@pytest.mark.parametrize("kind", ["data", "names", "attributes", "handle"])
def test_an_answer_that_is_cut_short_ends_the_talk(kind):
    take = {"data": data_of, "names": lambda answer: list(names_of(answer)), "attributes": attributes_of, "handle": handle_of}[kind]
    number = {"data": 103, "names": 104, "attributes": 105, "handle": 102}[kind]
    for body in (b"", b"\0", b"\0\0\0\x09abc", b"\xff\xff\xff\xff"):
        with pytest.raises(EOFError):
            take(Answer(number, body))


class Mute:
    """A wire on which every answer is the same."""

    window = 8

    def __init__(self, answer):
        self._answer = answer

    def in_turn(self, requests):
        return [self._answer for _ in requests]


@pytest.mark.parametrize("answer", [Answer(101, b""), Answer(105, b"\0"), Answer(102, b"\0\0\0\x09abc")])
@pytest.mark.parametrize(
    "work",
    [
        lambda files: files.stat_all([b"a"]),
        lambda files: files.read_all([(b"a", 1)]),
        lambda files: files.write_all([(b"a", source_of(b"x"))], exclusive=True),
    ],
)
def test_nonsense_is_told_as_what_it_is_to_who_asks_for_many_files(answer, work):
    with pytest.raises(SftpError):
        work(RemoteFiles(Mute(answer)))
