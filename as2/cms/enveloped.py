"""EnvelopedData and AuthEnvelopedData (RFC 5652 6, RFC 5083): decrypt what a partner encrypted for us, encrypt what we send.

Whatever goes wrong while decrypting is one `DecryptionFailed`. A content key that cannot be unwrapped is replaced by a random one, so that
a wrong key, a wrong padding and a damaged ciphertext take the same way (Bleichenbacher; the idea is RFC 3218's).
"""

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM
from cryptography.hazmat.primitives.padding import PKCS7

from as2.algorithms import CIPHER_BY_OID, DIGEST_BY_OID, Cipher, Digest, KeyTransport, Legacy
from as2.cms.ber import INTEGER, NULL, OCTET_STRING, SEQUENCE, SET, BerError, Element, der, der_integer, der_oid, parse, set_of
from as2.cms.certificate import Certificate, CertificateError
from as2.errors import DecryptionFailed, InsufficientSecurity

__all__ = ["Decrypted", "DecryptionKey", "decrypt", "encrypt"]

DATA: Final = "1.2.840.113549.1.7.1"
ENVELOPED_DATA: Final = "1.2.840.113549.1.7.3"
AUTH_ENVELOPED_DATA: Final = "1.2.840.113549.1.9.16.1.23"
_RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
_RSA_OAEP: Final = "1.2.840.113549.1.1.7"
_MGF1: Final = "1.2.840.113549.1.1.8"
_SPECIFIED: Final = "1.2.840.113549.1.1.9"

MAX_RECIPIENTS: Final = 32
_CONTEXT_0: Final = 0xA0
_CONTEXT_1: Final = 0xA1
_TAG_SIZES: Final = range(12, 17)

_OAEP_HASHES: Final[dict[Digest, hashes.HashAlgorithm]] = {
    Digest.SHA1: hashes.SHA1(),  # noqa: S303 - OAEP does not rest on collisions (RFC 8017 7.1)
    Digest.SHA256: hashes.SHA256(),
    Digest.SHA384: hashes.SHA384(),
    Digest.SHA512: hashes.SHA512(),
}


@dataclass(frozen=True, slots=True)
class DecryptionKey:
    """One of our private keys, and the certificate by which partners name it."""

    key: RSAPrivateKey
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Decrypted:
    """The content, and how it was protected."""

    content: bytes
    cipher: Cipher
    key_transport: KeyTransport | None  #: None: OAEP with other digests than we send
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class _Envelope:
    recipients: list[Element]
    cipher: Cipher | None
    parameters: list[Element]
    ciphertext: bytes
    attributes: bytes  #: authenticated ones, as SET OF: what GCM calls additional data
    tag: bytes | None  #: of AuthEnvelopedData


def decrypt(message: bytes, *, keys: Sequence[DecryptionKey], legacy: Collection[Legacy] = frozenset()) -> Decrypted:
    """Decrypt an EnvelopedData or AuthEnvelopedData with whichever of our keys it names.

    Raises `DecryptionFailed` for every reason, or `InsufficientSecurity` for a cipher that the profile does not allow.
    """
    try:
        envelope = _read(message)
        cipher = envelope.cipher
        if cipher is None or cipher.authenticated is not (envelope.tag is not None):
            raise BerError("the cipher is not one that we know")
        if cipher.legacy is not None and cipher.legacy not in legacy:
            raise InsufficientSecurity("encrypted with a cipher that the profile does not allow")
        key, recipient = _ours(envelope.recipients, keys)
        content_key, key_transport = _unwrap(key, recipient, cipher)
        content = _decipher(cipher, content_key, envelope)
    except (ValueError, InvalidTag) as fault:  # BerError among them
        raise DecryptionFailed("the envelope could not be opened with any of our keys") from fault
    return Decrypted(content, cipher, key_transport, key.certificate)


def _read(message: bytes) -> _Envelope:
    """RFC 5652 6.1, RFC 5083 2.1."""
    content_type, explicit = parse(message).expect(SEQUENCE).children()
    kind = content_type.oid()
    if kind not in {ENVELOPED_DATA, AUTH_ENVELOPED_DATA}:
        raise BerError("not an envelope")
    [enveloped] = explicit.expect(_CONTEXT_0).children()
    fields = list(enveloped.expect(SEQUENCE).children())
    fields.pop(0).expect(INTEGER)
    if fields and fields[0].tag == _CONTEXT_0:
        fields.pop(0)  # originator info
    if len(fields) < 2:
        raise BerError("cut off")
    recipients: list[Element] = []
    for recipient in fields[0].expect(SET).children():
        if len(recipients) == MAX_RECIPIENTS:
            raise BerError("too many recipients")
        recipients.append(recipient)
    _, algorithm, ciphertext = fields[1].expect(SEQUENCE).children()
    oid, *parameters = algorithm.expect(SEQUENCE).children()
    attributes, tag = b"", None
    if kind == AUTH_ENVELOPED_DATA:
        rest = fields[2:]
        if rest and rest[0].tag == _CONTEXT_1:
            attributes = set_of(*(attribute.encoded for attribute in rest.pop(0).children()))
        if not rest:
            raise BerError("cut off")
        tag = rest[0].octets()
    return _Envelope(recipients, CIPHER_BY_OID.get(oid.oid()), parameters, ciphertext.octets(0x80), attributes, tag)


def _ours(recipients: Sequence[Element], keys: Sequence[DecryptionKey]) -> tuple[DecryptionKey, Element]:
    """The recipient that is us (A31); recipients of other kinds than key transport have no plain SEQUENCE."""
    for recipient in recipients:
        if recipient.tag != SEQUENCE:
            continue
        _, identifier, *_ = recipient.children()
        for key in keys:
            if key.certificate.is_named_by(identifier):
                return key, recipient
    raise BerError("none of the recipients is us")


def _unwrap(key: DecryptionKey, recipient: Element, cipher: Cipher) -> tuple[bytes, KeyTransport | None]:
    """The content key, or a random one of the right length when there is none to be had."""
    _, _, algorithm, encrypted = recipient.children()
    scheme, key_transport = _padding(algorithm)
    spare = os.urandom(cipher.key_size)
    try:
        content_key = key.key.decrypt(encrypted.octets(), scheme)
    except ValueError:
        content_key = spare
    return (content_key if len(content_key) == cipher.key_size else spare), key_transport


def _padding(algorithm: Element) -> tuple[AsymmetricPadding, KeyTransport | None]:
    """RSAES-OAEP-params have SHA-1, MGF1 with SHA-1 and an empty label as defaults (RFC 4055 4.1)."""
    oid, *parameters = algorithm.expect(SEQUENCE).children()
    if oid.oid() == _RSA_ENCRYPTION:
        return padding.PKCS1v15(), KeyTransport.RSA_V1_5
    if oid.oid() != _RSA_OAEP:
        raise BerError("the key transport is not one that we know")
    digest, mgf_digest = Digest.SHA1, Digest.SHA1
    label: bytes | None = None
    for field in parameters[0].expect(SEQUENCE).children() if parameters and parameters[0].tag != NULL else ():
        [value] = field.children()
        name, *inner = value.expect(SEQUENCE).children()
        if field.tag == _CONTEXT_0:
            digest = _digest(name)
        elif field.tag == _CONTEXT_1 and name.oid() == _MGF1 and inner:
            mgf_digest = _digest(inner[0].expect(SEQUENCE).first())
        elif field.tag == 0xA2 and name.oid() == _SPECIFIED and inner:
            label = inner[0].octets() or None
        else:
            raise BerError("the OAEP parameters are not known")
    known = {Digest.SHA1: KeyTransport.OAEP_SHA1, Digest.SHA256: KeyTransport.OAEP_SHA256}
    scheme = padding.OAEP(padding.MGF1(_OAEP_HASHES[mgf_digest]), _OAEP_HASHES[digest], label)
    return scheme, known.get(digest) if digest is mgf_digest else None


def _digest(name: Element) -> Digest:
    digest = DIGEST_BY_OID.get(name.oid())
    if digest is None:
        raise BerError("the digest is not one that we know")
    return digest


def _decipher(cipher: Cipher, key: bytes, envelope: _Envelope) -> bytes:
    """Raises ValueError or InvalidTag."""
    if len(envelope.parameters) != 1:
        raise BerError("the cipher has no parameters")
    [parameters] = envelope.parameters
    if envelope.tag is not None:  # GCM, RFC 5084 3.2
        nonce, *size = parameters.expect(SEQUENCE).children()
        length = size[0].integer() if size else 12
        if length not in _TAG_SIZES or len(envelope.tag) != length:
            raise BerError("the tag does not have its length")
        return _gcm(key, nonce.octets(), envelope)
    block = _block(cipher, key)
    decryptor = BlockCipher(block, CBC(parameters.octets())).decryptor()
    padded = decryptor.update(envelope.ciphertext) + decryptor.finalize()
    unpadder = PKCS7(block.block_size).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _gcm(key: bytes, nonce: bytes, envelope: _Envelope) -> bytes:
    """Nothing of the plaintext is released before the tag is checked. Short tags (RFC 5084) go through the two-step interface."""
    tag = envelope.tag or b""
    if len(tag) == 16 and len(nonce) >= 8:
        return AESGCM(key).decrypt(nonce, envelope.ciphertext + tag, envelope.attributes or None)
    decryptor = BlockCipher(AES(key), GCM(nonce, tag, min_tag_length=12)).decryptor()
    decryptor.authenticate_additional_data(envelope.attributes)
    return decryptor.update(envelope.ciphertext) + decryptor.finalize()


def _block(cipher: Cipher, key: bytes) -> AES | TripleDES:
    return TripleDES(key) if cipher is Cipher.TRIPLE_DES_CBC else AES(key)


def encrypt(
    content: bytes,
    *,
    certificates: Sequence[Certificate],
    cipher: Cipher = Cipher.AES256_CBC,
    key_transport: KeyTransport = KeyTransport.RSA_V1_5,
    random: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """An EnvelopedData, or for GCM an AuthEnvelopedData, in DER, for RSA keys. Raises `CertificateError` for other keys."""
    key = random(cipher.key_size)
    recipients = set_of(*(_recipient(certificate, key, key_transport) for certificate in certificates))
    tag = b""
    if cipher.authenticated:
        nonce = random(12)
        sealed = AESGCM(key).encrypt(nonce, content, None)
        ciphertext, tag = sealed[:-16], sealed[-16:]
        parameters = der(SEQUENCE, der(OCTET_STRING, nonce), der_integer(16))
    else:
        block = _block(cipher, key)
        vector = random(block.block_size // 8)
        padder = PKCS7(block.block_size).padder()
        padded = padder.update(content) + padder.finalize()
        encryptor = BlockCipher(block, CBC(vector)).encryptor()
        ciphertext = encryptor.update(padded) + encryptor.finalize()
        parameters = der(OCTET_STRING, vector)
    encrypted = der(SEQUENCE, der_oid(DATA), der(SEQUENCE, der_oid(cipher.oid), parameters), der(0x80, ciphertext))
    kind, closing = (AUTH_ENVELOPED_DATA, der(OCTET_STRING, tag)) if tag else (ENVELOPED_DATA, b"")
    return der(SEQUENCE, der_oid(kind), der(_CONTEXT_0, der(SEQUENCE, der_integer(0), recipients, encrypted, closing)))


def _recipient(certificate: Certificate, key: bytes, key_transport: KeyTransport) -> bytes:
    """KeyTransRecipientInfo (RFC 5652 6.2.1)."""
    public_key = certificate.public_key
    if not isinstance(public_key, RSAPublicKey):
        raise CertificateError("a message can only be encrypted for an RSA key")
    if key_transport is KeyTransport.RSA_V1_5:
        algorithm, wrapped = der(SEQUENCE, der_oid(_RSA_ENCRYPTION), der(NULL)), public_key.encrypt(key, padding.PKCS1v15())
    else:
        digest = Digest.SHA1 if key_transport is KeyTransport.OAEP_SHA1 else Digest.SHA256
        algorithm = _oaep_algorithm(digest)
        wrapped = public_key.encrypt(key, padding.OAEP(padding.MGF1(_OAEP_HASHES[digest]), _OAEP_HASHES[digest], None))
    return der(SEQUENCE, der_integer(0), certificate.issuer_and_serial, algorithm, der(OCTET_STRING, wrapped))


def _oaep_algorithm(digest: Digest) -> bytes:
    """In DER, defaults are left out: with SHA-1 the parameters are an empty sequence."""
    if digest is Digest.SHA1:
        return der(SEQUENCE, der_oid(_RSA_OAEP), der(SEQUENCE))
    hashed = der(SEQUENCE, der_oid(digest.oid), der(NULL))
    parameters = der(SEQUENCE, der(_CONTEXT_0, hashed), der(_CONTEXT_1, der(SEQUENCE, der_oid(_MGF1), hashed)))
    return der(SEQUENCE, der_oid(_RSA_OAEP), parameters)
