"""What is in X12 005010 and in the EDIFACT directories: what is their own, and what is carried over."""

import pytest

from edi.grammar.load import releases, service_segments, sets
from edi.grammar.model import CompositeDef, ElementDef, LoopUse, Requirement, SegmentUse
from edi.values import Standard
from tests.edi.test_grammar import built, flat

X12, EDIFACT = Standard.X12, Standard.EDIFACT
RELEASES = ("004010", "005010")


def element(standard: Standard, release: str, set_id: str, tag: str, position: int) -> ElementDef:
    definition = built(standard, release, set_id).segments[tag].elements[position - 1].definition
    assert isinstance(definition, ElementDef)
    return definition


class TestX12005010:
    """Its facts are of segments and sets; elements and codes are those of 004010 but for what is known to differ."""

    def test_it_has_all_sets_of_004010_and_the_999(self) -> None:
        assert set(sets(X12, "005010")) == {*sets(X12, "004010"), "999"}

    @pytest.mark.parametrize(
        ("tag", "position", "before", "now"),
        [("N1", 2, 60, 60), ("REF", 2, 30, 50), ("PER", 4, 80, 256), ("NM1", 3, 35, 60), ("AK3", 2, 6, 10)],
    )
    def test_elements_became_longer(self, tag: str, position: int, before: int, now: int) -> None:
        assert element(X12, "004010", "850", tag, position).max_length == before
        assert element(X12, "005010", "850", tag, position).max_length == now

    def test_what_is_carried_over_says_from_where(self) -> None:
        assert element(X12, "005010", "850", "BEG", 1).carried == "004010"
        assert element(X12, "005010", "850", "BEG", 1).codes == element(X12, "004010", "850", "BEG", 1).codes
        assert element(X12, "005010", "850", "ST", 1).carried == "004010"
        assert (element(X12, "005010", "850", "ST", 1).codes or frozenset()) - (
            element(X12, "004010", "850", "ST", 1).codes or frozenset()
        ) == {"999"}
        assert element(X12, "005010", "997", "AK5", 1).carried == ""
        assert not any(
            use.definition.carried
            for segment in built(X12, "004010", "850").segments.values()
            for use in segment.elements
            if isinstance(use.definition, ElementDef)
        )

    def test_the_999(self) -> None:
        root = built(X12, "005010", "999").root
        assert [place.tag for place in flat(root) if isinstance(place, SegmentUse)] == [
            *("ST", "AK1", "AK2", "IK3", "CTX", "IK4", "CTX", "IK5", "AK9", "SE")
        ]
        codes = {(tag, at): element(X12, "005010", "999", tag, at).codes for tag, at in (("IK3", 4), ("IK4", 3), ("IK5", 2), ("AK9", 1))}
        assert codes["IK3", 4] == frozenset(["1", "2", "3", "4", "5", "6", "7", "8", "I4", "I6", "I7", "I8", "I9"])
        assert codes["IK4", 3] == frozenset(
            ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "13", "I6", "I9", "I10", "I11", "I12", "I13"]
        )
        assert {"1", "5", "18", "I5", "I6"} <= (codes["IK5", 2] or frozenset())
        assert codes["AK9", 1] == frozenset("AEMPRWX")
        context = built(X12, "005010", "999").segments["CTX"].elements[0]
        assert isinstance(context.definition, CompositeDef)
        assert (context.definition.id, context.requirement, context.max_repeat) == ("C998", Requirement.MANDATORY, 10)

    def test_areas_are_those_of_004010(self) -> None:
        for set_id in ("850", "810", "856"):
            areas = [
                {p.tag: p.area for p in built(X12, release, set_id).root.children if isinstance(p, SegmentUse)} for release in RELEASES
            ]
            assert {tag: areas[1][tag] for tag in areas[0].keys() & areas[1].keys()} == {
                tag: areas[0][tag] for tag in areas[0].keys() & areas[1].keys()
            }

    def test_bounded_loops_that_follow_each_other_are_one(self) -> None:
        """Only LS01 tells them apart, and the tag after LS."""
        [bounded] = [p for p in flat(built(X12, "005010", "832").root) if isinstance(p, LoopUse) and p.loop_id == "LS"]
        assert [getattr(p, "tag", getattr(p, "loop_id", "")) for p in bounded.children] == ["LS", "LM", "N1", "LE"]
        assert bounded.max_use == 2


class TestEdifactDirectories:
    def test_there_are_twelve(self) -> None:
        assert releases(EDIFACT) == tuple(
            sorted(["D93A", "D95B", "D96A", "D97B", "D98B", "D99B", "D00A", "D01B", "D03B", "D10B", "D16B", "D21B"])
        )
        assert {len(sets(EDIFACT, release)) for release in releases(EDIFACT)} == {13, 14, 15}

    def test_the_first_one_has_segments_and_codes_of_the_next(self) -> None:
        qualifier = element(EDIFACT, "D93A", "ORDERS", "NAD", 1)
        assert qualifier.carried == "D95B"
        assert qualifier.codes == element(EDIFACT, "D95B", "ORDERS", "NAD", 1).codes
        assert {"API", "QVA"} <= built(EDIFACT, "D93A", "ORDERS").segments.keys()

    def test_sections_are_parted_by_uns(self) -> None:
        """In an order the UNS begins the summary; a delivery schedule of old has two, and the first begins the detail."""
        order = {p.tag if isinstance(p, SegmentUse) else p.trigger.tag: p.area for p in built(EDIFACT, "D96A", "ORDERS").root.children}
        assert (order["BGM"], order["LIN"], order["UNS"], order["UNT"]) == (1, 2, 3, 3)
        schedule = [(p.tag, p.area) for p in built(EDIFACT, "D96A", "DELFOR").root.children if isinstance(p, SegmentUse)]
        assert [area for tag, area in schedule if tag == "UNS"] == [2, 3]

    def test_service_segments_of_version_4_are_known(self) -> None:
        known = service_segments(EDIFACT)
        assert {"UNB", "UCI", "UGH", "UGT", "USA", "USC", "USH", "USR", "UST", "UNO", "UNP", "UIB"} <= known.keys()
        assert [use.definition.id for use in known["UNH"].elements] == ["0062", "S009", "0068", "S010", "S016", "S017", "S018"]
