"""Every kind of fault of an envelope, one at a time: found at its place, alone but for what follows from it, and answered by its code."""

import re
from collections.abc import Callable
from datetime import datetime

import pytest

from edi.acks import AckNumbers, answer
from edi.finding import FindingCode, Severity
from edi.read import read
from edi.validate import ValidatedInterchange, validate_interchange
from tests.edi.faults.envelopes import EDIFACT, GROUPED, X12, X12_BY_RELEASE, EnvelopeFault, edifact, grouped, x12

NOW = datetime(2026, 11, 18, 9, 15)  # noqa: DTZ001  # as it is written


@pytest.mark.parametrize("release", ["004010", "005010"])
@pytest.mark.parametrize("fault", X12, ids=lambda fault: fault.kind)
def test_x12(fault: EnvelopeFault, release: str) -> None:
    _check(fault, x12(release))


@pytest.mark.parametrize("release", ["004010", "005010"])
@pytest.mark.parametrize("kind", X12_BY_RELEASE)
def test_x12_where_the_releases_have_different_codes(kind: str, release: str) -> None:
    fault, codes = X12_BY_RELEASE[kind]
    changes = tuple((old, new.replace("{}", release)) for old, new in fault.changes)
    _check(fault._replace(changes=changes, answer=(codes[release],)), x12(release))


@pytest.mark.parametrize("release", ["96A", "01B"])
@pytest.mark.parametrize("fault", EDIFACT, ids=lambda fault: fault.kind)
def test_edifact(fault: EnvelopeFault, release: str) -> None:
    _check(fault, edifact(release))


@pytest.mark.parametrize("release", ["96A", "01B"])
@pytest.mark.parametrize("fault", GROUPED, ids=lambda fault: fault.kind)
def test_edifact_groups(fault: EnvelopeFault, release: str) -> None:
    _check(fault, grouped(release))


@pytest.mark.parametrize(("make", "releases"), [(x12, ("004010", "005010")), (edifact, ("96A", "01B")), (grouped, ("96A", "01B"))])
def test_they_are_right_without_a_fault(make: Callable[[str], str], releases: tuple[str, ...]) -> None:
    for release in releases:
        assert not _judged(make(release)).findings


def test_an_interchange_that_came_before_is_told_by_who_keeps_the_numbers() -> None:
    """Not found by reading: `edi.acks` has its codes for whoever finds it (025; 26)."""
    assert FindingCode.INTERCHANGE_DUPLICATE not in {fault.code for fault in (*X12, *EDIFACT, *GROUPED)}


def _judged(text: str) -> ValidatedInterchange:
    [received] = read(text.encode())
    return validate_interchange(received)


def _check(fault: EnvelopeFault, text: str) -> None:
    validated = _judged(fault.inject(text))
    first = [f for f in validated.findings if f.caused_by is None]
    assert [(f.code, _place(str(f.location)), f.severity) for f in first] == [(fault.code, fault.place, Severity.ERROR)]
    codes = {f.code for f in validated.findings}
    assert all(f.caused_by in codes or f.code is FindingCode.SET_UNSUPPORTED for f in validated.findings if f.caused_by)
    sent = answer(validated, numbers=AckNumbers("7", "7"), now=NOW)
    assert sent is not None
    said = [_said(line) for line in re.split("[~']", sent.decode())]
    assert [line for line in said if line in fault.answer] == list(fault.answer)
    assert (
        all(line in fault.answer or _is_good(line) for line in said if line[:3] in {"TA1", "AK9", "AK5", "UCI", "UCF", "UCM"})
        or fault.code in _OF_ALL
    )


#: faults of a group: its sets are rejected with it
_OF_ALL = {code for code in FindingCode if code.value.startswith("group")}


def _is_good(line: str) -> bool:
    """Accepted, or rejected with the others and for no reason of its own."""
    tag, status, *said = line.split()
    return status in {"A", "7"} or not (said[3:] if tag == "AK9" else said)


def _place(text: str) -> str:
    """ "ISA01" of "ISA01 at byte 0"; nothing of what has no tag."""
    name = text.partition(" at ")[0]
    return "" if name.startswith(("byte", "segment")) else name


def _said(line: str) -> str:
    """The tag and what is said by codes, without what only names what is answered."""
    tag, *elements = re.split(r"[*+]", line)
    first = {"TA1": 4, "AK9": 0, "AK5": 0, "UCI": 3, "UCF": 3, "UCM": 2}.get(tag)
    return tag if first is None else " ".join((tag, *elements[first:])).rstrip()
