"""A loop's rules, compiled: which rule takes which segment when reading, and what each writes.

A segment goes to the first rule, in the order of the map, that selects it and still has room: a rule for one object takes
one segment, later ones go on to the rules behind it, then to the residue. Nothing is dropped in silence.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, Protocol

from edi.grammar.model import LoopUse
from edi.tree import LoopNode, SegmentNode
from edi.values import Segment
from maps.finding import MapFindingCode, Severity
from maps.formats.edi import Elements, Use, Written, matcher, reader, writer
from maps.model import IntoKind, MapSpec, Rule, RuleKind
from maps.run.fields import repeated
from maps.run.segment import SegmentPart
from maps.run.state import DecodeState, EncodeState, Frame, Object
from maps.run.target import Target

__all__ = ["Claim", "Container", "Entry", "Levels", "trigger"]

_ENVELOPE: Final = frozenset({"ST", "SE", "UNH", "UNT"})  #: of the set; written by others
Node = SegmentNode | LoopNode


def heads(rule: Rule) -> frozenset[str] | None:
    """The keys of an object without which a rule has nothing to write for it; None when that cannot be said beforehand."""
    if rule.required or rule.calc or rule.sign or rule.of_document or rule.levels or any(b.required for b in rule.bindings):
        return None
    paths = [rule.into.path] if rule.into.path else [binding.path for binding in rule.bindings if binding.constant is None]
    if not rule.into.path:
        within = [heads(inner) for inner in rule.rules]
        if None in within or rule.pairs:
            return None
        paths += [(key,) for found in within for key in found or ()]
        paths += [rule.groups.into] if rule.groups else []
        paths += [rule.join.into] if rule.join else []
    paths += [rule.rest.into] if rule.rest else []
    return frozenset(path[0] for path in paths)


class Claim(NamedTuple):
    """Which rule took a node of the tree, for which object; `within` the same for what follows in a loop."""

    rule: str  #: address; empty: none
    at: str
    node: Node
    within: list["Claim"] | None


class Levels(Protocol):
    """The rule of a container with levels."""

    tag: str

    def read(self, state: DecodeState, nodes: list[LoopNode], scope: Object, at: str, frame: Frame) -> list[Claim]:
        """The claims of the nodes, in their order."""

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str) -> list[Written]:
        """The loops of all levels."""


def trigger(node: Node) -> Segment:
    """The segment of a node; of a loop, the one that begins it."""
    first = node if isinstance(node, SegmentNode) else node.children[0]
    assert isinstance(first, SegmentNode)
    return first.segment


class Entry:
    """One rule of a container: a segment, or a loop with rules within."""

    def __init__(self, spec: MapSpec, rule: Rule, use: Use, within: "Container | None") -> None:
        self.rule, self._use, self._within = rule, use, within
        self._part = SegmentPart(spec, rule, use)
        self._matches = matcher(rule.selector)
        self.target = Target(spec, rule, reader(rule.key.places[0]) if rule.key else None)
        self._write_key = writer(rule.key.places[0]) if rule.key else None

    def takes(self, segment: Segment) -> bool:
        """Whether the selector takes a segment."""
        return self._matches is None or self._matches(segment)

    def meets(self, other: "Entry") -> bool:
        """Whether it may be given what another rule for this tag writes."""
        return self.target.reads and self.rule.area in {0, other.rule.area}

    def read(self, state: DecodeState, node: Node, segment: Segment, scope: Object, at: str, frame: Frame) -> Claim | None:
        """Read a node into its object; None when it has no room."""
        opened = self.target.open(state, segment, scope, at, frame)
        if opened is None:
            return None
        within: list[Claim] | None = None
        if isinstance(node, LoopNode):
            frame = (*frame, node.loop_id)
        self._part.read(state, segment, opened.scope, opened.at, frame)
        if isinstance(node, LoopNode):
            rest = node.children[1:]
            if self._within is None:
                within = [Claim("", opened.at, child, None) for child in rest]
            else:
                within = self._within.read(state, rest, opened.scope, opened.at, frame, opened.key)
            if self.rule.kind is RuleKind.LOOP:
                self._part.end(state, segment, opened.scope, opened.at, frame)
        self.target.close(state, opened, scope)
        return Claim(self.rule.address, opened.at, node, within)

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str) -> list[Written]:
        """The segments or loops of all objects that the rule finds."""
        written: list[Written] = []
        loop = isinstance(self._use, LoopUse)
        for found in self.target.find(state, scope, at):
            segments, filled = self._part.write(state, found.scope, found.at)
            within = self._within.write(state, found.scope, found.at, found.key) if self._within is not None else []
            if not (filled or within or found.code or self.rule.required):
                continue
            if self.target.kind is IntoKind.LIST and len(segments) > 1:
                state.fault(MapFindingCode.PRECISION_LOST, found.at, self.rule.address, severity=Severity.WARNING, hint="the text is split")
            for elements in segments:
                children = within if elements is segments[-1] else []
                written.append(
                    Written(self.rule.address, found.at, self._use, self._keyed(elements, found.code), children if loop else None)
                )
        return written

    def _keyed(self, elements: Elements, code: str) -> Elements:
        if self._write_key is None:
            return elements
        cells: list[Any] = list(elements)
        self._write_key(cells, code)
        return tuple(cells)


class Container:
    """The rules directly within one loop, or within the set."""

    def __init__(self, address: str, entries: list[Entry], levels: Levels | None = None) -> None:
        self.address, self._levels = address, levels
        self._by_tag: dict[str, list[tuple[int, Entry]]] = {}
        for number, entry in enumerate(entries):
            if entry.target.reads:
                self._by_tag.setdefault(entry.rule.tag, []).append((1 << number, entry))
        self._needed = [(1 << number, entry) for number, entry in enumerate(entries) if entry.target.needed]
        #: totals last, for they count what the others wrote
        self._writers = [(entry, heads(entry.rule)) for entry in entries if entry.target.writes and not entry.rule.calc]
        self._totals = [entry for entry in entries if entry.target.writes and entry.rule.calc]
        #: address of a catch-all -> its tag, and the rules before it
        self._rests = {
            entry.rule.address: (entry.rule.tag, [e for e in entries[:number] if e.rule.tag == entry.rule.tag and e.meets(entry)])
            for number, entry in enumerate(entries)
            if entry.rule.selector.rest
        }

    def read(self, state: DecodeState, nodes: list[Node], scope: Object, at: str, frame: Frame, key: str = "") -> list[Claim]:
        """Read all nodes of one repetition; the claims say what became of each."""
        claims: list[Claim] = []
        hierarchy: list[tuple[int, LoopNode]] = []
        used = 0
        by_tag = self._by_tag
        for node in nodes:
            segment = node.segment if isinstance(node, SegmentNode) else trigger(node)
            if self._levels is not None and segment.tag == self._levels.tag and isinstance(node, LoopNode):
                hierarchy.append((len(claims), node))
                claims.append(Claim("", at, node, None))
                continue
            claim = beaten = None
            for bit, entry in by_tag.get(segment.tag, ()):
                if not entry.takes(segment) or not entry.target.applies(scope, state.document, key):
                    continue
                if entry.rule.area and (node.use is None or node.use.area != entry.rule.area):
                    continue
                if used & bit and entry.target.single:
                    beaten = entry
                    continue
                claim = entry.read(state, node, segment, scope, at, frame)
                if claim is not None:
                    used |= bit
                    break
            if claim is None:
                if segment.tag in _ENVELOPE:
                    continue
                if beaten is not None:
                    repeated(state, at, beaten.rule.address, segment, frame, None, None)
                claim = Claim("", at, node, None)
            claims.append(claim)
        for bit, entry in self._needed:
            if not used & bit and entry.target.applies(scope, state.document, key):
                entry.target.missing(state, at, hint=f"segment {entry.rule.tag}")
        if self._levels is not None and hierarchy:
            found = self._levels.read(state, [node for _, node in hierarchy], scope, at, frame)
            for (index, _), claim in zip(hierarchy, found, strict=True):
                claims[index] = claim
        return claims

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str, key: str = "") -> list[Written]:
        """What all rules write for one object."""
        written: list[Written] = []
        for entry, heads in self._writers:
            if (heads is None or not heads.isdisjoint(scope)) and entry.target.applies(scope, state.document, key):
                written += entry.write(state, scope, at)
        if self._levels is not None:
            written += self._levels.write(state, scope, at)
        for entry in self._totals:
            if entry.target.applies(scope, state.document, key):
                written += entry.write(state, scope, at)
        if self._rests:
            self._tell_ambiguous(state, written)
        return written

    def _tell_ambiguous(self, state: EncodeState, written: list[Written]) -> None:
        """Report what a catch-all wrote and a rule before it would read as its own."""
        for one in written:
            tag, before = self._rests.get(one.rule, ("", []))
            for entry in before:
                free = not entry.target.single or not any(other.rule == entry.rule.address for other in written)
                if free and entry.takes(Segment(tag, one.elements)):
                    state.fault(MapFindingCode.VALUE_AMBIGUOUS, one.at, one.rule, hint=f"rule {entry.rule.address}")
