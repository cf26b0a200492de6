"""How much of a document a map carries, and how much of its transaction set it knows: the loss report, from the rules alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from edi.grammar.load import load
from edi.grammar.model import CompositeDef, LoopUse, SegmentDef, SegmentUse
from edi.values import Standard
from maps.formats.edi import use_of
from maps.lint.claims import claims
from maps.lint.shape import BASE, leaves, shape_of
from maps.model import MapSpec, Rule, RuleKind, Slot

__all__ = ["Coverage", "coverage", "fields_of", "folded", "unused"]

#: what counts other fields, and is computed wherever it stands on the wire; what one partner needs, for which its own overlay has rules
_ASIDE = frozenset({"lineCount", "hlCount", "quantityHash", "extensions"})


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one map carries. Fields are named by their paths: `parties.*` is any role that the map knows, one that it does not is named."""

    map: str
    document: str
    fields: int  #: of the document, with those of each role counted once
    unwritten: tuple[str, ...]  #: fields that the map never writes
    unread: tuple[str, ...]  #: fields that it never reads
    places: int  #: for segments in the transaction set
    used_places: int
    elements: int  #: in the segments of the places that are used, components counted one by one
    used_elements: int

    @property
    def written(self) -> int:
        """How many fields are written."""
        return self.fields - len(self.unwritten)

    @property
    def read(self) -> int:
        """How many fields are read."""
        return self.fields - len(self.unread)


def coverage(spec: MapSpec) -> Coverage:
    """What a map of a transaction set carries."""
    claimed = list(claims(spec))
    keyed = {claim.path.removesuffix(".*"): claim.words for claim in claimed if claim.words}
    every = tuple(dict.fromkeys(_generic(field, keyed) for field in fields_of(spec.document)))
    made = {".".join(default.path) for default in spec.defaults}  # what a default makes anyway is not lost
    written = {claim.path for claim in claimed if claim.writes} | made
    read = {claim.path for claim in claimed if claim.reads} | made
    message = load(Standard(spec.syntax), spec.release, spec.set_id)
    assert message is not None
    uses = list(_uses(spec.rules, message.root))
    used: dict[SegmentUse, set[Slot]] = {}
    for use, slots in uses:
        used.setdefault(use, set()).update(slots)
    return Coverage(
        spec.name,
        spec.document,
        len(every),
        tuple(field for field in every if field not in written),
        tuple(field for field in every if field not in read),
        sum(1 for _ in segment_uses(message.root)),
        len(used),
        sum(len(_slots(use.definition)) for use in used),
        sum(len(_slots(use.definition) & _expanded(use.definition, slots)) for use, slots in used.items()),
    )


def fields_of(document: str) -> tuple[str, ...]:
    """The plain values of a document by their paths, without what the engine fills in, what only counts others, and extensions."""
    shape = shape_of(document)
    found = leaves(shape) if shape is not None else ()
    return tuple(path for path in found if not (BASE | _ASIDE) & {part.removesuffix("[]") for part in path.split(".")})


def unused(specs: Iterable[MapSpec]) -> tuple[str, ...]:
    """The fields of canonical models that none of these maps reads or writes in any document: `Item.color`."""
    known: dict[str, bool] = {}
    for spec in specs:
        claimed = list(claims(spec))
        paths = {claim.path for claim in claimed} | {".".join(default.path) for default in spec.defaults}
        keyed = {claim.path.removesuffix(".*"): claim.words for claim in claimed if claim.words}
        for field in fields_of(spec.document):
            used = field in paths or _generic(field, keyed) in paths
            for owner, is_value in _owners(spec.document, field):
                known[owner] = known.get(owner, False) or (used if is_value else used or _is_known(field, keyed))
    return tuple(sorted(name for name, used in known.items() if not used))


def _owners(document: str, field: str) -> Iterator[tuple[str, bool]]:
    """The field of each model on the way to a value, and whether it is the value itself."""
    shape = shape_of(document)
    keys = [part.removesuffix("[]") for part in field.split(".")]
    for number, key in enumerate(keys, 1):
        if shape is None or shape.model is None:
            return
        yield f"{shape.model.__name__}.{key}", number == len(keys)
        shape = shape.field(key)


def _is_known(field: str, keyed: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether it is in an object of a key that the map knows."""
    return "*" in _generic(field, keyed)


def folded(paths: Iterable[str]) -> Iterator[str]:
    """Fields of one object together: `lines[].item: color, size`."""
    objects: dict[str, list[str]] = {}
    for path in paths:
        head, _, field = path.rpartition(".")
        objects.setdefault(head, []).append(field)
    for head, names in objects.items():
        yield f"{head}: {', '.join(names)}" if head else ", ".join(names)


def _generic(path: str, keyed: Mapping[str, tuple[str, ...]]) -> str:
    """`parties.buyer.name` as `parties.*.name`; `parties.payee`, when no rule knows a payee."""
    for head, words in keyed.items():
        if path.startswith(f"{head}."):
            role, _, rest = path.removeprefix(f"{head}.").partition(".")
            if role.endswith("[]"):
                return path if rest == "qualifier" else f"{head}.*.{rest}"
            return f"{head}.*.{rest}" if role in words else f"{head}.{role}"
    return path


# --- the wire ---------------------------------------------------------------------------------------------------------------------------


def segment_uses(loop: LoopUse) -> Iterator[SegmentUse]:
    """Every place of a segment in a set, in the order of writing."""
    for child in loop.children:
        if isinstance(child, LoopUse):
            yield from segment_uses(child)
        else:
            yield child


def _uses(rules: Iterable[Rule], loop: LoopUse) -> Iterator[tuple[SegmentUse, set[Slot]]]:
    """Every place that a rule fills or reads, with the slots that it knows."""
    for rule in rules:
        use = use_of(loop, rule.tag, rule.area)
        if use is None:
            continue
        segment = use.trigger if isinstance(use, LoopUse) else use
        if rule.kind is RuleKind.LEVELS:
            yield segment, {Slot(number) for number in range(1, len(segment.definition.elements) + 1)}
            for level in rule.levels:
                if isinstance(use, LoopUse):
                    yield from _uses(level.rules, use)
            continue
        yield segment, set(_known(rule))
        if isinstance(use, LoopUse):
            yield from _uses(rule.rules, use)


def _known(rule: Rule) -> Iterator[Slot]:
    """The slots that a rule names."""
    places = [place for binding in rule.bindings for place in binding.places]
    places += [place for place, _ in rule.selector.tests] + [calc.place for calc in rule.calc]
    places += rule.key.places if rule.key else ()
    yield from (place for place in places if isinstance(place, Slot))
    for pairs in rule.pairs:
        for number in range(pairs.max):
            first = pairs.first + number * (1 if pairs.composite else 2)
            yield from (Slot(first, 1), Slot(first, 2)) if pairs.composite else (Slot(first), Slot(first + 1))
    if rule.groups is not None:
        yield from (place for binding in rule.groups.common for place in binding.places if isinstance(place, Slot))
        yield from (Slot(rule.groups.first + number) for number in range(rule.groups.max * rule.groups.step))
    if rule.join is not None:
        yield from (Slot(rule.join.element, number + 1 if rule.join.components else 0) for number in range(rule.join.components or 1))


def _slots(definition: SegmentDef) -> set[Slot]:
    """All places of a segment."""
    found = set()
    for number, use in enumerate(definition.elements, 1):
        parts = len(use.definition.components) if isinstance(use.definition, CompositeDef) else 0
        found |= {Slot(number, part) for part in range(1, parts + 1)} if parts else {Slot(number)}
    return found


def _expanded(definition: SegmentDef, slots: Iterable[Slot]) -> set[Slot]:
    """A composite named as a whole is its first component."""
    found = set()
    for slot in slots:
        whole = not slot.component and slot.element <= len(definition.elements)
        composite = whole and isinstance(definition.elements[slot.element - 1].definition, CompositeDef)
        found.add(Slot(slot.element, 1) if composite else slot)
    return found
