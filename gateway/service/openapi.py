"""The OpenAPI 3.1 document, made from the routes and from the models that the handlers really use."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from canonical.base import Document
from gateway.errors import CAUSES, Cause
from gateway.service.auth import SCOPES, Role
from gateway.service.problems import PROBLEM_JSON, Problem
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["document"]

_REF: Final = "#/components/schemas/{model}"
_WITH_KEY_OF: Final[Mapping[Access, str]] = {Access.PARTNER: "partnerKey", Access.HUB: "hubKey", Access.ADMIN: "adminKey"}
_WITH_SIGNATURE: Final = ({"standardWebhook": list[str]()}, {"shopifyWebhook": list[str]()})
_KEYS: Final = {
    "partnerKey": "An API key of the partner that the address names. X-API-Key takes it too.",
    "hubKey": "A key of role hub in gateway.yaml. X-API-Key takes it too.",
    "adminKey": "A key of role admin in gateway.yaml; not needed on the Unix socket in the data folder.",
}
_SIGNATURES: Final = {
    "standardWebhook": (
        "webhook-signature",
        "Standard Webhooks: HMAC-SHA256 over id.timestamp.body; v1,base64, several with blanks between.",
    ),
    "shopifyWebhook": ("X-Shopify-Hmac-Sha256", "Shopify: HMAC-SHA256 over the raw body, base64."),
}
_TOKEN_URL: Final = "/oauth2/token"  # noqa: S105 - an address
#: what may be answered wherever a key is needed, where a body comes, where something is changed, where more than health is served; anywhere
_WITH_KEY: Final = (Cause.UNAUTHENTICATED, Cause.FORBIDDEN)
_WITH_BODY: Final = (Cause.BODY_TOO_LARGE, Cause.UNSUPPORTED_MEDIA_TYPE, Cause.TOO_SLOW, Cause.OVERLOADED)
_CHANGING: Final = (Cause.SHUTTING_DOWN,)
_GUARDED: Final = (Cause.FORBIDDEN, Cause.RATE_LIMITED)
_ANYWHERE: Final = (Cause.MALFORMED_REQUEST, Cause.INTERNAL_ERROR)


def document(routes: Iterable[Route], *, version: str, server: str = "") -> dict[str, Any]:
    """The document for these routes."""
    listed = tuple(routes)
    has_tokens = _has_tokens(listed)
    references, schemas = _schemas(listed)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in listed:
        paths[route.path][route.method.lower()] = _operation(route, references, has_tokens=has_tokens)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Partner gateway",
            "version": version,
            "summary": "Trading partners' EDI and documents, for partners, for the hub and for administrators.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": server or "/"}],
        "paths": dict(paths),
        "components": {
            "schemas": schemas,
            "securitySchemes": _security_schemes(listed),
        },
    }


class _SaidOrAbsent(GenerateJsonSchema):
    """Of documents: what is not said is absent, and a null is refused."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        """The type alone."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """No null is a value to write."""
        result = super().default_schema(schema)
        if "default" in result and result["default"] is None:
            del result["default"]
        return result

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the signature of the base class
        """Never: the name says it."""
        return False


_References = Mapping[tuple[type[Any], JsonSchemaMode], dict[str, Any]]


def _schemas(routes: tuple[Route, ...]) -> tuple[_References, dict[str, Any]]:
    """Each model's reference, and the schemas referred to. What comes in and what goes out may differ, so both forms are made."""
    wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for route in routes:
        if route.request and route.request.model:
            wanted[route.request.model, "validation"] = None
        for answer in route.answers.values():
            if answer.model:
                wanted[answer.model, "serialization"] = None
    documents = [key for key in wanted if issubclass(key[0], Document)]
    others = [key for key in wanted if key not in documents]
    found, definitions = models_json_schema(others, by_alias=True, ref_template=_REF)
    strict, of_documents = models_json_schema(documents, by_alias=True, ref_template=_REF, schema_generator=_SaidOrAbsent)
    schemas: dict[str, Any] = definitions.get("$defs", {}) | of_documents.get("$defs", {})
    return {key: dict(schema) for key, schema in (found | strict).items()}, schemas


def _operation(route: Route, references: _References, *, has_tokens: bool) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.access],
        "security": _security(route, has_tokens=has_tokens),
        "responses": {str(status): _answer(body, references) for status, body in route.answers.items()},
    }
    if route.parameters:
        operation["parameters"] = [_parameter(parameter) for parameter in route.parameters]
    if route.request:
        operation["requestBody"] = {"required": True, **_content(route.request, references, "validation")}
    operation["responses"] |= _problems(route, references)
    return operation


def _has_tokens(routes: Iterable[Route]) -> bool:
    """Whether this gateway gives tokens: then they open what keys open, but for the operations."""
    return any(route.path == _TOKEN_URL for route in routes)


def _security(route: Route, *, has_tokens: bool) -> list[dict[str, list[str]]]:
    """Any one of these is enough."""
    if route.access is Access.WEBHOOK:
        return list(_WITH_SIGNATURE)
    if route.access not in _WITH_KEY_OF:
        return []
    key: dict[str, list[str]] = {_WITH_KEY_OF[route.access]: []}
    return [key, {"token": [route.scope]}] if has_tokens and route.access is not Access.ADMIN else [key]


def _security_schemes(routes: tuple[Route, ...]) -> dict[str, Any]:
    schemes: dict[str, Any] = {
        name: {"type": "http", "scheme": "bearer", "description": description} for name, description in _KEYS.items()
    }
    schemes |= {
        name: {"type": "apiKey", "in": "header", "name": header, "description": description}
        for name, (header, description) in _SIGNATURES.items()
    }
    if _has_tokens(routes):
        scopes = {scope: role.value for role in (Role.PARTNER, Role.HUB) for scope in SCOPES[role]}
        flow = {"tokenUrl": _TOKEN_URL, "scopes": scopes}
        schemes["token"] = {"type": "oauth2", "description": "For an API key (RFC 6749 4.4).", "flows": {"clientCredentials": flow}}
    return schemes


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.description,
        "required": parameter.required or parameter.place == "path",
        "schema": dict(parameter.schema),
    }


def _answer(body: Body, references: _References) -> dict[str, Any]:
    return _content(body, references, "serialization") if body.media_types else {"description": body.description}


def _content(body: Body, references: _References, mode: JsonSchemaMode) -> dict[str, Any]:
    schema = references[body.model, mode] if body.model else {}
    return {
        "description": body.description,
        "content": {media_type: {"schema": schema} if schema else {} for media_type in body.media_types},
    }


def _problems(route: Route, references: _References) -> dict[str, Any]:
    """One response per status, naming the codes that come with it."""
    codes: dict[int, list[Cause]] = defaultdict(list)
    possible = (
        *(_WITH_KEY if route.access in _WITH_KEY_OF else ()),
        *route.causes,
        *(_WITH_BODY if route.request else ()),
        *(_CHANGING if route.method not in {"GET", "HEAD"} else ()),
        *(_GUARDED if route.access is not Access.PUBLIC else ()),
        *_ANYWHERE,
    )
    for cause in dict.fromkeys(possible):
        codes[CAUSES[cause].status].append(cause)
    content = {PROBLEM_JSON: {"schema": references[Problem, "serialization"]}}
    return {
        str(status): {"description": "; ".join(f"{CAUSES[cause].title} ({cause})" for cause in causes), "content": content}
        for status, causes in sorted(codes.items())
        if status not in route.answers
    }
