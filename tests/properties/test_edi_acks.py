"""The laws of acknowledgments: always valid by our own rules, the same for the same question, and read back as they were meant."""

import contextlib
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from edi.acks import AckNumbers, AckOptions, AckStatus, answer, judge_interchange, read_acks
from edi.errors import NoInterchangeError
from edi.finding import Severity
from edi.read import read
from edi.validate import ValidatedInterchange, validate_interchange
from edi.values import Standard
from tests.support.interchanges import damaged

NUMBERS = AckNumbers("7", "7", "0001")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
#: repeated as it came, known or not: the functional identifier, the set, and in our own ST the release of the group
ECHOED = {("AK1", 1), ("AK2", 1), ("ST", 1)}
OPTIONS = st.builds(
    AckOptions,
    accept_with_errors=st.booleans(),
    ta1=st.sampled_from(["auto", "always", "never"]),
    ak2_for_accepted=st.booleans(),
    functional=st.booleans(),
)


def _validated(data: bytes) -> list[ValidatedInterchange]:
    with contextlib.suppress(NoInterchangeError):
        return [validate_interchange(interchange) for interchange in read(data)]
    return []


@given(damaged(), OPTIONS)
@settings(max_examples=100, deadline=None)
def test_every_answer_is_valid_by_our_own_reader_and_validator(data: bytes, options: AckOptions) -> None:
    for validated in _validated(data):
        sent = answer(validated, numbers=NUMBERS, now=NOW, options=options)
        assert sent == answer(validated, numbers=NUMBERS, now=NOW, options=options)
        if sent is None:
            continue
        [ours] = read(sent)
        found = [f for f in validate_interchange(ours).findings if f.severity is Severity.ERROR]
        assert [f for f in found if (f.location.segment_tag, f.location.element) not in ECHOED] == []
        assert read_acks(ours)
        again = validate_interchange(ours)
        assert answer(again, numbers=NUMBERS, now=NOW, options=options) is None


@given(damaged())
@settings(max_examples=60, deadline=None)
def test_what_we_say_of_each_set_is_what_the_partner_reads(data: bytes) -> None:
    for validated in _validated(data):
        sent = answer(validated, numbers=NUMBERS, now=NOW, options=AckOptions(ta1="never"))
        if sent is None or validated.interchange.standard is Standard.EDIFACT:
            continue
        [ours] = read(sent)
        said = [one.status for report in read_acks(ours) for one in report.sets]
        groups = zip(validated.groups, judge_interchange(validated).groups, strict=True)
        expected = [
            status
            for group, judged in groups
            if group.group.functional_id not in ("", "FA")
            for validation, status in zip(group.validations, judged.sets, strict=True)
            if len(validation.transaction_set.set_id) == 3
        ]
        assert sorted(said) == sorted(expected)
        assert all(status in (AckStatus.ACCEPTED, AckStatus.REJECTED) for status in said)
