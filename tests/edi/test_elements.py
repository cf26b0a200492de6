"""The element pass: each kind of fault once, at its place, with the value kept beside the message and never in it."""

from dataclasses import replace
from typing import Any

import pytest

from edi.finding import Finding, FindingCode, Severity
from edi.grammar.load import load, releases, sets
from edi.lines import Lines
from edi.rules import compiled
from edi.source import Source
from edi.tolerance import Tolerance
from edi.validate import validate
from edi.values import Standard
from tests.support.edi import judge, only, said, transaction_set

HEAD = "BEG*00*NE*1**20260102~"
LINE = "PO1*1*1*EA*1~"
OF_ORDERS = "BGM+220+1+9'DTM+137:20260102:102'"


def x12(segment: str, **options: Any) -> list[tuple[str, str]]:
    """Faults of one segment in the heading of an order, which comes third."""
    return said(judge(f"850 | {HEAD}{segment}~{LINE}", **options))


def line(segments: str, **options: Any) -> list[tuple[str, str]]:
    return said(judge(f"850 | {HEAD}{segments}~", **options))


def edifact(segment: str, **options: Any) -> list[tuple[str, str]]:
    """Faults of one segment after the head of an order, which comes fourth."""
    return said(judge(f"ORDERS | {OF_ORDERS}{segment}'UNS+S'", **options))


class TestX12:
    @pytest.mark.parametrize(
        ("segment", "expected"),
        [
            ("CUR**USD", ("required-element-missing", "CUR01 at segment 3")),
            ("CUR*BY", ("required-element-missing", "CUR02 at segment 3")),
            ("CUR*BY*USDX", ("element-too-long", "CUR02 at segment 3")),
            ("CUR*BY*US", ("element-too-short", "CUR02 at segment 3")),
            ("CUR*Q?*USD", ("code-unknown", "CUR01 at segment 3")),
            ("CUR*BY*USD*1,5", ("number-invalid", "CUR03 at segment 3")),
            ("DTM*002*20260230", ("date-invalid", "DTM02 at segment 3")),
            ("DTM*002*20260102*2561", ("time-invalid", "DTM03 at segment 3")),
            ("DTM*002****RD8*20260102-20260131", None),
            ("DTM*002****RD8*20260102", ("date-invalid", "DTM06 at segment 3")),
            ("REF*DP", ("conditional-element-missing", "REF02 at segment 3")),
            ("REF*DP*1**BM", ("required-component-missing", "REF04-2 at segment 3")),
            ("REF*DP*1**BM>2>DP", ("conditional-element-missing", "REF04-4 at segment 3")),
            ("REF*DP*1**BM>2>DP>3>DP>4>DP", ("too-many-components", "REF04-7 at segment 3")),
            ("REF*DP*1>2", ("too-many-components", "REF02-2 at segment 3")),
            ("REF*DP*1****9", ("too-many-elements", "REF05 at segment 3")),
            ("REF*DP*A\x07", ("character-invalid", "REF02 at segment 3")),
            ("CUR", ("segment-empty", "CUR at segment 3")),
            ("CUR**", ("segment-empty", "CUR at segment 3")),
        ],
    )
    def test_each_fault_has_its_code_and_place(self, segment: str, expected: tuple[str, str] | None) -> None:
        assert x12(segment) == ([expected] if expected else [])

    def test_an_850_without_a_po_number_is_refused_at_beg03(self) -> None:
        finding = only(judge(f"850 | BEG*00*NE***20260102~{LINE}"))
        assert (finding.code, str(finding.location), finding.element_id) == (
            FindingCode.REQUIRED_ELEMENT_MISSING,
            "BEG03 at segment 2",
            "324",
        )

    def test_all_faults_of_a_segment_are_reported(self) -> None:
        assert line("PO1*1*A*XX9*1.5.2*PE*UP") == [
            ("number-invalid", "PO102 at segment 3, in loop PO1"),
            ("element-too-long", "PO103 at segment 3, in loop PO1"),
            ("number-invalid", "PO104 at segment 3, in loop PO1"),
            ("conditional-element-missing", "PO107 at segment 3, in loop PO1"),
        ]

    def test_the_value_stands_beside_the_message(self) -> None:
        finding = only(judge(f"850 | {HEAD}CUR*BY*SECRET~{LINE}"))
        assert finding.value == "SECRET"
        assert "SECRET" not in f"{finding.message} {finding.location} {finding!r}"
        assert (finding.element_id, finding.message) == ("100", "the value is longer than it may be")

    def test_lower_case_is_said_once_for_a_set(self) -> None:
        finding = only(judge(f"850 | {HEAD}N1*ST*Acme~N3*Street 1~{LINE}"))
        assert (finding.code, finding.severity, str(finding.location)) == (
            FindingCode.CHARACTER_INVALID,
            Severity.WARNING,
            "N102 at segment 3, in loop N1",
        )
        assert not judge(f"850 | {HEAD}N1*ST*Acme~{LINE}", tolerance=Tolerance(lower_case=None)).findings

    def test_trailing_separators_are_a_warning_of_their_own(self) -> None:
        finding = only(judge(f"850 | {HEAD}REF*DP*1**~{LINE}"))
        assert (finding.code, finding.severity, finding.location.element) == (FindingCode.TRAILING_SEPARATOR, Severity.WARNING, 4)
        beyond = only(judge(f"850 | {HEAD}REF*DP*1******~{LINE}"))
        assert beyond.code is FindingCode.TRAILING_SEPARATOR
        component = only(judge(f"850 | {HEAD}REF*DP*1**BM>2>~{LINE}"))
        assert (component.code, component.location.component) == (FindingCode.TRAILING_SEPARATOR, 3)

    def test_of_header_and_trailer_only_what_they_have_too_much_is_said_here(self) -> None:
        one = transaction_set(f"850 | {HEAD}{LINE}")
        text = one.lines.source.text.replace("ST*850*0001~", "ST*850*0001*X~").replace("SE*4*0001~", "SE*A*~")
        odd = replace(one, lines=Lines(Source.of(text.encode()), one.lines.signs))
        assert said(validate(odd, load(Standard.X12, "004010", "850")), all_severities=True) == [
            ("too-many-elements", "ST03 at segment 1"),
            ("trailing-separator", "SE02 at segment 4"),
        ]


class TestEdifact:
    @pytest.mark.parametrize(
        ("segment", "expected"),
        [
            ("NAD+BY+1::9", None),
            ("NAD++1::9", ("required-element-missing", "NAD01 at segment 4, in loop SG2")),
            ("NAD+BY+::9", ("required-component-missing", "NAD02-1 at segment 4, in loop SG2")),
            ("NAD+QQQ+1::9", ("code-unknown", "NAD01 at segment 4, in loop SG2")),
            ("NAD+BYXY+1::9", ("element-too-long", "NAD01 at segment 4, in loop SG2")),
            ("NAD+BY+1::9:4", ("too-many-components", "NAD02-4 at segment 4, in loop SG2")),
            ("NAD+BY+1::9++A+B+C+D+E+F+G", ("too-many-elements", "NAD10 at segment 4, in loop SG2")),
            ("ALI+++10+11+12+13+14+15", ("too-many-elements", "ALI08 at segment 4")),
            ("DTM+2:20260231:102", ("date-invalid", "DTM01-2 at segment 4")),
            ("DTM+2:20260131:102", None),
            ("DTM+2:14:804", None),
            ("TAX+7+VAT+++:::19", None),
            ("ALC+A++2++DI:::X", None),
            ("LIN+A", ("number-invalid", "LIN01 at segment 4, in loop SG25")),
        ],
    )
    def test_each_fault_has_its_code_and_place(self, segment: str, expected: tuple[str, str] | None) -> None:
        assert edifact(segment) == ([expected] if expected else [])

    def test_a_code_of_another_agencys_list_is_not_looked_up(self) -> None:
        """1131 and 3055 say whose list the code before them is of."""
        assert edifact("PAT+1+X9") == [("code-unknown", "PAT02-1 at segment 4, in loop SG8")]
        assert edifact("PAT+1+X9:ZZZ") == []
        assert edifact("PAT+1+X9::9") == []
        assert edifact("PAT+1+X9::6") == [("code-unknown", "PAT02-1 at segment 4, in loop SG8")]

    def test_repetitions_are_checked_one_by_one(self) -> None:
        """Syntax version 4 lets elements repeat; D.96A has none that may."""
        found = judge(f"ORDERS | {OF_ORDERS}NAD+BY*QQQ+1::9'UNS+S'", syntax="UNOC:4").findings
        assert [(f.code, f.location.repetition) for f in found] == [
            (FindingCode.ELEMENT_REPEATS_TOO_OFTEN, 2),
            (FindingCode.CODE_UNKNOWN, 2),
        ]

    def test_decimal_marks(self) -> None:
        one = "LIN+1'QTY+21:1,5"
        assert edifact(one) == [("number-invalid", "QTY01-2 at segment 5, in loop SG25")]
        assert edifact(one, decimal=",") == []
        assert edifact(one, decimal=".,") == []


class TestIndustryCodes:
    TEXT = f"ORDERS:D:96A:UN{{}} | {OF_ORDERS}LIN+1++0085234500106:{{}}'UNS+S'"

    def test_a_code_of_the_industry_passes(self) -> None:
        assert not judge(self.TEXT.format(":EAN008", "SRV")).findings
        assert not judge(self.TEXT.format(":EAN008", "9E")).findings
        assert only(judge(self.TEXT.format("", "SRV"))).severity is Severity.ERROR

    def test_a_code_unknown_to_both_may_be_the_industrys_and_is_a_warning(self) -> None:
        finding = only(judge(self.TEXT.format(":EAN008", "QQQ")))
        assert (finding.code, finding.severity) == (FindingCode.CODE_UNKNOWN, Severity.WARNING)


class TestTolerance:
    def findings(self, segment: str, tolerance: Tolerance) -> tuple[Finding, ...]:
        return judge(f"850 | {HEAD}{segment}~{LINE}", tolerance=tolerance).findings

    @pytest.mark.parametrize(
        ("segment", "switch"),
        [
            ("CUR*Q?*USD", "code_lists"),
            ("REF*DP", "syntax_notes"),
            ("REF*DP*1**", "trailing_separators"),
            ("REF*DP*A\x07", "character_set"),
            ("CUR*BY*USD*00000000001.5", "padding"),
            ("CUR*BY*USD   ", "padding"),
            ("CUR*BY*   USD", "padding"),
            ("CUR*BY*USD*1.500000000000", "padding"),
            ("CUR*BY*USD* 1.5 ", "padding"),
        ],
    )
    def test_each_switch_silences_or_softens_its_fault_and_no_other(self, segment: str, switch: str) -> None:
        silent: dict[str, Any] = {switch: None}
        soft: dict[str, Any] = {switch: Severity.INFO}
        assert self.findings(segment, Tolerance())
        assert not self.findings(segment, Tolerance(**silent))
        assert [f.severity for f in self.findings(segment, Tolerance(**soft))] == [Severity.INFO]
        others = {
            name: None for name in ("code_lists", "syntax_notes", "trailing_separators", "character_set", "padding") if name != switch
        }
        assert self.findings(segment, Tolerance(**others))

    def test_what_is_too_long_without_its_padding_stays_an_error(self) -> None:
        assert [f.code for f in self.findings("CUR*BY*USDX ", Tolerance(padding=None))] == [FindingCode.ELEMENT_TOO_LONG]

    @pytest.mark.parametrize("value", [" - 5", "1 5", " ", "+0.5 X", "1.0.0"])
    def test_a_number_that_is_none_without_its_padding_stays_an_error(self, value: str) -> None:
        [finding] = self.findings(f"CUR*BY*USD*{value}", Tolerance(padding=None))
        assert finding.code in (FindingCode.NUMBER_INVALID, FindingCode.SEGMENT_EMPTY)

    @pytest.mark.parametrize(("una", "right", "wrong"), [("", "12.5", "12,5"), ("UNA:+,? '", "12,5", "12.5")])
    def test_the_other_decimal_mark(self, una: str, right: str, wrong: str) -> None:
        def found(value: str, **options: Any) -> list[Severity]:
            text = f"ORDERS | BGM+220+1+9'DTM+137:20260102:102'LIN+1'QTY+21:{value}'UNS+S'"
            return [f.severity for f in judge(text, una=una, decimal="," if una else ".", **options).findings]

        assert found(right) == []
        assert found(wrong) == [Severity.ERROR]
        assert found(wrong, tolerance=Tolerance(decimal_mark=Severity.INFO)) == [Severity.INFO]
        assert found(wrong, tolerance=Tolerance(decimal_mark=None)) == []
        assert found("1,2.5", tolerance=Tolerance(decimal_mark=None)) == [Severity.ERROR]

    def test_both_marks_are_taken_where_it_is_agreed(self) -> None:
        assert Tolerance().marks(",") == ","
        assert Tolerance(decimal_mark=None).marks(",") == ",."
        assert Tolerance(decimal_mark=Severity.WARNING).marks(".,") == ".,"


def test_every_set_that_is_built_in_compiles() -> None:
    """Every definition can be checked: the code lists and formats of all files are of a kind that the pass knows."""
    for standard in Standard:
        for release in releases(standard):
            for set_id in sets(standard, release):
                message = load(standard, release, set_id)
                assert message is not None
                assert all(len(compiled(one, standard, ".").parts) == len(one.elements) for one in message.segments.values())
