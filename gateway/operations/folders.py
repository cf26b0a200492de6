"""The folders where partners leave files: how the last look went, when the next is, and which files nobody takes until a person acts."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from gateway.errors import Cause
from gateway.operations.views import cause_words
from gateway.pipeline.context import Context, PickupHealth
from gateway.pipeline.looks import Look, looks_of, next_look
from gateway.store import looks as store_looks
from gateway.store.looks import Looked
from gateway.store.schema.base import utc_text
from sftp.plan import AlarmKind

__all__ = ["all_folders", "folders"]

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
    AlarmKind.NOT_MATCHED: "Ask the partner what they are: take them by `patterns` of the pickup, or name them in its `ignore`.",
    AlarmKind.UNFINISHED: "Their names are those of files being written: ask the partner to send them again, and to remove these.",
    AlarmKind.IN_SUBFOLDER: "Subfolders are not looked into: ask the partner to leave its files in the folder itself.",
}
_MOST_NAMES: Final = 5
#: in place of the words for a delivery
_REFUSED: Final[Mapping[str, str]] = {
    "title": "Not allowed there",
    "why": "The server or folder refuses what fetching needs.",
    "nextAction": "`gateway sftp test PARTNER` says which right is missing, and which setting does without it.",
}


def folders(looks: Mapping[str, PickupHealth]) -> list[dict[str, Any]]:
    """Each folder that was looked at; what is wrong with one has a next action."""
    return [_folder(endpoint, health) for endpoint, health in sorted(looks.items())]


def all_folders(context: Context, connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Each folder that the revision in force has: its schedule, how the last look went and when the next one is.

    Of a folder with a schedule any process knows it; of the others the one that looks, since it began.
    """
    looked, found = store_looks.listed(connection), sorted(looks_of(context), key=lambda look: look.endpoint)
    return [_place(look, context.pickups.get(look.endpoint), looked.get(look.endpoint), now) for look in found]


def _place(look: Look, health: PickupHealth | None, looked: Looked | None, now: datetime) -> dict[str, Any]:
    seen = _folder(look.endpoint, health) if health is not None else _remembered(look.endpoint, looked)
    if look.slots is None:
        apart = look.folder.looks_apart if health is not None and health.waiting else look.folder.every
        following = health.at + timedelta(seconds=apart) if health is not None else None
        paced = {"schedule": f"every {look.folder.every:g} s", "nextLookAt": utc_text(following) if following is not None else None}
        return {**seen, "isTimed": False, **paced}
    up_to = looked.up_to if looked is not None and looked.schedule == look.schedule else now
    return {**seen, "isTimed": True, "schedule": look.schedule, "nextLookAt": utc_text(next_look(look.slots, up_to, now))}


def _remembered(endpoint: str, looked: Looked | None) -> dict[str, Any]:
    """What the store has of the last look, by whichever process."""
    told = _told(looked.cause, looked.detail) if looked is not None else {}
    at = utc_text(looked.looked_at) if looked is not None and looked.looked_at is not None else None
    return {"folder": endpoint, "lookedAt": at, "taken": 0, "waiting": 0, **told, "troubles": []}


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
    counts = {"taken": health.taken, "waiting": health.waiting}
    told = _told(health.cause.value if health.cause is not None else None, health.detail)
    return {"folder": endpoint, "lookedAt": utc_text(health.at), **counts, **told, "troubles": troubles}


def _told(cause: str | None, detail: str) -> dict[str, Any]:
    if cause is None:
        return {}
    return {**cause_words(cause), **(_REFUSED if cause == Cause.DELIVERY_REFUSED.value else {}), "detail": detail}
