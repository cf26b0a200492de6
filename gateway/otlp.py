"""Spans to a collector: OTLP over HTTP (protobuf), by OpenTelemetry's exporter. Needs the extra `traces`.

The exporter writes and repeats. What is said about a collector that does not take them, secrets, certificates and the end are ours.
"""

import logging
import ssl
from collections.abc import Callable, Sequence
from typing import Any, Final

import requests
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from requests.adapters import HTTPAdapter

from gateway.broker_settings import ClientTls
from gateway.client_tls import client_tls
from gateway.errors import PermanentError
from gateway.outlet import Outlet, Sent
from gateway.settings import SecretError
from gateway.trace_settings import TraceSettings

__all__ = ["Otlp"]

_LONGEST: Final = 300  #: characters of what a collector says; spans hold no partner's data, so neither can its words
_BRIEFLY: Final = 1.0  #: seconds, for what a collector that is down has already been asked


class Otlp(Outlet):
    """A collector. One that is known to be down is not waited for at the end of the process."""

    def __init__(self, settings: TraceSettings, resolve: Callable[[str], str]) -> None:
        """Nothing is connected yet, and no secret read."""
        super().__init__(settings.place)
        # It has a line for each attempt, and its words quote the collector; the outlet says the same once.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
        self._calls = _Calls(settings, resolve)
        self._exporter: SpanExporter = OTLPSpanExporter(endpoint=settings.url, timeout=settings.timeout, session=self._calls)

    def send(self, spans: Sequence[ReadableSpan]) -> Sent:
        """As `Outlet.send`; what may pass is tried again within the timeout of the settings."""
        if self._calls.is_last and self._calls.reason:
            return Sent(len(spans), self._calls.reason)
        if self._exporter.export(spans) is SpanExportResult.SUCCESS:
            return _taken(self._calls.answer, len(spans))
        return Sent(len(spans), self._calls.reason or "the spans cannot be written")

    def last_call(self) -> float:
        """As `Outlet.last_call`."""
        self._calls.is_last = True
        if not self._calls.reason:
            return super().last_call()
        self._exporter.shutdown()  # wakes it where it waits before it tries again
        return _BRIEFLY

    def shutdown(self) -> None:
        """Close what is open."""
        self._exporter.shutdown()


def _taken(answer: bytes, spans: int) -> Sent:
    """What a collector says of a batch that it took ("Partial Success"): spans that it left out, which are not sent again, or a remark."""
    try:
        said = ExportTraceServiceResponse.FromString(answer).partial_success
    except DecodeError:  # a body that is none of OTLP's says nothing
        return Sent()
    words = "".join(one if one.isprintable() else " " for one in said.error_message[:_LONGEST]).strip()
    if said.rejected_spans > 0:
        return Sent(min(said.rejected_spans, spans), f"it rejected some of a batch: {words or 'it does not say why'}")
    return Sent(remark=words)


class _NotAgainError(Exception):
    """What the exporter does not repeat, as it would a broken connection."""


class _Calls(requests.Session):
    """Each request with the secrets and certificates of its moment. `reason` is why the last one failed, "" when it did not."""

    def __init__(self, settings: TraceSettings, resolve: Callable[[str], str]) -> None:
        super().__init__()
        self.trust_env = False  # neither proxies nor .netrc: as for all that the gateway calls
        self.reason = ""
        self.is_last = False
        self.answer = b""  #: to the last request that was taken
        self._settings = settings
        self._resolve = resolve
        self._tls: ssl.SSLContext | None = None

    def request(self, method: Any, url: Any, *args: Any, **said: Any) -> requests.Response:
        """As `Session.request`. Raises what it raises, and `_NotAgainError`."""
        try:
            said["headers"] = {**(said.get("headers") or {}), **self._own_headers()}
            self._trust()
            response = super().request(method, url, *args, **said)
        except Exception as fault:
            self.reason = _words_of(fault)
            if self.is_last or self.reason == ssl.SSLCertVerificationError.__name__:  # a certificate does not mend in seconds
                raise _NotAgainError from fault
            raise
        self.reason = "" if 200 <= response.status_code < 300 else f"it answers {response.status_code}"
        is_protobuf = response.headers.get("Content-Type", "").partition(";")[0].strip().lower() == "application/x-protobuf"
        self.answer = response.content if not self.reason and is_protobuf else b""
        # the exporter takes a redirection, which it does not follow, for success
        if self.reason and (self.is_last or response.status_code < 400):
            raise _NotAgainError
        return response

    def _own_headers(self) -> dict[str, str]:
        secrets = {name: self._resolve(reference) for name, reference in self._settings.secret_headers.items()}
        for name, value in secrets.items():
            if not (value.isascii() and value.isprintable()):
                raise SecretError(self._settings.secret_headers[name], "a secret that goes into a header is printable ASCII")
        return {**self._settings.headers, **secrets}

    def _trust(self) -> None:
        if not self._settings.url.startswith("https:"):
            return
        tls = client_tls(self._settings.tls or ClientTls(), self._resolve)
        if tls is not self._tls:
            self._tls = tls
            self.get_adapter("https://").close()  # what is open was made with the files of before
            self.mount("https://", _Trusting(tls))


class _Trusting(HTTPAdapter):
    """TLS as the context has it; the library would add the authorities that it brings along."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__()

    def init_poolmanager(self, *args: Any, **said: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._tls, **said)

    def cert_verify(self, *_args: Any, **_said: Any) -> None:
        """The context does it."""


def _words_of(fault: BaseException) -> str:
    """Ours are words that may be read; of a library's fault the class of what was first."""
    if isinstance(fault, SecretError | PermanentError):
        return str(fault)
    while (before := fault.__cause__ or fault.__context__) is not None:
        fault = before
    return type(fault).__name__
