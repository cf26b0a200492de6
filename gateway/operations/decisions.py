"""What a person can do about something that waits for one, the most likely first."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import Cause
from gateway.states import LIVES, AcknowledgmentState, Thing

__all__ = ["decisions"]

_REPLAY, _RELEASE, _RESEND, _REJECT, _REVIEW, _EXPLAIN = "replay", "release", "resend", "reject", "review", "as2-explain"
#: where a person's word is enough; everywhere else something has to be mended first, and the replay looks anew
_ENOUGH: Final = frozenset(
    {
        Cause.DUPLICATE_OTHER_BYTES,
        Cause.ALREADY_SENT,
        Cause.BUSINESS_DUPLICATE,
        Cause.DUPLICATE_BYTES,
        Cause.NUMBER_REPEATED,
        Cause.SEQUENCE_BROKEN,
        Cause.OUT_OF_ORDER,
        Cause.ORDER_MISSING,
        Cause.CHECK_FAILED,
        Cause.VALUE_UNKNOWN,
        Cause.SUSPENDED_WITH_OTHERS,
        Cause.USAGE_NOT_ACCEPTED,
        Cause.RESTORED,
    }
)
#: refused by the partner's web server, before it looked at the message: there is nothing in it that could be explained
_OF_HTTP: Final = frozenset({Cause.DELIVERY_REFUSED, Cause.CREDENTIALS_REFUSED})


def decisions(thing: Thing, row: Mapping[str, Any]) -> list[dict[str, str]]:
    """Operations with the id that each is about; none where nothing waits for a person."""
    if row["state"] not in LIVES[thing].needs_a_person:
        return []
    id_, cause = str(row["id"]), row.get("cause")
    match thing:
        case Thing.DELIVERY:
            destination = str(row.get("destination", ""))
            explained = destination.startswith("mdn:") or (destination.endswith(":as2") and cause not in _OF_HTTP)
            return _offer(*([(_EXPLAIN, id_)] if explained else []), (_RESEND, id_), (_REJECT, id_))
        case Thing.ACKNOWLEDGMENT:
            lost = row["state"] == AcknowledgmentState.OVERDUE and row["direction"] == "inbound" and row.get("answers_transmission_id")
            return _offer(*([(_RESEND, str(row["answers_transmission_id"]))] if lost else []), (_REVIEW, id_))
        case Thing.TRANSMISSION if row.get("payload_sha256") is None:
            unopened = row.get("transport") == "as2"
            return _offer(*([(_EXPLAIN, id_)] if unopened else []), (_REJECT, id_))  # never opened: there is nothing that could go on
        case _:
            return _offer((_RELEASE if cause in _ENOUGH else _REPLAY, id_), (_REJECT, id_))


def _offer(*operations: tuple[str, str]) -> list[dict[str, str]]:
    return [{"operation": operation, "id": id_} for operation, id_ in operations]
