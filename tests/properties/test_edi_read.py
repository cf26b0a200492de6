"""The law of the reader: whatever the bytes, it gives interchanges, or raises NoInterchangeError, and nothing else."""

import contextlib
import random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from edi.errors import NoInterchangeError
from edi.finding import FindingCode
from edi.read import Limits, read, sniff
from edi.validate import validate_interchange
from tests.fuzz.targets import TARGETS
from tests.support.interchanges import EDIFACT_ORDERS, X12_850, damaged
from tests.support.mutants import BOM, CHANGES, bases, mutate

BASES = bases()
SIGNS = [chr(c) for c in range(256)]
DAMAGED = st.builds(
    lambda base, change, seed: mutate(CHANGES[change](BASES[base]), random.Random(seed)),
    st.sampled_from(sorted(BASES)),
    st.sampled_from(sorted(CHANGES)),
    st.integers(0, 2**32),
)
JOINED = st.lists(st.sampled_from(sorted(BASES)).map(BASES.__getitem__) | DAMAGED | st.just(BOM) | st.binary(max_size=9), max_size=4).map(
    b"".join
)


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
        assert [finding.code for finding in interchange.findings] == [FindingCode.INTERCHANGE_DUPLICATE] * (index > 0)


@given(st.sampled_from([X12_850, EDIFACT_ORDERS]), st.integers(60, 132), st.sampled_from([b"\n", b"\r\n"]))
@settings(max_examples=60, deadline=None)
def test_wrapped_lines_read_like_unwrapped_ones(data: bytes, width: int, end: bytes) -> None:
    wrapped = end.join(data[at : at + width] for at in range(0, len(data), width))
    [plain], [read_back] = read(data), read(wrapped)
    assert read_back.findings == ()
    for one, other in zip(plain.transaction_sets, read_back.transaction_sets, strict=True):
        assert [(s.tag, s.elements) for s in one.segments] == [(s.tag, s.elements) for s in other.segments]
        assert wrapped[other.start : other.end].replace(end, b"") == data[one.start : one.end]


@given(DAMAGED | JOINED, st.sampled_from(sorted(set(TARGETS) - {"guide", "json", "hide"})))
@settings(max_examples=400, deadline=None)
def test_damaged_and_joined_files_raise_nothing_but_edi_errors(data: bytes, target: str) -> None:
    """Read, validated, answered, described, read as an acknowledgment, converted, compared, fed in pieces; `tests.fuzz.targets` says what holds."""
    TARGETS[target](data)


@given(st.sampled_from(sorted(BASES)), st.sampled_from(sorted(CHANGES)), st.floats(0, 1))
@settings(max_examples=200, deadline=None)
def test_a_file_cut_off_anywhere_is_read_as_far_as_it_goes(base: str, change: str, part: float) -> None:
    whole = CHANGES[change](BASES[base])
    data = whole[: int(len(whole) * part)]
    TARGETS["judge"](data)
    with contextlib.suppress(NoInterchangeError):
        tags = [s.tag for one in read(data) for each in one.transaction_sets for s in each.segments]
        complete = [s.tag for one in read(whole) for each in one.transaction_sets for s in each.segments]
        if "wrapped" not in change and "newline" not in change:
            assert tags[:-1] == complete[: max(0, len(tags) - 1)]


@given(st.sampled_from(sorted(BASES)), st.sampled_from("*>~^+:'?"), st.sampled_from(SIGNS))
@settings(max_examples=200, deadline=None)
def test_a_separator_that_is_another_raises_nothing(base: str, old: str, new: str) -> None:
    data = BASES[base]
    for changed in (
        data.replace(old.encode(), new.encode("latin-1")),
        data[:200] + data[200:].replace(old.encode(), new.encode("latin-1")),
    ):
        for target in ("judge", "feed", "convert"):
            TARGETS[target](changed)


@given(
    st.sampled_from(sorted(BASES)),
    st.sampled_from(["ascii", "latin-1", "utf-8", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp500", "shift_jis", "koi8-r", "gb18030"]),
)
@settings(max_examples=60, deadline=None)
def test_text_of_any_encoding_is_read_or_refused(base: str, encoding: str) -> None:
    text = BASES[base].decode("latin-1").replace("NORTH", "NØRTH東").replace("ORDERS ", "Б")
    for target in ("judge", "feed"):
        TARGETS[target](text.encode(encoding, errors="replace"))
