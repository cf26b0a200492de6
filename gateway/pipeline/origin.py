"""Where each value of a document came from: made again from the stored bytes and the map of that time, since both are kept."""

from typing import Any

from canonical.base import Document
from edi.grammar.nearest import resolve
from edi.read import read
from edi.validate import validate
from gateway.pipeline.active import Active
from maps.crossref import origins
from maps.fault import MapError
from maps.run import DecodeContext, Decoded
from partners.model import Agreement, Partner

__all__ = ["crossed", "decode_again", "origin_view"]


def decode_again(
    active: Active, payload: bytes, set_index: int, agreement: Agreement, partner: Partner, document: Document
) -> Decoded | None:
    """Decode one set of a payload with lineage; None where the bytes do not hold it any more (which would be a fault of ours)."""
    assert document.source_ref is not None
    decimal, tree = ".", None
    try:
        document_map = active.maps.get(document.map.id if document.map else agreement.map)
    except MapError:
        return None
    if document_map.form is not None:
        documents = document_map.form.read(payload).documents
        tree = documents[set_index - 1].value if set_index <= len(documents) else None
    else:
        found = [(i, ts) for i in read(payload, tolerance=agreement.tolerance) for ts in i.transaction_sets]
        if set_index <= len(found):
            interchange, transaction_set = found[set_index - 1]
            decimal = interchange.decimal_marks
            grammar = resolve(transaction_set.standard, transaction_set.release, transaction_set.set_id)
            tree = validate(transaction_set, grammar.message if grammar else None, tolerance=agreement.tolerance, decimal=decimal).tree
            decimal = agreement.tolerance.marks(decimal)
    if tree is None:
        return None
    context = DecodeContext(
        own=active.workspace.own.org,
        partner=partner.id,
        zone=partner.tzinfo,
        source_ref=document.source_ref,
        currency=partner.currency,
        decimal=decimal,
    )
    return document_map.decode(tree, context)


def crossed(document: Document) -> list[dict[str, Any]]:
    """Where `ours` of a document comes from: the value beside it, by cross reference."""
    return [
        {"path": path, "kind": "xref", "tag": "", "position": 0, "place": "", "raw": theirs, "codec": "", "rule": f"xref {kind}"}
        for path, kind, theirs in origins(document)
    ]


def origin_view(decoded: Decoded | None) -> dict[str, Any]:
    """Lineage and residue as JSON values."""
    if decoded is None:
        return {}
    return {
        "lineage": [line._asdict() for line in decoded.lineage],
        "residue": [residue.to_json() for residue in decoded.residue],
    }
