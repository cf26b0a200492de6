"""`gateway map lint, explain, loss, trace, diff, test, new`: what an analyst sees, and what a program gets."""

import json
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from edi.guide import Guide
from edi.read import read
from edi.validate import validate_interchange
from maps.registry import MapRegistry
from tests.gateway.command_line import SAMPLES, gateway

CLEAN = SAMPLES / "northmart" / "850" / "clean.edi"
THREE = SAMPLES / "northmart" / "850" / "three-orders-one-broken.edi"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The quickstart, with a golden pair."""
    root = tmp_path / "workspace"
    shutil.copytree(SAMPLES / "quickstart", root)
    cases = root / "partners" / "northmart" / "cases" / "850"
    cases.mkdir(parents=True)
    shutil.copy(CLEAN, cases)
    shutil.copy(CLEAN.with_suffix(".json"), cases)
    return root


def overlay(root: Path) -> Path:
    return root / "partners" / "northmart" / "maps" / "850.yaml"


class TestLint:
    def test_all_maps_of_the_workspace_and_the_built_in_ones(self, workspace: Path) -> None:
        done = gateway("-w", workspace, "map", "lint", "--standard")
        assert done.code == 0, done.out
        for name in MapRegistry().names():
            assert f"ok     {name}@" in done.out
        assert "ok     partners/northmart/maps/850@" in done.out

    def test_faults_have_file_line_rule_and_hint(self, workspace: Path) -> None:
        path = overlay(workspace)
        path.write_text(path.read_text(encoding="utf-8").replace("extensions.northmart", "extension.northmart"), encoding="utf-8")
        line = next(n for n, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "extension.northmart" in text)
        done = gateway("-w", workspace, "map", "lint")
        assert done.code == 1
        assert f"partners/northmart/maps/850.yaml:{line}: event: the document has no extension.northmart" in done.out
        [wrong] = [one for one in json.loads(gateway("-w", workspace, "map", "lint", "--json").out) if one["faults"]]
        assert wrong["faults"][0]["line"] == line

    def test_a_file_that_is_no_yaml(self, workspace: Path, tmp_path: Path) -> None:
        bad = tmp_path / "bad.yaml"
        bad.write_text("map: x\nrules: [\n", encoding="utf-8")
        done = gateway("-w", workspace, "map", "lint", bad)
        assert done.code == 2
        assert ":3:" in done.err
        assert "Traceback" not in done.err

    def test_no_such_map(self, workspace: Path) -> None:
        assert gateway("-w", workspace, "map", "lint", "x12/004010/999").code == 3


class TestExplain:
    @pytest.mark.parametrize(
        ("what", "said"),
        [
            ("PO107", "lines[].item.gtin"),
            ("$.lines[0].item.gtin", "PO106 to 25 with UP  <->  lines[].item.gtin"),
            ("lines[].quantity.unit", "PO103  <->  lines[].quantity.unit"),
            ("parties.shipTo.name", "N1 N102"),
            ("IP", "IP  <->  XIN   partners/northmart/maps/850.yaml:"),
            ("XCS", "CA  <->  XCS"),
            ("event", "REF[01=19] REF02  <->  extensions.northmart.division"),
            ("line/desc", "PID05  <->  lines[].item.description"),
            ("CTT", "= sumof(lines.quantity.value)"),
        ],
    )
    def test_what_is_asked_for(self, workspace: Path, what: str, said: str) -> None:
        done = gateway("-w", workspace, "map", "explain", "northmart/850", what)
        assert done.code == 0, done.err
        assert said in done.out

    def test_every_row_says_which_line_set_it(self, workspace: Path) -> None:
        rows = json.loads(gateway("-w", workspace, "map", "explain", "northmart/850", "--json").out)["rows"]
        assert len(rows) > 100
        assert all(row["origin"] for row in rows)
        assert {row["origin"].partition(":")[0] for row in rows} >= {
            "partners/northmart/maps/850.yaml",
            "x12/004010/850.yaml",
            "parts/x12.yaml",
        }

    @pytest.mark.parametrize("what", ["BCH10", "LDT"])
    def test_a_place_that_no_rule_reads_is_told_as_such(self, workspace: Path, what: str) -> None:
        done = gateway("-w", workspace, "map", "explain", "860", what)
        assert (done.code, f"{what}: no rule reads it" in done.out) == (0, True)
        assert gateway("-w", workspace, "map", "explain", "860", "BCH99").code == 3

    def test_what_the_map_does_not_know(self, workspace: Path) -> None:
        done = gateway("-w", workspace, "map", "explain", "850", "lines[].colour")
        assert done.code == 3

    def test_the_generated_code(self, workspace: Path) -> None:
        done = gateway("-w", workspace, "map", "explain", "850", "--code")
        compile(done.out, "generated", "exec")
        assert "def read_line(" in done.out


class TestLoss:
    def test_it_says_what_is_never_written(self) -> None:
        done = gateway("map", "loss", "edifact/d96a/orders")
        assert done.code == 0
        assert "departmentNumber" in done.out.partition("never written")[2]
        found = json.loads(gateway("map", "loss", "850", "--json").out)
        assert "departmentNumber" not in found["unwritten"]


class TestTrace:
    def test_from_a_field_to_its_element(self, workspace: Path) -> None:
        done = gateway("-w", workspace, "map", "trace", CLEAN, "$.lines[0].quantity.unit", "--partner", "northmart")
        assert done.code == 0, done.err
        assert "$.lines[0].quantity.unit = XCS" in done.out
        assert "from PO103 at segment 27, where 'CA' stood" in done.out
        assert "by rule line (table, code uom)" in done.out

    def test_from_an_element_to_its_field(self, workspace: Path) -> None:
        found = json.loads(gateway("-w", workspace, "map", "trace", CLEAN, "REF02", "--partner", "northmart", "--json").out)
        paths = {value["path"]: value["raw"] for one in found for value in one["values"]}
        assert paths["$.departmentNumber"] == "0042"
        assert paths["$.extensions.northmart.division"] == "07"

    def test_a_whole_segment(self, workspace: Path) -> None:
        done = gateway("-w", workspace, "map", "trace", CLEAN, "27", "--partner", "northmart")
        assert done.out.count("at segment 27") >= 6

    def test_where_a_value_of_a_document_goes(self, workspace: Path) -> None:
        document = CLEAN.with_suffix(".json")
        done = gateway("-w", workspace, "map", "trace", document, "$.lines[2].quantity.unit", "--to", "northmart/850")
        assert done.code == 0, done.err
        assert "to 03" in done.out or "to PO103" in done.out
        assert "as 'IP'" in done.out

    def test_nothing_is_meant(self, workspace: Path) -> None:
        assert gateway("-w", workspace, "map", "trace", CLEAN, "$.nothing", "--partner", "northmart").code == 3


class TestDiff:
    def test_the_same_map_changes_nothing(self) -> None:
        done = gateway("map", "diff", "850", "x12/004010/850")
        assert done.code == 0
        assert "the rules are the same" in done.out

    def test_a_change_is_told_rule_by_rule_and_document_by_document(self, workspace: Path, tmp_path: Path) -> None:
        path = overlay(workspace)
        changed = tmp_path / "850-new.yaml"
        changed.write_text(path.read_text(encoding="utf-8").replace("IP: XIN", "IP: XPK"), encoding="utf-8")
        done = gateway(
            "-w", workspace, "map", "diff", "northmart/850", changed, "--on", CLEAN, "--on", THREE, "--partner", "northmart", "--json"
        )
        assert done.code == 1, done.err
        found = json.loads(done.out)
        assert {one["where"] for one in found["changes"]} == {"tables.uom IP, read", "tables.uom XIN, written", "tables.uom XPK, written"}
        [different] = found["different"]
        assert different["set"].startswith("clean.edi")
        assert {"kind": "field", "where": "$.lines[2].quantity.unit", "old": "XIN", "new": "XPK"} in different["changes"]

    def test_files_of_another_set(self, workspace: Path) -> None:
        done = gateway("-w", workspace, "map", "diff", "856", "northmart/856", "--on", CLEAN)
        assert done.code == 2


class TestCases:
    def test_golden_pairs_hold_both_ways(self, workspace: Path) -> None:
        done = gateway("-w", workspace, "map", "test")
        assert done.code == 0, done.out
        assert "1 golden pair: 1 hold, 0 fail" in done.out

    def test_what_does_not_hold_is_told(self, workspace: Path) -> None:
        document = workspace / "partners" / "northmart" / "cases" / "850" / "clean.json"
        data = json.loads(document.read_text(encoding="utf-8"))
        data["lines"][0]["quantity"]["value"] = "49"
        document.write_text(json.dumps(data), encoding="utf-8")
        done = gateway("-w", workspace, "map", "test", "northmart")
        assert done.code == 1
        assert "$.lines[0].quantity.value: 49 is wanted, 48 came" in done.out
        assert "is written otherwise" in done.out

    def test_partners_with_forms_of_their_own(self) -> None:
        done = gateway("-w", SAMPLES / "forms", "map", "test")
        assert done.code == 0, done.out

    def test_there_is_none(self, tmp_path: Path) -> None:
        shutil.copytree(SAMPLES / "quickstart", tmp_path / "w")
        assert gateway("-w", tmp_path / "w", "map", "test").code == 3


class TestNew:
    def test_a_draft_loads_keeps_its_samples_and_marks_what_it_does_not_understand(self, workspace: Path) -> None:
        done = gateway("-w", workspace, "map", "new", "bigstore", "--from-sample", CLEAN, "--from-sample", THREE)
        assert done.code == 1, done.err
        assert "? code IP of table uom" in done.out
        assert "not looked at: three-orders-one-broken.edi: 850 0003 (breaks the standard: BEG03 at segment 2" in done.out
        made = workspace / "partners" / "bigstore" / "maps" / "850.yaml"
        text = made.read_text(encoding="utf-8")
        assert "sumof(lines.quantity.value)" in text
        assert "#     tables: {uom: {extend: true, IP: WORD}}" in text
        assert gateway("-w", workspace, "map", "lint", "bigstore/850").code == 0
        guide = Guide.parse(
            YAML(typ="safe").load((workspace / "partners" / "bigstore" / "guides" / "850.yaml").read_text(encoding="utf-8"))
        )
        for interchange in read(CLEAN.read_bytes()):
            assert validate_interchange(interchange, guide_of=lambda _: guide).findings == ()

    def test_a_code_that_the_standard_does_not_have_is_a_question(self, workspace: Path, tmp_path: Path) -> None:
        sample = tmp_path / "own.edi"
        sample.write_bytes(CLEAN.read_bytes().replace(b"*IP*", b"*Q9*"))
        done = gateway("-w", workspace, "map", "new", "other", "--from-sample", sample)
        assert done.code == 1
        assert "? code Q9 of table uom" in done.out
        assert "not looked at" not in done.out

    def test_codes_that_they_spell_otherwise_are_understood(self, workspace: Path, tmp_path: Path) -> None:
        sample = tmp_path / "cs.edi"
        sample.write_bytes(CLEAN.read_bytes().replace(b"*CA*", b"*CS*").replace(b"*IP*", b"*EA*"))
        assert gateway("-w", workspace, "map", "new", "other", "--from-sample", sample).code in {0, 1}
        text = (workspace / "partners" / "other" / "maps" / "850.yaml").read_text(encoding="utf-8")
        assert "uom: {extend: true, CS: XCS}" in text

    def test_it_replaces_nothing_unasked(self, workspace: Path) -> None:
        done = gateway("-w", workspace, "map", "new", "northmart", "--from-sample", CLEAN)
        assert done.code == 2
        assert "is there already" in done.err
