"""What every transport towards a partner does: prepare once, then hand over the same bytes until it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Final, Protocol, runtime_checkable

from gateway.errors import Cause, PermanentError
from gateway.payload import StoredPayload
from gateway.protection import CertificateUse, Protection
from partners.model import Partner

__all__ = ["TRIAL_PAYLOAD", "Handover", "Outgoing", "Prepared", "ReceiptError", "Resumable", "Transport"]

#: what the trial of a connection sends (`gateway as2 ping --send`); a gateway that gets it answers, and does nothing else
TRIAL_PAYLOAD: Final = b"This is a test of an AS2 connection. It holds no business document. Please ignore it.\r\n"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One payload that is to reach one partner."""

    delivery_id: str
    payload: StoredPayload
    content_type: str  #: "application/edi-x12", "application/edifact", "application/json"
    set_id: str  #: "856", "997": for file names and logs
    control_number: str
    is_test: bool
    correlation_id: str
    file_name: str = ""  #: of a file that is sent as it is; else the profile's template makes one


@dataclass(frozen=True, slots=True)
class Prepared:
    """What will travel, fixed before the first attempt and stored, so that every retry sends the very same."""

    body: StoredPayload
    headers: Mapping[str, str] = field(default_factory=dict)
    name: str = ""  #: target file name, where the transport has files
    reference: str = ""  #: AS2 Message-ID, or what else identifies it at the partner
    mic: str = ""  #: AS2: the digest that the MDN must repeat
    protection: Protection | None = None  #: AS2
    covered: StoredPayload | None = None  #: AS2: what the MIC covers, where it is not made of `protection.covered_head` and the payload


@dataclass(frozen=True, slots=True)
class Handover:
    """The destination has taken the bytes over. `receipt` is the raw MDN where one came with the answer."""

    detail: str
    reference: str = ""
    awaits_receipt: bool = False  #: an asynchronous MDN is still to come
    receipt: bytes = b""
    receipt_headers: Mapping[str, str] = field(default_factory=dict)
    receipt_signer: CertificateUse | None = None


class ReceiptError(PermanentError):
    """The partner answered with a receipt that is not what it should be. The receipt is evidence: it is stored with the delivery."""

    def __init__(
        self,
        cause: Cause,
        detail: str,
        *,
        receipt: bytes,
        receipt_headers: Mapping[str, str],
        signer: CertificateUse | None = None,
        once_more: bool = False,
    ) -> None:
        super().__init__(cause, detail)
        self.receipt = receipt
        self.receipt_headers = receipt_headers
        self.receipt_signer = signer
        self.once_more = once_more  #: the fault is the partner's own: the same message may go out a second time


class Transport(Protocol):
    """A way to a partner. Both methods raise `TransientError` or `PermanentError`; any other exception holds."""

    kind: ClassVar[str]  #: key under `transports:` in the profile

    def prepare(self, outgoing: Outgoing, partner: Partner, *, now: datetime) -> Prepared:
        """CPU only, called in a thread. The result is stored before `send`."""
        ...

    async def send(self, prepared: Prepared, partner: Partner) -> Handover:
        """Hand over. May be called again with the same `Prepared` after an unclear end."""
        ...


@runtime_checkable
class Resumable(Protocol):
    """A transport that stops by itself where only a person can decide: a changed host key, refused credentials."""

    def resume(self) -> None:
        """A person has decided: what was stopped is tried again."""
        ...
