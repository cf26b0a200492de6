"""Bytes as text: what is stepped over, what is unwrapped, and where things were."""

import pytest

from edi.source import Source


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"\xef\xbb\xbf \t\n", b"\x00\x00"])
def test_reading_starts_after_a_byte_order_mark_and_blanks(before: bytes) -> None:
    source = Source.of(before + b"ISA*00")
    assert source.text[source.start :] == "ISA*00"
    assert source.start == len(before)


def test_one_character_per_byte_whatever_the_bytes() -> None:
    assert Source.of(bytes(range(256)) + b"X").text == "".join(map(chr, range(256))) + "X"


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_of_one_length_are_joined_and_places_stay_those_of_the_bytes(end: bytes) -> None:
    text = "".join(chr(65 + i % 26) for i in range(200))
    data = b"\n " + end.join([text[:80].encode(), text[80:160].encode(), text[160:].encode()]) + end
    source = Source.of(data)
    assert source.text[source.start :].rstrip() == text
    for position in (0, 79, 80, 81, 159, 160, 199):
        offset, line, column = source.place(source.start + position)
        assert data[offset : offset + 1].decode() == text[position]
        blank = position < 80  # stands on the first of the lines
        assert (line, column) == (position // 80 + 2, position % 80 + 1 + blank)


def test_segments_on_lines_of_their_own_stay_as_they_are() -> None:
    data = b"UNB+UNOC:3+A+B+261118:0915+1'\nUNH+1+ORDERS:D:96A:UN'\nUNT+2+1'\nUNZ+1+1'\n"
    assert Source.of(data).text == data.decode()
    assert not Source.of(data).wrap


def test_a_line_break_that_ends_the_isa_is_a_terminator_and_no_wrap() -> None:
    isa = b"ISA*00*          *00*          *ZZ*A              *ZZ*B              *260102*0304*U*00401*000000001*0*P*>"
    assert len(isa) == 105
    assert not Source.of(isa + b"\nIEA*0*000000001\n").wrap


def test_places_in_unwrapped_text_are_counted_by_line() -> None:
    source = Source.of(b"ab\ncd\n\nef")
    assert [source.place(i) for i in (0, 1, 3, 7, 4)] == [(0, 1, 1), (1, 1, 2), (3, 2, 1), (7, 4, 1), (4, 2, 2)]
