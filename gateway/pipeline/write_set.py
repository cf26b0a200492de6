"""A document as the bytes of an interchange: encoded, validated as if it came from a stranger, numbered at the very last moment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from canonical.base import Document
from edi.errors import WriteError
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.read import read
from edi.tree import Tree
from edi.validate import validate_interchange
from edi.values import Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet, write
from gateway.errors import Cause
from gateway.pipeline.active import Active
from gateway.pipeline.findings import of_maps, of_syntax
from gateway.pipeline.numbered import TRIAL, Numbers, numbered
from gateway.pipeline.numbering import Numbering
from gateway.pipeline.outcome import Hold
from gateway.pipeline.read_own_form import said
from gateway.pipeline.writing import decimal_mark, with_header_fields, write_options
from gateway.plural import counted
from gateway.settings import SecretError
from maps.fault import MapError
from maps.run import EncodeContext
from partners.model import Agreement, Partner

__all__ = ["Encoding", "encode"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the document became. `hold` says why nothing may leave; else `bytes` writes it with its numbers."""

    agreement: Agreement
    map: dict[str, Any]
    findings: list[dict[str, Any]]
    hold: Hold | None = None
    interchange: OutgoingInterchange | None = None
    body: bytes = b""  #: under trial numbers; of a partner's own form, which has none, as it leaves

    def numbering(self, usage: str) -> Numbering:
        """Whose control numbers it takes."""
        assert self.interchange is not None
        return Numbering(self.agreement, self.interchange.sender, self.interchange.receiver, usage, self.agreement.standard)

    def take_numbers(self, connection: Connection, usage: str) -> Numbers:
        """Take its numbers; none where its form has none. Raises PermanentError."""
        if self.interchange is None:
            return Numbers(0, 0)
        numbering = self.numbering(usage)
        of_set = numbering.set_number(numbering.take(connection, "set")) if numbering.counts_sets else ""
        return Numbers(numbering.take(connection, "interchange"), numbering.take(connection, "group"), of_set)

    def bytes(self, numbers: Numbers) -> bytes:
        """What leaves, under these numbers."""
        if self.interchange is None:
            return self.body
        x12 = self.agreement.standard == "x12"
        digits = self.numbering("").digits
        anew = self.agreement.write.width is not None or numbers.set  # a number may stand on two lines, or move what comes after it
        found = None if anew else numbered(self.body, numbers, digits=digits, groups=1 if x12 else 0)
        return found if found is not None else write(_numbered(self.interchange, numbers, digits), write_options(self.agreement))


def encode(
    active: Active, document: Document, agreement: Agreement, partner: Partner, *, usage: str, now: datetime, secret: Callable[[str], str]
) -> Encoding:
    """Through map, writer and validation, everything against the standard and the partner's guide. `secret` reads a secret reference."""
    try:
        document_map = active.maps.agreed(agreement.map, agreement.industry)
    except MapError as fault:
        return Encoding(agreement, {}, [], Hold(Cause.NO_MAP, str(fault.faults[0].message)))
    encoded = document_map.encode(document, EncodeContext(partner.tzinfo, decimal_mark(agreement)))
    reference = {"id": document_map.name, "version": document_map.version, "hash": document_map.hash}
    findings = of_maps(encoded.findings)
    if encoded.tree is None:
        detail = f"{counted(sum(f['severity'] == 'error' for f in findings), 'error')} in mapping"
        return Encoding(agreement, reference, findings, Hold(Cause.MAP_FAULT, detail))
    if document_map.form is not None:
        written = document_map.form.write([encoded.tree])
        hold = Hold(Cause.OWN_OUTPUT_INVALID, said(written.findings)) if written.findings else None
        return Encoding(agreement, reference, [*findings, *of_maps(written.findings)], hold, body=written.data)
    try:
        interchange = with_header_fields(_interchange(agreement, encoded.tree, usage, now.astimezone(partner.tzinfo)), agreement, secret)
        trial = write(_numbered(interchange, TRIAL), write_options(agreement))
    except (WriteError, SecretError) as fault:
        return Encoding(agreement, reference, findings, Hold(Cause.OWN_OUTPUT_INVALID, str(fault)))
    faults = _faults(active, agreement, trial)
    wrong = [finding for finding in faults if finding.severity is Severity.ERROR]
    hold = Hold(Cause.OWN_OUTPUT_INVALID, f"{wrong[0].code.value} at {wrong[0].location}") if wrong else None
    return Encoding(agreement, reference, [*findings, *of_syntax(faults)], hold, interchange, trial)


def _interchange(agreement: Agreement, tree: Tree, usage: str, prepared: datetime) -> OutgoingInterchange:
    own, partner = agreement.own_address, agreement.partner_address
    assert own is not None
    assert partner is not None
    x12 = agreement.standard == "x12"
    group = OutgoingGroup(
        functional_id=tree.message.functional_id if x12 else "",
        sender=own.group,
        receiver=partner.group,
        control_number="1",
        release=agreement.release + (agreement.industry if x12 else ""),
        sets=(OutgoingSet(tree.message.set_id, "0001" if x12 else "1", tree.segments()),),
        association="" if x12 else agreement.industry,
        agency=agreement.write.agency if x12 else "",
    )
    return OutgoingInterchange(
        standard=Standard(agreement.standard),
        sender=own.identity,
        receiver=partner.identity,
        control_number="1",
        prepared=prepared,
        usage=usage,
        version=agreement.interchange_version,
        ack_requested=agreement.ack_requested,
        groups=(group,),
    )


def _numbered(interchange: OutgoingInterchange, numbers: Numbers, digits: int = 0) -> OutgoingInterchange:
    [group] = interchange.groups
    group = replace(group, control_number=str(numbers.group))
    if numbers.set:
        group = replace(group, sets=tuple(replace(one, control_number=numbers.set) for one in group.sets))
    return replace(interchange, control_number=str(numbers.interchange).zfill(digits), groups=(group,))


def _faults(active: Active, agreement: Agreement, trial: bytes) -> tuple[Finding, ...]:
    """What a strict reader finds in our own output, but codes that were agreed by name."""
    [read_back] = read(trial)
    found = validate_interchange(read_back, guide_of=lambda _: active.guide(agreement)).findings
    agreed = agreement.write.codes
    return tuple(finding for finding in found if not _is_agreed(finding, agreed)) if agreed else found


def _is_agreed(finding: Finding, codes: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether the finding is a code of the partner's own. What the partner's guide says of it holds all the same."""
    is_code = finding.code is FindingCode.CODE_UNKNOWN and finding.scope is Scope.STANDARD
    return is_code and finding.value in codes.get(finding.element_id or "", ())
