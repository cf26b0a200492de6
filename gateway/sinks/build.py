"""The sinks that gateway.yaml names. A broker's library is loaded when a sink of its kind is there, and asked for when it is missing."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gateway import sink_settings as settings
from gateway.clock import Clock
from gateway.posting import NewSession
from gateway.settings import SettingsError
from gateway.sinks.base import Sink
from gateway.sinks.folder import FolderSink
from gateway.sinks.webhook import WebhookSink

__all__ = ["build_sinks", "extra_asked_for"]

#: the module that a kind needs, and the extra that brings it
_EXTRAS: Final = {"aio_pika": "rabbitmq", "aiormq": "rabbitmq", "nats": "nats", "nkeys": "nats", "confluent_kafka": "kafka"}


@contextmanager
def extra_asked_for(place: str) -> Iterator[None]:
    """A library that is not installed is a fault of the settings that need it. Raises `SettingsError`."""
    try:
        yield
    except ModuleNotFoundError as fault:
        extra = _EXTRAS.get((fault.name or "").partition(".")[0])
        if extra is None:
            raise
        words = f"needs the extra {extra}: pip install 'partner-gateway[{extra}]'"
        raise SettingsError(((place, words),)) from fault


def build_sinks(
    sinks: Mapping[str, settings.SinkSettings], *, root: Path, resolve: Callable[[str], str], session: NewSession, clock: Clock
) -> dict[str, Sink]:
    """Every sink by its name. Nothing is connected yet. Raises `SettingsError`."""
    made: dict[str, Sink] = {}
    for name, said in sinks.items():
        with extra_asked_for(f"sinks.{name}"):
            made[name] = _built(said, root, resolve, session, clock)
    return made


def _built(said: settings.SinkSettings, root: Path, resolve: Callable[[str], str], session: NewSession, clock: Clock) -> Sink:
    match said:
        case settings.FolderSink():
            return FolderSink(root / said.path, usage=said.usage)
        case settings.WebhookSink():
            return WebhookSink(
                str(said.url),
                tuple(secret for secret in (said.secret, said.next_secret) if secret is not None),
                resolve=resolve,
                session=session,
                clock=clock,
                timeout=said.timeout,
                usage=said.usage,
                oauth2=said.oauth2,
                tls=said.tls,
            )
        case settings.RabbitMqSink():
            from gateway.sinks.rabbitmq import RabbitMqSink

            return RabbitMqSink(said, resolve=resolve)
        case settings.NatsSink():
            from gateway.sinks.nats import NatsSink

            return NatsSink(said, resolve=resolve)
        case settings.KafkaSink():
            from gateway.sinks.kafka import KafkaSink

            return KafkaSink(said, resolve=resolve)
