"""`gateway doctor --deep`: nothing is found where all is well; each kind of harm is found, and what is safe is mended."""

import os
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

from gateway.cli.doctor_database import _file
from gateway.operations.deep import CHECKS, look
from gateway.states import Thing
from gateway.store.keeping.faults import unsound
from gateway.store.schema import ControlNumber, Delivery, Document, Job, Payload, Transmission, metadata
from gateway.store.store import Store
from tests.gateway.command_line import gateway
from tests.gateway.conftest import BOTH
from tests.gateway.world import World, an_order, ship_notice

DATABASES = BOTH
_payload, _job, _trn, _doc, _dlv = Payload.table(), Job.table(), Transmission.table(), Document.table(), Delivery.table()


@pytest.fixture
async def busy(world: World) -> World:
    """Something of everything: done, waiting, in rows and in files."""
    await world.receive(an_order())
    await world.submit(ship_notice())
    await world.receive(an_order("4500000002", number=2), work=False)
    kept = await world.context.store.keep(os.urandom(100_000))
    await world.context.store.write(lambda c: world.context.store.payloads.insert(c, kept, world.clock.now))
    return world


async def found(world: World, *, repair: bool = False) -> dict[str, list[str]]:
    told = {check: (await look(world.context, check, repair=repair))["faults"] for check in CHECKS}
    return {check: [fault["detail"] for fault in faults] for check, faults in told.items() if faults}


async def change(world: World, *statements: object) -> None:
    for statement in statements:
        await world.context.store.write(lambda c, statement=statement: c.execute(statement).rowcount)


async def test_where_all_is_well_nothing_is_found(busy: World):
    assert await found(busy) == {}
    await busy.work()
    assert await found(busy) == {}


async def test_a_state_that_is_none(busy: World):
    [order, *_] = await busy.rows(Thing.DOCUMENT)
    await change(busy, update(_doc).where(_doc.c.id == order["id"]).values(state="LOST"))
    assert await found(busy) == {"states": ["the document is in the state 'LOST', which there is not"]}


async def test_references_to_nothing(busy: World):
    [delivery, *_] = await busy.rows(Thing.DELIVERY, kind="sink")
    [inbound, *_] = await busy.rows(Thing.TRANSMISSION, direction="inbound")
    await change(busy, update(_dlv).where(_dlv.c.id == delivery["id"]).values(document_id="doc_gone"))
    await change(busy, delete(_payload).where(_payload.c.sha256 == inbound["payload_sha256"]))
    details = (await found(busy))["references"]
    assert details == [
        f"transmission.payload_sha256 names {inbound['payload_sha256']}, which is not in payload",
        "delivery.document_id names doc_gone, which is not in document",
    ]


async def test_open_things_without_work_get_it_and_go_on(busy: World):
    await change(busy, delete(_job))
    assert (await found(busy))["work"] == ["it is not finished and no work is queued for it"]
    assert (await look(busy.context, "work", repair=True))["faults"][0]["repaired"]
    assert await found(busy) == {}
    await busy.work()
    assert set(busy.hub.orders) == {"4500000001", "4500000002"}
    assert "store.repaired" in [
        event.action for event in await busy.context.store.read(lambda c: c.execute(text("SELECT action FROM event")).all())
    ]


async def test_work_about_nothing_is_taken_off(busy: World):
    await change(busy, update(_job).values(thing_id="trn_gone"))
    assert "inbound work is queued for what is not there" in (await found(busy, repair=True))["work"]
    [open_one] = [row["id"] for row in await busy.rows(Thing.TRANSMISSION, state="OPENED") if row["finished_at"] is None]
    assert await busy.context.store.read(lambda c: c.execute(select(_job.c.thing_id)).scalars().all()) == [open_one]  # its own, anew


async def test_a_sequence_below_what_was_written_goes_on_behind_it(busy: World):
    numbers = ControlNumber.table()
    await change(busy, update(_trn).where(_trn.c.direction == "outbound").values(control_number="000000042"))
    [detail] = (await found(busy, repair=True))["numbers"]
    assert detail.endswith("but 42 was written already")
    assert await found(busy) == {}
    last = await busy.context.store.read(lambda c: c.execute(select(numbers.c.last).where(numbers.c.kind == "interchange")).scalars().all())
    assert 42 in last


async def test_bytes_that_are_not_those_of_their_digest(busy: World):
    [inbound, *_] = await busy.rows(Thing.TRANSMISSION, direction="inbound")
    await change(busy, update(_payload).where(_payload.c.sha256 == inbound["payload_sha256"]).values(body=b"other", encoding=""))
    assert (await found(busy))["payloads"] == ["its bytes in the database are others"]


@pytest.mark.parametrize(("harm", "told"), [("gone", "its file is not there"), ("changed", "its file holds other bytes")])
async def test_files_that_are_gone_or_changed(busy: World, harm: str, told: str):
    [file] = [path for path in busy.context.store.payloads.folder.rglob("*") if path.is_file()]
    file.unlink() if harm == "gone" else file.write_bytes(b"x" * 100_000)
    assert (await found(busy))["payloads"] == [told]


async def test_a_file_that_nothing_names_is_told_once_it_is_old(busy: World):
    alone = busy.context.store.payloads.keep(os.urandom(70_000))
    assert await found(busy) == {}
    os.utime(busy.context.store.payloads.file_of(alone.sha256), (0, 0))
    assert await found(busy) == {"files": ["no row names the file (70000 bytes)"]}


def _harm(path: Path, table: str) -> None:
    """The first page of a table holds something else."""
    with closing(sqlite3.connect(path)) as raw:
        [page] = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        [size] = raw.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_a_damaged_file_is_told_by_the_short_look_as_long_as_it_is_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    Store.open(tmp_path).close()
    assert "is sound" in _file(tmp_path).detail
    _harm(tmp_path / "gateway.db", "delivery")
    assert (_file(tmp_path).status, "is damaged" in _file(tmp_path).detail) == ("fault", True)
    monkeypatch.setattr("gateway.cli.doctor_database._WHOLE", 4096)
    assert (_file(tmp_path).status, "`--deep` looks at all" in _file(tmp_path).detail) == ("ok", True)


def test_the_deep_look_reads_every_table_of_the_file(tmp_path: Path):
    Store.open(tmp_path).close()
    _harm(tmp_path / "gateway.db", "delivery")
    with closing(Store.open(tmp_path)) as store:
        found, looked, after = [], 0, ""
        while after or not looked:
            faults, after = store.read_now(partial(unsound, after=after))
            found += [fault.subject for fault in faults]
            looked += 1
    assert (set(found), looked) == ({"delivery"}, len(metadata.tables))


def test_the_command_on_a_gateway_that_stands_still(tmp_path: Path):
    assert gateway("init", tmp_path / "w", "--quickstart").code == 0
    done = gateway("-w", tmp_path / "w", "doctor", "--deep", "--json")
    names = [check["name"] for check in done.json["checks"] if check["name"].startswith("store ")]
    assert names == [f"store {check}" for check in CHECKS]
    assert all(check["status"] == "ok" for check in done.json["checks"] if check["name"] in names)


def test_a_command_that_meets_a_damaged_file_says_so_and_what_to_do(tmp_path: Path):
    assert gateway("init", tmp_path / "w", "--id", "HARBORLINE").code == 0
    assert gateway("-w", tmp_path / "w", "status").code == 0
    for table in ("delivery", "job", "ix_delivery_state", "transmission", "document", "event"):
        _harm(tmp_path / "w/data/gateway.db", table)
    status = gateway("-w", tmp_path / "w", "status")
    assert (status.code, "Store damaged" in status.err, "doctor --deep" in status.err, "restore" in status.err) == (2, True, True, True)
    assert len(status.err.splitlines()) == 2
    deep = gateway("-w", tmp_path / "w", "doctor", "--deep", "--json")
    told = {check["name"]: check["status"] for check in deep.json["checks"]}
    assert (deep.code, told["database"], told["store database"], told["store references"]) == (1, "fault", "fault", "fault")
