"""Whatever comes, mapping answers with findings and map files with faults; nothing else is ever raised."""

import contextlib
from datetime import UTC
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from canonical.base import SourceRef
from edi.errors import NoInterchangeError
from edi.read import read
from edi.validate import validate_interchange
from maps.fault import MapError
from maps.formats import json
from maps.registry import MapRegistry
from maps.run import DecodeContext, EncodeContext, Residue
from tests.maps import test_csv, test_fixed, test_xml
from tests.maps.conftest import SAMPLES
from tests.maps.test_json import HOOK, MAP, NAME, ORDER, _sorted
from tests.maps.test_overlay import NORTHMART as OVERLAY

REGISTRY = MapRegistry({NAME: MAP})
OWN = (HOOK, test_xml.MAP, test_csv.MAP, test_fixed.MAP.replace(test_fixed.NAME, NAME))
BOUNDS = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OUT = EncodeContext(UTC)
BYTES = [(SAMPLES / name).read_bytes() for name in ("850_northmart.x12", "856_northmart.x12", "orders_d96a.edi")]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("po", "date", "qty", "no", "product", "value", "type", "role", "x")), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def context(syntax: str) -> DecodeContext:
    return DecodeContext("us", "them", UTC, SourceRef(syntax=syntax))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sample with bytes cut out, put in and doubled."""
    data = bytearray(draw(st.sampled_from(BYTES)))
    for _ in range(draw(st.integers(1, 8))):
        start = draw(st.integers(200, len(data) - 2))
        end = min(len(data), start + draw(st.integers(0, 40)))
        data[start:end] = draw(
            st.one_of(
                st.just(bytes(data[start:end]) * 2), st.binary(max_size=6), st.sampled_from((b"", b"*", b":", b"~", b"'", b"?", b"^", b">"))
            )
        )
    return bytes(data)


@given(damaged())
@BOUNDS
def test_sets(data: bytes) -> None:
    with contextlib.suppress(NoInterchangeError):
        for interchange in read(data):
            for validation in validate_interchange(interchange).validations:
                ts = validation.transaction_set
                made = REGISTRY.standard(ts.standard, ts.release, ts.set_id) if validation.tree else None
                if made is None:
                    continue
                decoded = made.decode(validation.tree, context(made.syntax))
                assert (decoded.document is None) == decoded.has_errors
                encoded = made.encode(decoded.document, OUT, decoded.residue) if decoded.document else None
                assert encoded is None or (encoded.tree is None) == encoded.has_errors


@st.composite
def payloads(draw: st.DrawFn) -> Any:
    """An order of the shop with some of its values replaced by anything."""
    value = json.read(ORDER.encode()).value
    for _ in range(draw(st.integers(1, 4))):
        where: Any = value
        while True:
            keys = list(where) if isinstance(where, dict) else list(range(len(where)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(where[key], dict | list) and where[key] and draw(st.booleans()):
                where = where[key]
                continue
            where[key] = draw(VALUES)
            break
    return value


@given(payloads())
@BOUNDS
def test_payloads(value: Any) -> None:
    made = REGISTRY.get(NAME)
    decoded = made.decode(value, context("json"))
    assert (decoded.document is None) == decoded.has_errors
    residue = [Residue.parse(one.to_json()) for one in decoded.residue]
    if decoded.document is not None:
        encoded = made.encode(decoded.document, OUT, residue)
        assert encoded.tree is None or json.write(_sorted(encoded.tree)) == json.write(_sorted(value))


@given(st.one_of(st.binary(max_size=60), VALUES.map(json.write), st.text(alphabet='[]{}",:\\ue1.0-tfn', max_size=40).map(str.encode)))
@BOUNDS
def test_json_bytes(data: bytes) -> None:
    found = json.read(data)
    assert found.value is None or not found.findings
    if not found.findings:
        assert json.read(json.write(found.value)).value == found.value


@st.composite
def files(draw: st.DrawFn) -> str:
    """A map file with parts of its data replaced, taken out or doubled."""
    source = YAML(typ="safe", pure=True).load(draw(st.sampled_from((MAP, OVERLAY, *OWN))))
    for _ in range(draw(st.integers(1, 4))):
        where: Any = source
        while isinstance(where, dict | list) and where:
            key = draw(st.sampled_from(list(where) if isinstance(where, dict) else list(range(len(where)))))
            if isinstance(where[key], dict | list) and where[key] and draw(st.integers(0, 3)):
                where = where[key]
                continue
            if draw(st.booleans()):
                where[key] = draw(
                    st.one_of(
                        VALUES.filter(lambda v: not isinstance(v, dict | list)),
                        st.sampled_from(
                            (
                                [],
                                {},
                                [[]],
                                {"": {}},
                                "a | b",
                                "=",
                                "$.",
                                "REF[*]",
                                "x[]",
                                "x{}",
                                "a/b",
                                "1-4",
                                "9-3 right 0",
                                "row",
                                ["a"],
                                {"by": "a"},
                                "x",
                                7,
                            )
                        ),
                    )
                )
            else:
                del where[key]
            break
    return json.write(_texts(source)).decode()


@given(files())
@settings(BOUNDS, max_examples=60)
def test_map_files(text: str) -> None:
    for name in (NAME, "partners/northmart/maps/850"):
        with contextlib.suppress(MapError):
            MapRegistry({name: text}).get(name)


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _texts(inner) for key, inner in value.items()}
    return [_texts(inner) for inner in value] if isinstance(value, list) else value
