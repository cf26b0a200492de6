"""The answer that is made while the interchange arrives: the same bytes, in little memory."""

import tracemalloc
from collections.abc import Iterator

import pytest

from edi.acks import AckOptions, StreamedAnswer, answer, contrl
from edi.acks.response import Accepted, Kept, Response
from edi.acks.status import AckStatus
from edi.events import Event, GroupBegun, InterchangeBegun, SetRead
from edi.feed import Feed
from edi.read import read
from edi.validate import validate_interchange, validate_set
from edi.values import Segment
from tests.edi.test_acks import BAD, FAULTY, GOOD, NOW, NUMBERS, ORDERS, UNB
from tests.support.edi import ISA, interchange, validated

GROUPED = f"UNG+ORDERS+A:14+B:14+261118:0915+7+UN+D:96A'{ORDERS}{FAULTY}UNE+2+7'"
FILES = {
    "850": interchange(GOOD + BAD),
    "005010": interchange(GOOD + BAD, release="005010X999"),
    "two groups": interchange(GOOD).replace(
        b"IEA*1", b"GS*PO*NORTHMART*HARBORLINE*20260102*0304*2*X*004010~" + BAD.encode() + b"GE*1*2~IEA*2"
    ),
    "a group that is rejected at its end": interchange(GOOD + BAD).replace(b"GE*2*1", b"GE*7*1"),
    "an interchange that is rejected at its end": interchange(GOOD + BAD).replace(b"IEA*1", b"IEA*7"),
    "no end": interchange(GOOD + BAD)[:-30],
    "acknowledgments": interchange("ST*997*0001~AK1*PO*1~AK9*A*1*1*1~SE*4*0001~", functional_id="FA"),
    "nothing": f"{ISA}IEA*0*000000001~".encode(),
    "ORDERS": f"{UNB}{ORDERS}{FAULTY}UNZ+2+4711'".encode(),
    "UNG": f"{UNB}{GROUPED}UNZ+1+4711'".encode(),
    "UNG and none": f"{UNB}{GROUPED}{ORDERS.replace('UNH+1', 'UNH+3').replace('UNT+8+1', 'UNT+8+3')}UNZ+1+4711'".encode(),
}
OPTIONS = {
    "by default": AckOptions(),
    "999": AckOptions(version="999"),
    "rejected only": AckOptions(ak2_for_accepted=False),
    "no TA1": AckOptions(ta1="never"),
    "all or nothing": AckOptions(partial=False),
    "with errors": AckOptions(accept_with_errors=True),
    "no functional": AckOptions(functional=False, ta1="always"),
}


def events(data: bytes, size: int) -> Iterator[Event]:
    """What a reader says of bytes that come in pieces."""
    feed = Feed()
    for at in range(0, len(data), size):
        yield from feed.feed(data[at : at + size])
    yield from feed.close()


def streamed(data: bytes, options: AckOptions, size: int) -> StreamedAnswer:
    """The answer to the one interchange in some bytes."""
    made = StreamedAnswer(options)
    decimal = "."
    for event in events(data, size):
        made.take(event)
        if isinstance(event, InterchangeBegun):
            decimal = event.interchange.decimal_marks
        elif isinstance(event, SetRead):
            made.take_set(validate_set(event.transaction_set, decimal=decimal))
    return made


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("options", OPTIONS)
def test_the_answer_is_the_same_however_the_bytes_come(name: str, options: str) -> None:
    [one] = read(FILES[name])
    whole = answer(validate_interchange(one), numbers=NUMBERS, now=NOW, options=OPTIONS[options])
    for size in (7, 1000):
        made = streamed(FILES[name], OPTIONS[options], size)
        assert made.answer(numbers=NUMBERS, now=NOW) == whole
        pieces = made.pieces(numbers=NUMBERS, now=NOW)
        assert (None if pieces is None else b"".join(pieces)) == whole


def test_a_set_that_is_accepted_takes_a_few_bytes() -> None:
    one = validated(interchange(GOOD))
    made = StreamedAnswer()
    made.take(InterchangeBegun(one.interchange))
    made.take(GroupBegun(one.groups[0].group))
    made.take_set(one.validations[0])
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(40_000):
            made.take_set(one.validations[0])
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        size = sum(map(len, made.pieces(numbers=NUMBERS, now=NOW) or ()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (after - before) / 40_000 < 25
    assert size > 700_000
    assert peak - after < size / 2  # it is written piece by piece


def test_a_file_without_an_interchange_has_no_answer() -> None:
    assert StreamedAnswer().answer(numbers=NUMBERS, now=NOW) is None
    assert StreamedAnswer().groups == 0


def test_what_is_kept_comes_back_as_it_was() -> None:
    kept = Kept()
    notes = (Segment("AK3", ("N\n1", "3", "", "8")), Segment("AK4", (("4", "1"), "128", "7", 'É " \x07')))
    given: list[Accepted | Response] = [
        Accepted(("850",), "0001"),
        Response(("850", "005010X9"), "0002", AckStatus.REJECTED, ("5", ("1", "2")), notes),
        Accepted(("ORDERS", "D", "96A"), "not only letters"),
        Accepted(("850",), "0003"),
        Response(("810",), "", AckStatus.ACCEPTED_WITH_ERRORS),
        *(Accepted((str(number),), "1") for number in range(1000)),
    ]
    for one in given:
        if isinstance(one, Accepted):
            kept.add_accepted(*one)
        else:
            kept.add(one)
    assert list(kept) == given
    assert (kept.accepted, kept.others, kept.notes) == (1003, 2, 2)


def test_more_messages_than_a_contrl_can_count_are_named_only_where_they_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contrl, "MOST_SEGMENTS", 99)
    one = validated(f"{UNB}{ORDERS}UNZ+1+4711'".encode())
    made = StreamedAnswer()
    made.take(InterchangeBegun(one.interchange))
    made.take(GroupBegun(one.groups[0].group))
    for _ in range(100):
        made.take_set(one.validations[0])
    data = made.answer(numbers=NUMBERS, now=NOW)
    assert data
    assert data.decode().split("'")[2:4] == ["UCI+4711+0614141000012:14:IN+0852345000012:14+7", "UNT+3+0001"]
