"""What `gateway doctor` looks at on our own side: whether sinks, sources and the collector of spans can be reached."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.check import Check

if TYPE_CHECKING:
    from gateway.settings import Settings

__all__ = ["hub_checks"]

_PATIENCE: Final = 3.0
_WAITS: Final = {
    "sink": "Start the hub; deliveries wait and are retried.",
    "source": "Start it; documents wait there and are read as soon as it answers.",
    "tracing": "Start the collector; spans are lost meanwhile, and nothing else.",
}


def hub_checks(root: Path, settings: "Settings") -> Iterator[Check]:
    """Every sink and source, and where spans go."""
    yield from _sinks(root, settings)
    yield from _sources(root, settings)
    if (collector := settings.tracing.endpoint) is not None:
        yield _reach("collector", collector.host or "", collector.port or 0, "tracing")


def _sinks(root: Path, settings: "Settings") -> Iterator[Check]:
    from gateway.broker_settings import Broker
    from gateway.sink_settings import WebhookSink

    if not settings.sinks:
        yield Check(
            "sinks", "warning", "no sink: the hub only gets documents by the feed", "Add one under `sinks:` if it should be pushed."
        )
    for name, sink in settings.sinks.items():
        if isinstance(sink, WebhookSink):
            yield _reach(name, sink.url.host or "", sink.url.port or 443)
        elif isinstance(sink, Broker):
            for place in sink.places:
                host, _, port = place.rpartition(":")
                yield _reach(name, host.strip("[]"), int(port))
        else:
            path = root / sink.path
            parent = next(one for one in (path, *path.absolute().parents) if one.exists())
            yield (
                Check("sink", "ok", f"{name}: {path} can be written")
                if _writable(parent)
                else Check("sink", "fault", f"{name}: {path} cannot be written", "Give the gateway's user the right to write there.")
            )


def _sources(root: Path, settings: "Settings") -> Iterator[Check]:
    from gateway.broker_settings import Broker
    from gateway.source_settings import FolderSource

    for name, source in settings.sources.items():
        if isinstance(source, Broker):
            for place in source.places:
                host, _, port = place.rpartition(":")
                yield _reach(name, host.strip("[]"), int(port), "source")
        elif isinstance(source, FolderSource):
            path = root / source.path
            parent = next(one for one in (path, *path.absolute().parents) if one.exists())
            yield (
                Check("source", "ok", f"{name}: {path} can be looked into")
                if _writable(parent)
                else Check("source", "fault", f"{name}: {path} cannot be written", "Give the gateway's user the right to move files there.")
            )


def _reach(name: str, host: str, port: int, kind: str = "sink") -> Check:
    try:
        socket.create_connection((host, port), timeout=_PATIENCE).close()
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        return Check(kind, "warning", f"{name}: {host}:{port} does not answer ({reason})", _WAITS[kind])
    return Check(kind, "ok", f"{name}: {host}:{port} answers")


def _writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK)
