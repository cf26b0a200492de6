"""Alarms as people see them: what is wrong, since when, whose turn it is by name, and what to do."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import Cause
from gateway.operations.views import cause_words
from gateway.pipeline.context import Context
from gateway.store.schema.base import utc_text

__all__ = ["alarm_view", "owner_of"]


def owner_of(context: Context, role: str | None, partner_id: str | None, agreement_id: str | None = None) -> dict[str, str]:
    """The person or mailbox of a role, where the workspace names one (`owners:`)."""
    person = context.workspace.person_of(role, partner_id, agreement_id) if role else None
    return {"person": person} if person else {}


def alarm_view(context: Context, row: Mapping[str, Any]) -> dict[str, Any]:
    """One alarm, with the words of its cause."""
    words = cause_words(row["cause"])
    owner = _role(row, str(words["owner"]))
    view = {
        "thing": "alarm",
        "id": row["id"],
        "about": row["about"],
        "state": "OPEN" if row["resolved_at"] is None else "RESOLVED",
        "stateMeaning": "Found by a look at the whole; ends by itself when it is no longer so.",
        "flow": row["flow"],
        "day": row["day"] or None,
        "partnerId": row["partner_id"],
        "agreementId": row["agreement_id"],
        "documentId": row["document_id"],
        "correlationId": row["correlation_id"],
        "detail": row["detail"],
        "data": row["data"],
        "since": utc_text(row["raised_at"]),
        "resolvedAt": utc_text(row["resolved_at"]) if row["resolved_at"] else None,
        "reviewedAt": utc_text(row["reviewed_at"]) if row["reviewed_at"] else None,
        "reviewedBy": row["reviewed_by"],
        "comment": row["comment"],
        **words,
        "owner": owner,
        **owner_of(context, owner, row["partner_id"], row["agreement_id"]),
        "decisions": _decisions(row),
    }
    return {name: value for name, value in view.items() if value is not None}


def _decisions(row: Mapping[str, Any]) -> list[dict[str, str]]:
    """What a person can do with it at once."""
    if row["resolved_at"] is not None or row["reviewed_at"] is not None:
        return []
    tried = [{"operation": "breaker-close", "id": row["subject"]}] if row["cause"] == Cause.CIRCUIT_OPEN else []
    return [*tried, {"operation": "review", "id": row["id"]}]


def _role(row: Mapping[str, Any], usual: str) -> str:
    """What we owe is the hub's turn, where the same owed to us is the partner's."""
    data = row["data"] or {}
    return str(data.get("owner") or ("hub" if data.get("direction") == "outbound" else usual))
