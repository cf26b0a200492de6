"""The clock of an agreement: when an answer is due, when to warn before that, and what a document itself says of it."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Final

from edi.values import Segment
from partners.model import Agreement

__all__ = ["due_of", "level_of", "named_deadline", "next_warning", "overdue_of", "warnings_of"]

_SYNTAX: Final = frozenset({"997", "999", "CONTRL"})
_REFERENCE: Final = re.compile(r"([A-Z][A-Z0-9]{1,2})\[([^\]]{1,10})\]")
_LAST: Final = time(23, 59, 59)
_DATE: Final = re.compile(r"(\d{8})(\d{2})?(\d{2})?")


def level_of(kind: str) -> str:
    """Which level an answer is on: transport, interchange, syntax, business; a document that comes by itself is none of these."""
    if kind == "MDN":
        return "transport"
    if kind == "TA1":
        return "interchange"
    return "syntax" if kind in _SYNTAX else "business"


def due_of(agreement: Agreement, begins: datetime, said: datetime | None) -> datetime:
    """When the business answer is due: as the document says, else so long after `begins`. Only for agreements with an `sla`."""
    assert agreement.sla is not None
    return said if said is not None else begins + agreement.sla.within.else_


def warnings_of(percents: Iterable[int], begins: datetime, due: datetime) -> list[datetime]:
    """The moments at which to warn, in order."""
    return sorted(begins + (due - begins) * percent / 100 for percent in percents if percent < 100)


def next_warning(percents: Iterable[int], begins: datetime, due: datetime, after: datetime) -> datetime | None:
    """The first of them that is still to come; None when none is."""
    return next((moment for moment in warnings_of(percents, begins, due) if moment > after), None)


def named_deadline(segments: Iterable[Segment], reference: str | None, zone: tzinfo) -> datetime | None:
    """The moment that a document names under a reference such as DTM[ACK]: a segment by its qualifier. In UTC.

    None where the reference is none, or the document does not name it in a form that is known. A day alone lasts until its end.
    """
    match = _REFERENCE.fullmatch(reference or "")
    if match is None:
        return None
    tag, qualifier = match[1], match[2]
    for segment in segments:
        if segment.tag == tag and segment.get(1) == qualifier:
            parts = segment.components(1)
            said = parts[1] if len(parts) > 1 else segment.get(2) + segment.get(3)[:4]  # EDIFACT: one composite; X12: date, time
            return _moment(said, zone)
    return None


def _moment(said: str, zone: tzinfo) -> datetime | None:
    match = _DATE.fullmatch(said)
    if match is None:
        return None
    try:
        day = datetime.strptime(match[1], "%Y%m%d").date()  # noqa: DTZ007 - the zone comes with the time
        at = time(int(match[2]), int(match[3] or "0")) if match[2] else _LAST
    except ValueError:
        return None
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def overdue_of(agreement: Agreement, begins: datetime) -> datetime:
    """When a technical acknowledgment is due, theirs or ours."""
    return begins + timedelta(seconds=agreement.ack.overdue_after.total_seconds())
