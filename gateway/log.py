"""The log: one line per step, with `action`, `transmission_id`, `correlation_id`. Never a payload, a secret or a partner's text."""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import FilteringBoundLogger

from gateway.settings import LogSettings
from gateway.trace import ids as trace_ids

__all__ = ["about", "configure", "logger", "scrub", "told_about"]

#: fields whose values are never written, however they got there
_SECRET_WORDS: Final = ("secret", "password", "passphrase", "authorization", "token", "private")
_DATA_FIELDS: Final = frozenset({"payload", "body", "value", "data", "document", "content", "text", "segment", "api_key", "key"})
_LONGEST: Final = 300
_ROOT: Final = Path(__file__).resolve().parents[1]

EventDict = MutableMapping[str, Any]


def logger(**bound: Any) -> FilteringBoundLogger:
    """A logger; `logger().info("stored", transmission_id=…)` writes one line whose action is "stored"."""
    if not structlog.is_configured():
        _configure_lines(LogSettings(), None)  # the library's own default would print local variables, and with them payloads
    bound_logger: FilteringBoundLogger = structlog.get_logger(**bound)
    return bound_logger


def configure(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Set the log up for this process. What libraries say through `logging` takes the same way, from warnings up."""
    shared, renderer = _configure_lines(settings, stream)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_library_line, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.EventRenamer("action"),
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


def _configure_lines(settings: LogSettings, stream: TextIO | None) -> tuple[list[structlog.typing.Processor], structlog.typing.Processor]:
    """What our own lines go through, and how they are rendered. Without a stream they go to what standard error is at that moment."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _faults_without_their_words,
        scrub,
        _of_its_trace,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if settings.format == "json" else structlog.processors.LogfmtRenderer(bool_as_flag=False)
    )
    structlog.configure(
        processors=[*shared, structlog.processors.EventRenamer("action"), renderer],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.level.upper())),
        logger_factory=lambda *_: structlog.WriteLogger(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    return shared, renderer


def scrub(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Keep data out of the log: bytes by their count, named fields not at all, long texts cut."""
    for field, value in event.items():
        name = field.lower()
        if isinstance(value, bytes | bytearray | memoryview):
            event[field] = f"({len(value)} bytes)"
        elif name in _DATA_FIELDS or any(word in name for word in _SECRET_WORDS):
            event[field] = "(not logged)"
        elif isinstance(value, str) and len(value) > _LONGEST:
            event[field] = f"{value[:_LONGEST]}… ({len(value)} characters)"
    return event


def about(correlation_id: str) -> None:
    """All further lines of this request or job are about this; call it only where one of them is worked on and nothing else."""
    structlog.contextvars.bind_contextvars(correlation_id=correlation_id)


def told_about() -> str:
    """What the lines of this request or job are about; "" where nobody has said it."""
    return str(structlog.contextvars.get_contextvars().get("correlation_id", ""))


def _of_its_trace(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """The ids under which a trace of several systems shows this moment."""
    trace, span = trace_ids()
    if trace:
        event["trace"], event["span"] = trace, span
    return event


def _library_line(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A library's own message is free text and may repeat what a peer sent: its name, level and place are kept, its words are not."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord):
        event["library"] = record.name
        event["place"] = f"{Path(record.pathname).name}:{record.lineno}"
        event["event"] = "library-message"
        if record.exc_info:
            event["exc_info"] = record.exc_info
    return event


def _faults_without_their_words(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """An exception becomes its class and its frames; its message may quote what a partner sent."""
    fault = event.pop("exc_info", None)
    if fault is True:
        fault = sys.exc_info()[1]
    if isinstance(fault, tuple):
        fault = fault[1]
    if isinstance(fault, BaseException):
        event["fault"] = type(fault).__name__
        event["frames"] = _frames(fault.__traceback__)
    return event


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-12:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(_ROOT)) if path.is_relative_to(_ROOT) else path.name
