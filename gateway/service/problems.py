"""Whatever goes wrong, the answer is problem+json (RFC 9457) made from the table of causes, with the trace id that the log has too."""

import time
from http import HTTPStatus
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import CAUSES, Cause, Refusal
from gateway.ids import new_id
from gateway.log import logger, told_about
from gateway.metrics import Metrics
from gateway.runbook import section_of
from gateway.trace import HEADER, accepted
from gateway.tracing import Tracing

__all__ = ["PROBLEM_JSON", "TRACE_HEADER", "Problem", "answer_problem", "guard", "route_of", "write_problem"]

PROBLEM_JSON: Final = "application/problem+json"
TRACE_HEADER: Final = "Trace-Id"
_SERVER: Final = "partner-gateway"  #: the library would name itself and Python with their versions
_TRACE: Final = web.RequestKey("trace_id", str)

#: what aiohttp itself raises -> our cause; anything else it raises is a malformed request
_LIBRARY_STATUS: Final = {
    404: Cause.NOT_FOUND,
    405: Cause.METHOD_NOT_ALLOWED,
    413: Cause.BODY_TOO_LARGE,
    415: Cause.UNSUPPORTED_MEDIA_TYPE,
}


class Problem(BaseModel):
    """RFC 9457, with what a person and a program need to go on."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    type: str = Field(description="A URN that names the cause.")
    title: str
    status: int
    detail: str = Field(default="", description="What is wrong with this request; fixed words and places, never data.")
    code: str = Field(description="The cause, as in the type.")
    cause: str = Field(description="Why it went wrong, as a sentence.")
    next_action: str = Field(alias="nextAction", description="What to do now.")
    owner: str = Field(description="Who can mend it: partner, hub, analyst, operator, gateway.")
    runbook: str = Field(description="Section of the run-book that tells of the cause.")
    retryable: bool = Field(description="Whether the same request may succeed later.")
    trace_id: str = Field(default="", alias="traceId", description="Found in the gateway's log.")
    correlation_id: str = Field(
        default="", alias="correlationId", description="What the request was about, where that is known; else the trace id stands for it."
    )
    faults: list[dict[str, Any]] = Field(default_factory=list, description="Each fault with its path in the document.")


def problem_of(refusal: Refusal, trace_id: str) -> Problem:
    """The problem that says a refusal."""
    text = CAUSES[refusal.cause]
    return Problem(
        type=f"urn:partner-gateway:problem:{refusal.cause}",
        title=text.title,
        status=text.status,
        detail=refusal.detail,
        code=refusal.cause,
        cause=text.cause,
        next_action=text.next_action,
        owner=text.owner,
        runbook=section_of(refusal.cause),
        retryable=text.retryable,
        trace_id=trace_id,
        correlation_id=told_about() or trace_id,
        faults=refusal.faults,
    )


def answer_problem(refusal: Refusal, trace_id: str, *, allow: str = "") -> web.Response:
    """The response to a refused request."""
    problem = problem_of(refusal, trace_id)
    headers = {TRACE_HEADER: trace_id, "Server": _SERVER}
    if refusal.retry_after is not None or (problem.retryable and problem.status != 500):
        headers["Retry-After"] = str(refusal.retry_after or 30)
    if problem.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="gateway"'
    if allow:
        headers["Allow"] = allow
    return web.Response(status=problem.status, text=_text(problem), content_type=PROBLEM_JSON, headers=headers)


def write_problem(refusal: Refusal, trace_id: str) -> bytes:
    """The same as the bytes of a whole HTTP response, the last of its connection: for what stands before the library."""
    body = _text(problem_of(refusal, trace_id)).encode()
    status = CAUSES[refusal.cause].status
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {PROBLEM_JSON}\r\nContent-Length: {len(body)}\r\n"
        f"{TRACE_HEADER}: {trace_id}\r\nServer: {_SERVER}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _text(problem: Problem) -> str:
    return problem.model_dump_json(by_alias=True, exclude_defaults=True) + "\n"


def guard(metrics: Metrics, tracing: Tracing) -> Middleware:
    """The outermost middleware: each request gets its trace id, follows the trace that it came with, and is counted.

    Every exception becomes a problem.
    """

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        trace_id = request[_TRACE] = new_id("req")
        started = time.perf_counter()
        method = request.method if request.method in _METHODS else "other"
        span = tracing.span(f"{method} {route_of(request)}", "server", accepted(request.headers.get(HEADER)), request=trace_id)
        with span, structlog.contextvars.bound_contextvars(trace_id=trace_id, correlation_id=trace_id):
            try:
                response = await handler(request)
            except Refusal as refusal:
                response = _refused(refusal, trace_id, metrics)
            except web.HTTPException as fault:
                if fault.status < 400:
                    raise
                cause = _LIBRARY_STATUS.get(fault.status, Cause.MALFORMED_REQUEST)
                response = _refused(Refusal(cause), trace_id, metrics, allow=fault.headers.get("Allow", ""))
            except Exception:
                logger().exception("request-failed", route=route_of(request), method=request.method)
                response = _refused(Refusal(Cause.INTERNAL_ERROR), trace_id, metrics)
        response.headers.setdefault(TRACE_HEADER, trace_id)
        response.headers.setdefault("Server", _SERVER)
        metrics.request(route_of(request), method, response.status, _since(started))
        return response

    return middleware


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def route_of(request: web.Request) -> str:
    """The pattern that the request's path matched; label of a metric, so never the path itself."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "(none)"


def _refused(refusal: Refusal, trace_id: str, metrics: Metrics, *, allow: str = "") -> web.Response:
    metrics.refused(refusal.cause)
    logger().info("refused", cause=str(refusal.cause), status=CAUSES[refusal.cause].status)
    return answer_problem(refusal, trace_id, allow=allow)


def _since(started: float) -> float:
    return time.perf_counter() - started
