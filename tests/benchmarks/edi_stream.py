"""One file through the whole of it, in a process of its own so that its memory can be told: `edi_stream.py FILE` prints JSON.

Bytes in pieces to events, each set judged and forgotten, the answer made as the sets go by.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

from edi.acks import AckNumbers, StreamedAnswer
from edi.events import Event, InterchangeBegun, SetRead
from edi.feed import Feed
from edi.validate import validate_set
from tests.support.memory import peak

PIECE = 1 << 16
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def main(file: str) -> None:
    """Read, judge and answer; say how long it took, what it held in memory at most, and what it found."""
    with Path(file).open("rb") as data:
        _Run().take(data.read(PIECE))  # the grammar is loaded before the clock runs
        data.seek(0)
        before = _memory()
        started = process_time()
        run = _Run()
        for piece in iter(lambda: data.read(PIECE), b""):
            run.take(piece)
        run.close()
        judged = process_time() - started
        made = run.reply.pieces(numbers=AckNumbers("1", "1"), now=NOW)
        answered = sum(map(len, made)) if made is not None else 0
        seconds = process_time() - started
    told = {"seconds": seconds, "answering": seconds - judged, "answer": answered, "before": before, "peak": _memory()}
    print(json.dumps({**told, "sets": run.sets, "faulty": run.faulty}))


class _Run:
    """One interchange on its way through."""

    def __init__(self) -> None:
        self.feed, self.reply = Feed(), StreamedAnswer()
        self.decimal = "."
        self.sets = self.faulty = 0

    def take(self, piece: bytes) -> None:
        self._events(self.feed.feed(piece))

    def close(self) -> None:
        self._events(self.feed.close())

    def _events(self, events: Iterator[Event]) -> None:
        for event in events:
            self.reply.take(event)
            if isinstance(event, InterchangeBegun):
                self.decimal = event.interchange.decimal_marks
            elif isinstance(event, SetRead):
                validation = validate_set(event.transaction_set, decimal=self.decimal)
                self.reply.take_set(validation)
                self.sets += 1
                self.faulty += bool(validation.findings)


def _memory() -> float:
    """The most that this program ever held, in MB. What `getrusage` says is the starter's where that held more."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return float(peak())


if __name__ == "__main__":
    main(sys.argv[1])
