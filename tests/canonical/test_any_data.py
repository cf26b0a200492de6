"""Whatever arrives as JSON: a document or faults, never another exception; and a document survives its own JSON form."""

import copy
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical.base import DocumentError
from canonical.registry import parse
from canonical.rules import check
from tests.canonical.support import ORDER, SHIP_NOTICE

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["0", "-1", "1e9", "2026-02-29", "GLN", "\ud800"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2), max_leaves=4
)


def places(value: Any, way: tuple = ()) -> list[tuple]:
    """Every place in JSON data, outer ones first."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, part in inner for place in places(part, (*way, key)))]


def changed(data: Any, way: tuple, value: Any) -> Any:
    if not way:
        return value
    data = copy.deepcopy(data)
    inner = data
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    return data


@given(st.sampled_from([ORDER, SHIP_NOTICE]).flatmap(lambda data: st.tuples(st.just(data), st.sampled_from(places(data)))), VALUES)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy
def test_a_document_or_faults(where, value) -> None:
    data, way = where
    try:
        document = parse(changed(data, way, value))
    except DocumentError:
        return
    check(document)
    assert parse(json.loads(json.dumps(document.to_json()))) == document
