"""Fuzzing with atheris (libFuzzer), in an environment of its own: `make fuzz`, `make fuzz MINUTES=30`, `make fuzz TARGET=feed`.

What crashes is written to tests/fuzz/crashers, named by target and content; tests/fuzz/test_crashers.py replays all that is there.
"""

import argparse
import hashlib
import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["edi"]):
    from tests.fuzz.targets import TARGETS

from tests.support.mutants import mutants, mutate

HERE = Path(__file__).parent
CRASHERS = HERE / "crashers"
CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "files"
_LONGEST = 4096
_TELL = 20  # seconds between two lines of figures
_SLOW = 5.0  # seconds of the processor for so few bytes are a fault, too

seen: set[str] = set()
runs: Counter[str] = Counter()


def seeds(folder: Path) -> int:
    """Damaged and odd files of our own, the crashers, and the corpus where there is one; gives how many."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [data for _, data in mutants(each=4)]
    files += [path.read_bytes() for path in CRASHERS.iterdir() if path.is_file()]
    files += [path.read_bytes() for family in ("x12", "edifact") for path in (CORPUS / family).rglob("*") if path.is_file()]
    files = [data for data in files if len(data) <= _LONGEST]
    for data in files:
        (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    return len(files)


def run(names: list[str], data: bytes) -> None:
    """Each target once; what it raises is kept, the first of each kind and place."""
    for name in names:
        runs[name] += 1
        began = time.process_time()
        try:
            TARGETS[name](data)
        except Exception as error:
            keep(name, data, error)
        if time.process_time() - began > _SLOW:
            keep(name, data, TimeoutError("slow"))


def keep(name: str, data: bytes, error: Exception) -> None:
    """A crasher as a file, once for each place that raised."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "edi/" in f.filename or "targets" in f.filename][-1:]
    place = f"{name} {type(error).__name__} {[(Path(f.filename).name, f.lineno) for f in ours]}"
    if place in seen:
        return
    seen.add(place)
    path = CRASHERS / f"{name}-{hashlib.sha256(data).hexdigest()[:10]}"
    path.write_bytes(data)
    print(f"CRASH {place} {str(error)[:200]!r} {path.name}", flush=True)


def main() -> None:
    """Until the time is over; libFuzzer ends the process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--target", choices=[*TARGETS, "all"], default="all")
    options = parser.parse_args()
    names = list(TARGETS) if options.target == "all" else [options.target]
    folder = HERE.parents[1] / "build" / "fuzz-corpus"
    print(f"{seeds(folder)} seeds", flush=True)
    told = time.monotonic()

    def one(data: bytes) -> None:
        nonlocal told
        if time.monotonic() - told > _TELL:
            told = time.monotonic()
            print("runs:", dict(runs), "kinds of crashers:", len(seen), flush=True)
        # by turns: all of them with each input would try few inputs
        turn = names[sum(runs.values()) % len(names)] if len(names) > 1 else names[0]
        run([turn], data)

    def other(data: bytes, most: int, seed: int) -> bytes:
        """Half of the changes know what an interchange is."""
        pick = random.Random(seed)
        if pick.random() < 0.5:
            return mutate(data, pick)[:most]
        return atheris.Mutate(data, most)

    arguments = [
        sys.argv[0],
        str(folder),
        f"-max_len={_LONGEST}",
        f"-max_total_time={int(options.minutes * 60)}",
        "-print_final_stats=1",
    ]
    atheris.Setup([*arguments, "-rss_limit_mb=1500", "-timeout=60"], one, custom_mutator=other)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
