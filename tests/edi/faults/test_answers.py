"""Each fault within a set is answered at its place by the code that the standard's list has for it: 997, 999, CONTRL."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain, islice

import pytest

from edi.acks import AckNumbers, AckOptions, answer
from edi.finding import Finding, Severity
from edi.grammar.model import MessageDef
from edi.read import read
from edi.validate import Validation, validate_interchange
from tests.edi.faults.cases import Case, Expected, place_of, run
from tests.edi.faults.codes import BY_THE_LISTS
from tests.edi.faults.documents import MESSAGES, message_of
from tests.edi.faults.element_faults import element_cases, repetition_cases
from tests.edi.faults.structure_faults import structure_cases

NOW = datetime(2026, 11, 18, 9, 15)  # noqa: DTZ001  # as it is written
NUMBERS = AckNumbers("7", "7")
EVERY = 7  #: each seventh case: the places are tried by the tests of findings, here it is the answers

Note = tuple[str, ...]


def cases(message: MessageDef) -> Iterator[Case]:
    return islice(chain(element_cases(message), structure_cases(message)), 0, None, EVERY)


@pytest.mark.parametrize("name", [name for name in MESSAGES if name[:3].isdecimal() and not name.startswith("997")])
@pytest.mark.parametrize("version", ["997", "999"])
def test_x12(name: str, version: str) -> None:
    late = version == "999" or name.endswith("005010")
    _compare(name, AckOptions(version=version), lambda expected: _x12_notes(expected, late=late))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", [name for name in MESSAGES if name[:3].isalpha()])
def test_edifact(name: str) -> None:
    _compare(name, AckOptions(), _contrl_notes)


def test_repetitions_are_answered_by_the_code_that_the_release_has_for_them() -> None:
    for name, code in (("850 004010", "3"), ("850 005010", "12")):
        outcome = run(message_of(name), islice(repetition_cases(message_of(name)), 5), repeats=True, keep=True)
        [(validated, _)] = outcome.validated
        notes = [note for notes in _said(answer(validated, numbers=NUMBERS, now=NOW)) for note in notes if note[0] == "AK4"]
        assert {note[2] for note in notes} == {code}


def _compare(name: str, options: AckOptions, notes_of: Callable[[Expected], list[Note]]) -> None:
    deviations: list[str] = []
    answered = 0
    for validated, batch in run(message_of(name), cases(message_of(name)), keep=True).validated:
        said = list(_said(answer(validated, numbers=NUMBERS, now=NOW, options=options)))
        assert len(said) == len(batch)
        for case, validation, notes in zip(batch, validated.validations, said, strict=True):
            faults = [place_of(f) for f in _answered(validation)]
            wanted = [note for fault in faults for note in notes_of(fault)]
            answered += bool(notes)
            if notes != wanted:
                deviations.append(f"{case.kind} [{case.where}]: wanted {wanted}, said {notes}")
    assert answered > 20
    assert not deviations


def _answered(validation: Validation) -> Iterable[Finding]:
    """The one fault that was injected; warnings and what follows from it are not answered."""
    found = [f for f in validation.findings if f.caused_by is None and f.severity is Severity.ERROR]
    assert len(found) <= 1
    return found


def _x12_notes(fault: Expected, *, late: bool) -> list[Note]:
    codes = BY_THE_LISTS[fault.code]
    code = codes.late if late else codes.early
    loop = fault.loop[-1] if fault.loop else ""
    segment = ("AK3", fault.tag, str(fault.position), loop, "8" if codes.is_element else code)
    if not codes.is_element or fault.element is None:
        return [segment]
    place = str(fault.element) + (f">{fault.component}" if fault.component else "")
    return [segment, ("AK4", place, code)]


def _contrl_notes(fault: Expected) -> list[Note]:
    codes = BY_THE_LISTS[fault.code]
    if not codes.is_element or fault.element is None:
        return [("UCS", str(fault.position), codes.contrl)]
    place = str(fault.element + 1) + (f":{fault.component}" if fault.component else "")
    return [("UCS", str(fault.position)), ("UCD", codes.contrl, place)]


def _said(sent: bytes | None) -> Iterator[list[Note]]:
    """The notes on each set, read from the bytes by what stands where; the answer itself must be right."""
    assert sent is not None
    [received] = read(sent)
    assert not validate_interchange(received).findings
    notes: list[Note] = []
    for line in re.split("[~']", sent.decode("iso8859-1")):
        tag, *elements = re.split(r"[*+]", line)
        match tag:
            case "AK2" | "UCM":
                notes = []
                if tag == "UCM":
                    yield notes
            case "AK3" | "IK3" | "UCS":
                notes.append((tag.replace("IK", "AK"), *elements))
            case "AK4" | "IK4":
                notes.append(("AK4", elements[0], elements[2]))
            case "UCD":
                notes.append((tag, *elements))
            case "AK5" | "IK5":
                assert elements[0] == ("R" if notes else "A")
                assert elements[1:] == (["5"] if notes else [])
                yield notes
