"""Each row of the table of errors, against a real OpenSSH server that is made to fail; and the table in README.md is whole."""

import os
import re
import resource
import subprocess
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sftp import errors
from sftp.drop import drop
from sftp.errors import (
    Action,
    FileChangedError,
    HostKeyError,
    LocalDiskFullError,
    LocalFileError,
    NameTakenError,
    NoSpaceError,
    NotPermittedError,
    Operation,
    ServerFailureError,
    SftpError,
    StatusError,
    VanishedError,
    classify,
)
from sftp.pickup import Pickup
from sftp.plan import AlarmKind
from sftp.settings import DropSettings, PickupSettings
from tests.sftp.conftest import session_of
from tests.support.ledger import MemoryLedger
from tests.support.proxy import FaultyProxy
from tests.support.sshd import SFTP_SERVERS, needs_sshd, running_sshd

README = Path(__file__).parents[2] / "sftp" / "README.md"
AT_ONCE = {"folder": "out", "stable": "partner_renames"}


class Meddling:
    """A server's files, and something that happens there just before a call: each only once."""

    def __init__(self, files, **before):
        self._files = files
        self._before = before

    def __getattr__(self, name):
        self._before.pop(name, lambda: None)()
        return getattr(self._files, name)


@pytest.fixture
def ledger():
    return MemoryLedger()


@pytest.fixture
def out(sshd):
    folder = sshd.folder / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def look(ledger, clock, tmp_path):
    def look(files, **changes):
        keep_free = changes.pop("keep_free", 0)
        settings = PickupSettings.model_validate({**AT_ONCE, **changes})
        clock.wait(10)
        return Pickup(settings, ledger, ledger.take, scratch=tmp_path, clock=clock, keep_free=keep_free).run(files)

    return look


@contextmanager
def failing_sshd(tmp_path, *, deny="", command=""):
    """With its two folders; `deny` are requests that it refuses, `command` runs in the shell before the server."""
    server = next(path for path in SFTP_SERVERS if path.exists())
    folder = tmp_path / "sshd" / "files"
    options = f"-d {folder}" + (f" -P {deny}" if deny else "")
    with running_sshd(tmp_path, config=f"ForceCommand {command + '; ' if command else ''}exec {server} {options}") as sshd:
        for name in ("out", "in"):
            (sshd.folder / name).mkdir()
        yield sshd


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# races


@needs_sshd
def test_a_file_that_vanishes_before_the_claim_is_skipped(files, out, look, ledger):
    for name in ("a.edi", "b.edi"):
        (out / name).write_bytes(name.encode())
    report = look(Meddling(files, rename_all=(out / "a.edi").unlink))
    assert (report.taken, report.problems) == (["trn_1"], [])
    assert (ledger.taken, ledger.states) == ([("b.edi", b"b.edi")], ["finished"])


@needs_sshd
@pytest.mark.parametrize("count", [1, 2], ids=["alone", "among others"])
def test_a_file_that_vanishes_before_it_is_read_is_skipped(files, out, look, ledger, count):
    for number in range(count):
        (out / f"{number}.edi").write_bytes(b"%d" % number)

    def vanish():
        next(path for path in (out / ".work").iterdir() if path.name.endswith("-0.edi")).unlink()

    report = look(Meddling(files, **{"read" if count == 1 else "read_all": vanish}))
    assert (len(report.taken), report.problems) == (count - 1, [])
    assert ledger.states == ["finished"] * (count - 1)


@needs_sshd
@pytest.mark.parametrize("size", [10, 300_000, 6_000_000], ids=["small", "middle", "large"])
def test_a_file_that_grows_before_it_is_read_goes_back_and_is_taken_whole_later(files, out, look, ledger, size):
    (out / "b.edi").write_bytes(b"another")
    writer = (out / "a.edi").open("wb", buffering=0)
    writer.write(bytes(size))
    os.utime(out / "b.edi", (1, 1))

    def grow():
        writer.write(b"and more")

    report = look(Meddling(files, **{"read" if size > 5_000_000 else "read_all": grow}), stable="two_looks")
    assert report.waiting == 2
    report = look(Meddling(files, **{"read" if size > 5_000_000 else "read_all": grow}), stable="two_looks")
    writer.close()
    assert [type(problem.error) for problem in report.problems] == [FileChangedError]
    assert (out / "a.edi").exists()
    for _ in range(2):
        look(files, stable="two_looks")
    assert [(name, len(data)) for name, data in ledger.taken] == [("b.edi", 7), ("a.edi", size + 8)]


@needs_sshd
def test_a_file_that_grows_while_it_is_read_is_not_taken(files, out, look, ledger):
    (out / "a.edi").write_bytes(bytes(40_000_000))  # more than is asked for ahead: not all of it is on its way when the file grows
    honest = files.read

    def growing(path, size):
        for number, block in enumerate(honest(path, size)):
            if number == 0:
                with next((out / ".work").iterdir()).open("ab") as writer:
                    writer.write(b"more")
            yield block

    files.read = growing
    report = look(files)
    del files.read
    assert [type(problem.error) for problem in report.problems] == [FileChangedError]
    assert (ledger.taken, names(out)) == ([], ["a.edi"])


@needs_sshd
def test_two_gateways_on_one_folder_share_its_files(sshd, out, clock, tmp_path):
    for number in range(300):
        (out / f"{number:03}.edi").write_bytes(b"%d" % number)
    ledgers, threads, works = [MemoryLedger(), MemoryLedger()], [], []
    for number, ledger in enumerate(ledgers):
        clock.wait(1)
        scratch = tmp_path / str(number)
        scratch.mkdir()
        pickup = Pickup(PickupSettings.model_validate(AT_ONCE), ledger, ledger.take, scratch=scratch, clock=clock, keep_free=0)

        def work(pickup=pickup):
            with session_of(sshd) as session:
                pickup.run(session.files())

        works.append(work)
        threads.append(threading.Thread(target=work))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for work in works:  # the next look forgets what was seen in the moment in which the other one took it
        work()
    taken = [name for ledger in ledgers for name, _ in ledger.taken]
    assert sorted(taken) == [f"{number:03}.edi" for number in range(300)]
    assert {state for ledger in ledgers for state in ledger.states} == {"finished"}


# what is forbidden


@needs_sshd
@pytest.mark.parametrize(
    ("deny", "operation"),
    [("opendir", Operation.LIST), ("rename,posix-rename", Operation.RENAME), ("mkdir", Operation.RENAME)],
)
def test_a_pickup_that_may_not_list_or_rename_raises_and_leaves_all_as_it_was(tmp_path, look, ledger, deny, operation):
    with failing_sshd(tmp_path, deny=deny) as sshd, session_of(sshd) as session:
        (sshd.folder / "out" / "a.edi").write_bytes(b"one")
        with pytest.raises(NotPermittedError) as refused:
            look(session.files())
        assert (refused.value.operation, refused.value.action) == (operation, Action.HOLD)
        assert names(sshd.folder / "out") == ["a.edi"]
        assert ledger.states == ([] if operation is Operation.LIST else ["seen"])
        if operation is Operation.RENAME:  # the fallback that the profile names
            assert look(session.files(), claim="none", after="delete").taken == ["trn_1"]
            assert names(sshd.folder / "out") == []


@needs_sshd
@pytest.mark.parametrize("deny", ["open", "read"])
def test_a_file_that_may_not_be_read_is_a_problem_of_its_own(tmp_path, look, ledger, deny):
    with failing_sshd(tmp_path, deny=deny) as sshd, session_of(sshd) as session:
        for name in ("a.edi", "b.edi"):
            (sshd.folder / "out" / name).write_bytes(b"one")
        report = look(session.files())
        assert [type(problem.error) for problem in report.problems] == [NotPermittedError] * 2
        assert (report.taken, ledger.states) == ([], ["claimed", "claimed"])
        look(session.files())


@needs_sshd
def test_a_file_that_may_not_be_deleted_is_told_and_never_read_again(tmp_path, look, ledger):
    with failing_sshd(tmp_path, deny="remove") as sshd, session_of(sshd) as session:
        (sshd.folder / "out" / "a.edi").write_bytes(b"one")
        for _ in range(3):
            report = look(session.files(), after="delete")
            assert [alarm.kind for alarm in report.alarms] == [AlarmKind.NOT_ARCHIVED]
        assert len(ledger.taken) == 1


@needs_sshd
@pytest.mark.parametrize("deny", ["open", "write"])
def test_a_drop_that_may_not_write_leaves_nothing(tmp_path, deny):
    with failing_sshd(tmp_path, deny=deny) as sshd, session_of(sshd) as session:
        with pytest.raises(NotPermittedError):
            drop(session.files(), DropSettings(folder="in"), "a.edi", b"one", drop_id="d")
        assert names(sshd.folder / "in") == []


# a bare "failure"


@needs_sshd
def test_a_failure_without_a_reason_is_tried_again_and_looked_into(files, sshd):
    folder = sshd.folder / "in"
    folder.mkdir()
    (folder / ".a.edi.d.tmp").mkdir()  # where our temporary file would go
    with pytest.raises(ServerFailureError) as refused:
        drop(files, DropSettings(folder="in"), "a.edi", b"one", drop_id="d")
    assert refused.value.action is Action.HOLD
    (folder / ".b.edi.d.tmp").write_bytes(b"of an attempt before this one")
    assert drop(files, DropSettings(folder="in"), "b.edi", b"one", drop_id="d").path == "in/b.edi"
    with pytest.raises(NameTakenError):
        files.rename(b"in/b.edi", b"in/.a.edi.d.tmp", replace=False)


# no room


@contextmanager
def small_disk(folder):
    """A file system of a megabyte."""
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False, capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("no right to mount a small disk here; the limit on the size of files shows the same")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@needs_sshd
@pytest.mark.parametrize("kind", ["a limit", "a full disk"])
def test_a_server_without_room_is_tried_later_and_nothing_is_left_there(tmp_path, kind):
    """A limit on the size of files fails a write as a quota does, and a full disk too: with the bare status of failure."""
    with ExitStack() as stack:
        command = "trap '' XFSZ; ulimit -f 1000" if kind == "a limit" else ""
        sshd = stack.enter_context(failing_sshd(tmp_path, command=command))
        if kind == "a full disk":
            stack.enter_context(small_disk(sshd.folder / "in"))
        session = stack.enter_context(session_of(sshd))
        for content in (bytes(1_200_000), bytes(5_000_000)):
            with pytest.raises(NoSpaceError) as refused:
                drop(session.files(), DropSettings(folder="in"), "a.edi", content, drop_id="d")
            assert refused.value.action is Action.RETRY
            assert names(sshd.folder / "in") == []
        assert drop(session.files(), DropSettings(folder="in"), "a.edi", bytes(400_000), drop_id="d").size == 400_000


@needs_sshd
def test_our_own_disk_full_claims_nothing(files, out, look, ledger):
    (out / "a.edi").write_bytes(b"one")
    with pytest.raises(LocalDiskFullError) as refused:
        look(files, keep_free=1 << 60)
    assert refused.value.action is Action.RETRY
    assert (names(out), ledger.states) == (["a.edi"], [])


@needs_sshd
def test_our_own_disk_full_while_reading_is_made_good_by_the_next_look(files, out, look, ledger, tmp_path):
    (out / "a.edi").write_bytes(bytes(6_000_000))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
    try:
        with pytest.raises(LocalDiskFullError):
            look(files)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("pickup-")] == []
    assert look(files).taken == ["trn_1"]
    assert names(out / ".work") == []


@needs_sshd
def test_a_copy_of_ours_that_cannot_be_read_leaves_nothing_at_the_partner(files, sshd):
    class Broken:
        size = 100_000

        def blocks(self, size=1 << 20):
            yield bytes(50_000)
            raise OSError

    (sshd.folder / "in").mkdir()
    with pytest.raises(LocalFileError) as refused:
        drop(files, DropSettings(folder="in"), "a.edi", Broken(), drop_id="d")
    assert refused.value.action is Action.RETRY
    assert names(sshd.folder / "in") == []


# the server itself


@needs_sshd
def test_a_host_key_that_changes_between_two_looks_stops_before_anything_is_sent(tmp_path, look, ledger):
    with running_sshd(tmp_path / "one") as one, running_sshd(tmp_path / "two", config="LogLevel DEBUG1") as two:
        for sshd in (one, two):
            (sshd.folder / "out").mkdir()
            (sshd.folder / "out" / "a.edi").write_bytes(b"one")
        with FaultyProxy(one.port, after=1 << 30) as proxy:
            with session_of(one, port=proxy.port) as session:
                assert look(session.files()).taken == ["trn_1"]
            proxy.target = two.port
            with pytest.raises(HostKeyError) as refused:
                session_of(one, port=proxy.port)
        assert refused.value.action is Action.STOP
        assert "userauth" not in (two.keys / "log").read_text()
        assert len(ledger.taken) == 1


@needs_sshd
def test_where_the_server_opens_few_channels_they_go_round(tmp_path):
    with running_sshd(tmp_path, config="MaxSessions 2") as sshd, session_of(sshd) as session:
        (sshd.folder / "in").mkdir()

        def leave(number):
            with session.borrowed() as files:
                drop(files, DropSettings(folder="in"), f"{number}.edi", b"one", drop_id="d")

        threads = [threading.Thread(target=leave, args=(number,)) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(names(sshd.folder / "in")) == 12


@needs_sshd
def test_a_hundred_thousand_names(files, out, look, ledger, clock):
    for number in range(100_000):
        os.close(os.open(out / f"{number:06}.csv", os.O_CREAT | os.O_WRONLY))
    (out / "a.edi").write_bytes(b"one")
    report = look(files, patterns=["*.edi"])
    assert [alarm.kind for alarm in report.alarms] == [AlarmKind.MANY_NAMES]
    assert ledger.taken == [("a.edi", b"one")]


# all else, and the table


def test_what_is_no_answer_of_a_server_is_a_fault_of_ours():
    with pytest.raises(ZeroDivisionError):
        classify(ZeroDivisionError(), Operation.READ)


def test_an_answer_is_classified_by_its_number_and_what_was_done():
    found = {(code, operation): type(classify(StatusError(code), operation)) for code in (2, 3, 4, 8) for operation in Operation}
    assert found[2, Operation.READ] is VanishedError
    assert found[2, Operation.LIST] is errors.NoSuchFolderError
    assert found[4, Operation.WRITE] is NoSpaceError
    assert {found[3, operation] for operation in Operation} == {NotPermittedError}


def _table():
    lines = README.read_text(encoding="utf-8").partition("## The table of errors")[2].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in rows if not set(row[0]) <= {"-"} and row[0] != "seen"]


def test_the_table_names_every_row_of_the_design_with_tests_that_exist():
    there = {
        f"{path.stem}::{name}"
        for folder in ("sftp", "gateway")
        for path in (Path(__file__).parents[1] / folder).glob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    table = _table()
    assert len(table) == 16
    for row in table:
        named = re.findall(r"`(test_\w+::test_\w+)`", row[3])
        assert named, f"{row[0]}: no test"
        assert set(named) <= there, f"{row[0]}: {sorted(set(named) - there)}"


def test_the_table_names_every_class_of_error_with_its_action():
    named = {name: row[2] for row in _table() for name in re.findall(r"`(\w+Error)`", row[1])}
    classes = {kind.__name__: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, SftpError)}
    del classes["SftpError"]
    assert set(named) == set(classes)
    for name, kind in classes.items():
        assert kind.action.value in named[name], name
