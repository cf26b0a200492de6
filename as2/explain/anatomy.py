"""What stands in a CMS message, read without deciding anything: who it is for, who signed, which certificates came along."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from as2.algorithms import CIPHER_BY_OID, DIGEST_BY_OID, SIGNATURE_BY_OID, Cipher, Digest, SignatureScheme
from as2.cms.ber import SEQUENCE, SET, BerError, Element, parse, reencoded
from as2.cms.certificate import Certificate, CertificateError, PublicKey, load_certificate
from as2.cms.signed import HASHES

__all__ = ["Embedded", "Envelope", "Identifier", "Signature", "Signer", "name_of", "pem_of", "read_envelope", "read_signature"]

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_CONTEXT_0: Final = 0xA0
_MOST: Final = 32  #: recipients, signers, certificates that are looked at
_ATTRIBUTE_NAMES: Final = {"2.5.4.3": "CN", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST"}
#: what nobody should use any more, by name; and what else is met where a cipher or a digest is named
_OTHERS: Final = {
    "1.2.840.113549.3.2": "RC2",
    "1.2.840.113549.3.4": "RC4",
    "1.3.14.3.2.7": "DES",
    "1.2.840.113549.2.2": "MD2",
    "1.2.840.113549.2.5": "MD5",
    "1.2.840.113549.1.1.4": "RSA with MD5",
    "1.3.36.3.2.1": "RIPEMD-160",
}


def name_of(oid: str) -> str:
    """An algorithm for people: its name where it has one, with its identifier."""
    return f"{_OTHERS[oid]} ({oid})" if oid in _OTHERS else oid


@dataclass(frozen=True, slots=True)
class Identifier:
    """How a message names a certificate: by issuer and serial number, or by a key identifier."""

    element: Element

    def means(self, certificate: Certificate) -> bool:
        """True when this certificate is meant."""
        try:
            return certificate.is_named_by(self.element)
        except BerError:
            return False

    def issued_by(self, certificate: Certificate) -> bool:
        """True when the same issuer is named as in this certificate: one of the same owner, where they sign for themselves."""
        try:
            return self.element.tag == SEQUENCE and self.element.first().encoded == certificate.issuer
        except BerError:
            return False

    def __str__(self) -> str:
        """`serial 4a3b, issued by CN=..., O=...`."""
        try:
            if self.element.tag != SEQUENCE:
                return f"key identifier {self.element.octets(0x80).hex()}"
            issuer, serial = self.element.children()
            return f"serial {serial.integer():x}, issued by {_name(issuer)}"
        except (BerError, ValueError):  # ValueError: more or fewer fields than two
            return "somebody whose name cannot be read"


def _name(name: Element) -> str:
    parts = []
    for relative in name.children():
        for attribute in relative.children():
            oid, value = attribute.children()
            text = value.content.decode("utf-16-be" if value.tag == 0x1E else "utf-8", "replace")
            parts.append(f"{_ATTRIBUTE_NAMES.get(oid.oid(), oid.oid())}={text}")
    return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Envelope:
    """An EnvelopedData or AuthEnvelopedData from outside."""

    recipients: tuple[Identifier, ...]
    cipher: Cipher | None
    cipher_oid: str


def read_envelope(message: bytes) -> Envelope:
    """Recipients and cipher. Raises `BerError` or ValueError."""
    _, explicit = parse(message).children()
    fields = list(explicit.first().children())[1:]
    if fields and fields[0].tag == _CONTEXT_0:
        fields.pop(0)
    recipients = []
    for recipient in islice(fields[0].expect(SET).children(), _MOST):
        if recipient.tag == SEQUENCE:
            _, identifier, *_ = recipient.children()
            recipients.append(Identifier(identifier))
    _, algorithm, *_ = fields[1].children()
    oid = algorithm.first().oid()
    return Envelope(tuple(recipients), CIPHER_BY_OID.get(oid), oid)


@dataclass(frozen=True, slots=True)
class Embedded:
    """A certificate that came with a message. It is shown, and never trusted."""

    certificate: Certificate
    subject: str


@dataclass(frozen=True, slots=True)
class Signer:
    """One signer of a SignedData."""

    identifier: Identifier
    digest: Digest | None
    digest_oid: str
    signature_oid: str
    attributes: Element | None
    signature: bytes
    message_digest: bytes | None  #: the signed attribute; None: not there
    attributes_fit: bool  #: the content type is that of data

    @property
    def scheme(self) -> SignatureScheme | None:
        """How it was signed; None: not known."""
        known = SIGNATURE_BY_OID.get(self.signature_oid)
        return known[0] if known else None

    def genuine(self, key: PublicKey, *, content: bytes = b"") -> bool:
        """True when the signature value fits the signed attributes, or without any the content; a PSS salt may have any length."""
        return any(self._is_by(key, form) for form in self._forms(content))

    def _forms(self, content: bytes) -> Iterator[bytes]:
        if self.attributes is None:
            yield content
            return
        yield bytes((SET,)) + self.attributes.encoded[1:]
        with suppress(BerError):
            yield reencoded(self.attributes, SET)

    def _is_by(self, key: PublicKey, data: bytes) -> bool:
        if self.digest is None:
            return False
        algorithm = HASHES[self.digest]
        try:
            if not isinstance(key, RSAPublicKey):
                key.verify(self.signature, data, ec.ECDSA(algorithm))
            elif self.scheme is SignatureScheme.RSA_PSS:
                key.verify(self.signature, data, padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO), algorithm)
            else:
                key.verify(self.signature, data, padding.PKCS1v15(), algorithm)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signature:
    """A SignedData from outside. `content` is there when it is not detached."""

    signers: tuple[Signer, ...]
    embedded: tuple[Embedded, ...]
    content: bytes | None


def read_signature(message: bytes) -> Signature:
    """Signers and certificates. Raises `BerError` or ValueError."""
    _, explicit = parse(message).children()
    _, _, encapsulated, *rest = explicit.first().children()
    _, *inner = encapsulated.children()
    content = inner[0].first().octets() if inner else None
    embedded = [found for part in rest[:-1] if part.tag == _CONTEXT_0 for found in _certificates(part)]
    signers = [_signer(info) for info in islice(rest[-1].expect(SET).children(), _MOST)]
    return Signature(tuple(signers), tuple(embedded), content)


def _certificates(part: Element) -> Iterator[Embedded]:
    for element in islice(part.children(), _MOST):
        try:
            loaded = x509.load_der_x509_certificate(element.encoded)
            yield Embedded(load_certificate(loaded.public_bytes(Encoding.PEM).decode()), loaded.subject.rfc4514_string())
        except (CertificateError, ValueError):
            continue  # of a kind that nobody could configure here


def _signer(info: Element) -> Signer:
    _, identifier, digest_algorithm, *rest = info.children()
    attributes = rest.pop(0) if rest and rest[0].tag == _CONTEXT_0 else None
    digest_oid = digest_algorithm.first().oid()
    values: dict[str, Element] = {}
    for attribute in attributes.children() if attributes is not None else ():
        kind, held = attribute.children()
        values.setdefault(kind.oid(), held.first())
    message_digest = values[_MESSAGE_DIGEST].octets() if _MESSAGE_DIGEST in values else None
    fits = attributes is None or (_CONTENT_TYPE in values and values[_CONTENT_TYPE].oid() == "1.2.840.113549.1.7.1")
    return Signer(
        Identifier(identifier),
        DIGEST_BY_OID.get(digest_oid),
        digest_oid,
        rest[0].first().oid(),
        attributes,
        rest[1].octets(),
        message_digest,
        fits,
    )


def pem_of(certificate: Certificate) -> str:
    """PEM text of a certificate, for settings that are only tried."""
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(certificate.encoded).decode()}-----END CERTIFICATE-----\n"
