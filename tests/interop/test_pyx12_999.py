"""pyx12 judges our 999 by its own map, as a clearing house would: healthcare claims with faults go in, the answers are valid."""

import io
import logging
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import pyx12.params
from pyx12.x12n_document import x12n_document

from edi.acks import AckNumbers, AckOptions, answer
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.location import Location
from edi.read import read
from edi.validate import ValidatedGroup, ValidatedInterchange, validate_interchange

pytestmark = pytest.mark.interop

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
ISA = "ISA*00*          *00*          *ZZ*CLINIC         *ZZ*PAYER          *261118*0915*^*00501*000000007*0*P*>~"
CLAIM = "ST*837*{0:04}*005010X222A1~BHT*0019*00*1*20261118*0915*CH~CLM*A3{0}*100~DTP*1*2*3~REF*F8*1~SE*6*{0:04}~"
HERE = Location(0, 1, 1, 4, "DTP", ("2300",), 1)
FOUND = (
    Finding(FindingCode.CODE_UNKNOWN, Scope.GUIDE, Severity.ERROR, HERE, "", "1", "374"),
    Finding(FindingCode.ELEMENT_TOO_LONG, Scope.STANDARD, Severity.ERROR, replace(HERE, element=3), "", "X" * 200, "1251"),
    Finding(
        FindingCode.REQUIRED_ELEMENT_MISSING, Scope.GUIDE, Severity.ERROR, replace(HERE, element=2), "", trigger=replace(HERE, element=1)
    ),
    Finding(
        FindingCode.SEGMENT_FORBIDDEN, Scope.GUIDE, Severity.ERROR, replace(HERE, segment_position=5, segment_tag="REF", element=None), ""
    ),
    Finding(
        FindingCode.REQUIRED_LOOP_MISSING,
        Scope.GUIDE,
        Severity.ERROR,
        replace(HERE, segment_position=3, segment_tag="SBR", element=None),
        "",
    ),
    Finding(FindingCode.SET_COUNT_MISMATCH, Scope.STANDARD, Severity.ERROR, replace(HERE, segment_tag="SE", loop=()), "", "6"),
)


def _claims(found: tuple[Finding, ...]) -> ValidatedInterchange:
    """Two claims, the second of them with these faults and no others."""
    sets = "".join(CLAIM.format(number) for number in (1, 2))
    [one] = read(f"{ISA}GS*HC*CLINIC*PAYER*20261118*0915*17*X*005010X222A1~{sets}GE*2*17~IEA*1*000000007~".encode())
    validated = validate_interchange(one)
    [group] = validated.groups
    first, second = (replace(validation, findings=()) for validation in group.validations)
    return ValidatedInterchange(one, (ValidatedGroup(group.group, (first, replace(second, findings=found))),))


@pytest.mark.parametrize(
    "found", [(), *((one,) for one in FOUND), FOUND], ids=lambda found: "+".join(f.code.value for f in found) or "none"
)
def test_pyx12_finds_no_fault_in_our_999(found: tuple[Finding, ...], caplog: pytest.LogCaptureFixture) -> None:
    data = answer(_claims(found), numbers=AckNumbers("8", "9"), now=NOW, options=AckOptions(version="999"))
    assert data
    assert b"*005010X231A1~ST*999*0001*005010X231A1~AK1*HC*17*005010X222A1~" in data
    with caplog.at_level(logging.ERROR):
        assert x12n_document(pyx12.params.params(), io.StringIO(data.decode()), None, None, None), caplog.text


def test_pyx12_does_find_a_fault() -> None:
    data = answer(_claims(FOUND), numbers=AckNumbers("8", "9"), now=NOW, options=AckOptions(version="999"))
    assert data
    assert not x12n_document(pyx12.params.params(), io.StringIO(data.decode().replace("IK5*R", "IK5*Q")), None, None, None)
