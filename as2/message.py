"""`seal_message`: from a payload to the bytes that travel, made once, stored, and sent again unchanged at every attempt.

The layers go on in this order: compress, sign, encrypt (RFC 5402 4.1, RFC 4130 2.4).
"""

import base64
import hashlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Final

from as2.algorithms import Digest
from as2.cms.compressed import compress
from as2.cms.enveloped import encrypt
from as2.cms.signed import sign
from as2.headers import MdnMode, MdnRequest, write_as2_name
from as2.keys import CertificateError, OwnKey, OwnKeys, partner_keys
from as2.mic import Mic
from as2.mime import build_entity, parameter
from as2.settings import As2Settings

__all__ = ["PRODUCT", "SealedMessage", "new_message_id", "seal_message", "signed_entity", "spelled"]

PRODUCT: Final = "partner-gateway"
PRODUCT_VERSION: Final = "0.1.0"
FEATURES: Final = "multiple-attachments"
_LINE: Final = 76

Random = Callable[[int], bytes]
Fields = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SealedMessage:
    """All that has to be stored before the POST: every attempt sends these headers and this body."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    mic: Mic  #: that the MDN must repeat
    message_id: str
    sha256: str  #: of the body, hex
    mdn: MdnRequest  #: that we asked for


def new_message_id(unique: str, domain: str) -> str:
    """`<unique@domain>` (A05). `unique` is of the caller's making, a UUID or ULID."""
    return f"<{unique}@{domain}>"


def seal_message(
    payload: bytes,
    *,
    content_type: str,
    own: OwnKeys,
    partner: As2Settings,
    message_id: str,
    now: datetime,
    filename: str | None = None,
    mdn_url: str | None = None,
    random: Random = os.urandom,
) -> SealedMessage:
    """Compress, sign and encrypt as the profile says. `mdn_url` is our address for asynchronous MDNs where the profile names none.

    Raises `CertificateError` when a key or certificate that it takes is missing, expired or of the wrong kind, and ValueError when the
    profile lacks something else.
    """
    if partner.as2_name is None:
        raise ValueError("the partner has no AS2 name")
    digest = partner.sign or Digest.SHA256
    layer = _Layer([("Content-Type", content_type)], payload)
    if filename and partner.send_file_name:
        layer.fields.append(("Content-Disposition", "attachment" + parameter("filename", filename)))
    covered = payload
    if partner.compress or partner.sign or partner.encrypt:
        covered = build_entity([*layer.fields, ("Content-Transfer-Encoding", "binary")], payload)
    entity = covered
    if partner.compress:
        outermost = not (partner.sign or partner.encrypt)  # on HTTP nothing needs a transfer encoding (A13)
        layer = _compressed(entity, encoded=partner.transfer_encoding == "base64" and not outermost)
        entity = layer.encoded()
    if partner.sign:
        covered = entity
    mic = Mic.of(covered, digest)
    if partner.sign:
        key = _signing_key(own, partner, now)
        layer = _Layer(*signed_entity(entity, mic, key=key, partner=partner, now=now, random=random))
        entity = layer.encoded() if partner.encrypt else b""
    if partner.encrypt:
        layer = _encrypted(entity, partner, now, random)
    request = _mdn_request(partner, digest, len(layer.body), mdn_url)
    head = _head(own, partner.as2_name, partner, message_id=message_id, now=now)
    head += request.fields(partner.mdn.to or f"edi@{own.domain}") + layer.fields
    build_entity(head, b"")  # refuses control characters (A20)
    return SealedMessage(dict(head), layer.body, mic, message_id, hashlib.sha256(layer.body).hexdigest(), request)


@dataclass(frozen=True, slots=True)
class _Layer:
    fields: Fields
    body: bytes

    def encoded(self) -> bytes:
        """As a MIME entity."""
        return build_entity(self.fields, self.body)


def _compressed(entity: bytes, *, encoded: bool) -> _Layer:
    """CompressedData as a MIME part."""
    message = compress(entity)
    fields = [
        ("Content-Type", "application/pkcs7-mime; smime-type=compressed-data; name=smime.p7z"),
        ("Content-Transfer-Encoding", "base64" if encoded else "binary"),
        ("Content-Disposition", "attachment; filename=smime.p7z"),
    ]
    return _Layer(fields, _base64_lines(message) if encoded else message)


def _encrypted(entity: bytes, partner: As2Settings, now: datetime, random: Random) -> _Layer:
    """The outermost layer; on HTTP it needs no transfer encoding (A13)."""
    certificate = partner_keys(partner).encryption(now)
    if certificate is None or partner.encrypt is None:
        raise CertificateError("the partner has no certificate to encrypt for")
    if certificate.expired(now) and not partner.tolerance.expired_send:
        raise CertificateError("the partner's certificate to encrypt for has expired")
    message = encrypt(entity, certificates=[certificate], cipher=partner.encrypt, key_transport=partner.key_transport, random=random)
    kind = "authEnveloped-data" if partner.encrypt.authenticated else "enveloped-data"
    fields = [
        ("Content-Type", f"application/pkcs7-mime; smime-type={kind}; name=smime.p7m"),
        ("Content-Disposition", "attachment; filename=smime.p7m"),
    ]
    return _Layer(fields, message)


def _signing_key(own: OwnKeys, partner: As2Settings, now: datetime) -> OwnKey:
    if own.sign is None:
        raise CertificateError("we have no key to sign with")
    key = own.sign.sending(now)
    if key.certificate.expired(now) and not partner.tolerance.expired_send:
        raise CertificateError("our certificate to sign with has expired")
    return key


def signed_entity(entity: bytes, mic: Mic, *, key: OwnKey, partner: As2Settings, now: datetime, random: Random) -> tuple[Fields, bytes]:
    """Fields and body of a multipart/signed around an entity whose digest is known (RFC 1847, RFC 8551 3.5.3)."""
    signature = sign(mic.digest, digest=mic.algorithm, key=key.key, certificate=key.certificate, now=now, scheme=partner.sign_scheme)
    boundary = "=_" + random(18).hex()
    part = build_entity(
        [
            ("Content-Type", "application/pkcs7-signature; name=smime.p7s"),
            ("Content-Transfer-Encoding", "base64"),  # binary is allowed too, but base64 is what every product reads
            ("Content-Disposition", "attachment; filename=smime.p7s"),
        ],
        _base64_lines(signature),
    )
    line = b"--" + boundary.encode()
    body = b"".join((line, b"\r\n", entity, b"\r\n", line, b"\r\n", part, b"\r\n", line, b"--\r\n"))
    micalg = spelled(mic.algorithm, partner)
    content_type = f'multipart/signed; protocol="application/pkcs7-signature"; micalg={micalg}' + parameter("boundary", boundary)
    return [("Content-Type", content_type)], body


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
    text = base64.b64encode(content)
    return b"\r\n".join(text[start : start + _LINE] for start in range(0, len(text), _LINE))


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
    return head
