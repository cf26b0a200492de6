"""What was read is written again: the same bytes in its own form, the same data in any other."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.build import Builder
from edi.delimiters import Delimiters
from edi.envelope import Interchange
from edi.errors import EdiError, WriteError
from edi.feed import Feed
from edi.finding import Severity
from edi.grammar.load import load
from edi.outgoing import OutgoingInterchange, WriteOptions
from edi.read import read
from edi.rewrite import pieces_again, set_of, write_again
from edi.validate import validate_interchange
from edi.values import Segment, Standard
from edi.write import write
from tests.support.interchanges import EDIFACT_ORDERS, X12_850, damaged, edifact, x12


def bodies(interchange: Interchange) -> list[list[tuple[str, Any]]]:
    """Without trailers, and without empty ends, which are not written."""
    trailers = ("SE", "UNT")
    return [[(s.tag, trimmed(s.elements)) for s in one.segments if s.tag not in trailers] for one in interchange.transaction_sets]


def trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value
    kept = [trimmed(part) for part in value]
    while kept and not kept[-1]:
        kept.pop()
    return kept if len(kept) > 1 else "".join(map(str, kept)) if all(isinstance(part, str) for part in kept) else kept[0]


def findings(interchange: Interchange, *severities: Severity) -> list[str]:
    found = [*interchange.findings]
    for group in interchange.groups:
        found += [*group.findings, *(f for one in group.transaction_sets for f in one.findings)]
    return [finding.code.value for finding in found if not severities or finding.severity in severities]


@given(x12() | edifact())
@settings(max_examples=80, deadline=None)
def test_what_we_wrote_is_a_fixed_point(out: OutgoingInterchange) -> None:
    data = write(out)
    [interchange] = read(data)
    assert write_again(interchange) == data


@given(x12() | edifact(), st.sampled_from(["", "\n", "\r\n"]), st.sampled_from([0, 60]))
@settings(max_examples=60, deadline=None)
def test_another_form_holds_the_same(out: OutgoingInterchange, newline: Any, width: int) -> None:
    [interchange] = read(write(out))
    signs = Delimiters("\x1d", "\x1f", "\x1c", interchange.delimiters.repetition and "\x1e", interchange.delimiters.release)
    data = write_again(interchange, WriteOptions(delimiters=signs, newline=newline, width=width))
    [other] = read(data)
    assert other.delimiters == signs
    assert bodies(other) == bodies(interchange)
    assert findings(other) == []


@given(damaged())
@settings(max_examples=200, deadline=None)
def test_what_comes_out_of_damaged_data_can_be_read_or_nothing_does(data: bytes) -> None:
    try:
        interchanges = read(data)
    except EdiError:
        return
    for interchange in interchanges:
        try:
            again = write_again(interchange)
        except WriteError:
            continue
        [back] = read(again)
        assert bodies(back) == bodies(interchange)
        assert findings(back, Severity.ERROR) == []
        assert write_again(back) == again


@pytest.mark.parametrize("data", [X12_850, EDIFACT_ORDERS, X12_850 + EDIFACT_ORDERS])
def test_from_a_feed_it_comes_piece_by_piece(data: bytes) -> None:
    def events() -> Any:
        feed = Feed()
        for at in range(0, len(data), 100):
            yield from feed.feed(data[at : at + 100])
        yield from feed.close()

    assert b"".join(pieces_again(events())) == data.replace(b"UNA:+.? '", b"")


def test_counts_are_made_anew() -> None:
    wrong = X12_850.replace(b"SE*6*0001", b"SE*9*0001").replace(b"GE*2*4711", b"GE*1*1").replace(b"IEA*1*", b"IEA*3*")
    [interchange] = read(wrong)
    assert len(findings(interchange)) == 4
    assert write_again(interchange) == X12_850


def test_a_header_in_error_is_not_written_again() -> None:
    [interchange] = read(X12_850.replace(b"*U*00401*", b"*U*0A401*"))
    with pytest.raises(WriteError, match="The ISA that was read"):
        write_again(interchange)


def test_the_character_set_may_become_another() -> None:
    [interchange] = read(EDIFACT_ORDERS.replace(b"NO?'S", "CAFÉ".encode("latin-1")))
    assert "CAFÉ".encode() in write_again(interchange, WriteOptions(charset="UNOY"))
    assert b"UNB+UNOY:3+" in write_again(interchange, WriteOptions(charset="UNOY"))
    assert b"CAF?" in write_again(interchange, WriteOptions(charset="UNOA", for_characters="?"))


def test_a_tree_that_was_read_or_built_becomes_a_set() -> None:
    [interchange] = read(X12_850)
    for validation in validate_interchange(interchange).validations:
        assert validation.tree
        one = validation.transaction_set
        assert set_of(validation.tree, "7").segments == one.segments[1:-1]
    message = load(Standard.X12, "004010", "850")
    assert message
    builder = Builder(message)
    builder.root.segment("BEG", ("00", "SA", "1", "", "20260102"))
    made = set_of(builder.finish(), "0001")
    assert (made.set_id, made.control_number) == ("850", "0001")
    assert tuple(made.segments) == (Segment("BEG", ("00", "SA", "1", "", "20260102")),)
    assert replace(made, control_number="2").control_number == "2"
