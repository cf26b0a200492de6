"""Files of 10,000 orders of about 1 KB, 850 and ORDERS: parse, validate, answer and write as shares of the floor of the same run.

The floor is the least that anything can do with such bytes in plain Python: split them into segments, and each segment into elements,
with the garbage collector off; all else has it as Python has it. Times are those of this process on its core, so that other work on the
machine does not count.
"""

import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from time import process_time

from edi.acks import AckNumbers, StreamedAnswer, answer
from edi.events import Event, InterchangeBegun, SetRead
from edi.feed import Feed
from edi.outgoing import OutgoingInterchange
from edi.read import read
from edi.validate import validate_interchange, validate_set
from edi.write import write
from tests.benchmarks.edi_files import outgoing
from tests.benchmarks.edi_orders import ORDERS, PURCHASE_ORDER, Kind

__all__ = ["run"]

DOCUMENTS = 10_000
ROUNDS = 5
PIECE = 1 << 16
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
Row = tuple[str, float, str]


def run(documents: int = DOCUMENTS) -> Iterator[Row]:
    """Name, share of the floor and rates; all of it measured in this run."""
    for kind, segment, element in ((PURCHASE_ORDER, b"~", b"*"), (ORDERS, b"'", b"+")):
        yield from _rows(kind, segment, element, documents)


def _rows(kind: Kind, segment: bytes, element: bytes, documents: int) -> Iterator[Row]:
    out = outgoing(kind, kind.bodies(documents))
    data = write(out)
    _has_no_fault(data)
    name = kind.set_id
    times = best(_works(data, out, segment, element))
    floor = times.pop("the floor")
    rate = f"{len(data) / floor / 1e6:.0f} MB/s, {documents / floor:,.0f} documents/s"
    yield f"{name}: the floor, split by segment and by element", 1.0, f"{rate}; {len(data) / 1e6:.1f} MB, {documents:,} documents"
    for work, seconds in times.items():
        rate = f"{len(data) / seconds / 1e6:.1f} MB/s, {documents / seconds:,.0f} documents/s"
        yield f"{name}: {work}", floor / seconds, f"of the floor ({rate})"


def _works(data: bytes, out: OutgoingInterchange, segment: bytes, element: bytes) -> dict[str, Callable[[], object]]:
    def floor() -> object:
        return [one.split(element) for one in data.split(segment)]

    return {
        "the floor": lambda: _without_collector(floor),
        "the floor again, with the collector on": floor,
        "parse": lambda: read(data),
        "parse + full validation": lambda: [validate_interchange(one) for one in read(data)],
        "parse + full validation + answer": lambda: [
            answer(validate_interchange(one), numbers=AckNumbers("1", "1"), now=NOW) for one in read(data)
        ],
        "the same by stream, 64 KB at a time": lambda: _by_stream(data),
        "write": lambda: write(out),
    }


def _by_stream(data: bytes) -> None:
    """Each set judged, answered and forgotten as it arrives."""
    feed, reply = Feed(), StreamedAnswer()
    decimal = "."
    for event in _events(feed, data):
        reply.take(event)
        if isinstance(event, InterchangeBegun):
            decimal = event.interchange.decimal_marks
        elif isinstance(event, SetRead):
            reply.take_set(validate_set(event.transaction_set, decimal=decimal))
    reply.answer(numbers=AckNumbers("1", "1"), now=NOW)


def _events(feed: Feed, data: bytes) -> Iterator[Event]:
    for start in range(0, len(data), PIECE):
        yield from feed.feed(data[start : start + PIECE])
    yield from feed.close()


def _without_collector(work: Callable[[], object]) -> None:
    """The garbage collector looks at the floor's 250,000 lists again and again, which is half of its time and not of its work."""
    gc.disable()
    try:
        work()
    finally:
        gc.enable()


def _has_no_fault(data: bytes) -> None:
    """Raises AssertionError when the file has a finding: then it would not show the speed of the common case."""
    for interchange in read(data):
        found = validate_interchange(interchange).findings
        assert not found, found[:3]


def best(works: Mapping[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds of the fastest round of each, taken in turns, so that a busy machine slows all of them."""
    times: dict[str, float] = {}
    gc.collect()
    gc.freeze()  # what stands in memory already is not looked at again for each of them
    try:
        for _ in range(rounds):
            for name, work in works.items():
                started = process_time()
                work()
                took = process_time() - started
                times[name] = min(took, times.get(name, took))
    finally:
        gc.unfreeze()
    return times


if __name__ == "__main__":
    for name, share, note in run(*map(int, sys.argv[1:])):  # fewer documents, while one works on the speed
        print(f"{name:<58} {share:>9.3f}   {note}", flush=True)
