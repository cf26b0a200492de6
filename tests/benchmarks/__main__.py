"""`make bench`: run every benchmark and print its ratios; `python -m tests.benchmarks as2 edi` runs some."""

import importlib
import sys

BENCHES = ("edi", "edi_peers", "edi_large", "maps", "as2", "as2_gateway", "sftp", "gateway", "engine", "flood", "million")


def main(names: list[str]) -> int:
    """Print name, ratio and what it is measured against; 2 when a name is unknown."""
    if unknown := set(names) - set(BENCHES):
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
        return 2
    for bench in names or BENCHES:
        print(f"\n== {bench}")
        for name, ratio, note in importlib.import_module(f"tests.benchmarks.{bench}").run():
            print(f"{name:<58} {ratio:>9.3f}   {note}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
