"""Building a tree: any order in, the grammar's order out."""

import pytest

from edi.build import Builder
from edi.errors import WriteError
from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard


def _builder() -> Builder:
    message = load(Standard.X12, "004010", "850")
    assert message
    return Builder(message)


def test_segments_and_loops_stand_in_the_order_of_the_grammar() -> None:
    builder = _builder()
    builder.root.segment("CUR", ("BY", "USD"))
    line = builder.root.loop("PO1")
    party = builder.root.loop("N1")
    party.segment("N3", ("1900 DISTRIBUTION WAY",))
    party.segment("N1", ("ST", "DC"))
    line.segment("PO1", ("1", "48", "CA"))
    builder.root.loop("N1").segment("N1", ("BT", "AP"))
    builder.root.segment("BEG", ("00", "SA", "45", "", "20261118"))
    tree = builder.finish()
    assert [s.tag for s in tree.segments()] == ["BEG", "CUR", "N1", "N3", "N1", "PO1"]
    assert [s.get(1) for s in tree.segments() if s.tag == "N1"] == ["ST", "BT"]
    assert [loop.loop_id for loop in tree.root.loops()] == ["N1", "N1", "PO1"]


def test_a_built_tree_has_its_segments_where_validation_places_them() -> None:
    builder = _builder()
    builder.root.segment("BEG", ("00", "SA", "45", "", "20261118"))
    for number in ("1", "2"):
        line = builder.root.loop("PO1")
        line.segment("PO1", (number, "48", "CA"))
        line.loop("PID").segment("PID", ("F", "", "", "", "CRACKERS"))
    tree = builder.finish()
    whole = (Segment("ST", ("850", "0001")), *tree.segments(), Segment("SE", ("6", "0001")))
    placed = place(whole, builder.message)
    assert placed.findings == ()
    expected = [node.use.sequence for node in tree.root.walk() if node.use]
    assert [node.use.sequence for node in placed.tree.root.walk() if node.use][1:-1] == expected


def test_a_segment_with_several_places_goes_where_it_is_told() -> None:
    builder = _builder()
    places = [
        use.sequence for use in builder.message.root.children if getattr(use, "tag", "") == "N1" or getattr(use, "loop_id", "") == "N1"
    ]
    assert len(places) == 1
    builder.root.loop("N1", sequence=places[0]).segment("N1", ("ST",))
    with pytest.raises(WriteError):
        builder.root.loop("N1", sequence=places[0] + 1)
    with pytest.raises(WriteError):
        builder.root.segment("BEG", ("00",), sequence=9999)


def test_loops_that_nothing_was_put_into_are_left_out() -> None:
    builder = _builder()
    builder.root.segment("BEG", ("00",))
    builder.root.loop("PO1").loop("PID")
    assert [s.tag for s in builder.finish().segments()] == ["BEG"]


def test_empty_elements_at_the_end_are_left_out() -> None:
    builder = _builder()
    node = builder.root.segment("BEG", ("00", "", ("", ""), ""))
    assert node.segment.elements == ("00",)


def test_what_has_no_place_is_refused() -> None:
    with pytest.raises(WriteError, match="ZZZ has no place in the loop 850"):
        _builder().root.segment("ZZZ", ("1",))
    with pytest.raises(WriteError, match="HL has no place"):
        _builder().root.loop("HL")
