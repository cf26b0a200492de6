"""Pickups with the gateway's own store as their ledger: the row and the bytes are one transaction, whatever call is the last."""

import asyncio
import json
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import text

from gateway.app import App
from gateway.demo.telling import until
from gateway.errors import Refusal
from gateway.operations.folders import folders
from gateway.operations.poll import poll
from gateway.pipeline.pickups import Pickups
from gateway.settings import parse_settings
from gateway.store.errors import StoreUnavailableError
from gateway.store.pickups import StoreLedger
from gateway.transports.folder import FolderTransport
from gateway.transports.local_files import LocalFiles
from sftp.ledger import LedgerRow, PickupState
from sftp.server import SftpServer
from tests.support.memory_files import KilledError, Saboteur

SETTINGS = "own: {name: Harborline, org: harborline, environment: live, zone: UTC, stations: [{id: main, x12: {qualifier: ZZ, id: H}}]}\n"
PARTNER = "partner: northmart\nname: Northmart\nstatus: live\nidentities: {x12: [{qualifier: ZZ, id: NORTHMART}]}\ntransports:\n"
ORDER = b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*H              *250304*1200*U*00401*000000001*0*P*>~IEA*0*000000001~"


class Gateway:
    """One workspace, opened as often as its process dies."""

    def __init__(self, root, transports):
        self.root = root
        self.now = datetime(2025, 3, 4, 12, 0, tzinfo=UTC)
        (root / "partners" / "northmart").mkdir(parents=True)
        (root / "gateway.yaml").write_text(SETTINGS)
        (root / "partners" / "northmart" / "partner.yaml").write_text(PARTNER + transports)

    async def look(self, times, saboteur=None, monkeypatch=None):
        """A process that looks so often and ends. Returns transmissions and ledger rows of the store."""
        app = await App.open(self.root, parse_settings(SETTINGS), clock=lambda: self.now)
        try:
            if saboteur is not None:
                app.context.transports["folder"]._files = saboteur.wrap(LocalFiles(self.root))
                for kind, name in (*((StoreLedger, call) for call in ("open", "finished", "put", "forget")), (Pickups, "_take")):
                    monkeypatch.setattr(kind, name, saboteur.watch(getattr(kind, name)))
            for _ in range(times):
                await app.pickups.look_once()
                self.now += timedelta(seconds=10)
            return await app.context.store.read(_content)
        finally:
            await app.close()


def _content(connection):
    transmissions = connection.execute(text("SELECT transport, partner_id, file_name, payload_sha256 FROM transmission")).all()
    files = connection.execute(text("SELECT state, transmission_id FROM pickup_file")).all()
    return [tuple(row) for row in transmissions], [tuple(row) for row in files]


async def test_a_file_in_a_folder_becomes_one_transmission(tmp_path):
    gateway = Gateway(tmp_path, "  folder: {pickup: {folder: from}}\n")
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / "order.edi").write_bytes(ORDER)
    transmissions, files = await gateway.look(3)
    assert [row[:3] for row in transmissions] == [("folder", "northmart", "order.edi")]
    [(state, transmission_id)] = files
    assert (state, transmission_id[:4]) == ("finished", "trn_")
    assert [path.name.partition("-")[2] for path in (tmp_path / "from" / "archive").rglob("*.edi")] == ["order.edi"]


async def test_a_look_ends_when_every_file_of_it_has_been_taken_or_has_failed(tmp_path, monkeypatch):
    gateway = Gateway(tmp_path, "  folder: {pickup: {folder: from}}\n")
    (tmp_path / "from").mkdir()
    for name in ("fails.edi", "lasts.edi"):
        (tmp_path / "from" / name).write_bytes(ORDER)
    take = Pickups._take

    async def slow(self, look, ledger, picked):
        if picked.name == "fails.edi":
            raise StoreUnavailableError("no answer")
        await asyncio.sleep(0.3)
        return await take(self, look, ledger, picked)

    monkeypatch.setattr(Pickups, "_take", slow)
    transmissions, files = await gateway.look(2)
    assert [row[2] for row in transmissions] == ["lasts.edi"]
    assert sorted(state for state, _ in files) == ["claimed", "committed"]


async def test_a_file_on_a_server_becomes_one_transmission(tmp_path, monkeypatch):
    monkeypatch.setenv("PASSWORD", "secret")
    mailbox = tmp_path / "mailbox"
    (mailbox / "out").mkdir(parents=True)
    with SftpServer.of_one(mailbox, user="us", password="secret") as server:
        endpoint = (
            f"{{host: 127.0.0.1, port: {server.port}, user: us, password: 'env:PASSWORD', host_keys: {{current: '{server.host_key}'}}"
        )
        gateway = Gateway(tmp_path / "workspace", f"  sftp: {endpoint}, pickup: {{folder: out}}}}\n")
        (mailbox / "out" / "order.edi").write_bytes(ORDER)
        transmissions, files = await gateway.look(2)
        assert [row[:3] for row in transmissions] == [("sftp", "northmart", "order.edi")]
        (mailbox / "out" / "order.edi").write_bytes(ORDER + b"\n")
        transmissions, files = await gateway.look(2)
    assert len(transmissions) == 2, "the same name with other bytes is another file"
    assert {state for state, _ in files} == {"finished"}


@pytest.mark.parametrize("after", [False, True])
async def test_whatever_call_is_the_last_the_store_has_the_file_once(tmp_path, monkeypatch, after):
    for call in count(1):
        gateway = Gateway(tmp_path / str(call), "  folder: {pickup: {folder: from}}\n")
        folder = gateway.root / "from"
        folder.mkdir()
        (folder / "order.edi").write_bytes(ORDER)
        saboteur = Saboteur(call, after=after)
        with monkeypatch.context() as patched, suppress(KilledError):
            await gateway.look(3, saboteur, patched)
        if saboteur.calls < call:
            break
        gateway.now += timedelta(seconds=10)
        transmissions, files = await gateway.look(4)
        assert [row[2] for row in transmissions] == ["order.edi"]
        assert [state for state, _ in files] == ["finished"]
        assert [path.parent.name for path in folder.rglob("*.edi")] == ["03"], "archived, and nothing else is left"
    assert call > 15


def test_what_was_read_in_the_course_of_time_is_not_looked_at_again(sqlite_store):
    ledger = StoreLedger(sqlite_store, "northmart:folder:from")
    now = datetime(2026, 11, 18, tzinfo=UTC)

    def row(name, state, **said):
        return LedgerRow(name, 3, 1, state, now, claimed_as=name + b".work", **said)

    read = [row(b"read-%d" % number, PickupState.FINISHED, finished=now) for number in range(900)]
    stuck = row(b"stuck", PickupState.FINISHED, finished=now, failures=1)
    begun = row(b"begun", PickupState.CLAIMED)
    ledger.put(*read, stuck, begun)
    StoreLedger(sqlite_store, "another").put(row(b"other", PickupState.SEEN))
    assert {one.path for one in ledger.open()} == {b"stuck", b"begun"}
    assert ledger.finished({one.key for one in (*read[:500], stuck, begun)}, set()) == sorted(read[:500], key=lambda one: one.key)
    assert ledger.finished(set(), {b"read-7.work", b"begun.work"}) == [read[7]]
    assert len(ledger.rows()) == 902


async def test_a_file_that_was_read_and_comes_back_as_it_was_is_put_away_and_not_read_again(tmp_path):
    gateway = Gateway(tmp_path, "  folder: {pickup: {folder: from}}\n")
    (tmp_path / "from").mkdir()
    for _ in range(2):
        (tmp_path / "from" / "order.edi").write_bytes(ORDER)
        os.utime(tmp_path / "from" / "order.edi", (1_000_000, 1_000_000))
        transmissions, files = await gateway.look(3)
        assert ([row[2] for row in transmissions], [state for state, _ in files]) == (["order.edi"], ["finished"])
        assert not list((tmp_path / "from").glob("*.edi"))


async def test_a_person_may_have_the_folders_looked_at_now(tmp_path, monkeypatch):
    gateway = Gateway(tmp_path, "  folder: {pickup: [{folder: from, every: 3600, looks_apart: 0.1}, {folder: other, every: 3600}]}\n")
    (tmp_path / "from").mkdir()
    app = await App.open(gateway.root, parse_settings(SETTINGS), clock=lambda: datetime.now(UTC))
    look, is_told = FolderTransport.poll, asyncio.Event()

    async def second_look_later(self, partner, folder, **said):
        health = app.context.pickups.get("northmart:folder:from")
        if folder.folder == "from" and health is not None and health.waiting:
            await is_told.wait()
        return await look(self, partner, folder, **said)

    monkeypatch.setattr(FolderTransport, "poll", second_look_later)
    try:
        with pytest.raises(Refusal, match="not running"):
            await poll(app.context, "northmart")
        looking = asyncio.create_task(app.pickups.run())
        assert await until(lambda: app.context.signals.looks is not None)
        found = await poll(app.context, "northmart")
        assert [folder["folder"] for folder in found["folders"]] == ["northmart:folder:from", "northmart:folder:other"]
        (tmp_path / "from" / "order.edi").write_bytes(ORDER)
        first = await poll(app.context, "northmart")
        assert (first["complete"], first["folders"][0]["taken"], first["folders"][0]["waiting"]) == (True, 0, 1)
        is_told.set()
        # the second look comes by itself, long before the hour is over
        assert await until(lambda: app.context.pickups["northmart:folder:from"].taken == 1)
        with pytest.raises(Refusal, match="no partner"):
            await poll(app.context, "nobody")
        app.pickups.stop()
        await looking
    finally:
        await app.close()


async def test_what_nobody_takes_is_told_once_when_it_lies_there_for_a_while(tmp_path, lines):
    gateway = Gateway(tmp_path, '  folder: {pickup: {folder: from, patterns: ["*.edi"], ignore: ["keep*"], told_after: 15}}\n')
    folder = tmp_path / "from"
    folder.mkdir()
    for name in ("empty.edi", "notes.txt", "cut.edi.part", "keep.txt"):
        (folder / name).write_bytes(b"" if name == "empty.edi" else b"text")
    app = await App.open(tmp_path, parse_settings(SETTINGS), clock=lambda: gateway.now)
    try:
        found = []
        for _ in range(4):
            await app.pickups.look_once()
            [place] = folders(app.context.pickups)
            found.append({trouble["kind"]: list(trouble["files"]) for trouble in place["troubles"]})
            gateway.now += timedelta(seconds=10)
        assert all(trouble["nextAction"].startswith(("Ask", "Their names")) for trouble in place["troubles"])
        told = {"empty-file": ["empty.edi"], "not-matched": ["notes.txt"], "unfinished": ["cut.edi.part"]}
        assert found == [{}, {}, told, told]
        (folder / "notes.txt").unlink()
        await app.pickups.look_once()
        assert {trouble.kind for trouble in app.context.pickups["northmart:folder:from"].troubles} == {"empty-file", "unfinished"}
    finally:
        await app.close()
    told_lines = [json.loads(line) for line in lines.getvalue().splitlines() if "pickup-trouble" in line]
    assert sorted((line["level"], line["trouble"]) for line in told_lines) == [
        ("info", "not-matched"),
        ("info", "unfinished"),
        ("warning", "empty-file"),
    ]
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["cut.edi.part", "empty.edi", "keep.txt"]
