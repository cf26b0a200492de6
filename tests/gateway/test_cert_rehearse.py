"""`gateway cert rehearse`: the outcome before the day, on this machine and at the endpoint of another company."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from as2.keys import own_keys
from gateway.cli.cert_rehearse import Moment, Stage, rehearse
from gateway.operations.as2_known import settings_of
from gateway.settings import resolve
from partners.load import load, read_files
from partners.places import places
from tests.gateway.command_line import Result, gateway
from tests.gateway.serving import NORTHMART, NORTHMART_YAML, OWN, serving
from tests.support.certificates import KeyAndCertificate, certificate

TODAY = datetime.now(tz=UTC)
DAY = timedelta(days=1)
BEGINS = datetime(2027, 2, 1, tzinfo=UTC)
OLD_ENDS = datetime(2027, 3, 1, tzinfo=UTC)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
OLD = certificate("old", number=21, not_before=NOW - 300 * DAY, not_after=OLD_ENDS)
NEW = certificate("new", number=22, not_before=NOW - DAY, not_after=NOW + 800 * DAY)
LASTS = certificate("lasts", number=23, not_before=NOW - DAY, not_after=NOW + 800 * DAY)
ENDS = certificate("ends", number=24, not_before=NOW - DAY, not_after=BEGINS - DAY)
PLANNED = '{current: {key: "file:old.key", certificate: old.pem}, next: {key: "file:new.key", certificate: new.pem, from: 2027-02-01}}'


def workspace(root: Path, *, keys: str = PLANNED, certs: str = "lasts.pem", more: str = "", **files: str) -> Path:
    pems = {"old": OLD, "new": NEW, "lasts": LASTS, "ends": ENDS}
    written = {
        "gateway.yaml": f"""
own:
  name: Harborline
  org: harborline
  environment: test
  stations: [{{id: main, as2: {{as2_name: HARBORLINE, keys: {keys}}}}}]
""",
        "partners/northmart/partner.yaml": f"""
partner: northmart
name: Northmart
status: testing
identities: {{as2: NORTHMART}}
transports: {{as2: {{url: "https://as2.northmart.example", certs: {certs}{more}}}}}
""",
        **{f"certs/{name}.pem": one.certificate for name, one in pems.items()},
        **{f"partners/northmart/certs/{name}.pem": one.certificate for name, one in pems.items()},
        **{f"{name}.key": one.key for name, one in pems.items()},
        **files,
    }
    for name, text in written.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def rehearsed(root: Path, now: datetime = NOW) -> list[Moment]:
    found = load(read_files(root)).workspace
    assert found is not None
    station, partner = found.own.stations[0].as2, settings_of(found.partners["northmart"])
    assert station is not None
    assert partner is not None
    stage = Stage(own_keys(station, lambda named: resolve(named, root)), partner, tuple(places(found)), now)
    stage._stand_in = (certificate("stand-in", number=25).key, LONG_LIVED.certificate)  # a key costs half a second
    return list(rehearse(stage))


LONG_LIVED = certificate("stand-in", number=25, not_before=NOW - 700 * DAY, not_after=NOW + 3000 * DAY)


def outcomes(moment: Moment) -> dict[str, tuple[str, str]]:
    return {one.use: (one.outcome, one.detail) for one in moment.outcomes}


def test_our_keys_change_and_the_partner_has_to_follow(tmp_path: Path) -> None:
    now, day, after = rehearsed(workspace(tmp_path))
    assert (now.name, day.at, after.at - OLD_ENDS) == ("now", BEGINS, timedelta(seconds=1))
    assert outcomes(now)["sign"] == ("ok", "verified by the partner")
    assert outcomes(now)["decrypt"][1] == "we open what is encrypted for the current and the next one"
    assert outcomes(day)["sign"][0] == "warning"
    assert outcomes(day)["sign"][1].endswith("until it has, it refuses (authentication-failed)")
    assert outcomes(day)["decrypt"][1] == "we open what is encrypted for the current and the next one"
    assert set(outcomes(after)) == {"sign", "decrypt"}  # the partner's own certificates have nothing to do with this end
    assert outcomes(after)["decrypt"][1] == "we open what is encrypted for the next one, no longer for the current one"
    assert [one.uses[0].split()[0] for one in day.outcomes if one.use == "sign"] == ["next"]


def test_the_partner_changes(tmp_path: Path) -> None:
    root = workspace(
        tmp_path,
        keys='{current: {key: "file:lasts.key", certificate: lasts.pem}}',
        certs="{current: old.pem, next: {file: new.pem, from: 2027-02-01}}",
    )
    now, day, after = rehearsed(root)
    assert outcomes(now)["encrypt"] == ("ok", "we encrypt for it")
    assert outcomes(day)["encrypt"] == ("ok", "we encrypt for it, as agreed for this day")
    assert outcomes(day)["verify"] == ("ok", "we accept the next and the current one")
    assert outcomes(after)["verify"] == ("ok", "we accept the next one, not the current one")


def test_what_would_fail_on_the_day_is_seen_before(tmp_path: Path) -> None:
    """The partner's own certificate ends before our day: from then on nothing leaves."""
    root = workspace(tmp_path, certs="ends.pem")
    _, day, _ = rehearsed(root)
    assert outcomes(day)["encrypt"] == ("failed", "nothing leaves: the partner's certificate has expired")
    assert outcomes(day)["verify"] == ("warning", "we accept the current one; it has expired")
    strict = workspace(tmp_path, certs="ends.pem", more=", tolerance: {expired_verify: false, expired_send: true}")
    _, day, _ = rehearsed(strict)
    assert outcomes(day)["encrypt"][0] == "ok"
    assert outcomes(day)["verify"][0] == "failed"


def test_a_next_key_that_does_not_belong_to_its_certificate_is_found(tmp_path: Path) -> None:
    root = workspace(tmp_path, **{"new.key": OLD.key})
    done = gateway("-w", root, "cert", "rehearse", "northmart")
    assert done.code == 1
    assert "do not belong together" in done.err
    (root / "new.key").unlink()
    assert gateway("-w", root, "cert", "rehearse", "northmart").code == 2
    assert gateway("-w", root, "cert", "rehearse", "nobody").code == 3


SOON = certificate("northmart, next", number=26, not_before=TODAY - DAY, not_after=TODAY + 800 * DAY)


def northmart(root: Path, url: str, following: KeyAndCertificate = SOON) -> Path:
    """Northmart's own workspace, with a next key; its partner is the gateway that serves."""
    begins = (TODAY + 20 * DAY).date()
    files = {
        "gateway.yaml": f"""
own:
  name: Northmart Stores
  org: northmart
  environment: test
  stations:
    - id: main
      as2:
        as2_name: NORTHMART
        keys: {{current: {{key: "file:own.key", certificate: own.pem}}, next: {{key: "file:next.key", certificate: next.pem, from: {begins}}}}}
""",
        "own.key": NORTHMART.key,
        "next.key": following.key,
        "certs/own.pem": NORTHMART.certificate,
        "certs/next.pem": following.certificate,
        "partners/harborline/partner.yaml": f"""
partner: harborline
name: Harborline Foods
status: testing
identities: {{as2: HARBORLINE}}
transports: {{as2: {{url: "{url}", allow_http: true, certs: {{current: harborline.pem}}}}}}
""",
        "partners/harborline/certs/harborline.pem": OWN.certificate,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


async def rehearse_at(root: Path, url: str) -> Result:
    return await asyncio.to_thread(gateway, "-w", root, "cert", "rehearse", "harborline", "--url", url, "--json")


async def test_a_partner_that_has_not_loaded_the_next_one_says_so_before_the_day(tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", "http://127.0.0.1:9/as2")
    async with serving(tmp_path / "harborline") as harborline:
        done = await rehearse_at(root, f"{harborline.base}/as2")
    assert done.code == 1, done.out
    endpoint = done.json["endpoint"]
    assert (endpoint["verdict"], endpoint["signedWith"]) == ("REFUSED", "our next key")
    assert "authentication-failed" in endpoint["steps"][-1]["detail"]


async def test_a_partner_that_has_loaded_it_takes_it(tmp_path: Path) -> None:
    root = northmart(tmp_path / "northmart", "http://127.0.0.1:9/as2")
    profile = NORTHMART_YAML.replace("certs: {current: northmart.pem}", "certs: {current: northmart.pem, next: soon.pem}")
    files = {"partners/northmart/partner.yaml": profile, "partners/northmart/certs/soon.pem": SOON.certificate}
    async with serving(tmp_path / "harborline", **files) as harborline:
        done = await rehearse_at(root, f"{harborline.base}/as2")
    endpoint = done.json["endpoint"]
    assert (endpoint["ok"], endpoint["verdict"]) == (True, "RECEIPTED"), endpoint
    assert done.code == 0, done.out
    assert "http" in (await asyncio.to_thread(gateway, "-w", root, "cert", "rehearse", "harborline", "--url", "ftp://x")).err
