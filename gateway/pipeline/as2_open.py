"""Opening one AS2 message and making its answer: pure work for a thread, between the two commits of its reception."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from as2.disposition import PROCESSED
from as2.errors import As2Error, UnexpectedFault
from as2.headers import As2Headers
from as2.keys import OwnKeys
from as2.mdn import SealedMdn, build_mdn
from as2.message import new_message_id
from as2.receive import OpenedMessage, open_message
from as2.settings import As2Settings
from gateway.log import logger

__all__ = ["Opening", "open_and_answer"]


@dataclass(frozen=True, slots=True)
class Opening:
    """What came of it: the payloads, or the fault; and the MDN that says so, when one was asked for."""

    opened: OpenedMessage | None
    fault: As2Error | None
    mic: str
    disposition: str
    mdn: SealedMdn | None


def open_and_answer(
    headers: As2Headers,
    body: bytes,
    *,
    own: OwnKeys,
    partner: As2Settings,
    now: datetime,
    trace: str,
    judge: Callable[[str], As2Error | None],
) -> Opening:
    """Take the layers off and build the answer. `judge` looks at the MIC and may still object: another message under this id."""
    opened: OpenedMessage | None = None
    fault: As2Error | None = None
    try:
        opened = open_message(headers, body, own=own, partner=partner, now=now)
        fault = judge(str(opened.mic))
    except As2Error as error:
        fault = error
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
    return Opening(opened, fault, str(mic or ""), str(mdn.disposition if mdn else answer), mdn)
