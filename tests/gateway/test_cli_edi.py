"""`gateway edi` on files: fixed forms, exit codes, what people read and what programs read."""

import subprocess
import sys
from pathlib import Path

import pytest

from edi.read import read
from gateway.cli.mark import mark
from tests.gateway.command_line import SAMPLES, gateway, gateway_process
from tests.gateway.papers import orders_850

CLEAN = SAMPLES / "northmart" / "850" / "clean.edi"
AGAINST_GUIDE = SAMPLES / "northmart" / "850" / "against-the-guide.edi"
ORDERS = SAMPLES / "shoreline3pl" / "ORDERS" / "clean.edi"
NO_NUMBER = SAMPLES / "shoreline3pl" / "ORDERS" / "no-order-number.edi"
QUICKSTART = SAMPLES / "quickstart"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Three orders, the second without its number."""
    path = tmp_path / "three.edi"
    path.write_bytes(orders_850("4500123981", "4500123982", "4500123983", broken=["4500123982"]))
    return path


@pytest.mark.parametrize("file", [CLEAN, ORDERS])
def test_a_clean_file_validates_with_exit_code_0(file: Path) -> None:
    done = gateway("edi", "validate", file)
    assert (done.code, done.err) == (0, "")
    assert "accepted" in done.out


def test_a_file_with_an_error_validates_with_exit_code_1(broken: Path) -> None:
    for file in (broken, NO_NUMBER):
        done = gateway("edi", "validate", file)
        assert done.code == 1
        assert "rejected" in done.out
        assert "next:" in done.out


def test_a_file_without_an_interchange_is_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Northmart,")
    for arguments in ((tmp_path / "letter.txt",), (tmp_path / "absent",), (tmp_path,), (CLEAN, tmp_path / "letter.txt")):
        done = gateway("edi", "validate", *arguments)
        assert done.code == 2
        assert "next:" in done.err
        assert "Traceback" not in done.err
    assert gateway("edi", "validate", "-", stdin=b"").code == 2
    assert gateway("edi", "validate").code == 2
    assert gateway("edi", "ack", tmp_path / "letter.txt").code == 2


def test_several_files_are_all_looked_at(broken: Path) -> None:
    done = gateway("edi", "validate", CLEAN, broken, ORDERS, "--json")
    assert done.code == 1
    assert [(Path(file["file"]).name, file["ok"]) for file in done.json["files"]] == [
        ("clean.edi", True),
        ("three.edi", False),
        ("clean.edi", True),
    ]


def test_json_names_set_place_and_segment_of_each_finding(broken: Path) -> None:
    [report] = gateway("edi", "validate", "--json", broken).json["files"]
    assert [one["ok"] for one in report["sets"]] == [True, False, True]
    [finding] = [finding for finding in report["findings"] if finding["severity"] == "error"]
    assert (finding["code"], finding["set"]) == ("required-element-missing", report["sets"][1]["controlNumber"])
    assert finding["location"]["text"].startswith("BEG03 at segment 2")
    assert finding["segment"].startswith("BEG*00*")
    assert finding["sentence"]


def test_people_see_the_segment_with_the_fault_marked(broken: Path) -> None:
    lines = gateway("edi", "validate", broken).out.splitlines()
    at = next(number for number, line in enumerate(lines) if "required-element-missing" in line)
    segment, carets = lines[at + 1], lines[at + 2]
    assert segment.strip().startswith("BEG*00*")
    assert segment[: carets.index("^")].count("*") == 3  # BEG03 begins behind the third separator


def test_with_a_partner_the_guide_is_looked_at_too() -> None:
    assert gateway("edi", "validate", AGAINST_GUIDE).code == 0
    done = gateway("-w", QUICKSTART, "edi", "validate", AGAINST_GUIDE, "--partner", "northmart", "--json")
    assert done.code == 1
    assert {finding["scope"] for finding in done.json["files"][0]["findings"] if finding["severity"] == "error"} == {"guide"}


def test_an_unknown_partner_is_exit_code_3(tmp_path: Path) -> None:
    done = gateway("-w", QUICKSTART, "edi", "validate", CLEAN, "--partner", "nobody")
    assert done.code == 3
    assert "northmart" in done.err  # who there is
    assert gateway("-w", tmp_path, "edi", "validate", CLEAN, "--partner", "northmart").code == 2


@pytest.mark.parametrize(("file", "set_id"), [(CLEAN, "997"), (ORDERS, "CONTRL")])
def test_ack_writes_an_interchange_that_reads_and_validates(file: Path, set_id: str) -> None:
    done = gateway("edi", "ack", file)
    assert done.code == 0
    [interchange] = read(done.data)
    assert [one.set_id for one in interchange.transaction_sets] == [set_id]
    assert (interchange.sender, interchange.receiver) == (read(file.read_bytes())[0].receiver, read(file.read_bytes())[0].sender)
    assert gateway("edi", "validate", "-", stdin=done.data).code == 0


def test_ack_says_which_sets_are_rejected(broken: Path) -> None:
    segments = [segment.strip() for segment in gateway("edi", "ack", broken).out.split("~")]
    assert [segment for segment in segments if segment.startswith("AK5")] == ["AK5*A", "AK5*R*5", "AK5*A"]


def test_ack_writes_a_999_where_it_is_asked_for(broken: Path) -> None:
    done = gateway("edi", "ack", "--version", "999", broken)
    segments = [segment.strip() for segment in done.out.split("~")]
    assert [segment for segment in segments if segment.startswith("IK5")] == ["IK5*A", "IK5*R*5", "IK5*A"]
    assert gateway("edi", "validate", "-", stdin=done.data).code == 0
    assert gateway("edi", "ack", "--version", "998", broken).code == 2


def test_a_ta1_answers_an_envelope_in_error() -> None:
    broken = CLEAN.read_bytes().replace(b"IEA*1*", b"IEA*2*")
    assert "TA1*" in gateway("edi", "ack", "-", stdin=broken).out


def test_acknowledgments_are_not_acknowledged() -> None:
    done = gateway("edi", "ack", "-", stdin=gateway("edi", "ack", CLEAN).data)
    assert (done.code, done.data) == (0, b"")
    assert "not acknowledged" in done.err


def test_inspect_explains_a_file_in_plain_words() -> None:
    out = gateway("edi", "inspect", CLEAN).out
    assert "X12 interchange" in out
    assert "BEG03" in out
    assert "totals:" in out
    outline = gateway("edi", "inspect", ORDERS, "--json").json["interchanges"][0]
    assert outline["groups"][0]["sets"][0]["setId"] == "ORDERS"


def test_control_characters_of_a_file_do_not_reach_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "hostile.edi"
    path.write_bytes(CLEAN.read_bytes().replace(b"NORTHMART STORES", b"NORTHMART\x1b[2JORES"))
    for command in ("inspect", "validate"):
        assert b"\x1b[2J" not in gateway("edi", command, path).data


def test_a_mark_is_cut_around_the_fault_in_a_long_segment() -> None:
    data = CLEAN.read_bytes().replace(b"REF*IA*", b"REF*IA*" + b"9" * 3000)
    [interchange] = read(data)
    segment = next(one for one in interchange.transaction_sets[0].segments if one.tag == "REF" and one.get(1) == "IA")
    marked = mark(data, interchange.delimiters, segment.location(element=2))
    assert marked is not None
    text, carets = marked.lines()
    assert len(text) < 130
    assert text[carets.index("^")] == "9"


def test_release_characters_do_not_shift_the_mark() -> None:
    data = ORDERS.read_bytes()
    [interchange] = read(data)
    free = next(one for one in interchange.transaction_sets[0].segments if one.tag == "NAD")
    marked = mark(data, interchange.delimiters, free.location(element=2, component=1))
    assert marked is not None
    assert marked.text[marked.start : marked.start + marked.width] == free.get(2)


def test_help_starts_without_what_only_the_service_needs() -> None:
    program = "import sys, gateway.cli.main; print(sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "'typer'" in loaded
    assert not [name for name in ("aiohttp", "paramiko", "sqlalchemy", "pyx12", "cryptography", "edi") if f"'{name}'" in loaded]


def test_the_module_runs_as_a_process_with_the_same_codes(broken: Path) -> None:
    assert gateway_process("edi", "validate", CLEAN).code == 0
    assert gateway_process("edi", "validate", broken, "--json").code == 1
    refused = gateway_process("edi", "validate", "/nowhere", "--json")
    assert refused.code == 2
    assert refused.json["files"][0]["error"]
