"""Payloads that come as streams or as files: kept once, whole, durable, or not at all."""

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from gateway.payload import StoredPayload
from gateway.store.errors import StoreUnavailableError
from gateway.store.payloads import IN_DATABASE, PayloadFiles
from gateway.store.store import Store

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
LARGE = os.urandom(3_000_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path)
    yield opened
    opened.close()


async def in_pieces(data: bytes, size: int = 70_000, *, fault: Exception | None = None) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]
    if fault is not None:
        raise fault


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, IN_DATABASE, IN_DATABASE + 1, len(LARGE)])
async def test_a_stream_becomes_the_payload_of_its_bytes(store: Store, size: int):
    data = LARGE[:size]
    kept = await store.keep_stream(in_pieces(data))
    await store.write(lambda connection: store.payloads.insert(connection, kept, NOON))
    found = await store.find(kept.sha256)
    assert (found.sha256, found.size) == (sha256(data).hexdigest(), size)
    assert found.read() == b"".join(found.blocks(1000)) == b"".join(found.blocks(1000)) == data
    with found.open() as file:
        assert file.read() == data
    assert len(files_in(store.folder / "payloads")) == (size > IN_DATABASE)
    assert files_in(store.folder / "scratch") == []


async def test_what_breaks_off_leaves_nothing(store: Store):
    with pytest.raises(ConnectionError):
        await store.keep_stream(in_pieces(LARGE, fault=ConnectionError()))
    assert files_in(store.folder / "payloads") + files_in(store.folder / "scratch") == []


@pytest.mark.parametrize("call", ["fsync", "replace"])
async def test_a_disk_that_fails_is_the_stores_fault_and_nothing_is_half_kept(store: Store, monkeypatch: pytest.MonkeyPatch, call: str):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync", full) if call == "fsync" else (Path, "replace", full)))
    with pytest.raises(StoreUnavailableError):
        await store.keep_stream(in_pieces(LARGE))
    with pytest.raises(StoreUnavailableError):
        await store.keep(LARGE)
    assert files_in(store.folder / "payloads") + files_in(store.folder / "scratch") == []


def test_a_disk_that_is_nearly_full_takes_nothing_large(tmp_path: Path):
    (tmp_path / "scratch").mkdir()
    payloads = PayloadFiles(tmp_path / "payloads", tmp_path / "scratch", keep_free=1 << 60)
    with pytest.raises(StoreUnavailableError, match="nearly full"):
        payloads.keep_blocks([LARGE])
    with pytest.raises(StoreUnavailableError, match="nearly full"):
        payloads.keep_blocks(iter([LARGE[:100_000]]), size=10_000_000)  # known before much of it has come
    with pytest.raises(StoreUnavailableError, match="nearly full"):
        payloads.scratch_file()
    assert files_in(tmp_path) == []
    assert payloads.keep(LARGE[:100_000]).size == 100_000


def test_a_file_of_the_scratch_folder_is_taken_over_once_however_often_it_comes(store: Store):
    for data in (LARGE, LARGE, b"small"):
        path = store.payloads.scratch / "picked"
        path.write_bytes(data)
        kept = store.payloads.keep_file(path, sha256(data).hexdigest())
        assert kept.read() == data
        assert path.exists() == (data == b"small")  # who wrote a small one removes it
    [file] = files_in(store.folder / "payloads")
    assert file.read_bytes() == LARGE


def test_what_a_killed_process_left_in_the_scratch_folder_is_gone(tmp_path: Path):
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "half").write_bytes(LARGE)
    Store.open(tmp_path).close()
    assert files_in(tmp_path / "scratch") == []


async def test_large_bytes_are_not_named_before_they_are_kept(store: Store):
    with pytest.raises(ValueError, match="kept before"):
        await store.write(lambda connection: store.payloads.insert(connection, StoredPayload.of(LARGE), NOON))
