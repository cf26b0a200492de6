"""The laws of incremental reading: the events do not depend on how the bytes were cut, and they are what `read` gives."""

import random
import re
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edi.errors import NoInterchangeError
from edi.events import Event, GroupBegun, GroupEnded, InterchangeBegun, InterchangeEnded, SetRead
from edi.feed import Feed
from edi.read import collect, read
from edi.write import write
from tests.support.interchanges import EDIFACT_ORDERS, X12_850
from tests.support.mutants import CHANGES, bases, mutate
from tests.support.orders import long_order
from tests.support.snapshot import group_lines, interchange_lines, set_lines

BASES = bases()
FILES = st.builds(lambda base, change: CHANGES[change](BASES[base]), st.sampled_from(sorted(BASES)), st.sampled_from(sorted(CHANGES)))
DAMAGED = st.builds(lambda data, seed: mutate(data, random.Random(seed)), FILES, st.integers(0, 2**32))
LONG = write(long_order(900))  # longer than anything that is looked at at once


def told(event: Event) -> list[str]:
    """All that an event says, as lines."""
    if isinstance(event, InterchangeBegun):
        return ["begun", *interchange_lines(event.interchange)]
    if isinstance(event, InterchangeEnded):
        return [f"ended, {event.groups} groups", *interchange_lines(event.interchange)]
    if isinstance(event, GroupBegun):
        return ["group begun", *group_lines(event.group)]
    if isinstance(event, GroupEnded):
        return [f"group ended, {event.sets} sets", *group_lines(event.group)]
    return list(set_lines(event.transaction_set))


def fed(pieces: Iterable[bytes]) -> list[list[str]]:
    """What the events of these pieces say; the refusal where there is none."""
    feed = Feed()
    said = []
    try:
        for piece in pieces:
            said += [told(event) for event in feed.feed(piece)]
        said += [told(event) for event in feed.close()]
    except NoInterchangeError as error:
        assert said == []
        return [[str(error)]]
    return said


def cut(data: bytes, pick: random.Random) -> Iterator[bytes]:
    """Pieces of any length, empty ones too; often cut at or beside a separator."""
    at = 0
    while at < len(data):
        end = at + pick.choice((0, 1, 2, 3, 9, 60, 106, 400, 5000, 70_000))
        if pick.random() < 0.3:
            end = max(at, data.find(pick.choice((b"~", b"'", b"\n", b"?", b"ISA", b"UN")), at, at + 500) + pick.choice((0, 1, 2)))
        yield data[at:end]
        at = end


@given(DAMAGED, st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_random_pieces_give_the_events_of_the_whole(data: bytes, seed: int) -> None:
    assert fed(cut(data, random.Random(seed))) == fed([data])


@given(FILES | DAMAGED)
@example(X12_850)
@example(EDIFACT_ORDERS)
@example(X12_850 + b"\n" + EDIFACT_ORDERS)
@settings(max_examples=100, deadline=None)
def test_byte_by_byte_gives_the_events_of_the_whole(data: bytes) -> None:
    assert fed(data[at : at + 1] for at in range(len(data))) == fed([data])


@given(st.sampled_from(["plain", "lines", "wrapped", "utf-8", "twice", "tail"]), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_long_files_give_the_same_events_however_cut(kind: str, seed: int) -> None:
    data = {
        "plain": LONG,
        "lines": LONG.replace(b"~", b"~\r\n"),
        "wrapped": b"\n".join(LONG[at : at + 80] for at in range(0, len(LONG), 80)),
        "utf-8": LONG.replace(b"SALTINE", "SÄLTINË 東京".encode()),
        "twice": LONG + EDIFACT_ORDERS + LONG,
        "tail": LONG + b"\n" * 100_000 + b"-- bye ISA" * 9000,
    }[kind]
    assert fed(cut(data, random.Random(seed))) == fed([data])


@given(DAMAGED | st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_the_events_collected_are_what_read_gives(data: bytes) -> None:
    feed = Feed()
    try:
        interchanges = read(data)
    except NoInterchangeError as refusal:
        with pytest.raises(NoInterchangeError, match=re.escape(str(refusal))):
            [*feed.feed(data), *feed.close()]
        return
    events = [*feed.feed(data), *feed.close()]
    collected = [line for one in collect(events) for line in interchange_lines(one)]
    assert collected == [line for one in interchanges for line in interchange_lines(one)]


@given(DAMAGED)
@settings(max_examples=200, deadline=None)
def test_events_are_nested_and_counted(data: bytes) -> None:
    feed = Feed()
    try:
        events = [*feed.feed(data), *feed.close()]
    except NoInterchangeError:
        return
    open_: list[str] = []
    sets = groups = 0
    for event in events:
        if isinstance(event, InterchangeBegun):
            assert open_ == []
            assert (event.interchange.groups, event.interchange.trailer) == ((), None)
            open_, groups = ["interchange"], 0
        elif isinstance(event, GroupBegun):
            assert open_ == ["interchange"]
            assert (event.group.transaction_sets, event.group.trailer) == ((), None)
            open_, sets, groups = ["interchange", "group"], 0, groups + (event.group.header is not None)
        elif isinstance(event, SetRead):
            assert open_ == ["interchange", "group"]
            sets += 1
        elif isinstance(event, GroupEnded):
            assert open_ == ["interchange", "group"]
            assert (event.group.transaction_sets, event.sets) == ((), sets)
            open_ = ["interchange"]
        else:
            assert open_ == ["interchange"]
            assert (event.interchange.groups, event.groups) == ((), groups)
            open_ = []
    assert open_ == []


def test_a_set_is_told_before_the_bytes_after_it_come() -> None:
    """A long interchange is not waited for: each set comes when it is there, within what is looked at at once."""
    feed, sets, sent = Feed(), 0, 0
    data = write(long_order(10))
    body = data[data.index(b"ST*") : data.index(b"GE*")]
    list(feed.feed(data[: data.index(b"ST*")]))
    for number in range(2000):
        sets += sum(isinstance(event, SetRead) for event in feed.feed(body))
        sent += len(body)
        assert (number + 1 - sets) * len(body) <= 2 * 65536
    sets += sum(isinstance(event, SetRead) for event in [*feed.feed(data[data.index(b"GE*") :]), *feed.close()])
    assert sets == 2000
