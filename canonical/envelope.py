"""The event that carries a document to the hub: CloudEvents 1.0, structured JSON."""

import re
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from canonical.scalars import AwareTime, Str80, Str512

__all__ = ["CloudEvent", "Verb", "document_name", "event_type", "partition_key", "sequence_text"]

_WORD: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SOURCE_PART: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


class Verb(StrEnum):
    """What happened to the document."""

    RECEIVED = "received"  #: partner to hub
    REQUESTED = "requested"  #: the hub asks us to send it
    CANCELLED = "cancelled"  #: the hub rejected it, and is to take back what it began


class CloudEvent(BaseModel):
    """One event. Attribute names are CloudEvents' own: lower case, no separators."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    specversion: Literal["1.0"] = "1.0"
    """Version of CloudEvents."""
    id: Str80
    """With `source`, the key by which receivers drop what they have seen."""
    source: Str512
    """The gateway that says so."""
    type: Annotated[str, StringConstraints(strict=True, pattern=r"^com\.[a-z0-9.-]+\.v[0-9]+$")]
    """What happened, by `event_type`."""
    subject: Str512 | None = None
    """Partner and business number."""
    time: AwareTime
    """When it happened."""
    recordedtime: AwareTime | None = None
    """When we wrote it down."""
    datacontenttype: Literal["application/json"] = "application/json"
    """Form of `data`."""
    dataschema: Str512 | None = None
    """The name of the schema of `data`; `GET /schemas` of the gateway says where it is. Changes with every version."""
    correlationid: Str80 | None = None
    """The business exchange that it is part of."""
    causationid: Str80 | None = None
    """What brought it about: the transaction set, the hub's command, the event it supersedes."""
    partitionkey: Str512 | None = None
    """Events with one key stay in order."""
    sequence: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{15}$")] | None = None
    """Place in the feed; compares as text."""
    partnerid: Str80 | None = None
    """The partner, by the name of its folder."""
    documentid: Str80 | None = None
    """The document, as `/api/v1/documents/{id}` takes it: to look it up, to accept or reject it."""
    usage: Literal["test", "live"]
    """Test traffic never reaches the live hub."""
    traceparent: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$")] | None = (
        None
    )
    """W3C trace context."""
    replay: bool | None = None
    """True where a person had it sent again, or made it anew; absent otherwise. What follows says how."""
    replayid: Str80 | None = None
    """The replay: one for all events that were asked for together."""
    replayaction: Str80 | None = None
    """`delivery`, `feed`: this very event again; `restart`: read again, in place of another; `duplicate`: on purpose a second time."""
    replayof: Str80 | None = None
    """The event that it repeats or replaces; its own id where it is the same event."""
    stale: bool | None = None
    """True where a newer state of the same thing was there before it; absent otherwise. It must not replace that."""
    newerid: Str80 | None = None
    """The event with that newer state."""
    data: dict[str, Any]
    """The document in its JSON form."""

    def to_json(self) -> dict[str, Any]:
        """Structured mode, with what was not said left out."""
        return self.model_dump(mode="json", exclude_none=True)


def document_name(document_type: str) -> str:
    """`ShipNotice` as it stands in event names and file names: `ship-notice`."""
    return _WORD.sub("-", document_type).lower()


def event_type(org: str, document_type: str, verb: Verb, major: int = 1) -> str:
    """`com.harborline.b2b.ship-notice.sent.v1`. Raises ValueError for an organization that no event name can hold."""
    if not _SOURCE_PART.fullmatch(org):
        raise ValueError("an organization in event names has small letters, digits, dots and hyphens")
    return f"com.{org}.b2b.{_WORD.sub('-', document_type).lower()}.{verb}.v{major}"


def partition_key(partner: str, business_number: str) -> str:
    """Order is kept for each partner and business number."""
    return f"{partner}:{business_number}"


def sequence_text(position: int) -> str:
    """A place in the feed as text that compares like the number (CloudEvents sequence extension)."""
    return f"{position:015d}"
