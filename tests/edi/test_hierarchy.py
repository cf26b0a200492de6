"""HL numbers and parents."""

import pytest

from tests.support.edi import judge, said

NOTICE = "856 | BSN*00*77*20260102*0304*0001~"


def levels(*pairs: str) -> str:
    return NOTICE + "".join(f"HL*{pair}*{'S' if at == 0 else 'O'}~" for at, pair in enumerate(pairs))


@pytest.mark.parametrize("pairs", [("1*",), ("1*", "2*1", "3*2", "4*1"), ("1*", "2*1", "3*"), ("A*", "B*A")])
def test_sound_hierarchies(pairs: tuple[str, ...]) -> None:
    assert said(judge(levels(*pairs))) == []


@pytest.mark.parametrize(
    ("pairs", "place"),
    [
        (("1*", "2*3", "3*1"), "HL02 at segment 4, in loop HL"),
        (("1*1",), "HL02 at segment 3, in loop HL"),
        (("1*9",), "HL02 at segment 3, in loop HL"),
        (("1*", "1*1"), "HL01 at segment 4, in loop HL"),
    ],
)
def test_faults(pairs: tuple[str, ...], place: str) -> None:
    assert ("hierarchy-invalid", place) in said(judge(levels(*pairs)))


def test_other_numbering_than_1_2_3_is_worth_a_word_and_no_more() -> None:
    found = judge(levels("1*", "3*1", "5*3")).findings
    assert [(f.code.value, f.severity.value, f.location.segment_position) for f in found] == [("hierarchy-invalid", "info", 4)]
