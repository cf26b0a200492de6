"""The published JSON Schemas: equal to the models, and of the same mind about documents."""

import json
from importlib.resources import files

import pytest
from jsonschema import Draft202012Validator

from canonical.base import DocumentError
from canonical.registry import parse
from canonical.schemas import FILES, published, schema
from canonical.schemas.__main__ import main
from tests.canonical.support import ORDER, SHIP_NOTICE, at, order

PUBLISHED = published()


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_files_are_what_the_models_say(name) -> None:
    """After a change to a model: python -m canonical.schemas."""
    text = (files("canonical.schemas") / name).read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(json.dumps(PUBLISHED[name]))
    if name in FILES:
        Draft202012Validator.check_schema(json.loads(text))


def test_the_command_writes_them_all(tmp_path) -> None:
    main(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(PUBLISHED)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (files("canonical.schemas") / path.name).read_bytes()


@pytest.mark.parametrize(("name", "data"), [("order.json", ORDER), ("ship-notice.json", SHIP_NOTICE)])
def test_what_we_write_fits(name, data) -> None:
    Draft202012Validator(schema(FILES[name])).validate(parse(data).to_json())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("purchaseOrderNumber", ...),
        ("purchaseOrderNumber", ""),
        ("purchaseOrderNumber", None),
        ("purchaseOrderNumber", 1),
        ("colour", "red"),
        ("purpose", "orginal"),
        ("orderType", "standalone"),
        ("lines", []),
        ("lines.0.quantity.value", 1.5),
        ("lines.0.quantity.value", "1e3"),
        ("lines.0.item.gtin", "1"),
        ("lines.0.lineNumber", None),
        ("totals.lineCount", "2"),
        ("schemaVersion", "2.0"),
        ("orderType", "x12:QK"),
        ("lines.0.quantity.value", 48),
        ("releaseNumber", "7"),
    ],
)
def test_schema_and_parser_agree(path, value) -> None:
    data = at(order(), path, value)
    try:
        parse(data, "Order")
        taken = True
    except DocumentError:
        taken = False
    assert Draft202012Validator(schema(FILES["order.json"])).is_valid(data) == taken
