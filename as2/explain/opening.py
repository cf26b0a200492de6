"""Which fault is in a layer of encryption or compression, or in a part that says it is CMS and is not."""

from typing import Final

from as2.algorithms import Legacy
from as2.cms.ber import BerError
from as2.cms.compressed import decompress
from as2.cms.enveloped import decrypt
from as2.errors import As2Error
from as2.explain.anatomy import Envelope, name_of, read_envelope
from as2.explain.causes import Cause
from as2.explain.peel import CMS_TYPES, Layer, from_base64, looks_like_base64, octets, parts_of
from as2.explain.values import Circumstances, Finding
from as2.mime import Entity, MimeError, split

__all__ = ["cms_fault", "compression_fault", "envelope_fault", "multipart_fault"]

_LARGEST: Final = 1 << 30
_SEQUENCE: Final = 0x30


def cms_fault(layer: Layer) -> Finding:
    """It says CMS, and cannot be read as such."""
    data = octets(layer.entity.body).strip()
    if data[:1] != b"\x30":
        decoded = from_base64(data)
        if decoded is None:
            return Finding(Cause.CUT_OFF if looks_like_base64(data) else Cause.NOT_CMS, _beginning(data))
        data = decoded
    if looks_like_base64(data):
        twice = from_base64(data)
        return Finding(Cause.BASE64_TWICE, "the body") if twice and twice[0] == _SEQUENCE else Finding(Cause.NOT_CMS, _beginning(data))
    said = _length(data)
    if said is not None and said > len(data):
        return Finding(Cause.CUT_OFF, f"the CMS message says {said} bytes, and {len(data)} came")
    return Finding(Cause.NOT_CMS, _beginning(data))


def _beginning(data: bytes) -> str:
    return f"it begins with {data[:12]!r}" if data else "it is empty"


def _length(data: bytes) -> int | None:
    """How long the outermost element says it is; None where it does not say (indefinite length), or is no SEQUENCE."""
    if len(data) < 2 or data[0] != _SEQUENCE or data[1] == 0x80:
        return None
    if data[1] < 0x80:
        return 2 + data[1]
    octets_of_length = data[1] & 0x7F
    return 2 + octets_of_length + int.from_bytes(data[2 : 2 + octets_of_length], "big")


def envelope_fault(layer: Layer, circumstances: Circumstances) -> Finding | None:
    """Why an envelope does not come off; None when it does."""
    try:
        envelope = read_envelope(layer.cms)
    except (BerError, ValueError):
        return Finding(Cause.CIPHERTEXT_DAMAGED, "the envelope itself cannot be read")
    if envelope.cipher is None:
        return Finding(Cause.CIPHER_UNSAFE, name_of(envelope.cipher_oid))
    keys = circumstances.own.decrypting(circumstances.now) if circumstances.own else ()
    if not keys:
        return Finding(Cause.NO_KEY_OF_OURS)
    ours = [key for key in keys if any(recipient.means(key.certificate) for recipient in envelope.recipients)]
    if not ours:
        return _for_whom(envelope, circumstances)
    if envelope.cipher.legacy is not None and envelope.cipher.legacy not in circumstances.partner.legacy:
        return Finding(Cause.CIPHER_NOT_ALLOWED, envelope.cipher.value)
    try:
        content = octets(decrypt(layer.cms, keys=keys, legacy=frozenset(Legacy)).content)
    except As2Error:
        return Finding(Cause.CIPHERTEXT_DAMAGED, f"encrypted for {ours[0].certificate.fingerprint}")
    return _inside(content)


def _for_whom(envelope: Envelope, circumstances: Circumstances) -> Finding:
    """Encrypted for a certificate that is none of those that we decrypt with: do we know it all the same?"""
    for known in circumstances.known:
        if any(recipient.means(known.certificate) for recipient in envelope.recipients):
            causes = {"ours": Cause.ENCRYPTED_FOR_FORMER_KEY, "partner": Cause.ENCRYPTED_FOR_SENDER}
            return Finding(causes.get(known.whose, Cause.ENCRYPTED_FOR_OTHERS), f"{known.label}, {known.certificate.fingerprint}")
    own = circumstances.own
    held = own.decrypt.all if own is not None and own.decrypt is not None else ()
    named = "; ".join(str(recipient) for recipient in envelope.recipients) or "no recipient at all"
    for recipient in envelope.recipients:
        if any(recipient.means(one.certificate) or recipient.issued_by(one.certificate) for one in held):
            return Finding(Cause.ENCRYPTED_FOR_FORMER_KEY, named)
    return Finding(Cause.ENCRYPTED_FOR_OTHERS, named)


def _inside(content: bytes) -> Finding | None:
    """What was decrypted must be a whole MIME entity."""
    try:
        entity = Entity.parse(content)
    except (MimeError, BerError):
        return Finding(Cause.DECRYPTED_NO_ENTITY, f"it begins with {content[:3].decode('ascii', 'replace')!r}, not with a header field")
    if not entity.fields:
        return Finding(Cause.DECRYPTED_NO_ENTITY, "there are no header fields")
    if entity.content_type.type == "multipart/signed":
        return multipart_fault(entity)
    if entity.content_type.type in CMS_TYPES:
        return None  # its own layer says what is wrong with it
    return None


def compression_fault(layer: Layer, circumstances: Circumstances, *, times: int) -> Finding | None:
    """Why compressed data does not come off; None when it does. `times`: how often it has been decompressed by then."""
    if times > 2:
        return Finding(Cause.COMPRESSED_TOO_OFTEN, f"{times} times")
    limit = circumstances.partner.max_bytes
    try:
        content = octets(decompress(layer.cms, max_bytes=limit))
    except As2Error as fault:
        try:
            size = len(octets(decompress(layer.cms, max_bytes=_LARGEST)))
        except As2Error as again:
            bomb = "more than is agreed" in again.detail
            return Finding(Cause.COMPRESSION_BOMB if bomb else Cause.COMPRESSION_DAMAGED, "" if bomb else fault.detail)
        return Finding(Cause.UNPACKS_TO_TOO_MUCH, f"{size} bytes, and {limit} are allowed")
    try:
        Entity.parse(content)
    except MimeError:
        return Finding(Cause.COMPRESSION_DAMAGED, "what comes out is no MIME entity")
    return None


def multipart_fault(entity: Entity) -> Finding | None:
    """What is wrong with the parts of a multipart/signed; None when they are two and whole."""
    named, body = entity.content_type.parameters.get("boundary", ""), octets(entity.body)
    if not body.lstrip().startswith(b"--") and looks_like_base64(body):
        decoded = from_base64(body.strip())
        if decoded and b"--" in decoded:
            return Finding(Cause.BASE64_NOT_LABELLED, "the body")
    try:
        found = split(entity.body, named)
        parts = parts_of(entity)
    except MimeError:
        lines = [line.rstrip() for line in body.split(b"\n", 3)[:3] if line.startswith(b"--")]
        stands = lines[0][2:].decode("latin-1") if lines else ""
        return Finding(Cause.BOUNDARY_WRONG, f'named "{named}", and "{stands}" stands there' if stands else f'named "{named}"')
    if not found.closed:
        return Finding(Cause.CUT_OFF, "the last boundary is missing")
    if len(parts) == 1:
        return Finding(Cause.SIGNATURE_MISSING, "there is one part only")
    if len(parts) > 2:
        return Finding(Cause.SIGNATURE_UNREADABLE, f"there are {len(parts)} parts")
    return None
