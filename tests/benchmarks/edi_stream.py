"""One file through the whole of it, in a process of its own so that its memory can be told: `edi_stream.py FILE` prints JSON.

Bytes in pieces to events, each set judged and forgotten, the answer made as the sets go by.
"""

import json
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

from edi.acks import AckNumbers, StreamedAnswer
from edi.events import InterchangeBegun, SetRead
from edi.feed import Feed
from edi.finding import Severity
from edi.validate import validate_set

PIECE = 1 << 16
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


def main(file: str) -> None:
    """Read, judge and answer; say how long it took, what it held in memory at most, and what it found."""
    before = _memory()
    started = process_time()
    feed, reply = Feed(), StreamedAnswer()
    sets = errors = others = 0
    decimal = "."
    with open(file, "rb") as data:  # noqa: PTH123
        pieces = iter(lambda: data.read(PIECE), b"")
        for piece in pieces:
            for event in feed.feed(piece):
                reply.take(event)
                if isinstance(event, InterchangeBegun):
                    decimal = event.interchange.decimal_marks
                elif isinstance(event, SetRead):
                    validation = validate_set(event.transaction_set, decimal=decimal)
                    reply.take_set(validation)
                    sets += 1
                    errors += any(finding.severity is Severity.ERROR for finding in validation.findings)
                    others += any(finding.severity is not Severity.ERROR for finding in validation.findings)
        for event in feed.close():
            reply.take(event)
            if isinstance(event, SetRead):
                reply.take_set(validate_set(event.transaction_set, decimal=decimal))
                sets += 1
    judged = process_time() - started
    made = reply.pieces(numbers=AckNumbers("1", "1"), now=NOW)
    answered = sum(map(len, made)) if made is not None else 0
    seconds = process_time() - started
    print(
        json.dumps(
            {
                "seconds": seconds,
                "answering": seconds - judged,
                "sets": sets,
                "errors": errors,
                "others": others,
                "answer": answered,
                "before": before,
                "peak": _memory(),
            }
        )
    )


def _memory() -> float:
    """The most that this program ever held, in MB. What `getrusage` says is the starter's where that held more."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM")) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1])
