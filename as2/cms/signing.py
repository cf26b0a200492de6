"""SignedData (RFC 5652 5) as we send it: detached, with the certificate and three signed attributes."""

from datetime import datetime
from functools import lru_cache
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from as2.algorithms import Digest, SignatureScheme
from as2.cms.ber import NULL, OCTET_STRING, SEQUENCE, SET, der, der_integer, der_oid, set_of
from as2.cms.certificate import Certificate
from as2.cms.signed import (
    CONTENT_TYPE,
    DATA,
    HASHES,
    MESSAGE_DIGEST,
    MGF1,
    PKCS1,
    PREHASHED,
    RSA_PSS,
    SIGNED_DATA,
    PrivateKey,
)
from as2.mic import Mic

__all__ = ["sign"]

_SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
_RSA_ENCRYPTION: Final = "1.2.840.113549.1.1.1"
_ECDSA: Final = {
    Digest.SHA1: "1.2.840.10045.4.1",
    Digest.SHA256: "1.2.840.10045.4.3.2",
    Digest.SHA384: "1.2.840.10045.4.3.3",
    Digest.SHA512: "1.2.840.10045.4.3.4",
}
_CONTEXT_0: Final = 0xA0
_CONTEXT_1: Final = 0xA1


def sign(
    content_digest: bytes,
    *,
    digest: Digest,
    key: PrivateKey,
    certificate: Certificate,
    now: datetime,
    scheme: SignatureScheme = SignatureScheme.RSA_V1_5,
) -> bytes:
    """A detached SignedData, DER, over content with this digest. The certificate goes along; an EC key signs with ECDSA."""
    attributes = set_of(
        _CONTENT_IS_DATA, _attribute(_SIGNING_TIME, _time(now)), _attribute(MESSAGE_DIGEST, der(OCTET_STRING, content_digest))
    )
    hashed, prehashed = Mic.of(attributes, digest).digest, PREHASHED[digest]
    if not certificate.rsa:
        scheme, signature = SignatureScheme.ECDSA, cast("ec.EllipticCurvePrivateKey", key).sign(hashed, ec.ECDSA(prehashed))
    elif scheme is SignatureScheme.RSA_PSS:
        signature = cast("RSAPrivateKey", key).sign(hashed, padding.PSS(padding.MGF1(HASHES[digest]), digest.size), prehashed)
    else:
        signature = cast("RSAPrivateKey", key).sign(hashed, PKCS1, prehashed)
    head, signer_head, algorithm = _unchanging(certificate.encoded, certificate.issuer_and_serial, digest, scheme)
    signer = der(SEQUENCE, signer_head, bytes((_CONTEXT_0,)), attributes[1:], algorithm, der(OCTET_STRING, signature))
    signed_data = der(_CONTEXT_0, der(SEQUENCE, head, der(SET, signer)))
    return der(SEQUENCE, der_oid(SIGNED_DATA), signed_data)


@lru_cache(maxsize=64)
def _unchanging(certificate: bytes, issuer_and_serial: bytes, digest: Digest, scheme: SignatureScheme) -> tuple[bytes, bytes, bytes]:
    """What is the same in all signatures of a key: fields before the signers, fields before the attributes, signature algorithm."""
    digest_algorithm = der(SEQUENCE, der_oid(digest.oid))  # RFC 5754 2: without parameters
    fields = (der_integer(1), der(SET, digest_algorithm), der(SEQUENCE, der_oid(DATA)), der(_CONTEXT_0, certificate))
    match scheme:
        case SignatureScheme.ECDSA:
            algorithm = der(SEQUENCE, der_oid(_ECDSA[digest]))
        case SignatureScheme.RSA_PSS:
            algorithm = _pss_algorithm(digest)
        case SignatureScheme.RSA_V1_5:
            algorithm = der(SEQUENCE, der_oid(_RSA_ENCRYPTION), der(NULL))
    return b"".join(fields), der_integer(1) + issuer_and_serial + digest_algorithm, algorithm


def _attribute(oid: str, value: bytes) -> bytes:
    return der(SEQUENCE, der_oid(oid), der(SET, value))


_CONTENT_IS_DATA: Final = _attribute(CONTENT_TYPE, der_oid(DATA))


def _time(now: datetime) -> bytes:
    """UTCTime until 2049, GeneralizedTime from then on (RFC 5652 11.3); `now` is in UTC."""
    text = f"{now.year:04}{now.month:02}{now.day:02}{now.hour:02}{now.minute:02}{now.second:02}Z".encode()
    return der(0x17, text[2:]) if now.year < 2050 else der(0x18, text)


def _pss_algorithm(digest: Digest) -> bytes:
    hashed = der(SEQUENCE, der_oid(digest.oid))
    parameters = der(
        SEQUENCE,
        der(_CONTEXT_0, hashed),
        der(_CONTEXT_1, der(SEQUENCE, der_oid(MGF1), hashed)),
        der(0xA2, der_integer(digest.size)),
    )
    return der(SEQUENCE, der_oid(RSA_PSS), parameters)
