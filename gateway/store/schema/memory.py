"""What must not happen twice or get another number: control numbers, keys, files, messages seen before."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from gateway.store.schema.base import JsonText, Row, Utc, index_of_some

__all__ = [
    "As2Message",
    "BusinessKey",
    "ControlNumber",
    "ControlNumberChange",
    "DocumentReference",
    "FeedEntry",
    "IdempotencyKey",
    "InboundSequence",
    "KeyUse",
    "PickupFile",
    "SeenInterchange",
]


class ControlNumber(Row, table=True):
    """The last number given out, per pair of identities, kind and usage; taken in the transaction that writes the bytes."""

    scope: str = Field(primary_key=True)  #: "ZZ:HARBORLINE>ZZ:NORTHMART", with "|agreement" where it has a sequence of its own
    kind: str = Field(primary_key=True)  #: "interchange", "group", "set"
    usage: str = Field(primary_key=True)  #: "test", "live"; "any" where the two are numbered together
    last: int = Field(sa_type=BigInteger)
    note: str | None = None  #: why it is not the one after the number written last: set by a person, restored


class ControlNumberChange(Row, table=True):
    """A sequence that did not just count on: who or what set it, and why. What lies between was never given out."""

    __table_args__ = (Index("ix_control_number_change", "scope", "kind", "usage"),)

    id: str = Field(primary_key=True)
    scope: str
    kind: str
    usage: str
    before: int | None = Field(default=None, sa_type=BigInteger)  #: the last number given out then
    last: int = Field(sa_type=BigInteger)
    reason: str
    actor: str
    at: datetime = Field(sa_type=Utc)


class InboundSequence(Row, table=True):
    """How far a sender has counted its interchanges, and which numbers it left out: what shows that a file was lost."""

    standard: str = Field(primary_key=True)
    sender: str = Field(primary_key=True)
    receiver: str = Field(primary_key=True)
    usage: str = Field(primary_key=True)
    partner_id: str
    last: int = Field(sa_type=BigInteger)
    missing: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: [[from, to], …], the newest at most
    at: datetime = Field(sa_type=Utc)


class SeenInterchange(Row, table=True):
    """The first interchange that came with a control number."""

    __table_args__ = (Index("ix_seen_interchange_seen_at", "seen_at"),)

    standard: str = Field(primary_key=True)
    sender: str = Field(primary_key=True)
    receiver: str = Field(primary_key=True)
    usage: str = Field(primary_key=True)  #: test and live count apart
    control_number: str = Field(primary_key=True)
    sha256: str
    transmission_id: str
    seen_at: datetime = Field(sa_type=Utc)


class BusinessKey(Row, table=True):
    """The only authority on business numbers: who used which, for what content, in which correlation."""

    __table_args__ = (Index("ix_business_key_number", "key", "kind", "usage"),)

    own: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)  #: "Order", "ShipNotice"
    usage: str = Field(primary_key=True)
    partner_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    generation: int = Field(primary_key=True, default=0)
    id: str  #: "ord_…"
    document_id: str
    content_sha256: str
    correlation_id: str


class DocumentReference(Row, table=True):
    """A number by which people look for a document; one document may name several purchase orders."""

    __table_args__ = (Index("ix_document_reference_value", "value", "kind"),)

    document_id: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)  #: "purchaseOrder", "shipment"
    value: str = Field(primary_key=True)


class FeedEntry(Row, table=True):
    """What the hub reads in order. The number only grows and has no gaps that fill later: one writer gives it out."""

    __table_args__ = (Index("ix_feed_entry_at", "at"), Index("ix_feed_entry_document", "document_id"), {"sqlite_autoincrement": True})

    seq: int | None = Field(default=None, primary_key=True)
    document_id: str
    at: datetime = Field(sa_type=Utc)


class KeyUse(Row, table=True):
    """The day on which an API key was used last, in UTC."""

    role: str = Field(primary_key=True)
    principal: str = Field(primary_key=True)
    key: str = Field(primary_key=True)  #: its label
    last_used: str


class IdempotencyKey(Row, table=True):
    """What a client submitted under a key."""

    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)

    client: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_sha256: str
    document_id: str
    created_at: datetime = Field(sa_type=Utc)


class As2Message(Row, table=True):
    """A message that came under a Message-ID between two AS2 names, and its answer (RFC 4130 5.5: a repetition gets the same MDN)."""

    __table_args__ = (Index("ix_as2_message_transmission", "transmission_id"),)

    as2_from: str = Field(primary_key=True)
    as2_to: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    transmission_id: str
    headers: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: name and value pairs, as they came
    wire_sha256: str = ""
    mic: str = ""
    disposition: str = ""  #: the answer; empty until there is one
    mdn_sha256: str | None = None
    mdn_headers: Any = Field(default=None, sa_type=JsonText, nullable=True)
    created_at: datetime = Field(sa_type=Utc)


class PickupFile(Row, table=True):
    """A file seen at a partner's server or folder, so that it is read once."""

    __table_args__ = (
        index_of_some("ix_pickup_file_open", "endpoint", where="finished IS NULL OR failures > 0"),
        index_of_some("ix_pickup_file_finished", "finished", where="finished IS NOT NULL"),
    )

    endpoint: str = Field(primary_key=True)  #: "northmart:sftp:/out"
    key: str = Field(primary_key=True)  #: of name, size and time
    path: bytes = Field(sa_type=LargeBinary)  #: names are bytes until shown
    size: int | None = None
    mtime: int | None = None
    state: str
    first_seen: datetime = Field(sa_type=Utc)
    second_seen: datetime | None = Field(default=None, sa_type=Utc)
    claimed_as: bytes | None = Field(default=None, sa_type=LargeBinary)
    sha256: str | None = None
    transmission_id: str | None = None
    finished: datetime | None = Field(default=None, sa_type=Utc)
    failures: int = 0


class PickupLook(Row, table=True):
    """How far a folder with a schedule has been looked at, so that each slot is looked at once, whoever leads."""

    endpoint: str = Field(primary_key=True)  #: as in PickupFile
    schedule: str  #: in words; another one owes nothing of before
    up_to: datetime = Field(sa_type=Utc)  #: slots up to this moment are done
    looked_at: datetime | None = Field(default=None, sa_type=Utc)  #: when the last look ended
    cause: str | None = None  #: why it could not look
    detail: str = ""
