"""Which fault is in a signature: who signed, whether it is genuine, and over which bytes it was made."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from as2.algorithms import Legacy, SignatureScheme
from as2.cms.ber import BerError
from as2.cms.certificate import Certificate
from as2.cms.compressed import decompress
from as2.cms.signed import verify
from as2.errors import As2Error
from as2.explain.anatomy import Embedded, Signature, Signer, name_of, read_signature
from as2.explain.causes import Cause
from as2.explain.opening import cms_fault, multipart_fault
from as2.explain.peel import CMS_TYPES, Layer, cms_of, crlf, octets, parts_of
from as2.explain.values import Circumstances, Finding, Tried
from as2.keys import partner_keys
from as2.mic import Mic
from as2.mime import Entity, MimeError

__all__ = ["Variant", "certificate_words", "embedded_in", "signature_fault", "variants"]


@dataclass(frozen=True, slots=True)
class Variant:
    """Other bytes that a digest may have been made over, and what that means."""

    cause: Cause
    words: str
    content: bytes


def variants(part: bytes) -> Iterator[Variant]:
    """What partners' products digest instead of a part with its header fields."""
    yield Variant(Cause.LINE_ENDS_CHANGED, "the part with CRLF line ends", crlf(part))
    yield Variant(Cause.LINE_ENDS_CHANGED, "the part with LF line ends", part.replace(b"\r\n", b"\n"))
    yield Variant(Cause.LINE_ENDS_CHANGED, "the part with one more line end", part + b"\r\n")
    yield Variant(Cause.LINE_ENDS_CHANGED, "the part without its last line end", re.sub(rb"\r?\n\Z", b"", part))
    try:
        entity = Entity.parse(part)
    except MimeError:
        return
    body = octets(entity.body)
    yield Variant(Cause.SIGNED_OTHER_BYTES, "the part without its header fields", body)
    head, rest = part[: len(part) - len(body)], body
    yield Variant(Cause.LINE_ENDS_CHANGED, "the part with LF line ends in its content", head + rest.replace(b"\r\n", b"\n"))
    lines = re.findall(rb"[^\r\n]+(?:\r?\n[ \t][^\r\n]*)*\r?\n", head)
    for line in lines:
        name = line.partition(b":")[0].decode("latin-1")
        yield Variant(Cause.HEADERS_CHANGED, f"the part without its field {name}", head.replace(line, b"", 1) + rest)
    for added in ("binary", "7bit", "8bit"):
        field = f"Content-Transfer-Encoding: {added}\r\n".encode()
        yield Variant(Cause.HEADERS_CHANGED, f"the part with Content-Transfer-Encoding: {added}", head[:-2] + field + b"\r\n" + rest)
    yield from _decoded_variants(entity)


def _decoded_variants(entity: Entity) -> Iterator[Variant]:
    """Without transfer encoding and compression."""
    try:
        decoded = octets(entity.decoded())
        if decoded != octets(entity.body):
            yield Variant(Cause.SIGNED_OTHER_BYTES, "the content without its transfer encoding", decoded)
        if entity.content_type.type in CMS_TYPES:
            message = cms_of(entity)
            yield Variant(Cause.SIGNED_OTHER_BYTES, "the compressed data without header fields", message)
            inner = octets(decompress(message, max_bytes=1 << 30))
            yield Variant(Cause.SIGNED_OTHER_BYTES, "the decompressed entity with its header fields", inner)
            yield Variant(Cause.SIGNED_OTHER_BYTES, "the decompressed content without header fields", octets(Entity.parse(inner).body))
    except (As2Error, MimeError, BerError):
        return


def embedded_in(layer: Layer) -> tuple[Embedded, ...]:
    """The certificates that came with a signature."""
    try:
        return read_signature(layer.cms).embedded if layer.cms else ()
    except (BerError, ValueError, IndexError):
        return ()


def certificate_words(embedded: Embedded) -> str:
    """For whoever compares it with the partner."""
    certificate = embedded.certificate
    return f"{embedded.subject}, {certificate.fingerprint}, valid until {certificate.not_after:%Y-%m-%d}"


def signature_fault(layer: Layer, circumstances: Circumstances) -> Finding | None:
    """Why a signature does not verify; None when it does."""
    if not layer.cms:
        return _structure(layer.entity)
    if layer.entity.content_type.type == "multipart/signed" and (fault := multipart_fault(layer.entity)) is not None:
        return fault
    try:
        signature = read_signature(layer.cms)
    except (BerError, ValueError, IndexError):
        return _structure(layer.entity)
    if not signature.signers:
        return Finding(Cause.NO_SIGNER)
    content = layer.content if layer.content is not None else b""
    keys = partner_keys(circumstances.partner)
    accepted = keys.verifying(circumstances.now)
    if _verifies(layer.cms, content, accepted, circumstances):
        return None
    for signer in signature.signers:
        certificate = next((one for one in accepted if signer.identifier.means(one)), None)
        if certificate is not None:
            return _of_configured(signer, signature, certificate, layer, circumstances)
    signer = signature.signers[0]
    held = keys.verify
    for one in held.all if held is not None else ():
        if signer.identifier.means(one.certificate):
            assert held is not None
            return Finding(Cause.SIGNER_NO_LONGER_ACCEPTED, f"{held.role(one)}, {one.certificate.fingerprint}")
    return _of_stranger(signer, signature, accepted, circumstances)


def _structure(entity: Entity) -> Finding:
    """No signature to look at: what is wrong with the parts, or with the one that should hold it."""
    if entity.content_type.type != "multipart/signed":
        return Finding(Cause.SIGNATURE_UNREADABLE)
    fault = multipart_fault(entity)
    if fault is not None:
        return fault
    try:
        inner = cms_fault(Layer("unreadable", Entity.parse(parts_of(entity)[1])))
    except (MimeError, IndexError):
        return Finding(Cause.SIGNATURE_UNREADABLE)
    if inner.cause is Cause.BASE64_TWICE:
        return Finding(Cause.BASE64_TWICE, "the signature")
    return Finding(Cause.SIGNATURE_UNREADABLE, inner.detail)


def _verifies(message: bytes, content: bytes, certificates: tuple[Certificate, ...], circumstances: Circumstances) -> bool:
    tolerance = circumstances.partner.tolerance
    head = content[:1024].lower()
    retried = tolerance.canonical_retry and b"content-transfer-encoding: binary" not in head
    for tried in (content, crlf(content)) if retried else (content,):
        try:
            verify(message, tried, certificates=certificates, legacy=circumstances.partner.legacy)
        except As2Error:
            continue
        return True
    return False


def _of_stranger(signer: Signer, signature: Signature, accepted: tuple[Certificate, ...], circumstances: Circumstances) -> Finding:
    """Signed by a certificate that is not configured: do we know it, did it come along?"""
    for known in circumstances.known:
        if signer.identifier.means(known.certificate):
            cause = Cause.SIGNER_RENEWED if known.whose == "partner" else Cause.SIGNER_OF_ANOTHER
            return Finding(cause, f"{known.label}, {known.certificate.fingerprint}")
    for embedded in signature.embedded:
        if signer.identifier.means(embedded.certificate):
            renewed = any(embedded.certificate.issuer == one.issuer for one in accepted)
            genuine = signer.genuine(embedded.certificate.public_key)
            came = Tried(f"the certificate that came along, {embedded.certificate.fingerprint}", fits=genuine)
            return Finding(Cause.SIGNER_RENEWED if renewed else Cause.SIGNER_NOT_CONFIGURED, certificate_words(embedded), tried=(came,))
    return Finding(Cause.SIGNER_NOT_SHOWN, str(signer.identifier))


def _of_configured(signer: Signer, signature: Signature, certificate: Certificate, layer: Layer, circumstances: Circumstances) -> Finding:
    """The certificate is one that we accept, and still it does not verify."""
    content = layer.content if layer.content is not None else b""
    if signer.digest is None or signer.scheme is None:
        return Finding(Cause.SIGNATURE_UNSAFE, name_of(signer.digest_oid if signer.digest is None else signer.signature_oid))
    if signer.digest.legacy not in {None, *circumstances.partner.legacy}:
        try:
            verify(layer.cms, content, certificates=(certificate,), legacy=frozenset(Legacy))
        except As2Error:
            pass
        else:
            return Finding(Cause.DIGEST_NOT_ALLOWED, signer.digest.value)
    if not signer.attributes_fit:
        return Finding(Cause.ATTRIBUTES_WRONG, "the content type")
    tried = []
    for variant in (Variant(Cause.ATTRIBUTES_WRONG, "the part as it came", content), *variants(content)):
        fits = _made_over(signer, certificate, variant.content)
        tried.append(Tried(f"signed over {variant.words}", fits=fits))
        if fits:
            cause = Cause.PSS_SALT_WRONG if variant.content == content and signer.scheme is SignatureScheme.RSA_PSS else variant.cause
            return Finding(cause, "" if variant.content == content else variant.words, tried=tuple(tried))
    if signer.attributes is not None and signer.genuine(certificate.public_key):
        return Finding(Cause.CONTENT_CHANGED, tried=tuple(tried))
    other = next((one for one in signature.embedded if signer.genuine(one.certificate.public_key, content=content)), None)
    return Finding(Cause.SIGNED_WITH_OTHER_KEY, certificate_words(other) if other else "", tried=tuple(tried))


def _made_over(signer: Signer, certificate: Certificate, content: bytes) -> bool:
    """True when this very content was signed with the key of the certificate."""
    if signer.attributes is None:
        return signer.genuine(certificate.public_key, content=content)
    assert signer.digest is not None
    return Mic.of(content, signer.digest).digest == signer.message_digest and signer.genuine(certificate.public_key)
