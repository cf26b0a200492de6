"""A first overlay: the partner's own spelling of codes, which is known, and questions about the rest, as comments in the file."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from maps.codecs.numbers import plain
from maps.draft.sample import Sample
from maps.expressions import values_at
from maps.finding import MapFindingCode
from maps.lint.rules import all_rules
from maps.model import Binding, MapSpec, Rule, Slot
from maps.run import Map, Residue

__all__ = ["Question", "draft_overlay"]

_TABLE: Final = re.compile(r"table (\w+)")
_SAFE: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_YAML_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_HASHES: Final = ("sumof(lines.quantity.value)", "sumof(lines.quantityInvoiced.value)", "sumof(lines.quantityOrdered.value)")
_SEEN: Final = 60  #: characters of a segment that are shown


@dataclass(frozen=True, slots=True)
class Question:
    """Something in the sample that the map does not understand."""

    what: str  #: `code IP of table uom`, `segment TAX`, `PO112`
    times: int
    example: str
    advice: str  #: what to write, as a line of the overlay


def draft_overlay(made: Map, partner: str, samples: Sequence[Sample]) -> tuple[str, list[Question]]:
    """The text of an overlay, which loads as it is, and what is left to be decided."""
    spec = made.spec
    kept = [one for sample in samples for one in _flat(sample.decoded.residue)]
    spelling = _spelling(spec, kept)
    hashes = _hash(spec, samples)
    questions = [*_unknown_codes(samples), *_unknown_parts(spec, kept, counted=bool(hashes))]
    name = f"partners/{partner}/maps/{spec.set_id.lower()}"
    lines = [
        f"# Drafted from {len(samples)} sample(s) of {partner}. What was understood stands below;",
        "# questions are comments: decide, then remove them.",
        f"map: {name}",
        f"extends: {spec.name}@{spec.version}",
        "version: 1",
    ]
    if spelling:
        lines.append("tables:")
        lines += [f"  {table}: {{extend: true, {', '.join(rows)}}}  # as they write it" for table, rows in spelling.items()]
    if hashes:
        lines += ["patch:", *hashes]
    if questions:
        lines += ["", "# Not understood:"]
        for one in questions:
            lines += [f"# - {one.what}, {one.times} time(s), such as {one.example}", *(f"#     {line}" for line in one.advice.splitlines())]
    return "\n".join(lines) + "\n", questions


def _flat(residue: Iterable[Residue]) -> Iterator[Residue]:
    for one in residue:
        yield one
        yield from _flat(one.within or ())


# --- understood ---------------------------------------------------------------------------------------------------------------------------


def _spelling(spec: MapSpec, kept: Iterable[Residue]) -> dict[str, list[str]]:
    """Codes that they write otherwise than the map would: the map has the word for them, so ours can be written as theirs."""
    rules = {rule.address: rule for rule in all_rules(spec.rules)}
    found: dict[str, dict[str, str]] = {}
    for one in kept:
        rule = rules.get(one.rule)
        if rule is None or one.wire is None or one.normal is None:
            continue
        for table, slot in _coded(rule):
            wire, normal = _text(one.wire, slot), _text(one.normal, slot)
            words = spec.tables[table].words
            if wire != normal and wire in words and words.get(wire) == words.get(normal):
                found.setdefault(table, {})[wire] = words[wire]
    return {table: [f"{_quoted(code)}: {_quoted(word)}" for code, word in sorted(rows.items())] for table, rows in found.items()}


def _coded(rule: Rule) -> Iterator[tuple[str, Slot]]:
    bindings: list[Binding] = [*rule.bindings, *([rule.key] if rule.key else [])]
    for binding in bindings:
        if binding.constant is None and binding.codec.name in {"code", "uom"} and isinstance(binding.places[0], Slot):
            yield binding.codec.arg or binding.codec.name, binding.places[0]


def _hash(spec: MapSpec, samples: Sequence[Sample]) -> list[str]:
    """CTT02, where they send the sum of the quantities and the map leaves it out."""
    rule = next((one for one in spec.rules if one.tag == "CTT" and len(one.calc) == 1), None)
    if rule is None:
        return []
    sent = [(sample, text) for sample in samples for node in sample.tree.root.walk() if node.tag == "CTT" and (text := node.segment.get(2))]
    if not sent:
        return []
    for source in _HASHES:
        path = tuple(source.removeprefix("sumof(").removesuffix(")").split("."))
        if all(_sum(sample.decoded.data, path) == plain(text) for sample, text in sent):
            return [f'  - {{set: {rule.address}, calc: {{"02": {source}}}}}  # they send the sum of the quantities']
    return []


def _sum(document: Any, path: tuple[str, ...]) -> str | None:
    return plain(format(sum((Decimal(value) for value in values_at(document, path)), Decimal(0)), "f"))


# --- not understood -----------------------------------------------------------------------------------------------------------------------


def _unknown_codes(samples: Iterable[Sample]) -> Iterator[Question]:
    counted: Counter[tuple[str, str]] = Counter()
    places: dict[tuple[str, str], str] = {}
    for sample in samples:
        for finding in sample.decoded.findings:
            table = _TABLE.fullmatch(finding.hint)
            if finding.code is MapFindingCode.CODE_UNKNOWN and table is not None and finding.value:
                counted[table[1], finding.value] += 1
                places.setdefault((table[1], finding.value), f"{sample.name}, {finding.wire}")
    for (name, code), times in counted.most_common():
        advice = f"tables: {{{name}: {{extend: true, {_quoted(code)}: WORD}}}}"
        yield Question(f"code {code} of table {name}", times, places[name, code], advice)


def _unknown_parts(spec: MapSpec, kept: Iterable[Residue], *, counted: bool) -> Iterator[Question]:
    """Segments of no rule, and elements that no rule reads."""
    rules = {rule.address: rule for rule in all_rules(spec.rules)}
    segments: dict[tuple[str, str], list[Residue]] = {}
    elements: dict[tuple[str, int], list[tuple[Residue, str]]] = {}
    for one in kept:
        if one.wire is None:
            continue
        if one.normal is None:
            segments.setdefault((one.loop, one.tag), []).append(one)
            continue
        if counted and one.tag == "CTT":
            continue
        for index, cell in enumerate(one.wire, 1):
            text, normal = _text(one.wire, Slot(index)), _text(one.normal, Slot(index))
            if cell and not normal and not _is_bound(rules.get(one.rule), index):
                elements.setdefault((one.rule, index), []).append((one, text))
    for (loop, tag), found in segments.items():
        shown = _segment(tag, found[0].wire)
        after = "in" if loop else "after"
        place = loop or (spec.rules[0].address if spec.rules else "")
        rule = f'{{id: {tag.lower()}, seg: {tag}, els: {{"02": extensions.{_owner(spec)}.{tag.lower()}}}}}'
        yield Question(f"segment {tag}{f' in {loop}' if loop else ''}", len(found), shown, f"patch: [{{{after}: {place}, add: {rule}}}]")
    for (address, index), pairs in elements.items():
        one, text = pairs[0]
        values = {value for _, value in pairs}
        field = f'"={text}"' if len(values) == 1 and len(pairs) > 1 else "FIELD"
        advice = f'patch: [{{set: {address}, els: {{"{index:02}": {field}}}}}]' if address in rules else ""
        yield Question(f"{one.tag}{index:02} of rule {address}", len(pairs), f"{text[:_SEEN]!r}", advice)


def _is_bound(rule: Rule | None, element: int) -> bool:
    """Whether the rule reads this element: then its value is told by a finding, or is a code of a table."""
    places = [place for binding in rule.bindings for place in binding.places] if rule is not None else []
    return any(isinstance(place, Slot) and place.element == element for place in places)


def _owner(spec: MapSpec) -> str:
    return spec.document[:1].lower() + spec.document[1:]


def _segment(tag: str, elements: Sequence[Any]) -> str:
    text = "*".join((tag, *(one if isinstance(one, str) else ":".join(map(str, one)) for one in elements)))
    return " ".join(text.split())[:_SEEN]


def _text(elements: Sequence[Any], slot: Slot) -> str:
    if slot.element > len(elements):
        return ""
    value = elements[slot.element - 1]
    if isinstance(value, str):
        return value if slot.component <= 1 else ""
    component = slot.component or 1
    return str(value[component - 1]) if component <= len(value) else ""


def _quoted(text: str) -> str:
    """YAML would take some codes for numbers or truth."""
    return text if _SAFE.fullmatch(text) and text.lower() not in _YAML_WORDS else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
