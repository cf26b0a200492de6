"""HL and CPS: one flat list of loops on the wire, a tree in the document (X12 856, EDIFACT DESADV).

Read, a parent is followed by its id, wherever it stands, so that interleaved packs come out right. Written, numbers and parent
ids are made anew, depth first. HL03 says which level a loop is; CPS says nothing of the kind, there the parent decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edi.tree import LoopNode, SegmentNode
from edi.values import Segment
from maps.finding import MapFindingCode
from maps.formats.edi import Elements, Use, Written
from maps.model import IntoKind, Level, Path, Rule, Slot
from maps.paths import dotted, get, put
from maps.run.container import Claim, Container, trigger
from maps.run.state import DecodeState, EncodeState, Frame, Object

__all__ = ["Hierarchy"]

_ID, _PARENT, _CODE = 1, 2, 3  # HL01, HL02, HL03; CPS01, CPS02
_WITH_CHILDREN, _WITHOUT = "1", "0"  # HL04
_MOST_DEPTH = 16  # documents are not deeper


@dataclass(slots=True)
class _Placed:
    level: Level
    scope: Object
    at: str
    depth: int = 0


class Hierarchy:
    """The compiled rule: per level, where its objects go and the rules within."""

    def __init__(self, rule: Rule, use: Use, within: Mapping[str, Container]) -> None:
        self._rule, self._use, self._within = rule, use, within
        self.tag = rule.tag
        self._coded = rule.tag == "HL"
        self._levels = {level.code: level for level in rule.levels}

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def read(self, state: DecodeState, nodes: list[LoopNode], scope: Object, at: str, frame: Frame) -> list[Claim]:
        """Read all levels, parents before children; the claims are in the order of the nodes."""
        claims: dict[int, Claim] = {}
        children: dict[str, list[tuple[int, LoopNode]]] = {}
        for number, node in enumerate(nodes):
            children.setdefault(trigger(node).get(_PARENT), []).append((number, node))
        roots = children.pop("", [])
        first = roots[0][0] if roots else -1
        waiting: list[tuple[int, LoopNode, _Placed | None]] = [(number, node, None) for number, node in reversed(roots)]
        while waiting:
            number, node, parent = waiting.pop()
            inner = (*frame, node.loop_id)
            placed = self._place(state, node, parent, scope, at, inner, is_first=number == first)
            if placed is None:
                claims[number] = Claim("", at, node, None)
                continue
            state.levels += 1
            container = self._within[placed.level.code]
            within = container.read(state, node.children[1:], placed.scope, placed.at, inner)
            claims[number] = Claim(container.address, placed.at, node, within)
            below = children.pop(trigger(node).get(_ID), [])
            waiting += [(number, child, placed) for number, child in reversed(below)]
        for orphans in children.values():
            for number, node in orphans:
                self._fault(state, trigger(node), _PARENT, at, (*frame, node.loop_id), "a parent that is a level of this set")
                claims[number] = Claim("", at, node, None)
        return [claims[number] for number in range(len(nodes))]

    def _place(
        self, state: DecodeState, node: LoopNode, parent: _Placed | None, scope: Object, at: str, frame: Frame, *, is_first: bool
    ) -> _Placed | None:
        segment = trigger(node)
        if self._coded:
            level = self._levels.get(segment.get(_CODE))
            if level is None:
                self._fault(state, segment, _CODE, at, frame, "a level that the map knows")
                return None
            under = (parent.level.code if parent else "") in (level.under or ("",))
        else:
            level = self._level_of(node, parent, is_first=is_first)
            under = level is not None
        if level is None or not under:
            self._fault(state, segment, _PARENT, at, frame, "a parent of the right level")
            return None
        depth = 0
        if parent is not None:
            scope, at, depth = parent.scope, parent.at, parent.depth + 1
        if depth > _MOST_DEPTH:
            self._fault(state, segment, _PARENT, at, frame, "fewer levels within each other")
            return None
        path = level.into.path
        if level.into.kind is not IntoKind.LIST:
            target: Object = scope if level.into.kind is IntoKind.HERE else (get(scope, path) or {})
            if target is not scope:
                put(scope, path, target)
            return _Placed(level, target, at + dotted(path), depth)
        items: list[Any] = get(scope, path) or []
        put(scope, path, items)
        items.append({})
        return _Placed(level, items[-1], f"{at}{dotted(path)}[{len(items) - 1}]", depth)

    def _level_of(self, node: LoopNode, parent: _Placed | None, *, is_first: bool) -> Level | None:
        """Where no code says it: the level that stands under the parent. A root that holds what only a lower level does is one of those,
        and so are the roots behind the first: their sender did not write the parent.
        """
        levels = self._rule.levels
        if parent is not None:
            return next((level for level in levels if parent.level.code in level.under), None)
        lower = [level for level in levels if level.under and (not is_first or _holds([node], level.holds))]
        return next(iter(lower), None) or next((level for level in levels if not level.under), None)

    def _fault(self, state: DecodeState, segment: Segment, element: int, at: str, frame: Frame, hint: str) -> None:
        state.fault(
            MapFindingCode.HIERARCHY_INVALID,
            at,
            self._rule.address,
            record=segment,
            frame=frame,
            place=Slot(element),
            value=segment.get(element),
            hint=hint,
        )

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str) -> list[Written]:
        """One loop per object of each level, numbered from 1."""
        written: list[Written] = []
        for level in self._rule.levels:
            if not level.under:
                self._write(state, level, scope, at, "", written)
        return written

    def _write(self, state: EncodeState, level: Level, scope: Mapping[str, Any], at: str, parent: str, written: list[Written]) -> None:
        state.levels += 1
        number = str(state.levels)
        below = self._below(level, scope, at)
        elements: Elements = (number, parent, level.code) if self._coded else (number, parent) if parent else (number,)
        if self._rule.child_code:
            elements = (*elements, _WITH_CHILDREN if below else _WITHOUT)
        container = self._within[level.code]
        written.append(Written(container.address, at, self._use, elements, container.write(state, scope, at)))
        for inner, item, path in below:
            self._write(state, inner, item, path, number, written)

    def _below(self, parent: Level, scope: Mapping[str, Any], at: str) -> list[tuple[Level, Mapping[str, Any], str]]:
        """The objects of the levels under this one, list by list; of levels that share a list, the first whose `when` holds."""
        levels = [level for level in self._rule.levels if parent.code in level.under]
        found = []
        for path in dict.fromkeys(level.into.path for level in levels):
            items = get(scope, path)
            for number, item in enumerate(items if isinstance(items, list) else ()):
                sharing = (level for level in levels if level.into.path == path)
                level = next((one for one in sharing if one.when is None or one.when.evaluate(item)), None)
                if level is not None:
                    found.append((level, item, f"{at}{dotted(path)}[{number}]"))
        return found


def _holds(nodes: Sequence[LoopNode | SegmentNode], tags: Path) -> bool:
    """Whether a loop holds one within one of these tags; no tags: nothing is asked for, so nothing is found."""
    for tag in tags:
        nodes = [child for node in nodes if isinstance(node, LoopNode) for child in node.children[1:] if trigger(child).tag == tag]
    return bool(tags) and bool(nodes)
