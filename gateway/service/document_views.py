"""What the hub is shown of a document: in a list, with all that is known of it, and its story. The models stand in /openapi.json."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from gateway.states import DocumentState

__all__ = ["DocumentStatus", "DocumentSummary", "DocumentsPage", "Timeline"]

_STATES = ", ".join(DocumentState)


class _View(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="ignore")


class DocumentSummary(_View):
    """A document and how it stands on each level. Further words may come to states and levels."""

    id: str = Field(description="As the submission named it, or the `documentid` of its event.")
    document_type: str = Field(description="Such as ShipNotice.")
    number: str = Field(
        validation_alias="businessKey",
        description="Its own number: of an order the purchase order number, of a change that with its own behind it, and so on.",
    )
    direction: Literal["inbound", "outbound"] = Field(description="inbound: from a partner; outbound: from the hub.")
    usage: Literal["test", "live"]
    partner_id: str | None = Field(default=None, description="Absent while nobody can tell for whom it is.")
    correlation_id: str = Field(description="The business exchange that it belongs to, from the order on; the `correlationid` of events.")
    event_id: str | None = Field(default=None, description="Inbound: the id of its event.")
    created_at: str = Field(description="When it was stored; ISO 8601 in UTC.")
    state: str = Field(description=f"One of {_STATES}.")
    state_meaning: str = Field(description="The same as a sentence.")
    validation: str = Field(
        description="accepted, accepted with findings, pending, held, rejected, duplicate, waiting (for its order), superseded; "
        "or: accepted, waits for its batch."
    )
    delivery: str = Field(description="none, waiting, retrying, awaiting receipt (an MDN), delivered, held, cancelled.")
    acknowledgment: str = Field(
        description="997, 999, TA1 or CONTRL. Outbound, the partner's: none, waiting, accepted, rejected, overdue. Inbound, ours: sent."
    )
    business: str = Field(
        default="none",
        description="The answer of the partner's application, by 824, APERAK, 855 …: none (nobody waits for one), waiting, answered, "
        "accepted, rejected, overdue.",
    )
    cause: str | None = Field(default=None, description="Why it is held or rejected: a code of the run-book, which problems use too.")
    why: str | None = Field(default=None, description="The cause as a sentence.")
    detail: str | None = Field(default=None, description="What it is here.")
    next_action: str | None = Field(default=None, description="What is to be done.")
    owner: str | None = Field(default=None, description="Whose turn it is: hub, warehouse, partner, analyst, operator; or a person.")


class DocumentsPage(_View):
    """Documents, the newest first."""

    documents: list[DocumentSummary]
    next: str | None = Field(default=None, description="Ask with this as `after` for the page behind; absent on the last.")


class DocumentFinding(_View):
    """One fault or remark; which fields there are depends on where it comes from."""

    sentence: str = Field(description="For people: where, and what.")
    source: str | None = Field(default=None, description="syntax, map, check or crossref; absent where the partner says it.")
    code: str | None = Field(default=None, description="Such as quantity-over-ordered.")
    severity: str | None = Field(default=None, description="error holds the document; warning and info let it go.")
    path: str | None = Field(default=None, description="JSON path in the document, such as `$.orders[0].packs[0].sscc`.")
    place: str | None = Field(default=None, description="Place in the EDI.")
    rule: str | None = Field(default=None, description="The rule of the map.")
    message: str | None = Field(default=None, description="What, in fixed words.")
    hint: str | None = None
    value: str | None = Field(default=None, description="The value that is meant.")
    owner: str | None = Field(default=None, description="Who can mend it.")
    lead: str | None = Field(default=None, description="What `text` is.")
    text: str | None = Field(default=None, description="The segment that is meant.")


class DocumentDecision(_View):
    """What the hub decided on a document of a partner, and how the partner is told."""

    decision: Literal["accepted", "rejected"]
    decided_at: str
    by: str = Field(description="The key that decided.")
    said: dict[str, Any] = Field(description="The body of the decision.")
    answer: str = Field(description="OrderAcknowledgment, ApplicationAdvice, or none.")
    answer_document_id: str | None = Field(default=None, description="Look it up: an answer may be held as any document.")
    answer_state: str | None = Field(default=None, description="The state of the answer.")
    told: str = Field(description="The same as a sentence.")


class DocumentStatus(DocumentSummary):
    """A document, how it stands on each level, and why it waits where it does."""

    hub_decision: DocumentDecision | None = Field(default=None, description="What the hub said to it, and how the partner is told.")
    findings: list[DocumentFinding] = Field(default_factory=list, description="What we found in it, and what the partner says of it.")


class TimelineEvent(_View):
    """One thing that happened."""

    at: str = Field(description="ISO 8601 in UTC.")
    action: str = Field(description="Such as document.written, delivery.delivered, acknowledgment.received.")
    message: str = Field(description="The same as a sentence.")
    thing: str = Field(description="What it happened to: transmission, transaction_set, document, delivery, acknowledgment.")
    id: str = Field(description="The id of that.")
    about: str | None = Field(default=None, description="That in words: Invoice 4711.")
    document_id: str | None = None
    partner_id: str | None = None
    actor: str | None = Field(default=None, description="Who did it: gateway, a key, a person.")
    cause: str | None = Field(default=None, description="A code of the run-book, where something went wrong.")
    sentences: list[str] = Field(default_factory=list, description="What was wrong.")
    sibling: bool = Field(default=False, description="It came in the same file and belongs to another number.")
    is_open: bool = Field(default=False, description="A person still has to act.")


class Timeline(_View):
    """The whole business exchange of a document: the order, what answered it, each delivery and acknowledgment."""

    events: list[TimelineEvent] = Field(description="Oldest first.")
    documents: list[DocumentSummary] = Field(description="The documents of the exchange as they stand now.")
