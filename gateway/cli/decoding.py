"""Files to canonical documents: read, validated, and decoded set by set. A set that breaks the standard becomes no document."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from canonical.base import Document, Identity, SourceRef
from canonical.envelope import CloudEvent, Verb, event_type, partition_key, sequence_text
from canonical.ids import event_id
from edi.delimiters import Delimiters
from edi.envelope import FunctionalGroup, Interchange
from edi.finding import Finding
from edi.validate import Validation
from edi.values import Identity as Address
from gateway.cli.output import CliError
from gateway.cli.reading import ReadFile, Rules, judge
from maps.fault import MapError
from maps.finding import MapFinding
from maps.registry import DecodeContext, Map, MapRegistry
from maps.run.residue import Residue
from partners.model import Workspace

__all__ = ["DecodedSet", "decode_file", "registry_of"]

#: what stands in events where no workspace says who we are
_NOBODY: Final = "local"


@dataclass(frozen=True, slots=True)
class DecodedSet:
    """What became of one transaction set."""

    name: str  #: "850 0001"
    data: bytes = field(repr=False)
    delimiters: Delimiters
    document: Document | None
    faults: tuple[Finding, ...]  #: of the set; any error keeps it from being decoded
    findings: tuple[MapFinding, ...]
    residue: tuple[Residue, ...]
    envelope: "_Envelope"

    def event(self) -> dict[str, Any]:
        """The document in its event, as the hub would get it."""
        assert self.document is not None
        return self.envelope.event_of(self.document)


@dataclass(frozen=True, slots=True)
class _Envelope:
    """What the event says beside the document."""

    own: str
    partner: str
    org: str
    usage: str
    sequence: int
    at: datetime
    sha256: str

    def event_of(self, document: Document) -> dict[str, Any]:
        source = document.source_ref
        assert source is not None
        assert document.map is not None
        sender, receiver = (address.id if address else "" for address in (source.sender, source.receiver))
        name = f"urn:gw:{self.org}:{self.usage}"
        controls = (source.interchange_control or "", source.group_control or "", source.set_control or "")
        event = CloudEvent(
            id=event_id(name, sender, receiver, controls, self.sha256, 0, document.map.hash),
            source=name,
            type=event_type(self.org, document.document_type, Verb.RECEIVED),
            subject=f"{self.partner}/{document.business_number}",
            time=self.at,
            partitionkey=partition_key(self.partner, document.business_number),
            sequence=sequence_text(self.sequence),
            partnerid=self.partner,
            usage="live" if self.usage == "live" else "test",
            data=document.to_json(),
        )
        return event.to_json()


def decode_file(path: Path, workspace: Workspace | None, rules: Rules) -> list[DecodedSet]:
    """Every set of a file. Raises `CliError`: no interchange, or no map for a set."""
    read = judge(path, rules)
    registry = registry_of(workspace)
    decoded: list[DecodedSet] = []
    for interchange in read.interchanges:
        validations = interchange.validations
        index = 0
        for group in interchange.groups:
            for validation in group.validations:
                index += 1
                source = _source_ref(read, interchange.interchange, group.group, validation, index, len(validations))
                decoded.append(_decode(read, interchange.interchange, validation, source, registry, workspace, rules, len(decoded) + 1))
    return decoded


def registry_of(workspace: Workspace | None) -> MapRegistry:
    """The standard maps, and those of the workspace."""
    return MapRegistry(workspace.map_sources if workspace is not None else {})


def _decode(
    read: ReadFile,
    interchange: Interchange,
    validation: Validation,
    source: SourceRef,
    registry: MapRegistry,
    workspace: Workspace | None,
    rules: Rules,
    number: int,
) -> DecodedSet:
    one = validation.transaction_set
    name = f"{one.set_id} {one.control_number}"
    envelope = _Envelope(
        own=workspace.own.name if workspace else interchange.receiver.id,
        partner=rules.partner.id if rules.partner else interchange.sender.id,
        org=workspace.own.org if workspace else _NOBODY,
        usage="live" if interchange.usage == "live" else "test",
        sequence=number,
        at=datetime.now(tz=UTC),
        sha256=hashlib.sha256(read.data[one.start : one.end]).hexdigest(),
    )
    if validation.has_errors or validation.tree is None:
        return DecodedSet(name, read.data, interchange.delimiters, None, validation.findings, (), (), envelope)
    context = DecodeContext(
        own=envelope.own,
        partner=envelope.partner,
        zone=rules.partner.tzinfo if rules.partner else UTC,
        source_ref=source,
        currency=rules.partner.currency if rules.partner else None,
        decimal=interchange.delimiters.decimal,
    )
    found = _map_of(validation, registry, rules).decode(validation.tree, context)
    return DecodedSet(name, read.data, interchange.delimiters, found.document, validation.findings, found.findings, found.residue, envelope)


def _map_of(validation: Validation, registry: MapRegistry, rules: Rules) -> Map:
    one = validation.transaction_set
    agreement = rules.agreement_of(one)
    try:
        found = registry.get(agreement.map) if agreement is not None else registry.standard(one.standard, one.release, one.set_id)
    except MapError as fault:
        raise CliError(f"the map cannot be used: {fault}", "Correct the map file.") from None
    if found is None:
        raise CliError(
            f"no map for {one.standard}/{one.release}/{one.set_id}",
            "Name a map in the partner's agreement, and the partner with --partner.",
        )
    return found


def _source_ref(
    read: ReadFile, interchange: Interchange, group: FunctionalGroup, validation: Validation, index: int, count: int
) -> SourceRef:
    one = validation.transaction_set
    return SourceRef(
        syntax=one.standard,
        standard_version=one.release + one.industry or None,
        document_code=one.set_id or None,
        sender=_identity(interchange.sender),
        receiver=_identity(interchange.receiver),
        interchange_control=interchange.control_number or None,
        group_control=group.control_number or None,
        set_control=one.control_number or None,
        set_index=index,
        set_count=count,
        raw_sha256=hashlib.sha256(read.data).hexdigest(),
    )


def _identity(address: Address) -> Identity | None:
    return Identity(qualifier=address.qualifier or None, id=address.id) if address.id else None
