"""HL in generated code: the levels as data, and the two walks over them; the functions of the levels themselves are generated.

They do what `maps.run.levels` does where nothing is odd.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from edi.grammar.model import LoopUse
from edi.tree import LoopNode, SegmentNode
from edi.values import Segment
from maps.compile.support import OddError, fill, within
from maps.model import IntoKind, Level, Path

__all__ = ["Hierarchy", "Placed"]

_CODE = 2  # HL03


@dataclass(frozen=True, slots=True)
class Placed:
    """One level and its generated functions, by name."""

    level: Level
    function: str


class Hierarchy:
    """The levels of one map, bound to the functions of its module."""

    def __init__(self, use: LoopUse, levels: tuple[Placed, ...], *, child_code: bool, functions: Mapping[str, Any]) -> None:
        self._use, self._child_code, self._functions = use, child_code, functions
        self._levels = {one.level.code: one for one in levels}
        self._below = {code: [one for one in levels if code in one.level.under] for code in self._levels}
        self._roots = [one for one in levels if not one.level.under]

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def read(self, nodes: list[Any], scope: dict[str, Any], document: dict[str, Any], c: Any, run: Any) -> None:
        """All levels, parents before children, each by its parent's id."""
        children: dict[str, list[Any]] = {}
        for node in nodes:
            elements = node.children[0].segment.elements
            parent = elements[1] if len(elements) > 1 else ""
            children.setdefault(parent, []).append(node)
        waiting: list[tuple[Any, str, dict[str, Any]]] = [(node, "", scope) for node in reversed(children.pop("", []))]
        while waiting:
            node, above, outer = waiting.pop()
            elements = node.children[0].segment.elements
            placed = self._levels.get(elements[_CODE]) if len(elements) > _CODE else None
            if placed is None or above not in (placed.level.under or ("",)):
                raise OddError
            target = _target(placed.level.into.kind, placed.level.into.path, outer)
            self._functions[f"read_{placed.function}"](node.children[1:], target, document, c, run, "")
            waiting += [(child, placed.level.code, target) for child in reversed(children.pop(elements[0], []))]
        if children:
            raise OddError
        run.levels += len(nodes)

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def write(self, scope: Mapping[str, Any], document: Mapping[str, Any], c: Any, run: Any, out: list[Any]) -> int:
        """One loop for each object of each level, numbered from 1; how many plain values that were."""
        return sum(self._write(one, scope, "", document, c, run, out) for one in self._roots)

    def _write(
        self, placed: Placed, scope: Mapping[str, Any], parent: str, document: Mapping[str, Any], c: Any, run: Any, out: list[Any]
    ) -> int:
        run.levels += 1
        number = str(run.levels)
        below = list(self._objects(placed.level.code, scope))
        elements: tuple[str, ...] = (number, parent, placed.level.code)
        if self._child_code:
            elements = (*elements, "1" if below else "0")
        trigger = self._use.trigger
        node = LoopNode(self._use, [SegmentNode(Segment(trigger.tag, elements), trigger)])
        out.append(node)
        write: Callable[..., int] = self._functions[f"write_{placed.function}"]
        count = write(scope, document, c, run, node.children, "")
        for inner, item in below:
            count += self._write(inner, item, number, document, c, run, out)
        return count

    def _objects(self, code: str, scope: Mapping[str, Any]) -> list[tuple[Placed, Mapping[str, Any]]]:
        """The objects of the levels under this one, list by list; of levels that share a list, the first whose `when` holds."""
        levels = self._below[code]
        found = []
        for path in dict.fromkeys(one.level.into.path for one in levels):
            sharing = [one for one in levels if one.level.into.path == path]
            for item in within(scope, path) or ():
                one = next((one for one in sharing if one.level.when is None or one.level.when.evaluate(item)), None)
                if one is not None:
                    found.append((one, item))
        return found


def _target(kind: IntoKind, path: Path, outer: dict[str, Any]) -> dict[str, Any]:
    """The object of one loop."""
    if kind is IntoKind.HERE:
        return outer
    kept = within(outer, path)
    made: dict[str, Any] = {}
    if kind is IntoKind.LIST:
        if kept is None:
            fill(outer, path, [made])
        else:
            kept.append(made)
        return made
    if not kept:
        fill(outer, path, made)
        return made
    found: dict[str, Any] = kept
    return found
