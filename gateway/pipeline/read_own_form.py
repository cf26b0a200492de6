"""A payload in a partner's own form (JSON): no envelope, so the way it came says whose it is, and its agreement what it is."""

import hashlib

from canonical.base import Identity, SourceRef, Transport
from gateway.errors import Cause, PermanentError
from gateway.pipeline.context import Active
from gateway.pipeline.map_set import map_set
from gateway.pipeline.outcome import Hold
from gateway.pipeline.reading import About, ReadSet, Unit
from gateway.states import TransactionSetState
from maps.formats import json
from partners.model import Direction

__all__ = ["read_own_form"]


def read_own_form(active: Active, payload: bytes, about: About) -> Unit | None:
    """The unit of a JSON payload; None when it is none, or when its partner has no form of its own.

    Raises PermanentError when it should be JSON by its first byte and is not.
    """
    partner = active.workspace.partners.get(about.partner_id or "")
    agreements = [a for a in partner.agreements if a.standard == "json" and a.direction is Direction.INBOUND] if partner else []
    if partner is None or not agreements or payload.lstrip()[:1] not in {b"{", b"["}:
        return None
    own = active.workspace.own
    usage = own.environment if partner.status.takes(own.environment) else "test"
    digest = hashlib.sha256(payload).hexdigest()
    unit = Unit("json", usage, digest, partner.id, ())
    if not partner.status.takes(usage):
        return Unit("json", usage, digest, partner.id, (), hold=Hold(Cause.PARTNER_SUSPENDED, "the profile's status lets nothing through"))
    if len(agreements) > 1:
        return Unit("json", usage, digest, partner.id, (), hold=Hold(Cause.NO_AGREEMENT, "several agreements could be meant"))
    [agreement] = agreements
    read = json.read(payload)
    if read.findings:
        raise PermanentError(Cause.UNREADABLE, f"{read.findings[0].message} {read.findings[0].hint} {read.findings[0].wire}")
    reference = SourceRef(
        syntax="json",
        standard_version=agreement.release or None,
        document_code=agreement.set_id,
        sender=Identity(id=partner.id),
        receiver=Identity(id=own.org),
        set_index=1,
        set_count=1,
        transport=Transport(kind=about.transport, message_id=about.message_id or None, mic=about.mic or None),
        raw_sha256=about.sha256,
        received_at=about.received_at,
    )
    blank = ReadSet(
        index=1,
        state=TransactionSetState.REJECTED,
        release=agreement.release,
        set_id=agreement.set_id,
        functional_id="",
        group_control_number="",
        control_number="",
        sha256=digest,
        agreement=agreement,
        findings=[],
    )
    read_set = map_set(active, agreement, read.value, blank, reference, decimal=".")
    return Unit(unit.standard, unit.usage, unit.sha256, unit.partner_id, (read_set,))
