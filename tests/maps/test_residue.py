"""Residue: whatever the map does not hold comes back, spelling and order included; an edited document is not overruled."""

import pytest

from maps.registry import MapRegistry
from maps.run import Residue

from .conftest import SAMPLES, body, into, out, tree_of

X850 = (SAMPLES / "850_northmart.x12").read_bytes()
ORDERS = (SAMPLES / "orders_d96a.edi").read_bytes()


def changed(*changes, data=X850):
    for old, new in changes:
        assert old in data
        data = data.replace(old, new, 1)
    return tree_of(data)


@pytest.mark.parametrize(
    "changes",
    [
        [(b"*PE*UP*085234500106*IN", b"*PE*ZZ*X*UP*085234500106*IN")],  # a pair of no field
        [(b"UP*085234500106*IN*004412345*VN*HB-1200", b"VN*HB-1200*UP*085234500106*IN*004412345")],  # pairs in another order
        [(b"UP*085234500106*IN*004412345", b"UP*085234500106*BP*004412345")],  # another qualifier for the same
        [(b"UP*085234500106*IN", b"UP*085234500106*EN*0085234500106*IN")],  # one key under two qualifiers
        [(b"*31.2*PE", b"*031.200*PE")],  # zeros
        [(b"*48*CA*", b"*48*CS*")],  # a code that is read only
        [(b"*72015*US~", b"*72015*USA~")],  # three letters
        [(b"REF*DP*0042~\nREF*IA*0556677~", b"REF*IA*0556677*NOTE~\nREF*DP*0042~")],  # references in another order
        [(b"REF*IA*0556677~", b"REF*VR*0556677~")],  # the second of two qualifiers
        [(b"N1*BY*NORTHMART STORES INC*UL*0614141000012~\n", b""), (b"N4*BENTON*AR*72015*US~\n", b"N4*BENTON*AR*72015*US~\nN1*BY*NORTHMART STORES INC*UL*0614141000012~\n")],
        [(b"FOB*CC", b"TAX*123456789~\nFOB*CC")],  # a segment of no rule
        [(b"CTT*3*94~", b"CTT*3*94*100*LB~")],
        [(b"MSG*PALLETIZE", b"DTM*097*20261118~\nMSG*PALLETIZE")],  # inside a loop
        [(b"PID*F*08***SALTINE CRACKERS 16 OZ 12 PK~", b"PID*F*08***SALTINE CRACKERS 16 OZ 12 PK~PID*S*08*VI*RED~MEA*PD*G*1*LB~")],  # a whole loop
        [(b"DTM*002*20261208~", b"DTM*002*20261208*0800~")],  # a time without a zone
        [(b"DTM*002*20261208~", b"DTM*002*20261208*0800*ET~")],  # a time of another zone
        [(b"CTT*3*94~\nAMT*TT*2495.1~\n", b"")],  # no totals, though the map writes them
        [(b"CUR*BY*USD~\n", b"")],
        [(b"N1*BT*", b"N1*MA*"), (b"N1*VN*", b"N1*SF*")],  # parties in an order that neither map nor document has
        [(b"PER*BD*MARIA LOPEZ*TE*4795550100*EM*MLOPEZ@NORTHMART.EXAMPLE~", b"PER*BD*MARIA LOPEZ*NP*1*TE*4795550100~")],
        [(b"SDQ*CA*UL*0614141001002*24*0614141001316*12~", b"SDQ*CA*UL*0614141001002*24~SDQ*CA*UL*0614141001316*12~")],
    ],
)  # fmt: skip
def test_the_wire_comes_back_segment_by_segment(registry, changes):
    made = registry.get("x12/004010/850")
    source = changed(*changes)
    decoded = made.decode(source, into(currency="USD"))
    assert decoded.document is not None, decoded.findings
    encoded = made.encode(decoded.document, out(), [Residue.parse(one.to_json()) for one in decoded.residue])
    assert body(encoded.tree) == body(source)
    assert not [finding for finding in encoded.findings if finding.code != "not-carried"]


@pytest.mark.parametrize(
    "changes",
    [
        [(b"DTM+137:20261118:102'", b"DTM+137:202611180915:203'")],
        [(b"PIA+1+004412345:IN+HB-1200:SA'", b"PIA+5+HB-1200:SA'PIA+1+004412345:BP:91'")],
        [(b"NAD+BY+0614141000012::9++NORTHMART STORES INC'", b"NAD+BY+0614141000012::9+ONE LINE:ANOTHER+NORTHMART STORES INC'")],
        [(b"CNT+1:94'\nCNT+2:3'\n", b"CNT+2:3'\n")],
        [(b"CNT+1:94'\nCNT+2:3'\n", b"CNT+2:3'\nCNT+1:94'\n")],
        [(b"ALC+A++2++DI", b"ALC+A+123+2++ZZZ")],
        [(b"BGM+220+4500123987+9'", b"BGM+220::9+4500123987'")],
    ],
)
def test_edifact_comes_back_too(registry, changes):
    made = registry.get("edifact/d96a/orders")
    source = changed(*changes, data=ORDERS)
    decoded = made.decode(source, into("edifact"))
    assert decoded.document is not None, decoded.findings
    assert body(made.encode(decoded.document, out(), decoded.residue).tree) == body(source)


def test_a_loop_that_the_map_would_write_with_others_in_it_does_not_come_where_there_was_none():
    version = MapRegistry().get("x12/004010/850").version
    overlay = f"""
map: totals
extends: x12/004010/850@{version}
version: 1
patch:
  - {{in: ctt, add: {{id: hash, seg: "AMT[01=1]", calc: {{"02": "sumof(lines.quantity.value)"}}}}}}
"""
    made = MapRegistry({"totals": overlay}).get("totals")
    source = changed((b"CTT*3*94~\nAMT*TT*2495.1~\n", b""))
    decoded = made.decode(source, into())
    assert [tag for tag, _ in body(made.encode(decoded.document, out()).tree)][-2:] == ["CTT", "AMT"]
    residue = [Residue.parse(one.to_json()) for one in decoded.residue]
    assert body(made.encode(decoded.document, out(), residue).tree) == body(source)


class TestEditedDocuments:
    """Between decoding and encoding a person or program changed the document: its values win."""

    def edited(self, registry, change, *changes):
        made = registry.get("x12/004010/850")
        decoded = made.decode(changed(*changes), into())
        data = decoded.document.to_json()
        change(data)
        encoded = made.encode(type(decoded.document).model_validate(data), out(), decoded.residue)
        return encoded, body(encoded.tree)

    def test_a_changed_value_keeps_what_no_rule_knows(self, registry):
        def change(data):
            data["lines"][0]["quantity"]["value"] = "50"

        _, written = self.edited(
            registry, change, (b"*IN*004412345*VN*HB-1200~", b"*IN*004412345*VN*HB-1200*ZZ*X~"), (b"*48*CA", b"*48*CS")
        )
        line = next(elements for tag, elements in written if tag == "PO1")
        assert line[1:3] == ("50", "CA")
        assert line[-2:] == ("ZZ", "X")

    def test_a_changed_value_is_never_put_back(self, registry):
        def change(data):
            data["lines"][0]["unitPrice"] = "33"

        _, written = self.edited(registry, change, (b"*31.2*PE", b"*031.200*PE"))
        assert next(elements for tag, elements in written if tag == "PO1")[3] == "33"

    def test_a_line_taken_out_takes_its_residue_along_and_says_so(self, registry):
        def change(data):
            del data["lines"][2]

        encoded, written = self.edited(registry, change, (b"PO4*24*9*OZ~", b"PO4*24*9*OZ*****4*CF~TXI*ST*1~CSH*P2~"))
        assert sum(tag == "PO1" for tag, _ in written) == 2
        assert {finding.code for finding in encoded.findings if finding.severity == "info"} == {"residue-not-placed"}

    def test_a_new_party_stands_behind_those_that_were_there(self, registry):
        def change(data):
            data["parties"]["warehouse"] = {"name": "NEW"}

        swapped = [(b"N1*BY*NORTHMART STORES INC*UL*0614141000012~\nN1*BT*NORTHMART STORES AP*UL*0614141000029~", b"N1*BT*NORTHMART STORES AP*UL*0614141000029~\nN1*BY*NORTHMART STORES INC*UL*0614141000012~")]  # fmt: skip
        _, written = self.edited(registry, change, *swapped)
        assert [elements[0] for tag, elements in written if tag == "N1"] == ["BT", "BY", "VN", "ST", "WH"]


def test_residue_is_empty_where_the_map_holds_everything(registry):
    decoded = registry.get("x12/004010/856").decode(tree_of((SAMPLES / "856_northmart.x12").read_bytes()), into())
    assert decoded.residue == ()


def test_residue_of_repetitions_and_components_survives_json():
    made = Residue.parse(
        {
            "loop": "", "loopAt": "$", "rule": "", "at": "$", "occurrence": 0, "tag": "XX", "position": 3, "moved": False, "sequence": 9,
            "wire": ["a", ["b", "c"], {"repeats": ["d", ["e", "f"]]}], "normal": None,
        }
    )  # fmt: skip
    assert Residue.parse(made.to_json()) == made
    assert made.wire[1] == ("b", "c")


@pytest.mark.parametrize("data", [{}, {"tag": 5}, [], None, {"loop": "", "within": 3}])
def test_what_is_no_residue_is_refused(data):
    with pytest.raises(ValueError, match="this is no residue"):
        Residue.parse(data)
