"""The kinds of rule that the samples do not show in full: conditions, directions, keys, groups, joined text, plain lists, totals."""

import textwrap

import pytest

from canonical.registry import parse
from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard
from maps.registry import MapRegistry
from maps.run import Map

from .conftest import body, into, out

NAME = "partners/p/maps/850"
LINES = ("BEG*00*SA*PO1**20261118", "N1*BY*US", "PO1*1*1*EA*5**UP*085234500106")


def overlaid(patch: str, name: str = NAME, base: str = "x12/004010/850@3") -> Map:
    text = f"map: {name}\nextends: {base}\nversion: 1\n{textwrap.dedent(patch)}"
    return MapRegistry({name: text}).get(name)


def tree(*lines: str, set_id: str = "850"):
    segments = [Segment("ST", (set_id, "1"), position=1)]
    for position, line in enumerate(lines, 2):
        tag, *elements = line.split("*")
        segments.append(Segment(tag, tuple(elements), position=position))
    return place(segments, load(Standard.X12, "004010", set_id)).tree


def order(**more):
    data = {
        "documentType": "Order",
        "purpose": "original",
        "orderType": "standAlone",
        "purchaseOrderNumber": "PO1",
        "orderDate": "2026-11-18",
        "parties": {"buyer": {"name": "US"}},
        "lines": [{"lineNumber": "1", "quantity": {"value": "1", "unit": "EA"}, "unitPrice": "5", "item": {"gtin": "00085234500106"}}],
    }
    return parse({**data, **more})


def written(made: Map, document) -> list[str]:
    encoded = made.encode(document, out())
    assert encoded.tree is not None, encoded.findings
    return ["*".join((tag, *elements)) for tag, elements in body(encoded.tree)]


@pytest.fixture(scope="module")
def x850():
    return MapRegistry().get("x12/004010/850")


class TestConditions:
    PATCH = 'patch: [{set: dept, when: "purpose == \'original\'"}, {after: dept, add: {id: late, seg: "REF[01=DP]", when: "purpose != \'original\'", els: {"02": vendorNumber}}}, {remove: vendor}]'  # fmt: skip

    def test_when_decides_in_both_directions(self):
        made = overlaid(self.PATCH)
        lines = (*LINES[:1], "REF*DP*42", *LINES[1:])
        first = made.decode(tree(*lines), into()).document
        second = made.decode(tree(*(line.replace("BEG*00", "BEG*05") for line in lines)), into()).document
        assert (first.department_number, first.vendor_number) == ("42", None)
        assert (second.department_number, second.vendor_number) == (None, "42")
        assert "REF*DP*42" in written(made, first)
        assert "REF*DP*42" in written(made, second)

    def test_a_rule_for_one_direction(self):
        made = overlaid(
            'patch: [{set: dept, dir: in}, {after: dept, add: {id: always, seg: "REF[01=IV]", dir: out, use: required, els: {"02": "=NONE"}}}]'
        )
        document = made.decode(tree(*LINES[:1], "REF*DP*42", "REF*IV*7", *LINES[1:]), into()).document
        assert document.department_number == "42"
        assert [r.value for r in document.references] == ["7"]  # not by the rule that only writes
        lines = written(made, document)
        assert "REF*DP*42" not in lines
        assert "REF*IV*NONE" in lines

    def test_a_required_value_that_the_document_lacks(self):
        made = overlaid('patch: [{set: dept, els: {"02": "departmentNumber!"}}]')
        [finding] = made.encode(order(), out()).findings
        assert (finding.code, finding.path, finding.severity) == ("required-value-missing", "$.departmentNumber", "error")
        [finding] = made.decode(tree(*LINES), into()).findings
        assert (finding.code, finding.path, finding.hint) == ("required-value-missing", "$.departmentNumber", "segment REF")


class TestKeys:
    def test_the_first_of_two_parties_in_one_role_is_taken_the_second_is_kept(self, x850):
        source = tree(LINES[0], "N1*ST*ONE", "N1*ST*TWO", "N4*TOWN", *LINES[2:], "CTT*1")
        decoded = x850.decode(source, into())
        assert decoded.findings == ()
        parties = decoded.document.parties
        assert (parties.ship_to.name, [(other.qualifier, other.name, other.address.city) for other in parties.other]) == (
            "ONE",
            [("ST", "TWO", "TOWN")],
        )
        assert body(x850.encode(decoded.document, out()).tree) == body(source)

    def test_without_a_place_for_the_rest_it_is_told(self):
        made = overlaid("patch: [{set: party, rest: null}]")
        decoded = made.decode(tree(LINES[0], "N1*ST*ONE", "N1*ST*TWO", "N1*QQ*THREE", *LINES[2:]), into())
        assert [(f.code.value, f.path, f.severity.value, f.value) for f in decoded.findings] == [
            ("value-repeated", "$.parties.shipTo", "warning", "ST"),
            ("code-unknown", "$.parties", "error", "QQ"),
        ]

    def test_parties_are_written_in_the_order_of_the_map(self, x850):
        parties = {"shipTo": {"name": "A"}, "carrier": {"name": "B"}, "buyer": {"name": "C"}, "seller": {"name": "D"}}
        roles = [line[3:5] for line in written(x850, order(parties=parties)) if line.startswith("N1")]
        assert roles == ["BY", "VN", "ST", "CA"]


class TestTexts:
    def test_long_lines_are_broken_and_that_is_told(self, x850):
        words = " ".join(["WORD"] * 100)
        encoded = x850.encode(order(notes=[{"type": "mutual", "reference": "R", "text": words}]), out())
        [finding] = encoded.findings
        assert (finding.code, finding.path, finding.hint) == ("precision-lost", "$.notes[0].text", "long lines are broken")
        texts = [s.get(1) for s in encoded.tree.segments() if s.tag == "MSG"]
        assert " ".join(texts) == words
        assert max(map(len, texts)) <= 264

    def test_blank_lines_are_left_out_and_that_is_told(self, x850):
        encoded = x850.encode(order(notes=[{"type": "mutual", "reference": "R", "text": "ONE\n\nTWO"}]), out())
        assert [finding.hint for finding in encoded.findings] == ["blank lines are left out"]
        assert [s.get(1) for s in encoded.tree.segments() if s.tag == "MSG"] == ["ONE", "TWO"]

    def test_more_lines_than_a_segment_holds_become_two_notes_and_that_is_told(self):
        made = MapRegistry().get("edifact/d96a/orders")
        encoded = made.encode(order(notes=[{"type": "general", "text": "\n".join("ABCDEFG")}]), out())
        assert [(finding.code, finding.hint) for finding in encoded.findings] == [("precision-lost", "the text is split")]
        assert [s.elements[3] for s in encoded.tree.segments() if s.tag == "FTX"] == [("A", "B", "C", "D", "E"), ("F", "G")]

    def test_a_note_without_a_reference_gets_a_filler(self, x850):
        assert "N9*ZZ**NOTE" in written(x850, order(notes=[{"text": "HELLO"}]))

    def test_a_constant_stands_only_beside_its_value(self, x850):
        kinds = [{"kind": "charge", "percent": "5"}, {"kind": "charge", "amount": "5"}]
        assert [line for line in written(x850, order(allowancesCharges=kinds)) if line.startswith("SAC")] == [
            "SAC*C*****Z*5",
            "SAC*C****500",
        ]


class TestGroups:
    def test_stores_fill_segments_of_ten_and_units_do_not_mix(self, x850):
        def store(number, unit):
            return {"locationId": f"S{number:02}", "locationScheme": "gln", "quantity": {"value": "1", "unit": unit}}

        stores = [store(number, "EA") for number in range(12)] + [store(20, "XCS"), store(21, "EA")]
        data = order().to_json()
        data["lines"][0]["destinations"] = stores
        document = parse(data)
        segments = [line for line in written(x850, document) if line.startswith("SDQ")]
        assert [(line.split("*")[1], (line.count("*") - 2) // 2) for line in segments] == [("EA", 10), ("EA", 2), ("CA", 1), ("EA", 1)]
        again = x850.decode(x850.encode(document, out()).tree, into()).document
        assert again.lines[0].to_json()["destinations"] == stores

    def test_an_empty_stride_is_stepped_over(self, x850):
        document = x850.decode(tree(*LINES, "SDQ*EA*92*A*1***B*2"), into()).document
        assert [(d.location_id, str(d.quantity.value)) for d in document.lines[0].destinations] == [("A", "1"), ("B", "2")]


class TestPairs:
    def test_a_qualifier_without_a_field_goes_to_the_others(self, x850):
        document = x850.decode(tree(*LINES[:2], "PO1*1*1*EA*5**UP*085234500106*ZZ*X*EN*4012345678901"), into()).document
        assert [(o.qualifier, o.value) for o in document.lines[0].item.other_ids] == [("ZZ", "X"), ("EN", "4012345678901")]
        assert written(x850, document)[-2] == "PO1*1*1*EA*5**UP*085234500106*ZZ*X*EN*4012345678901"

    def test_without_such_a_list_the_table_decides(self):
        pairs = "pairs: {from: 6, max: 10, into: item, table: itemId}"
        strict = overlaid(f"patch: [{{set: line, {pairs}}}]\ntables: {{itemId: {{UP: gtin | gtin12}}}}")
        [finding] = strict.decode(tree(*LINES[:2], "PO1*1*1*EA*5**UP*085234500106*ZZ*X"), into()).findings
        assert (finding.code, finding.path, finding.value, finding.wire) == (
            "code-unknown",
            "$.lines[0].item",
            "ZZ",
            "PO108 at segment 4, in loop PO1",
        )
        assert written(strict, order())[-2] == "PO1*1*1*EA*5**UP*085234500106"

    def test_no_room_for_another(self, x850):
        data = order().to_json()
        data["lines"][0]["item"]["otherIds"] = [{"qualifier": "ZZ", "value": str(n)} for n in range(10)]
        [finding] = x850.encode(parse(data), out()).findings
        assert (finding.code, finding.severity, finding.path) == ("not-carried", "info", "$.lines[0].item.otherIds[9].value")


class TestTotals:
    def test_a_total_may_only_warn(self):
        made = overlaid("patch: [{set: ctt, check: warn}]")
        decoded = made.decode(tree(*LINES, "CTT*7"), into())
        assert [(f.code, f.severity) for f in decoded.findings] == [("check-failed", "warning")]
        assert decoded.document is not None

    def test_a_total_is_written_by_the_document_not_by_what_it_says(self, x850):
        document = order(totals={"lineCount": 99, "amount": "5"})
        assert written(x850, document)[-2:] == ["CTT*1", "AMT*TT*5"]


class TestDefaults:
    def test_the_currency_of_the_agreement_is_marked(self, x850):
        decoded = x850.decode(tree(*LINES), into(currency="EUR"))
        assert decoded.document.currency == "EUR"
        assert [(one.path, one.kind, one.raw) for one in decoded.lineage if one.kind == "defaulted"] == [("$.currency", "defaulted", "EUR")]
        said = x850.decode(tree(LINES[0], "CUR*BY*USD", *LINES[1:]), into(currency="EUR"))
        assert said.document.currency == "USD"

    def test_a_default_may_be_computed(self):
        made = overlaid("defaults: {totals.lineCount: count(lines), vendorNumber: upper(purchaseOrderNumber), departmentNumber: nothing}")
        document = made.decode(tree(*LINES), into()).document
        assert (document.vendor_number, document.department_number, document.totals.line_count) == ("PO1", None, 1)

    def test_in_edifact_no_function_code_means_original(self):
        made = MapRegistry().get("edifact/d96a/orders")
        encoded = made.encode(order(), out())
        assert made.decode(encoded.tree, into("edifact")).document.purpose == "original"


def test_plain_lists_take_a_segment_each(x850):
    lines = (*LINES, "REF*SE*A1", "REF*SE*A2", "REF*LT*L9")
    document = x850.decode(tree(*lines), into()).document
    item = document.lines[0].item
    assert (item.serial_numbers, item.lot.number) == (("A1", "A2"), "L9")
    assert [line for line in written(x850, document) if line.startswith("REF")] == ["REF*LT*L9", "REF*SE*A1", "REF*SE*A2"]


def test_a_contact_of_the_buyer_is_one_of_the_order_in_edifact():
    made = MapRegistry().get("edifact/d96a/orders")
    document = order(
        contacts=[{"function": "buyer", "name": "A"}],
        parties={"buyer": {"name": "US"}, "seller": {"name": "S", "contacts": [{"name": "B"}]}},
    )
    decoded = made.decode(made.encode(document, out()).tree, into("edifact")).document
    assert decoded.contacts == document.contacts
    assert decoded.parties.seller.contacts == document.parties.seller.contacts
    lost = made.encode(order(contacts=[{"name": "A"}], parties={"seller": {"name": "S"}}), out()).findings
    assert [(f.code, f.path) for f in lost] == [("not-carried", "$.contacts[0].name")]


def test_global_ids_are_the_same_on_every_replay(x850):
    first, second = (x850.decode(tree(*LINES), into()).document for _ in range(2))
    assert first == second
    assert first.ids.order_id.startswith("ord_")
    assert x850.decode(tree(*LINES), into()).document.lines[0].line_id != first.ids.order_id
    unnumbered = x850.decode(tree(*LINES[:2], "PO1**1*EA*5**UP*085234500106", "PO1**1*EA*5**UP*085234500106"), into()).document
    assert len({line.line_id for line in unnumbered.lines}) == 2
