"""Outlines and sentences: plain words, plain values, no partner data in a sentence."""

import json

from edi.describe import outline, sentence
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.location import Location
from tests.support.edi import interchange, validated
from tests.support.interchanges import EDIFACT_ORDERS

SET = "ST*850*0001~BEG*00*NE*SECRET-1**20260102~REF*DP*0042**IA>77~PO1*1*1*EA*1~PID*F****CRACKERS~ZZZ*1~SE*8*0001~"


def test_a_sentence_has_the_place_the_fault_and_who_asks_for_it() -> None:
    place = Location(10, 1, 11, 14, "PO1", ("PO1",), 3)
    plain = Finding(FindingCode.CODE_UNKNOWN, Scope.STANDARD, Severity.ERROR, place, "the code is not in the code list", "EAX", "355")
    assert sentence(plain) == "PO103 at segment 14, in loop PO1: the code is not in the code list (data element 355)."
    guide = Finding(FindingCode.ELEMENT_FORBIDDEN, Scope.GUIDE, Severity.ERROR, Location(7, 1, 8), "it may not be there")
    assert sentence(guide) == "Byte 7: it may not be there, by the partner's guide."
    cascade = Finding(
        FindingCode.SEGMENT_UNEXPECTED, Scope.STANDARD, Severity.ERROR, place, "not here", caused_by=FindingCode.SEGMENT_UNKNOWN
    )
    assert sentence(cascade).endswith("not here; it may follow from segment-unknown.")


def test_no_sentence_has_the_partners_data_in_it() -> None:
    one = validated(interchange(SET.replace("*NE*", "*SECRET*")))
    assert one.findings
    assert all("SECRET" not in sentence(f) for f in one.findings)


def test_an_outline_is_plain_values_with_labels_loops_and_totals() -> None:
    one = validated(interchange(SET))
    shown = json.loads(json.dumps(outline(one)))
    assert (shown["standard"], shown["sender"], shown["receiver"], shown["usage"]) == ("x12", "ZZ:NORTHMART", "ZZ:HARBORLINE", "live")
    assert shown["delimiters"] == {"element": "*", "component": ">", "segment": "~", "decimal": "."}
    assert shown["totals"] == {
        "bytes": len(interchange(SET)),
        "groups": 1,
        "sets": 1,
        "segments": 7,
        "errors": 2,
        "warnings": 0,
        "infos": 0,
    }
    [group] = shown["groups"]
    assert (group["functionalId"], group["release"], group["implicit"]) == ("PO", "004010", False)
    [order] = group["sets"]
    assert (order["setId"], order["label"], order["accepted"], order["segments"]) == ("850", "order", False, 7)
    assert order["findings"] == [sentence(f) for f in one.validations[0].findings]
    assert [child.get("segment") or child["loop"] for child in order["children"]] == ["ST", "BEG", "REF", "PO1", "SE"]
    reference = order["children"][2]
    assert [(e["name"], e["value"]) for e in reference["elements"]] == [
        ("REF01", "DP"),
        ("REF02", "0042"),
        ("REF04-1", "IA"),
        ("REF04-2", "77"),
    ]
    assert reference["label"]
    assert all(e["label"] for e in reference["elements"])
    line = order["children"][3]
    assert [child.get("segment") or child["loop"] for child in line["children"]] == ["PO1", "PID"]
    assert [child["segment"] for child in line["children"][1]["children"]] == ["PID", "ZZZ"]


def test_an_outline_of_edifact_has_its_messages_and_no_group() -> None:
    shown = outline(validated(EDIFACT_ORDERS))
    [group] = shown["groups"]
    assert group["implicit"]
    assert shown["totals"]["groups"] == 0
    texts = {e["name"]: e for child in group["sets"][0]["children"] for e in child.get("elements", ())}
    assert texts["DTM01-2"]["value"] == "20261118"
    assert texts["DTM01-2"]["label"]


def test_a_set_without_a_grammar_is_shown_flat() -> None:
    shown = outline(validated(interchange(SET, release="002040")))
    [order] = shown["groups"][0]["sets"]
    assert [child["segment"] for child in order["children"]] == ["ST", "BEG", "REF", "PO1", "PID", "ZZZ", "SE"]
    assert order["label"] == ""


def test_repetitions_are_numbered() -> None:
    data = interchange(SET.replace("0042", "0042^0043"), release="002040").replace(b"*U*00401*", b"*^*00501*")
    [order] = outline(validated(data))["groups"][0]["sets"]
    assert [e["name"] for e in order["children"][2]["elements"]][1:3] == ["REF02", "REF02[2]"]
