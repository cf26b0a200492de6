"""Control numbers are told apart as they are written, and those that follow each other are not kept one by one."""

from hypothesis import given
from hypothesis import strategies as st

from edi.numbers import Numbers

SMALL = st.integers(0, 30)
WRITTEN = SMALL.map(str) | SMALL.map("{:04}".format) | st.sampled_from(["", "A", "A1", "-1", "1" * 20, "٣"])


@given(st.lists(WRITTEN, max_size=80))
def test_a_number_is_known_when_it_came_before_in_the_same_writing(written) -> None:
    numbers, before = Numbers(), set()
    for number in written:
        assert numbers.add(number) is (number in before)
        before.add(number)


def test_a_row_of_numbers_takes_no_room_padded_or_not() -> None:
    for form in ("{}", "{:09}"):
        numbers = Numbers()
        assert not any(numbers.add(form.format(number)) for number in range(1, 12_000))
        assert numbers._others == set()
        assert all(numbers.add(form.format(number)) for number in (1, 9, 10, 999, 11_999))
