"""When a partner's folders are looked at: what the profile may say of it, and where each fault is found."""

from datetime import timedelta

import pytest

from partners.pickups import PartnerPickup
from tests.partners.support import NORTHMART, all_faults, files, partner, workspace

SFTP = {"host": "sftp.example", "user": "us", "key": "file:id", "host_keys": {"current": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAA"}}
TWICE_A_DAY = {"at": ["18:15", "06:15"], "on": ["monday", "tuesday", "wednesday", "thursday", "friday"]}


def _profile(kind: str, pickup: object) -> dict:
    return partner(
        transports={"folder": {"pickup": pickup, "drop": {"folder": "out"}}} if kind == "folder" else {"sftp": SFTP | {"pickup": pickup}},
        agreements=[],
    )


@pytest.mark.parametrize("kind", ["sftp", "folder"])
def test_a_folder_has_a_schedule_like_a_batch(kind: str) -> None:
    pickup = [{"folder": "out", "schedule": TWICE_A_DAY}, {"folder": "late", "schedule": {"every": "15m", "from": "06:00", "to": "22:00"}}]
    settings = getattr(workspace(_profile(kind, pickup)).partners["northmart"].transports, kind)
    first, second = settings.pickup
    assert first.schedule[0].at == ("18:15", "06:15")
    assert second.schedule[0].every == timedelta(minutes=15)


@pytest.mark.parametrize("kind", ["sftp", "folder"])
def test_without_a_schedule_nothing_is_new(kind: str) -> None:
    settings = getattr(workspace(_profile(kind, {"folder": "out", "every": 300})).partners["northmart"].transports, kind)
    [pickup] = settings.pickup
    assert (pickup.schedule, pickup.every) == ((), 300)


@pytest.mark.parametrize("kind", ["sftp", "folder"])
@pytest.mark.parametrize(
    ("pickup", "path", "message"),
    [
        ({"folder": "out", "schedule": {"at": "25:00"}}, "pickup[0].schedule[0].at[0]", "pattern"),
        ({"folder": "out", "schedule": {"at": 1815}}, "pickup[0].schedule[0].at[0]", "put it in quotes"),
        ({"folder": "out", "schedule": {"every": "10s"}}, "pickup[0].schedule[0]", "between 1m and 24h"),
        ({"folder": "out", "schedule": {}}, "pickup[0].schedule[0]", "one of `every` and `at`"),
        ({"folder": "out", "schedule": {"every": "1h", "at": "06:00"}}, "pickup[0].schedule[0]", "one of `every` and `at`"),
        ({"folder": "out", "schedule": {"at": "06:00", "to": "22:00"}}, "pickup[0].schedule[0]", "go with `every`"),
        ({"folder": "out", "schedule": {"at": "06:00", "on": "fridays"}}, "pickup[0].schedule[0].on[0]", "expected 'monday'"),
        ({"folder": "out", "schedule": {"at": "06:00", "zone": "Chicago"}}, "pickup[0].schedule[0].zone", "zone"),
        ({"folder": "out", "schedule": {"at": "06:00", "days": "monday"}}, "pickup[0].schedule[0].days", "no such setting"),
        ([{"folder": "a"}, {"folder": "out", "schedule": "06:00"}], "pickup[1].schedule[0]", "dictionary"),
        ({"folder": "out", "every": 60, "schedule": {"at": "06:00"}}, "pickup[0]", "one of `every` and `schedule`"),
        ([{"folder": "out", "schedule": {"at": "06:00"}}, {"folder": "out/", "patterns": ["*.edi"]}], "pickup", "stands here once"),
    ],
)
def test_what_is_no_schedule_is_a_fault_with_file_and_place(kind: str, pickup: object, path: str, message: str) -> None:
    [fault] = all_faults(files(_profile(kind, pickup)))
    assert (fault.file, fault.path) == ("partners/northmart/partner.yaml", f"transports.{kind}.{path}")
    assert message in fault.message


def test_the_same_folder_twice_is_no_fault_where_none_has_a_schedule() -> None:
    pickup = [{"folder": "out", "patterns": ["*.edi"]}, {"folder": "out", "patterns": ["*.x12"]}]
    assert len(workspace(_profile("sftp", pickup)).partners["northmart"].transports.sftp.pickup) == 2


def test_boxes_that_we_host_have_none() -> None:
    box = partner(transports={**NORTHMART["transports"], "dropbox": {"password": "env:BOX", "pickup": {"schedule": {"at": "06:00"}}}})
    [fault] = all_faults(files(box))
    assert (fault.path, fault.message) == ("transports.dropbox.pickup.schedule", "no such setting")


def test_what_gateway_yaml_says_does_not_take_the_schedule_away() -> None:
    pickup = PartnerPickup.model_validate({"folder": "out", "schedule": {"at": "06:00"}}).with_defaults(every=5, looks_apart=1)
    assert (pickup.schedule is not None, pickup.every, pickup.looks_apart) == (True, 5, 1)
