"""The sources of the hub's documents: whether each is connected, and what it has brought."""

from collections.abc import Mapping
from typing import Any

from gateway.operations.views import cause_words
from gateway.pipeline.context import SourceHealth
from gateway.store.schema.base import utc_text

__all__ = ["sources"]


def sources(found: Mapping[str, SourceHealth]) -> list[dict[str, Any]]:
    """Each source that this process reads."""
    return [
        {
            "source": name,
            "kind": health.kind,
            "connected": health.is_connected,
            "since": utc_text(health.since),
            "taken": health.taken,
            "held": health.held,
            **({"last": utc_text(health.last)} if health.last is not None else {}),
            **({**cause_words(health.cause.value), "detail": health.detail} if health.cause is not None else {}),
        }
        for name, health in sorted(found.items())
    ]
