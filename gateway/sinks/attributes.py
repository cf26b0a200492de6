"""What is said of an event beside its body: CloudEvents attributes as headers, and the routing key, subject or topic made of them."""

from typing import Final

from gateway.sinks.base import OutgoingEvent

__all__ = ["CONTENT_TYPE", "attributes", "filled"]

#: structured mode: the body is the whole event, and headers only repeat of it what routing and filters need
CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"


def attributes(event: OutgoingEvent, prefix: str, usage: str) -> dict[str, str]:
    """The attributes under the prefix that the protocol's binding gives them (AMQP `cloudEvents:`, NATS `ce-`, Kafka `ce_`).

    `traceparent` stands without one too, where tracers look for it.
    """
    said = {
        "specversion": "1.0",
        "id": event.event_id,
        "type": event.type,
        "correlationid": event.correlation_id,
        "partitionkey": event.partition_key,
        "usage": usage,
        **event.marks,
    }
    trace = {"traceparent": event.traceparent} if event.traceparent else {}
    return {f"{prefix}{name}": value for name, value in (said | trace).items()} | trace


def filled(template: str, event: OutgoingEvent, usage: str) -> str:
    """A template of gateway.yaml (`sink_settings.FIELDS`) with what the event says: "b2b.{document}.{verb}" as "b2b.order.received"."""
    _, *words = event.type.rsplit(".", 3)  # "com.harborline.b2b", "order", "received", "v1"
    document, verb = words[:2] if len(words) == 3 else (event.type, "")
    partner = event.partition_key.partition(":")[0]
    return template.format_map({"type": event.type, "document": document, "verb": verb, "partner": partner or "none", "usage": usage})
