"""The settings of a partner and of our own station: defaults, short forms, and what is refused."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from as2.algorithms import Cipher, Digest
from as2.settings import As2Settings, As2Tolerance, OwnAs2
from tests.support.certificates import certificate

PEM = certificate("northmart").certificate


def test_defaults_are_those_agreed():
    settings = As2Settings.model_validate({"url": "https://as2.example.com"})
    assert (settings.sign, settings.encrypt, settings.compress) == (Digest.SHA256, Cipher.AES256_CBC, False)
    assert (settings.mdn.mode, settings.mdn.signed) == ("sync", True)
    assert settings.require_signed
    assert settings.require_encrypted
    assert (settings.connect_timeout, settings.read_timeout) == (30, 120)


def test_the_short_form_of_certificates():
    settings = As2Settings.model_validate({"certs": {"current": "a.pem", "next": {"file": "b.pem", "from": "2026-12-01"}}})
    assert settings.certs.verify == settings.certs.encrypt
    assert settings.certs.verify is not None
    assert settings.certs.verify.next is not None
    assert settings.certs.verify.next.valid_from == datetime(2026, 12, 1, tzinfo=UTC)
    assert (
        As2Settings.model_validate({"certs": "a.pem"}).certs.verify
        == As2Settings.model_validate({"certs": {"current": "a.pem"}}).certs.verify
    )


def test_files_become_pem_text():
    settings = As2Settings.model_validate({"certs": {"current": "a.pem", "tls": {"current": PEM}}})
    loaded = settings.with_certificates(lambda name: f"text of {name}")
    assert loaded.certs.verify is not None
    assert loaded.certs.verify.current.pem == "text of a.pem"
    assert loaded.certs.tls == settings.certs.tls
    own = OwnAs2.model_validate({"as2_name": "A", "keys": {"current": {"key": "env:K", "certificate": "a.pem"}}})
    loaded_own = own.with_certificates(lambda name: f"text of {name}")
    assert loaded_own.sign == loaded_own.decrypt
    assert loaded_own.sign is not None
    assert loaded_own.sign.current.certificate.pem == "text of a.pem"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "http://as2.example.com"}, "not https"),
        ({"url": "ftp://as2.example.com", "allow_http": True}, "http or https"),
        ({"url": "https://user:pw@as2.example.com"}, "credentials"),
        ({"url": "https://as2.example.com/a b"}, "http or https"),
        ({"url": "https://as2.example.com:99999"}, "http or https"),
        ({"mdn_urls": ["http://as2.example.com"]}, "not https"),
        ({"sign": "sha1"}, "legacy"),
        ({"encrypt": "3des_cbc"}, "legacy"),
        ({"as2_version": "1.3", "legacy": ["sha1"]}, "1.3"),
        ({"sign_scheme": "ecdsa"}, "follows from the key"),
        ({"as2_name": " A"}, "blank"),
        ({"as2_name": "Ä"}, "pattern"),
        ({"subject": "a\nb"}, "pattern"),
        ({"certs": {"verify": {"current": {}}}}, "name the certificate"),
        ({"certs": "-----BEGIN PRIVATE KEY-----"}, "private key"),
        ({"sing": "sha256"}, "Extra inputs"),
        ({"extra_headers": {"Content-Length": "0"}}, "made for every message"),
        ({"extra_headers": {"AS2-From": "A"}}, "made for every message"),
        ({"extra_headers": {"X-Route": "a\r\nHost: b"}}, "pattern"),
        ({"basic_auth": {"user": "a", "password": "plain"}}, "pattern"),
    ],
)
def test_what_is_refused(settings, words):
    with pytest.raises(ValidationError, match=words):
        As2Settings.model_validate(settings)


def test_what_is_allowed_by_its_word():
    As2Settings.model_validate(
        {"url": "http://127.0.0.1:8080", "allow_http": True, "sign": "sha1", "encrypt": "3des_cbc", "legacy": ["sha1", "3des"]}
    )


def test_every_switch_has_its_sentence():
    for name, switch in As2Tolerance.model_fields.items():
        assert (switch.description or "").endswith("."), name


def test_neither_keys_nor_certificates_show_in_repr():
    settings = As2Settings.model_validate({"certs": PEM})
    assert "BEGIN" not in repr(settings)
    with pytest.raises(ValidationError) as refused:
        As2Settings.model_validate({"certs": {"verify": {"current": {"pem": PEM, "odd": 1}}}})
    assert "BEGIN" not in str(refused.value)


def test_settings_bring_no_network_library_along():
    program = (
        "import sys, as2.settings; print([name for name in ('aiohttp', 'asyncio', 'paramiko', 'cryptography') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=200)
    assert done.stdout.strip() == "[]"
