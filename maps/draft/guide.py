"""A first guide: what every set of the sample has, and the codes that it uses. It keeps the sample; a person decides what it promises."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from edi.grammar.model import CompositeDef, ElementDef, Requirement, SegmentDef
from edi.tree import LoopNode, SegmentNode
from maps.draft.sample import Sample

__all__ = ["draft_guide"]

_QUALIFIED: Final = frozenset({"REF", "DTM", "N1", "NAD", "RFF", "PER", "G62", "N9", "L11", "MOA", "QTY", "DAT", "AMT", "LOC"})
_ENVELOPE: Final = frozenset({"ST", "SE", "UNH", "UNT"})
_FEW: Final = 6  #: more codes than that are no habit
_SURE: Final = 3  #: sets, from which on a code list is written


@dataclass(slots=True)
class _Seen:
    """What was seen of one kind of segment."""

    definition: SegmentDef
    sets: Counter[int] = field(default_factory=Counter)  #: number of the set -> how often there
    segments: int = 0
    present: Counter[int] = field(default_factory=Counter)  #: element -> in how many segments
    codes: dict[int, Counter[str]] = field(default_factory=dict)  #: element of a code list -> its values


def draft_guide(name: str, samples: Sequence[Sample]) -> str:
    """The text of a guide for the sets of a sample, which must be of one kind."""
    seen: dict[str, _Seen] = {}
    for number, sample in enumerate(samples):
        for child in sample.tree.root.children:
            _look(child, number, seen)
    lines = [
        f"# Drafted from {len(samples)} sample(s): what all of them have. Loosen what only these samples have, tighten what was agreed.",
        f"guide: {name}",
        "segments:",
    ]
    for path, one in seen.items():
        rule = _rule(path, one, len(samples))
        if rule:
            most = max(one.sets.values())
            lines.append(f'  "{path}": {{{rule}}}  # in {len(one.sets)} of {len(samples)}, {most} at most')
    return "\n".join(lines if len(lines) > 3 else [*lines[:2], "segments: {}"]) + "\n"


def _look(child: SegmentNode | LoopNode, number: int, seen: dict[str, _Seen]) -> None:
    """The segments directly in the set, and those that begin its loops."""
    node = child.children[0] if isinstance(child, LoopNode) else child
    if not isinstance(node, SegmentNode) or node.use is None or node.tag in _ENVELOPE:
        return
    segment, definition = node.segment, node.use.definition
    first = definition.elements[0].definition if definition.elements else None
    slot = "01.1" if isinstance(first, CompositeDef) else "01"
    qualifier = segment.get(1)
    qualified = segment.tag in _QUALIFIED and qualifier.isalnum()
    path = f"{segment.tag}[{slot}={qualifier}]" if qualified else segment.tag
    one = seen.setdefault(path, _Seen(definition))
    one.sets[number] += 1
    one.segments += 1
    for index, use in enumerate(definition.elements, 1):
        text = segment.get(index)
        if not text:
            continue
        one.present[index] += 1
        if isinstance(use.definition, ElementDef) and use.definition.codes and not (qualified and index == 1):
            one.codes.setdefault(index, Counter())[text] += 1


def _rule(path: str, one: _Seen, count: int) -> str:
    parts = []
    everywhere = len(one.sets) == count
    uses = one.definition.elements
    if everywhere and "[" in path:
        parts.append("required: true")
    elements = []
    for index, use in enumerate(uses, 1):
        asked = []
        if one.present[index] == one.segments and use.requirement is not Requirement.MANDATORY and _plain(use.definition):
            asked.append("required: true")
        codes = one.codes.get(index, Counter())
        if count >= _SURE and 0 < len(codes) <= _FEW:
            asked.append(f"codes: [{', '.join(_quoted(codes))}]")
        if asked and not ("[" in path and index == 1):
            elements.append(f'"{index:02}": {{{", ".join(asked)}}}')
    if elements and (everywhere or one.segments >= _SURE):
        parts.append(f"elements: {{{', '.join(elements)}}}")
    return ", ".join(parts)


def _plain(definition: object) -> bool:
    return isinstance(definition, ElementDef)


def _quoted(codes: Iterable[str]) -> list[str]:
    return [f'"{code}"' for code in sorted(codes)]
