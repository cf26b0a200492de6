"""What a profile may say, and what it may not."""

import pytest
from pydantic import ValidationError

from sftp.settings import DropSettings, HostKeys, PickupSettings, SftpSettings, fault_in_template

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
ENDPOINT = {"host": "sftp.example", "user": "us", "password": "env:PASSWORD", "host_keys": {"current": KEY}}


def test_the_defaults_are_those_of_the_settings_page():
    pickup = PickupSettings(folder="out")
    assert (pickup.every, pickup.stable, pickup.looks_apart, pickup.after, pickup.archive) == (60, "two_looks", 10, "archive", "archive")
    assert SftpSettings.model_validate(ENDPOINT).port == 22


def test_one_pickup_or_several():
    one = SftpSettings.model_validate({**ENDPOINT, "pickup": {"folder": "out"}})
    two = SftpSettings.model_validate({**ENDPOINT, "pickup": [{"folder": "850"}, {"folder": "856"}]})
    assert [folder.folder for folder in one.pickup] == ["out"]
    assert [folder.folder for folder in two.pickup] == ["850", "856"]


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "sftp.example; rm"},
        {"port": 0},
        {"password": "hunter2"},
        {"password": None},
        {"certificate": "ssh-ed25519-cert-v01@openssh.com AAAA"},
        {"host_keys": None},
        {"host_keys": {"current": "AAAA"}},
        {"host_keys": {"current": "ssh-rsa " + KEY.split()[1]}},
        {"host_keys": {"current": "ssh-ed25519 not-base64!"}},
        {"legacy": ["ssh-dss"]},
        {"window": 0},
        {"pickup": {"folder": "../up"}},
        {"pickup": {"folder": "out\n"}},
        {"pickup": {"folder": "out", "work_folder": "a/b"}},
        {"drop": {"folder": "in", "name": "{unknown}.edi"}},
        {"drop": {"folder": "in", "name": "../{set}"}},
        {"drop": {"folder": "in", "name": ".{set}"}},
        {"drop": {"folder": "in", "name": "{set}" * 30}},
        {"drop": {"folder": "in", "tmp_folder": "tmp"}},
        {"drop": {"folder": "in", "temporary": "folder"}},
        {"surprise": 1},
    ],
    ids=str,
)
def test_what_is_refused_when_it_is_loaded(changes):
    with pytest.raises(ValidationError) as refused:
        SftpSettings.model_validate({**ENDPOINT, **changes})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("blob", ["not-base64!", "AAAA…"])
def test_a_host_key_that_is_none_is_told_how_one_is_written(blob):
    with pytest.raises(ValidationError, match="kind base64"):
        HostKeys(current=f"ssh-ed25519 {blob}", next=None)


def test_the_comment_of_a_host_key_is_dropped():
    keys = HostKeys(current=KEY + " somebody@somewhere", next=None)
    assert keys.accepted == (KEY,)


def test_templates():
    assert fault_in_template(DropSettings(folder="in").name) is None
    assert fault_in_template("{set}_{counter:04}.edi") is None
    assert "known are" in (fault_in_template("{sett}.edi") or "")
    assert fault_in_template("a b.edi") is not None
    assert fault_in_template("{set") is not None


def test_what_the_profile_says_wins_over_the_gateways_defaults():
    said = PickupSettings.model_validate({"folder": "out", "every": 300}).with_defaults(every=5, looks_apart=1)
    assert (said.every, said.looks_apart) == (300, 1)
