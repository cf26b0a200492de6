"""What stands in a segment: values of bindings, pairs, groups and joined text, at random."""

import textwrap
from collections.abc import Sequence
from typing import Any

from maps.model import IntoKind, Path
from maps.run.fields import get, put
from tests.maps.generate.chance import Chance, pick
from tests.maps.generate.pools import Option
from tests.maps.generate.writes import PairPlan, Part, RulePlan

__all__ = ["groups", "joined", "pairs", "value"]

Object = dict[str, Any]


def value(part: Part, options: Sequence[Option], target: Object, chance: Chance) -> None:
    """A value of a binding, unless it is there."""
    if get(target, part.path) is not None:
        return
    value = pick(chance, options).value
    put(target, part.path, [value] if part.binding.append else value)


def pairs(plan: PairPlan, target: Object, wanted: Sequence[Path], chance: Chance) -> None:
    """Some of the fields that the pairs carry, and numbers under qualifiers that have no field."""
    room = plan.pairs.max
    free = [field for field in plan.fields if get(target, field.path) is None]
    must = next((field for path in wanted for field in free if field.path[: len(path)] == path), None)
    rest = plan.pairs.rest
    count, first = 0, chance.below(len(free)) if free else 0
    order = [*([must] if must else ()), *free[first:], *free[:first]]  # where there is little room, each has it sometimes
    for field in order:
        if get(target, field.path) is not None:
            continue
        last = field is order[-1] and count == 0 and not (rest and plan.strangers)
        if count < room and (field is must or last or chance.flip()):
            put(target, field.path, pick(chance, field.options).value)
            count += 1
    if rest is None or not plan.strangers or not plan.values:
        return
    others: list[Object] = []
    while count < room and ((count == 0 and not others) or chance.below(3) == 1):
        others.append({rest.qualifier: pick(chance, plan.strangers), rest.value: pick(chance, plan.values).value})
        count += 1
    if others:
        put(target, (*plan.prefix, *rest.into), others)


def groups(one: RulePlan, target: Object, room: int, chance: Chance) -> int:
    """Items of the strides of a segment; how many segments they take."""
    stride = one.rule.groups
    assert stride is not None
    common = {part.path: pick(chance, part.options).value for part in one.common if part.options}
    items = []
    for _ in range(1 + chance.below(stride.max + 2 if room > 1 else stride.max)):
        item: Object = {}
        for part in one.items:
            put(item, part.path, pick(chance, part.options).value)
        for path, value in common.items():
            put(item, path, value)
        items.append(item.get("", item))  # `.`: a plain value
    put(target, stride.into, items)
    return -(-len(items) // stride.max)


def joined(one: RulePlan, target: Object, room: int, chance: Chance) -> int:
    """A text of several lines; how many segments it takes."""
    join = one.rule.join
    assert join is not None
    alone = one.rule.into.kind is IntoKind.LIST
    segments = 1 if alone else min(room, 4)
    most = segments * (join.components or 1)
    lines = [pick(chance, one.lines) for _ in range(1 + chance.below(most))]
    if join.separator == " ":  # flows: broken wherever a line is full
        while len(lines) > 1 and len(textwrap.wrap(" ".join(lines), one.width, break_on_hyphens=False)) > most:
            lines.pop()
    put(target, join.into, join.separator.join(lines))
    return -(-len(lines) // (join.components or 1))
