"""`sinks:` of gateway.yaml: the ways to the hub, one model for each kind."""

import re
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, HttpUrl, StringConstraints, model_validator

from gateway.broker_settings import ClientTls, KafkaCluster, NatsServers, RabbitMqServer
from gateway.listen import SecretRef
from gateway.policy import DeliveryPolicy
from partners.http_options import OAuth2Settings

__all__ = ["FIELDS", "FolderSink", "KafkaSink", "NatsSink", "RabbitMqSink", "SinkSettings", "WebhookSink"]

MiB: Final = 1024 * 1024

#: what a routing key, subject or topic may be made of
FIELDS: Final = ("type", "document", "verb", "partner", "usage")
_FIELD: Final = re.compile(r"\{([^{}]*)\}")

Usage = Literal["live", "test", "any"]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$")]
Bytes = Annotated[int, Field(ge=1024)]


def _known_fields(value: str) -> str:
    unknown = sorted(set(_FIELD.findall(value)) - set(FIELDS))
    if unknown or any(brace in _FIELD.sub("", value) for brace in "{}"):
        raise ValueError(f"the fields in braces are {', '.join(FIELDS)}")
    return value


#: "b2b.{document}.{verb}"
Template = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,200}$"), AfterValidator(_known_fields)]


class AnySink(DeliveryPolicy):
    """What every way to the hub has."""

    usage: Usage = "any"  #: which traffic it takes; "any": that of the environment


class WebhookSink(AnySink):
    """The hub's HTTP endpoint; requests carry the Standard Webhooks headers and signature."""

    kind: Literal["webhook"]
    url: HttpUrl  #: of the hub
    secret: SecretRef  #: signs by Standard Webhooks
    next_secret: SecretRef | None = None  #: while the secret is being changed: both sign, the receiver takes either
    oauth2: OAuth2Settings | None = None  #: tokens from the hub's token endpoint, beside the signature
    tls: ClientTls | None = None  #: of https: whom to trust instead of the system's authorities, and the certificate that we show
    timeout: Annotated[float, Field(ge=0, le=400 * 86400)] = 10  #: seconds

    @model_validator(mode="after")
    def _is_https(self) -> Self:
        if self.tls is not None and self.url.scheme != "https":
            raise ValueError("`tls` needs an https address")
        return self


class FolderSink(AnySink):
    """A folder that gets one file per event: temporary name, then rename."""

    kind: Literal["folder"]
    path: Path  #: below the workspace, or absolute


class RabbitMqSink(AnySink, RabbitMqServer):
    """An exchange of RabbitMQ: persistent messages, confirmed by the broker, returned when no queue takes them."""

    kind: Literal["rabbitmq"]
    exchange: Name = "b2b.events"  #: where events are published
    routing_key: Template = "{type}"  #: from fields in braces
    declare: bool = False  #: make exchange, queue and dead-letter exchange where they are missing
    exchange_kind: Literal["topic", "direct", "fanout", "headers"] = "topic"  #: of `declare`
    queue: Name | None = None  #: of `declare`: a durable queue that gets everything
    dead_letter_exchange: Name | None = None  #: of `declare`: where the queue's rejected messages go, with a queue of its name
    max_bytes: Bytes = 16 * MiB  #: of one message; RabbitMQ has a limit of its own

    @model_validator(mode="after")
    def _declares_what_it_names(self) -> Self:
        if not self.declare and (self.queue or self.dead_letter_exchange):
            raise ValueError("queue and dead_letter_exchange are made by `declare: true`")
        if self.dead_letter_exchange and not self.queue:
            raise ValueError("dead_letter_exchange needs a queue whose messages go there")
        return self


class NatsSink(AnySink, NatsServers):
    """A JetStream: the server's acknowledgment is awaited, and a repetition within its window is dropped there by the event's id."""

    kind: Literal["nats"]
    subject: Template = "b2b.{document}.{verb}"  #: from fields in braces
    stream: Name = "B2B"  #: that holds the subject
    declare: bool = False  #: make the stream where it is missing
    duplicate_window: Annotated[int, Field(ge=1, le=7 * 86400)] = 3600  #: seconds, of `declare`


class KafkaSink(AnySink, KafkaCluster):
    """A topic of Kafka: idempotent producer, all replicas acknowledge, order per partition key."""

    kind: Literal["kafka"]
    topic: Template = "b2b.{document}"  #: from fields in braces
    max_bytes: Bytes = 1_000_000  #: of one message; brokers and topics have limits of their own
    queue_bytes: Bytes = 64 * MiB  #: what waits for the brokers at most


SinkSettings = Annotated[WebhookSink | FolderSink | RabbitMqSink | NatsSink | KafkaSink, Field(discriminator="kind")]
