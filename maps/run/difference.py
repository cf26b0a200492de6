"""The difference between the segments that were read and those that the map would write, and its way back.

A restored segment is the one that stood there, if the map still writes what it would have written then; if the document has
changed since, the map's values win and only what no rule knows is added.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from edi.grammar.model import LoopUse, SegmentUse
from edi.tree import LoopNode, SegmentNode
from edi.values import ElementValue
from maps.finding import MapFindingCode, Severity
from maps.formats.edi import Elements, Use, Written
from maps.run.container import Claim, trigger
from maps.run.residue import Residue
from maps.run.state import EncodeState

__all__ = ["difference", "restore"]

_Key = tuple[str, str, int]  #: rule, path of its object, which of several
_T = TypeVar("_T", Claim, Written)


def _numbered(items: Iterable[_T]) -> dict[_Key, _T]:
    counts: Counter[tuple[str, str]] = Counter()
    found: dict[_Key, _T] = {}
    for item in items:
        rule, at = item.rule, item.at
        found[rule, at, counts[rule, at]] = item
        counts[rule, at] += 1
    return found


def _in_order(written: Iterable[Written]) -> list[Written]:
    return sorted(written, key=lambda one: one.use.sequence)


def _tag(use: Use) -> str:
    return use.tag if isinstance(use, SegmentUse) else use.trigger.tag


# --- what must be kept --------------------------------------------------------------------------------------------------------------------


def difference(claims: Sequence[Claim], written: Iterable[Written], loop: str = "", at: str = "$") -> list[Residue]:
    """What must be kept of one loop, and of those within, so that `restore` makes the wire again."""
    given, expected = _numbered(claims), _numbered(_in_order(written))
    moved = _as_restored(given, expected) != list(given)
    residue: list[Residue] = []
    for key, claim in given.items():
        one = expected.get(key)
        if one is None:
            residue.append(_whole(claim.node, key, loop, at, moved=moved))
            continue
        segment = trigger(claim.node)
        elements = _trimmed(segment.elements)
        if moved or elements != one.elements:
            residue.append(Residue(loop, at, *key, segment.tag, segment.position, moved, one.use.sequence, elements, one.elements))
        if claim.within is not None:
            residue += difference(claim.within, one.children or (), claim.rule, claim.at)
    residue += [_unsaid(one, key, loop, at) for key, one in expected.items() if key not in given]
    return residue


def _as_restored(given: Mapping[_Key, Claim], expected: Mapping[_Key, Written]) -> list[_Key]:
    """The order that comes out when nothing says otherwise: the map's, and behind it, per place, what no rule wrote."""
    order = [(one.use.sequence, key) for key, one in expected.items() if key in given]
    order += [(_sequence(claim.node), key) for key, claim in given.items() if key not in expected]
    return [key for _, key in sorted(order, key=lambda item: item[0])]


def _whole(node: SegmentNode | LoopNode, key: _Key, loop: str, at: str, *, moved: bool) -> Residue:
    """A segment, or a loop with all in it, that the map does not write."""
    segment = trigger(node)
    within = None
    if isinstance(node, LoopNode):
        within = tuple(_whole(child, ("", at, number), loop, at, moved=False) for number, child in enumerate(node.children[1:]))
    return Residue(loop, at, *key, segment.tag, segment.position, moved, _sequence(node), _trimmed(segment.elements), None, within)


def _unsaid(one: Written, key: _Key, loop: str, at: str) -> Residue:
    """A segment, or a loop with all in it, that the map writes and that did not stand there."""
    within = None
    if one.children:
        within = tuple(_unsaid(child, ("", at, number), loop, at) for number, child in enumerate(one.children))
    return Residue(loop, at, *key, _tag(one.use), 0, False, one.use.sequence, None, one.elements, within)


def _sequence(node: SegmentNode | LoopNode) -> int:
    return node.use.sequence if node.use else 0


def _trimmed(elements: Elements) -> Elements:
    """Without empty elements at the end, which say nothing."""
    end = len(elements)
    while end and not any(elements[end - 1]):
        end -= 1
    return elements[:end]


# --- the way back -------------------------------------------------------------------------------------------------------------------------


def restore(state: EncodeState, written: list[Written], root: LoopUse, residue: Iterable[Residue]) -> list[Written]:
    """What the map writes with the residue in its places; what finds no place is reported."""
    by_loop: dict[tuple[str, str], list[Residue]] = {}
    for one in residue:
        by_loop.setdefault((one.loop, one.loop_at), []).append(one)
    restored = _restored(state, written, root, by_loop, "", "$")
    for kept in by_loop.values():
        for one in kept:
            _lost(state, one)
    return restored


def _lost(state: EncodeState, one: Residue) -> None:
    if one.wire is not None and one.wire != one.normal:
        state.fault(MapFindingCode.RESIDUE_NOT_PLACED, one.at, one.rule, severity=Severity.INFO, hint=f"segment {one.tag}")


def _restored(
    state: EncodeState, written: list[Written], use: LoopUse, by_loop: dict[tuple[str, str], list[Residue]], loop: str, at: str
) -> list[Written]:
    entries = by_loop.pop((loop, at), [])
    known = {(one.rule, one.at, one.occurrence): one for one in entries if one.normal is not None}
    found: list[tuple[int, int, Written]] = []  # sequence, position or 0, what
    for key, item in _numbered(_in_order(written)).items():
        one = known.pop(key, None)
        if one is not None and one.wire is None and _is_unsaid(item, one):
            continue
        if one is not None and one.wire is not None:
            item.elements = one.wire if item.elements == one.normal else _added(item.elements, one.wire, one.normal)
        if item.children is not None and isinstance(item.use, LoopUse):
            item.children = _restored(state, item.children, item.use, by_loop, item.rule, item.at)
        found.append((item.use.sequence, one.position if one else 0, item))
    for one in known.values():
        _lost(state, one)
    for one in entries:
        if one.normal is None:
            whole = _made(one, use)
            if whole is None:
                _lost(state, one)
            else:
                found.append((one.sequence, one.position, whole))
    moved = any(one.moved for one in entries)
    return [item for _, _, item in _settled(found, moved=moved)]


def _is_unsaid(item: Written, one: Residue) -> bool:
    """Whether what is written now is what did not stand there."""
    children, within = item.children or (), one.within or ()
    return (
        item.elements == one.normal
        and len(children) == len(within)
        and all(_is_unsaid(child, inner) for child, inner in zip(children, within, strict=True))
    )


def _settled(found: list[tuple[int, int, Written]], *, moved: bool) -> list[tuple[int, int, Written]]:
    """In the order of the grammar; among equals, by where they stood. What is new goes behind the one before it."""
    found.sort(key=lambda item: item[0])
    if not moved:
        return found
    settled, last = [], (0, 0)
    for sequence, position, item in found:
        last = (sequence, position or (last[1] if last[0] == sequence else 0))
        settled.append((*last, item))
    return sorted(settled, key=lambda item: item[:2])


def _made(one: Residue, loop: LoopUse) -> Written | None:
    """A whole segment or loop of the residue; None when the loop has no such place."""
    use = next((child for child in loop.children if child.sequence == one.sequence and _tag(child) == one.tag), None)
    if use is None or one.wire is None or isinstance(use, LoopUse) != (one.within is not None):
        return None
    if one.within is None or not isinstance(use, LoopUse):
        return Written("", one.at, use, one.wire)
    children = [_made(inner, use) for inner in one.within]
    return Written("", one.at, use, one.wire, [child for child in children if child is not None])


def _added(elements: Elements, wire: Elements, normal: Elements) -> Elements:
    """The map's elements, and of the original those that the map leaves empty."""
    size = max(len(elements), len(wire))
    return _trimmed(tuple(_one(_at(elements, n), _at(wire, n), _at(normal, n)) for n in range(size)))


def _at(elements: Elements, number: int) -> ElementValue:
    return elements[number] if number < len(elements) else ""


def _one(now: ElementValue, wire: ElementValue, normal: ElementValue) -> ElementValue:
    if not any(now) and not any(normal):
        return wire
    if type(now) is tuple and type(wire) is tuple and type(normal) is tuple:
        parts = _added(now, wire, normal)
        return tuple(part for part in parts if isinstance(part, str))
    return now
