"""`sources:` of gateway.yaml: where the hub leaves documents for us beside the API, one model for each kind."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from gateway.broker_settings import KafkaCluster, NatsServers, RabbitMqServer
from gateway.listen import Section

__all__ = ["AnySource", "FolderSource", "KafkaSource", "NatsSource", "RabbitMqSource", "SourceSettings"]

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$")]
Subject = Annotated[str, StringConstraints(pattern=r"^[^\s.*>]+(\.[^\s.*>]+)*(\.(\*|>))*$", max_length=200)]


class AnySource(Section):
    """What every source has. What a message says of itself wins over what is said here."""

    document_type: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z]{1,60}$")] | None = None  #: of messages that do not say it
    partner: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")] | None = None  #: for whom, where no order says it
    prefetch: Annotated[int, Field(ge=1, le=1000)] = 64  #: messages that are worked on at once; they are stored in their order


class RabbitMqSource(AnySource, RabbitMqServer):
    """A queue. Messages are acknowledged when they are stored; bad ones are rejected, so that they go to its dead-letter exchange."""

    kind: Literal["rabbitmq"]
    queue: Name  #: that we read
    declare: bool = False  #: make the queue where it is missing, with the exchange and the queue for dead letters
    dead_letter_exchange: Name | None = None  #: of `declare`; absent: the queue's name with ".dead"


class NatsSource(AnySource, NatsServers):
    """A durable pull consumer of a JetStream. Bad messages go to `dead_subject` and are not delivered again."""

    kind: Literal["nats"]
    stream: Name  #: that we read
    subject: Subject  #: of it
    durable: Name = "gateway"  #: name of our consumer
    declare: bool = False  #: make the stream where it is missing
    dead_subject: Subject | None = None  #: absent: the subject with ".dead", where it has no wildcard
    ack_wait: Annotated[float, Field(ge=1, le=3600)] = 30  #: seconds until what was not acknowledged comes again

    @property
    def dead(self) -> str | None:
        """Where bad messages go; None: nowhere but into the gateway's own list of what is held."""
        return self.dead_subject or (None if {"*", ">"} & set(self.subject.split(".")) else f"{self.subject}.dead")


class KafkaSource(AnySource, KafkaCluster):
    """Topics, read by a consumer group whose offsets move when messages are stored. Bad ones go to the topic with ".dead"."""

    kind: Literal["kafka"]
    topics: Annotated[tuple[Name, ...], Field(min_length=1, max_length=50)]  #: that we read
    group: Name = "gateway"  #: of consumers, whose offsets move when messages are stored
    dead_suffix: Annotated[str, StringConstraints(pattern=r"^\.[A-Za-z0-9._-]{1,40}$")] | None = ".dead"  #: null: no such topic


class FolderSource(AnySource):
    """A folder of JSON documents, one a file; they are moved to the archive when they are stored."""

    kind: Literal["folder"]
    path: Path  #: below the workspace, or absolute
    stable: Literal["two_looks", "done_marker", "partner_renames"] = "partner_renames"  #: when a file is whole: here its name says so
    every: Annotated[float, Field(gt=0, le=86400)] = 2  #: seconds
    archive: str = "archive"  #: below `path`: where files go that are stored

    @model_validator(mode="after")
    def _is_a_way_down(self) -> Self:
        if ".." in self.path.parts:
            raise ValueError("a path has no '..'")
        return self


SourceSettings = Annotated[RabbitMqSource | NatsSource | KafkaSource | FolderSource, Field(discriminator="kind")]
