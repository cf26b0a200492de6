"""Which grammar a release gets that is not built in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi.finding import FindingCode, Severity
from edi.grammar.load import load
from edi.grammar.nearest import resolve
from edi.read import read
from edi.validate import validate_interchange
from edi.values import Standard

X12, EDIFACT = Standard.X12, Standard.EDIFACT


def nearest(standard: Standard, release: str, set_id: str) -> str | None:
    resolved = resolve(standard, release, set_id)
    if resolved is None:
        return None
    assert resolved.substituted
    return resolved.message.release


class TestNearest:
    @pytest.mark.parametrize(
        ("standard", "release", "set_id"), [(X12, "004010", "850"), (EDIFACT, "D96A", "ORDERS"), (EDIFACT, "41", "CONTRL")]
    )
    def test_what_is_built_in_is_not_substituted(self, standard: Standard, release: str, set_id: str) -> None:
        resolved = resolve(standard, release, set_id)
        assert resolved is not None
        assert resolved == (load(standard, release, set_id), False)

    @pytest.mark.parametrize("release", ["004011", "004020"])
    def test_x12_by_subrelease(self, release: str) -> None:
        assert nearest(X12, release, "850") == "004010"

    @pytest.mark.parametrize("release", ["D95A", "S96A", "D96B"])
    def test_edifact_by_half_year(self, release: str) -> None:
        assert (nearest(EDIFACT, release, "ORDERS") or "").startswith("D9")

    @pytest.mark.parametrize(
        ("standard", "release", "set_id"),
        [
            (X12, "", "850"),
            (X12, "004", "850"),
            (X12, "00٤030", "850"),
            (X12, "004030", "xyz"),
            (X12, "004030", "../850"),
            (X12, "service", "850"),
            (X12, "service", "997"),
            (EDIFACT, "D9", "ORDERS"),
            (EDIFACT, "D96C", "ORDERS"),
            (EDIFACT, "DAB1", "ORDERS"),
            (EDIFACT, "D97A", "dictionary"),
            (EDIFACT, "D97A", ""),
        ],
    )
    def test_what_says_nothing_of_its_age_or_is_no_set_has_none(self, standard: Standard, release: str, set_id: str) -> None:
        assert resolve(standard, release, set_id) is None

    @given(st.sampled_from(Standard), st.text(), st.text())
    def test_no_text_is_too_odd(self, standard: Standard, release: str, set_id: str) -> None:
        resolve(standard, release, set_id)

    def test_a_set_that_changed_in_between_is_taken_from_its_side_of_the_change(self) -> None:
        assert (nearest(X12, "004030", "850"), nearest(X12, "004030", "856")) == ("005010", "004010")
        assert nearest(X12, "004020", "850") == "004010"

    @pytest.mark.parametrize("release", ["004040", "004060", "005030", "006020", "008010"])
    def test_later_ones_are_nearer_to_005010(self, release: str) -> None:
        assert nearest(X12, release, "856") == "005010"

    @pytest.mark.parametrize("release", ["003060", "003040", "002001"])
    def test_before_004010_dates_are_of_six_digits_and_only_what_has_none_is_taken(self, release: str) -> None:
        assert resolve(X12, release, "850") is None
        assert nearest(X12, release, "997") == "004010"

    @pytest.mark.parametrize(("release", "taken"), [("004010", "005010"), ("006010", "005010")])
    def test_where_the_nearest_lacks_the_set_the_next_one_that_has_it(self, release: str, taken: str) -> None:
        assert nearest(X12, release, "999") == taken

    @pytest.mark.parametrize(
        ("release", "taken"),
        [
            ("D94A", "D93A"),
            ("D96B", "D96A"),
            ("D97A", "D97B"),
            ("D98A", "D98B"),
            ("D99A", "D99B"),
            ("D00B", "D00A"),
            ("D04A", "D03B"),
            ("D07A", "D10B"),
            ("D09B", "D10B"),
            ("D11A", "D10B"),
            ("D18A", "D16B"),
            ("D24A", "D21B"),
            ("S93A", "D93A"),
            ("D88A", "D93A"),
        ],
    )
    def test_edifact_directories_by_date_and_of_two_as_near_the_later(self, release: str, taken: str) -> None:
        assert nearest(EDIFACT, release, "ORDERS") == taken

    def test_a_message_that_its_directory_lacks_is_taken_from_the_next(self) -> None:
        assert nearest(EDIFACT, "D93A", "RECADV") == "D96A"


@pytest.mark.parametrize(("release", "said"), [("004030", "005010, the nearest one that is"), ("004010VICS", ""), ("005010X999", "")])
def test_the_set_says_which_release_was_asked_for_it_and_industries_are_not_releases(release: str, said: str) -> None:
    data = (
        "ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*HARBORLINE     *260102*0304*U*00401*000000001*0*P*>~"
        f"GS*PO*NORTHMART*HARBORLINE*20260102*0304*1*X*{release}~ST*850*0001~BEG*00*NE*45**20260102~PO1*1*5*EA*9.5~SE*4*0001~"
        "GE*1*1~IEA*1*000000001~"
    )
    [validation] = validate_interchange(read(data.encode())[0]).validations
    told = [finding for finding in validation.findings if finding.code is FindingCode.RELEASE_SUBSTITUTED]
    assert [(finding.severity, str(finding.location)) for finding in told] == [(Severity.INFO, "ST01 at segment 1")] * bool(said)
    assert all(said in finding.message for finding in told)
    assert not validation.has_errors
