"""What a pickup does when things go wrong, over a file system in memory."""

import os
import shutil

import pytest

from sftp.errors import (
    FileChangedError,
    LocalDiskFullError,
    NoSuchFolderError,
    NotPermittedError,
    Operation,
    UnreachableError,
)
from sftp.pickup import Pickup
from sftp.plan import AlarmKind
from sftp.settings import PickupSettings
from tests.support.ledger import MemoryLedger
from tests.support.memory_files import MemoryFiles


@pytest.fixture
def files():
    made = MemoryFiles(b"out")
    made.put(b"out/a.edi", b"one", mtime=1)
    made.put(b"out/b.edi", b"two", mtime=2)
    return made


@pytest.fixture
def ledger():
    return MemoryLedger()


@pytest.fixture
def run(files, ledger, tmp_path, clock):
    def run(**changes):
        options = {key: changes.pop(key) for key in ("keep_free", "take", "stopping") if key in changes}
        settings = PickupSettings.model_validate({"folder": "out", **changes})
        take = options.pop("take", ledger.take)
        report = Pickup(settings, ledger, take, scratch=tmp_path, clock=clock, **{"keep_free": 0, **options}).run(files)
        clock.wait(10)
        return report

    return run


def test_what_take_gets(run, ledger):
    picked = []
    run(take=ledger.take)

    def take(files):
        picked.extend((file.name, file.size, file.sha256, file.row.path, file.body.read()) for file in files)
        return ledger.take(files)

    run(take=take)
    sha256 = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    assert picked[0] == ("a.edi", 3, sha256, b"a.edi", b"one")
    assert {row.sha256 is not None for row in ledger.rows()} == {True}


def test_a_missing_folder_is_the_callers_business(run, files):
    files.folders.discard(b"out")
    with pytest.raises(NoSuchFolderError):
        run()


def test_a_full_disk_of_ours_claims_nothing(run, files, tmp_path):
    run()
    with pytest.raises(LocalDiskFullError):
        run(keep_free=shutil.disk_usage(tmp_path).total)
    assert set(files.files) == {b"out/a.edi", b"out/b.edi"}


def test_a_store_that_fails_leaves_the_claim_and_the_next_run_reads_again(run, ledger, files):
    run()

    def broken(_file):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        run(take=broken)
    assert ledger.states == ["claimed", "claimed"]
    assert run().taken == ["trn_1", "trn_2"]
    assert ledger.taken == [("a.edi", b"one"), ("b.edi", b"two")]


@pytest.mark.parametrize("forbidden", [Operation.RENAME, Operation.MAKE_FOLDER])
def test_a_server_that_forbids_claims_is_told_of_and_nothing_is_left_begun(run, ledger, files, forbidden):
    run()
    files.refuse = {forbidden: NotPermittedError}
    with pytest.raises(NotPermittedError):
        run()
    assert ledger.states == ["seen", "seen"]
    files.refuse = {}
    run()
    assert ledger.taken == [("a.edi", b"one"), ("b.edi", b"two")]


def test_without_claims_and_with_keep_a_read_only_server_is_enough(run, ledger, files):
    files.refuse = dict.fromkeys((Operation.RENAME, Operation.REMOVE, Operation.MAKE_FOLDER, Operation.WRITE), NotPermittedError)
    run(claim="none", after="keep")
    assert run(claim="none", after="keep").taken == ["trn_1", "trn_2"]
    assert run(claim="none", after="keep").taken == []
    assert ledger.states == ["finished", "finished"]
    assert len(files.reads) == 2


def test_where_moving_is_forbidden_the_file_is_deleted(run, files):
    settings = {"claim": "none"}
    run(**settings)
    files.refuse = {Operation.RENAME: NotPermittedError}
    assert run(**settings).problems == []
    assert files.files == {}


def test_a_file_that_cannot_be_moved_away_is_tried_three_times_and_read_once(run, files, ledger):
    settings = {"claim": "none"}
    run(**settings)
    files.refuse = {Operation.RENAME: NotPermittedError, Operation.REMOVE: NotPermittedError}
    first = run(**settings)
    assert first.taken == ["trn_1", "trn_2"]
    assert [alarm.kind for alarm in first.alarms] == [AlarmKind.NOT_ARCHIVED] * 2
    for _ in range(2):
        assert len(run(**settings).problems) == 2
    assert run(**settings).problems == []
    assert len(run(**settings).alarms) == 2
    assert len(files.reads) == 2


def test_a_connection_that_breaks_ends_the_run(run, files, ledger):
    run()
    files.refuse = {Operation.READ: UnreachableError}
    with pytest.raises(UnreachableError):
        run()
    files.refuse = {}
    assert run().taken == ["trn_1", "trn_2"]


def test_a_file_that_changes_while_it_is_read_goes_back_and_begins_anew(run, files, ledger):
    run()
    honest = files.read

    def changed(path, size):
        if path.endswith(b"-a.edi"):
            raise FileChangedError(Operation.READ)
        yield from honest(path, size)

    files.read = changed
    report = run()
    assert [problem.name for problem in report.problems] == ["a.edi"]
    assert ledger.taken == [("b.edi", b"two")]
    assert b"out/a.edi" in files.files
    files.read = honest
    run()
    run()
    assert ledger.taken[1:] == [("a.edi", b"one")]


def test_a_file_that_changes_while_it_is_read_without_a_claim(run, files, ledger):
    run(claim="none")
    honest = files.read

    def growing(path, size):
        yield from honest(path, size)
        files.put(path, b"one and more", mtime=9)

    files.read = growing
    assert len(run(claim="none").problems) == 2
    files.read = honest
    run(claim="none")
    run(claim="none")
    assert ledger.taken == [("a.edi", b"one and more"), ("b.edi", b"one and more")]


def test_a_file_that_another_reader_takes_first_is_skipped(run, files, ledger):
    run()
    honest = files.rename

    def stolen(old, new, *, replace):
        files.files.pop(b"out/a.edi", None)
        honest(old, new, replace=replace)

    files.rename = stolen
    report = run()
    assert (report.taken, report.problems) == (["trn_1"], [])
    assert ledger.taken == [("b.edi", b"two")]
    assert ledger.states == ["finished"]


def test_a_strict_folder_stops_at_a_file_that_cannot_be_read(run, files, ledger):
    run(fifo="strict")
    honest = files.read

    def forbidden(path, size):
        if path.endswith(b"-a.edi"):
            raise NotPermittedError(Operation.READ)
        yield from honest(path, size)

    files.read = forbidden
    assert run(fifo="strict").taken == []
    assert len(run(fifo="by_time").taken) == 1


def test_two_gateways_on_one_folder_take_each_file_once(files, tmp_path, clock):
    ledgers = [MemoryLedger(), MemoryLedger()]
    pickups = []
    for ledger in ledgers:
        pickups.append(Pickup(PickupSettings(folder="out"), ledger, ledger.take, scratch=tmp_path, clock=clock, keep_free=0))
        pickups[-1].run(files)
        clock.wait(1)
    clock.wait(10)
    honest, racing = files.rename, []

    def race(old, new, *, replace):
        files.rename = honest
        racing.append(pickups[1].run(files))  # the other gateway runs between our row and our rename
        honest(old, new, replace=replace)

    files.rename = race
    pickups[0].run(files)
    assert sorted(ledgers[0].taken + ledgers[1].taken) == [("a.edi", b"one"), ("b.edi", b"two")]
    assert len(racing[0].taken) == 2


def test_a_restored_database_reads_a_claim_again(run, files, ledger, clock):
    files.files = {b"out/.work/0123456789ab-a.edi": (b"one", 1)}
    files.folders.add(b"out/.work")
    assert run().waiting == 1
    clock.wait(1800)
    assert run().taken == ["trn_1"]
    assert set(files.files) == {b"out/archive/2025/03/0123456789ab-a.edi"}


def test_a_pickup_that_is_asked_to_stop_stops_between_batches(run, ledger):
    run(fifo="strict")
    assert run(fifo="strict", stopping=lambda: len(ledger.taken) == 1).taken == ["trn_1"]


def test_a_large_file_goes_through_the_disk_and_leaves_nothing_there(run, files, ledger, tmp_path):
    files.put(b"out/a.edi", os.urandom(5 << 20), mtime=1)
    run()
    run()
    assert ledger.taken[0] == ("a.edi", files.files[next(path for path in files.files if path.endswith(b"-a.edi"))][0])
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_may_be_moved_away_instead_of_being_copied(run, files, ledger, tmp_path):
    content = os.urandom(5 << 20)
    files.put(b"out/a.edi", content, mtime=1)
    kept = tmp_path / "kept"
    kept.mkdir()

    def take(picked):
        for file in picked:
            if file.path is not None:
                file.path.rename(kept / "moved")
        return ledger.take(picked)

    run(take=take)
    run(take=take)
    assert [path.read_bytes() == content for path in kept.iterdir()] == [True]
    assert [name for name, _ in ledger.taken] == ["a.edi", "b.edi"], "the small one has no file, and its bytes are there all the same"


def test_a_partner_cannot_name_a_file_on_our_side(run, files, ledger):
    files.files = {b"out/" + b"\xff\x80\xe2\x80\xae.edi": (b"one", 1)}
    run()
    run()
    assert ledger.taken == [("\\xff\\x80\\u202e.edi", b"one")]
