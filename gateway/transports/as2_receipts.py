"""Asynchronous MDNs on their own connection (A33, A44): only to addresses that the partner's profile allows."""

from typing import Protocol

from as2.client import MdnUrlRefusedError, check_mdn_url
from as2.headers import MdnMode
from as2.send import VerdictState, judge_status
from gateway.errors import Cause, PermanentError, TransientError
from gateway.transports.as2_calls import As2Calls
from gateway.transports.base import Handover, Prepared
from partners.model import Partner

__all__ = ["As2Receipts", "ReceiptSender"]


class ReceiptSender(Protocol):
    """Brings an MDN to the address that the message named."""

    async def send(self, prepared: Prepared, url: str, partner: Partner) -> Handover:
        """Hand over. Raises `TransientError` or `PermanentError`."""
        ...


class As2Receipts:
    """Posts stored MDNs; each attempt sends the same bytes."""

    def __init__(self, calls: As2Calls) -> None:
        self._calls = calls

    async def send(self, prepared: Prepared, url: str, partner: Partner) -> Handover:
        """Once, after a look at the address; redirects are not followed (A33). Any 2xx will do (A14)."""
        settings = partner.transports.as2
        if settings is None:
            raise PermanentError(Cause.NO_TRANSPORT, "the profile has no AS2 any more")
        try:
            await check_mdn_url(url, settings)
        except MdnUrlRefusedError as fault:
            raise PermanentError(Cause.MDN_ADDRESS_REFUSED, str(fault)) from fault
        answer = await self._calls.post(partner, settings, url, prepared.headers, prepared.body, receipt=True)
        verdict = judge_status(answer.status, MdnMode.NONE, has_body=False)
        assert verdict is not None  # nothing is asked of the body
        if verdict.state is VerdictState.QUEUED:
            raise TransientError(Cause.DESTINATION_BUSY, f"HTTP {answer.status}")
        if verdict.state is VerdictState.HELD:
            raise PermanentError(Cause.DELIVERY_REFUSED, f"{verdict.reason} (HTTP {answer.status})")
        return Handover(detail=f"HTTP {answer.status}", reference=prepared.reference)
