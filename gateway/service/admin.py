"""`/admin/v1`: the operations over HTTP, on the Unix socket without a key, on TCP with one of role admin."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from aiohttp import web
from pydantic import RootModel, ValidationError

from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.service.access import PRINCIPAL
from gateway.service.body import parse_json, read_body
from gateway.service.operation import Arguments, Operation
from gateway.service.operations_table import OPERATIONS
from gateway.service.routes import Access, Body, Handler, Parameter, Route

__all__ = ["PREFIX", "AdminSurface", "checked"]

PREFIX: Final = "/admin/v1"
_ELSEWHERE: Final = frozenset({"title", "description"})
_ID: Final = Parameter("id", "path", "The id, or the number, of the thing.")


class Answer(RootModel[dict[str, Any]]):
    """Plain JSON; the fields of an operation's answer are described with it."""


class AdminSurface:
    """The administrators' side of the API."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> tuple[Route, ...]:
        """The addresses of this surface."""
        return tuple(self._route(name, operation) for name, operation in OPERATIONS.items())

    def _route(self, name: str, operation: Operation) -> Route:
        reads = operation.method == "GET"
        return Route(
            operation.method,
            PREFIX + operation.path,
            self._handler(operation),
            name,
            operation.summary,
            Access.ADMIN,
            {200: Body("Done.", Answer)},
            None if reads else Body("What is asked.", operation.arguments),
            (*((_ID,) if "{id}" in operation.path else ()), *(_query(operation.arguments) if reads else ())),
            (
                Cause.MALFORMED_REQUEST,
                Cause.NOT_FOUND,
                Cause.STORE_UNAVAILABLE,
                *(() if reads else (Cause.MALFORMED_JSON, Cause.CONFLICT)),
                *operation.causes,
            ),
            "admin:read" if reads else "admin:write",
        )

    def _handler(self, operation: Operation) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            given: Any = dict(request.query)
            if operation.method != "GET":
                given = parse_json(await read_body(request, operation.body_bytes))
                if isinstance(given, dict) and "by" in operation.arguments.model_fields:
                    given.setdefault("by", request[PRINCIPAL].id)
            answer = await operation.call(self._context, request.match_info.get("id", ""), checked(operation, given))
            return web.json_response(answer)

        return handle


def checked(operation: Operation, given: Any) -> Arguments:
    """The arguments of an operation. Raises `Refusal` with each fault's place; values are not repeated."""
    try:
        return operation.arguments.model_validate(given)
    except ValidationError as fault:
        faults = [
            {"path": ".".join(str(part) for part in error["loc"]), "message": error["msg"].removeprefix("Value error, ")}
            for error in fault.errors(include_input=False, include_url=False, include_context=False)
        ]
        raise Refusal(Cause.MALFORMED_REQUEST, "; ".join(f"{one['path']}: {one['message']}" for one in faults), faults=faults) from None


@cache
def _query(arguments: type[Arguments]) -> tuple[Parameter, ...]:
    schema = arguments.model_json_schema()
    required = schema.get("required", ())
    return tuple(
        Parameter(name, "query", str(field.get("description", "")), _said(field), required=name in required)
        for name, field in schema.get("properties", {}).items()
    )


def _said(field: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a value that stands in an address: what may be null there is left out, or not."""
    schema = {key: value for key, value in field.items() if key not in _ELSEWHERE and (key, value) != ("default", None)}
    given = [one for one in schema.pop("anyOf", ()) if one != {"type": "null"}]
    return {**schema, **({"anyOf": given} if len(given) > 1 else {key: value for one in given for key, value in one.items()})}
