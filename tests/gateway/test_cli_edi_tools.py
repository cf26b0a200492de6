"""`gateway edi convert`, `diff` and `obfuscate`: what they write, their exit codes, and what they refuse."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from edi.read import read
from tests.gateway.command_line import SAMPLES, gateway

CLEAN = SAMPLES / "northmart" / "850" / "clean.edi"
THREE = SAMPLES / "northmart" / "850" / "three-orders-one-broken.edi"
ORDERS = SAMPLES / "shoreline3pl" / "ORDERS" / "clean.edi"


def codes(data: bytes) -> list[str]:
    [report] = gateway("edi", "validate", "--json", "-", stdin=data).json["files"]
    return [finding["code"] for finding in report["findings"]]


@pytest.mark.parametrize("file", [CLEAN, THREE, ORDERS])
def test_json_and_back_gives_the_same_verdict(file: Path, tmp_path: Path) -> None:
    made = tmp_path / "made.json"
    assert gateway("edi", "convert", file, "--to", "json", "--output", made).code == 0
    back = gateway("edi", "convert", made, "--to", "edi")
    assert back.code == 0
    assert codes(back.data) == codes(file.read_bytes())


def test_pretty_is_still_edi_and_xml_is_well_formed() -> None:
    pretty = gateway("edi", "convert", CLEAN, "--to", "pretty")
    assert len(pretty.out.splitlines()) == pretty.out.count("~")
    assert gateway("edi", "validate", "-", stdin=pretty.data).code == 0
    assert ET.fromstring(gateway("edi", "convert", CLEAN, "--to", "xml").data).find(".//BEG/BEG03") is not None
    of_json = gateway("edi", "convert", "-", "--to", "xml", stdin=gateway("edi", "convert", CLEAN, "--to", "json").data)
    assert ET.fromstring(of_json.data).find(".//BEG/BEG03") is not None


def test_json_says_what_was_written(tmp_path: Path) -> None:
    said = gateway("edi", "convert", CLEAN, "--to", "pretty", "-o", tmp_path / "out.edi", "--json").json
    assert said["bytes"] == (tmp_path / "out.edi").stat().st_size
    assert gateway("edi", "convert", CLEAN, "--to", "pretty", "--json").code == 2
    refused = gateway("edi", "convert", CLEAN, "--to", "pretty", "-o", tmp_path / "no" / "folder", "--json")
    assert refused.code == 2
    assert refused.json["error"]["nextAction"]


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 40, b"<Order/>", b"{}", b'{"interchanges": []}', b'{"interchanges": [{"a": 1}]}'])
@pytest.mark.parametrize("to", ["json", "xml", "pretty", "edi"])
def test_what_cannot_be_converted_is_refused_with_a_sentence(to: str, data: bytes) -> None:
    done = gateway("edi", "convert", "-", "--to", to, stdin=data)
    assert (done.code, done.data) == (2, b"")
    assert "next:" in done.err


def test_an_edited_json_becomes_another_order(tmp_path: Path) -> None:
    value = json.loads(gateway("edi", "convert", CLEAN, "--to", "json").out)
    value["interchanges"][0]["groups"][0]["sets"][0]["children"][1]["elements"]["BEG03"] = "ANOTHER"
    back = gateway("edi", "convert", "-", "--to", "edi", stdin=json.dumps(value).encode())
    assert read(back.data)[0].transaction_sets[0].segments[1].get(3) == "ANOTHER"


def test_an_obfuscated_file_has_the_same_faults_and_none_of_the_names(tmp_path: Path) -> None:
    done = gateway("edi", "obfuscate", THREE)
    assert done.code == 0
    assert codes(done.data) == codes(THREE.read_bytes())
    assert b"NORTHMART" not in done.data
    assert len(done.data) == len(THREE.read_bytes())
    assert gateway("edi", "obfuscate", THREE).data != done.data  # by chance
    first, second = (gateway("edi", "obfuscate", THREE, "--seed", "one").data for _ in range(2))
    assert first == second != gateway("edi", "obfuscate", THREE, "--seed", "two").data
    said = gateway("edi", "obfuscate", ORDERS, "-o", tmp_path / "out.edi", "--json").json
    assert said["sameFindings"] is True
    assert (tmp_path / "out.edi").read_bytes() != ORDERS.read_bytes()


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 40, b"<Order/>", b"{}"])
def test_what_cannot_be_obfuscated_is_refused_with_a_sentence(data: bytes) -> None:
    done = gateway("edi", "obfuscate", "-", stdin=data)
    assert (done.code, done.data) == (2, b"")
    assert "next:" in done.err
    assert gateway("edi", "obfuscate", "-", "--json", stdin=CLEAN.read_bytes()).code == 2


def test_diff_tells_what_differs_by_meaning(tmp_path: Path) -> None:
    other = tmp_path / "other.edi"
    other.write_bytes(CLEAN.read_bytes().replace(b"\n", b"").replace(b"PO1*1*48*", b"PO1*1*50*"))
    done = gateway("edi", "diff", CLEAN, other)
    assert done.code == 1
    assert "PO1[1] PO102 quantity ordered: 48 -> 50" in done.out
    [difference] = gateway("edi", "diff", CLEAN, other, "--json").json["differences"]
    assert (difference["kind"], difference["first"], difference["second"]) == ("value-changed", "48", "50")
    assert difference["firstLocation"]["segmentPosition"] == difference["secondLocation"]["segmentPosition"]


def test_diff_of_the_same_order_in_another_form_is_exit_code_0() -> None:
    pretty = gateway("edi", "convert", CLEAN, "--to", "pretty").data
    assert gateway("edi", "diff", "-", CLEAN, stdin=pretty).code == 0


def test_diff_leaves_envelopes_apart_unless_asked(tmp_path: Path) -> None:
    later = tmp_path / "later.edi"
    later.write_bytes(CLEAN.read_bytes().replace(b"000004711", b"000009999"))
    done = gateway("edi", "diff", CLEAN, later)
    assert done.code == 0
    assert "--envelope" in done.out
    asked = gateway("edi", "diff", CLEAN, later, "--envelope")
    assert asked.code == 1
    assert "ISA13" in asked.out


def test_diff_limits_what_it_shows_and_refuses_what_is_no_interchange(tmp_path: Path) -> None:
    done = gateway("edi", "diff", CLEAN, ORDERS, "--limit", "1")
    assert done.code == 1
    assert len(done.out.splitlines()) == 2
    assert gateway("edi", "diff", CLEAN, "-", stdin=b"<Order/>").code == 2
    assert gateway("edi", "diff", tmp_path / "absent", CLEAN).code == 2


def test_what_cannot_be_read_as_a_whole_is_not_written_in_part() -> None:
    overlong = CLEAN.read_bytes().replace(b"REF*IA*", b"REF*IA*" + b"A*" * 2000)
    for command in (("convert", "--to", "json"), ("convert", "--to", "pretty")):
        done = gateway("edi", *command, "-", stdin=overlong)
        assert (done.code, done.data) == (2, b"")
        assert "more than can be read" in done.err
    assert gateway("edi", "diff", "-", CLEAN, stdin=overlong).code == 2
    assert gateway("edi", "obfuscate", "-", stdin=overlong).code == 0  # byte for byte, so nothing is lost


def test_what_stands_outside_is_said_not_to_be_converted() -> None:
    done = gateway("edi", "convert", "-", "--to", "pretty", stdin=CLEAN.read_bytes() + b"\nWITH KIND REGARDS\n")
    assert done.code == 0
    assert b"REGARDS" not in done.data
    assert "not converted" in done.err
