"""Which grammar a release gets that is not built in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edi.grammar.load import load
from edi.grammar.nearest import resolve
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

    @pytest.mark.parametrize("release", ["004020", "004030", "004011"])
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
            (X12, "004000", "850"),
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
