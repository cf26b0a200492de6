"""The AsyncAPI document of one gateway: its own name in the addresses, its servers, and the channels by which events really come and go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from canonical.envelope import Verb, document_name
from canonical.schemas.asyncapi import asyncapi

__all__ = ["Endpoint", "bound_asyncapi"]

#: the fields of a routing key, subject or topic, as parameters of a channel's address
_FIELDS: Final[Mapping[str, str]] = {
    "type": "The event's whole type, `com.harborline.b2b.order.received.v1`.",
    "document": "The document's name, `ship-notice`.",
    "verb": "What happened, `received` or `cancelled`.",
    "partner": "The partner, by the name of its folder.",
    "usage": "`test` or `live`.",
}


_TOLD: Final = (Verb.RECEIVED, Verb.CANCELLED)  #: what goes to the hub
_TAKEN: Final = (Verb.REQUESTED,)  #: what comes from it


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A sink or a source with a server."""

    name: str  #: as gateway.yaml names it
    hosts: tuple[str, ...]  #: HOST:PORT
    protocol: str  #: "amqp", "amqps", "nats", "kafka", "kafka-secure", "http", "https"
    addresses: tuple[str, ...]  #: routing key, subject, topic, queue or path; `{field}` where an event fills it in
    is_source: bool
    pathname: str = ""  #: of the server: a virtual host
    bindings: Mapping[str, Any] = field(default_factory=dict)  #: of the channel
    description: str = ""  #: of the channel: what its messages carry beside their bodies, and how they are answered
    messages: tuple[str, ...] = ()  #: documents that a source takes; empty: all


def bound_asyncapi(documents: Iterable[str], organization: str, endpoints: Iterable[Endpoint], *, schemas: str) -> dict[str, Any]:
    """The document of `documents` for one gateway, whose channels are its sinks and sources. `schemas`: before the name of each schema."""
    names = tuple(documents)
    document: dict[str, Any] = _relocated(asyncapi(names), schemas)
    servers: dict[str, Any] = {}
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    document["components"]["parameters"]["organization"]["enum"] = [organization]
    document["components"]["parameters"] |= {name: {"description": words} for name, words in _FIELDS.items()}
    for endpoint in endpoints:
        verbs = _TAKEN if endpoint.is_source else _TOLD
        hosts = {f"{endpoint.name}-{number}" if number else endpoint.name: host for number, host in enumerate(endpoint.hosts)}
        servers |= {server: _server(endpoint, host) for server, host in hosts.items()}
        for number, address in enumerate(endpoint.addresses):
            key = f"{'source' if endpoint.is_source else 'sink'}.{endpoint.name}{f'.{number}' if number else ''}"
            carried = [f"{document_name(name)}.{verb}" for name in (endpoint.messages or names) for verb in verbs]
            channels[key] = _channel(endpoint, address, hosts, carried)
            operations[key] = {
                "action": "receive" if endpoint.is_source else "send",
                "channel": {"$ref": f"#/channels/{key}"},
                "summary": "Documents that the hub asks us to send." if endpoint.is_source else "Documents of partners, for the hub.",
            }
    return document | {"servers": servers, "channels": channels, "operations": operations}


def _server(endpoint: Endpoint, host: str) -> dict[str, Any]:
    path = {"pathname": endpoint.pathname} if endpoint.pathname else {}
    kind = "source" if endpoint.is_source else "sink"
    return {"host": host, "protocol": endpoint.protocol, **path, "description": f"The {kind} `{endpoint.name}` of gateway.yaml."}


def _channel(endpoint: Endpoint, address: str, servers: Iterable[str], messages: Iterable[str]) -> dict[str, Any]:
    used = {name: {"$ref": f"#/components/parameters/{name}"} for name in _FIELDS if f"{{{name}}}" in address}
    return {
        "address": address,
        "servers": [{"$ref": f"#/servers/{server}"} for server in servers],
        **({"description": endpoint.description} if endpoint.description else {}),
        **({"parameters": used} if used else {}),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        **({"bindings": dict(endpoint.bindings)} if endpoint.bindings else {}),
    }


def _relocated(value: Any, schemas: str) -> Any:
    """With every reference to a file of the schemas turned to where they are served."""
    if isinstance(value, list):
        return [_relocated(inner, schemas) for inner in value]
    if not isinstance(value, dict):
        return value
    moved = {key: _relocated(inner, schemas) for key, inner in value.items()}
    named = moved.get("$ref")
    return moved | {"$ref": f"{schemas}{named}"} if isinstance(named, str) and not named.startswith("#") else moved
