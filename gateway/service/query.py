"""Reads the parameters of a query; what is wrong with one is said by its name."""

import re
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from gateway.errors import Cause, Refusal

__all__ = ["DAY", "HIGHEST", "USAGE", "integer", "moment", "seconds", "usage_of"]

_DIGITS: Final = 18
_NUMBER: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{0,400})?([eE][+-]?[0-9]{1,3})?")
DAY: Final = 86400
USAGE: Final = {"enum": ["test", "live"]}
HIGHEST: Final = 2**53 - 1  #: the largest whole number that every reader of JSON has


def integer(request: web.Request, name: str, default: int, *, lowest: int = 0, highest: int = HIGHEST) -> int:
    """A whole number. Raises `Refusal`."""
    text = request.query.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS and lowest <= int(text) <= highest):
        raise Refusal(Cause.MALFORMED_REQUEST, f"{name} is a whole number from {lowest} to {highest}")
    return int(text)


def moment(request: web.Request, name: str) -> datetime | None:
    """A moment as ISO 8601 has it; one without a zone is in UTC. None when it is not given. Raises `Refusal`."""
    text = request.query.get(name, "").replace(" ", "+")  # a plus of a zone that nobody escaped
    if name not in request.query:
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refusal(Cause.MALFORMED_REQUEST, f"{name} is a moment such as 2026-11-20T08:00:00Z") from None


def usage_of(request: web.Request) -> str | None:
    """`test` or `live`; None when it is not given. Raises `Refusal`."""
    usage = request.query.get("usage")
    if usage is not None and usage not in USAGE["enum"]:
        raise Refusal(Cause.MALFORMED_REQUEST, "usage is test or live")
    return usage


def seconds(request: web.Request, name: str) -> float:
    """A time in seconds, at most a day; 0 when it is not given. Raises `Refusal`."""
    text = request.query.get(name, "0")
    if not _NUMBER.fullmatch(text) or float(text) > DAY:
        raise Refusal(Cause.MALFORMED_REQUEST, f"{name} is a number of seconds from 0 to {DAY}")
    return float(text)
