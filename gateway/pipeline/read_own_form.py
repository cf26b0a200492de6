"""A payload in a partner's own form: no envelope, so the way it came says whose it is, and its agreement what it is."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from canonical.base import Identity, SourceRef, Transport
from gateway.errors import Cause, PermanentError
from gateway.pipeline.active import Active
from gateway.pipeline.findings import of_maps
from gateway.pipeline.map_set import map_set
from gateway.pipeline.outcome import Hold
from gateway.pipeline.reading import About, ReadSet, Unit
from gateway.states import TransactionSetState
from maps.fault import MapError
from maps.finding import MapFinding
from maps.formats.payload import Form, PayloadDocument
from maps.registry import MapRegistry
from partners.model import OWN_FORMS, Agreement, Direction, Partner

__all__ = ["own_forms", "read_own_form", "said"]

_SAID = 3  #: findings that one sentence holds


def own_forms(partner: Partner, maps: MapRegistry, payload: bytes) -> list[tuple[Agreement, Form]]:
    """The agreements that a payload may belong to, by what it looks like; the only one that there is, whatever it looks like.

    Raises MapError.
    """
    agreed = [a for a in partner.agreements if a.standard in OWN_FORMS and a.direction is Direction.INBOUND]
    found = [(agreement, form) for agreement in agreed if (form := maps.get(agreement.map).form) is not None]
    return found if len(found) == 1 else [(agreement, form) for agreement, form in found if form.recognises(payload)]


def said(findings: Iterable[MapFinding]) -> str:
    """The first few findings of a payload as one text, without the partner's data."""
    listed = list(findings)
    parts = [f"{one.message} {one.hint} ({one.wire})" if one.wire else f"{one.message} {one.hint}" for one in listed[:_SAID]]
    return "; ".join([*parts, *([f"and {len(listed) - _SAID} more"] if len(listed) > _SAID else [])])


def read_own_form(active: Active, payload: bytes, about: About) -> Unit | None:
    """The unit of a payload in the partner's own form; None when its partner has none that it could be.

    Raises PermanentError when it is not what was agreed.
    """
    partner = active.workspace.partners.get(about.partner_id or "")
    if partner is None or not payload.strip():
        return None
    try:
        found = own_forms(partner, active.maps, payload)
    except MapError as fault:
        found = []
        hold: Hold | None = Hold(Cause.NO_MAP, str(fault.faults[0].message))
    else:
        hold = Hold(Cause.NO_AGREEMENT, "several agreements could be meant") if len(found) > 1 else None
    if not found and hold is None:
        return None
    standards = {agreement.standard for agreement, _ in found}
    usage = active.workspace.own.environment if partner.status.takes(active.workspace.own.environment) else "test"
    unit = Unit(standards.pop() if standards else "json", usage, hashlib.sha256(payload).hexdigest(), partner.id, ())
    if not partner.status.takes(usage):
        return replace(unit, hold=Hold(Cause.PARTNER_SUSPENDED, "the profile's status lets nothing through"))
    if hold is not None:
        return replace(unit, hold=hold)
    [(agreement, form)] = found
    read = form.read(payload)
    if read.findings:
        raise PermanentError(Cause.UNREADABLE, said(read.findings))
    return replace(unit, sets=tuple(_sets(active, agreement, read.documents, unit.sha256, about)), duplicates=agreement.duplicates)


def _sets(active: Active, agreement: Agreement, documents: Sequence[PayloadDocument], digest: str, about: About) -> Iterable[ReadSet]:
    for index, document in enumerate(documents, 1):
        reference = SourceRef(
            syntax=agreement.standard,
            standard_version=agreement.release or None,
            document_code=agreement.set_id,
            sender=Identity(id=agreement.partner_id),
            receiver=Identity(id=active.workspace.own.org),
            set_index=index,
            set_count=len(documents),
            transport=Transport(kind=about.transport, message_id=about.message_id or None, mic=about.mic or None),
            raw_sha256=about.sha256,
            received_at=about.received_at,
        )
        blank = ReadSet(
            index=index,
            state=TransactionSetState.REJECTED,
            release=agreement.release,
            set_id=agreement.set_id,
            functional_id="",
            group_control_number="",
            control_number="",
            sha256=digest if len(documents) == 1 else hashlib.sha256(f"{digest}/{index}".encode()).hexdigest(),
            agreement=agreement,
            findings=of_maps(document.findings),
        )
        yield map_set(active, agreement, document.value, blank, reference, decimal=".")
