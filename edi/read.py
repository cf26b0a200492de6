"""Bytes to interchanges. Whatever is wrong with them is a finding in them."""

from collections.abc import Iterable
from dataclasses import replace

from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.events import Event, GroupEnded, InterchangeEnded, SetRead
from edi.feed import Feed, begins_at
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.lexer import Limits
from edi.location import Location
from edi.source import Source
from edi.tolerance import STANDARD, Tolerance
from edi.values import Standard

__all__ = ["Limits", "collect", "read", "sniff"]


def sniff(data: bytes) -> Standard | None:
    """The rule family by the first bytes only; None when these are no interchange."""
    source = Source.of(data[:1024])
    begins = begins_at(source, source.start)
    return begins[1].standard if begins else None


def read(data: bytes, *, tolerance: Tolerance = STANDARD, limits: Limits = Limits()) -> tuple[Interchange, ...]:  # noqa: B008  # immutable
    """All interchanges in the data, in order, of either rule family.

    Raises NoInterchangeError when the data does not begin with one. Any other exception is a bug.
    """
    feed = Feed(tolerance=tolerance, limits=limits)
    events = [*feed.feed(data[: limits.bytes]), *feed.close()]
    found = collect(events)
    if len(data) > limits.bytes:
        last = found[-1]
        place = Location(last.end, (last.trailer or last.header).line, 1)
        words = "more bytes than are read; the rest was not looked at"
        over = Finding(FindingCode.LIMIT_EXCEEDED, Scope.STANDARD, Severity.ERROR, place, words)
        found = (*found[:-1], replace(last, findings=(*last.findings, over)))
    return found


def collect(events: Iterable[Event]) -> tuple[Interchange, ...]:
    """The interchanges that these events tell of, each with its groups and they with their sets."""
    interchanges: list[Interchange] = []
    groups: list[FunctionalGroup] = []
    sets: list[TransactionSet] = []
    for event in events:
        if isinstance(event, SetRead):
            sets.append(event.transaction_set)
        elif isinstance(event, GroupEnded):
            groups.append(replace(event.group, transaction_sets=tuple(sets)))
            sets = []
        elif isinstance(event, InterchangeEnded):
            interchanges.append(replace(event.interchange, groups=tuple(groups)))
            groups = []
    return tuple(interchanges)
