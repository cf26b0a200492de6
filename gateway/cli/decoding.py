"""Files to canonical documents: read, validated, and decoded set by set. A set that breaks the standard becomes no document."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from canonical.base import Document, Identity, SourceRef
from canonical.envelope import CloudEvent, Verb, event_type, partition_key, sequence_text
from canonical.ids import event_id
from edi.delimiters import X12_DEFAULT, Delimiters
from edi.envelope import FunctionalGroup, Interchange
from edi.finding import Finding
from edi.read import sniff
from edi.validate import Validation
from edi.values import Identity as Address
from gateway.cli.output import CliError, read_bytes
from gateway.cli.reading import ReadFile, Rules, judge
from gateway.pipeline.envelope import source_of
from gateway.pipeline.read_own_form import own_forms, said
from maps.fault import MapError
from maps.finding import MapFinding
from maps.formats.payload import Form
from maps.registry import MapRegistry
from maps.run import DecodeContext, Decoded, Map, Residue
from partners.model import OWN_FORMS, Agreement, Partner, Workspace

__all__ = ["DecodedSet", "decode_file", "registry_of"]

#: what stands in ids and events where no workspace says who we are
_NOBODY: Final = "local"


@dataclass(frozen=True, slots=True)
class DecodedSet:
    """What became of one transaction set."""

    name: str  #: "850 0001"
    data: bytes = field(repr=False)
    delimiters: Delimiters
    origin: "_Origin"
    document: Document | None = None
    faults: tuple[Finding, ...] = ()  #: of the set; any error keeps it from being decoded
    findings: tuple[MapFinding, ...] = ()
    residue: tuple[Residue, ...] = ()
    made: Map | None = None  #: the map that was asked
    decoded: Decoded | None = None  #: all that it said, lineage too

    def event(self) -> dict[str, Any]:
        """The document in its event, as the hub would get it."""
        assert self.document is not None
        return self.origin.event_of(self.document)


@dataclass(frozen=True, slots=True)
class _Origin:
    """Who sent a set to whom, and what its event says beside the document."""

    own: str
    partner: str
    source: str
    is_live: bool
    sequence: int
    sha256: str

    def event_of(self, document: Document) -> dict[str, Any]:
        reference, made_by = document.source_ref, document.map
        assert reference is not None
        assert made_by is not None
        sender, receiver = (address.id if address else "" for address in (reference.sender, reference.receiver))
        controls = (reference.interchange_control or "", reference.group_control or "", reference.set_control or "")
        event = CloudEvent(
            id=event_id(self.source, sender, receiver, controls, self.sha256, 0, made_by.hash),
            source=self.source,
            type=event_type(self.own, document.document_type, Verb.RECEIVED),
            subject=f"{self.partner}/{document.business_number}",
            time=datetime.now(tz=UTC),
            partitionkey=partition_key(self.partner, document.ordering_number),
            sequence=sequence_text(self.sequence),
            partnerid=self.partner,
            usage="live" if self.is_live else "test",
            data=document.to_json(),
        )
        return event.to_json()


def decode_file(
    path: Path, workspace: Workspace | None, rules: Rules, *, data: bytes | None = None, registry: MapRegistry | None = None
) -> list[DecodedSet]:
    """Every set of a file, of `data` where that was read already, by the maps of the workspace or those of `registry`.

    Raises `CliError`: no interchange, or no map for a set.
    """
    registry = registry or registry_of(workspace)
    if workspace is not None and rules.partner is not None and any(one.standard in OWN_FORMS for one in rules.partner.agreements):
        data = read_bytes(path) if data is None else data
        if sniff(data) is None and (found := _own_form(rules.partner, registry, data)) is not None:
            return _decode_own_form(data, *found, registry, workspace, rules)
    read = judge(path, rules, data=data)
    decoded: list[DecodedSet] = []
    for interchange in read.interchanges:
        count = len(interchange.validations)
        places = [(group.group, validation) for group in interchange.groups for validation in group.validations]
        for index, (group, validation) in enumerate(places, 1):
            source = _source_ref(read, interchange.interchange, group, validation, index, count)
            origin = _origin_of(read, interchange.interchange, validation, workspace, rules, len(decoded) + 1)
            decoded.append(_decode(read, interchange.interchange, validation, source, origin, registry, rules))
    return decoded


def registry_of(workspace: Workspace | None) -> MapRegistry:
    """The standard maps, and those of the workspace."""
    return MapRegistry(workspace.map_sources if workspace is not None else {})


def _origin_of(
    read: ReadFile, interchange: Interchange, validation: Validation, workspace: Workspace | None, rules: Rules, number: int
) -> _Origin:
    one = validation.transaction_set
    return _Origin(
        own=workspace.own.org if workspace else _NOBODY,
        partner=rules.partner.id if rules.partner else interchange.sender.id,
        source=source_of(workspace.own) if workspace else f"urn:gw:{_NOBODY}:test",
        is_live=interchange.usage == "live",
        sequence=number,
        sha256=hashlib.sha256(read.data[one.start : one.end]).hexdigest(),
    )


def _decode(
    read: ReadFile,
    interchange: Interchange,
    validation: Validation,
    source: SourceRef,
    origin: _Origin,
    registry: MapRegistry,
    rules: Rules,
) -> DecodedSet:
    one = validation.transaction_set
    blank = DecodedSet(f"{one.set_id} {one.control_number}", read.data, interchange.delimiters, origin, faults=validation.findings)
    if validation.has_errors or validation.tree is None:
        return blank
    context = _context(origin, source, rules, rules.tolerance_of(interchange).marks(interchange.decimal_marks))
    made = _map_of(validation, registry, rules)
    found = made.decode(validation.tree, context)
    told = (found.document, blank.faults, found.findings, tuple(found.residue), made, found)
    return DecodedSet(blank.name, blank.data, blank.delimiters, origin, *told)


def _context(origin: _Origin, source: SourceRef, rules: Rules, decimal: str) -> DecodeContext:
    return DecodeContext(
        own=origin.own,
        partner=origin.partner,
        zone=rules.partner.tzinfo if rules.partner else UTC,
        source_ref=source,
        currency=rules.partner.currency if rules.partner else None,
        decimal=decimal,
    )


def _map_of(validation: Validation, registry: MapRegistry, rules: Rules) -> Map:
    one = validation.transaction_set
    agreement = rules.agreement_of(one)
    if agreement is not None:
        return _named(registry, agreement.map, one.industry)
    found = registry.standard(one.standard, one.release, one.set_id, one.industry)
    if found is None:
        hint = "Name a map in the partner's agreement, and the partner with --partner."
        raise CliError(f"no map for {one.standard}/{one.release}/{one.set_id}", hint)
    return found


def _named(registry: MapRegistry, name: str, industry: str = "") -> Map:
    try:
        return registry.agreed(name, industry)
    except MapError as fault:
        raise CliError(f"the map cannot be used: {fault}", "Correct the map file.") from None


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


# -- a partner's own form


def _own_form(partner: Partner, registry: MapRegistry, data: bytes) -> tuple[Agreement, Form] | None:
    """The partner's agreement that the file belongs to, when there is exactly one."""
    try:
        found = own_forms(partner, registry, data)
    except MapError as fault:
        raise CliError(f"the map cannot be used: {fault}", "Correct the map file.") from None
    return found[0] if len(found) == 1 else None


def _decode_own_form(
    data: bytes, agreement: Agreement, form: Form, registry: MapRegistry, workspace: Workspace, rules: Rules
) -> list[DecodedSet]:
    assert rules.partner is not None
    payload = form.read(data)
    if payload.findings:
        raise CliError(
            f"the file cannot be read as {agreement.standard.upper()}: {said(payload.findings)}", "Ask the partner for the right file."
        )
    digest, count = hashlib.sha256(data).hexdigest(), len(payload.documents)
    decoded = []
    for index, document in enumerate(payload.documents, 1):
        source = SourceRef(
            syntax=agreement.standard,
            standard_version=agreement.release or None,
            document_code=agreement.set_id,
            sender=Identity(id=rules.partner.id),
            receiver=Identity(id=workspace.own.org),
            set_index=index,
            set_count=count,
            raw_sha256=digest,
        )
        own = digest if count == 1 else hashlib.sha256(f"{digest}/{index}".encode()).hexdigest()
        origin = _Origin(workspace.own.org, rules.partner.id, source_of(workspace.own), workspace.own.environment == "live", index, own)
        made = _named(registry, agreement.map)
        found = made.decode(document.value, _context(origin, source, rules, "."))
        name = agreement.set_id if count == 1 else f"{agreement.set_id} {index}"
        findings = (*document.findings, *found.findings)
        decoded.append(DecodedSet(name, data, X12_DEFAULT, origin, found.document, (), findings, tuple(found.residue), made, found))
    return decoded
