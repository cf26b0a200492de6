"""Time zones by their IANA names."""

from zoneinfo import ZoneInfo

__all__ = ["known_zone"]


def known_zone(name: str) -> str:
    """`name`, when the time zone database has it. Raises ValueError."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        raise ValueError("no such time zone; write it as America/Chicago") from None
    except KeyError:
        raise ValueError("no such time zone; write it as America/Chicago") from None
    return name
