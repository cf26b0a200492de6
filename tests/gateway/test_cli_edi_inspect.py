"""`gateway edi inspect` and `validate` as people see them: on a terminal, in a pipe, on long files and on what is no EDI."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.gateway.command_line import ROOT, SAMPLES, gateway
from tests.gateway.papers import orders_850

THREE = SAMPLES / "northmart" / "850" / "three-orders-one-broken.edi"
CLEAN = SAMPLES / "northmart" / "850" / "clean.edi"
ORDERS = SAMPLES / "shoreline3pl" / "ORDERS" / "clean.edi"


def on_terminal(*arguments: str | Path, columns: int = 80, **environment: str) -> str:
    """What a command prints on a terminal of this width."""
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    settings = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"}}
    command = [sys.executable, "-m", "gateway", *map(str, arguments)]
    settings |= {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color", **environment}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=settings)
    os.close(theirs)
    printed = b""
    while True:
        try:
            more = os.read(mine, 65536)
        except OSError:  # the other end is closed
            break
        if not more:
            break
        printed += more
    os.close(mine)
    process.wait(timeout=60)
    return printed.decode()


def test_a_fault_stands_under_the_element_that_it_is_in() -> None:
    lines = gateway("edi", "inspect", THREE).out.splitlines()
    at = next(number for number, line in enumerate(lines) if "number-invalid" in line)
    element, carets, error, remedy = lines[at - 2 : at + 2]
    assert element.split()[0] == "PO102"
    assert element[carets.index("^") : carets.rindex("^") + 1] == "4B"
    assert error.strip().startswith("error: the value is not a number")
    assert remedy.strip().startswith("next: ")


def test_what_is_missing_has_a_line_of_its_own() -> None:
    lines = gateway("edi", "inspect", THREE).out.splitlines()
    at = next(number for number, line in enumerate(lines) if "required-element-missing" in line)
    assert re.fullmatch(r"\s+BEG03 order number\s+\(missing\)", lines[at - 2])


def test_what_is_missing_before_a_segment_is_named_under_it() -> None:
    lines = gateway("edi", "inspect", "-", stdin=ORDERS.read_bytes().replace(b"BGM+220", b"ZZZ+220")).out.splitlines()
    [missing] = [line.strip() for line in lines if "required-segment-missing" in line]
    assert missing.startswith("error: BGM: a mandatory segment is missing")


def test_levels_stand_under_their_parents() -> None:
    lines = gateway("edi", "inspect", SAMPLES / "northmart" / "856" / "two-packs.edi").out.splitlines()
    indents = [len(line) - len(line.lstrip()) for line in lines if line.strip().startswith("HL[")]
    assert len(set(indents)) > 2
    assert indents[:3] == sorted(set(indents[:3]))  # shipment, order, pack


def test_codes_and_dates_are_told_in_words() -> None:
    out = gateway("edi", "inspect", CLEAN).out
    assert "(original)" in out
    assert re.search(r"BEG05 order date\s+20261118  \(2026-11-18\)", out)


def test_a_fault_of_an_envelope_stands_under_the_line_of_the_envelope() -> None:
    lines = gateway("edi", "inspect", "-", stdin=CLEAN.read_bytes().replace(b"IEA*1*", b"IEA*7*")).out.splitlines()
    at = next(number for number, line in enumerate(lines) if "interchange-count-mismatch" in line)
    assert lines[at - 2].split() == ["IEA01", "number", "of", "groups", "7"]
    assert not any(line.split()[:1] == ["ISA"] for line in lines)  # an envelope without a fault is told in words only
    assert any(line.split()[:1] == ["ISA"] for line in gateway("edi", "inspect", "--all", CLEAN).out.splitlines())


def test_only_faults_leaves_out_every_line_without() -> None:
    out = gateway("edi", "inspect", "--faults", THREE).out
    assert "2 sets without findings" in out
    assert "BEG03" in out
    assert "BEG01" in out  # the first element says which segment it is
    assert "BEG02" not in out
    assert "REF" not in out


@pytest.mark.parametrize("name", ["0003", "2"])
def test_one_set_is_chosen_by_its_control_number_or_its_count(name: str) -> None:
    done = gateway("edi", "inspect", "--set", name, THREE, "--json")
    [interchange] = done.json["interchanges"]
    [chosen] = [one for group in interchange["groups"] for one in group["sets"]]
    assert chosen["controlNumber"] == "0003" if name == "0003" else "0002"
    out = gateway("edi", "inspect", "--set", name, THREE).out
    assert out.count("ST set begins") == 1


def test_a_set_that_is_not_there_is_exit_code_3() -> None:
    done = gateway("edi", "inspect", "--set", "77", THREE)
    assert done.code == 3
    assert "0001" in done.err  # what there is


@pytest.fixture
def long(tmp_path: Path) -> Path:
    """Four hundred orders; the last but one has no number."""
    path = tmp_path / "long.edi"
    path.write_bytes(orders_850(*(str(number) for number in range(1000, 1400)), broken=["1398"]))
    return path


def test_of_a_long_file_a_part_is_shown_and_every_fault(long: Path) -> None:
    done = gateway("edi", "inspect", long)
    assert len(done.out.splitlines()) < 2000
    assert "required-element-missing" in done.out
    assert "more set" in done.out
    assert "400 sets" in done.out
    everything = gateway("edi", "inspect", "--all", long).out
    assert everything.count("ST set begins") == 400
    assert "more" not in everything


def test_accepted_sets_are_told_together_and_findings_are_counted(long: Path) -> None:
    done = gateway("edi", "validate", long)
    assert done.code == 1
    assert "398 sets" in done.out
    assert len(done.out.splitlines()) < 30
    every = long.read_bytes().replace(b"*CA*", b"*ZQ*")
    shown = gateway("edi", "validate", "--limit", "3", "-", stdin=every)
    assert shown.out.count("code-unknown") == 3
    assert "not shown" in shown.out
    assert len(shown.out.splitlines()) < 230
    report = gateway("edi", "validate", "--limit", "3", "--json", "-", stdin=every).json["files"][0]
    assert sum(finding["code"] == "code-unknown" for finding in report["findings"]) >= 400
    assert all(finding["fix"] for finding in report["findings"] if finding["severity"] == "error")


def test_a_terminal_shows_colours_a_pipe_none_and_no_color_is_respected() -> None:
    for command in ("inspect", "validate"):
        assert "\x1b[1;31m" in on_terminal("edi", command, THREE)
        assert not re.search(r"\x1b\[[\d;]*3[0-7]", on_terminal("edi", command, THREE, NO_COLOR="1"))
        assert "\x1b" not in gateway("edi", command, THREE).out


def test_lines_fit_a_terminal_of_80_columns() -> None:
    for command in (("inspect", "--faults"), ("validate",)):
        lines = on_terminal("edi", *command, THREE).splitlines()
        plain = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in lines]
        assert not [
            line for line in plain if len(line) > 80 and str(THREE) not in line and "separator" not in line and "decimal" not in line
        ]


def test_a_guides_fault_says_so_once() -> None:
    against = SAMPLES / "northmart" / "850" / "against-the-guide.edi"
    done = gateway("-w", SAMPLES / "quickstart", "edi", "validate", against, "--partner", "northmart")
    [first, *_] = [line for line in done.out.splitlines() if line.strip().startswith("error")]
    assert first.count("guide") == 1


@pytest.mark.parametrize("command", ["inspect", "validate", "ack"])
@pytest.mark.parametrize(
    "data", [b"", b"\x00\x01\xff\xfe" * 50, b"<?xml version='1.0'?><Order/>", b'{"order": 1}', b"ISA*", b"PK\x03\x04" + b"\x00" * 90]
)
def test_what_is_no_interchange_gets_a_sentence_and_exit_code_2(command: str, data: bytes) -> None:
    done = gateway("edi", command, "-", stdin=data)
    assert done.code == 2
    assert done.out == ""
    assert "no interchange in it" in done.err
    assert "next:" in done.err


@pytest.mark.parametrize("file", [THREE, CLEAN, ORDERS])
def test_a_large_file_is_judged_and_answered_while_it_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, answer = gateway("edi", "validate", file), gateway("edi", "ack", file)
    report = gateway("edi", "validate", "--json", file).json["files"][0]
    monkeypatch.setattr("gateway.cli.streaming._LARGE", 10)
    streamed = gateway("edi", "validate", file)
    assert streamed.code == whole.code
    faults = [[line.strip() for line in out.splitlines() if "[" in line or "^" in line] for out in (streamed.out, whole.out)]
    assert faults[0] == faults[1]
    described = gateway("edi", "validate", "--json", file).json["files"][0]
    assert described["findings"] == report["findings"]
    assert described["setsRejected"] == sum(not one["ok"] for one in report["sets"])
    parts = [re.split(r"[~']", gateway("edi", "ack", file).out)[2:], re.split(r"[~']", answer.out)[2:]]
    assert parts[0] == parts[1]  # behind the headers, which have the time


def test_a_large_file_that_is_no_interchange_is_refused_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.cli.streaming._LARGE", 10)
    (tmp_path / "letter.txt").write_text("Dear Northmart, " * 50)
    for command in ("validate", "ack"):
        done = gateway("edi", command, tmp_path / "letter.txt")
        assert (done.code, done.out) == (2, "")
        assert "no interchange in it" in done.err


def test_a_fault_of_an_envelope_rejects_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "two.edi"
    file.write_bytes(orders_850("1", "2").replace(b"IEA*1*", b"IEA*5*"))
    assert gateway("edi", "validate", file).out.count("rejected with its envelope") == 2
    assert gateway("edi", "inspect", file).out.count("rejected") == 2
    [report] = gateway("edi", "validate", "--json", file).json["files"]
    assert [(one["ok"], one["accepted"]) for one in report["sets"]] == [(True, False)] * 2
    monkeypatch.setattr("gateway.cli.streaming._LARGE", 10)
    assert "0 sets accepted, 2 rejected" in gateway("edi", "validate", file).out
    file.write_bytes(orders_850("1", "2", broken=["2"]).replace(b"GE*2*", b"GE*3*"))
    assert "0 sets accepted, 2 rejected" in gateway("edi", "validate", file).out


def test_what_mends_a_fault_is_told_once(long: Path) -> None:
    every = long.read_bytes().replace(b"*CA*", b"*ZQ*")
    out = gateway("edi", "validate", "--limit", "9", "-", stdin=every).out
    assert out.count("code-unknown") == 9
    assert out.count("next: Choose a code") == 1
