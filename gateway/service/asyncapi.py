"""`GET /asyncapi.json` and `/schemas/…`: the events of this gateway, and the brokers at which they come and go."""

import asyncio
from collections.abc import Iterator
from functools import cache, cached_property
from typing import Any, Final

from aiohttp import web

from canonical.registry import DOCUMENTS
from canonical.schemas import FILES, schema
from canonical.schemas.bound import Endpoint, bound_asyncapi
from gateway import sink_settings, source_settings
from gateway.broker_settings import Broker
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["AsyncApiSurface", "endpoints_of"]

_SCHEMAS: Final = "/schemas/"


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
                yield Endpoint(
                    name, (place,), url.scheme, (url.path or "/",), is_source=False, bindings={"http": {"bindingVersion": "0.3.0"}}
                )
            case sink_settings.RabbitMqSink():
                exchange: dict[str, Any] = {"name": sink.exchange, "type": sink.exchange_kind, "durable": True}
                routed = {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}}
                yield _of(name, sink, (sink.routing_key,), sink.virtual_host, routed, is_source=False)
            case sink_settings.NatsSink():
                yield _of(name, sink, (sink.subject,), "", {}, is_source=False)
            case sink_settings.KafkaSink():
                yield _of(name, sink, (sink.topic,), "", {"kafka": {"bindingVersion": "0.5.0"}}, is_source=False)
    for name, source in context.settings.sources.items():
        takes = (source.document_type,) if source.document_type else ()
        match source:
            case source_settings.RabbitMqSource():
                queued = {"amqp": {"is": "queue", "queue": {"name": source.queue, "durable": True}, "bindingVersion": "0.3.0"}}
                yield _of(name, source, (source.queue,), source.virtual_host, queued, is_source=True, messages=takes)
            case source_settings.NatsSource():
                yield _of(name, source, (source.subject,), "", {}, is_source=True, messages=takes)
            case source_settings.KafkaSource():
                yield _of(name, source, source.topics, "", {"kafka": {"bindingVersion": "0.5.0"}}, is_source=True, messages=takes)


def _of(name: str, broker: Broker, addresses: tuple[str, ...], path: str, bindings: dict[str, Any], **more: Any) -> Endpoint:
    return Endpoint(name, broker.places, broker.scheme, addresses, pathname=path, bindings=bindings, **more)
