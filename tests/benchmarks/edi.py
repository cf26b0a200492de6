"""How fast a 1000-line 850 is read and validated, against splitting the same bytes, and against pyx12's reader."""

import io
from collections.abc import Callable
from time import perf_counter

from pyx12.x12file import X12Reader

from edi.read import read
from edi.validate import validate_interchange
from edi.write import write
from tests.support.orders import long_order

__all__ = ["run"]


def run() -> list[tuple[str, float, str]]:
    """Name, ratio and what it is a ratio to; all of it measured in this run."""
    out = long_order(1000)
    data = write(out)
    text = data.decode()
    [interchange] = read(data)
    floor = _best(lambda: [segment.split(b"*") for segment in data.split(b"~")])
    reading = _best(lambda: read(data))
    both = _best(lambda: validate_interchange(read(data)[0]))
    writing = _best(lambda: write(out))
    peer = _best(lambda: list(X12Reader(io.StringIO(text))), rounds=2)
    rate = f"{len(data) / reading / 1e6:.1f} MB/s of {len(data) / floor / 1e6:.0f}"
    segments = len(interchange.transaction_sets[0].segments)
    return [
        ("read a 1000-line 850", reading / floor, f"times the split of its {segments} segments into elements ({rate})"),
        ("read and validate it", both / floor, f"times the split ({1 / both:.0f} such orders/s)"),
        ("write it", writing / floor, "times the split"),
        ("pyx12 reads it", peer / reading, "times our reading"),
    ]


def _best(work: Callable[[], object], *, rounds: int = 7) -> float:
    """Seconds of the fastest of some rounds: the others were disturbed."""
    times = []
    for _ in range(rounds):
        started = perf_counter()
        work()
        times.append(perf_counter() - started)
    return min(times)
