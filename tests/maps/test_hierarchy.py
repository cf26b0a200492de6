"""HL: the tree by parent ids, however it is ordered; every shape of a ship notice both ways; what is no tree."""

import pytest

from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard
from maps.finding import MapFindingCode
from maps.registry import MapRegistry

from .conftest import SAMPLES, body, into, out, tree_of

SAMPLE = (SAMPLES / "856_northmart.x12").read_bytes()


def tree(*lines: str):
    """A placed 856 of these lines between BSN and CTT."""
    given = ("ST*856*0001", "BSN*00*S1*20261202*1505", *lines, "SE*1*0001")
    segments = [
        Segment(tag, tuple(elements), position=number) for number, (tag, *elements) in enumerate((line.split("*") for line in given), 1)
    ]
    return place(segments, load(Standard.X12, "004010", "856")).tree


SHIPMENT = ("HL*1**S", "N1*ST*DC")
ITEM = ("LIN**UP*085234500106", "SN1**1*CA")


def numbered(lines):
    """Loops with their HL, each as one tuple, in a list of lines."""
    return [line for group in lines for line in group]


def test_packs_that_interleave_come_out_under_their_orders(registry):
    made = registry.get("x12/004010/856")
    source = tree(
        *SHIPMENT,
        "HL*2*1*O", "PRF*A",
        "HL*3*1*O", "PRF*B",
        "HL*4*2*P", "MAN*GM*00008523450000012015",
        "HL*5*3*P", "MAN*GM*00008523450000012022",
        "HL*6*2*P", "MAN*GM*00008523450000012039",
        "HL*9*6*I", *ITEM,
        "HL*7*4*I", *ITEM,
        "HL*8*5*I", *ITEM,
    )  # fmt: skip
    decoded = made.decode(source, into())
    assert decoded.findings == ()
    shape = [
        (order.purchase_order_number, [(pack.sscc[-4:], len(pack.items)) for pack in order.packs]) for order in decoded.document.orders
    ]
    assert shape == [("A", [("2015", 1), ("2039", 1)]), ("B", [("2022", 1)])]
    assert body(made.encode(decoded.document, out(), decoded.residue).tree) == body(source)
    levels = [s.elements for s in made.encode(decoded.document, out()).tree.segments() if s.tag == "HL"]
    assert levels == [("1", "", "S"), ("2", "1", "O"), ("3", "2", "P"), ("4", "3", "I"), ("5", "2", "P"), ("6", "5", "I"), ("7", "1", "O"), ("8", "7", "P"), ("9", "8", "I")]  # fmt: skip


def test_a_parent_may_come_after_its_children(registry):
    source = tree(*SHIPMENT, "HL*3*2*I", *ITEM, "HL*2*1*O", "PRF*A")
    decoded = registry.get("x12/004010/856").decode(source, into())
    assert decoded.findings == ()
    assert len(decoded.document.orders[0].items) == 1


@pytest.mark.parametrize(
    ("structure", "code", "lines"),
    [
        ("SOPI", "0001", ("HL*2*1*O", "PRF*A", "HL*3*2*P", "MAN*GM*00008523450000012015", "HL*4*3*I", *ITEM)),
        ("SOI", "0004", ("HL*2*1*O", "PRF*A", "HL*3*2*I", *ITEM)),
        (
            "SOTPI",
            "0001",
            ("HL*2*1*O", "PRF*A", "HL*3*2*T", "MAN*GM*00008523450000012015", "HL*4*3*P", "MAN*GM*00008523450000012022", "HL*5*4*I", *ITEM),
        ),
    ],
)
def test_every_structure_both_ways(registry, structure, code, lines):
    made = registry.get("x12/004010/856")
    source = tree(*SHIPMENT, *lines, f"CTT*{2 + sum(line.startswith('HL') for line in lines) - 1}*1")
    decoded = made.decode(source, into())
    assert decoded.findings == ()
    assert decoded.document.structure == structure
    written = body(made.encode(decoded.document, out()).tree)
    assert written[0] == ("BSN", ("00", "S1", "20261202", "1505", code))
    assert written[1:] == body(source)[1:]


@pytest.mark.parametrize(
    ("lines", "hint", "where"),
    [
        (("HL*2*7*O", "PRF*A"), "a parent that is a level of this set", "HL02 at segment 5, in loop HL"),
        (("HL*2*3*O", "PRF*A", "HL*3*2*O", "PRF*B"), "a parent that is a level of this set", "HL02 at segment 5, in loop HL"),
        (("HL*2*1*Z",), "a level that the map knows", "HL03 at segment 5, in loop HL"),
        (("HL*2*1*P",), "a parent of the right level", "HL02 at segment 5, in loop HL"),
        (("HL*2**O", "PRF*A"), "a parent of the right level", "HL02 at segment 5, in loop HL"),
    ],
)
def test_what_is_no_tree_is_told_and_nothing_hangs(registry, lines, hint, where):
    decoded = registry.get("x12/004010/856").decode(tree(*SHIPMENT, *lines), into())
    first = decoded.findings[0]
    assert (first.code, first.hint, first.wire) == (MapFindingCode.HIERARCHY_INVALID, hint, where)
    assert decoded.document is None


def test_an_id_used_twice_takes_the_children_once(registry):
    source = tree(*SHIPMENT, "HL*2*1*O", "PRF*A", "HL*2*1*O", "PRF*B", "HL*4*2*I", *ITEM)
    decoded = registry.get("x12/004010/856").decode(source, into())
    assert [len(order.items) for order in decoded.document.orders] == [1, 0]


def test_ten_thousand_levels_in_a_chain_do_not_overflow(registry):
    lines = [line for number in range(2, 10_002) for line in (f"HL*{number}*{number - 1}*O", "PRF*A")]
    decoded = registry.get("x12/004010/856").decode(tree(*SHIPMENT, *lines), into())
    assert decoded.document is None
    assert len(decoded.findings) <= 101


def test_a_partner_may_want_child_codes(registry):
    name = "partners/p/maps/856"
    made = MapRegistry({name: f"map: {name}\nextends: x12/004010/856@2\nversion: 1\npatch: [{{set: hl, hl: {{childCode: true}}}}]"}).get(
        name
    )
    document = registry.get("x12/004010/856").decode(tree_of(SAMPLE), into()).document
    codes = [s.elements[3] for s in made.encode(document, out()).tree.segments() if s.tag == "HL"]
    assert codes == ["1", "1", "1", "0", "1", "0", "1", "0", "0"]


def test_a_partner_without_packs(registry):
    """S-O-I by an overlay that takes levels away: what is in packs has no place any more, and that is told."""
    name = "partners/p/maps/856"
    text = f"map: {name}\nextends: x12/004010/856@2\nversion: 1\npatch: [{{set: hl, hl: {{levels: {{P: null, T: null}}}}}}]"
    made = MapRegistry({name: text}).get(name)
    document = registry.get("x12/004010/856").decode(tree_of(SAMPLE), into()).document
    encoded = made.encode(document, out())
    assert [s.elements[2] for s in encoded.tree.segments() if s.tag == "HL"] == ["S", "O"]
    assert "$.orders[0].packs[0].sscc" in {finding.path for finding in encoded.findings}
