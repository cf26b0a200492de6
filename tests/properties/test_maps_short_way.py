"""The short way through a map (generated code) against the long one (the interpreted engine): the same document, the same segments.

Where the short way has an answer, the long way has the same one and no finding. What is usual goes the short way: the samples do.
"""

import random
import traceback
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from canonical.registry import parse
from edi.grammar.load import load
from edi.read import read
from edi.tree import Tree
from edi.validate import validate_interchange
from edi.values import Segment, Standard
from edi.walk import tags
from maps.compile.compiler import compiled, source
from maps.registry import MapRegistry
from maps.run import EncodeContext, Map
from maps.run.derived import made_by_document
from tests.maps.generate.chance import ImpossibleError
from tests.maps.generate.choices import Drawn
from tests.maps.generate.documents import made
from tests.maps.generate.laws import OUT, body, reading, sent
from tests.maps.generate.laws import validate as validated
from tests.maps.generate.plan import Plan

REGISTRY = MapRegistry()
FRAME = {"ST", "SE", "UNH", "UNT"}
SOME = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def is_compiled(name: str) -> bool:
    one = REGISTRY.get(name)
    return one._short is not None and one._short.compiled is not None


NAMES = REGISTRY.names()


INTERPRETED = frozenset({"desadv", "recadv"})  #: maps that are not compiled, so that none falls out unseen


@cache
def plan(name: str) -> Plan:
    return Plan(REGISTRY.get(name).spec)


@st.composite
def documents(draw: st.DrawFn, name: str) -> tuple[dict[str, Any], int]:
    try:
        return made(plan(name), Drawn(draw)), draw(st.integers(0, 2**32))
    except ImpossibleError:
        reject()


def both_written(one: Map, data: dict[str, Any]) -> Tree | None:
    """Encode both ways; what they disagree in is a failure."""
    document = parse(data, one.document_type)
    assert one._short is not None
    data = document.to_json()
    derived = made_by_document(document, data)
    short = one._short.encode(data, OUT, len(derived))
    long = one._encode(data, OUT, (), derived)
    if short is not None:
        assert long.findings == ()
        assert body(short) == body(long.tree)
    return long.tree


def both_read(one: Map, tree: Tree) -> bool:
    """Decode both ways; whether the short way had an answer."""
    assert one._short is not None
    short = one._short.decode(tree, reading(one))
    long = one._decode(tree, reading(one))
    if short is None:
        return False
    document, data = short
    assert long.findings == ()
    assert long.document == document
    assert data == long.data
    return True


@pytest.mark.parametrize("name", [name for name in NAMES if name.split("/")[1] in {"004010", "d96a"}])
def test_both_ways_agree(name: str) -> None:
    one = REGISTRY.get(name)
    message = load(Standard(one.syntax), one.release, one.set_id)
    assert message is not None
    if not is_compiled(name):
        assert name.rpartition("/")[2] in INTERPRETED
        return

    @given(documents(name))
    @SOME
    def agree(drawn: tuple[dict[str, Any], int]) -> None:
        data, seed = drawn
        tree = both_written(one, data)
        if tree is None:
            return
        validation = validated(sent(one, message, tree.segments()))
        assert validation.tree is not None
        both_read(one, validation.tree)
        pick = random.Random(seed)
        for segments in damaged(list(tree.segments()), sorted(tags(message.root) - FRAME), pick):
            validation = validated(sent(one, message, tuple(segments)))
            if validation.tree is not None:
                both_read(one, validation.tree)

    agree()


SAMPLES = Path(__file__).parents[2] / "samples" / "standard"
#: written the long way: DESADV and RECADV are not compiled, and a reference of an APERAK could be taken by a rule before its own
LONG = frozenset({"aperak", "desadv", "recadv"})


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith(("x12/004010/", "edifact/d96a/"))])
def test_the_samples_go_the_short_way(name: str) -> None:
    one = REGISTRY.get(name)
    standard, _, set_id = name.split("/")
    data = (SAMPLES / standard / f"{set_id}.edi").read_bytes()
    [validation] = validate_interchange(read(data)[0]).validations
    assert one._short is not None
    if set_id not in INTERPRETED:
        assert one._short.decode(validation.tree, reading(one)) is not None
    document = one.decode(validation.tree, reading(one)).document
    written = one._short.encode(document.to_json(), OUT, len(made_by_document(document, document.to_json())))
    assert (written is None) == (set_id in LONG)


def damaged(segments: list[Segment], known: list[str], pick: random.Random) -> Iterator[list[Segment]]:
    """The same set with something odd in it: a segment twice, gone, moved, another value, a value too many."""
    for _ in range(3):
        copy = list(segments)
        for _ in range(pick.choice((1, 1, 2, 4))):
            at = pick.randrange(len(copy)) if copy else 0
            match pick.randrange(6):
                case 0 if copy:
                    copy.insert(at, copy[at])
                case 1 if len(copy) > 1:
                    del copy[at]
                case 2 if copy:
                    copy.insert(pick.randrange(len(copy)), copy.pop(at))
                case 3 if copy:
                    copy[at] = changed(copy[at], pick, "")
                case 4 if copy:
                    copy[at] = changed(copy[at], pick, pick.choice(("ZZ", "x", "-1", "20261301", "12.", " ", "A B")))
                case _:
                    copy.insert(at, Segment(pick.choice(known), ("ZZ", "1")))
        yield copy


def changed(segment: Segment, pick: random.Random, text: str) -> Segment:
    elements = list(segment.elements) or [""]
    at = pick.randrange(len(elements) + 1)
    if at == len(elements):
        elements.append(text)
    elif isinstance(elements[at], tuple):
        parts = list(elements[at])
        parts[pick.randrange(len(parts))] = text
        elements[at] = tuple(parts)
    else:
        elements[at] = text
    return Segment(segment.tag, tuple(elements))


def test_nothing_of_a_map_becomes_source() -> None:
    one = REGISTRY.get("x12/004010/850")
    message = load(Standard.X12, "004010", "850")
    assert message is not None
    text = source(one.spec, message)
    assert text is not None
    compile(text, "generated", "exec")
    assert "import" not in text
    assert "eval(" not in text


def test_the_code_is_made_once_for_a_hash() -> None:
    message = load(Standard.X12, "004010", "850")
    assert message is not None
    assert compiled(MapRegistry().get("x12/004010/850").spec, message) is compiled(MapRegistry().get("x12/004010/850").spec, message)


def test_a_traceback_names_the_rule() -> None:
    one = REGISTRY.get("x12/004010/850")
    assert one._short is not None
    assert one._short.compiled is not None
    try:
        one._short.compiled._write({"lines": [{"destinations": [{"locationId": 5.5}]}]}, {}, EncodeContext(OUT.zone), None, [], "")
    except Exception:
        shown = traceback.format_exc()
    assert "rule line/sdq  seg: SDQ" in shown or "rule beg" in shown
    assert ".yaml:" in shown
