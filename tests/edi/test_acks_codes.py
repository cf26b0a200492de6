"""The tables of acknowledgments are total, and their codes are those of the standards."""

from collections.abc import Iterator

import pytest

from edi.acks.codes import ANSWERS, HEADER_NOTES, Level
from edi.acks.meanings import MEANINGS
from edi.finding import FindingCode
from edi.grammar.load import load
from edi.grammar.model import CompositeDef, ElementDef, LoopUse, SegmentDef
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


@pytest.mark.parametrize(("level", "element"), [(Level.GROUP, "716"), (Level.SET, "718"), (Level.SEGMENT, "720"), (Level.ELEMENT, "723")])
def test_the_codes_of_a_997_are_in_the_code_lists_of_004010(level: Level, element: str) -> None:
    codes = _elements(Standard.X12, "004010", "997")[element].codes
    assert codes
    assert {answer.x12 for answer in ANSWERS.values() if answer.level is level} <= codes


def test_the_codes_of_a_contrl_are_in_the_code_list_of_the_syntax() -> None:
    codes = _elements(Standard.EDIFACT, "D96A", "CONTRL")["0085"].codes
    assert codes
    assert {answer.contrl for answer in ANSWERS.values()} <= codes


def test_each_element_of_the_isa_has_its_note() -> None:
    assert list(HEADER_NOTES) == list(range(1, len(ISA_WIDTHS) + 1))
    notes = {*HEADER_NOTES.values(), *(a.x12 for a in ANSWERS.values() if a.level is Level.INTERCHANGE)}
    assert all(len(note) == 3 and note.isdecimal() for note in notes)
    assert notes <= set(MEANINGS["I18"])


def test_what_we_say_of_segments_and_elements_we_understand() -> None:
    for level, element in ((Level.GROUP, "716"), (Level.SEGMENT, "720"), (Level.ELEMENT, "723")):
        assert {answer.x12 for answer in ANSWERS.values() if answer.level is level} <= set(MEANINGS[element])
