"""`gateway map` on the files of partners that have a form of their own."""

import json
from pathlib import Path

import pytest

from tests.gateway.command_line import SAMPLES, gateway

FORMS = SAMPLES / "forms"
CASES = [path for path in sorted(FORMS.glob("partners/*/cases/*/*.request.*")) if path.suffix != ".json"]


def partner_of(case: Path) -> str:
    return case.parts[-4]


@pytest.mark.parametrize("case", CASES, ids=partner_of)
def test_decode_and_encode_give_back_the_file(case: Path, tmp_path: Path) -> None:
    residue = tmp_path / "residue.jsonl"
    decoded = gateway("--workspace", FORMS, "map", "decode", case, "--partner", partner_of(case), "--residue", residue)
    assert decoded.code == 0, decoded.err
    documents = [json.loads(line) for line in decoded.out.splitlines()]
    assert [one["sourceRef"]["setIndex"] for one in documents] == list(range(1, len(documents) + 1))
    encoded = gateway("--workspace", FORMS, "map", "encode", "-", "--partner", partner_of(case), "--residue", residue, stdin=decoded.data)
    assert encoded.code == 0, encoded.err
    assert encoded.data == case.read_bytes()


def test_a_document_of_one_partner_goes_out_in_the_form_of_another() -> None:
    order = SAMPLES / "same-order/order.canonical.json"
    encoded = gateway("--workspace", FORMS, "map", "encode", order, "--partner", "millstone")
    assert encoded.code == 0, encoded.err
    written = encoded.data.decode("ascii").splitlines()
    assert [line.rstrip() for line in written] == (SAMPLES / "same-order/order.fixed.txt").read_text().splitlines()


def test_what_is_not_as_agreed_says_where(tmp_path: Path) -> None:
    file = tmp_path / "order.csv"
    file.write_bytes((FORMS / "partners/bazaarly/cases/order/three-orders.request.csv").read_bytes().replace(b";1,5;case;", b";case;"))
    done = gateway("--workspace", FORMS, "map", "decode", file, "--partner", "bazaarly")
    assert done.code == 2
    assert "23 cells where 24 are agreed (line 5)" in done.err


def test_what_cannot_be_written_says_why(tmp_path: Path) -> None:
    order = json.loads((SAMPLES / "same-order/order.canonical.json").read_text())
    order["lines"][0]["item"]["sellerItemId"] = "HB-1200-IN-A-BOX-OF-TWELVE"
    file = tmp_path / "order.json"
    file.write_text(json.dumps(order))
    done = gateway("--workspace", FORMS, "map", "encode", file, "--partner", "millstone")
    assert done.code == 1
    assert "$.lines[0].item.sellerItemId" in done.err


def test_the_workspace_of_the_samples_is_well() -> None:
    assert gateway("--workspace", FORMS, "partner", "validate").code == 0


def test_where_a_value_came_from_is_told_by_line_and_column() -> None:
    file = FORMS / "partners/bazaarly/cases/order/three-orders.request.csv"
    for asked in ("lines[0].unitPrice", "Price"):
        told = gateway("--workspace", FORMS, "map", "trace", file, asked, "--partner", "bazaarly")
        assert told.code == 0, told.err
        assert "from Price at line 2, where '31,20' stood" in told.out
        assert "partners/bazaarly/maps/order.yaml" in told.out


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("granmart/maps/order", "Parties/Party[] Address/City  <->  parties.*.address.city"),
        ("granmart/maps/order", "@version  <--  (no field)   constant 2.1"),
        ("alpenkauf/maps/orders05", "E1EDKT1[] > E1EDKT2[] TDLINE of each record  <->  notes[].text   joined text"),
        ("shoplane/maps/order", "$.shipping_lines[] is there  <->  allowancesCharges[].kind   means charge"),
        ("bazaarly/maps/order", "$.rows[] Price  <->  lines[].unitPrice   dec 2"),
    ],
)
def test_a_map_is_explained_in_the_words_of_its_form(name: str, row: str) -> None:
    told = gateway("--workspace", FORMS, "map", "explain", f"partners/{name}")
    assert told.code == 0, told.err
    assert row in told.out


def test_the_golden_pairs_of_the_workspace_hold() -> None:
    told = gateway("--workspace", FORMS, "map", "test")
    assert told.code == 0, told.out
    assert "6 golden pairs: 6 hold, 0 fail" in told.out
