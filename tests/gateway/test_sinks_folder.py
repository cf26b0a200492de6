"""The folder sink."""

import pytest

from gateway.errors import Cause, PermanentError, TransientError
from gateway.sinks.base import OutgoingEvent
from gateway.sinks.folder import FolderSink


def event(event_id="evt_1", body=b"{}", *, is_test=False):
    return OutgoingEvent(event_id, "com.harborline.b2b.order.received.v1", "key", "trn_1", is_test, body)


async def test_one_file_per_event(tmp_path):
    sink = FolderSink(tmp_path / "hub")
    assert await sink.deliver(event()) == "evt_1.json"
    assert await sink.deliver(event("evt_2", b'{"a":1}')) == "evt_2.json"
    assert {path.name: path.read_bytes() for path in (tmp_path / "hub").iterdir()} == {"evt_1.json": b"{}", "evt_2.json": b'{"a":1}'}
    await sink.close()


async def test_the_same_event_again_changes_nothing(tmp_path):
    sink = FolderSink(tmp_path)
    await sink.deliver(event())
    before = (tmp_path / "evt_1.json").stat()
    assert await sink.deliver(event()) == "evt_1.json was there"
    after = (tmp_path / "evt_1.json").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


async def test_the_rest_of_a_cut_off_attempt_does_not_matter(tmp_path):
    (tmp_path / ".evt_1.json.tmp").write_bytes(b"half and much longer than the event")
    await FolderSink(tmp_path).deliver(event())
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"evt_1.json": b"{}"}


@pytest.mark.parametrize("event_id", ["../../etc/passwd", ".hidden", "a/b", "a\0b", "", "x" * 300])
async def test_an_id_is_never_a_path(tmp_path, event_id):
    folder = tmp_path / "hub"
    await FolderSink(folder).deliver(event(event_id))
    [only] = folder.iterdir()
    assert only.suffix == ".json"
    assert len(only.stem) == 64
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize(("usage", "is_test"), [("live", True), ("test", False)])
async def test_traffic_that_the_sink_is_not_for(tmp_path, usage, is_test):
    with pytest.raises(PermanentError) as held:
        await FolderSink(tmp_path, usage=usage).deliver(event(is_test=is_test))
    assert held.value.cause is Cause.USAGE_NOT_ACCEPTED
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_is_a_file_is_tried_again(tmp_path):
    (tmp_path / "hub").write_text("")
    with pytest.raises(TransientError):
        await FolderSink(tmp_path / "hub").deliver(event())


async def test_a_folder_that_is_forbidden_is_held(tmp_path, monkeypatch):
    def forbidden(*_args, **_options):  # as anyone but root finds it
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.replace", forbidden)
    with pytest.raises(PermanentError) as held:
        await FolderSink(tmp_path).deliver(event())
    assert held.value.cause is Cause.DELIVERY_REFUSED
