"""What a receiver has to know of an event before it reads it: that it is a replay, or older than what it has."""

from gateway.sinks.base import OutgoingEvent

__all__ = ["mark_headers"]

_NAMES = {
    "replay": "Gateway-Replay",
    "replayid": "Gateway-Replay-Id",
    "replayaction": "Gateway-Replay-Action",
    "replayof": "Gateway-Replay-Of",
    "stale": "Gateway-Stale",
    "newerid": "Gateway-Newer-Id",
}


def mark_headers(event: OutgoingEvent) -> dict[str, str]:
    """HTTP headers of an event's marks; none of what is neither replayed nor stale."""
    return {_NAMES[name]: value for name, value in event.marks.items()}
