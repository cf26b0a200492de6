"""`GET /asyncapi.json` and `/schemas/…`: the events of this gateway, and the brokers at which they come and go."""

import asyncio
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, Final

from aiohttp import web
from pydantic import BaseModel, Field

from canonical.envelope import document_name
from canonical.registry import DOCUMENTS
from canonical.schemas import FILES, schema
from canonical.schemas.bound import Endpoint, bound_asyncapi
from gateway import sink_settings, source_settings
from gateway.broker_settings import Broker
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.pipeline.envelope import dataschema_of
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["AsyncApiSurface", "endpoints_of"]

_SCHEMAS: Final = "/schemas/"
_KAFKA: Final[dict[str, Any]] = {"kafka": {"bindingVersion": "0.5.0"}}

_WEBHOOK: Final = """\
One POST for each event, signed as Standard Webhooks says: `webhook-signature` holds one or more `v1,BASE64` with blanks between, each \
the HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.{body}` by the secret (`whsec_` and base64) agreed for this sink; `webhook-id` is \
the id of the event and the same for every attempt. `Gateway-Usage`, `Gateway-Correlation-Id`, `traceparent` and, of replays and stale \
states, `Gateway-Replay`, `Gateway-Replay-Id`, `Gateway-Replay-Action`, `Gateway-Replay-Of`, `Gateway-Stale`, `Gateway-Newer-Id` stand \
beside it. Any 2xx takes the event over; 408, 425, 429 and 5xx have it sent again later, as Retry-After says; any other answer holds \
it for a person."""
_EVENTS: Final = """\
Structured mode: the body is the whole event. Headers repeat of it what routing and filters need, with the prefix `{prefix}`: id, \
type, correlationid, partitionkey, usage, traceparent, and the marks of replays and stale states; `traceparent` stands without a \
prefix too."""
_REQUESTS: Final = """\
Each message is one submission: a canonical document, bare or as `data` of a CloudEvent. The key by which a repetition is known is \
`source` and `id` of the event, else the id of the message ({key}), else where it lies. `partnerid` says for whom, where no order of \
the gateway does; `usage: test` that it is test traffic. Both may stand in the event or in headers with the prefix `{prefix}`. What \
cannot be taken goes to the dead letters ({dead}) and is held at the gateway."""


class Schemas(BaseModel):
    """The documents of this release. Older minor versions fit the same schemas: a minor version adds optional fields."""

    schemas: dict[str, str] = Field(description="`dataschema` of an event: address of its JSON Schema, below this gateway.")


class AsyncApiSurface:
    """What is published of the events."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface. The hub reads where its brokers are; schemas are no secret."""
        return (
            Route(
                "GET",
                "/asyncapi.json",
                self.asyncapi,
                "asyncapi",
                "The events, and the brokers at which they come and go",
                Access.HUB,
                {200: Body("The AsyncAPI 3.0 document.")},
                scope="feed:read",
            ),
            Route(
                "GET",
                _SCHEMAS.rstrip("/"),
                self.schemas,
                "schemas",
                "Where the schema of each `dataschema` is",
                Access.HUB,
                {200: Body("Address of the JSON Schema by `dataschema`.", Schemas)},
                scope="feed:read",
            ),
            Route(
                "GET",
                f"{_SCHEMAS}{{name}}",
                self.schema,
                "schema",
                "The JSON Schema of a document, or of the event around it",
                Access.PUBLIC,
                {200: Body("A JSON Schema.", media_types=("application/schema+json",))},
                parameters=(Parameter("name", "path", "order.json", {"enum": sorted(FILES)}, required=True),),
                causes=(Cause.NOT_FOUND,),
            ),
        )

    async def asyncapi(self, _request: web.Request) -> web.Response:
        """The document of this gateway."""
        return web.json_response(await asyncio.to_thread(lambda: self._document))

    async def schema(self, request: web.Request) -> web.Response:
        """One schema."""
        name = request.match_info["name"]
        if name not in FILES:
            raise Refusal(Cause.NOT_FOUND, "no schema has this name")
        return web.json_response(await asyncio.to_thread(_schema, name), content_type="application/schema+json")

    async def schemas(self, _request: web.Request) -> web.Response:
        """All of them; the names say who we are, which strangers are not told."""
        return web.json_response({"schemas": {dataschema: f"{_SCHEMAS}{name}" for dataschema, name in self._files.items()}})

    @cached_property
    def _files(self) -> dict[str, str]:
        """The file of each `dataschema` that events of this release name."""
        own = self._context.workspace.own
        return {
            dataschema_of(own, name, model.model_fields["schema_version"].default): f"{document_name(name)}.json"
            for name, model in DOCUMENTS.items()
        }

    @cached_property
    def _document(self) -> dict[str, Any]:
        context = self._context
        return bound_asyncapi(DOCUMENTS, context.workspace.own.org, endpoints_of(context), schemas=_SCHEMAS)


@cache
def _schema(name: str) -> dict[str, Any]:
    return schema(FILES[name])


def endpoints_of(context: Context) -> Iterator[Endpoint]:
    """Every sink and source that has a server. A folder has none; the feed and the API stand in /openapi.json."""
    for name, sink in context.settings.sinks.items():
        match sink:
            case sink_settings.WebhookSink():
                url = sink.url
                place = f"{url.host}:{url.port}"
                http = {"http": {"bindingVersion": "0.3.0"}}
                yield Endpoint(name, (place,), url.scheme, (url.path or "/",), is_source=False, bindings=http, description=_WEBHOOK)
            case sink_settings.RabbitMqSink():
                exchange: dict[str, Any] = {"name": sink.exchange, "type": sink.exchange_kind, "durable": True}
                routed = {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}}
                yield _of(name, sink, (sink.routing_key,), sink.virtual_host, routed, is_source=False, description=_events("cloudEvents:"))
            case sink_settings.NatsSink():
                yield _of(name, sink, (sink.subject,), "", {}, is_source=False, description=_events("ce-"))
            case sink_settings.KafkaSink():
                yield _of(
                    name, sink, (sink.topic,), "", {"kafka": {"bindingVersion": "0.5.0"}}, is_source=False, description=_events("ce_")
                )
    for name, source in context.settings.sources.items():
        takes = (source.document_type,) if source.document_type else ()
        match source:
            case source_settings.RabbitMqSource():
                queued = {"amqp": {"is": "queue", "queue": {"name": source.queue, "durable": True}, "bindingVersion": "0.3.0"}}
                said = _requests("cloudEvents:", "message_id", "the queue's dead-letter exchange")
                yield _of(name, source, (source.queue,), source.virtual_host, queued, is_source=True, messages=takes, description=said)
            case source_settings.NatsSource():
                said = _requests("ce-", "Nats-Msg-Id", source.dead or "none")
                yield _of(name, source, (source.subject,), "", {}, is_source=True, messages=takes, description=said)
            case source_settings.KafkaSource():
                said = _requests("ce_", "none", f"TOPIC{source.dead_suffix}" if source.dead_suffix else "none")
                yield _of(name, source, source.topics, "", _KAFKA, is_source=True, messages=takes, description=said)


def _of(name: str, broker: Broker, addresses: tuple[str, ...], path: str, bindings: dict[str, Any], **more: Any) -> Endpoint:
    return Endpoint(name, broker.places, broker.scheme, addresses, pathname=path, bindings=bindings, **more)


def _events(prefix: str) -> str:
    return _EVENTS.format(prefix=prefix)


def _requests(prefix: str, key: str, dead: str) -> str:
    return _REQUESTS.format(prefix=prefix, key=key, dead=dead)
