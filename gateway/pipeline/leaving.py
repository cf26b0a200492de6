"""The rows of an interchange that leaves: its transmission, and a transaction set for each document in it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.pipeline.acknowledge import CONTENT_TYPES
from gateway.pipeline.numbered import Numbers
from gateway.states import TransactionSetState, TransmissionState
from gateway.store.moves import start
from partners.model import Agreement

__all__ = ["Leaving"]


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is to be known of it; of a batch, `agreement` is that of any document in it, for all have the same header."""

    transmission_id: str
    agreement: Agreement
    numbers: Numbers
    sha256: str
    correlation_id: str
    at: datetime

    @property
    def control_number(self) -> str:
        """Of the interchange; "" in a partner's own form, which has none."""
        return str(self.numbers.interchange) if self.agreement.own_address is not None else ""

    def transmission(self, transport: str, usage: str) -> dict[str, Any]:
        """Its own row."""
        agreement = self.agreement
        own, partner = agreement.own_address, agreement.partner_address
        return {
            "id": self.transmission_id,
            "direction": "outbound",
            "state": start(TransmissionState.WRITTEN),
            "transport": transport,
            "partner_id": agreement.partner_id,
            "payload_sha256": self.sha256,
            "content_type": CONTENT_TYPES[agreement.standard],
            "standard": agreement.standard,
            "sender": str(own.identity) if own else None,
            "receiver": str(partner.identity) if partner else None,
            "control_number": self.control_number or None,
            "usage": usage,
            "correlation_id": self.correlation_id,
            "created_at": self.at,
            "finished_at": self.at,
        }

    def transaction_set(self, set_id: str, agreement: Agreement, correlation_id: str, **place: Any) -> dict[str, Any]:
        """The row of one of its sets; `place` says where it stands: group, control numbers, index."""
        return {
            "id": set_id,
            "transmission_id": self.transmission_id,
            "direction": "outbound",
            "state": start(TransactionSetState.WRITTEN),
            "partner_id": agreement.partner_id,
            "agreement_id": agreement.id,
            "standard": agreement.standard,
            "release": agreement.release + agreement.industry,
            "set_id": agreement.set_id,
            "sha256": self.sha256,
            "correlation_id": correlation_id,
            "created_at": self.at,
            **place,
        }
