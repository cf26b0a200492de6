"""Takes the layers of security off an entity, in the order in which the MIME types say they were put on.

Each layer is one `Step`. Signed, encrypted and compressed come in any sensible order (RFC 4130 2.4, RFC 5402 3).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from as2.algorithms import Digest, Legacy
from as2.cms.ber import BerError, Element, parse
from as2.cms.certificate import Certificate
from as2.cms.compressed import COMPRESSED_DATA, decompress
from as2.cms.enveloped import AUTH_ENVELOPED_DATA, ENVELOPED_DATA, DecryptionKey, decrypt
from as2.cms.signed import SIGNED_DATA, Verified, verify
from as2.content import Content, Scratch
from as2.errors import As2Error, DecompressionFailed, DecryptionFailed, InsufficientSecurity, IntegrityCheckFailed, Step
from as2.mic import Mic
from as2.mime import Entity, MimeError, canonical

__all__ = ["Keyring", "Opened", "failed_step", "unwrap"]

MAX_LAYERS: Final = 8
MAX_COMPRESSIONS: Final = 2
_CMS_TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})


@dataclass(slots=True)
class Keyring:
    """With what, and within which limits, layers are taken off."""

    decrypt: tuple[DecryptionKey, ...] = field(default=(), repr=False)
    verify: tuple[Certificate, ...] = ()
    legacy: Collection[Legacy] = frozenset()
    max_bytes: int = 50 << 20
    canonical_retry: bool = True
    canonical_mic: bool = True  #: the MIC of unsigned text is over CRLF line ends
    require_signed: bool = False  #: what is decrypted and not signed is refused before anything is said of its padding
    check_signatures: bool = True  #: False only to read an MDN whose signature has failed already
    scratch: Scratch | None = None  #: for layers that are large; without it everything is in memory


@dataclass(slots=True)
class Opened:
    """What has come to light so far."""

    entity: Entity
    outermost: bool = True  #: no layer was taken off yet: the header fields are those of HTTP
    verified: Verified | None = None
    signed_entity: Entity | None = None  #: the multipart/signed or opaque message whose signature was verified
    decrypted_with: Certificate | None = None
    compressions: int = 0
    steps: list[Step] = field(default_factory=list)
    cms: Element | None = None  #: the entity's CMS message, once it was read

    @property
    def signed(self) -> bool:
        """True once a signature was verified."""
        return self.verified is not None

    @property
    def encrypted(self) -> bool:
        """True once something was decrypted."""
        return self.decrypted_with is not None

    def go_in(self, entity: Entity, cms: Element | None = None) -> None:
        """A layer was taken off; this is what was inside."""
        self.entity, self.cms, self.outermost = entity, cms, False

    def mic(self, unsigned_digest: Digest, keyring: Keyring) -> Mic:
        """The digest over the bytes that count (see `as2.mic`)."""
        if self.verified is not None:
            return Mic(self.verified.content_digest, self.verified.digest)
        return Mic.of(self.mic_content(keyring), unsigned_digest)

    def mic_content(self, keyring: Keyring) -> Content:
        """The bytes that the MIC covers. Text that nobody signed may have come with other line ends than were digested."""
        if self.verified is not None:
            return self.verified.content
        if self.outermost:
            return self.entity.body
        text = self.entity.transfer_encoding != "binary"
        return canonical(self.entity.raw, keyring.scratch) if text and keyring.canonical_mic else self.entity.raw


def unwrap(opened: Opened, keyring: Keyring) -> None:
    """Take off all layers; `opened` has what was found, also when a layer fails with an `As2Error`."""
    for _ in range(MAX_LAYERS):
        kind = opened.entity.content_type.type
        if kind == "multipart/signed":
            _verify_multipart(opened, keyring)
        elif kind in _CMS_TYPES:
            _unwrap_cms(opened, keyring)
        else:
            return
    raise DecompressionFailed("more layers than anybody needs")


def _unwrap_cms(opened: Opened, keyring: Keyring) -> None:
    """What the bytes are decides, not the smime-type of their label."""
    fault = DecryptionFailed if opened.encrypted or opened.outermost else DecompressionFailed
    try:
        message = opened.cms or parse(opened.entity.cms())
        kind = message.first().oid()
    except (MimeError, BerError) as reason:
        raise fault("this is not a CMS message") from reason
    if kind in {ENVELOPED_DATA, AUTH_ENVELOPED_DATA}:
        _decrypt(opened, message, keyring)
    elif kind == COMPRESSED_DATA:
        _decompress(opened, message, keyring)
    elif kind == SIGNED_DATA:
        _verify(opened, message, None, keyring)
    else:
        raise fault("this kind of CMS message has no place here")


def _decrypt(opened: Opened, message: Element, keyring: Keyring) -> None:
    if opened.encrypted:
        raise DecryptionFailed("encrypted twice")
    found: list[tuple[Entity, Element | None]] = []

    def recognise(content: Content) -> None:
        entity, cms = _whole_entity(content, keyring.scratch)
        if keyring.require_signed and not opened.signed and cms is None and not entity.content_type.type.startswith("multipart/"):
            # said whatever the padding is: nobody signed this, and it may end anywhere
            raise InsufficientSecurity("not signed, though the profile requires it")
        found.append((entity, cms))

    decrypted = decrypt(message, keys=keyring.decrypt, legacy=keyring.legacy, scratch=keyring.scratch, recognise=recognise)
    opened.go_in(*found[0])
    opened.decrypted_with = decrypted.certificate
    legacy = decrypted.cipher.legacy
    opened.steps.append(
        Step(
            "decrypt",
            "warning" if legacy else "done",
            "with a cipher that is no longer safe" if legacy else "",
            algorithm=decrypted.cipher.value,
            certificate=decrypted.certificate.fingerprint,
        )
    )


def _whole_entity(content: Content, scratch: Scratch | None) -> tuple[Entity, Element | None]:
    """The entity, and its CMS message when it has one. Raises `MimeError` or `BerError` unless it ends where it says.

    Nothing may follow, or whoever can append blocks to a CBC ciphertext learns from two different answers whether their padding was right.
    """
    entity = Entity.parse(content, scratch)
    if not entity.fields:
        raise MimeError("no header fields")
    kind = entity.content_type.type
    if kind.startswith("multipart/") and not entity.multipart.whole:
        raise MimeError("the last boundary is missing, or something follows it")
    return entity, parse(entity.cms()) if kind in _CMS_TYPES else None


def _decompress(opened: Opened, message: Element, keyring: Keyring) -> None:
    if opened.compressions == MAX_COMPRESSIONS:
        raise DecompressionFailed("compressed more often than anybody needs")
    content = decompress(message, max_bytes=keyring.max_bytes, scratch=keyring.scratch)
    try:
        opened.go_in(Entity.parse(content, keyring.scratch))
    except MimeError as fault:
        raise DecompressionFailed("what was decompressed is no MIME entity") from fault
    opened.compressions += 1
    opened.steps.append(Step("decompress", "done", algorithm="zlib"))


def _verify_multipart(opened: Opened, keyring: Keyring) -> None:
    """RFC 1847 2.1: the first part is what was signed, the second is the signature."""
    try:
        content, signature_part = opened.entity.multipart.parts
        signature = parse(Entity.parse(signature_part).cms()) if keyring.check_signatures else None
    except ValueError as fault:  # more or fewer parts than two; MimeError, BerError
        raise IntegrityCheckFailed("the parts of the signed message are not there") from fault
    _verify(opened, signature, content, keyring)


def _verify(opened: Opened, signature: Element | None, content: Content | None, keyring: Keyring) -> None:
    if opened.signed:
        raise IntegrityCheckFailed("signed twice")
    if signature is None or not keyring.check_signatures:
        if content is None:
            raise IntegrityCheckFailed("the content is inside of a signature that failed")
        _go_in_signed(opened, content, keyring)
        return
    detail = ""
    try:
        verified = verify(signature, content, certificates=keyring.verify, legacy=keyring.legacy, scratch=keyring.scratch)
    except IntegrityCheckFailed as fault:
        repaired = _repaired(content, keyring)
        if repaired is None:
            raise
        try:
            verified = verify(signature, repaired, certificates=keyring.verify, legacy=keyring.legacy)
        except IntegrityCheckFailed:
            raise fault from None  # with the digest of what came
        detail = "verified only with CRLF line ends"
    opened.verified, opened.signed_entity = verified, opened.entity
    _go_in_signed(opened, verified.content, keyring)
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


def _repaired(content: Content | None, keyring: Keyring) -> Content | None:
    """Text with CRLF line ends (A22); None for binary parts, and for text that has them already."""
    if content is None or not keyring.canonical_retry:
        return None
    if b"\ncontent-transfer-encoding: binary" in content[:1024].lower().replace(b"\r", b""):
        return None
    repaired = canonical(content, keyring.scratch)
    return repaired if repaired.size != content.size else None


def _go_in_signed(opened: Opened, content: Content, keyring: Keyring) -> None:
    try:
        opened.go_in(Entity.parse(content, keyring.scratch))
    except MimeError as fault:
        raise IntegrityCheckFailed("what was signed is no MIME entity") from fault


def failed_step(fault: As2Error) -> Step:
    """The step that did not succeed."""
    name = {DecryptionFailed: "decrypt", DecompressionFailed: "decompress"}.get(type(fault), "verify")
    return Step(name, "failed", fault.detail, digest=fault.computed.hex())
