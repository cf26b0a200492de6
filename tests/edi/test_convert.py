"""JSON and pretty EDI lose nothing; XML is well-formed whatever stands in the data."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.convert import from_json, to_edi, to_json, to_pretty, to_xml
from edi.envelope import Interchange
from edi.errors import NoInterchangeError, WriteError
from edi.plain import lines_of
from edi.read import read
from edi.validate import ValidatedInterchange, validate_interchange
from edi.values import Segment
from edi.write import write
from tests.corpus.documents import EDI, documents
from tests.support.edi import interchange
from tests.support.interchanges import EDIFACT_ORDERS, X12_850, damaged, edifact, x12

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "samples").rglob("*.edi"))
PLAIN = settings(max_examples=60, deadline=None)


def judged(data: bytes) -> list[ValidatedInterchange]:
    return [validate_interchange(one) for one in read(data)]


def content(interchanges: Sequence[Interchange]) -> list[Any]:
    """All that an interchange says, without where it stood. What stood in no set is not kept."""

    def one(segment: Segment | None) -> Any:
        return segment and (segment.tag, segment.elements, segment.position)

    return [
        (
            interchange.standard,
            interchange.delimiters,
            one(interchange.header),
            one(interchange.trailer),
            [one(segment) for segment in interchange.service_segments],
            [
                (one(group.header), one(group.trailer), [[one(s) for s in made.segments] for made in group.transaction_sets])
                for group in interchange.groups
            ],
        )
        for interchange in interchanges
    ]


def texts(interchanges: Sequence[ValidatedInterchange]) -> Iterator[str]:
    """Every text of every segment."""
    for one in interchanges:
        for _, segment in lines_of(one):
            yield segment.tag
            for element in range(1, len(segment.elements) + 1):
                for value in segment.repetitions(element):
                    yield from (value,) if isinstance(value, str) else value


def assert_nothing_is_lost(data: bytes) -> None:
    interchanges = judged(data)
    before = content([one.interchange for one in interchanges])
    assert content(read(to_edi(interchanges))) == before
    assert content(read(to_edi(from_json(json.dumps(to_json(interchanges)))))) == before
    assert content(read(to_pretty(interchanges))) == before
    assert content(read(to_pretty(from_json(json.dumps(to_json(interchanges)))))) == before
    ET.fromstring("".join(to_xml(interchanges)))


@pytest.mark.parametrize("path", SAMPLES, ids=[str(path.relative_to(ROOT)) for path in SAMPLES])
def test_samples_lose_nothing(path: Path) -> None:
    assert_nothing_is_lost(path.read_bytes())


@PLAIN
@given(x12() | edifact())
def test_no_generated_interchange_loses_anything(outgoing) -> None:
    assert_nothing_is_lost(write(outgoing))


@PLAIN
@given(damaged())
def test_damaged_files_are_converted_too(data: bytes) -> None:
    try:
        interchanges = judged(data)
    except NoInterchangeError:
        return
    ET.fromstring("".join(to_xml(interchanges)))
    if any("\n" in text for text in texts(interchanges)):
        return  # a line break within a segment may be taken for a wrap, or not, when the segments before it moved
    for convert in (to_edi, to_pretty):
        try:
            made = convert(interchanges)
        except WriteError:
            continue
        if all(one.interchange.trailer for one in interchanges):
            assert content(read(made)) == content([one.interchange for one in interchanges])


@pytest.mark.corpus
@pytest.mark.parametrize("standard", EDI)
def test_the_corpus_loses_nothing(standard: str) -> None:
    lost = []
    for document in documents():
        if document.standard != standard or not document.valid.startswith("valid"):
            continue
        try:
            interchanges = judged(document.read_bytes())
        except NoInterchangeError:
            continue
        if any("\n" in text for text in texts(interchanges)):
            continue  # a line break within a segment may be taken for a wrap, or not, when the segments before it moved
        try:
            assert_nothing_is_lost(document.read_bytes())
        except AssertionError:
            lost.append(document.path)
    assert not lost


def test_json_names_elements_by_their_designators_and_loops_hold_their_segments() -> None:
    value = to_json(judged(X12_850))
    [group] = value["interchanges"][0]["groups"]
    first, _ = group["sets"]
    assert first["children"][1] == {
        "segment": "BEG",
        "elements": {"BEG01": "00", "BEG02": "SA", "BEG03": "4500123987", "BEG05": "20261118"},
    }
    [line] = [child for child in first["children"] if child.get("loop") == "PO1"]
    assert line["children"][0]["elements"]["PO102"] == "48"
    [edifact_group] = to_json(judged(EDIFACT_ORDERS))["interchanges"][0]["groups"]
    assert edifact_group["sets"][0]["children"][2]["elements"] == {"DTM01": ["137", "20261118", "102"]}


def test_pretty_is_a_segment_a_line_indented_by_its_loop() -> None:
    lines = to_pretty(judged(X12_850)).decode().splitlines()
    assert lines[1].startswith("  GS*")
    assert lines[2].startswith("    ST*850")
    [first, *_] = [line for line in lines if line.lstrip().startswith("PO1*")]
    assert first.startswith("      PO1*1*48")
    assert lines[-1].startswith("IEA*")


def test_xml_names_elements_by_tag_and_position() -> None:
    root = ET.fromstring("".join(to_xml(judged(EDIFACT_ORDERS))))
    assert root.findtext(".//DTM/DTM01/DTM01-2") == "20261118"
    assert root.findtext(".//FTX/FTX04/FTX04-1") == "NO'S AND +ES"
    assert root.find(".//loop[@id='SG25']/LIN") is not None


def test_xml_holds_what_xml_cannot_hold_as_pictures() -> None:
    data = interchange("ST*850*0001~BEG*00*NE*A\x01<&\x0e**20260102~\x02X*1~SE*4*0001~")
    root = ET.fromstring("".join(to_xml(judged(data))))
    assert root.findtext(".//BEG03") == "A␁<&␎"
    assert root.find(".//segment[@tag='␂X']") is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        '{"interchanges": 1}',
        '{"interchanges": [{}]}',
        '{"interchanges": ["header"]}',
        '{"interchanges": [{"standard": "x12", "delimiters": {"element": "€", "component": ">", "segment": "~"}, "header": {}}]}',
    ],
)
def test_other_json_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(WriteError, match="not of the form"):
        from_json(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["segment", "elements", "loop", "children"]) | st.text(max_size=3), inner)
    ),
    max_leaves=8,
)


@PLAIN
@given(st.sampled_from(["header", "groups", "trailer", "delimiters", "standard", "serviceSegments"]), _JSON)
def test_json_that_was_edited_is_written_or_refused(place: str, value: Any) -> None:
    edited = json.loads(json.dumps(to_json(judged(X12_850))))
    edited["interchanges"][0][place] = value
    try:
        to_edi(from_json(json.dumps(edited)))
    except WriteError:
        return


def test_a_separator_in_data_is_refused_where_nothing_releases_it() -> None:
    value = to_json(judged(X12_850))
    value["interchanges"][0]["groups"][0]["sets"][0]["children"][1]["elements"]["BEG03"] = "45*00"
    with pytest.raises(WriteError, match="separator"):
        to_edi(from_json(json.dumps(value)))


def test_separators_within_binary_data_stay_data() -> None:
    data = interchange("ST*841*0001~BIN*12*NAME~ST*X>YZ~REF*ZZ*1~SE*4*0001~").replace(b"GE*2*", b"GE*1*")
    assert_nothing_is_lost(data)
    assert b"BIN*12*NAME~ST*X>YZ~" in to_edi(judged(data))
