"""One AS2 message to a partner's endpoint and its receipt, outside of the store: to see whether both sides understand each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from as2.client import Answer, PostError, post
from as2.explain import Circumstances, Explanation, Sent, explain_receipt
from as2.keys import CertificateError, OwnKeys
from as2.mdn import MdnUnreadableError, read_mdn
from as2.message import SealedMessage, seal_message
from as2.send import Verdict, VerdictState, judge_mdn, judge_status
from gateway.tls import client_context
from gateway.transports.as2_probe import Probe
from gateway.transports.base import TRIAL_PAYLOAD

__all__ = ["Trial", "trial"]

#: no document of any kind, so that nobody books it
_TYPE: Final = "text/plain"
_GOOD: Final = frozenset({VerdictState.RECEIPTED, VerdictState.AWAITING_MDN, VerdictState.DELIVERED})
_NEXT: Final[Mapping[VerdictState, str]] = {
    VerdictState.QUEUED: "Try again later; ask the partner whether its server is up.",
    VerdictState.HELD: "Ask the partner for the right address and for access.",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of the message; `explanation` where a receipt came that is not as it should be."""

    message_id: str
    verdict: Verdict
    explanation: Explanation | None = None


async def trial(
    found: Probe,
    circumstances: Circumstances,
    *,
    message_id: str,
    authorization: str = "",
    pinned: tuple[str, ...] = (),
    client: tuple[str, str] | None = None,
) -> Trial | None:
    """Seal a harmless text as the profile says, post it, judge what comes back. Each step goes into `found`; None: it was not sent.

    The circumstances must have keys of ours, and a profile with an address.
    """
    settings, own = circumstances.partner, circumstances.own
    assert own is not None
    try:
        sealed = seal_message(
            TRIAL_PAYLOAD,
            content_type=_TYPE,
            own=own,
            partner=settings,
            message_id=message_id,
            now=circumstances.now,
            filename="as2-test.txt",
        )
    except (CertificateError, ValueError) as fault:
        found.fails("seal", str(fault), "Correct the profile: certificates, algorithms, receipt. `gateway doctor` looks at them all.")
        return None
    found.done(
        "seal", f"{len(TRIAL_PAYLOAD)} bytes of text: sign {settings.sign or 'no'}, encrypt {settings.encrypt or 'no'}, {message_id}"
    )
    headers = {**sealed.headers, **({"Authorization": authorization} if authorization else {})}
    context = client_context(pinned=pinned, certificate=client) if (settings.url or "").startswith("https:") else True
    try:
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            answer = await post(
                session,
                settings.url or "",
                headers,
                sealed.body,
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                context=context,
            )
    except PostError as fault:
        found.fails("post", fault.detail, "The steps before show how far the way is open; ask the partner.")
        return None
    found.done("post", f"status {answer.status}, {len(answer.body)} bytes")
    return _judged(found, sealed, answer, circumstances, own)


def _judged(found: Probe, sealed: SealedMessage, answer: Answer, circumstances: Circumstances, own: OwnKeys) -> Trial:
    verdict = judge_status(answer.status, sealed.mdn.mode, has_body=bool(answer.body.strip()))
    if verdict is None:
        try:
            mdn = read_mdn(answer.headers, answer.body, partner=circumstances.partner, now=circumstances.now, own=own)
        except MdnUnreadableError:
            verdict = Verdict(VerdictState.MDN_UNVERIFIED, "the answer is no receipt that can be read")
        else:
            verdict = judge_mdn(sealed.message_id, sealed.mic, mdn, signed_wanted=sealed.mdn.signed)
    said = f"{verdict.reason} ({verdict.modifier})" if verdict.modifier else verdict.reason
    if verdict.state in _GOOD:
        found.done("MDN", said)
        return Trial(sealed.message_id, verdict)
    if verdict.state in _NEXT:
        found.fails("MDN", said, _NEXT[verdict.state])
        return Trial(sealed.message_id, verdict)
    sent = Sent(dict(sealed.headers), sealed.body, sealed.message_id, sealed.mic, TRIAL_PAYLOAD, _TYPE, ("as2-test.txt", None))
    explanation = explain_receipt(sent, answer.headers, answer.body, circumstances)
    found.fails("MDN", said, explanation.text.next_action)
    return Trial(sealed.message_id, verdict, explanation)
