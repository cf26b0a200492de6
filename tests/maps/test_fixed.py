"""Payloads of fixed width: positions, filling, record types, and what is refused with line and position."""

import pytest

from maps.fault import MapError
from maps.finding import MapFindingCode as Code
from maps.formats.head import form_of
from maps.registry import MapRegistry
from maps.run import Residue

from .conftest import into, out

FLAT = {"columns": {"sku": "1-6", "qty": "7-11 right 0", "unit": "12-13", "price": "16-20 right"}}
TYPED = {
    "type": "1-2",
    "records": {
        "OH": {"columns": {"po": "3-8", "date": "9-16"}},
        "OL": {"columns": {"no": "3-5 right 0", "sku": "6-11"}, "many": True},
        "OX": {"columns": {"text": "3-20"}, "under": "OL"},
        "OT": {"columns": {"lines": "3-5 right 0"}},
    },
}


def fixed(**head):
    return form_of("fixed", head)


def values_of(form, data):
    read = form.read(data.encode() if isinstance(data, str) else data)
    assert read.findings == ()
    return [document.value for document in read.documents]


@pytest.mark.parametrize(
    ("line", "row"),
    [
        ("HB-1  00048CS     31.2", None),
        ("HB-1  00048CS   31.2", {"sku": "HB-1", "qty": "48", "unit": "CS", "price": "31.2"}),
        ("      00000         ", {"qty": "0"}),
        ("HB-1", {"sku": "HB-1"}),
        (" HB 1 -0012", {"sku": " HB 1", "qty": "-12"}),
        ("HB-1     12", {"sku": "HB-1", "qty": "   12"}),
        ("HB-1  00048CSXX", {"sku": "HB-1", "qty": "48", "unit": "CS", "#14-15": "XX"}),
        ("HB-1  00048CS 31.2 ", {"sku": "HB-1", "qty": "48", "unit": "CS", "#14-15": " 3", "price": "1.2  "}),
    ],
)
def test_what_is_read(line, row):
    form = fixed(**FLAT)
    if row is None:
        [finding] = form.read(line.encode()).findings
        assert (finding.code, finding.hint, finding.wire) == (Code.FIXED_INVALID, "longer than 20 characters", "line 1")
        return
    [value] = values_of(form, f"\r\n{line}\r\n\x1a")
    assert value["rows"] == [row]
    assert form.write([value]).data.decode() == f"{line:20}\n"


def test_records_of_several_types():
    data = "OH4711  20261118\nOL001HB-1  \nOXcrackers          \nOL002HB-2  \nOT002\nOH4712  20261119\nOL001HB-3  \n"
    form = fixed(**TYPED)
    values = values_of(form, data)
    assert values == [
        {
            "OH": {"po": "4711", "date": "20261118"},
            "OL": [{"no": "1", "sku": "HB-1", "OX": {"text": "crackers"}}, {"no": "2", "sku": "HB-2"}],
            "OT": {"lines": "2"},
        },
        {"OH": {"po": "4712", "date": "20261119"}, "OL": [{"no": "1", "sku": "HB-3"}]},
    ]
    assert form.write(values).data.decode() == data


@pytest.mark.parametrize(
    ("head", "data"),
    [
        ({"newline": "none", "width": 8, "columns": {"a": "1-4", "b": "5-8 right 0"}}, b"x   0001yy  0022"),
        ({"newline": "crlf", "width": 8, "columns": {"a": "1-4", "b": "5-8 right *"}}, b"x   ***1\r\nyy  **22\r\n"),
        ({"charset": "cp850", "columns": {"a": "1-4"}}, "Öl  \n".encode("cp850")),
        ({"charset": "windows-1252", "documents": "row", "columns": {"a": "1-4 left .", "b": "5"}}, "Öl..x\n".encode("cp1252")),
        ({"columns": {"po": "1-2", "date": "3-6", "no": "7"}, "documents": {"by": "po", "head": "date"}}, b"A 11181\nA 11182\nB 11191\n"),
    ],
)
def test_other_layouts_both_ways(head, data):
    form = fixed(**head)
    values = values_of(form, data)
    written = form.write(values)
    assert written.findings == ()
    assert written.data == data


@pytest.mark.parametrize(
    ("head", "data", "code", "hint", "wire"),
    [
        (FLAT, "", Code.FIXED_INVALID, "no records", "line 1"),
        (FLAT, "\n  \n", Code.FIXED_INVALID, "no records", "line 1"),
        (FLAT, "HB-1\nHB\x002\n", Code.FIXED_INVALID, "a control character", "line 2, position 3"),
        (FLAT, "HB-1\tx\n", Code.FIXED_INVALID, "a control character", "line 1, position 5"),
        (FLAT, "HB-1\nÖl\n".encode("cp1252"), Code.FIXED_INVALID, "not ascii", "line 2, column 1"),
        (FLAT, "a\n" * 600_000, Code.LIMIT_EXCEEDED, "too many records", "$"),
        (FLAT, "x" * 10_000_001, Code.LIMIT_EXCEEDED, "too many bytes", "$"),
        (TYPED, "OL001\n", Code.FIXED_INVALID, "a record before the first OH", "line 1"),
        (TYPED, "OH1\nXX\n", Code.FIXED_INVALID, "a record of a type that is not agreed", "line 2"),
        (TYPED, "OH1\nOXa\n", Code.FIXED_INVALID, "a record OX without a record OL before it", "line 2"),
        (TYPED, "OH1\nOL001\nOXa\nOXb\n", Code.FIXED_INVALID, "a second record OX", "line 4"),
        (TYPED, "OH1\nOT1\nOT1\n", Code.FIXED_INVALID, "a second record OT", "line 3"),
    ],
)
def test_what_is_refused(head, data, code, hint, wire):
    read = fixed(**head).read(data.encode() if isinstance(data, str) else data)
    assert read.documents == ()
    [finding] = read.findings
    assert (finding.code, finding.severity, finding.hint, finding.wire) == (code, "error", hint, wire)


@pytest.mark.parametrize(
    ("row", "code", "hint", "wire"),
    [
        ({"sku": "HB-1200"}, Code.VALUE_TOO_LONG, "at most 6 characters", "line 1, positions 1-6 (sku)"),
        ({"sku": "a\nb"}, Code.VALUE_NOT_WRITABLE, "a control character", "line 1, positions 1-6 (sku)"),
        ({"sku": "Öl"}, Code.VALUE_NOT_WRITABLE, "not a character of ascii", "$"),
    ],
)
def test_what_cannot_be_written(row, code, hint, wire):
    written = fixed(**FLAT).write([{"rows": [row]}])
    assert written.data == b""
    [finding] = written.findings
    assert (finding.code, finding.hint, finding.wire) == (code, hint, wire)


@pytest.mark.parametrize(
    ("head", "data", "is_it"),
    [
        (TYPED, b"\nOH1\n", True),
        (TYPED, b"OL1\n", False),
        (TYPED, b"", False),
        (TYPED, b"\xff", False),
        (FLAT, b"anything", True),
    ],
)
def test_it_is_known_by_its_first_record(head, data, is_it):
    assert fixed(**head).recognises(data) is is_it


NAME = "partners/mill/maps/order"
MAP = """
map: partners/mill/maps/order
version: 1
syntax: fixed
document: Order
payload:
  type: "1-2"
  records:
    OH: {columns: {po: "3-8", date: "9-16", to: "17-22"}}
    OL: {many: true, columns: {no: "3-5 right 0", sku: "6-11", qty: "12-16 right 0", price: "17-22 right 0"}}
    OT: {columns: {lines: "3-5 right 0"}}
defaults: {purpose: =original}
rules:
  - {id: head, at: $.OH, els: {po: "purchaseOrderNumber!", date: "orderDate! | date"}}
  - {id: to, at: $.OH, into: parties.shipTo, els: {to: name}}
  - {id: line, at: "$.OL[]", into: "lines[]", els: {no: lineNumber, sku: item.sellerItemId, qty: "quantity.value! | num", price: unitPrice | n2}}
  - {id: total, at: $.OT, calc: {lines: count(lines)}}
"""
ORDER = "OH4711  20261118DC 1  \nOL001HB-1  00048003120\nOL002HB-2  00007000000\nOT002\n"


@pytest.fixture(scope="module")
def mill():
    return MapRegistry({NAME: MAP}).get(NAME)


def decode(mill, data):
    [value] = values_of(mill.form, data)
    return mill.decode(value, into("fixed"))


def test_through_a_map_and_back(mill):
    decoded = decode(mill, ORDER)
    assert decoded.findings == ()
    assert [(line["lineNumber"], line["quantity"]["value"], line["unitPrice"]) for line in decoded.document.to_json()["lines"]] == [("1", "48", "31.20"), ("2", "7", "0.00")]  # fmt: skip
    assert decoded.residue == ()
    assert mill.form.write([mill.encode(decoded.document, out()).tree]).data.decode() == ORDER


def test_what_the_map_does_not_hold_comes_back(mill):
    data = "OH4711  20261118DC 1  \nOT002\nOL001HB-1  0004800312X\nOL002HB-2  00007\n"
    data = data.replace("0312X", "03120")
    decoded = decode(mill, data)
    assert decoded.findings == ()
    residue = [Residue.parse(one.to_json()) for one in decoded.residue]
    encoded = mill.encode(decoded.document, out(), residue)
    assert mill.form.write([encoded.tree]).data.decode() == data.replace("00007\n", "00007      \n")


@pytest.mark.parametrize(
    ("old", "new", "code", "path", "wire"),
    [
        ("20261118", "20261318", Code.DATE_INVALID, "$.orderDate", "line 1, positions 9-16 (date)"),
        ("OL002HB-2  00007", "OL002HB-2  000x7", Code.NUMBER_INVALID, "$.lines[1].quantity.value", "line 3, positions 12-16 (qty)"),
        ("OL002HB-2  00007", "OL002HB-2       ", Code.REQUIRED_VALUE_MISSING, "$.lines[1].quantity.value", "line 3, positions 12-16 (qty)"),
        ("OT002", "OT003", Code.CHECK_FAILED, "$", "line 4, positions 3-5 (lines)"),
    ],
)
def test_each_fault_names_line_and_positions(mill, old, new, code, path, wire):
    decoded = decode(mill, ORDER.replace(old, new))
    assert [(one.code, one.path, one.wire) for one in decoded.findings if one.caused_by is None] == [(code, path, wire)]


def test_a_record_that_is_missing_is_told_with_its_order():
    made = MapRegistry({NAME: MAP.replace("$.OT, calc: {lines: count(lines)}", '$.OT, els: {lines: "releaseNumber!"}')}).get(NAME)
    [_, second] = values_of(made.form, ORDER + ORDER.replace("OT002\n", ""))
    [finding] = made.decode(second, into("fixed")).findings
    assert (finding.code, finding.path, finding.wire) == (Code.REQUIRED_VALUE_MISSING, "$.releaseNumber", "line 5: $.OT")


def test_a_value_wider_than_its_column_is_told_before_anything_is_written(mill):
    data = decode(mill, ORDER).document.to_json()
    data["lines"][1]["item"]["sellerItemId"] = "HB-2000"
    encoded = mill.encode(type(decode(mill, ORDER).document).model_validate(data), out())
    assert encoded.tree is None
    [finding] = [one for one in encoded.findings if one.severity == "error"]
    assert (finding.code, finding.path, finding.hint) == (Code.VALUE_TOO_LONG, "$.lines[1].item.sellerItemId", "at most 6 characters")


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ({"columns": {}}, "columns are needed"),
        ({"columns": {"a": "0-3"}}, "a must say its positions"),
        ({"columns": {"a": "3-1"}}, "a must say its positions"),
        ({"columns": {"a": "1-3 middle"}}, "a must say its positions"),
        ({"columns": {"a": 5}}, "a must say its positions"),
        ({"columns": {"a": "1-3", "b": "3-4"}}, "b begins within a"),
        ({"columns": {"a": "1-30"}, "width": 20}, "a column ends behind width"),
        ({"columns": {"a": "1-3"}, "newline": "none"}, "width must say how long a record is"),
        ({"columns": {"a": "1-3"}, "type": "1"}, "type, such as 1-2, and records go together"),
        ({"records": {"A": {"columns": {"a": "2-3"}}}}, "type, such as 1-2, and records go together"),
        ({"type": "1", "records": {"A": {"columns": {"a": "1-3"}}}}, "begins within"),
        ({"type": "x", "records": {"A": {"columns": {"a": "2-3"}}}}, "type must say its positions"),
        ({"columns": {"a": "1-3"}, "width": -1}, "width must be a whole number"),
        ({"columns": ["a"]}, "columns must be a mapping"),
    ],
)
def test_faults_of_the_head(head, fault):
    with pytest.raises(ValueError, match=r"payload") as caught:
        fixed(**head)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('po: "purchaseOrderNumber!"', 'no: "purchaseOrderNumber!"', "there is no column no here"),
        ('at: "$.OL[]"', "at: $.OL", "OL is a list: write []"),
        ("at: $.OT", 'at: "$.OT[]"', "OT is one record: write it without []"),
        ("at: $.OT", "at: $.TO", "the payload has no $.TO"),
        ("at: $.OT", "at: $.OL.OT", "the payload has no $.OL.OT"),
    ],
)  # fmt: skip
def test_faults_of_the_rules(old, new, fault):
    assert old in MAP
    with pytest.raises(MapError) as caught:
        MapRegistry({NAME: MAP.replace(old, new)}).get(NAME)
    assert [one for one in caught.value.faults if one.message.startswith(fault) and one.line], caught.value.faults
