"""Judges what came back for a message that we sent: the answer's status, then the MDN."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from as2.headers import MdnMode, same_message_id
from as2.mdn import Mdn, SignatureState
from as2.mic import Mic

__all__ = ["Retry", "Verdict", "VerdictState", "judge_mdn", "judge_status"]

_BUSY: Final = frozenset({408, 425, 429})


class VerdictState(StrEnum):
    """What becomes of the delivery."""

    QUEUED = "QUEUED"  #: the same bytes again, later
    HELD = "HELD"
    AWAITING_MDN = "AWAITING_MDN"
    RECEIPTED = "RECEIPTED"
    MIC_MISMATCH = "MIC_MISMATCH"
    MDN_UNVERIFIED = "MDN_UNVERIFIED"
    REFUSED = "REFUSED"
    DELIVERED = "DELIVERED"  #: no receipt was asked for


class Retry(StrEnum):
    """Whether the same bytes go out again."""

    NEVER = "never"
    SCHEDULE = "schedule"  #: 1, 5, 15, 60, 240 minutes
    ONCE = "once"  #: after 15 minutes


@dataclass(frozen=True, slots=True)
class Verdict:
    """State, reason in fixed words, and whether to try again. `modifier` is the partner's word, for people."""

    state: VerdictState
    reason: str
    retry: Retry = Retry.NEVER
    warning: bool = False
    modifier: str = ""

    @property
    def retryable(self) -> bool:
        """True when the machine may send again by itself."""
        return self.retry is not Retry.NEVER


def judge_status(status: int, mode: MdnMode, *, has_body: bool) -> Verdict | None:
    """What the HTTP status decides; None when the MDN in the body does. Any 2xx is good (A14)."""
    if 200 <= status < 300:
        if mode is MdnMode.ASYNC:
            return Verdict(VerdictState.AWAITING_MDN, "taken over; the receipt comes later")
        if mode is MdnMode.NONE:
            return Verdict(VerdictState.DELIVERED, "taken over; no receipt was asked for")
        if not has_body:
            return Verdict(VerdictState.QUEUED, "the answer has no receipt in it", Retry.SCHEDULE)
        return None
    if status in _BUSY or status >= 500:
        return Verdict(VerdictState.QUEUED, "the partner's server cannot take it now", Retry.SCHEDULE)
    if status == 413:
        return Verdict(VerdictState.HELD, "the partner takes no message of this size")
    if 300 <= status < 400:
        return Verdict(VerdictState.HELD, "the partner's address has changed")
    return Verdict(VerdictState.HELD, "the partner's server refuses the request")


def judge_mdn(message_id: str, mic: Mic, mdn: Mdn, *, signed_wanted: bool) -> Verdict:
    """Compare an MDN with what we stored before sending.

    A refusal counts even without a signature (A43: a partner that could not open our message may be unable to sign for it),
    an acceptance only when it is as we asked for it.
    """
    if not same_message_id(mdn.original_message_id, message_id):
        return Verdict(VerdictState.MDN_UNVERIFIED, "the receipt is about another message")
    if mdn.signature is SignatureState.FAILED:
        return Verdict(VerdictState.MDN_UNVERIFIED, "the receipt's signature fails", modifier=mdn.disposition.description)
    disposition = mdn.disposition
    if not disposition.accepted:
        once = disposition.description.lower() == "unexpected-processing-error"
        return Verdict(
            VerdictState.REFUSED,
            "the partner could not process the message",
            Retry.ONCE if once else Retry.NEVER,
            modifier=disposition.description,
        )
    if signed_wanted and mdn.signature is not SignatureState.VERIFIED:
        return Verdict(VerdictState.MDN_UNVERIFIED, "the receipt is not signed, though we asked for that")
    if mdn.mic is None and signed_wanted:
        return Verdict(VerdictState.MDN_UNVERIFIED, "the receipt has no digest of what was received")
    if mdn.mic is not None and mdn.mic.algorithm is not mic.algorithm:
        # only a request for a signed receipt can name an algorithm (RFC 4130 7.3)
        reason = "the receipt's digest is of another algorithm than ours, so it was not compared"
        return Verdict(VerdictState.MDN_UNVERIFIED if signed_wanted else VerdictState.RECEIPTED, reason, warning=True)
    if mdn.mic is not None and mdn.mic != mic:
        return Verdict(VerdictState.MIC_MISMATCH, "the receipt is about other bytes than we sent")
    return Verdict(
        VerdictState.RECEIPTED,
        "the receipt fits what we sent",
        warning=disposition.modifier == "warning",
        modifier=disposition.description,
    )
