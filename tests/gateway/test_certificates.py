"""Every certificate of a workspace as it stands: what is listed, who still uses the old one, and when somebody is told of an end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from as2.cms.certificate import load_certificate
from gateway import operations
from gateway.operations.certificates import certificates
from gateway.pipeline.certificates import oddities, standings
from gateway.pipeline.context import TlsHealth
from gateway.pipeline.expiries import Expiries, Expiry, Situation, expiries
from gateway.protection import CertificateUse, Purpose
from gateway.store import events
from gateway.store.evidence import certificate_used
from partners.load import load
from partners.model import Workspace
from tests.gateway.command_line import gateway
from tests.gateway.world import World
from tests.support.certificates import KeyAndCertificate, certificate

pytestmark = pytest.mark.usefixtures("log_as_delivered")
ENDS = datetime(2027, 3, 1, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
OLD = certificate("old", number=1, not_after=ENDS)
NEW = certificate("new", number=2, not_before=ENDS - 90 * DAY, not_after=ENDS + 700 * DAY)
LASTS = certificate("lasts", number=3, not_after=ENDS + 700 * DAY)
CURVE = certificate("curve", "p256", 5, not_after=ENDS + 700 * DAY)
ENDS_TOO = certificate("ends too", number=4, not_after=ENDS)


def marked(pair: KeyAndCertificate) -> str:
    return load_certificate(pair.certificate).fingerprint


def gateway_yaml(keys: str) -> str:
    return f"""
own:
  name: Harborline
  org: harborline
  environment: live
  stations: [{{id: main, as2: {{as2_name: HARBORLINE, keys: {keys}}}}}]
sinks: {{hub: {{kind: folder, path: hub}}}}
"""


def partner_yaml(certs: str, more: str = "") -> str:
    return f"""
partner: northmart
name: Northmart
status: live
identities: {{as2: NORTHMART}}
transports: {{as2: {{url: "https://as2.northmart.example", certs: {certs}}}}}
{more}
"""


FILES = {
    f"certs/{name}.pem": one.certificate
    for name, one in (("old", OLD), ("new", NEW), ("lasts", LASTS), ("too", ENDS_TOO), ("curve", CURVE))
}
FILES |= {f"partners/northmart/{name}": text for name, text in FILES.items()}
OUR_OWN = "{current: {key: env:K, certificate: lasts.pem}}"


def workspace(keys: str = OUR_OWN, certs: str = "lasts.pem", more: str = "", *, status: str = "live") -> Workspace:
    profile = partner_yaml(certs, more).replace("status: live", f"status: {status}")
    files = {"gateway.yaml": gateway_yaml(keys), "partners/northmart/partner.yaml": profile, **FILES}
    loaded = load({name: text.encode() for name, text in files.items()})
    assert loaded.workspace is not None, loaded.faults
    return loaded.workspace


def told(found: Workspace, now: datetime, used: tuple = ()) -> list[Expiry]:
    return list(expiries(standings(found, used, now), {}, now))


@pytest.mark.parametrize(
    ("now", "threshold", "days"),
    [
        (ENDS - 60 * DAY - SECOND, None, None),
        (ENDS - 60 * DAY, 60, 60),
        (ENDS - 30 * DAY - SECOND, 60, 30),
        (ENDS - 30 * DAY, 30, 30),
        (ENDS - 14 * DAY, 14, 14),
        (ENDS - 7 * DAY, 7, 7),
        (ENDS - DAY, 1, 1),
        (ENDS - SECOND, 1, 0),
        (ENDS, 0, 0),
        (ENDS + DAY, 0, -1),
    ],
)
def test_the_thresholds(now, threshold, days):
    found = told(workspace(certs="old.pem"), now)
    assert [(one.threshold, one.days_left) for one in found] == ([] if threshold is None else [(threshold, days)])


@pytest.mark.parametrize(
    ("keys", "certs", "now", "situations"),
    [
        (OUR_OWN, "old.pem", ENDS - DAY, {("northmart", Situation.NO_NEXT_OF_THEIRS)}),
        ("{current: {key: env:K, certificate: old.pem}}", "lasts.pem", ENDS - DAY, {("main", Situation.NO_NEXT_OF_OURS)}),
        (OUR_OWN, "{current: old.pem, next: new.pem}", ENDS - DAY, {("northmart", Situation.NEXT_WITHOUT_DAY)}),
        (OUR_OWN, "{current: old.pem, next: {file: new.pem, from: 2027-03-02}}", ENDS - DAY, {("northmart", Situation.NEXT_TOO_LATE)}),
        (OUR_OWN, "{current: old.pem, next: {file: new.pem, from: 2027-02-28}}", ENDS - 2 * DAY, set()),
        (OUR_OWN, "{current: old.pem, next: {file: new.pem, from: 2027-02-28}}", ENDS + DAY, set()),
        (OUR_OWN, "{current: new.pem, previous: {file: old.pem, until: 2027-03-15}}", ENDS - DAY, set()),
        (
            OUR_OWN,
            "{current: lasts.pem, next: {file: too.pem, from: 2027-01-01}}",
            ENDS - DAY,
            {("northmart", Situation.NO_NEXT_OF_THEIRS)},
        ),
    ],
)
def test_an_end_that_is_prepared_for_is_told_to_nobody(keys, certs, now, situations):
    found = told(workspace(keys, certs), now)
    assert {(one.whose, one.situation) for one in found} == situations
    assert all(one.situation.owner and "{" not in one.next_action for one in found)


def test_a_partner_through_whom_nothing_goes_is_no_alert():
    for status, count in (("live", 1), ("testing", 1), ("suspended", 0), ("draft", 0)):
        found = workspace(certs="old.pem", status=status)
        assert len(told(found, ENDS - DAY)) == count


@pytest.mark.parametrize(
    ("certs", "words"),
    [
        ("{verify: lasts.pem, encrypt: curve.pem}", ["current: messages are encrypted for RSA keys only"]),
        ("{verify: {current: lasts.pem, next: lasts.pem}, encrypt: lasts.pem}", ["next: it is the one that is in use already"]),
        (
            "{verify: {current: old.pem, next: {file: new.pem, from: 2026-01-01}}, encrypt: lasts.pem}",
            ["next: it is valid only from 2026-12-01, and not used before"],
        ),
        (
            "{verify: {current: lasts.pem, next: {file: too.pem, from: 2027-06-01}}, encrypt: lasts.pem}",
            ["next: it has expired by the day on which it is to be used (2027-03-01)"],
        ),
        ("{current: old.pem, next: {file: new.pem, from: 2027-02-01}}", []),
    ],
)
def test_what_will_not_do_what_its_writer_thinks_is_remarked(certs, words):
    found = list(oddities(workspace(certs=certs)))
    assert [message for _, message in found] == words
    assert {place.file for place, _ in found} <= {"partners/northmart/partner.yaml"}


def test_one_certificate_for_two_purposes_is_told_once():
    [found] = told(workspace(certs="old.pem", more="client_certs: old.pem"), ENDS - DAY)
    assert found.uses == ("verify", "encrypt", "client")
    assert found.sentence == "northmart: the certificate to verify, encrypt, client (current) expires in 1 day, on 2027-03-01"


def test_on_the_last_day_no_days_are_counted():
    [found] = told(workspace(certs="old.pem"), ENDS - SECOND)
    assert found.sentence == "northmart: the certificate to verify, encrypt (current) expires in less than a day, on 2027-03-01"


async def test_each_threshold_is_one_event_and_one_line_however_often_it_looks(tmp_path: Path) -> None:
    world = await World.open(tmp_path, gateway=gateway_yaml(OUR_OWN), partner=partner_yaml("old.pem"), **FILES)
    try:
        looks = Expiries(world.context)
        seen = []
        world.context.tls["127.0.0.1:8443"] = TlsHealth("ab" * 32, ENDS + 400 * DAY)
        for before in (61, 60, 59, 31, 30, 20, 14, 7, 6, 1, 0, -1, -9):
            world.clock.now = ENDS - before * DAY
            with capture_logs() as lines:
                for _ in range(2):
                    await looks.look()
            seen += [(before, line["days"], line["fingerprint"]) for line in lines if line["event"] == "certificate-expires"]
        assert seen == [(days, days, marked(OLD)) for days in (60, 30, 14, 7, 1, 0)]
        noted = await world.context.store.read(lambda connection: events.data_of(connection, marked(OLD), "certificate.expires"))
        assert [one["threshold"] for one in noted] == [60, 30, 14, 7, 1, 0]
        story = (await operations.timeline(world.context, marked(OLD)))["events"]
        assert {(event["action"], event["partnerId"], event["cause"]) for event in story} == {
            ("certificate.expires", "northmart", "certificate-expires")
        }
        metrics = world.context.metrics.render()[0].decode()
        assert f'gateway_certificate_days_left{{fingerprint="{marked(OLD)}"}} -9.0' in metrics
        assert f'gateway_certificate_days_left{{fingerprint="{"ab" * 32}"}} 391.0' in metrics
        status = await operations.status(world.context)
        assert [(one["whose"], one["owner"], one["daysLeft"]) for one in status["certificates"]] == [("northmart", "partner", -9)]
    finally:
        await world.close()


async def test_what_is_served_ends_too(tmp_path: Path) -> None:
    world = await World.open(tmp_path, gateway=gateway_yaml(OUR_OWN), partner=partner_yaml("lasts.pem"), **FILES)
    try:
        world.clock.now = ENDS
        world.context.tls["127.0.0.1:8443"] = TlsHealth("ab" * 32, ENDS + 5 * DAY)
        [one] = (await operations.status(world.context))["certificates"]
        assert (one["whose"], one["situation"], one["daysLeft"]) == ("127.0.0.1:8443", "served", 5)
    finally:
        await world.close()


async def test_who_still_uses_the_old_one(tmp_path: Path) -> None:
    day = ENDS - 20 * DAY
    keys = f"{{current: {{key: env:K, certificate: old.pem}}, next: {{key: env:L, certificate: new.pem, from: {day:%Y-%m-%d}}}}}"
    certs = f"{{current: old.pem, next: {{file: new.pem, from: {day:%Y-%m-%d}}}}}"
    world = await World.open(tmp_path, gateway=gateway_yaml(keys), partner=partner_yaml(certs), **FILES)

    async def used(pair: KeyAndCertificate, purpose: Purpose, partner: str = "northmart") -> None:
        now = world.clock()
        await world.context.store.write(lambda c: certificate_used(c, CertificateUse(marked(pair), purpose, b""), partner, now))

    async def rows(use: str) -> dict[str, dict[str, Any]]:
        listed = (await certificates(world.context))["certificates"]
        return {row["role"]: row for row in listed if row["for"] == use}

    try:
        world.clock.now = day - DAY
        await used(OLD, Purpose.VERIFY)
        await used(OLD, Purpose.DECRYPT)
        await used(OLD, Purpose.SIGN)
        before = await rows("verify")
        assert [(role, row["state"]) for role, row in before.items()] == [("current", "in use"), ("next", "accepted already")]
        assert not any("stillUsedBy" in row for row in before.values())  # it may: the day has not come

        world.clock.now = day + DAY
        after = {use: await rows(use) for use in ("verify", "decrypt", "sign", "encrypt")}
        assert after["verify"]["current"]["stillUsedBy"] == after["decrypt"]["current"]["stillUsedBy"] == ["northmart"]
        assert [after["verify"][role]["state"] for role in ("current", "next")] == ["still accepted", "in use"]
        assert [after["sign"][role]["state"] for role in ("current", "next")] == ["followed", "in use"]
        assert "stillUsedBy" not in after["sign"]["current"]
        assert after["verify"]["current"]["lastUsedWith"] == {"northmart": after["verify"]["current"]["lastUsedAt"]}
        pressing = (await certificates(world.context))["expiring"]
        assert {(one["whose"], one["situation"]) for one in pressing} == {("main", "still-used"), ("northmart", "still-used")}

        await used(NEW, Purpose.VERIFY)
        await used(NEW, Purpose.DECRYPT)
        await used(OLD, Purpose.DECRYPT, "southgate")  # another partner has not changed over
        assert "stillUsedBy" not in (await rows("verify"))["current"]
        assert (await rows("decrypt"))["current"]["stillUsedBy"] == ["southgate"]
    finally:
        await world.close()


async def test_the_list_can_be_narrowed_to_what_ends(tmp_path: Path) -> None:
    world = await World.open(tmp_path, gateway=gateway_yaml(OUR_OWN), partner=partner_yaml("old.pem"), **FILES)
    try:
        world.clock.now = ENDS - 40 * DAY
        assert {row["whose"] for row in (await certificates(world.context))["certificates"]} == {"main", "northmart"}
        listed = (await certificates(world.context, expiring=40))["certificates"]
        assert {(row["whose"], row["for"], row["sha256"], row["daysLeft"]) for row in listed} == {
            ("northmart", "verify", marked(OLD), 40),
            ("northmart", "encrypt", marked(OLD), 40),
        }
        assert listed[0]["subject"] == "O=old Gmbh & Co,CN=old"
        assert (await certificates(world.context, expiring=39))["certificates"] == []
    finally:
        await world.close()


def test_the_doctor_says_whose_turn_it_is(tmp_path: Path) -> None:
    """By place, with our keys looked at too: one that was swapped, and a certificate that nobody could use."""
    now = datetime.now(tz=UTC)
    soon = certificate("soon", number=5, not_before=now - 300 * DAY, not_after=now + 10 * DAY)
    curve = certificate("curve", "p256", 6, not_before=now - DAY, not_after=now + 400 * DAY)
    good = certificate("good", number=7, not_before=now - DAY, not_after=now + 400 * DAY)
    files = {
        "gateway.yaml": gateway_yaml('{current: {key: "file:our.key", certificate: good.pem}}'),
        "our.key": soon.key,
        "certs/good.pem": good.certificate,
        "partners/northmart/partner.yaml": partner_yaml("{verify: curve.pem, encrypt: soon.pem}"),
        "partners/northmart/certs/soon.pem": soon.certificate,
        "partners/northmart/certs/curve.pem": curve.certificate,
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    checks = gateway("-w", tmp_path, "doctor", "--json").json["checks"]
    told = {(one["name"], one["status"]): one for one in checks if one["name"] in {"certificate", "certificates", "key"}}
    assert set(told) == {("certificate", "warning"), ("certificates", "ok"), ("key", "fault")}
    ending = f"northmart: the certificate to encrypt (current) expires in 9 days, on {now + 10 * DAY:%Y-%m-%d}"
    assert told["certificate", "warning"]["detail"] == ending
    assert "cert import northmart FILE --for encrypt --next" in told["certificate", "warning"]["nextAction"]
    assert told["key", "fault"]["detail"] == "main: file:our.key: the private key and the certificate do not belong together"
    assert told["certificates", "ok"]["detail"].startswith("3 certificates; the first ends on")
