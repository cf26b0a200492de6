"""Takes the layers of security off an entity, in the order in which the MIME types say they were put on.

Each layer is one `Step`. Signed, encrypted and compressed come in any sensible order (RFC 4130 2.4, RFC 5402 3).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from as2.algorithms import Digest, Legacy
from as2.cms.ber import BerError, parse
from as2.cms.certificate import Certificate
from as2.cms.compressed import COMPRESSED_DATA, decompress
from as2.cms.enveloped import AUTH_ENVELOPED_DATA, ENVELOPED_DATA, DecryptionKey, decrypt
from as2.cms.signed import SIGNED_DATA, Verified, verify
from as2.errors import As2Error, DecompressionFailed, DecryptionFailed, IntegrityCheckFailed, Step
from as2.mic import Mic
from as2.mime import ContentType, Entity, MimeError, canonical, split

__all__ = ["Keyring", "Opened", "failed_step", "unwrap"]

MAX_LAYERS: Final = 8
MAX_COMPRESSIONS: Final = 2
_CMS_TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


@dataclass(frozen=True, slots=True)
class Keyring:
    """With what, and within which limits, layers are taken off."""

    decrypt: tuple[DecryptionKey, ...] = field(default=(), repr=False)
    verify: tuple[Certificate, ...] = ()
    legacy: Collection[Legacy] = frozenset()
    max_bytes: int = 50 << 20
    canonical_retry: bool = True
    check_signatures: bool = True  #: False only to read an MDN whose signature has failed already


@dataclass(slots=True)
class Opened:
    """What has come to light so far."""

    entity: Entity
    outermost: bool = True  #: no layer was taken off yet: the header fields are those of HTTP
    verified: Verified | None = None
    decrypted_with: Certificate | None = None
    compressions: int = 0
    steps: list[Step] = field(default_factory=list)

    @property
    def signed(self) -> bool:
        """True once a signature was verified."""
        return self.verified is not None

    @property
    def encrypted(self) -> bool:
        """True once something was decrypted."""
        return self.decrypted_with is not None

    def mic(self, unsigned_digest: Digest) -> Mic:
        """The digest over the bytes that count (see `as2.mic`)."""
        if self.verified is not None:
            return Mic(self.verified.content_digest, self.verified.digest)
        return Mic.of(self.mic_bytes, unsigned_digest)

    @property
    def mic_bytes(self) -> bytes:
        """The bytes that the MIC covers."""
        if self.verified is not None:
            return self.verified.content
        return self.entity.body if self.outermost else self.entity.raw


def unwrap(opened: Opened, keyring: Keyring) -> None:
    """Take off all layers; `opened` has what was found, also when a layer fails with an `As2Error`."""
    for _ in range(MAX_LAYERS):
        content_type = opened.entity.content_type
        if content_type.type == "multipart/signed":
            _verify_multipart(opened, content_type, keyring)
        elif content_type.type in _CMS_TYPES:
            _unwrap_cms(opened, keyring)
        else:
            return
    raise DecompressionFailed("more layers than anybody needs")


def _unwrap_cms(opened: Opened, keyring: Keyring) -> None:
    """What the bytes are decides, not the smime-type of their label."""
    fault = DecryptionFailed if opened.encrypted or opened.outermost else DecompressionFailed
    try:
        message = opened.entity.cms()
        kind = parse(message).first().oid()
    except (MimeError, BerError) as reason:
        raise fault("this is not a CMS message") from reason
    if kind in {ENVELOPED_DATA, AUTH_ENVELOPED_DATA}:
        _decrypt(opened, message, keyring)
    elif kind == COMPRESSED_DATA:
        _decompress(opened, message, keyring)
    elif kind == SIGNED_DATA:
        _verify_opaque(opened, message, keyring)
    else:
        raise fault("this kind of CMS message has no place here")


def _decrypt(opened: Opened, message: bytes, keyring: Keyring) -> None:
    if opened.encrypted:
        raise DecryptionFailed("encrypted twice")
    decrypted = decrypt(message, keys=keyring.decrypt, legacy=keyring.legacy)
    certificate = decrypted.certificate
    try:
        entity = Entity.parse(decrypted.content)
        _check_whole(entity)
    except (MimeError, BerError) as fault:
        raise DecryptionFailed("what was decrypted is no MIME entity") from fault
    opened.entity, opened.outermost, opened.decrypted_with = entity, False, certificate
    legacy = decrypted.cipher.legacy
    opened.steps.append(
        Step(
            "decrypt",
            "warning" if legacy else "done",
            "with a cipher that is no longer safe" if legacy else "",
            algorithm=decrypted.cipher.value,
            certificate=certificate.fingerprint,
        )
    )


def _check_whole(entity: Entity) -> None:
    """Raises `MimeError` or `BerError` unless the entity ends where it says.

    Nothing may follow, or whoever can append blocks to a CBC ciphertext learns from two different answers whether their padding was right.
    """
    if not entity.fields:
        raise MimeError("no header fields")
    if entity.content_type.type.startswith("multipart/"):
        if not split(entity.body, entity.content_type.parameters.get("boundary", "")).whole:
            raise MimeError("the last boundary is missing, or something follows it")
    elif entity.content_type.type in _CMS_TYPES:
        parse(entity.cms())


def _decompress(opened: Opened, message: bytes, keyring: Keyring) -> None:
    if opened.compressions == MAX_COMPRESSIONS:
        raise DecompressionFailed("compressed more often than anybody needs")
    content = decompress(message, max_bytes=keyring.max_bytes)
    try:
        entity = Entity.parse(content)
    except MimeError as fault:
        raise DecompressionFailed("what was decompressed is no MIME entity") from fault
    opened.entity, opened.outermost = entity, False
    opened.compressions += 1
    opened.steps.append(Step("decompress", "done", algorithm="zlib"))


def _verify_multipart(opened: Opened, content_type: ContentType, keyring: Keyring) -> None:
    """RFC 1847 2.1: the first part is what was signed, the second is the signature."""
    try:
        content, signature_part = split(opened.entity.body, content_type.parameters.get("boundary", "")).parts
        signature = Entity.parse(signature_part).cms()
    except ValueError as fault:  # more or fewer parts than two; MimeError
        raise IntegrityCheckFailed("the parts of the signed message are not there") from fault
    _verify(opened, signature, content, keyring)


def _verify_opaque(opened: Opened, message: bytes, keyring: Keyring) -> None:
    _verify(opened, message, None, keyring)


def _verify(opened: Opened, signature: bytes, content: bytes | None, keyring: Keyring) -> None:
    if opened.signed:
        raise IntegrityCheckFailed("signed twice")
    if not keyring.check_signatures:
        if content is None:
            raise IntegrityCheckFailed("the content is inside of a signature that failed")
        _inner(opened, content)
        return
    detail = ""
    try:
        verified = verify(signature, content, certificates=keyring.verify, legacy=keyring.legacy)
    except IntegrityCheckFailed:
        repaired = _repaired(content) if keyring.canonical_retry else None
        if repaired is None:
            raise
        verified = verify(signature, repaired, certificates=keyring.verify, legacy=keyring.legacy)
        detail = "verified only with CRLF line ends"
    opened.verified = verified
    _inner(opened, verified.content)
    opened.steps.append(
        Step(
            "verify",
            "warning" if detail or verified.digest.legacy else "done",
            detail or ("with a digest that is no longer safe" if verified.digest.legacy else ""),
            algorithm=f"{verified.scheme} {verified.digest}",
            certificate=verified.certificate.fingerprint,
            digest=verified.content_digest.hex(),
        )
    )


def _repaired(content: bytes | None) -> bytes | None:
    """Text with CRLF line ends (A22); None for binary parts, and for text that has them already."""
    if content is None or b"\ncontent-transfer-encoding: binary" in content[:1024].lower().replace(b"\r", b""):
        return None
    repaired = canonical(content)
    return repaired if repaired != content else None


def _inner(opened: Opened, content: bytes) -> None:
    try:
        opened.entity, opened.outermost = Entity.parse(content), False
    except MimeError as fault:
        raise IntegrityCheckFailed("what was signed is no MIME entity") from fault


def failed_step(fault: As2Error) -> Step:
    """The step that did not succeed."""
    name = {DecryptionFailed: "decrypt", DecompressionFailed: "decompress"}.get(type(fault), "verify")
    return Step(name, "failed", fault.detail)
