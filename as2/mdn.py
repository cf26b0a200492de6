"""`Mdn`: builds and reads message disposition notifications, signed or not (RFC 4130 7, RFC 8098)."""

import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from enum import StrEnum
from typing import BinaryIO, Final

from as2.algorithms import Digest
from as2.content import Content, as_content
from as2.disposition import Disposition
from as2.errors import (
    As2Error,
    AuthenticationFailed,
    InsufficientSecurity,
    IntegrityCheckFailed,
    UnsupportedMicAlgorithms,
    UnsupportedReceipt,
)
from as2.headers import As2Headers, MdnMode, MdnRequest, write_as2_name
from as2.keys import OwnKey, OwnKeys, partner_keys
from as2.layers import Keyring, Opened, unwrap
from as2.message import FEATURES, PRODUCT, PRODUCT_VERSION, signed_entity, spelled
from as2.mic import Mic
from as2.mime import Entity, MimeError, build_entity, first_part, parameter, parse_fields
from as2.settings import As2Settings

__all__ = ["Mdn", "MdnUnreadableError", "SealedMdn", "SignatureState", "build_mdn", "check_receipt", "looks_like_mdn", "read_mdn"]

_TEXT_TAKEN: Final = "The message was received and taken over. This says nothing yet about the content of the documents in it."
_TEXT_REFUSED: Final = "The message was received and could not be taken over; the disposition says why."
_REPORT: Final = "message/disposition-notification"
_MIME_FIELDS: Final = ("content-type", "content-transfer-encoding", "content-disposition")


class SignatureState(StrEnum):
    """What is known of an MDN's signature."""

    NONE = "none"
    VERIFIED = "verified"
    FAILED = "failed"


class MdnUnreadableError(Exception):
    """There is no disposition notification in it. The message says what is missing, in fixed words."""


@dataclass(frozen=True, slots=True)
class SealedMdn:
    """An MDN as it travels; stored before it is given, and given again unchanged to a duplicate (A48)."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    message_id: str
    disposition: Disposition  #: differs from what was asked when the receipt wanted cannot be made
    signed: bool


@dataclass(frozen=True, slots=True)
class Mdn:
    """What a partner says about a message of ours."""

    original_message_id: str
    as2_from: str
    as2_to: str
    disposition: Disposition
    mic: Mic | None
    signature: SignatureState
    signed_by: str | None  #: fingerprint of the configured certificate
    text: str  #: for people, at most 2000 characters; partner data, never to be logged
    message_id: str
    raw_sha256: str


def check_receipt(request: MdnRequest, partner: As2Settings | None) -> UnsupportedReceipt | None:
    """The fault to answer with when a receipt is *required* in a form that we cannot make (RFC 4130 7.5.3)."""
    if not (request.signed and request.required):
        return None
    if request.protocol not in {"", "pkcs7-signature"}:
        return UnsupportedReceipt("a receipt of another form than pkcs7-signature is required")
    if request.micalgs and request.digest(partner.legacy if partner else ()) is None:
        return UnsupportedMicAlgorithms("none of the digests required for the receipt is known or allowed")
    return None


def build_mdn(
    headers: As2Headers,
    *,
    disposition: Disposition,
    mic: Mic | None,
    own: OwnKeys | None,
    partner: As2Settings | None,
    message_id: str,
    now: datetime,
    trace: str = "",
    random: Callable[[int], bytes] = os.urandom,
) -> SealedMdn | None:
    """The answer to a message, errors included; signed when that was asked for (A43). None: no MDN was asked for.

    `own` None means that the sender is a stranger: the MDN is unsigned (A46). `trace` is our id, for the partner's questions.
    """
    request = headers.mdn
    if request.mode is MdnMode.NONE:
        return None
    settings = partner or As2Settings()
    fault = check_receipt(request, partner)
    if fault is not None and disposition.accepted and fault.disposition is not None:
        disposition, own = fault.disposition, None
    report = _report(headers, disposition, _mic_text(mic, settings), trace, random)
    key = own.sign.sending(now) if own and own.sign and request.signed and fault is None and partner else None
    fields, body, signed = _sealed(report, request, key, settings, now, random)
    head = [
        ("AS2-Version", settings.as2_version),
        ("AS2-From", _echo(headers, "as2-to", headers.as2_to)),
        ("AS2-To", _echo(headers, "as2-from", headers.as2_from)),
        ("Message-ID", message_id),
        ("Date", format_datetime(now, usegmt=True)),
        ("Subject", "Message disposition notification"),
        ("MIME-Version", "1.0"),
        ("EDIINT-Features", FEATURES),
        ("Server" if request.mode is MdnMode.SYNC else "User-Agent", f"{PRODUCT}/{PRODUCT_VERSION}"),
        *fields,
    ]
    build_entity(head, b"")  # refuses control characters (A20)
    return SealedMdn(dict(head), body, message_id, disposition, signed)


def _sealed(
    report: tuple[list[tuple[str, str]], bytes],
    request: MdnRequest,
    key: OwnKey | None,
    settings: As2Settings,
    now: datetime,
    random: Callable[[int], bytes],
) -> tuple[list[tuple[str, str]], bytes, bool]:
    if key is None:
        return *report, False
    entity = Content.of(build_entity(*report))
    digest = Mic.of(entity, request.digest(settings.legacy) or Digest.SHA256)
    fields, body = signed_entity(entity, digest, key=key, partner=settings, now=now, random=random)
    return fields, body.read(), True


def _echo(headers: As2Headers, name: str, bare: str) -> str:
    """The partner's own way to write a name, byte for byte (A01)."""
    return (headers.get(name) or write_as2_name(bare)).strip()


def _mic_text(mic: Mic | None, settings: As2Settings) -> str | None:
    return mic.spelled(spelled(mic.algorithm, settings)) if mic else None


def _report(
    headers: As2Headers, disposition: Disposition, mic: str | None, trace: str, random: Callable[[int], bytes]
) -> tuple[list[tuple[str, str]], bytes]:
    """multipart/report with two parts (A39). Its text is fixed words and our trace id."""
    words = _TEXT_TAKEN if disposition.accepted else _TEXT_REFUSED
    text = words + (f"\r\nTrace: {trace}" if trace else "")
    recipient = _echo(headers, "as2-to", headers.as2_to)
    facts = [
        ("Reporting-UA", f"{PRODUCT}/{PRODUCT_VERSION}"),
        ("Original-Recipient", f"rfc822; {recipient}"),
        ("Final-Recipient", f"rfc822; {recipient}"),
        ("Original-Message-ID", re.sub(r"[^\x20-\x7e]", "?", headers.message_id)),  # exactly as received (A06), if it can be written
        ("Disposition", str(disposition)),
    ]
    if mic is not None:
        facts.append(("Received-Content-MIC", mic))
    parts = [
        build_entity(
            [("Content-Type", "text/plain; charset=us-ascii"), ("Content-Transfer-Encoding", "7bit")], text.encode("ascii", "replace")
        ),
        build_entity([("Content-Type", _REPORT), ("Content-Transfer-Encoding", "7bit")], build_entity(facts, b"")),
    ]
    boundary = "=_" + random(18).hex()
    line = f"--{boundary}".encode()
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
    return [("Content-Type", "multipart/report; report-type=disposition-notification" + parameter("boundary", boundary))], body


def looks_like_mdn(headers: As2Headers, body: bytes | BinaryIO | Content) -> bool:
    """True for an MDN that came to the message URL, unless it is encrypted; then `open_message` tells (A45)."""
    content = as_content(body)
    entity = Entity(_fields(headers.values), content, content)
    for _ in range(2):
        if entity.content_type.type in {"multipart/report", _REPORT}:
            return True
        if entity.content_type.type != "multipart/signed":
            return False
        try:
            entity = Entity.parse(first_part(entity.body, entity.content_type.parameters.get("boundary", "")))
        except MimeError:
            return False
    return False


def _fields(head: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple([(name, head[name]) for name in _MIME_FIELDS if name in head])


def read_mdn(fields: Iterable[tuple[str, str]], body: bytes, *, partner: As2Settings, now: datetime, own: OwnKeys | None = None) -> Mdn:
    """Read an MDN out of an answer or a request. A signature that fails does not keep it from being read: `signature` says so.

    Raises `MdnUnreadableError` when there is no disposition notification in it.
    """
    head: dict[str, str] = {}
    for name, value in fields:
        head.setdefault(name.lower(), value)
    content = Content.of(body)
    entity, signature, signed_by = _opened(Entity(_fields(head), content, content), partner, own, now)
    facts, text = _parts(entity)
    written = facts.get("disposition")
    if written is None:
        raise MdnUnreadableError("the Disposition field is missing")
    try:
        disposition = Disposition.parse(written)
    except ValueError as fault:
        raise MdnUnreadableError("the Disposition field cannot be read") from fault
    return Mdn(
        original_message_id=facts.get("original-message-id", ""),
        as2_from=_bare_name(head.get("as2-from", "")),
        as2_to=_bare_name(head.get("as2-to", "")),
        disposition=disposition,
        mic=_mic(facts.get("received-content-mic")),
        signature=signature,
        signed_by=signed_by,
        text=text,
        message_id=head.get("message-id", "").strip(),
        raw_sha256=hashlib.sha256(body).hexdigest(),
    )


def _opened(entity: Entity, partner: As2Settings, own: OwnKeys | None, now: datetime) -> tuple[Entity, SignatureState, str | None]:
    """The report inside of all layers; some products encrypt or compress MDNs."""
    keys = own.decrypting(now) if own else ()
    certificates = partner_keys(partner).verifying(now)
    for check_signatures in (True, False):
        opened = Opened(entity)
        keyring = Keyring(
            keys,
            certificates,
            legacy=partner.legacy,
            max_bytes=partner.max_bytes,
            canonical_retry=partner.tolerance.canonical_retry,
            check_signatures=check_signatures,
        )
        try:
            unwrap(opened, keyring)
        except (IntegrityCheckFailed, AuthenticationFailed, InsufficientSecurity) as fault:
            if not check_signatures:
                raise MdnUnreadableError("the signature fails, and nothing can be read without it") from fault
            continue
        except As2Error as fault:
            raise MdnUnreadableError("the receipt could not be decrypted or decompressed") from fault
        if opened.verified is not None:
            return opened.entity, SignatureState.VERIFIED, opened.verified.certificate.fingerprint
        return opened.entity, SignatureState.NONE if check_signatures else SignatureState.FAILED, None
    raise AssertionError("the second pass returns or raises")


def _parts(entity: Entity) -> tuple[dict[str, str], str]:
    """The fields of the notification and the text for people; further parts and any order are fine (A39)."""
    facts: dict[str, str] | None = None
    text = ""
    try:
        if entity.content_type.type == _REPORT:
            return _facts(entity), text
        for part in entity.multipart.parts if entity.content_type.type.startswith("multipart/") else ():
            inner = Entity.parse(part)
            if inner.content_type.type == _REPORT and facts is None:
                facts = _facts(inner)
            elif inner.content_type.type == "text/plain" and not text:
                text = inner.decoded().read().decode("utf-8", "replace").strip()[:2000]
    except MimeError as fault:
        raise MdnUnreadableError("the parts of the receipt cannot be read") from fault
    if facts is None:
        raise MdnUnreadableError("there is no disposition notification")
    return facts, text


def _facts(part: Entity) -> dict[str, str]:
    """Fields in any order and case, also in the head of their part; some products put blank or odd lines between them.

    The first of equals counts.
    """
    return dict(reversed((*part.fields, *parse_fields(part.decoded().read(), tolerant=True))))


def _mic(text: str | None) -> Mic | None:
    """None when there is none, or none that can be read."""
    try:
        return Mic.parse(text) if text else None
    except ValueError:
        return None


def _bare_name(text: str) -> str:
    name = text.strip()
    return name[1:-1].replace('\\"', '"').replace("\\\\", "\\") if len(name) > 1 and name[0] == name[-1] == '"' else name
