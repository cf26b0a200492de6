"""What is counted and measured, in a registry of its own that the composition root hands around."""

import asyncio
from collections.abc import Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

__all__ = ["Metrics"]

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LAG: Final = (0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
_ANSWER: Final = (1.0, 5.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 12 * 3600.0, 86400.0, 2 * 86400.0, 7 * 86400.0)
_THROUGH: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 6 * 3600.0, 86400.0)
_LOOK_EVERY: Final = 0.25


class Metrics:
    """Counters and gauges of one gateway. Labels come from closed lists (transport, state, cause, route), never from a partner's data."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        self._received = Counter("gateway_received", "Payloads taken over", ["transport"], registry=self.registry)
        self._source_up = Gauge("gateway_source_up", "1 while a source is connected", ["source"], registry=self.registry)
        self._source_messages = Counter(
            "gateway_source_messages", "Messages of the hub that were stored", ["source", "outcome"], registry=self.registry
        )
        self._behind = Gauge("gateway_feed_behind", "Numbers of the feed that it has not read", ["consumer"], registry=self.registry)
        self._feed_lag = Gauge("gateway_feed_lag_seconds", "How long the next event waits for it", ["consumer"], registry=self.registry)
        self._held = Counter("gateway_held", "Things held for a person", ["cause"], registry=self.registry)
        self._refused = Counter("gateway_refused", "Requests not taken", ["cause"], registry=self.registry)
        self._deliveries = Counter("gateway_deliveries", "Delivery attempts", ["destination", "outcome"], registry=self.registry)
        self._requests = Counter("gateway_http_requests", "HTTP requests answered", ["route", "method", "status"], registry=self.registry)
        self._latency = Histogram("gateway_http_seconds", "Time to answer", ["route"], buckets=_SECONDS, registry=self.registry)
        self._steps = Histogram("gateway_step_seconds", "Time of a pipeline step", ["step"], buckets=_SECONDS, registry=self.registry)
        self._connections = Counter("gateway_connections_refused", "Connections that there was no place for", registry=self.registry)
        self._handshakes = Counter("gateway_tls_handshakes_failed", "Connections on which TLS did not begin", registry=self.registry)
        self._certificates = Gauge("gateway_certificate_days_left", "Until a certificate expires", ["fingerprint"], registry=self.registry)
        self._tls = Gauge("gateway_tls_fault", "1 while the wanted certificate cannot be served", ["listener"], registry=self.registry)
        self._replays = Counter("gateway_replayed", "Things done over on purpose", ["action"], registry=self.registry)
        self._circuits = Gauge("gateway_circuit", "1 for each circuit not closed", ["destination", "state"], registry=self.registry)
        self._waiting = Gauge("gateway_circuit_waiting", "Deliveries that wait for it", ["destination"], registry=self.registry)
        self._open = Gauge("gateway_open", "Things not yet finished, by state", ["thing", "state"], registry=self.registry)
        self._oldest = Gauge("gateway_oldest_job_seconds", "Age of the oldest due job", registry=self.registry)
        self._alarms = Gauge("gateway_alarms", "Alarms that are open and not reviewed", ["cause"], registry=self.registry)
        self._answers = Histogram("gateway_answer_seconds", "Until an answer came", ["level"], buckets=_ANSWER, registry=self.registry)
        labels = ["direction", "tier"]
        self._through = Histogram("gateway_through_seconds", "From us to the other side", labels, buckets=_THROUGH, registry=self.registry)
        self._lag = Histogram("gateway_event_loop_lag_seconds", "Delay of the event loop", buckets=_LAG, registry=self.registry)

        self._forgotten = Counter("gateway_retention_removed", "Rows and files removed by retention", ["kind"], registry=self.registry)
        self._stored = Gauge("gateway_store_bytes", "Size of the database, and what of it is free", ["part"], registry=self.registry)

    def source_up(self, source: str, *, is_up: bool) -> None:
        """Whether a source of gateway.yaml is connected."""
        self._source_up.labels(source).set(is_up)

    def source_message(self, source: str, outcome: str) -> None:
        """A message of the hub was stored: `outcome` is taken or held."""
        self._source_messages.labels(source, outcome).inc()

    def consumers(self, lags: Mapping[str, tuple[int, float]]) -> None:
        """Every consumer of the feed (there are at most a hundred): numbers behind, and seconds; those that are forgotten go."""
        self._behind.clear()
        self._feed_lag.clear()
        for consumer, (behind, seconds) in lags.items():
            self._behind.labels(consumer).set(behind)
            self._feed_lag.labels(consumer).set(seconds)

    def received(self, transport: str) -> None:
        """A payload is committed."""
        self._received.labels(transport).inc()

    def held(self, cause: str) -> None:
        """Something waits for a person."""
        self._held.labels(cause).inc()

    def refused(self, cause: str) -> None:
        """A request was not taken."""
        self._refused.labels(cause).inc()

    def delivery(self, destination: str, outcome: str) -> None:
        """An attempt ended: `destination` is the kind of transport or sink, `outcome` done, retry or hold."""
        self._deliveries.labels(destination, outcome).inc()

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is the pattern, not the path."""
        self._requests.labels(route, method, str(status)).inc()
        self._latency.labels(route).observe(seconds)

    def step(self, step: str, seconds: float) -> None:
        """A step of the pipeline took so long."""
        self._steps.labels(step).observe(seconds)

    def replayed(self, action: str, count: int) -> None:
        """So many things were done over by one replay."""
        self._replays.labels(action).inc(count)

    def open(self, thing: str, state: str, count: int) -> None:
        """So many things stand in this state now."""
        self._open.labels(thing, state).set(count)

    def circuits(self, found: Mapping[str, tuple[str, int]]) -> None:
        """By destination, as configured: how its circuit stands when it failed lately, and how many deliveries wait; others go."""
        self._circuits.clear()
        self._waiting.clear()
        for destination, (state, waiting) in found.items():
            self._waiting.labels(destination).set(waiting)
            if state != "closed":
                self._circuits.labels(destination, state).set(1)

    def connection_refused(self) -> None:
        """There was no place for a connection."""
        self._connections.inc()

    def handshake_failed(self) -> None:
        """A connection came without TLS where it is spoken, or with a certificate that nobody knows."""
        self._handshakes.inc()

    def certificates(self, days_left: Mapping[str, int]) -> None:
        """Every certificate that the workspace names now, by its SHA-256; those that it no longer names go."""
        self._certificates.clear()
        for fingerprint, days in days_left.items():
            self._certificates.labels(fingerprint).set(days)

    def tls_fault(self, listener: str, *, is_faulty: bool) -> None:
        """Whether a listener serves another certificate than its files hold."""
        self._tls.labels(listener).set(is_faulty)

    def forgotten(self, counts: Mapping[str, int]) -> None:
        """Retention removed so many of each kind: tables, and payload files."""
        for kind, count in counts.items():
            self._forgotten.labels(kind).inc(count)

    def stored(self, size: int, free: int) -> None:
        """How large the database is, and how much of it is free."""
        self._stored.labels("all").set(size)
        self._stored.labels("free").set(free)

    def oldest_job(self, seconds: float) -> None:
        """The job that has been due the longest; 0 when none waits."""
        self._oldest.set(seconds)

    def alarms(self, by_cause: Mapping[str, int]) -> None:
        """How many alarms are open, by cause; what is resolved goes."""
        self._alarms.clear()
        for cause, count in by_cause.items():
            self._alarms.labels(cause).set(count)

    def answered(self, level: str, seconds: float) -> None:
        """The partner's answer came after so long: `level` is transport, interchange, syntax or business."""
        self._answers.labels(level).observe(seconds)

    def through(self, direction: str, tier: str, seconds: float) -> None:
        """A document is with the other side: inbound at the hub, outbound with the partner."""
        self._through.labels(direction, tier).observe(seconds)

    async def watch_loop(self) -> None:
        """Measure, until cancelled, how late the event loop wakes up. It should never block over 20 ms."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_EVERY
            await asyncio.sleep(_LOOK_EVERY)
            self._lag.observe(max(0.0, loop.time() - due))

    def render(self) -> tuple[bytes, str]:
        """The Prometheus text and its content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST
