"""Wires at random: what a map writes, changed as partners change it, within what the grammar allows.

Segments and elements that no rule knows, other codes, odd but valid spellings, other orders among equals, one more, one less.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from edi.finding import Severity
from edi.grammar.model import CompositeDef, ElementDef, LoopUse, Requirement, SegmentDef, SegmentUse
from edi.tree import LoopNode, SegmentNode, Tree
from edi.values import Segment, Standard
from maps.run import Decoded, Map, Residue
from tests.edi.faults.documents import filled, minimum
from tests.edi.faults.values import good
from tests.maps.generate.chance import Chance, pick
from tests.maps.generate.laws import OUT, Validated, body, reading, segment_text, sent, trimmed, validate
from tests.maps.generate.layouts import stands

__all__ = ["Wire", "changed", "unrestored"]

_FRAME = frozenset({"ST", "SE", "UNH", "UNT"})
_NUMBERS = frozenset({"R", "n"})


@dataclass
class Node:
    """A segment, or a loop with the segment that begins it."""

    use: SegmentUse | LoopUse
    elements: tuple[Any, ...]
    children: "list[Node] | None" = None

    @property
    def definition(self) -> SegmentDef:
        return (self.use.trigger if isinstance(self.use, LoopUse) else self.use).definition


class Wire:
    """A set that is valid and that the map reads."""

    def __init__(self, validation: Validated, decoded: Decoded) -> None:
        self.validation, self.decoded = validation, decoded

    def __repr__(self) -> str:
        return "\n".join(map(segment_text, body(self.validation.tree)))


def changed(made: Map, tree: Tree, chance: Chance, times: int = 4) -> Wire | None:
    """The tree with changes, each kept if the set is still valid and the map still reads it; None when it never did."""
    root = Node(tree.message.root, (), list(_nodes(tree.root)))
    wire = _read(made, root, tree)
    for _ in range(chance.below(times + 1)):
        before = _copied(root)
        pick(chance, _CHANGES)(root, chance, Standard(made.syntax))
        one = _read(made, root, tree)
        if one is None:
            root = before
        else:
            wire = one
    return wire


def unrestored(made: Map, wire: Wire) -> list[str]:
    """GetPut: what does not come back from document and residue."""
    document = wire.decoded.document
    assert document is not None
    encoded = made.encode(document, OUT, [Residue.parse(one.to_json()) for one in wire.decoded.residue])
    given = trimmed(body(wire.validation.tree))
    if encoded.tree is None:
        faults = [
            f"{made.name}: GetPut: {one.code} at {one.path} by rule {one.rule.partition('#')[2]} {one.hint}" for one in encoded.findings
        ]
        return [*faults, *(f"  in {segment_text(one)}" for one in given[:40])]
    found = trimmed(body(encoded.tree))
    if found == given:
        return []
    lost = [segment_text(one) for one in given if one not in found]
    new = [segment_text(one) for one in found if one not in given]
    text = [f"{made.name}: GetPut: {one} does not come back" for one in lost] + [f"{made.name}: GetPut: {one} was not there" for one in new]
    return text or [f"{made.name}: GetPut: another order: {' '.join(t for t, _ in given)} / {' '.join(t for t, _ in found)}"]


def _nodes(loop: LoopNode) -> Iterator[Node]:
    for child in loop.children:
        if isinstance(child, SegmentNode):
            assert child.use is not None
            yield Node(child.use, child.segment.elements)
        else:
            first = child.children[0]
            assert isinstance(first, SegmentNode)
            yield Node(child.use, first.segment.elements, list(_nodes(LoopNode(child.use, child.children[1:]))))


def _copied(node: Node) -> Node:
    return replace(node, children=None if node.children is None else [_copied(child) for child in node.children])


def _segments(node: Node) -> Iterator[Segment]:
    for child in node.children or ():
        yield Segment(child.definition.tag, child.elements)
        if child.children is not None:
            yield from _segments(child)


def _read(made: Map, root: Node, tree: Tree) -> Wire | None:
    validation = validate(sent(made, tree.message, tuple(_segments(root))))
    if any(finding.severity is Severity.ERROR for finding in validation.findings):
        return None
    decoded = made.decode(validation.tree, reading(made))
    return None if decoded.document is None else Wire(validation, decoded)


# --- the changes ------------------------------------------------------------------------------------------------------------------------


def _all(root: Node) -> list[tuple[Node, Node, int]]:
    """Every node with the one around it and its index there."""
    found = []
    for index, child in enumerate(root.children or ()):
        found.append((child, root, index))
        found += _all(child)
    return found


def _any(root: Node, chance: Chance) -> tuple[Node, Node, int]:
    return pick(chance, _all(root))


def _insert(root: Node, chance: Chance, standard: Standard) -> None:
    """A segment or loop that may stand here, most of which no rule knows."""
    loops = [root, *(node for node, _, _ in _all(root) if node.children is not None)]
    around = pick(chance, loops)
    assert isinstance(around.use, LoopUse)
    assert around.children is not None
    first = around.use.trigger if around is not root else None
    uses = [u for u in around.use.children if u is not first and _tag(u) not in _FRAME | {"HL", "CPS"}]
    uses = [u for u in uses if u.max_use is None or sum(child.use is u for child in around.children or ()) < u.max_use]
    if not uses:
        return
    use = pick(chance, uses)
    if isinstance(use, LoopUse):
        lines = list(minimum(use, (use,), standard))
        new = Node(use, lines[0].elements, [Node(line.use, line.elements) for line in lines[1:] if line.use is not None])
    else:
        new = Node(use, filled(use.definition, standard))
    after = [number for number, child in enumerate(around.children) if child.use.sequence <= use.sequence]
    around.children.insert(after[-1] + 1 if after else 0, new)


def _tag(use: SegmentUse | LoopUse) -> str:
    return use.trigger.tag if isinstance(use, LoopUse) else use.tag


def _fill(root: Node, chance: Chance, standard: Standard) -> None:
    """An element that was empty."""
    node, _, _ = _any(root, chance)
    elements = [*node.elements, *([""] * (len(node.definition.elements) - len(node.elements)))]
    empty = [n for n, e in enumerate(elements[: len(node.definition.elements)]) if not any(e)]
    if not empty:
        return
    place = pick(chance, empty)
    definition = node.definition.elements[place].definition
    if isinstance(definition, ElementDef):
        elements[place] = good(definition, standard)
    else:
        parts = [good(p.definition, standard) if p.requirement is Requirement.MANDATORY and isinstance(p.definition, ElementDef) else "" for p in definition.components]  # fmt: skip
        if isinstance(definition.components[0].definition, ElementDef) and not any(parts):
            parts[0] = good(definition.components[0].definition, standard)
        elements[place] = tuple(parts)
    present = [
        (n, c)
        for n, e in enumerate(elements, 1)
        for c in ([0] if isinstance(e, str) else range(1, len(e) + 1))
        if (e if c == 0 else e[c - 1])
    ]
    if stands(node.definition, present):
        node.elements = tuple(elements)


def _respell(root: Node, chance: Chance, standard: Standard) -> None:
    """The same value or another, spelled otherwise."""
    node, _, _ = _any(root, chance)
    places = [
        (n, c, t)
        for n, e in enumerate(node.elements)
        for c, t in ([(-1, e)] if isinstance(e, str) else enumerate(e))
        if isinstance(t, str) and t
    ]
    if not places:
        return
    place, component, text = pick(chance, places)
    if place >= len(node.definition.elements):
        return
    definition = node.definition.elements[place].definition
    if isinstance(definition, CompositeDef):
        at = max(component, 0)
        inner = definition.components[at].definition if at < len(definition.components) else None
        definition = inner if inner is not None else definition
    if isinstance(definition, ElementDef):
        other = pick(chance, list(_spellings(definition, text)))
        elements = list(node.elements)
        held = elements[place]
        elements[place] = other if component < 0 else (*held[:component], other, *held[component + 1 :])
        node.elements = tuple(elements)


def _spellings(element: ElementDef, text: str) -> Iterator[str]:
    kind = element.type
    yield text
    if kind in _NUMBERS:
        yield f"0{text}" if text[0] != "-" else text
        yield f"{text}0" if "." in text else f"{text}.0"
    elif kind.startswith("N"):
        yield f"0{text}" if text[0] != "-" else text
    elif kind == "TM":
        yield text + "00" if len(text) in {4, 6} else text
    elif element.codes:
        codes = sorted(element.codes)
        yield from codes[:: max(1, len(codes) // 10)]
    else:
        yield f"{text} X"
        yield "Z" * element.min_length
        yield "Q7" * max(1, element.max_length // 4)


def _swap(root: Node, chance: Chance, standard: Standard) -> None:
    """Two neighbours of one place in the other order."""
    pairs = [
        (a, i)
        for node, a, i in _all(root)
        if a.children and i + 1 < len(a.children) and a.children[i + 1].use is node.use and _tag(node.use) not in {"HL", "CPS"}
    ]
    if pairs:
        around, index = pick(chance, pairs)
        assert around.children is not None
        around.children[index], around.children[index + 1] = around.children[index + 1], around.children[index]


def _double(root: Node, chance: Chance, standard: Standard) -> None:
    """One more of what is there."""
    node, around, index = _any(root, chance)
    if around.children is not None and node.definition.tag not in {"HL", "CPS"}:
        around.children.insert(index + 1, _copied(node))


def _drop(root: Node, chance: Chance, standard: Standard) -> None:
    """One less."""
    node, around, index = _any(root, chance)
    if around.children is not None and node.use.requirement is not Requirement.MANDATORY:
        del around.children[index]


_CHANGES: tuple[Callable[[Node, Chance, Standard], None], ...] = (_insert, _fill, _respell, _swap, _double, _drop, _insert, _fill, _respell)
