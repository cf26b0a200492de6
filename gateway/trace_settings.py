"""`tracing:` of gateway.yaml."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, HttpUrl, model_validator

from gateway.listen import Section

__all__ = ["TraceSettings"]


class TraceSettings(Section):
    """Where spans go. `none` makes none; a `traceparent` that comes in is kept and passed on all the same."""

    exporter: Literal["none", "file", "otlp"] = "none"
    path: Path = Path("traces.jsonl")  #: of `file`: one span a line, in the data folder; it grows until somebody rotates it
    endpoint: HttpUrl | None = None  #: of `otlp`: OTLP over HTTP, "http://collector:4318/v1/traces"
    service: Annotated[str, Field(min_length=1, max_length=64)] = "partner-gateway"  #: by which name the spans are found
    share: Annotated[float, Field(ge=0, le=1)] = 1.0  #: of the traces that begin here; one that comes in has decided for itself

    @model_validator(mode="after")
    def _is_usable(self) -> Self:
        if (self.exporter == "otlp") != (self.endpoint is not None):
            raise ValueError("exporter otlp and an endpoint belong together")
        return self
