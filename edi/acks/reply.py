"""From verdicts to bytes: the one interchange that answers another."""

import re
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from edi.acks import contrl, x12_997
from edi.acks.report import AckReport
from edi.acks.status import InterchangeVerdict, errors, judge_interchange
from edi.acks.ta1 import interchange_ack, read_ta1
from edi.charset import ENCODINGS
from edi.envelope import FunctionalGroup, Interchange
from edi.errors import WriteError
from edi.validate import ValidatedInterchange
from edi.values import Identity, Segment, Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions, write

__all__ = ["AckNumbers", "AckOptions", "answer", "read_acks"]

_ACK_GROUP = "FA"
_REPORT = "CONTRL"


@dataclass(frozen=True, slots=True)
class AckNumbers:
    """The control numbers of the answer. `group` and `set` are the first of as many as are needed; more follow by one."""

    interchange: str
    group: str
    set: str = "0001"


@dataclass(frozen=True, slots=True)
class AckOptions:
    """How an agreement wants to be answered (settings.md 2.2)."""

    accept_with_errors: bool = False  #: faults in segments and elements are named, and the set is taken all the same (AK5 E)
    ta1: Literal["auto", "always", "never"] = "auto"  #: auto: asked for by ISA14, or the envelope is in error
    ak2_for_accepted: bool = True  #: name accepted sets too, so that partners can reconcile set by set
    functional: bool = True  #: send 997, CONTRL
    write: WriteOptions = field(default_factory=WriteOptions)  #: without delimiters here, those of the partner are used


def answer(
    validated: ValidatedInterchange,
    *,
    numbers: AckNumbers,
    now: datetime,
    options: AckOptions = AckOptions(),
) -> bytes | None:
    """The acknowledgment of an interchange, as an interchange back to its sender.

    X12: TA1 where due, and a 997 for each group, unless the whole interchange is rejected by the TA1. EDIFACT: CONTRL.
    None where there is nothing to answer: acknowledgments are not acknowledged, and a header that names no sender has no address.
    """
    if _is_ack(validated.interchange):
        return None
    verdict = judge_interchange(validated, accept_with_errors=options.accept_with_errors)
    make = _x12 if validated.interchange.standard is Standard.X12 else _edifact
    out = make(validated, verdict, numbers, now, options)
    if out is None:
        return None
    for choice in _write_options(validated.interchange, options.write):
        try:
            return write(out, choice)
        except WriteError:
            continue
    return None


def _is_ack(interchange: Interchange) -> bool:
    """Whether all that is in it are acknowledgments."""
    if interchange.standard is Standard.X12:
        kinds = [group.functional_id == _ACK_GROUP for group in interchange.groups]
        return all(kinds) and bool(kinds or interchange.service_segments)
    sets = interchange.transaction_sets
    return bool(sets) and all(transaction_set.set_id == _REPORT for transaction_set in sets)


def _write_options(interchange: Interchange, wanted: WriteOptions) -> list[WriteOptions]:
    """As the agreement wants it; else with the partner's separators and character set, and where those cannot do it, the standard's."""
    replaced = replace(
        wanted,
        for_separators=" " if wanted.for_separators is None else wanted.for_separators,
        for_characters="?" if wanted.for_characters is None else wanted.for_characters,
    )
    delimiters = wanted.delimiters or interchange.delimiters
    charset = wanted.charset or (interchange.syntax_id if interchange.syntax_id in ENCODINGS else "")
    return [
        replace(replaced, delimiters=delimiters, charset=charset),
        replace(replaced, charset=charset),
        replaced,
    ]


# -- X12


def _x12(
    validated: ValidatedInterchange, verdict: InterchangeVerdict, numbers: AckNumbers, now: datetime, options: AckOptions
) -> OutgoingInterchange | None:
    interchange = validated.interchange
    is_wrong = bool(errors(interchange.findings))
    answered = [
        (group, judged)
        for group, judged in zip(validated.groups, verdict.groups, strict=True)
        if group.group.functional_id not in ("", _ACK_GROUP)
    ]
    ta1_is_due = options.ta1 == "always" or (options.ta1 == "auto" and (is_wrong or interchange.ack_requested))
    service = (interchange_ack(interchange),) if ta1_is_due else ()
    if not options.functional or (is_wrong and service):
        answered = []
    if not answered and not service:
        return None
    bodies: dict[tuple[str, str, str], list[tuple[Segment, ...]]] = {}
    for group, judged in answered:
        body = x12_997.functional_ack(group, judged, ak2_for_accepted=options.ak2_for_accepted)
        bodies.setdefault(_address(group.group), []).append(body)
    groups = tuple(
        OutgoingGroup(_ACK_GROUP, sender, receiver, str(int(numbers.group) + index), release, _sets("997", numbers.set, texts))
        for index, ((sender, receiver, release), texts) in enumerate(bodies.items())
    )
    return replace(_back(interchange, numbers, now), groups=groups, service_segments=service)


def _address(group: FunctionalGroup) -> tuple[str, str, str]:
    return group.receiver, group.sender, group.release if re.match(r"00\d{4}", group.release) else "004010"


def _sets(set_id: str, first: str, bodies: list[tuple[Segment, ...]]) -> tuple[OutgoingSet, ...]:
    width = len(first)
    return tuple(OutgoingSet(set_id, str(int(first) + index).zfill(width), body) for index, body in enumerate(bodies))


def _back(interchange: Interchange, numbers: AckNumbers, now: datetime) -> OutgoingInterchange:
    """The empty interchange from receiver to sender."""
    x12 = interchange.standard is Standard.X12
    version = interchange.version
    if not re.fullmatch(r"00[2-8]\d\d" if x12 else "[1-4]", version):
        version = "00401" if x12 else "3"
    return OutgoingInterchange(
        interchange.standard,
        _qualified(interchange.receiver) if x12 else interchange.receiver,
        _qualified(interchange.sender) if x12 else interchange.sender,
        numbers.interchange,
        now,
        usage=interchange.usage or "live",
        version=version,
        ack_requested=False,
        groups=(),
    )


def _qualified(identity: Identity) -> Identity:
    """ISA05 and ISA07 have two characters; an id that came without is mutually defined."""
    return identity if len(identity.qualifier) == 2 else Identity("ZZ", identity.id)


# -- EDIFACT


def _edifact(
    validated: ValidatedInterchange, verdict: InterchangeVerdict, numbers: AckNumbers, now: datetime, options: AckOptions
) -> OutgoingInterchange | None:
    interchange = validated.interchange
    if options.functional:
        body = contrl.syntax_report(validated, verdict, for_accepted=options.ak2_for_accepted)
    elif interchange.ack_requested:
        body = contrl.receipt(validated)
    else:
        return None
    group = OutgoingGroup("", "", "", numbers.group, contrl.RELEASE, (OutgoingSet(_REPORT, numbers.set, body),))
    return replace(_back(interchange, numbers, now), groups=(group,))


# -- theirs


def read_acks(interchange: Interchange) -> tuple[AckReport, ...]:
    """What the TA1, 997 and CONTRL in an interchange say, in order; empty when it has none."""
    reports = [read_ta1(segment) for segment in interchange.service_segments if segment.tag == "TA1"]
    for transaction_set in interchange.transaction_sets:
        report = None
        if transaction_set.set_id == "997":
            report = x12_997.read_997(transaction_set)
        elif transaction_set.set_id == _REPORT:
            report = contrl.read_contrl(transaction_set)
        if report:
            reports.append(report)
    return tuple(reports)
