"""The tables, as SQLModel classes; the hot path uses their `__table__` with SQLAlchemy Core."""

from gateway.store.schema.base import Row, metadata
from gateway.store.schema.batches import Batch, BatchedDocument
from gateway.store.schema.configuration import Revision, RevisionFile
from gateway.store.schema.crossref import CrossReference, CrossReferenceChange, UnknownValue, WaitingDocument
from gateway.store.schema.evidence import As2Evidence, UsedCertificate
from gateway.store.schema.hub import Consumer, HeldMessage
from gateway.store.schema.keeping import EventCut, RetentionHold
from gateway.store.schema.memory import (
    As2Message,
    BusinessKey,
    ControlNumber,
    ControlNumberChange,
    DocumentReference,
    FeedEntry,
    IdempotencyKey,
    InboundSequence,
    KeyUse,
    PickupFile,
    PickupLook,
    SeenInterchange,
)
from gateway.store.schema.owed import Alarm, ReconciliationDay
from gateway.store.schema.replays import HubDecision, NewestState, Replay
from gateway.store.schema.shipped import UsedSscc
from gateway.store.schema.traffic import Acknowledgment, Delivery, Document, Event, Payload, TransactionSet, Transmission
from gateway.store.schema.work import Breaker, Job, Node, Pace

__all__ = [
    "Acknowledgment",
    "Alarm",
    "As2Evidence",
    "As2Message",
    "Batch",
    "BatchedDocument",
    "Breaker",
    "BusinessKey",
    "Consumer",
    "ControlNumber",
    "ControlNumberChange",
    "CrossReference",
    "CrossReferenceChange",
    "Delivery",
    "Document",
    "DocumentReference",
    "Event",
    "EventCut",
    "FeedEntry",
    "HeldMessage",
    "HubDecision",
    "IdempotencyKey",
    "InboundSequence",
    "Job",
    "KeyUse",
    "NewestState",
    "Node",
    "Pace",
    "Payload",
    "PickupFile",
    "PickupLook",
    "ReconciliationDay",
    "Replay",
    "RetentionHold",
    "Revision",
    "RevisionFile",
    "Row",
    "SeenInterchange",
    "TransactionSet",
    "Transmission",
    "UnknownValue",
    "UsedCertificate",
    "UsedSscc",
    "WaitingDocument",
    "metadata",
]
