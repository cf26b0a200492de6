"""The same order, written by hand in seven forms, is the same document but for where it came from; and goes out in each of them."""

import json
from pathlib import Path

import pytest

from canonical.registry import parse
from canonical.rules import check
from maps.registry import MapRegistry

from .conftest import into, out, tree_of

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
ORDER = SAMPLES / "same-order"
FORMS = {
    "order.850.edi": "x12/004010/850",
    "order.orders.edi": "edifact/d96a/orders",
    "order.json": "partners/shopco/maps/order",
    "order.xml": "partners/granmart/maps/order",
    "order.csv": "partners/bazaarly/maps/order",
    "order.idoc.xml": "partners/alpenkauf/maps/orders05",
    "order.fixed.txt": "partners/millstone/maps/order",
}


def kept():
    return parse(json.loads((ORDER / "order.canonical.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def maps():
    files = [path for folder in ("quickstart", "forms") for path in (SAMPLES / folder).glob("partners/*/maps/*.yaml")]
    return MapRegistry({"/".join(("partners", path.parts[-3], "maps", path.stem)): path.read_text(encoding="utf-8") for path in files})


def value_of(made, data):
    """The tree, or the one document, of a file."""
    if made.form is None:
        return tree_of(data)
    read = made.form.read(data)
    assert read.findings == ()
    [document] = read.documents
    return document.value


def decoded(made, data):
    found = made.decode(value_of(made, data), into(made.syntax))
    assert found.findings == ()
    return found


@pytest.mark.parametrize("file", FORMS)
def test_it_is_the_same_document(maps, file):
    made = maps.get(FORMS[file])
    document = decoded(made, (ORDER / file).read_bytes()).document
    assert document.source_ref.syntax == made.syntax
    assert check(document) == ()
    assert document.replaced(source_ref=None, map=None) == kept()


def test_each_family_is_among_them(maps):
    assert {maps.get(name).syntax for name in FORMS.values()} == {"x12", "edifact", "json", "xml", "csv", "fixed"}


@pytest.mark.parametrize("file", FORMS)
def test_it_goes_out_in_each_form_and_comes_back(maps, file):
    made = maps.get(FORMS[file])
    document = kept()
    encoded = made.encode(document, out())
    assert encoded.findings == ()
    value = encoded.tree
    if made.form is not None:
        written = made.form.write([value])
        assert written.findings == ()
        value = value_of(made, written.data)
    again = made.decode(value, into(made.syntax))
    assert again.findings == ()
    assert again.document.replaced(source_ref=None, map=None) == document
