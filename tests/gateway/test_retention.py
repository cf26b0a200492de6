"""Retention: what has had its time goes whole, what is open or held stays, the audit trail lets go of nothing else, and room comes back."""

import json
import os
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, func, insert, select, text
from sqlalchemy.exc import DatabaseError

from gateway import operations
from gateway.cli.doctor_database import _file
from gateway.errors import Cause, Refusal, TransientError
from gateway.operations.retention import keep, kept, let_go, retain
from gateway.pipeline.held_message import hold_message
from gateway.pipeline.hub_message import HubMessage
from gateway.pipeline.retention import Run, run_once
from gateway.retention import Retention
from gateway.states import Thing
from gateway.store.errors import StoreUnavailableError
from gateway.store.events import EventNote, note
from gateway.store.keeping import cuts, files, space
from gateway.store.schema import Event, EventCut, HeldMessage, Payload, RetentionHold, metadata
from gateway.store.sqlite import Sqlite
from gateway.store.store import Store
from tests.gateway.command_line import gateway
from tests.gateway.conftest import BOTH
from tests.gateway.rows import NOON
from tests.gateway.world import GATEWAY_YAML, PARTNER_YAML, World, an_order, functional_ack, ship_notice

DATABASES = BOTH
_event, _payload = Event.table(), Payload.table()
#: what is counted on, and idempotency keys, which `Overdue` looks after; the last entry of the feed is its position
_STAY = {"control_number", "event", "event_cut", "feed_entry", "idempotency_key", "inbound_sequence"}


async def rows_of(world: World) -> dict[str, int]:
    def count(connection: Connection) -> dict[str, int]:
        counted = {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in metadata.sorted_tables}
        return {name: rows for name, rows in counted.items() if rows}

    return await world.context.store.read(count)


async def a_finished_order(world: World) -> None:
    """An order, its ship notice, and the partner's acknowledgment of it."""
    await world.receive(an_order())
    await world.submit(ship_notice())
    [written] = [row for row in await world.rows(Thing.TRANSACTION_SET, direction="outbound") if row["set_id"] == "856"]
    await world.receive(functional_ack(int(written["group_control_number"]), set_number=written["control_number"]))


async def run(world: World, **rules: object) -> dict[str, int]:
    return dict(await Run(world.context.store, Retention.model_validate(rules), world.context.now).all())


async def test_what_is_finished_goes_with_all_that_is_its_own(world: World):
    await a_finished_order(world)
    assert set(await world.states(Thing.ACKNOWLEDGMENT)) == {"WRITTEN", "ACCEPTED"}
    before = await rows_of(world)
    assert {"transmission", "transaction_set", "document", "delivery", "acknowledgment", "payload", "business_key"} <= before.keys()
    world.clock.pass_time(days=399)
    assert await run(world) == {}
    assert await rows_of(world) == before
    world.clock.pass_time(days=2)
    removed = dict((await run_once(world.context, actor="test")).counts)
    assert (removed["transmission"], removed["document"], removed["event"]) == (before["transmission"], before["document"], before["event"])
    after = await rows_of(world)
    assert after.keys() <= _STAY
    assert after["feed_entry"] == 1
    [told] = await world.context.store.read(lambda c: [dict(row) for row in c.execute(select(_event)).mappings()])
    assert (told["action"], told["actor"], told["data"]) == ("retention.removed", "test", dict(removed))


@pytest.mark.parametrize("what", ["held", "undelivered", "unacknowledged", "newer-invoice"])
async def test_what_is_open_or_belongs_to_something_open_stays(world: World, what: str):
    if what == "held":
        await world.receive(b"ISA*no interchange")
    elif what == "undelivered":
        world.hub.faults = [TransientError(Cause.DESTINATION_UNREACHABLE, "no connection")] * 50
        await world.receive(an_order())
    elif what == "unacknowledged":
        await world.receive(an_order())
        await world.submit(ship_notice())
    else:
        await a_finished_order(world)
        world.clock.pass_time(days=300)
        await world.submit(ship_notice(shipment="SHP-2"), "key-2")
        await world.context.store.write(lambda c: c.execute(text("UPDATE acknowledgment SET state = 'ACCEPTED' WHERE state = 'EXPECTED'")))
    before = await rows_of(world)
    world.clock.pass_time(days=401 if what != "newer-invoice" else 200)
    if what == "newer-invoice":
        await run(world)
        assert set(await world.states(Thing.DOCUMENT)) == {"DELIVERED", "ACKNOWLEDGED", "SENT"}  # the order, with both notices
        return
    await run(world)
    after = await rows_of(world)
    kept = {"held": {"transmission"}, "undelivered": {"transmission", "document", "delivery"}, "unacknowledged": {"acknowledgment"}}[what]
    assert all(after[name] for name in kept)
    assert after["event"] > 0
    assert before["payload"] >= after["payload"] > 0


async def test_test_traffic_goes_earlier_and_a_partner_may_be_kept_longer(world: World):
    await world.receive(an_order())
    await world.receive(
        an_order(
            "4500000002",
            number=2,
        ).replace(b"*P*>", b"*T*>")
    )
    world.clock.pass_time(days=31)
    await run(world)
    assert {row["usage"] for row in await world.rows(Thing.TRANSMISSION)} == {"live"}
    world.clock.pass_time(days=500)
    await run(world, partners={"northmart": None})
    assert await world.states(Thing.DOCUMENT) == ["DELIVERED"]


async def test_a_hold_keeps_what_a_person_named(world: World):
    await world.receive(an_order())
    await world.receive(an_order("4500000002", number=2))
    [kept] = [row for row in await world.rows(Thing.DOCUMENT) if row["business_key"] == "4500000002"]
    hold = {"subject": kept["id"], "reason": "a dispute", "by": "test", "at": NOON}
    await world.context.store.write(lambda c: c.execute(insert(RetentionHold.table()), [hold]))
    world.clock.pass_time(days=500)
    await run(world)
    assert [row["business_key"] for row in await world.rows(Thing.DOCUMENT)] == ["4500000002"]


async def test_bytes_may_go_before_what_is_known_of_them(world: World):
    await world.receive(an_order())
    [document] = await world.rows(Thing.DOCUMENT)
    world.clock.pass_time(days=100)
    removed = await run(world, payloads=90)
    assert removed["payload"] == 2  # the order, and our acknowledgment of it
    with pytest.raises(Refusal) as refused:
        await operations.payload(world.context, document["transmission_id"])
    assert refused.value.cause is Cause.PAYLOAD_GONE
    shown = await operations.show(world.context, document["id"])
    assert shown["document"]["purchaseOrderNumber"] == "4500000001"
    assert "payload" not in await run(world, payloads=90)  # once
    again = await world.receive(an_order(), work=False)  # the same bytes come back, and with them what was removed
    payload, _ = await operations.payload(world.context, again.transmission_id)
    assert payload.read() == an_order()


async def test_bytes_that_another_still_names_stay(world: World):
    await world.receive(an_order())
    world.clock.pass_time(days=20)
    twin = await world.receive(an_order())
    assert (await world.one(Thing.TRANSMISSION, id=twin.transmission_id))["state"] == "DUPLICATE"
    world.clock.pass_time(days=5)
    await run(world, documents=22)
    assert [row["id"] for row in await world.rows(Thing.TRANSMISSION, direction="inbound")] == [twin.transmission_id]
    payload, _ = await operations.payload(world.context, twin.transmission_id)
    assert payload.read() == an_order()


async def test_what_was_held_of_the_hub_goes_when_a_person_has_decided_on_it(world: World):
    """One message is held for ever, one was put aside, one was let go on and became a ship notice."""
    await a_finished_order(world)
    context = world.context
    ids = []
    for number in (2, 3, 4):
        body = json.dumps(ship_notice(shipment=f"SHP-{number}")).encode()
        message = HubMessage(body, f"erp/{number}", f"m-{number}", {"partnerid": "northmart"})
        ids.append(await hold_message(context, "erp", message, Refusal(Cause.NOT_FOUND, "there is no such partner")))
    waiting, aside, released = ids
    await operations.reject(context, aside, "not for us", by="ann")
    await operations.release(context, released, "the partner is there now", by="ann")
    await world.work()
    assert {row["business_key"] for row in await world.rows(Thing.DOCUMENT, document_type="ShipNotice")} == {"SHP-1", "SHP-4"}
    digests = {row["id"]: row["payload_sha256"] for row in await world.rows(Thing.TRANSMISSION, id=ids)}

    async def kept() -> tuple[set[str], set[str]]:
        headers = await context.store.read(lambda c: set(c.execute(select(HeldMessage.table().c.transmission_id)).scalars()))
        return {row["id"] for row in await world.rows(Thing.TRANSMISSION, id=ids)}, headers

    world.clock.pass_time(days=399)
    await run(world)
    assert await kept() == (set(ids), set(ids))
    world.clock.pass_time(days=2)
    removed = (await run_once(context, actor="test")).counts
    assert (await kept(), removed["held_message"]) == (({waiting}, {waiting}), 2)
    told = await context.store.read(lambda c: [dict(row) for row in c.execute(select(_event)).mappings()])
    assert [row["data"]["held_message"] for row in told if row["action"] == "retention.removed"] == [2]
    assert {row["thing_id"] for row in told} & set(ids) == {waiting}  # its story stays with it
    assert (await context.store.find(digests[waiting])).read()
    for id_ in (aside, released):
        with pytest.raises(KeyError):
            await context.store.find(digests[id_])
    await operations.reject(context, waiting, "nor this one", by="ann")
    assert (await run(world))["held_message"] == 1
    assert await kept() == (set(), set())


async def test_what_is_let_go_on_once_more_is_kept_until_it_is_done(world: World):
    held = await hold_message(world.context, "erp", HubMessage(b"{broken", "erp/1", "m-1"), Refusal(Cause.MALFORMED_JSON))
    await operations.release(world.context, held, "look again", by="ann")
    world.clock.pass_time(days=401)
    assert "held_message" not in await run(world)  # its work is still queued
    await world.work()
    assert await world.held() == [("transmission", "malformed-json")]
    assert "held_message" not in await run(world)


async def test_a_dry_run_counts_and_removes_nothing(world: World):
    await a_finished_order(world)
    world.clock.pass_time(days=401)
    before = await rows_of(world)
    looked = await Run(world.context.store, Retention(), world.context.now, look_only=True).all()
    assert await rows_of(world) == before
    removed = await run(world)
    assert {name: looked[name] for name in Thing} == {name: removed[name] for name in Thing}


@given(st.integers(1, 600), st.integers(1, 600), st.integers(1, 600), st.booleans())
def test_evidence_is_never_removed_before_its_days(documents: int, payloads: int, evidence: int, as2: bool):
    rules = Retention(documents=documents, payloads=payloads, evidence=evidence)
    rows = rules.documents_before(NOON, partner="p", usage="live", as2=as2)
    data = rules.bytes_before(NOON, partner="p", usage="live", as2=as2)
    assert rows is not None and data is not None and rows <= data  # noqa: PT018 - the first two are for the third
    assert not as2 or data <= NOON - timedelta(days=evidence)


async def test_keeping_something_for_longer_is_told_and_taken_back(world: World):
    await world.receive(an_order())
    context = world.context
    [document] = await world.rows(Thing.DOCUMENT)
    world.clock.pass_time(days=401)
    assert await keep(context, document["id"], "a dispute", by="ann") == {"id": document["id"], "kept": True}
    for subject, cause in ((document["id"], Cause.CONFLICT), ("doc_unknown", Cause.NOT_FOUND)):
        with pytest.raises(Refusal) as refused:
            await keep(context, subject, "again", by="ann")
        assert refused.value.cause is cause
    looked = await retain(context, dry_run=True, by="ann")
    assert (looked["finished"], looked["removed"].get("document")) == (True, None)
    assert [row["subject"] for row in (await kept(context))["kept"]] == [document["id"]]
    await let_go(context, document["id"], "settled", by="ann")
    assert (await retain(context, dry_run=False, by="ann"))["removed"]["document"] == 1
    told = await context.store.read(lambda c: c.execute(select(_event.c.action, _event.c.actor).order_by(_event.c.seq)).all())
    assert [(row.action, row.actor) for row in told] == [
        ("retention.kept", "ann"),
        ("retention.released", "ann"),
        ("retention.removed", "ann"),
    ]


async def test_a_run_ends_when_its_time_is_over_and_the_next_one_goes_on(world: World):
    await world.receive(an_order())
    world.clock.pass_time(days=401)
    short = Run(world.context.store, Retention(), world.context.now, seconds=-1)
    assert (dict(await short.all()), short.is_finished) == ({}, False)
    assert (await run(world))["document"] == 1


# The audit trail


def _note(connection: Connection, number: int) -> None:
    note(connection, NOON + timedelta(days=number), EventNote("certificate.expires", "certificate", f"c{number}", f"c{number}", "It ends."))


async def test_events_leave_by_a_cut_only_and_the_cut_stays(store: Store):
    for number in range(10):
        await store.write(lambda c, number=number: _note(c, number))
    refused = (DatabaseError, StoreUnavailableError)
    with pytest.raises(refused):
        await store.write(lambda c: c.execute(delete(_event).where(_event.c.seq == 1)))
    until, later = NOON + timedelta(days=5), NOON + timedelta(days=400)
    found = await store.read(lambda c: cuts.over(c, 0, until, 3))
    assert (found.numbers, found.last) == ((1, 2, 3), 3)
    kept = await store.read(lambda c: [dict(row) for row in c.execute(select(_event).where(_event.c.seq <= 3)).mappings()])
    assert await store.write(lambda c: cuts.cut(c, found.numbers, until, later)) == 3
    for number in (4, 9):  # beside the cut, and within its numbers but too young
        with pytest.raises(refused):
            await store.write(lambda c, number=number: c.execute(delete(_event).where(_event.c.seq == number)))
    assert await store.write(lambda c: cuts.cut(c, (9, 10), until, later)) == 0
    with pytest.raises(refused):
        await store.write(lambda c: c.execute(text("UPDATE event_cut SET events = 0")))
    with pytest.raises(refused):
        await store.write(lambda c: c.execute(delete(EventCut.table())))
    [row] = await store.read(lambda c: c.execute(select(EventCut.table())).mappings().all())
    assert row["sha256"] == cuts.digest_of("", kept)  # who exported them can prove the export
    assert await store.read(cuts.missing_events) in {0, None}


async def test_events_that_vanished_without_a_cut_are_missed(sqlite_store: Store):
    for number in range(4):
        await sqlite_store.write(lambda c, number=number: _note(c, number))

    def harm(connection: Connection) -> None:
        connection.execute(text("DROP TRIGGER event_no_delete"))
        connection.execute(text("DELETE FROM event WHERE seq IN (2, 4)"))

    await sqlite_store.write(harm)
    assert await sqlite_store.read(cuts.missing_events) == 2


def test_the_commands(tmp_path: Path):
    """On a gateway that stands still; one that runs is asked for the same operations."""
    for path, content in {"gateway.yaml": GATEWAY_YAML, "partners/northmart/partner.yaml": PARTNER_YAML}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(content)
    looked = gateway("-w", tmp_path, "retention", "run", "--dry-run")
    assert (looked.code, "nothing has had its time" in looked.out) == (0, True)
    assert gateway("-w", tmp_path, "retention", "keep", "northmart", "--reason", "a dispute").code == 0
    assert gateway("-w", tmp_path, "retention", "list", "--json").json["kept"][0]["subject"] == "northmart"
    assert gateway("-w", tmp_path, "retention", "keep", "nobody", "--reason", "x").code == 3
    assert gateway("-w", tmp_path, "retention", "release", "northmart", "--reason", "settled").code == 0
    assert "MiB now" in gateway("-w", tmp_path, "retention", "vacuum").out


# Files and room


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def _is_there(path: Path) -> bool:
    return path.exists()


@pytest.fixture
def large(store: Store) -> Path:
    kept = store.payloads.keep(os.urandom(100_000))
    return store.payloads.file_of(kept.sha256)


async def test_files_that_nothing_names_go_when_they_are_old(store: Store, large: Path):
    named = await store.keep(os.urandom(100_000))
    await store.write(lambda c: store.payloads.insert(c, named, NOON))
    os.utime(store.payloads.file_of(named.sha256), (0, 0))
    await Run(store, Retention(), lambda: NOON).all()
    assert _is_there(large)  # the transaction that names it may still come
    os.utime(large, (0, 0))
    counts = await Run(store, Retention(), lambda: NOON).all()
    assert (counts["files"], counts["file_bytes"]) == (1, 100_000)
    assert not _is_there(large)
    assert (await store.find(named.sha256)).read()


async def test_a_file_that_is_needed_again_in_that_moment_stays(store: Store, large: Path):
    os.utime(large, (0, 0))
    [[seen]] = list(files.walk(store.payloads))
    store.payloads.keep(_bytes(large))  # stamps it
    assert not files.remove(seen, seen.mtime + 1)
    assert _is_there(large)
    os.utime(large, (0, 0))
    assert files.remove(seen, seen.mtime + 1)
    assert list(files.walk(store.payloads)) == []


async def test_room_goes_back_to_the_disk_in_steps(tmp_path: Path):
    with closing(Store.open(tmp_path)) as store:
        bodies = [{"sha256": f"{n:064}", "size": 60_000, "body": os.urandom(60_000), "created_at": NOON} for n in range(300)]
        await store.write(lambda c: c.execute(insert(_payload), bodies))
        full = await store.read(space.measure)
        await store.write(lambda c: c.execute(delete(_payload)))
        counts = await Run(store, Retention(), lambda: NOON).all()
        after = await store.read(space.measure)
        assert full.shrinks
        assert counts["returned_bytes"] == full.size - after.size > full.size / 2


def test_a_database_of_before_says_that_it_does_not_shrink(tmp_path: Path):
    import sqlite3

    with closing(sqlite3.connect(tmp_path / "gateway.db")) as old:
        old.execute("PRAGMA journal_mode=WAL")
        old.execute("CREATE TABLE before_us (x)")
    with closing(Store.open(tmp_path)) as store:
        assert not store.read_now(space.measure).shrinks
        assert store.write_now(lambda c: space.give_back(c, 10)) == 0
    told = _file(tmp_path)
    assert (told.status, "retention vacuum" in told.next_action) == ("warning", True)
    space.write_anew(Sqlite(tmp_path / "gateway.db").writer())
    assert _file(tmp_path).status == "ok"
    with closing(Store.open(tmp_path)) as store:
        assert store.read_now(space.measure).shrinks
