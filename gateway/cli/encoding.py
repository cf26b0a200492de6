"""Canonical documents to one interchange: encoded, validated against the standard, and written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from canonical.base import Document, DocumentError, SourceRef
from canonical.registry import parse
from edi.errors import WriteError
from edi.grammar.model import MessageDef
from edi.read import read
from edi.validate import validate_interchange
from edi.values import Identity, Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions, write
from gateway.cli.decoding import registry_of
from gateway.cli.output import CliError, ExitCode
from gateway.cli.reading import Rules
from gateway.plural import with_article
from maps.fault import MapError
from maps.finding import MapFinding, Severity
from maps.registry import MapRegistry
from maps.run import EncodeContext, Map, Residue
from partners.model import Agreement, Direction, Workspace
from partners.when import fulfils

__all__ = ["Written", "encode_documents"]

_SENDER: Final = Identity("ZZ", "SENDER")
_RECEIVER: Final = Identity("ZZ", "RECEIVER")


@dataclass(frozen=True, slots=True)
class Written:
    """An interchange, and what was noticed while it was made."""

    data: bytes
    findings: tuple[MapFinding, ...]

    @property
    def text(self) -> str:
        """The interchange as text; bytes that are no UTF-8 are ISO 8859-1."""
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError:
            return self.data.decode("latin-1")


def encode_documents(data: bytes, *, to: str | None, workspace: Workspace | None, rules: Rules, residue: bytes | None) -> Written:
    """One interchange, or one payload of a partner's own form, with all documents of a file.

    Raises `CliError`: no document, no map, or not writable.
    """
    documents = _documents(data)
    kept = _residues(residue, len(documents))
    registry = registry_of(workspace)
    sets: list[OutgoingSet] = []
    values: list[Any] = []
    findings: list[MapFinding] = []
    first: _Target | None = None
    for number, (document, parts) in enumerate(zip(documents, kept, strict=True), 1):
        target = _target(document, to, registry, rules)
        first = first or target
        if target.key != first.key:
            raise CliError("the documents of one file go into one interchange: same set, same sender, same receiver", "Split the file.")
        encoded = target.map.encode(document, EncodeContext(zone=rules.partner.tzinfo if rules.partner else UTC), parts)
        findings += encoded.findings
        if encoded.tree is None or any(finding.severity is Severity.ERROR for finding in encoded.findings):
            raise _unwritable(encoded.findings)
        if target.map.form is not None:
            values.append(encoded.tree)
            continue
        control = target.source.set_control if target.source else None
        sets.append(OutgoingSet(target.map.set_id, control or _set_number(target.standard, number), encoded.tree.segments()))
        message = encoded.tree.message
    assert first is not None
    if first.map.form is not None:
        payload = first.map.form.write(values)
        if payload.findings:
            raise _unwritable(payload.findings)
        return Written(payload.data, tuple(findings))
    written = _write(first, message, sets, workspace)
    _check(written)
    return Written(written, tuple(findings))


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a document goes."""

    map: Map
    source: SourceRef | None  #: names the envelope, where the document goes back to the syntax that it came from
    agreement: Agreement | None

    @property
    def standard(self) -> Standard:
        return Standard(self.map.syntax)

    @property
    def key(self) -> tuple[Any, ...]:
        source = self.source
        return (self.map.name, *((source.sender, source.receiver, source.standard_version) if source else ()))


def _documents(data: bytes) -> list[Document]:
    """One JSON document, or one per line; an event around it is taken off."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CliError("the file is no UTF-8 text", "A canonical document is JSON in UTF-8.") from None
    try:
        values = [json.loads(text)]
    except (ValueError, RecursionError):
        try:
            values = [json.loads(line) for line in text.splitlines() if line.strip()]
        except (ValueError, RecursionError):
            raise CliError("the file is no JSON", "Give one document, or one per line.") from None
    if not values:
        raise CliError("there is no document in the file", "Give one document, or one per line.")
    try:
        return [parse(value["data"] if isinstance(value, dict) and "specversion" in value else value) for value in values]
    except (DocumentError, KeyError) as fault:
        faults = fault.faults if isinstance(fault, DocumentError) else ()
        said = "; ".join(f"{one.path}: {one.message}" for one in faults[:20]) or "the event carries no document"
        details = [one.to_json() for one in faults]
        raise CliError(f"this is no canonical document: {said}", "Correct the fields named.", faults=details) from None


def _residues(data: bytes | None, count: int) -> list[tuple[Residue, ...]]:
    if data is None:
        return [()] * count
    try:
        kept = [tuple(Residue.parse(part) for part in json.loads(line)) for line in data.decode("utf-8").splitlines() if line.strip()]
    except (ValueError, TypeError, RecursionError):
        raise CliError("the residue file is not one that `map decode --residue` wrote", "Decode the file again.") from None
    if len(kept) != count:
        raise CliError(f"the residue is of {len(kept)} documents, the file has {count}", "Give the two files of one decode.")
    return kept


def _target(document: Document, to: str | None, registry: MapRegistry, rules: Rules) -> _Target:
    source = document.source_ref
    agreement = _agreement(document, to, rules)
    if to is not None:
        name = to
    elif agreement is not None:
        name = agreement.map
    elif source is not None and source.document_code:
        name = f"{source.syntax}/{source.release.lower()}/{source.document_code.lower()}"
    else:
        raise CliError("the document does not say where it came from", "Say where to: --to x12/004010/856, or --partner ID.")
    try:
        found = registry.agreed(name, agreement.industry if agreement is not None and to is None else "")
    except MapError as fault:
        raise CliError(f"no map {name}: {fault}", "Name another map with --to.") from None
    if found.document_type != document.document_type:
        raise CliError(
            f"the map {name} is for {found.document_type}, the document is {with_article(document.document_type)}", "Name another map."
        )
    return _Target(found, source if source and source.syntax == found.syntax else None, agreement)


def _agreement(document: Document, to: str | None, rules: Rules) -> Agreement | None:
    """The partner's agreement for the document: the one for what we send, else the one that it came by."""
    if rules.partner is None or to is not None:
        return None
    agreed = [agreement for agreement in rules.partner.agreements if agreement.document == document.document_type]
    fitting = [agreement for agreement in agreed if not agreement.when or fulfils(agreement.when, document.to_json())]
    fitting.sort(key=lambda agreement: (agreement.direction is not Direction.OUTBOUND, not agreement.when))
    if not fitting:
        raise CliError(f"nothing is agreed with {rules.partner.id} for {document.document_type}", "Add an agreement.", ExitCode.NOT_FOUND)
    return fitting[0]


def _set_number(standard: Standard, number: int) -> str:
    return f"{number:04}" if standard is Standard.X12 else str(number)


def _write(target: _Target, message: MessageDef, sets: Sequence[OutgoingSet], workspace: Workspace | None) -> bytes:
    source, agreement = target.source, target.agreement
    sender, receiver = _addresses(source, agreement)
    control = (source.interchange_control if source else None) or "1"
    group = (source.group_control if source else None) or "1"
    is_x12 = target.standard is Standard.X12
    same_release = source is not None and source.release == target.map.release
    industry = source.industry if source and same_release else agreement.industry if agreement else ""
    outgoing = OutgoingInterchange(
        standard=target.standard,
        sender=sender,
        receiver=receiver,
        control_number=control,
        prepared=datetime.now(tz=workspace.own.tzinfo if workspace else UTC),
        usage=workspace.own.environment if workspace else "test",
        version=f"{target.map.release[:5]}" if is_x12 else "3",
        ack_requested=False,
        groups=(
            OutgoingGroup(
                functional_id=message.functional_id if is_x12 else "",
                sender=sender.id,
                receiver=receiver.id,
                control_number=group if is_x12 else "",
                release=f"{target.map.release}{industry}" if is_x12 else target.map.release,
                sets=tuple(sets),
                association="" if is_x12 else industry,
            ),
        ),
    )
    try:
        return write(outgoing, WriteOptions(newline="\n"))
    except WriteError as fault:
        raise CliError(f"the document cannot be written: {fault}", "Correct the document.", ExitCode.FINDINGS) from None


def _addresses(source: SourceRef | None, agreement: Agreement | None) -> tuple[Identity, Identity]:
    if source is not None and source.sender and source.receiver:
        return Identity(source.sender.qualifier or "", source.sender.id), Identity(source.receiver.qualifier or "", source.receiver.id)
    if agreement is not None and agreement.own_address and agreement.partner_address:
        ours, theirs = agreement.own_address.identity, agreement.partner_address.identity
        return (ours, theirs) if agreement.direction is Direction.OUTBOUND else (theirs, ours)
    return _SENDER, _RECEIVER


def _check(data: bytes) -> None:
    """What we write has to pass our own reading; anything else is a fault of the document or the map."""
    faults = [
        finding for interchange in read(data) for finding in validate_interchange(interchange).findings if finding.severity == "error"
    ]
    if faults:
        said = "; ".join(f"{finding.location}: {finding.message}" for finding in faults[:20])
        raise CliError(f"the result breaks the standard: {said}", "Correct the document, or the map.", ExitCode.FINDINGS)


def _unwritable(findings: Sequence[MapFinding]) -> CliError:
    said = "; ".join(f"{finding.path}: {finding.message}" for finding in findings[:20] if finding.severity is Severity.ERROR)
    return CliError(f"the document cannot be written: {said}", "Correct the fields named.", ExitCode.FINDINGS)
