"""Cross references in the store answer as the same rows in memory do, and changes are what they say."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from gateway.store import crossref
from gateway.store.schema import CrossReference
from gateway.store.store import Store
from maps.crossref import Kind, KindPolicy, Listed, Missing, Row, inbound, outbound
from tests.maps.test_crossref import DAY, ROWS, notice, order

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
POLICIES = {kind: KindPolicy(Missing.HOLD) for kind in Kind}


def put(store: Store, rows, **how) -> crossref.Changes:
    def work(connection) -> crossref.Changes:
        changes = crossref.changes_of(connection, rows, **how)
        crossref.store(connection, changes, by="test", reason="", now=NOW)
        return changes

    return store.write_now(work)


def empty(store: Store) -> None:
    store.write_now(lambda connection: connection.execute(delete(CrossReference.table())).rowcount)


@given(ROWS, st.sampled_from(["004410001", "A", "*"]))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_store_answers_as_a_list_does(store: Store, rows, ours):
    empty(store)
    put(store, rows)
    assert sorted(store.read_now(crossref.listed), key=lambda row: row.identity) == sorted(rows, key=lambda row: row.identity)
    sent, hub = order(), notice({"ours": ours}, {"value": "12", "unit": "EA"})
    memory = Listed("northmart", rows)

    def look(connection):
        stored = crossref.StoredRows(connection, "northmart")
        return stored.kinds(), inbound(sent, stored, POLICIES, DAY), outbound(hub, stored, POLICIES, DAY)

    assert store.read_now(look) == (memory.kinds(), inbound(sent, memory, POLICIES, DAY), outbound(hub, memory, POLICIES, DAY))


@given(ROWS, ROWS)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_replacing_change_leaves_what_was_given(store: Store, before, after):
    empty(store)
    put(store, before)
    pairs = {(row.partner, row.kind) for row in after}
    kept = [row for row in before if (row.partner, row.kind) not in pairs]
    changes = put(store, after, replace=True)
    there = store.read_now(crossref.listed)
    assert {row.identity: row for row in there} == {row.identity: row for row in (*kept, *after)}
    assert len(changes.added) + len(before) - len(changes.removed) == len(there)
    assert put(store, after, replace=True).is_empty


def test_the_version_grows_with_changes_only(store: Store):
    rows = [ROW, ROW_LATER]
    assert store.read_now(crossref.version) == 0
    put(store, rows[:1])
    assert store.read_now(crossref.version) == 1
    put(store, rows[:1])
    assert store.read_now(crossref.version) == 1
    put(store, rows)
    assert store.read_now(crossref.version) == 2
    assert put(store, [], remove=rows[:1]).removed == (rows[0],)
    assert store.read_now(crossref.listed) == [rows[1]]


@pytest.mark.parametrize("many", [1, 401, 4001])
def test_large_changes_are_compared_with_all_that_is_there(store: Store, many):
    rows = [Row(partner="northmart", kind=Kind.ITEM, theirs=f"T{n}", ours=f"O{n}") for n in range(many)]
    assert len(put(store, rows).added) == many
    assert put(store, rows).is_empty
    contradicts = [Row(partner="northmart", kind=Kind.ITEM, theirs=f"N{n}", ours=f"O{n}") for n in range(many)]
    assert len(store.read_now(lambda connection: crossref.changes_of(connection, contradicts)).contradictions) == many


ROW = Row(partner="northmart", kind=Kind.ITEM, theirs="A", ours="B")
ROW_LATER = Row(partner="northmart", kind=Kind.ITEM, theirs="A", ours="C", valid_from=date(2027, 1, 1))
