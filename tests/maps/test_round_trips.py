"""The samples of the three standard maps: what they say, and that they come back, with and without their residue.

Without residue the wire is normal: what differs in these samples is listed here, and nothing else does.
"""

import json
from datetime import timedelta, timezone

import pytest

from canonical.registry import parse
from maps.run import Residue

from .conftest import SAMPLES, body, into, out, tree_of

CASES = {
    "850_northmart.x12": "x12/004010/850",
    "856_northmart.x12": "x12/004010/856",
    "orders_d96a.edi": "edifact/d96a/orders",
}
#: what the map does not carry of a sample, thus gone without its residue
NORMAL = {
    "850_northmart.x12": {
        ("PID", ("F", "08")): ("PID", ("F", "")),  # kind of description
        ("CTT", ("3", "94")): ("CTT", ("3",)),  # the hash is an agreement of some partners
    },
    "856_northmart.x12": {},
    "orders_d96a.edi": {},
}


@pytest.fixture(params=CASES, ids=str)
def case(request, registry):
    made = registry.get(CASES[request.param])
    tree = tree_of((SAMPLES / request.param).read_bytes())
    return request.param, made, tree, made.decode(tree, into(made.syntax))


def test_a_sample_has_no_finding(case):
    _, _, _, decoded = case
    assert decoded.findings == ()
    assert decoded.document is not None


def test_a_document_is_what_its_data_say(case):
    _, made, _, decoded = case
    assert parse(json.loads(json.dumps(decoded.data)), made.document_type) == decoded.document
    assert decoded.document.to_json() == decoded.data


def test_with_residue_every_segment_comes_back_as_it_was(case):
    _, made, tree, decoded = case
    encoded = made.encode(decoded.document, out(), decoded.residue)
    assert not encoded.has_errors
    assert body(encoded.tree) == body(tree)


def test_the_residue_is_json(case):
    _, _, _, decoded = case
    assert tuple(Residue.parse(json.loads(json.dumps(one.to_json()))) for one in decoded.residue) == decoded.residue


def test_without_residue_every_segment_comes_back_in_its_normal_form(case):
    name, made, tree, decoded = case

    def normal(tag, elements):
        for (old_tag, begin), (_, new) in NORMAL[name].items():
            if tag == old_tag and elements[: len(begin)] == begin:
                return tag, new + elements[len(begin) :]
        return tag, elements

    assert body(made.encode(decoded.document, out()).tree) == [normal(*segment) for segment in body(tree)]


def test_every_value_has_its_origin(case):
    _, _, tree, decoded = case
    segments = {s.position: s for s in tree.segments()}
    paths = {one.path for one in decoded.lineage}
    assert len(decoded.lineage) >= len(paths)
    for one in decoded.lineage:
        if one.kind != "defaulted":
            element, _, component = one.place.partition(".")
            assert segments[one.position].tag == one.tag
            assert segments[one.position].get(int(element), int(component or 1)) == one.raw


def test_the_850_in_full(registry):
    decoded = registry.get("x12/004010/850").decode(tree_of((SAMPLES / "850_northmart.x12").read_bytes()), into())
    order = decoded.document
    assert (order.purpose, order.order_type, order.purchase_order_number, str(order.order_date)) == (
        "original",
        "standAlone",
        "4500123987",
        "2026-11-18",
    )
    assert (order.currency, order.department_number, order.vendor_number, order.promotion_number) == ("USD", "0042", "0556677", "HOLIDAY26")
    data = order.to_json()
    assert data["contacts"] == [{"function": "buyer", "name": "MARIA LOPEZ", "phone": "4795550100", "email": "MLOPEZ@NORTHMART.EXAMPLE"}]
    assert data["allowancesCharges"] == [
        {"kind": "allowance", "reason": "discount", "amount": "25.00", "handling": "offInvoice", "description": "DEFECTIVE ALLOWANCE"}
    ]
    assert data["paymentTerms"] == [
        {
            "type": "discountOffered",
            "basis": "receiptOfGoods",
            "discountPercent": "2",
            "discountDays": 30,
            "netDays": 31,
            "description": "2 PCT 30 NET 31",
        }
    ]
    assert (data["shipWindow"], data["cancelAfterDate"]) == ({"start": "2026-11-30", "end": "2026-12-03"}, "2026-12-05")
    assert data["notes"] == [
        {"type": "mutual", "reference": "ROUTING", "text": "PALLETIZE ON 48X40 GMA PALLETS ONLY\nDELIVERY APPOINTMENT REQUIRED"}
    ]
    assert set(data["parties"]) == {"buyer", "billTo", "seller", "shipTo"}
    assert data["parties"]["shipTo"]["address"] == {
        "line1": "1900 DISTRIBUTION WAY",
        "city": "BENTON",
        "region": "AR",
        "postalCode": "72015",
        "country": "US",
    }
    line = data["lines"][1]
    assert line["lineId"].startswith("oln_")
    assert {key: line[key] for key in ("lineNumber", "quantity", "unitPrice", "priceBasis")} == {
        "lineNumber": "2",
        "quantity": {"value": "36", "unit": "XCS"},
        "unitPrice": "22.5",
        "priceBasis": "PE",
    }
    assert line["item"]["gtin"] == "00085234500250"
    assert [d["quantity"]["value"] for d in line["destinations"]] == ["24", "12"]
    assert data["totals"] == {"amount": "2495.1"}


def test_the_same_order_in_edifact_is_the_same_but_for_what_is_lost(registry):
    """What ORDERS cannot say of the 850 is exactly this."""
    orders = []
    for file, name in list(CASES.items())[::2]:
        made = registry.get(name)
        orders.append(made.decode(tree_of((SAMPLES / file).read_bytes()), into(made.syntax)).document.to_json())
    x12, edifact = ({path: value for path, value in _leaves(order) if not path.startswith(("sourceRef", "map"))} for order in orders)
    assert {path for path in x12 if path not in edifact} == {
        "departmentNumber",
        "freightTerms.transferPoint",
        "freightTerms.transferPointName",
        "notes.0.reference",
        *(f"lines.{line}.{field}" for line in range(3) for field in ("priceBasis", "item.packSize", "item.packSizeUnit")),
        *(f"paymentTerms.0.{f}" for f in ("type", "basis", "discountPercent", "discountDays", "netDays", "description")),
    }
    assert {path for path in edifact if path not in x12} == set()
    assert {path for path in x12 if path in edifact and x12[path] != edifact[path]} == {
        "allowancesCharges.0.amount",  # 25.00 and 25
        "notes.0.type",  # ORDERS has a code for general texts, and none for what is agreed
    }
    assert orders[0]["ids"] == orders[1]["ids"]


def _leaves(value, path=""):
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def test_an_order_in_x12_goes_out_as_edifact_and_says_what_is_lost(registry):
    made = registry.get("x12/004010/850")
    document = made.decode(tree_of((SAMPLES / "850_northmart.x12").read_bytes()), into()).document
    encoded = registry.get("edifact/d96a/orders").encode(document, out())
    assert {finding.code for finding in encoded.findings} == {"not-carried"}
    assert {finding.severity for finding in encoded.findings} == {"info"}
    assert {finding.fault_class for finding in encoded.findings} == {"ours"}
    assert "$.departmentNumber" in {finding.path for finding in encoded.findings}
    assert ("BGM", ("220", "4500123987", "9")) in body(encoded.tree)


def test_the_order_of_segments_comes_from_the_grammar(registry):
    made = registry.get("x12/004010/850")
    decoded = made.decode(tree_of((SAMPLES / "850_northmart.x12").read_bytes()), into())
    tags = [tag for tag, _ in body(made.encode(decoded.document, out()).tree)]
    assert tags[:5] == ["BEG", "CUR", "REF", "REF", "REF"]
    assert tags.index("TD5") < tags.index("N9") < tags.index("N1") < tags.index("PO1") < tags.index("CTT")


def test_times_come_back_in_another_zone_as_the_same_moment(registry):
    made = registry.get("x12/004010/856")
    tree = tree_of((SAMPLES / "856_northmart.x12").read_bytes())
    document = made.decode(tree, into()).document
    plus_two = timezone(timedelta(hours=2))
    encoded = made.encode(document, out(plus_two))
    assert ("DTM", ("011", "20261202", "2230", "02")) in body(encoded.tree)
    again = made.decode(encoded.tree, into(zone=plus_two)).document
    assert (again.shipped_at, again.created_at) == (document.shipped_at, document.created_at)


def test_lineage_may_be_left_out(registry):
    made = registry.get("x12/004010/850")
    assert made.decode(tree_of((SAMPLES / "850_northmart.x12").read_bytes()), into(lineage=False)).lineage == ()
