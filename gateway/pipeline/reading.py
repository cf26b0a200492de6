"""What one payload holds, judged and mapped: pure values, made in a thread, that `inbound_commit` turns into rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from canonical.base import Document
from canonical.registry import DOCUMENTS
from edi.acks import AckOptions, AckReport, StreamedAnswer
from gateway.errors import Cause
from gateway.pipeline.numbering import Numbering
from gateway.pipeline.outcome import Hold
from gateway.states import TransactionSetState
from gateway.store.seen import Envelope
from maps.crossref import Translated
from partners.duplicates import DuplicateSettings
from partners.model import Agreement

__all__ = ["About", "ReadDocument", "ReadSet", "Unit"]

_USUAL: Final = DuplicateSettings()


@dataclass(frozen=True, slots=True)
class About:
    """What the store says of the payload before anybody looks inside."""

    transmission_id: str
    transport: str
    partner_id: str | None  #: whose key, server, folder or AS2 name it came by
    sha256: str
    received_at: datetime
    message_id: str | None = None
    mic: str | None = None
    is_accepted: bool = False  #: read again after it was accepted: what a guide says today does not reject it any more


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A canonical document and what is fixed of it before anybody stores it."""

    kind: str  #: such as Order
    made: Document | None  #: None: it stands in its JSON form alone
    body: str  #: its JSON form
    content_sha256: str  #: of what it says, not of how it came: tells a business duplicate from a contradiction
    event_id: str
    event_type: str
    map: dict[str, Any]
    findings: list[dict[str, Any]]
    hold: Hold | None = None  #: a check of its sense failed, or a value has to be known first
    translated: Translated | None = None  #: what its cross references made of it; None where nothing was looked up
    references: int = 0  #: the state of the cross references then

    @property
    def document(self) -> Document:
        """The document. What was put away is made again each time: who asks more than once takes `whole` first."""
        if self.made is not None:
            return self.made
        return DOCUMENTS[self.kind].model_validate_json(self.body, by_alias=True, by_name=False)

    def whole(self) -> "ReadDocument":
        """With the document at hand."""
        return self if self.made is not None else replace(self, made=self.document)

    def put_away(self) -> "ReadDocument":
        """In its JSON form alone, which is a tenth of it: for travelling, and for waiting with thousands of others."""
        return replace(self, made=None)


@dataclass(frozen=True, slots=True)
class ReadSet:
    """One transaction set, or one payload in a partner's own form."""

    index: int  #: from 1, in the transmission
    state: TransactionSetState
    release: str
    set_id: str
    functional_id: str
    group_control_number: str
    control_number: str
    sha256: str
    agreement: Agreement | None
    findings: list[dict[str, Any]]
    cause: Cause | None = None
    detail: str | None = None
    document: ReadDocument | None = None
    number: str = ""  #: the business number as far as it can be seen without a document
    respond_by: datetime | None = None  #: until when it asks to be answered itself


@dataclass(frozen=True, slots=True)
class Unit:
    """One interchange, or one payload without an envelope."""

    standard: str
    usage: str
    sha256: str
    partner_id: str | None
    sets: tuple[ReadSet, ...]
    envelope: Envelope | None = None  #: what duplicates are known by
    duplicates: DuplicateSettings = _USUAL
    sequence: str = "notice"  #: what a gap in the sender's numbers means; "off": nobody looks
    findings: Sequence[dict[str, Any]] = field(default=())  #: of the interchange and its groups
    hold: Hold | None = None  #: nothing in it is worked on until a person decides
    answer: "AnswerPlan | None" = None
    refusal: "Callable[[], AnswerPlan] | None" = None  #: makes the answer that refuses it as one that was there before
    reports: tuple[AckReport, ...] = ()  #: what it says of interchanges of ours
    is_kept_only: bool = False  #: usage "information": stored, never worked on


@dataclass(frozen=True, slots=True)
class AnswerPlan:
    """How this interchange is acknowledged, when anything in it is to be."""

    prepared: Callable[[], StreamedAnswer]  #: all but its control numbers
    groups: int  #: that the answer has, and so the group control numbers that it takes
    options: AckOptions
    numbering: Numbering  #: where its control numbers come from
    transport: str | None
    written_at: datetime  #: in the partner's zone: what stands in the headers
    trial: bytes | None  #: written under trial numbers; None: there is nothing to answer
