"""Spans: one per request that comes in, one per job. They are made only where gateway.yaml names an exporter.

A span holds ids, routes, counts and classes of faults, never a payload or a partner's text. The OpenTelemetry SDK is loaded only when it
is needed (the extra `traces`); OTLP needs `opentelemetry-exporter-otlp-proto-http` beside it.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from gateway.settings import SettingsError
from gateway.trace import following
from gateway.trace_settings import TraceSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

__all__ = ["Kind", "NoSpans", "Tracing", "tracing_of"]

Kind = Literal["server", "client", "internal"]


class Tracing(Protocol):
    """Makes spans; what happens inside of one belongs to its trace (`gateway.trace.current`)."""

    def span(self, name: str, kind: Kind, parent: str, **attributes: str | int) -> AbstractContextManager[None]:
        """A piece of work. `parent` is the `traceparent` that it follows, "" where it begins a trace."""
        ...

    def close(self) -> None:
        """Hand over what is not exported yet."""
        ...


class NoSpans:
    """Nothing is recorded; what came with a trace goes on with it."""

    def span(self, name: str, kind: Kind, parent: str, **attributes: str | int) -> AbstractContextManager[None]:  # noqa: ARG002 - the protocol's
        """As `Tracing.span`."""
        return following(parent)

    def close(self) -> None:
        """Nothing waits."""


class _Spans:
    def __init__(self, provider: "TracerProvider") -> None:
        from opentelemetry.trace import SpanKind

        self._provider = provider
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
        try:
            with following(f"00-{format_trace_id(made.trace_id)}-{format_span_id(made.span_id)}-{int(made.trace_flags):02x}"):
                yield
        except BaseException as fault:
            span.set_status(Status(StatusCode.ERROR, type(fault).__name__))  # its words may quote what a partner sent
            raise
        finally:
            span.end()

    def close(self) -> None:
        """As `Tracing.close`."""
        self._provider.shutdown()


def tracing_of(settings: TraceSettings, folder: Path) -> Tracing:
    """What makes the spans of this process. Raises SettingsError where the exporter's library is not installed."""
    if settings.exporter == "none":
        return NoSpans()
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError:
        raise SettingsError((("tracing.exporter", "the extra is not installed: pip install 'partner-gateway[traces]'"),)) from None
    exporter = _file(folder / settings.path) if settings.exporter == "file" else _otlp(str(settings.endpoint))
    resource = Resource.create({"service.name": settings.service})
    provider = TracerProvider(sampler=ParentBased(TraceIdRatioBased(settings.share)), resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return _Spans(provider)


def _file(path: Path) -> "SpanExporter":
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class LineExporter(SpanExporter):
        """Appends a line a span; opened for each batch, so that the file may be moved away."""

        def export(self, spans: "list[ReadableSpan]") -> SpanExportResult:  # type: ignore[override]
            try:
                with path.open("a", encoding="utf-8") as file:
                    file.writelines(span.to_json(indent=None) + "\n" for span in spans)
            except OSError:
                return SpanExportResult.FAILURE
            return SpanExportResult.SUCCESS

    return LineExporter()


def _otlp(endpoint: str) -> "SpanExporter":
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        missing = "OTLP needs its exporter: pip install opentelemetry-exporter-otlp-proto-http"
        raise SettingsError((("tracing.exporter", missing),)) from None
    exporter: SpanExporter = OTLPSpanExporter(endpoint=endpoint)
    return exporter
