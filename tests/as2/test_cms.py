"""CMS messages made by hand: what no command line makes, and what nobody should."""

import hashlib
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from as2.algorithms import Cipher, Digest, Legacy, SignatureScheme
from as2.cms.ber import NULL, OCTET_STRING, SEQUENCE, SET, Element, der, der_integer, der_oid, parse, set_of
from as2.cms.certificate import load_certificate
from as2.cms.enveloped import DecryptionKey, decrypt, encrypt
from as2.cms.signed import verify
from as2.cms.signing import sign
from as2.errors import AuthenticationFailed, DecryptionFailed, InsufficientSecurity, IntegrityCheckFailed
from tests.support.certificates import NOW, certificate, private_key

DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
CONTENT_TYPE, MESSAGE_DIGEST, PROTECTION = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.52"
RSA, RSA_SHA256, RSA_OAEP = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.7"
MD5 = "1.2.840.113549.2.5"
CONTENT = b"Content-Type: text/plain\r\n\r\nx"
CERTIFICATE = load_certificate(certificate("northmart", number=1).certificate)
STRANGER = load_certificate(certificate("stranger", number=3).certificate)


def rsa(number: int = 1) -> RSAPrivateKey:
    key = private_key("rsa", number)
    assert isinstance(key, RSAPrivateKey)
    return key


def algorithm(oid: str, *parameters: bytes) -> bytes:
    return der(SEQUENCE, der_oid(oid), *parameters)


SHA256 = algorithm(Digest.SHA256.oid, der(NULL))


def attribute(oid: str, *values: bytes) -> bytes:
    return der(SEQUENCE, der_oid(oid), der(SET, *values))


def usual(content: bytes = CONTENT) -> list[bytes]:
    return [attribute(CONTENT_TYPE, der_oid(DATA)), attribute(MESSAGE_DIGEST, der(OCTET_STRING, hashlib.sha256(content).digest()))]


def signer(
    attributes: list[bytes] | None,
    *,
    content: bytes = CONTENT,
    identifier: bytes = CERTIFICATE.issuer_and_serial,
    digest: bytes = SHA256,
    signature_algorithm: bytes = algorithm(RSA, der(NULL)),
    in_order: bool = True,
    signature: bytes | None = None,
    number: int = 1,
) -> bytes:
    """A SignerInfo over the attributes, or over the content when there are none."""
    signed = content if attributes is None else set_of(*attributes)
    if signature is None:
        signature = rsa(number).sign(signed, padding.PKCS1v15(), hashes.SHA256())
    field = b"" if attributes is None else (set_of if in_order else _as_given)(*attributes, tag=0xA0)
    return der(SEQUENCE, der_integer(1), identifier, digest, field, signature_algorithm, der(OCTET_STRING, signature))


def _as_given(*items: bytes, tag: int) -> bytes:
    return der(tag, *items)


def signed_data(*signers: bytes, content: bytes | None = None, kind: str = DATA) -> bytes:
    inner = der(SEQUENCE, der_oid(kind), der(0xA0, der(OCTET_STRING, content)) if content is not None else b"")
    message = der(SEQUENCE, der_integer(1), der(SET, SHA256), inner, der(SET, *signers))
    return der(SEQUENCE, der_oid(SIGNED_DATA), der(0xA0, message))


def verified(message: bytes, content: bytes | None = CONTENT):
    return verify(message, content, certificates=[CERTIFICATE])


# --- SignedData ------------------------------------------------------------------------------------------------------------------------


def test_A28_attributes_in_wrong_order_verify_in_der_order():
    attributes = usual()[::-1]
    for in_order in (True, False):
        assert verified(signed_data(signer(attributes, in_order=in_order))).certificate == CERTIFICATE


def test_A28_attributes_of_indefinite_length_verify_in_der():
    attributes = usual()
    whole = signer(attributes)
    definite = set_of(*attributes, tag=0xA0)
    indefinite = b"\xa0\x80" + definite[2:] + b"\0\0"
    body = parse(whole).content.replace(definite, indefinite)
    assert verified(signed_data(der(SEQUENCE, body))).content == CONTENT


@pytest.mark.parametrize(
    "attributes",
    [
        [],
        usual()[:1],
        usual()[1:],
        usual(b"other"),
        [attribute(CONTENT_TYPE, der_oid(SIGNED_DATA)), usual()[1]],
        [*usual(), usual()[0]],
        [usual()[0], attribute(MESSAGE_DIGEST)],
        [usual()[0], attribute(MESSAGE_DIGEST, der(OCTET_STRING, b"x"), der(OCTET_STRING, b"y"))],
        [der(SEQUENCE)],
    ],
)
def test_A28_attributes_that_do_not_fit_are_an_integrity_failure(attributes):
    with pytest.raises(IntegrityCheckFailed):
        verified(signed_data(signer(attributes)))


@pytest.mark.parametrize(
    ("protection", "fits"),
    [
        (der(SEQUENCE, algorithm(Digest.SHA256.oid), der(0xA1, der_oid(RSA))), True),  # absent parameters are as good as NULL
        (der(SEQUENCE, SHA256, der(0xA1, der_oid(RSA), der(NULL))), True),
        (der(SEQUENCE, SHA256), True),
        (der(SEQUENCE, algorithm(Digest.SHA512.oid), der(0xA1, der_oid(RSA))), False),
        (der(SEQUENCE, SHA256, der(0xA1, der_oid(RSA_SHA256))), False),
    ],
)
def test_A28_algorithm_protection_is_checked_when_it_is_there(protection, fits):
    message = signed_data(signer([*usual(), attribute(PROTECTION, protection)]))
    if fits:
        assert verified(message).digest is Digest.SHA256
    else:
        with pytest.raises(IntegrityCheckFailed):
            verified(message)


def test_A28_signed_attributes_are_no_content():
    """Whoever has one signature has the signed attributes under it; as content without attributes they must not verify."""
    attributes = set_of(*usual())
    signature = rsa().sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    assert verified(signed_data(signer(usual(), signature=signature))).content == CONTENT
    forged = signed_data(signer(None, signature=signature), content=attributes)
    with pytest.raises(IntegrityCheckFailed):
        verified(forged, None)


def test_A27_signers_may_be_named_by_key_identifier():
    identifier = der(0x80, CERTIFICATE.key_identifier)
    assert verified(signed_data(signer(usual(), identifier=identifier))).certificate == CERTIFICATE


def test_A27_without_the_extension_the_key_identifier_is_the_digest_of_the_key():
    bare = load_certificate(certificate("bare", number=1, key_identifier=False).certificate)
    assert bare.key_identifier == CERTIFICATE.key_identifier


def test_A29_every_signer_with_our_certificate_must_verify():
    good, other = signer(usual()), signer(usual(), identifier=STRANGER.issuer_and_serial, number=3)
    bad = signer(usual(), signature=bytes(256))
    assert verified(signed_data(other, good)).certificate == CERTIFICATE
    for signers in ((good, bad), (bad, good), (bad,)):
        with pytest.raises(IntegrityCheckFailed):
            verified(signed_data(*signers))
    with pytest.raises(AuthenticationFailed):
        verified(signed_data(other))
    with pytest.raises(IntegrityCheckFailed):
        verified(signed_data(*[other] * 9))


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": algorithm(MD5, der(NULL))},
        {"signature_algorithm": algorithm("1.2.3")},
        {"signature_algorithm": algorithm("1.2.840.113549.1.1.5", der(NULL))},  # SHA-1 here, SHA-256 there
        {"signature_algorithm": algorithm("1.2.840.113549.1.1.10")},  # PSS whose defaults are SHA-1
        {
            "signature_algorithm": algorithm(
                "1.2.840.113549.1.1.10", der(SEQUENCE, der(0xA0, SHA256), der(0xA1, algorithm("1.2.3", SHA256)))
            )
        },
        {"signature_algorithm": algorithm("1.2.840.113549.1.1.10", der(SEQUENCE, der(0xA0, SHA256), der(0xA2, der_integer(-1))))},
        {"signature_algorithm": algorithm("1.2.840.113549.1.1.10", der(SEQUENCE, der(0xA0, SHA256), der(0xA3, der_integer(2))))},
    ],
)
def test_A30_unknown_and_contradictory_algorithms_are_insufficient(changes):
    with pytest.raises(InsufficientSecurity):
        verified(signed_data(signer(usual(), **changes)))
    with pytest.raises(AuthenticationFailed):  # of a stranger, nobody asks how
        verify(signed_data(signer(usual(), **changes)), CONTENT, certificates=[STRANGER])


def with_certificates(*certificates: bytes, content: bytes = CONTENT) -> bytes:
    inner = der(SEQUENCE, der_oid(DATA))
    message = der(SEQUENCE, der_integer(1), der(SET, SHA256), inner, der(0xA0, *certificates), der(SET, signer(usual(content))))
    return der(SEQUENCE, der_oid(SIGNED_DATA), der(0xA0, message))


def test_A27_certificates_that_came_along_are_shown_and_never_trusted():
    embedded = (STRANGER.encoded, b"\x30\x02\x05\x00")  # one of them is none
    assert verified(with_certificates(*embedded)).embedded == embedded
    for configured, content, fault in ((STRANGER, CONTENT, AuthenticationFailed), (CERTIFICATE, b"other", IntegrityCheckFailed)):
        with pytest.raises(fault) as refused:
            verify(with_certificates(CERTIFICATE.encoded), content, certificates=[configured])
        assert refused.value.embedded == (CERTIFICATE.encoded,)
    with pytest.raises(IntegrityCheckFailed):
        verified(with_certificates(*[STRANGER.encoded] * 33))
    with pytest.raises(IntegrityCheckFailed):
        verified(with_certificates(der(SEQUENCE, bytes(70_000))))


def test_A21_what_was_digested_and_what_should_have_been_are_known():
    with pytest.raises(IntegrityCheckFailed) as refused:
        verified(signed_data(signer(usual(b"other"))))
    assert refused.value.claimed == hashlib.sha256(b"other").digest()
    assert refused.value.computed == hashlib.sha256(CONTENT).digest()


@pytest.mark.parametrize("oid", [RSA_SHA256, RSA])
def test_A30_both_names_of_the_same_algorithm(oid):
    for parameters in ((), (der(NULL),)):
        message = signed_data(signer(usual(), signature_algorithm=algorithm(oid, *parameters)))
        assert verified(message).scheme is SignatureScheme.RSA_V1_5


@pytest.mark.parametrize("oid", ["1.2.840.10045.4.3.2", "1.2.840.10045.2.1"])
def test_A30_an_algorithm_of_another_kind_of_key_does_not_verify(oid):
    with pytest.raises(IntegrityCheckFailed):
        verified(signed_data(signer(usual(), signature_algorithm=algorithm(oid))))
    curve = load_certificate(certificate("ec", "p256").certificate)
    with pytest.raises(IntegrityCheckFailed):
        verify(signed_data(signer(usual(), identifier=curve.issuer_and_serial)), CONTENT, certificates=[curve])


def test_what_is_signed_must_be_data():
    with pytest.raises(IntegrityCheckFailed):
        verified(signed_data(signer(usual()), content=CONTENT, kind=SIGNED_DATA), None)
    inner = der(SEQUENCE, der_integer(1), der(SET), der(SEQUENCE, der_oid(DATA)))
    with pytest.raises(IntegrityCheckFailed):
        verified(der(SEQUENCE, der_oid(SIGNED_DATA), der(0xA0, inner)))


@pytest.mark.parametrize(("now", "tag"), [(NOW, 0x17), (NOW.replace(year=2049), 0x17), (NOW.replace(year=2050), 0x18)])
def test_the_signing_time_changes_its_type_in_2050(now, tag):
    message = sign(bytes(32), digest=Digest.SHA256, key=rsa(), certificate=CERTIFICATE, now=now)
    text = now.strftime("%y%m%d%H%M%SZ" if tag == 0x17 else "%Y%m%d%H%M%SZ").encode()
    assert der(tag, text) in message


# --- EnvelopedData ---------------------------------------------------------------------------------------------------------------------

KEYS = [DecryptionKey(rsa(), CERTIFICATE)]
NONCE = bytes(12)
CONTENT_KEY = bytes(range(32))
V1_5 = padding.PKCS1v15()


def recipient(transport: bytes = algorithm(RSA, der(NULL)), *, scheme=V1_5, key: bytes = CONTENT_KEY) -> bytes:
    public_key = CERTIFICATE.public_key
    assert isinstance(public_key, RSAPublicKey)
    wrapped = public_key.encrypt(key, scheme)
    return der(SEQUENCE, der_integer(0), CERTIFICATE.issuer_and_serial, transport, der(OCTET_STRING, wrapped))


def gcm(
    *recipients: bytes,
    tag_size: int = 16,
    named: int | None = None,
    nonce: bytes = NONCE,
    attributes: bytes = b"",
    before: bytes = b"",
    bad: int = 0,
) -> bytes:
    """An AuthEnvelopedData of AES-256-GCM."""
    encryptor = BlockCipher(AES(CONTENT_KEY), GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(b"\x31" + attributes[1:] if attributes else b"")
    ciphertext = encryptor.update(CONTENT) + encryptor.finalize()
    tag = bytearray(encryptor.tag[:tag_size])
    tag[0] ^= bad
    parameters = der(SEQUENCE, der(OCTET_STRING, nonce), der_integer(named or tag_size) if (named or tag_size) != 12 else b"")
    encrypted = der(SEQUENCE, der_oid(DATA), algorithm(Cipher.AES256_GCM.oid, parameters), der(0x80, ciphertext))
    body = der(SEQUENCE, der_integer(0), before, der(SET, *recipients), encrypted, attributes, der(OCTET_STRING, bytes(tag)))
    return der(SEQUENCE, der_oid("1.2.840.113549.1.9.16.1.23"), der(0xA0, body))


def test_A31_of_two_keys_with_one_name_the_one_that_fits_is_taken():
    """A certificate that was made anew with the same serial number, as some tools do."""
    other = DecryptionKey(rsa(3), CERTIFICATE)
    for keys in ([other, *KEYS], [*KEYS, other]):
        assert decrypt(gcm(recipient()), keys=keys).content == CONTENT
    with pytest.raises(DecryptionFailed):
        decrypt(gcm(recipient()), keys=[other])


@pytest.mark.parametrize("changes", [{}, {"tag_size": 12}, {"tag_size": 14}, {"nonce": bytes(16)}, {"before": der(0xA0)}])
def test_A32_gcm_with_all_its_parameters(changes):
    assert decrypt(gcm(recipient(), **changes), keys=KEYS).content == CONTENT


def test_A32_authenticated_attributes_are_authenticated():
    attributes = set_of(attribute(CONTENT_TYPE, der_oid(DATA)), tag=0xA1)
    whole = gcm(recipient(), attributes=attributes)
    assert decrypt(whole, keys=KEYS).content == CONTENT
    with pytest.raises(DecryptionFailed):
        decrypt(whole.replace(attributes, attributes[:-1] + b"\x02"), keys=KEYS)


@pytest.mark.parametrize("changes", [{"bad": 1}, {"named": 12}, {"tag_size": 8}, {"tag_size": 4, "named": 4}, {"bad": 1, "tag_size": 13}])
def test_A32_no_content_without_a_good_tag(changes):
    with pytest.raises(DecryptionFailed):
        decrypt(gcm(recipient(), **changes), keys=KEYS)


def oaep_parameters(*, digest: bytes = SHA256, mgf: bytes = SHA256, label: bytes = b"", mgf_oid: str = "1.2.840.113549.1.1.8") -> bytes:
    source = der(0xA2, algorithm("1.2.840.113549.1.1.9", der(OCTET_STRING, label)))
    return algorithm(RSA_OAEP, der(SEQUENCE, der(0xA0, digest), der(0xA1, algorithm(mgf_oid, mgf)), source))


def oaep(mgf: hashes.HashAlgorithm, digest: hashes.HashAlgorithm, label: bytes | None = None):
    return padding.OAEP(padding.MGF1(mgf), digest, label)


@pytest.mark.parametrize(
    ("transport", "scheme", "named"),
    [
        (algorithm(RSA_OAEP), oaep(hashes.SHA1(), hashes.SHA1()), "oaep_sha1"),
        (algorithm(RSA_OAEP, der(NULL)), oaep(hashes.SHA1(), hashes.SHA1()), "oaep_sha1"),
        (oaep_parameters(), oaep(hashes.SHA256(), hashes.SHA256()), "oaep_sha256"),
        (oaep_parameters(label=b"label"), oaep(hashes.SHA256(), hashes.SHA256(), b"label"), "oaep_sha256"),
        (oaep_parameters(mgf=algorithm(Digest.SHA1.oid)), oaep(hashes.SHA1(), hashes.SHA256()), None),
        (
            oaep_parameters(digest=algorithm(Digest.SHA512.oid), mgf=algorithm(Digest.SHA512.oid)),
            oaep(hashes.SHA512(), hashes.SHA512()),
            None,
        ),
    ],
)
def test_A32_oaep_with_all_its_parameters(transport, scheme, named):
    assert decrypt(gcm(recipient(transport, scheme=scheme)), keys=KEYS).key_transport == named


@pytest.mark.parametrize(
    "transport",
    [
        algorithm("1.2.3"),
        oaep_parameters(digest=algorithm(MD5)),
        oaep_parameters(mgf_oid="1.2.3"),
        algorithm(RSA_OAEP, der(SEQUENCE, der(0xA3, SHA256))),
        algorithm(RSA_OAEP, der(SEQUENCE, der(0xA1, algorithm("1.2.840.113549.1.1.8")))),
    ],
)
def test_A32_unknown_key_transport_is_a_decryption_failure(transport):
    with pytest.raises(DecryptionFailed):
        decrypt(gcm(recipient(transport)), keys=KEYS)


def test_A31_recipients_of_other_kinds_are_passed_over():
    assert decrypt(gcm(der(0xA1, der_integer(3)), recipient()), keys=KEYS).content == CONTENT
    for recipients in ([], [der(0xA1, der_integer(3))], [recipient()] * 33):
        with pytest.raises(DecryptionFailed):
            decrypt(gcm(*recipients), keys=KEYS)


def rebuilt(message: bytes, *, kind: str | None = None, drop_tag: bool = False, cipher: str | None = None) -> bytes:
    """The message under another type, without its tag, or with another cipher."""
    old_kind, explicit = parse(message).children()
    [body] = explicit.children()
    fields = [child.encoded for child in body.children()]
    if drop_tag:
        fields.pop()
    if cipher:
        fields[2] = fields[2].replace(der_oid(Cipher.AES256_GCM.oid), der_oid(cipher))
    return der(SEQUENCE, der_oid(kind) if kind else _encoded(old_kind), der(0xA0, der(SEQUENCE, *fields)))


def _encoded(element: Element) -> bytes:
    return element.encoded


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "1.2.840.113549.1.7.3"},  # GCM without authentication
        {"kind": DATA},
        {"drop_tag": True},
        {"cipher": Cipher.AES256_CBC.oid},  # CBC where GCM belongs
        {"cipher": "1.2.3"},
    ],
)
def test_A32_the_wrapping_must_fit_the_cipher(changes):
    with pytest.raises(DecryptionFailed):
        decrypt(rebuilt(gcm(recipient()), **changes), keys=KEYS)


def test_a_cipher_needs_its_parameters():
    whole = encrypt(CONTENT, certificates=[CERTIFICATE], random=bytes)
    vector = der(OCTET_STRING, bytes(16))
    assert decrypt(whole, keys=KEYS).content == CONTENT
    with pytest.raises(DecryptionFailed):
        decrypt(whole.replace(der_oid(Cipher.AES256_CBC.oid) + vector, der_oid(Cipher.AES256_CBC.oid) + der(NULL) + bytes(16)), keys=KEYS)


def test_A32_triple_des_only_by_its_word():
    whole = encrypt(CONTENT, certificates=[CERTIFICATE], cipher=Cipher.TRIPLE_DES_CBC)
    with pytest.raises(InsufficientSecurity):
        decrypt(whole, keys=KEYS)
    assert decrypt(whole, keys=KEYS, legacy={Legacy.TRIPLE_DES}).content == CONTENT


def test_certificates_know_their_days():
    assert not CERTIFICATE.expired(NOW)
    for moment in (datetime.max.replace(tzinfo=NOW.tzinfo), NOW - timedelta(days=4000)):
        assert CERTIFICATE.expired(moment)
