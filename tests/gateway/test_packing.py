"""Payloads that are stored packed: the same bytes, digest and size, in blocks, and nothing where packing saves nothing."""

import os
import zlib
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from gateway.packing import is_worth_packing, pack, packer, unpack, unpack_blocks
from gateway.payload import PACKED, StoredPayload
from gateway.store.payloads import IN_DATABASE, ZLIB
from gateway.store.schema import Payload
from gateway.store.store import Store

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
WORDS = [f"PO1*{n}*{n % 97}*CA*{n % 13}.5*PE*UP*{n * 7919 % 10**12:012}~\n".encode() for n in range(8_000)]
EDI = b"".join(WORDS)
_payload = Payload.table()


@given(st.binary(max_size=2000), st.integers(1, 700), st.integers(1, 900))
def test_what_is_packed_in_any_pieces_comes_back_in_blocks_of_any_size(data: bytes, piece: int, size: int):
    making = packer()
    packed = b"".join(making.compress(data[at : at + piece]) for at in range(0, len(data), piece)) + making.flush()
    blocks = list(unpack_blocks((packed[at : at + piece] for at in range(0, len(packed), piece)), size))
    assert b"".join(blocks) == data
    assert all(0 < len(block) <= size for block in blocks)


def test_packing_is_left_where_it_saves_nothing():
    assert pack(b"ISA*short~") is None
    assert pack(os.urandom(5000)) is None
    assert not is_worth_packing(os.urandom(1 << 17))
    packed = pack(EDI)
    assert packed is not None
    assert len(packed) < len(EDI) / 2
    assert unpack(packed) == EDI


@pytest.mark.parametrize("harm", ["cut", "longer", "changed", "other"])
def test_damage_is_told_as_a_disk_tells_it(harm: str):
    packed = zlib.compress(EDI[:100_000])
    middle = len(packed) // 2
    harmed = {"cut": packed[:-9], "longer": packed + b"x", "changed": packed[:middle] + b"\0\0\0" + packed[middle + 3 :], "other": b"ISA*"}
    with pytest.raises(OSError, match="damaged"):
        list(unpack_blocks([harmed[harm]], 1000))


async def test_small_ones_are_packed_in_their_row(store: Store):
    data = EDI[:5000]
    kept = await store.keep(data)
    await store.write(lambda c: store.payloads.insert(c, kept, NOON))
    row = await store.read(lambda c: c.execute(select(_payload)).mappings().one())
    assert (row["encoding"], row["size"], len(row["body"]) < 2500) == (ZLIB, 5000, True)
    assert await store.load(kept.sha256) == data


async def test_large_ones_are_packed_in_their_file_and_read_as_they_were(store: Store):
    kept = await store.keep(EDI)
    await store.write(lambda c: store.payloads.insert(c, kept, NOON))
    [file] = [path for path in store.payloads.folder.rglob("*") if path.is_file()]
    assert (file.suffix, file.stat().st_size < len(EDI) / 2) == (PACKED, True)
    found = await store.find(kept.sha256)
    assert (found.size, found.sha256) == (len(EDI), sha256(EDI).hexdigest())
    assert found.read() == b"".join(found.blocks(999)) == EDI
    with found.open() as opened:  # what opens AS2 messages goes back and forth in it
        opened.seek(100_000)
        assert opened.read(50) == EDI[100_000:100_050]
        opened.seek(0)
        assert opened.read() == EDI


async def test_a_picked_up_file_is_packed_too_and_moved_where_that_saves_nothing(store: Store):
    for data, packed in ((EDI, True), (Random(1).randbytes(200_000), False)):
        path = store.payloads.scratch / "picked"
        path.write_bytes(data)
        kept = store.payloads.keep_file(path, sha256(data).hexdigest())
        assert (kept.read(), path.exists()) == (data, False)
        assert (store.payloads.file_of(kept.sha256).suffix == PACKED) is packed


def test_a_picked_up_file_is_moved_as_it_is_when_the_disk_has_no_room_for_a_second_one(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(store.payloads, "_keep_free", 1 << 60)
    path = store.payloads.scratch / "picked"
    data = EDI * 5
    path.write_bytes(data)
    kept = store.payloads.keep_file(path, sha256(data).hexdigest())
    assert store.payloads.file_of(kept.sha256).read_bytes() == data


async def test_what_an_older_release_wrote_plain_is_read_and_not_written_again(store: Store):
    """Rows and files of a store from before anything was packed."""
    small, large = EDI[:3000], EDI[: IN_DATABASE * 2]
    digests = [sha256(data).hexdigest() for data in (small, large)]
    file = store.payloads.folder / digests[1][:2] / digests[1][2:]
    file.parent.mkdir()
    file.write_bytes(large)
    rows = [{"sha256": digests[0], "size": len(small), "body": small}, {"sha256": digests[1], "size": len(large), "body": None}]
    await store.write(lambda c: c.execute(insert(_payload), [{**row, "created_at": NOON} for row in rows]))
    assert [await store.load(digest) for digest in digests] == [small, large]
    again = await store.keep(large)
    await store.write(lambda c: store.payloads.insert(c, again, NOON))
    assert [path for path in store.payloads.folder.rglob("*") if path.is_file()] == [file]
    assert again.read() == large


def test_a_file_that_is_gone_is_a_fault_of_the_disk(tmp_path: Path):
    for name in ("gone", f"gone{PACKED}"):
        with pytest.raises(FileNotFoundError):
            StoredPayload("0" * 64, 5, tmp_path / name).read()
