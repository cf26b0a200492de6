"""One certificate follows another in each place, at each moment around the change: what is sent with, and what is accepted."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from as2.certificate_settings import CertPair
from as2.cms.certificate import load_certificate
from as2.disposition import PROCESSED
from as2.errors import AuthenticationFailed, DecryptionFailed
from as2.headers import As2Headers
from as2.keys import accepted, client_certificate, own_keys, partner_keys, pins
from as2.mdn import SignatureState, build_mdn, read_mdn
from as2.message import SealedMessage, seal_message
from as2.receive import OpenedMessage, open_message
from as2.settings import As2Settings, OwnAs2
from tests.support.certificates import KeyAndCertificate, certificate

BEGINS = datetime(2026, 12, 1, tzinfo=UTC)  #: `from` of the next one
OLD_ENDS = datetime(2026, 12, 31, tzinfo=UTC)
NEW_VALID = datetime(2026, 11, 10, tzinfo=UTC)  #: the new one's own first moment
UNTIL = datetime(2026, 12, 20, tzinfo=UTC)  #: of the old one, once it is the previous one
SECOND = timedelta(seconds=1)
OLD = certificate("old", number=1, not_after=OLD_ENDS)
NEW = certificate("new", number=2, not_before=NEW_VALID, not_after=OLD_ENDS + timedelta(days=700))
OTHER = certificate("other side", number=3, not_after=OLD_ENDS + timedelta(days=700))
NAMES = {load_certificate(pair.certificate).fingerprint: name for name, pair in (("old", OLD), ("new", NEW))}
KEYS = {"env:OLD": OLD.key, "env:NEW": NEW.key, "env:OTHER": OTHER.key}.__getitem__

#: how the file stands, the moment -> what we send with, what we accept
MOMENTS = {
    "the new one is not valid yet": ("planned", NEW_VALID - SECOND, "old", {"old"}),
    "the new one's first moment": ("planned", NEW_VALID, "old", {"old", "new"}),
    "just before the day": ("planned", BEGINS - SECOND, "old", {"old", "new"}),
    "the day": ("planned", BEGINS, "new", {"old", "new"}),
    "the old one's last moment": ("planned", OLD_ENDS, "new", {"old", "new"}),
    "the old one has expired": ("planned", OLD_ENDS + SECOND, "new", {"new"}),
    "no day was agreed": ("loaded", BEGINS, "old", {"old", "new"}),
    "no day was agreed, and the old one has expired": ("loaded", OLD_ENDS + SECOND, "old", {"old", "new"}),
    "rolled over, the old one still accepted": ("rolled over", UNTIL - SECOND, "new", {"old", "new"}),
    "rolled over, the old one's time is up": ("rolled over", UNTIL, "new", {"new"}),
    "only the old one": ("alone", BEGINS, "old", {"old"}),
    "only the old one, expired": ("alone", OLD_ENDS + SECOND, "old", {"old"}),
}
moments = pytest.mark.parametrize(("stands", "now", "sends", "accepts"), MOMENTS.values(), ids=MOMENTS)


def pair(stands: str, old: Any, new: Any) -> dict[str, Any]:
    """As settings say it; `old` and `new` are mappings."""
    return {
        "alone": {"current": old},
        "loaded": {"current": old, "next": new},
        "planned": {"current": old, "next": new | {"from": BEGINS}},
        "rolled over": {"current": new, "previous": old | {"until": UNTIL}},
    }[stands]


def certs(stands: str) -> dict[str, Any]:
    return pair(stands, {"pem": OLD.certificate}, {"pem": NEW.certificate})


def keys(stands: str) -> dict[str, Any]:
    return pair(stands, {"key": "env:OLD", "certificate": OLD.certificate}, {"key": "env:NEW", "certificate": NEW.certificate})


def us(**settings: Any) -> OwnAs2:
    return OwnAs2.model_validate({"as2_name": "US", "keys": {"current": {"key": "env:OTHER", "certificate": OTHER.certificate}}} | settings)


def them(**settings: Any) -> As2Settings:
    lax = {"tolerance": {"expired_send": True}}  # which one is chosen is asked here, not whether it is refused then
    return As2Settings.model_validate({"as2_name": "THEM", "url": "https://them.example", "certs": OTHER.certificate} | lax | settings)


def seal(own: OwnAs2, partner: As2Settings, now: datetime) -> SealedMessage:
    return seal_message(
        b"ISA*", content_type="application/edi-x12", own=own_keys(own, KEYS), partner=partner, message_id="<1@us.example>", now=now
    )


def opened(message: SealedMessage, own: OwnAs2, partner: As2Settings, now: datetime) -> OpenedMessage:
    headers = As2Headers.parse(message.headers.items())
    return open_message(headers, message.body, own=own_keys(own, KEYS), partner=partner, now=now)


def from_them(signer: KeyAndCertificate, recipient: KeyAndCertificate, now: datetime) -> SealedMessage:
    """What the partner makes with these two, whatever the calendar says."""
    own = {"as2_name": "THEM", "keys": {"current": {"key": "env:K", "certificate": signer.certificate}}}
    return seal_message(
        b"ISA*",
        content_type="application/edi-x12",
        own=own_keys(OwnAs2.model_validate(own), lambda _: signer.key),
        partner=them(as2_name="US", certs=recipient.certificate),
        message_id="<2@them.example>",
        now=now,
    )


def taken(attempt: Callable[[KeyAndCertificate], Any], refused: type[Exception]) -> set[str]:
    """The names of those that are accepted."""
    found = set()
    for name, one in (("old", OLD), ("new", NEW)):
        try:
            attempt(one)
        except refused:
            continue
        found.add(name)
    return found


@moments
def test_our_signing_key(stands, now, sends, accepts):
    message = seal(us(sign=keys(stands)), them(), now)
    everything = As2Settings.model_validate({"certs": {"verify": certs("loaded")}})
    received = opened(message, us(), everything, NEW_VALID)
    assert NAMES[received.signed_by] == sends


@moments
def test_our_decryption_key(stands, now, sends, accepts):
    own = us(decrypt=keys(stands))

    def receive(recipient):
        assert NAMES[opened(from_them(OTHER, recipient, now), own, them(), now).decrypted_with] in accepts

    assert taken(receive, DecryptionFailed) == accepts


@moments
def test_our_tls_client_key(stands, now, sends, accepts):
    shown, key = client_certificate(us(tls=keys(stands)).tls, KEYS, now)
    assert shown == {"old": OLD, "new": NEW}[sends].certificate
    assert key == {"old": OLD, "new": NEW}[sends].key
    assert client_certificate(us().tls, KEYS, now) is None


@moments
def test_the_partner_s_verify_certificate(stands, now, sends, accepts):
    partner = them(certs={"verify": certs(stands), "encrypt": {"current": OTHER.certificate}})

    def receive(signer):
        assert NAMES[opened(from_them(signer, OTHER, now), us(), partner, now).signed_by] in accepts

    assert taken(receive, AuthenticationFailed) == accepts


@moments
def test_the_partner_s_receipts(stands, now, sends, accepts):
    """MDNs are verified by the same rule as messages."""
    partner = them(certs={"verify": certs(stands), "encrypt": {"current": OTHER.certificate}})
    headers = As2Headers.parse(seal(us(), them(), now).headers.items())

    def read(signer):
        own = own_keys(us(keys={"current": {"key": "env:K", "certificate": signer.certificate}}), lambda _: signer.key)
        values = {"disposition": PROCESSED, "mic": None, "message_id": "<m@them.example>", "now": now}
        mdn = build_mdn(headers, own=own, partner=them(), **values)
        found = read_mdn(mdn.headers.items(), mdn.body, partner=partner, now=now)
        assert found.signature is not SignatureState.NONE
        if found.signature is SignatureState.FAILED:
            raise AuthenticationFailed("not accepted")

    assert taken(read, AuthenticationFailed) == accepts


@moments
def test_the_partner_s_encryption_certificate(stands, now, sends, accepts):
    message = seal(us(), them(certs={"verify": {"current": OTHER.certificate}, "encrypt": certs(stands)}), now)
    received = opened(message, us(decrypt=keys("loaded")), them(certs={"verify": {"current": OTHER.certificate}}), NEW_VALID)
    assert NAMES[received.decrypted_with] == sends


@moments
def test_the_partner_s_tls_certificates(stands, now, sends, accepts):
    """Of its server, pinned; and the client certificate that it shows to ours."""
    found = CertPair.model_validate(certs(stands))
    pem = {"old": OLD.certificate, "new": NEW.certificate}
    assert set(pins(found, now)) == {pem[name] for name in accepts}
    assert {NAMES[one.fingerprint] for one in accepted(found, now)} == accepts
    assert pins(None, now) == accepted(None, now) == ()


def test_outside_of_the_overlap_an_expired_certificate_is_refused_where_the_profile_says_so():
    message, partner = from_them(OLD, OTHER, OLD_ENDS + SECOND), them(certs={"verify": certs("alone")})
    received = opened(message, us(), partner, OLD_ENDS + SECOND)
    assert received.warnings == ("signed with an expired certificate",)
    strict = partner.model_copy(update={"tolerance": partner.tolerance.model_copy(update={"expired_verify": False})})
    with pytest.raises(AuthenticationFailed):
        opened(message, us(), strict, OLD_ENDS + SECOND)


def test_the_one_in_use_is_tried_first():
    """The usual message costs one try, before and after the day."""
    own = own_keys(us(decrypt=keys("planned")), KEYS)
    for now, first in ((BEGINS - SECOND, "old"), (BEGINS, "new")):
        assert NAMES[own.decrypting(now)[0].certificate.fingerprint] == first
        assert NAMES[partner_keys(them(certs=certs("planned"))).verifying(now)[0].fingerprint] == first


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"current": "a.pem", "previous": "b.pem"}, "until"),
        ({"current": {"file": "a.pem", "until": "2026-12-01"}}, "belongs to `previous`"),
        ({"current": "a.pem", "next": {"file": "b.pem", "until": "2026-12-01"}}, "belongs to `previous`"),
        ({"next": "a.pem"}, "current"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong, words):
    with pytest.raises(ValidationError, match=words):
        CertPair.model_validate(wrong)
    as_key = {
        role: {"key": "env:K", "certificate": one} if isinstance(one, str) else {"key": "env:K", "certificate": "c.pem"} | one
        for role, one in wrong.items()
    }
    for reference in as_key.values():
        reference.pop("file", None)
    with pytest.raises(ValidationError, match=words):
        OwnAs2.model_validate({"as2_name": "US", "keys": as_key})


def test_ec_keys_follow_each_other_too():
    """A station may go from RSA to an elliptic curve for signing; decryption keeps to RSA."""
    curve = certificate("curve", "p256", 9)
    new = {"key": "env:EC", "certificate": curve.certificate, "from": BEGINS}
    follows = pair("alone", {"key": "env:OLD", "certificate": OLD.certificate}, {}) | {"next": new}
    own = own_keys(us(keys=follows), {"env:OLD": OLD.key, "env:EC": curve.key}.__getitem__)
    assert own.sign is not None
    assert own.sign.sending(BEGINS).certificate == load_certificate(curve.certificate)
    assert [NAMES[key.certificate.fingerprint] for key in own.decrypting(BEGINS)] == ["old"]
