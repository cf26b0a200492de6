"""File names: what is refused, how names are shown, and the names that we give (claims, archive, temporary names, templates).

Names on a server are bytes that a stranger chose. They are compared and sent back, and never enter a local path or a log
line as they are.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

from sftp.settings import DropSettings, PickupSettings

__all__ = [
    "archive_name",
    "claim_name",
    "claimed_id",
    "fault_in_name",
    "is_counted",
    "is_left",
    "is_unfinished",
    "is_wanted",
    "join",
    "numbered",
    "render",
    "shown",
    "temporary_name",
]

_LONGEST: Final = 255
_UNFINISHED: Final = (b".tmp", b".part", b".filepart", b".writing", b".lock")
_ID: Final = rb"[0-9a-f]{12}"
_CLAIM_IN_FOLDER: Final = re.compile(rb"(" + _ID + rb")-.+\Z", re.DOTALL)
_CLAIM_SUFFIX: Final = re.compile(rb".+\.(" + _ID + rb")\.work\Z", re.DOTALL)
_FIELD: Final = re.compile(r"\{([a-z0-9_]+)(?::0([1-9]))?\}")
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9._-]+")


def shown(name: bytes) -> str:
    """For people and logs: printable characters as they are, the rest escaped."""
    text = name.decode("utf-8", "backslashreplace")
    return "".join(character if character.isprintable() else character.encode("unicode_escape").decode("ascii") for character in text)


def fault_in_name(name: bytes) -> str | None:
    """Why a listed name is refused; None when it may be touched."""
    if name in {b"", b".", b".."} or b"/" in name or b"\0" in name:
        return "a name with a path in it"
    if any(byte < 0x20 or byte == 0x7F for byte in name):
        return "a name with control characters"
    if len(name) > _LONGEST:
        return "a name of more than 255 bytes"
    return None


def is_wanted(name: bytes, settings: PickupSettings) -> bool:
    """A name that the profile asks for, and that is not one that writers use while they write."""
    if name.startswith(b".") or is_unfinished(name) or _is_meant_to_stay(name, settings):
        return False
    return any(fnmatchcase(name, pattern.encode()) for pattern in settings.patterns)


def is_left(name: bytes, settings: PickupSettings) -> bool:
    """A name that we never take, and of which nobody said that it is meant to stay: hidden ones are, unless a writer left them so."""
    if b"/" in name or is_wanted(name, settings) or _is_meant_to_stay(name, settings):
        return False
    return is_unfinished(name) or not name.startswith(b".")


def is_unfinished(name: bytes) -> bool:
    """A name that writers use while they write."""
    return name.lower().endswith(_UNFINISHED)


def _is_meant_to_stay(name: bytes, settings: PickupSettings) -> bool:
    """Claims, done markers, and what the profile ignores."""
    if _CLAIM_SUFFIX.match(name) or (settings.stable == "done_marker" and name.endswith(settings.done_suffix.encode())):
        return True
    return any(fnmatchcase(name, pattern.encode()) for pattern in settings.ignore)


def join(folder: str | bytes, name: bytes) -> bytes:
    """A path from a folder of the profile and a name below it; an absolute name stands for itself."""
    base = folder.encode() if isinstance(folder, str) else folder
    if name.startswith(b"/") or base in {b"", b"."}:
        return name
    return base.rstrip(b"/") + b"/" + name


def claim_name(name: bytes, claim_id: str, settings: PickupSettings) -> bytes:
    """Where a file is renamed to while we read it, relative to the pickup folder. With `claim: none` it stays."""
    match settings.claim:
        case "work_folder":
            return join(settings.work_folder, _prefixed(name, claim_id))
        case "suffix":
            return name[: _LONGEST - 20] + b"." + claim_id.encode() + b".work"
        case _:
            return name


def claimed_id(path: bytes, settings: PickupSettings) -> str | None:
    """The id in a claimed name, relative to the pickup folder; None for any other name."""
    match settings.claim:
        case "work_folder":
            prefix = join(settings.work_folder, b"")
            match = _CLAIM_IN_FOLDER.match(path[len(prefix) :]) if path.startswith(prefix) else None
        case "suffix":
            match = _CLAIM_SUFFIX.match(path)
        case _:
            match = None
    return match[1].decode() if match else None


def archive_name(name: bytes, claim_id: str, first_seen: datetime, settings: PickupSettings) -> bytes:
    """Where a file goes when it is safe with us, relative to the pickup folder. The same at every attempt."""
    last = name.rsplit(b"/", 1)[-1]
    already = last if _CLAIM_IN_FOLDER.match(last) else _prefixed(last, claim_id)
    return join(join(settings.archive, first_seen.strftime("%Y/%m").encode()), already)


def _prefixed(name: bytes, claim_id: str) -> bytes:
    return claim_id.encode() + b"-" + name[: _LONGEST - 13]


def render(template: str, fields: Mapping[str, str], now: datetime) -> str:
    """A file name for a drop; `{counter}` is left for `numbered`, for only the drop sees which names are taken."""
    values = {**fields, "yyyymmdd": now.strftime("%Y%m%d"), "hhmmss": now.strftime("%H%M%S")}

    def value(match: re.Match[str]) -> str:
        if match[1] == "counter":
            return match[0]
        return (_FOREIGN.sub("-", values[match[1]]).strip("-") or "0")[:40]

    return _FIELD.sub(value, template)


def is_counted(name: str) -> bool:
    """Whether a rendered name still has its `{counter}`."""
    return "{counter" in name


def numbered(name: str, counter: int) -> str:
    """The rendered name with its counter, if it has one."""
    return _FIELD.sub(lambda match: f"{counter:0{match[2] or 1}}", name)


def temporary_name(name: str, drop_id: str, settings: DropSettings) -> bytes:
    """The path that is written before the rename, relative to the drop folder, or absolute below `tmp_folder`'s own path."""
    part = _FOREIGN.sub("-", drop_id)[-40:]
    match settings.temporary:
        case "dot":
            return f".{name}.{part}.tmp".encode()
        case "direct":
            return name.encode()
        case _:
            return f"{name}.{part}{settings.tmp_suffix}".encode()
