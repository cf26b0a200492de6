"""The evidence of one AS2 message, for a dispute: what travelled, who signed it, what its receipt says; openssl alone can verify it.

Of a message that came in: the signed entity as it was under its encryption, the partner's certificate, and our MDN. Of one that went
out: the bytes that its MIC covers, the partner's MDN, and the certificate that signed it. Certificates come from what was noted when
they were used, so a profile that has forgotten them does no harm.
"""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection

from as2.content import Content, Joined, Source, Spool
from as2.errors import As2Error
from as2.headers import As2Headers
from as2.keys import CertificateError
from as2.mime import Entity
from as2.receive import open_message
from gateway.errors import Cause, Refusal
from gateway.operations.evidence_words import facts_of, readme, script
from gateway.payload import StoredPayload
from gateway.pipeline.context import Context
from gateway.pipeline.own_keys import keys_of
from gateway.protection import Protection
from gateway.settings import SecretError
from gateway.states import Thing
from gateway.store import as2_messages, lookup
from gateway.store.evidence import certificates_used, protection_of
from partners.identify import Unidentified, by_as2

__all__ = ["evidence"]

_MIME_FIELDS: Final = ("content-type", "content-transfer-encoding", "content-disposition", "mime-version")


@dataclass
class _Bundle:
    """The files of one message's evidence; those in `held` are open."""

    name: str
    held: ExitStack
    files: dict[str, Source] = field(default_factory=dict)

    def add(self, name: str, content: Source | bytes) -> None:
        """One more file."""
        self.files[name] = StoredPayload.of(content) if isinstance(content, bytes) else content


@dataclass(frozen=True, slots=True)
class _Message:
    """What the store knows of the message. `headers` belong to `wire`, `receipt_headers` to `receipt`."""

    row: Mapping[str, Any]
    inbound: bool
    headers: tuple[tuple[str, str], ...]
    wire: StoredPayload
    protection: Protection
    certificates: Mapping[str, bytes]  #: DER by fingerprint
    mic: str
    receipt: StoredPayload | None
    receipt_headers: tuple[tuple[str, str], ...]
    covered: StoredPayload | None


@asynccontextmanager
async def evidence(context: Context, id_: str) -> AsyncIterator[tuple[str, Source]]:
    """The bundle as a ZIP file, with the name for it. Raises Refusal when the id names no AS2 message."""
    message = await context.store.read(lambda connection: _load(context, connection, id_))
    with ExitStack() as held:
        name, packed = await asyncio.to_thread(_packed, context, message, held)
        yield name, packed


def _packed(context: Context, message: "_Message", held: ExitStack) -> tuple[str, Source]:
    bundle = _Bundle(f"evidence-{message.row['id']}", held=held)
    _fill(context, message, bundle)
    file = held.enter_context(context.store.payloads.scratch_file())
    moment = message.row["created_at"].timetuple()[:6]
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        for path, content in bundle.files.items():
            entry = ZipInfo(f"{bundle.name}/{path}", moment)
            entry.compress_type = ZIP_DEFLATED
            entry.external_attr = (0o755 if path.endswith(".sh") else 0o644) << 16
            with archive.open(entry, "w", force_zip64=True) as target:
                for block in content.blocks():
                    target.write(block)
    return f"{bundle.name}.zip", Content.of(file)


def _load(context: Context, connection: Connection, id_: str) -> _Message:
    row = _as2_thing(connection, id_)
    inbound = row["id"].startswith("trn_")
    find = context.store.payloads.find
    used = {one.fingerprint: one.der for one in certificates_used(connection)}
    protection = protection_of(connection, row["id"]) or Protection()
    if inbound:
        found = as2_messages.of_transmission(connection, row["id"])
        if found is None:
            raise Refusal(Cause.NOT_FOUND, "it repeats another message, or was no message of its own; name the first one")
        known = found[1]
        answer = known.answer
        receipt = find(connection, answer.mdn_sha256) if answer is not None and answer.mdn_sha256 else None
        receipt_headers = tuple((answer.mdn_headers or {}).items()) if answer is not None else ()
        wire, mic = find(connection, known.wire_sha256), answer.mic if answer is not None else ""
        return _Message(row, inbound, known.headers, wire, protection, used, mic, receipt, receipt_headers, None)
    receipt = find(connection, row["receipt_sha256"]) if row["receipt_sha256"] else None
    return _Message(
        row,
        inbound,
        tuple((row["prepared_headers"] or {}).items()),
        find(connection, row["prepared_sha256"]),
        protection,
        used,
        row["mic"],
        receipt,
        tuple((row["receipt_headers"] or {}).items()),
        find(connection, protection.covered_sha256) if protection.covered_sha256 else None,
    )


def _as2_thing(connection: Connection, id_: str) -> lookup.Found:
    """The inbound transmission or the delivery that an id means: its own, that of a document, that of what went out."""
    row = lookup.by_id(connection, id_)
    if row is None:
        raise Refusal(Cause.NOT_FOUND, "nothing has this id")
    if id_.startswith("dlv_") and row["mic"] and row["prepared_sha256"]:
        return row
    if id_.startswith("trn_") and row["direction"] == "inbound" and row["transport"] == "as2":
        return row
    transmission_id = id_ if id_.startswith("trn_") else row.get("transmission_id")
    if transmission_id:
        if transmission_id != id_ and row.get("direction") == "inbound":
            return _as2_thing(connection, transmission_id)
        sent = [one for one in lookup.where(connection, Thing.DELIVERY, transmission_id=transmission_id) if one["mic"]]
        if sent:
            return sent[-1]
    raise Refusal(Cause.NOT_FOUND, "it did not travel by AS2")


def _fill(context: Context, message: _Message, bundle: _Bundle) -> None:
    bundle.add("message/head.txt", _head(message.headers))
    bundle.add("message/body.bin", message.wire)
    notes: list[str] = []
    if message.inbound:
        signed = _signed_entity(context, message, bundle, notes)
        if signed is not None:
            _add_signature(context, bundle, "message", signed)
    elif message.covered is not None:
        bundle.add("covered.bin", Joined(message.protection.covered_head or b"", message.covered))
    else:
        notes.append("What the MIC of this message covers was not noted when it was sent: the MDN can be verified, the MIC not.")
    if message.receipt is not None:
        whole = Joined(_entity_head(message.receipt_headers), message.receipt)
        bundle.add("mdn/mdn.eml", whole)
        _add_signature(context, bundle, "mdn", whole)
    else:
        notes.append("There is no MDN of this message.")
    for place, fingerprint in _signers(message).items():
        encoded = message.certificates.get(fingerprint or "")
        if encoded is None:
            notes.append(f"The certificate of the {place} signer is not known here.")
        else:
            bundle.add(f"certificates/{place}.pem", _pem(encoded))
    facts = facts_of(message.row, inbound=message.inbound, headers=message.headers, mic=message.mic, protection=message.protection)
    bundle.add("facts.json", facts)
    bundle.add("README.txt", readme(bundle.files, inbound=message.inbound, notes=notes).encode())
    bundle.add("verify.sh", script(bundle.files, inbound=message.inbound, mic=message.mic).encode())


def _add_signature(context: Context, bundle: _Bundle, place: str, signed: Source) -> None:
    """Content and signature apart: what reads mail changes the line ends of a binary content."""

    def scratch() -> BinaryIO:
        return bundle.held.enter_context(context.store.payloads.scratch_file())

    try:
        spool = Spool(scratch)
        for block in signed.blocks():
            spool.write(block)
        entity = Entity.parse(spool.content(), scratch)
        if entity.content_type.type == "multipart/signed":
            content, signature = entity.multipart.parts[:2]
            bundle.add(f"{place}/content.bin", content)
            bundle.add(f"{place}/signature.p7s", Entity.parse(signature, scratch).cms())
        elif entity.content_type.type.endswith("pkcs7-mime"):
            bundle.add(f"{place}/signature.p7s", entity.cms())  # opaque: the content is in it
    except ValueError:  # MimeError: an MDN that could be read in spite of that
        return


def _signers(message: _Message) -> dict[str, str | None]:
    """Whose certificates are needed: the signer of the message that came, and the signer of the MDN."""
    protection = message.protection
    places = {"message": protection.signed_by} if message.inbound else {}
    return places | ({"mdn": protection.receipt_signed_by} if message.receipt is not None else {})


def _signed_entity(context: Context, message: _Message, bundle: _Bundle, notes: list[str]) -> Source | None:
    """What the partner signed, under its encryption: opened once more with our keys as they were accepted then."""
    headers = As2Headers.parse(message.headers)
    found = by_as2(context.workspace, headers.as2_from, headers.as2_to)
    settings = None if isinstance(found, Unidentified) else found[0].transports.as2
    if isinstance(found, Unidentified) or settings is None:
        notes.append("The partner's profile is gone, so the message cannot be opened any more; its bytes are here as they came.")
        return None
    station = found[1]
    file = bundle.held.enter_context(message.wire.open())
    try:
        opened = open_message(
            headers,
            file,
            own=keys_of(context, station),
            partner=settings,
            now=message.row["created_at"],
            scratch=lambda: bundle.held.enter_context(context.store.payloads.scratch_file()),
        )
    except (As2Error, CertificateError, SecretError):
        notes.append("The message cannot be opened any more with the keys and certificates of the profile; its bytes are as they came.")
        return None
    if opened.signed_entity is None:
        notes.append("The message was not signed.")
    return opened.signed_entity


def _head(headers: tuple[tuple[str, str], ...]) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode("latin-1", "replace")


def _entity_head(headers: tuple[tuple[str, str], ...]) -> bytes:
    """The fields that say what the body is, so that mail tools read the two as one."""
    return _head(tuple((name, value) for name, value in headers if name.lower() in _MIME_FIELDS)) + b"\r\n"


def _pem(encoded: bytes) -> bytes:
    text = base64.b64encode(encoded).decode()
    lines: Iterator[str] = (text[start : start + 64] for start in range(0, len(text), 64))
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]).encode()
