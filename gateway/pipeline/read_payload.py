"""From bytes to `Unit`s: read, identify, validate, judge. No store, no clock: a function of bytes and the revision in force."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from edi.acks import AckNumbers, AckOptions, AckStatus, judge_interchange, prepare, read_acks
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.errors import NoInterchangeError
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.guide import Guide
from edi.read import Limits, read, sniff
from edi.tolerance import STANDARD, Tolerance
from edi.validate import ValidatedGroup, ValidatedInterchange, Validation, validate_interchange
from edi.values import Standard
from gateway.errors import Cause, PermanentError
from gateway.pipeline.active import Active
from gateway.pipeline.business_number import business_number
from gateway.pipeline.clocks import named_deadline
from gateway.pipeline.findings import of_syntax
from gateway.pipeline.map_set import map_set, source_ref
from gateway.pipeline.numbered import TRIAL
from gateway.pipeline.numbering import Numbering
from gateway.pipeline.outcome import Hold
from gateway.pipeline.read_own_form import read_own_form
from gateway.pipeline.reading import About, AnswerPlan, ReadSet, Unit
from gateway.pipeline.writing import write_options
from gateway.states import TransactionSetState
from gateway.store.seen import Envelope
from gateway.validators.pyx12 import judged
from partners.duplicates import DuplicateSettings
from partners.identify import Reason, Unidentified, identify, partner_by_address
from partners.model import Agreement, Direction, Partner

__all__ = ["read_payload"]

_ACKNOWLEDGMENTS: Final = frozenset({"997", "999", "CONTRL"})
#: reasons that hold the whole interchange: who it is from, or whether we take anything from them, is not settled
_HOLDS: Final = {
    Reason.PARTNER_UNKNOWN: Hold(Cause.UNKNOWN_PARTNER, "no profile has the sender's identity"),
    Reason.STATION_UNKNOWN: Hold(Cause.UNKNOWN_PARTNER, "the receiver's identity is none of our stations"),
    Reason.PARTNER_INACTIVE: Hold(Cause.PARTNER_SUSPENDED, "the profile's status does not let this through"),
    Reason.USAGE_NOT_AGREED: Hold(Cause.USAGE_NOT_ACCEPTED, "the agreement is for other usage"),
}
_MANY: Final = 200  #: sets of an interchange, above which their documents wait for the commit in their JSON form
Identified = Agreement | Unidentified


def read_payload(active: Active, payload: bytes, about: About, *, now: datetime, max_bytes: int, max_sets: int) -> tuple[Unit, ...]:
    """Everything in a payload; `now` is what our answers say of when they were written.

    Raises PermanentError when it is neither an interchange nor an agreed form, or holds more sets than are worked on together.
    """
    if sniff(payload) is None:
        own_form = read_own_form(active, payload, about)
        if own_form is not None:
            return (own_form,)
    readings = _Readings(payload, Limits(bytes=max_bytes))
    try:
        interchanges = readings.by(STANDARD)
    except NoInterchangeError as fault:
        raise PermanentError(Cause.UNREADABLE, str(fault)) from None
    sets = sum(len(interchange.transaction_sets) for interchange in interchanges)
    if sets > max_sets:
        raise PermanentError(Cause.TOO_LARGE_TO_READ, f"{sets} transaction sets; limits.sets is {max_sets}")
    units: list[Unit] = []
    first = 1
    for position, interchange in enumerate(interchanges):
        units.append(_unit(active, readings, position, about, now=now, first=first))
        first += len(interchange.transaction_sets)  # of a held one too: its sets have their numbers when they are worked on later
    return tuple(units)


class _Readings:
    """The interchanges of a payload by what is forgiven; each way of reading it is done once, however many there are in it."""

    def __init__(self, payload: bytes, limits: Limits) -> None:
        self.payload = payload
        self._limits = limits
        self._done: dict[Tolerance, tuple[Interchange, ...]] = {}

    def by(self, tolerance: Tolerance) -> tuple[Interchange, ...]:
        """All interchanges, in order. Raises NoInterchangeError."""
        if tolerance not in self._done:
            strict = self._done.get(STANDARD)
            # the standard says every fault that reading knows: where it has none there is nothing to forgive, and nothing to read again
            is_clean = strict is not None and not any(map(_faulty, strict))
            self._done[tolerance] = strict if is_clean and strict else read(self.payload, tolerance=tolerance, limits=self._limits)
        return self._done[tolerance]


def _faulty(interchange: Interchange) -> bool:
    """Whether reading found anything in it."""
    groups = interchange.groups
    return bool(interchange.findings) or any(group.findings or any(ts.findings for ts in group.transaction_sets) for group in groups)


def _unit(active: Active, readings: _Readings, position: int, about: About, *, now: datetime, first: int) -> Unit:
    payload, interchange = readings.payload, readings.by(STANDARD)[position]
    standard, usage = interchange.standard.value, interchange.usage
    identified = tuple(_identify(active, interchange, group, ts) for group in interchange.groups for ts in group.transaction_sets)
    sender = partner_by_address(active.workspace, standard, interchange.sender)
    agreed = next((found for found in identified if isinstance(found, Agreement)), None)
    partner_id = agreed.partner_id if agreed is not None else sender.id if isinstance(sender, Partner) else None
    raw = payload[interchange.start : interchange.end]
    digest = hashlib.sha256(raw).hexdigest()
    unit = Unit(
        standard=standard,
        usage=usage,
        sha256=digest,
        partner_id=partner_id,
        sets=(),
        envelope=Envelope(standard, str(interchange.sender), str(interchange.receiver), usage, interchange.control_number),
        duplicates=agreed.duplicates if agreed is not None else DuplicateSettings(),
        sequence=agreed.sequence if agreed is not None else "notice",
        is_kept_only=usage == "information",
    )
    hold = _hold(active, interchange, identified, partner_id, about)
    if hold is not None or unit.is_kept_only:
        return replace(unit, hold=hold, findings=of_syntax(interchange.findings))
    if agreed is not None:
        interchange = readings.by(agreed.tolerance)[position]
    validated = _validate(active, interchange, identified)
    sets = tuple(_sets(active, payload, validated, identified, about, first))
    if agreed is not None and agreed.on_error == "suspend_interchange" and any(s.state is TransactionSetState.REJECTED for s in sets):
        sets = tuple(_suspended(read_set) for read_set in sets)
    return replace(
        unit,
        sets=sets,
        findings=of_syntax((*interchange.findings, *(f for group in interchange.groups for f in group.findings))),
        reports=read_acks(interchange),
        answer=_answer(validated, agreed, active, partner_id, now),
        refusal=lambda: _answer(_refused(validated), agreed, active, partner_id, now),
    )


def _identify(active: Active, interchange: Interchange, group: FunctionalGroup, transaction_set: TransactionSet) -> Identified:
    return identify(
        active.workspace,
        standard=interchange.standard.value,
        direction=Direction.INBOUND,
        sender=interchange.sender,
        receiver=interchange.receiver,
        group_sender=group.sender,
        group_receiver=group.receiver,
        set_id=transaction_set.set_id,
        release=transaction_set.release,
        industry=transaction_set.industry,
        usage=interchange.usage,
    )


def _hold(active: Active, interchange: Interchange, identified: Sequence[Identified], partner_id: str | None, about: About) -> Hold | None:
    """Why nothing in the interchange is worked on; None when it is."""
    business = [
        found
        for ts, found in zip(interchange.transaction_sets, identified, strict=True)
        if not (ts.set_id in _ACKNOWLEDGMENTS and partner_id is not None)
    ]
    reasons = [found.reason for found in business if isinstance(found, Unidentified)]
    if partner_id is None:
        return _HOLDS[Reason.PARTNER_UNKNOWN] if Reason.STATION_UNKNOWN not in reasons else _HOLDS[Reason.STATION_UNKNOWN]
    if about.partner_id is not None and about.partner_id != partner_id:
        return Hold(Cause.UNKNOWN_PARTNER, "the envelope names another partner than the one whose way it came")
    for reason, hold in _HOLDS.items():
        if reasons and all(found is reason for found in reasons) and len(reasons) == len(business):
            return hold
    if business and interchange.usage == "live" and active.workspace.own.environment == "test":
        return Hold(Cause.USAGE_NOT_ACCEPTED, "live traffic came to a test gateway")
    return None


def _validate(active: Active, interchange: Interchange, identified: Sequence[Identified]) -> ValidatedInterchange:
    """Each set by its grammar and its agreement's guide; what is not agreed gets the finding that answers it."""
    agreement_of = {id(ts): found for ts, found in zip(interchange.transaction_sets, identified, strict=True)}
    tolerance = next((found.tolerance for found in identified if isinstance(found, Agreement)), STANDARD)

    def guide_of(transaction_set: TransactionSet) -> Guide | None:
        found = agreement_of.get(id(transaction_set))
        return active.guide(found) if isinstance(found, Agreement) else None

    validated = judged(validate_interchange(interchange, guide_of=guide_of, tolerance=tolerance), tolerance)
    if all(isinstance(found, Agreement) for found in identified):
        return validated
    groups = []
    position = 0
    for group in validated.groups:
        validations = []
        for validation in group.validations:
            refused = isinstance(identified[position], Unidentified) and validation.transaction_set.set_id not in _ACKNOWLEDGMENTS
            validations.append(_not_agreed(validation) if refused else validation)
            position += 1
        groups.append(ValidatedGroup(group.group, tuple(validations)))
    return ValidatedInterchange(validated.interchange, tuple(groups))


def _not_agreed(validation: Validation) -> Validation:
    header = validation.transaction_set.segments[0]
    element, component = (1, None) if validation.transaction_set.standard is Standard.X12 else (2, 1)
    location = header.location(element=element, component=component)
    finding = Finding(
        FindingCode.SET_NOT_AGREED,
        Scope.GUIDE,
        Severity.ERROR,
        location,
        "nothing is agreed for this set",
        validation.transaction_set.set_id,
    )
    return replace(validation, findings=(*validation.findings, finding))


def _sets(
    active: Active, payload: bytes, validated: ValidatedInterchange, identified: Sequence[Identified], about: About, first: int
) -> Iterator[ReadSet]:
    agreed = next((found for found in identified if isinstance(found, Agreement)), None)
    if agreed is None:
        verdicts = judge_interchange(validated).sets
    else:
        verdicts = judge_interchange(validated, accept_with_errors=agreed.accept_with_errors, partial=agreed.ack.partial).sets
    count = len(identified)
    position = 0
    for group in validated.groups:
        for validation in group.validations:
            found = identified[position]
            blank = _blank(payload, group.group, validation, first + position, found if isinstance(found, Agreement) else None)
            if blank.agreement is not None and blank.agreement.sla is not None:
                zone = active.workspace.partners[blank.agreement.partner_id].tzinfo
                asked = named_deadline(validation.transaction_set.segments, blank.agreement.sla.within.from_, zone)
                blank = replace(blank, respond_by=asked)
            read_set = _judged(active, validated.interchange, validation, verdicts[position], blank, about, (position + 1, count), found)
            if count > _MANY and read_set.document is not None:
                read_set = replace(read_set, document=read_set.document.put_away())
            yield read_set
            position += 1


def _blank(payload: bytes, group: FunctionalGroup, validation: Validation, index: int, agreement: Agreement | None) -> ReadSet:
    ts = validation.transaction_set
    return ReadSet(
        index=index,
        state=TransactionSetState.REJECTED,
        release=ts.release + ts.industry,
        set_id=ts.set_id,
        functional_id=group.functional_id,
        group_control_number=group.control_number,
        control_number=ts.control_number,
        sha256=hashlib.sha256(payload[ts.start : ts.end]).hexdigest(),
        agreement=agreement,
        findings=of_syntax(validation.findings),
        number=business_number(ts),
    )


def _judged(
    active: Active,
    interchange: Interchange,
    validation: Validation,
    verdict: AckStatus,
    blank: ReadSet,
    about: About,
    place: tuple[int, int],
    identified: Identified,
) -> ReadSet:
    if blank.set_id in _ACKNOWLEDGMENTS:
        return replace(blank, state=TransactionSetState.APPLIED)
    if isinstance(identified, Unidentified):
        detail = f"{identified.reason.value}; the partner was told that it is not supported"
        return replace(blank, state=TransactionSetState.HELD, cause=Cause.NO_AGREEMENT, detail=detail)
    if not verdict.is_accepted and not (about.is_accepted and validation.tree is not None):
        return blank
    if validation.tree is None:  # judged by another library, which gives no tree that a map could read
        return replace(blank, state=TransactionSetState.HELD, cause=Cause.NO_MAP, detail="sets of this kind are checked, not mapped")
    reference = source_ref(interchange, blank, about, place)
    return map_set(active, identified, validation.tree, blank, reference, decimal=identified.tolerance.marks(interchange.decimal_marks))


def _suspended(read_set: ReadSet) -> ReadSet:
    """What stands beside a faulty set waits with it, where the agreement says so."""
    if read_set.state is not TransactionSetState.MAPPED:
        return read_set
    detail = "another set of the interchange has errors"
    return replace(read_set, state=TransactionSetState.HELD, cause=Cause.SUSPENDED_WITH_OTHERS, detail=detail)


def _refused(validated: ValidatedInterchange) -> ValidatedInterchange:
    """The same, refused because it was there before."""
    interchange = validated.interchange
    element = 13 if interchange.standard is Standard.X12 else 5
    words = "the control number was used before"
    finding = Finding(
        FindingCode.INTERCHANGE_DUPLICATE, Scope.STANDARD, Severity.ERROR, interchange.header.location(element=element), words
    )
    return replace(validated, interchange=replace(interchange, findings=(*interchange.findings, finding)))


def _answer(
    validated: ValidatedInterchange, agreement: Agreement | None, active: Active, partner_id: str | None, now: datetime
) -> AnswerPlan:
    interchange = validated.interchange
    partner = active.workspace.partners.get(partner_id or "")
    options = AckOptions()
    transport = partner.send_by if partner else None
    if agreement is not None:
        options = AckOptions(
            accept_with_errors=agreement.accept_with_errors,
            ta1=agreement.ack.ta1,
            partial=agreement.ack.partial,
            ak2_for_accepted=agreement.ack.ak2_for_accepted,
            functional=agreement.functional_ack is not None,
            version="999" if agreement.functional_ack == "999" else None,
            write=write_options(agreement, charset=False),
        )
        transport = agreement.transport
    written_at = now.astimezone(partner.tzinfo if partner else active.workspace.own.tzinfo)
    numbers = AckNumbers(str(TRIAL.interchange), str(TRIAL.group))
    prepared = prepare(validated, options)
    trial = prepared.answer(numbers=numbers, now=written_at)
    numbering = Numbering(agreement, interchange.receiver, interchange.sender, interchange.usage, interchange.standard.value)
    return AnswerPlan(lambda: prepared, prepared.groups, options, numbering, transport, written_at, trial)
