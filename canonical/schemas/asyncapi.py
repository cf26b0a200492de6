"""The events as an AsyncAPI 3.0 document: a channel and a message for every document and verb, payloads by reference to the schemas."""

from collections.abc import Iterable
from typing import Any, Final

from canonical.envelope import Verb, document_name, event_type

__all__ = ["ASYNCAPI_FILE", "asyncapi"]

ASYNCAPI_FILE: Final = "asyncapi.json"
_MAJOR: Final = 1
_ORGANIZATION: Final = "org"  #: stands in event names until the parameter takes its place
_CLOUD_EVENTS: Final = "application/cloudevents+json"

_MEANING: Final = {
    Verb.RECEIVED: "A partner sent it.",
    Verb.REQUESTED: "The hub asks that it be sent to a partner.",
    Verb.CANCELLED: "The hub rejected what a partner sent (`on_rejected: cancel`): what began of it is to be taken back.",
}
_FROM_HUB: Final = frozenset({Verb.REQUESTED})  #: all others go to the hub


def asyncapi(documents: Iterable[str]) -> dict[str, Any]:
    """The whole document, for the documents of these names."""
    pairs = [(name, verb) for name in documents for verb in Verb]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Events of the partner gateway",
            "version": f"{_MAJOR}.0.0",
            "description": "Every event is a CloudEvent 1.0 in structured JSON; its data are one canonical document. "
            "Receivers drop what they have seen by source and id, and keep order by partitionkey and sequence.",
        },
        "defaultContentType": _CLOUD_EVENTS,
        "channels": {_key(name, verb): _channel(name, verb) for name, verb in pairs},
        "operations": {
            _key(name, verb): {
                "action": "receive" if verb in _FROM_HUB else "send",
                "channel": {"$ref": f"#/channels/{_key(name, verb)}"},
                "summary": _MEANING[verb],
            }
            for name, verb in pairs
        },
        "components": {
            "messages": {_key(name, verb): _message(name, verb) for name, verb in pairs},
            "parameters": {"organization": {"description": "Who runs the gateway, as `own.org` has it."}},
        },
    }


def _key(name: str, verb: Verb) -> str:
    return f"{document_name(name)}.{verb}"


def _channel(name: str, verb: Verb) -> dict[str, Any]:
    key = _key(name, verb)
    return {
        "address": event_type(_ORGANIZATION, name, verb, _MAJOR).replace(f".{_ORGANIZATION}.", ".{organization}.", 1),
        "parameters": {"organization": {"$ref": "#/components/parameters/organization"}},
        "messages": {key: {"$ref": f"#/components/messages/{key}"}},
    }


def _message(name: str, verb: Verb) -> dict[str, Any]:
    kind = rf"^com\..+\.b2b\.{document_name(name)}\.{verb}\.v{_MAJOR}$"
    return {
        "name": _key(name, verb),
        "title": f"{name} {verb}",
        "summary": _MEANING[verb],
        "contentType": _CLOUD_EVENTS,
        "payload": {
            "allOf": [
                {"$ref": "cloud-event.json"},
                {"properties": {"type": {"pattern": kind}, "data": {"$ref": f"{document_name(name)}.json"}}},
            ]
        },
    }
