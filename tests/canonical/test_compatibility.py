"""Schemas against the last released major: what may change in a minor version, and a finding with its path for each thing that may not."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from canonical.schemas import FILES, schema
from canonical.schemas.__main__ import check, main, release, run
from canonical.schemas.compatibility import breaks, broken_files

FOLDER = Path(__file__).resolve().parents[2] / "canonical" / "schemas"
ORDER = schema(FILES["order.json"])
NOTICE = schema(FILES["ship-notice.json"])
Edit = Callable[[dict[str, Any]], Any]


def changed(edit: Edit, source: dict[str, Any] = ORDER) -> dict[str, Any]:
    result = copy.deepcopy(source)
    edit(result)
    return result


def found(edit: Edit, source: dict[str, Any] = ORDER) -> list[tuple[str, str]]:
    return [(one.path, one.kind) for one in breaks("order.json", source, changed(edit, source))]


def line(data: dict[str, Any]) -> dict[str, Any]:
    return data["$defs"]["OrderLine"]  # type: ignore[no-any-return]


def renamed(data: dict[str, Any]) -> None:
    fields = line(data)["properties"]
    fields["retailCost"] = fields.pop("retailPrice")


def test_nothing_breaks_the_released_major() -> None:
    """A change that does is for the next major version. `python -m canonical.schemas --check` says the same."""
    assert [str(one) for one in check(str(FOLDER))] == []


def test_every_released_file_is_of_a_document() -> None:
    released = {path.name for path in (FOLDER / "released" / "1").iterdir()}
    assert released
    assert released <= set(FILES)


@pytest.mark.parametrize(
    "edit",
    [
        lambda data: None,
        lambda data: data["properties"].update(gift={"type": "boolean"}),
        lambda data: line(data)["properties"].update(gift={"type": "string"}),
        lambda data: data["properties"]["orderType"]["anyOf"][0]["enum"].append("marketplace"),
        lambda data: data["properties"]["purchaseOrderNumber"].update(maxLength=70),
        lambda data: data["properties"]["lines"].pop("minItems"),
        lambda data: data["properties"]["currency"].update(description="Other words."),
    ],
    ids=["same", "new field", "new field within", "new word", "wider", "none needed", "words"],
)
def test_a_minor_version_may(edit: Edit) -> None:
    assert found(edit) == []


@pytest.mark.parametrize(
    ("edit", "path", "kind"),
    [
        (lambda data: data["properties"].pop("currency"), "currency", "field-removed"),
        (lambda data: line(data)["properties"].pop("unitPrice"), "lines[].unitPrice", "field-removed"),
        (renamed, "lines[].retailPrice", "field-renamed"),
        (lambda data: data["required"].append("currency"), "currency", "made-required"),
        (lambda data: line(data)["required"].append("lineNumber"), "lines[].lineNumber", "made-required"),
        (lambda data: (data["properties"].update(gift={"type": "boolean"}), data["required"].append("gift")), "gift", "made-required"),
        (lambda data: data["required"].remove("orderDate"), "orderDate", "made-optional"),
        (lambda data: data["properties"]["purpose"]["enum"].remove("replace"), "purpose", "word-removed"),
        (lambda data: data["properties"]["purpose"]["enum"].append("draft"), "purpose", "word-added"),
        (lambda data: data["properties"]["orderType"]["anyOf"][0]["enum"].remove("rush"), "orderType", "word-removed"),
        (lambda data: data["properties"]["orderType"]["anyOf"].pop(1), "orderType", "narrowed"),
        (lambda data: data["properties"]["orderDate"]["anyOf"].pop(1), "orderDate", "narrowed"),
        (lambda data: data["properties"]["purchaseOrderNumber"].update(maxLength=22), "purchaseOrderNumber", "narrowed"),
        (lambda data: data["properties"]["purchaseOrderNumber"].update(minLength=2), "purchaseOrderNumber", "narrowed"),
        (lambda data: data["properties"]["currency"].update(pattern="^[A-Z]{4}$"), "currency", "narrowed"),
        (lambda data: data["properties"]["currency"].update(type="integer"), "currency", "type-changed"),
        (lambda data: data["properties"]["currency"].update(enum=["USD"]), "currency", "narrowed"),
        (lambda data: data["properties"]["lines"].update(maxItems=99), "lines", "narrowed"),
        (lambda data: data["$defs"]["Item"]["properties"]["gtin"].update(maxLength=13), "lines[].item.gtin", "narrowed"),
        (lambda data: data["properties"]["documentType"].update(const="Orders"), "documentType", "narrowed"),
    ],
)
def test_a_minor_version_may_not(edit: Edit, path: str, kind: str) -> None:
    assert found(edit) == [(path, kind)]


def test_all_is_told_at_once_and_what_is_within_itself_ends() -> None:
    def edit(data: dict[str, Any]) -> None:
        data["$defs"]["Pack"]["properties"].pop("sscc")
        data["properties"].pop("carrier")
        data["required"].append("volume")

    assert found(edit, NOTICE) == [("volume", "made-required"), ("carrier", "field-removed"), ("orders[].packs[].sscc", "field-removed")]


def test_a_document_may_come_but_not_go() -> None:
    assert broken_files({"order.json": ORDER}, {"order.json": ORDER, "ship-notice.json": NOTICE}) == ()
    [one] = broken_files({"order.json": ORDER, "ship-notice.json": NOTICE}, {"order.json": ORDER})
    assert str(one) == "ship-notice.json: (whole): document-removed: There is no such document any more."


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(str(tmp_path))
    release(str(tmp_path))
    assert run(["--check", str(tmp_path)]) == 0
    assert capsys.readouterr().out == ""
    baseline = tmp_path / "released" / "1" / "order.json"
    baseline.write_text(json.dumps(changed(lambda data: data["properties"].update(gift={"type": "boolean"}))))
    assert run(["--check", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "order.json: gift: field-removed: The field is not there any more.\n"
    assert run(["--release", str(tmp_path)]) == 0
    assert run(["--check", str(tmp_path)]) == 0
    assert run(["--wrong"]) == 2
    assert run([str(tmp_path)]) == 0
