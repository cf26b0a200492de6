"""The CloudEvents event of a stored document: the same for every attempt, sink and reader, since all of it is in the row."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import to_json

from canonical.envelope import CloudEvent, sequence_text
from canonical.registry import DOCUMENTS
from partners.model import Own

__all__ = ["dataschema_of", "event_of", "event_text", "marks_of", "source_of"]

#: how a document of ours begins
_VERSION: Final = re.compile(r'\{"documentType":"[^"\\]*","schemaVersion":"([^"\\]*)"')
_ORDER: Final = tuple(name for name in CloudEvent.model_fields if name != "data")
_CONSTANT: Final = {name: CloudEvent.model_fields[name].default for name in ("specversion", "datacontenttype")}


def source_of(own: Own) -> str:
    """The `source` of our events: with the id, the key by which receivers drop what they have seen."""
    return f"urn:gw:{own.org}:{own.environment}"


def dataschema_of(own: Own, document_type: str, version: str) -> str:
    """The name of a document's schema."""
    return f"urn:gw:{own.org}:schema:{document_type}:{version}"


def marks_of(document: Mapping[str, Any], delivery: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The attributes that tell a replay or a stale state: of the delivery where it is one, else of the document itself."""
    marks: dict[str, Any] = {}
    replayed = delivery if delivery is not None and delivery["replay_id"] else document
    if replayed["replay_id"]:
        is_new = replayed["replay_id"] == document["replay_id"]  # made by this replay, in place of another or beside it
        original = document["causation_id"] if is_new else document["event_id"]
        marks |= {
            "replay": True,
            "replayid": replayed["replay_id"],
            "replayaction": replayed["replay_action"],
            "replayof": original,
        }
    if document["newer_id"]:
        marks |= {"stale": True, "newerid": document["newer_id"]}
    return marks


def event_of(own: Own, document: dict[str, Any], sequence: int, marks: Mapping[str, Any] | None = None) -> CloudEvent:
    """The event of a document's row at its place in the feed; `marks` as `marks_of` gives them, else those of the document."""
    data = json.loads(document["body"])
    return CloudEvent(**_attributes(own, document, sequence, marks, data.get("schemaVersion", "1.0")), data=data)


def event_text(own: Own, document: dict[str, Any], sequence: int, marks: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of `event_of` in structured mode: the document stands in its row as JSON already and goes into them as it is."""
    body: str = document["body"]
    begins = _VERSION.match(body)
    version = begins[1] if begins else json.loads(body).get("schemaVersion", "1.0")
    said = {**_CONSTANT, **_attributes(own, document, sequence, marks, version)}
    said["time"] = said["recordedtime"] = document["created_at"].isoformat().replace("+00:00", "Z")
    text = to_json({name: value for name in _ORDER if (value := said.get(name)) is not None})
    return text.removesuffix(b"}") + b',"data":' + body.encode() + b"}"


def _attributes(own: Own, document: dict[str, Any], sequence: int, marks: Mapping[str, Any] | None, version: str) -> dict[str, Any]:
    """All but the document itself."""
    return dict(
        id=document["event_id"],
        source=source_of(own),
        type=document["event_type"],
        subject=f"{document['partner_id']}/{document['business_key']}",
        time=document["created_at"],
        recordedtime=document["created_at"],
        dataschema=dataschema_of(own, document["document_type"], version) if document["document_type"] in DOCUMENTS else None,
        correlationid=document["correlation_id"],
        causationid=document["causation_id"],
        partitionkey=document["partition_key"],
        sequence=sequence_text(sequence),
        partnerid=document["partner_id"],
        documentid=document["id"],
        usage=document["usage"],
        **(marks_of(document) if marks is None else marks),
    )
