"""SignedData (RFC 5652 5): verify what a partner signed; `signing` makes what we send.

The key to verify with is ours to choose: only the certificates given are tried, those inside the message are never trusted (A27).
"""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from as2.algorithms import DIGEST_BY_OID, SIGNATURE_BY_OID, Digest, Legacy, SignatureScheme
from as2.cms.ber import (
    INTEGER,
    NULL,
    SEQUENCE,
    SET,
    BerError,
    Element,
    parse,
    reencoded,
)
from as2.cms.certificate import Certificate
from as2.content import Content, Scratch
from as2.errors import As2Error, AuthenticationFailed, InsufficientSecurity, IntegrityCheckFailed
from as2.mic import Mic

__all__ = ["HASHES", "PrivateKey", "Verified", "verify"]

PrivateKey = RSAPrivateKey | ec.EllipticCurvePrivateKey

DATA: Final = "1.2.840.113549.1.7.1"
SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
RSA_PSS: Final = "1.2.840.113549.1.1.10"
MGF1: Final = "1.2.840.113549.1.1.8"
_CHECKED: Final = frozenset({CONTENT_TYPE, MESSAGE_DIGEST, _ALGORITHM_PROTECTION})

MAX_SIGNERS: Final = 8
MAX_CERTIFICATES: Final = 32
MAX_CERTIFICATE: Final = 64 << 10  #: octets of one that came along
MAX_FIELDS: Final = 6  #: of SignedData
_USUAL: Final = 1024  #: octets of two algorithm identifiers; nobody's are longer
_CONTEXT_0: Final = 0xA0
_CONTEXT_1: Final = 0xA1

HASHES: Final[dict[Digest, hashes.HashAlgorithm]] = {
    Digest.SHA1: hashes.SHA1(),  # noqa: S303 - taken only where a profile names it in `legacy`
    Digest.SHA256: hashes.SHA256(),
    Digest.SHA384: hashes.SHA384(),
    Digest.SHA512: hashes.SHA512(),
}
PREHASHED: Final = {digest: Prehashed(algorithm) for digest, algorithm in HASHES.items()}
PKCS1: Final = padding.PKCS1v15()


class Verified(NamedTuple):
    """What was signed, by whom, and how."""

    content: Content
    certificate: Certificate
    digest: Digest
    content_digest: bytes  #: of the content with that digest: the MIC
    scheme: SignatureScheme
    embedded: tuple[bytes, ...]  #: certificates that came along, DER; shown, never trusted (A27)


class _Signer(NamedTuple):
    identifier: Element
    digest_algorithm: Element
    attributes: Element | None
    signature_algorithm: Element
    signature: bytes


class _Method(NamedTuple):
    digest: Digest
    scheme: SignatureScheme
    salt_length: int = 0
    mgf_digest: Digest = Digest.SHA1


class _Signed:
    """What was signed, what came along, and the digests: each is made once, in one pass, however many signers there are."""

    def __init__(self, content: Content, embedded: tuple[bytes, ...]) -> None:
        self.content, self.embedded = content, embedded
        self._digests: dict[Digest, bytes] = {}

    def digest(self, algorithm: Digest) -> bytes:
        """The digest of the content."""
        if algorithm not in self._digests:
            self._digests[algorithm] = Mic.of(self.content, algorithm).digest
        return self._digests[algorithm]


def verify(
    message: bytes | Content | Element,
    content: bytes | Content | None,
    *,
    certificates: Sequence[Certificate],
    legacy: Collection[Legacy] = frozenset(),
    scratch: Scratch | None = None,
) -> Verified:
    """Verify a SignedData over `content`, or over what it holds itself when that is None (opaque, A29).

    Every signer that has one of the certificates must verify, and there must be one. Raises `IntegrityCheckFailed`,
    `AuthenticationFailed` or `InsufficientSecurity`; they carry the certificates that came along.
    """
    embedded: tuple[bytes, ...] = ()
    try:
        inner, signers, embedded = _read(message)
        if content is None:
            if inner is None:
                raise IntegrityCheckFailed("the signature is detached, and there is nothing that it is detached from")
            content = inner.string(scratch=scratch)
        if not signers:
            raise IntegrityCheckFailed("there is no signer")
        signed = _Signed(Content.of(content) if isinstance(content, bytes) else content, embedded)
        verified = [found for signer in signers if (found := _verify_signer(signer, signed, certificates, legacy)) is not None]
        if not verified:
            raise AuthenticationFailed("no signer has a certificate that is configured for this partner")
    except As2Error as fault:
        fault.embedded = embedded
        raise
    except (BerError, ValueError) as fault:  # ValueError: too few or too many fields
        raise IntegrityCheckFailed("the signature is not readable") from fault
    return verified[0]


def _read(message: bytes | Content | Element) -> tuple[Element | None, list[_Signer], tuple[bytes, ...]]:
    """The string with the content, when it is inside, the signers, and the certificates that came along (RFC 5652 5.1)."""
    element = message if isinstance(message, Element) else parse(message)
    content_type, explicit = element.expect(SEQUENCE).children()
    if content_type.oid() != SIGNED_DATA:
        raise BerError("not a SignedData")
    [signed_data] = explicit.expect(_CONTEXT_0).children()
    version, digest_algorithms, encapsulated, *rest = islice(signed_data.expect(SEQUENCE).children(), MAX_FIELDS)
    version.expect(INTEGER)
    digest_algorithms.expect(SET)
    inner = _inner_content(encapsulated)
    if not rest:
        raise BerError("cut off")
    embedded: list[bytes] = []
    for certificate in rest[0].children() if rest[0].tag == _CONTEXT_0 else ():
        if len(embedded) == MAX_CERTIFICATES or certificate.end - certificate.start > MAX_CERTIFICATE:
            raise BerError("too many certificates, or too large ones")
        embedded.append(certificate.encoded)
    signers: list[_Signer] = []
    for info in rest[-1].expect(SET).children():  # [1] revocation lists may come before, and are not for us
        if len(signers) == MAX_SIGNERS:
            raise BerError("too many signers")
        signers.append(_signer(info))
    return inner, signers, tuple(embedded)


def _inner_content(encapsulated: Element) -> Element | None:
    kind, *explicit = encapsulated.expect(SEQUENCE).children()
    if kind.oid() != DATA:
        raise BerError("the content is of another type than data")
    if not explicit:
        return None
    [octets] = explicit[0].expect(_CONTEXT_0).children()
    return octets


def _signer(info: Element) -> _Signer:
    version, identifier, digest_algorithm, *rest = info.expect(SEQUENCE).children()
    version.expect(INTEGER)
    attributes = rest.pop(0) if rest and rest[0].tag == _CONTEXT_0 else None
    signature_algorithm, signature, *_unsigned = rest
    return _Signer(identifier, digest_algorithm, attributes, signature_algorithm, signature.octets())


def _verify_signer(signer: _Signer, signed: _Signed, certificates: Sequence[Certificate], legacy: Collection[Legacy]) -> Verified | None:
    """None when the signer is a stranger. A certificate renewed with the same key counts as the one configured."""
    named = [certificate for certificate in certificates if certificate.is_named_by(signer.identifier)]
    method = _method(signer)
    if method is None:
        if named:
            raise InsufficientSecurity("signed with an algorithm that is not known or not safe")
        return None
    content_digest = signed.digest(method.digest)
    for digest in _signed_digests(signer, signed, method):
        for certificate in named or certificates:
            if _is_signature(certificate, signer.signature, digest, method):
                if method.digest.legacy is not None and method.digest.legacy not in legacy:
                    raise InsufficientSecurity("signed with a digest that the profile does not allow")
                return Verified(signed.content, certificate, method.digest, content_digest, method.scheme, signed.embedded)
    if named:
        fault = IntegrityCheckFailed("the signature of the configured certificate does not fit the content")
        fault.computed, fault.claimed = content_digest, _claimed(signer)
        raise fault
    return None


def _claimed(signer: _Signer) -> bytes:
    """The digest that the signer says the content has; nothing where there are no signed attributes."""
    for attribute in signer.attributes.children() if signer.attributes is not None else ():
        kind, values = attribute.children()
        if kind.oid() == MESSAGE_DIGEST:
            return _only_value(values).octets()
    return b""


def _signed_digests(signer: _Signer, signed: _Signed, method: _Method) -> Iterator[bytes]:
    """The digests of what the signature may be over (RFC 5652 5.4); none when the signed attributes do not fit the content."""
    if signer.attributes is None:
        if signed.content[:1] != b"1":  # 0x31: attributes of another message, passed off as content
            yield signed.digest(method.digest)
        return
    attributes: dict[str, Element] = {}
    for attribute in signer.attributes.children():
        kind, values = attribute.expect(SEQUENCE).children()
        name = kind.oid()
        if name in attributes:
            raise BerError("a signed attribute comes twice")
        attributes[name] = _only_value(values) if name in _CHECKED else values
    fits = (
        CONTENT_TYPE in attributes
        and attributes[CONTENT_TYPE].oid() == DATA
        and MESSAGE_DIGEST in attributes
        and attributes[MESSAGE_DIGEST].octets() == signed.digest(method.digest)
        and (_ALGORITHM_PROTECTION not in attributes or _protects(attributes[_ALGORITHM_PROTECTION], signer))
    )
    if not fits:
        return
    received = signer.attributes.encoded
    if signer.attributes.definite:
        yield _hashed(method.digest, bytes((SET,)) + received[1:])
    in_der = reencoded(signer.attributes, SET)
    if not signer.attributes.definite or in_der[1:] != received[1:]:
        yield _hashed(method.digest, in_der)


def _hashed(digest: Digest, octets: bytes) -> bytes:
    return Mic.of(octets, digest).digest


def _only_value(values: Element) -> Element:
    [value] = values.expect(SET).children()
    return value


def _protects(value: Element, signer: _Signer) -> bool:
    """CMSAlgorithmProtection (RFC 6211): the attribute repeats both algorithms."""
    digest_algorithm, *rest = value.expect(SEQUENCE).children()
    same = [_plain(digest_algorithm) == _plain(signer.digest_algorithm)]
    same += [_plain(field, SEQUENCE) == _plain(signer.signature_algorithm) for field in rest if field.tag == _CONTEXT_1]
    return all(same)


def _plain(algorithm: Element, tag: int | None = None) -> bytes:
    """An AlgorithmIdentifier with absent and NULL parameters made equal (A30)."""
    encoded = reencoded(algorithm, tag)
    oid, *parameters = parse(encoded).children()
    return oid.encoded if not parameters or parameters[0].tag == NULL else encoded


def _method(signer: _Signer) -> _Method | None:
    """How it was signed; None when an algorithm is not in our table."""
    digest, signature = signer.digest_algorithm.encoded, signer.signature_algorithm.encoded
    return _usual_method(digest, signature) if len(digest) + len(signature) <= _USUAL else None


@lru_cache(maxsize=64)  # a partner's product writes the same in each message
def _usual_method(digest_algorithm: bytes, signature_algorithm: bytes) -> _Method | None:
    digest = DIGEST_BY_OID.get(parse(digest_algorithm).expect(SEQUENCE).first().oid())
    oid, *parameters = parse(signature_algorithm).expect(SEQUENCE).children()
    known = SIGNATURE_BY_OID.get(oid.oid())
    if digest is None or known is None:
        return None
    scheme, named = known
    if scheme is SignatureScheme.RSA_PSS:
        return _pss(parameters[0] if parameters else None, digest)
    return _Method(digest, scheme) if named in {None, digest} else None


def _pss(parameters: Element | None, digest: Digest) -> _Method | None:
    """RSASSA-PSS-params (RFC 4055 3.1), whose defaults are SHA-1, MGF1 with SHA-1, 20."""
    hash_digest: Digest | None = Digest.SHA1
    mgf_digest: Digest | None = Digest.SHA1
    salt_length = 20
    for field in parameters.expect(SEQUENCE).children() if parameters is not None else ():
        [value] = field.children()
        if field.tag == _CONTEXT_0:
            hash_digest = DIGEST_BY_OID.get(value.first().oid())
        elif field.tag == _CONTEXT_1:
            mgf, mgf_hash = value.children()
            mgf_digest = DIGEST_BY_OID.get(mgf_hash.first().oid()) if mgf.oid() == MGF1 else None
        elif field.tag == 0xA2:
            salt_length = value.integer()
        elif field.tag != 0xA3 or value.integer() != 1:  # the trailer field, of which there is one
            return None
    if hash_digest is not digest or mgf_digest is None or not 0 <= salt_length <= 1024:
        return None
    return _Method(digest, SignatureScheme.RSA_PSS, salt_length, mgf_digest)


def _is_signature(certificate: Certificate, signature: bytes, digest: bytes, method: _Method) -> bool:
    """Whether this is the signature of the certificate's key over something with this digest."""
    if certificate.rsa is (method.scheme is SignatureScheme.ECDSA):
        return False
    key: Any = certificate.public_key  # each kind of key has its own `verify`
    algorithm = PREHASHED[method.digest]
    try:
        match method.scheme:
            case SignatureScheme.RSA_V1_5:
                key.verify(signature, digest, PKCS1, algorithm)
            case SignatureScheme.RSA_PSS:
                key.verify(signature, digest, padding.PSS(padding.MGF1(HASHES[method.mgf_digest]), method.salt_length), algorithm)
            case SignatureScheme.ECDSA:
                key.verify(signature, digest, ec.ECDSA(algorithm))
    except (InvalidSignature, ValueError):
        return False
    return True
