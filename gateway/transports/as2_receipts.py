"""Asynchronous MDNs on their own connection (as2.md A33, A44): only to addresses that the partner's profile allows."""

from collections.abc import Callable
from typing import Protocol

from as2.client import MdnUrlRefusedError, PostError, check_mdn_url, post
from gateway.errors import Cause, PermanentError, TransientError
from gateway.posting import NewSession, basic
from gateway.settings import SecretError
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

    def __init__(self, *, resolve: Callable[[str], str], session: NewSession) -> None:
        self._resolve = resolve
        self._session = session

    async def send(self, prepared: Prepared, url: str, partner: Partner) -> Handover:
        """Once, after a look at the address. Any 2xx will do (A14)."""
        settings = partner.transports.as2
        if settings is None:
            raise PermanentError(Cause.NO_TRANSPORT, "the profile has no AS2 any more")
        headers = dict(prepared.headers)
        try:
            await check_mdn_url(url, settings)
            if settings.basic_auth is not None:
                headers["Authorization"] = basic(settings.basic_auth.user, self._resolve(settings.basic_auth.password))
            answer = await post(
                self._session(),
                url,
                headers,
                prepared.body.in_memory or prepared.body,
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                redirects=False,
            )
        except MdnUrlRefusedError as fault:
            raise PermanentError(Cause.DELIVERY_REFUSED, str(fault)) from fault
        except SecretError as fault:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
        except PostError as fault:
            if fault.retryable:
                raise TransientError(Cause.DESTINATION_UNREACHABLE, fault.detail) from fault
            raise PermanentError(Cause.DELIVERY_REFUSED, fault.detail) from fault
        if not 200 <= answer.status < 300:
            raise TransientError(Cause.DESTINATION_BUSY, f"HTTP {answer.status}")
        return Handover(detail=f"HTTP {answer.status}", reference=prepared.reference)
