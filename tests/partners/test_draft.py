"""A first profile from a sample file."""

import pytest
from ruamel.yaml import YAML

from edi.errors import NoInterchangeError
from edi.values import Identity
from partners.agree import DOCUMENTS
from partners.answers import ANSWERS
from partners.draft import draft
from partners.identify import Reason, identify
from partners.load import load
from partners.model import Direction
from tests.partners.support import GATEWAY, workspace, yaml

OWN = workspace().own
ORDER = (
    b"ISA*00*          *00*          *ZZ*BIGBOX         *ZZ*HARBORLINE     *261118*0915*U*00401*000000001*0*T*>~"
    b"GS*PO*BIGBOXEDI*HARBORLINE*20261118*0915*1*X*004010VICS~ST*850*0001~BEG*00*SA*1**20261118~PO1*1*1*EA*1**UP*085234500106~CTT*1~SE*5*0001~"
    b"GE*1*1~IEA*1*000000001~"
)
ORDERS = b"UNB+UNOC:3+4012345000009:14+0852345000012:14+261118:0915+1'UNH+1+ORDERS:D:96A:UN:EAN008'BGM+220+1+9'DTM+137:20261118:102'UNS+S'UNT+5+1'UNZ+1+1'"


def drafted(data: bytes, **given):
    made = draft("bigbox", data, OWN, **given)
    assert list(made.files) == ["partners/bigbox/partner.yaml"]
    text = made.files["partners/bigbox/partner.yaml"]
    loaded = load({"gateway.yaml": yaml(GATEWAY), "partners/bigbox/partner.yaml": text.encode()})
    assert loaded.faults == ()
    return loaded.workspace, text, made.remarks


def test_the_draft_of_an_order_takes_that_order_once_it_is_live() -> None:
    found, text, remarks = drafted(ORDER)
    assert remarks == ()
    profile = found.partners["bigbox"]
    assert [(a.id, a.direction, a.set_id, a.release, a.industry, a.document) for a in profile.agreements] == [
        ("bigbox-850-in", Direction.INBOUND, "850", "004010", "", "Order"),
        ("bigbox-855-out", Direction.OUTBOUND, "855", "004010", "VICS", "OrderAcknowledgment"),
        ("bigbox-856-out", Direction.OUTBOUND, "856", "004010", "VICS", "ShipNotice"),
        ("bigbox-810-out", Direction.OUTBOUND, "810", "004010", "VICS", "Invoice"),
    ]
    assert profile.identities.x12[0].groups == ("BIGBOXEDI",)
    envelope = {
        "standard": "x12",
        "direction": Direction.INBOUND,
        "sender": Identity("ZZ", "BIGBOX"),
        "receiver": Identity("ZZ", "HARBORLINE"),
        "group_sender": "BIGBOXEDI",
        "set_id": "850",
        "release": "004010VICS",
    }
    assert identify(found, **envelope).reason is Reason.PARTNER_INACTIVE
    live, _, _ = drafted(ORDER, status="live")
    assert identify(live, **envelope).id == "bigbox-850-in"
    assert "# draft: nothing goes through" in text
    assert "as2:" in text


def test_the_qualifier_is_written_as_the_partner_writes_it() -> None:
    """ISA05 and ISA07 have two characters: a partner that says 08 is answered with 08."""
    found, text, _ = drafted(ORDER.replace(b"*ZZ*BIGBOX ", b"*08*BIGBOX "))
    assert '{qualifier: "08", id: "BIGBOX"' in text
    assert {a.partner_address.identity for a in found.partners["bigbox"].agreements} == {Identity("08", "BIGBOX")}


def test_tolerance_is_written_by_name() -> None:
    _, text, _ = drafted(ORDER)
    inbound, *_ = YAML(typ="safe").load(text)["agreements"]
    assert inbound["tolerance"] == {
        "code_lists": "warning",
        "syntax_notes": "warning",
        "unknown_segments": "warning",
        "trailing_separators": "ignore",
        "padding": "ignore",
        "lower_case": "ignore",
        "unused": "ignore",
        "decimal_mark": "ignore",
    }


def test_edifact() -> None:
    found, _, remarks = drafted(ORDERS)
    profile = found.partners["bigbox"]
    assert profile.identities.edifact[0].identity == Identity("14", "4012345000009")
    assert [(a.id, a.standard, a.release, a.map) for a in profile.agreements] == [
        ("bigbox-orders-in", "edifact", "D96A", "edifact/d96a/orders"),
        ("bigbox-ordrsp-out", "edifact", "D96A", "edifact/d96a/ordrsp"),
        ("bigbox-desadv-out", "edifact", "D96A", "edifact/d96a/desadv"),
        ("bigbox-invoic-out", "edifact", "D96A", "edifact/d96a/invoic"),
    ]
    [remark] = remarks
    assert "EAN008" in remark  # ORDERS alone is of EAN008
    assert "ORDRSP, DESADV, INVOIC" in remark


def test_both_rule_families_in_one_file() -> None:
    found, _, remarks = drafted(ORDER + b"\n" + ORDERS)
    assert {a.functional_ack for a in found.partners["bigbox"].agreements} == {"997", "CONTRL"}
    assert any("several senders" in remark for remark in remarks)
    assert [remark.split()[0] for remark in remarks if "not proposed" in remark] == ["ORDRSP", "DESADV", "INVOIC"]


def test_a_file_of_ours_is_seen_from_our_side() -> None:
    out = ORDER.replace(b"BIGBOX         ", b"@@").replace(b"HARBORLINE     ", b"BIGBOX         ").replace(b"@@", b"HARBORLINE     ")
    out = out.replace(b"GS*PO*BIGBOXEDI*HARBORLINE", b"GS*SH*HARBORLINE*BIGBOX").replace(b"ST*850", b"ST*856")
    found, _, _ = drafted(out)
    [made] = found.partners["bigbox"].agreements
    assert (made.id, made.direction, made.industry) == ("bigbox-856-out", Direction.OUTBOUND, "VICS")


def test_separators_that_are_not_usual_are_written_for_what_goes_out() -> None:
    found, _, _ = drafted(ORDER.replace(b"*", b"|").replace(b">", b":"))
    inbound, outbound, *_ = found.partners["bigbox"].agreements
    assert (outbound.write.element, outbound.write.component, outbound.write.segment) == ("|", ":", None)
    assert inbound.write.element is None


def test_what_a_person_must_decide_is_said() -> None:
    _, _, remarks = drafted(ORDER.replace(b"HARBORLINE     ", b"SOMEBODY       "))
    assert any("none of our stations" in remark for remark in remarks)
    _, _, remarks = drafted(ORDER.replace(b"IEA*1*", b"IEA*2*"))
    assert any("envelope has faults" in remark for remark in remarks)
    ack = ORDER.split(b"ST*850")[0].replace(b"GS*PO", b"GS*FA") + b"ST*997*0001~AK1*PO*1~AK9*A*1*1*1~SE*4*0001~GE*1*1~IEA*1*000000001~"
    found, _, remarks = drafted(ack)
    assert found.partners["bigbox"].agreements == ()
    assert any("no transaction set" in remark for remark in remarks)


def test_the_same_set_twice_is_agreed_once() -> None:
    found, _, _ = drafted(ORDER + ORDER)
    assert len(found.partners["bigbox"].agreements) == 4


def a_set(set_id: str, functional: str, *, ours: bool) -> bytes:
    data = ORDER.replace(b"GS*PO", b"GS*" + functional.encode()).replace(b"ST*850", b"ST*" + set_id.encode())
    if ours:
        data = data.replace(b"BIGBOX         ", b"@@").replace(b"HARBORLINE     ", b"BIGBOX         ").replace(b"@@", b"HARBORLINE     ")
        data = data.replace(b"*BIGBOXEDI*HARBORLINE*", b"*HARBORLINE*BIGBOXEDI*")
    return data


@pytest.mark.parametrize(
    ("set_id", "functional", "ours", "agreed"),
    [
        ("850", "PO", True, ["850-out", "855-in", "856-in", "810-in"]),
        ("860", "PC", False, ["860-in", "865-out"]),
        ("940", "OW", True, ["940-out", "945-in"]),
        ("943", "AR", True, ["943-out", "944-in"]),
        ("204", "SM", True, ["204-out", "990-in", "214-in", "210-in"]),
        ("204", "SM", False, ["204-in", "990-out", "214-out", "210-out"]),
        ("180", "AN", False, ["180-in", "180-out"]),
        ("945", "SW", False, ["945-in"]),
        ("856", "SH", False, ["856-in"]),
    ],
)
def test_what_answers_goes_the_other_way(set_id: str, functional: str, ours: bool, agreed: list[str]) -> None:
    found, _, remarks = drafted(a_set(set_id, functional, ours=ours))
    assert [a.id.removeprefix("bigbox-") for a in found.partners["bigbox"].agreements] == agreed
    assert remarks == ()


def test_an_answer_that_the_sample_shows_is_agreed_as_it_shows_it() -> None:
    notice = a_set("856", "SH", ours=True).replace(b"004010VICS", b"004010UCS")
    found, _, _ = drafted(ORDER + notice)
    assert [(a.set_id, a.industry) for a in found.partners["bigbox"].agreements if a.direction is Direction.OUTBOUND] == [
        ("856", "UCS"),
        ("855", "VICS"),
        ("810", "VICS"),
    ]


def test_every_set_that_has_a_document_has_its_answers_said() -> None:
    assert {(str(standard), set_id) for standard, set_id in ANSWERS} == set(DOCUMENTS)
    assert {(str(standard), answer) for (standard, _), answers in ANSWERS.items() for answer in answers} <= set(DOCUMENTS)


def test_what_cannot_be_drafted() -> None:
    with pytest.raises(NoInterchangeError):
        draft("bigbox", b"hello", OWN)
    for wrong in ("Big Box", "../etc", "", "-x", "a" * 65):
        with pytest.raises(ValueError, match="id"):
            draft(wrong, ORDER, OWN)
