"""Why a stored AS2 message did not open, or why the receipt for a delivery does not fit. Reads the store and changes nothing."""

import asyncio
from typing import Any, Final

from sqlalchemy import Connection

from as2.client import MdnUrlRefusedError, check_mdn_url
from as2.explain import Sent, explain_address, explain_message, explain_receipt, explain_stray, explain_unsent
from as2.explain.digests import digest_in
from as2.explain.trials import tolerance, with_settings
from as2.keys import CertificateError, OwnKeys
from as2.mic import Mic
from as2.settings import As2Settings
from gateway.errors import Cause, Refusal
from gateway.operations.as2_known import circumstances_of, settings_of, station_of
from gateway.operations.as2_views import explanation_view
from gateway.pipeline.context import Context
from gateway.pipeline.own_keys import keys_of
from gateway.settings import SecretError
from gateway.states import Thing
from gateway.store import as2_messages, lookup
from gateway.transports.as2 import FILE_NAME
from gateway.transports.base import Outgoing
from gateway.transports.filenames import file_name
from partners.model import Partner, Station

__all__ = ["explain"]

#: a message is looked at in many ways, each of them in memory
LARGEST: Final = 32 << 20


async def explain(context: Context, named: str, *, mic: str = "") -> dict[str, Any]:
    """Explain what `named` means: a transmission, delivery, document or Message-ID. `mic` is what the partner says it computed.

    Raises Refusal when there is nothing of AS2 under it.
    """
    if mic and digest_in(mic) is None:
        raise Refusal(Cause.MALFORMED_REQUEST, "the MIC is no digest: base64, algorithm")
    row = await context.store.read(lambda connection: _find(connection, named.strip()))
    if row.get("kind") == "mdn":
        refused = await _returned(context, row)
        if refused is not None:
            return refused
        row = await context.store.read(lambda connection: _find(connection, row["transmission_id"]))
    if row["id"].startswith("ack_"):
        return await _stray(context, row)
    if row["id"].startswith("dlv_"):
        return await (_sent(context, row) if row["prepared_sha256"] else _unsent(context, row))
    return await _received(context, row, mic)


def _find(connection: Connection, named: str) -> lookup.Found:
    """The inbound transmission or the delivery that is meant."""
    row = lookup.by_id(connection, named)
    if row is None:
        return _by_message_id(connection, named)
    if named.startswith("trn_") and row["direction"] == "inbound":
        if row["transport"] != "as2":
            raise Refusal(Cause.NOT_FOUND, f"it did not come by AS2, but by {row['transport']}")
        return row
    if named.startswith("dlv_") or row.get("kind") == "MDN":
        return row
    if named.startswith(("doc_", "set_")) and row["direction"] == "inbound" and row["transmission_id"]:
        return _find(connection, row["transmission_id"])
    key = "document_id" if named.startswith("doc_") else "transmission_id"
    value = row["transmission_id"] if named.startswith(("set_", "ack_")) else row["id"]
    deliveries = [one for one in lookup.where(connection, Thing.DELIVERY, **{key: value}) if one["kind"] == "partner"]
    if not deliveries:
        raise Refusal(Cause.NOT_FOUND, "nothing of it went to a partner")
    return deliveries[-1]


def _by_message_id(connection: Connection, named: str) -> lookup.Found:
    """One pair of brackets does not count (A06)."""
    bare = named.removeprefix("<").removesuffix(">")
    forms = [named, bare, f"<{bare}>"]
    if bare:
        rows = lookup.where(connection, Thing.TRANSMISSION, message_id=forms) or lookup.where(connection, Thing.DELIVERY, reference=forms)
        if rows:
            return rows[0]
    raise Refusal(Cause.NOT_FOUND, "no message and no delivery has this id")


async def _received(context: Context, row: lookup.Found, mic: str) -> dict[str, Any]:
    """A message that came in, judged at the moment when it came, by the profile as it is now."""
    first = row["original_id"] if row["state"] == "DUPLICATE" else row["id"]

    def find(connection: Connection) -> tuple[as2_messages.KnownMessage | None, bytes]:
        found = as2_messages.of_transmission(connection, first or "") or _of_same_id(connection, row)
        return (found[1] if found else None), _load(context, connection, row["wire_sha256"])

    known, body = await context.store.read(find)
    if known is None:
        raise Refusal(Cause.NOT_FOUND, "the head of this message is not stored")
    to = next((value for name, value in known.headers if name.lower() == "as2-to"), "")
    partner, station = _parties(context, row, to.strip().strip('"'))
    circumstances = circumstances_of(context.workspace, partner, _keys(context, station), row["created_at"])
    answer = known.answer
    try:
        explanation = await asyncio.to_thread(
            explain_message, known.headers, body, circumstances, their_mic=mic, answer=answer.disposition if answer else ""
        )
    except CertificateError as fault:
        raise Refusal(Cause.WORKSPACE_INVALID, str(fault)) from None
    about = {"id": row["id"], "state": row["state"], "messageId": row["message_id"], "direction": "inbound"}
    told = {"mdnMic": answer.mic} if answer and answer.mic else {}
    return about | explanation_view(explanation, partner.id) | told


def _of_same_id(connection: Connection, row: lookup.Found) -> tuple[as2_messages.MessageKey, as2_messages.KnownMessage] | None:
    """Another message that came under a Message-ID has no head of its own in the store: it had the same names and id."""
    for other in lookup.where(connection, Thing.TRANSMISSION, message_id=row["message_id"], partner_id=row["partner_id"]):
        found = as2_messages.of_transmission(connection, other["id"])
        if found is not None:
            return found
    return None


async def _returned(context: Context, row: lookup.Found) -> dict[str, Any] | None:
    """A receipt of ours on a connection of its own; None when its address is one that may be called (A33)."""
    partner, station = _parties(context, row, "")
    circumstances = circumstances_of(context.workspace, partner, _keys(context, station), context.now())
    if await _may_be_called(row["name"], circumstances.partner):
        return None
    allowing = tolerance(circumstances.partner, mdn_private_address=True)
    private = await _may_be_called(row["name"], with_settings(circumstances.partner, dict(allowing.settings)))
    about = {"id": row["id"], "state": row["state"], "messageId": row["reference"], "direction": "outbound"}
    return about | explanation_view(explain_address(row["name"], circumstances, private=private), partner.id)


async def _may_be_called(url: str, settings: As2Settings) -> bool:
    try:
        await check_mdn_url(url, settings)
    except MdnUrlRefusedError:
        return False
    return True


async def _stray(context: Context, row: lookup.Found) -> dict[str, Any]:
    """A receipt that matches nothing of ours (A45)."""
    report: dict[str, Any] = row["report"] or {}
    body = await context.store.read(lambda connection: _load(context, connection, report.get("sha256")))
    fields = [(str(name), str(value)) for name, value in report.get("headers", {}).items()]
    partner, station = _parties(context, row, next((value for name, value in fields if name.lower() == "as2-to"), "").strip('"'))
    circumstances = circumstances_of(context.workspace, partner, _keys(context, station), row["created_at"])
    try:
        explanation = await asyncio.to_thread(explain_stray, fields, body, circumstances)
    except CertificateError as fault:
        raise Refusal(Cause.WORKSPACE_INVALID, str(fault)) from None
    about = {"id": row["id"], "state": row["state"], "messageId": row["control_number"], "direction": "inbound"}
    return about | explanation_view(explanation, partner.id)


async def _unsent(context: Context, row: lookup.Found) -> dict[str, Any]:
    """A delivery that was never sealed: could it be now?"""
    if not row["destination"].endswith(":as2") or not row["transmission_id"]:
        raise Refusal(Cause.NOT_FOUND, "it does not go by AS2")

    def find(connection: Connection) -> tuple[bytes, str]:
        transmission = lookup.by_id(connection, row["transmission_id"]) or {}
        return _load(context, connection, transmission.get("payload_sha256")), transmission.get("content_type", "")

    payload, content_type = await context.store.read(find)
    partner, station = _parties(context, row, "")
    circumstances = circumstances_of(context.workspace, partner, _keys(context, station), context.now())
    try:
        explanation = await asyncio.to_thread(explain_unsent, payload, content_type, circumstances)
    except CertificateError as fault:
        raise Refusal(Cause.WORKSPACE_INVALID, str(fault)) from None
    return {"id": row["id"], "state": row["state"], "direction": "outbound"} | explanation_view(explanation, partner.id)


async def _sent(context: Context, row: lookup.Found) -> dict[str, Any]:
    """A delivery of ours, and the receipt that came for it."""
    if not row["mic"]:
        raise Refusal(Cause.NOT_FOUND, "it was not sent by AS2")

    def find(connection: Connection) -> tuple[Sent, bytes]:
        receipt = _load(context, connection, row["receipt_sha256"]) if row["receipt_sha256"] else b""
        return _sealed(context, connection, row), receipt

    sent, receipt = await context.store.read(find)
    partner, station = _parties(context, row, "")
    moment = row["finished_at"] or context.now()
    circumstances = circumstances_of(context.workspace, partner, _keys(context, station), moment)
    headers = row["receipt_headers"]
    fields = tuple((str(name), str(value)) for name, value in (headers or {}).items()) if row["receipt_sha256"] else None
    try:
        explanation = await asyncio.to_thread(explain_receipt, sent, fields, receipt, circumstances)
    except CertificateError as fault:
        raise Refusal(Cause.WORKSPACE_INVALID, str(fault)) from None
    about = {"id": row["id"], "state": row["state"], "messageId": row["reference"], "direction": "outbound"}
    return about | explanation_view(explanation, partner.id)


def _sealed(context: Context, connection: Connection, row: lookup.Found) -> Sent:
    """What was sent, with what it was sealed from: an envelope for the partner cannot be opened here."""
    transmission = lookup.by_id(connection, row["transmission_id"]) or {}
    sets = lookup.where(connection, Thing.TRANSACTION_SET, 1, transmission_id=row["transmission_id"])
    acknowledgments = lookup.where(connection, Thing.ACKNOWLEDGMENT, 1, transmission_id=row["transmission_id"])
    payload = context.store.payloads.find(connection, transmission["payload_sha256"]) if transmission.get("payload_sha256") else None
    names: list[str | None] = [None]
    if payload is not None:
        outgoing = Outgoing(
            delivery_id=row["id"],
            payload=payload,
            content_type=transmission["content_type"],
            set_id=sets[0]["set_id"] if sets else acknowledgments[0]["kind"] if acknowledgments else "",
            control_number=transmission["control_number"] or "",
            is_test=row["usage"] == "test",
            correlation_id=row["correlation_id"],
        )
        names = [file_name(FILE_NAME, outgoing, row["partner_id"], row["created_at"]), transmission["file_name"] or None, None]
    return Sent(
        headers=row["prepared_headers"] or {},
        body=_load(context, connection, row["prepared_sha256"]),
        message_id=row["reference"],
        mic=Mic.parse(row["mic"]),
        payload=payload.read() if payload is not None and payload.size <= LARGEST else b"",
        content_type=transmission.get("content_type", ""),
        file_names=tuple(dict.fromkeys(names)),
    )


def _load(context: Context, connection: Connection, digest: str | None) -> bytes:
    if digest is None:
        raise Refusal(Cause.NOT_FOUND, "the bytes of this message are not stored")
    stored = context.store.payloads.find(connection, digest)
    if stored.size > LARGEST:
        raise Refusal(
            Cause.BODY_TOO_LARGE,
            f"{stored.size} bytes are too many to be looked at in every way; up to {LARGEST} are",
        )
    return stored.read()


def _parties(context: Context, row: lookup.Found, as2_to: str) -> tuple[Partner, Station | None]:
    partner = context.workspace.partners.get(row["partner_id"] or "")
    if partner is None or settings_of(partner) is None:
        raise Refusal(Cause.NOT_FOUND, "the partner of this message, or its AS2, is not in the workspace any more")
    return partner, station_of(context.workspace, partner, as2_to)


def _keys(context: Context, station: Station | None) -> OwnKeys | None:
    try:
        return keys_of(context, station) if station is not None else None
    except (CertificateError, SecretError) as fault:
        raise Refusal(Cause.WORKSPACE_INVALID, str(fault)) from None
