"""The laws of the writer: what it writes, the reader reads back as it was, and finds nothing wrong with."""

from hypothesis import given, settings
from hypothesis import strategies as st

from edi.envelope import Interchange
from edi.read import read
from edi.values import Composite, ElementValue, Repeats
from edi.write import OutgoingInterchange, WriteOptions, write
from tests.support.interchanges import edifact, x12

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
