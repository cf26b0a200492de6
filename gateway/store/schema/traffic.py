"""The five things with a state, the bytes they are about, and the events that tell their story."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary, Text
from sqlmodel import Field

from gateway.store.schema.base import JsonText, Row, Utc, index_of_some

__all__ = ["Acknowledgment", "Delivery", "Document", "Event", "Payload", "TransactionSet", "Transmission"]


class Payload(Row, table=True):
    """Bytes as they travelled, stored once by their digest. `body` is NULL where a file of the data folder holds them."""

    __table_args__ = (index_of_some("ix_payload_unused", "unused_since", where="unused_since IS NOT NULL"),)

    sha256: str = Field(primary_key=True)
    size: int  #: of the bytes, packed or not
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    encoding: str = Field(default="", sa_column_kwargs={"server_default": ""})  #: of `body`: "", "zlib"; "gone": retention removed it
    created_at: datetime = Field(sa_type=Utc)
    unused_since: datetime | None = Field(default=None, sa_type=Utc)  #: what named it is gone; retention looks who else does


class Transmission(Row, table=True):
    """One payload in or out. What is not known yet is NULL."""

    __table_args__ = (
        Index("ix_transmission_partner", "partner_id", "direction", "id"),
        Index("ix_transmission_state", "state"),
        Index("ix_transmission_created_at", "created_at"),
        index_of_some("ix_transmission_unfinished", "direction", "state", where="finished_at IS NULL"),
        index_of_some("ix_transmission_test", "created_at", where="usage = 'test'"),
        index_of_some("ix_transmission_message", "message_id", where="message_id IS NOT NULL"),
    )

    id: str = Field(primary_key=True)
    direction: str
    state: str
    transport: str  #: "as2", "http", "sftp", "folder"
    partner_id: str | None = None
    payload_sha256: str | None = None  #: what is inside; NULL until an AS2 message is opened
    wire_sha256: str | None = None  #: AS2: the body as it arrived or left, evidence of both sides
    content_type: str = ""
    file_name: str = ""
    standard: str | None = None
    sender: str | None = None  #: "ZZ:NORTHMART"
    receiver: str | None = None
    control_number: str | None = None
    usage: str | None = None  #: "test", "live", "information"
    message_id: str | None = None  #: AS2 only
    correlation_id: str
    original_id: str | None = None  #: what it repeats or replays
    findings: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: of the interchange and its groups
    cause: str | None = None
    detail: str | None = None
    created_at: datetime = Field(sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)


class TransactionSet(Row, table=True):
    """One business message on the wire, in or out."""

    __table_args__ = (Index("ix_transaction_set_transmission", "transmission_id"), Index("ix_transaction_set_state", "state", "id"))

    id: str = Field(primary_key=True)
    transmission_id: str
    direction: str
    state: str
    partner_id: str | None = None
    agreement_id: str | None = None
    standard: str
    release: str = ""
    set_id: str = ""
    functional_id: str = ""
    group_control_number: str = ""
    control_number: str = ""
    set_index: int = 1  #: from 1, in its transmission
    sha256: str = ""
    correlation_id: str
    findings: Any = Field(default=None, sa_type=JsonText, nullable=True)
    cause: str | None = None
    detail: str | None = None
    created_at: datetime = Field(sa_type=Utc)


class Document(Row, table=True):
    """One canonical document; `body` is its JSON form."""

    __table_args__ = (
        Index("ix_document_correlation", "correlation_id"),
        Index("ix_document_transaction_set", "transaction_set_id"),
        Index("ix_document_transmission", "transmission_id"),
        Index("ix_document_state", "state", "id"),
        Index("ix_document_partner", "partner_id", "id"),
        Index("ix_document_kind", "document_type", "id"),
        Index("ix_document_type", "document_type", "created_at"),
        Index("ix_document_agreement", "partner_id", "agreement_id", "created_at"),
        index_of_some("ix_document_replay", "replay_id", where="replay_id IS NOT NULL"),
    )

    id: str = Field(primary_key=True)
    direction: str
    state: str
    document_type: str
    partner_id: str | None = None  #: NULL while nobody could say for whom it is
    agreement_id: str | None = None
    transmission_id: str | None = None  #: the bytes that it came in or leaves in
    transaction_set_id: str | None = None
    usage: str
    business_key: str  #: purchase order number, shipment number
    correlation_id: str
    causation_id: str | None = None
    event_id: str  #: stable over retries and replays
    event_type: str
    partition_key: str  #: order is kept per key
    body: str = Field(sa_type=Text)
    map: Any = Field(default=None, sa_type=JsonText, nullable=True)
    findings: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: of map and checks
    revision: int = 0  #: of the workspace, under which it was made: lineage and residue are made again from bytes and map
    original_id: str | None = None
    replay_id: str | None = None  #: the replay that made it
    replay_action: str | None = None  #: "restart", "duplicate"
    newer_id: str | None = None  #: event of the newer state that was there before it (R27)
    cause: str | None = None
    detail: str | None = None
    created_at: datetime = Field(sa_type=Utc)


class Delivery(Row, table=True):
    """One document or payload to one destination: a row of the outbox."""

    __table_args__ = (
        Index("ix_delivery_document", "document_id"),
        Index("ix_delivery_transmission", "transmission_id"),
        Index("ix_delivery_reference", "reference"),
        Index("ix_delivery_state", "state"),
        index_of_some("ix_delivery_finished", "finished_at", where="finished_at IS NOT NULL"),
        index_of_some("ix_delivery_replay", "replay_id", where="replay_id IS NOT NULL"),
    )

    id: str = Field(primary_key=True)
    kind: str  #: "sink", "partner", "mdn"
    state: str
    destination: str  #: "sink:hub", "partner:northmart:as2"
    document_id: str | None = None
    transmission_id: str | None = None
    partner_id: str | None = None
    partition_key: str
    usage: str
    correlation_id: str
    attempts: int = 0
    prepared_sha256: str | None = None  #: what travels, fixed before the first attempt
    prepared_headers: Any = Field(default=None, sa_type=JsonText, nullable=True)
    name: str = ""
    reference: str = ""  #: AS2 Message-ID, or what else identifies it at the destination
    mic: str = ""
    receipt_sha256: str | None = None
    receipt_headers: Any = Field(default=None, sa_type=JsonText, nullable=True)
    via: str | None = None  #: the fallback that it went by, or is prepared for
    unclear: str | None = None  #: the way by which the partner may have it, although no answer said so
    answer: str = ""  #: what the destination said last
    replay_id: str | None = None  #: the replay that queued it, or queued it anew
    replay_action: str | None = None  #: "restart", "delivery", "duplicate", "feed"
    sent_at: datetime | None = Field(default=None, sa_type=Utc)  #: when the attempt began that the destination took
    cause: str | None = None
    detail: str | None = None
    created_at: datetime = Field(sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)


class Acknowledgment(Row, table=True):
    """An answer that one side owes the other: a 997, 999, TA1 or CONTRL, ours or one that we wait for; with `answers_document_id` a
    document that answers another (855, 824), owed by us (outbound) or by the partner (inbound). Or one that matches nothing, an MDN too.
    """

    __table_args__ = (
        Index("ix_acknowledgment_answers", "answers_transmission_id"),
        Index("ix_acknowledgment_transmission", "transmission_id"),
        Index("ix_acknowledgment_number", "partner_id", "control_number"),
        Index("ix_acknowledgment_state", "state", "due_at"),
        index_of_some("ix_acknowledgment_owed", "correlation_id", where="answers_document_id IS NOT NULL"),
        index_of_some("ix_acknowledgment_settled", "finished_at", where="finished_at IS NOT NULL AND state <> 'WRITTEN'"),
    )

    id: str = Field(primary_key=True)
    direction: str
    kind: str  #: "997", "999", "TA1", "CONTRL", "MDN"; else the set that answers a document: "855"
    state: str
    partner_id: str | None = None
    transmission_id: str | None = None  #: the bytes that carry it
    answers_transmission_id: str | None = None
    answers_document_id: str | None = None  #: of an answer on the business level: the document that it answers
    agreement_id: str | None = None  #: that of what is answered, whose clock counts
    functional_id: str = ""
    control_number: str = ""  #: of the group or interchange answered; of an MDN the Message-ID
    status: str | None = None
    report: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: what it says, set by set, with sentences
    due_at: datetime | None = Field(default=None, sa_type=Utc)
    warn_at: datetime | None = Field(default=None, sa_type=Utc)  #: when to warn next
    correlation_id: str
    cause: str | None = None
    detail: str | None = None
    created_at: datetime = Field(sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)
    reviewed_at: datetime | None = Field(default=None, sa_type=Utc)  #: a person took it off the work list
    reviewed_by: str | None = None
    comment: str | None = None


class Event(Row, table=True):
    """What happened, append only (triggers refuse anything else): the audit trail and every timeline."""

    __table_args__ = (
        Index("ix_event_correlation", "correlation_id"),
        Index("ix_event_transmission", "transmission_id"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Utc)
    action: str
    thing: str
    thing_id: str
    transmission_id: str | None = None
    document_id: str | None = None
    correlation_id: str
    partner_id: str | None = None
    cause: str | None = None
    message: str  #: fixed words for people, never the partner's data
    data: Any = Field(default=None, sa_type=JsonText, nullable=True)
    actor: str = "gateway"
