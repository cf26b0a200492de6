"""Packs before orders: the CPS hierarchy of a DESADV, and 856s without an order level. The document has its orders all the same."""

import json
from pathlib import Path

import pytest

from canonical.gs1 import with_check_digit
from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard
from maps.finding import MapFindingCode
from maps.registry import MapRegistry
from maps.run import Residue

from .conftest import UTC_IN, UTC_OUT, body, into, tree_of

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "standard"
SSCCS = [with_check_digit(f"00852345{number:09}") for number in range(1, 6)]
HEAD, SHIP_TO = ("BGM+351+S1+9", "DTM+137:20261202:102"), "NAD+DP+0614141001170::9"


def tree(standard: Standard, release: str, set_id: str, lines: tuple[str, ...], separators: str = "+:"):
    """A placed set of these lines, without its envelope's own checks."""
    first, last = {Standard.X12: (f"ST{separators[0]}{set_id}", "SE"), Standard.EDIFACT: ("UNH+1", "UNT")}[standard]
    segments = []
    for number, line in enumerate((first, *lines, last), 1):
        tag, *elements = line.split(separators[0])
        parts = (tuple(e.split(separators[1])) if separators[1] in e else e for e in elements)
        segments.append(Segment(tag, tuple(parts), position=number))
    return place(segments, load(standard, release, set_id)).tree


def desadv(*lines: str):
    begin = next(number for number, line in enumerate(lines) if line.startswith("CPS"))
    return tree(Standard.EDIFACT, "D96A", "DESADV", (*HEAD, *lines[:begin], SHIP_TO, *lines[begin:]))


def pack(number: int, parent: str, sscc: str, *goods: str) -> tuple[str, ...]:
    return (f"CPS+{number}{parent}", "PAC+1++CT", "PCI+30", f"GIN+BJ+{sscc}", *goods)


def goods(line: int, order: str = "", quantity: int = 1) -> tuple[str, ...]:
    named = (f"RFF+ON:{order}",) if order else ()
    return (f"LIN+{line}++0085234500106:EN", f"QTY+12:{quantity}:CS", *named)


@pytest.fixture
def made(registry):
    return registry.get("edifact/d96a/desadv")


def shape(document) -> list:
    """Orders with their packs: the end of each SSCC, how many items, and the packs within."""

    def within(one) -> tuple:
        inner = [within(each) for each in one.packs]
        return ((one.sscc or "-")[-3:], len(one.items), *([inner] if inner else []))

    return [(order.purchase_order_number, [within(one) for one in order.packs], len(order.items)) for order in document.orders]


def comes_back(made, source, decoded) -> bool:
    residue = tuple(Residue.parse(json.loads(json.dumps(one.to_json()))) for one in decoded.residue)
    return body(made.encode(decoded.document, UTC_OUT, residue).tree) == body(source)


class TestHierarchy:
    def test_a_carton_with_goods_of_two_orders_is_under_each(self, made):
        source = desadv(
            "CPS+1", *pack(2, "+1", SSCCS[0], *goods(1, "A"), *goods(2, "B")), *pack(3, "+1", SSCCS[1], *goods(3, "A")), "CNT+2:3"
        )
        decoded = made.decode(source, into("edifact"))
        assert decoded.findings == ()
        one, two = (sscc[-3:] for sscc in SSCCS[:2])
        assert shape(decoded.document) == [("A", [(one, 1), (two, 1)], 0), ("B", [(one, 1)], 0)]
        assert decoded.residue == ()
        assert body(made.encode(decoded.document, UTC_OUT).tree) == body(source)

    def test_packs_that_change_between_orders_keep_their_places_with_the_residue(self, made):
        packs = [pack(n, "+1", SSCCS[n - 2], *goods(n - 1, order)) for n, order in ((2, "B"), (3, "A"), (4, "B"))]
        source = desadv("CPS+1", *packs[0], *packs[1], *packs[2], "CNT+2:3")
        decoded = made.decode(source, into("edifact"))
        assert [name for name, *_ in shape(decoded.document)] == ["B", "A"]
        assert comes_back(made, source, decoded)
        normal = made.encode(decoded.document, UTC_OUT).tree
        assert [s.get(2) for s in normal.segments() if s.tag == "GIN"] == [SSCCS[0], SSCCS[2], SSCCS[1]]

    def test_pallets_hold_cartons_by_their_ids_in_any_order(self, made):
        source = desadv(
            "CPS+1", *pack(20, "+10", SSCCS[1], *goods(1, "A")), *pack(10, "+1", SSCCS[0]), *pack(21, "+10", SSCCS[2], *goods(2, "A"))
        )
        decoded = made.decode(source, into("edifact"))
        assert decoded.findings == ()
        outer, *inner = (sscc[-3:] for sscc in SSCCS[:3])
        assert shape(decoded.document) == [("A", [(outer, 0, [(sscc, 1) for sscc in inner])], 0)]
        assert decoded.document.structure == "SOTPI"
        assert [s.elements for s in made.encode(decoded.document, UTC_OUT).tree.segments() if s.tag == "CPS"] == [
            ("1",),
            ("2", "1"),
            ("3", "2"),
            ("4", "2"),
        ]
        assert comes_back(made, source, decoded)

    def test_goods_beside_the_shipment_are_outside_any_pack(self, made):
        source = desadv("RFF+ON:A", "CPS+1", "PAC+3++CT", *goods(1), *goods(2), "CNT+2:2")
        decoded = made.decode(source, into("edifact"))
        assert decoded.findings == ()
        assert shape(decoded.document) == [("A", [], 2)]
        assert (decoded.document.structure, decoded.document.package_count, decoded.document.packaging_code) == ("SOI", 3, "CT")
        assert comes_back(made, source, decoded)

    def test_one_level_that_is_a_pack_itself(self, made):
        source = desadv("RFF+ON:A", *pack(1, "", SSCCS[0], *goods(1)))
        decoded = made.decode(source, into("edifact"))
        assert shape(decoded.document) == [("A", [(SSCCS[0][-3:], 1)], 0)]
        assert [s.elements for s in made.encode(decoded.document, UTC_OUT).tree.segments() if s.tag == "CPS"] == [("1",), ("2", "1")]
        assert comes_back(made, source, decoded)

    def test_a_second_level_without_a_parent_stands_in_the_shipment(self, made):
        source = desadv("RFF+ON:A", "CPS+1", "PAC+3", "CPS+2", "PAC+1++CT", *goods(1))
        decoded = made.decode(source, into("edifact"))
        assert decoded.findings == ()
        assert shape(decoded.document) == [("A", [("-", 1)], 0)]
        assert comes_back(made, source, decoded)

    def test_a_parent_that_is_not_there_is_told(self, made):
        decoded = made.decode(desadv("RFF+ON:A", "CPS+1", *pack(3, "+2", SSCCS[0], *goods(1))), into("edifact"))
        [finding] = [one for one in decoded.findings if one.code is MapFindingCode.HIERARCHY_INVALID]
        assert (finding.wire, finding.value) == ("CPS02 at segment 7, in loop SG10", "2")
        assert decoded.document is None

    def test_ten_thousand_packs_in_each_other_are_told_and_nothing_overflows(self, made):
        chain = (line for number in range(2, 10_002) for line in (f"CPS+{number}+{number - 1}", "PAC+1"))
        decoded = made.decode(desadv("RFF+ON:A", "CPS+1", *chain), into("edifact"))
        assert {(one.code, one.hint) for one in decoded.findings} >= {(MapFindingCode.HIERARCHY_INVALID, "fewer levels within each other")}
        assert decoded.document is None

    def test_packages_in_a_pack_that_nobody_lists_are_counted(self, made):
        source = desadv("RFF+ON:A", "CPS+1", *pack(2, "+1", SSCCS[0]), "PAC+20++CS", *goods(1))
        [order] = made.decode(source, into("edifact")).document.orders
        assert (order.packs[0].type, order.packs[0].package_count, order.packs[0].package_type) == ("XCT", 20, "XCS")


class TestPlaces:
    """Whoever asks gets paths of the document; the view is nobody's business."""

    SOURCE = ("CPS+1", *pack(2, "+1", SSCCS[0], *goods(1, "A"), *goods(2, "B", 7)))

    def test_lineage_names_every_place_of_a_shared_pack(self, made):
        decoded = made.decode(desadv(*self.SOURCE), into("edifact"))
        found = {line.path for line in decoded.lineage if line.raw == SSCCS[0]}
        assert found == {"$.orders[0].packs[0].sscc", "$.orders[1].packs[0].sscc"}
        assert "$.orders[1].packs[0].items[0].quantityShipped.value" in {line.path for line in decoded.lineage if line.raw == "7"}
        assert not [line.path for line in decoded.lineage if ".order." in line.path or line.path.startswith("$.packs")]

    def test_findings_name_the_place_in_the_document(self, made):
        wrong = tuple(line.replace("QTY+12:7", "QTY+12:7X") for line in self.SOURCE)
        [finding, *_] = made.decode(desadv(*wrong), into("edifact")).findings
        assert (finding.code, finding.path) == (MapFindingCode.NUMBER_INVALID, "$.orders[1].packs[0].items[0].quantityShipped.value")

    def test_what_is_edited_wins_over_the_residue(self, made):
        source = desadv(*self.SOURCE[:-2], "QTY+12:07.0:CS", self.SOURCE[-1], "ALI+US+5")
        decoded = made.decode(source, into("edifact"))
        data = decoded.document.to_json()
        data["orders"][1]["packs"][0]["items"][0]["quantityShipped"]["value"] = "8"
        edited = made.encode(type(decoded.document).model_validate(data), UTC_OUT, decoded.residue).tree
        assert [s.elements for s in edited.segments() if s.tag == "QTY"] == [(("12", "1", "CS"),), (("12", "8", "CS"),)]

    def test_a_value_without_a_place_is_told_by_its_path(self, made, registry):
        document = registry.get("x12/004010/856").decode(tree_of((SAMPLES / "x12" / "856.edi").read_bytes()), UTC_IN).document
        encoded = made.encode(document, UTC_OUT)
        assert {finding.code for finding in encoded.findings} == {"not-carried"}
        assert {finding.path for finding in encoded.findings} == {
            "$.appointmentNumber",
            "$.orders[0].departmentNumber",
            "$.orders[1].departmentNumber",
        }
        again = made.decode(encoded.tree, into("edifact")).document
        assert shape(again) == shape(document)
        assert [item.line_number for order in again.orders for item in order.all_items()] == ["1", "1", "2", "1"]


class TestOrders:
    def test_an_order_is_said_once_or_line_by_line(self, made):
        once = made.decode(desadv("RFF+ON:A", "DTM+171:20261118:102", "CPS+1", *goods(1), *goods(2)), into("edifact")).document
        [order] = once.orders
        assert (order.purchase_order_number, str(order.order_date), len(order.items)) == ("A", "2026-11-18", 2)
        written = [s.elements for s in made.encode(once, UTC_OUT).tree.segments() if s.tag == "RFF"]
        assert written == [(("ON", "A"),), (("ON", "A"),), (("ON", "A"),)]

    def test_the_line_of_the_order_stands_beside_its_number_and_lin_counts(self, made):
        source = desadv("CPS+1", *goods(7, "A:20"), *goods(9, "A:10"))
        decoded = made.decode(source, into("edifact"))
        assert [item.line_number for item in decoded.document.orders[0].items] == ["20", "10"]
        assert comes_back(made, source, decoded)
        normal = [s.get(1) for s in made.encode(decoded.document, UTC_OUT).tree.segments() if s.tag == "LIN"]
        assert normal == ["1", "2"]

    def test_without_any_order_number_there_is_no_document(self, made):
        decoded = made.decode(desadv("CPS+1", *goods(1)), into("edifact"))
        assert [(one.code, one.path) for one in decoded.findings] == [("document-invalid", "$.orders[0].purchaseOrderNumber")]


# --- the 856 in other shapes, by overlays --------------------------------------------------------------------------------------------------

NAME = "partners/p/maps/856"
WITHOUT_ORDERS = f"""
map: {NAME}
extends: x12/004010/856@2
version: 1
patch:
  - {{set: hl, view: byPack, hl: {{levels: {{O: null, T: null}}}}}}
  - {{set: hl/P, under: [S, P]}}
  - {{set: hl/I, under: [S, P]}}
  - {{set: bsn, els: {{"05": null}}}}
  - {{in: hl/I, add: {{id: prf, seg: PRF, els: {{"01": order.purchaseOrderNumber!, "04": order.orderDate | date}}}}}}
"""
SHIPMENT = ("BSN*00*S1*20261202*1505", "HL*1**S", "N1*ST*DC")


def item(number: int, parent: int, order: str, quantity: int = 1) -> tuple[str, ...]:
    return (f"HL*{number}*{parent}*I", "LIN**UP*085234500106", f"SN1**{quantity}*CA", f"PRF*{order}***20261118")


@pytest.fixture(scope="module")
def partner():
    return MapRegistry({NAME: WITHOUT_ORDERS}).get(NAME)


class TestWithoutOrders:
    """S-I and S-P-I, as car makers write it: each item names its order."""

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ((*item(2, 1, "A"), *item(3, 1, "B"), *item(4, 1, "A"), "CTT*4*3"), [("A", [], 2), ("B", [], 1)]),
            (
                ("HL*2*1*P", f"MAN*GM*00{SSCCS[0]}", *item(3, 2, "A"), *item(4, 2, "B"), "HL*5*1*P", f"MAN*GM*00{SSCCS[1]}", *item(6, 5, "B"), "CTT*6*3"),
                [("A", [(SSCCS[0][-3:], 1)], 0), ("B", [(SSCCS[0][-3:], 1), (SSCCS[1][-3:], 1)], 0)],
            ),
        ],
        ids=["S-I", "S-P-I"],
    )  # fmt: skip
    def test_it_comes_in_and_goes_out(self, partner, lines, expected):
        source = tree(Standard.X12, "004010", "856", (*SHIPMENT, *lines), "*>")
        decoded = partner.decode(source, UTC_IN)
        assert decoded.findings == ()
        assert shape(decoded.document) == expected
        assert comes_back(partner, source, decoded)

    def test_a_notice_with_orders_goes_to_such_a_partner(self, partner, registry):
        document = registry.get("x12/004010/856").decode(tree_of((SAMPLES / "x12" / "856.edi").read_bytes()), UTC_IN).document
        encoded = partner.encode(document, UTC_OUT)
        assert encoded.tree is not None
        levels = [(s.get(2), s.get(3)) for s in encoded.tree.segments() if s.tag == "HL"]
        assert levels == [
            ("", "S"),
            ("1", "P"),
            ("2", "P"),
            ("3", "I"),
            ("2", "P"),
            ("5", "I"),
            ("5", "I"),
            ("1", "P"),
            ("8", "P"),
            ("9", "I"),
        ]
        assert [s.get(1) for s in encoded.tree.segments() if s.tag == "PRF"] == ["4500200001"] * 3 + ["4500200002"]
        assert shape(partner.decode(encoded.tree, UTC_IN).document) == shape(document)


PACKS_FIRST = f"""
map: {NAME}
extends: x12/004010/856@2
version: 1
tables: {{structure: {{onMissing: residue, "0003": [{{to: SOPI, dir: out}}, {{to: SOTPI, dir: out}}, {{to: SOI, dir: out}}]}}}}
patch:
  - {{set: hl, view: byTare}}
  - {{set: hl/O, into: "shipped[]", under: [S, T, P]}}
  - {{set: hl/T, under: [S], when: exists(shipped.packs)}}
  - {{set: hl/P, under: [S, O]}}
  - {{set: hl/I, under: [O, P]}}
"""


@pytest.fixture(scope="module")
def packs_first():
    return MapRegistry({NAME: PACKS_FIRST}).get(NAME)


class TestPacksFirst:
    """S-P-O-I and S-T-O-P-I: the pallet or carton of a distribution centre stands above the orders in it."""

    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            (
                ("HL*2*1*P", f"MAN*GM*00{SSCCS[0]}", "HL*3*2*O", "PRF*A", "HL*4*3*I", "LIN**UP*085234500106", "SN1**1*CA",
                 "HL*5*2*O", "PRF*B", "HL*6*5*I", "LIN**UP*085234500106", "SN1**2*CA",
                 "HL*7*1*P", f"MAN*GM*00{SSCCS[1]}", "HL*8*7*O", "PRF*A", "HL*9*8*I", "LIN**UP*085234500106", "SN1**3*CA", "CTT*9*6"),
                [("A", [(SSCCS[0][-3:], 1), (SSCCS[1][-3:], 1)], 0), ("B", [(SSCCS[0][-3:], 1)], 0)],
            ),
            (
                ("HL*2*1*T", f"MAN*GM*00{SSCCS[0]}", "HL*3*2*O", "PRF*A", "HL*4*3*P", f"MAN*GM*00{SSCCS[1]}",
                 "HL*5*4*I", "LIN**UP*085234500106", "SN1**1*CA",
                 "HL*6*2*O", "PRF*B", "HL*7*6*P", f"MAN*GM*00{SSCCS[2]}", "HL*8*7*I", "LIN**UP*085234500106", "SN1**2*CA", "CTT*8*3"),
                [("A", [(SSCCS[0][-3:], 0, [(SSCCS[1][-3:], 1)])], 0), ("B", [(SSCCS[0][-3:], 0, [(SSCCS[2][-3:], 1)])], 0)],
            ),
        ],
        ids=["S-P-O-I", "S-T-O-P-I"],
    )  # fmt: skip
    def test_it_comes_in_and_goes_out(self, packs_first, lines, expected):
        source = tree(Standard.X12, "004010", "856", ("BSN*00*S1*20261202*1505*0003", *SHIPMENT[1:], *lines), "*>")
        decoded = packs_first.decode(source, UTC_IN)
        assert decoded.findings == ()
        assert shape(decoded.document) == expected
        assert comes_back(packs_first, source, decoded)
        assert body(packs_first.encode(decoded.document, UTC_OUT).tree) == body(source)

    def test_a_notice_with_orders_goes_to_such_a_partner_and_back(self, packs_first, registry):
        document = registry.get("x12/004010/856").decode(tree_of((SAMPLES / "x12" / "856.edi").read_bytes()), UTC_IN).document
        encoded = packs_first.encode(document, UTC_OUT)
        assert encoded.findings == ()
        levels = "".join(s.get(3) for s in encoded.tree.segments() if s.tag == "HL")
        assert levels == "STOPIPIITOPI"
        again = packs_first.decode(encoded.tree, UTC_IN)
        assert shape(again.document) == shape(document)
        assert {line.path for line in again.lineage if line.tag == "PRF"} >= {"$.orders[0].purchaseOrderNumber", "$.orders[1].orderDate"}


def test_a_partner_with_one_more_level(registry):
    """Shipment, order, pack, subpack, item: an overlay adds Q under P."""
    text = f"""
map: {NAME}
extends: x12/004010/856@2
version: 1
patch:
  - {{set: hl, hl: {{levels: {{T: null, P: {{into: "packs[]", under: [O], rules: [{{id: sscc, like: sscc}}]}},
      Q: {{into: "packs[]", under: [P], rules: [{{id: sscc, like: sscc}}]}}}}}}}}
  - {{set: hl/I, under: [O, P, Q]}}
"""
    made = MapRegistry({NAME: text}).get(NAME)
    lines = ("HL*2*1*O", "PRF*A", "HL*3*2*P", f"MAN*GM*00{SSCCS[0]}", "HL*4*3*Q", f"MAN*GM*00{SSCCS[1]}", "HL*5*4*I", "LIN**UP*085234500106", "SN1**1*CA", "CTT*5*1")  # fmt: skip
    source = tree(Standard.X12, "004010", "856", (*SHIPMENT, *lines), "*>")
    decoded = made.decode(source, UTC_IN)
    assert decoded.findings == ()
    assert shape(decoded.document) == [("A", [(SSCCS[0][-3:], 0, [(SSCCS[1][-3:], 1)])], 0)]
    assert comes_back(made, source, decoded)


@pytest.mark.parametrize("name", ["x12/004010/856", "edifact/d96a/desadv"])
def test_cartons_listed_flat_are_written_on_their_pallet(registry, name):
    made = registry.get(name)
    document = registry.get("x12/004010/856").decode(tree_of((SAMPLES / "x12" / "856.edi").read_bytes()), UTC_IN).document
    data = document.to_json()
    for order in data["orders"]:
        order["packs"] = [
            one
            for pallet in order["packs"]
            for one in (*({**carton, "parentSscc": pallet["sscc"]} for carton in pallet.pop("packs")), pallet)
        ]
    flat = made.encode(type(document).model_validate(data), UTC_OUT)
    assert body(flat.tree) == body(made.encode(document, UTC_OUT).tree)
    assert not [one.path for one in flat.findings if "parentSscc" in one.path]
    assert {one.path for one in flat.lineage if one.raw == f"00{document.orders[0].packs[0].sscc}"[-len(one.raw) :] and "sscc" in one.path}


# --- receipts -----------------------------------------------------------------------------------------------------------------------------


class TestReceipt:
    def recadv(self, *lines: str):
        return tree(
            Standard.EDIFACT,
            "D96A",
            "RECADV",
            ("BGM+632+R1+9", "DTM+137:20261204:102", "RFF+ON:A", "NAD+DP+0614141001170::9", *lines),
        )

    def test_lines_are_told_by_the_units_that_they_came_in(self, registry):
        made = registry.get("edifact/d96a/recadv")
        line = ("LIN+1++0085234500106:EN", "QTY+48:24:CS")
        source = self.recadv(
            "CPS+1", *line, "CPS+2+1", "PAC+2", "PCI+30", f"GIN+BJ+{SSCCS[0]}", f"GIN+BJ+{SSCCS[1]}", *line, *line, "CPS+3+2", *line, "CNT+2:4"
        )  # fmt: skip
        decoded = made.decode(source, into("edifact"))
        assert decoded.findings == ()
        assert [list(one.ssccs) for one in decoded.document.lines] == [[], SSCCS[:2], SSCCS[:2], SSCCS[:2]]
        assert {one.path for one in decoded.lineage if one.raw == SSCCS[1]} == {f"$.lines[{n}].ssccs[1]" for n in (1, 2)}

    def test_without_units_all_lines_stand_in_one_level(self, registry):
        made = registry.get("edifact/d96a/recadv")
        source = self.recadv("CPS+1", "LIN+1++0085234500106:EN", "QTY+48:24:CS", "QTY+194:20:CS", "QVR+4:48+AF", "CNT+2:1")
        decoded = made.decode(source, into("edifact"))
        assert decoded.findings == ()
        [line] = decoded.document.lines
        assert {state: str(value) for state, value in line.inventory_states.items()} == {"onHand": "20", "damaged": "4"}
        assert body(made.encode(decoded.document, UTC_OUT).tree) == body(source)
