"""Leaving files: on a real OpenSSH server, and cut off at every step."""

import re
from contextlib import suppress
from hashlib import sha256

import pytest

from sftp.drop import Leaving, drop, drop_all
from sftp.errors import NameTakenError, NoSpaceError, NoSuchFolderError, NotPermittedError, Operation
from sftp.settings import DropSettings
from tests.sftp.conftest import session_of
from tests.support.memory_files import KilledError, MemoryFiles, Saboteur
from tests.support.sshd import needs_sshd, running_sshd


def settings(**changes):
    return DropSettings.model_validate({"folder": "in", **changes})


@pytest.fixture
def folder(sshd):
    path = sshd.folder / "in"
    path.mkdir()
    return path


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@needs_sshd
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"temporary": "suffix"},
        {"temporary": "folder", "tmp_folder": "tmp"},
        {"temporary": "direct"},
        {"confirm": False},
        {"overwrite": True},
    ],
    ids=str,
)
def test_a_file_arrives_whole_and_alone_however_often_it_is_dropped(sshd, files, folder, changes):
    (sshd.folder / "tmp").mkdir()
    first = drop(files, settings(**changes), "a.edi", b"ISA" * 50_000, drop_id="dlv_1")
    assert (first.path, first.size, first.was_there) == ("in/a.edi", 150_000, False)
    if changes != {"confirm": False}:  # who may not look cannot recognise
        again = drop(files, settings(**changes), "a.edi", b"ISA" * 50_000, drop_id="dlv_1")
        assert (again.sha256, again.was_there, again.assumed) == (first.sha256, True, False)
    assert content(folder) == {"a.edi": b"ISA" * 50_000}
    assert content(sshd.folder / "tmp") == {}


@needs_sshd
def test_another_file_of_the_name_is_not_touched(files, folder):
    (folder / "a.edi").write_bytes(b"theirs")
    for data in (b"ours", b"other!"):
        for changes in ({}, {"confirm": False}):
            with pytest.raises(NameTakenError):
                drop(files, settings(**changes), "a.edi", data, drop_id="dlv_1")
    assert content(folder) == {"a.edi": b"theirs"}


@needs_sshd
def test_another_file_of_the_name_is_replaced_where_that_is_agreed(files, folder):
    (folder / "a.edi").write_bytes(b"theirs")
    drop(files, settings(overwrite=True), "a.edi", b"ours", drop_id="dlv_1")
    assert content(folder) == {"a.edi": b"ours"}


@needs_sshd
@pytest.mark.parametrize("confirm", [True, False])
def test_a_counter_finds_a_free_name(files, folder, confirm):
    for data in (b"one", b"two", b"three"):
        drop(files, settings(confirm=confirm), "856_{counter:03}.edi", data, drop_id="dlv_" + data.decode())
    assert content(folder) == {"856_001.edi": b"one", "856_002.edi": b"two", "856_003.edi": b"three"}


@needs_sshd
@pytest.mark.parametrize("changes", [{"temporary": "direct"}, {"overwrite": True}], ids=str)
def test_two_under_one_name_are_never_mixed(files, folder, changes):
    both = [Leaving("a.edi", b"x" * 5000, "dlv_1"), Leaving("a.edi", b"y" * 3000, "dlv_2")]
    outcomes = drop_all(files, settings(**changes), both)
    assert [one.size for one in outcomes] == [5000, 3000]
    assert content(folder) == {"a.edi": b"y" * 3000}


def test_a_counter_recognises_what_is_there(files, folder):
    for _ in range(2):
        for data in (b"one", b"two"):
            drop(files, settings(), "{counter}.edi", data, drop_id="d")
    assert content(folder) == {"1.edi": b"one", "2.edi": b"two"}


@needs_sshd
def test_the_done_marker_comes_last(files, folder):
    drop(files, settings(done_marker=True), "a.edi", b"ISA", drop_id="d")
    assert content(folder) == {"a.edi": b"ISA", "a.edi.done": b""}


@needs_sshd
def test_the_rest_of_an_attempt_that_was_cut_off_is_replaced(files, folder):
    (folder / ".a.edi.dlv_1.tmp").write_bytes(b"IS")
    drop(files, settings(), "a.edi", b"ISA", drop_id="dlv_1")
    assert content(folder) == {"a.edi": b"ISA"}


@needs_sshd
def test_a_rest_of_ours_that_we_may_not_remove_is_written_over(tmp_path):
    with running_sshd(tmp_path, sftp_options="-P remove") as sshd, session_of(sshd) as session:
        (sshd.folder / "in").mkdir()
        (sshd.folder / "in" / ".a.edi.dlv_1.tmp").write_bytes(b"the beginning of more than there is now")
        drop(session.files(), settings(), "a.edi", b"ISA", drop_id="dlv_1")
        assert content(sshd.folder / "in") == {"a.edi": b"ISA"}


@needs_sshd
@pytest.mark.parametrize("forbidden", ["posix-rename", "rename"])
def test_a_server_that_knows_one_kind_of_renaming_only(tmp_path, forbidden):
    with running_sshd(tmp_path, sftp_options=f"-P {forbidden}") as sshd, session_of(sshd) as session:
        (sshd.folder / "in").mkdir()
        drop(session.files(), settings(), "a.edi", b"one", drop_id="d")
        drop(session.files(), settings(overwrite=True), "a.edi", b"two", drop_id="d")
        with pytest.raises(NameTakenError):
            drop(session.files(), settings(), "a.edi", b"three", drop_id="d")
        assert content(sshd.folder / "in") == {"a.edi": b"two"}


@needs_sshd
def test_a_server_that_knows_no_renaming_says_so_and_is_left_clean(tmp_path):
    with running_sshd(tmp_path, sftp_options="-P rename,posix-rename") as sshd, session_of(sshd) as session:
        (sshd.folder / "in").mkdir()
        with pytest.raises(NotPermittedError):
            drop(session.files(), settings(), "a.edi", b"one", drop_id="d")
        assert content(sshd.folder / "in") == {}
        drop(session.files(), settings(temporary="direct"), "a.edi", b"one", drop_id="d")
        assert content(sshd.folder / "in") == {"a.edi": b"one"}


@needs_sshd
def test_a_server_that_lets_nobody_look(tmp_path):
    with running_sshd(tmp_path, sftp_options="-P lstat,stat,fstat") as sshd, session_of(sshd) as session:
        (sshd.folder / "in").mkdir()
        with pytest.raises(NotPermittedError):
            drop(session.files(), settings(), "a.edi", b"one", drop_id="d")
        drop(session.files(), settings(confirm=False), "a.edi", b"one", drop_id="d")
        assert content(sshd.folder / "in") == {"a.edi": b"one"}


@needs_sshd
def test_a_server_that_is_read_only(tmp_path):
    with running_sshd(tmp_path, sftp_options="-R") as sshd, session_of(sshd) as session:
        (sshd.folder / "in").mkdir()
        with pytest.raises(NotPermittedError):
            drop(session.files(), settings(), "a.edi", b"one", drop_id="d")


@needs_sshd
def test_a_missing_folder_is_named_as_such(files):
    with pytest.raises(NoSuchFolderError):
        drop(files, settings(folder="nowhere"), "a.edi", b"one", drop_id="d")


def test_a_server_without_room_is_tried_again_later():
    files = MemoryFiles(b"in")
    files.refuse = {Operation.WRITE: NoSpaceError}
    with pytest.raises(NoSpaceError) as refused:
        drop(files, settings(), "a.edi", b"one", drop_id="d")
    assert refused.value.action == "retry"


@pytest.mark.parametrize("changes", [{}, {"overwrite": True}, {"done_marker": True}, {"temporary": "direct"}], ids=str)
def test_whatever_call_is_the_last_the_next_attempt_leaves_one_whole_file(changes):
    for call in range(1, 12):
        for after in (False, True):
            files = MemoryFiles(b"in")
            with suppress(KilledError):
                drop(Saboteur(call, after=after).wrap(files), settings(**changes), "a.edi", b"whole", drop_id="d")
            drop(files, settings(**changes), "a.edi", b"whole", drop_id="d")
            left = {path: data for path, (data, _) in files.files.items()}
            assert left == {b"in/a.edi": b"whole", **({b"in/a.edi.done": b""} if "done_marker" in changes else {})}


def test_a_large_file_is_recognised_by_its_size_and_says_so():
    files = MemoryFiles(b"in")
    data = bytes(11 << 20)
    drop(files, settings(), "a.edi", data, drop_id="d")
    again = drop(files, settings(), "a.edi", data, drop_id="d")
    assert (again.was_there, again.assumed, files.reads) == (True, True, [])


class Endless:
    """A source that remembers how much of it was read, and would be too large to hold."""

    def __init__(self, size):
        self.size = size
        self.read = 0

    def blocks(self, size=1 << 20):
        for start in range(0, self.size, size):
            length = min(size, self.size - start)
            self.read += length
            yield bytes(length)


@needs_sshd
def test_a_source_is_read_once_on_its_way_and_compared_block_by_block(files, folder):
    source = Endless(3_000_001)
    first = drop(files, settings(), "a.edi", source, drop_id="dlv_1")
    assert (first.size, first.sha256, source.read) == (3_000_001, sha256(bytes(3_000_001)).hexdigest(), 3_000_001)
    again = drop(files, settings(), "a.edi", source, drop_id="dlv_1")
    assert (again.was_there, again.assumed, again.sha256) == (True, False, first.sha256)
    (folder / "a.edi").write_bytes(bytes(3_000_000) + b"x")
    with pytest.raises(NameTakenError):
        drop(files, settings(), "a.edi", source, drop_id="dlv_1")


def test_temporary_names_are_those_that_every_reader_skips():
    files = MemoryFiles(b"in")
    seen = []
    files.write = lambda path, data, exclusive: seen.append(path)
    files.rename = lambda old, new, replace: None
    for temporary in ("dot", "suffix"):
        drop(files, settings(temporary=temporary, confirm=False), "a.edi", b"", drop_id="dlv/1 x")
    assert seen == [b"in/.a.edi.dlv-1-x.tmp", b"in/a.edi.dlv-1-x.tmp"]
    assert all(re.search(rb"/\.|\.tmp$", path) for path in seen)
