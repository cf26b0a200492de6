"""`python -m tests.chaos [name ...]`: each prints what it measured; the exit code tells whether all of it held. Without a name: kills."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tests.chaos.brokers import brokers
from tests.chaos.cuts import cuts_as2, cuts_sftp
from tests.chaos.kills import kills
from tests.chaos.large import large_as2, large_sftp
from tests.chaos.outage import outage

_RUNS: Final[Mapping[str, Callable[[], Awaitable[list[str]]]]] = {
    "kills": kills,
    "brokers": brokers,
    "large-as2": large_as2,
    "large-sftp": large_sftp,
    "cuts-as2": cuts_as2,
    "cuts-sftp": cuts_sftp,
    "outage": outage,
}


def main(names: list[str]) -> int:
    """Run those named."""
    if unknown := set(names) - {*_RUNS, "all"}:
        print(f"no such run: {', '.join(sorted(unknown))}; there are {', '.join(_RUNS)}, all")
        return 2
    faults = []
    for name in _RUNS if "all" in names else names or ("kills",):
        print(f"== {name}", flush=True)
        faults += asyncio.run(_RUNS[name]())
    for fault in faults:
        print(f"FAULT {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
