"""Our CMS layer against the `openssl` command line, both ways: it opens what we seal, and we open what it seals."""

import shutil
import subprocess
from pathlib import Path

import pytest

from as2.algorithms import Cipher, Digest, KeyTransport, Legacy, SignatureScheme
from as2.cms.certificate import load_certificate
from as2.cms.compressed import compress, decompress
from as2.cms.enveloped import DecryptionKey, decrypt, encrypt
from as2.cms.signed import verify
from as2.cms.signing import sign
from as2.disposition import PROCESSED
from as2.errors import AuthenticationFailed, InsufficientSecurity, IntegrityCheckFailed
from as2.headers import As2Headers
from as2.mdn import build_mdn
from as2.mic import Mic
from as2.receive import open_message
from tests.as2.parties import NORTHMART, ORDER, SOUTHGATE, opened, seal
from tests.support.certificates import NOW, KeyAndCertificate, certificate, private_key

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command line is not installed"),
]

ENTITY = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: binary\r\n\r\n" + ORDER
KEYS = {"rsa": NORTHMART.pair, "p256": certificate("ec", "p256"), "p384": certificate("ec", "p384"), "p521": certificate("ec", "p521")}
RECIPIENT = SOUTHGATE.pair
ATTIME = str(int(NOW.timestamp()))


@pytest.fixture
def openssl(tmp_path: Path):
    """Runs `openssl cms` in a folder that has the given files, and gives what it wrote to `out`; arguments name files by their names."""

    def run(*arguments: str, **files: bytes | str) -> bytes:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        command = ["openssl", "cms", *arguments, "-out", "out"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False)
        assert done.returncode == 0, done.stderr
        return (tmp_path / "out").read_bytes()

    return run


def certificate_of(pair: KeyAndCertificate):
    return load_certificate(pair.certificate)


def recipient_keys(pair: KeyAndCertificate = RECIPIENT) -> list[DecryptionKey]:
    return [DecryptionKey(private_key("rsa", 2), certificate_of(pair))]  # type: ignore[arg-type]  # number 2 is an RSA key


# --- openssl opens what we make ------------------------------------------------------------------------------------------------------

SIGNATURES = [
    *[("rsa", digest, SignatureScheme.RSA_V1_5) for digest in Digest],
    *[("rsa", digest, SignatureScheme.RSA_PSS) for digest in (Digest.SHA256, Digest.SHA384, Digest.SHA512)],
    *[
        (curve, digest, SignatureScheme.RSA_V1_5)
        for curve, digest in (("p256", Digest.SHA256), ("p384", Digest.SHA384), ("p521", Digest.SHA512))
    ],
]


@pytest.mark.parametrize(("kind", "digest", "scheme"), SIGNATURES)
def test_A30_openssl_verifies_our_signature(openssl, kind, digest, scheme):
    pair = KEYS[kind]
    signature = sign(
        Mic.of(ENTITY, digest).digest,
        digest=digest,
        key=private_key("rsa", 1) if kind == "rsa" else private_key(kind),
        certificate=certificate_of(pair),
        now=NOW,
        scheme=scheme,
    )
    verified = openssl(
        "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", "entity", "-CAfile", "ca", "-purpose", "any", "-attime", ATTIME,
        signature=signature, entity=ENTITY, ca=pair.certificate,
    )  # fmt: skip
    assert verified == ENTITY


@pytest.mark.parametrize("transport", list(KeyTransport))
@pytest.mark.parametrize("cipher", [*Cipher])
def test_A32_openssl_decrypts_our_envelope(openssl, cipher, transport):
    envelope = encrypt(ENTITY, certificates=[certificate_of(RECIPIENT)], cipher=cipher, key_transport=transport)
    decrypted = openssl(
        "-decrypt", "-binary", "-inform", "DER", "-in", "envelope", "-inkey", "key", "-recip", "certificate",
        envelope=envelope, key=RECIPIENT.key, certificate=RECIPIENT.certificate,
    )  # fmt: skip
    assert decrypted == ENTITY


def test_A31_openssl_finds_itself_among_several_recipients(openssl):
    envelope = encrypt(ENTITY, certificates=[certificate_of(NORTHMART.pair), certificate_of(RECIPIENT)])
    for pair in (NORTHMART.pair, RECIPIENT):
        decrypted = openssl(
            "-decrypt", "-binary", "-inform", "DER", "-in", "envelope", "-inkey", "key", "-recip", "certificate",
            envelope=envelope, key=pair.key, certificate=pair.certificate,
        )  # fmt: skip
        assert decrypted == ENTITY


@pytest.mark.parametrize("encoding", ["binary", "base64"])
def test_a_whole_message_of_ours_goes_through_openssl(openssl, encoding):
    message = seal(receiver=SOUTHGATE.having(transfer_encoding=encoding))
    inner = openssl(
        "-decrypt", "-binary", "-inform", "DER", "-in", "envelope", "-inkey", "key", "-recip", "certificate",
        envelope=message.body, key=RECIPIENT.key, certificate=RECIPIENT.certificate,
    )  # fmt: skip
    verified = openssl(
        "-verify", "-inform", "SMIME", "-in", "inner", "-CAfile", "ca", "-purpose", "any", "-attime", ATTIME,
        inner=inner, ca=NORTHMART.pair.certificate,
    )  # fmt: skip
    assert verified.endswith(b"\r\n\r\n" + ORDER)
    assert Mic.of(verified, Digest.SHA256) == message.mic


def test_A43_openssl_verifies_our_signed_mdn(openssl):
    answer = opened(seal())
    mdn = build_mdn(
        answer.headers,
        disposition=PROCESSED,
        mic=answer.mic,
        own=SOUTHGATE.own,
        partner=NORTHMART.profile,
        message_id="<mdn@example.com>",
        now=NOW,
    )
    assert mdn is not None
    head = "".join(f"{name}: {value}\r\n" for name, value in mdn.headers.items())
    report = openssl(
        "-verify", "-inform", "SMIME", "-in", "mdn", "-CAfile", "ca", "-purpose", "any", "-attime", ATTIME,
        mdn=head.encode() + b"\r\n" + mdn.body, ca=RECIPIENT.certificate,
    )  # fmt: skip
    assert b"Original-Message-ID: <1@example.com>" in report


def test_A34_openssl_reads_the_structure_of_our_compressed_data(tmp_path):
    (tmp_path / "compressed").write_bytes(compress(ENTITY))
    command = ["openssl", "asn1parse", "-inform", "DER", "-in", "compressed"]
    outline = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200, check=True).stdout
    assert "id-smime-ct-compressedData" in outline
    assert "zlib compression" in outline
    assert "pkcs7-data" in outline


# --- we open what openssl makes ------------------------------------------------------------------------------------------------------

OPENSSL_SIGNS = [
    ("rsa", "sha256", []),
    ("rsa", "sha384", []),
    ("rsa", "sha512", []),
    ("rsa", "sha256", ["-noattr"]),
    ("rsa", "sha256", ["-keyid"]),
    ("rsa", "sha256", ["-nocerts"]),
    ("rsa", "sha256", ["-nosmimecap"]),
    ("rsa", "sha256", ["-cades"]),
    ("rsa", "sha256", ["-keyopt", "rsa_padding_mode:pss"]),
    ("rsa", "sha512", ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:20"]),
    ("p256", "sha256", []),
    ("p384", "sha384", []),
    ("p521", "sha512", []),
    ("p256", "sha384", ["-noattr"]),
]


@pytest.mark.parametrize("shape", ["detached", "opaque", "stream"])
@pytest.mark.parametrize(("kind", "digest", "options"), OPENSSL_SIGNS)
def test_A26_A28_A30_we_verify_what_openssl_signs(openssl, kind, digest, options, shape):
    if shape == "stream" and "rsa_padding_mode:pss" in options:
        pytest.skip("openssl 3.0 cannot write this combination")
    pair = KEYS[kind]
    shapes = {"detached": [], "opaque": ["-nodetach"], "stream": ["-nodetach", "-stream"]}
    signature = openssl(
        "-sign", "-binary", "-outform", "DER", "-in", "entity", "-signer", "certificate", "-inkey", "key", "-md", digest,
        *shapes[shape], *options, entity=ENTITY, certificate=pair.certificate, key=pair.key,
    )  # fmt: skip
    content = ENTITY if shape == "detached" else None
    verified = verify(signature, content, certificates=[certificate_of(pair)])
    assert verified.content == ENTITY
    assert verified.digest is Digest(digest)
    assert verified.content_digest == Mic.of(ENTITY, Digest(digest)).digest
    with pytest.raises(AuthenticationFailed):
        verify(signature, content, certificates=[certificate_of(RECIPIENT)])
    if shape == "detached":
        with pytest.raises(IntegrityCheckFailed):
            verify(signature, ENTITY + b" ", certificates=[certificate_of(pair)])


def test_A30_sha1_is_verified_only_where_it_is_allowed(openssl):
    signature = openssl(
        "-sign", "-binary", "-outform", "DER", "-in", "entity", "-signer", "certificate", "-inkey", "key", "-md", "sha1",
        entity=ENTITY, certificate=NORTHMART.pair.certificate, key=NORTHMART.pair.key,
    )  # fmt: skip
    with pytest.raises(InsufficientSecurity):
        verify(signature, ENTITY, certificates=[certificate_of(NORTHMART.pair)])
    assert verify(signature, ENTITY, certificates=[certificate_of(NORTHMART.pair)], legacy={Legacy.SHA1}).digest is Digest.SHA1


def test_A29_of_two_signers_the_one_we_know_decides(openssl):
    signature = openssl(
        "-sign", "-binary", "-outform", "DER", "-in", "entity", "-signer", "a", "-inkey", "akey", "-signer", "b", "-inkey", "bkey",
        entity=ENTITY, a=KEYS["p256"].certificate, akey=KEYS["p256"].key, b=NORTHMART.pair.certificate, bkey=NORTHMART.pair.key,
    )  # fmt: skip
    found = verify(signature, ENTITY, certificates=[certificate_of(NORTHMART.pair)])
    assert found.certificate == certificate_of(NORTHMART.pair)


CIPHERS = {
    "-aes-128-cbc": Cipher.AES128_CBC,
    "-aes-192-cbc": Cipher.AES192_CBC,
    "-aes-256-cbc": Cipher.AES256_CBC,
    "-aes-128-gcm": Cipher.AES128_GCM,
    "-aes-256-gcm": Cipher.AES256_GCM,
    "-des3": Cipher.TRIPLE_DES_CBC,
}
TRANSPORTS = {
    "v1.5": ([], KeyTransport.RSA_V1_5),
    "oaep": (["-keyopt", "rsa_padding_mode:oaep"], KeyTransport.OAEP_SHA1),
    "oaep-sha256": (["-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256"], KeyTransport.OAEP_SHA256),
}


@pytest.mark.parametrize("shape", ["", "-stream", "-keyid"])
@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("cipher", CIPHERS)
def test_A26_A31_A32_we_decrypt_what_openssl_encrypts(openssl, cipher, transport, shape):
    options, expected = TRANSPORTS[transport]
    envelope = openssl(
        "-encrypt", "-binary", "-outform", "DER", "-in", "entity", cipher, *([shape] if shape else []),
        "-recip", "other", *options, "-recip", "certificate", *options,
        entity=ENTITY * 20, other=NORTHMART.pair.certificate, certificate=RECIPIENT.certificate,
    )  # fmt: skip
    decrypted = decrypt(envelope, keys=recipient_keys(), legacy=set(Legacy))
    assert decrypted.content == ENTITY * 20
    assert decrypted.cipher is CIPHERS[cipher]
    assert decrypted.key_transport is expected


def test_A32_triple_des_is_refused_unless_it_is_allowed(openssl):
    envelope = openssl(
        "-encrypt", "-binary", "-outform", "DER", "-in", "entity", "-des3", "-recip", "certificate",
        entity=ENTITY, certificate=RECIPIENT.certificate,
    )  # fmt: skip
    with pytest.raises(InsufficientSecurity):
        decrypt(envelope, keys=recipient_keys())


@pytest.mark.parametrize("outer", [[], ["-stream"]])
@pytest.mark.parametrize("inner", [[], ["-nodetach"], ["-nodetach", "-stream"]])
def test_a_whole_message_of_openssl_is_opened(openssl, inner, outer):
    """Signed as S/MIME (multipart, or opaque in base64), then encrypted: what a partner's script with openssl sends."""
    pair = NORTHMART.pair
    signed = openssl(
        "-sign", "-binary", "-outform", "SMIME", "-crlfeol", "-in", "entity", "-signer", "certificate", "-inkey", "key", "-md", "sha256", *inner,
        entity=ENTITY, certificate=pair.certificate, key=pair.key,
    )  # fmt: skip
    body = openssl(
        "-encrypt", "-binary", "-outform", "DER", "-in", "signed", "-aes-256-cbc", *outer, "-recip", "certificate",
        signed=signed, certificate=RECIPIENT.certificate,
    )  # fmt: skip
    fields = {
        "AS2-From": "Northmart",
        "AS2-To": '"South gate"',
        "Message-ID": "<openssl@example.com>",
        "Content-Type": "application/pkcs7-mime; smime-type=enveloped-data",
    }
    message = open_message(As2Headers.parse(fields.items()), body, own=SOUTHGATE.own, partner=NORTHMART.profile, now=NOW)
    assert message.payloads[0].content == ORDER
    assert message.mic == Mic.of(ENTITY, Digest.SHA256)
    assert [step.name for step in message.steps] == ["decrypt", "verify"]


def test_A34_openssl_compresses_for_us(openssl):
    disabled = subprocess.run(["openssl", "list", "-disabled"], capture_output=True, text=True, check=True, timeout=200).stdout
    if "ZLIB" in disabled:
        pytest.skip("this openssl is built without zlib")
    compressed = openssl("-compress", "-binary", "-outform", "DER", "-in", "entity", entity=ENTITY)
    assert decompress(compressed, max_bytes=1 << 20) == ENTITY
