"""One accepted transaction set through its map and checks to a document, or to the reason why there is none."""

import hashlib
import json
from dataclasses import replace
from typing import Any, Final
from uuid import uuid5

from canonical import ids
from canonical.base import Document, SourceRef, Transport
from canonical.base import Identity as DocumentIdentity
from canonical.envelope import Verb, event_type
from edi.envelope import Interchange
from edi.values import Identity
from gateway.errors import Cause
from gateway.pipeline.active import Active
from gateway.pipeline.checks import checked
from gateway.pipeline.envelope import source_of
from gateway.pipeline.findings import of_maps
from gateway.pipeline.reading import About, ReadDocument, ReadSet
from gateway.plural import counted
from gateway.states import TransactionSetState
from maps.fault import MapError
from maps.run import DecodeContext, Decoded, Map
from partners.identify import split_release
from partners.model import Agreement, Partner

__all__ = ["content_digest", "document_of", "event_id_of_content", "map_set", "says_other", "source_ref"]

#: what says how a document came, not what it says
_NOT_CONTENT: Final = frozenset({"sourceRef", "map", "ids", "lineageRef", "residueRef", "supersedes", "warnings", "schemaVersion"})


def source_ref(interchange: Interchange, read_set: ReadSet, about: About, place: tuple[int, int]) -> SourceRef:
    """Where a set stands on the wire, so that its document can be found there and encoded back."""
    index, count = place
    return SourceRef(
        syntax=interchange.standard.value,
        standard_version=read_set.release or None,
        document_code=read_set.set_id,
        sender=_address(interchange.sender),
        receiver=_address(interchange.receiver),
        interchange_control=interchange.control_number or None,
        group_control=read_set.group_control_number or None,
        set_control=read_set.control_number or None,
        set_index=index,
        set_count=count,
        transport=Transport(kind=about.transport, message_id=about.message_id or None, mic=about.mic or None),
        raw_sha256=about.sha256,
        received_at=about.received_at,
    )


def _address(identity: Identity) -> DocumentIdentity | None:
    return DocumentIdentity(qualifier=identity.qualifier or None, id=identity.id) if identity.id else None


def map_set(active: Active, agreement: Agreement, tree: Any, blank: ReadSet, reference: SourceRef, *, decimal: str) -> ReadSet:
    """The set with its document, HELD where the map is missing or finds faults."""
    partner = active.workspace.partners[agreement.partner_id]
    try:
        document_map = active.maps.agreed(agreement.map, split_release(agreement.standard, blank.release)[1])
    except MapError as fault:
        return replace(blank, state=TransactionSetState.HELD, cause=Cause.NO_MAP, detail=str(fault.faults[0].message))
    context = DecodeContext(
        own=active.workspace.own.org,
        partner=partner.id,
        zone=partner.tzinfo,
        source_ref=reference,
        currency=partner.currency,
        decimal=decimal,
        lineage=False,  # made again from bytes and map when somebody asks
    )
    decoded = document_map.decode(tree, context)
    findings = of_maps(decoded.findings)
    if decoded.document is None:
        detail = f"{counted(sum(f['severity'] == 'error' for f in findings), 'error')} in mapping"
        held = [*blank.findings, *findings]
        return replace(blank, state=TransactionSetState.HELD, cause=Cause.MAP_FAULT, detail=detail, findings=held)
    document = document_of(active, partner, decoded.document, decoded, document_map, blank, reference)
    return replace(blank, state=TransactionSetState.MAPPED, document=document)


def document_of(
    active: Active, partner: Partner, document: Document, decoded: Decoded, document_map: Map, read_set: ReadSet, reference: SourceRef
) -> ReadDocument:
    """What is fixed of a document before it is stored: its bytes, its ids, whether its sense holds."""
    own = active.workspace.own
    data = document.to_json()
    faults, hold = checked(document, partner)
    sender, receiver = reference.sender, reference.receiver
    return ReadDocument(
        kind=document.document_type,
        made=document,
        body=json.dumps(data, ensure_ascii=False, separators=(",", ":")),
        content_sha256=content_digest(data),
        event_id=ids.event_id(
            source_of(own),
            sender.id if sender else "",
            receiver.id if receiver else "",
            (reference.interchange_control or "", read_set.group_control_number, read_set.control_number),
            read_set.sha256,
            0,
            document_map.hash,
        ),
        event_type=event_type(own.org, document.document_type, Verb.RECEIVED),
        map={"id": document_map.name, "version": document_map.version, "hash": document_map.hash},
        findings=[*of_maps(decoded.findings), *faults],
        hold=hold,
    )


def says_other(body: str, other: str) -> bool:
    """Whether two documents, as they are stored, say different things; how they came does not count."""
    return body != other and content_digest(json.loads(body)) != content_digest(json.loads(other))


def event_id_of_content(event_id: str, body: str) -> str:
    """The event of the same bytes through the same map that says something else now: the same each time that it says the same."""
    return str(uuid5(ids.NAMESPACE, f"{event_id}\x1f{content_digest(json.loads(body))}"))


def content_digest(data: dict[str, Any]) -> str:
    """Of what a document says, not of how it came."""
    content = {name: value for name, value in data.items() if name not in _NOT_CONTENT}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
