"""The laws of a two-way map as lines that a map's author can read: map, path, value, segment. No line: all hold."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from canonical.base import SourceRef
from canonical.registry import parse
from edi.elements import check_elements
from edi.finding import Finding
from edi.grammar.industry import code_layer
from edi.grammar.load import load
from edi.grammar.model import MessageDef
from edi.hierarchy import check_hierarchy
from edi.read import read
from edi.structure import place
from edi.tolerance import STANDARD
from edi.tree import Tree
from edi.values import Identity, Segment, Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet, write
from maps.finding import MapFinding, MapFindingCode
from maps.run import DecodeContext, EncodeContext, Encoded, Map
from tests.maps.generate.shapes import ENGINE

__all__ = ["OUT", "Validated", "body", "broken", "reading", "said", "segment_text", "sent", "trimmed", "validate"]

OUT = EncodeContext(UTC)
_FRAME = frozenset({"ST", "SE", "UNH", "UNT"})
_NOW = datetime(2026, 11, 18, 9, 15, tzinfo=UTC)


def reading(made: Map) -> DecodeContext:
    """A partner without anything special."""
    return DecodeContext("HARBORLINE", "northmart", UTC, SourceRef(syntax=made.syntax))


def said(value: Any) -> Any:
    """A document without what the engine fills in."""
    if isinstance(value, dict):
        return {key: said(inner) for key, inner in value.items() if key not in ENGINE - {"documentType", "schemaVersion"}}
    return [said(inner) for inner in value] if isinstance(value, list) else value


def body(tree: Tree) -> list[tuple[str, tuple[Any, ...]]]:
    """Tags and elements, the envelope of the set left out."""
    return [(s.tag, s.elements) for s in tree.segments() if s.tag not in _FRAME]


def trimmed(found: list[tuple[str, tuple[Any, ...]]]) -> list[tuple[str, tuple[Any, ...]]]:
    """Without what is empty at the end of a segment or composite: the one thing that residue does not keep."""
    return [(tag, _cut(tuple(_cut(e) if type(e) is tuple else e for e in elements))) for tag, elements in found]


def _cut(elements: tuple[Any, ...]) -> tuple[Any, ...]:
    while elements and not any(elements[-1]):
        elements = elements[:-1]
    return elements


def segment_text(segment: Segment | tuple[str, tuple[Any, ...]]) -> str:
    """`PO1*1*48*CA`, whatever the syntax."""
    tag, elements = (segment.tag, segment.elements) if isinstance(segment, Segment) else segment
    return "*".join((tag, *(e if isinstance(e, str) else ":".join(map(str, e)) for e in elements)))


def sent(made: Map, message: MessageDef, segments: tuple[Segment, ...]) -> bytes:
    """Segments as an interchange."""
    standard, x12 = Standard(made.syntax), made.syntax == "x12"
    association = "EAN008" if made.name.startswith("eancom") else ""
    group = OutgoingGroup(
        message.functional_id, "US", "THEM", "1", made.release, (OutgoingSet(made.set_id, "0001", segments),), association
    )
    own, them = (Identity("ZZ", "US"), Identity("ZZ", "THEM")) if x12 else (Identity("14", "US"), Identity("14", "THEM"))
    return write(OutgoingInterchange(standard, own, them, "1", _NOW, "test", "00401" if x12 else "3", False, (group,)))


class Validated(NamedTuple):
    """A set as a partner's validator sees it."""

    tree: Tree
    findings: tuple[Finding, ...]


def validate(data: bytes) -> Validated:
    """The one set of an interchange, judged the long way: proofs learn from much alike, and here nothing is."""
    [interchange] = read(data)
    [one] = interchange.transaction_sets
    message = load(one.standard, one.release, one.set_id)
    assert message is not None
    tree, misplaced = place(one.segments, message, STANDARD)
    layer = code_layer(message.standard, one.industry)
    wrong = check_elements(tree, STANDARD, decimal=interchange.decimal_marks, layer=layer)
    return Validated(tree, (*one.findings, *misplaced, *wrong, *check_hierarchy(tree)))


# --- the laws ---------------------------------------------------------------------------------------------------------------------------


def broken(made: Map, data: Mapping[str, Any], extra: Mapping[str, Any] | None = None) -> list[str]:
    """PutGet, validity, stability and no residue for a document; `extra` is the same with values that the map does not carry."""
    document = parse(data, made.document_type)
    encoded = made.encode(document, OUT)
    lines = [_finding(made, "encode", one, encoded) for one in encoded.findings]
    if encoded.tree is None or lines:
        return lines
    validation = validate(sent(made, encoded.tree.message, encoded.tree.segments()))
    lines = [
        f"{made.name}: what is written is not valid: {f.code} {f.location} in {_at(validation.tree, f.location.segment_position)}{_rules(made, f.location.segment_tag)}"
        for f in validation.findings
    ]
    if lines:
        return lines
    decoded = made.decode(validation.tree, reading(made))
    lines = [_finding(made, "decode of what was written", one, encoded) for one in decoded.findings]
    if decoded.document is None:
        return lines
    before, after = said(document.to_json()), said(decoded.document.to_json())
    lines += [f"{made.name}: PutGet: {path} {what}{_written(encoded, path)}" for path, what in differences(before, after)]
    again = made.encode(decoded.document, OUT)
    if again.tree is None or (not lines and body(again.tree) != body(encoded.tree)):
        lines.append(f"{made.name}: not stable: {again.tree and _first(body(encoded.tree), body(again.tree))}")
    if not lines:
        lines += [f"{made.name}: residue of a wire of its own: {one}" for one in decoded.residue]
    if extra is not None and not lines:
        lines += _not_carried(made, document.to_json(), extra, encoded)
    return lines


def _not_carried(made: Map, carried: Mapping[str, Any], extra: Mapping[str, Any], plain: Encoded) -> Iterator[str]:
    document = parse(extra, made.document_type)
    encoded = made.encode(document, OUT)
    expected = {path for path, _ in differences(said(carried), said(document.to_json()), deep=True)}
    told = {finding.path for finding in encoded.findings if finding.code is MapFindingCode.NOT_CARRIED}
    yield from (_finding(made, "encode", one, encoded) for one in encoded.findings if one.code is not MapFindingCode.NOT_CARRIED)
    yield from (f"{made.name}: {path} is neither written nor told as not carried" for path in sorted(expected - told))
    yield from (f"{made.name}: {path} is told as not carried, and a rule writes it" for path in sorted(told - expected))
    assert plain.tree is not None
    if encoded.tree is not None and body(encoded.tree) != body(plain.tree):
        yield f"{made.name}: values that the map does not carry change the wire: {_first(body(plain.tree), body(encoded.tree))}"


def differences(before: Any, after: Any, path: str = "$", *, deep: bool = False) -> Iterator[tuple[str, str]]:
    """Where two JSON values differ; `deep` goes down to the plain values."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from differences(before.get(key), after.get(key), f"{path}.{key}", deep=deep)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{path}[{number}]", deep=deep)
    elif before != after or type(before) is not type(after):
        if deep and before is None and isinstance(after, dict | list):
            empty: Any = {} if isinstance(after, dict) else [None] * len(after)
            yield from differences(empty, after, path, deep=True)
        else:
            yield path, f"was {_short(before)}, came back as {_short(after)}"


def _short(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:200]


def _first(one: list[Any], other: list[Any]) -> str:
    """The first segment that differs."""
    for number in range(max(len(one), len(other))):
        a, b = (found[number] if number < len(found) else None for found in (one, other))
        if a != b:
            return f"segment {number + 1}: {segment_text(a) if a else 'nothing'} / {segment_text(b) if b else 'nothing'}"
    return "nothing differs"


def _finding(made: Map, when: str, one: MapFinding, encoded: Encoded) -> str:
    value = f" value {one.value!r}" if one.value is not None else ""
    return f"{made.name}: {when}: {one.code} at {one.path}{value} by rule {one.rule.partition('#')[2]} {one.wire} {one.hint}".rstrip()


def _written(encoded: Encoded, path: str) -> str:
    """Which rule wrote a value, and where."""
    found = [line for line in encoded.lineage if line.path == path or line.path.startswith((f"{path}.", f"{path}["))]
    return f" (written by rule {found[0].rule} at {found[0].place}: {found[0].raw!r})" if found else ""


def _at(tree: Tree | None, position: int | None) -> str:
    found = [s for s in tree.segments() if s.position == position] if tree is not None else []
    return segment_text(found[0]) if found else "the set"


def _rules(made: Map, tag: str | None) -> str:
    """The rules at the top that write a tag; what is deeper is found by the segment."""
    found = [rule.address for rule in made.spec.rules if rule.tag == tag]
    return f" (rules {', '.join(found[:5])})" if found else ""
