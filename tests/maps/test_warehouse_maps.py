"""Warehouse documents as partners send them: lines that share a number and packs, stock at several places, states that nobody has mapped."""

import pytest

from canonical.inventory_states import Axis, axis_of
from canonical.rules import check
from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard
from maps.finding import MapFindingCode
from maps.registry import MapRegistry

from .conftest import UTC_IN, UTC_OUT, body

CARTON, OTHER = "000852345000000120", "000852345000000137"
W06, W03 = "W06*F*WO-1*20261203", "W03*12"


def tree(set_id: str, *lines: str):
    segments = [Segment("ST", (set_id, "1"), position=1)]
    for position, line in enumerate(lines, 2):
        tag, *elements = line.split("*")
        segments.append(Segment(tag, tuple(elements), position=position))
    return place(segments, load(Standard.X12, "004010", set_id)).tree


def read(registry, set_id, *lines):
    decoded = registry.get(f"x12/004010/{set_id}").decode(tree(set_id, *lines), UTC_IN)
    return decoded, [finding.code for finding in decoded.findings]


def written(registry, set_id, document, residue=()):
    encoded = registry.get(f"x12/004010/{set_id}").encode(document, UTC_OUT, residue)
    return ["*".join((tag, *elements)) for tag, elements in body(encoded.tree)]


class TestLinesUnderOneNumber:
    ONE_CARTON = (
        W06,
        "LX*7",
        f"MAN*GM*00{CARTON}",
        "W12*CC*8*8*0*CA**UP*085234500106",
        "G69*BEANS",
        "W12*CC*4*4*0*CA**UP*085234500250",
        W03,
    )

    def test_several_lines_in_one_carton_are_lines_that_each_say_so(self, registry):
        decoded, found = read(registry, "945", *self.ONE_CARTON)
        assert found == []
        lines = decoded.document.lines
        assert [(line.line_number, str(line.quantity_shipped.value), line.packs[0].sscc) for line in lines] == [
            ("7", "8", CARTON),
            ("7", "4", CARTON),
        ]
        assert written(registry, "945", decoded.document) == list(self.ONE_CARTON)
        assert decoded.residue == ()

    def test_one_line_in_several_cartons(self, registry):
        lines = (W06, "LX*1", f"MAN*GM*00{CARTON}", f"MAN*GM*00{OTHER}", "W12*CC*12*12*0*CA**UP*085234500106", W03)
        decoded, _ = read(registry, "945", *lines)
        assert [pack.sscc for pack in decoded.document.lines[0].packs] == [CARTON, OTHER]
        assert written(registry, "945", decoded.document) == list(lines)

    def test_the_same_line_in_another_carton_stands_under_a_number_of_its_own(self, registry):
        decoded, _ = read(registry, "945", *self.ONE_CARTON)
        first, second = decoded.document.to_json()["lines"]
        apart = decoded.document.replaced(lines=[first, second | {"packs": [{"sscc": OTHER}]}])
        assert [line for line in written(registry, "945", apart) if line[:3] in {"LX*", "MAN"}] == [
            "LX*7",
            f"MAN*GM*00{CARTON}",
            "LX*7",
            f"MAN*GM*00{OTHER}",
        ]

    def test_where_a_value_came_from_is_said_of_every_line(self, registry):
        decoded, _ = read(registry, "945", *self.ONE_CARTON)
        places = {one.path for one in decoded.lineage if one.raw == f"00{CARTON}"}
        assert places == {"$.lines[0].packs[0].sscc", "$.lines[1].packs[0].sscc"}

    def test_a_total_that_the_lines_deny(self, registry):
        decoded, found = read(registry, "945", *self.ONE_CARTON[:-1], "W03*13")
        assert decoded.document is None
        assert found == [MapFindingCode.CHECK_FAILED]

    def test_a_total_is_no_fault_of_its_own_where_a_quantity_is_wrong(self, registry):
        lines = [line.replace("*8*8*", "*8*EIGHT*") for line in self.ONE_CARTON]
        decoded, _ = read(registry, "945", *lines)
        found = [(finding.code, finding.caused_by) for finding in decoded.findings]
        assert found == [(MapFindingCode.NUMBER_INVALID, None), (MapFindingCode.CHECK_FAILED, MapFindingCode.NUMBER_INVALID)]

    def test_a_carton_with_a_wrong_digit_is_told_with_its_line(self, registry):
        lines = [line.replace(CARTON, CARTON[:-1] + "9") for line in self.ONE_CARTON]
        decoded, found = read(registry, "945", *lines)
        assert found == [MapFindingCode.SSCC_INVALID]
        assert decoded.findings[0].path == "$.lines[0].packs[0].sscc"

    def test_an_order_asks_so_too(self, registry):
        lines = (
            "W05*N*WO-1*PO-1",
            "N1*ST*DC",
            "LX*1",
            f"MAN*GM*00{CARTON}",
            "W01*8*CA**UP*085234500106",
            "W01*4*CA**UP*085234500250",
            "W76*12",
        )
        decoded, found = read(registry, "940", *lines)
        assert found == []
        assert [line.label_ssccs for line in decoded.document.lines] == [(CARTON,), (CARTON,)]
        assert written(registry, "940", decoded.document) == list(lines)


class TestSeveralWarehouses:
    def test_an_order_whose_lines_come_from_two(self, registry):
        lines = ("W05*N*WO-1", "N1*ST*DC", "LX*1", "W01*8*CA**UP*085234500106", "N1*WH*EAST*92*SL03", "LX*2", "W01*4*CA**UP*085234500106", "N1*WH*WEST*92*SL04", "W76*12")  # fmt: skip
        decoded, _ = read(registry, "940", *lines)
        assert [line.parties.warehouse.id for line in decoded.document.lines] == ["SL03", "SL04"]
        assert written(registry, "940", decoded.document) == list(lines)

    def test_a_report_of_two_is_two_stocks(self, registry):
        lines = ("BIA*00*SI*R1*20261202", "DTM*184*20261202", "LIN*1*UP*085234500106", "QTY*17*30*CA", "N1*WH*EAST*92*SL03", "LIN*2*UP*085234500106", "QTY*17*40*CA", "N1*WH*WEST*92*SL04", "CTT*2")  # fmt: skip
        decoded, _ = read(registry, "846", *lines)
        assert [(line.location.id, str(line.quantities[0].quantity.value)) for line in decoded.document.lines] == [
            ("SL03", "30"),
            ("SL04", "40"),
        ]
        assert check(decoded.document) == ()
        assert written(registry, "846", decoded.document) == list(lines)


class TestStates:
    REPORT = ("BIA*00*SI*R1*20261202", "LIN*1*UP*085234500106")

    def states(self, registry, *quantities, set_id="846"):
        decoded, found = read(registry, set_id, *self.REPORT, *quantities, "CTT*1")
        assert found == []
        return decoded.document

    def test_what_is_there_and_what_may_be_sold_stay_apart(self, registry):
        document = self.states(registry, "QTY*17*100*CA", "QTY*33*60*CA", "QTY*27*40*CA")
        states = [(one.state, str(one.quantity.value), axis_of(one.state)) for one in document.lines[0].quantities]
        assert states == [
            ("onHand", "100", Axis.PHYSICAL),
            ("availableToPromise", "60", Axis.SELLABLE),
            ("allocated", "40", Axis.SELLABLE),
        ]
        assert check(document) == ()

    def test_a_code_that_nobody_has_mapped_is_kept_held_and_given_back(self, registry):
        document = self.states(registry, "QTY*QH*5*CA")
        assert document.lines[0].quantities[0].state == "x12:QH"
        assert [fault.code for fault in check(document)] == ["state-unmapped"]
        assert "QTY*QH*5*CA" in written(registry, "846", document)

    def test_an_overlay_says_what_the_code_means_to_the_partner(self):
        name = "partners/shoreline3pl/maps/846"
        text = f"map: {name}\nextends: x12/004010/846@1\nversion: 1\ntables:\n  state: {{extend: true, QH: onHold}}\n"
        made = MapRegistry({name: text}).get(name)
        document = made.decode(tree("846", *self.REPORT, "QTY*QH*5*CA", "CTT*1"), UTC_IN).document
        assert document.lines[0].quantities[0].state == "onHold"
        assert check(document) == ()

    @pytest.mark.parametrize(
        ("code", "mode"), [("00", "snapshot"), ("05", "snapshot"), ("26", "partialSnapshot"), ("04", "delta"), ("25", "delta")]
    )
    def test_the_document_says_whether_it_is_all_or_what_changed(self, registry, code, mode):
        decoded, _ = read(registry, "846", f"BIA*{code}*SI*R1*20261202", "LIN*1*UP*085234500106", "QTY*17*5*CA", "CTT*1")
        assert decoded.document.mode == mode
        assert decoded.document.is_complete == (mode == "snapshot")

    def test_a_purpose_that_is_neither_is_no_guess(self, registry):
        decoded, found = read(registry, "846", "BIA*01*SI*R1*20261202", "LIN*1*UP*085234500106", "QTY*17*5*CA", "CTT*1")
        assert decoded.document is None
        assert found == [MapFindingCode.CODE_UNKNOWN]

    def test_the_time_of_the_report_is_that_of_the_stock_where_nothing_else_is_said(self, registry):
        assert str(self.states(registry, "QTY*17*5*CA").as_of) == "2026-12-02"


class TestAdjustments:
    def line(self, registry, w19):
        decoded, found = read(registry, "947", "W15*20261202*A1*B1", "N1*WH*SHORELINE", w19)
        assert found == []
        assert written(registry, "947", decoded.document)[-1] == w19
        return decoded.document

    def test_the_states_that_a_reason_moves_stock_between(self, registry):
        line = self.line(registry, "W19*AW*-24*CA**UP*085234500106").lines[0]
        assert (line.reason, line.from_state, line.to_state) == ("recall", "available", "quarantined")
        line = self.line(registry, "W19*AA*-3*CA**UP*085234500106**********DM").lines[0]
        assert (line.stock_type, line.from_state, line.to_state) == ("damaged", "damaged", "outside")

    def test_a_reason_that_nobody_has_mapped_is_kept_and_held(self, registry):
        document = self.line(registry, "W19*TC*-3*CA**UP*085234500106")
        line = document.lines[0]
        assert (line.reason, line.from_state, line.to_state) == ("x12:TC", "unmapped", "unmapped")
        assert [fault.code for fault in check(document)] == ["reason-unmapped"]


class TestReceipts:
    def test_a_lot_and_its_day_may_stand_in_a_reference(self, registry):
        decoded, found = read(
            registry,
            "944",
            "W17*F*20261130*R1*T1",
            "N1*WH*S",
            "W07*5*CA**UP*085234500106",
            "N9*LT*A-VERY-LONG-LOT-NUMBER**20270601",
            "W14*5",
        )
        assert found == []
        line = decoded.document.lines[0]
        assert (line.lot_number, str(line.expiration_date)) == ("A-VERY-LONG-LOT-NUMBER", "2027-06-01")
