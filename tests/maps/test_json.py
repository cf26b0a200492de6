"""A partner's own JSON through a map of its own: the same Order, both ways; and what is no JSON, or too much of it."""

import json as plain_json
import textwrap
from decimal import Decimal

import pytest

from maps.fault import MapError
from maps.finding import MapFindingCode as Code
from maps.formats import json
from maps.formats.head import form_of
from maps.formats.payload import Limits
from maps.registry import MapRegistry
from maps.run import Residue, forms_residue

from .conftest import SAMPLES, into, out, tree_of

NAME = "partners/shop/maps/order"
MAP = """
map: partners/shop/maps/order
version: 2
syntax: json
document: Order
tables:
  uom: {case: XCS, each: EA}
  role: {customer: buyer, dc: shipTo}
defaults: {purpose: =original}
rules:
  - {id: head, at: $, els: {"po": "purchaseOrderNumber!", "date": "orderDate! | date", "currency": currency, "kind": "=PO"}}
  - {id: ship, at: $.delivery, els: {"at": requestedDeliveryDate | iso, "terms.incoterm": freightTerms.incoterm}}
  - id: party
    at: $.parties[]
    into: parties{}
    key: "role | code role"
    rest: {into: "parties.other[]", qualifier: qualifier}
    els: {"gln": id, "name": name}
  - {id: dept, at: "$.refs[type=DP]", els: {"value": departmentNumber}}
  - {id: refs, at: "$.refs[]", into: "references[]", els: {"type": type, "value": value}}
  - id: item
    at: $.order.items[]
    into: lines[]
    els:
      {"no": lineNumber, "qty": "quantity.value! | num", "unit": quantity.unit | uom, "price": unitPrice | num,
       "product.upc": item.gtin | gtin12, "product.sku": item.sellerItemId, "product.text": item.description}
    rules:
      - {id: serials, at: "$.serials[]", into: "item.serialNumbers[]", els: {".": .}}
      - {id: stores, at: "$.stores[]", into: "destinations[]", els: {"store": locationId, "qty": quantity.value | num}}
  - {id: summary, at: $.summary, calc: {"lines": count(lines), "units": sumof(lines.quantity.value)}}
"""
ORDER = """{
 "po": "4711", "date": "20261118", "currency": "USD", "kind": "PO",
 "delivery": {"at": "2026-12-08", "terms": {"incoterm": "DAP"}},
 "parties": [{"role": "customer", "gln": "0614141000012", "name": "N"}, {"role": "dc", "gln": "0614141001170"}],
 "refs": [{"type": "DP", "value": "0042"}],
 "order": {"items": [
   {"no": "1", "qty": 48, "unit": "case", "price": 31.25, "product": {"upc": "085234500106", "sku": "HB-1200", "text": "Saltines"}, "serials": ["a", "b"]},
   {"no": "2", "qty": 1.5, "unit": "each", "product": {"sku": "HB-2250"}, "stores": [{"store": "7", "qty": 1}, {"store": "8", "qty": 0.5}]}]},
 "summary": {"lines": 2, "units": 49.5}
}"""


@pytest.fixture(scope="module")
def shop():
    return MapRegistry({NAME: MAP}).get(NAME)


def decode(shop, text, **more):
    read = json.read(text.encode() if isinstance(text, str) else text)
    assert not read.findings
    return read.value, shop.decode(read.value, into("json", **more))


def test_it_becomes_an_order(shop):
    _, decoded = decode(shop, ORDER)
    assert decoded.findings == ()
    data = decoded.document.to_json()
    assert (data["purchaseOrderNumber"], data["orderDate"], data["purpose"]) == ("4711", "2026-11-18", "original")
    assert data["parties"] == {"buyer": {"name": "N", "id": "0614141000012"}, "shipTo": {"id": "0614141001170"}}
    assert [line["quantity"] for line in data["lines"]] == [{"value": "48", "unit": "XCS"}, {"value": "1.5", "unit": "EA"}]
    assert data["lines"][0]["item"] == {
        "gtin": "00085234500106",
        "sellerItemId": "HB-1200",
        "description": "Saltines",
        "serialNumbers": ["a", "b"],
    }
    assert [d["quantity"]["value"] for d in data["lines"][1]["destinations"]] == ["1", "0.5"]
    assert data["sourceRef"] == {"syntax": "json"}
    assert data["map"]["id"] == NAME


def test_it_has_the_ids_that_the_same_order_in_x12_has(shop, registry):
    text = ORDER.replace('"4711"', '"4500123987"')
    x12 = registry.get("x12/004010/850").decode(tree_of((SAMPLES / "850_northmart.x12").read_bytes()), into())
    _, decoded = decode(shop, text)
    assert decoded.document.ids.order_id == x12.document.ids.order_id
    assert decoded.document.lines[0].line_id == x12.document.lines[0].line_id


def test_it_goes_back_to_the_same_json(shop):
    value, decoded = decode(shop, ORDER)
    assert decoded.residue == ()
    encoded = shop.encode(decoded.document, out())
    assert encoded.findings == ()
    assert encoded.tree == value
    assert json.read(json.write(encoded.tree)).value == value


def test_an_order_from_x12_goes_out_as_their_json(shop, registry):
    x12 = registry.get("x12/004010/850").decode(tree_of((SAMPLES / "850_northmart.x12").read_bytes()), into())
    encoded = shop.encode(x12.document, out())
    lost = {finding.path for finding in encoded.findings if finding.code == "not-carried"}
    assert {"$.parties.seller.name", "$.parties.billTo.name"} <= lost  # their table has no seller, no billTo
    assert not encoded.has_errors
    assert [party["role"] for party in encoded.tree["parties"]] == ["customer", "dc"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"price": 31.25', '"price": 31.250'),
        ('"price": 31.25', '"price": "31.25"'),
        ('"qty": 48,', '"qty": 48.0, "extra": {"deep": [1, null, true, "x"]},'),
        ('"kind": "PO"', '"kind": "XX"'),
        ('"kind": "PO",', ""),
        ('"kind": "PO"', '"a/b~c.d": 1, "": 2'),
        ('{"type": "DP", "value": "0042"}', '{"type": "zz:1", "value": "x", "by": "me"}, {"type": "DP", "value": "0042"}, {"type": "zz:2", "value": "y"}'),
        ('{"role": "dc", "gln": "0614141001170"}', '{"role": "broker", "name": "B"}, {"role": "dc", "gln": "0614141001170"}'),
        ('"summary": {"lines": 2, "units": 49.5}', '"x": 1'),
        ('"currency": "USD"', '"currency": null'),
        ('"serials": ["a", "b"]', '"serials": []'),
    ],
)  # fmt: skip
def test_what_the_map_does_not_hold_comes_back(shop, old, new):
    assert old in ORDER
    value, decoded = decode(shop, ORDER.replace(old, new), currency="USD")
    assert decoded.document is not None, decoded.findings
    residue = [Residue.parse(one.to_json()) for one in decoded.residue]
    encoded = shop.encode(decoded.document, out(), residue)
    assert json.write(_sorted(encoded.tree)) == json.write(_sorted(value))


def _sorted(value):
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def test_a_changed_document_is_not_overruled_by_residue(shop):
    _, decoded = decode(shop, ORDER.replace('"qty": 48,', '"qty": 48.0,'))
    data = decoded.document.to_json()
    data["lines"][0]["quantity"]["value"] = "50"
    del data["lines"][1]
    encoded = shop.encode(type(decoded.document).model_validate(data), out(), decoded.residue)
    assert [item["qty"] for item in encoded.tree["order"]["items"]] == [50]


@pytest.mark.parametrize(
    ("old", "new", "code", "path", "wire", "value"),
    [
        ('"date": "20261118"', '"date": "18.11.2026"', Code.DATE_INVALID, "$.orderDate", "$.date", "18.11.2026"),
        ('"po": "4711", ', "", Code.REQUIRED_VALUE_MISSING, "$.purchaseOrderNumber", "$.po", None),
        ('"qty": 48', '"qty": "many"', Code.NUMBER_INVALID, "$.lines[0].quantity.value", "$.order.items[0].qty", "many"),
        ('"qty": 48', '"qty": {"value": 48}', Code.TYPE_UNEXPECTED, "$.lines[0].quantity.value", "$.order.items[0].qty", None),
        ('"qty": 48', '"qty": [48]', Code.TYPE_UNEXPECTED, "$.lines[0].quantity.value", "$.order.items[0].qty", None),
        ('"085234500106"', '"085234500107"', Code.GTIN_INVALID, "$.lines[0].item.gtin", "$.order.items[0].product.upc", "085234500107"),
        ('"case"', '"crate"', Code.CODE_UNKNOWN, "$.lines[0].quantity.unit", "$.order.items[0].unit", "crate"),
        ('"lines": 2', '"lines": 3', Code.CHECK_FAILED, "$", "$.summary.lines", "3"),
        ('"terms": {"incoterm": "DAP"}', '"terms": "DAP"', Code.TYPE_UNEXPECTED, "$.freightTerms.incoterm", "$.delivery.terms.incoterm", None),
        ('"delivery": {"at": "2026-12-08", "terms": {"incoterm": "DAP"}}', '"delivery": []', Code.TYPE_UNEXPECTED, "$", "$.delivery", None),
        ('"refs": [{"type": "DP", "value": "0042"}]', '"refs": "0042"', Code.TYPE_UNEXPECTED, "$", "$.refs", None),
    ],
)  # fmt: skip
def test_each_fault_names_its_place(shop, old, new, code, path, wire, value):
    assert old in ORDER
    _, decoded = decode(shop, ORDER.replace(old, new, 1))
    found = [finding for finding in decoded.findings if finding.caused_by is None and finding.code is not Code.DOCUMENT_INVALID]
    assert [(f.code, f.path, f.wire, f.value) for f in found] == [(code, path, wire, value)]
    assert found[0].rule.startswith(f"{NAME}@2#")
    assert decoded.document is None


@pytest.mark.parametrize("text", ["[]", '"x"', "5", "null", "{}"])
def test_what_is_no_order_at_all(shop, text):
    _, decoded = decode(shop, text)
    assert decoded.document is None
    assert decoded.has_errors
    assert isinstance(decoded.residue, tuple)


class TestRead:
    @pytest.mark.parametrize(
        ("data", "value"),
        [
            (b'{"a": [1, 2.50, "x", true, null]}', {"a": [1, Decimal("2.50"), "x", True, None]}),
            (b"\xef\xbb\xbf{}", {}),
            (b'{"a": 12345678901234567890.123456789}', {"a": Decimal("12345678901234567890.123456789")}),
            (b'"\\ud83d\\ude00"', "\U0001f600"),
            (b"1e2", Decimal("1e2")),
        ],
    )
    def test_values(self, data, value):
        assert json.read(data).value == value
        assert json.read(data).findings == ()

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"", Code.JSON_INVALID),
            (b"{", Code.JSON_INVALID),
            (b"{'a': 1}", Code.JSON_INVALID),
            (b'{"a": 1, "a": 2}', Code.JSON_INVALID),
            (b'{"a": NaN}', Code.JSON_INVALID),
            (b'{"a": Infinity}', Code.JSON_INVALID),
            (b'"\xff"', Code.JSON_INVALID),
            (b'{"\\ud800": 1}', Code.JSON_INVALID),
            (b'["\\udfff"]', Code.JSON_INVALID),
            (b'"unclosed [[[[', Code.JSON_INVALID),
            (b"[" * 33 + b"]" * 33, Code.LIMIT_EXCEEDED),
            (b'{"a":' * 100_000, Code.LIMIT_EXCEEDED),
            (b"1" * 41, Code.LIMIT_EXCEEDED),
            (b"1e999999", Code.LIMIT_EXCEEDED),
            (b"1." + b"1" * 50, Code.LIMIT_EXCEEDED),
        ],
    )
    def test_what_is_refused(self, data, code):
        [finding] = json.read(data).findings
        assert (finding.code, finding.severity, finding.path) == (code, "error", "$")

    def test_brackets_in_texts_do_not_nest(self):
        assert json.read(b'["' + b"[{" * 100 + b'"]').findings == ()

    def test_the_place_of_a_fault(self):
        [finding] = json.read('{\n "é": x}'.encode()).findings
        assert (finding.location.line, finding.location.column, finding.location.offset) == (2, 7, 9)

    def test_limits(self):
        small = Limits(bytes=20, values=3)
        assert json.read(b'{"a": 1}', small).findings == ()
        assert json.read(b'{"a": 1, "b": 22222222}', small).findings[0].hint == "too many bytes"
        assert json.read(b'{"a":1,"b":2,"c":3}', small).findings[0].hint == "too many values"


def test_writing_keeps_digits_and_text():
    value = {"a": [Decimal("31.20"), 5, 'é\n"', True, None], "b": {}, "c": []}
    assert json.write(value) == '{"a":[31.20,5,"é\\n\\"",true,null],"b":{},"c":[]}'.encode()
    assert json.read(json.write(value)).value == value


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ("{id: a, at: items}", "at must be a place"),
        ('{id: a, at: "$.a[].b"}', "only the last step may hold many"),
        ('{id: a, at: "$.a[b}"}', "is not a place"),
        ('{id: a, at: "$.a[=x]"}', "is not a place"),
        ('{id: a, at: $, els: {"a[0]": purpose}}', "is not a place"),
        ("{id: a, seg: BEG}", "have rules with at, others"),
    ],
)  # fmt: skip
def test_faults_of_json_rules(rule, fault):
    text = f"map: {NAME}\nversion: 1\nsyntax: json\ndocument: Order\nrules:\n  - {rule}\n"
    with pytest.raises(MapError) as caught:
        MapRegistry({NAME: textwrap.dedent(text)}).get(NAME)
    assert any(fault in one.message for one in caught.value.faults), caught.value.faults


def test_restoring_takes_out_what_did_not_stand_there():
    wire, made = {"a": [1]}, {"a": [1, 2, 3], "b": 4}
    residue = list(forms_residue.difference(wire, made))
    assert [(one.at, one.wire, one.normal) for one in residue] == [("/a/1", None, "2"), ("/a/2", None, "3"), ("/b", None, "4")]
    assert not forms_residue.restore(made, residue)
    assert made == wire


HOOK = """
map: partners/shop/maps/order
version: 1
syntax: json
document: Order
payload: {each: "$.batch.orders[]"}
tables: {why: {auto: volumeDiscount, code: promotionalAllowance}}
defaults: {purpose: =original}
rules:
  - {id: head, at: $, els: {no: "purchaseOrderNumber!", date: orderDate! | iso, v: "=2", w: =a if date, x: =b unless date, y: =c if nothing}}
  - {id: to, at: $, into: parties.shipTo, means: {idScheme: assignedByBuyer}, els: {store: id}}
  - {id: note, at: $, into: "notes[]", means: {type: delivery}, els: {note: text}}
  - {id: line, at: "$.lines[]", into: "lines[]", means: {quantity.unit: EA}, els: {sku: item.sellerItemId, n: "quantity.value! | num", price: unitPrice | dec 2}}
  - {id: off, at: "$.discounts[]", into: "allowancesCharges[]", means: {kind: allowance}, els: {why: reason | code why, amount: amount | dec 2}}
  - {id: freight, at: "$.freight[]", into: "allowancesCharges[]", means: {kind: charge, reason: freight}, els: {amount: amount | dec 2}}
"""
BATCH = {
    "batch": {
        "orders": [
            {"no": "1", "date": "2026-11-18", "v": "2", "w": "a", "store": "7", "note": "ring", "lines": [{"sku": "a", "n": 2, "price": "31.20"}, {"sku": "b", "n": 1, "price": "0.5"}],
             "discounts": [{"why": "code", "amount": "1.00"}], "freight": [{"amount": "8.125"}]},
            {"no": "2", "date": "2026-11-19", "v": "2", "w": "a", "store": "8", "lines": [{"sku": "c", "n": 1}]},
        ]
    }
}  # fmt: skip


@pytest.fixture(scope="module")
def hook():
    return MapRegistry({NAME: HOOK}).get(NAME)


class TestMeanings:
    """Several documents in a payload, what a place means, and constants beside values."""

    def documents(self, hook, value):
        read = hook.form.read(plain_json.dumps(value).encode())
        assert read.findings == ()
        return [hook.decode(document.value, into("json")) for document in read.documents]

    def test_both_ways(self, hook):
        first, second = self.documents(hook, BATCH)
        assert first.findings == second.findings == ()
        data = first.document.to_json()
        assert data["parties"]["shipTo"] == {"idScheme": "assignedByBuyer", "id": "7"}
        assert data["notes"] == [{"type": "delivery", "text": "ring"}]
        assert [line["quantity"] for line in data["lines"]] == [{"value": "2", "unit": "EA"}, {"value": "1", "unit": "EA"}]
        assert data["allowancesCharges"] == [
            {"kind": "allowance", "reason": "promotionalAllowance", "amount": "1"},
            {"kind": "charge", "reason": "freight", "amount": "8.125"},
        ]
        assert "notes" not in second.document.to_json()
        assert {(one.path, one.kind) for one in first.lineage if one.kind == "constant"} >= {("$.lines[0].quantity.unit", "constant")}
        encoded = [hook.encode(one.document, out()) for one in (first, second)]
        assert [one.findings for one in encoded] == [(), ()]
        wanted = plain_json.loads(plain_json.dumps(BATCH))
        wanted["batch"]["orders"][0]["lines"][1]["price"] = "0.50"
        assert plain_json.loads(hook.form.write([one.tree for one in encoded]).data) == wanted

    def test_what_a_place_does_not_mean_is_not_written_there_and_told(self, hook):
        [first, _] = self.documents(hook, BATCH)
        data = first.document.to_json()
        data["lines"][1]["quantity"]["unit"] = "XCS"
        data["parties"]["shipTo"]["idScheme"] = "gln"
        data["allowancesCharges"].append({"kind": "service", "amount": "3"})
        data["notes"].append({"type": "delivery", "text": "twice"})
        encoded = hook.encode(type(first.document).model_validate(data), out())
        assert [line["sku"] for line in encoded.tree["lines"]] == ["a"]
        assert "store" not in encoded.tree
        assert encoded.tree["note"] == "ring"
        told = {finding.path for finding in encoded.findings if finding.code is Code.NOT_CARRIED}
        assert {"$.lines[1].quantity.value", "$.parties.shipTo.id", "$.allowancesCharges[2].amount", "$.notes[1].text"} <= told

    def test_an_empty_list_says_that_there_is_nothing(self, hook):
        read = hook.form.read(b'{"batch": {"orders": []}}')
        assert (read.documents, read.findings) == ((), ())

    def test_a_fault_names_the_document_in_the_payload(self, hook):
        text = plain_json.dumps(BATCH).replace('"n": 1}', '"n": "many"}').replace('"no": "2", ', "")
        second = hook.decode(hook.form.read(text.encode()).documents[1].value, into("json"))
        assert [(one.code, one.wire) for one in second.findings] == [
            (Code.REQUIRED_VALUE_MISSING, "$.batch.orders[1].no"),
            (Code.NUMBER_INVALID, "$.batch.orders[1].lines[0].n"),
        ]

    @pytest.mark.parametrize(
        ("value", "hint", "wire"),
        [
            ({}, "no list of documents", "$.batch.orders"),
            ({"batch": {"orders": {}}}, "no list of documents", "$.batch.orders"),
            (1, "neither an object nor a list", "$"),
        ],
    )
    def test_a_payload_without_documents(self, hook, value, hint, wire):
        read = hook.form.read(plain_json.dumps(value).encode())
        assert [(one.code, one.hint, one.wire) for one in read.findings] == [(Code.JSON_INVALID, hint, wire)]

    @pytest.mark.parametrize(
        ("old", "new", "fault"),
        [
            ('{each: "$.batch.orders[]"}', "{each: orders}", "payload: each must be the place"),
            ('{each: "$.batch.orders[]"}', "{root: x}", "payload: root has no meaning here"),
            ("{kind: allowance}", "{kind: 1}", "means must be a mapping"),
            ("{kind: allowance}", "{sort: allowance}", "the document has no allowancesCharges[].sort"),
            ("dec 2", "dec", "price: dec takes the least number"),
            ("means: {quantity.unit: EA},", "means: {quantity.unit: EA}, seg: X,", "a rule has exactly one of"),
        ],
    )  # fmt: skip
    def test_faults(self, old, new, fault):
        assert old in HOOK
        with pytest.raises(MapError) as caught:
            MapRegistry({NAME: HOOK.replace(old, new, 1)}).get(NAME)
        assert [one for one in caught.value.faults if fault in one.message], caught.value.faults


def test_a_list_as_the_whole_payload():
    form = form_of("json", {"each": "$[]"})
    assert [document.value for document in form.read(b'[{"a": 1}, {"b": 2}]').documents] == [{"a": 1}, {"b": 2}]
    assert form.write([{"a": 1}, {"b": 2}]).data == b'[{"a":1},{"b":2}]'
    assert form_of("json", {}).write([{}, {}]).findings[0].hint == "one document in each payload"
