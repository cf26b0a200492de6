"""The numbered revisions of the workspace: what the running gateway uses, never loose files."""

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlmodel import Field

from gateway.store.schema.base import Row, Utc

__all__ = ["Revision", "RevisionFile"]


class Revision(Row, table=True):
    """One applied state of the workspace; the highest number is in force. A rollback is a new revision with older files."""

    number: int = Field(primary_key=True)
    at: datetime = Field(sa_type=Utc)
    by: str
    reason: str
    digest: str  #: of all paths and contents, to see that nothing changed


class RevisionFile(Row, table=True):
    """One file of a revision. Secrets are never among them: profiles hold references."""

    number: int = Field(primary_key=True)
    path: str = Field(primary_key=True)
    content: bytes = Field(sa_type=LargeBinary)
