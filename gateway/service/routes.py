"""What one address of the service is: its handler, who may use it, what goes in, what comes out. Routing and OpenAPI both read this."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from gateway.errors import Cause

__all__ = ["Access", "Body", "Handler", "Parameter", "Route"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Access(StrEnum):
    """Who may use an address."""

    PUBLIC = "public"
    AS2 = "as2"  #: AS2 names and signatures say who it is
    CLIENT = "client"  #: the request names a client and its secret, for a token
    WEBHOOK = "webhook"  #: a signature says who it is
    PARTNER = "partner"
    HUB = "hub"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value in the path, the query or a header."""

    name: str
    place: str  #: "path", "query", "header"
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    required: bool = False


@dataclass(frozen=True, slots=True)
class Body:
    """What a request or an answer carries: a model, or bytes of some media types."""

    description: str
    model: type[BaseModel] | None = None
    media_types: tuple[str, ...] = ("application/json",)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address."""

    method: str
    path: str  #: "/api/v1/partners/{partner_id}/inbox"
    handler: Handler
    name: str  #: operationId
    summary: str
    access: Access
    answers: Mapping[int, Body]
    request: Body | None = None
    parameters: tuple[Parameter, ...] = ()
    causes: tuple[Cause, ...] = ()  #: problems of this address beside those that any address has
    scope: str = ""  #: what a key must be for; every address that needs a key names one
