"""What was done over on purpose, what the hub decided on documents, and how far each subject has come."""

from datetime import datetime
from typing import Any

from sqlmodel import Field

from gateway.store.schema.base import JsonText, Row, Utc

__all__ = ["HubDecision", "NewestState", "Replay"]


class Replay(Row, table=True):
    """One replay of one thing or of many; what it made and sent carries its id."""

    id: str = Field(primary_key=True)  #: "rpl_…"
    action: str  #: "restart", "delivery", "duplicate", "feed"
    asked: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: ids or the filter, as they were asked for
    reason: str
    actor: str
    found: int = 0  #: things that it was asked for, the limit left out
    done: int = 0
    refused: int = 0
    books: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: the reconciliation behind it (R30); NULL until it was made
    created_at: datetime = Field(sa_type=Utc)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)


class HubDecision(Row, table=True):
    """What the hub decided on a document of a partner, and how the partner was told."""

    document_id: str = Field(primary_key=True)
    decision: str  #: "accepted", "rejected"
    said: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: reasons and lines, as the hub gave them
    said_sha256: str  #: of decision and words: the same again is the same answer
    client: str
    round: int = 1  #: how often it was decided; more than once only where settings allow it
    answer_type: str | None = None  #: "OrderAcknowledgment", "ApplicationAdvice"; NULL where nothing is agreed
    answer_document_id: str | None = None
    decided_at: datetime = Field(sa_type=Utc)


class NewestState(Row, table=True):
    """The newest state that came of something that has states: a shipment on its way, stock, the answer to an order (R27)."""

    partner_id: str = Field(primary_key=True)
    usage: str = Field(primary_key=True)
    document_type: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)  #: what it is the state of: a load, a shipment, a warehouse, an order
    place: str  #: moment or revision; compares as text
    document_id: str
    event_id: str
