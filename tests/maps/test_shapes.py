"""The hand-made samples of samples/shapes: one ship notice in each order of levels, golden both ways.

`pytest --update-samples` writes the JSON anew; look at the difference before it is committed.
"""

import json
from pathlib import Path

import pytest

from canonical.registry import parse
from edi.read import read
from edi.validate import validate_interchange
from maps.registry import MapRegistry
from tests.maps.generate.laws import OUT, body, reading, said

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "shapes"
WITHOUT_ORDERS, PACKS_FIRST = "partners/fairwheel/maps/856", "partners/eastgate/maps/856"
OVERLAYS = {WITHOUT_ORDERS: "856-spi.yaml", PACKS_FIRST: "856-packs-first.yaml"}
REGISTRY = MapRegistry({name: (FOLDER / file).read_text(encoding="utf-8") for name, file in OVERLAYS.items()})
#: sample -> its map, and whether the wire is as the map writes it, so that it comes back without residue too
CASES = {
    "856-soi": ("x12/004010/856", True),
    "856-interleaved": ("x12/004010/856", False),
    "856-spi": (WITHOUT_ORDERS, False),
    "856-spoi": (PACKS_FIRST, True),
    "856-stopi": (PACKS_FIRST, True),
    "desadv-one-level": ("edifact/d96a/desadv", False),
}


def tree_of(name: str):
    [interchange] = read((FOLDER / f"{name}.edi").read_bytes())
    validated = validate_interchange(interchange)
    assert [str(finding.location) for finding in validated.findings] == []
    return validated.validations[0].tree


def test_every_sample_is_tried():
    assert {path.stem for path in FOLDER.glob("*.edi")} == set(CASES)


@pytest.mark.parametrize("name", CASES)
def test_it_is_this_document_and_comes_back(name, request):
    made, normal = REGISTRY.get(CASES[name][0]), CASES[name][1]
    tree, golden = tree_of(name), FOLDER / f"{name}.json"
    decoded = made.decode(tree, reading(made))
    assert [(one.code, one.path, one.wire) for one in decoded.findings] == []
    document = said(decoded.document.to_json())
    if request.config.getoption("--update-samples"):
        golden.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    assert json.loads(golden.read_text(encoding="utf-8")) == document
    assert body(made.encode(decoded.document, OUT, decoded.residue).tree) == body(tree)
    plain = made.encode(parse(document), OUT).tree
    assert (body(plain) == body(tree)) is normal
    assert said(made.decode(plain, reading(made)).document.to_json()) == document


def test_the_same_goods_are_the_same_lines_in_every_shape():
    """Order, product, quantity: what an ERP posts does not depend on the levels."""

    def posted(name: str) -> list:
        document = parse(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))
        return [
            (order.purchase_order_number, item.item.gtin, str(item.quantity_shipped.value)) for order in document.orders for item in order.all_items()
        ]  # fmt: skip

    assert posted("856-soi") == posted("desadv-one-level")
