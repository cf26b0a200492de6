"""Pairs that do not stand side by side (180 BLI01, BLI08 …), and numbers that one segment only reads (INVOIC LIN, PIA)."""

import pytest

from canonical.registry import parse
from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard
from maps.fault import MapError
from maps.finding import MapFindingCode, Severity
from maps.registry import MapRegistry

from .conftest import body, into, out


def tree(standard: Standard, release: str, set_id: str, *segments: tuple):
    head = ("ST", (set_id, "1")) if standard is Standard.X12 else ("UNH", ("1", (set_id, "D", "96A", "UN")))
    tail = ("SE", ("1", "1")) if standard is Standard.X12 else ("UNT", ("1", "1"))
    made = [Segment(tag, elements, position=number) for number, (tag, elements) in enumerate((head, *segments, tail), 1)]
    return place(made, load(standard, release, set_id)).tree


RETURN = (
    ("BGN", ("13", "R1", "20261118")),
    ("BLI", ("UP", "085234500106", "3", "EA", "", "", "", "IN", "4711", "VN", "HB-1", "ZZ", "X9")),
)


def test_pairs_apart_are_read_and_written(registry):
    made = registry.get("x12/004010/180")
    decoded = made.decode(tree(Standard.X12, "004010", "180", *RETURN), into())
    item = decoded.document.lines[0].item
    assert (item.gtin, item.buyer_item_id, item.seller_item_id) == ("00085234500106", "4711", "HB-1")
    assert [(other.qualifier, other.value) for other in item.other_ids] == [("ZZ", "X9")]
    assert body(made.encode(decoded.document, out()).tree) == list(RETURN)


@pytest.mark.parametrize("given", ["[]", "[1, 0]", "[1, two]", "[1, 8], max: 2"])
def test_places_of_pairs_are_numbers(given: str):
    patch = f"[{{set: line, pairs: {{from: {given}, table: itemId}}}}]"
    with pytest.raises(MapError, match="from as a list of numbers"):
        MapRegistry({"partners/p/maps/180": f"map: partners/p/maps/180\nextends: x12/004010/180@1\nversion: 1\npatch: {patch}"}).get(
            "partners/p/maps/180"
        )


INVOICE = (
    ("BGM", ("380", "F1")),
    ("DTM", (("137", "20261118", "102"),)),
    ("LIN", ("1", "", ("7311234567890", "SRS"))),
    ("QTY", (("47", "2", "PCE"),)),
    ("UNS", ("S",)),
    ("CNT", (("2", "1"),)),
    ("MOA", (("9", "119"),)),
)


def test_a_number_of_another_kind_is_read_where_it_stands_and_written_where_such_belong(registry):
    made = registry.get("edifact/d96a/invoic")
    decoded = made.decode(tree(Standard.EDIFACT, "D96A", "INVOIC", *INVOICE), into("edifact"))
    assert [(other.qualifier, other.value) for other in decoded.document.lines[0].item.other_ids] == [("SRS", "7311234567890")]
    written = body(made.encode(decoded.document, out()).tree)
    assert written[2:4] == [("LIN", ("1",)), ("PIA", ("1", ("7311234567890", "SRS")))]
    assert body(made.encode(decoded.document, out(), decoded.residue).tree) == list(INVOICE)


def test_a_number_that_has_no_room_is_told_and_the_others_are_written(registry):
    """G61 has room for one number of a contact."""
    contact = {"function": "shipping", "name": "RUTH OKAFOR", "fax": "2535550145", "email": "RO@HARBORLINE.EXAMPLE"}
    data = {
        "documentType": "LoadTender",
        "purpose": "original",
        "loadNumber": "LD-1",
        "freightTerms": {"payment": "prepaid"},
        "parties": {"shipper": {"name": "HARBORLINE FOODS", "contacts": [contact, contact | {"phone": "2535550144"}]}},
    }
    encoded = registry.get("x12/004010/204").encode(parse(data), out())
    written = [elements for tag, elements in body(encoded.tree) if tag == "G61"]
    assert written == [("SH", "RUTH OKAFOR", "EM", "RO@HARBORLINE.EXAMPLE"), ("SH", "RUTH OKAFOR", "TE", "2535550144")]
    contacts = "$.parties.shipper.contacts"
    assert [(finding.code, finding.severity, finding.path) for finding in encoded.findings] == [
        (MapFindingCode.NOT_CARRIED, Severity.INFO, f"{contacts}[0].fax"),
        (MapFindingCode.NOT_CARRIED, Severity.INFO, f"{contacts}[1].email"),
        (MapFindingCode.NOT_CARRIED, Severity.INFO, f"{contacts}[1].fax"),
    ]
