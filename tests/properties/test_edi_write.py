"""The laws of the writer: what it writes, the reader reads back as it was, and finds nothing wrong with."""

from datetime import UTC, datetime
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from edi.delimiters import Delimiters
from edi.envelope import Interchange
from edi.errors import WriteError
from edi.read import read
from edi.values import Composite, ElementValue, Identity, Repeats, Segment, Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions, write
from tests.support.interchanges import edifact, x12
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
    return [[(s.tag, s.elements) for s in one.segments[1:-1]] for one in interchange.transaction_sets]


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
