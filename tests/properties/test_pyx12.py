"""Whatever stands in a healthcare set, its check ends with findings at places of that set, and never fails inside."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from edi.finding import FindingCode
from edi.read import read
from edi.validate import validate_interchange
from gateway.validators.pyx12 import judged
from tests.gateway.validators.samples import CLAIM, ENROLLMENT, PAYMENT, interchange

VALUES = st.sampled_from(["", "X", "A:B:C", "A^B", ":::", "0", "9" * 30, "é", "1:2^3:4", "HL", " ", "A" * 300, "20261301"]) | st.text(
    st.characters(codec="utf-8", exclude_characters="~*\r\n"), max_size=12
)
EDITS = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 40), st.sampled_from(["drop", "again", "set", "more"]), VALUES), max_size=6)


def _edited(lines: tuple[str, ...], edits: list[tuple[int, int, str, str]]) -> tuple[str, ...]:
    """The set with some of its segments dropped, repeated, longer or with another value; the envelope stays."""
    inner = list(lines[1:-1])
    for where, element, what, value in edits:
        place = where % len(inner)
        parts = inner[place].split("*")
        if what == "drop" and len(inner) > 1:
            del inner[place]
        elif what == "again":
            inner.insert(place, inner[element % len(inner)])
        elif what == "more":
            inner[place] = "*".join([*parts, *[value] * element])
        else:
            parts[element % len(parts)] = value
            inner[place] = "*".join(parts)
    return (lines[0], *inner, f"SE*{len(inner) + 2}*0001")


@pytest.mark.usefixtures("log_as_delivered")  # once for all examples
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(lines=st.sampled_from([ENROLLMENT, CLAIM, PAYMENT]), edits=EDITS)
def test_the_check_of_a_guide_never_fails(lines, edits) -> None:
    for found in read(interchange(_edited(lines, edits))):
        with capture_logs() as logs:
            validated = judged(validate_interchange(found))
        assert logs == []
        for validation in validated.validations:
            last = validation.transaction_set.segments[-1].position
            assert all(1 <= (finding.location.segment_position or 0) <= last for finding in validation.findings)
            assert FindingCode.SET_UNSUPPORTED not in {finding.code for finding in validation.findings}
