"""An obfuscated file has the same faults in the same places, and nothing of the partner's."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edi.disguise import Disguise
from edi.errors import NoInterchangeError
from edi.grammar.model import MessageDef
from edi.obfuscate import obfuscate
from edi.read import read
from edi.validate import ValidatedInterchange, validate_interchange
from edi.write import write
from tests.corpus.documents import EDI, documents
from tests.edi.faults.cases import Case
from tests.edi.faults.cases import interchange as faulty
from tests.edi.faults.documents import MESSAGES, message_of
from tests.edi.faults.element_faults import element_cases
from tests.edi.faults.structure_faults import structure_cases
from tests.support.edi import interchange
from tests.support.interchanges import EDIFACT_ORDERS, X12_850, damaged, edifact, x12

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "samples").rglob("*.edi"))
PLAIN = settings(max_examples=80, deadline=None)
KEY = b"tests"
#: segments that hold what is the partner's own
TELLING = ("N1", "N2", "N3", "N4", "PER", "MSG", "REF", "NTE", "NAD", "FTX", "CTA", "COM", "RFF", "PID", "IMD")


def judged(data: bytes) -> tuple[ValidatedInterchange, ...]:
    return tuple(validate_interchange(one) for one in read(data))


def hidden(data: bytes, key: bytes = KEY) -> bytes:
    return obfuscate(data, judged(data), key)


def faults(data: bytes) -> list[tuple[Any, ...]]:
    """Code, severity and place of each; what was no tag at all is not kept."""
    found = [f for one in judged(data) for f in one.findings]
    return [(f.code, f.severity, replace(f.location, segment_tag=None)) for f in found]


def assert_the_same_faults(data: bytes) -> bytes:
    made = hidden(data)
    assert len(made) == len(data)
    assert faults(made) == faults(data)
    return made


def words(data: bytes) -> list[tuple[str, str]]:
    """The words of four and more letters in telling segments, with the place that they are in. Codes are not the partner's."""
    found = []
    for one in judged(data):
        for transaction_set in one.interchange.transaction_sets:
            for segment in transaction_set.segments:
                if segment.tag in TELLING:
                    for element in range(1, len(segment.elements) + 1):
                        for repetition, value in enumerate(segment.repetitions(element)):
                            texts = (value,) if isinstance(value, str) else value
                            found += [
                                (f"{transaction_set.start} {segment.position} {element} {repetition} {component} {match.start()}", match[0])
                                for component, text in enumerate(texts)
                                for match in re.finditer(r"[^\W\d_]{4,}", text)
                            ]
    return found


def assert_no_word_survives(data: bytes, made: bytes) -> None:
    before, after = words(data), words(made)
    assert [place for place, _ in before] == [place for place, _ in after]
    assert not [word for (place, word), (_, other) in zip(before, after, strict=True) if word == other]


@pytest.mark.parametrize("path", SAMPLES, ids=[str(path.relative_to(ROOT)) for path in SAMPLES])
def test_samples_have_the_same_faults_and_no_word_of_the_partner(path: Path) -> None:
    data = path.read_bytes()
    made = assert_the_same_faults(data)
    assert_no_word_survives(data, made)
    assert b"NORTHMART" not in made
    assert b"CRACKERS" not in made


@PLAIN
@given(x12() | edifact())
def test_generated_interchanges_have_the_same_faults(outgoing) -> None:
    data = write(outgoing)
    assert_no_word_survives(data, assert_the_same_faults(data))


@PLAIN
@given(damaged())
def test_damaged_files_have_the_same_faults(data: bytes) -> None:
    try:
        judged(data)
    except NoInterchangeError:
        return
    assert_the_same_faults(data)


@pytest.mark.corpus
@pytest.mark.parametrize("standard", EDI)
def test_the_corpus_has_the_same_faults_and_no_word_survives(standard: str) -> None:
    wrong = []
    for document in documents():
        if document.standard != standard:
            continue
        data = document.read_bytes()
        try:
            judged(data)
        except NoInterchangeError:
            continue
        try:
            assert_no_word_survives(data, assert_the_same_faults(data))
        except AssertionError:
            wrong.append(document.path)
    assert not wrong


def test_what_is_the_same_stays_the_same_and_what_differs_differs() -> None:
    data = interchange(
        "ST*850*0001~BEG*00*NE*45001**20260102~REF*DP*45001~REF*IA*45002~N1*BY*NORTHMART~N1*ST*NORTHMART~PO1*1*5*EA*9.5~SE*8*0001~"
        "ST*850*0002~BEG*00*NE*45002**20260102~PO1*1*5*EA*9.5~SE*4*0002~"
    )
    [one] = read(hidden(data))
    first, second = one.transaction_sets
    order, reference, other = first.segments[1].get(3), first.segments[2].get(2), first.segments[3].get(2)
    assert order == reference != other == second.segments[1].get(3)
    assert first.segments[4].get(2) == first.segments[5].get(2) != "NORTHMART"
    assert one.sender.id == one.groups[0].sender == first.segments[4].get(2)
    assert first.control_number == first.segments[-1].get(2) != second.control_number
    assert first.segments[6].get(4) != "9.5"
    assert [segment.get(1) for segment in first.segments[2:6]] == ["DP", "IA", "BY", "ST"]
    assert first.segments[1].get(5) == "20260102"
    assert (one.trailer or one.header).get(2) == one.control_number != "000000001"


def test_the_key_decides_everything() -> None:
    assert hidden(X12_850) == hidden(X12_850)
    assert hidden(X12_850) != hidden(X12_850, b"another")
    assert hidden(EDIFACT_ORDERS) != EDIFACT_ORDERS


@pytest.mark.parametrize("number", ["085234500106", "0614141000012", "10614141000019", "00614141123456784", "006141411234567890"])
def test_check_digits_are_right_where_they_were_right(number: str) -> None:
    def is_right(digits: str) -> bool:
        return sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(reversed(digits))) % 10 == 0

    made = Disguise(KEY).value(number)
    assert made != number
    assert is_right(made) == is_right(number)
    wrong = f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
    assert not is_right(Disguise(KEY).value(wrong)) or is_right(wrong)


def test_numbers_keep_their_leading_zeros_and_stay_equal_to_themselves() -> None:
    disguise = Disguise(KEY)
    plain, padded = disguise.value("4711"), disguise.value("000004711")
    assert padded == plain.zfill(9)
    assert plain[0] != "0"
    assert disguise.value("NORTHMART      ") == disguise.value("NORTHMART") + " " * 6


def test_all_numbers_of_a_length_stay_different_from_each_other() -> None:
    disguise = Disguise(KEY)
    assert len({disguise.value(f"{number:04}") for number in range(1, 10_000)}) == 9_999


@given(st.text(min_size=1, max_size=12))
def test_replacements_have_the_same_form(text: str) -> None:
    made = Disguise(KEY).value(text)
    assert len(made) == len(text)
    for before, after in zip(text, made, strict=True):
        assert len(before.encode("utf-8", "surrogatepass")) == len(after.encode("utf-8", "surrogatepass"))
        assert (before.isdecimal(), before.isalpha()) == (after.isdecimal(), after.isalpha())
        if before.isascii():
            assert (before.isupper(), before.islower()) == (after.isupper(), after.islower())


def test_passwords_and_what_stands_outside_are_hidden_too() -> None:
    data = X12_850.replace(b"*00*          *00*          *", b"*01*SECRETUSER*01*HUNTERTWO *") + b"\nTHE NORTHMART TEAM\n"
    made = assert_the_same_faults(data)
    for word in (b"SECRETUSER", b"HUNTERTWO", b"NORTHMART", b"TEAM"):
        assert word not in made


def test_a_name_in_the_place_of_a_code_is_hidden_and_still_no_code() -> None:
    data = interchange("ST*850*0001~BEG*NORTHMART*NE*45001**20260102~PO1*1*TWELVE*EA*9.5~SE*4*0001~")
    made = assert_the_same_faults(data)
    assert b"*NORTHMART*NE" not in made
    assert b"TWELVE" not in made


def test_wrapped_files_and_other_alphabets_keep_their_form() -> None:
    text = X12_850.decode().replace("SA*4500123987", "SA*BÜROKÄSE").replace("AAA", "")
    assert_the_same_faults(text.encode("utf-8"))
    assert_the_same_faults(text.encode("latin-1"))
    wrapped = b"\r\n".join(X12_850[at : at + 80] for at in range(0, len(X12_850), 80))
    made = assert_the_same_faults(wrapped)
    assert [len(line) for line in made.split(b"\r\n")] == [len(line) for line in wrapped.split(b"\r\n")]
    cyrillic = "UNB+UNOE:3+ПРИВЕТ:14+0852345000012:14+261118:0915+1'UNH+1+ORDERS:D:96A:UN'BGM+220+1+9'DTM+137:20261118:102'FTX+PUR+++ДЛЯ ВАС'UNT+5+1'UNZ+1+1'"
    made = assert_the_same_faults(cyrillic.encode("iso8859-5"))
    assert "ПРИВЕТ" not in made.decode("iso8859-5")


def test_a_text_of_millions_of_characters_is_hidden_in_its_time() -> None:
    text = "NORTHMART " * 100_000
    made = Disguise(KEY).value(text)
    assert len(made) == len(text)
    assert "NORTHMART" not in made


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("make", [element_cases, structure_cases])
def test_every_kind_of_fault_is_the_same_afterwards(name: str, make: Callable[[MessageDef], Iterable[Case]]) -> None:
    message = message_of(name)
    chosen: dict[str, list[Case]] = defaultdict(list)
    for case in make(message):
        if len(chosen[case.kind]) < 6:
            chosen[case.kind].append(case)
    data = faulty(message, [case.lines for cases in chosen.values() for case in cases])
    assert len(chosen) > 3
    assert_the_same_faults(data)


def test_binary_data_is_hidden_and_as_long_as_before() -> None:
    data = interchange("ST*841*0001~BIN*15*NAME~ST*NORTHMA~REF*ZZ*1~SE*4*0001~")
    made = assert_the_same_faults(data)
    assert b"NORTHMA" not in made
    assert b"BIN*15*" in made
