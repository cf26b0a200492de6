"""`seal_message`: from a payload to the bytes that travel, made once, stored, and sent again unchanged at every attempt.

The layers go on in this order: compress, sign, encrypt (RFC 5402 4.1, RFC 4130 2.4).
"""

import binascii
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import BinaryIO, Final

from as2.algorithms import Cipher, Digest
from as2.cms.certificate import Certificate
from as2.cms.compressed import compressed_data
from as2.cms.enveloped import Envelope
from as2.cms.signing import sign
from as2.content import BLOCK, Content, Joined, Scratch, Source, Spool, as_source, joined
from as2.headers import MdnMode, MdnRequest, write_as2_name
from as2.keys import CertificateError, OwnKey, OwnKeys, partner_keys
from as2.mic import Mic
from as2.mime import entity_head, parameter
from as2.settings import As2Settings

__all__ = ["PRODUCT", "SealedMessage", "new_message_id", "seal_message", "signed_entity", "spelled"]

PRODUCT: Final = "partner-gateway"
PRODUCT_VERSION: Final = "0.1.0"
FEATURES: Final = "multiple-attachments"
_LINE: Final = 76
_LINE_OCTETS: Final = _LINE // 4 * 3
#: base64, for binary is allowed too, but base64 is what every product reads
_SIGNATURE_HEAD: Final = entity_head(
    [
        ("Content-Type", "application/pkcs7-signature; name=smime.p7s"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", "attachment; filename=smime.p7s"),
    ]
)

Random = Callable[[int], bytes]
Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """All that has to be stored before the POST: every attempt sends these headers and this body."""

    headers: Mapping[str, str]
    content: Content = field(repr=False)
    mic: Mic  #: that the MDN must repeat
    message_id: str
    sha256: str  #: of the content, hex
    mdn: MdnRequest  #: that we asked for
    covered: Source = field(repr=False, compare=False)  #: the bytes that the MIC covers: the signed entity
    signed_by: str | None = None  #: fingerprint of our certificate
    encrypted_for: str | None = None  #: fingerprint of the partner's certificate

    @property
    def body(self) -> bytes:
        """All of it in memory, for what is known to be small."""
        return self.content.read()


def new_message_id(unique: str, domain: str) -> str:
    """`<unique@domain>` (A05). `unique` is of the caller's making, a UUID or ULID."""
    return f"<{unique}@{domain}>"


def seal_message(
    payload: bytes | BinaryIO | Source,
    *,
    content_type: str,
    own: OwnKeys,
    partner: As2Settings,
    message_id: str,
    now: datetime,
    filename: str | None = None,
    mdn_url: str | None = None,
    random: Random = os.urandom,
    scratch: Scratch | None = None,
) -> SealedMessage:
    """Compress, sign and encrypt as the profile says. `mdn_url` is our address for asynchronous MDNs where the profile names none.

    What is larger than 1 MiB goes from file to file, when `scratch` gives files for it; the caller closes them when it is done.
    Raises `CertificateError` when a key or certificate that it takes is missing, expired or of the wrong kind, and ValueError when the
    profile lacks something else.
    """
    if partner.as2_name is None:
        raise ValueError("the partner has no AS2 name")
    digest = partner.sign or Digest.SHA256
    layer = _Layer([("Content-Type", content_type)], as_source(payload))
    if filename and partner.send_file_name:
        layer.fields.append(("Content-Disposition", "attachment" + parameter("filename", filename)))
    entity = covered = layer.body
    if partner.compress or partner.sign or partner.encrypt:
        entity = covered = joined(entity_head([*layer.fields, ("Content-Transfer-Encoding", "binary")]), layer.body)
    if partner.compress:
        outermost = not (partner.sign or partner.encrypt)  # on HTTP nothing needs a transfer encoding (A13)
        layer = _compressed(entity, encoded=partner.transfer_encoding == "base64" and not outermost, scratch=scratch)
        entity = layer.entity()
    if partner.sign:
        covered = entity
    mic = Mic.of(covered, digest)
    key = _signing_key(own, partner, now) if partner.sign else None
    if key is not None:
        layer = _Layer(*signed_entity(entity, mic, key=key, partner=partner, now=now, random=random))
        entity = layer.entity()
    recipient = _recipient(partner, now) if partner.encrypt else None
    if recipient is not None:
        layer = _encrypted(entity, recipient, partner, random)
    request = _mdn_request(partner, digest, layer.body.size, mdn_url)
    head = _head(own, partner.as2_name, partner, message_id=message_id, now=now)
    head += request.fields(partner.mdn.to or f"edi@{own.domain}") + layer.fields
    entity_head(head)  # refuses control characters (A20)
    content, sha256 = _kept(layer.body, scratch)
    return SealedMessage(
        headers=dict(head),
        content=content,
        mic=mic,
        message_id=message_id,
        sha256=sha256,
        mdn=request,
        covered=covered,
        signed_by=key.certificate.fingerprint if key else None,
        encrypted_for=recipient.fingerprint if recipient else None,
    )


@dataclass(frozen=True, slots=True)
class _Layer:
    fields: Fields
    body: Source

    def entity(self) -> Source:
        """As a MIME entity."""
        return joined(entity_head(self.fields), self.body)


def _kept(body: Source, scratch: Scratch | None) -> tuple[Content, str]:
    """What is sent, with its SHA-256, in one pass: here the payload is read, signed parts are put together, and AES runs."""
    sha256, spool = hashlib.sha256(), Spool(scratch)
    for block in body.blocks():
        sha256.update(block)
        spool.write(block)
    return spool.content(), sha256.hexdigest()


def _compressed(entity: Source, *, encoded: bool, scratch: Scratch | None) -> _Layer:
    """CompressedData as a MIME part."""
    message = compressed_data(entity, scratch)
    fields = [
        ("Content-Type", "application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z"),
        ("Content-Transfer-Encoding", "base64" if encoded else "binary"),
        ("Content-Disposition", "attachment; filename=smime.p7z"),
    ]
    return _Layer(fields, _Base64(message) if encoded else message)


def _recipient(partner: As2Settings, now: datetime) -> Certificate:
    certificate = partner_keys(partner).encryption(now)
    if certificate is None:
        raise CertificateError("the partner has no certificate to encrypt for")
    if certificate.expired(now) and not partner.tolerance.expired_send:
        raise CertificateError("the partner's certificate to encrypt for has expired")
    return certificate


def _encrypted(entity: Source, recipient: Certificate, partner: As2Settings, random: Random) -> _Layer:
    """The outermost layer; on HTTP it needs no transfer encoding (A13)."""
    cipher = partner.encrypt or Cipher.AES256_CBC
    envelope = Envelope(entity, certificates=[recipient], cipher=cipher, key_transport=partner.key_transport, random=random)
    kind = "authEnveloped-data" if cipher.authenticated else "enveloped-data"
    fields = [
        ("Content-Type", f"application/pkcs7-mime; smime-type={kind}; name=smime.p7m"),
        ("Content-Disposition", "attachment; filename=smime.p7m"),
    ]
    return _Layer(fields, envelope)


def _signing_key(own: OwnKeys, partner: As2Settings, now: datetime) -> OwnKey:
    if own.sign is None:
        raise CertificateError("we have no key to sign with")
    key = own.sign.sending(now)
    if key.certificate.expired(now) and not partner.tolerance.expired_send:
        raise CertificateError("our certificate to sign with has expired")
    return key


def signed_entity(
    entity: Source, mic: Mic, *, key: OwnKey, partner: As2Settings, now: datetime, random: Random
) -> tuple[Fields, Content | Joined]:
    """Fields and body of a multipart/signed around an entity whose digest is known (RFC 1847, RFC 8551 3.5.3)."""
    signature = sign(mic.digest, digest=mic.algorithm, key=key.key, certificate=key.certificate, now=now, scheme=partner.sign_scheme)
    boundary = "=_" + random(18).hex()
    line = b"--" + boundary.encode()
    part = b"".join((b"\r\n", line, b"\r\n", _SIGNATURE_HEAD, _base64_lines(signature), b"\r\n", line, b"--\r\n"))
    micalg = spelled(mic.algorithm, partner)
    content_type = f'multipart/signed; protocol="application/pkcs7-signature"; micalg={micalg}' + parameter("boundary", boundary)
    return [("Content-Type", content_type)], joined(line + b"\r\n", entity, part)


def spelled(digest: Digest, partner: As2Settings) -> str:
    """The name of a digest in the spelling that this partner knows (A24)."""
    match partner.tolerance.micalg_style:
        case "sha256":
            return digest.value
        case "SHA256":
            return digest.value.upper()
        case "sha_256":
            return digest.micalg.replace("-", "_")
        case _:
            return digest.micalg


def _base64_lines(content: bytes) -> bytes:
    text = binascii.b2a_base64(content, newline=False)
    return b"\r\n".join([text[start : start + _LINE] for start in range(0, len(text), _LINE)])


class _Base64:
    """A source in base64, in lines; its size is known beforehand."""

    def __init__(self, content: Source) -> None:
        characters = (content.size + 2) // 3 * 4
        self._content, self.size = content, characters + max(0, (characters - 1) // _LINE) * 2

    def blocks(self, size: int = BLOCK) -> Iterator[bytes]:
        """All bytes in order; blocks hold whole lines."""
        rest, line_end = b"", b""
        for block in self._content.blocks(size):
            rest += block
            whole = len(rest) // _LINE_OCTETS * _LINE_OCTETS
            if whole:
                yield line_end + _base64_lines(rest[:whole])
                rest, line_end = rest[whole:], b"\r\n"
        if rest:
            yield line_end + _base64_lines(rest)


def _mdn_request(partner: As2Settings, digest: Digest, size: int, mdn_url: str | None) -> MdnRequest:
    """What the profile asks for; a large body asks for an asynchronous MDN, so that no connection waits for its opening."""
    wanted, url = partner.mdn, partner.mdn.url or mdn_url
    if not wanted.wanted:
        return MdnRequest()
    asynchronous = url is not None and (wanted.mode == "async" or size > wanted.async_above)
    if wanted.mode == "async" and url is None:
        raise ValueError("no address for asynchronous receipts is known")
    return MdnRequest(
        mode=MdnMode.ASYNC if asynchronous else MdnMode.SYNC,
        signed=wanted.signed,
        protocol="pkcs7-signature" if wanted.signed else "",
        micalgs=(spelled(digest, partner),) if wanted.signed else (),
        return_url=url if asynchronous else None,
    )


def _head(own: OwnKeys, as2_to: str, partner: As2Settings, *, message_id: str, now: datetime) -> Fields:
    head = [
        ("AS2-Version", partner.as2_version),
        ("AS2-From", write_as2_name(own.as2_name)),
        ("AS2-To", write_as2_name(as2_to)),
        ("Message-ID", message_id),
        ("Date", format_datetime(now, usegmt=True)),
        ("Subject", partner.subject or "EDI"),
        ("MIME-Version", "1.0"),
        ("EDIINT-Features", FEATURES),
        ("User-Agent", f"{PRODUCT}/{PRODUCT_VERSION}"),
    ]
    if partner.as2_version == "1.3":
        head.append(("AS2-Product", f"{PRODUCT}:{PRODUCT_VERSION}"))
    if partner.tolerance.expect_continue:
        head.append(("Expect", "100-continue"))
    return [*head, *partner.extra_headers.items()]
