"""The laws of a two-way map, for documents and for wires at random.

PutGet: what is written is read back the same. Stability: what is read back is written the same. GetPut: a wire comes back
from its document and residue, segment by segment. And what our maps write, our own validator takes.
"""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical.base import SourceRef
from canonical.registry import parse
from edi.grammar.load import load
from edi.read import read
from edi.structure import place
from edi.tree import Tree
from edi.validate import validate_interchange
from edi.values import Identity, Segment, Standard
from edi.write import OutgoingGroup, OutgoingInterchange, OutgoingSet, write
from maps.registry import MapRegistry
from maps.run import DecodeContext, EncodeContext, Map
from tests.maps.conftest import SAMPLES, tree_of
from tests.maps.documents import edifact_orders, ship_notices, x12_orders

REGISTRY = MapRegistry()
LAWS = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
MAPS = {"x12/004010/850": x12_orders, "edifact/d96a/orders": edifact_orders, "x12/004010/856": ship_notices}
ENGINE = {"ids", "sourceRef", "map", "lineId", "orderId", "ours"}


def reading(made: Map) -> DecodeContext:
    return DecodeContext("HARBORLINE", "northmart", UTC, SourceRef(syntax=made.syntax))


OUT = EncodeContext(UTC)


def said(value: Any) -> Any:
    """A document without what the engine fills in; numbers by their value."""
    if isinstance(value, dict):
        return {key: said(inner) for key, inner in value.items() if key not in ENGINE}
    return [said(inner) for inner in value] if isinstance(value, list) else value


def segments(tree: Tree) -> list[tuple]:
    return [(s.tag, s.elements) for s in tree.segments() if s.tag not in {"ST", "SE", "UNH", "UNT"}]


def sent(made: Map, tree: Tree) -> bytes:
    """The tree as an interchange."""
    standard = Standard(made.syntax)
    body = OutgoingSet(made.set_id, "0001", tree.segments())
    x12 = standard is Standard.X12
    group = OutgoingGroup({"850": "PO", "856": "SH"}.get(made.set_id, ""), "US", "THEM", "1", made.release, (body,))
    own, them = (Identity("ZZ", "US"), Identity("ZZ", "THEM")) if x12 else (Identity("14", "US"), Identity("14", "THEM"))
    now = datetime(2026, 11, 18, 9, 15, tzinfo=UTC)
    return write(OutgoingInterchange(standard, own, them, "1", now, "test", "00401" if x12 else "3", False, (group,)))


@pytest.mark.parametrize("name", MAPS)
def test_put_get_stability_and_validity(name: str) -> None:
    made = REGISTRY.get(name)

    @given(MAPS[name])
    @LAWS
    def holds(data: dict[str, Any]) -> None:
        document = parse(data, made.document_type)
        encoded = made.encode(document, OUT)
        assert encoded.findings == ()
        decoded = made.decode(encoded.tree, reading(made))
        assert decoded.findings == ()
        assert said(decoded.document.to_json()) == said(document.to_json())
        assert segments(made.encode(decoded.document, OUT).tree) == segments(encoded.tree)
        assert decoded.residue == ()
        [validation] = validate_interchange(read(sent(made, encoded.tree))[0]).validations
        assert [(finding.code, str(finding.location)) for finding in validation.findings] == []
        assert segments(validation.tree) == segments(encoded.tree)

    holds()


# --- wires at random ----------------------------------------------------------------------------------------------------------------------

WIRES = {name: tree_of((SAMPLES / file).read_bytes()) for name, file in (("x12/004010/850", "850_northmart.x12"), ("x12/004010/856", "856_northmart.x12"), ("edifact/d96a/orders", "orders_d96a.edi"))}  # fmt: skip
SPELLINGS = st.sampled_from(
    [
        "",
        "X",
        "00",
        "0042",
        "31.200",
        "CS",
        "BP",
        "USA",
        "20261208",
        "0800",
        "ET",
        "ZZ",
        "085234500106",
        "1",
        "WH",
        "SF",
        "MA",
        "UC",
        "CA",
        "BY",
    ]
)


@st.composite
def wires(draw: st.DrawFn, name: str) -> list[tuple]:
    """A sample with segments left out, doubled, swapped with a neighbour and changed."""
    source = WIRES[name]
    kept = [list(segment) for segment in segments(source)]
    for _ in range(draw(st.integers(0, 4))):
        index = draw(st.integers(0, len(kept) - 1))
        tag, elements = kept[index]
        match draw(st.sampled_from("odsce")):
            case "o" if len(kept) > 1:
                del kept[index]
            case "d":
                kept.insert(index, [tag, elements])
            case "s" if index:
                kept[index - 1], kept[index] = kept[index], kept[index - 1]
            case "c" if elements:
                place_of = draw(st.integers(0, len(elements) - 1))
                kept[index] = [tag, (*elements[:place_of], draw(SPELLINGS), *elements[place_of + 1 :])]
            case "e":
                kept[index] = [tag, (*elements, draw(SPELLINGS))]
    return [(tag, tuple(elements)) for tag, elements in kept]


def placed(name: str, lines: list[tuple]) -> Tree:
    """Segments in their places, as far as they have any."""
    made, source = REGISTRY.get(name), WIRES[name].segments()
    message = load(Standard(made.syntax), made.release, made.set_id)
    assert message is not None
    whole = [(source[0].tag, source[0].elements), *lines, (source[-1].tag, source[-1].elements)]
    return place([Segment(tag, elements, position=number) for number, (tag, elements) in enumerate(whole, 1)], message).tree


def trimmed(found: list[tuple]) -> list[tuple]:
    """Without empty elements at the end, the one thing that residue does not keep."""
    return [(tag, _trimmed(elements)) for tag, elements in found]


def _trimmed(elements: tuple) -> tuple:
    while elements and not any(elements[-1]):
        elements = elements[:-1]
    return elements


@pytest.mark.parametrize("name", WIRES)
def test_get_put(name: str) -> None:
    made = REGISTRY.get(name)
    restored = 0

    @given(wires(name))
    @settings(LAWS, max_examples=100)
    def holds(lines: list[tuple]) -> None:
        nonlocal restored
        tree = placed(name, lines)
        decoded = made.decode(tree, reading(made))
        if decoded.document is None:
            assert decoded.has_errors
            return
        encoded = made.encode(decoded.document, OUT, decoded.residue)
        if encoded.tree is None:
            assert encoded.has_errors
            return
        if _is_ordered(tree):
            assert trimmed(segments(encoded.tree)) == trimmed(segments(tree))
            restored += 1

    holds()
    assert restored > 5


def _is_ordered(tree: Tree) -> bool:
    """Whether each loop is in the order of the grammar, with nothing that has its place elsewhere or none; else the set is refused before."""

    def loop(node: Any) -> bool:
        sequences = [child.use.sequence if child.use else None for child in node.children]
        known = [sequence for sequence in sequences if sequence is not None]
        is_own = all(child.use in node.use.children for child in node.children)
        return (
            is_own
            and len(known) == len(sequences)
            and known == sorted(known)
            and all(loop(child) for child in node.children if hasattr(child, "children"))
        )

    return loop(tree.root)
