"""The findings of one thing as a person needs them: sentence, place, value, and the segment itself as it travelled."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from gateway.operations.wire import position_in, segment_texts, transaction_set_of
from gateway.pipeline.context import Context
from gateway.pipeline.findings import sentence_of
from gateway.store import lookup

__all__ = ["findings_of"]


def findings_of(context: Context, connection: Connection, row: lookup.Found) -> list[dict[str, Any]]:
    """What was found in it, or what a partner's acknowledgment says of ours."""
    if isinstance(row.get("report"), Mapping):
        return _reported(context, connection, row)
    findings = [{**finding, "sentence": sentence_of(finding)} for finding in row.get("findings") or []]
    set_row = row if row["id"].startswith("set_") else lookup.by_id(connection, row.get("transaction_set_id") or "")
    if set_row is None or not any(position_in(finding) for finding in findings):
        return findings
    return _with_text(context, connection, findings, set_row["transmission_id"], index=set_row["set_index"])


def _reported(context: Context, connection: Connection, row: lookup.Found) -> list[dict[str, Any]]:
    """The sentences of an acknowledgment, set by set, each with our own segment that it is about."""
    report = row["report"]
    findings = [{"sentence": sentence} for sentence in report.get("sentences", ())]
    for one in report.get("sets", ()):
        said = [{"set": one["set"], "controlNumber": one["controlNumber"], "sentence": sentence} for sentence in one["sentences"]]
        findings += _with_text(context, connection, said, row["answers_transmission_id"], control_number=one["controlNumber"])
    return findings


def _with_text(
    context: Context,
    connection: Connection,
    findings: list[dict[str, Any]],
    transmission_id: str | None,
    *,
    index: int | None = None,
    control_number: str | None = None,
) -> list[dict[str, Any]]:
    positions = [position for finding in findings if (position := position_in(finding)) is not None]
    carrier = lookup.by_id(connection, transmission_id or "") if positions else None
    if carrier is None or carrier["payload_sha256"] is None:
        return findings
    data = context.store.payloads.load(connection, carrier["payload_sha256"])
    place = transaction_set_of(data, index=index, control_number=control_number)
    texts = segment_texts(data, place, positions) if place is not None else {}
    return [{**f, "text": texts[position]} if (position := position_in(f)) in texts else f for f in findings]
