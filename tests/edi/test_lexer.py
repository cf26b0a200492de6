"""The lexer: separators, release characters, lines; no tags."""

import pytest

from edi.delimiters import EDIFACT_DEFAULT, X12_DEFAULT, Delimiters
from edi.lexer import Lexer, Limits, Signs
from edi.source import Source
from edi.values import Repeats, Segment


def lex(text: str, delimiters: Delimiters = EDIFACT_DEFAULT, **options) -> tuple[list[Segment], Lexer]:
    limits = options.pop("limits", Limits())
    lexer = Lexer(Source.of(text.encode("latin-1")), Signs(delimiters, "ST", "SE", limits.elements, **options))
    return list(lexer), lexer


def elements(text: str, delimiters: Delimiters = EDIFACT_DEFAULT) -> tuple[object, ...]:
    [segment], _ = lex(text, delimiters)
    return segment.elements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A+1+2'", ("1", "2")),
        ("A+1:2+3'", (("1", "2"), "3")),
        ("A++2'", ("", "2")),
        ("A+'", ("",)),
        ("A'", ()),
        ("A+:2'", (("", "2"),)),
        ("A+NO?'S'", ("NO'S",)),
        ("A+1?+2?:3'", ("1+2:3",)),
        ("A+??+2'", ("?", "2")),
        ("A+???+2'", ("?+2",)),
        ("A+????:2'", (("??", "2"),)),
        ("A+?'?''", ("''",)),
        ("A+??'", ("?",)),
        ("A+?X'", ("X",)),
        ("A+1?:2:3'", (("1:2", "3"),)),
    ],
)
def test_a_released_character_is_data(text: str, expected: tuple[object, ...]) -> None:
    assert elements(text) == expected


def test_repetitions_are_split_only_where_there_is_a_repetition_separator() -> None:
    repeating = Delimiters("+", ":", "'", "*", "?")
    assert elements("A+1*2+3:4*5'", repeating) == (Repeats(("1", "2")), Repeats((("3", "4"), "5")))
    assert elements("A+1?*2+3*4?*5'", repeating) == ("1*2", Repeats(("3", "4*5")))
    assert elements("A+1*2'") == ("1*2",)


def test_separators_may_be_of_several_bytes() -> None:
    segments, _ = lex("A*1…\nB*2…".encode().decode("latin-1"), Delimiters("*", ">", "…".encode().decode("latin-1")))
    assert [(s.tag, s.elements) for s in segments] == [("A", ("1",)), ("B", ("2",))]


def test_places_count_lines_whatever_breaks_them() -> None:
    segments, _ = lex("A*1~\r\nB*2~C*3~\n\n  D*4~", X12_DEFAULT)
    assert [(s.tag, s.offset, s.line, s.column) for s in segments] == [("A", 0, 1, 1), ("B", 6, 2, 1), ("C", 10, 2, 5), ("D", 18, 4, 3)]


def test_positions_are_counted_from_first_to_last() -> None:
    segments, _ = lex("GS*1~ST*1~A*1~~B*1~SE*1~GE*1~ST*2~SE*1~", X12_DEFAULT)
    assert [(s.tag, s.position) for s in segments if s.tag] == [
        ("GS", 0), ("ST", 1), ("A", 2), ("B", 3), ("SE", 4), ("GE", 0), ("ST", 1), ("SE", 2),
    ]  # fmt: skip


@pytest.mark.parametrize("size", [16_383, 16_384, 16_385, 40_000])
def test_a_segment_may_be_longer_than_a_block(size: int) -> None:
    segments, _ = lex(f"A+{'X' * size}'B+1?'2'C+{'?+' * size}'D'")
    assert [s.tag for s in segments] == ["A", "B", "C", "D"]
    assert segments[0].elements == ("X" * size,)
    assert segments[2].elements == ("+" * size,)


def test_blocks_do_not_change_what_is_read() -> None:
    text = "".join(f"A+{i}?'{i}:{i}'\n" for i in range(5000))
    segments, _ = lex(text)
    assert [s.elements for s in segments] == [((f"{i}'{i}", str(i)),) for i in range(5000)]
    assert [s.line for s in segments] == list(range(1, 5001))
    assert all(text[s.offset] == "A" for s in segments)


def test_text_that_ends_within_a_segment_is_told() -> None:
    segments, lexer = lex("A+1'B+2")
    assert ([s.tag for s in segments], lexer.unterminated) == (["A", "B"], True)
    _, ended = lex("A+1'\r\n \x1a")
    assert not ended.unterminated


def test_a_segment_with_too_many_parts_is_not_read_but_told() -> None:
    segments, lexer = lex("A" + "*1" * 50 + "~B*1~", X12_DEFAULT, limits=Limits(elements=20))
    assert [(s.tag, s.elements) for s in segments] == [("A", ()), ("B", ("1",))]
    assert lexer.overlong == {0}


def test_the_real_text_is_made_by_the_decoder_and_bytes_it_cannot_read_are_told() -> None:
    def decode(text: str) -> str | None:
        return None if "\xff" in text else text.encode("latin-1").decode()

    segments, lexer = lex("A*\xc3\xa9~B*\xff~C*e~", X12_DEFAULT, decode=decode)
    assert [s.elements for s in segments] == [("é",), ("\xff",), ("e",)]
    assert lexer.undecodable == {5}


def test_lines_broken_at_one_width_within_segments_are_joined() -> None:
    long = "A*" + "1" * 78 + "\n" + "2" * 80 + "\n3~"
    segments, _ = lex(f"{long}\nB*1~\n{long}\n", X12_DEFAULT)
    assert [s.elements for s in segments] == [("1" * 78 + "2" * 80 + "3",), ("1",), ("1" * 78 + "2" * 80 + "3",)]
    assert [s.line for s in segments] == [1, 4, 5]


def test_a_line_break_that_is_no_wrap_stays_in_the_data() -> None:
    assert elements("A*ONE\nTWO~", X12_DEFAULT) == ("ONE\nTWO",)
