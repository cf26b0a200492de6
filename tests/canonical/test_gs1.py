"""Check digits of GS1 keys."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.gs1 import check_digit, is_valid, with_check_digit


@pytest.mark.parametrize("key", ["00085234500106", "0614141000012", "0852345000012", "008523450000012015", "4006381333931", "036000291452"])
def test_known_keys(key) -> None:
    assert is_valid(key)


@pytest.mark.parametrize("text", ["", "0", "12345", "00085234500107", "0008523450010X", "٠٦١٤", " 0614141000012"])
def test_no_keys(text) -> None:
    assert not is_valid(text)


def test_letters_have_no_check_digit() -> None:
    with pytest.raises(ValueError, match="digits"):
        check_digit("12a")


@given(st.text(alphabet="0123456789", min_size=1, max_size=17), st.integers(0, 17), st.integers(1, 9))
@settings(max_examples=100)
def test_one_wrong_digit_is_always_found(digits, place, change) -> None:
    key = with_check_digit(digits)
    assert is_valid(key)
    place %= len(key)
    wrong = key[:place] + str((int(key[place]) + change) % 10) + key[place + 1 :]
    assert not is_valid(wrong)
