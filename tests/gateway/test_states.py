"""The state table: complete, closed, and enforced in SQL."""

from pathlib import Path

import pytest

from gateway.states import (
    LIVES,
    DeliveryState,
    DocumentState,
    IllegalMoveError,
    Thing,
    TransmissionState,
    as_markdown,
    sources,
)
from gateway.store.moves import move, start, try_move
from gateway.store.store import Store
from tests.gateway.rows import transmission_row


def test_every_state_has_a_sentence_and_a_row():
    for thing in Thing:
        life = LIVES[thing]
        assert set(life.sentences) == set(life.moves) == set(type(next(iter(life.sentences))))
        assert all(sentence.endswith(".") for sentence in life.sentences.values())


def test_a_move_stays_within_its_thing():
    for life in LIVES.values():
        enum = type(next(iter(life.sentences)))
        assert all(isinstance(target, enum) for targets in life.moves.values() for target in targets)


def test_every_state_can_be_reached():
    for life in LIVES.values():
        for state in life.sentences:
            assert state in life.start or sources(state), f"{state!r} begins nowhere and nothing leads to it"


def test_what_needs_a_person_can_be_left():
    for life in LIVES.values():
        assert all(life.moves[state] for state in life.needs_a_person)


def test_the_sources_of_a_state_are_of_its_own_thing():
    assert "SUBMITTED" not in sources(DeliveryState.QUEUED)
    assert sources(DocumentState.DELIVERED) == {"MAPPED"}
    assert sources(DocumentState.WRITTEN) == {"SUBMITTED", "BATCHED", "SENT"}


def test_the_readme_shows_the_table():
    readme = Path(__file__).parents[2] / "gateway" / "README.md"
    assert as_markdown() in readme.read_text(encoding="utf-8")


async def test_sql_refuses_what_the_table_does_not_have(store: Store):
    await store.write(lambda c: transmission_row(c, "trn_1", state="OPENED"))
    with pytest.raises(IllegalMoveError, match="cannot become RECEIVED"):
        await store.write(lambda c: move(c, TransmissionState.RECEIVED, "trn_1"))
    await store.write(lambda c: move(c, TransmissionState.HELD, "trn_1", cause="unreadable"))
    assert not await store.write(lambda c: try_move(c, TransmissionState.DUPLICATE, "trn_1"))
    assert await store.write(lambda c: try_move(c, TransmissionState.REJECTED, "trn_1"))


def test_nothing_begins_in_a_state_that_is_only_reached():
    assert start(DeliveryState.QUEUED) == "QUEUED"
    with pytest.raises(ValueError, match="nothing begins"):
        start(DocumentState.SENT)
