"""Exactly one agreement, or the reason why none."""

import pytest

from edi.values import Identity
from partners.identify import Reason, Unidentified, agreement_for_document, by_as2, identify, partner_by_address, split_release
from partners.model import Agreement, Direction
from tests.partners.support import NORTHMART, agreement, certificate, faults, gateway, partner, workspace

US, THEM = Identity("ZZ", "HARBORLINE"), Identity("ZZ", "NORTHMART")
ENVELOPE = {
    "standard": "x12",
    "direction": Direction.INBOUND,
    "sender": THEM,
    "receiver": US,
    "group_sender": "NORTHMART",
    "group_receiver": "HARBORLINE",
    "set_id": "850",
    "release": "004010VICS",
    "usage": "live",
}


def found(profile=NORTHMART, **changes) -> str:
    """The id of the agreement, or the reason."""
    result = identify(workspace(profile), **{**ENVELOPE, **changes})
    return result.id if isinstance(result, Agreement) else str(result.reason)


def test_an_envelope_finds_its_agreement() -> None:
    assert found() == "850-in"
    assert found(direction=Direction.OUTBOUND, sender=US, receiver=THEM, set_id="856") == "856-out"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sender": Identity("ZZ", "STRANGER")}, Reason.PARTNER_UNKNOWN),
        ({"sender": Identity("01", "NORTHMART")}, Reason.PARTNER_UNKNOWN),
        ({"sender": Identity("ZZ", "northmart")}, Reason.PARTNER_UNKNOWN),
        ({"standard": "edifact"}, Reason.PARTNER_UNKNOWN),
        ({"receiver": Identity("ZZ", "SOMEONE")}, Reason.STATION_UNKNOWN),
        ({"set_id": "860"}, Reason.SET_NOT_AGREED),
        ({"set_id": "856"}, Reason.SET_NOT_AGREED),
        ({"release": "005010"}, Reason.RELEASE_NOT_AGREED),
        ({"release": ""}, Reason.RELEASE_NOT_AGREED),
    ],
)
def test_why_there_is_none(change, reason) -> None:
    assert found(**change) == reason


def test_what_is_found_on_the_way_is_told() -> None:
    result = identify(workspace(NORTHMART), **{**ENVELOPE, "set_id": "860"})
    assert result == Unidentified(Reason.SET_NOT_AGREED, "northmart")
    assert identify(workspace(NORTHMART), **{**ENVELOPE, "sender": Identity("ZZ", "X")}) == Unidentified(Reason.PARTNER_UNKNOWN)


def test_nothing_agreed_in_a_rule_family() -> None:
    assert found(partner(agreements=[]), set_id="850") == Reason.STANDARD_NOT_AGREED


def test_blanks_and_leading_zeros_of_qualifiers_do_not_count() -> None:
    profile = partner(identities={"x12": [{"qualifier": "02", "id": "NMTL"}]})
    for qualifier, text in (("02", "NMTL"), ("2", "NMTL"), ("2 ", "NMTL           ")):
        assert found(profile, sender=Identity(qualifier, text)) == "850-in"
    assert found(profile, sender=Identity("20", "NMTL")) == Reason.PARTNER_UNKNOWN


def test_group_codes_narrow_where_they_are_agreed() -> None:
    profile = partner(identities={"x12": [{"qualifier": "ZZ", "id": "NORTHMART", "gs": ["NMEAST", "NMWEST"]}]})
    assert found(profile, group_sender="NMWEST") == "850-in"
    assert found(profile, group_sender="NMSOUTH") == Reason.GROUP_NOT_AGREED
    assert found(profile, group_sender="") == "850-in"
    assert found(NORTHMART, group_sender="WHATEVER") == "850-in"


def test_two_partners_share_an_address_and_differ_in_the_group() -> None:
    east = partner(identities={"x12": [{"qualifier": "ZZ", "id": "VAN", "gs": "EAST"}]})
    west = partner(partner="west", identities={"x12": [{"qualifier": "ZZ", "id": "VAN", "gs": "WEST"}]})
    both = workspace(east, west)
    envelope = {**ENVELOPE, "sender": Identity("ZZ", "VAN")}
    assert identify(both, **{**envelope, "group_sender": "WEST"}).partner_id == "west"
    assert identify(both, **{**envelope, "group_sender": "EAST"}).partner_id == "northmart"
    assert identify(both, **{**envelope, "group_sender": ""}) == Unidentified(Reason.AMBIGUOUS)
    assert partner_by_address(both, "x12", Identity("ZZ", "VAN")) == Unidentified(Reason.AMBIGUOUS)


def test_an_industry_that_is_agreed_must_be_there() -> None:
    profile = partner(agreements=[agreement(standard={"x12": "004010VICS", "set": "850"})])
    assert found(profile) == "850-in"
    assert found(profile, release="004010UCS") == Reason.RELEASE_NOT_AGREED
    assert found(profile, release="004010", industry="UCS") == Reason.RELEASE_NOT_AGREED
    assert found(profile, release="004010") == "850-in"


def test_test_and_live_traffic_are_two_things() -> None:
    assert found(usage="test") == "850-in"
    assert found(partner(agreements=[agreement(usage="live")]), usage="test") == Reason.USAGE_NOT_AGREED
    two = partner(agreements=[agreement(usage="live"), agreement(id="850-test", usage="test")])
    assert (found(two, usage="live"), found(two, usage="test")) == ("850-in", "850-test")


@pytest.mark.parametrize(
    ("status", "usage", "expected"),
    [
        ("draft", "test", Reason.PARTNER_INACTIVE),
        ("draft", "live", Reason.PARTNER_INACTIVE),
        ("testing", "test", "850-in"),
        ("testing", "live", Reason.PARTNER_INACTIVE),
        ("certified", "test", "850-in"),
        ("certified", "live", Reason.PARTNER_INACTIVE),
        ("live", "live", "850-in"),
        ("live", "test", "850-in"),
        ("suspended", "live", Reason.PARTNER_INACTIVE),
        ("suspended", "test", Reason.PARTNER_INACTIVE),
    ],
)
def test_the_status_decides_what_goes_through(status, usage, expected) -> None:
    assert found(partner(status=status), usage=usage) == expected


@pytest.mark.parametrize(
    ("standard", "text", "parts"),
    [
        ("x12", "004010", ("004010", "")),
        ("x12", "004010VICS", ("004010", "VICS")),
        ("x12", "005010X222A1 ", ("005010", "X222A1")),
        ("edifact", "D96A", ("D96A", "")),
        ("edifact", "d.96a", ("D96A", "")),
        ("edifact", "D 96A EAN008", ("D96A", "EAN008")),
        ("json", "1", ("1", "")),
    ],
)
def test_releases_and_their_industries(standard, text, parts) -> None:
    assert split_release(standard, text) == parts


def test_edifact_addresses() -> None:
    profile = partner(
        identities={"edifact": [{"qualifier": "14", "id": "0614141000012"}, {"id": "NOQUAL"}]},
        agreements=[{"id": "orders-in", "direction": "inbound", "standard": {"edifact": "D96A", "set": "ORDERS"}}],
    )
    envelope = {"standard": "edifact", "receiver": Identity("14", "0852345000012"), "set_id": "ORDERS", "release": "D96A"}
    for sender in (Identity("14", "0614141000012"), Identity("", "NOQUAL")):
        assert found(profile, **envelope, sender=sender, group_sender="", group_receiver="") == "orders-in"


def test_the_agreement_of_a_document_of_the_hub() -> None:
    both = workspace(NORTHMART, partner(partner="p2", name="P2", status="testing", identities={"x12": [{"qualifier": "ZZ", "id": "P2"}]}))

    def agreed(partner_id: str, document: str, **more) -> str:
        result = agreement_for_document(both, partner_id, document, Direction.OUTBOUND, **more)
        return result.id if isinstance(result, Agreement) else str(result.reason)

    assert agreed("northmart", "ShipNotice") == "856-out"
    assert agreed("northmart", "Order") == Reason.SET_NOT_AGREED
    assert agreed("northmart", "ShipNotice", standard="edifact") == Reason.STANDARD_NOT_AGREED
    assert agreed("nobody", "ShipNotice") == Reason.PARTNER_UNKNOWN
    assert agreed("p2", "ShipNotice") == Reason.PARTNER_INACTIVE
    assert agreed("p2", "ShipNotice", usage="test") == "856-out"


def test_several_sets_may_carry_one_kind_of_document_to_a_partner() -> None:
    def sent(set_id: str, **more) -> dict:
        return {"id": set_id, "direction": "outbound", "standard": {"x12": "004010", "set": set_id}, "document": "Invoice", **more}

    def agreed(agreements: list[dict], body: dict) -> str:
        profile = workspace(partner(agreements=agreements))
        result = agreement_for_document(profile, "northmart", "Invoice", Direction.OUTBOUND, body=body)
        return result.id if isinstance(result, Agreement) else str(result.reason)

    both = [sent("810"), sent("880", when={"totals.lineAmount": True, "purpose": ["original", "replace"]})]
    assert agreed(both, {"purpose": "original", "totals": {"lineAmount": "1"}}) == "880"
    assert agreed(both, {"purpose": "cancellation", "totals": {"lineAmount": "1"}}) == "810"
    assert agreed(both, {"purpose": "original", "totals": {}}) == "810"
    assert agreed(both, {"purpose": "original"}) == agreed(both, {"purpose": "original", "totals": "x"}) == "810"
    assert agreed(both[1:], {"purpose": "original"}) == Reason.SET_NOT_AGREED
    absent = [sent("810", when={"currency": False}), sent("880", when={"currency": "USD"})]
    assert agreed(absent, {}) == "810"
    assert agreed(absent, {"currency": "USD"}) == "880"
    assert agreed(absent, {"currency": "EUR"}) == Reason.SET_NOT_AGREED
    test_only = [sent("810"), sent("880", when={"currency": True}, usage="test")]
    assert agreed(test_only, {"currency": "USD"}) == "810"


@pytest.mark.parametrize(
    ("one", "other", "is_plain"),
    [
        ({}, {}, False),
        ({}, {"currency": True}, True),
        ({"currency": True}, {"currency": False}, True),
        ({"currency": True}, {"currency": ["USD"]}, False),
        ({"currency": False}, {"currency": ["USD"]}, True),
        ({"currency": ["EUR", "USD"]}, {"currency": ["USD"]}, False),
        ({"currency": ["EUR"]}, {"currency": ["USD"]}, True),
        ({"currency": ["EUR"]}, {"purpose": ["original"]}, False),
        ({"currency": ["EUR"], "purpose": True}, {"purpose": False}, True),
    ],
)
def test_which_of_several_is_meant_must_be_plain(one: dict, other: dict, is_plain: bool) -> None:
    def sent(set_id: str, when: dict) -> dict:
        return {"id": set_id, "direction": "outbound", "standard": {"x12": "004010", "set": set_id}, "document": "Invoice", "when": when}

    expected = [] if is_plain else [("partner.yaml", "agreements")]
    assert faults(partner(agreements=[sent("810", one), sent("880", other)])) == expected


@pytest.mark.parametrize("wrong", [{"currency": 1}, {"Currency": True}, {"a..b": True}, {"currency": None}, ["currency"]])
def test_a_condition_that_is_none_is_a_fault(wrong: object) -> None:
    profile = partner(agreements=[agreement(1, when=wrong)])
    assert faults(profile) != []
    assert faults(partner(agreements=[agreement(0, when={"currency": True})])) != []


def test_whatever_a_partner_may_post_in_its_own_form() -> None:
    form = {"id": "order-in", "direction": "inbound", "standard": {"json": "1", "set": "order"}, "document": "Order"}
    profile = partner(agreements=[*NORTHMART["agreements"], form | {"map": "partners/northmart/maps/order"}])
    shop = workspace(profile, more={"partners/northmart/maps/order.yaml": b"map: x"})
    assert agreement_for_document(shop, "northmart", None, Direction.INBOUND, standard="json").id == "order-in"
    assert agreement_for_document(shop, "northmart", None, Direction.INBOUND).reason is Reason.AMBIGUOUS


def test_whom_an_acknowledgment_is_from() -> None:
    assert partner_by_address(workspace(NORTHMART), "x12", THEM).id == "northmart"
    assert partner_by_address(workspace(NORTHMART), "edifact", THEM) == Unidentified(Reason.PARTNER_UNKNOWN)


def test_as2_names() -> None:
    pem, _ = certificate()
    more = {"partners/northmart/certs/c.pem": pem}
    settings = {"url": "https://as2.example", "certs": {"current": "c.pem"}}
    known = workspace(partner(transports={"as2": settings}), more=more)
    found_partner, station = by_as2(known, "NORTHMART", "HARBORLINE")
    assert (found_partner.id, station.id) == ("northmart", "main")
    assert by_as2(known, "northmart", "HARBORLINE") == Unidentified(Reason.PARTNER_UNKNOWN)
    assert by_as2(known, "NORTHMART", "OTHER") == Unidentified(Reason.STATION_UNKNOWN, "northmart")
    lenient = workspace(partner(transports={"as2": settings | {"tolerance": {"as2_name_ignore_case": True}}}), more=more)
    assert by_as2(lenient, "northmart", "HARBORLINE")[0].id == "northmart"
    assert by_as2(workspace(NORTHMART), "NORTHMART", "HARBORLINE") == Unidentified(Reason.PARTNER_UNKNOWN)


def test_what_could_be_mistaken_is_refused_when_loading() -> None:
    twice = partner(agreements=[agreement(), agreement(id="850-again")])
    assert faults(twice) == [("partner.yaml", "agreements")]
    copy = partner(partner="copy", name="Copy")
    assert faults(NORTHMART, copy) == [("partner.yaml", "agreements")] * 2
    usual_and_vics = partner(agreements=[agreement(), agreement(id="vics", standard={"x12": "004010VICS", "set": "850"})])
    assert faults(usual_and_vics) == [("partner.yaml", "agreements")]
    two_industries = [agreement(id=name.lower(), standard={"x12": f"004010{name}", "set": "850"}) for name in ("VICS", "UCS")]
    assert faults(partner(agreements=two_industries)) == []
    two_forms = partner(agreements=[agreement(1), agreement(1, id="856-5010", standard={"x12": "005010", "set": "856"})])
    assert faults(two_forms) == [("partner.yaml", "agreements")]


def test_as2_names_are_unique() -> None:
    pem, _ = certificate()
    transports = {"as2": {"url": "https://as2.example", "certs": {"current": "c.pem"}}}
    one = partner(transports=transports, agreements=[])
    two = partner(partner="copy", name="Copy", transports=transports, agreements=[])
    more = {"partners/northmart/certs/c.pem": pem, "partners/copy/certs/c.pem": pem}
    assert faults(one, two, more=more) == [("partner.yaml", "identities.as2")]


def test_several_stations() -> None:
    stations = [
        {"id": "east", "x12": {"qualifier": "ZZ", "id": "HL-EAST"}},
        {"id": "west", "x12": {"qualifier": "ZZ", "id": "HL-WEST", "gs": "HLW"}},
    ]
    own = gateway(stations=stations)
    assert faults(NORTHMART, own=own) == [("partner.yaml", "agreements[0].station"), ("partner.yaml", "agreements[1].station")]
    profile = partner(agreements=[agreement(id="e", station="east"), agreement(id="w", station="west")])
    both = workspace(profile, own=own)
    assert identify(both, **{**ENVELOPE, "receiver": Identity("ZZ", "HL-EAST")}).id == "e"
    assert identify(both, **{**ENVELOPE, "receiver": Identity("ZZ", "HL-WEST"), "group_receiver": "HLW"}).id == "w"
    assert identify(both, **{**ENVELOPE, "receiver": Identity("ZZ", "HL-WEST"), "group_receiver": "X"}).reason is Reason.GROUP_NOT_AGREED
