"""What was found to be missing or to differ, and how each day's comparison came out."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from gateway.store.schema.base import JsonText, Row, Utc

__all__ = ["Alarm", "ReconciliationDay"]


class Alarm(Row, table=True):
    """Something that a look at the whole found, and that a later look resolves: one row per subject, raised again where it comes back."""

    __table_args__ = (Index("ix_alarm_open", "resolved_at", "flow"), Index("ix_alarm_correlation", "correlation_id"))

    id: str = Field(primary_key=True)  #: of flow, cause and subject, so that two looks make one row
    flow: str  #: which look it is of: "orders-confirmed", "expected", "slo"
    cause: str
    subject: str  #: what it is about, in that flow: a document's id, an agreement and a day
    day: str = ""  #: the business day that it belongs to, ISO, where there is one
    partner_id: str | None = None
    agreement_id: str | None = None
    document_id: str | None = None
    correlation_id: str
    about: str  #: how people call it: "Order 4500000001"
    detail: str  #: what is wrong, with its numbers
    data: Any = Field(default=None, sa_type=JsonText, nullable=True)
    raised_at: datetime = Field(sa_type=Utc)
    resolved_at: datetime | None = Field(default=None, sa_type=Utc)
    reviewed_at: datetime | None = Field(default=None, sa_type=Utc)  #: a person took it off the work list
    reviewed_by: str | None = None
    comment: str | None = None


class ReconciliationDay(Row, table=True):
    """One flow of one day with one partner, as it was compared last."""

    day: str = Field(primary_key=True)  #: ISO, in our zone
    flow: str = Field(primary_key=True)
    partner_id: str = Field(primary_key=True)
    compared: int
    matched: int
    waiting: int  #: nothing came yet, and its time is not over
    differing: int
    at: datetime = Field(sa_type=Utc)
