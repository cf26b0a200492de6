"""What retention leaves behind: what it took out of the audit trail, and what it must not touch."""

from datetime import datetime

from sqlmodel import Field

from gateway.store.schema.base import Row, Utc

__all__ = ["EventCut", "RetentionHold"]


class EventCut(Row, table=True):
    """Events that were removed because their time was over. Append only, and the only way: the triggers of `event` let go what the
    newest cut names, and nothing else.
    """

    __table_args__ = ({"sqlite_autoincrement": True},)

    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Utc)
    before: datetime = Field(sa_type=Utc)  #: only what happened earlier
    first_seq: int
    last_seq: int
    events: int  #: how many of these numbers
    sha256: str  #: of the digest of the cut before and of the events: an export of them can be proven later


class RetentionHold(Row, table=True):
    """Something that is kept for as long as a person says (legal hold): a partner, a transmission, a document or a correlation."""

    subject: str = Field(primary_key=True)  #: the id
    reason: str
    by: str
    at: datetime = Field(sa_type=Utc)
