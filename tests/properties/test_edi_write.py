"""The laws of the writer: what it writes, the reader reads back as it was, and finds nothing wrong with."""

import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from edi.convert import to_edi
from edi.delimiters import Delimiters
from edi.envelope import Interchange
from edi.errors import EdiError, WriteError
from edi.read import read
from edi.validate import validate_interchange
from edi.values import Composite, ElementValue, Identity, Repeats, Segment, Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions, write
from tests.support.interchanges import edifact, x12
from tests.support.mutants import CHANGES, bases, mutate
from tests.support.orders import long_order

OPTIONS = st.builds(WriteOptions, newline=st.sampled_from(["", "\n", "\r\n"]), una=st.sampled_from(["auto", "always"]))


def _trimmed(value: ElementValue) -> ElementValue:
    """A composite or repeated element as the wire has it: without an empty end."""
    if isinstance(value, Repeats):
        return Repeats(_single(part) for part in value)
    return _single(value)


def _single(value: str | Composite) -> str | Composite:
    return value if isinstance(value, str) or len(value) > 1 else value[0]


def _bodies(out: OutgoingInterchange) -> list[list[tuple[str, tuple[ElementValue, ...]]]]:
    return [[(s.tag, tuple(_trimmed(v) for v in s.elements)) for s in one.segments] for group in out.groups for one in group.sets]


def _read_bodies(interchange: Interchange) -> list[list[tuple[str, tuple[ElementValue, ...]]]]:
    return [[(s.tag, tuple(s.elements)) for s in one.segments[1:-1]] for one in interchange.transaction_sets]


def _findings(interchange: Interchange) -> list[object]:
    found: list[object] = list(interchange.findings)
    for group in interchange.groups:
        found += group.findings
        for one in group.transaction_sets:
            found += one.findings
    return found


@given(x12() | edifact(), OPTIONS)
@settings(max_examples=100, deadline=None)
def test_what_is_written_reads_back_the_same_and_without_a_finding(out: OutgoingInterchange, options: WriteOptions) -> None:
    data = write(out, options)
    [interchange] = read(data)
    assert _findings(interchange) == []
    assert _read_bodies(interchange) == _bodies(out)
    assert (interchange.sender, interchange.receiver) == (out.sender, out.receiver)
    assert int(interchange.control_number) == int(out.control_number)
    assert (interchange.usage, interchange.ack_requested, interchange.version) == (out.usage, out.ack_requested, out.version)
    assert [g.control_number for g in interchange.groups if g.header] == [g.control_number for g in out.groups if g.functional_id]
    assert (interchange.start, interchange.end) == (0, len(data.rstrip(b"\r\n")))


SIGNS = st.lists(st.sampled_from('!"#$%&()*+,-./:;<=>@[]^_`{|}~\r\n\x07\x15\x1c\x1d\x1e\x1f'), min_size=5, max_size=5, unique=True)


@given(SIGNS, st.sampled_from(["", "\n", "\r\n"]), st.sampled_from(["1", "3", "4"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_separators_that_are_written_are_read(
    signs: list[str], newline: Literal["", "\n", "\r\n"], version: str, x12_family: bool
) -> None:
    element, component, segment, repetition, release = signs
    if x12_family:
        out = long_order(2)
        delimiters = Delimiters(element, component, segment)
    else:
        group = OutgoingGroup("", "", "", "", "D96A", (OutgoingSet("ORDERS", "1", (Segment("FTX", ("".join(signs), ("A", "B"))),)),))
        prepared = datetime(2026, 11, 18, tzinfo=UTC)
        out = OutgoingInterchange(
            Standard.EDIFACT, Identity("14", "A1"), Identity("14", "B1"), "1", prepared, "test", version, True, (group,)
        )
        delimiters = Delimiters(element, component, segment, repetition if version == "4" else None, release)
    try:
        data = write(out, WriteOptions(delimiters=delimiters, newline=newline, charset="" if x12_family else "UNOB"))
    except WriteError:
        return  # a separator stands in the data of the order, or is no character of level B
    [interchange] = read(data)
    assert _findings(interchange) == []
    assert interchange.delimiters == delimiters
    assert _read_bodies(interchange) == _bodies(out)


@given(x12() | edifact(), OPTIONS)
@settings(max_examples=30, deadline=None)
def test_each_set_stands_where_its_offsets_say(out: OutgoingInterchange, options: WriteOptions) -> None:
    data = write(out, options)
    [interchange] = read(data)
    for one in interchange.transaction_sets:
        piece = data[one.start : one.end].decode("latin-1")
        assert piece.startswith(one.segments[0].tag)
        assert piece.endswith(interchange.delimiters.segment)
        assert piece.rstrip()[:-1].split(interchange.delimiters.element)[-1] == one.control_number
        assert all(data[s.offset : s.offset + len(s.tag)].decode() == s.tag for s in one.segments)
        assert [s.position for s in one.segments] == list(range(1, len(one.segments) + 1))


# -- what was read, written again

BREAKS = re.compile(b"[\r\n]")

BASES = bases()
DAMAGED = st.builds(
    lambda base, change, seed, times: mutate(CHANGES[change](BASES[base]), random.Random(seed)) if times else CHANGES[change](BASES[base]),
    st.sampled_from(sorted(BASES)),
    st.sampled_from(sorted(CHANGES)),
    st.integers(0, 2**32),
    st.integers(0, 2),
)


def outgoing(one: Interchange) -> OutgoingInterchange:
    """An interchange that was read, as one to be written: its trailers, counts and dates are made anew."""
    groups = []
    for group in one.groups:
        sets = [
            OutgoingSet(s.set_id, s.control_number, s.segments[1:-1], s.segments[0].get(3) if group.release else "")
            for s in group.transaction_sets
        ]
        header = group.transaction_sets[0].segments[0] if group.transaction_sets else None
        release = group.release or (group.transaction_sets[0].release if header else "D96A")
        association, agency = (
            (header.get(2, 5), header.get(2, 4)) if header and not group.release else ("", group.header.get(7) if group.header else "")
        )
        groups.append(
            OutgoingGroup(group.functional_id, group.sender, group.receiver, group.control_number, release, sets, association, agency)
        )
    prepared = datetime(2026, 11, 18, 9, 15, tzinfo=UTC)
    usage: Any = one.usage
    return OutgoingInterchange(
        one.standard, one.sender, one.receiver, one.control_number, prepared, usage, one.version, one.ack_requested, groups,
        service_segments=one.service_segments,
    )  # fmt: skip


def written(one: Interchange) -> bytes:
    """With its own separators and character set."""
    return write(outgoing(one), WriteOptions(delimiters=one.delimiters, charset=one.syntax_id))


@given(DAMAGED)
@settings(max_examples=300, deadline=None)
def test_what_was_read_and_written_is_written_the_same_again(data: bytes) -> None:
    """Whatever was read: either it cannot be written, or the writer's bytes are a fixed point of reading and writing."""
    try:
        for one in read(data):
            once = written(one)
            [again] = read(once)
            assert _findings(again) == []
            assert _read_bodies(again) == [[(tag, _ends_off(values)) for tag, values in body] for body in _read_bodies(one)]
            assert written(again) == once
    except EdiError:
        return


def _ends_off(values: tuple[ElementValue, ...]) -> tuple[ElementValue, ...]:
    """Without what the writer drops: empty elements, repetitions and components at the end."""
    kept = [_bare(value) for value in values]
    while kept and kept[-1] == "":
        kept.pop()
    return tuple(kept)


def _bare(value: ElementValue) -> ElementValue:
    if isinstance(value, Repeats):
        repeated = [_single_bare(one) for one in value]
        while len(repeated) > 1 and not repeated[-1]:
            repeated.pop()
        return Repeats(repeated) if len(repeated) > 1 else repeated[0]
    return _single_bare(value)


def _single_bare(value: str | Composite) -> str | Composite:
    if isinstance(value, str):
        return value
    parts = list(value)
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return tuple(parts) if len(parts) > 1 else parts[0]


@given(x12() | edifact(), OPTIONS)
@settings(max_examples=60, deadline=None)
def test_what_was_written_is_rendered_byte_by_byte_the_same(out: OutgoingInterchange, options: WriteOptions) -> None:
    data = write(out, replace(options, newline=""))
    rendered = to_edi([validate_interchange(one) for one in read(data)])
    assert _without_advice(rendered) == _without_advice(data)


def _without_advice(data: bytes) -> bytes:
    """A UNA that says what would hold without it may be left out."""
    return data[9:] if data.startswith(b"UNA") else data


@given(DAMAGED)
@settings(max_examples=200, deadline=None)
def test_rendering_what_was_read_is_a_fixed_point(data: bytes) -> None:
    try:
        once = to_edi([validate_interchange(one) for one in read(data)])
    except EdiError:
        return
    if not BREAKS.search(once):  # a line break in data can make it look like wrapped lines
        assert to_edi([validate_interchange(one) for one in read(once)]) == once
