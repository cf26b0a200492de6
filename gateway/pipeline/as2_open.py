"""Opening one AS2 message and making its answer: pure work for a thread, between the two commits of its reception."""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from as2.disposition import PROCESSED
from as2.errors import As2Error, UnexpectedFault
from as2.headers import As2Headers
from as2.keys import OwnKeys, partner_keys
from as2.mdn import SealedMdn, build_mdn
from as2.message import new_message_id
from as2.receive import OpenedMessage, Payload, open_message
from as2.settings import As2Settings
from gateway.log import logger
from gateway.payload import StoredPayload
from gateway.protection import CertificateUse, Protection, Purpose, use_of
from gateway.store.errors import StoreUnavailableError
from gateway.store.payload_writer import on_disk
from gateway.store.payloads import PayloadFiles

__all__ = ["MAX_RECEIPT", "Opening", "Part", "open_and_answer"]


MAX_RECEIPT: Final = 4 << 20  #: more than any MDN has


@dataclass(frozen=True, slots=True)
class Part:
    """One attachment, kept."""

    payload: StoredPayload
    content_type: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Opening:
    """What came of it: the payloads, or the fault; and the MDN that says so, when one was asked for."""

    parts: tuple[Part, ...]
    is_mdn: bool  #: it showed itself only when it was decrypted (A45)
    fault: As2Error | None
    mic: str
    disposition: str
    mdn: SealedMdn | None
    protection: Protection


def open_and_answer(
    headers: As2Headers,
    body: StoredPayload,
    *,
    payloads: PayloadFiles,
    own: OwnKeys,
    partner: As2Settings,
    now: datetime,
    trace: str,
    judge: Callable[[str], As2Error | None],
) -> Opening:
    """Take the layers off, keep what is inside, and build the answer. What is large goes from file to file.

    `judge` looks at the MIC and may still object: another message under this id. Raises StoreUnavailableError.
    """
    opened: OpenedMessage | None = None
    fault: As2Error | None = None
    parts: tuple[Part, ...] = ()
    try:
        with on_disk(), ExitStack() as files:
            source = body.in_memory if body.in_memory is not None else files.enter_context(body.open())
            opened = open_message(
                headers, source, own=own, partner=partner, now=now, scratch=lambda: files.enter_context(payloads.scratch_file())
            )
            fault = judge(str(opened.mic))
            if opened.is_mdn and body.size > MAX_RECEIPT:
                fault = UnexpectedFault("a receipt that is larger than any receipt")
            parts = tuple(_kept(part, payloads) for part in opened.payloads)
    except As2Error as error:
        fault = error
    except StoreUnavailableError:
        raise
    except Exception:
        logger().exception("as2-opening-failed", transmission_id=trace)
        fault = UnexpectedFault("a fault of ours")
    mic = opened.mic if opened is not None else fault.mic if fault is not None else None
    answer = fault.answer(headers.as2_version) if fault is not None else PROCESSED
    assert answer is not None  # what has no disposition is refused before the bytes are stored
    unique = hashlib.sha256(f"mdn {trace}".encode()).hexdigest()[:32]
    mdn = build_mdn(
        headers,
        disposition=answer,
        mic=mic,
        own=own,
        partner=partner,
        message_id=new_message_id(unique, own.domain),
        now=now,
        trace=trace,
    )
    is_mdn = opened is not None and opened.is_mdn and fault is None
    protection = _protection(opened, mdn, own, partner, now)
    return Opening(parts, is_mdn, fault, str(mic or ""), str(mdn.disposition if mdn else answer), mdn, protection)


def _protection(opened: OpenedMessage | None, mdn: SealedMdn | None, own: OwnKeys, partner: As2Settings, now: datetime) -> Protection:
    """Who signed the message and the MDN, and which key of ours it was encrypted for."""
    signed_by, encrypted_for = (opened.signed_by, opened.decrypted_with) if opened is not None else (None, None)
    ours = own.sign.sending(now).certificate if mdn is not None and mdn.signed and own.sign is not None else None
    uses = (
        *use_of(Purpose.VERIFY, signed_by, partner_keys(partner).verifying(now)),
        *use_of(Purpose.DECRYPT, encrypted_for, (key.certificate for key in own.decrypting(now))),
        *((CertificateUse(ours.fingerprint, Purpose.SIGN, ours.encoded),) if ours is not None else ()),
    )
    return Protection(signed_by, encrypted_for, ours.fingerprint if ours is not None else None, uses=uses)


def _kept(part: Payload, payloads: PayloadFiles) -> Part:
    return Part(payloads.keep_blocks(part.body.blocks(), size=part.body.size), part.content_type, part.filename or "")
