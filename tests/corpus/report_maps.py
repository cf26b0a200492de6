"""The maps' part of `make corpus` in words: per map what was decoded and came back, what did not and why, and what is lost by element."""

from collections import Counter
from collections.abc import Iterable, Iterator

from tests.corpus.kept_maps import Figures, figures, kept_figures, kept_unmapped, unmapped
from tests.corpus.maps import Mapped

__all__ = ["report", "worse"]

_SHOWN = 40


def report(found: list[Mapped]) -> Iterator[str]:
    """The lines of the report."""
    table = figures(found)
    yield "Accepted sets of types that have a standard map:"
    yield f"  {'map':22}{'sets':>6}{'decoded':>9}{'mended':>8}{'restored':>10}{'elements':>10}{'lost':>7}"
    for name, row in (*table.items(), ("all", _all(table.values()))):
        yield f"  {name:22}{row.sets:6}{row.decoded:9}{row.mended:8}{row.restored:10}{row.elements:10}{row.lost:7}"
    every = _all(table.values())
    share = 100 * every.restored / max(1, every.decoded + every.mended)
    yield f"  encode(decode(w), residue) = w for {every.restored} of {every.decoded + every.mended} that decode: {share:.1f} %"
    yield "  (mended: the only faults were wrong check digits of GTINs and SSCCs, which were put right to see the rest)"
    yield ""
    yield "Lost without residue, by element (its value is neither written again nor in the document):"
    lost: Counter[str] = Counter()
    for one in found:
        lost.update(one.lost)
    for place, count in sorted(lost.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]:
        yield f"  {place:10}{count:6}  {', '.join(sorted({one.map for one in found if one.lost[place]}))}"
    yield f"  {len(lost)} elements in all, {lost.total()} values" + (f"; the first {_SHOWN} are shown" if len(lost) > _SHOWN else "")
    yield ""
    yield "Not decoded as they stand, or not restored; the kept table says why:"
    for key, why in sorted(kept_unmapped().items()):
        yield f"  {key}: {why.codes}"
        yield f"    {why.reason}"


def _all(rows: Iterable[Figures]) -> Figures:
    return Figures(*map(sum, zip(*rows, strict=True))) if (rows := list(rows)) else Figures(0, 0, 0, 0, 0, 0)


def worse(found: list[Mapped]) -> Iterator[str]:
    """What got worse since the figures were kept, and faults that the kept table does not explain."""
    table, kept = figures(found), kept_figures()
    for name, before in kept.items():
        now = table.get(name, Figures(0, 0, 0, 0, 0, 0))
        for what in ("sets", "decoded", "restored"):
            if getattr(now, what) < getattr(before, what):
                yield f"{name}: {what} was {getattr(before, what)}, is {getattr(now, what)}"
        if now.lost * max(1, before.elements) > before.lost * max(1, now.elements):
            yield f"{name}: {now.lost} of {now.elements} elements are lost, it was {before.lost} of {before.elements}"
    rows = {key: (row.map, row.codes) for key, row in kept_unmapped().items()}
    for key, row in unmapped(found).items():
        if rows.get(key) != row:
            yield f"{key} is not restored, and the kept table does not say so: {row[0]} {row[1]}"
