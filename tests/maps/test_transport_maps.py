"""What the maps of transport do with things that have two homes, two readings or none."""

import pytest

from canonical.registry import parse
from edi.grammar.load import load
from edi.structure import place
from edi.values import Segment, Standard

from .conftest import body, into, out


def x12(registry, name, *segments):
    """The document of an X12 set, its warnings, and the same set written anew."""
    made = registry.get(name)
    whole = [("ST", (made.set_id, "0001")), *segments, ("SE", ("1", "0001"))]
    tree = place(
        [Segment(tag, elements, position=n) for n, (tag, elements) in enumerate(whole, 1)], load(Standard.X12, made.release, made.set_id)
    ).tree
    decoded = made.decode(tree, into())
    assert decoded.document is not None, decoded.findings
    return (
        decoded.document,
        body(made.encode(decoded.document, out()).tree),
        body(made.encode(decoded.document, out(), decoded.residue).tree),
    )


HEAD = (("B2", ("", "NMTL", "", "LD-1", "", "PP")), ("B2A", ("00", "LT")))


def tender(registry, *segments):
    return x12(registry, "x12/004010/204", *HEAD, *segments)


def test_times_of_a_stop_are_read_under_any_qualifier_and_written_under_its_own(registry):
    given = (("S5", ("1", "LD")), ("G62", ("53", "20261203")), ("G62", ("54", "20261204")))
    document, written, restored = tender(registry, *given)
    [stop] = document.stops
    assert (str(stop.window.start), str(stop.window.end)) == ("2026-12-03", "2026-12-04")
    assert [elements for tag, elements in written if tag == "G62"] == [("37", "20261203"), ("38", "20261204")]
    assert restored == [*HEAD, *given]


def test_a_whole_window_leaves_no_room_for_the_appointment_and_it_is_told(registry):
    window = {"start": "2026-12-03", "end": "2026-12-04"}
    data = {"documentType": "LoadTender", "purpose": "original", "loadNumber": "LD-1", "freightTerms": {"payment": "prepaid"}}
    data |= {"stops": [{"sequence": 1, "type": "load", "window": window, "appointment": "2026-12-03"}]}
    for release, dates in (("004010", ["37", "38"]), ("005010", ["37", "38", "69"])):
        encoded = registry.get(f"x12/{release}/204").encode(parse(data), out())
        assert [elements[0] for tag, elements in body(encoded.tree) if tag == "G62"] == dates
        assert [finding.path for finding in encoded.findings] == ([] if len(dates) == 3 else ["$.stops[0].appointment"])


def test_the_weight_of_a_stop_stands_in_s5_or_behind_it(registry):
    document, written, _ = tender(registry, ("S5", ("1", "CL")), ("AT8", ("G", "L", "5472.0", "", "40")))
    assert (str(document.stops[0].weight.value), document.stops[0].weight.unit) == ("5472", "LBR")
    assert ("S5", ("1", "CL", "5472", "L")) in written
    document, _, restored = tender(registry, ("S5", ("1", "CL", "10", "K")), ("AT8", ("G", "L", "22")))
    assert document.stops[0].weight.unit == "KGM"
    assert ("AT8", ("G", "L", "22")) in restored


def test_goods_are_read_from_lad_and_written_as_l5(registry):
    document, written, restored = tender(registry, ("S5", ("1", "LD")), ("LAD", ("CTN", "12", "", "", "L", "90", *("",) * 6, "CANDLES")))
    [goods] = document.stops[0].items
    assert (goods.description, goods.packaging_code, str(goods.quantity.value), str(goods.weight.value)) == ("CANDLES", "CTN", "12", "90")
    assert written[-2:] == [("L5", ("1", "CANDLES", "", "", "CTN")), ("AT8", ("G", "L", "90", "12"))]
    assert [tag for tag, _ in restored[2:]] == ["S5", "LAD"]


@pytest.mark.parametrize("b202", ["NMTL", ""])
def test_the_scac_stands_in_b2_and_ms3(registry, b202):
    head = (("B2", ("", b202, "", "LD-1", "", "PP")), HEAD[1], ("MS3", ("NMTL", "B", "", "M")))
    document, written, restored = x12(registry, "x12/004010/204", *head, ("S5", ("1", "LD")))
    assert (document.carrier.id, document.carrier.id_scheme, document.carrier.mode) == ("NMTL", "scac", "motor")
    assert written[0][1][1] == "NMTL"
    assert restored[:3] == list(head)


EVENT = ("AT7", ("X3", "NS", "", "", "20261203", "0330", "CT"))
SHIPPER = ("N1", ("SH", "HARBORLINE FOODS"))


def test_in_005010_parties_stand_in_the_first_lx(registry):
    given = (("B10", ("P1", "LD-1", "NMTL")), ("LX", ("1",)), EVENT, SHIPPER, ("LX", ("2",)), EVENT)
    document, written, _ = x12(registry, "x12/005010/214", *given)
    assert document.parties.shipper.name == "HARBORLINE FOODS"
    assert [len(consignment.events) for consignment in document.consignments] == [1, 1]
    assert written == list(given)
    older, written, _ = x12(registry, "x12/004010/214", given[0], SHIPPER, ("LX", ("1",)), EVENT, ("LX", ("2",)), EVENT)
    same = {"parties", "consignments", "loadNumber", "carrierReference"}
    assert {key: value for key, value in older.to_json().items() if key in same} == {
        key: value for key, value in document.to_json().items() if key in same
    }


def test_a_code_without_a_word_goes_through(registry):
    given = (("B10", ("P1", "LD-1", "NMTL")), ("LX", ("1",)), ("AT7", ("K1", "NS", "", "", "20261203")))
    document, written, _ = x12(registry, "x12/004010/214", *given)
    assert document.consignments[0].events[0].status == "x12:K1"
    assert written == list(given)


def test_a_narrower_status_is_read_back_as_the_broader_one(registry):
    made = registry.get("edifact/d96a/iftsta")
    event = {"status": "arrivedPickup", "occurredAt": "2026-12-03T09:30:00Z"}
    document = parse({"documentType": "ShipmentStatus", "loadNumber": "LD-1", "consignments": [{"sequence": 1, "events": [event]}]})
    tree = made.encode(document, out()).tree
    whole = [("UNH", ("1", ("IFTSTA", "D", "96A", "UN"))), *body(tree), ("UNT", ("1", "1"))]
    segments = [Segment(tag, elements, position=n) for n, (tag, elements) in enumerate(whole, 1)]
    again = made.decode(place(segments, load(Standard.EDIFACT, "D96A", "IFTSTA")).tree, into("edifact")).document
    assert again.consignments[0].events[0].status == "arrived"


def test_the_handling_units_of_all_goods_of_an_event_are_read(registry):
    made = registry.get("edifact/d96a/iftsta")
    units = ["006141410000000012", "006141410000000029", "006141410000000036"]
    goods = [("GID", ("1",)), ("PCI", ("30",)), ("GIN", ("BJ", (units[0],)))]
    goods += [("PCI", ("30",)), ("GIN", ("BJ", (units[1],))), ("GID", ("2",)), ("PCI", ("30",)), ("GIN", ("BJ", (units[2],)))]
    head = [("UNH", ("1", ("IFTSTA", "D", "96A", "UN"))), ("BGM", ("23", "7")), ("CNI", ("1",)), ("STS", ("1", "21"))]
    whole = [*head, *goods, ("UNT", ("1", "1"))]
    segments = [Segment(tag, elements, position=n) for n, (tag, elements) in enumerate(whole, 1)]
    decoded = made.decode(place(segments, load(Standard.EDIFACT, "D96A", "IFTSTA")).tree, into("edifact"))
    assert decoded.findings == ()
    assert list(decoded.document.consignments[0].events[0].sscc) == units
    assert [line.raw for line in decoded.lineage if line.path == "$.consignments[0].events[0].sscc[2]"] == [units[2]]
    written = body(made.encode(decoded.document, out()).tree)
    assert [tag for tag, _ in written] == ["BGM", "CNI", "STS", "GID", "PCI", "GIN", "GIN", "GIN"]
    assert body(made.encode(decoded.document, out(), decoded.residue).tree) == whole[1:-1]
