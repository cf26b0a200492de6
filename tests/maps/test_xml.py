"""XML payloads: what is read, what is refused, what is written; and places in them as a map says them."""

import textwrap

import pytest

from maps import notation
from maps.fault import MapError
from maps.finding import MapFindingCode as Code
from maps.formats.payload import Limits
from maps.formats.xml import XmlForm
from maps.model import KeyPath
from maps.registry import MapRegistry
from maps.run import Residue

from .conftest import into, out

PLAIN = XmlForm("Order", {})
SPACED = XmlForm("Order", {"": "urn:o", "p": "urn:p"})


def value_of(form, data):
    read = form.read(data)
    assert read.findings == ()
    [document] = read.documents
    return document.value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"<Order/>", {}),
        (b"<?xml version='1.0'?><!-- c --><?p i?><Order a='1'>\n <!-- x -->\n</Order>", {"@a": "1", "#text": "\n \n"}),
        (b"<Order><A>1</A><A/><B c='2'>x<!-- y -->z</B></Order>", {"A": [{"#text": "1"}, {}], "B": [{"@c": "2", "#text": "xz"}]}),
        (b"<Order><A>&lt;&amp;&#65;<![CDATA[<b>]]></A></Order>", {"A": [{"#text": "<&A<b>"}]}),
        (b"<Order><A>1</A><B/><A>2</A></Order>", {"A": [{"#text": "1"}, {"#text": "2"}], "B": [{}], "#order": ["A", "B", "A"]}),
        ("\ufeff<Order><A>é</A></Order>".encode(), {"A": [{"#text": "é"}]}),
        ("<Order><A>é</A></Order>".encode("utf-16"), {"A": [{"#text": "é"}]}),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><Order><A>\xe9</A></Order>", {"A": [{"#text": "é"}]}),
        (b'<?xml version="1.0" encoding="windows-1252"?>\r\n<Order><A>\x80</A></Order>', {"A": [{"#text": "€"}]}),
    ],
)  # fmt: skip
def test_what_is_read(data, value):
    assert value_of(PLAIN, data) == value


def test_names_have_the_prefixes_of_the_map():
    data = b'<q:Order xmlns:q="urn:o" xmlns:r="urn:p" r:a="1" b="2"><r:X/><q:Y/><Z xmlns="urn:other"/><N/></q:Order>'
    value = value_of(SPACED, data)
    assert value == {"@p:a": "1", "@b": "2", "p:X": [{}], "Y": [{}], "{urn:other}Z": [{}], "{}N": [{}]}
    assert value_of(SPACED, SPACED.write([value]).data) == value


def test_what_is_written_is_read_the_same():
    value = {"@v": "1", "A": [{"@x": "<&\"'>", "#text": " a\nb "}, {}], "B": [{"C": [{"#text": "é€"}]}], "#order": ["A", "B", "A"]}
    for form in (PLAIN, XmlForm("Order", {}, charset="iso-8859-1"), XmlForm("Order", {}, charset="utf-16", indent=False)):
        written = form.write([value])
        assert written.findings == ()
        assert value_of(form, written.data) == value


def test_what_stands_in_order_is_written_in_order():
    form = XmlForm("Order", {}, indent=False)
    data = form.write([{"A": [{}, {}], "B": [{}], "C": [{}], "#order": ["B", "A", "gone", "B"]}]).data
    assert data.endswith(b"<Order><B/><A/><A/><C/></Order>\n")


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


@pytest.mark.parametrize(
    ("data", "code", "hint", "wire"),
    [
        (b"", Code.XML_INVALID, "document empty", "line 1, column 1"),
        (b"   ", Code.XML_INVALID, "document empty", "line 1, column 1"),
        (b"no XML", Code.XML_INVALID, "document empty", "line 1, column 1"),
        (b"<Order>\n  <A>\n</Order>", Code.XML_INVALID, "tag name mismatch", "line 3, column 9"),
        (b"<Order>", Code.XML_INVALID, None, "line 1"),
        (b"<Order/><Order/>", Code.XML_INVALID, "document end", "line 1, column 9"),
        (b"<Order a='1' a='2'/>", Code.XML_INVALID, "attribute redefined", "line 1"),
        (b"<p:Order/>", Code.XML_INVALID, None, "line 1"),
        (b"<order/>", Code.XML_INVALID, "the root element is not Order", "/"),
        (b"<Order>text<A/></Order>", Code.XML_INVALID, "text between elements", "/Order (line 1)"),
        (b"<Order><A/>text</Order>", Code.XML_INVALID, "text between elements", "/Order (line 1)"),
        (b"<Order><A>\x00</A></Order>", Code.XML_INVALID, None, "line 1"),
        (b"<Order><A>\x07</A></Order>", Code.XML_INVALID, None, "line 1"),
        (b"<Order><A>\xe9</A></Order>", Code.XML_INVALID, "not utf-8", "line 1, column 11"),
        ("<Order/>".encode("utf-16")[:-1], Code.XML_INVALID, "not utf-16", "line 1, column 8"),
        (b"<?xml version='1.0' encoding='EBCDIC-CP-US'?><Order/>", Code.XML_INVALID, "an encoding that is not taken", "line 1"),
        (b"<?xml version='1.0' encoding='rot13'?><Order/>", Code.XML_INVALID, "an encoding that is not taken", "line 1"),
        # no document type, so nothing of what one can do
        (f"<!DOCTYPE Order [{LAUGHS}]><Order>&l9;</Order>".encode(), Code.XML_INVALID, "a document type declaration is not taken", "line 1"),
        (f"<!DOCTYPE Order [{LAUGHS}]><Order>&l9;</Order>".encode("utf-16"), Code.XML_INVALID, "a document type declaration is not taken", "line 1"),
        (b'<?xml version="1.0"?><!-- <Order> --><!DOCTYPE Order [<!ENTITY x SYSTEM "file:///etc/passwd">]><Order>&x;</Order>', Code.XML_INVALID, "a document type declaration is not taken", "line 1"),
        (b'<!DOCTYPE Order SYSTEM "http://127.0.0.1:9/x.dtd"><Order/>', Code.XML_INVALID, "a document type declaration is not taken", "line 1"),
        (b'<!DOCTYPE Order [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]><Order/>', Code.XML_INVALID, "a document type declaration is not taken", "line 1"),
        (b'<!DOCTYPE Order [<!ATTLIST Order a CDATA "1">]><Order/>', Code.XML_INVALID, "a document type declaration is not taken", "line 1"),
        (b"<Order>&x;</Order>", Code.XML_INVALID, "undeclared entity", "line 1"),
        (b"<Order a='&x;'/>", Code.XML_INVALID, "undeclared entity", "line 1"),
        (b"<Order>" + b"<a>" * 40 + b"</a>" * 40 + b"</Order>", Code.LIMIT_EXCEEDED, "nested too deep", "line 1"),
        (b"<Order>" + b"<a>" * 100_000, Code.XML_INVALID, None, "line 1"),
        (b"<Order>" + b"<a/>" * 1_100_000 + b"</Order>", Code.LIMIT_EXCEEDED, "too many values", "$"),
        (b"<Order><A" + b"".join(b" a%d=''" % n for n in range(400_000)) + b"/></Order>", Code.LIMIT_EXCEEDED, "too many attributes", "/Order/A (line 1)"),
        (b"<Order" + b"".join(b" a%d=''" % n for n in range(1_100_000)) + b"/>", Code.LIMIT_EXCEEDED, None, "$"),
        (b"<Order>" + b"x" * 10_000_000 + b"</Order>", Code.LIMIT_EXCEEDED, "too many bytes", "$"),
    ],
)  # fmt: skip
def test_what_is_refused(data, code, hint, wire):
    read = PLAIN.read(data)
    assert read.documents == ()
    [finding] = read.findings
    assert (finding.code, finding.severity, finding.path) == (code, "error", "$")
    assert hint is None or finding.hint == hint
    assert finding.wire.startswith(wire)


def test_nothing_is_fetched(tmp_path):
    """Neither an include nor a schema location nor a stylesheet is looked at."""
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    include = f'<Order xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="{secret.as_uri()}" parse="text"/></Order>'
    style = f'<?xml-stylesheet href="{secret.as_uri()}"?><Order xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="a {secret.as_uri()}"/>'
    for data in (include, style):
        assert "SECRET" not in str(value_of(PLAIN, data.encode()))


def test_several_documents_in_one_payload():
    form = XmlForm("Orders", {}, ["List", "Order"])
    read = form.read(b"<Orders><List><Order><A>1</A></Order><Order/></List><List><Order><A>3</A></Order></List></Orders>")
    assert [document.value for document in read.documents] == [{"A": [{"#text": "1"}]}, {}, {"A": [{"#text": "3"}]}]
    assert [document.value.where(("A", "#text")) for document in read.documents][:2] == ["/Orders/List[1]/Order[1]/A (line 1)", "/Orders/List[1]/Order[2]/A (line 1)"]  # fmt: skip
    written = form.write([document.value for document in read.documents])
    assert [document.value for document in form.read(written.data).documents] == [document.value for document in read.documents]
    assert (form.read(b"<Orders/>").documents, form.read(b"<Orders/>").findings) == ((), ())


@pytest.mark.parametrize(
    ("values", "hint", "wire"),
    [
        ([{"A": [{"#text": "\x01"}]}], "not a name or character of XML", "/Order/A"),
        ([{"A": [{"#text": "\ud800"}]}], "not a name or character of XML", "/Order/A"),
        ([{"a b": [{}]}], "not a name or character of XML", "/Order"),
        ([{"q:A": [{}]}], "a prefix that the map does not declare", "/Order/q:A"),
        ([{"A": "text"}], "not a name or character of XML", "/Order"),
        ([{"A": ["text"]}], "not a name or character of XML", "/Order/A"),
        ([{}, {}], "one document in each payload", "$"),
        ([], "one document in each payload", "$"),
    ],
)
def test_what_cannot_be_written(values, hint, wire):
    written = PLAIN.write(values)
    assert written.data == b""
    [finding] = written.findings
    assert (finding.code, finding.hint, finding.wire) == (Code.VALUE_NOT_WRITABLE, hint, wire)


@pytest.mark.parametrize(
    ("data", "is_it"),
    [(b"<Order/>", True), (b"<!-- <x> --> <p:Order", True), (b"<Orders/>", False), (b"{}", False), (b"", False), (b"\xff\xff", False), (b"<!DOCTYPE Order><Order/>", False)],
)  # fmt: skip
def test_it_is_known_by_its_root(data, is_it):
    assert PLAIN.recognises(data) is is_it


def test_limits():
    small = XmlForm("Order", {})
    small.limits = Limits(depth=2)
    assert small.read(b"<Order><A/></Order>").findings == ()
    assert small.read(b"<Order><A><B/></A></Order>").findings[0].hint == "nested too deep"


class TestPlaces:
    @pytest.mark.parametrize(
        ("text", "keys", "shown"),
        [
            (".", ("#text",), "."),
            ("@qty", ("@qty",), "@qty"),
            ("Name", ("Name", "#text"), "Name"),
            ("Buyer/Name", ("Buyer", "Name", "#text"), "Buyer/Name"),
            ("cac:Buyer/@cbc:id", ("cac:Buyer", "@cbc:id"), "cac:Buyer/@cbc:id"),
            ("E1.A-b/Name", ("E1.A-b", "Name", "#text"), "E1.A-b/Name"),
        ],
    )
    def test_of_values(self, text, keys, shown):
        assert notation.place(text, "xml") == KeyPath(keys)
        assert str(notation.place(text, "xml")) == shown

    @pytest.mark.parametrize("text", ["", "/", "/a", "a/", "a//b", "@", "@a/b", "a/@", "text()", "a[1]", "../a", "a b", "1a", "a:b:c"])
    def test_that_are_none(self, text):
        with pytest.raises(notation.NotationError):
            notation.place(text, "xml")

    @pytest.mark.parametrize(
        ("text", "steps"),
        [
            (".", []),
            ("Lines", [("Lines", False)]),
            ("Lines/Line[]", [("Lines", False), ("Line", True)]),
            ("./Line[]", [("Line", True)]),
            ("Party[@role=BY]", [("Party", True)]),
            ("Party[Id/@by=A|B,Name=*]", [("Party", True)]),
        ],
    )
    def test_of_rules(self, text, steps):
        assert [(step.key, step.each) for step in notation.at_place(text, "xml")] == steps

    @pytest.mark.parametrize("text", ["", "/", "$", "$.a", "a[]/b", "a[x]", "a[", "[]", "a//b", "@a"])
    def test_of_rules_that_are_none(self, text):
        with pytest.raises(notation.NotationError):
            notation.at_place(text, "xml")


NAME = "partners/shop/maps/order"
MAP = """
map: partners/shop/maps/order
version: 1
syntax: xml
document: Order
payload: {root: Order}
tables: {unit: {case: XCS}, role: {BY: buyer, ST: shipTo}}
defaults: {purpose: =original}
rules:
  - {id: head, at: ., els: {"@id": "purchaseOrderNumber!", Date: orderDate! | iso, Kind: "=PO", Old: =x if Date, None: =x unless Date}}
  - {id: terms, at: Terms, into: freightTerms, els: {Code: incoterm}}
  - id: party
    at: Party[]
    into: parties{}
    key: "@role | code role"
    els: {Name: name, Address/City: address.city}
  - {id: dept, at: "Ref[@type=DP]", els: {.: departmentNumber}}
  - {id: refs, at: "Ref[]", into: "references[]", els: {"@type": type, .: value}}
  - id: line
    at: Lines/Line[]
    into: lines[]
    els: {"@no": lineNumber, Qty: "quantity.value! | num", Qty/@unit: quantity.unit | code unit, Sku: item.sellerItemId}
    rules:
      - {id: serial, at: "Serials/No[]", into: "item.serialNumbers[]", els: {.: .}}
  - id: note
    at: Note[]
    into: notes[]
    els: {"@about": type}
    rules:
      - {id: text, at: "Line[]", els: {"@n": "=1"}, join: {into: text, el: .}}
  - {id: sums, at: Sums, calc: {"@lines": count(lines)}}
"""
ORDER = """<?xml version="1.0" encoding="utf-8"?>
<Order id="4711">
  <Date>2026-11-18</Date>
  <Kind>PO</Kind>
  <Old>x</Old>
  <Terms>
    <Code>DAP</Code>
  </Terms>
  <Party role="BY">
    <Name>N</Name>
  </Party>
  <Party role="ST">
    <Name>D</Name>
    <Address>
      <City>Benton</City>
    </Address>
  </Party>
  <Ref type="DP">0042</Ref>
  <Ref type="a:b">7</Ref>
  <Lines>
    <Line no="1">
      <Qty unit="case">48</Qty>
      <Sku>HB-1200</Sku>
      <Serials>
        <No>a</No>
        <No>b</No>
      </Serials>
    </Line>
    <Line no="2">
      <Qty>1.5</Qty>
      <Sku>HB-2250</Sku>
    </Line>
  </Lines>
  <Note about="general">
    <Line n="1">one</Line>
    <Line n="1"/>
    <Line n="1">three</Line>
  </Note>
  <Sums lines="2"/>
</Order>
"""


@pytest.fixture(scope="module")
def shop():
    return MapRegistry({NAME: MAP}).get(NAME)


def decode(shop, text):
    return shop.decode(value_of(shop.form, text.encode()), into("xml"))


def test_it_becomes_an_order_and_the_same_xml_again(shop):
    decoded = decode(shop, ORDER)
    assert decoded.findings == ()
    data = decoded.document.to_json()
    assert (data["purchaseOrderNumber"], data["departmentNumber"], data["freightTerms"]) == ("4711", "0042", {"incoterm": "DAP"})
    assert data["parties"] == {"buyer": {"name": "N"}, "shipTo": {"name": "D", "address": {"city": "Benton"}}}
    assert data["references"] == [{"type": "a:b", "value": "7"}]
    assert data["lines"][0]["item"] == {"sellerItemId": "HB-1200", "serialNumbers": ["a", "b"]}
    assert data["notes"] == [{"type": "general", "text": "one\n\nthree"}]
    assert decoded.residue == ()
    encoded = shop.encode(decoded.document, out())
    assert encoded.findings == ()
    assert shop.form.write([encoded.tree]).data == ORDER.encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Kind>PO</Kind>", "<Kind>ZZ</Kind>"),
        ('<Line n="1">one</Line>', "<Line>one</Line>"),
        ('<Line n="1">one</Line>', '<Line n="1"/>\n    <Line n="2" x="y">two</Line>\n    <Stop/>'),
        ("<Kind>PO</Kind>\n  ", ""),
        ("<Kind>PO</Kind>", "<New>\n    <Deep a='1'>x</Deep>\n  </New>\n  <Kind>PO</Kind>"),
        ('<Order id="4711">', '<Order id="4711" extra="1">'),
        (">48<", ">48.0<"),
        ('<Ref type="DP">0042</Ref>', '<Ref type="z:1" by="me">x</Ref>\n  <Ref type="DP">0042</Ref>'),
        ("<Sku>HB-1200</Sku>", "<Colour>red</Colour>\n      <Sku>HB-1200</Sku>\n      <Size/>"),
        ('<Ref type="DP">0042</Ref>\n', '<Stop/>\n  <Ref type="DP">0042</Ref>\n  <Stop/>\n'),
        ("<Terms>\n    <Code>DAP</Code>\n  </Terms>\n", "<Terms/>\n"),
        ("<Name>N</Name>", "<Name/>"),
        (
            "  <Terms>\n",
            "".join(f"{'  ' * n}<D>\n" for n in range(1, 31))
            + "".join(f"{'  ' * n}</D>\n" for n in range(30, 1, -1)).replace(f"<D>\n{'  ' * 30}</D>", "<D/>")
            + "  </D>\n  <Terms>\n",
        ),
        ("<Kind>PO</Kind>\n  <Old>x</Old>\n", "<Old>x</Old>\n  <Kind>PO</Kind>\n"),
    ],
)
def test_what_the_map_does_not_hold_comes_back_in_its_place(shop, old, new):
    assert old in ORDER
    text = ORDER.replace(old, new.replace("'", '"'), 1)
    decoded = decode(shop, text)
    assert decoded.document is not None, decoded.findings
    residue = [Residue.parse(one.to_json()) for one in decoded.residue]
    encoded = shop.encode(decoded.document, out(), residue)
    assert shop.form.write([encoded.tree]).data.decode() == text


@pytest.mark.parametrize(
    ("old", "new", "code", "path", "wire", "value"),
    [
        ("2026-11-18", "18.11.2026", Code.DATE_INVALID, "$.orderDate", "/Order/Date (line 2)", "18.11.2026"),
        (' id="4711"', "", Code.REQUIRED_VALUE_MISSING, "$.purchaseOrderNumber", "/Order/@id (line 2)", None),
        (">1.5<", ">many<", Code.NUMBER_INVALID, "$.lines[1].quantity.value", "/Order/Lines/Line[2]/Qty (line 29)", "many"),
        ('unit="case"', 'unit="crate"', Code.CODE_UNKNOWN, "$.lines[0].quantity.unit", "/Order/Lines/Line[1]/Qty/@unit (line 21)", "crate"),
        ("<Qty>1.5</Qty>", "<Qty><V>1.5</V></Qty>", Code.TYPE_UNEXPECTED, "$.lines[1].quantity.value", "/Order/Lines/Line[2]/Qty (line 28)", None),
        ('lines="2"', 'lines="3"', Code.CHECK_FAILED, "$", "/Order/Sums/@lines (line 38)", "3"),
    ],
)  # fmt: skip
def test_each_fault_names_its_place(shop, old, new, code, path, wire, value):
    assert old in ORDER
    decoded = decode(shop, ORDER.replace(old, new, 1))
    [finding] = [one for one in decoded.findings if one.caused_by is None]
    assert (finding.code, finding.path, finding.value) == (code, path, value)
    assert finding.wire.split(" (")[0] == wire.split(" (")[0]
    assert "(line " in finding.wire
    assert decoded.document is None


@pytest.mark.parametrize(
    ("old", "new", "path", "wire"),
    [
        ("<Date>2026-11-18</Date>", "<Date>2026-11-18</Date><Date>2026-11-19</Date>", "$.orderDate", "/Order/Date"),
        ("<Name>N</Name>", "<Name>N</Name><Name>M</Name>", "$.parties.buyer.name", "/Order/Party[1]/Name"),
        ("<Terms>", "<Terms><Code>X</Code></Terms><Terms>", "$", "/Order/Terms[1]"),
    ],
)
def test_a_second_element_where_one_is_read_is_told(shop, old, new, path, wire):
    decoded = decode(shop, ORDER.replace(old, new, 1))
    assert decoded.document is not None
    [finding] = decoded.findings
    assert (finding.code, finding.severity, finding.path) == (Code.VALUE_REPEATED, "warning", path)
    assert finding.wire.startswith(wire)


@pytest.mark.parametrize(
    ("head", "fault"),
    [
        ("{}", "payload: root must be the name of the root element"),
        ("{root: a b}", "payload: root must be the name of the root element"),
        ("{root: p:Order}", "payload: namespaces has no p"),
        ("{root: Order, namespaces: {p: urn:x, q: urn:x}}", "payload: namespaces must be {prefix: URI}"),
        ("{root: Order, each: a//b}", "payload: each must be the place"),
        ("{root: Order, charset: rot13}", "payload: charset must be one of"),
        ("{root: Order, indent: 2}", "payload: indent must be true or false"),
        ("{root: Order, columns: [a]}", "payload: columns has no meaning here"),
    ],
)
def test_faults_of_the_head(head, fault):
    text = textwrap.dedent(MAP).replace("payload: {root: Order}", f"payload: {head}")
    with pytest.raises(MapError) as caught:
        MapRegistry({NAME: text}).get(NAME)
    assert [one for one in caught.value.faults if one.message.startswith(fault)], caught.value.faults


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('at: "Line[]"', "at: Line", "join takes a list of records"),
        ("el: .}", "el: ., comps: 2}", "join takes a list of records"),
        ("el: .}", "el: a//b}", "is not a place"),
    ],
)
def test_faults_of_join(old, new, fault):
    assert old in MAP
    with pytest.raises(MapError) as caught:
        MapRegistry({NAME: MAP.replace(old, new, 1)}).get(NAME)
    assert [one for one in caught.value.faults if fault in one.message], caught.value.faults
