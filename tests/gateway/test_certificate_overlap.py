"""Old and new certificates through the gateway, both ways, while the clock goes over the change: who is taken, and what we use."""

import ssl
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from as2.certificate_settings import CertPair, KeyPairRef
from as2.cms.certificate import load_certificate
from as2.headers import As2Headers
from as2.keys import accepted, client_certificate, own_keys, pins
from as2.mdn import read_mdn
from as2.message import SealedMessage, seal_message
from as2.receive import open_message
from as2.settings import As2Settings, OwnAs2
from gateway.app import App
from gateway.operations.certificates import certificates
from gateway.payload import StoredPayload
from gateway.pipeline.as2_inbound import As2Inbound
from gateway.settings import parse_settings
from gateway.states import Thing
from gateway.tls import client_context, fingerprint_of, server_context
from partners.identify import by_as2
from tests.gateway.a_partner import OUTGOING
from tests.gateway.shaking import server_certificate, shake
from tests.gateway.world import Clock, World
from tests.support.certificates import KeyAndCertificate, certificate

NEW_VALID, BEGINS, OLD_ENDS = (datetime(2027, month, 1, tzinfo=UTC) for month in (2, 3, 4))
SECOND = timedelta(seconds=1)
LATER = OLD_ENDS + timedelta(days=700)
OURS = {
    "old": certificate("harborline, old", number=1, not_after=OLD_ENDS),
    "new": certificate("harborline, new", number=2, not_before=NEW_VALID, not_after=LATER),
}
THEIRS = {
    "old": certificate("northmart, old", number=3, not_after=OLD_ENDS),
    "new": certificate("northmart, new", number=4, not_before=NEW_VALID, not_after=LATER),
}
MOMENTS = (
    (NEW_VALID - SECOND, "old", {"old"}),
    (NEW_VALID, "old", {"old", "new"}),
    (BEGINS - SECOND, "old", {"old", "new"}),
    (BEGINS, "new", {"old", "new"}),
    (OLD_ENDS, "new", {"old", "new"}),
    (OLD_ENDS + SECOND, "new", {"new"}),
)
FILES = {
    "gateway": """
own:
  name: Harborline
  org: harborline
  environment: live
  stations:
    - id: main
      as2:
        as2_name: HARBORLINE
        keys:
          current: {key: "file:old.key", certificate: old.pem}
          next: {key: "file:new.key", certificate: new.pem, from: 2027-03-01}
sinks: {hub: {kind: folder, path: hub}}
""",
    "partner": """
partner: northmart
name: Northmart
status: live
identities: {as2: NORTHMART}
transports:
  as2: {url: "http://127.0.0.1:9/as2", allow_http: true, certs: {current: old.pem, next: {file: new.pem, from: 2027-03-01}}}
""",
    **{f"{name}.key": pair.key for name, pair in OURS.items()},
    **{f"certs/{name}.pem": pair.certificate for name, pair in OURS.items()},
    **{f"partners/northmart/certs/{name}.pem": pair.certificate for name, pair in THEIRS.items()},
}


def marks(pairs: dict[str, KeyAndCertificate]) -> dict[str, str]:
    return {load_certificate(pair.certificate).fingerprint: name for name, pair in pairs.items()}


def northmart(signer: KeyAndCertificate) -> OwnAs2:
    return OwnAs2.model_validate({"as2_name": "NORTHMART", "keys": {"current": {"key": "env:K", "certificate": signer.certificate}}})


def harborline(recipient: KeyAndCertificate) -> As2Settings:
    """How Northmart describes us: it verifies with either of ours, and encrypts for this one whatever the calendar says."""
    verify = {"current": OURS["old"].certificate, "next": OURS["new"].certificate}
    certs = {"verify": verify, "encrypt": {"current": recipient.certificate}}
    return As2Settings.model_validate(
        {"url": "https://harborline.example", "as2_name": "HARBORLINE", "certs": certs, "tolerance": {"expired_send": True}}
    )


def sealed(signer: KeyAndCertificate, recipient: KeyAndCertificate, now: datetime, number: int) -> SealedMessage:
    own = own_keys(northmart(signer), lambda _: signer.key)
    return seal_message(
        b"no EDI", content_type="text/plain", own=own, partner=harborline(recipient), message_id=f"<{number}@northmart.example>", now=now
    )


async def test_what_is_taken_and_who_signs_the_receipt(tmp_path: Path) -> None:
    world = await World.open(tmp_path, **FILES)
    inbound = As2Inbound(world.context)
    try:
        for number, ((now, sends, accepts), signer, recipient) in enumerate(product(MOMENTS, THEIRS, OURS)):
            world.clock.now = now
            message = sealed(THEIRS[signer], OURS[recipient], now, number)
            headers = As2Headers.parse(message.headers.items())
            answer = await inbound.take(
                headers, StoredPayload.of(message.body), *by_as2(world.context.workspace, "NORTHMART", "HARBORLINE")
            )
            mdn = read_mdn(answer.headers.items(), answer.body, partner=harborline(OURS[recipient]), now=now)
            told = "authentication-failed" if recipient in accepts else "decryption-failed"
            expected = "" if {signer, recipient} <= accepts else told
            assert (now, signer, recipient, mdn.disposition.description) == (now, signer, recipient, expected)
            assert marks(OURS)[mdn.signed_by] == sends
        states = await world.states(Thing.TRANSMISSION)
        assert (states.count("OPENED"), states.count("HELD")) == (4 * 4 + 2, 2 * 3)

        listed = (await certificates(world.context))["certificates"]
        by_place = {(row["for"], row["sha256"]): row for row in listed}
        for use, found in (("verify", marks(THEIRS)), ("decrypt", marks(OURS))):
            assert all(by_place[use, mark]["lastUsedWith"].keys() == {"northmart"} for mark in found)
    finally:
        await world.close()


async def test_what_we_send_with(tmp_path: Path) -> None:
    """By the transport as the gateway makes it."""
    await (await World.open(tmp_path, **FILES)).close()
    clock = Clock()
    app = await App.open(tmp_path, parse_settings(FILES["gateway"]), clock=clock)
    try:
        partner, transport = app.context.workspace.partners["northmart"], app.context.transports["as2"]
        for now, sends, _ in MOMENTS:
            clock.now = now
            prepared = transport.prepare(OUTGOING, partner, now=now)
            headers = As2Headers.parse(prepared.headers.items())
            own = own_keys(northmart(THEIRS[sends]), lambda _, used=sends: THEIRS[used].key)
            found = open_message(headers, prepared.body.read(), own=own, partner=harborline(OURS[sends]), now=BEGINS)
            assert (now, marks(OURS)[found.signed_by], marks(THEIRS)[found.decrypted_with]) == (now, sends, sends)
    finally:
        await app.close()


#: for real handshakes, whose certificates OpenSSL judges by the calendar: what changes here is the day that settings name
TLS = {"old": server_certificate("localhost", 7), "new": server_certificate("localhost", 8)}
TLS_MOMENTS = (
    ("planned", BEGINS - SECOND, "old", {"old", "new"}),
    ("planned", BEGINS, "new", {"old", "new"}),
    ("rolled over", OLD_ENDS - SECOND, "new", {"old", "new"}),
    ("rolled over", OLD_ENDS, "new", {"new"}),
    ("alone", BEGINS, "old", {"old"}),
)


def tls_place(stands: str) -> dict[str, tuple[str, dict[str, datetime]]]:
    return {
        "alone": {"current": ("old", {})},
        "planned": {"current": ("old", {}), "next": ("new", {"from": BEGINS})},
        "rolled over": {"current": ("new", {}), "previous": ("old", {"until": OLD_ENDS})},
    }[stands]


@pytest.mark.parametrize(("stands", "now", "sends", "accepts"), TLS_MOMENTS)
def test_tls_of_both_sides(stands: str, now: datetime, sends: str, accepts: set[str]) -> None:
    """The partner's server shows either, and so does its client to us; we show the one whose day it is."""
    said = tls_place(stands)
    theirs = CertPair.model_validate({role: {"pem": TLS[name].certificate, **dates} for role, (name, dates) in said.items()})
    ours = KeyPairRef.model_validate(
        {role: {"key": f"env:{name}", "certificate": TLS[name].certificate, **dates} for role, (name, dates) in said.items()}
    )
    shown = client_certificate(ours, lambda reference: TLS[reference.removeprefix("env:")].key, now)
    for name, pair in TLS.items():
        server = server_context(
            pair.certificate, pair.key, client_certificates="required", trusted=[one.certificate for one in TLS.values()]
        )
        with nullcontext() if name in accepts else pytest.raises(ssl.SSLCertVerificationError):
            listening, _ = shake(server, client_context(pinned=pins(theirs, now), certificate=shown))
            assert fingerprint_of(listening.getpeercert(binary_form=True) or b"") == fingerprint_of(TLS[sends].certificate)
        assert (fingerprint_of(pair.certificate) in {one.fingerprint for one in accepted(theirs, now)}) == (name in accepts)
