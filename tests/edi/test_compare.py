"""Two files differ only by what they mean, each difference is one, and both ways round they are the same."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.compare import Difference, DifferenceKind, compare
from edi.convert import to_edi, to_pretty
from edi.delimiters import Delimiters
from edi.errors import NoInterchangeError
from edi.plain import Line, Plain, plain
from edi.read import read
from edi.validate import ValidatedInterchange, validate_interchange
from edi.values import Segment
from edi.write import write
from tests.corpus.documents import EDI, documents
from tests.support.edi import interchange
from tests.support.interchanges import EDIFACT_ORDERS, X12_850, edifact, x12

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "samples").rglob("*.edi"))
PLAIN = settings(max_examples=60, deadline=None)
OPPOSITE = {"removed": "added", "added": "removed", "changed": "changed"}

ORDER = (
    "ST*850*0001~BEG*00*NE*45001**20260102~REF*DP*0042~REF*IA*77~DTM*037*20260110~N1*BY*NORTHMART~N3*1 MAIN ST~N1*ST*DC 0117~N3*2 SIDE ST~"
    "PO1*1*48*EA*9.5**UP*085234500106~PID*F****CRACKERS~PO1*2*12*EA*1.50**UP*085234500250~PO1*3*6*EA*2**UP*085234500335~CTT*3~SE*15*0001~"
)
NOTICE = (
    "ST*856*0001~BSN*00*SHIP1*20260102*0304~HL*1**S~TD5**2*UPSN~HL*2*1*O~PRF*45001~HL*3*2*P~MAN*GM*00006141411234567890~HL*4*3*I~LIN**UP*085234500106~"
    "SN1**48*EA~HL*5*2*P~MAN*GM*00006141411234567906~HL*6*5*I~LIN**UP*085234500250~SN1**12*EA~CTT*6~SE*18*0001~"
)


def judged(data: bytes) -> list[ValidatedInterchange]:
    return [validate_interchange(one) for one in read(data)]


def order(text: str = ORDER, **options: str) -> bytes:
    body = text.replace("\n", "")
    return interchange(re.sub(r"SE\*\d+", f"SE*{body.count('~')}", body), **options)


def notice(text: str = NOTICE) -> bytes:
    return order(text, functional_id="SH")


def differences(first: bytes, second: bytes) -> list[Difference]:
    return [one for one in compare(judged(first), judged(second)) if not one.is_envelope]


def said(first: bytes, second: bytes) -> list[tuple[str, str, str | None, str | None]]:
    return [(one.kind.value, one.place.partition(": ")[2], one.first, one.second) for one in differences(first, second)]


def mirrored(kind: DifferenceKind) -> str:
    """The same with the files the other way round."""
    what, _, how = kind.value.partition("-")
    return f"{what}-{OPPOSITE[how]}"


@pytest.mark.parametrize("path", SAMPLES, ids=[str(path.relative_to(ROOT)) for path in SAMPLES])
def test_a_file_does_not_differ_from_itself_nor_from_itself_in_lines(path: Path) -> None:
    data = path.read_bytes()
    assert compare(judged(data), judged(data)) == ()
    assert compare(judged(data), judged(to_pretty(judged(data)))) == ()


@pytest.mark.corpus
@pytest.mark.parametrize("standard", EDI)
def test_no_document_of_the_corpus_differs_from_itself_in_lines(standard: str) -> None:
    different = []
    for document in documents():
        if document.standard != standard or not document.valid.startswith("valid"):
            continue
        try:
            before = judged(document.read_bytes())
        except NoInterchangeError:
            continue
        made = to_pretty(before)
        if b"\n" in to_edi(before):
            continue  # a line break within a segment may be taken for a wrap, or not, when the segments before it moved
        if compare(before, judged(made)):
            different.append(document.path)
    assert not different


@PLAIN
@given(x12() | edifact())
def test_nothing_differs_from_itself(outgoing) -> None:
    data = write(outgoing)
    assert compare(judged(data), judged(data)) == ()


@PLAIN
@given(st.sampled_from([X12_850, EDIFACT_ORDERS, order(), notice()]), st.permutations("|^~%`!"), st.booleans())
def test_other_separators_are_no_difference(data: bytes, signs: list[str], lines: bool) -> None:
    [one] = judged(data)
    element, component, segment, _, *_ = signs
    kept = one.interchange.delimiters
    others = Delimiters(element, component, segment, kept.repetition, kept.release, kept.decimal)
    other = replace(plain(one), delimiters=others)
    if one.interchange.standard == "x12":
        header = other.lines[0].segment
        isa = replace(header, elements=(*header.elements[:15], component))
        other = replace(other, lines=(Line(0, isa), *other.lines[1:]))
    made = judged((to_pretty if lines else to_edi)([other]))
    assert made[0].interchange.delimiters.element == element
    assert compare([one], made) == ()


@PLAIN
@given(st.data())
def test_one_changed_value_is_one_difference(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([X12_850, EDIFACT_ORDERS, order(), notice()]))
    [one] = judged(source)
    made = plain(one)
    places = [
        (number, element)
        for number, (_, segment) in enumerate(made.lines)
        if segment.tag not in {"ISA", "GS", "ST", "SE", "GE", "IEA", "UNB", "UNH", "UNT", "UNZ", "HL"}
        for element, value in enumerate(segment.elements)
        if isinstance(value, str) and value
    ]
    number, element = data.draw(st.sampled_from(places))
    changed = with_value(made, number, element, "7351")
    [found] = [each for each in compare([one], judged(to_edi([changed]))) if not each.is_envelope]
    assert found.kind is DifferenceKind.VALUE_CHANGED
    assert (found.first, found.second) == (made.lines[number].segment.elements[element], "7351")
    assert found.first_location is not None
    assert (found.first_location.segment_position, found.first_location.element) == (made.lines[number].segment.position, element + 1)


def with_value(made: Plain, number: int, element: int, text: str) -> Plain:
    depth, segment = made.lines[number]
    elements = (*segment.elements[:element], text, *segment.elements[element + 1 :])
    return replace(made, lines=(*made.lines[:number], Line(depth, Segment(segment.tag, elements)), *made.lines[number + 1 :]))


@PLAIN
@given(st.data())
def test_both_ways_round_the_differences_are_the_same(data: st.DataObject) -> None:
    source = data.draw(st.sampled_from([X12_850, EDIFACT_ORDERS, order(), notice()]))
    [one] = judged(source)
    made = plain(one)
    for _ in range(data.draw(st.integers(1, 4))):
        inner = [n for n, (_, segment) in enumerate(made.lines) if segment.position > 1]
        number, other = data.draw(st.sampled_from(inner)), data.draw(st.sampled_from(inner))
        lines = list(made.lines)
        match data.draw(st.sampled_from(["drop", "double", "swap"])):
            case "drop":
                del lines[number]
            case "double":
                lines.insert(other, lines[number])
            case _:
                lines[number], lines[other] = lines[other], lines[number]
        made = replace(made, lines=tuple(lines))
    second = judged(to_edi([made]))
    there, back = compare([one], second), compare(second, [one])
    assert {(each.kind, each.first, each.second) for each in there} == {(mirrored(each.kind), each.second, each.first) for each in back}
    assert len(there) == len(back)


def test_a_changed_quantity_is_told_by_line_and_label() -> None:
    [found] = differences(order(), order(ORDER.replace("PO1*2*12", "PO1*2*50")))
    assert (found.place, found.label, found.first, found.second) == ("850 45001: PO1[2] PO102", "quantity ordered", "12", "50")
    assert found.first_location is not None
    assert str(found.first_location) == "PO102 at segment 12"


def test_an_inserted_line_does_not_make_what_follows_differ() -> None:
    longer = ORDER.replace("~PO1*2*", "~PO1*2*99*EA*4**UP*085234500991~PO1*3*").replace("PO1*3*6", "PO1*4*6").replace("CTT*3", "CTT*4")
    assert said(order(), order(longer)) == [
        ("loop-added", "PO1[2]", None, "PO1*2*99*EA*4**UP*085234500991"),
        ("value-changed", "CTT CTT01", "3", "4"),
    ]


def test_numbers_are_compared_as_numbers_and_texts_as_texts() -> None:
    assert said(order(), order(ORDER.replace("9.5", "09.50").replace("*1.50*", "*1.5*").replace("*48*", "*48.0*"))) == []
    assert said(order(), order(ORDER.replace("REF*DP*0042", "REF*DP*42"))) == [("value-changed", "REF[DP] REF02", "0042", "42")]
    comma = EDIFACT_ORDERS.replace(b"UNA:+.?", b"UNA:+,?").replace(b"QTY+21:48:CS", b"QTY+21:48,0:CS")
    assert said(EDIFACT_ORDERS, comma) == []


def test_order_says_nothing_where_keys_tell_and_something_where_they_do_not() -> None:
    swapped = ORDER.replace("REF*DP*0042~REF*IA*77~", "REF*IA*77~REF*DP*0042~")
    assert said(order(), order(swapped)) == []
    parties = ORDER.replace(
        "N1*BY*NORTHMART~N3*1 MAIN ST~N1*ST*DC 0117~N3*2 SIDE ST~", "N1*ST*DC 0117~N3*2 SIDE ST~N1*BY*NORTHMART~N3*1 MAIN ST~"
    )
    assert said(order(), order(parties)) == []
    texts = ORDER.replace("~CTT", "~N9*ZZ*1~MSG*ONE~MSG*TWO~CTT")
    assert said(order(texts), order(texts.replace("MSG*ONE~MSG*TWO", "MSG*TWO~MSG*ONE"))) != []


def test_a_part_that_is_only_in_one_file_is_one_difference() -> None:
    assert said(order(), order(ORDER.replace("REF*IA*77~", ""))) == [("segment-removed", "REF[IA]", "REF*IA*77", None)]
    assert said(order(ORDER.replace("N1*ST*DC 0117~N3*2 SIDE ST~", "")), order()) == [("loop-added", "N1[ST]", None, "N1*ST*DC 0117")]
    assert said(order(), order(ORDER + ORDER.replace("*45001*", "*45002*").replace("0001~", "0002~"))) == [
        ("set-added", "", None, "850 45002")
    ]


def test_levels_are_found_by_their_parents_and_content_not_by_their_numbers() -> None:
    other = (
        NOTICE[: NOTICE.index("HL*3")]
        + "HL*3*2*P~MAN*GM*00006141411234567906~HL*4*3*I~LIN**UP*085234500250~SN1**12*EA~"
        + "HL*5*2*P~MAN*GM*00006141411234567890~HL*6*5*I~LIN**UP*085234500106~SN1**47*EA~CTT*6~SE*18*0001~"
    )
    [found] = differences(notice(), notice(other))
    assert (found.label and found.place.endswith("SN102"), found.first, found.second) == (True, "48", "47")
    dropped = NOTICE.replace("HL*5*2*P~MAN*GM*00006141411234567906~HL*6*5*I~LIN**UP*085234500250~SN1**12*EA~", "")
    assert [one.kind.value for one in differences(notice(), notice(dropped))] == ["loop-removed"]


def test_sets_are_found_by_their_numbers() -> None:
    second = ORDER.replace("*45001*", "*45002*").replace("*48*", "*49*")
    assert said(order(ORDER + second), order(second + ORDER)) == []
    assert said(order(), order(ORDER.replace("*45001*", "*45009*"))) == [("value-changed", "BEG BEG03", "45001", "45009")]


def test_envelopes_are_told_apart() -> None:
    other = (
        order()
        .replace(b"000000001", b"000000777")
        .replace(b"*260102*", b"*260103*")
        .replace(b"ST*850*0001", b"ST*850*0009")
        .replace(b"15*0001", b"15*0009")
    )
    found = compare(judged(order()), judged(other))
    assert all(one.is_envelope for one in found)
    assert [one.place for one in found] == ["ISA ISA09", "ISA ISA13", "ST[1.1] ST02"]


def test_sets_without_a_grammar_are_compared_segment_by_segment() -> None:
    def unknown(text: str) -> bytes:
        return interchange(f"ST*999*0001~{text}SE*{text.count('~') + 2}*0001~", functional_id="ZZ", release="002040")

    base = "AAA*1*X~BBB*ZZ*ONE~BBB*YY*TWO~CCC*LONG TEXT*1~"
    assert said(unknown(base), unknown(base)) == []
    assert said(unknown(base), unknown(base.replace("TWO", "SIX"))) == [("value-changed", "BBB[YY] BBB02", "TWO", "SIX")]


def test_sets_of_other_numbers_are_one_only_when_they_are_alike() -> None:
    def numbered(*numbers: str) -> bytes:
        return order("".join(ORDER.replace("*45001*", f"*{n}*").replace("48*EA*9.5**UP*085234500106", f"{n}*EA*{n}") for n in numbers))

    first, second = numbered("1", "2", "3"), numbered("2", "3", "4")
    assert [one.kind.value for one in differences(first, second)][:1] == ["value-changed"]  # much is the same, so 1 became 4
    both = notice(NOTICE + NOTICE.replace("SHIP1", "SHIP2"))
    assert [one.kind.value for one in differences(both, notice(NOTICE + "ST*856*0002~BSN*00*SHIP9*20270102*1111~HL*1**S~SE*4*0002~"))] == [
        "set-removed",
        "set-added",
    ]


def test_thousands_of_lines_of_text_are_compared_in_their_time() -> None:
    def lines(count: int, text: str) -> bytes:
        return order(ORDER.replace("~CTT", "~N9*ZZ*1" + f"~MSG*{text}" * count + "~MSG*LAST~CTT"))

    assert len(said(lines(5_000, "AGAIN"), lines(5_001, "AGAIN"))) == 1
    references = "".join(f"REF*ZZ*{number}~" for number in range(5_000))
    first, second = (order(ORDER.replace("DTM*", references.replace("*77~", f"*{n}~") + "DTM*")) for n in ("77", "X"))
    assert len(said(first, second)) == 1
