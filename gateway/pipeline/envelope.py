"""The CloudEvents event of a stored document: the same for every attempt, sink and reader, since all of it is in the row."""

import json
from typing import Any

from canonical.envelope import CloudEvent, sequence_text
from canonical.registry import DOCUMENTS
from partners.model import Own

__all__ = ["event_of", "source_of"]


def source_of(own: Own) -> str:
    """The `source` of our events: with the id, the key by which receivers drop what they have seen."""
    return f"urn:gw:{own.org}:{own.environment}"


def event_of(own: Own, document: dict[str, Any], sequence: int) -> CloudEvent:
    """The event of a document's row at its place in the feed."""
    data = json.loads(document["body"])
    version = data.get("schemaVersion", "1.0")
    return CloudEvent(
        id=document["event_id"],
        source=source_of(own),
        type=document["event_type"],
        subject=f"{document['partner_id']}/{document['business_key']}",
        time=document["created_at"],
        recordedtime=document["created_at"],
        dataschema=f"urn:gw:{own.org}:schema:{document['document_type']}:{version}" if document["document_type"] in DOCUMENTS else None,
        correlationid=document["correlation_id"],
        causationid=document["causation_id"],
        partitionkey=document["partition_key"],
        sequence=sequence_text(sequence),
        partnerid=document["partner_id"],
        usage=document["usage"],
        data=data,
    )
