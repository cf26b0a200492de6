"""An AS2 message in its two commits: the bytes, then their acceptance with payload, job and MDN; only then is it answered.

Between the two the message is opened in a thread. A process that dies there leaves a job that opens it again, and the partner, who got no
answer, sends it again under the same Message-ID; whichever comes first, the other finds the stored MDN (A48).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection

from as2.errors import As2Error, DuplicateMessage, UnknownPartner
from as2.headers import As2Headers, MdnMode
from as2.mdn import build_mdn, looks_like_mdn
from as2.message import new_message_id
from gateway.errors import Cause, Refusal
from gateway.log import about
from gateway.payload import StoredPayload
from gateway.pipeline.as2_open import MAX_RECEIPT, Opening, Part, open_and_answer
from gateway.pipeline.context import Context
from gateway.pipeline.own_keys import keys_for
from gateway.pipeline.peek import urgency_of_payload
from gateway.pipeline.receipts import take_receipt
from gateway.pipeline.urgency import ACKNOWLEDGMENT
from gateway.states import DeliveryState, Thing, TransmissionState
from gateway.store import as2_messages, jobs, lookup
from gateway.store.as2_messages import Answer, KnownMessage, MessageKey
from gateway.store.events import EventNote, note
from gateway.store.evidence import protects
from gateway.store.jobs import NewJob, enqueue
from gateway.store.moves import move, start
from gateway.store.schema import Delivery, Transmission
from gateway.store.statement import add
from gateway.transports.base import TRIAL_PAYLOAD
from partners.model import Partner, Station

__all__ = ["As2Answer", "As2Inbound"]

_WAIT_FOR_FIRST: Final = 20.0
_SMALL: Final = 256 * 1024  #: opened and answered in one go by the threads for that
_REOPEN_AFTER: Final = timedelta(seconds=60)
_AFTER_ANSWER: Final = timedelta(seconds=1)  #: an asynchronous MDN must not overtake the answer to its message (A44)
#: an answer after which the same Message-ID is worked on anew: the fault was ours
_OURS: Final = "unexpected-processing-error"


@dataclass(frozen=True, slots=True)
class As2Answer:
    """What the endpoint writes back. An asynchronous MDN goes its own way, later."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class _Message:
    """One request on its way through."""

    headers: As2Headers
    body: StoredPayload
    partner: Partner
    station: Station
    key: MessageKey
    transmission_id: str


class As2Inbound:
    """Takes messages at the AS2 address. Messages that are being opened just now wait for each other."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._opening = context.as2_opening

    async def refuse_stranger(self, headers: As2Headers, *, reason: str) -> As2Answer:
        """Names of no profile: noted without keeping anything of the body; at most an unsigned synchronous MDN (A46)."""
        context, now, id_ = self._context, self._context.now(), self._context.new_id("trn")
        refused = EventNote(
            action="transmission.refused",
            thing=Thing.TRANSMISSION,
            thing_id=id_,
            correlation_id=id_,
            message="An AS2 message of somebody unknown was refused; nothing of it was kept.",
            cause=Cause.UNKNOWN_PARTNER,
            data={"reason": reason},
        )
        await context.store.write(lambda connection: note(connection, now, refused))
        if headers.mdn.mode is not MdnMode.SYNC:
            return As2Answer()
        disposition = UnknownPartner("stranger").answer(headers.as2_version)
        assert disposition is not None
        mdn = build_mdn(
            headers, disposition=disposition, mic=None, own=None, partner=None, message_id=new_message_id(id_, "as2.invalid"), now=now
        )
        return As2Answer(200, mdn.headers, mdn.body) if mdn is not None else As2Answer()

    async def take(self, headers: As2Headers, body: StoredPayload, partner: Partner, station: Station) -> As2Answer:
        """A message, or an asynchronous MDN, of a partner. What comes back is already true in the store. Raises Refusal."""
        if body.size <= MAX_RECEIPT and looks_like_mdn(headers, await self._small(body)):
            await take_receipt(self._context, headers.raw, body, partner, station)
            return As2Answer()
        key = MessageKey(headers.as2_from, headers.as2_to, headers.message_id)
        while (running := self._opening.get(key)) is not None:
            try:
                await asyncio.wait_for(running.wait(), _WAIT_FOR_FIRST)
            except TimeoutError:
                raise Refusal(Cause.STORE_UNAVAILABLE, "the same message is being opened", retry_after=30) from None
        self._opening[key] = asyncio.Event()
        try:
            return await self._take(headers, body, partner, station, key)
        finally:
            self._opening.pop(key).set()

    async def _take(self, headers: As2Headers, body: StoredPayload, partner: Partner, station: Station, key: MessageKey) -> As2Answer:
        context = self._context
        context.on_step("as2.keep")
        body = await context.store.keep(body)
        message = _Message(headers, body, partner, station, key, context.new_id("trn"))
        about(message.transmission_id)
        known = await context.store.write(lambda connection: self._store_bytes(connection, message))
        context.on_step("as2.kept")
        if known is None:
            context.metrics.received("as2")
            return await self._accept(message, None)
        if known.answer is None:  # a process died between the two commits: go on where it stopped
            about(known.transmission_id)
            first = _Message(headers, body, partner, station, key, known.transmission_id)
            return await self._accept(first, None if known.wire_sha256 == body.sha256 else known)
        if known.wire_sha256 == body.sha256 and not _was_our_fault(known.answer):
            return await self._again(message, known, known.answer)
        return await self._accept(message, known)

    def _store_bytes(self, connection: Connection, message: _Message) -> KnownMessage | None:
        """Commit 1. None: it is new. What is known is stored again only when it differs."""
        now = self._context.now()
        known = as2_messages.find(connection, message.key)
        if known is not None and known.created_at < now - timedelta(seconds=self._context.settings.timing.message_ids):
            as2_messages.give_way(connection, message.key, known.transmission_id)
            known = None
        if known is not None and (known.answer is None or (known.wire_sha256 == message.body.sha256 and not _was_our_fault(known.answer))):
            return known
        self._context.store.payloads.insert(connection, message.body, now)
        add(connection, Transmission.table(), _row(message, TransmissionState.RECEIVED, now))
        if known is None:
            as2_messages.begin(connection, message.key, message.transmission_id, message.body.sha256, message.headers.raw, now)
            enqueue(connection, now, NewJob("as2-open", message.transmission_id, now + _REOPEN_AFTER, ACKNOWLEDGMENT))
        note(connection, now, _event(message, "transmission.received", f"Received {message.body.size} bytes by as2; they are stored."))
        return known

    async def _accept(self, message: _Message, known: KnownMessage | None) -> As2Answer:
        """Open it, and commit 2. `known` is another message that came under the same id."""
        context = self._context
        settings = message.partner.transports.as2
        assert settings is not None
        own = await keys_for(context, message.station)

        def judge(mic: str) -> As2Error | None:
            if known is None or known.answer is None or _was_our_fault(known.answer) or known.answer.mic == mic:
                return None
            return DuplicateMessage("another message came under this Message-ID")

        work = partial(
            open_and_answer,
            message.headers,
            message.body,
            payloads=context.store.payloads,
            own=own,
            partner=settings,
            now=context.now(),
            trace=message.transmission_id,
            judge=judge,
        )
        # large ones must keep neither the few threads from the many small ones, nor those of all else from deliveries
        pool = context.openers if message.body.size <= _SMALL else context.large_openers
        opening = await asyncio.get_running_loop().run_in_executor(pool, work)
        context.on_step("as2.opened")
        if opening.is_mdn:
            return await self._encrypted_receipt(message)
        same = known is not None and known.answer is not None and opening.fault is None and not _was_our_fault(known.answer)
        if same:
            assert known is not None
            assert known.answer is not None
            return await self._again(message, known, known.answer)
        mdn = await context.store.keep(opening.mdn.body) if opening.mdn is not None else None
        mdn_digest = mdn.sha256 if mdn is not None else None

        def commit(connection: Connection) -> None:
            now = context.now()
            if mdn is not None:
                context.store.payloads.insert(connection, mdn, now)
            answer = Answer(opening.disposition, opening.mic, mdn_digest, dict(opening.mdn.headers) if opening.mdn else None)
            if known is None or known.answer is None or _was_our_fault(known.answer):
                as2_messages.answered(connection, message.key, answer)
            if known is not None and known.answer is not None and _was_our_fault(known.answer):
                as2_messages.taken_anew(connection, message.key, message.transmission_id, message.body.sha256, message.headers.raw)
            jobs.drop(connection, "as2-open", message.transmission_id)
            if isinstance(opening.fault, DuplicateMessage) and len(opening.parts) == 1:
                [part] = opening.parts  # kept, so that a person may still let it through
                context.store.payloads.insert(connection, part.payload, now)
                self._refuse(connection, message, opening.fault, now, payload_sha256=part.payload.sha256)
            elif opening.fault is not None:
                self._refuse(connection, message, opening.fault, now)
            else:
                for position, part in enumerate(opening.parts):
                    context.store.payloads.insert(connection, part.payload, now)
                    self._open(connection, message, position, part, now)
            protects(connection, message.transmission_id, message.partner.id, opening.protection, now)
            if opening.mdn is not None and message.headers.mdn.mode is MdnMode.ASYNC:
                self._queue_mdn(connection, message, mdn_digest, opening, now)

        await context.store.write(commit)
        context.on_step("as2.accepted")
        context.signals.work.set()
        return self._answer(message.headers, opening)

    def _open(self, connection: Connection, message: _Message, position: int, part: Part, now: datetime) -> None:
        """One payload with its job: the first is the transmission itself, further attachments are transmissions of their own."""
        digest = part.payload.sha256
        values = {"payload_sha256": digest, "content_type": part.content_type, "file_name": part.file_name}
        id_ = message.transmission_id
        if position == 0:
            move(connection, TransmissionState.OPENED, id_, **values)
        else:
            id_ = self._context.new_id("trn")
            row = _row(message, TransmissionState.OPENED, now) | values | {"id": id_, "correlation_id": id_}
            add(connection, Transmission.table(), row | {"original_id": message.transmission_id})
        opened = "Opened: decrypted and verified as agreed; the MDN says so." if message.headers.mdn.mode is not MdnMode.NONE else "Opened."
        note(connection, now, _event(message, "transmission.opened", opened, data={"payload": digest}, id_=id_))
        if part.payload.in_memory == TRIAL_PAYLOAD:
            lookup.complete(connection, id_, {"finished_at": now})
            note(connection, now, _event(message, "transmission.trial", "A test of the connection; nothing is done with it.", id_=id_))
            return
        priority = urgency_of_payload(part.payload, message.partner)
        enqueue(connection, now, NewJob("inbound", id_, now, priority, params={"partner": message.partner.id}, affinity=message.partner.id))

    def _refuse(self, connection: Connection, message: _Message, fault: As2Error, now: datetime, **values: str) -> None:
        """Held or rejected as the class of the fault says."""
        duplicate = isinstance(fault, DuplicateMessage)
        cause = Cause.DUPLICATE_OTHER_BYTES if duplicate else Cause.AS2_NOT_OPENED
        state = TransmissionState.REJECTED if fault.state == "REJECTED" else TransmissionState.HELD
        move(connection, state, message.transmission_id, cause=cause.value, detail=fault.detail, **values)
        words = "Not taken over; the MDN told the partner so." if message.headers.mdn.mode is not MdnMode.NONE else "Not taken over."
        data = {"fault": type(fault).__name__, "detail": fault.detail}
        note(connection, now, _event(message, f"transmission.{state.lower()}", words, data=data, cause=cause))

    def _queue_mdn(self, connection: Connection, message: _Message, digest: str | None, opening: Opening, now: datetime) -> None:
        """An asynchronous MDN is a delivery of its own, retried with the same bytes; it starts after the answer (A44)."""
        assert opening.mdn is not None
        destination = f"mdn:{message.partner.id}"
        delivery_id = self._context.new_id("dlv")
        row = {
            "id": delivery_id,
            "kind": "mdn",
            "state": start(DeliveryState.QUEUED),
            "destination": destination,
            "transmission_id": message.transmission_id,
            "partner_id": message.partner.id,
            "partition_key": message.transmission_id,
            "usage": "live",
            "correlation_id": message.transmission_id,
            "prepared_sha256": digest,
            "prepared_headers": dict(opening.mdn.headers),
            "name": message.headers.mdn.return_url or "",
            "reference": opening.mdn.message_id,
            "created_at": now,
        }
        add(connection, Delivery.table(), row)
        enqueue(connection, now, NewJob("deliver", delivery_id, now + _AFTER_ANSWER, ACKNOWLEDGMENT, None, destination))

    async def _again(self, message: _Message, known: KnownMessage, answer: Answer) -> As2Answer:
        """The same message once more: noted, answered with the stored MDN, and nothing else."""
        context = self._context

        def repeat(connection: Connection) -> bytes:
            now = context.now()
            row = _row(message, TransmissionState.DUPLICATE, now) | {"original_id": known.transmission_id, "finished_at": now}
            if message.body.sha256 == known.wire_sha256:  # else commit 1 has stored it
                add(connection, Transmission.table(), row)
            else:
                move(connection, TransmissionState.DUPLICATE, message.transmission_id, original_id=known.transmission_id, finished_at=now)
            words = "The same message came again; it got the same MDN and nothing else was done."
            note(connection, now, _event(message, "transmission.duplicate", words, data={"original": known.transmission_id}))
            return context.store.payloads.load(connection, answer.mdn_sha256) if answer.mdn_sha256 else b""

        body = await context.store.write(repeat)
        if message.headers.mdn.mode is MdnMode.SYNC and answer.mdn_headers is not None:
            return As2Answer(200, answer.mdn_headers, body)
        return As2Answer()

    async def _encrypted_receipt(self, message: _Message) -> As2Answer:
        """An MDN that only showed itself when it was decrypted (A45)."""
        context = self._context
        now = context.now()
        await take_receipt(context, message.headers.raw, message.body, message.partner, message.station)

        def put_aside(connection: Connection) -> None:
            answer = Answer("receipt")
            as2_messages.answered(connection, message.key, answer)
            jobs.drop(connection, "as2-open", message.transmission_id)
            move(connection, TransmissionState.OPENED, message.transmission_id, finished_at=now)

        await context.store.write(put_aside)
        return As2Answer()

    @staticmethod
    async def _small(body: StoredPayload) -> bytes:
        return body.in_memory if body.in_memory is not None else await asyncio.to_thread(body.read)

    @staticmethod
    def _answer(headers: As2Headers, opening: Opening) -> As2Answer:
        if opening.mdn is None or headers.mdn.mode is not MdnMode.SYNC:
            return As2Answer()
        return As2Answer(200, opening.mdn.headers, opening.mdn.body)


def _was_our_fault(answer: Answer) -> bool:
    return answer.disposition.endswith(_OURS)


def _row(message: _Message, state: TransmissionState, now: datetime) -> dict[str, Any]:
    return {
        "id": message.transmission_id,
        "direction": "inbound",
        "state": start(state),
        "transport": "as2",
        "partner_id": message.partner.id,
        "wire_sha256": message.body.sha256,
        "content_type": message.headers.content_type.partition(";")[0].strip().lower(),
        "message_id": message.headers.message_id,
        "correlation_id": message.transmission_id,
        "created_at": now,
    }


def _event(
    message: _Message, action: str, words: str, *, cause: Cause | None = None, data: dict[str, Any] | None = None, id_: str = ""
) -> EventNote:
    id_ = id_ or message.transmission_id
    return EventNote(
        action=action,
        thing=Thing.TRANSMISSION,
        thing_id=id_,
        correlation_id=id_,
        message=words,
        partner_id=message.partner.id,
        transmission_id=id_,
        cause=cause,
        data=data,
    )
