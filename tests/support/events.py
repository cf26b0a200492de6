"""The events of reading, derived from an interchange that was read as a whole."""

from collections.abc import Iterator
from dataclasses import replace

from edi.envelope import Interchange
from edi.events import Event, GroupBegun, GroupEnded, InterchangeBegun, InterchangeEnded, SetRead

__all__ = ["events_of"]


def events_of(interchange: Interchange) -> Iterator[Event]:
    """What a reader that cannot look ahead says: what stands in trailers, and every finding, is known at the end only."""
    yield InterchangeBegun(replace(interchange, groups=(), trailer=None, findings=(), service_segments=()))
    for group in interchange.groups:
        yield GroupBegun(replace(group, transaction_sets=(), trailer=None, findings=()))
        yield from (SetRead(transaction_set) for transaction_set in group.transaction_sets)
        yield GroupEnded(replace(group, transaction_sets=()), len(group.transaction_sets))
    headed = sum(group.header is not None for group in interchange.groups)
    yield InterchangeEnded(replace(interchange, groups=()), headed)
