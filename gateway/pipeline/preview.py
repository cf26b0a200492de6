"""What the outbound step would make of a document now: the same work, of which nothing is kept."""

import json
from dataclasses import dataclass
from typing import Any

from canonical.registry import parse
from gateway.errors import Cause
from gateway.pipeline.checks import checked
from gateway.pipeline.context import Context
from gateway.pipeline.crossref import hold_of
from gateway.pipeline.facts import Facts
from gateway.pipeline.findings import of_crossref
from gateway.pipeline.outcome import Hold
from gateway.pipeline.write_set import encode
from gateway.settings import resolve
from gateway.store import lookup
from partners.identify import Unidentified, agreement_for_document
from partners.model import Direction

__all__ = ["Preview", "preview"]


@dataclass(frozen=True, slots=True)
class Preview:
    """The bytes under trial numbers, or why there would be none."""

    hold: Hold | None
    findings: list[dict[str, Any]]
    body: bytes = b""


def preview(context: Context, row: lookup.Found) -> Preview:
    """Of a document of the hub, by its row. Runs in a thread."""
    active = context.active
    partner = active.workspace.partners.get(row["partner_id"] or "")
    if partner is None:
        return Preview(Hold(Cause.RECEIVER_UNKNOWN, "no order says for whom it is"), [])
    document, usage = parse(json.loads(row["body"]), row["document_type"]), str(row["usage"])
    agreement = agreement_for_document(
        active.workspace, partner.id, document.document_type, Direction.OUTBOUND, usage=usage, body=document.to_json()
    )
    if isinstance(agreement, Unidentified):
        return Preview(Hold(Cause.NO_AGREEMENT, agreement.reason.value), [])
    facts = context.store.read_now(lambda connection: Facts.look(context, connection, row, document, partner))
    faults, wrong = checked(facts.document, partner, facts.around)
    findings = [*of_crossref(facts.translated.findings), *faults]
    hold = hold_of(facts.translated) or wrong
    if hold is not None:
        return Preview(hold, findings)

    def secret(reference: str) -> str:
        return resolve(reference, context.root)

    encoding = encode(active, facts.document, agreement, partner, usage=usage, now=context.now(), secret=secret)
    return Preview(encoding.hold, [*findings, *encoding.findings], encoding.body)
