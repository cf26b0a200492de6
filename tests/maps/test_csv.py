"""CSV payloads: dialects, rows grouped to documents, records of several types, and what is refused with line and column."""

import pytest

from maps.fault import MapError
from maps.finding import MapFindingCode as Code
from maps.formats.head import form_of
from maps.formats.payload import Limits
from maps.registry import MapRegistry
from maps.run import Residue

from .conftest import into, out

ROWS = {"columns": ["no", "qty", "note?"]}
GROUPED = {"columns": ["po", "date", "no", "qty"], "documents": {"by": "po", "head": "date"}}
TYPED = {
    "header": False,
    "records": {
        "H": {"columns": ["po", "date"]},
        "P": {"columns": ["role", "id"], "many": True},
        "L": {"columns": ["no", "qty"], "many": True},
        "S": {"columns": ["serial"], "many": True, "under": "L"},
        "T": {"columns": ["lines"]},
    },
}


def csv(**head):
    return form_of("csv", head)


def values_of(form, data):
    read = form.read(data.encode() if isinstance(data, str) else data)
    assert read.findings == ()
    return [document.value for document in read.documents]


def rows_of(form, data):
    [value] = values_of(form, data)
    return value["rows"]


@pytest.mark.parametrize(
    ("head", "data", "rows"),
    [
        ({}, "no,qty,note\n1,48,x\n", [{"no": "1", "qty": "48", "note": "x"}]),
        ({}, "no,qty\n1,48", [{"no": "1", "qty": "48"}]),
        ({}, "\ufeffqty,no\r\n48,1\r\n\r\n,,\r\n7,2\r\n", [{"qty": "48", "no": "1"}, {"qty": "7", "no": "2"}]),
        ({}, 'no,qty,note\r"1","4""8","a,b\r\nc"\r', [{"no": "1", "qty": '4"8', "note": "a,b\r\nc"}]),
        ({}, 'no,qty,note\n1,a"b, c \n', [{"no": "1", "qty": 'a"b', "note": " c "}]),
        ({}, "no,qty,colour,\n1,48,red,\n", [{"no": "1", "qty": "48", "colour": "red"}]),
        ({}, "no,qty,\n1,48,x\n", [{"no": "1", "qty": "48", "#3": "x"}]),
        ({}, "no,qty\n1,48,,,\n", [{"no": "1", "qty": "48"}]),
        ({"delimiter": ";", "quote": "'"}, "no;qty;note\n1;'4;8';\"\n", [{"no": "1", "qty": "4;8", "note": '"'}]),
        ({"delimiter": "\t", "quote": "none"}, 'no\tqty\tnote\n1\t"4"\t\'\n', [{"no": "1", "qty": '"4"', "note": "'"}]),
        ({"header": False}, "1,48,x\n2,,\n", [{"no": "1", "qty": "48", "note": "x"}, {"no": "2"}]),
        ({"charset": "windows-1252"}, "no,qty\n1,5 €\n".encode("cp1252"), [{"no": "1", "qty": "5 €"}]),
        ({"charset": "utf-16"}, "no,qty\n1,é\n".encode("utf-16"), [{"no": "1", "qty": "é"}]),
    ],
)  # fmt: skip
def test_what_is_read(head, data, rows):
    assert rows_of(csv(**ROWS, **head), data) == rows


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ({}, '1,"a,""b""","x\ny"\n'),
        ({"delimiter": ";"}, '1;"a,""b""";"x\ny"\n'),
        ({"delimiter": "|", "quoting": "all", "newline": "crlf"}, '"1"|"a,""b"""|"x\ny"\r\n'),
        ({"quote": "'"}, "1,'a,\"b\"','x\ny'\n"),
    ],
)
def test_what_is_written_is_read_the_same(head, line):
    form, value = csv(**ROWS, **head), {"rows": [{"no": "1", "qty": 'a,"b"', "note": "x\ny"}]}
    written = form.write([value])
    assert written.findings == ()
    assert written.data.decode().endswith(line)
    assert values_of(form, written.data) == [value]


@pytest.mark.parametrize("head", [ROWS, ROWS | {"documents": "row"}])
def test_a_header_alone_says_that_there_is_nothing(head):
    assert values_of(csv(**head), "no,qty\n\n") == []


def test_columns_that_are_not_agreed_come_behind():
    form = csv(**ROWS)
    assert form.write([{"rows": [{"no": "1", "x": "a"}, {"y": " b", "no": "2"}]}]).data == b'no,qty,note,x,y\n1,,,a,\n2,,,," b"\n'


def test_rows_with_the_same_key_are_one_document():
    data = "po,date,no,qty\nA,1,1,10\nA,1,2,20\nB,2,1,30\n"
    values = values_of(csv(**GROUPED), data)
    assert values == [
        {"po": "A", "date": "1", "rows": [{"no": "1", "qty": "10"}, {"no": "2", "qty": "20"}]},
        {"po": "B", "date": "2", "rows": [{"no": "1", "qty": "30"}]},
    ]
    assert csv(**GROUPED).write(values).data.decode() == data
    mixed = values_of(csv(**GROUPED), "po,date,no,qty\nA,1,1,10\nB,2,1,30\nA,1,2,20\n")
    assert mixed == values


def test_a_row_may_say_something_else_than_the_first():
    data = "po,date,no,qty\nA,1,1,10\nA,9,2,20\nA,,3,30\n"
    read = csv(**GROUPED).read(data.encode())
    [document] = read.documents
    assert document.value == {"po": "A", "date": "1", "rows": [{"no": "1", "qty": "10"}, {"date": "9", "no": "2", "qty": "20"}, {"date": "", "no": "3", "qty": "30"}]}  # fmt: skip
    assert [(one.code, one.severity, one.wire, one.value) for one in document.findings] == [
        (Code.VALUE_REPEATED, "warning", "line 3, column 2 (date)", "9"),
        (Code.VALUE_REPEATED, "warning", "line 4, column 2 (date)", ""),
    ]
    assert csv(**GROUPED).write([document.value]).data.decode() == data


def test_the_head_may_stand_in_the_first_row_only():
    form = csv(columns=["po", "date", "no"], documents={"by": "po", "head": "date", "repeat": "first"})
    data = "po,date,no\nA,1,1\nA,,2\nB,2,1\n"
    values = values_of(form, data)
    assert values == [{"po": "A", "date": "1", "rows": [{"no": "1"}, {"no": "2"}]}, {"po": "B", "date": "2", "rows": [{"no": "1"}]}]
    assert form.write(values).data.decode() == data
    assert values_of(form, "po,date,no\nA,1,1\n,,2\nB,2,1\n")[0]["rows"] == [{"no": "1"}, {"po": "", "no": "2"}]


def test_each_row_may_be_a_document():
    form = csv(**ROWS, documents="row")
    assert values_of(form, "no,qty\n1,48\n2,7\n") == [{"no": "1", "qty": "48"}, {"no": "2", "qty": "7"}]
    assert form.write([{"no": "1"}]).data == b"no,qty,note\n1,,\n"


def test_records_of_several_types():
    data = "H,A,1\nP,BY,x\nL,1,10\nS,s1\nS,s2\nL,2,20\nT,2\nH,B,2\nL,1,5\n"
    values = values_of(csv(**TYPED), data)
    assert values == [
        {
            "H": {"po": "A", "date": "1"},
            "P": [{"role": "BY", "id": "x"}],
            "L": [{"no": "1", "qty": "10", "S": [{"serial": "s1"}, {"serial": "s2"}]}, {"no": "2", "qty": "20"}],
            "T": {"lines": "2"},
        },
        {"H": {"po": "B", "date": "2"}, "L": [{"no": "1", "qty": "5"}]},
    ]
    assert csv(**TYPED).write(values).data.decode() == data


def test_records_keep_an_order_of_their_own():
    data = "H,A,1\nL,1,10\nP,BY,x\nL,2,20\nT,2\nP,ST,y\n"
    [value] = values_of(csv(**TYPED), data)
    assert value["#order"] == ["H", "L", "P", "L", "T", "P"]
    assert csv(**TYPED).write([value]).data.decode() == data


@pytest.mark.parametrize(
    ("head", "data", "code", "hint", "wire", "value"),
    [
        (ROWS, "", Code.CSV_INVALID, "the header has no column no", "line 1", None),
        (ROWS, "no,note\n1,2\n", Code.CSV_INVALID, "the header has no column qty", "line 1", None),
        (ROWS, "no,qty,no\n1,2,3\n", Code.CSV_INVALID, "a column comes twice in the header", "line 1, column 3", "no"),
        (ROWS, 'no,qty\n1,2\n"a\nb",2\n3\n', Code.CSV_INVALID, "1 cells where 2 are agreed", "line 5", None),
        (ROWS, "no,qty\n1,2\n3,4,5\n", Code.CSV_INVALID, "3 cells where 2 are agreed", "line 3", None),
        (ROWS, 'no,qty\n1,"2\n3,4\n', Code.CSV_INVALID, "a quote that is not closed", "line 2, column 3", None),
        (ROWS, 'no,qty\n1,"2"x\n', Code.CSV_INVALID, "text behind a closing quote", "line 2, column 6", None),
        (ROWS, "no,qty\n1,\x00\n", Code.CSV_INVALID, "a control character", "line 2, column 3", None),
        (ROWS, b"no,qty\n1,\xe9\n", Code.CSV_INVALID, "not utf-8", "line 2, column 3", None),
        (ROWS, b"no,qty\n1,2\n\xff", Code.CSV_INVALID, "not utf-8", "line 3, column 1", None),
        (ROWS, "no,qty\n1," + "x" * 100_001, Code.LIMIT_EXCEEDED, "a cell with too many characters", "line 2, column 3", None),
        (ROWS, 'no,qty\n1,"' + "x" * 100_001 + '"', Code.LIMIT_EXCEEDED, "a cell with too many characters", "line 2, column 3", None),
        (ROWS, "no,qty\n1," + "x" * 100_000_000, Code.LIMIT_EXCEEDED, "too many bytes", "$", None),
        (ROWS, "no,qty\n" + "1,2\n" * 300_000, Code.LIMIT_EXCEEDED, "too many values", "line 250001", None),
        (ROWS, "no,qty" + "," * 600_000, Code.LIMIT_EXCEEDED, "too many values", "line 1", None),
        (ROWS, "no,qty" + ",a" * 400_000, Code.CSV_INVALID, "a column comes twice in the header", "line 1, column 4", "a"),
        (ROWS, "\n" * 9_000_000, Code.LIMIT_EXCEEDED, "too many values", "line 500001", None),
        (ROWS | {"header": False}, "1,2\n", Code.CSV_INVALID, "2 cells where 3 are agreed", "line 1", None),
        (GROUPED, "po,date,no,qty\nA,1,1,1\n,1,2,1\n", Code.CSV_INVALID, "the key of the document is empty", "line 3, column 1 (po)", None),
        (TYPED, "L,1,1\nH,A,1\n", Code.CSV_INVALID, "a record before the first H", "line 1", None),
        (TYPED, "H,A,1\nX,1\n", Code.CSV_INVALID, "a record of a type that is not agreed", "line 2, column 1", "X"),
        (TYPED, "H,A,1\nS,1\n", Code.CSV_INVALID, "a record S without a record L before it", "line 2", None),
        (TYPED, "H,A,1\nT,1\nT,1\n", Code.CSV_INVALID, "a second record T", "line 3", None),
        (TYPED, "H,A\n", Code.CSV_INVALID, "2 cells where 3 are agreed", "line 1", None),
        (TYPED, "", Code.CSV_INVALID, "no rows", "line 1", None),
        (TYPED, "\n\n", Code.CSV_INVALID, "no rows", "line 1", None),
    ],
)  # fmt: skip
def test_what_is_refused(head, data, code, hint, wire, value):
    read = csv(**head).read(data.encode() if isinstance(data, str) else data)
    assert read.documents == ()
    finding = read.findings[0]
    assert (finding.code, finding.severity, finding.hint, finding.wire, finding.value) == (code, "error", hint, wire, value)


def test_every_fault_is_told_up_to_a_limit():
    form = csv(**ROWS)
    assert [one.wire for one in form.read(b"no,qty\n1\n2\n3,4\n5\n").findings] == ["line 2", "line 3", "line 5"]
    assert len(form.read(b"no,qty\n" + b"1\n" * 500).findings) == 101
    assert form.read(b"no,qty\n" + b"1\n" * 500).findings[-1].code is Code.LIMIT_EXCEEDED


@pytest.mark.parametrize(
    ("head", "value", "hint"),
    [
        ({"quote": "none"}, "a,b", "a delimiter, and the form has no quotes"),
        ({"quote": "none"}, "a\nb", "a delimiter, and the form has no quotes"),
        ({}, "a\x00b", "a control character"),
        ({"charset": "ascii"}, "é", "not a character of ascii"),
        ({"charset": "windows-1252"}, "漢", "not a character of windows-1252"),
    ],
)
def test_what_cannot_be_written(head, value, hint):
    written = csv(**ROWS, **head).write([{"rows": [{"no": value}]}])
    assert written.data == b""
    [finding] = written.findings
    assert (finding.code, finding.hint, finding.value) == (Code.VALUE_NOT_WRITABLE, hint, value)


@pytest.mark.parametrize(
    ("head", "data", "is_it"),
    [
        (ROWS, b"qty,no\n", True),
        (ROWS, b"no,note\n1,2", False),
        (ROWS, b"", False),
        (ROWS, b"\xff\xff", False),
        (ROWS, b'"no', False),
        (ROWS | {"header": False}, b"1,2,3\n", True),
        (ROWS | {"header": False}, b"1,2\n", False),
        (TYPED, b"H,1,2\n", True),
        (TYPED, b"L,1,2\n", False),
    ],
)
def test_it_is_known_by_its_columns(head, data, is_it):
    assert csv(**head).recognises(data) is is_it


def test_limits():
    small = csv(**ROWS)
    small.limits = Limits(bytes=20, characters=3)
    assert small.read(b"no,qty\n1,200\n").findings == ()
    assert small.read(b"no,qty\n1,2000\n").findings[0].hint == "a cell with too many characters"
    assert small.read(b"no,qty\n1,2\n3,4\n5,6\n7,8\n").findings[0].hint == "too many bytes"


NAME = "partners/shop/maps/order"
MAP = """
map: partners/shop/maps/order
version: 1
syntax: csv
document: Order
payload:
  delimiter: ";"
  decimal: ","
  columns: [PO, Date, Ship To, No, SKU, Qty, Unit, Store]
  documents: {by: PO, head: [Date, Ship To]}
tables: {unit: {case: XCS}}
defaults: {purpose: =original}
rules:
  - {id: head, at: $, els: {PO: "purchaseOrderNumber!", Date: orderDate! | day DD.MM.YYYY}}
  - {id: to, at: $, into: parties.shipTo, els: {Ship To: name}}
  - {id: line, at: "$.rows[]", into: "lines[]", els: {No: lineNumber, SKU: item.sellerItemId, Qty: "quantity.value! | num", Unit: quantity.unit | code unit}}
"""  # fmt: skip


def shop_of(text=MAP):
    return MapRegistry({NAME: text}).get(NAME)


@pytest.fixture(scope="module")
def shop():
    return shop_of()


ORDER = "PO;Date;Ship To;No;SKU;Qty;Unit;Store\n4711;18.11.2026;DC 1;1;HB-1;48;case;\n4711;18.11.2026;DC 1;2;HB-2;1,5;;7\n"


def test_through_a_map_and_back(shop):
    [value] = values_of(shop.form, ORDER)
    decoded = shop.decode(value, into("csv"))
    assert decoded.findings == ()
    assert [line["quantity"] for line in decoded.document.to_json()["lines"]] == [{"value": "48", "unit": "XCS"}, {"value": "1.5"}]
    assert [(one.path, one.position, one.place) for one in decoded.lineage if one.raw in {"1,5", "4711"}] == [
        ("$.purchaseOrderNumber", 2, "PO"),
        ("$.lines[1].quantity.value", 3, "Qty"),
    ]
    residue = [Residue.parse(one.to_json()) for one in decoded.residue]
    assert shop.form.write([shop.encode(decoded.document, out(), residue).tree]).data.decode() == ORDER
    plain = shop.form.write([shop.encode(decoded.document, out()).tree]).data.decode()
    assert plain == ORDER.replace(";7\n", ";\n")


@pytest.mark.parametrize(
    ("old", "new", "code", "path", "wire"),
    [
        ("18.11.2026;DC 1;1", "2026-11-18;DC 1;1", Code.DATE_INVALID, "$.orderDate", "line 2, column 2 (Date)"),
        (";1,5;", ";1.5;", Code.NUMBER_INVALID, "$.lines[1].quantity.value", "line 3, column 6 (Qty)"),
        (";1,5;", ";;", Code.REQUIRED_VALUE_MISSING, "$.lines[1].quantity.value", "line 3, column 6 (Qty)"),
        ("case", "crate", Code.CODE_UNKNOWN, "$.lines[0].quantity.unit", "line 2, column 7 (Unit)"),
    ],
)
def test_each_fault_names_line_and_column(shop, old, new, code, path, wire):
    text = ORDER.replace(old, new)
    [document] = shop.form.read(text.encode()).documents
    decoded = shop.decode(document.value, into("csv"))
    assert [(one.code, one.path, one.wire) for one in decoded.findings if one.caused_by is None] == [(code, path, wire)]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('  delimiter: ";"\n', "  delimiter: x\n", "payload: delimiter must be one of"),
        ('  decimal: ","\n', "  decimal: x\n", "payload: decimal must be"),
        ('  decimal: ","\n', "  quote: x\n", "payload: quote must be one of"),
        ('  decimal: ","\n', "  header: 1\n", "payload: header must be true or false"),
        ('  decimal: ","\n', "  root: x\n", "payload: root has no meaning here"),
        ('  decimal: ","\n', "  charset: klingon\n", "payload: charset must be one of"),
        ('  decimal: ","\n', "  quote: none\n  quoting: all\n", "payload: quoting: all needs a quote"),
        ("[PO, Date, Ship To, No, SKU, Qty, Unit, Store]", "[]", "payload: columns are needed"),
        ("[PO, Date,", "[PO, PO, Date,", "payload: a column comes twice"),
        ("[PO, Date,", '[PO, "#x", Date,', "payload: '#x' is no name of a column"),
        ("{by: PO, head: [Date, Ship To]}", "{by: PO, head: [When]}", "payload.documents: there is no column When"),
        ("{by: PO, head: [Date, Ship To]}", "{head: [Date]}", "payload.documents: by must name the columns"),
        ("{by: PO, head: [Date, Ship To]}", "{by: PO, repeat: often}", "payload.documents: repeat must be one of"),
        ("{by: PO, head: [Date, Ship To]}", "sometimes", "payload: documents must be file, row, or"),
        ("SKU: item.sellerItemId", "Sku: item.sellerItemId", "there is no column Sku here"),
        ('{PO: "purchaseOrderNumber!"', '{No: releaseNumber, PO: "purchaseOrderNumber!"', "there is no column No here"),
        ('at: "$.rows[]"', 'at: "$.row[]"', "the payload has no $.row"),
        ('at: "$.rows[]"', 'at: "$.rows"', "rows is a list: write []"),
        ('at: "$.rows[]"', 'at: "rows[]"', "at must be a place such as $"),
    ],
)  # fmt: skip
def test_faults_of_the_map(old, new, fault):
    assert old in MAP
    with pytest.raises(MapError) as caught:
        shop_of(MAP.replace(old, new))
    assert [one for one in caught.value.faults if one.message.startswith(fault) and one.line], caught.value.faults


@pytest.mark.parametrize(
    ("records", "fault"),
    [
        ({"H": {"columns": ["a"], "many": True}}, "the first type begins a document"),
        ({"H": {"columns": ["a"]}, "L": {"columns": ["b"], "under": "X"}}, "under must name a type before it"),
        ({"H": {"columns": ["a"]}, "L": {"columns": ["b"], "under": "L"}}, "under must name a type before it"),
        ({"H": {"columns": ["L"]}, "L": {"columns": ["b"], "under": "H"}}, "has a column of the name L"),
        ({"H": {"columns": []}}, "columns are needed"),
        ({"H": {"columns": ["a"], "width": 3}}, "width has no meaning here"),
        ({"H H": {"columns": ["a"]}}, "must be {columns: ..., many: true, under: TYPE}"),
        ({"H": "x"}, "must be {columns: ..., many: true, under: TYPE}"),
    ],
)
def test_faults_of_records(records, fault):
    with pytest.raises(ValueError, match=r"payload") as caught:
        csv(records=records)
    assert fault in str(caught.value)
