"""The README's commands, run as a newcomer would type them, one after the other in one shell."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(text: str) -> str:
    """The `$ ` commands of every console block, with their continuation lines, as one script."""
    lines = [line.removeprefix("$ ") for block in _BLOCK.findall(text) for line in block.splitlines()]
    return "\n".join(lines)


#: a newcomer waits so long; here each wait ends with what it is for
_WAITS = {
    r"sleep 2(?=; mkdir)": "curl --silent --output /dev/null http://127.0.0.1:8080/livez",
    r"sleep 18$": "ls hub/*.json outbox/northmart/997_*.edi > /dev/null 2>&1",
    r"sleep 2(?=; cat)": "ls outbox/northmart/856_*.edi > /dev/null 2>&1",
}


def impatient(script: str) -> str:
    """The script with its pauses replaced by waiting for what they are for."""
    for pause, met in _WAITS.items():
        script, found = re.subn(pause, f"until {met}; do sleep 0.1; done", script, flags=re.MULTILINE)
        assert found == 1, pause
    return script


@pytest.mark.acceptance
@pytest.mark.timeout(600)
def test_the_first_partner_of_the_readme(tmp_path: Path):
    with socket.socket() as probe:  # the workspace of `init` listens on 8080
        if probe.connect_ex(("127.0.0.1", 8080)) == 0:
            pytest.skip("port 8080 is taken by another program on this machine")
    samples = ROOT / "samples" / "northmart"
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GATEWAY_TIMING__FOLDER_EVERY": "0.5",
        "SAMPLE": str(samples / "850" / "clean.edi"),
        "SHIP_NOTICE": str(samples / "856" / "two-packs.json"),
    }
    script = "set -eu\n" + impatient(commands((ROOT / "README.md").read_text(encoding="utf-8")))
    process = subprocess.Popen(
        ["bash", "-c", script],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=500)
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # the gateway in the background too
    assert process.returncode == 0, output
    workspace = tmp_path / "my-gateway"
    assert len(list((workspace / "hub").glob("*.json"))) == 1
    assert len(list((workspace / "outbox" / "northmart").glob("997_*.edi"))) == 1
    [ship_notice] = (workspace / "outbox" / "northmart").glob("856_*.edi")
    assert b"PRF*4500200001" in ship_notice.read_bytes()
    assert "4500200001" in output
    assert "ShipNotice" in output


def test_every_file_that_the_readme_names_is_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:samples|gateway|edi|maps|partners|canonical)/[\w./-]+)`", text))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
