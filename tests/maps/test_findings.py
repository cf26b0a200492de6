"""Faults in the data: all are told, each with code, path, rule, place and value; the words are fixed."""

import dataclasses

import pytest

from canonical.registry import parse
from maps.finding import MESSAGES, OURS, MapFindingCode, Severity
from maps.registry import MapRegistry

from .conftest import SAMPLES, body, into, out, tree_of

X850, X856, ORDERS = ((SAMPLES / name).read_bytes() for name in ("850_northmart.x12", "856_northmart.x12", "orders_d96a.edi"))
NAMES = {X850: "x12/004010/850", X856: "x12/004010/856", ORDERS: "edifact/d96a/orders"}


def decoded(registry, data, *changes):
    made = registry.get(NAMES[data])
    for old, new in changes:
        assert data.count(old) >= 1, old
        data = data.replace(old, new, 1)
    return made.decode(tree_of(data), into(made.syntax))


@pytest.mark.parametrize(
    ("data", "old", "new", "code", "path", "wire", "value"),
    [
        (X850, b"*20261118~\nCUR", b"*20261131~\nCUR", "date-invalid", "$.orderDate", "BEG05 at segment 2", "20261131"),
        (X850, b"BEG*00*SA*4500123987**20261118", b"BEG*00*SA***20261118", "required-value-missing", "$.purchaseOrderNumber", "BEG03 at segment 2", None),
        (X850, b"BEG*00", b"BEG*09", "code-unknown", "$.purpose", "BEG01 at segment 2", "09"),
        (X850, b"PO1*2*36*CA", b"PO1*2*3X6*CA", "number-invalid", "$.lines[1].quantity.value", "PO102 at segment 28, in loop PO1", "3X6"),
        (X850, b"PO1*2*36*CA", b"PO1*2*36*QQ", "code-unknown", "$.lines[1].quantity.unit", "PO103 at segment 28, in loop PO1", "QQ"),
        (X850, b"085234500250", b"085234500251", "gtin-invalid", "$.lines[1].item.gtin", "PO107 at segment 28, in loop PO1", "085234500251"),
        (X850, b"*2500*", b"*25.00*", "number-invalid", "$.allowancesCharges[0].amount", "SAC05 at segment 9, in loop SAC", "25.00"),
        (X850, b"*72015*US", b"*72015*XX", "code-unknown", "$.parties.shipTo.address.country", "N404 at segment 24, in loop N1", "XX"),
        (X850, b"CTT*3*", b"CTT*4*", "check-failed", "$", "CTT01 at segment 35, in loop CTT", "4"),
        (X850, b"CTT*3*", b"CTT*x*", "number-invalid", "$", "CTT01 at segment 35, in loop CTT", "x"),
        (X856, b"00008523450000012022", b"00008523450000012023", "sscc-invalid", "$.orders[0].packs[1].sscc", "MAN02 at segment 30, in loop HL", "00008523450000012023"),
        (X856, b"*1430*CT", b"*1490*CT", "time-invalid", "$.shippedAt", "DTM03 at segment 9, in loop HL", "1490"),
        (ORDERS, b"0085234500106:EN", b"0085234500107:EN", "gtin-invalid", "$.lines[0].item.gtin", "LIN03-1 at segment 23, in loop SG25", "0085234500107"),
        (ORDERS, b"CNT+2:3", b"CNT+2:4", "check-failed", "$", "CNT01-2 at segment 48", "4"),
        (ORDERS, b"QTY+21:48:CS", b"QTY+21:48:QQ", "code-unknown", "$.lines[0].quantity.unit", "QTY01-3 at segment 26, in loop SG25", "QQ"),
    ],
)  # fmt: skip
def test_one_fault_is_one_finding_at_its_place(registry, data, old, new, code, path, wire, value):
    result = decoded(registry, data, (old, new))
    [finding] = [finding for finding in result.findings if finding.caused_by is None]
    assert (finding.code, finding.path, finding.wire, finding.value) == (code, path, wire, value)
    assert finding.severity is Severity.ERROR
    assert finding.message == MESSAGES[finding.code]
    assert finding.fault_class == "application"
    assert str(finding.location) == wire
    assert result.document is None
    assert result.has_errors
    assert result.residue is not None


@pytest.mark.parametrize(
    ("old", "new", "wire", "value"), [(b"CTT*9*", b"CTT*6*", "CTT01 at segment 51", "6"), (b"*92~", b"*91~", "CTT02 at segment 51", "91")]
)
def test_a_ship_notice_that_counts_in_its_own_way_is_told_and_taken(registry, old, new, wire, value):
    """Many senders count items in CTT01, where the standard counts levels: goods on their way are not refused for that."""
    result = decoded(registry, X856, (old, new))
    [finding] = result.findings
    assert (finding.code, finding.severity, finding.wire, finding.value) == ("check-failed", "warning", wire, value)
    assert result.document is not None


def test_rule_and_hint_say_where_to_look(registry):
    [finding] = decoded(registry, X850, (b"PO1*2*36*CA", b"PO1*2*36*QQ")).findings
    assert (finding.rule, finding.hint) == ("x12/004010/850@3#line", "table uom")


def test_all_faults_of_a_set_are_told_not_the_first(registry):
    result = decoded(
        registry,
        X850,
        (b"**20261118~", b"**20261131~"),
        (b"PO1*1*48*CA", b"PO1*1*many*QQ"),
        (b"085234500250", b"085234500251"),
        (b"DTM*038*20261203", b"DTM*038*2026"),
        (b"N1*BT*", b"N1*QQ*"),
    )
    assert [(finding.code.value, finding.path) for finding in result.findings] == [
        ("date-invalid", "$.orderDate"),
        ("date-invalid", "$.shipWindow.end"),
        ("number-invalid", "$.lines[0].quantity.value"),
        ("code-unknown", "$.lines[0].quantity.unit"),
        ("gtin-invalid", "$.lines[1].item.gtin"),
    ]
    assert result.data["parties"]["other"] == [{"qualifier": "QQ", "name": "NORTHMART STORES AP", "idScheme": "gln", "id": "0614141000029"}]


def test_a_total_over_a_bad_value_is_a_cascade(registry):
    result = decoded(registry, ORDERS, (b"QTY+21:48:CS", b"QTY+21:4Z8:CS"))
    first, total = result.findings
    assert (first.code, first.caused_by) == (MapFindingCode.NUMBER_INVALID, None)
    assert (total.code, total.caused_by, total.hint) == (
        MapFindingCode.CHECK_FAILED,
        MapFindingCode.NUMBER_INVALID,
        "sumof(rows.quantity.value)",
    )


def test_a_second_value_for_one_field_is_a_warning_and_goes_where_there_is_room(registry):
    result = decoded(registry, X850, (b"DTM*001*20261205~", b"DTM*001*20261205~DTM*001*20261206~"), (b"SE*37", b"SE*38"))
    [finding] = result.findings
    assert (finding.code, finding.severity, finding.wire) == ("value-repeated", "warning", "DTM at segment 15")
    assert str(result.document.cancel_after_date) == "2026-12-05"
    made = registry.get("x12/004010/850")
    assert [s.get(2) for s in made.encode(result.document, out(), result.residue).tree.segments() if s.tag == "DTM"][-2:] == [
        "20261205",
        "20261206",
    ]


def test_a_second_reference_goes_to_the_references(registry):
    result = decoded(registry, X850, (b"REF*PD*HOLIDAY26~", b"REF*PD*HOLIDAY26~REF*DP*0043~REF*QK*X~"), (b"SE*37", b"SE*39"))
    assert result.findings == ()
    assert result.document.department_number == "0042"
    assert [r.to_json() for r in result.document.references] == [{"type": "x12:DP", "value": "0043"}, {"type": "x12:QK", "value": "X"}]


def test_what_the_schema_refuses_is_told_once(registry):
    result = decoded(registry, X850, (b"N1*ST*NORTHMART DC 0117", b"N1*ST*" + b"X" * 60), (b"REF*DP*0042", b"REF*DP*" + b"1" * 31))
    [finding] = result.findings
    assert (finding.code, finding.path, finding.hint) == ("document-invalid", "$.departmentNumber", "string-too-long")


def test_a_set_without_lines_or_header_says_what_is_missing(registry):
    data = b"\n".join(line for line in X850.split(b"\n") if not line.startswith((b"PO1", b"PID", b"PO4", b"SDQ", b"BEG", b"CTT", b"AMT")))
    made = registry.get("x12/004010/850")
    result = made.decode(tree_of(data), into())
    assert {(finding.code.value, finding.path) for finding in result.findings} == {
        ("required-value-missing", "$.purpose"),
        ("required-value-missing", "$.purchaseOrderNumber"),
        ("required-value-missing", "$.orderDate"),
        ("document-invalid", "$.lines"),
    }


def test_of_many_findings_a_hundred_are_told_and_none_is_forgotten(registry):
    line = b"PO1*9*x*QQ~\n"
    result = decoded(registry, X850, (b"PO1*1*48", line * 200 + b"PO1*1*48"))
    assert len(result.findings) == 101
    assert (result.findings[-1].code, result.findings[-1].severity) == ("limit-exceeded", "error")
    assert result.document is None
    warned = decoded(registry, X850, (b"DTM*001*20261205~", b"DTM*001*20261205~" * 150), (b"CTT*3*", b"CTT*4*"))
    assert {(finding.code.value, finding.severity.value) for finding in warned.findings} >= {
        ("limit-exceeded", "warning"),
        ("check-failed", "error"),
    }


def test_partner_data_stay_out_of_words(registry):
    result = decoded(registry, X850, (b"PO1*2*36*CA", b"PO1*2*SECRET*SECRET"), (b"BEG*00", b"BEG*SECRET"))
    for finding in result.findings:
        assert "SECRET" not in repr(dataclasses.replace(finding, value=None))
        assert "SECRET" not in repr(finding)
        assert len(finding.value or "") <= 99


def test_every_code_has_its_words():
    assert set(MESSAGES) == set(MapFindingCode)
    assert all(text.endswith(".") for text in MESSAGES.values())
    assert set(MapFindingCode) > OURS


class TestWriting:
    def test_a_value_too_long_for_its_place(self, registry):
        made = registry.get("x12/004010/850")
        document = decoded(registry, X850).document.replaced(purchase_order_number="4" * 23)
        encoded = made.encode(document, out())
        [finding] = encoded.findings
        assert (finding.code, finding.path, finding.hint) == ("value-too-long", "$.purchaseOrderNumber", "at most 22 characters")
        assert (encoded.tree, encoded.has_errors) == (None, True)

    def test_a_word_without_a_code(self, registry):
        made = registry.get("x12/004010/850")
        document = decoded(registry, X850).document
        routing = document.routing.model_copy(update={"mode": "edifact:99"})
        [finding] = made.encode(document.replaced(routing=routing), out()).findings
        assert (finding.code, finding.path, finding.hint) == ("code-unknown", "$.routing.mode", "table mode")

    def test_a_party_in_a_role_that_the_map_does_not_know_is_told_and_not_written(self, registry):
        made = registry.get("x12/004010/850")
        base = MapRegistry(
            {"few": f"map: few\nextends: x12/004010/850@{made.version}\nversion: 1\ntables: {{partyRole: {{extend: true, ST: null}}}}\n"}
        )
        data = decoded(registry, X850).document.to_json()
        data["parties"]["shipTo"] = {"name": "DC 0117", "id": "0117"}
        encoded = base.get("few").encode(parse(data), out())
        assert [(f.code, f.severity, f.path) for f in encoded.findings] == [
            ("not-carried", "info", "$.parties.shipTo.name"),
            ("not-carried", "info", "$.parties.shipTo.id"),
        ]
        assert "ST" not in {elements[0] for tag, elements in body(encoded.tree) if tag == "N1"}

    def test_a_finer_amount_is_refused_not_rounded(self, registry):
        made = registry.get("x12/004010/850")
        document = decoded(registry, X850).document
        data = document.to_json()
        data["allowancesCharges"][0]["amount"] = "25.005"
        [finding] = made.encode(type(document).model_validate(data), out()).findings
        assert (finding.code, finding.path) == ("value-not-writable", "$.allowancesCharges[0].amount")

    def test_a_time_where_only_a_day_has_room(self, registry):
        made = registry.get("x12/004010/850")
        data = decoded(registry, X850).document.to_json()
        data["orderDate"] = "2026-11-18T23:30:00-06:00"
        encoded = made.encode(type(decoded(registry, X850).document).model_validate(data), out())
        [finding] = encoded.findings
        assert (finding.code, finding.severity, finding.fault_class) == ("precision-lost", "warning", "ours")
        assert encoded.tree is not None

    def test_what_would_be_read_back_as_another_field(self, registry):
        made = registry.get("x12/004010/850")
        data = decoded(registry, X850).document.to_json()
        del data["departmentNumber"]
        data["references"] = [{"type": "x12:DP", "value": "0043"}]
        [finding] = made.encode(type(decoded(registry, X850).document).model_validate(data), out()).findings
        assert (finding.code, finding.path, finding.hint) == ("value-ambiguous", "$.references[0]", "rule dept")

    def test_a_key_too_wide_for_the_first_qualifier_goes_under_the_next(self, registry):
        made = registry.get("x12/004010/850")
        data = decoded(registry, X850).document.to_json()
        for line, gtin in zip(data["lines"], ("00085234500106", "04012345678901", "10085234500103"), strict=True):
            line["item"]["gtin"] = gtin
        tree = made.encode(type(decoded(registry, X850).document).model_validate(data), out()).tree
        assert [s.elements[5:7] for s in tree.segments() if s.tag == "PO1"] == [
            ("UP", "085234500106"),
            ("EN", "4012345678901"),
            ("UK", "10085234500103"),
        ]
        assert [line.item.gtin for line in made.decode(tree, into()).document.lines] == [line["item"]["gtin"] for line in data["lines"]]
