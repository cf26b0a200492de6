"""A loop's rules, compiled: which rule takes which segment when reading, and what each writes.

A segment goes to the first rule, in the order of the map, that selects it and still has room: a rule for one object takes
one segment, later ones go on to the rules behind it, then to the residue. Nothing is dropped in silence.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

from edi.grammar.model import LoopUse
from edi.tree import LoopNode, SegmentNode
from edi.values import Segment
from maps.codecs import CodecError, make
from maps.finding import MapFindingCode, Severity
from maps.formats.edi import Use, Written, matcher, reader, writer
from maps.model import Direction, IntoKind, MapSpec, Rule
from maps.run.fields import dotted, encoded, get, put, repeated
from maps.run.segment import SegmentPart
from maps.run.state import DecodeState, EncodeState, Frame, Object

__all__ = ["Claim", "Container", "Entry", "Levels"]

_ENVELOPE: Final = frozenset({"ST", "SE", "UNH", "UNT"})  #: of the set; written by others
Node = SegmentNode | LoopNode


class Claim(NamedTuple):
    """Which rule took a node of the tree, for which object; `within` the same for what follows in a loop."""

    rule: str
    at: str
    node: Node
    within: list["Claim"] | None


class Levels(Protocol):
    """The HL rule of a container."""

    def read(self, state: DecodeState, nodes: list[LoopNode], scope: Object, at: str, frame: Frame) -> list[Claim]:
        """The claims of the nodes, in their order."""

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str) -> list[Written]:
        """The loops of all levels."""


class Container:
    """The rules directly within one loop, or within the set."""

    def __init__(self, address: str, entries: list["Entry"], levels: Levels | None = None) -> None:
        self.address = address
        self.levels = levels
        self._entries = entries
        self._by_tag: dict[str, list[tuple[int, Entry]]] = {}
        for number, entry in enumerate(entries):
            if entry.rule.direction is not Direction.OUT:
                self._by_tag.setdefault(entry.rule.tag, []).append((1 << number, entry))
        self._needed = [(1 << n, e) for n, e in enumerate(entries) if e.needed and e.rule.direction is not Direction.OUT]
        #: address of a catch-all -> its tag, and the rules before it
        self._rests = {
            entry.rule.address: (entry.rule.tag, tuple(e for e in entries[:n] if e.rule.tag == entry.rule.tag and e.reads))
            for n, entry in enumerate(entries)
            if entry.rule.selector.rest
        }
        #: totals last, for they count what the others wrote
        self._writers = [e for e in entries if e.rule.direction is not Direction.IN and not e.rule.calc]
        self._totals = [e for e in entries if e.rule.direction is not Direction.IN and e.rule.calc]

    def read(self, state: DecodeState, nodes: list[Node], scope: Object, at: str, frame: Frame, key: str = "") -> list[Claim]:
        """Read all nodes of one repetition; the claims say what became of each."""
        claims: list[Claim] = []
        hierarchy: list[LoopNode] = []
        used = 0
        by_tag = self._by_tag
        for node in nodes:
            segment = node.segment if isinstance(node, SegmentNode) else _trigger(node)
            if self.levels is not None and segment.tag == "HL" and isinstance(node, LoopNode):
                hierarchy.append(node)
                claims.append(_HELD)
                continue
            claim = beaten = None
            for bit, entry in by_tag.get(segment.tag, ()):
                if not entry.selects(state, segment, scope, key):
                    continue
                if used & bit and entry.single:
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
            if not used & bit and entry.applies(scope, state.document, key):
                entry.missing(state, at)
        if self.levels is not None and hierarchy:
            found = iter(self.levels.read(state, hierarchy, scope, at, frame))
            claims = [next(found) if claim is _HELD else claim for claim in claims]
        return claims

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str, key: str = "") -> list[Written]:
        """What all rules write for one object."""
        written: list[Written] = []
        for entry in self._writers:
            if entry.applies(scope, state.document, key):
                written += entry.write(state, scope, at)
        if self.levels is not None:
            written += self.levels.write(state, scope, at)
        for entry in self._totals:
            if entry.applies(scope, state.document, key):
                written += entry.write(state, scope, at)
        if self._rests:
            self._tell_ambiguous(state, written)
        return written

    def _tell_ambiguous(self, state: EncodeState, written: list[Written]) -> None:
        """Report what a catch-all wrote and a rule before it would read as its own."""
        for one in written:
            tag, before = self._rests.get(one.rule, ("", ()))
            for entry in before:
                free = not entry.single or not any(other.rule == entry.rule.address for other in written)
                if free and entry.takes(Segment(tag, one.elements)):
                    state.fault(MapFindingCode.VALUE_AMBIGUOUS, one.at, one.rule, hint=f"rule {entry.rule.address}")


_HELD: Final = Claim("", "", None, None)  # type: ignore[arg-type]  # stands for an HL loop until all of them are read


def _trigger(node: LoopNode) -> Segment:
    first = node.children[0]
    assert isinstance(first, SegmentNode)
    return first.segment


class Entry:
    """One rule of a container: a segment, or a loop with rules within."""

    def __init__(self, spec: MapSpec, rule: Rule, use: Use, within: Container | None) -> None:
        self.rule, self._use, self._within = rule, use, within
        self._part = SegmentPart(spec, rule, use)
        self._matches = matcher(rule.selector)
        self._path, self._kind = rule.into.path, rule.into.kind
        self._suffix = dotted(self._path)
        self._key_codec = self._key_reader = self._key_writer = None
        if rule.key is not None:
            self._key_codec = make(rule.key.codec.name, rule.key.codec.arg, 1, spec.tables, spec.syntax)
            self._key_reader, self._key_writer = reader(rule.key.places[0]), writer(rule.key.places[0])
        #: one object takes one segment; lists, keys, and parts that may stand in several segments take any number
        self.single = self._kind in {IntoKind.HERE, IntoKind.OBJECT} and not (rule.groups or rule.join or rule.pairs)
        self.needed = self._kind is IntoKind.HERE and self.single and any(b.required for b in rule.bindings)

    def takes(self, segment: Segment) -> bool:
        """Whether the selector takes a segment."""
        return self._matches is None or self._matches(segment)

    @property
    def reads(self) -> bool:
        """Whether the rule works in the direction of reading."""
        return self.rule.direction is not Direction.OUT

    # --- which -------------------------------------------------------------------------------------------------------------------------

    def selects(self, state: DecodeState, segment: Segment, scope: Object, key: str) -> bool:
        """Whether the rule takes this segment, by what stands in it and what has been read so far."""
        return self.takes(segment) and self.applies(scope, state.document, key)

    def applies(self, scope: Mapping[str, Any], document: Mapping[str, Any], key: str) -> bool:
        """Whether `when` and `whenKey` hold."""
        rule = self.rule
        if rule.when_key and (f"!{key}" in rule.when_key or not (key in rule.when_key or rule.when_key[0][0] == "!")):
            return False
        return rule.when is None or bool(rule.when.evaluate(scope if scope is document else {**document, **scope}))

    def missing(self, state: DecodeState, at: str) -> None:
        """Report the required values of a segment that did not come."""
        for binding in self.rule.bindings:
            if binding.required:
                state.fault(
                    MapFindingCode.REQUIRED_VALUE_MISSING, at + dotted(binding.path), self.rule.address, hint=f"segment {self.rule.tag}"
                )

    # --- reading -----------------------------------------------------------------------------------------------------------------------

    def read(self, state: DecodeState, node: Node, segment: Segment, scope: Object, at: str, frame: Frame) -> Claim | None:
        """Read a node into its object; None when it has no place there."""
        if self.rule.of_document:
            scope, at = state.document, "$"
        key = ""
        if self._kind is IntoKind.HERE:
            target = scope
        elif self._kind is IntoKind.KEYED:
            found = self._keyed(state, segment, scope, at, frame)
            if found is None:
                return None
            target, at, key = found
        elif self._kind is IntoKind.LIST:
            items: list[Any] = get(scope, self._path) or []
            target = {}
            at += f"{self._suffix}[{len(items)}]"
        else:
            target = get(scope, self._path) or {}
            at += self._suffix
        inner = (*frame, node.loop_id) if isinstance(node, LoopNode) else frame
        self._part.read(state, segment, target, at, inner)
        within = self._read_within(state, node, target, at, inner, key)
        if target:
            if self._kind is IntoKind.LIST:
                items.append(target.get("", target))
                put(scope, self._path, items)
            elif self._kind is IntoKind.OBJECT:
                put(scope, self._path, target)
        return Claim(self.rule.address, at, node, within)

    def _read_within(self, state: DecodeState, node: Node, target: Object, at: str, frame: Frame, key: str) -> list[Claim] | None:
        if not isinstance(node, LoopNode):
            return None
        rest = node.children[1:]
        if self._within is None:
            return [Claim("", at, child, None) for child in rest]
        return self._within.read(state, rest, target, at, frame, key)

    def _keyed(self, state: DecodeState, segment: Segment, scope: Object, at: str, frame: Frame) -> tuple[Object, str, str] | None:
        """The object of a key, made now: its word in the table, or one more of the rest."""
        assert self._key_codec is not None
        assert self._key_reader is not None
        assert self.rule.key is not None
        code = self._key_reader(segment)
        try:
            word = self._key_codec.decode((code,), state.context)
        except CodecError as error:
            word = None
            if self.rule.rest is None:
                state.fault(
                    error.code, at + self._suffix, self.rule.address, record=segment, frame=frame, place=self.rule.key.places[0], value=code
                )
        kept: Object = get(scope, self._path) or {}
        target: Object = {}
        if isinstance(word, str) and word not in kept:
            put(scope, self._path, kept)
            kept[word] = target
            return target, f"{at}{self._suffix}.{word}", word
        if self.rule.rest is None or not code:
            return None
        others: list[Any] = get(scope, self.rule.rest.into) or []
        put(scope, self.rule.rest.into, others)
        target[self.rule.rest.qualifier] = code
        others.append(target)
        return target, f"{at}{dotted(self.rule.rest.into)}[{len(others) - 1}]", ""

    # --- writing -----------------------------------------------------------------------------------------------------------------------

    def write(self, state: EncodeState, scope: Mapping[str, Any], at: str) -> list[Written]:
        """The segments or loops of all objects that the rule finds."""
        if self.rule.of_document:
            scope, at = state.document, "$"
        written: list[Written] = []
        for target, path, key, code in self._targets(state, scope, at):
            segments, filled = self._part.write(state, target, path)
            within = self._within.write(state, target, path, key) if self._within is not None else []
            if not (filled or within or code or self.rule.required):
                continue
            if self._kind is IntoKind.LIST and len(segments) > 1:
                state.fault(MapFindingCode.PRECISION_LOST, path, self.rule.address, severity=Severity.WARNING, hint="the text is split")
            loop = isinstance(self._use, LoopUse)
            for number, elements in enumerate(segments):
                coded = self._coded(elements, code) if code else elements
                last = number == len(segments) - 1
                written.append(Written(self.rule.address, path, self._use, coded, (within if last else []) if loop else None))
        return written

    def _targets(self, state: EncodeState, scope: Mapping[str, Any], at: str) -> Iterator[tuple[Mapping[str, Any], str, str, str]]:
        """Objects to write: the object, its path, its key and the code of the key."""
        found = scope if self._kind is IntoKind.HERE else get(scope, self._path)
        path = at + self._suffix
        if self._kind in {IntoKind.HERE, IntoKind.OBJECT}:
            if isinstance(found, Mapping):
                yield found, path, "", ""
            elif self.rule.required:
                yield {}, path, "", ""
        elif self._kind is IntoKind.LIST:
            for number, item in enumerate(found if isinstance(found, list) else ()):
                yield item if isinstance(item, Mapping) else {"": item}, f"{path}[{number}]", "", ""
        else:
            yield from self._keyed_targets(state, scope, found if isinstance(found, Mapping) else {}, at)

    def _keyed_targets(
        self, state: EncodeState, scope: Mapping[str, Any], found: Mapping[str, Any], at: str
    ) -> Iterator[tuple[Mapping[str, Any], str, str, str]]:
        assert self._key_codec is not None
        rest = self.rule.rest
        skipped = rest.into[-1] if rest and rest.into[:-1] == self._path else None
        for key in dict.fromkeys((*self.rule.order, *found)):
            target = found.get(key)
            if key == skipped or not isinstance(target, Mapping):
                continue
            path = f"{at}{self._suffix}.{key}"
            texts = encoded(state, self._key_codec, key, path, self.rule.address, ())
            if texts is not None:
                yield target, path, key, texts[0]
        others = get(scope, rest.into) if rest else None
        for number, target in enumerate(others if isinstance(others, list) else ()):
            assert rest is not None
            code = target.get(rest.qualifier)
            if isinstance(code, str):
                yield target, f"{at}{dotted(rest.into)}[{number}]", "", code

    def _coded(self, elements: tuple[Any, ...], code: str) -> tuple[Any, ...]:
        assert self._key_writer is not None
        cells = list(elements)
        self._key_writer(cells, code)
        return tuple(cells)
