"""Keys and certificates: what is taken, what is current, what is next."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from as2.cms.certificate import load_certificate
from as2.keys import CertificateError, own_keys, partner_keys
from as2.settings import As2Settings, OwnAs2
from tests.as2.parties import NORTHMART, SOUTHGATE, Party, opened, seal
from tests.support.certificates import NOW, certificate, private_key

OLD, NEW = certificate("old", number=1), certificate("new", number=2)


def own(pair=OLD, *, key=None, **more):
    settings = {"as2_name": "A", "keys": {"current": {"key": "env:K", "certificate": pair.certificate} | more}}
    return own_keys(OwnAs2.model_validate(settings), {"env:K": key or pair.key, "env:P": "secret"}.__getitem__)


def test_our_key_and_certificate_belong_together():
    assert own().sign is not None
    with pytest.raises(CertificateError, match="belong together"):
        own(key=NEW.key)


def test_a_key_may_have_a_passphrase():
    locked = private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")).decode()
    assert own(key=locked, passphrase="env:P").sign is not None
    with pytest.raises(CertificateError, match="passphrase"):
        own(key=locked)


def test_small_and_strange_keys_are_refused():
    small = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.raises(CertificateError, match="1024 bits"):
        load_certificate(_signed_by(small))
    with pytest.raises(CertificateError, match="neither RSA"):
        load_certificate(_signed_by(ed25519.Ed25519PrivateKey.generate(), hashed=False))
    with pytest.raises(CertificateError, match="PEM"):
        load_certificate("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----")
    with pytest.raises(CertificateError, match="readable"):
        own(key="no key")


def _signed_by(key, *, hashed: bool = True) -> str:
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = builder.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=1)).sign(key, hashes.SHA256() if hashed else None)
    return made.public_bytes(Encoding.PEM).decode()


def test_a_certificate_whose_file_was_not_read_is_refused():
    with pytest.raises(CertificateError, match="with_certificates"):
        partner_keys(As2Settings.model_validate({"certs": "a.pem"}))


def test_sending_takes_the_newest_whose_time_has_come():
    def chosen(begins):
        certs = {"current": OLD.certificate, "next": {"pem": NEW.certificate} | ({"from": begins} if begins else {})}
        return partner_keys(As2Settings.model_validate({"certs": certs})).encryption(NOW)

    assert chosen(None) == chosen(NOW + timedelta(seconds=1)) == load_certificate(OLD.certificate)
    assert chosen(NOW) == load_certificate(NEW.certificate)
    assert partner_keys(As2Settings()).encryption(NOW) is None


def test_our_own_key_changes_over_at_its_time():
    keys = {
        "current": {"key": "env:OLD", "certificate": OLD.certificate},
        "next": {"key": "env:NEW", "certificate": NEW.certificate, "from": NOW},
    }
    ours = own_keys(OwnAs2.model_validate({"as2_name": "A", "keys": keys}), {"env:OLD": OLD.key, "env:NEW": NEW.key}.__getitem__)
    assert ours.sign is not None
    assert ours.sign.sending(NOW - timedelta(seconds=1)).certificate == load_certificate(OLD.certificate)
    assert ours.sign.sending(NOW).certificate == load_certificate(NEW.certificate)


@pytest.mark.parametrize("sender_pair", [OLD, NEW])
@pytest.mark.parametrize("receiver_pair", [OLD, NEW])
def test_receiving_takes_either_and_says_which(sender_pair, receiver_pair):
    """The partner signs with either of its keys and encrypts for either of ours (OpenAS2#267, DG 1Q09.17)."""
    message = seal(sender=Party("N", sender_pair), receiver=Party("S", receiver_pair))
    found = opened(message, sender=Party("N", OLD, NEW), receiver=Party("S", OLD, NEW))
    assert found.signed_by == load_certificate(sender_pair.certificate).fingerprint
    assert found.decrypted_with == load_certificate(receiver_pair.certificate).fingerprint


def test_private_keys_do_not_show_in_repr():
    assert "PRIVATE" not in repr(NORTHMART.own)
    assert "RSAPrivateKey" not in repr(SOUTHGATE.own)
