"""Cross references, what is not in them and who waits for it, and each change with who made it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from gateway.store.schema.base import JsonText, Row, Utc, index_of_some

__all__ = ["CrossReference", "CrossReferenceChange", "UnknownValue", "WaitingDocument"]


class CrossReference(Row, table=True):
    """What one partner calls something, and what we call it."""

    __table_args__ = (
        Index("ix_cross_reference_theirs", "kind", "theirs", "keys", "partner"),
        Index("ix_cross_reference_ours", "kind", "ours", "keys", "partner"),
    )

    partner: str = Field(primary_key=True)  #: "*": for every partner
    kind: str = Field(primary_key=True)  #: "item", "unit", …
    theirs: str = Field(primary_key=True)
    keys: str = Field(primary_key=True)  #: further columns that narrow it: "item=HB-1200"
    direction: str = Field(primary_key=True)  #: "in", "out", "both"
    valid_from: str = Field(primary_key=True)  #: day, or empty
    ours: str
    valid_to: str = ""
    preferred: bool = False
    factor: str = ""  #: of units


class CrossReferenceChange(Row, table=True):
    """Who changed cross references, when and how much. The highest number tells whether what was read before is still so."""

    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Utc)
    by: str
    reason: str = ""
    added: int = 0
    changed: int = 0
    removed: int = 0


class UnknownValue(Row, table=True):
    """A value that no cross reference names: the work list. Solved ones stay, for they may come again."""

    __table_args__ = (index_of_some("ix_unknown_value_open", "partner", "kind", where="solved_at IS NULL"),)

    partner: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    direction: str = Field(primary_key=True)  #: "in", "out"
    value: str = Field(primary_key=True)
    keys: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: what a row for it could be narrowed by, when it was seen last
    also: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: further numbers of the same thing
    policy: str = ""  #: what it meant when it was seen last: "error", "hold", "passThrough"
    first_seen: datetime = Field(sa_type=Utc)
    last_seen: datetime = Field(sa_type=Utc)
    documents: int = 0  #: in how many documents
    examples: Any = Field(default=None, sa_type=JsonText, nullable=True)  #: the latest of them, with their numbers
    solved_at: datetime | None = Field(default=None, sa_type=Utc)


class WaitingDocument(Row, table=True):
    """A document that is held until an unknown value is known."""

    __table_args__ = (Index("ix_waiting_document_value", "kind", "value", "partner"),)

    document_id: str = Field(primary_key=True)
    partner: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    direction: str = Field(primary_key=True)
    value: str = Field(primary_key=True)
