"""The sources that gateway.yaml names; a broker's library is loaded when a source of its kind is there."""

from collections.abc import Callable

from canonical.registry import DOCUMENTS
from gateway import source_settings as settings
from gateway.pipeline.context import Context
from gateway.settings import SettingsError
from gateway.sinks.build import extra_asked_for
from gateway.sources.base import Source

__all__ = ["build_sources"]


def build_sources(context: Context, resolve: Callable[[str], str]) -> dict[str, Source]:
    """Every source by its name. Nothing is connected yet. Raises `SettingsError`."""
    made: dict[str, Source] = {}
    for name, said in context.settings.sources.items():
        if said.document_type is not None and said.document_type not in DOCUMENTS:
            raise SettingsError(((f"sources.{name}.document_type", f"one of {', '.join(sorted(DOCUMENTS))}"),))
        with extra_asked_for(f"sources.{name}"):
            made[name] = _built(name, said, context, resolve)
    return made


def _built(name: str, said: settings.SourceSettings, context: Context, resolve: Callable[[str], str]) -> Source:
    match said:
        case settings.RabbitMqSource():
            from gateway.sources.rabbitmq import RabbitMqSource

            return RabbitMqSource(said, resolve=resolve)
        case settings.NatsSource():
            from gateway.sources.nats import NatsSource

            return NatsSource(said, resolve=resolve)
        case settings.KafkaSource():
            from gateway.sources.kafka import KafkaSource

            return KafkaSource(said, resolve=resolve)
        case settings.FolderSource():
            from gateway.sources.folder import FolderSource

            return FolderSource(name, said, root=context.root, store=context.store, clock=context.clock)
