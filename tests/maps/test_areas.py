"""`area`: where a tag has several places in a set, a rule names the one that it means."""

import pytest

from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard
from maps.fault import MapError
from maps.registry import MapRegistry

from .conftest import body, into, out

NAME = "partners/p/maps/invoic"
SEGMENTS = (
    ("BGM", ("380", "F1")),
    ("DTM", (("137", "20261118", "102"),)),
    ("TAX", ("7", "VAT", "", "", ("", "", "", "19"))),
    ("ALC", ("C", "", "", "", "FC")),
    ("MOA", (("23", "10"),)),
    ("UNS", ("S",)),
    ("MOA", (("9", "119"),)),
    ("TAX", ("7", "VAT", "", "", ("", "", "", "7"))),
    ("MOA", (("124", "3"),)),
    ("ALC", ("C", "", "", "", "FC")),
    ("MOA", (("131", "10"),)),
)


def tree():
    lines = (("UNH", ("1", ("INVOIC", "D", "96A", "UN"))), *SEGMENTS, ("UNT", ("1", "1")))
    segments = [Segment(tag, elements, position=number) for number, (tag, elements) in enumerate(lines, 1)]
    return place(segments, load(Standard.EDIFACT, "D96A", "INVOIC")).tree


def changed(patch: str) -> MapRegistry:
    return MapRegistry({NAME: f"map: {NAME}\nextends: edifact/d96a/invoic@1\nversion: 1\npatch: {patch}"})


def test_a_rule_takes_what_stands_in_its_area(registry):
    made = registry.get("edifact/d96a/invoic")
    decoded = made.decode(tree(), into("edifact"))
    taxes = decoded.document.taxes
    assert [(str(tax.percent), tax.amount and str(tax.amount)) for tax in taxes] == [("19", None), ("7", "3")]
    assert len(decoded.document.allowances_charges) == 1
    assert body(made.encode(decoded.document, out(), decoded.residue).tree) == list(SEGMENTS)


def test_and_writes_there(registry):
    made = registry.get("edifact/d96a/invoic")
    written = body(made.encode(made.decode(tree(), into("edifact")).document, out()).tree)
    assert [tag for tag, _ in written] == ["BGM", "DTM", "ALC", "MOA", "UNS", "MOA", "TAX", "TAX", "MOA"]


def test_an_area_without_the_segment_is_told():
    with pytest.raises(MapError, match="the detail of the loop INVOIC has no TAX"):
        changed("[{set: tax, area: detail}]").get(NAME)


def test_without_an_area_a_rule_takes_them_all():
    made = changed("[{set: alc, area: null}]").get(NAME)
    assert len(made.decode(tree(), into("edifact")).document.allowances_charges) == 2
