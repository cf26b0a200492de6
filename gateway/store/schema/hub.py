"""The hub's side: how far its consumers have read the feed, and what is known of its messages that could not be taken."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.store.schema.base import JsonText, Row, Utc

__all__ = ["Consumer", "HeldMessage"]


class Consumer(Row, table=True):
    """A named reader of the feed."""

    name: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInteger)  #: the last number that it is done with
    at: datetime = Field(sa_type=Utc)  #: when it said so
    by: str


class HeldMessage(Row, table=True):
    """What stood in the headers of a message that is held as a transmission."""

    transmission_id: str = Field(primary_key=True)
    attributes: Any = Field(default=None, sa_type=JsonText, nullable=True)
