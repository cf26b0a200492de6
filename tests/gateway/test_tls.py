"""TLS contexts: what they speak, whom they trust, and what is said of a certificate that cannot be used."""

import os
import ssl
import warnings
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from gateway.tls import TlsError, client_context, fingerprint_of, server_context
from tests.gateway.shaking import server_certificate, shake
from tests.support.certificates import private_key

SERVER = server_certificate()
CLIENT = server_certificate("northmart", 2)


def served(**how) -> ssl.SSLContext:
    return server_context(SERVER.certificate, SERVER.key, **how)


def test_a_pinned_server_is_believed_and_its_name_is_checked() -> None:
    client = client_context(pinned=[SERVER.certificate])
    _, end = shake(served(), client)
    assert (end.version(), end.selected_alpn_protocol()) == ("TLSv1.3", None)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake(served(), client, "elsewhere")


@pytest.mark.parametrize("pinned", [[], [CLIENT.certificate]], ids=["the system's authorities", "another pin"])
def test_a_server_that_nobody_vouches_for_is_refused(pinned: list[str]) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(served(), client_context(pinned=pinned))


def test_a_partner_that_is_changing_its_certificate_is_believed_with_either() -> None:
    both = client_context(pinned=[CLIENT.certificate, SERVER.certificate])
    shake(served(), both)
    shake(server_context(CLIENT.certificate, CLIENT.key), both, "northmart")


def test_a_19_versions_before_1_2_are_not_spoken() -> None:
    assert client_context().minimum_version is ssl.TLSVersion.TLSv1_2
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python says that it is old, too
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        shake(served(), old)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert shake(served(), old)[1].version() == "TLSv1.2"


def test_a_client_certificate_that_is_known_is_shown_to_the_server() -> None:
    listening = served(client_certificates="required", trusted=[CLIENT.certificate])
    end, _ = shake(listening, client_context(pinned=[SERVER.certificate], certificate=(CLIENT.certificate, CLIENT.key)))
    shown = end.getpeercert(binary_form=True)
    assert shown is not None
    assert fingerprint_of(shown) == fingerprint_of(CLIENT.certificate)


@pytest.mark.parametrize("asked", ["optional", "required"])
def test_a_client_certificate_that_is_not_known_is_refused(asked) -> None:
    listening = served(client_certificates=asked, trusted=[CLIENT.certificate])
    other = server_certificate("impostor", 3)
    with pytest.raises(ssl.SSLError):
        shake(listening, client_context(pinned=[SERVER.certificate], certificate=(other.certificate, other.key)))


def test_who_has_no_certificate_comes_in_only_where_it_is_optional() -> None:
    client = client_context(pinned=[SERVER.certificate])
    end, _ = shake(served(client_certificates="optional", trusted=[CLIENT.certificate]), client)
    assert end.getpeercert(binary_form=True) is None
    with pytest.raises(ssl.SSLError, match=r"(?i)did not return a certificate"):
        shake(served(client_certificates="required", trusted=[CLIENT.certificate]), client)


def test_a_key_that_does_not_fit_its_certificate_is_named() -> None:
    with pytest.raises(TlsError, match="do not belong together"):
        server_context(SERVER.certificate, CLIENT.key)
    with pytest.raises(TlsError, match="do not belong together"):
        client_context(certificate=(SERVER.certificate, CLIENT.key))


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        (("no certificate", SERVER.key), "no certificate in PEM form"),
        ((SERVER.certificate, "no key"), "not readable"),
        ((SERVER.key, SERVER.key), "no certificate in PEM form"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_repeated(pair: tuple[str, str], said: str) -> None:
    with pytest.raises(TlsError, match=said) as raised:
        server_context(*pair)
    assert "PRIVATE" not in str(raised.value)
    with pytest.raises(TlsError):
        fingerprint_of(b"no certificate")


def test_a_key_under_a_passphrase_is_opened_by_it() -> None:
    locked = private_key("p256").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"hush")).decode()
    shake(server_context(SERVER.certificate, locked, passphrase="hush"), client_context(pinned=[SERVER.certificate]))
    for wrong in ("hash", None):
        with pytest.raises(TlsError, match="passphrase"):
            server_context(SERVER.certificate, locked, passphrase=wrong)


def test_a_key_leaves_no_file_where_the_system_has_none_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delattr(os, "memfd_create")
    modes = []
    load = ssl.SSLContext.load_cert_chain
    monkeypatch.setattr(
        ssl.SSLContext,
        "load_cert_chain",
        lambda context, path: (modes.append(Path(path).stat().st_mode & 0o777), load(context, path)),
    )
    shake(served(), client_context(pinned=[SERVER.certificate]))
    assert (modes, list(tmp_path.iterdir())) == ([0o600], [])
