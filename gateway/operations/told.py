"""What partners say of what we sent, as sentences beside our own segments: made anew from the stored bytes each time that somebody looks.

The sentences hold what we sent, so they are shown and never stored or logged.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection

from canonical.application_advice import ApplicationAdvice
from canonical.registry import parse
from edi.acks import Quote, quotes, read_acks
from edi.envelope import Interchange
from edi.errors import NoInterchangeError
from edi.read import read
from gateway.pipeline.advice import advice_sentences
from gateway.pipeline.context import Context
from gateway.states import AcknowledgmentState, Thing
from gateway.store import lookup
from gateway.store.payloads import PayloadGoneError

__all__ = ["interchanges_of", "told_by", "told_of"]

_SENT: Final = ("doc_", "set_", "trn_")


def told_by(context: Context, connection: Connection, acknowledgment: lookup.Found) -> list[dict[str, Any]]:
    """What one acknowledgment says, set by set. Of one whose bytes are gone, what was written down when it came."""
    report: Mapping[str, Any] = acknowledgment["report"]
    if "documentId" in report:
        return [{"sentence": sentence} for sentence in _advised(connection, report)]
    named = (report.get("kind"), report.get("functionalId"), report.get("controlNumber"))
    for interchange in interchanges_of(context, connection, report.get("transmissionId")):
        for one in read_acks(interchange):
            if (one.kind, one.functional_id, one.control_number) == named:
                sent = interchanges_of(context, connection, acknowledgment["answers_transmission_id"])
                return [_finding(quote) for quote in quotes(one, sent)]
    found = [{"sentence": sentence} for sentence in report.get("sentences", ())]
    for one in report.get("sets", ()):
        found += [{"set": one["set"], "controlNumber": one["controlNumber"], "sentence": sentence} for sentence in one["sentences"]]
    return found


def told_of(context: Context, connection: Connection, row: lookup.Found) -> list[dict[str, Any]]:
    """Why a partner refuses a transmission, set or document of ours; of a set and a document what is said of others is left out."""
    id_: str = row["id"]
    transmission_id = id_ if id_.startswith("trn_") else row.get("transmission_id")
    if row.get("direction") != "outbound" or not id_.startswith(_SENT) or not transmission_id:
        return []
    set_row = row if id_.startswith("set_") else lookup.by_id(connection, row.get("transaction_set_id") or "")
    number = set_row["control_number"] if set_row is not None else None
    refused = lookup.where(
        connection,
        Thing.ACKNOWLEDGMENT,
        answers_transmission_id=transmission_id,
        direction="inbound",
        state=AcknowledgmentState.REJECTED.value,
    )
    if id_.startswith("doc_"):
        refused = [one for one in refused if one["answers_document_id"] in (None, id_)]
    told = [finding for one in refused if isinstance(one["report"], Mapping) for finding in told_by(context, connection, one)]
    return [finding for finding in told if number is None or finding.get("controlNumber") in (None, number)]


def _advised(connection: Connection, report: Mapping[str, Any]) -> list[str]:
    """What an 824 or APERAK says in those of its results that are about one document; other answers speak for themselves."""
    row = lookup.by_id(connection, report["documentId"])
    advice = parse(json.loads(row["body"]), row["document_type"]) if row is not None else None
    return advice_sentences(advice, list(report.get("results", ()))) if isinstance(advice, ApplicationAdvice) else []


def interchanges_of(context: Context, connection: Connection, transmission_id: str | None) -> tuple[Interchange, ...]:
    """What a transmission holds, read again; nothing where its bytes are gone or are no interchange."""
    carrier = lookup.by_id(connection, transmission_id or "")
    if carrier is None or carrier["payload_sha256"] is None:
        return ()
    try:
        return read(context.store.payloads.load(connection, carrier["payload_sha256"]))
    except (NoInterchangeError, PayloadGoneError):
        return ()


def _finding(quote: Quote) -> dict[str, Any]:
    of_set = {"set": quote.set_id, "controlNumber": quote.control_number} if quote.set_id else {}
    return {**of_set, "sentence": quote.words, **({"lead": quote.lead, "text": quote.segment} if quote.segment else {})}
