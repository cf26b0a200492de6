"""Takes layers off as far as possible, keeping each: to see in which one a fault is, and what a digest could have been made over."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from as2.algorithms import Legacy
from as2.cms.ber import BerError, parse
from as2.cms.compressed import COMPRESSED_DATA, decompress
from as2.cms.enveloped import AUTH_ENVELOPED_DATA, ENVELOPED_DATA, decrypt
from as2.cms.signed import SIGNED_DATA
from as2.content import Content
from as2.errors import As2Error
from as2.explain.anatomy import read_signature
from as2.explain.values import Circumstances
from as2.mime import Entity, MimeError, canonical, split

__all__ = ["CMS_TYPES", "Layer", "cms_of", "crlf", "entity_of", "from_base64", "looks_like_base64", "octets", "parts_of", "peel"]

CMS_TYPES: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
MOST_LAYERS: Final = 8
_LARGEST: Final = 1 << 30
_KINDS: Final = {
    ENVELOPED_DATA: "encrypted",
    AUTH_ENVELOPED_DATA: "encrypted",
    COMPRESSED_DATA: "compressed",
    SIGNED_DATA: "signed",
}
_BASE64: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n")


@dataclass(frozen=True, slots=True)
class Layer:
    """One entity, and how it is protected: "encrypted", "signed", "compressed", "content", or "unreadable" for a CMS type without CMS."""

    kind: str
    entity: Entity
    cms: bytes = b""  #: the CMS message: the envelope, the compressed data, or the signature
    content: bytes | None = None  #: of a signed layer: what the signature should be over

    @property
    def entity_bytes(self) -> bytes:
        """The entity with its header fields; of the outermost one these are those of HTTP, and only the body counts."""
        return octets(self.entity.raw)


def octets(content: bytes | Content) -> bytes:
    """All of it, in memory: what is explained is looked at in many ways."""
    return content if isinstance(content, bytes) else content.read()


def crlf(content: bytes) -> bytes:
    """With CRLF line ends."""
    return octets(canonical(Content.of(content)))


def entity_of(fields: Iterable[tuple[str, str]], body: bytes) -> Entity:
    """A request or an answer as a MIME entity: those of its fields that speak of the body."""
    content = Content.of(body)
    return Entity(tuple((name.lower(), value) for name, value in fields if name.lower().startswith("content-")), content, content)


def cms_of(entity: Entity) -> bytes:
    """The CMS message of an entity. Raises `MimeError`."""
    return octets(entity.cms())


def parts_of(entity: Entity) -> tuple[bytes, ...]:
    """The parts of a multipart. Raises `MimeError`."""
    boundary = entity.content_type.parameters.get("boundary", "")
    return tuple(octets(part) for part in split(entity.body, boundary).parts)


def looks_like_base64(data: bytes) -> bool:
    """True for a longer text of nothing but base64."""
    sample = data[:4096].strip()
    return len(sample) >= 16 and _BASE64.issuperset(sample)


def from_base64(data: bytes) -> bytes | None:
    """Decoded; None when it is no base64."""
    try:
        return base64.b64decode(data.translate(None, b" \t\r\n"), validate=True)
    except binascii.Error:
        return None


def peel(entity: Entity, circumstances: Circumstances) -> tuple[Layer, ...]:
    """All layers from the outside in; the last is the content, or the one that does not come off. Nothing is verified here."""
    layers: list[Layer] = []
    while len(layers) < MOST_LAYERS:
        layer = _layer(entity)
        layers.append(layer)
        inner = _inner(layer, circumstances)
        if inner is None:
            break
        entity = inner
    return tuple(layers)


def _layer(entity: Entity) -> Layer:
    kind = entity.content_type.type
    if kind == "multipart/signed":
        try:
            content, signature, *_ = parts_of(entity)
            return Layer("signed", entity, cms_of(Entity.parse(signature)), content)
        except (MimeError, ValueError):
            return Layer("signed", entity)
    if kind not in CMS_TYPES:
        return Layer("content", entity)
    try:
        message = cms_of(entity)
        found = _KINDS.get(parse(message).first().oid(), "unreadable")
        return Layer(found, entity, message, read_signature(message).content if found == "signed" else None)
    except (BerError, MimeError, ValueError):
        return Layer("unreadable", entity)


def _inner(layer: Layer, circumstances: Circumstances) -> Entity | None:
    """What is inside; None when that is the end of it."""
    try:
        match layer.kind:
            case "encrypted" if circumstances.own is not None:
                keys = circumstances.own.decrypting(circumstances.now)
                return Entity.parse(octets(decrypt(layer.cms, keys=keys, legacy=frozenset(Legacy)).content))
            case "compressed":
                limit = min(max(circumstances.partner.max_bytes, 64 << 20), _LARGEST)
                return Entity.parse(octets(decompress(layer.cms, max_bytes=limit)))
            case "signed" if layer.content is not None:
                return Entity.parse(layer.content)
    except (As2Error, BerError, MimeError):
        pass
    return None
