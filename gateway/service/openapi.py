"""The OpenAPI 3.1 document, made from the routes and from the models that the handlers really use."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from gateway.errors import CAUSES, Cause
from gateway.service.problems import PROBLEM_JSON, Problem
from gateway.service.routes import Access, Body, Parameter, Route

__all__ = ["document"]

_REF: Final = "#/components/schemas/{model}"
_SECURITY: Final[Mapping[Access, list[dict[str, list[str]]]]] = {
    Access.PUBLIC: [],
    Access.AS2: [],
    Access.PARTNER: [{"partnerKey": []}],
    Access.HUB: [{"hubKey": []}],
    Access.ADMIN: [{"adminKey": []}],
}
_SCHEMES: Final = {
    "partnerKey": "The API key of the partner whose inbox it is.",
    "hubKey": "A key of role hub in gateway.yaml.",
    "adminKey": "A key of role admin in gateway.yaml; not needed on the Unix socket in the data folder.",
}
#: what may be answered wherever a key is needed, and anywhere
_WITH_KEY: Final = (Cause.UNAUTHENTICATED, Cause.FORBIDDEN)
_ANYWHERE: Final = (Cause.RATE_LIMITED, Cause.INTERNAL_ERROR)


def document(routes: Iterable[Route], *, version: str, server: str = "") -> dict[str, Any]:
    """The document for these routes."""
    listed = tuple(routes)
    references, schemas = _schemas(listed)
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    for route in listed:
        paths[route.path][route.method.lower()] = _operation(route, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Partner gateway",
            "version": version,
            "summary": "Trading partners' EDI and documents, for partners, for the hub and for administrators.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        **({"servers": [{"url": server}]} if server else {}),
        "paths": dict(paths),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                name: {"type": "http", "scheme": "bearer", "description": description} for name, description in _SCHEMES.items()
            },
        },
    }


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
    found, definitions = models_json_schema(list(wanted), by_alias=True, ref_template=_REF)
    return {key: dict(schema) for key, schema in found.items()}, definitions.get("$defs", {})


def _operation(route: Route, references: _References) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.access],
        "security": _SECURITY[route.access],
        "responses": {str(status): _answer(body, references) for status, body in route.answers.items()},
    }
    if route.parameters:
        operation["parameters"] = [_parameter(parameter) for parameter in route.parameters]
    if route.request:
        operation["requestBody"] = {"required": True, **_content(route.request, references, "validation")}
    operation["responses"] |= _problems(route, references)
    return operation


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
    with_key = _WITH_KEY if route.access in {Access.PARTNER, Access.HUB, Access.ADMIN} else ()
    for cause in dict.fromkeys((*with_key, *route.causes, *_ANYWHERE)):
        codes[CAUSES[cause].status].append(cause)
    content = {PROBLEM_JSON: {"schema": references[Problem, "serialization"]}}
    return {
        str(status): {"description": "; ".join(f"{CAUSES[cause].title} ({cause})" for cause in causes), "content": content}
        for status, causes in sorted(codes.items())
        if status not in route.answers
    }
