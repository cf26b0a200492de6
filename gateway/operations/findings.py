"""The findings of one thing as a person needs them: sentence, place, value, and the segment itself as it travelled."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from gateway.operations.told import told_by
from gateway.operations.wire import position_in, segment_texts, transaction_set_of
from gateway.pipeline.context import Context
from gateway.pipeline.findings import sentence_of
from gateway.store import lookup
from gateway.store.payloads import PayloadGoneError

__all__ = ["findings_of"]


def findings_of(context: Context, connection: Connection, row: lookup.Found) -> list[dict[str, Any]]:
    """What was found in it; of a partner's acknowledgment, what it says of ours."""
    if isinstance(row.get("report"), Mapping):
        return told_by(context, connection, row)
    findings = [{**finding, "sentence": sentence_of(finding)} for finding in row.get("findings") or []]
    set_row = row if row["id"].startswith("set_") else lookup.by_id(connection, row.get("transaction_set_id") or "")
    if set_row is not None and any(position_in(finding) for finding in findings):
        findings = _with_text(context, connection, findings, set_row["transmission_id"], set_row["set_index"])
    return findings


def _with_text(
    context: Context,
    connection: Connection,
    findings: list[dict[str, Any]],
    transmission_id: str | None,
    index: int,
) -> list[dict[str, Any]]:
    positions = [position for finding in findings if (position := position_in(finding)) is not None]
    carrier = lookup.by_id(connection, transmission_id or "") if positions else None
    if carrier is None or carrier["payload_sha256"] is None:
        return findings
    try:
        data = context.store.payloads.load(connection, carrier["payload_sha256"])
    except PayloadGoneError:
        return findings
    place = transaction_set_of(data, index)
    texts = segment_texts(data, place, positions) if place is not None else {}
    return [{**f, "text": texts[position]} if (position := position_in(f)) in texts else f for f in findings]
