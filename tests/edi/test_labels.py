"""What people read instead of ids and codes: every set, segment, element and composite has a name; codes only where the lists have them."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from json import loads
from typing import Any

import pytest

from edi.describe import outline
from edi.grammar.labels import code_label, element_label, place_label, segment_label, set_label
from edi.grammar.load import load, releases, service_segments, sets
from edi.grammar.model import CompositeDef, ElementDef, MessageDef, SegmentDef
from edi.read import read
from edi.validate import validate_interchange
from edi.values import Standard

X12, EDIFACT = Standard.X12, Standard.EDIFACT
BUILT_IN = [(standard, release) for standard in Standard for release in releases(standard)]


@cache
def messages(standard: Standard, release: str) -> tuple[MessageDef, ...]:
    loaded = (load(standard, release, set_id) for set_id in (*sets(standard, release), *(["CONTRL"] if standard is EDIFACT else [])))
    return tuple(message for message in loaded if message)


def segments(standard: Standard, release: str) -> dict[str, SegmentDef]:
    return {tag: segment for message in messages(standard, release) for tag, segment in message.segments.items()}


def leaves(segment: SegmentDef) -> Iterator[ElementDef]:
    for use in segment.elements:
        if isinstance(use.definition, CompositeDef):
            yield from (part.definition for part in use.definition.components if isinstance(part.definition, ElementDef))
        else:
            yield use.definition


@cache
def service_ids(standard: Standard) -> frozenset[str]:
    return frozenset(leaf.id for segment in service_segments(standard).values() for leaf in leaves(segment))


def written(standard: Standard, name: str) -> dict[str, dict[str, str]]:
    read: dict[str, dict[str, str]] = loads((files("edi.grammar") / "data" / standard.value / name).read_text(encoding="utf-8"))
    return {kind: entries for kind, entries in read.items() if kind != "why"}


class TestEveryThingHasAName:
    @pytest.mark.parametrize(("standard", "release"), BUILT_IN)
    def test_sets(self, standard: Standard, release: str) -> None:
        assert messages(standard, release)
        assert [message.set_id for message in messages(standard, release) if not message.label] == []

    @pytest.mark.parametrize(("standard", "release"), BUILT_IN)
    def test_segments(self, standard: Standard, release: str) -> None:
        assert [tag for tag, segment in segments(standard, release).items() if not segment.label] == []

    @pytest.mark.parametrize(("standard", "release"), BUILT_IN)
    def test_elements_and_composites(self, standard: Standard, release: str) -> None:
        nameless = set()
        for segment in segments(standard, release).values():
            nameless |= {use.definition.id for use in segment.elements if not use.definition.label}
            nameless |= {leaf.id for leaf in leaves(segment) if not leaf.label}
        assert sorted(nameless) == []

    @pytest.mark.parametrize("standard", Standard)
    def test_the_envelope(self, standard: Standard) -> None:
        assert [tag for tag, segment in service_segments(standard).items() if not segment.label] == []


class TestNamesTellThingsApart:
    @pytest.mark.parametrize(("standard", "release"), BUILT_IN)
    def test_within_a_segment_one_name_is_one_thing(self, standard: Standard, release: str) -> None:
        twice = []
        for tag, segment in segments(standard, release).items():
            for level in ([use.definition for use in segment.elements], list(leaves(segment))):
                named: dict[str, set[str]] = defaultdict(set)
                for definition in level:
                    named[definition.label].add(definition.id)
                twice += [(tag, label, ids) for label, ids in named.items() if len(ids) > 1]
        assert twice == []

    def test_a_place_may_have_a_name_of_its_own(self) -> None:
        message = load(X12, "004010", "810")
        assert message
        labels = [use.definition.label for use in message.segments["BIG"].elements]
        assert labels[:4] == ["invoice date", "invoice number", "order date", "order number"]
        assert (element_label(X12, "373"), place_label(X12, "BIG", 1), place_label(X12, "BIG", 2)) == ("date", "invoice date", "")

    def test_every_place_that_has_a_name_is_a_place(self) -> None:
        for standard in Standard:
            every = {}
            for release in releases(standard):
                for tag, segment in segments(standard, release).items():
                    every.update({f"{tag}{position:02}": use for position, use in enumerate(segment.elements, 1)})
            assert set(written(standard, "labels.json").get("places", ())) <= set(every)


class TestWords:
    @pytest.mark.parametrize("standard", Standard)
    def test_they_are_short_and_plain(self, standard: Standard) -> None:
        labels = [
            label for name in ("labels.json", "labels_codes.json") for group in written(standard, name).values() for label in group.values()
        ]
        assert len(labels) > 1000
        for label in labels:
            assert 0 < len(label) <= 40, label
            assert label == label.strip()
            assert not label.endswith("."), label
            assert all(sign.isascii() or "LATIN" in unicodedata.name(sign) for sign in label), label
            assert label.isprintable()

    @pytest.mark.parametrize("standard", Standard)
    def test_a_change_is_a_line(self, standard: Standard) -> None:
        """One entry a line, sorted: a diff shows the word that changed."""
        for name in ("labels.json", "labels_codes.json"):
            lines = (files("edi.grammar") / "data" / standard.value / name).read_text(encoding="utf-8").splitlines()
            groups = written(standard, name)
            assert len(lines) == 1 + sum(2 + len(group) for group in groups.values()), name
            for group in groups.values():
                assert list(group) == sorted(group)


class TestCodes:
    @pytest.mark.parametrize("standard", Standard)
    def test_only_codes_that_a_list_has(self, standard: Standard) -> None:
        """An element that some release has no list for takes every code; a release without any list (D93A) says nothing."""
        listed: dict[str, set[str]] = defaultdict(set)
        unlisted = set()
        for of_release in (service_segments(standard), *(segments(standard, release) for release in releases(standard))):
            found = [leaf for segment in of_release.values() for leaf in leaves(segment)]
            has_lists = any(leaf.codes for leaf in found if leaf.id not in service_ids(standard))
            for leaf in found:
                listed[leaf.id] |= leaf.codes or set()
                if leaf.codes is None and (has_lists or leaf.id in service_ids(standard)):
                    unlisted.add(leaf.id)
        labels = written(standard, "labels_codes.json")
        strange = {element: sorted(set(labels[element]) - listed[element]) for element in set(labels) - unlisted}
        assert {element: codes for element, codes in strange.items() if codes} == {}
        assert len(strange) > 50
        assert set(labels) <= set(listed)

    @pytest.mark.parametrize(
        ("standard", "element", "code", "label"),
        [
            (X12, "353", "00", "original"),
            (X12, "92", "SA", "stand-alone order"),
            (X12, "98", "ST", "ship to"),
            (X12, "355", "EA", "each"),
            (X12, "717", "R", "rejected"),
            (X12, "103", "CTN", "carton"),
            (X12, "103", "CTN25", "carton"),
            (EDIFACT, "1001", "220", "order"),
            (EDIFACT, "3035", "DP", "delivery party"),
            (EDIFACT, "6411", "KGM", "kilogram"),
            (EDIFACT, "0083", "4", "rejected"),
        ],
    )
    def test_what_the_commonest_stand_for(self, standard: Standard, element: str, code: str, label: str) -> None:
        assert code_label(standard, element, code) == label

    @pytest.mark.parametrize("standard", Standard)
    def test_nothing_is_made_up(self, standard: Standard) -> None:
        assert code_label(standard, "353", "not a code") == ""
        assert code_label(standard, "not an element", "00") == ""
        assert (set_label(standard, "???"), segment_label(standard, "???"), element_label(standard, "???")) == ("", "", "")
        assert place_label(standard, "???", 1) == ""


ORDERS = (
    "UNB+UNOC:3+4012345000009:14+4098765000002:14+261118:0915+1'UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+4500200001+9'DTM+137:20261118:102'"
    "NAD+BY+4012345000009::9'NAD+SU+4098765000002::9'LIN+1++4012345000016:EN'QTY+21:48:PCE'UNS+S'UNT+9+1'UNZ+1+1'"
)
ORDER = (
    "ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *261118*0915*U*00401*000000001*0*T*>~"
    "GS*PO*NORTHMART*HARBORLINE*20261118*0915*1*X*{release}~ST*850*0001~BEG*00*SA*4500200001**20261118~"
    "PO1*1*48*EA*3.25*PE*UP*085234500106~TD1*CTN25*2~CTT*1~SE*6*0001~GE*1*1~IEA*1*000000001~"
)


def lines_read(data: str) -> set[str]:
    """What `gateway edi inspect` shows, a line an element: "PO1 order line: PO102 quantity ordered = 48"."""
    shown = set()

    def take(nodes: Iterable[dict[str, Any]]) -> None:
        for node in nodes:
            for element in node.get("elements", ()):
                meaning = f" ({element['meaning']})" if "meaning" in element else ""
                shown.add(f"{node['segment']} {node['label']}: {element['name']} {element['label']} = {element['value']}{meaning}")
            take(node.get("children", ()))

    for interchange in read(data.encode()):
        for group in outline(validate_interchange(interchange))["groups"]:
            for one in group["sets"]:
                take(one["children"])
    return shown


class TestWhatAPersonReads:
    @pytest.mark.parametrize("release", ["004010", "005010"])
    def test_an_850(self, release: str) -> None:
        assert {
            "BEG order begins: BEG01 purpose = 00 (original)",
            "BEG order begins: BEG02 order kind = SA (stand-alone order)",
            "BEG order begins: BEG05 order date = 20261118 (2026-11-18)",
            "PO1 order line: PO102 quantity ordered = 48",
            "PO1 order line: PO103 unit = EA (each)",
            "PO1 order line: PO105 price basis = PE (each)",
            "PO1 order line: PO106 item id kind = UP (UPC, 12 digits)",
            "TD1 quantity and weight: TD101 packaging = CTN25 (carton)",
        } <= lines_read(ORDER.format(release=release))

    def test_an_orders(self) -> None:
        assert {
            "BGM document kind and number: BGM01 document kind = 220 (order)",
            "BGM document kind and number: BGM03 purpose = 9 (original)",
            "DTM date: DTM01-1 date kind = 137 (document)",
            "NAD party: NAD01 party role = BY (buyer)",
            "NAD party: NAD02-3 agency of the code = 9 (GS1)",
            "LIN line: LIN03-2 item id kind = EN (EAN or GTIN)",
            "QTY quantity: QTY01-1 quantity kind = 21 (ordered)",
            "QTY quantity: QTY01-3 unit = PCE (piece)",
        } <= lines_read(ORDERS)

    def test_a_segment_of_no_place_and_a_set_that_is_not_built_in(self) -> None:
        """The names of segments hold in every set."""
        read_of_none = lines_read(ORDERS.replace("ORDERS:D:96A", "QUOTES:D:96A"))
        assert any(line.startswith("QTY quantity: QTY01-2 ") for line in read_of_none)
        assert "QVR quantity variance: QVR01 variance = 5" in lines_read(ORDERS.replace("UNS+S'UNT+9", "QVR+5'UNS+S'UNT+10"))
