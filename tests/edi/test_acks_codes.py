"""The tables of acknowledgments are total, and their codes are those of the standards."""

from collections.abc import Iterator

import pytest

from edi.acks.codes import ANSWERS, HEADER_NOTES, Codes, Level, x12_code
from edi.acks.meanings import MEANINGS
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.grammar.load import load
from edi.grammar.model import CompositeDef, ElementDef, LoopUse, SegmentDef
from edi.location import Location
from edi.values import Standard
from edi.x12 import ISA_WIDTHS


def _elements(standard: Standard, release: str, set_id: str) -> dict[str, ElementDef]:
    """Every data element in the segments of a set."""

    def segments(loop: LoopUse) -> Iterator[SegmentDef]:
        for child in loop.children:
            if isinstance(child, LoopUse):
                yield from segments(child)
            else:
                yield child.definition

    message = load(standard, release, set_id)
    assert message
    found: dict[str, ElementDef] = {}
    for segment in segments(message.root):
        for use in segment.elements:
            parts = use.definition.components if isinstance(use.definition, CompositeDef) else (use,)
            found |= {part.definition.id: part.definition for part in parts if isinstance(part.definition, ElementDef)}
    return found


def test_every_fault_has_an_answer() -> None:
    assert set(ANSWERS) == set(FindingCode)
    assert all(answer.x12 and answer.contrl for answer in ANSWERS.values())


_ELEMENTS = {Level.GROUP: "716", Level.SET: "718", Level.SEGMENT: "720", Level.ELEMENT: "723"}
_WRITTEN = [(Codes.EARLY, "004010", "997", _ELEMENTS), (Codes.LATE, "005010", "997", _ELEMENTS)]
_WRITTEN.append((Codes.IMPLEMENTATION, "005010", "999", {**_ELEMENTS, Level.SET: "618", Level.SEGMENT: "620", Level.ELEMENT: "621"}))
_HERE = Location(0, 1, 1, 3, "REF", (), 2, 2)


@pytest.mark.parametrize("written", _WRITTEN, ids=lambda w: f"{w[2]} {w[1]}")
@pytest.mark.parametrize("scope", Scope)
def test_every_fault_of_every_scope_has_a_code_of_the_list_it_is_written_from(
    written: tuple[Codes, str, str, dict[Level, str]], scope: Scope
) -> None:
    codes, release, set_id, elements = written
    defined = _elements(Standard.X12, release, set_id)
    for code, answer in ANSWERS.items():
        if answer.level is Level.INTERCHANGE:
            continue
        for trigger in (None, _HERE):
            finding = Finding(code, scope, Severity.ERROR, _HERE, "", trigger=trigger)
            said = x12_code(finding, codes)
            listed = defined[elements[answer.level]].codes
            assert listed
            assert said in listed, (code, said)
            assert said in MEANINGS[elements[answer.level]], (code, said)


@pytest.mark.parametrize(
    ("code", "standard", "guide", "dependent"),
    [
        (FindingCode.SEGMENT_FORBIDDEN, "2", "I4", "I9"),
        (FindingCode.REQUIRED_SEGMENT_MISSING, "3", "I8", "I6"),
        (FindingCode.REQUIRED_LOOP_MISSING, "3", "I7", "I6"),
        (FindingCode.REQUIRED_ELEMENT_MISSING, "1", "1", "I9"),
        (FindingCode.CONDITIONAL_ELEMENT_MISSING, "2", "I9", "I9"),
        (FindingCode.ELEMENT_FORBIDDEN, "10", "I10", "I13"),
        (FindingCode.CONDITIONAL_ELEMENT_EXCLUDED, "10", "I13", "I13"),
        (FindingCode.CODE_UNKNOWN, "7", "I6", "I6"),
        (FindingCode.PATTERN_MISMATCH, "7", "I12", "I12"),
        (FindingCode.ELEMENT_REPEATS_TOO_OFTEN, "12", "12", "12"),
        (FindingCode.SET_UNSUPPORTED, "1", "I6", "I6"),
    ],
)
def test_a_999_tells_the_guide_from_the_standard_and_a_997_does_not(code: FindingCode, standard: str, guide: str, dependent: str) -> None:
    here = Location(0, 1, 1, 3, "REF", (), 2)
    by_standard = Finding(code, Scope.STANDARD, Severity.ERROR, here, "")
    by_guide = Finding(code, Scope.GUIDE, Severity.ERROR, here, "")
    because = Finding(code, Scope.GUIDE, Severity.ERROR, here, "", trigger=_HERE)
    assert [x12_code(f, Codes.IMPLEMENTATION) for f in (by_standard, by_guide, because)] == [standard, guide, dependent]
    for codes in (Codes.EARLY, Codes.LATE):
        assert len({x12_code(f, codes) for f in (by_standard, by_guide, because)}) == 1


def test_too_few_repetitions_have_a_code_of_their_own() -> None:
    missing = Finding(FindingCode.REQUIRED_ELEMENT_MISSING, Scope.GUIDE, Severity.ERROR, _HERE, "")
    assert x12_code(missing, Codes.IMPLEMENTATION) == "I11"


def test_the_codes_of_a_contrl_are_in_the_code_list_of_the_syntax() -> None:
    codes = _elements(Standard.EDIFACT, "D96A", "CONTRL")["0085"].codes
    assert codes
    assert {answer.contrl for answer in ANSWERS.values()} <= codes


def test_each_element_of_the_isa_has_its_note() -> None:
    assert list(HEADER_NOTES) == list(range(1, len(ISA_WIDTHS) + 1))
    notes = {*HEADER_NOTES.values(), *(a.x12 for a in ANSWERS.values() if a.level is Level.INTERCHANGE)}
    assert all(len(note) == 3 and note.isdecimal() for note in notes)
    assert notes <= set(MEANINGS["I18"])


@pytest.mark.parametrize(
    ("release", "set_id", "elements"),
    [
        ("004010", "997", ("716", "718", "720", "723")),
        ("005010", "997", ("716", "718", "720", "723")),
        ("005010", "999", ("618", "620", "621")),
    ],
)
def test_every_code_that_a_partner_can_send_has_words(release: str, set_id: str, elements: tuple[str, ...]) -> None:
    defined = _elements(Standard.X12, release, set_id)
    for element in elements:
        codes = defined[element].codes
        assert codes
        assert not codes - set(MEANINGS[element]), element


def test_every_note_of_a_ta1_has_words() -> None:
    assert set(MEANINGS["I18"]) == {f"{note:03}" for note in range(1, 32)}


def test_what_we_say_in_a_contrl_we_understand() -> None:
    assert {answer.contrl for answer in ANSWERS.values()} <= set(MEANINGS["0085"])
    assert set(MEANINGS["0085"]) <= set(MEANINGS["UCM"]) & set(MEANINGS["UCF"])


def test_words_are_told_once_and_fit_in_a_sentence() -> None:
    for table in MEANINGS.values():
        for meaning in table.values():
            assert meaning.words
            assert meaning.words[0].islower()
            assert not meaning.words.endswith(".")
            assert ("guide" in meaning.words) is (meaning.scope is Scope.GUIDE)
