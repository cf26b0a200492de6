"""Outlines and sentences: plain words, plain values, no partner data in a sentence."""

import json
from typing import Any

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
        "lines": 1,
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
    assert texts["DTM01-2"]["meaning"] == "2026-11-18"


def test_a_set_without_a_grammar_is_shown_flat() -> None:
    shown = outline(validated(interchange(SET, release="002040")))
    [order] = shown["groups"][0]["sets"]
    assert [child["segment"] for child in order["children"]] == ["ST", "BEG", "REF", "PO1", "PID", "ZZZ", "SE"]
    assert order["label"] == ""


def test_repetitions_are_numbered() -> None:
    data = interchange(SET.replace("0042", "0042^0043"), release="002040").replace(b"*U*00401*", b"*^*00501*")
    [order] = outline(validated(data))["groups"][0]["sets"]
    assert [e["name"] for e in order["children"][2]["elements"]][1:3] == ["REF02", "REF02[2]"]


def test_a_fault_stands_in_the_element_that_it_is_in_also_where_nothing_stands() -> None:
    data = interchange(SET.replace("BEG*00*NE*SECRET-1**", "BEG*00*NE***").replace("*EA*", "*ZQ*"))
    [order] = outline(validated(data))["groups"][0]["sets"]
    elements = {e["name"]: e for child in order["children"] for e in child.get("elements", ())}
    [missing] = elements["BEG03"]["faults"]
    assert (missing["code"], elements["BEG03"]["value"]) == ("required-element-missing", "")
    assert missing["fix"]
    line = next(child for child in order["children"] if child.get("loop") == "PO1")
    [unit] = [e for e in line["children"][0]["elements"] if e["name"] == "PO103"]
    assert [fault["code"] for fault in unit["faults"]] == ["code-unknown"]
    [stray] = [child for child in line["children"][1]["children"] if child["segment"] == "ZZZ"]
    assert [fault["code"] for fault in stray["faults"]] == ["segment-unknown"]


def test_each_fault_is_told_at_one_line_and_none_is_lost() -> None:
    data = (
        interchange(SET + SET.replace("SE*8", "SE*7"))
        .replace(b"GE*2", b"GE*3")
        .replace(b"IEA*1*", b"STRAY*1~IEA*1*")
        .replace(b"~PID", b"~~PID")
    )
    one = validated(data)
    assert sorted(_faults(outline(one))) == sorted((f.code.value, f.location.offset) for f in one.findings)


def test_what_is_not_wanted_is_counted_but_not_described() -> None:
    one = validated(interchange(SET + SET))
    shown = outline(one, wanted=lambda transaction_set, segment: segment.tag == "PID" and transaction_set.start < 250)
    first, second = shown["groups"][0]["sets"]
    assert [(child["loop"], [inner["loop"] for inner in child["children"]]) for child in first["children"]] == [("PO1", ["PID"])]
    assert (second["children"], second["segments"]) == ([], 7)
    assert shown["totals"]["sets"] == 2
    assert second["tally"] == {"error": 3}


def test_numbers_with_implied_decimals_and_dates_are_written_as_people_do() -> None:
    data = interchange("ST*810*0001~BIG*20260102*7~TDS*1234505~SE*4*0001~", functional_id="IN")
    [invoice] = outline(validated(data))["groups"][0]["sets"]
    meanings = {e["name"]: e.get("meaning") for child in invoice["children"] for e in child.get("elements", ())}
    assert meanings["BIG01"] == "2026-01-02"
    assert [one.get("meaning") for one in invoice["totals"]] == ["12345.05"]


def test_the_totals_of_a_document_are_its_own() -> None:
    [order] = outline(validated(EDIFACT_ORDERS))["groups"][0]["sets"]
    assert [(one["name"], one["value"]) for one in order["totals"]] == [("CNT01-2", "1")]
    assert order["lines"] == 1


def _faults(value: Any) -> list[tuple[str, int]]:
    if isinstance(value, list):
        return [fault for one in value for fault in _faults(one)]
    if not isinstance(value, dict):
        return []
    own = [(fault["code"], fault["location"]["offset"]) for fault in value.get("faults", ())]
    return own + [fault for name, one in value.items() if name != "faults" for fault in _faults(one)]
