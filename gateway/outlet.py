"""Where spans leave this process: a queue with an end, batches, and few words in the log when they are not taken.

Needs the extra `traces`; `gateway.tracing` loads it where an exporter is named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from gateway.log import logger

__all__ = ["BATCH", "QUEUE", "FileOutlet", "Outlet", "Sent", "SpanQueue"]

QUEUE: Final = 2048  #: spans that wait or are on their way, at most: some megabytes
BATCH: Final = 512  #: spans that leave together, at most
_EVERY: Final = 5.0  #: seconds after which fewer leave too
_PATIENCE: Final = 5.0  #: seconds that the end of the process waits for what is to leave


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a batch."""

    lost: int = 0  #: spans that were not taken
    why: str = ""  #: in words without data
    remark: str = ""  #: what the other side has to say although it took all


class Outlet(SpanExporter):
    """Takes batches and counts what is lost. The log gets a line when spans begin to be lost and one when they arrive again."""

    def __init__(self, place: str) -> None:
        """`place` is what the log calls it."""
        self._place = place
        self._lock = Lock()
        self._waiting = 0
        self._lost = 0  #: since spans arrived last
        self._lost_before = 0
        self._fails = False
        self._is_over = False
        self._remark = ""  #: that was told last

    def send(self, spans: Sequence[ReadableSpan]) -> "Sent":
        """Hand a batch over. Blocks."""
        raise NotImplementedError

    def last_call(self) -> float:
        """The process is about to end: nothing is tried twice any more. Gives the seconds for which it is worth waiting."""
        return _PATIENCE

    def takes(self) -> bool:
        """Whether there is room for one span more; where there is none, it counts as lost. Called from any thread, and never waits."""
        with self._lock:
            has_room = self._waiting < QUEUE and not self._is_over
            self._waiting += has_room
            self._lost += not has_room
        return has_room

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """A batch, in the thread of the queue."""
        sent = self.send(spans)
        with self._lock:
            self._waiting -= len(spans)
            self._lost += sent.lost
            lost, fails, did_fail = self._lost, self._lost > self._lost_before, self._fails
            if not fails:
                self._lost = 0
            self._lost_before, self._fails = self._lost, fails
            is_over, is_new = self._is_over, sent.remark not in {"", self._remark}
            self._remark = sent.remark or self._remark
        if is_new:
            logger().warning("spans-remarked-on", place=self._place, remark=sent.remark)
        if fails and not did_fail and not is_over:
            logger().warning("spans-not-exported", place=self._place, reason=sent.why or "more spans than it takes")
        elif did_fail and not fails:
            logger().info("spans-exported-again", place=self._place, lost=lost)
        return SpanExportResult.FAILURE if sent.lost else SpanExportResult.SUCCESS

    def ended(self) -> None:
        """Nothing is waited for any more: what has not left is lost."""
        with self._lock:
            self._is_over = True
            lost = self._lost + self._waiting
        if lost:
            logger().warning("spans-lost", place=self._place, lost=lost)


class FileOutlet(Outlet):
    """Appends a line a span; opened for each batch, so that the file may be moved away."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name)
        self._path = path

    def send(self, spans: Sequence[ReadableSpan]) -> "Sent":
        """As `Outlet.send`."""
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(span.to_json(indent=None) + "\n" for span in spans)
        except OSError as fault:
            return Sent(len(spans), type(fault).__name__)
        return Sent()


class SpanQueue(BatchSpanProcessor):
    """What waits for an outlet. A span that finds it full is dropped there and then, by the outlet's own count."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        super().__init__(outlet, max_queue_size=QUEUE, schedule_delay_millis=_EVERY * 1000, max_export_batch_size=BATCH)

    def on_end(self, span: ReadableSpan) -> None:
        """A span is whole; only those that are sampled come here."""
        if self._outlet.takes():
            super().on_end(span)
