"""A message that the hub left at a broker or in a folder, as the submission that it is: a canonical document, bare or in a CloudEvent."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from canonical.envelope import document_name
from canonical.registry import DOCUMENTS
from gateway.errors import Cause, Refusal
from gateway.json_text import parse_json
from gateway.pipeline.submission import Submission

__all__ = ["HubMessage", "read_message"]

_LONGEST_KEY: Final = 255
#: "com.harborline.b2b.ship-notice.requested.v1"
_OURS: Final = re.compile(r"com\.[a-z0-9.-]+\.b2b\.([a-z0-9-]+)\.([a-z-]+)\.v[0-9]+")
_NAMES: Final = {document_name(name): name for name in DOCUMENTS}


@dataclass(frozen=True, slots=True)
class HubMessage:
    """What came, and what the way it came says of it."""

    body: bytes = field(repr=False)
    place: str  #: where it lay, for people, and its key where nothing else is one: "orders/3/117"
    key: str = ""  #: the message's own id
    attributes: Mapping[str, str] = field(default_factory=dict)  #: CloudEvents attributes in its headers, without the prefix
    document_type: str | None = None  #: as the source's settings say it, where the message does not
    partner: str | None = None  #: likewise


def read_message(message: HubMessage, *, client: str, limit: int) -> Submission:
    """What is asked. Raises `Refusal`: too large, no JSON, no document, of no known usage, or an event that asks for nothing."""
    if len(message.body) > limit:
        raise Refusal(Cause.BODY_TOO_LARGE, f"the limit is {limit} bytes")
    if not message.body:
        raise Refusal(Cause.BODY_EMPTY)
    value = parse_json(message.body)
    is_event = isinstance(value, dict) and "specversion" in value and "data" in value
    said: Mapping[str, Any] = {**message.attributes, **(value if is_event else {})}
    data = value["data"] if is_event else value
    usage = said.get("usage")
    if usage not in (None, "test", "live"):  # of any JSON type
        raise Refusal(Cause.USAGE_NOT_ACCEPTED, "usage is test or live")
    named = data.get("documentType") if isinstance(data, dict) else None
    asked_for = _asked_for(said.get("type"))
    document_type = named or asked_for or message.document_type
    if not isinstance(document_type, str):
        raise Refusal(Cause.DOCUMENT_INVALID, "it does not say which document it is")
    partner = _text(said.get("partnerid")) or message.partner
    return Submission(document_type, data, _key_of(message, said), partner, client, usage)


def _asked_for(type_: object) -> str | None:
    """The document that an event's type names. Raises `Refusal` for one that tells what happened: it may be our own, come round."""
    ours = _OURS.fullmatch(type_) if isinstance(type_, str) else None
    if ours is None:
        return None
    if ours[2] != "requested":
        raise Refusal(Cause.DOCUMENT_INVALID, f"an event of the kind `{ours[2]}` asks for nothing to be sent")
    return _NAMES.get(ours[1])


def _key_of(message: HubMessage, said: Mapping[str, Any]) -> str:
    """The event's source and id, else the message's id, else where it lay. What is too long for a key is one by its digest."""
    source, id_ = _text(said.get("source")), _text(said.get("id"))
    key = f"{source} {id_}" if source and id_ else id_ or message.key or message.place
    return key if len(key) <= _LONGEST_KEY else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
