"""Which SSCCs were used in which shipment: a label may stand on one pack a year."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field

from gateway.store.schema.base import Row, Utc

__all__ = ["UsedSscc"]


class UsedSscc(Row, table=True):
    """An SSCC of a ship notice that left, or came."""

    __table_args__ = (Index("ix_used_sscc_at", "at"),)

    usage: str = Field(primary_key=True)
    shipper: str = Field(primary_key=True)  #: "own" for what we ship, else the partner
    sscc: str = Field(primary_key=True)
    shipment_number: str = Field(primary_key=True)
    document_id: str
    at: datetime = Field(sa_type=Utc)
