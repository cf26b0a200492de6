"""Which layout of a rule's segment fits an object: what must be there is, and no part of an object stands without what it needs."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from maps.model import Path
from maps.run.fields import get
from tests.maps.generate.chance import Chance, ImpossibleError, pick
from tests.maps.generate.layouts import Layout
from tests.maps.generate.shapes import needs
from tests.maps.generate.writes import RulePlan

__all__ = ["fitting", "layouts_for"]

Object = dict[str, Any]


def fitting(one: RulePlan, target: Object, wanted: Sequence[Path], promised: Collection[Path], chance: Chance) -> Layout:
    """One of the layouts that fit. Raises ImpossibleError when none does."""
    found = layouts_for(one, target, wanted, promised, chance)
    if not found:
        raise ImpossibleError(f"{one.address}: no layout with what must be there")
    return pick(chance, found)


def layouts_for(one: RulePlan, target: Object, wanted: Sequence[Path], promised: Collection[Path], chance: Chance) -> list[Layout]:
    """All layouts that have what is wanted and what is there already, and in no object a part that cannot be alone."""
    index = {part.path: number for number, part in enumerate(one.parts)}
    fixed: dict[int, int] = {}
    for number, part in enumerate(one.parts):
        value = get(target, part.path)
        if value is not None:
            found = [n for n, (_, options) in enumerate(part.variants) if any(o.value == value for o in options)]
            if not found:
                raise ImpossibleError(f"{one.address} cannot write what another rule can")
            fixed[number] = found[0]
    forced = {number for number, part in enumerate(one.parts) if part.variants and (part.binding.required or part.otherwise)}
    for path in wanted:
        if get(target, path) is not None:
            continue
        exact = index.get(path)
        if exact is not None:
            forced.add(exact)
            continue
        under = [number for number, part in enumerate(one.parts) if part.path[: len(path)] == path and part.variants]
        pairs = [
            len(one.parts) + n for n, pair in enumerate(one.pairs) if pair.slots and any(f.path[: len(path)] == path for f in pair.fields)
        ]
        rest = [len(one.parts) + len(one.pairs)] if _of_rest(one, path) else []
        if choices := [*pairs, *under, *rest]:
            forced.add(pick(chance, choices))
    return [layout for layout in one.layouts if _right(one, layout, fixed, forced, target, promised)]


def _right(one: RulePlan, layout: Layout, fixed: Mapping[int, int], forced: set[int], target: Object, promised: Collection[Path]) -> bool:
    alone = not any(
        variant >= 0 for number, variant in enumerate(layout) if number >= len(one.parts) or not one.parts[number].binding.companion
    )
    fixed = {n: v for n, v in fixed.items() if not (alone and one.parts[n].binding.companion)}
    if any(layout[number] != variant for number, variant in fixed.items()) or any(layout[number] < 0 for number in forced):
        return False
    chosen = {part.path for part, variant in zip(one.parts, layout, strict=False) if variant >= 0}
    if (
        chosen
        and all(part.binding.companion for part in one.parts if part.path in chosen)
        and not any(v >= 0 for v in layout[len(one.parts) :])
    ):
        return False
    for path in list(chosen):
        for depth in range(1, len(path)):
            inner = one.scope.field(path[:depth])
            if inner is None or inner.model is None:
                continue
            for need in needs(inner.model):
                full = (*path[:depth], *need)
                if full in promised:
                    continue
                if get(target, full) is None and not any(one[: len(full)] == full for one in chosen):
                    return False
    return True


def _of_rest(one: RulePlan, path: Path) -> bool:
    """Whether a group or joined text of the segment is what stands at a path."""
    groups, join = one.rule.groups, one.rule.join
    return bool((groups and groups.into == path) or (join and join.into == path))
