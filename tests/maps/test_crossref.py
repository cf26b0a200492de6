"""Cross references without a store: which row answers, what becomes of a document both ways, and the CSV form."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.item import Item, Quantity
from canonical.registry import DOCUMENTS, parse
from maps.crossref import EVERYONE, Direction, Kind, KindPolicy, Listed, Missing, Row, inbound, outbound, said_in, sheet
from maps.crossref.places import ASKED_ROLES, PLACES, paths
from maps.crossref.rows import conflicts, faults_of
from maps.crossref.source import Book

DAY = date(2026, 11, 18)
HOLD = {kind: KindPolicy(Missing.HOLD) for kind in Kind}


def row(kind="item", theirs="004410001", ours="HB-1200", partner="northmart", **more) -> Row:
    keys = tuple(more.pop("keys", {}).items())
    factor = more.pop("factor", None)
    direction = Direction(more.pop("direction", "both"))
    return Row(
        partner=partner,
        kind=Kind(kind),
        theirs=theirs,
        ours=ours,
        keys=keys,
        factor=None if factor is None else Decimal(factor),
        direction=direction,
        **more,
    )


def order(**changes):
    line = {"lineNumber": "1", "quantity": {"value": "48", "unit": "XCS"}, "item": {"gtin": "00085234500106", "buyerItemId": "004410001"}}
    return parse(
        {
            "documentType": "Order",
            "purpose": "original",
            "purchaseOrderNumber": "4500000001",
            "orderDate": "2026-11-18",
            "parties": {"shipTo": {"id": "0614141001170", "idScheme": "gln"}, "buyer": {"id": "NMT", "idScheme": "mutual"}},
            "routing": {"carrierId": "NMTL", "carrierIdScheme": "scac", "serviceLevel": "ND"},
            "paymentTerms": [{"type": "basic", "netDays": 30}],
            "allowancesCharges": [{"kind": "charge", "reason": "freight", "amount": "12.5"}],
            "lines": [line | changes.pop("line", {})],
            **changes,
        }
    )


def notice(item, quantity, **more):
    packed = {"packs": [{"sscc": "008523450000012015", "items": [{"lineNumber": "1", "item": item, "quantityShipped": quantity}]}]}
    return parse(
        {
            "documentType": "ShipNotice",
            "purpose": "original",
            "shipmentNumber": "SHP-1",
            "createdAt": "2026-12-02T15:05:00-06:00",
            "structure": "SOPI",
            "parties": {},
            "orders": [{"purchaseOrderNumber": "4500000001", **packed}],
            **more,
        }
    )


def came(document, *rows, policies=HOLD, day=DAY):
    return inbound(document, Listed("northmart", rows), policies, day)


def goes(document, *rows, policies=HOLD, day=DAY, said=None):
    return outbound(document, Listed("northmart", rows), policies, day, said)


def shipped(translated):
    return translated.document.orders[0].packs[0].items[0]


EVERYTHING = (
    row(),
    row("unit", "XCS", "EA", keys={"item": "HB-1200"}, factor="12"),
    row("location", "0614141001170", "10023"),
    row("carrier", "NMTL", "88"),
    row("terms", "basic", "N30", keys={"netDays": "30"}),
    row("charge", "freight", "FRT", keys={"type": "charge"}),
)


def test_both_values_are_kept():
    translated = came(order(), *EVERYTHING)
    line = translated.document.lines[0]
    assert (line.item.buyer_item_id, line.item.ours) == ("004410001", "HB-1200")
    assert line.quantity.to_json() == {"value": "48", "unit": "XCS", "ours": {"value": "576", "unit": "EA"}}
    assert (translated.document.parties.ship_to.id, translated.document.parties.ship_to.ours) == ("0614141001170", "10023")
    assert translated.document.routing.ours == "88"
    assert translated.document.payment_terms[0].ours == "N30"
    assert translated.document.allowances_charges[0].ours == "FRT"
    assert translated.findings == ()
    assert not translated.stops


def test_what_nobody_agreed_on_and_no_row_names_is_not_looked_up():
    translated = inbound(order(), Listed("northmart", ()), {}, DAY)
    assert translated.document == order()
    assert translated.unknown == ()


def test_a_row_makes_its_kind_looked_up_and_what_is_unknown_a_warning():
    translated = came(order(), row(theirs="other"), policies={})
    [unknown] = translated.unknown
    assert (unknown.kind, unknown.value, unknown.also) == ("item", "004410001", ("00085234500106",))
    assert [finding.severity for finding in translated.findings] == ["warning"]
    assert not translated.stops


@pytest.mark.parametrize(("missing", "stops"), [(Missing.ERROR, True), (Missing.HOLD, True), (Missing.GO_ON, False)])
def test_the_policy_says_what_an_unknown_value_means(missing, stops):
    translated = came(order(), policies={Kind.ITEM: KindPolicy(missing)})
    assert (translated.stops, translated.missing) == (stops, missing)
    assert [finding.path for finding in translated.findings] == ["$.lines[0].item"]


def test_the_strictest_policy_counts():
    policies = {Kind.ITEM: KindPolicy(Missing.GO_ON), Kind.CARRIER: KindPolicy(Missing.HOLD), Kind.TERMS: KindPolicy(Missing.ERROR)}
    assert came(order(), policies=policies).missing is Missing.ERROR


def test_a_place_that_only_bills_need_not_be_known():
    translated = came(order(), policies={Kind.LOCATION: KindPolicy(Missing.HOLD)})
    assert [(unknown.path, dict(unknown.keys)) for unknown in translated.unknown] == [
        ("$.parties.shipTo", {"role": "shipTo", "scheme": "gln"})
    ]
    assert came(order(), row("location", "NMT", "C-7")).document.parties.buyer.ours == "C-7"


def test_items_are_tried_by_the_order_agreed():
    rows = (row(), row(theirs="00085234500106", ours="HB-OTHER", keys={"scheme": "gtin"}))
    assert came(order(), *rows).document.lines[0].item.ours == "HB-1200"
    by_gtin = {Kind.ITEM: KindPolicy(Missing.HOLD, ("gtin", "buyerItemId"))}
    assert came(order(), *rows, policies=by_gtin).document.lines[0].item.ours == "HB-OTHER"
    assert came(order(), rows[1]).document.lines[0].item.ours == "HB-OTHER"


def test_a_number_of_another_scheme_does_not_answer():
    assert came(order(), row(keys={"scheme": "sellerItemId"})).document.lines[0].item.ours is None


CASES = (
    row("unit", "XCS", "EA", factor="6"),
    row("unit", "XCS", "EA", keys={"item": "HB-1200"}, factor="12"),
    row("unit", "XCS", "EA", partner=EVERYONE, keys={"item": "HB-1200"}, factor="24"),
)


@pytest.mark.parametrize("rows", list(permutations(CASES)))
def test_the_most_specific_row_comes_first_and_the_partners_before_everyones(rows):
    assert came(order(), row(), *rows).document.lines[0].quantity.ours.value == 576
    assert came(order(), *rows).document.lines[0].quantity.ours.value == 288  # whose item is not known


def test_validity_is_days_from_and_to_and_the_newest_start_counts():
    rows = (
        row(ours="OLD", valid_to=date(2026, 12, 31)),
        row(ours="NEW", valid_from=date(2027, 1, 1)),
        row(ours="NEXT", valid_from=date(2028, 1, 1)),
    )
    days = {date(2026, 12, 31): "OLD", date(2027, 1, 1): "NEW", date(2028, 1, 1): "NEXT"}
    assert {day: came(order(), *rows, day=day).document.lines[0].item.ours for day in days} == days
    assert came(order(), rows[1], day=DAY).unknown


def test_a_row_for_anything_else_is_told():
    translated = came(order(), row("carrier", "*", "99", direction="in"), policies={})
    assert translated.document.routing.ours == "99"
    assert [(finding.code, finding.severity) for finding in translated.findings] == [("cross-reference-defaulted", "warning")]


def test_a_row_for_another_number_comes_before_one_for_anything():
    rows = (row(theirs="*", ours="MISC", direction="in"), row(theirs="00085234500106", keys={"scheme": "gtin"}))
    assert came(order(), *rows).document.lines[0].item.ours == "HB-1200"
    assert came(order(), rows[0]).document.lines[0].item.ours == "MISC"


def test_an_item_goes_out_under_all_numbers_that_the_partner_has_for_it():
    rows = (row(), row(theirs="00085234500106", keys={"scheme": "gtin"}))
    translated = goes(notice({"ours": "HB-1200"}, {"value": "4", "unit": "XCS"}), *rows, policies={})
    assert shipped(translated).item.to_json() == {"gtin": "00085234500106", "buyerItemId": "004410001", "ours": "HB-1200"}


def test_what_the_hub_says_of_theirs_is_never_changed():
    item = {"ours": "HB-1200", "buyerItemId": "AS-THE-HUB-SAYS"}
    assert shipped(goes(notice(item, {"value": "4", "unit": "XCS"}), row())).item.to_json() == item


def test_quantities_go_out_in_the_partners_unit_and_stay_beside_it_in_ours():
    unit = row("unit", "XCS", "EA", factor="12")
    translated = goes(notice({"ours": "HB-1200"}, {"value": "48", "unit": "EA"}), row(), unit)
    assert shipped(translated).quantity_shipped.to_json() == {"value": "4", "unit": "XCS", "ours": {"value": "48", "unit": "EA"}}
    again = goes(translated.document, row(), unit)
    assert again.document == translated.document  # a document that was translated may be translated again


def test_a_quantity_that_is_no_whole_case_is_never_sent():
    translated = goes(notice({"ours": "HB-1200"}, {"value": "50", "unit": "EA"}), row(), row("unit", "XCS", "EA", factor="12"), policies={})
    assert [finding.code for finding in translated.findings] == ["quantity-not-whole"]
    assert translated.stops
    assert shipped(translated).quantity_shipped.to_json() == {"value": "50", "unit": "EA"}


def test_what_is_in_the_partners_unit_already_stays():
    translated = goes(notice({"ours": "HB-1200"}, {"value": "4", "unit": "XCS"}), row(), row("unit", "XCS", "EA", factor="12"))
    assert shipped(translated).quantity_shipped.to_json() == {"value": "4", "unit": "XCS"}
    assert translated.unknown == ()


def test_the_partner_gets_its_own_unit_and_number_back():
    rows = (
        row("unit", "XCS", "EA", factor="12", direction="in"),
        row("unit", "XCS", "EA", factor="12", direction="out"),
        row("unit", "EA", "EA", preferred=True),
        row(theirs="004410001"),
        row(theirs="OLD-NUMBER", preferred=True),
    )
    said = said_in([came(order(), *rows).document])
    hub = notice({"ours": "HB-1200"}, {"value": "48", "unit": "EA"})
    assert shipped(goes(hub, *rows)).quantity_shipped.unit == "EA"
    assert shipped(goes(hub, *rows)).item.buyer_item_id == "OLD-NUMBER"
    assert shipped(goes(hub, *rows, said=said)).quantity_shipped.unit == "XCS"
    assert shipped(goes(hub, *rows, said=said)).item.buyer_item_id == "004410001"


def test_carriers_and_places_go_out_with_who_gave_the_number():
    hub = notice(
        {"ours": "HB-1200"},
        {"value": "4", "unit": "XCS"},
        carrier={"ours": "88"},
        parties={"shipTo": {"ours": "10023"}, "markFor": {"ours": "S-7"}},
    )
    document = goes(hub, row(), *EVERYTHING[2:4], row("location", "0117", "S-7"), row("unit", "XCS", "XCS")).document
    assert (document.carrier.id, document.carrier.id_scheme) == ("NMTL", "scac")
    assert (document.parties.ship_to.id, document.parties.ship_to.id_scheme) == ("0614141001170", "gln")
    assert (document.parties.mark_for.id, document.parties.mark_for.id_scheme) == ("0117", "assignedByBuyer")


def test_the_columns_of_a_row_narrow_what_came_and_are_filled_in_what_goes():
    ground = row("carrier", "UPSN", "88-GROUND", keys={"serviceLevel": "CG"})
    night = row("carrier", "UPSN", "88-NIGHT", keys={"serviceLevel": "ND"})
    came_in = came(order(routing={"carrierId": "UPSN", "serviceLevel": "ND"}), ground, night, policies={})
    assert came_in.document.routing.ours == "88-NIGHT"
    sent = goes(notice({"gtin": "00085234500106"}, {"value": "1"}, carrier={"ours": "88-GROUND"}), ground, night, policies={})
    assert (sent.document.carrier.id, sent.document.carrier.service_level) == ("UPSN", "CG")


def test_a_value_that_the_document_cannot_hold_is_told():
    bad = row("charge", "no such word", "FRT", direction="out")
    hub = order(allowancesCharges=[{"kind": "charge", "ours": "FRT"}])
    translated = goes(hub, bad, policies={})
    assert [(finding.code, finding.path) for finding in translated.findings] == [
        ("cross-reference-not-possible", "$.allowancesCharges[0].reason")
    ]
    assert translated.stops


def test_weights_are_not_counted_goods():
    hub = notice({"ours": "HB-1200"}, {"value": "4", "unit": "XCS"}, grossWeight={"value": "300", "unit": "LBR"})
    assert {unknown.value for unknown in goes(hub, row("unit", "EA", "EA")).unknown} == {"HB-1200", "XCS"}


# -- which paths


@pytest.mark.parametrize("document_type", DOCUMENTS)
def test_every_document_has_places(document_type):
    found = paths(document_type)
    assert all(isinstance(kind, Kind) for kind in found.values())
    assert not any("sourceRef" in path for path in found)


def test_the_places_are_fields_of_the_models():
    for model, place in PLACES.items():
        named = {field.alias for field in model.model_fields.values()}
        assert {"ours", *place.theirs, *filter(None, [place.scheme]), *place.keys.values()} <= named
    assert {"shipTo", "markFor"} <= ASKED_ROLES
    assert paths("Order")["lines[].quantity"] is Kind.UNIT
    assert "lines[].item.grossWeightPerPack" not in paths("Order")


# -- rows


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        (row(theirs=""), "theirs"),
        (row(ours=" HB"), "ours"),
        (row(ours="x" * 49), "ours"),
        (row(factor="2"), "factor"),
        (row("unit", "CASE", "EA"), "theirs"),
        (row("unit", "XCS", "EA", factor="0"), "factor"),
        (row(keys={"item": "x"}), "item"),
        (row(keys={"scheme": "upc"}), "scheme"),
        (row(theirs="00085234500107", keys={"scheme": "gtin"}), "theirs"),
        (row(theirs="*"), "theirs"),
        (row(ours="*", direction="in"), "ours"),
        (row(valid_from=DAY, valid_to=DAY - timedelta(1)), "validTo"),
    ],
)
def test_a_row_that_makes_no_sense_is_told(wrong, column):
    assert [name for name, _ in faults_of(wrong)] == [column]


def test_rows_that_contradict_each_other():
    assert len(list(conflicts([row(), row(ours="OTHER", direction="in")]))) == 1
    assert list(conflicts([row(), row(ours="OTHER", direction="in", preferred=True)])) == []
    assert list(conflicts([row(), row(theirs="OTHER", direction="in")])) == []  # two of theirs are one of ours, on the way in
    assert len(list(conflicts([row(), row(theirs="OTHER")]))) == 1
    assert list(conflicts([row(), row(ours="OTHER", valid_from=DAY)])) == []
    assert list(conflicts([row(), row(ours="OTHER", partner=EVERYONE)])) == []


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12).filter(lambda text: text != "*")
DAYS = st.none() | st.dates(date(2024, 1, 1), date(2030, 1, 1))


@st.composite
def rows_of_items(draw):
    start, end = draw(DAYS), draw(DAYS)
    if start and end and end < start:
        start, end = end, start
    kind = draw(st.sampled_from(list(Kind)))
    unit = kind is Kind.UNIT
    codes = st.sampled_from(["EA", "XCS", "XPX", "DZN"])
    keys = {"item": draw(TEXTS)} if unit and draw(st.booleans()) else {}
    return row(
        kind,
        draw(codes if unit else TEXTS),
        draw(codes if unit else TEXTS),
        draw(st.sampled_from(["northmart", EVERYONE])),
        keys=keys,
        factor=draw(st.none() | st.sampled_from(["1", "12", "0.5", "144"])) if unit else None,
        direction=draw(st.sampled_from(list(Direction))),
        preferred=draw(st.booleans()),
        valid_from=start,
        valid_to=end,
    )


ROWS = st.lists(rows_of_items(), max_size=8, unique_by=lambda one: one.identity).filter(lambda rows: not list(conflicts(rows)))


@given(ROWS)
def test_a_sheet_gives_back_what_was_written(rows):
    read = sheet.read(sheet.write(rows))
    assert read.faults == ()
    assert [one for _, one in read.rows] == rows


@given(ROWS, st.sampled_from([Direction.IN, Direction.OUT]), TEXTS | st.just("EA"), st.randoms())
def test_the_order_of_rows_never_matters_and_only_fitting_rows_answer(rows, direction, value, random):
    of_kind = [one for one in rows if one.kind is Kind.UNIT and one.goes(direction)]
    shuffled = random.sample(of_kind, len(of_kind))
    found = Book(of_kind, direction, DAY).find(value, {"item": ""})
    assert found == Book(shuffled, direction, DAY).find(value, {"item": ""})
    assert found is None or (found.is_valid(DAY) and found.looked_up(direction) == value and not found.keys)


@given(st.integers(1, 10**6), st.sampled_from(["1", "2", "12", "144", "0.5", "0.125"]))
@settings(deadline=None)
def test_a_quantity_comes_back_as_it_was(count, factor):
    unit = row("unit", "XCS", "EA", factor=factor)
    ours = came(order(line={"quantity": {"value": str(count), "unit": "XCS"}}), row(), unit).document.lines[0].quantity.ours
    assert ours.value == count * Decimal(factor)
    back = goes(notice({"ours": "HB-1200"}, {"value": f"{ours.value:f}", "unit": "EA"}), row(), unit)
    assert shipped(back).quantity_shipped.value == count


@given(ROWS)
@settings(deadline=None, max_examples=50)
def test_translating_again_changes_nothing(rows):
    once = came(order(), *rows)
    assert came(once.document, *rows) == once
    bare = Item(ours=once.document.lines[0].item.ours) if once.document.lines[0].item.ours else None
    if bare is not None:
        sent = goes(notice(bare.to_json(), Quantity(value=Decimal(1)).to_json()), *rows)
        assert goes(sent.document, *rows).document == sent.document


# -- the sheet


def faults(text, **usual):
    return [str(fault) for fault in sheet.read(text, usual).faults]


def test_all_faults_with_their_lines_and_nothing_is_taken():
    text = "partner,kind,theirs,ours,factor,validFrom\nnorthmart,item,1,A,,\nnorthmart,colour,2,B,,\nnorthmart,item,3,C,2,\n,item,,D,,2026-13-01\n\nnorthmart,item,1,E,,\n"
    read = sheet.read(text)
    assert read.rows == ()
    assert [(fault.line, fault.column) for fault in read.faults] == [
        (3, "kind"),
        (4, "factor"),
        (5, "validFrom"),
        (5, "partner"),
        (5, "theirs"),
        (7, "theirs"),
    ]


def test_columns_may_be_given_beside_the_sheet_and_semicolons_are_read():
    read = sheet.read("\ufefftheirs;ours\r\nNMTL;88\r\n", {"partner": "northmart", "kind": "carrier"})
    assert [one for _, one in read.rows] == [row("carrier", "NMTL", "88")]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty; the first line names the columns"),
        ("partner,kind,theirs\n", "line 1, ours: is missing"),
        ("partner,kind,theirs,ours,colour\n", "line 1, colour: no such column"),
        ("partner,kind,theirs,ours,ours\n", "line 1, ours: stands twice"),
        ("partner,kind,theirs,ours\nn,item,1,2,3\n", "line 2: more cells than"),
        ('partner,kind,theirs,ours\nn,item,"1,2\n', "line 2: this is no CSV"),
        ("partner,kind,theirs,ours,direction\nn,item,1,A,in\nn,item,1,B,both\n", "line 3, preferred: answers the same as line 2"),
    ],
)
def test_what_is_wrong_with_a_sheet(text, fault):
    assert any(fault in told for told in faults(text)), faults(text)


def test_a_gtin_may_be_shorter():
    [(_, one)] = sheet.read("partner,kind,theirs,ours,scheme\nn,item,085234500106,A,gtin\n").rows
    assert one.theirs == "00085234500106"
