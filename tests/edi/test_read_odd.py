"""Readings that standards allow and partners do: separators, lines, marks, character sets; and what was once read wrongly."""

import gzip

import pytest

from edi.envelope import Interchange
from edi.errors import NoInterchangeError
from edi.finding import Finding, Severity
from edi.read import read
from edi.validate import validate_interchange
from edi.values import Repeats
from tests.support.edi import ISA, interchange, said_of
from tests.support.interchanges import EDIFACT_ORDERS, X12_850

SET = "ST*850*0001~BEG*00*NE*1**20260102~PO1*1*1*EA*1~SE*4*0001~"
MESSAGE = "UNH+1+ORDERS:D:96A:UN'BGM+220+TEXT+9'UNT+3+1'"


def edifact(syntax: str, body: str = MESSAGE, una: str = "") -> str:
    return f"{una}UNB+{syntax}+A:14+B:14+261118:0915+1'{body}UNZ+1+1'"


def every(one: Interchange) -> list[Finding]:
    return list(validate_interchange(one).findings)


def enveloped(one: Interchange) -> list[tuple[str, str]]:
    """What the reader alone finds."""
    groups = [(*group.findings, *(f for ts in group.transaction_sets for f in ts.findings)) for group in one.groups]
    return [said_of(f) for found in (one.findings, *groups) for f in found]


class TestCharacterSets:
    """Build 2: what the bytes are by the name that the interchange gives."""

    @pytest.mark.parametrize(
        ("syntax", "encoding", "text"),
        [
            ("UNOA", "ascii", "PLAIN TEXT"),
            ("UNOB", "ascii", "Plain text"),
            ("UNOC", "iso8859-1", "Café Müller"),
            ("UNOD", "iso8859-2", "Łódź Škoda"),
            ("UNOE", "iso8859-5", "Москва"),
            ("UNOF", "iso8859-7", "Αθήνα"),
            ("UNOG", "iso8859-3", "Ħal Għaxaq"),
            ("UNOH", "iso8859-4", "Rīga Ķemeri"),
            ("UNOI", "iso8859-6", "مرحبا"),
            ("UNOJ", "iso8859-8", "שלום"),
            ("UNOK", "iso8859-9", "İstanbul Şişli"),
            ("UNOL", "iso8859-15", "Œuvre 5 €"),
            ("UNOW", "utf-8", "Łódź 東京"),
            ("UNOY", "utf-8", "Łódź 東京 𝄞"),
            ("KECA", "euc_kr", "서울"),
        ],
    )
    def test_each_syntax_identifier_is_decoded(self, syntax: str, encoding: str, text: str) -> None:
        data = edifact(f"{syntax}:4").encode().replace(b"TEXT", text.encode(encoding))
        [one] = read(data)
        assert enveloped(one) == []
        assert one.transaction_sets[0].segments[1].get(2) == text
        assert data[one.start : one.end] == data

    @pytest.mark.parametrize("syntax", ["UNOX", "UNOZ", "XXXX", ""])
    def test_what_is_not_known_is_told_and_still_read(self, syntax: str) -> None:
        [one] = read(edifact(f"{syntax}:3").encode().replace(b"TEXT", b"\xc9t\xe9"))
        assert enveloped(one) == [("character-set-unsupported", "UNB01-1 at byte 0")]
        assert one.transaction_sets[0].segments[1].get(2) == "Été"

    @pytest.mark.parametrize(
        ("syntax", "raw"), [("UNOA", b"\x80"), ("UNOB", b"\xe9"), ("UNOF", b"\xae"), ("UNOW", b"\xe9t"), ("KECA", b"\xff")]
    )
    def test_bytes_that_are_not_of_the_set_are_a_finding_and_are_kept(self, syntax: str, raw: bytes) -> None:
        [one] = read(edifact(f"{syntax}:4").encode().replace(b"TEXT", raw))
        assert enveloped(one) == [("character-invalid", "BGM at segment 2")]
        assert one.transaction_sets[0].segments[1].get(2) == raw.decode("latin-1")

    @pytest.mark.parametrize(
        ("syntax", "text", "fits"), [("UNOA", "lower", False), ("UNOB", "lower", True), ("UNOB", "A@B", False), ("UNOC", "A@B", True)]
    )
    def test_levels_a_and_b_have_their_own_repertoire(self, syntax: str, text: str, fits: bool) -> None:
        [one] = read(edifact(f"{syntax}:3").replace("TEXT", text).encode())
        assert enveloped(one) == ([] if fits else [("character-invalid", "BGM02 at segment 2")])

    @pytest.mark.parametrize("text", ["NORTH MART 12 A-Z.,&", "north mart", "[@#$^`{|}_]", "Café", "Łódź 東京"])
    def test_x12_may_hold_any_character_of_utf_8(self, text: str) -> None:
        [one] = read(interchange(SET.replace("PO1*", f"N1*ST*{text}~PO1*").replace("SE*4", "SE*5")).decode().encode())
        assert one.transaction_sets[0].segments[2].get(2) == text
        assert enveloped(one) == []

    def test_utf_8_and_iso_8859_1_may_be_mixed_segment_by_segment(self) -> None:
        data = interchange(SET.replace("PO1*", "N1*ST*X~N1*BY*Y~PO1*").replace("SE*4", "SE*6"))
        [one] = read(data.replace(b"*X~", "*Łódź~".encode()).replace(b"*Y~", "*Café~".encode("latin-1")))
        assert [s.get(2) for s in one.transaction_sets[0].segments[2:4]] == ["Łódź", "Café"]

    def test_the_unb_is_decoded_by_what_it_names_itself(self) -> None:
        [one] = read(edifact("UNOW:4").replace("+A:14", "+MÜLLER:14").encode())
        assert one.sender.id == "MÜLLER"

    def test_the_isa_is_decoded_like_the_segments_after_it(self) -> None:
        [one] = read(interchange(SET, isa=ISA.replace("NORTHMART ", "NØRTHMART")).decode().encode())
        assert one.sender.id == "NØRTHMART"
        assert enveloped(one) == []


class TestSeparators:
    """Any that can be told apart."""

    @pytest.mark.parametrize("sign", list("!\"#$%&'()+,-./:;<=>?@[]^_`{|}~") + [chr(c) for c in range(1, 32) if chr(c) not in "\r\n\t\x1a"])
    @pytest.mark.parametrize("place", ["element", "component", "segment"])
    def test_every_sign_and_control_character_in_every_role(self, sign: str, place: str) -> None:
        usual = {"element": "*", "component": "\\", "segment": "\x7f"}
        signs = usual | {place: sign}
        text = X12_850.decode().replace("~", "\x7f").replace(">", "\\").translate({ord(usual[k]): v for k, v in signs.items()})
        if sign in X12_850.decode() and sign not in "*>~":
            pytest.skip("stands in the data")
        [one] = read(text.encode())
        assert every(one) == []
        d = one.delimiters
        assert (d.element, d.component, d.segment) == (signs["element"], signs["component"], signs["segment"])

    @pytest.mark.parametrize("version", ["00200", "00400", "00401", "00402", "00403", "00501", "00801"])
    @pytest.mark.parametrize("sign", ["^", "U", "\x1f", "!", " ", "5"])
    def test_isa11_is_a_separator_from_00402_on_when_it_is_a_sign(self, version: str, sign: str) -> None:
        data = interchange(SET.replace("*NE*1", f"*NE{sign}SA*1")).replace(b"*U*00401*", f"*{sign}*{version}*".encode())
        [one] = read(data)
        splits = version >= "00402" and sign not in "U 5"
        assert one.delimiters.repetition == (sign if splits else None)
        value = one.transaction_sets[0].segments[1].elements[1]
        assert value == (Repeats(("NE", "SA")) if splits else f"NE{sign}SA")

    def test_repetitions_of_composites_with_released_signs(self) -> None:
        body = MESSAGE.replace("TEXT", "A:B*C?*?::D*?'*E??")
        [one] = read(edifact("UNOC:4", body, una="UNA:+.?*'").encode())
        assert one.transaction_sets[0].segments[1].elements[1] == Repeats((("A", "B"), ("C*:", "D"), "'", "E?"))
        assert enveloped(one) == []

    def test_a_separator_of_several_bytes_ends_segments_and_components(self) -> None:
        text = X12_850.decode().replace("~", "…")
        [one] = read(text.encode())
        assert len(one.transaction_sets) == 2
        assert one.transaction_sets[1].segments[1].tag == "BEG"

    def test_a_component_separator_of_several_bytes_is_found(self) -> None:
        [one] = read(interchange(SET.replace("*NE*", "*NE§SA*"), isa=ISA.replace(">", "§")).decode().encode())
        assert one.transaction_sets[0].segments[1].elements[1] == ("NE", "SA")

    def test_a_separator_beyond_ascii_is_found_in_any_character_set(self) -> None:
        text = edifact("UNOE:3", una="UNA:+.? '").encode().replace(b":", b"\xba").replace(b"TEXT", "Да".encode("iso8859-5"))
        [one] = read(text)
        assert one.transaction_sets[0].set_id == "ORDERS"


class TestLines:
    """Newlines as terminators, after terminators, within segments, and where that puts things."""

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_a_line_break_may_end_segments(self, end: str) -> None:
        [one] = read(X12_850.decode().replace("~", end).encode())
        assert every(one) == []
        assert [len(s.segments) for s in one.transaction_sets] == [6, 5]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "~\n", "~\r\n"])
    def test_each_segment_on_a_line_of_its_own_has_its_line(self, end: str) -> None:
        [one] = read(X12_850.decode().replace("~", end).encode())
        places = [(s.line, s.column) for ts in one.transaction_sets for s in ts.segments]
        assert places == [(line, 1) for line in range(3, 14)]
        assert one.trailer
        assert (one.trailer.line, one.trailer.column) == (15, 1)

    @pytest.mark.parametrize("end", [b"\n", b"\r\n"])
    @pytest.mark.parametrize("width", [40, 79, 80, 81, 106, 107, 200])
    @pytest.mark.parametrize("data", [X12_850, EDIFACT_ORDERS])
    def test_wraps_at_any_width_are_taken_out(self, data: bytes, width: int, end: bytes) -> None:
        wrapped = end.join(data[at : at + width] for at in range(0, len(data), width)) + end
        [one] = read(wrapped)
        assert every(one) == []
        segments = [s for ts in one.transaction_sets for s in ts.segments]
        for segment in segments:
            assert wrapped[segment.offset : segment.offset + 1].decode() == segment.tag[0]
            before = wrapped[: segment.offset]
            assert (segment.line, segment.column) == (before.count(b"\n") + 1, segment.offset - before.rfind(b"\n"))

    @pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"  "])
    def test_columns_of_wrapped_text_are_those_of_the_bytes(self, before: bytes) -> None:
        [one] = read(before + b"\n".join(X12_850[at : at + 80] for at in range(0, len(X12_850), 80)))
        assert (one.header.line, one.header.column) == (1, len(before) + 1)

    def test_an_isa_that_lacks_isa16_ends_with_its_line(self) -> None:
        isa = ISA.replace("*>~", "*~\n")
        [one] = read((isa + interchange(SET, isa="").decode() + "\n").encode())
        assert [said_of(f) for f in every(one)] == [("interchange-header-invalid", "ISA16 at byte 0")]

    def test_an_isa_that_lacks_isa16_before_a_single_last_line(self) -> None:
        isa = ISA.replace("*>~", "*~\n")
        [one] = read((isa + interchange(SET, isa="").decode()).encode())
        assert [said_of(f) for f in every(one)] == [("interchange-header-invalid", "ISA16 at byte 0")]

    @pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b"\xef\xbb\xbf", b"\r\n\xef\xbb\xbf", b"\x00" * 50, b" \t\x1a"])
    def test_joined_files_are_as_many_interchanges(self, between: bytes) -> None:
        data = between.join([X12_850, EDIFACT_ORDERS, X12_850.replace(b"*", b"|").replace(b"000004711", b"000004712")])
        found = read(b"\xef\xbb\xbf" + data)
        assert [f for one in found for f in every(one)] == []
        assert [len(one.transaction_sets) for one in found] == [2, 1, 2]
        assert [data[one.start - 3 : one.end - 3][:3] for one in found] == [b"ISA", b"UNA", b"ISA"]


class TestRefusals:
    """What is no batch interchange is said to be what it is."""

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"UIB+UNOA:4+1'UIH+SCRREQ:D:01B:UN+1'UIT+1+2'UIZ+1'", "interactive"),
            (EDIFACT_ORDERS.decode().encode("utf-16"), "UTF-16"),
            (b"\xef\xbb\xbf<Order/>", "XML"),
        ],
    )
    def test_refused_with_the_reason(self, data: bytes, word: str) -> None:
        with pytest.raises(NoInterchangeError, match=word):
            read(data)

    @pytest.mark.parametrize(
        ("data", "word"),
        [
            (b"UNA:+.? 'UIB+UNOA:4+1'UIH+SCRREQ:D:01B:UN+1'UIT+1+2'UIZ+1'", "interactive"),
            (b"UNA:+./*'\r\nUIB+UNOA:0+1'", "interactive"),
            (X12_850.decode().encode("utf-16-le"), "UTF-16"),
            (X12_850.decode().encode("utf-16-be"), "UTF-16"),
            (EDIFACT_ORDERS.decode().encode("utf-16-le"), "UTF-16"),
            (X12_850.decode().encode("cp500"), "EBCDIC"),
            (gzip.compress(X12_850), "gzip"),
            (b"PK\x03\x04" + X12_850, "zip"),
            (b"%PDF-1.4\n" + X12_850, "PDF"),
        ],
    )
    def test_refused_with_the_reason_where_it_takes_a_second_look(self, data: bytes, word: str) -> None:
        with pytest.raises(NoInterchangeError, match=word):
            read(data)


class TestDamage:
    """Faults of single segments stay what they are."""

    @pytest.mark.parametrize("count", [4, 5])
    def test_a_segment_without_a_tag_is_an_error(self, count: int) -> None:
        data = interchange(SET.replace("PO1*1*1", "*2*9*EA*7~PO1*1*1").replace("SE*4", f"SE*{count}"))
        [one] = read(data)
        [validation] = validate_interchange(one).validations
        errors = [f for f in validation.findings if f.severity is Severity.ERROR and f.code != "set-count-mismatch"]
        assert [f.location.segment_position for f in errors] == [3]

    def test_a_set_that_the_end_of_the_data_cuts_off_ends_there(self) -> None:
        cut = X12_850[: X12_850.index(b"CTT*1~") + 6]
        [one] = read(cut)
        assert one.transaction_sets[-1].end == len(cut)

    @pytest.mark.parametrize("part", ["*1", ">1"])
    def test_a_segment_with_too_many_parts_is_told(self, part: str) -> None:
        data = X12_850.replace(b"CTT*1~", b"CTT" + part.encode() * 1200 + b"~")
        [one] = read(data)
        assert [code for code, _ in enveloped(one)] == ["limit-exceeded"] * 2
        assert [len(ts.segments) for ts in one.transaction_sets] == [6, 5]

    def test_trailers_of_the_envelope_have_no_position_in_a_set(self) -> None:
        [one] = read(interchange(SET.replace("SE*4*0001~", "")))
        assert one.trailer
        assert one.groups[0].trailer
        assert (one.groups[0].trailer.position, one.trailer.position) == (0, 0)
