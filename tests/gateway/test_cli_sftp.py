"""`gateway sftp test` and `gateway sftp pin` with a real OpenSSH server."""

from pathlib import Path

import pytest

from sftp.session import fingerprint
from tests.gateway.command_line import Result, gateway
from tests.support.sshd import Sshd, make_key, needs_sshd, running_sshd

pytestmark = needs_sshd

GATEWAY_YAML = "own: {name: Harborline Foods, org: harborline, environment: test, stations: [{id: main, as2: HARBORLINE}]}\n"
PARTNER_YAML = """
partner: pinewood
name: Pinewood Logistics
status: testing
transports:
  sftp:
    host: 127.0.0.1
    port: PORT
    user: USER
    key: file:id
    host_keys: {current: "HOSTKEY"}
    pickup: {folder: out, PICKUP}
    drop: {folder: in, DROP}
"""


def workspace(root: Path, sshd: Sshd, *, pickup: str = "every: 60", drop: str = "overwrite: false", **changes: str) -> Path:
    values = {"PORT": str(sshd.port), "USER": sshd.user, "HOSTKEY": sshd.host_key, "PICKUP": pickup, "DROP": drop, **changes}
    text = PARTNER_YAML
    for name, value in values.items():
        text = text.replace(name, value)
    (root / "partners/pinewood").mkdir(parents=True)
    (root / "partners/pinewood/partner.yaml").write_text(text)
    (root / "gateway.yaml").write_text(GATEWAY_YAML)
    (root / "id").write_text(sshd.user_key)
    return root


def run(root: Path, *arguments: str) -> Result:
    return gateway("-w", root, "sftp", *arguments)


def steps(result: Result) -> dict[str, bool]:
    return {step["name"]: step["ok"] for step in result.json["steps"]}


@pytest.fixture
def sshd(tmp_path: Path):
    with running_sshd(tmp_path) as server:
        for name in ("out", "in"):
            (server.folder / name).mkdir()
        (server.folder / "out/order.edi").write_bytes(b"ISA")
        yield server


def test_all_that_the_profile_asks_for_is_tried_and_nothing_is_left_behind(tmp_path: Path, sshd: Sshd):
    result = run(workspace(tmp_path / "w", sshd), "test", "pinewood")
    assert result.code == 0, result.out
    for step in ("list out: 1 names, 1 of them", "claim in out", "archive from out", "delete in out", "rename in in", "delete in in"):
        assert f"done     {step}" in result.out
    assert result.out.splitlines()[-1] == "everything that the profile asks for can be done"
    assert [path.name for path in sshd.folder.rglob("*") if path.is_file()] == ["order.edi"]


def test_each_failure_has_its_reason_and_what_helps(tmp_path: Path):
    with running_sshd(tmp_path, sftp_options="-P rename,posix-rename") as sshd:
        for name in ("out", "in"):
            (sshd.folder / name).mkdir()
        result = run(workspace(tmp_path / "w", sshd), "test", "pinewood", "--json")
    assert result.code == 1
    assert {name for name, ok in steps(result).items() if not ok} == {"claim in out", "archive from out", "rename in in"}
    advice = {step["name"]: step["nextAction"] for step in result.json["steps"]}
    assert "claim: none" in advice["claim in out"]
    assert "temporary: direct" in advice["rename in in"]
    assert steps(result)["delete in in"]


def test_folders_that_may_only_be_read_and_folders_that_are_not_there(tmp_path: Path):
    with running_sshd(tmp_path, sftp_options="-R") as sshd:
        (sshd.folder / "out").mkdir()
        read_only = run(workspace(tmp_path / "w", sshd), "test", "pinewood", "--json")
        fetching = run(workspace(tmp_path / "v", sshd, pickup="claim: none, after: keep"), "test", "pinewood", "--json")
    assert {name for name, ok in steps(read_only).items() if not ok} == {"write into out", "write into in"}
    assert steps(fetching) == {"connect and log in": True, "list out": True, "write into in": False}


def test_a_login_that_is_refused_and_a_host_key_that_changed(tmp_path: Path, sshd: Sshd):
    stranger = workspace(tmp_path / "w", sshd)
    make_key(tmp_path / "other")
    (stranger / "id").write_text((tmp_path / "other").read_text())
    refused = run(stranger, "test", "pinewood", "--json").json
    assert [step["detail"] for step in refused["steps"]] == ["could not log in: key or password refused"]
    another = make_key(tmp_path / "another_host")
    changed = run(workspace(tmp_path / "v", sshd, HOSTKEY=another), "test", "pinewood")
    assert changed.code == 1
    assert fingerprint(sshd.host_key) in changed.out
    assert fingerprint(another) in changed.out
    assert "gateway sftp pin" in changed.out


def test_pin_shows_the_key_and_whether_it_is_the_one_of_the_profile(tmp_path: Path, sshd: Sshd):
    root = workspace(tmp_path / "w", sshd)
    known = run(root, "pin", "pinewood")
    assert (known.code, known.out.splitlines()) == (0, [fingerprint(sshd.host_key), "this key is pinned in the profile"])
    new = run(tmp_path, "pin", f"127.0.0.1:{sshd.port}")
    assert new.code == 0
    assert f'host_keys: {{current: "{sshd.host_key}"}}' in new.out
    changed = run(workspace(tmp_path / "v", sshd, HOSTKEY=make_key(tmp_path / "another")), "pin", "pinewood", "--json")
    assert (changed.code, changed.json["pinned"]) == (1, False)
    assert run(tmp_path, "pin", "127.0.0.1:70000").code == 2
    profile = root / "partners" / "pinewood" / "partner.yaml"
    profile.write_text("".join(line for line in profile.read_text().splitlines(keepends=True) if "host_keys" not in line))
    assert run(root, "test", "pinewood").code == 2
    first = run(root, "pin", "pinewood")  # what the profile lacks is what is asked for here
    assert (first.code, f'host_keys: {{current: "{sshd.host_key}"}}' in first.out) == (0, True)
