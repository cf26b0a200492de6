"""The laws of acknowledgments: always valid by our own rules, the same for the same question, however it is asked, and read as meant."""

import contextlib
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from edi.acks import AckNumbers, AckOptions, StreamedAnswer, answer, judge_interchange, prepare, read_acks
from edi.acks.codes import ANSWERS, Level
from edi.acks.status import errors
from edi.acks.x12_write import is_named
from edi.errors import NoInterchangeError
from edi.events import SetRead
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.grammar.load import service_segments
from edi.grammar.model import ElementDef
from edi.guide import Guide
from edi.read import read
from edi.validate import ValidatedInterchange, validate_interchange
from edi.values import Standard
from tests.support.events import events_of
from tests.support.faulty import faulty
from tests.support.interchanges import damaged

NUMBERS = AckNumbers("7", "7", "0001")
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
#: repeated as it came, known or not: the functional identifier and the set
ECHOED = {("AK1", 1), ("AK2", 1)}
#: copies of the partner's data: small letters in them are the partner's
COPIED = {("AK1", 3), ("AK2", 2), ("AK2", 3), ("AK3", 1), ("IK3", 1), ("AK4", 4), ("IK4", 4)}
OPTIONS = st.builds(
    AckOptions,
    accept_with_errors=st.booleans(),
    partial=st.booleans(),
    ta1=st.sampled_from(["auto", "always", "never"]),
    ak2_for_accepted=st.booleans(),
    functional=st.booleans(),
    version=st.sampled_from([None, "997", "999"]),
)
GUIDE = Guide.parse(
    {
        "guide": "of a partner",
        "segments": {
            "BEG": {"elements": {"02": {"codes": ["NE"]}, "03": {"length": [1, 5]}}},
            "BIG": {"elements": {"02": {"pattern": "I[0-9]"}, "03": {"forbidden": True}}},
            "REF[01=IA]": {"required": True},
            "CTT": {"forbidden": True},
            "TD1": {"min": 1, "max": 1},
        },
    }
)


def _validated(data: bytes, *, guide: bool = False) -> list[ValidatedInterchange]:
    with contextlib.suppress(NoInterchangeError):
        return [validate_interchange(one, guide_of=lambda _: GUIDE if guide else None) for one in read(data)]
    return []


def _faults(sent: bytes) -> list[Finding]:
    """What our own rules say against an answer, but for what is the partner's own in it."""
    [ours] = read(sent)
    found = [f for f in validate_interchange(ours).findings if f.severity is not Severity.INFO]
    for segment in ours.service_segments:
        assert segment.tag == "TA1"
        for use, value in zip(service_segments(Standard.X12)["TA1"].elements, segment.elements, strict=True):
            assert isinstance(use.definition, ElementDef)
            assert isinstance(value, str)
            assert use.definition.min_length <= len(value) <= use.definition.max_length
            assert use.definition.codes is None or value in use.definition.codes
    return [f for f in found if not _is_the_partners(f)]


def _is_the_partners(finding: Finding) -> bool:
    place = (finding.location.segment_tag, finding.location.element)
    if finding.code is FindingCode.CODE_UNKNOWN:
        return place in ECHOED
    return finding.severity is Severity.WARNING and finding.code is FindingCode.CHARACTER_INVALID and place in COPIED | ECHOED


@given(damaged() | faulty(), OPTIONS, st.booleans())
@settings(max_examples=150, deadline=None)
def test_every_answer_is_valid_by_our_own_reader_and_validator(data: bytes, options: AckOptions, guide: bool) -> None:
    for validated in _validated(data, guide=guide):
        sent = answer(validated, numbers=NUMBERS, now=NOW, options=options)
        assert sent == answer(validated, numbers=NUMBERS, now=NOW, options=options)
        if sent is None:
            continue
        assert _faults(sent) == []
        [ours] = read(sent)
        assert read_acks(ours)
        assert prepare(validated, options).groups == sum(group.header is not None for group in ours.groups)
        again = validate_interchange(ours)
        assert answer(again, numbers=NUMBERS, now=NOW, options=options) is None


@given(damaged() | faulty(), OPTIONS)
@settings(max_examples=150, deadline=None)
def test_an_answer_made_while_the_interchange_arrives_is_the_same(data: bytes, options: AckOptions) -> None:
    for validated in _validated(data):
        streamed = StreamedAnswer(options)
        validations = iter(validated.validations)
        for event in events_of(validated.interchange):
            streamed.take(event)
            if isinstance(event, SetRead):
                streamed.take_set(next(validations))
        assert streamed.answer(numbers=NUMBERS, now=NOW) == answer(validated, numbers=NUMBERS, now=NOW, options=options)
        assert streamed.groups == prepare(validated, options).groups


@given(damaged() | faulty(), OPTIONS)
@settings(max_examples=100, deadline=None)
def test_what_we_say_of_each_set_is_what_the_partner_reads(data: bytes, options: AckOptions) -> None:
    options = replace(options, ta1="never", ak2_for_accepted=True, functional=True)
    for validated in _validated(data):
        sent = answer(validated, numbers=NUMBERS, now=NOW, options=options)
        if sent is None or validated.interchange.standard is Standard.EDIFACT:
            continue
        [ours] = read(sent)
        said = [one.status for report in read_acks(ours) for one in report.sets]
        judged = judge_interchange(validated, accept_with_errors=options.accept_with_errors, partial=options.partial)
        expected = [
            status
            for group, verdict in zip(validated.groups, judged.groups, strict=True)
            if group.group.functional_id != "FA" and is_named(group.group)
            for validation, status in zip(group.validations, verdict.sets, strict=True)
            if is_named(validation.transaction_set)
        ]
        assert sorted(said) == sorted(expected)


@given(faulty())
@settings(max_examples=100, deadline=None)
def test_the_partner_reads_each_fault_that_we_found(data: bytes) -> None:
    for validated in _validated(data, guide=True):
        sent = answer(validated, numbers=NUMBERS, now=NOW, options=AckOptions(ta1="never", version="999"))
        if sent is None or validated.interchange.standard is Standard.EDIFACT or errors(validated.interchange.findings):
            continue
        [ours] = read(sent)
        said = {
            (one.set_id, f.location.segment_position, f.location.element, f.scope)
            for report in read_acks(ours)
            for one in report.sets
            for f in one.findings
        }
        for group in validated.groups:
            for validation in group.validations:
                answered = validation.transaction_set
                if group.group.functional_id == "FA" or not (is_named(group.group) and is_named(answered)):
                    continue
                for f in errors(validation.findings):
                    if ANSWERS[f.code].level is Level.ELEMENT and f.location.element and f.location.element < 100:
                        place = (f.location.segment_position, f.location.element)
                        # a required element is told by one code, whoever requires it
                        scopes = {f.scope, Scope.STANDARD}
                        assert any((answered.set_id, *place, scope) in said for scope in scopes)
