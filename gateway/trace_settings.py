"""`tracing:` of gateway.yaml."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, HttpUrl, model_validator

from gateway.broker_settings import ClientTls
from gateway.listen import SecretRef, Section
from partners.http_options import CONNECTION_FIELDS, header_names, header_values

__all__ = ["TraceSettings"]

_Names = header_names(CONNECTION_FIELDS)


class TraceSettings(Section):
    """Where spans go. `none` makes none; a `traceparent` that comes in is kept and passed on all the same."""

    exporter: Literal["none", "file", "otlp"] = "none"
    path: Path = Path("traces.jsonl")  #: of `file`: one span a line, in the data folder; it grows until somebody rotates it
    endpoint: HttpUrl | None = None  #: of `otlp`: OTLP over HTTP, "http://collector:4318"; without a path it is /v1/traces
    headers: Annotated[dict[str, str], Field(max_length=30), _Names, AfterValidator(header_values)] = Field(default_factory=dict)
    #: ^ of `otlp`: further header fields, as they stand: a tenant
    secret_headers: Annotated[dict[str, SecretRef], Field(max_length=10), _Names] = Field(default_factory=dict)
    #: ^ of `otlp`: those whose value is a secret: Authorization ("Bearer …", as a whole), api-key
    allow_http: bool = False  #: of `secret_headers`: that they go without TLS is meant
    tls: ClientTls | None = None  #: of https: whom to trust instead of the system's authorities, and the certificate that we show
    timeout: Annotated[float, Field(gt=0, le=60)] = 10  #: seconds for one batch, with what is tried again
    service: Annotated[str, Field(min_length=1, max_length=64)] = "partner-gateway"  #: by which name the spans are found
    share: Annotated[float, Field(ge=0, le=1)] = 1.0  #: of the traces that begin here; one that comes in has decided for itself

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if (self.exporter == "otlp") != (self.endpoint is not None):
            raise ValueError("exporter otlp and an endpoint belong together")
        if self.endpoint is None:
            if self.headers or self.secret_headers or self.tls is not None:
                raise ValueError("headers and tls belong to exporter otlp")
            return self
        if self.endpoint.username or self.endpoint.password or self.endpoint.query or self.endpoint.fragment:
            raise ValueError("credentials do not stand in an address, nor does a query; a secret is named in secret_headers")
        if {name.lower() for name in self.headers} & {name.lower() for name in self.secret_headers}:
            raise ValueError("a header stands in headers and in secret_headers")
        if any(value.startswith(("env:", "file:")) for value in self.headers.values()):
            raise ValueError("headers go out as they stand; a reference belongs into secret_headers")
        if self.endpoint.scheme != "https":
            if self.tls is not None:
                raise ValueError("`tls` needs an https address")
            if self.secret_headers and not self.allow_http:
                raise ValueError("the address is not https; `allow_http: true` beside it says that secrets may go there all the same")
        return self

    @property
    def url(self) -> str:
        """Where spans are posted to, with its path; "" where no endpoint is named."""
        said = str(self.endpoint or "")
        return said if self.endpoint is None or self.endpoint.path not in {None, "/"} else f"{said.rstrip('/')}/v1/traces"

    @property
    def place(self) -> str:
        """HOST:PORT of the endpoint."""
        return f"{self.endpoint.host}:{self.endpoint.port}" if self.endpoint is not None else ""
