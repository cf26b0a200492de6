"""`open_message`: from the bytes of a request to its payloads, or to the `As2Error` whose class is the answer."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final

from as2.algorithms import Digest
from as2.content import Content, Scratch, Source, as_content, joined
from as2.errors import As2Error, AuthenticationFailed, DecryptionFailed, InsufficientSecurity, Step, UnexpectedFault
from as2.headers import As2Headers
from as2.keys import OwnKeys, partner_keys
from as2.layers import Keyring, Opened, failed_step, unwrap
from as2.mic import Mic
from as2.mime import Entity, MimeError
from as2.settings import As2Settings

__all__ = ["OpenedMessage", "Payload", "http_entity", "open_message"]

#: the fields of the HTTP head that belong to the MIME entity
_MIME_FIELDS: Final = ("content-type", "content-transfer-encoding", "content-disposition", "content-description", "content-id")
_PARTS: Final = frozenset({"multipart/related", "multipart/mixed"})


@dataclass(frozen=True, slots=True)
class Payload:
    """One attachment, without transfer encoding."""

    body: Content = field(repr=False)
    content_type: str  #: as the sender labelled it, without parameters; what the bytes are decides (A36)
    filename: str | None = None  #: a label, never a path (A37)

    @property
    def content(self) -> bytes:
        """All of it in memory, for what is known to be small."""
        return self.body.read()


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """What was inside, and how it was protected. Fingerprints are hex SHA-256 of our configured certificates."""

    headers: As2Headers
    payloads: tuple[Payload, ...]
    mic: Mic
    steps: tuple[Step, ...]
    signed_by: str | None
    decrypted_with: str | None
    compressed: bool
    embedded: tuple[bytes, ...]  #: certificates that came with the signature, DER; shown, never trusted (A27)
    signed_entity: Source | None = field(repr=False)  #: head, content and signature as they came, for who wants to verify them again
    is_mdn: bool  #: an asynchronous MDN came to the message URL (A45): no payloads, no policy; `read_mdn` reads it

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was taken although it is not as it should be."""
        return (*self.headers.warnings, *(step.detail for step in self.steps if step.outcome == "warning"))


def open_message(
    headers: As2Headers,
    body: bytes | BinaryIO | Content,
    *,
    own: OwnKeys,
    partner: As2Settings,
    now: datetime,
    scratch: Scratch | None = None,
) -> OpenedMessage:
    """Take off all layers, check them against the profile, and find the payloads.

    What is larger than 1 MiB goes from file to file, when `scratch` gives files for it: the payloads are windows on `body` or on those
    files, which the caller closes when it is done with them.
    Raises `As2Error`; it carries the `steps` done, and the `mic` where the opening came that far. Nothing else is raised but
    `CertificateError` for certificates in the profile that cannot be used.
    """
    certificates = partner_keys(partner)
    keyring = Keyring(
        decrypt=own.decrypting(now),
        verify=certificates.verifying(now),
        legacy=partner.legacy,
        max_bytes=partner.max_bytes,
        canonical_retry=partner.tolerance.canonical_retry,
        canonical_mic=not partner.tolerance.prevent_canonicalization_for_mic,
        require_signed=partner.require_signed,
        scratch=scratch,
    )
    opened = Opened(http_entity(headers, as_content(body), scratch))
    digest = headers.mdn.digest(partner.legacy) or Digest.SHA256
    try:
        headers.check()
        _decode_outer(opened, partner, scratch)
        unwrap(opened, keyring)
        is_mdn = opened.entity.content_type.type == "multipart/report"
        _check_policy(opened, partner, now, is_mdn=is_mdn)
        payloads = () if is_mdn else _payloads(opened, scratch)
    except As2Error as fault:
        fault.steps = (*opened.steps, failed_step(fault))
        fault.mic = _mic(opened, partner, digest, keyring)
        raise
    verified = opened.verified
    return OpenedMessage(
        headers=headers,
        payloads=payloads,
        mic=_mic(opened, partner, digest, keyring),
        steps=tuple(opened.steps),
        signed_by=verified.certificate.fingerprint if verified else None,
        decrypted_with=opened.decrypted_with.fingerprint if opened.decrypted_with else None,
        compressed=opened.compressions > 0,
        embedded=verified.embedded if verified else (),
        signed_entity=_with_head(opened.signed_entity) if opened.signed_entity else None,
        is_mdn=is_mdn,
    )


def _with_head(entity: Entity) -> Source:
    """As it came; where its fields are those of HTTP, with them before it."""
    if entity.raw is not entity.body:
        return entity.raw
    head = "".join(f"{name}: {value}\r\n" for name, value in entity.fields)
    return joined(head.encode("latin-1", "replace") + b"\r\n", entity.body)


def http_entity(headers: As2Headers, body: Content, scratch: Scratch | None = None) -> Entity:
    """The request as a MIME entity: those of its fields that speak of the body."""
    fields = tuple([(name, headers.values[name]) for name in _MIME_FIELDS if name in headers.values])
    return Entity(fields, body, body, scratch)


def _decode_outer(opened: Opened, partner: As2Settings, scratch: Scratch | None) -> None:
    """A body in base64 (A13): over HTTP nobody needs it, and some send it."""
    entity = opened.entity
    if entity.transfer_encoding != "base64" or entity.body[:1] == b"\x30":
        return
    if not partner.tolerance.outer_base64:
        raise UnexpectedFault("the body is in base64, which is not agreed")
    try:
        body = entity.decoded()
    except MimeError:
        return  # the label is wrong
    opened.entity = Entity(tuple(item for item in entity.fields if item[0] != "content-transfer-encoding"), body, body, scratch)
    opened.steps.append(Step("decode", "warning", "the body was in base64"))


def _check_policy(opened: Opened, partner: As2Settings, now: datetime, *, is_mdn: bool) -> None:
    """What the profile requires of a message; an MDN is judged by `judge_mdn`."""
    if is_mdn:
        return
    if partner.require_encrypted and not opened.encrypted:
        raise InsufficientSecurity("not encrypted, though the profile requires it")
    if partner.require_signed and not opened.signed:
        raise InsufficientSecurity("not signed, though the profile requires it")
    if opened.verified is not None and opened.verified.certificate.expired(now):
        if not partner.tolerance.expired_verify:
            raise AuthenticationFailed("signed with an expired certificate")
        opened.steps.append(Step("policy", "warning", "signed with an expired certificate"))
    if opened.encrypted and not opened.signed:
        opened.steps.append(Step("policy", "warning", "encrypted but not signed: whoever changes it on the way is not noticed"))


def _mic(opened: Opened, partner: As2Settings, digest: Digest, keyring: Keyring) -> Mic:
    """RFC 4130 7.4.3; `mic_algorithm: request` for partners that read it the other way (A25)."""
    if partner.tolerance.mic_algorithm == "request":
        return Mic.of(opened.mic_content(keyring), digest)
    return opened.mic(digest, keyring)


def _payloads(opened: Opened, scratch: Scratch | None) -> tuple[Payload, ...]:
    """The attachments: one, or the parts of a multipart (RFC 6362)."""
    entity = opened.entity
    try:
        if entity.content_type.type in _PARTS:
            return tuple(_payload(Entity.parse(part, scratch)) for part in entity.multipart.parts)
        return (_payload(entity),)
    except MimeError as fault:
        if opened.encrypted and not opened.signed:
            raise DecryptionFailed("what was decrypted is no MIME entity") from fault
        raise UnexpectedFault("the content is no MIME entity") from fault


def _payload(entity: Entity) -> Payload:
    return Payload(entity.decoded(), entity.content_type.type, entity.file_name)
