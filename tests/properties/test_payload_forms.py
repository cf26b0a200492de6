"""Forms of payloads for values and for bytes at random: what is written is read the same, what is read is written the same, and nothing is raised.

And the laws of maps over them, for the partners of samples/forms.
"""

import json as plain_json
from datetime import UTC, date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical.base import SourceRef
from canonical.registry import parse
from maps.formats.head import form_of
from maps.formats.payload import Form
from maps.registry import MapRegistry
from maps.run import DecodeContext, EncodeContext, Map, Residue

BOUNDS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
FORMS = Path(__file__).resolve().parents[2] / "samples/forms"
OUT = EncodeContext(UTC)

CELLS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")) | st.sampled_from("\",;\n\r' |"), min_size=1, max_size=8
)
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")) | st.sampled_from("<&>\n\t"), min_size=1, max_size=8)


def rows(*names: str) -> st.SearchStrategy[list[dict[str, str]]]:
    row = st.fixed_dictionaries({}, optional=dict.fromkeys(names, CELLS)).filter(bool)
    return st.lists(row, min_size=1, max_size=5)


@st.composite
def csv_dialects(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "delimiter": draw(st.sampled_from([",", ";", "\t", "|"])),
        "quote": draw(st.sampled_from(['"', "'"])),
        "newline": draw(st.sampled_from(["lf", "crlf"])),
        "quoting": draw(st.sampled_from(["needed", "all"])),
        "charset": draw(st.sampled_from(["utf-8", "utf-16"])),
    }


def back(form: Form, values: list[Any]) -> list[Any]:
    written = form.write(values)
    assert written.findings == (), written.findings
    read = form.read(written.data)
    assert read.findings == (), read.findings
    return [document.value for document in read.documents]


@given(csv_dialects(), rows("a", "b", "c"))
@BOUNDS
def test_csv_rows(dialect: dict[str, Any], value: list[dict[str, str]]) -> None:
    form = form_of("csv", dialect | {"columns": ["a", "b", "c"]})
    assert back(form, [{"rows": value}]) == [{"rows": value}]


@given(
    csv_dialects(),
    st.dictionaries(CELLS.filter(lambda key: key.strip()), st.tuples(st.none() | CELLS, rows("c", "d")), min_size=1, max_size=3),
    st.booleans(),
)
@BOUNDS
def test_csv_groups(dialect: dict[str, Any], groups: dict[str, tuple[str | None, list[dict[str, str]]]], once: bool) -> None:
    documents = {"by": "a", "head": "b", "repeat": "first" if once else "every"}
    form = form_of("csv", dialect | {"columns": ["a", "b", "c", "d"], "documents": documents})
    values = [{"a": key} | ({"b": head} if head else {}) | {"rows": inner} for key, (head, inner) in groups.items()]
    assert back(form, values) == values


ELEMENTS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.fixed_dictionaries({}, optional={"@x": TEXTS, "#text": TEXTS}),
    lambda inner: st.fixed_dictionaries(
        {}, optional={"@y": TEXTS} | {name: st.lists(inner, min_size=1, max_size=3) for name in ("A", "p:B", "C-1")}
    ),
    max_leaves=10,
)


@given(ELEMENTS, st.sampled_from(["utf-8", "utf-16", "iso-8859-1"]), st.booleans())
@BOUNDS
def test_xml_elements(value: dict[str, Any], charset: str, indent: bool) -> None:
    form = form_of("xml", {"root": "R", "namespaces": {"": "urn:r", "p": "urn:p"}, "charset": charset, "indent": indent})
    blank = {"#text"} == set(value) and value["#text"].isspace()
    assert blank or back(form, [value]) == [value]


@given(
    st.lists(
        st.fixed_dictionaries(
            {}, optional={"a": st.from_regex(r"[!-~]( ?[!-~]){0,2}", fullmatch=True), "n": st.integers(0, 99999).map(str)}
        ).filter(bool),
        min_size=1,
        max_size=4,
    )
)
@BOUNDS
def test_fixed_records(value: list[dict[str, str]]) -> None:
    form = form_of("fixed", {"columns": {"a": "2-6", "n": "8-12 right 0"}})
    assert back(form, [{"rows": value}]) == [{"rows": value}]


@given(st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).filter(str.strip), min_size=1, max_size=5))
@BOUNDS
def test_lines_of_fixed_width_come_back(lines: list[str]) -> None:
    form = form_of("fixed", {"width": 12, "columns": {"a": "2-6", "n": "8-10 right 0", "r": "11-12 right"}})
    data = "".join(f"{line:12}\n" for line in lines).encode()
    [document] = form.read(data).documents
    assert form.write([document.value]).data == data


# --- bytes at random ----------------------------------------------------------------------------------------------------------------------

CASES = sorted(FORMS.glob("partners/*/cases/*/*.request.*"))
MAPS = MapRegistry({"/".join(("partners", path.parts[-3], "maps", path.stem)): path.read_text(encoding="utf-8") for path in FORMS.glob("partners/*/maps/*.yaml")})  # fmt: skip


def map_of(case: Path) -> Map:
    return MAPS.get(f"partners/{case.parts[-4]}/maps/{case.parts[-2]}")


def context(made: Map) -> DecodeContext:
    return DecodeContext("us", "them", UTC, SourceRef(syntax=made.syntax))


@st.composite
def damaged(draw: st.DrawFn, source: bytes) -> bytes:
    """A payload with bytes cut out, put in and doubled."""
    data = bytearray(source)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, max(len(data) - 1, 0)))
        end = min(len(data), start + draw(st.integers(0, 30)))
        piece = bytes(data[start:end])
        marks = (b"", b'"', b";", b"\n", b"<a>", b"</a>", b"<!--", b"]]>", b"&x;", b"{", b"]", b"0", b"\xff", b"\x00", b"OH", b"OX")
        data[start:end] = draw(st.one_of(st.just(piece * 2), st.binary(max_size=4), st.sampled_from(marks)))
    return bytes(data)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.parts[-4])
def test_damaged_payloads(case: Path) -> None:
    made = map_of(case)
    assert made.form is not None
    form, whole = made.form, 0

    @given(damaged(case.read_bytes()))
    @settings(BOUNDS, max_examples=80)
    def holds(data: bytes) -> None:
        nonlocal whole
        form.recognises(data)
        read = form.read(data)
        assert not (read.documents and read.findings)
        for one in read.findings:
            assert one.wire
            assert one.message
        for document in read.documents:
            decoded = made.decode(document.value, context(made))
            assert (decoded.document is None) == decoded.has_errors
            if decoded.document is None:
                continue
            residue = [Residue.parse(one.to_json()) for one in decoded.residue]
            encoded = made.encode(decoded.document, OUT, residue)
            if encoded.tree is not None:
                assert _sorted(encoded.tree) == _sorted(document.value)
                written = form.write([encoded.tree])
                again = form.read(written.data).documents
                assert written.findings or _sorted(again[0].value) == _sorted(document.value)
                whole += 1

    holds()
    assert whole > 5


def _sorted(value: Any) -> str:
    return plain_json.dumps(value, sort_keys=True, default=str)


@given(st.sampled_from(CASES), st.binary(max_size=80) | st.text('<>/="a;,\n\r {}[]!-&', max_size=60).map(str.encode))
@BOUNDS
def test_any_bytes(case: Path, data: bytes) -> None:
    form = map_of(case).form
    assert form is not None
    form.recognises(data)
    read = form.read(data)
    assert not (read.documents and read.findings)


# --- the laws -----------------------------------------------------------------------------------------------------------------------------

WORDS = st.from_regex(r"[A-Z0-9][A-Za-z0-9]{0,5}( [a-z0-9-]{1,5})?", fullmatch=True)
DAYS = st.dates(date(1980, 1, 1), date(2079, 12, 31)).map(str)
AMOUNTS = st.decimals(0, 99999, places=2).map(lambda value: format(value, "f"))


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """What all of the order forms carry."""
    line = st.fixed_dictionaries(
        {
            "quantity": st.fixed_dictionaries({"value": st.integers(1, 9999).map(str), "unit": st.sampled_from(["XCS", "EA", "XPX"])}),
            "lineNumber": st.integers(1, 99999).map(str),
            "item": st.fixed_dictionaries(
                {"gtin": st.sampled_from(["00085234500106", "00085234500250"])},
                optional={"buyerItemId": WORDS, "sellerItemId": WORDS, "description": WORDS},
            ),
        },
        optional={"unitPrice": AMOUNTS},
    )
    address = st.fixed_dictionaries({"city": WORDS}, optional={"line1": WORDS, "region": st.sampled_from(["AR", "NY"]), "postalCode": st.sampled_from(["72015", "4600"]), "country": st.sampled_from(["US", "AT"])})  # fmt: skip
    return {
        "documentType": "Order",
        "purpose": "original",
        "purchaseOrderNumber": draw(WORDS),
        "orderType": draw(st.sampled_from(["standAlone", "rush"])),
        "orderDate": draw(DAYS),
        "currency": draw(st.sampled_from(["USD", "EUR"])),
        "requestedDeliveryDate": draw(DAYS),
        "vendorNumber": draw(st.from_regex(r"[A-Z0-9]{1,10}", fullmatch=True)),
        "parties": {
            "buyer": {"idScheme": "assignedByBuyer", "id": draw(WORDS), "name": draw(WORDS)},
            "shipTo": {"idScheme": "assignedByBuyer", "id": draw(WORDS), "name": draw(WORDS), "address": draw(address)},
        },
        "lines": draw(st.lists(line, min_size=1, max_size=4)),
        "totals": {"amount": draw(AMOUNTS)},
    }


@pytest.mark.parametrize("name", ["granmart/maps/order", "alpenkauf/maps/orders05", "millstone/maps/order", "bazaarly/maps/order"])
def test_put_get_and_stability(name: str) -> None:
    made = MAPS.get(f"partners/{name}")
    assert made.form is not None
    form = made.form

    @given(orders())
    @settings(BOUNDS, max_examples=60)
    def holds(data: dict[str, Any]) -> None:
        if name.startswith("bazaarly"):
            data = data | {"orderType": "standAlone"}
        document = parse(data, "Order")
        encoded = made.encode(document, OUT)
        assert encoded.findings == ()
        [value] = back(form, [encoded.tree])
        decoded = made.decode(value, context(made))
        assert decoded.findings == ()
        assert decoded.document is not None
        assert parse(_said(decoded.document.to_json()), "Order") == document
        assert decoded.residue == ()
        assert form.write([made.encode(decoded.document, OUT).tree]).data == form.write([encoded.tree]).data

    holds()


def _said(value: Any) -> Any:
    """A document without what the engine fills in."""
    if isinstance(value, dict):
        return {key: _said(inner) for key, inner in value.items() if key not in {"ids", "sourceRef", "map", "lineId"}}
    return [_said(inner) for inner in value] if isinstance(value, list) else value
