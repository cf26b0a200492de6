"""The folders where partners leave files: how the last look went, and which files nobody takes until a person does something."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import Cause
from gateway.operations.views import cause_words
from gateway.pipeline.context import PickupHealth
from gateway.store.schema.base import utc_text
from sftp.plan import AlarmKind

__all__ = ["folders"]

_NEXT: Final[Mapping[str, str]] = {
    AlarmKind.BAD_NAME: "Rename them, and ask the partner for names without control characters.",
    AlarmKind.TOO_LARGE: "Ask the partner for smaller files, or raise max_bytes of the pickup.",
    AlarmKind.EMPTY_FILE: "Ask the partner what they should hold; remove them.",
    AlarmKind.ATTRIBUTES_MISSING: "The server tells no sizes or times: agree on done markers (stable: done_marker).",
    AlarmKind.VANISHED: "Ask the partner whether it took them back; nothing of them was taken over.",
    AlarmKind.NOT_ARCHIVED: "They are taken over. Give the gateway's user the right to move or remove them.",
    AlarmKind.WAITS_LONG: "Ask the partner whether they are still written.",
    AlarmKind.MANY_NAMES: "Have the folder tidied up.",
    AlarmKind.CLAIMED_LONG: "They were claimed and could not be fetched yet; look at what else is told of them.",
    AlarmKind.SLOW_LISTING: "Have the folder tidied up.",
}
_MOST_NAMES: Final = 5
#: in place of the words for a delivery
_REFUSED: Final[Mapping[str, str]] = {
    "title": "Not allowed there",
    "why": "The server or folder refuses what fetching needs.",
    "nextAction": "`gateway sftp test PARTNER` says which right is missing, and which setting does without it.",
}


def folders(looks: Mapping[str, PickupHealth]) -> list[dict[str, Any]]:
    """Each folder that is looked at; what is wrong with one has a next action."""
    return [_folder(endpoint, health) for endpoint, health in sorted(looks.items())]


def _folder(endpoint: str, health: PickupHealth) -> dict[str, Any]:
    troubles = [
        {
            "kind": trouble.kind,
            "count": len(trouble.files),
            "files": trouble.files[:_MOST_NAMES],
            "nextAction": _NEXT.get(trouble.kind, "Look at them in the folder, and at the rights there."),
        }
        for trouble in health.troubles
    ]
    told = {**cause_words(health.cause.value), **_told_here(health.cause), "detail": health.detail} if health.cause is not None else {}
    counts = {"taken": health.taken, "waiting": health.waiting}
    return {"folder": endpoint, "lookedAt": utc_text(health.at), **counts, **told, "troubles": troubles}


def _told_here(cause: Cause) -> Mapping[str, str]:
    return _REFUSED if cause is Cause.DELIVERY_REFUSED else {}
