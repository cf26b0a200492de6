"""One HTTP connection. What the library's parser refuses is answered as everything else is, and is no fault of ours in the log."""

from itertools import pairwise
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.http_exceptions import LineTooLong
from aiohttp.typedefs import Handler, Middleware

from gateway.errors import CAUSES, Cause, Refusal
from gateway.ids import new_id
from gateway.listen import Listen
from gateway.log import logger
from gateway.metrics import Metrics
from gateway.service.limits import UPLOAD, Place, Upload, Uploads
from gateway.service.problems import answer_problem, write_problem
from gateway.service.proxy import LOCAL, find_origin, set_origin

__all__ = ["Connection", "arrival", "expect", "refuse_head"]

_UNREADABLE: Final = "this is no HTTP/1.1 request that can be read"
_LINE_TOO_LONG: Final = "the request line, or a field of the head, is longer than is read"


class Connection(web.RequestHandler):
    """aiohttp's connection; its own answers would name its version and repeat what the peer sent."""

    __slots__ = ("_metrics", "listen", "place")

    def __init__(self, server: web.Server, *, metrics: Metrics, place: Place, listen: Listen, **options: Any) -> None:
        super().__init__(server, **options)
        self._metrics = metrics
        self.place = place  #: what it takes up of the connections that there may be
        self.listen = listen  #: where it came in

    def connection_lost(self, exc: BaseException | None) -> None:
        self.place.release()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """As the library has it; but a body that cannot be read on is told to who waits for it, and not only to who asks next."""
        super().data_received(data)
        current = self._current_request
        payloads = [*([current.content] if current is not None else []), *(payload for _, payload in self._messages)]
        for payload, _ in pairwise(payloads):
            if not payload.is_eof():  # something follows a body that has not come to its end
                payload.set_exception(web.RequestPayloadError("the body cannot be read on"))
                payload.feed_eof()  # nobody waits for the rest, either
                self.close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes the peer
    ) -> web.StreamResponse:
        """The answer to what never became a request, or failed outside of every handler."""
        trace_id = new_id("req")
        if status < 500:
            refusal = Refusal(Cause.MALFORMED_REQUEST, _LINE_TOO_LONG if isinstance(exc, LineTooLong) else _UNREADABLE)
            _note(refusal, trace_id, self._metrics)
        else:
            refusal = Refusal(Cause.INTERNAL_ERROR)
            self._metrics.refused(refusal.cause)
            logger().error("request-failed", trace_id=trace_id, correlation_id=trace_id, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer had begun; a second one would be read as its end")
        response = answer_problem(refusal, trace_id)
        response.force_close()
        return response


def arrival(uploads: Uploads) -> Middleware:
    """The middleware around all others: where a request came from, and what it takes up until it is answered."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        connection = request.protocol if isinstance(request.protocol, Connection) else None  # None: the socket in the data folder
        origin = find_origin(request, connection.listen.proxy) if connection is not None else LOCAL
        set_origin(request, origin)
        upload = request[UPLOAD] = Upload(uploads)
        if connection is not None:
            connection.place.begin()
        try:
            with structlog.contextvars.bound_contextvars(source=origin.source):
                return await handler(request)
        finally:
            upload.release()
            if connection is not None:
                connection.place.end()

    return middleware


def refuse_head(metrics: Metrics) -> bytes:
    """The answer to a head that `as2.unfold` does not hand on."""
    trace_id, refusal = new_id("req"), Refusal(Cause.MALFORMED_REQUEST, _UNREADABLE)
    _note(refusal, trace_id, metrics)
    return write_problem(refusal, trace_id)


def _note(refusal: Refusal, trace_id: str, metrics: Metrics) -> None:
    metrics.refused(refusal.cause)
    logger().info("refused", cause=str(refusal.cause), status=CAUSES[refusal.cause].status, trace_id=trace_id, correlation_id=trace_id)


async def expect(request: web.Request) -> web.StreamResponse | None:
    """`Expect: 100-continue` is granted; no other expectation is known (RFC 9110 10.1.1)."""
    if request.headers.get("Expect", "").lower() != "100-continue":
        return answer_problem(Refusal(Cause.MALFORMED_REQUEST, "the only Expect that is met is 100-continue"), new_id("req"))
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer is still to come
    return None
