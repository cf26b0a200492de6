"""`python -m tests.interop.matrix [--fast]`: our AS2 against other products, cell by cell; ends with 1 when a cell differs in a new way.

A cell counts when both ends agree about payload, digest and receipt, or when the kept table names the peer's fault and openssl, in the
place of one of the two, sides with us over the very bytes. In a whole run Bouncy Castle is asked too, where it is installed, and must not contradict.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from tests.interop.as2 import disagreements
from tests.interop.as2.cells import COMPRESSIONS, Cell, cells, spread
from tests.interop.as2.exchange import proof, run
from tests.interop.as2.install import PEERS, MissingPeerError, started
from tests.interop.as2.lacks import lacking
from tests.interop.as2.loopback import Loopback
from tests.interop.as2.ours import Ours
from tests.interop.as2.party import Peer

JUDGES: Final = ("openssl", "bouncycastle")


@dataclass
class Tally:
    """What came of the cells of one peer."""

    name: str
    version: str
    cells: list[Cell]
    judges: list[str] = field(default_factory=list)
    agreed: set[Cell] = field(default_factory=set)
    known: dict[Cell, list[str]] = field(default_factory=dict)  #: to the rows of the table
    new: dict[Cell, str] = field(default_factory=dict)
    seconds: float = 0.0


def chosen(peer: str, *, fast: bool) -> list[Cell]:
    """The cells of a peer: all that there are, or for each direction so few that every pair of values still occurs.

    Of what is damaged or large, which is slow or much alike, that part has a tenth.
    """
    found = [cell for cell in cells(peer) if lacking(cell) is None]
    if not fast:
        return found
    plain = [cell for cell in found if cell.damage == "none" and cell.payload != "large"]
    pairs = [cell for sender in ("us", "peer") for cell in spread([cell for cell in plain if cell.sender == sender])]
    seen = set(plain)
    return pairs + [cell for cell in found if cell not in seen][::10]


def against(name: str, found: list[Cell], *, install: bool, judges: Sequence[str] = JUDGES) -> Tally:
    """Runs these cells. Raises `MissingPeerError`."""
    begin = time.monotonic()
    peer = started(name, install=install)
    thirds: list[tuple[str, Peer, Peer]] = []
    us, loopback = Ours(), Loopback()
    tally = Tally(name, peer.version, found)
    try:
        for cell in found:
            outcome = run(cell, us, peer, loopback)
            if outcome.faults and not thirds:
                thirds += _thirds(name, judges, install=install)
                tally.judges = [judge for judge, *_ in thirds]
            rows = []
            for fault in outcome.faults:
                row = disagreements.find(cell, fault.stage, fault.detail)
                against_us = [judge for judge, *third in thirds if not proof(cell, outcome, fault, *third)]
                if row is None:
                    tally.new[cell] = f"{fault.stage}: {fault.detail}"
                elif against_us or not thirds:
                    tally.new[cell] = (
                        f"{row.id}, but {', '.join(against_us) or 'nobody'} does not side with us: {fault.stage}: {fault.detail}"
                    )
                else:
                    rows.append(row.id)
            if not outcome.faults:
                tally.agreed.add(cell)
            elif cell not in tally.new:
                tally.known[cell] = rows
    finally:
        loopback.close()
        for end in (peer, *(end for _, *ends in thirds for end in ends)):
            end.close()
    tally.seconds = time.monotonic() - begin
    return tally


def _thirds(peer: str, judges: Sequence[str], *, install: bool) -> Iterator[tuple[str, Peer, Peer]]:
    """Who else is asked: name, and its ends with the keys of both sides."""
    for name in judges:
        with suppress(MissingPeerError):
            if name != peer:
                yield name, started(name, install=install, side="us"), started(name, install=install, side="peer")


def show(tally: Tally) -> None:
    """Rows: how it is signed; columns: how it is encrypted; each as agreed/all, and the rows of the table that explain the rest."""
    print(f"\n{tally.name} ({tally.version}): {len(tally.cells)} cells in {tally.seconds:.0f} s")
    columns = list(dict.fromkeys(cell.encrypt for cell in cells(tally.name)))
    for sender in ("us", "peer"):
        arrow = f"us -> {tally.name}" if sender == "us" else f"{tally.name} -> us"
        print(f"  {arrow:<18}" + "".join(f"{column:>18}" for column in columns))
        for sign in dict.fromkeys(cell.sign for cell in cells(tally.name)):
            places = [_place(tally, sender, sign, column) for column in columns]
            print(f"  {sign:<18}" + "".join(f"{place:>18}" for place in places))
    by = Counter((cell.sender, cell.compress) for cell in tally.agreed)
    total = Counter((cell.sender, cell.compress) for cell in tally.cells)
    rows = [
        f"{compress} {by['us', compress]}/{total['us', compress]} out, {by['peer', compress]}/{total['peer', compress]} in"
        for compress in COMPRESSIONS
    ]
    print("  compression: " + "; ".join(rows))
    receipts = Counter(cell.mdn for cell in tally.agreed)
    print(
        "  receipts: "
        + ", ".join(f"{mdn} {count}/{sum(cell.mdn == mdn for cell in tally.cells)}" for mdn, count in sorted(receipts.items()))
    )


def _place(tally: Tally, sender: str, sign: str, encrypt: str) -> str:
    here = [cell for cell in tally.cells if (cell.sender, cell.sign, cell.encrypt) == (sender, sign, encrypt)]
    if not here:
        return "-"
    known = sorted({row for cell in here for row in tally.known.get(cell, ())})
    new = "!" if any(cell in tally.new for cell in here) else ""
    return f"{sum(cell in tally.agreed for cell in here)}/{len(here)}{'*' if known else ''}{','.join(known)}{new}"


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description="AS2 against other products, cell by cell")
    parser.add_argument("--fast", action="store_true", help="a spread in which every pair of values occurs, for each peer and direction")
    parser.add_argument("--peer", action="append", choices=list(PEERS), help="only this one; may be given more than once")
    options = parser.parse_args()
    tallies, skipped = [], {}
    wanted = options.peer or list(PEERS)
    with ThreadPoolExecutor(max_workers=2) as pool:
        judges = JUDGES[: 1 if options.fast else None]
        runs = {name: pool.submit(against, name, chosen(name, fast=options.fast), install=True, judges=judges) for name in wanted}
        for name, result in runs.items():
            try:
                tallies.append(result.result())
            except MissingPeerError as fault:
                skipped[name] = str(fault)
                continue
            show(tallies[-1])
    print("\n`-`: the peer cannot do it, or we never send it so (compression after signing: only received).")
    _explain(tallies)
    for name, reason in skipped.items():
        print(f"skipped: {name}: {reason}")
    total = sum(len(tally.cells) for tally in tallies)
    good = sum(len(tally.agreed) + len(tally.known) for tally in tallies)
    stale = [] if options.fast else _stale(tallies)
    for row in stale:
        print(f"! {row}: the table has this row, and no cell needs it any more")
    print(f"interop: {good} of {total}")
    return 0 if good == total and total and not stale else 1


def _stale(tallies: list[Tally]) -> list[str]:
    used = {row for tally in tallies for rows in tally.known.values() for row in rows}
    ran = {tally.name for tally in tallies}
    return [row.id for row in disagreements.kept() if row.peer in ran and row.id not in used]


def _explain(tallies: list[Tally]) -> None:
    for tally in tallies:
        counts = Counter(row for rows in tally.known.values() for row in rows)
        for row in disagreements.kept():
            if counts[row.id]:
                judges = " and ".join(tally.judges)
                print(f"* {row.id}: {counts[row.id]} cells, {row.peer} is wrong, {judges} agree with us over the same bytes: {row.why}")
    faults: dict[str, list[Cell]] = defaultdict(list)
    for tally in tallies:
        for cell, said in tally.new.items():
            faults[f"{tally.name}: {said}"].append(cell)
    for said, found in faults.items():
        print(f"! NEW, {len(found)} cells: {said}; first: {found[0]}")


if __name__ == "__main__":
    sys.exit(main())
