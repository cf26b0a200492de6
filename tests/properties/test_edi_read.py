"""The law of the reader: whatever the bytes, it gives interchanges, or raises NoInterchangeError, and nothing else."""

import contextlib

from hypothesis import example, given, settings
from hypothesis import strategies as st

from edi.errors import NoInterchangeError
from edi.read import Limits, read, sniff
from edi.validate import validate_interchange
from tests.support.interchanges import EDIFACT_ORDERS, X12_850, damaged


@given(
    damaged()
    | st.binary(max_size=300)
    | st.binary(max_size=200).map(lambda b: X12_850[:106] + b)
    | st.binary(max_size=200).map(lambda b: b"UNB+" + b)
)
@example(b"UNA")
@example(b"UNA:+.? 'UNB")
@example(b"ISA*" + b"*" * 300)
@example(X12_850[:106])
@example(X12_850[:105])
@example(b"\xef\xbb\xbf")
@settings(max_examples=100, deadline=None)
def test_no_bytes_raise_anything_but_no_interchange(data: bytes) -> None:
    sniff(data)
    with contextlib.suppress(NoInterchangeError):
        for interchange in read(data):
            assert 0 <= interchange.start <= interchange.end <= len(data)
            for one in interchange.transaction_sets:
                assert interchange.start <= one.start <= one.end <= interchange.end
            validated = validate_interchange(interchange)
            for finding in validated.findings:
                assert 0 <= finding.location.offset <= len(data)
                assert str(finding.location)


@given(damaged(), st.integers(1, 400), st.integers(1, 12), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_limits_end_the_reading_with_a_finding(data: bytes, most_bytes: int, segments: int, elements: int) -> None:
    with contextlib.suppress(NoInterchangeError):
        found = read(data, limits=Limits(bytes=most_bytes, segments=segments, elements=elements))
        assert sum(len(one.segments) for i in found for one in i.transaction_sets) <= segments


@given(st.sampled_from([X12_850, EDIFACT_ORDERS]), st.integers(0, 3), st.sampled_from([b"", b"\r\n", b" \n\n", b"\x00"]))
@settings(max_examples=30, deadline=None)
def test_several_interchanges_are_read_as_if_each_came_alone(data: bytes, more: int, between: bytes) -> None:
    [alone] = read(data)
    together = read(between.join([data] * (more + 1)))
    assert len(together) == more + 1
    for index, interchange in enumerate(together):
        assert interchange.start == index * (len(data) + len(between))
        assert [[s.elements for s in one.segments] for one in interchange.transaction_sets] == [
            [s.elements for s in one.segments] for one in alone.transaction_sets
        ]
        assert interchange.findings == ()


@given(st.sampled_from([X12_850, EDIFACT_ORDERS]), st.integers(60, 132), st.sampled_from([b"\n", b"\r\n"]))
@settings(max_examples=60, deadline=None)
def test_wrapped_lines_read_like_unwrapped_ones(data: bytes, width: int, end: bytes) -> None:
    wrapped = end.join(data[at : at + width] for at in range(0, len(data), width))
    [plain], [read_back] = read(data), read(wrapped)
    assert read_back.findings == ()
    for one, other in zip(plain.transaction_sets, read_back.transaction_sets, strict=True):
        assert [(s.tag, s.elements) for s in one.segments] == [(s.tag, s.elements) for s in other.segments]
        assert wrapped[other.start : other.end].replace(end, b"") == data[one.start : one.end]
