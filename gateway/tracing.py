"""Spans: one per request that comes in, one per job. They are made only where gateway.yaml names an exporter.

A span holds ids, routes, counts and classes of faults, never a payload or a partner's text. The OpenTelemetry SDK is loaded only when it
is needed (the extra `traces`). How spans leave is `gateway.outlet`, and to a collector `gateway.otlp`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Literal, Protocol

from gateway.settings import SettingsError
from gateway.trace import begun_here, following
from gateway.trace_settings import TraceSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from gateway.outlet import Outlet

__all__ = ["Kind", "NoSpans", "Tracing", "tracing_of"]

Kind = Literal["server", "client", "internal"]


class Tracing(Protocol):
    """Makes spans; what happens inside of one belongs to its trace (`gateway.trace.current`)."""

    def span(self, name: str, kind: Kind, parent: str, **attributes: str | int) -> AbstractContextManager[None]:
        """A piece of work. `parent` is the `traceparent` that it follows, "" where it begins a trace."""
        ...

    def close(self) -> None:
        """Hand over what is not exported yet, within a few seconds. Blocks for so long."""
        ...


class NoSpans:
    """Nothing is recorded; what came with a trace goes on with it."""

    def span(self, name: str, kind: Kind, parent: str, **attributes: str | int) -> AbstractContextManager[None]:  # noqa: ARG002 - the protocol's
        """As `Tracing.span`."""
        return following(parent)

    def close(self) -> None:
        """Nothing waits."""


class _Spans:
    def __init__(self, provider: "TracerProvider", outlet: "Outlet") -> None:
        from opentelemetry.trace import SpanKind

        self._provider = provider
        self._outlet = outlet
        self._tracer = provider.get_tracer("gateway")
        self._kinds = {"server": SpanKind.SERVER, "client": SpanKind.CLIENT, "internal": SpanKind.INTERNAL}

    @contextmanager
    def span(self, name: str, kind: Kind, parent: str, **attributes: str | int) -> Iterator[None]:
        """As `Tracing.span`."""
        from opentelemetry.context import Context
        from opentelemetry.trace import Status, StatusCode, format_span_id, format_trace_id
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        before = TraceContextTextMapPropagator().extract({"traceparent": parent}, Context()) if parent else Context()
        span = self._tracer.start_span(name, before, self._kinds[kind], attributes)
        made = span.get_span_context()
        traceparent = f"00-{format_trace_id(made.trace_id)}-{format_span_id(made.span_id)}-{int(made.trace_flags):02x}"
        try:
            with following(traceparent, begun=not parent or begun_here()):
                yield
        except BaseException as fault:
            span.set_status(Status(StatusCode.ERROR, type(fault).__name__))  # its words may quote what a partner sent
            raise
        finally:
            span.end()

    def close(self) -> None:
        """As `Tracing.close`."""
        # The library's own end waits for half a minute, and a request that is not answered for as long as it likes.
        ending = Thread(target=self._provider.shutdown, name="spans-end", daemon=True)
        patience = self._outlet.last_call()
        ending.start()
        ending.join(patience)
        self._outlet.ended()


def tracing_of(settings: TraceSettings, folder: Path, resolve: Callable[[str], str]) -> Tracing:
    """What makes the spans of this process. Raises SettingsError where the extra is not installed. A secret is read when it is used."""
    if settings.exporter == "none":
        return NoSpans()
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

        from gateway.outlet import SpanQueue

        outlet = _outlet(settings, folder, resolve)
    except ImportError:
        raise SettingsError((("tracing.exporter", "the extra is not installed: pip install 'partner-gateway[traces]'"),)) from None
    resource = Resource.create({"service.name": settings.service})
    provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(settings.share)), resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(SpanQueue(outlet))
    return _Spans(provider, outlet)


def _outlet(settings: TraceSettings, folder: Path, resolve: Callable[[str], str]) -> "Outlet":
    if settings.exporter == "file":
        from gateway.outlet import FileOutlet

        return FileOutlet(folder / settings.path)
    from gateway.otlp import Otlp

    return Otlp(settings, resolve)
