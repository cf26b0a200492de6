"""Rows of an overlay's table that are no words at all."""

import pytest

from maps.fault import MapError
from maps.registry import MapRegistry

NAME = "partners/acme/maps/850"


@pytest.mark.parametrize("row", ["{to: [XIN]}", "{}", "[[]]", "[{}]"])
def test_a_row_that_is_no_word_is_a_fault_of_the_map(row: str):
    text = f"map: {NAME}\nextends: x12/004010/850@3\nversion: 1\ntables:\n  uom: {{extend: true, IP: {row}}}\n"
    with pytest.raises(MapError):
        MapRegistry({NAME: text}).get(NAME)


def test_a_code_may_have_several_rows():
    text = f"map: {NAME}\nextends: x12/004010/850@3\nversion: 1\ntables:\n  uom: {{extend: true, IP: [XIN]}}\n"
    assert MapRegistry({NAME: text}).get(NAME).name == NAME
