"""EnvelopedData and AuthEnvelopedData (RFC 5652 6, RFC 5083): decrypt what a partner encrypted for us, encrypt what we send.

Whatever goes wrong while decrypting is one `DecryptionFailed`. A content key that cannot be unwrapped is replaced by a random one, so that
a wrong key, a wrong padding and a damaged ciphertext take the same way (Bleichenbacher; the idea is RFC 3218's).
"""

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, cast

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers import AEADEncryptionContext
from cryptography.hazmat.primitives.ciphers import Cipher as BlockCipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, GCM
from cryptography.hazmat.primitives.padding import PKCS7

from as2.algorithms import CIPHER_BY_OID, DIGEST_BY_OID, Cipher, Digest, KeyTransport, Legacy
from as2.cms.ber import (
    INTEGER,
    NULL,
    OCTET_STRING,
    SEQUENCE,
    SET,
    BerError,
    Element,
    der,
    der_around,
    der_head,
    der_integer,
    der_oid,
    parse,
    set_of,
)
from as2.cms.certificate import Certificate, CertificateError
from as2.content import BLOCK, Content, Scratch, Source, Spool
from as2.errors import DecryptionFailed, InsufficientSecurity

__all__ = ["Decrypted", "DecryptionKey", "Envelope", "decrypt", "encrypt"]

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
_USUAL: Final = 1024  #: octets of an algorithm identifier; nobody's is longer
_CONTENT: Final = 0x80  # [0] IMPLICIT OCTET STRING
_TAG_SIZES: Final = range(12, 17)
_TAG_SIZE: Final = 16

_PKCS1: Final = padding.PKCS1v15()
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


class Decrypted(NamedTuple):
    """The content, and how it was protected."""

    content: Content
    cipher: Cipher
    key_transport: KeyTransport | None  #: None: OAEP with other digests than we send
    certificate: Certificate


class _Envelope(NamedTuple):
    recipients: list[Element]
    cipher: Cipher | None
    parameters: list[Element]
    ciphertext: Element
    attributes: bytes  #: authenticated ones, as SET OF: what GCM calls additional data
    tag: bytes | None  #: of AuthEnvelopedData


def decrypt(
    message: bytes | Content | Element,
    *,
    keys: Sequence[DecryptionKey],
    legacy: Collection[Legacy] = frozenset(),
    scratch: Scratch | None = None,
    recognise: Callable[[Content], object] | None = None,
) -> Decrypted:
    """Decrypt an EnvelopedData or AuthEnvelopedData with whichever of our keys it names.

    `recognise` raises ValueError for content that is not what was expected. It is asked before anything is said, also where the padding
    is wrong already, so that neither the answer nor the time that it takes tells one fault from another.
    Raises `DecryptionFailed` for every reason, or `InsufficientSecurity` for a cipher that the profile does not allow.
    """
    try:
        envelope = _read(message)
        cipher = envelope.cipher
        if cipher is None or cipher.authenticated is not (envelope.tag is not None):
            raise BerError("the cipher is not one that we know")
        if cipher.legacy is not None and cipher.legacy not in legacy:
            raise InsufficientSecurity("encrypted with a cipher that the profile does not allow")
        key, content_key, key_transport = _unwrap(_ours(envelope.recipients, keys), cipher)
        content, whole = _decipher(cipher, content_key, envelope, scratch)
        _check(content, recognise, whole=whole)
    except (ValueError, InvalidTag) as fault:  # BerError among them
        raise DecryptionFailed("the envelope could not be opened with any of our keys") from fault
    return Decrypted(content, cipher, key_transport, key.certificate)


def _check(content: Content, recognise: Callable[[Content], object] | None, *, whole: bool) -> None:
    if recognise is not None:
        recognise(content)
    if not whole:
        raise ValueError("the padding is wrong")


def _read(message: bytes | Content | Element) -> _Envelope:
    """RFC 5652 6.1, RFC 5083 2.1."""
    element = message if isinstance(message, Element) else parse(message)
    content_type, explicit = element.expect(SEQUENCE).children()
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
    return _Envelope(recipients, CIPHER_BY_OID.get(oid.oid()), parameters, ciphertext, attributes, tag)


class _Ours(NamedTuple):
    """A recipient that is us (RFC 5652 6.2.1)."""

    key: DecryptionKey
    algorithm: Element
    encrypted: Element


def _ours(recipients: Sequence[Element], keys: Sequence[DecryptionKey]) -> list[_Ours]:
    """The recipients that are us (A31); those of other kinds than key transport have no plain SEQUENCE."""
    found = []
    for recipient in recipients:
        if recipient.tag != SEQUENCE:
            continue
        _, identifier, algorithm, encrypted = recipient.children()
        found += [_Ours(key, algorithm, encrypted) for key in keys if key.certificate.is_named_by(identifier)]
    if not found:
        raise BerError("none of the recipients is us")
    return found


def _unwrap(ours: Sequence[_Ours], cipher: Cipher) -> tuple[DecryptionKey, bytes, KeyTransport | None]:
    """The content key, or a random one of the right length when there is none to be had. All are tried, whichever fits."""
    found: list[tuple[DecryptionKey, bytes, KeyTransport | None]] = []
    spare = os.urandom(cipher.key_size)
    for key, algorithm, encrypted in ours:
        scheme, key_transport = _padding(algorithm)
        try:
            content_key = key.key.decrypt(encrypted.octets(), scheme)
        except ValueError:
            content_key = b""
        if len(content_key) == cipher.key_size:
            found.append((key, content_key, key_transport))
    return found[0] if found else (ours[0].key, spare, None)


def _padding(algorithm: Element) -> tuple[AsymmetricPadding, KeyTransport | None]:
    """How the key was encrypted. Raises `BerError`."""
    encoded = algorithm.encoded
    if len(encoded) > _USUAL:
        raise BerError("the key transport is not one that we know")
    return _usual_padding(encoded)


@lru_cache(maxsize=64)  # a partner's product writes the same in each message
def _usual_padding(algorithm: bytes) -> tuple[AsymmetricPadding, KeyTransport | None]:
    """RSAES-OAEP-params have SHA-1, MGF1 with SHA-1 and an empty label as defaults (RFC 4055 4.1)."""
    oid, *parameters = parse(algorithm).expect(SEQUENCE).children()
    if oid.oid() == _RSA_ENCRYPTION:
        return _PKCS1, KeyTransport.RSA_V1_5
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


def _decipher(cipher: Cipher, key: bytes, envelope: _Envelope, scratch: Scratch | None) -> tuple[Content, bool]:
    """The content, and False when its padding is wrong, which nobody may notice yet. Raises ValueError or InvalidTag."""
    if len(envelope.parameters) != 1:
        raise BerError("the cipher has no parameters")
    [parameters] = envelope.parameters
    if envelope.tag is not None:  # GCM, RFC 5084 3.2
        nonce, *size = parameters.expect(SEQUENCE).children()
        length = size[0].integer() if size else 12
        if length not in _TAG_SIZES or len(envelope.tag) != length:
            raise BerError("the tag does not have its length")
        return _gcm(key, nonce.octets(), envelope, envelope.tag, scratch), True
    block = _block(cipher, key)
    decryptor = BlockCipher(block, CBC(parameters.octets())).decryptor()
    spool = Spool(scratch)
    for piece in envelope.ciphertext.blocks(_CONTENT):
        spool.write(decryptor.update(piece))
    decryptor.finalize()
    padded = spool.content()
    unpadder = PKCS7(block.block_size).unpadder()
    try:
        left = len(unpadder.update(padded[-block.block_size // 8 :]) + unpadder.finalize())
    except ValueError:
        return padded, False
    return padded.window(0, padded.size - block.block_size // 8 + left), True


def _gcm(key: bytes, nonce: bytes, envelope: _Envelope, tag: bytes, scratch: Scratch | None) -> Content:
    """Nothing of the plaintext is released before the tag is checked. Tags may be short (RFC 5084 3.2)."""
    decryptor = BlockCipher(AES(key), GCM(nonce, tag, min_tag_length=_TAG_SIZES[0])).decryptor()
    decryptor.authenticate_additional_data(envelope.attributes)
    spool = Spool(scratch)
    try:
        for piece in envelope.ciphertext.blocks(_CONTENT):
            spool.write(decryptor.update(piece))
        decryptor.finalize()
    except BaseException:
        spool.discard()
        raise
    return spool.content()


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
    """An envelope in DER around what is small. Raises `CertificateError` for other keys than RSA."""
    source = Content.of(content)
    envelope = Envelope(source, certificates=certificates, cipher=cipher, key_transport=key_transport, random=random)
    return b"".join(envelope.blocks())


class Envelope:
    """An EnvelopedData, or for GCM an AuthEnvelopedData, in DER, for RSA keys: a `Source` that encrypts while it is read.

    Its size is known beforehand, since padding follows from the size of the content. Raises `CertificateError` for keys of other kinds.
    """

    def __init__(
        self,
        content: Source,
        *,
        certificates: Sequence[Certificate],
        cipher: Cipher = Cipher.AES256_CBC,
        key_transport: KeyTransport = KeyTransport.RSA_V1_5,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._content, self._cipher = content, cipher
        self._key = random(cipher.key_size)
        recipients = set_of(*(_recipient(certificate, self._key, key_transport) for certificate in certificates))
        block_size = _block(cipher, self._key).block_size // 8
        self._vector = random(12 if cipher.authenticated else block_size)
        vector = der(OCTET_STRING, self._vector)
        missing = block_size - content.size % block_size
        self._padding = b"" if cipher.authenticated else bytes((missing,)) * missing
        parameters = der(SEQUENCE, vector, der_integer(_TAG_SIZE)) if cipher.authenticated else vector
        self._closing = der_head(OCTET_STRING, _TAG_SIZE) if cipher.authenticated else b""  # the tag follows it
        kind = AUTH_ENVELOPED_DATA if cipher.authenticated else ENVELOPED_DATA
        ciphertext = content.size + len(self._padding)
        rest = ciphertext + (len(self._closing) + _TAG_SIZE if self._closing else 0)
        algorithm = der(SEQUENCE, der_oid(cipher.oid), parameters)
        encrypted = der_around(ciphertext, (_CONTENT, b""), (SEQUENCE, der_oid(DATA) + algorithm))
        fields = der_integer(0) + recipients + encrypted
        self._head = der_around(rest, (SEQUENCE, fields), (_CONTEXT_0, b""), (SEQUENCE, der_oid(kind)))
        self.size = len(self._head) + rest

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """The envelope, a block at a time; each call gives the same bytes."""
        mode = GCM(self._vector) if self._cipher.authenticated else CBC(self._vector)
        encryptor = BlockCipher(_block(self._cipher, self._key), mode).encryptor()
        yield self._head
        for block in self._content.blocks(size):
            yield encryptor.update(block)
        yield encryptor.update(self._padding) + encryptor.finalize()
        if self._cipher.authenticated:
            yield self._closing + cast("AEADEncryptionContext", encryptor).tag


def _recipient(certificate: Certificate, key: bytes, key_transport: KeyTransport) -> bytes:
    """KeyTransRecipientInfo (RFC 5652 6.2.1)."""
    public_key = cast("RSAPublicKey", certificate.public_key)
    if not certificate.rsa:
        raise CertificateError("a message can only be encrypted for an RSA key")
    if key_transport is KeyTransport.RSA_V1_5:
        algorithm, wrapped = der(SEQUENCE, der_oid(_RSA_ENCRYPTION), der(NULL)), public_key.encrypt(key, _PKCS1)
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
