"""Documents that wait to leave together."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from gateway.store.schema.base import Row, Utc

__all__ = ["Batch", "BatchedDocument"]


class Batch(Row, table=True):
    """What leaves together: one row for ever, open whenever a document waits in it. Its moment is the job `batch` of the same id."""

    id: str = Field(primary_key=True)  #: partner, name, usage and the addresses, of which only what is equal stands in one interchange
    partner_id: str
    name: str  #: the agreement's id, or the name that several agreements share
    usage: str
    opened_at: datetime | None = Field(default=None, sa_type=Utc)  #: since when documents wait; NULL: none does
    due_at: datetime | None = Field(default=None, sa_type=Utc)  #: NULL: only a person or a program releases it
    last_slot: datetime | None = Field(default=None, sa_type=Utc)  #: the moment of the schedule that was served last
    released_at: datetime | None = Field(default=None, sa_type=Utc)
    stopped_at: datetime | None = Field(default=None, sa_type=Utc)  #: a person stopped it: nothing leaves until it is started again
    stopped_by: str | None = None
    reason: str | None = None  #: of stopping


class BatchedDocument(Row, table=True):
    """A document in its place in the batch."""

    __table_args__ = (
        Index("ix_batched_document_batch", "batch_id", "seq"),
        Index("ix_batched_document_document", "document_id", unique=True),
        Index("ix_batched_document_partition", "partition_key"),
        {"sqlite_autoincrement": True},
    )

    seq: int | None = Field(default=None, primary_key=True)  #: the order in which they leave
    batch_id: str
    document_id: str
    partition_key: str
    agreement_id: str
    priority: int  #: as of jobs: nothing of the same key that is no more urgent overtakes it
    size: int  #: bytes of it alone in an interchange
    body: str = Field(sa_type=Text)  #: as it leaves: with the partner's names of what is ours
    at: datetime = Field(sa_type=Utc)
