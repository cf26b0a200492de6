"""Large files: time and memory of reading, judging and answering by streams. `python -m tests.benchmarks.edi_large 1000` is 1 GB.

Without sizes it is 1, 10 and 100 MB and one set of 300,000 segments. Time is to grow with the size, memory is to stay.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.benchmarks.edi_files import long_850, stream
from tests.benchmarks.edi_orders import ORDERS, PURCHASE_ORDER

__all__ = ["run"]

SIZES = (1, 10, 100)
SEGMENTS = 300_000
MB = 1_000_000
ROOT = Path(__file__).parents[2]
Row = tuple[str, float, str]


def run(*sizes: int) -> Iterator[Row]:
    """Name, seconds for each MB in units of the first size's, and what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.edi"
        first = 0.0
        for kind in (PURCHASE_ORDER, ORDERS):
            for size in sizes or SIZES:
                if kind is ORDERS and size > max(SIZES):
                    continue
                told = _measured(file, stream(size * MB, kind))
                each = told["seconds"] / told["bytes"]
                first = first if size != (sizes or SIZES)[0] else each
                yield f"{kind.set_id}: {size} MB", each / first, f"times as long for each MB as the first ({_words(told)})"
        told = _measured(file, long_850(SEGMENTS))
        yield f"850: one set of {SEGMENTS:,} segments", told["peak"], f"MB at most ({_words(told)})"


def _measured(file: Path, pieces: Iterable[bytes]) -> dict[str, float]:
    with file.open("wb") as out:
        for piece in pieces:
            out.write(piece)
    command = [sys.executable, "-m", "tests.benchmarks.edi_stream", str(file)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout)
    assert not told["faulty"], told
    return {**told, "bytes": file.stat().st_size}


def _words(told: dict[str, float]) -> str:
    size, seconds = told["bytes"] / MB, told["seconds"]
    return (
        f"{size:,.1f} MB, {told['sets']:,} sets, {seconds:.2f} s, {size / seconds:.1f} MB/s, "
        f"{told['peak']:.0f} MB memory at most, {told['before']:.0f} MB of it the program and the grammar; answer of {told['answer'] / MB:.1f} MB"
    )


if __name__ == "__main__":
    for name, ratio, note in run(*map(int, sys.argv[1:])):
        print(f"{name:<58} {ratio:>9.3f}   {note}", flush=True)
